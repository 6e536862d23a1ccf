;; Grows by a page at a time, writing to each; gives the size.
(module
  (memory (export "memory") 1)
  (func (export "grow") (param $count i32) (result i32)
    (loop $more
      (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
        (then (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (memory.size))))
      (br_if $more (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (memory.size)))
