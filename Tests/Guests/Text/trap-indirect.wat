;; Calls through an element of the table that holds nothing.
(module
  (memory (export "memory") 1)
  (table 4 funcref)
  (type $plain (func))
  (func (export "_start") (call_indirect (type $plain) (i32.const 2))))
