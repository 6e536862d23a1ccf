"""Cases of what the tests' kernel alone can show of processes: that nothing of the kernel's leads into what has gone (`trial=spawns oracle`), that
a thousand live in 256 MiB (`trial=crowd`), that every request of memory can be refused, file bombs among the programs (`trial=pages` and its
kin). And that each of these, and the suites poke and hostile, fail when a defect is planted in the tests' kernel (`plant=NAME`)."""

import re

import hostile_cases
import poke_cases
import process_programs as p
from archive_bytes import archive, entry
from boot import Case, Failure, fails
from hostile_row import OUT_OF_TIME, Group, Row, guest
from process_cases import SEED, assembled
from scheduling_cases import lone_run
from stretch_cases import hostile as stretch

# Several programs of several images, ends of all kinds, a pipe, files of one's own and shared ones.
BRIEF = dict(hello=p.HELLO, spin=p.SPIN, trap=p.TRAP, deep=p.DEEP, nap=p.NAP, exit3=p.EXIT_3, oob=p.OUT_OF_BOUNDS)


def image(manifest, guests=(), **sources):
    """An initrd of a manifest, programs of Tests/Guests and programs in text."""
    contents = {name: guest(name) for name in guests}
    contents.update((name, assembled(source)) for name, source in sources.items())
    entries = [entry(name + ".wasm", content, inode=number + 2) for number, (name, content) in enumerate(contents.items())]
    return archive(entry("manifest", manifest.encode(), inode=1), *entries)


def said(boot):
    return bytes(boot.serial).decode("utf-8", "replace")


def judged(case, append, initrd, memory="128M", seconds=60):
    """A trial that must pass; what it said of itself."""
    boot = case.boot(append, initrd=initrd, memory=memory, seconds=seconds)
    boot.must_not_say("kernel panic", "internal error in process")
    complaint = re.search(r"(?m)oracle: (.*?)\r?$|trial: (failed: .*?)\r?$", said(boot))
    if complaint:
        raise Failure("%s (exit code %s)" % (complaint.group(1) or complaint.group(2), boot.code))
    boot.must_exit(0).must_say("0 internal errors, balance exact")
    return re.search(r"trial: (.*?)\r?\n", said(boot)).group(1)


# The oracle.

def oracle(count, plant=""):
    """So many spawns; before a space or an image goes, nothing that stays leads into it."""
    def body(case):
        manifest = "".join("program %s %s.wasm\n" % (name, name) for name in BRIEF if name != "deep")
        manifest += "program deep deep.wasm\n limit call-depth 500\n"
        manifest += "program writer writer.wasm\n stdout pipe p\nprogram reader reader.wasm\n stdin pipe p\n"
        manifest += "program private filler.wasm\n directory . /\n limit file-bytes 256K\n"
        manifest += "program shared opener.wasm\n directory . / shared\n limit open-files 20\n"
        # What one that is ended leaves in shared files stays, so the one that makes many has files of its own.
        manifest += "program links hostile-files.wasm\n directory . /\n limit file-bytes 256K\n argument links l- 50\n"
        manifest += "program profiled spin.wasm\n profile\n limit processor-time 0.02\n"
        initrd = image(manifest, ["hostile-files"], writer=p.BRIEF_WRITER, reader=p.READER, filler=p.FILLER, opener=p.OPENER, **BRIEF)
        note = judged(case, "trial=spawns oracle count=%d kill=40 pause=3000 seed=%d %s" % (count, SEED, plant), initrd, seconds=60 + count)
        return "%s, seed %d" % (note, SEED)
    return body


# The crowd.

CROWD, LARGEST_KIBIBYTES = 1000, 64


def crowd(case):
    """A thousand sleeping processes of a C program in 256 MiB, and what one takes beside its memory."""
    initrd = image("program sleeper sleeper.wasm\n", ["sleeper"])
    boot = case.boot("trial=crowd count=%d" % CROWD, initrd=initrd, memory="256M", seconds=120)
    boot.must_not_say("kernel panic", "internal error in process").must_exit(0)
    found = re.search(r"crowd: (\d+) processes live, each takes (\d+) KiB: (\d+) KiB beside its memory of (\d+) KiB", said(boot))
    if not found or int(found.group(1)) != CROWD:
        raise Failure("it did not say what one of %d takes; it said: %s" % (CROWD, boot.last_line()))
    if int(found.group(3)) > LARGEST_KIBIBYTES:
        raise Failure("a sleeping process takes %s KiB beside its memory; the goal is %d" % (found.group(3), LARGEST_KIBIBYTES))
    return found.group(0)


