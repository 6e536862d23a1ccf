;; Spends three parts of its time under $three and one under $one, in the same function: what a profile must show.
(module
  (func $spin (param $turns i32)
    (loop $again
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br_if $again (local.get $turns))))
  (func $three (call $spin (i32.const 3000000)))
  (func $one (call $spin (i32.const 1000000)))
  (func $main (export "_start")
    (local $rounds i32)
    (local.set $rounds (i32.const 20))
    (loop $again
      (call $three)
      (call $one)
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds)))))
