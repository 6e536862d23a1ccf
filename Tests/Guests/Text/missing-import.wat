;; Imports a function that nobody defines.
(module
  (import "env" "f" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call 0 (i32.const 1))))
