"""Cases of qemu/run: what it makes of machines that do not start, panic, hang, are killed, or have files to save. Each runs it as a person does."""

import concurrent.futures
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

import process_programs as programs
from archive_bytes import archive, entry
from boot import KERNEL, ROOT, TESTS_KERNEL, Case, Failure

RUNNER = os.path.join(ROOT, "qemu", "run")


def run_with(qemu, source=b"(module)", *options):
    """`qemu/run` with options for QEMU: its exit code and what it says on standard error."""
    runner = subprocess.run([RUNNER, "--qemu", qemu, *options, "-"], capture_output=True, input=source, timeout=60)
    return runner.returncode, runner.stderr.decode()


def no_start(case):
    """What ends before the kernel begins says nothing itself: after 20 s the runner does, and names the firmware and what it needs."""
    machines = ("-cpu rv64,c=false", "-cpu rv64,a=false", "-cpu any", "-bios none")
    with concurrent.futures.ThreadPoolExecutor(len(machines)) as pool:
        for machine, (code, said) in zip(machines, pool.map(run_with, machines)):
            if code != 1 or said.count("\n") != 1 or not said.startswith("martlet: the kernel did not start") or "-bios" not in said \
                    or "rv64gc" not in said:
                raise Failure("with %s: %r and exit code %d" % (machine, said, code))


def silence(case):
    """A program may be silent for longer than the kernel may take to begin."""
    nap = programs.program("(call $sleep (i64.const 23000000000)) (call $exit (i32.const 9))")
    code, said = run_with("-nodefaults", nap)
    if (code, said) != (9, ""):
        raise Failure("%r and exit code %d" % (said, code))


def not_a_panic(case):
    """A program that exits with the code of a panic, having said what a panic says, has not panicked; a panic has, whatever its code."""
    words = programs.text("\\02kernel panic: not at all")
    guest = programs.program("(call $print (i32.const 1024) (i32.const 26)) (call $exit (i32.const 101))", more=words)
    for options in ((), ("--log", "info"), ("--trace",)):
        code, said = run_with("-nodefaults", guest, *options)
        if code != 101 or "martlet: kernel panic" in said or "log:" in said:
            raise Failure("%r and exit code %d" % (said, code))
    with tempfile.TemporaryDirectory() as folder:
        runner = subprocess.run([RUNNER, "--kernel", TESTS_KERNEL, "--qemu", "-append selftest=panic", "-"], input=guest,
                                capture_output=True, timeout=60, env=dict(os.environ, TMPDIR=folder))
        said = runner.stderr.decode()
        if runner.returncode != 101 or not re.fullmatch(r"martlet: kernel panic: asked for by the self-test \(log: \S+\)\n", said):
            raise Failure("a panic is %r and exit code %d" % (said, runner.returncode))


