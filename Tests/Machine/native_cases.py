"""Cases of machine code in the kernel: whichever tier runs, programs do the same; they end, are refused memory and are watched as before."""

import os
import re
import subprocess
import tempfile

import poke_cases
import process_programs as programs
from boot import ROOT, Case, Failure, fails
from module_cases import generated, sliced
from process_cases import BALANCE, SEED, assembled, initrd, trial

# As threaded code; everything as machine code from the start; from the first entry on; from a number of entries on that is each function's own.
TIERS = ("threaded", "native", "auto 1", "auto 20 %d" % SEED)

# Calls, loops over memory, a table, floats and a division, checksummed; $n turns.
WORK = """
  (table funcref (elem $mix $add $mix $add))
  (type $step (func (param i32 i32) (result i32)))
  (func $mix (param i32 i32) (result i32) (i32.mul (i32.xor (local.get 0) (i32.rotl (local.get 1) (i32.const 5))) (i32.const 0x01000193)))
  (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (i32.div_u (local.get 1) (i32.or (local.get 0) (i32.const 1)))))
  (func $work (param $n i32) (result i32) (local $i i32) (local $h i32) (local $f f64)
    (loop $l
      (local.set $h (call_indirect (type $step) (local.get $h) (local.get $i) (i32.and (local.get $i) (i32.const 3))))
      (i32.store (i32.add (i32.const 4096) (i32.and (local.get $h) (i32.const 0xfffc))) (local.get $i))
      (local.set $h (call $mix (local.get $h) (i32.load (i32.add (i32.const 4096) (i32.and (local.get $i) (i32.const 0xfffc))))))
      (local.set $f (f64.add (f64.mul (local.get $f) (f64.const 0.5)) (f64.convert_i32_u (local.get $h))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i32.xor (local.get $h) (i32.wrap_i64 (i64.reinterpret_f64 (local.get $f)))))
"""
COMPUTE = programs.program("(call $decimal (i64.extend_i32_u (call $work (i32.const 300000))))", more=WORK)
# Prints now and then what it has.
STEPS = programs.program("""(local $k i32)
    (loop $l
      (call $decimal (i64.extend_i32_u (call $work (i32.const 2000))))
      (br_if $l (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 20))))""", more=WORK)
# Traps in the 500th turn of a loop in a called function.
LATE_TRAP = programs.program("(call $f (i32.const 0))", more="""
  (func $f (param $i i32)
    (loop $l
      (i32.store (i32.mul (local.get $i) (i32.const 263)) (local.get $i))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000)))))""")
LATE_DIVIDE = programs.program("(drop (call $f (i32.const 600)))", more="""
  (func $f (param $n i32) (result i32)
    (loop $l (drop (i32.div_u (i32.const 7) (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (br_if $l (i32.const 1)))
    (i32.const 0))""")
LATE_CALL = programs.program("(call $f (i32.const 300))", more="""
  (table 2 funcref) (elem (i32.const 0) $f) (type $t (func (param i32)))
  (func $f (param $n i32)
    (call_indirect (type $t) (i32.sub (local.get $n) (i32.const 1)) (i32.eqz (local.get $n))))""")


# Fifty functions in turn, each large enough to be compiled for some time, so that some are while others run.
MAKES = programs.program(
    "(local $n i64) (local $k i32) (loop $l %s (br_if $l (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 50))))"
    " (call $decimal (local.get $n))" % "".join("(local.set $n (call $g%d (local.get $n)))" % number for number in range(50)),
    more="".join("(func $g%d (param i64) (result i64) %s (local.get 0))" % (
        number, "(local.set 0 (i64.rotl (i64.mul (i64.add (local.get 0) (i64.const %d)) (i64.const 31)) (local.get 0)))" % number * 60)
        for number in range(50)))


def under(case, tier, manifest="", append="", **sources):
    """What programs print under a tier, and the boot."""
    said = "tier %s\n%s" % (tier, manifest or "".join("program %s %s.wat\n" % (name, name) for name in sources))
    boot = case.boot(append, initrd=initrd(said, **sources), seconds=60).must_not_say("kernel panic", "internal error")
    return boot, bytes(boot.serial)


def alike(manifest="", append="", **sources):
    """Every byte and the exit code are the same in every tier."""
    def body(case):
        first = None
        for tier in TIERS:
            boot, said = under(case, tier, manifest, append, **sources)
            said = (boot.code, said)
            if first is None:
                first = said
            elif said != first:
                raise Failure("under %s: %r instead of %r" % (tier, said, first))
    return body


