"""The guest programs of the process cases, as WebAssembly text: each does one thing to the system."""

IMPORTS = """
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
"""

ROUTINES = """
  (func $print (param $at i32) (param $count i32)
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $count))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $sleep (param $nanoseconds i64)
    (i64.store (i32.const 32) (i64.const 0)) (i64.store (i32.const 40) (i64.const 0))
    (i32.store (i32.const 48) (i32.const 1)) (i64.store (i32.const 56) (local.get $nanoseconds))
    (i64.store (i32.const 64) (i64.const 0)) (i64.store (i32.const 72) (i64.const 0))
    (drop (call $poll (i32.const 32) (i32.const 128) (i32.const 1) (i32.const 16))))
  (func $now (result i64)
    (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 24))) (i64.load (i32.const 24)))
  (func $decimal (param $n i64)
    (local $at i32)
    (local.set $at (i32.const 255)) (i32.store8 (i32.const 255) (i32.const 10))
    (loop $more
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10)))))
      (br_if $more (i64.ne (local.tee $n (i64.div_u (local.get $n) (i64.const 10))) (i64.const 0))))
    (call $print (local.get $at) (i32.sub (i32.const 256) (local.get $at))))
"""


TWO_PAGES = b'(memory (export "memory") 2)'


def program(body, memories=TWO_PAGES.decode(), more="", imports=""):
    """A module whose _start is `body`."""
    return ("(module %s %s %s %s %s (func (export \"_start\") %s))" % (IMPORTS, imports, memories, ROUTINES, more, body)).encode()


def text(words, at=1024):
    return '(data (i32.const %d) "%s\\n")' % (at, words)


HELLO = program('(call $print (i32.const 1024) (i32.const 6))', more=text("hello"))
# Most of its work is its start function's.
START = program('(call $print (i32.const 1024) (i32.const 8))', more=text("started") + """
  (func $s (local $i i32)
    (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000000)))))
  (start $s)""")
EXIT_3 = program('(call $exit (i32.const 3))')
SPIN = program('(loop $l (br $l))')
TRAP = program('unreachable')
DIVIDE = program('(drop (i32.div_u (i32.const 1) (i32.const 0)))')
OUT_OF_BOUNDS = program('(drop (i32.load (i32.const 0x7fff0000)))')
DEEP = program('(call $f)', more="(func $f (call $f))")
SLEEP = program('(call $sleep (i64.const 50000000)) (call $print (i32.const 1024) (i32.const 6))', more=text("awake"))
SLEEP_LONG = program('(call $sleep (i64.const 100000000000))')
NAP = program('(call $sleep (i64.const 2000000))')
# Grows and touches until it is refused, and says how many pages it got.
HOG = program("""(local $pages i64) (local $old i32)
    (loop $l
      (local.set $old (memory.grow (i32.const 1)))
      (if (i32.ne (local.get $old) (i32.const -1)) (then
        (i32.store (i32.mul (local.get $old) (i32.const 65536)) (i32.const 1))
        (local.set $pages (i64.add (local.get $pages) (i64.const 1)))
        (br $l))))
    (call $decimal (local.get $pages))""")
# Grows and touches until it is refused, and stays.
HOLD = HOG.replace(b"(call $decimal (local.get $pages))", b"(call $sleep (i64.const 100000000000))")
# Counts from 0.8 s to 4.8 s on the machine's clock, so that all count at the same time.
COUNT = program("""(local $n i64) (local $i i32)
    (call $sleep (i64.sub (i64.const 800000000) (call $now)))
    (loop $l
      (local.set $i (i32.const 2000))
      (loop $k (br_if $k (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (local.set $n (i64.add (local.get $n) (i64.const 1)))
      (br_if $l (i64.lt_u (call $now) (i64.const 4800000000))))
    (call $decimal (local.get $n))""")
# Writes 16 MiB to standard output in pieces of 60000 bytes; exits with the errno when it is refused.
WRITER = program("""(local $left i32) (local $e i32)
    (local.set $left (i32.const 280))
    (loop $l
      (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 60000))
      (local.set $e (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (local.get $e) (then (call $exit (local.get $e))))
      (br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))""")
BRIEF_WRITER = WRITER.replace(b"(i32.const 280)", b"(i32.const 3)")
# Reads to the end of standard input and says how many bytes there were.
READER = program("""(local $n i64)
    (loop $l
      (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 100000))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 99))))
      (local.set $n (i64.add (local.get $n) (i64.load32_u (i32.const 8))))
      (br_if $l (i32.load (i32.const 8))))
    (call $decimal (local.get $n))""", memories='(memory (export "memory") 4)')
# Reads a little and goes.
READ_ONCE = program("""
    (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 10))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))""")
# Prints its number ten times with work in between.
CHATTER = program("""(local $n i64) (local $i i32)
    (loop $l
      (local.set $i (i32.const 30000))
      (loop $k (br_if $k (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (local.set $n (i64.add (local.get $n) (i64.const 1)))
      (call $decimal (i64.add (i64.mul (local.get $n) (i64.const 1000000000)) (i64.rem_u (call $now) (i64.const 1000000000))))
      (br_if $l (i64.lt_u (local.get $n) (i64.const 10))))""")
RANDOM = '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))'
# Says forty random numbers, after pauses that are random too.
GAMBLER = program("""(local $n i32)
    (loop $l
      (drop (call $random (i32.const 300) (i32.const 4)))
      (call $decimal (i64.load32_u (i32.const 300)))
      (call $sleep (i64.extend_i32_u (i32.and (i32.load (i32.const 300)) (i32.const 0xfffff))))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 40))))""", imports=RANDOM)