def killed_runner(case):
    """Who kills the runner has killed QEMU: nothing is left behind."""
    runner = subprocess.Popen([RUNNER, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ticker = programs.TICKER
    runner.stdin.write(ticker)
    runner.stdin.close()
    runner.stdout.read(5)
    with open("/proc/%d/task/%d/children" % (runner.pid, runner.pid)) as file:
        machine = int(file.read().split()[0])
    runner.kill()
    runner.wait()
    runner.stdout.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            with open("/proc/%d/stat" % machine) as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.02)
    os.kill(machine, 9)
    raise Failure("QEMU still runs")


# Makes a file of 5 GiB with bytes at its beginning, in its middle and nowhere else.
HOLES = programs.program("""
    (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 1)
      (i64.const 4194374) (i64.const 0) (i32.const 0) (i32.const 16)))
    (if (call $set_size (i32.load (i32.const 16)) (i64.const 5368709120)) (then (call $exit (i32.const 1))))
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 5))
    (if (call $pwrite (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 8)) (then (call $exit (i32.const 2))))
    (if (call $pwrite (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i64.const 3221225477) (i32.const 8))
      (then (call $exit (i32.const 3))))""", more='(data (i32.const 1024) "holes")', imports="""
    (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $set_size (param i32 i64) (result i32)))
    (import "wasi_snapshot_preview1" "fd_pwrite" (func $pwrite (param i32 i32 i32 i64 i32) (result i32)))""")
# Changes the first byte of a file that is there.
TOUCH = programs.program("""
    (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 5) (i32.const 0)
      (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16)))
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 1))
    (call $exit (call $fd_write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))""",
                         more='(data (i32.const 1024) "holes")')


def saved_holes(case):
    """A file with holes is saved with holes: what a program makes long takes neither time nor room here, and neither does what was so before."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "holes")
        start = time.monotonic()
        code, said = run_with("-nodefaults", HOLES, "--save", folder + "::/", "--timeout", "20")
        elapsed = time.monotonic() - start
        if (code, said) != (0, ""):
            raise Failure("%r and exit code %d" % (said, code))
        check_holes(path, 5 << 30, {0: b"holes", 5: bytes(100), (3 << 30) + 3: b"\0\0holes\0\0", (5 << 30) - 10: bytes(10)})
        with open(path, "wb") as file:
            file.truncate(64 << 20)
            file.seek(33 << 20)
            file.write(b"here")
        code, said = run_with("-nodefaults", TOUCH, "--save", folder + "::/")
        if (code, said) != (0, ""):
            raise Failure("%r and exit code %d" % (said, code))
        check_holes(path, 64 << 20, {0: b"h\0", (33 << 20) - 1: b"\0here\0", (64 << 20) - 2: b"\0\0"})
    return "5 GiB in %.1f s" % elapsed


def check_holes(path, size, parts):
    """A file of this size that takes less than a MiB and has these bytes at these offsets."""
    status = os.stat(path)
    if status.st_size != size or status.st_blocks * 512 > 1 << 20:
        raise Failure("the file has %d bytes and takes %d" % (status.st_size, status.st_blocks * 512))
    with open(path, "rb") as file:
        for offset, wanted in parts.items():
            file.seek(offset)
            found = file.read(len(wanted))
            if found != wanted:
                raise Failure("at %d there is %r instead of %r" % (offset, found, wanted))


# Saves as slowly as a disk that is nearly dead: 64 KiB in a tenth of a second.
SLOW_DISK = """
import sys, time
sys.path.insert(0, sys.argv[1])
from changes import Changes
from machine import Machine

class Slow(Changes):
    def feed(self, data):
        time.sleep(0.1)
        super().feed(data)

machine = Machine(sys.argv[2], sys.argv[3], "256M", "1")
machine.timeout_seconds = 1.0
machine.changes = Slow({b".": sys.argv[4]})
sys.exit(machine.run())
"""


def timeout_of_saving(case):
    """The time limit bounds saving too: it says what happened, and leaves nothing half done."""
    guest = programs.FILLER.replace(b"(br_if $l (i32.eqz (local.get $e))))", b"(br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) "
                                    b"(i32.const 1))) (i32.const 8192)))) (call $exit (i32.const 0))").replace(b"(local $e i32)", b"(local $e i32) (local $n i32)")
    manifest = b"program filler filler.wat\n directory dir / saved\n"
    with tempfile.TemporaryDirectory() as folder:
        image, saved = os.path.join(folder, "image"), os.path.join(folder, "saved")
        os.mkdir(saved)
        with open(image, "wb") as file:
            file.write(archive(entry("manifest", manifest), entry("filler.wat", guest, inode=2), entry("dir", mode=0o40755, inode=3)))
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-c", SLOW_DISK.replace('b"."', 'b"dir"'), os.path.join(ROOT, "qemu"), KERNEL, image, saved],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        elapsed = time.monotonic() - start
        said = done.stderr.decode()
        if done.returncode != 124 or "did not end within 1 s (--timeout)" not in said or "before its files were saved" not in said or elapsed > 15:
            raise Failure("%r and exit code %d after %.1f s" % (said, done.returncode, elapsed))
        if os.listdir(saved):
            raise Failure("it left %s" % os.listdir(saved))


# Writes lines to standard output and standard error by turns, a thousand each.
BY_TURNS = programs.program("""(local $n i32)
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 5)) (i32.store8 (i32.const 68) (i32.const 10))
    (loop $l
      (i32.store8 (i32.const 65) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 200))))
      (i32.store8 (i32.const 66) (i32.add (i32.const 48) (i32.rem_u (i32.div_u (local.get $n) (i32.const 20)) (i32.const 10))))
      (i32.store8 (i32.const 67) (i32.add (i32.const 48) (i32.rem_u (i32.div_u (local.get $n) (i32.const 2)) (i32.const 10))))
      (i32.store8 (i32.const 64) (i32.add (i32.const 111) (i32.and (local.get $n) (i32.const 1))))
      (drop (call $fd_write (i32.add (i32.const 1) (i32.and (local.get $n) (i32.const 1))) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 2000))))""")


def by_turns(case):
    """What a program writes to output and error by turns arrives by turns, in a pipe and on a terminal."""
    wanted = b"".join(b"%c%03d\n" % (b"op"[number % 2], number // 2) for number in range(2000))
    with tempfile.NamedTemporaryFile(suffix=".wat") as guest:
        guest.write(BY_TURNS)
        guest.flush()
        for turn in range(3):
            done = subprocess.run([RUNNER, guest.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
            if done.returncode or done.stdout != wanted:
                raise Failure("run %d: exit code %d, out of order: %s" % (turn, done.returncode, done.stdout != wanted))
        ours, theirs = pty.openpty()
        runner = subprocess.Popen([RUNNER, guest.name], stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = bytearray()
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(ours)
        if runner.wait(timeout=60) or bytes(shown).replace(b"\r\n", b"\n") != wanted:
            raise Failure("out of order on a terminal")


# Makes the file `new` with the bytes `new` in the directory it was given first.
SAVER = programs.program("""
    (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 1)
      (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)) (then (call $exit (i32.const 9))))
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 3))
    (drop (call $fd_write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 8)))""", more='(data (i32.const 1024) "new")')


def expect_run(words, code, said, wanted, cwd):
    """Runs the runner, and compares exit code, the end of what is said, and which of these files there are."""
    done = subprocess.run([RUNNER, *words], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if done.returncode != code or said not in done.stderr.decode() or bool(said) != bool(done.stderr):
        raise Failure("%s: exit code %d, %r" % (" ".join(words), done.returncode, done.stderr.decode()))
    for path, is_there in wanted.items():
        path = os.path.join(cwd, path)
        if os.path.exists(path) != is_there:
            raise Failure("%s: %s is %sthere" % (" ".join(words), path, "not " if is_there else ""))
        if is_there and os.path.isfile(path):
            os.unlink(path)


def saved_initrd(case):
    """What a manifest saves goes where the command line says, directories of this machine lie in an initrd, and what has no place is said."""
    manifest = b"program s save.wat\n directory notes /notes saved\n"
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("box", archive(entry("manifest", manifest), entry("save.wat", SAVER, inode=2), entry("notes", mode=0o40755, inode=3),
                                              entry("notes/old", b"", inode=4))), ("plain", archive(entry("save.wat", SAVER, inode=2)))):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        for name in ("out/notes", "other"):
            os.makedirs(os.path.join(folder, name))
        expect_run(["--initrd", "box"], 1, "where this directory is to be saved (qemu/run --save-to FOLDER): notes", {}, folder)
        expect_run(["--initrd", "box", "--save-to", "out"], 0, "", {"out/notes/new": True, "out/notes/old": False}, folder)
        expect_run(["--initrd", "box", "--save", "other::notes"], 0, "", {"other/new": True, "out/notes/new": False}, folder)
        expect_run(["--initrd", "box", "--save", "other::/notes/", "--save-to", "out"], 0, "", {"other/new": True, "out/notes/new": False}, folder)
        expect_run(["--initrd", "box", "--save", "other::what"], 1, "notes/new: not saved: it is in no directory of --save", {"other/new": False}, folder)
        expect_run(["--initrd", "box", "--dir", "other::notes", "--save-to", "out"], 0, "", {"out/notes/new": True, "other/new": False}, folder)
        expect_run(["--initrd", "box", "--dir", "none"], 1, "--dir none: no such directory", {}, folder)
        expect_run(["--initrd", "box", "--dir", "other::../x"], 2, "leads out of the initrd", {}, folder)
        expect_run(["--initrd", "plain", "--save-to", "out"], 9, "", {}, folder)  # a program without directories; nothing is lost
        expect_run(["--save-to", "nowhere", "--initrd", "box"], 2, "--save-to nowhere: not a directory", {}, folder)
        expect_run(["--save-to", "out", "x.wasm"], 2, "is for an initrd", {}, folder)


def interrupted_saving(case):
    """ctrl-C before the files are saved says that they are lost."""
    with tempfile.TemporaryDirectory() as folder:
        # Suites in the background of a shell are started with the signal ignored.
        runner = subprocess.Popen([RUNNER, "--save", folder + "::/", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        runner.stdin.write(programs.TICKER)
        runner.stdin.close()
        runner.stdout.read(5)
        runner.send_signal(signal.SIGINT)
        said = runner.stderr.read().decode()
        runner.stdout.close()
        if runner.wait(timeout=20) != 130 or said != "martlet: -: interrupted before its files were saved; what it changed is lost\n":
            raise Failure("exit code %d, %r" % (runner.returncode, said))


def log_of_the_boot(case):
    """`--log info` shows the steps of the boot, and first of which commit the kernel is."""
    done = subprocess.run([RUNNER, "--log", "info", "-"], input=b'(module (func (export "_start")))', capture_output=True, timeout=60)
    said = done.stderr.decode()
    if done.returncode or not re.search(r"boot: martlet \(commit \S+\)", said) or "microseconds in the kernel" not in said:
        raise Failure("exit code %d, %r" % (done.returncode, said))


def saved_by_the_shell(case):
    """`--shell --save .`: the console has this machine's files, and what its programs change is here when it is left."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "save.wat"), "wb") as file:
            file.write(SAVER)
        os.mkdir(os.path.join(folder, "data"))
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(folder)
            os.execv(RUNNER, [RUNNER, "--shell", "--save", "."])
        shown = b""
        for keys, wanted in ((b"", b"\n> "), (b"ls\r", b"data/\r"), (b"save\r", b"save\r\n> "), (b"ls\r", b"  new\r"), (b"poweroff 3\r", b"poweroff 3")):
            os.write(terminal, keys)
            while wanted not in shown.replace(b"\r\r", b"\r"):
                if not select.select([terminal], [], [], 20)[0]:
                    os.kill(child, 9)
                    raise Failure("%r is missing after %r" % (wanted, shown[-200:]))
                shown += os.read(terminal, 4096)
        try:
            while os.read(terminal, 4096):
                pass
        except OSError:
            pass
        _, status = os.waitpid(child, 0)
        os.close(terminal)
        if os.waitstatus_to_exitcode(status) != 3 or sorted(os.listdir(folder)) != ["data", "new", "save.wat"]:
            raise Failure("exit code %d, and there are %s" % (os.waitstatus_to_exitcode(status), os.listdir(folder)))


def runner_cases():
    """Every case of the runner."""
    return [Case("runner/" + name, body) for name, body in (
        ("no-start", no_start), ("silence", silence), ("not-a-panic", not_a_panic), ("killed", killed_runner), ("saved-holes", saved_holes),
        ("timeout-of-saving", timeout_of_saving), ("by-turns", by_turns), ("saved-initrd", saved_initrd), ("saved-by-the-shell", saved_by_the_shell), ("interrupted-saving", interrupted_saving), ("log-of-the-boot", log_of_the_boot))]