def fuel(case):
    """A program that runs out of its fuel has done as much in every tier, and one that does not has used as much."""
    for amount in (1, 999, 50001, 1000003):
        seen = set()
        for tier in TIERS:
            manifest = "program steps steps.wat\n limit fuel %d\nprogram whole steps.wat\n limit fuel 1000000000\n" % amount
            boot, said = under(case, tier, manifest, append="log=info", steps=STEPS)
            boot.must_say(BALANCE)
            used = re.findall(rb"ended: +\d+ .*? (\d+) +(steps|whole) ", said)
            # Two programs that print at once take turns as time goes; what they print is the same.
            seen.add((tuple(sorted(re.findall(rb"(?m)^(\d+)\r?$", said))), tuple(sorted(used))))
        if len(seen) != 1:
            raise Failure("with %d of fuel the tiers differ: %s" % (amount, seen))
        if not used:
            raise Failure("the table of ends names no fuel")


def memory(case):
    """How far a program can grow does not depend on the tier, by its own limit or by the machine's memory."""
    for limit in ("", " limit pages 3M\n"):
        seen = {}
        for tier in TIERS:
            boot, said = under(case, tier, "program hog hog.wat\n" + limit, hog=programs.HOG)
            seen[tier] = re.findall(rb"(?m)^(\d+)\r?$", said)
        if len(set(map(tuple, seen.values()))) != 1 or any(len(found) != 1 for found in seen.values()):
            raise Failure("with %r: %s" % (limit, seen))


def no_room(case):
    """Where memory for machine code is used up programs go on as threaded code. The machine has 1 MiB of it; the module's would be larger."""
    functions = "".join(
        "(func $g%d (param i64) (result i64) %s)" % (number, "(local.set 0 (i64.mul (i64.add (local.get 0) (i64.const %d)) (i64.const 31)))" % number * 40
                                                     + "(local.get 0)")
        for number in range(600))
    calls = "".join("(local.set $n (call $g%d (local.get $n)))" % number for number in range(600))
    source = programs.program("(local $n i64) (local $k i32) (loop $l %s (br_if $l (i32.lt_u (local.tee $k (i32.add (local.get $k)"
                              " (i32.const 1))) (i32.const 50)))) (call $decimal (local.get $n))" % calls, more=functions)
    outputs = []
    for tier in ("threaded", "auto 3"):
        boot = case.boot("log=info", initrd=initrd("tier %s\nprogram p p.wat\n" % tier, p=source), memory="24M", seconds=60)
        boot.must_exit(0).must_say(BALANCE).must_not_say("kernel panic", "internal error")
        outputs.append(re.findall(rb"(?m)^(\d+)\r?$", bytes(boot.serial)))
    if len(outputs[0]) != 1 or outputs[0] != outputs[1]:
        raise Failure("%s" % outputs)


def statistics(case):
    """`--statistics` says how many functions were compiled, to how much, in what time, and how much of the run was theirs."""
    boot = case.boot("", initrd=initrd("tier auto\nprogram compute compute.wat\n statistics\n", compute=COMPUTE), seconds=60).must_exit(0)
    found = re.search(rb"statistics: .*, (\d+) functions? compiled to [\d.]+K? in [\d.]+ s(, (\d+) % of the time in them)?", bytes(boot.serial))
    if not found or int(found.group(1)) != 3:
        raise Failure("no such line, or not 3 functions: %r" % (found and found.group(0)))


