"""Generated modules (Tests/Fuzz/Generator) in the kernel: each runs as a program in every tier, and everything it says, how it ends and what
fuel and memory it takes is the same."""

import os
import re
import subprocess
import tempfile

from archive_bytes import archive, entry
from boot import ROOT, Failure
from process_cases import SEED, assembled

NATIVE = os.path.join(ROOT, "build", "host", "release", "native")
# Programs a boot.
BATCH = 1000
STATISTICS = re.compile(r"statistics: .*? s of processor time, (\w+) of linear memory(, \d+ of fuel)?(?:, (\d+) functions? compiled to .*?)?\r?\n")


# Many values that are alive all through a loop: whatever is lost at a switch is in the result.
WORKER = b"""(module (memory (export "memory") 1)
  (func (export "run") (result i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64) (local $e f64) (local $k i32)
    (loop $l
      (local.set $a (i64.add (i64.mul (local.get $a) (i64.const 31)) (i64.add (local.get $b) (i64.const 7))))
      (local.set $b (i64.xor (local.get $b) (i64.rotl (local.get $a) (i64.const 9))))
      (local.set $c (i64.add (local.get $c) (i64.mul (local.get $b) (local.get $d))))
      (local.set $d (i64.sub (i64.shr_u (local.get $c) (i64.const 3)) (local.get $a)))
      (local.set $e (f64.add (f64.mul (local.get $e) (f64.const 0.5)) (f64.convert_i64_s (local.get $d))))
      (br_if $l (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 5000))))
    (i64.xor (i64.xor (local.get $a) (local.get $b)) (i64.xor (i64.xor (local.get $c) (local.get $d)) (i64.reinterpret_f64 (local.get $e))))))"""


def generator():
    """The program that writes generated modules, built when it is not there (`Tests/NativeCode/run` builds it, too)."""
    if not os.path.exists(NATIVE):
        words = ["swift", "build", "-c", "release", "--explicit-target-dependency-import-check", "error", "--scratch-path", "build/host",
                 "--product", "native"]
        built = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
        if built.returncode != 0:
            raise Failure("the generator of modules is not built: %s" % (built.stdout + built.stderr).strip()[-200:])
    return NATIVE


def modules(first, count, seed):
    """So many modules of a seed, each with an export `run`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([generator(), "programs", str(seed), str(first), str(count), folder], check=True)
        out = []
        for number in range(first, first + count):
            with open(os.path.join(folder, "%d.wasm" % number), "rb") as file:
                out.append(file.read())
        return out


def lines(number):
    """The manifest's lines of a module: every other one has fuel, and of those every third too little."""
    text = "program m%d m%d.wasm\n invoke run\n statistics\n limit call-depth 2000\n" % (number, number)
    if number % 2:
        text += " limit fuel %d\n" % (100 + number * 37 % 5000 if number % 3 == 0 else 10_000_000)
    return text


def initrd(contents, first, tier, more="", **others):
    """The modules and other programs, and a manifest for the tier, padded so that everything lies where it lies in every tier."""
    text = "tier %s\n" % tier + more + "".join(lines(first + at) for at in range(len(contents)))
    entries = [entry("manifest", (text + "#" * (64 - len(tier)) + "\n").encode(), inode=1)]
    named = [("m%d" % (first + at), content) for at, content in enumerate(contents)] + list(others.items())
    entries += [entry(name + ".wasm", content, inode=at + 2) for at, (name, content) in enumerate(named)]
    return archive(*entries)


def said(boot):
    """What a boot said without what is measured, in parts that end with how a program ended; and how many functions were compiled."""
    text = "\n" + bytes(boot.serial).decode("utf-8", "replace")
    compiled = sum(int(found.group(3) or 0) for found in STATISTICS.finditer(text))
    text = STATISTICS.sub(lambda found: "statistics: %s%s\n" % (found.group(1), found.group(2) or ""), text)
    parts = re.split(r"(?m)(?<=\n)(?=poke m\d+: )", text)
    return [part.partition("\n")[0] + "\n" + before.partition("\n")[2] for before, part in zip(parts, parts[1:])], compiled


