"""Cases of how long nobody else can run (Kernel/Machine/Stretch.swift): hostile programs under counted instructions. Whatever they do, no
stretch with interrupts off, in a trap or in a section is longer than the limits."""

import re

import process_programs as programs
from archive_bytes import archive, entry
from boot import Case, Failure
from scheduling_cases import EXACT

INSTRUCTION_LIMIT = 500000
FENCE_LIMIT = 20


def check(boot, instruction_limit=INSTRUCTION_LIMIT, fence_limit=FENCE_LIMIT):
    """What a boot that was asked for the longest stretches says of them."""
    boot.must_not_say("kernel panic", "internal error")
    serial = bytes(boot.serial).decode("utf-8", "replace")
    found = re.findall(r"stretch: ([a-z ]+): (\d+) instructions, (\d+) fences, (\d+) times long, from ([^\r\n]+)", serial)
    if not found or "stretch: longest" not in serial:
        raise Failure("it did not say how long the longest stretch was; it said: " + boot.last_line())
    longest = [(int(instructions), int(fences), kind + " from " + site) for kind, instructions, fences, _, site in found]
    beyond = [stretch for stretch in longest if (stretch[0] > instruction_limit or stretch[1] > fence_limit)]
    if beyond:
        raise Failure("; ".join("%d instructions, %d fences: %s" % stretch for stretch in beyond))
    return "%d instructions: %s" % (max(longest)[0], max(longest)[2])


def hostile(manifest, memory="128M", seconds=120, files=(), qemu=(), input_path=None, plant="", **guests):
    """Boots programs and asks for the longest stretches."""
    def body(case):
        entries = [entry(name + ".wat", content, inode=number + 10) for number, (name, content) in enumerate(guests.items())]
        entries += [entry(name, bytes(size), inode=number + 100) for number, (name, size) in enumerate(files)]
        entries.append(entry("manifest", manifest.encode(), inode=1))
        return check(case.boot("stretch " + plant, initrd=archive(*entries), memory=memory, qemu=EXACT + list(qemu), input_path=input_path,
                               seconds=seconds))
    return body


def tighter(case):
    """With limits that nobody keeps, the same boot fails, and names the place."""
    boot = case.boot("stretch", initrd=archive(entry("a.wat", programs.HELLO, inode=2)), qemu=EXACT)
    check(boot)
    for limits in (dict(instruction_limit=2500), dict(fence_limit=0)):
        try:
            check(boot, **limits)
        except Failure as failure:
            if not re.search(r"\d+ instructions, \d+ fences: .* from \S+", str(failure)):
                raise Failure("the failure names no place: %s" % failure)
        else:
            raise Failure("nothing is beyond %s" % limits)


def typed(case):
    """Somebody types as fast as the port takes it, beside programs."""
    image = archive(entry("a.wat", programs.SPIN, inode=2), entry("manifest", b"program a a.wat\n", inode=1))
    boot = case.start("shell stretch", initrd=image, qemu=EXACT, seconds=120)
    boot.expect("> ")
    for _ in range(30):
        boot.send(b"x" * 2000 + b"\x15" + b"\t" * 20)
        boot._read(boot.started + boot.seconds)
    boot.send(b"\x15\rpoweroff 5\r")
    boot.wait()
    boot.must_exit(5)
    return check(boot)


def touching(mebibytes, after=""):
    """Touches so much memory, a page at a time."""
    return programs.program("""(local $i i32)
        (drop (memory.grow (i32.const %d)))
        (loop $l
          (i32.store (local.get $i) (i32.const 1))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096))) (i32.const %d)))) %s"""
                            % (mebibytes * 16, mebibytes << 20, after))


TABLE = programs.program("(drop (table.grow (ref.null func) (i32.const 9000000))) (drop (table.grow (ref.null func) (i32.const 9000000)))",
                         more="(table 0 funcref)")
FILL = programs.program("""(drop (memory.grow (i32.const 1000)))
    (memory.fill (i32.const 0) (i32.const 7) (i32.const 65000000)) (memory.copy (i32.const 1) (i32.const 0) (i32.const 65000000))""")