def killed(tier, count, plant="", **options):
    """So many spawns, ended at random moments: many in machine code, some while it is made; nothing is missing afterwards."""
    mixed = dict(spin=programs.SPIN, compute=COMPUTE, steps=STEPS, trap=LATE_TRAP, makes=MAKES)
    manifest = "tier %s\n" % tier + "".join("program %s %s.wasm\n" % (name, name) for name in mixed)
    manifest += "".join("program more-%s %s.wasm\n" % (name, name) for name in ("spin", "compute", "steps"))
    manifest += "program deep deep.wasm\n limit call-depth 500\n"

    def body(case):
        words = "trial=spawns count=%d kill=100 pause=30000 seed=%d %s" % (count, SEED, plant)
        boot = case.boot(words, initrd=initrd(manifest, ".wasm", deep=programs.DEEP, **mixed), seconds=900)
        boot.must_not_say("kernel panic", "internal error in process", "machine code of function")
        text = bytes(boot.serial).decode("utf-8", "replace")
        complaint = re.search(r"(?m)trial: (failed: .*?)\r?$", text)
        if complaint:
            raise Failure(complaint.group(1))
        boot.must_exit(0).must_say("balance exact")
        found = re.search(r"rounds, .*? (\d+) killed.*\s.*?(\d+) killed in machine code, (\d+) making it", text)
        if not found or (tier != "threaded" and int(found.group(2)) < count // 20):
            raise Failure("too few were ended in machine code: %s" % (found and found.group(0)))
        return "%s killed, %s in machine code, %s making it, seed %d" % (found.groups() + (SEED,))
    return body


def scripts(tier, plant=""):
    """The scripts of our own about integers, inside the kernel (Tests/Script/spec-qemu)."""
    def body(case):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([os.path.join(ROOT, "Tests", "Script", "numerics"), folder], check=True)
            for name in os.listdir(folder):
                if name != "numerics-i32.wast":
                    os.unlink(os.path.join(folder, name))
            environment = dict(os.environ, SPEC_WORDS="tier=%s %s" % (tier, plant))
            done = subprocess.run([os.path.join(ROOT, "Tests", "Script", "spec-qemu"), folder], env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure("the last line is %r" % done.stdout.strip().rpartition("\n")[2])
    return body


# Nanoseconds of a time slice, an instruction each; the clock goes by 100, and some 300 instructions are the switch's.
SLICES = (500, 700, 1300, 600, 900, 1900, 4700, 11300, 50300, 100000)
# The same with 64 nanoseconds an instruction: some hundred instructions down to a few.
FINE_SLICES = (26000, 24300, 23100, 22700, 22300, 22100)
# A defect is looked for in both.
PLANTED_TIERS = ("threaded", "native")


def native_cases(is_all):
    """Every case; without `is_all` the counts are samples."""
    cases = []

    def add(name, body, **options):
        cases.append(Case("native/" + name, body, **options))

    p = programs
    add("compute", alike(compute=COMPUTE))
    add("trap-memory", alike(late=LATE_TRAP))
    add("trap-divide", alike(late=LATE_DIVIDE))
    add("trap-call", alike(late=LATE_CALL))
    add("trap-deep", alike(deep=p.DEEP))
    add("deterministic", alike("deterministic 7\n" + "".join("program s%d steps.wat\n" % number for number in range(3)) + "program c chatter.wat\n",
                               steps=STEPS, chatter=p.CHATTER))
    add("deterministic-pipes", alike("deterministic 9\nprogram g gambler.wat\n stdout pipe a\nprogram l listener.wat\n stdin pipe a\n"
                                     "program s steps.wat\n", gambler=p.GAMBLER, listener=p.LISTENER, steps=STEPS))
    add("fuel", fuel)
    add("memory", memory)
    add("no-room", no_room)
    add("statistics", statistics)
    # The same programs again and again while others of them run: images come and go, and are joined while they compile.
    for tier in TIERS[1:]:
        name = tier.replace(" ", "-") if tier != TIERS[3] else "auto-random"
        add("kills-" + name, killed(tier, 12000 if is_all else 300))
    finite = dict(hello=p.HELLO, trap=LATE_DIVIDE, steps=STEPS)
    refused = "tier auto 2\n" + "".join("program %s %s.wasm\n" % (name, name) for name in finite)
    for what, step in (("pages", 7), ("code-heap", 7), ("heap", 61), ("kernel-heap", 5)):
        add("refused-" + what, trial(what, "refusals of every request: ok", append="count=10000 step=%d seed=%d" % (1 if is_all else step, SEED),
                                     seconds=900, memory="64M", manifest=refused, **finite))
    add("modules", generated(10000 if is_all else 300, TIERS))
    add("slices", sliced(100 if is_all else 10, SLICES if is_all else SLICES[:3], assembled(p.SPIN), ("threaded", "native", "auto 1")))
    add("slices-few", sliced(2, FINE_SLICES if is_all else FINE_SLICES[:1], assembled(p.SPIN), ("native",), shift=6))
    # Each of these suites fails when what it asserts does not hold.
    for name, body, words in (
            ("modules", generated(100, PLANTED_TIERS, "plant=code"), r"module \d+ of seed \d+ under native: .* instead of"),
            ("programs", alike(append="plant=code", compute=COMPUTE), r"under native: .* instead of"),
            ("scripts", scripts("native", "plant=code"), r"the last line is '\d+ passed, [1-9]\d* failed"),
            ("slices", sliced(10, SLICES[:3], assembled(p.SPIN), ("native",), "plant=pins"), r"under native in slices of \d+ ns: .* instead of"),
            ("kills", killed("auto 1", 20, "plant=code-leak"), r"something was not given back"),
            ("refused", trial("code-heap", append="count=10000 step=7 plant=code-leak", seconds=60, memory="64M", manifest=refused, **finite),
             r"exit code 2 instead of 0; it said: .*something was not given back"),
            ("poke", poke_cases.poke(1000, "plant=frames", "native"), r"of \d+, seed \d+: \w+ 0x[0-9a-f]+: exited 0 instead of internal error"),
            ("writable-code", poke_cases.poke(1000, "plant=writable-code", "native"), r"a view may write machine code that it may run")):
        add("planted-" + name, fails(body, words))
    return cases
