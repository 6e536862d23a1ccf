"""Cases of the process room: isolation, scheduling, budgets, ends, pipes, the manifest, the console. Each checks the page balance."""

import functools
import os
import re
import subprocess
import tempfile
import time

import process_programs as programs
import random_calls as calls
from archive_bytes import archive, entry
from boot import KERNEL, ROOT, Case, Failure, Skip

MARTLET = os.environ.get("MARTLET", os.path.join(ROOT, "build/host/release/martlet"))
SEED = int(os.environ.get("MARTLET_SEED", time.time()))  # of what is random here; each case says it
BALANCE = "balance: pages 0 after the last process"


def initrd(manifest=None, suffix=".wat", **files):
    """An initrd of programs (`name` becomes `name.wat`, or is assembled to `name.wasm`) and a manifest."""
    if suffix == ".wasm":
        files = {name: assembled(content) for name, content in files.items()}
    entries = [entry(name + suffix, content, inode=number + 2) for number, (name, content) in enumerate(files.items())]
    if manifest is not None:
        entries.append(entry("manifest", manifest.encode(), inode=1))
    return archive(*entries)


@functools.cache
def assembled(content):
    """The binary of a text; a binary as it is."""
    if content.startswith(b"\0asm"):
        return content
    with tempfile.NamedTemporaryFile(suffix=".wat") as file:
        file.write(content)
        file.flush()
        return subprocess.run([MARTLET, "wat", file.name], check=True, capture_output=True).stdout


def ends(code, *says, manifest=None, append="log=info", memory="128M", balance=True, files=None, seconds=30, **sources):
    """Boots, and expects an exit code, words, and every page back."""
    def body(case):
        boot = case.boot(append, initrd=initrd(manifest, **sources), memory=memory, seconds=seconds)
        boot.must_exit(code).must_say(*says)
        if balance:
            boot.must_say(BALANCE)
        boot.must_not_say("kernel panic")
    return body


# Time by counted instructions: what the host takes away from QEMU in the middle of somebody's slice does not count.
COUNTED_TIME = ["-icount", "shift=2,sleep=off"]


def fair(case):
    """Eight spinning programs get equal shares within 10 %."""
    manifest = "".join("program p%d count.wat\n" % number for number in range(8))
    boot = case.boot("log=info", initrd=initrd(manifest, count=programs.COUNT), qemu=COUNTED_TIME, seconds=60).must_exit(0).must_say(BALANCE)
    counts = [int(word) for word in re.findall(rb"(?m)^(\d+)\r?$", bytes(boot.serial))]
    if len(counts) != 8:
        raise Failure("%d counts instead of 8" % len(counts))
    mean = sum(counts) / 8
    worst = max(abs(count - mean) / mean for count in counts)
    if worst > 0.1:
        raise Failure("shares differ by %.0f %%: %s" % (worst * 100, counts))
    return "at most %.1f %% off" % (worst * 100)


def priorities(case):
    """A high program gets about four times a normal one's share."""
    manifest = "program low count.wat\nprogram high count.wat\n  priority high\n"
    boot = case.boot("log=info", initrd=initrd(manifest, count=programs.COUNT), qemu=COUNTED_TIME, seconds=60).must_exit(0).must_say(BALANCE)
    counts = sorted(int(word) for word in re.findall(rb"(?m)^(\d+)\r?$", bytes(boot.serial)))
    if len(counts) != 2 or not 2.5 < counts[1] / counts[0] < 6:
        raise Failure("counts are %s" % counts)


def deterministic(case):
    """Two runs with fuel slices, seeded random and a virtual clock give the same bytes, interleaving included."""
    manifest = "deterministic 7\n" + "".join("program p%d chatter.wat\n" % number for number in range(4))
    outputs = []
    for _ in range(2):
        boot = case.boot("", initrd=initrd(manifest, chatter=programs.CHATTER), seconds=60).must_exit(0)
        outputs.append(b"\n".join(re.findall(rb"(?m)^(\d{10,11})\r?$", bytes(boot.serial))))
    if outputs[0].count(b"\n") != 39:
        raise Failure("%d lines instead of 40" % (outputs[0].count(b"\n") + 1))
    if outputs[0] != outputs[1]:
        raise Failure("two runs differ")
    firsts = [line[:-9] for line in outputs[0].split(b"\n")][:10]
    if firsts == [b"%d" % number for number in range(1, 11)]:
        raise Failure("the programs did not interleave")


