;; Gives WASI addresses outside of memory and vectors that overflow: each call must answer EFAULT (21) or EINVAL (28), and the program goes on.
;; It exits with the number of calls that answered otherwise.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (global $wrong (mut i32) (i32.const 0))
  (func $refused (param $code i32)
    (if (i32.and (i32.ne (local.get $code) (i32.const 21)) (i32.ne (local.get $code) (i32.const 28)))
      (then (global.set $wrong (i32.add (global.get $wrong) (i32.const 1))))))
  (func (export "_start")
    ;; the vector itself outside
    (call $refused (call $fd_write (i32.const 1) (i32.const 65533) (i32.const 1) (i32.const 8)))
    ;; so many vectors that their size overflows
    (call $refused (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0x20000001) (i32.const 8)))
    ;; a buffer that ends behind memory, and one that wraps
    (i32.store (i32.const 0) (i32.const 65500))
    (i32.store (i32.const 4) (i32.const 37))
    (call $refused (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const -1))
    (call $refused (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    ;; results outside
    (call $refused (call $args_get (i32.const -4) (i32.const 16)))
    (call $refused (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 65529)))
    (call $refused (call $random_get (i32.const 65535) (i32.const 2)))
    (call $proc_exit (global.get $wrong))))
