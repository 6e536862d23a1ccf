;; Calls through an element behind the end of the table.
(module
  (memory (export "memory") 1)
  (table 4 funcref)
  (type $plain (func))
  (func (export "_start") (call_indirect (type $plain) (i32.const 4))))
