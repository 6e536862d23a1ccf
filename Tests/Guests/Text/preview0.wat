;; A program of the first WASI (wasi_unstable): writes a line, seeks with preview 0's order of whence, and exits with what came of it.
(module
  (import "wasi_unstable" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_unstable" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\0c\00\00\00")
  (data (i32.const 16) "preview zero\n")
  (data (i32.const 4) "\0d\00\00\00")
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
    (drop (call $args_sizes_get (i32.const 68) (i32.const 72)))
    (call $proc_exit (i32.load (i32.const 68)))))
