"""Rows that abuse WASI: extreme arguments to every function, pointers at the edge of memory, descriptors, clocks, pipes, and floods."""

import process_programs as p
from hostile_engine import spinning
from hostile_row import OUT_OF_TIME, OUT_OF_WALL, REFUSED, Group, Row
from process_programs import program
from random_calls import FUNCTIONS, TYPES

EXTREMES = {"i32": (0, 1, 3, 7, 1024, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 65536, 131064, 131071, 131072),
            "i64": (0, 1, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)}
# What the other arguments are meanwhile: all zero, all plausible, all ones.
SURROUNDINGS = ({"i32": 0, "i64": 0}, {"f": 3, "g": 1, "p": 2048, "n": 4, "I": 1000, "r": (1 << 29) - 1}, {"i32": 0xFFFFFFFF, "i64": 0xFFFFFFFFFFFFFFFF})
FAMILIES = {
    "machine": ("args_", "environ_", "clock_", "random_", "sched_"),
    "transfers": ("fd_read", "fd_write", "fd_pread", "fd_pwrite", "fd_seek", "fd_tell", "fd_readdir"),
    "descriptors": ("fd_advise", "fd_allocate", "fd_close", "fd_datasync", "fd_fdstat", "fd_filestat", "fd_prestat", "fd_renumber", "fd_sync"),
    "paths": ("path_",),
    "polls": ("poll_",),
    "sockets": ("sock_",),
}


def extremes(family):
    """Calls each function of the family with each extreme value in each argument's place, in each of the surroundings."""
    names = [name for name in FUNCTIONS if name.startswith(FAMILIES[family])]
    imports = "".join('(import "wasi_snapshot_preview1" "%s" (func $x_%s (param %s) (result i32)))'
                      % (name, name, " ".join(TYPES[letter] for letter in FUNCTIONS[name])) for name in names)
    functions, starts = [], []
    for name in names:
        letters = FUNCTIONS[name]
        calls = []
        for around in SURROUNDINGS:
            plain = [around.get(letter, around.get(TYPES[letter])) for letter in letters]
            for position, letter in enumerate(letters):
                for value in EXTREMES[TYPES[letter]]:
                    values = plain[:position] + [value] + plain[position + 1:]
                    calls.append("(drop (call $x_%s %s))" % (name, " ".join(
                        "(%s.const %d)" % (TYPES[own], each) for own, each in zip(letters, values))))
        functions.append("(func $all_%s %s)" % (name, "".join(calls) or "(drop (call $x_%s))" % name))
        starts.append("(call $all_%s)" % name)
    # Paths and subscriptions that a plausible pointer finds.
    content = '(data (i32.const 2048) "file\\00dir/../dir/x") (data (i32.const 4096) "%s")' % ("\\00" * 96)
    return program("".join(starts), imports=imports, more=content + "".join(functions))


def answers(calls, imports="", prologue=""):
    """Compares the answer to each call with those it may have; the exit code is the number of calls that answered otherwise."""
    code = prologue
    for call, allowed in calls:
        code += "(local.set $answer (call %s))" % call
        is_one = "".join("(i32.or (i32.eq (local.get $answer) (i32.const %d))" % each for each in allowed) + "(i32.const 0)" + ")" * len(allowed)
        code += "(if (i32.eqz %s) (then (local.set $wrong (i32.add (local.get $wrong) (i32.const 1)))))" % is_one
    return program("(local $wrong i32) (local $answer i32) %s (call $exit (local.get $wrong))" % code, imports=imports)


def stored(at, *words):
    return "".join("(i32.store (i32.const %d) (i32.const %d))" % (at + 4 * index, word) for index, word in enumerate(words))


DONE, FAULT, INVALID, NO_MEMORY = (0,), (21,), (28,), (48,)
RANDOM = '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))'
EDGES = answers([
    ("$fd_write (i32.const 1) (i32.const 131064) (i32.const 1) (i32.const 8)", DONE),
    ("$fd_write (i32.const 1) (i32.const 131065) (i32.const 1) (i32.const 8)", FAULT),
    ("$fd_write (i32.const 1) (i32.const 131064) (i32.const 2) (i32.const 8)", FAULT),
    ("$fd_write (i32.const 1) (i32.const 131064) (i32.const 1) (i32.const 131069)", FAULT),
    ("$random (i32.const 131072) (i32.const 0)", DONE),
    ("$random (i32.const 0) (i32.const 131072)", DONE),
    ("$random (i32.const 1) (i32.const 131072)", FAULT),
    ("$random (i32.const -1) (i32.const 1)", FAULT),
    ("$random (i32.const -1) (i32.const -1)", FAULT),
    ("$clock (i32.const 1) (i64.const 0) (i32.const 131064)", DONE),
    ("$clock (i32.const 1) (i64.const 0) (i32.const 131065)", FAULT),
    ("$clock (i32.const 99) (i64.const 0) (i32.const 0)", INVALID),
], imports=RANDOM, prologue=stored(131064, 0, 0))
OVERLAPPING = spinning(
    # A thousand vectors that are the list itself, read from and written to.
    """(loop $l (i32.store (local.get $at) (i32.and (local.get $at) (i32.const 0xff)))
        (i32.store offset=4 (local.get $at) (i32.const 8000))
        (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 8192))))""",
    "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1024) (i32.const 4)))"
    "(drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 0)))"
    "(drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 0x1fffffff) (i32.const 0)))")