def generated(count, tiers, plant=""):
    """So many modules of the seed in each of the tiers, compared with the first."""
    def body(case):
        compiled = dict.fromkeys(tiers, 0)
        ends = {}
        for first in range(0, count, BATCH):
            contents = modules(first, min(BATCH, count - first), SEED)
            expected = None
            for tier in tiers:
                boot = case.boot("trial=each shown " + plant, initrd=initrd(contents, first, tier), memory="256M", seconds=600)
                boot.must_exit(0).must_say("balance exact").must_not_say("kernel panic", "internal error in process", "machine code of function")
                parts, number = said(boot)
                compiled[tier] += number
                if len(parts) != len(contents):
                    raise Failure("%d of %d modules told how they ended" % (len(parts), len(contents)))
                if expected is None:
                    expected = parts
                    for part in parts:
                        end = re.match(r"poke m\d+: (.*?)\r?\n", part).group(1)
                        if "statistics: " not in part:
                            raise Failure("nothing is said of the fuel and memory: %r" % part[:200])
                        end = (re.search(r"martlet: m\d+: (trap: .*?)\r?\n", part) or [None, end])[1]
                        ends[end] = ends.get(end, 0) + 1
                for number, (part, wanted) in enumerate(zip(parts, expected)):
                    if part != wanted:
                        raise Failure("module %d of seed %d under %s: %r instead of %r" % (first + number, SEED, tier, part[:300], wanted[:300]))
        for tier in tiers:
            if (compiled[tier] < count // 4) != tier.startswith("threaded"):
                raise Failure("%d functions were compiled under %s" % (compiled[tier], tier))
        if len(ends) < 4 and count >= 100:
            raise Failure("all modules end alike: %s" % ends)
        most = sorted(ends.items(), key=lambda item: -item[1])
        return "%d modules, seed %d, compiled %s; %s" % (
            count, SEED, ", ".join("%d" % compiled[tier] for tier in tiers), ", ".join("%d %s" % (number, end) for end, number in most[:6]))
    return body


def sliced(count, slices, spin, tiers, plant="", shift=0):
    """Modules, the last one `WORKER`, beside one that spins, in time slices of so many nanoseconds, an instruction being 2^shift of them: as
    alone. Some 300 instructions of a slice are the switch's; the clock goes by 100 ns."""
    def body(case):
        contents = modules(0, count, SEED) + [assembled(WORKER)]
        expected, notes = None, []
        for tier in tiers:
            for nanoseconds in (0,) + tuple(slices):
                more = "program beside beside.wasm\n" if nanoseconds else ""
                words = "trial=each shown %s%s" % ("slice=%d " % nanoseconds if nanoseconds else "", plant)
                boot = case.boot(words, initrd=initrd(contents, 0, tier, more, beside=spin), memory="256M", seconds=900,
                                 qemu=["-icount", "shift=%d,sleep=off" % shift])
                boot.must_exit(0).must_say("balance exact").must_not_say("kernel panic", "internal error in process")
                parts, _ = said(boot)
                if len(parts) != len(contents):
                    raise Failure("%d of %d modules told how they ended" % (len(parts), len(contents)))
                expected = expected or parts
                for number, (part, wanted) in enumerate(zip(parts, expected)):
                    if part != wanted:
                        raise Failure("module %d of seed %d under %s in slices of %d ns: %r instead of %r" % (
                            number, SEED, tier, nanoseconds, part[:300], wanted[:300]))
                switches = int(re.search(rb"trial: (\d+) switches", bytes(boot.serial)).group(1))
                if nanoseconds:
                    notes.append("%d in slices of %d ns" % (switches, nanoseconds))
        return "%d modules, seed %d, switches: %s" % (count, SEED, ", ".join(notes))
    return body