def deterministic_pipes(case):
    """The same for programs that wait for each other: two pipes with random content and pauses, and one who computes beside them."""
    def outputs(seed):
        manifest = "deterministic %d\nprogram busy chatter.wat\n" % seed
        for name in "ab":
            manifest += "program g%s gambler.wat\n stdout pipe %s\nprogram l%s listener.wat\n stdin pipe %s\n" % (name, name, name, name)
        boot = case.boot("", initrd=initrd(manifest, chatter=programs.CHATTER, gambler=programs.GAMBLER, listener=programs.LISTENER),
                         seconds=60).must_exit(0)
        return re.findall(rb"(?m)^(\d+)\r?$", bytes(boot.serial))
    first = outputs(7)
    if not 100 < len(first):
        raise Failure("only %d lines" % len(first))
    if outputs(7) != first:
        raise Failure("two runs differ")
    if outputs(8) == first:
        raise Failure("another seed gives the same")


def late_translation(case):
    """A function of seven megabytes is translated when it is called: others run meanwhile, those of the same image wait, all can be ended."""
    manifest = "program clock clock.wat\nprogram nap sleep.wat\nprogram ends large.wasm\n after nap\n limit processor-time 0.3\n"
    manifest += "program waits large.wasm\n after nap\n limit wall-time 0.6\nprogram runs large.wasm\n after nap\n"
    image = archive(entry("large.wasm", programs.large(1, 1000000), inode=2), entry("clock.wat", programs.CLOCK, inode=3),
                    entry("sleep.wat", programs.SLEEP, inode=4), entry("manifest", manifest.encode(), inode=1))
    boot = case.boot("log=info", initrd=image, seconds=60)
    boot.must_say(BALANCE).must_not_say("kernel panic", "internal error")
    serial = bytes(boot.serial)
    for name in (b"clock", b"runs"):
        if not re.search(rb"%s +exited 0\r?\n" % name, serial):
            raise Failure("%s did not end with 0" % name.decode())
    times = [int(line) for line in re.findall(rb"(?m)^(\d{8,})\r?$", serial)]
    longest = max(later - earlier for earlier, later in zip(times, times[1:])) / 1e6
    if len(times) < 90 or longest > 500:
        raise Failure("the clock was seen %d times, once after %.0f ms" % (len(times), longest))
    return "the clock was late by %.0f ms at most" % (longest - 20)


def late_calls(case):
    """Calls of functions that were translated late are as quick as others: each is led to the code once."""
    manifest = "program p p.wasm\n statistics\n"
    padding = b"\0" + programs.unsigned(5 + (1 << 20)) + b"\x04data" + bytes(1 << 20)  # a section that makes the image a large one
    counts = []
    for image in (assembled(programs.CALLS), assembled(programs.CALLS) + padding):
        boot = case.boot("log=info", initrd=initrd(manifest, ".wasm", p=image), qemu=["-icount", "shift=0"]).must_exit(0).must_say(BALANCE)
        counts.append(int(re.search(rb"statistics: (\d+) instructions", bytes(boot.serial)).group(1)))
    if not 0 < counts[1] - counts[0] < 0.02 * counts[0]:
        raise Failure("%d instructions instead of %d" % (counts[1], counts[0]))
    return "%d instructions more than %d" % (counts[1] - counts[0], counts[0])


