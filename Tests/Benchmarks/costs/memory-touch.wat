;; memory.grow by one page (64 KiB) and a store to each of its sixteen 4 KiB pages
(module
  (memory (export "memory") 1)
  (func (export "_start") (local $i i32) (local $base i32)
    (local.set $i (i32.const 10)) ;; COUNT
    (loop $again
      (local.set $base (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))
      (i32.store offset=0 (local.get $base) (i32.const 1))
      (i32.store offset=4096 (local.get $base) (i32.const 1))
      (i32.store offset=8192 (local.get $base) (i32.const 1))
      (i32.store offset=12288 (local.get $base) (i32.const 1))
      (i32.store offset=16384 (local.get $base) (i32.const 1))
      (i32.store offset=20480 (local.get $base) (i32.const 1))
      (i32.store offset=24576 (local.get $base) (i32.const 1))
      (i32.store offset=28672 (local.get $base) (i32.const 1))
      (i32.store offset=32768 (local.get $base) (i32.const 1))
      (i32.store offset=36864 (local.get $base) (i32.const 1))
      (i32.store offset=40960 (local.get $base) (i32.const 1))
      (i32.store offset=45056 (local.get $base) (i32.const 1))
      (i32.store offset=49152 (local.get $base) (i32.const 1))
      (i32.store offset=53248 (local.get $base) (i32.const 1))
      (i32.store offset=57344 (local.get $base) (i32.const 1))
      (i32.store offset=61440 (local.get $base) (i32.const 1))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))
