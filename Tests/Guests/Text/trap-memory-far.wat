;; A store whose address and offset together are above 4 GiB.
(module
  (memory (export "memory") 1)
  (func (export "_start")
    (i64.store offset=4294967288 (i32.const -1) (i64.const 1))))
