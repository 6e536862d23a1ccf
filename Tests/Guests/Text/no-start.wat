;; A library: it exports functions, none of them _start. `--invoke` calls them.
(module
  (memory (export "memory") 1)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "factorial") (param i64) (result i64)
    (local $product i64)
    (local.set $product (i64.const 1))
    (block $done
      (loop $more
        (br_if $done (i64.le_u (local.get 0) (i64.const 1)))
        (local.set $product (i64.mul (local.get $product) (local.get 0)))
        (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
        (br $more)))
    (local.get $product))
  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "nothing")))
