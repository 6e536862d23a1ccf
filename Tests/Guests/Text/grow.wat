;; Grows its memory beyond its own maximum and counts refusals: exits with 0 when memory.grow said -1 and size stayed.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1 4)
  (func (export "_start")
    (if (i32.ne (memory.grow (i32.const 3)) (i32.const 1)) (then (call $proc_exit (i32.const 1))))
    (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (call $proc_exit (i32.const 2))))
    (if (i32.ne (memory.size) (i32.const 4)) (then (call $proc_exit (i32.const 3))))
    (if (i32.load (i32.const 262140)) (then (call $proc_exit (i32.const 4))))
    (call $proc_exit (i32.const 0))))