# Opens a file of the initrd in a layer of its own and writes its first byte; then cuts it.
CHANGE = programs.program("""
    (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 0)
      (i64.const 0x400042) (i64.const 0) (i32.const 0) (i32.const 16)) (then (call $exit (i32.const 9))))
    (i32.store (i32.const 0) (i32.const 2048)) (i32.store (i32.const 4) (i32.const 1))
    (if (call $fd_write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 10))))
    (if (call $size (i32.load (i32.const 16)) (i64.const 1)) (then (call $exit (i32.const 11))))""",
                          imports='(import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $size (param i32 i64) (result i32)))',
                          more='(data (i32.const 1024) "big")')
RANDOM = programs.program("(drop (memory.grow (i32.const 100))) (drop (call $random (i32.const 0) (i32.const 6000000)))", imports=programs.RANDOM)
# Waits for standard input, on which nothing comes, or a second.
POLLER = programs.program("""
    (i32.store (i32.const 48) (i32.const 1)) (i64.store (i32.const 56) (i64.const 1000000000))
    (i32.store8 (i32.const 88) (i32.const 1)) (drop (call $poll (i32.const 32) (i32.const 256) (i32.const 2) (i32.const 16)))""")
READ_DIRECTORY = programs.program("""(local $cookie i64) (local $n i32)
    (loop $l
      (if (call $readdir (i32.const 3) (i32.const 4096) (i32.const 60000) (i64.const 0) (i32.const 16)) (then (call $exit (i32.const 9))))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20))))""",
    imports='(import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))')


def fewer(source, count):
    return source.replace(b"(i32.const 65536))))", b"(i32.const %d))))" % count)


def stretch_cases():
    """Every case of this file."""
    cases = []

    def add(name, *arguments, **options):
        cases.append(Case("stretch/" + name, hostile(*arguments, **options)))

    p = programs
    add("memory", "program a a.wat\nprogram b b.wat\n limit memory 4M\n", memory="512M", a=touching(256), b=p.HOG)
    add("memory-killed", "program a a.wat\n limit wall-time 2\nprogram b b.wat\n", memory="1500M", a=touching(1024, "(loop $l (br $l))"), b=p.CLOCK)
    add("table", "program a a.wat\nprogram b b.wat\n", memory="512M", a=TABLE, b=p.HELLO)
    add("fill", "program a a.wat\nprogram b b.wat\n", memory="256M", a=FILL, b=p.HELLO)
    add("faults", "program a a.wat\nprogram b b.wat\nprogram c c.wat\n", a=p.DEEP, b=p.OUT_OF_BOUNDS, c=p.HOG)
    add("files", "program a a.wat\n directory . /\nprogram b b.wat\n", memory="256M", a=fewer(p.MAKER, 20000), b=p.HELLO)
    add("shared-files", "program a a.wat\n directory . / shared\nprogram b b.wat\n directory . / shared\n", memory="256M",
        a=fewer(p.MAKER, 20000), b=READ_DIRECTORY)
    add("changed-file", "program a a.wat\n directory . / shared\n", memory="256M", files=[("big", 30 << 20)], a=CHANGE)
    add("pipes", "".join("program w%d w.wat\n stdout pipe p%d\nprogram r%d r.wat\n stdin pipe p%d\n" % ((number,) * 4) for number in range(8)),
        memory="256M", w=p.BRIEF_WRITER, r=p.READER)
    add("console", "".join("program w%d w.wat\n" % number for number in range(4)), w=p.BRIEF_WRITER, seconds=240)
    add("random", "program a a.wat\nprogram b b.wat\n", a=RANDOM, b=p.HELLO)
    add("many", "".join("program p%d p.wat\n" % number for number in range(300)), memory="1500M", seconds=240,
        p=p.program("(call $sleep (i64.sub (i64.const 3000000000) (call $now)))"))
    pollers = "".join("program p%d p.wat\n" % number for number in range(200))
    add("pollers", pollers + "program w w.wat\n stdout pipe p\nprogram r r.wat\n stdin pipe p\n", memory="1G", seconds=240,
        p=POLLER, w=p.BRIEF_WRITER, r=p.READER)
    cases.append(Case("stretch/typed", typed))
    cases.append(Case("stretch/tighter", tighter))
    port = ["-chardev", "null,id=out", "-device", "virtserialport,chardev=out,name=martlet.stdout"]
    add("virtio", "".join("program w%d w.wat\n" % number for number in range(4)) + "program r r.wat\n limit wall-time 1\n", qemu=port,
        input_path="/dev/zero", w=p.WRITER, r=p.READER)
    return cases