def statistics(case):
    """Instructions are a program's own, whoever runs beside it, and are not told where the machine does not count them."""
    work = programs.program("(local $i i32) (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) "
                            "(i32.const 2000000))))")
    shape = rb"p: statistics: (?:(\d+) instructions, )?(\d+\.\d{6}) s, (\d+\.\d{6}) s of processor time, 128K of linear memory(?:, (\d+) of fuel)?" \
        rb"(?:, 1 function compiled to \d+ in 0\.\d+ s(?:, \d+ % of the time in them)?)?\r?\n"

    def told(manifest, *qemu):
        boot = case.boot("log=info", initrd=initrd(manifest, p=work, spin=programs.SPIN), qemu=qemu, seconds=60).must_say(BALANCE)
        found = re.search(shape, bytes(boot.serial))
        if not found:
            raise Failure("no statistics: " + boot.last_line())
        return [number and float(number) for number in found.groups()]
    counted, alone = ["-icount", "shift=2"], "program p p.wat\n statistics\n"
    own = told(alone, *counted)
    beside = told(alone + "program spin spin.wat\n limit processor-time 1\n", *counted)
    if None in (own[0], beside[0]) or abs(own[0] - beside[0]) > 0.02 * own[0] or not 4e6 < own[0] < 4e7:
        raise Failure("%s instructions alone, %s beside another" % (own[0], beside[0]))
    if beside[1] < 1.5 * own[1] or beside[2] > 1.1 * own[2]:
        raise Failure("%s beside another, %s alone" % (beside, own))
    if told(alone)[0] is not None:
        raise Failure("it tells instructions that nobody counts")
    fuel = {told(alone + " limit fuel 100000000\n")[3] for _ in range(2)}
    if None in fuel or len(fuel) != 1:
        raise Failure("fuel is %s" % fuel)
    return "%d instructions, %d beside another" % (own[0], beside[0])


def late_invalid(case):
    """A function that is not valid: of a large image it is reported before anything runs, of a huge one when it is called."""
    wrong = "instruction requires [i32] but stack has [i64]"
    for mebibytes, code, says, speaks in ((2, 1, "martlet: bad.wasm: offset 0x", False),
                                          (17, 134, "martlet: bad.wasm: trap: function is not valid: type mismatch", True)):
        bad = programs.program("(call $print (i32.const 1024) (i32.const 6)) (drop (call $bad))",
                               more='(func $bad (result i32) (i64.const 1)) (data "%s") %s' % ("x" * (mebibytes << 20), programs.text("hello")))
        boot = case.boot("log=info", initrd=initrd(None, ".wasm", bad=bad)).must_exit(code).must_say(BALANCE, says, wrong)
        if (b"hello\r\n" in boot.serial) != speaks:
            raise Failure("of %d MiB it said %s" % (mebibytes, "nothing" if speaks else "hello"))


def random_calls(case, sharing, says):
    """Programs that call every WASI function with random arguments: they may be refused, and nothing else happens."""
    manifest, guests = "", {}
    for number in range(8):
        name = "guest%d" % number
        guests[name] = calls.guest(SEED + number, 60000)
        manifest += "program %s %s.wasm\n directory . / %s\n stdin null\n stdout null\n" % (name, name, sharing)
        manifest += " limit memory 4M\n limit file-bytes 1M\n limit wall-time 60\n bad-addresses error\n"
    boot = case.boot("log=info", initrd=initrd(manifest, ".wasm", **guests), seconds=90).must_exit(0)
    boot.must_say(says).must_not_say("kernel panic", "internal error")
    ended = len(re.findall(rb"guest\d +exited 0\r?\n", bytes(boot.serial)))
    if ended != 8:
        raise Failure("%d of 8 ended with 0" % ended)
    return "8 guests of 60000 calls, seed %d" % SEED


def eight_at_once(case):
    """A spinner, a sleeper, a memory hog, a deep recursor, a pipe pair, an interactive one and one that traps, while the console answers."""
    image = initrd(None, spin=programs.SPIN, sleep=programs.SLEEP, hog=programs.HOG, deep=programs.DEEP, writer=programs.WRITER,
                   reader=programs.READER, trap=programs.TRAP, ask=programs.READ_ONCE)
    boot = case.start("shell log=info", initrd=image, seconds=60)
    boot.expect("> ")
    for count, line in enumerate(("spin &", "sleep &", "hog &", "deep &", "writer | reader &", "trap &")):
        boot.send(line.encode() + b"\r")
        while bytes(boot.serial).count(b"]\r\n> ") < count + 1:
            boot._read(boot.started + boot.seconds)
    slowest = 0
    for _ in range(20):
        before = len(re.findall(rb"processes: \d+, switches", bytes(boot.serial)))
        start = time.monotonic()
        boot.send(b"mem\r")
        while len(re.findall(rb"processes: \d+, switches", bytes(boot.serial))) == before:
            boot._read(boot.started + boot.seconds)
        slowest = max(slowest, time.monotonic() - start)
        time.sleep(0.05)
    boot.expect("deep: trapped: call stack exhausted")
    boot.expect("trap: trapped: unreachable")
    boot.expect("sleep: exited 0")
    boot.expect("16800000")
    boot.send(b"ask\r")
    time.sleep(0.3)
    boot.send(b"an answer\r")
    time.sleep(0.3)
    boot.send(b"ps\r")
    boot.expect("spin\r\n")
    boot.send(b"kill 2\r")
    boot.expect("spin: killed by the console")
    boot.send(b"poweroff 5\r")
    boot.wait()
    boot.must_exit(5).must_not_say("kernel panic")
    if slowest > 0.1:
        raise Failure("the console took %.0f ms to answer" % (slowest * 1000))
    return "slowest answer %.0f ms" % (slowest * 1000)