OVERLAPPING = OVERLAPPING.replace(b'(func (export "_start")', b'(func (export "_start") (local $at i32)')

# 4096 subscriptions to a clock, each a little later than the one before.
POLL_MANY = program("""(local $n i32) (local $round i32)
    (loop $rounds
      (local.set $n (i32.const 0))
      (loop $l
        (i64.store offset=65536 (i32.mul (local.get $n) (i32.const 48)) (i64.extend_i32_u (local.get $n)))
        (i64.store offset=65544 (i32.mul (local.get $n) (i32.const 48)) (i64.const 0))
        (i64.store offset=65552 (i32.mul (local.get $n) (i32.const 48)) (i64.const 1))
        (i64.store offset=65560 (i32.mul (local.get $n) (i32.const 48)) (i64.extend_i32_u (i32.mul (local.get $n) (i32.const 1000))))
        (i64.store offset=65576 (i32.mul (local.get $n) (i32.const 48)) (i64.const 0))
        (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 4096))))
      (if (call $poll (i32.const 65536) (i32.const 327680) (i32.const 4096) (i32.const 16)) (then (call $exit (i32.const 1))))
      (if (i32.eqz (i32.load (i32.const 16))) (then (call $exit (i32.const 2))))
      (br_if $rounds (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 20))))""",
                    memories='(memory (export "memory") 16)')
POLL_TOO_MANY = answers([("$poll (i32.const 0) (i32.const 65536) (i32.const %d) (i32.const 16)" % count, FAULT + INVALID + NO_MEMORY)
                         for count in (0xFFFFFFFF, 0x80000000, 0x05555556, 2800)])


def sleep(kind, nanoseconds):
    """A subscription to a clock with any flags; `print` afterwards."""
    return program("""(i64.store (i32.const 40) (i64.const 0)) (i32.store (i32.const 48) (i32.const 1)) (i64.store (i32.const 56) (i64.const %d))
        (i64.store (i32.const 64) (i64.const 0)) (i64.store (i32.const 72) (i64.const %d))
        (drop (call $poll (i32.const 32) (i32.const 128) (i32.const 1) (i32.const 16)))""" % (nanoseconds, kind))


RENUMBER = '(import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))'
OPEN = "(drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 2048) (i32.const 4) (i32.const 1) (i64.const 0x46) (i64.const 0) (i32.const 0) (i32.const 16)))"
RENUMBERS = program("""(local $n i32)
    %s
    (loop $l
      (drop (call $renumber (i32.const 4) (local.get $n))) %s
      (drop (call $renumber (local.get $n) (i32.const 4)))
      (drop (call $renumber (i32.const -1) (local.get $n)))
      (drop (call $renumber (local.get $n) (local.get $n)))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 40))))
    (drop (call $renumber (i32.const 3) (i32.const 1000000)))
    (drop (call $fd_close (i32.const 0))) (drop (call $fd_close (i32.const 1))) (drop (call $fd_close (i32.const 2))) (drop (call $fd_close (i32.const 3)))
    %s (call $print (i32.const 0) (i32.const 8))""" % (OPEN, OPEN, OPEN), imports=RENUMBER, more='(data (i32.const 2048) "file")')
RANDOM_FOR_EVER = spinning("", "(drop (call $random (i32.const 0) (i32.const 131072)))", imports=RANDOM)
CALLS_FOR_EVER = spinning("", "(drop (call $random (i32.const 0) (i32.const 0)))", imports=RANDOM)
YIELDS = spinning("", "(drop (call $yield))", imports='(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))')
NAPS_FOR_EVER = spinning("", "(call $sleep (i64.const 1))")
SLEEPS_FOR_EVER = sleep(0, (1 << 64) - 1)
FLOOD_TEXT = '(data (i32.const 1024) "%s")' % ("a line of the flood, which says nothing at all\\n" * 20)
FLOOD = spinning("", "(call $print (i32.const 1024) (i32.const 940))", more=FLOOD_TEXT)
FLOOD_ERRORS = FLOOD.replace(b"(call $fd_write (i32.const 1)", b"(call $fd_write (i32.const 2)")
FLOOD_BYTES = spinning("", "(call $print (i32.const 1070) (i32.const 1))", more=FLOOD_TEXT)
WRITE_AND_TRAP = program("(call $print (i32.const 0) (i32.const 65536)) unreachable")
OPEN_AND_TRAP = program("(local $n i32) (loop $l %s (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 50)))) unreachable" % OPEN,
                        more='(data (i32.const 2048) "file")')
