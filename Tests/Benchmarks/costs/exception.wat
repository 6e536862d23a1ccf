;; throw and catch in one function
(module
  (memory (export "memory") 1)
  (tag $fault)
  (func (export "_start") (local $i i32)
    (local.set $i (i32.const 100)) ;; COUNT
    (loop $again
      (block $caught
        (try_table (catch $fault $caught) (throw $fault)))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))
