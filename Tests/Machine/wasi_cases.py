"""Cases of WASI in the kernel: what a call costs, and that what is written at once arrives at once."""

import re

import process_programs as programs
from boot import Case, Failure
from process_cases import BALANCE, COUNTED_TIME, initrd

# The bar: instructions of one call with the loop around it, from the guest's call to the instruction after it.
CALL_INSTRUCTION_LIMIT = 150
RANDOM = '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))'
TELL = '(import "wasi_snapshot_preview1" "fd_tell" (func $tell (param i32 i32) (result i32)))'
# Opens the manifest, with the right to be told its position.
OPEN = """(if (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 8) (i32.const 0)
      (i64.const 34) (i64.const 0) (i32.const 0) (i32.const 16)) (then (call $exit (i32.const 1))))
    (local.set $fd (i32.load (i32.const 16)))"""


def caller(call, count, exports=0, prepare=""):
    """Makes a WASI call so often, of which the first must succeed; the memory is the last of so many exports more."""
    body = """(local $n i32) (local $fd i32) %s
    (if %s (then (call $exit (i32.const 2))))
    (local.set $n (i32.const %d))
    (loop $l
      (drop %s)
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))""" % (prepare, call, count, call)
    more = '(data (i32.const 1024) "manifest")' + "".join('(export "function %d" (func $print))' % number for number in range(exports))
    return programs.program(body, memories="(memory $memory 2)", more=more + '(export "memory" (memory $memory))', imports=RANDOM + TELL)


def call_cost(call, exports=0, prepare=""):
    """One call takes fewer instructions than the limit: the difference of two counts of calls, in counted instructions."""
    def body(case):
        manifest = "program p p.wasm\n directory . / read-only\n statistics\n"
        figures = []
        for count in (1000, 11000):
            image = initrd(manifest, ".wasm", p=caller(call, count, exports, prepare))
            boot = case.boot("log=info", initrd=image, qemu=["-icount", "shift=0"], seconds=60).must_exit(0).must_say(BALANCE)
            figures.append(int(re.search(rb"statistics: (\d+) instructions", bytes(boot.serial)).group(1)))
        cost = (figures[1] - figures[0]) / 10000
        if not 20 < cost < CALL_INSTRUCTION_LIMIT:
            raise Failure("%.1f instructions a call" % cost)
        return "%.1f instructions a call" % cost
    return body


PIECES = 64
PIECE_BYTES = 64
RECORDS = 200


def recorder(letter, count=RECORDS):
    """Writes lines of one letter, each in many pieces and as long as a write may be to arrive as a whole."""
    total = PIECES * PIECE_BYTES
    return programs.program("""(local $i i32)
    (memory.fill (i32.const 1024) (i32.const %d) (i32.const %d)) (i32.store8 (i32.const %d) (i32.const 10))
    (loop $v
      (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.add (i32.const 1024) (i32.mul (local.get $i) (i32.const %d))))
      (i32.store offset=4 (i32.mul (local.get $i) (i32.const 8)) (i32.const %d))
      (br_if $v (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const %d))))
    (local.set $i (i32.const %d))
    (loop $l
      (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const %d) (i32.const 600)) (then (call $exit (i32.const 1))))
      (if (i32.ne (i32.load (i32.const 600)) (i32.const %d)) (then (call $exit (i32.const 2))))
      (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))"""
                            % (ord(letter), total - 1, 1024 + total - 1, PIECE_BYTES, PIECE_BYTES, PIECES, count, PIECES, total))


# Copies standard input to standard output, in whatever pieces it comes.
COPIER = programs.program("""(local $n i32)
    (loop $l
      (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 50000))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 1))))
      (if (local.tee $n (i32.load (i32.const 8))) (then
        (call $print (i32.const 2048) (local.get $n))
        (br $l))))""")


def whole_records(manifest, **options):
    """Of two programs that write at the same time, each write of several buffers arrives with nothing of the other's inside."""
    def body(case):
        image = initrd(manifest, ".wasm", a=recorder("a"), b=recorder("b"), copy=COPIER)
        boot = case.boot("", initrd=image, seconds=60, **options).must_exit(0)
        lines = [line for line in bytes(boot.serial).replace(b"\r", b"").split(b"\n") if re.search(rb"[ab]{8}", line)]
        torn = [line for line in lines if line not in (b"a" * (PIECES * PIECE_BYTES - 1), b"b" * (PIECES * PIECE_BYTES - 1))]
        if torn or len(lines) != 2 * RECORDS:
            raise Failure("%d lines instead of %d, %d of them torn" % (len(lines), 2 * RECORDS, len(torn)))
        order = b"".join(line[:1] for line in lines)
        changes = order.count(b"ab") + order.count(b"ba")
        if changes < 2:
            raise Failure("they did not write at the same time")
        return "%d changes of writer" % changes
    return body


def wasi_cases():
    """Every case of the room."""
    random, tell = "(call $random (i32.const 0) (i32.const 0))", "(call $tell (local.get $fd) (i32.const 64))"
    return [
        Case("wasi/cost-random", call_cost(random)),
        Case("wasi/cost-random-exports", call_cost(random, exports=2000)),
        Case("wasi/cost-tell", call_cost(tell, prepare=OPEN)),
        Case("wasi/cost-tell-exports", call_cost(tell, exports=2000, prepare=OPEN)),
        Case("wasi/whole-console", whole_records("program a a.wasm\nprogram b b.wasm\n", qemu=COUNTED_TIME)),
        Case("wasi/whole-pipe", whole_records("program a a.wasm\n stdout pipe p\nprogram b b.wasm\n stdout pipe p\n"
                                              "program copy copy.wasm\n stdin pipe p\n", qemu=COUNTED_TIME)),
    ]
