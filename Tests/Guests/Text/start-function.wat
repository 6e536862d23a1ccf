;; The start function runs before _start: it writes to memory what _start exits with.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func $begin (i32.store (i32.const 8) (i32.const 42)))
  (start $begin)
  (func (export "_start") (call $proc_exit (i32.load (i32.const 8)))))