GIVEN = ["directory . /", "limit file-bytes 1M"]
PIPE_ENDS = r"exited (0|64)|killed: out of wall time"


def groups():
    """The groups of this file."""
    return [
        Group("calls", [
            Row("extremes-" + family, (lambda family=family: extremes(family)), "exited 0|" + OUT_OF_WALL, GIVEN, is_sample=family in ("paths", "transfers"),
                processor="3", wall="5") for family in FAMILIES] + [
            Row("edges", EDGES, "exited 0", is_sample=True),
            Row("vectors-overlapping", OVERLAPPING, OUT_OF_TIME),
            Row("poll-4096", POLL_MANY, "exited 0|" + OUT_OF_TIME, is_sample=True, processor="2"),
            Row("poll-too-many", POLL_TOO_MANY, "exited 0"),
            Row("sleep-for-ever", SLEEPS_FOR_EVER, OUT_OF_WALL, is_sample=True, wall="2"),
            Row("sleep-until-the-end", sleep(1, (1 << 64) - 1), OUT_OF_WALL, wall="2"),
            Row("sleep-until-the-past", sleep(1, 0), "exited 0"),
            Row("sleep-half", sleep(0, 1 << 63), OUT_OF_WALL, wall="2"),
            Row("sleep-long", p.SLEEP_LONG, OUT_OF_WALL, wall="1"),
            Row("renumbers", RENUMBERS, "exited 0|" + REFUSED, GIVEN, is_sample=True),
            Row("random-for-ever", RANDOM_FOR_EVER, OUT_OF_TIME),
            Row("calls-for-ever", CALLS_FOR_EVER, OUT_OF_TIME),
            Row("yields-for-ever", YIELDS, OUT_OF_TIME + "|" + OUT_OF_WALL, wall="5"),
            Row("naps-for-ever", NAPS_FOR_EVER, OUT_OF_TIME + "|" + OUT_OF_WALL, wall="5"),
            Row("traps-with-files", OPEN_AND_TRAP, "trapped: unreachable", GIVEN),
            Row("traps-with-shared-files", OPEN_AND_TRAP, "trapped: unreachable", ["directory . / shared"]),
        ], is_balanced=False),
        Group("floods", [
            Row("flood-output", FLOOD, OUT_OF_TIME + "|" + OUT_OF_WALL, ["stdout console"], processor="0.1", wall="3", is_sample=True),
            Row("flood-errors", FLOOD_ERRORS, OUT_OF_TIME + "|" + OUT_OF_WALL, ["stdout null", "stderr console"], processor="0.1", wall="3"),
            Row("flood-bytes", FLOOD_BYTES, OUT_OF_TIME + "|" + OUT_OF_WALL, ["stdout console"], processor="0.1", wall="3"),
            Row("flood-trace", CALLS_FOR_EVER, OUT_OF_TIME + "|" + OUT_OF_WALL, ["trace"], processor="0.05", wall="3"),
        ], has_trial=False),
        Group("pipes", [
            Row("writes-unread", p.WRITER, OUT_OF_WALL, ["stdout pipe a"], wall="2", is_sample=True),
            Row("reads-never", p.SLEEP_LONG, OUT_OF_WALL, ["stdin pipe a"], wall="3", is_sample=True),
            Row("writes-to-the-dead", p.WRITER, "exited 64", ["stdout pipe b"]),
            Row("reads-once", p.READ_ONCE, "exited 0", ["stdin pipe b"]),
            Row("reads-the-silent", p.READER, "exited 0|" + OUT_OF_WALL, ["stdin pipe c"]),
            Row("is-silent", p.SLEEP_LONG, OUT_OF_WALL, ["stdout pipe c"], wall="1"),
            Row("writes-to-itself", p.WRITER, PIPE_ENDS, ["stdin pipe d", "stdout pipe d"], wall="2"),
            Row("reads-from-itself", p.READER, PIPE_ENDS, ["stdin pipe e", "stdout pipe e"], wall="2"),
            Row("writes-and-traps", WRITE_AND_TRAP, "trapped: unreachable|" + OUT_OF_WALL, ["stdout pipe f"], wall="3"),
            Row("reads-the-trapped", p.READER, "exited 0", ["stdin pipe f"]),
            Row("many-write", p.WRITER, PIPE_ENDS, ["stdout pipe g"], copies=6, wall="4"),
            Row("many-read", p.READER, PIPE_ENDS + "|" + OUT_OF_TIME, ["stdin pipe g"], copies=3, wall="4"),
            Row("pipes-nowhere", p.WRITER, PIPE_ENDS, ["stdout pipe h"], wall="2"),
            Row("is-gone", p.EXIT_3, "exited 3", ["stdin pipe h"]),
        ]),
    ]
