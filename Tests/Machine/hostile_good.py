"""The good program that runs beside the hostile ones: a computation with a known result, console and file work, and a look at the clock all the
time. It says its result, the longest time it was without the hart, and how long it took."""

from process_programs import program

MULTIPLIER, INCREMENT = 6364136223846793005, 1442695040888963407
ROUNDS, LOOKS, STEPS = 40, 25, 8000  # 8 million steps: about 0.3 s of the counted clock
ROUND_STEPS = LOOKS * STEPS


def state_after(steps):
    """The generator's state after so many steps from 1: the step applied to itself by squaring."""
    a, c, total_a, total_c = MULTIPLIER, INCREMENT, 1, 0
    while steps:
        if steps & 1:
            total_a, total_c = total_a * a % 2**64, (total_c * a + c) % 2**64
        a, c = a * a % 2**64, (c * a + c) % 2**64
        steps >>= 1
    return (total_a + total_c) % 2**64


RESULT = state_after(ROUNDS * ROUND_STEPS)
# Codes of its own failures.
CANNOT_OPEN, CANNOT_WRITE, CANNOT_READ, OTHER_CONTENT, OTHER_MEMORY = 41, 42, 43, 44, 45


def good(delay_nanoseconds=0, has_file=True):
    """The program. `delay_nanoseconds`: it sleeps first, and so comes late. `has_file`: it is given a directory of its own."""
    def needs(call, code):
        return "(if %s (then (call $exit (i32.const %d))))" % (call, code) if has_file else ""

    buffer = "(i32.store (i32.const 80) (i32.const 88)) (i32.store (i32.const 84) (i32.const 8))"
    opened = needs('(call $path_open (i32.const 3) (i32.const 0) (i32.const 2048) (i32.const 4) (i32.const 9) (i64.const 0x46) (i64.const 0) '
                   '(i32.const 0) (i32.const 2040))', CANNOT_OPEN)
    fd = "(i32.load (i32.const 2040))"
    offset = "(i64.extend_i32_u (i32.mul (local.get $round) (i32.const 8)))"
    step = """
        (local.set $look (i32.const %d))
        (loop $looks
          (local.set $left (i32.const %d))
          (loop $steps
            (local.set $x (i64.add (i64.mul (local.get $x) (i64.const %d)) (i64.const %d)))
            (br_if $steps (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
          (local.set $then (local.get $time)) (local.set $time (call $now))
          (if (i64.gt_u (i64.sub (local.get $time) (local.get $then)) (local.get $gap))
            (then (local.set $gap (i64.sub (local.get $time) (local.get $then)))))
          (br_if $looks (local.tee $look (i32.sub (local.get $look) (i32.const 1)))))""" % (LOOKS, STEPS, MULTIPLIER, INCREMENT)
    files = buffer + "(i64.store (i32.const 88) (local.get $x))" + needs(
        "(call $fd_pwrite %s (i32.const 80) (i32.const 1) %s (i32.const 24))" % (fd, offset), CANNOT_WRITE) + \
        "(i64.store (i32.const 88) (i64.const 0))" + needs(
        "(call $fd_pread %s (i32.const 80) (i32.const 1) %s (i32.const 24))" % (fd, offset), CANNOT_READ) + (
        needs("(i64.ne (i64.load (i32.const 88)) (local.get $x))", OTHER_CONTENT))
    # What it has in memory and in the file from the start is there at the end.
    pattern = """(local.set $at (i32.const 65536))
        (loop $fill (i32.store (local.get $at) (i32.mul (local.get $at) (i32.const 2654435761)))
          (br_if $fill (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 131072))))"""
    compared = """(local.set $at (i32.const 65536))
        (loop $compare
          (if (i32.ne (i32.load (local.get $at)) (i32.mul (local.get $at) (i32.const 2654435761))) (then (call $exit (i32.const %d))))
          (br_if $compare (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 131072))))""" % OTHER_MEMORY
    reserved = "(i64.store (i32.const 88) (i64.const 0))" + buffer + needs(
        "(call $fd_pwrite %s (i32.const 80) (i32.const 1) (i64.const %d) (i32.const 24))" % (fd, ROUNDS * 8), CANNOT_WRITE)
    code = """(local $x i64) (local $round i32) (local $look i32) (local $left i32) (local $at i32)
        (local $time i64) (local $then i64) (local $gap i64) (local $start i64)
        %(pattern)s %(opened)s %(reserved)s
        %(sleep)s
        (local.set $x (i64.const 1)) (local.set $time (call $now)) (local.set $start (local.get $time))
        (loop $rounds
          %(step)s %(files)s
          (if (i32.eqz (i32.rem_u (local.get $round) (i32.const 10))) (then (call $decimal (local.get $x))))
          (br_if $rounds (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const %(rounds)d))))
        %(compared)s
        (call $say (i32.const 2080) (local.get $x)) (call $say (i32.const 2088) (i64.div_u (local.get $gap) (i64.const 1000)))
        (call $say (i32.const 2096) (i64.div_u (i64.sub (call $now) (local.get $start)) (i64.const 1000)))""" % dict(
        pattern=pattern, opened=opened, reserved=reserved, step=step, files=files, compared=compared, rounds=ROUNDS,
        sleep="(call $sleep (i64.const %d))" % delay_nanoseconds if delay_nanoseconds else "")
    letter = "l" if delay_nanoseconds else "g"
    more = """
      (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_pread" (func $fd_pread (param i32 i32 i32 i64 i32) (result i32)))"""
    # A word of eight bytes and a number in one line and one write.
    say = """(func $say (param $word i32) (param $n i64) (local $at i32)
        (local.set $at (i32.const 319)) (i32.store8 (i32.const 319) (i32.const 10))
        (loop $more
          (local.set $at (i32.sub (local.get $at) (i32.const 1)))
          (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10)))))
          (br_if $more (i64.ne (local.tee $n (i64.div_u (local.get $n) (i64.const 10))) (i64.const 0))))
        (local.set $at (i32.sub (local.get $at) (i32.const 8)))
        (i64.store (local.get $at) (i64.load (local.get $word)))
        (call $print (local.get $at) (i32.sub (i32.const 320) (local.get $at))))
        (data (i32.const 2048) "file") (data (i32.const 2080) "%sresult %sgap    %stime   ")""" % (letter, letter, letter)
    return program(code, imports=more, more=say)
