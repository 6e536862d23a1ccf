;; memory.grow by one page, not touched
(module
  (memory (export "memory") 1)
  (func (export "_start") (local $i i32)
    (local.set $i (i32.const 100)) ;; COUNT
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))