def globals_made_at_boot(case):
    """A global made at its first use would be made in a process's heap, which goes: each is known, and used at boot or never by a process."""
    known = {"generator", "endWaiters", "ends", "requests", "waiters", "entries", "foreground", "7console", "savedDirectories", "all", "order", "frames",
             "_swift_stdlib_Hashing_parameters"}
    path = KERNEL + ".map"
    if not os.path.exists(path):
        raise Skip("there is no symbol map beside the kernel")
    with open(path) as file:
        symbols = re.findall(r"\$[es]\S+_WZ$", file.read(), re.M)
    if not symbols:
        raise Failure("the map names none, not even those that are known")
    for symbol in symbols:
        if not any(name in symbol for name in known):
            raise Failure("made at its first use: %s" % symbol)
    return "%d known" % len(symbols)


def trial(name, *says, append="", seconds=60, memory="128M", manifest=None, suffix=".wasm", **sources):
    def body(case):
        image = initrd(manifest, suffix, **sources)
        boot = case.boot("trial=%s %s" % (name, append), initrd=image, seconds=seconds, memory=memory)
        boot.must_exit(0).must_say("balance exact", *says).must_not_say("kernel panic")
        found = re.search(r"trial: (.*?)\r?\n", bytes(boot.serial).decode("utf-8", "replace"))
        return "%s (%s)" % (found.group(1) if found else "", append)
    return body


