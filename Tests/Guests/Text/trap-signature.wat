;; Calls a function of another type through the table.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (type $plain (func))
  (func $other (param i32))
  (elem (i32.const 0) $other)
  (func (export "_start") (call_indirect (type $plain) (i32.const 0))))
