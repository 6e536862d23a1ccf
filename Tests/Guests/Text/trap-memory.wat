;; Loads from the last byte of its memory, which is there, and then from behind it.
(module
  (memory (export "memory") 1 1)
  (func (export "_start")
    (drop (i32.load8_u (i32.const 65535)))
    (drop (i32.load (i32.const 65533)))))
