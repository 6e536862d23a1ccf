"""Cases of the scheduler in counted time: who gets the hart, how long nobody else can have it, and deadlines at the ends of time."""

import re

import process_programs as programs
from boot import Case, Failure
from process_cases import BALANCE, ends, initrd

# One instruction is a nanosecond; when all sleep, time jumps.
EXACT = ["-icount", "shift=0,sleep=off"]
# Four nanoseconds an instruction, for what takes seconds.
QUICK = ["-icount", "shift=2,sleep=off"]
TAG, PART = 10 ** 12, 10 ** 10
GAP = 9


def spinner(tag, begin, *ends):
    """Spins from `begin` to the last of `ends`, milliseconds on the machine's clock. Says for each of the times between how often it turned
    since the one before, and as part 9 the longest time without the hart, in microseconds."""
    windows = ""
    for number, end in enumerate(ends):
        windows += """
          (local.set $turns (i64.const 0))
          (loop $l
            (local.set $turns (i64.add (local.get $turns) (i64.const 1)))
            (local.set $now (call $now))
            (if (i64.gt_u (i64.sub (local.get $now) (local.get $last)) (local.get $gap))
              (then (local.set $gap (i64.sub (local.get $now) (local.get $last)))))
            (local.set $last (local.get $now))
            (br_if $l (i64.lt_u (local.get $now) (i64.const %d000000))))
          (call $decimal (i64.add (local.get $turns) (i64.const %d)))""" % (end, tag * TAG + number * PART)
    return programs.program("""(local $turns i64) (local $now i64) (local $last i64) (local $gap i64)
        (if (i64.lt_u (call $now) (i64.const %d000000)) (then (call $sleep (i64.sub (i64.const %d000000) (call $now)))))
        (local.set $last (call $now)) %s
        (call $decimal (i64.add (i64.div_u (local.get $gap) (i64.const 1000)) (i64.const %d)))"""
                            % (begin, begin, windows, tag * TAG + GAP * PART))


def sleeper(end, milliseconds, turns):
    """Sleeps and computes in turn until `end`."""
    return programs.program("""(local $i i32)
        (loop $l
          (call $sleep (i64.const %d000000))
          (local.set $i (i32.const %d))
          (loop $k (br_if $k (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
          (br_if $l (i64.lt_u (call $now) (i64.const %d000000))))""" % (milliseconds, turns, end))


