;; Ends with the trap `unreachable`, three calls deep, so that a backtrace has names.
(module
  (memory (export "memory") 1)
  (func $innermost unreachable)
  (func $middle call $innermost)
  (func $outer (export "_start") call $middle))
