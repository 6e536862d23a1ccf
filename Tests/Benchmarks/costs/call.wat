;; a direct call of an empty function
(module
  (memory (export "memory") 1)
  (func $empty)
  (func (export "_start") (local $i i32)
    (local.set $i (i32.const 10000)) ;; COUNT
    (loop $again
      (call $empty)
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))