# Says of each piece of standard input how long it is, when it came, and its first eight bytes.
LISTENER = program("""(local $count i64)
    (loop $l
      (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 64))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 99))))
      (local.set $count (i64.load32_u (i32.const 8)))
      (call $decimal (i64.add (i64.mul (local.get $count) (i64.const 1000000000)) (i64.rem_u (call $now) (i64.const 1000000000))))
      (call $decimal (i64.load (i32.const 2048)))
      (br_if $l (i64.ne (local.get $count) (i64.const 0))))""")
# Opens one file again and again and exits with the errno that ends it.
OPENER = program("""(local $e i32)
    (loop $l
      (local.set $e (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 8) (i32.const 0)
        (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
      (br_if $l (i32.eqz (local.get $e))))
    (call $exit (local.get $e))""", more='(data (i32.const 1024) "manifest")')
# Writes a file until that is refused and exits with the errno.
FILLER = program("""(local $e i32)
    (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 1)
      (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16)))
    (loop $l
      (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 4096))
      (local.set $e (call $fd_write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $l (i32.eqz (local.get $e))))
    (call $exit (local.get $e))""", more='(data (i32.const 1024) "new")')
# Fails when it can make a file that was not there; the next time it is.
FAIL_ONCE = program("""
    (if (i32.eqz (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 5)
      (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16))) (then (call $exit (i32.const 3))))""", more='(data (i32.const 1024) "new")')
# Makes files, each with another name, until that is refused and exits with the errno.
MAKER = program("""(local $e i32) (local $n i32)
    (loop $l
      (i32.store (i32.const 1024) (i32.add (i32.const 0x61616161) (i32.add
        (i32.and (local.get $n) (i32.const 15)) (i32.add (i32.shl (i32.and (local.get $n) (i32.const 0xf0)) (i32.const 4)) (i32.add
        (i32.shl (i32.and (local.get $n) (i32.const 0xf00)) (i32.const 8)) (i32.shl (i32.and (local.get $n) (i32.const 0xf000)) (i32.const 12)))))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (local.set $e (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 1)
        (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 16)))
      (if (i32.eqz (local.get $e)) (then (local.set $e (call $fd_close (i32.load (i32.const 16))))))
      (br_if $l (i32.and (i32.eqz (local.get $e)) (i32.lt_u (local.get $n) (i32.const 65536)))))
    (call $exit (local.get $e))""")
TABLE = program("""(loop $l (br_if $l (i32.ne (table.grow (ref.null func) (i32.const 100)) (i32.const -1))))
    (call $decimal (i64.extend_i32_u (table.size)))""", more="(table 0 funcref)")
TABLE_HOLD = program("""(loop $l (br_if $l (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1))))
    (call $sleep (i64.const 100000000000))""", more="(table 0 funcref)")
# Says something twenty times a second.
TICKER = program("""(loop $l (call $print (i32.const 1024) (i32.const 5)) (call $sleep (i64.const 50000000)) (br $l))""", more=text("tick"))
# Says 100 times what the clock shows, every 20 milliseconds.
CLOCK = program("""(local $n i32)
    (loop $l (call $sleep (i64.const 20000000)) (call $decimal (call $now))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))""")


def unsigned(number):
    """LEB128."""
    low, number = number & 127, number >> 7
    return bytes([low | 128]) + unsigned(number) if number else bytes([low])


# Calls two functions, which come after it, from two places, a million times.
CALLS = program("""(local $i i32)
    (loop $l
      (local.set $i (call $next (call $same (local.get $i))))
      (br_if $l (i32.lt_u (call $same (local.get $i)) (i32.const 1000000))))""",
                more="""(func $same (param i32) (result i32) (local.get 0))
    (func $next (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))""")


def large(count, repetitions, byte_count=0):
    """A binary of `count` functions that call the next one, each with so many additions, and of data that nobody uses."""
    def section(number, content):
        return bytes([number]) + unsigned(len(content)) + content

    def body(index):
        code = b"\x01\x01\x7f" + b"\x20\x00\x20\x00\x6a\x21\x00" * repetitions
        code += (b"\x10" + unsigned(index + 1) if index + 1 < count else b"") + b"\x0b"
        return unsigned(len(code)) + code

    return (b"\0asm\1\0\0\0" + section(1, b"\x01\x60\0\0") + section(3, unsigned(count) + bytes(count))
            + section(7, b"\x01\x06_start\x00\x00") + section(10, unsigned(count) + b"".join(body(index) for index in range(count)))
            + (section(0, b"\x04data" + bytes(byte_count)) if byte_count else b""))


# Stores beside its own memory: into the second window, which only the neighbour has.
STRAY = program("""(call $sleep (i64.const 50000000))
    (call $poke (i64.add (i64.const %d) (i64.const 8192)) (i64.const -1)) (call $exit (i32.const 0))""" % (137 << 30),
                imports='(import "trial" "poke" (func $poke (param i64 i64)))')
# Fills two memories, waits while the other errs, and looks whether all is as it was.
NEIGHBOUR = program("""(local $i i32)
    (loop $l (i32.store $b (local.get $i) (i32.mul (local.get $i) (i32.const 2654435761)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 65536))))
    (call $sleep (i64.const 200000000))
    (local.set $i (i32.const 0))
    (loop $l
      (if (i32.ne (i32.load $b (local.get $i)) (i32.mul (local.get $i) (i32.const 2654435761))) (then (call $exit (i32.const 9))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 65536))))
    (call $print (i32.const 1024) (i32.const 7))""",
                    memories='(memory (export "memory") 2) (memory $b 1)', more=text("intact"))