# Refusals.

def bombs():
    """Ten programs: what they do, files, pipes, and a cleaner that removes what the refused ones left in the shared layer."""
    manifest = "program hello hello.wasm\nprogram trap trap.wasm\nprogram deep deep.wasm\n limit call-depth 500\n"
    manifest += "program writer writer.wasm\n stdout pipe p\nprogram reader reader.wasm\n stdin pipe p\n"
    manifest += "program filler filler.wasm\n directory . /\n limit file-bytes 32K\n"
    for name, way, count, sharing in (("many", "many", 40, " shared"), ("links", "links", 30, " shared"), ("scattered", "scattered", 6, " shared"),
                                      ("private", "scattered", 6, "")):
        manifest += "program %s hostile-files.wasm\n directory . /%s\n argument %s z-%s- %d\n" % (name, sharing, way, name, count)
        manifest += "" if sharing else " limit file-bytes 256K\n"
    manifest += "program cleaner hostile-files.wasm\n directory . / shared\n argument clean z-\n"
    return image(manifest, ["hostile-files"], hello=p.HELLO, trap=p.TRAP, deep=p.DEEP, writer=p.BRIEF_WRITER, reader=p.READER, filler=p.FILLER)


def refused(what, step, plant=""):
    """Each (or every `step`-th) request of the ten refused once."""
    def body(case):
        note = judged(case, "trial=%s count=100000 step=%d seed=%d %s" % (what, step, SEED, plant), bombs(), memory="64M",
                      seconds=60 if step > 1 else 1800)
        return "%s, every %d-th, seed %d" % (note, step, SEED)
    return body


# What the judges say of a defect.

def hostile_balance():
    """The first group of the sample, in the tests' kernel, which keeps a page for each image."""
    group = next(group for group in hostile_cases.groups() if group.is_balanced and any(row.is_sample for row in group.rows))
    return hostile_cases.group_case(group, True, "plant=leak")


def hostile_share():
    """One that spins beside the good ones, in the tests' kernel, which makes images with interrupts off for 200 ms."""
    rows = [Row("naps", p.SLEEP, "exited 0", is_sample=True), Row("spins", p.SPIN, OUT_OF_TIME, ["after naps"], processor="3", is_sample=True)]
    return hostile_cases.group_case(Group("starved", rows), True, "plant=starve")


# Every so many-th request in the sample.
STEPS = {"pages": 23, "heap": 17, "kernel-heap": 5, "files-heap": 5}


def shows_cases(is_all):
    """Every case of this file; with `is_all` the full counts."""
    cases = [Case("process/oracle", oracle(5000 if is_all else 150)), Case("process/crowd", crowd)]
    for what, step in STEPS.items():
        cases.append(Case("process/refused-bombs-" + what, refused(what, 1 if is_all else step)))
    nap = p.program("(call $sleep (i64.const 200000000))")
    late = "program nap nap.wat\nprogram %s %s.wat\n after nap\n"
    for name, body, words in (
            ("poke", poke_cases.poke(1000, "plant=frames"), r"of \d+, seed \d+: \w+ 0x[0-9a-f]+: exited 0 instead of internal error"),
            ("oracle", oracle(5, "plant=address"), r"an address of what goes, 0x[0-9a-f]+, stays at"),
            ("refused", refused("files-heap", 50, "plant=leak"), r"something was not given back"),
            ("hostile-balance", hostile_balance(), r"balance: pages 0"),
            ("hostile-share", hostile_share(), r"a good program was [\d.]+ ms without the hart"),
            ("scheduling", lone_run("program first first.wat\n" + late % ("second", "second"), "plant=starve"),
             r"somebody was without the hart for [\d.]+ ms"),
            ("stretch", stretch(late % ("a", "a"), plant="plant=starve", a=p.HELLO, nap=nap), r"\d+ instructions, \d+ fences: .* from \S+")):
        cases.append(Case("process/planted-" + name, fails(body, words)))
    return cases
