;; memory.copy of 1 MiB
(module
  (memory (export "memory") 32)
  (func (export "_start") (local $i i32)
    (local.set $i (i32.const 10)) ;; COUNT
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x200000))
    (loop $again
      (memory.copy (i32.const 0x100000) (i32.const 0) (i32.const 0x100000))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))
