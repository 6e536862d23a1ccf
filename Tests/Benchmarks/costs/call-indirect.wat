;; a call through a table of an empty function
(module
  (memory (export "memory") 1)
  (type $empty (func))
  (table 1 funcref)
  (elem (i32.const 0) $empty)
  (func $empty)
  (func (export "_start") (local $i i32)
    (local.set $i (i32.const 10000)) ;; COUNT
    (loop $again
      (call_indirect (type $empty) (i32.const 0))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))