def parts(boot):
    """What the spinners said: {tag: {part: value}}."""
    said = {}
    for word in re.findall(rb"(?m)^(\d{13,})\r?$", bytes(boot.serial)):
        tag, rest = divmod(int(word), TAG)
        said.setdefault(tag, {})[rest // PART] = rest % PART
    return said


def lone_run(manifest, plant=""):
    """One has run alone for half a second when another comes: neither is without the hart for long, and both get the same."""
    def body(case):
        image = initrd(manifest, first=spinner(1, 0, 560, 900), second=spinner(2, 500, 560, 900), nap=sleeper(100, 500, 1))
        boot = case.boot("log=info " + plant, initrd=image, qemu=EXACT, seconds=120).must_exit(0).must_say(BALANCE)
        said = parts(boot)
        gap = max(said[tag][GAP] for tag in (1, 2)) / 1000
        shares = sorted(said[tag][1] for tag in (1, 2))
        if gap > 45:
            raise Failure("somebody was without the hart for %.1f ms" % gap)
        if shares[0] < 0.9 * shares[1]:
            raise Failure("in the same time they turned %s times" % shares)
        return "without the hart for at most %.1f ms" % gap
    return body


def mixed(case):
    """Spinners beside sleepers, newcomers and one of another priority: in every second each spinner has its share within 10 %, and a slice
    that a second may cut off: the one of low priority has but seven or eight of them."""
    manifest = "".join("program spin%d spin%d.wat\n" % (number, number) for number in (1, 2, 3)) + "program spin4 spin4.wat\n priority low\n"
    manifest += "program doze1 doze1.wat\nprogram doze2 doze2.wat\nprogram new0 nap.wat\n"
    manifest += "".join("program new%d nap.wat\n after new%d\n" % (number, number - 1) for number in range(1, 12))
    windows = (300, 700, 1700, 2700)
    guests = {"spin%d" % tag: spinner(tag, 10 * tag, *windows) for tag in (1, 2, 3, 4)}
    image = initrd(manifest, doze1=sleeper(2700, 7, 20000), doze2=sleeper(2700, 31, 60000), nap=sleeper(0, 150, 100000), **guests)
    boot = case.boot("log=info", initrd=image, qemu=QUICK, memory="256M", seconds=120).must_exit(0).must_say(BALANCE)
    said, worst = parts(boot), 0
    for window in (2, 3):
        mean = sum(said[tag][window] for tag in (1, 2, 3)) / 3
        slice_ = sum(said[tag][window] for tag in (1, 2, 3, 4)) / 100
        for tag, share in ((1, 1), (2, 1), (3, 1), (4, 0.25)):
            worst = max(worst, (abs(said[tag][window] - mean * share) - slice_) / mean / share)
    if worst > 0.1:
        raise Failure("a share is %.0f %% off: %s" % (100 * worst, said))
    return "at most %.1f %% off" % (100 * worst)


# Sleeps for no time, until the past and (it is ended before) until the end of time.
NO_TIME = programs.program("""(call $sleep (i64.const 0))
    (i32.store16 (i32.const 72) (i32.const 1))
    (i64.store (i32.const 56) (i64.const 1)) (drop (call $poll (i32.const 32) (i32.const 128) (i32.const 1) (i32.const 16)))
    (i64.store (i32.const 56) (i64.const 0)) (drop (call $poll (i32.const 32) (i32.const 128) (i32.const 1) (i32.const 16)))
    (call $print (i32.const 1024) (i32.const 6))""", more=programs.text("slept"))
FOR_EVER = programs.program("(call $sleep (i64.const -1))")
UNTIL_THE_END = programs.program("""(i32.store (i32.const 48) (i32.const 1)) (i64.store (i32.const 56) (i64.const -1))
    (i32.store16 (i32.const 72) (i32.const 1)) (drop (call $poll (i32.const 32) (i32.const 128) (i32.const 1) (i32.const 16)))""")
# What the clocks say at the end of time; a run without real time goes there when somebody sleeps so long.
AT_THE_END = programs.program("""(call $sleep (i64.const -1)) (call $sleep (i64.const 1)) (call $sleep (i64.const 0))
    (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 24)))
    (if (i64.ne (call $now) (i64.const -1)) (then (call $exit (i32.const 9))))
    (call $print (i32.const 1024) (i32.const 6))""", more=programs.text("ended"))


def scheduling_cases():
    """Every case of this file."""
    cases = []

    def add(name, body, **options):
        cases.append(Case("scheduling/" + name, body, **options))

    add("sleeper-after-a-lone-run", lone_run("program first first.wat\nprogram second second.wat\n"))
    add("newcomer-after-a-lone-run", lone_run("program first first.wat\nprogram nap nap.wat\nprogram second second.wat\n after nap\n"))
    add("newcomer-beside-a-limit", lone_run("program first first.wat\n limit processor-time 100\nprogram nap nap.wat\n"
                                            "program second second.wat\n after nap\n"))
    add("mixed", mixed)
    add("no-time", ends(0, "slept", hello=NO_TIME))
    add("for-ever", ends(124, "hello", manifest="program a a.wat\n limit wall-time 0.3\nprogram b b.wat\n limit wall-time 0.3\nprogram c c.wat\n",
                         a=FOR_EVER, b=UNTIL_THE_END, c=programs.HELLO))
    add("the-longest-limits", ends(0, "hello", "awake", manifest="program nap nap.wat\nprogram a a.wat\n after nap\n limit wall-time 999999999\n"
                                   " limit processor-time 999999999\nprogram b b.wat\n after nap\n limit wall-time 999999999\n",
                                   nap=sleeper(0, 900, 1), a=programs.HELLO, b=programs.SLEEP))
    add("deterministic-end-of-time", ends(0, "ended", manifest="deterministic 7\nprogram a a.wat\n", a=AT_THE_END))
    return cases