def process_cases(is_soak):
    """Every case of the room."""
    cases = []

    def add(name, body, **options):
        cases.append(Case("process/" + name, body, **options))

    p = programs
    add("exit-0", ends(0, "hello", hello=p.HELLO))
    add("exit-3", ends(3, exit3=p.EXIT_3))
    add("trap", ends(134, "martlet: trap.wat: trap: unreachable", trap=p.TRAP))
    add("divide", ends(134, "martlet: divide.wat: trap: integer divide by zero", divide=p.DIVIDE))
    add("out-of-bounds", ends(134, "trap: out of bounds memory access", oob=p.OUT_OF_BOUNDS))
    add("deep-recursion", ends(134, "trap: call stack exhausted", deep=p.DEEP))
    add("not-a-module", ends(1, "martlet: bad.wat: ", bad=b"(module (func"))
    add("unknown-import", ends(1, "unknown import: `env::f` has not been defined", bad=b'(module (import "env" "f" (func)))'))
    add("first-failure", ends(3, "exited 3", "trapped: unreachable", manifest="program a hello.wat\nprogram b exit3.wat\n after a\n"
                              "program c sleep.wat\nprogram d trap.wat\n after c\n",
                              hello=p.HELLO, exit3=p.EXIT_3, trap=p.TRAP, sleep=p.SLEEP))
    add("manifest-error", ends(1, "martlet: manifest:2: unknown statement: frobnicate", manifest="log info\nfrobnicate\n",
                               balance=False, hello=p.HELLO))
    add("manifest-missing-program", ends(1, "not found in the initrd: x.wat", manifest="program x x.wat\n", balance=False,
                                         hello=p.HELLO))
    # Each is refused with its line, before anything is started and with little memory.
    begin = "program a hello.wat\n"
    for name, manifest, says in (
            ("long-word", begin + " argument " + "x" * (16 << 20), "2: a word has at most 128K: xxxxxxxx"),
            ("many-arguments", begin + " argument" + " x" * 4000000, "2: the machine has too little memory for a manifest of this size"),
            ("many-programs", "".join("program p%d hello.wat\n" % number for number in range(100000)), "4097: a manifest has at most 4096 programs"),
            ("long", "# nothing\n" * 1000000, "838861: the text is too long; a manifest has at most 8M"),
            ("little-memory", begin + " argument" + " x" * 262144, "2: the machine has too little memory for a manifest of this size"),
            ("pages-0", begin + " limit pages 0", "2: no process can begin with less than 128K of pages: 0"),
            ("time", begin + " limit wall-time 1.2.3", "2: a time is decimal seconds, such as 30 or 0.5, or a number with ms, s, m or h: 1.2.3")):
        add("manifest-" + name, refused_manifest(manifest, says))
    add("manifest-too-many-arguments", refused_manifest(begin + " argument" + " x" * 262145, "2: a program has at most 262144 arguments and variables", "128M"))
    add("manifest-absent", too_many_programs)
    add("manifest-large", ends(0, "hello", manifest=begin + " argument" + " x" * 200000, memory="256M", hello=p.HELLO))
    add("pipe", ends(0, "16800000", manifest="program w writer.wat\n stdout pipe p\nprogram r reader.wat\n stdin pipe p\n",
                     writer=p.WRITER, reader=p.READER))
    add("pipe-broken", ends(64, manifest="program w writer.wat\n stdout pipe p\nprogram r once.wat\n stdin pipe p\n",
                            writer=p.WRITER, once=p.READ_ONCE))
    add("restart-on-failure", restart)
    # One line of the table for a program, however often it was started.
    add("restart-told-once", ends(0, "a                    exited 0, the last of 2 times\n", balance=False, once=p.FAIL_ONCE,
                                  manifest="program a once.wat\n directory . / shared\n restart on-failure\n"))

    def limit(name, code, line, source, *says):
        """A program that runs into a limit, beside one whose memories must be as they were."""
        grant = {"open-files": " directory . / read-only\n", "file-bytes": " directory . /\n"}.get(line.split()[0], "")
        manifest = "program limited limited.wat\n%s limit %s\nprogram beside beside.wat\n" % (grant, line)
        add("limit-" + name, ends(code, "intact", *says, manifest=manifest, limited=source, beside=p.NEIGHBOUR))

    limit("wall-time", 124, "wall-time 0.3", p.SPIN, "limited: killed: out of wall time")
    limit("wall-time-asleep", 124, "wall-time 0.3", p.SLEEP_LONG, "limited: killed: out of wall time")
    limit("processor-time", 137, "processor-time 0.3", p.SPIN, "limited: killed: out of CPU time")
    limit("fuel", 134, "fuel 1000000", p.SPIN, "all fuel consumed")
    limit("memory", 0, "memory 4M", p.HOG, "\n62\r")
    limit("pages", 0, "pages 4M", p.HOG)
    limit("pages-smallest", 137, "pages 128K", p.HELLO, "limited: killed: out of memory\r\n")
    limit("call-depth", 134, "call-depth 100", p.DEEP, "call stack exhausted")
    limit("call-depth-0", 134, "call-depth 0", p.HELLO, "call stack exhausted")
    limit("table", 0, "table-elements 1000", p.TABLE, "\n1000\r")
    limit("open-files", 33, "open-files 20", p.OPENER)
    limit("file-bytes", 51, "file-bytes 1M", p.FILLER)
    add("limits-at-their-extremes", extreme_limits)
    add("hog", ends(0, "hello", manifest="program g hog.wat\nprogram h hello.wat\n", hog=p.HOG, hello=p.HELLO))
    add("promised-memory", promised_memory)
    add("isolation", isolation)
    add("globals", globals_made_at_boot)
    add("fair", fair)
    add("priorities", priorities)
    add("deterministic", deterministic)
    add("deterministic-pipes", deterministic_pipes)
    # More than a slice of fuel before _start.
    add("deterministic-start", ends(0, "started", manifest="deterministic 7\nprogram s start.wat\n", start=p.START))
    # The start function's fuel is the program's.
    add("limit-fuel-start", ends(134, "all fuel consumed", manifest="program s start.wat\n limit fuel 1000000\n", start=p.START))
    add("late-translation", late_translation)
    add("late-calls", late_calls)
    add("statistics", statistics)
    add("late-invalid", late_invalid)
    add("random-calls", functools.partial(random_calls, sharing="private", says=BALANCE))
    # What is written to shared files stays.
    add("random-calls-shared", functools.partial(random_calls, sharing="shared", says="balance: "))
    add("eight-at-once", eight_at_once, runs_alone=True)
    # Large enough to be translated function by function, at the first call.
    late = p.large(4, 500, byte_count=1 << 20)
    mixed = dict(hello=p.HELLO, spin=p.SPIN, trap=p.TRAP, deep=p.DEEP, nap=p.NAP, exit3=p.EXIT_3, oob=p.OUT_OF_BOUNDS, late=late)
    brief = "".join("program %s %s.wasm\n" % (name, name) for name in mixed if name != "deep") + "program deep deep.wasm\n limit call-depth 500\n"
    # Mostly brief ones, and a spinner that is out of its time soon, so that all kinds of ends are among them.
    many = "".join("program %s%d %s.wasm\n" % (name, number, name) for name in ("hello", "trap", "exit3", "oob", "nap", "late") for number in range(4))
    many += "program deep deep.wasm\n limit call-depth 500\nprogram spin spin.wasm\n limit processor-time 0.004\n"
    add("spawns", trial("spawns", append="count=10000 kill=10 pause=500", seconds=240, manifest=many, **mixed))
    add("kills", trial("spawns", append="count=1000 kill=100 seed=9", seconds=120, manifest=brief, **mixed))
    # Everything at once: ends of all kinds, kills, a pipe whose two sides end when they like, files in private and shared layers.
    everything = brief + "program sleep sleep.wasm\nprogram deepest deep.wasm\n"
    everything += "program writer writer.wasm\n stdout pipe p\nprogram reader reader.wasm\n stdin pipe p\n"
    everything += "program private filler.wasm\n directory . /\n limit file-bytes 256K\n"
    everything += "program shared opener.wasm\n directory . / shared\n limit open-files 20\n"
    soak_seconds = 1800 if is_soak else 120
    add("soak", trial("spawns", append="seconds=%d kill=40 seed=%d" % (soak_seconds, SEED), seconds=soak_seconds + 60, manifest=everything,
                      writer=p.WRITER, reader=p.READER, filler=p.FILLER, opener=p.OPENER, sleep=p.SLEEP, **mixed))
    # Every request of these is refused once; each of them makes few enough that a run meets them all.
    finite = dict(hello=p.HELLO, trap=p.TRAP, deep=p.DEEP, filler=p.FILLER, opener=p.OPENER, writer=p.BRIEF_WRITER, reader=p.READER)
    refused = "program hello hello.wasm\nprogram trap trap.wasm\nprogram deep deep.wasm\n limit call-depth 500\n"
    refused += "program filler filler.wasm\n directory . /\n limit file-bytes 32K\n"
    refused += "program opener opener.wasm\n directory . / shared\n limit open-files 8\n"
    refused += "program writer writer.wasm\n stdout pipe p\nprogram reader reader.wasm\n stdin pipe p\n"
    for name, what in (("refused-pages", "pages"), ("refused-heap", "heap"), ("refused-kernel-heap", "kernel-heap")):
        add(name, trial(what, "refusals of every request: ok", append="count=10000", seconds=240, memory="64M", manifest=refused, **finite))
    add("refused-late", trial("heap", "refusals of every request: ok", append="count=10000", seconds=240, memory="64M", late=late, hello=p.HELLO))
    add("refused-assembling", trial("heap", "refusals of every request: ok", append="count=10000", seconds=240, memory="64M", suffix=".wat",
                                    hello=p.HELLO, trap=p.TRAP))
    return cases


