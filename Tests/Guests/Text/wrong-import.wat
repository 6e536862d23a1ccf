;; Imports a WASI function with another type than it has.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i64) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call 0 (i64.const 1)))))
