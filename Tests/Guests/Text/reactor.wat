;; A reactor: what its _initialize sets, its other exports find set.
(module
  (global $value (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $value (i32.add (global.get $value) (i32.const 5))))
  (func (export "value") (result i32) (global.get $value)))