def refused_manifest(manifest, says, memory="64M"):
    """One line, exit code 1, at once."""
    def body(case):
        boot = case.boot("", initrd=initrd(manifest, hello=programs.HELLO), memory=memory, seconds=15)
        boot.must_exit(1).must_say("martlet: manifest:" + says).must_not_say("kernel panic", "hello\r\n")
        if bytes(boot.serial).count(b"martlet: ") != 1 or len(boot.last_line()) > 200:
            raise Failure("it is not one line of sensible length")
    return body


def extreme_limits(case):
    """Every limit at zero, one and its largest values: what is large is no limit, and what is small ends nobody but the program."""
    large = ("9223372036854775807", "9223372036854775808", "18446744073709551614", "18446744073709551615", "none")
    limits = [(what, amount) for what in ("memory", "table-elements", "call-depth", "open-files", "file-bytes", "fuel", "pages") for amount in large]
    limits += [(what, amount) for what in ("processor-time", "wall-time") for amount in ("999999999.999999999", "none")]
    small = [(what, amount) for what in ("memory", "table-elements", "open-files", "file-bytes", "fuel", "processor-time", "wall-time")
             for amount in ("0", "1")] + [("call-depth", "1"), ("processor-time", "0.000000001"), ("wall-time", "0.000000001")]
    manifest = "".join("program %s=%s hello.wat\n limit %s %s\n" % (what, amount, what, amount) for what, amount in limits + small)
    boot = case.boot("log=info", initrd=initrd(manifest, hello=programs.HELLO), memory="512M", seconds=60)
    boot.must_say(BALANCE).must_not_say("kernel panic", "internal error")
    ended = dict(re.findall(r"ended: +\d+ [^\n]* (\S+=\S+) +([^\r\n]+)", bytes(boot.serial).decode()))
    if len(ended) != len(limits) + len(small):
        raise Failure("%d ends instead of %d" % (len(ended), len(limits) + len(small)))
    for what, amount in limits:
        if ended["%s=%s" % (what, amount)] != "exited 0":
            raise Failure("under %s %s it %s" % (what, amount, ended["%s=%s" % (what, amount)]))


