"""What qemu/run does with its command line and its descriptors: checks that need more than one program, one input and one comparison.

Each check is a function that returns None, or what is wrong. `checks(root)` gives them all; Tests/Guests/run --qemu runs them after the cases.
"""

import glob
import hashlib
import os
import signal
import subprocess
import tempfile
import time

LIMIT_SECONDS = 60


class Command:
    """qemu/run and the images it is given."""

    def __init__(self, root):
        self.root = root
        self.program = os.path.join(root, "qemu", "run")

    def image(self, name):
        return os.path.join(self.root, "build", "guests", name + ".wasm")

    def start(self, *words, **options):
        settings = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0}
        settings.update(options)
        return subprocess.Popen([self.program, *words], **settings)

    def finish(self, *words, stdin=b"", **options):
        """(exit code, standard output, standard error)"""
        process = self.start(*words, **options)
        try:
            out, err = process.communicate(stdin, timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return -1, b"", b"no end within %d s" % LIMIT_SECONDS
        return process.returncode, out, err


def differs(what, got, wanted):
    """A sentence when the two are not equal."""
    return None if got == wanted else "%s is %r instead of %r" % (what, got, wanted)


def is_refused(result, code, *words):
    """Exit code, nothing on standard output, one line on standard error with these words."""
    status, out, err = result
    text = err.decode("utf-8", "replace")
    if status != code or out or text.count("\n") != 1 or not text.startswith("martlet: ") or not all(word in text for word in words):
        return "exit code %d, stdout %r, stderr %r" % (status, out[:100], text[:300])
    return None


def refuses_no_program(command):
    return is_refused(command.finish(), 2, "no program")


def refuses_unknown_option(command):
    return is_refused(command.finish("--frobnicate", "x.wasm"), 2, "--frobnicate")


def refuses_bad_number(command):
    return is_refused(command.finish("--fuel", "many", "x.wasm"), 2, "--fuel", "many")


def names_the_absent_program(command):
    return is_refused(command.finish("/absent/x.wasm"), 1, "/absent/x.wasm", "no such file")


def names_the_absent_directory(command):
    return is_refused(command.finish("--dir", "/absent", command.image("return")), 1, "/absent", "no such directory")


def runs_from_any_directory(command):
    status, out, err = command.finish("exit.wasm", "code", "3", cwd=os.path.join(command.root, "build", "guests"))
    return differs("exit code", status, 3) or differs("stderr", err, b"")


def assembles_text(command):
    return differs("exit code", command.finish(os.path.join(command.root, "Tests", "Guests", "Text", "start-function.wat"))[0], 42)


def reads_a_closed_input(command):
    status, out, err = command.finish(command.image("cat"), stdin=None, preexec_fn=lambda: os.close(0))
    return differs("exit code", status, 0) or differs("stdout", out, b"")


def ends_with_input_unread(command):
    return differs("exit code", command.finish(command.image("exit"), "code", "4", stdin=b"x" * 1000000)[0], 4)


def ends_when_nobody_reads_its_output(command):
    process = command.start(command.image("lines"), "3000000")
    first = process.stdout.readline()
    process.stdout.close()
    process.stdin.close()
    try:
        status = process.wait(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return "it goes on"
    process.stderr.close()
    return differs("first line's number", first[:8], b"00000000") or differs("exit code", status, 141)


def waits_for_a_slow_reader(command):
    process = command.start(command.image("binary"), "1024")
    digest, count = hashlib.sha256(), 0
    while True:
        data = os.read(process.stdout.fileno(), 40000)
        if not data:
            break
        digest.update(data)
        count += len(data)
        time.sleep(0.005)
    process.communicate()
    reference = hashlib.sha256()
    state, block = 1, bytearray(1 << 20)
    for at in range(1 << 20):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        block[at] = state >> 24
    reference.update(block)
    return differs("byte count", count, 1 << 20) or differs("digest", digest.hexdigest(), reference.hexdigest())


def answers_each_line_at_once(command):
    """A dialogue: nothing is held back on the way, in either direction."""
    process = command.start(command.image("greeter"))
    try:
        for name in ("Ada", "Grace"):
            prompt = os.read(process.stdout.fileno(), 6)
            if prompt != b"name? ":
                return "the prompt is %r" % prompt
            process.stdin.write(b"%s\n" % name.encode())
            process.stdin.flush()
            answer = process.stdout.readline()
            if answer != b"hello, %s (%d)\n" % (name.encode(), len(name)):
                return "the answer is %r" % answer
        out, _ = process.communicate(b"bye\n", timeout=LIMIT_SECONDS)
        return differs("the rest", out, b"name? bye after 2\n") or differs("exit code", process.returncode, 3)
    except subprocess.TimeoutExpired:
        return "no end"
    finally:
        process.kill()
        process.communicate()


def runs_several_at_once(command):
    processes = [command.start(command.image("arguments"), "number", str(number)) for number in range(4)]
    wrong = None
    for number, process in enumerate(processes):
        out, _ = process.communicate(b"", timeout=LIMIT_SECONDS)
        if b"2: [%d] 1\n" % number not in out:
            wrong = "number %d printed %r" % (number, out[:200])
    return wrong


def leaves_nothing_behind(command):
    """Neither a QEMU nor a file, also when it is ended by a signal."""
    folder = tempfile.gettempdir()
    before = set(os.listdir(folder))
    process = command.start(command.image("spin"))
    child = None
    deadline = time.monotonic() + 10
    while child is None and time.monotonic() < deadline:
        time.sleep(0.05)
        for path in glob.glob("/proc/%d/task/*/children" % process.pid):
            with open(path) as file:
                children = file.read().split()
            child = int(children[0]) if children else None
    if child is None:
        process.kill()
        process.communicate()
        return "QEMU did not start"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT_SECONDS)
    if os.path.exists("/proc/%d" % child):
        return "QEMU goes on"
    left = [name for name in set(os.listdir(folder)) - before if name.startswith("martlet")]
    return differs("exit code", process.returncode, 128 + signal.SIGTERM) or differs("what is left", left, [])


def passes_the_environment(command):
    environment = dict(os.environ, GREETING="from here")
    out = command.finish("--env", "GREETING", command.image("arguments"), env=environment)[1]
    return None if b"[GREETING=from here]\n" in out else "stdout is %r" % out


def adds_other_programs(command):
    status, out, _ = command.finish("--with", command.image("unicode"), command.image("numbers"))
    return differs("exit code", status, 0) or (None if b"Stra" in out and b"61c8864680b583e8df442d22ce4859b9" in out else "one of them printed nothing")


def gives_the_first_failure(command):
    return differs("exit code", command.finish("--with", command.image("start-function"), command.image("return"))[0], 42)


def traces_calls(command):
    status, out, err = command.finish("--trace", command.image("cat"), stdin=b"traced")
    return differs("exit code", status, 0) or differs("stdout", out, b"traced") or (None if b"fd_read" in err and b"fd_write" in err else "stderr is %r" % err[-300:])


def keeps_the_log_to_itself(command):
    status, out, err = command.finish(command.image("return"))
    return differs("stdout", out, b"") or differs("stderr", err, b"")


def shows_the_log(command):
    err = command.finish("--log", "debug", command.image("return"))[2]
    return None if err and b"OpenSBI" not in err else "the log is %r" % err[-300:]


def writes_a_profile(command):
    """Stacks with names, in the shares the program is known to have; instructions are counted, so that a busy host changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "folded")
        program = os.path.join(command.root, "Tests/Guests/Text/shares.wat")
        status, _, err = command.finish("--profile", path, "--qemu", "-icount shift=0", program)
        if status != 0:
            return "exit code %d, stderr %r" % (status, err[:300])
        with open(path) as file:
            counts = dict((line.rpartition(" ")[0], int(line.rpartition(" ")[2])) for line in file)
    three, one = (counts.get("shares.wat;main;%s;spin" % name, 0) for name in ("three", "one"))
    if three + one < 100 or three + one < 0.9 * sum(counts.values()) or not 2.5 < three / max(one, 1) < 3.5:
        return "the profile is %r" % counts
    return None


def is_deterministic(command):
    """The same bytes from programs that interleave, twice."""
    words = ["--deterministic=7", "--with", command.image("collections"), "--with", command.image("life"), command.image("numbers")]
    first, second = command.finish(*words), command.finish(*words)
    return differs("the exit code", first[0], 0) or differs("the second run's output", second[1], first[1])


def checks():
    """All of them, in the order of this file."""
    helpers = (differs, is_refused, checks)
    return [value for value in globals().values() if callable(value) and getattr(value, "__module__", None) == __name__
            and value not in helpers and not isinstance(value, type)]