def too_many_programs(case):
    """Without a manifest every module in the root is a program, within the same bound."""
    entries = [entry("p%d.wat" % number, programs.EXIT_3, inode=number + 2) for number in range(5000)]
    boot = case.boot("", initrd=archive(*entries), seconds=15).must_exit(1)
    boot.must_say("martlet: too many programs in the root of the initrd; write a manifest that says which to start")


def restart(case):
    """A failing program is started again after a wait that grows; who is killed stays killed."""
    manifest = "program a exit3.wat\n restart on-failure\nprogram b spin.wat\n limit wall-time 1\n"
    boot = case.start("log=info", initrd=initrd("shell\n" + manifest, exit3=programs.EXIT_3, spin=programs.SPIN), seconds=30)
    boot.expect("[3] b: killed: out of wall time")
    ended = len(re.findall(rb"\] a: exited 3", bytes(boot.serial)))
    boot.send(b"\rpoweroff\r")
    boot.wait()
    boot.must_exit(0)
    if not 3 <= ended <= 5:
        raise Failure("%d restarts in a second" % ended)


def promised_memory(case):
    """What memory.grow granted can be touched, as can the memory a program began with, at every number of pages that is left over."""
    limits = range(640, 720)
    manifest = "".join("program p%d hog.wat\n limit pages %d\n" % (pages, pages * 4096) for pages in limits)
    # Near 2 MiB, so that the last page it gets needs a table of its own in some of them.
    hog = programs.HOG.replace(programs.TWO_PAGES, b'(memory (export "memory") 30)')
    boot = case.boot("log=info", initrd=initrd(manifest, hog=hog), memory="256M").must_exit(0).must_say(BALANCE)
    grown = [int(word) for word in re.findall(rb"(?m)^(\d+)\r?$", bytes(boot.serial))]
    if len(grown) != len(limits) or not min(grown) < 2 < max(grown):
        raise Failure("the programs grew by %s pages" % sorted(grown))


def isolation(case):
    """A store into the neighbour's window faults, ends its process with a report, and the neighbour's memory is intact."""
    manifest = "program bad stray.wat\nprogram good neighbour.wat\n"
    boot = case.boot("log=info trial=isolation", initrd=initrd(manifest, stray=programs.STRAY, neighbour=programs.NEIGHBOUR), seconds=30)
    boot.must_exit(70).must_say("intact", "internal error in process", "store page fault", BALANCE).must_not_say("kernel panic")
    if not re.search(rb"sepc   0x[0-9a-f]+ [^\n]*ProcessTrial\.define", bytes(boot.serial)):
        raise Failure("the report does not name the function that stored")
