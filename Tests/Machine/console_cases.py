"""Cases of the console: every command of the monitor typed on the serial port, editing, history and completion, and a machine out of memory."""

import os
import pty
import re
import select
import signal
import sys
import tempfile
import time

import process_programs as programs
from archive_bytes import archive, entry
from boot import ROOT, Case, Failure

sys.path.insert(0, os.path.join(ROOT, "qemu"))
from changes import Changes  # noqa: E402

NOTES = b"a line of notes\nand another\n"


class Terminal:
    """A person at the serial port: types, and waits for the prompt."""

    def __init__(self, case, memory="128M", manifest=None, qemu=(), **sources):
        files = [entry(name + ".wat", content, inode=number + 10) for number, (name, content) in enumerate(sources.items())]
        if manifest is not None:
            files.append(entry("manifest", manifest, inode=1))
        files += [entry("notes", NOTES, inode=2), entry("dir", b"", mode=0o40755, inode=3), entry("dir/inner", b"deep\n", inode=4)]
        self.boot = case.start("shell", initrd=archive(*files), memory=memory, qemu=qemu, seconds=60)
        self.boot.expect("> ")

    def read_until(self, pattern, start):
        """Reads until the pattern appears after `start`; the text up to its end."""
        expression = re.compile(pattern, re.S)
        while True:
            found = expression.search(bytes(self.boot.serial), start)
            if found:
                return bytes(self.boot.serial)[start:found.end()].decode("utf-8", "replace")
            if not self.boot._read(self.boot.started + self.boot.seconds):
                raise Failure("it ended; the last line is %r" % self.boot.last_line())

    def type(self, keys):
        """Types keys and does not wait; where the answer begins."""
        start = len(self.boot.serial)
        self.boot.send(keys.encode())
        return start

    def pause(self, seconds):
        """Reads what comes in that time."""
        end = time.monotonic() + seconds
        while (remaining := end - time.monotonic()) > 0:
            if select.select([self.boot.child.stdout], [], [], remaining)[0]:
                self.boot._read(self.boot.started + self.boot.seconds)

    def command(self, line, *says, without=()):
        """Types a line, waits for the next prompt, and compares what was shown."""
        start = self.type(line + "\r")
        shown = self.read_until(rb"\r\n(?:\r\x1b\[K)?> $", start)
        for text in says:
            if text not in shown:
                raise Failure("%r shows %r, without %r" % (line, shown, text))
        for text in without:
            if text in shown:
                raise Failure("%r shows %r, with %r" % (line, shown, text))
        return shown

    def background(self, line):
        """Starts a program with &; its number."""
        return int(re.search(r"\[(\d+)\]", self.command(line + " &")).group(1))

    def kill(self, pid, name):
        """Ends a program that runs in the background, and waits until the monitor tells of it."""
        start = self.type("kill %d\r" % pid)
        self.read_until(rb"\[%d\] %s: killed by the console\r\n\r\x1b\[K> $" % (pid, name.encode()), start)

    def power_off(self, code):
        self.boot.send(b"poweroff %d\r" % code)
        self.boot.wait()
        self.boot.must_exit(code).must_not_say("kernel panic")


def every_command(case):
    p = programs
    person = Terminal(case, hello=p.HELLO, exit3=p.EXIT_3, spin=p.SPIN, sleep=p.SLEEP, reader=p.READER, writer=p.WRITER, ticker=p.TICKER)
    person.command("help", *("run", "ps", "top", "kill", "wait", "fg", "ls", "cat", "mem", "trace", "poweroff"))
    person.command("ls", "hello.wat", "28  notes", "-  dir/")
    person.command("ls dir", "5  inner")
    person.command("ls nowhere", "no such directory: nowhere")
    person.command("cat notes dir/inner", "a line of notes\r\nand another\r\ndeep\r\n")
    person.command("cat absent", "no such file: absent")
    person.command("", without=("column", "no such"))
    person.command("frobnicate", "frobnicate")
    person.command("hello |", "column ")
    person.command("cat 'notes", "column 5: this quote is not closed")

    person.command("echo one 'two  words'", "\r\none two  words\r\n")
    person.command("time hello", "hello\r\n", " s\r\n")
    person.command("history", "echo one 'two  words'\r\ntime hello\r\n")
    start = person.type("cat dir/in\t\r")
    person.read_until(rb"deep\r\n> $", start)
    start = person.type("cat di\tin\t\r")
    person.read_until(rb"deep\r\n> $", start)
    person.command("hello", "hello\r\n", without=("exited",))
    person.command("run hello.wat # a comment", "hello\r\n")
    person.command("hello > out")
    person.command("hello >> out")
    person.command("cat out", "hello\r\nhello\r\n")
    person.command("reader < notes", "28\r\n")
    person.command("writer | reader", "16800000\r\n")
    person.command("hello | reader > count")
    person.command("cat count", "6\r\n")
    person.command("exit3", "exit3: exited 3")

    spin = person.background("spin")
    # ctrl-C ends the wait for a program that is not in the foreground, and not the program.
    start = person.type("wait\r")
    person.boot.expect("> wait\r\n")
    person.boot.send(b"\x03")
    person.read_until(rb"\^C\r\n> $", start)
    person.command("ps", "spin", without=("hello",))
    person.command("top", "spin")
    time.sleep(0.5)
    share = int(re.search(r"(\d+)%", person.command("top", "spin")).group(1))
    if share < 50:
        raise Failure("a program alone on the hart has %d %% of it" % share)
    person.command("mem", "pages: ", "processes: 1")
    person.command("kill 9999", "no process 9999")
    person.command("fg 9999", "no process 9999")
    # The keyboard is the program's that has the foreground; ctrl-Z gives it back to the monitor.
    start = person.type("fg %d\r" % spin)
    person.boot.send(b"\x1a")
    person.read_until(rb"> $", start + 5)
    start = person.type("reader\r")
    person.boot.expect("> reader\r\n")
    person.boot.send(b"\x1a")
    person.read_until(rb"\n> $", start)
    reading = int(re.search(r"(\d+) .* reader\r\n", person.command("ps", "reader")).group(1))
    start = person.type("fg %d\r" % reading)
    person.boot.expect("fg %d\r\n" % reading)
    person.boot.send(b"ps\r\x04")
    if "PID" in person.read_until(rb"\r\n3\r\n.*> $", start):
        raise Failure("the monitor took what was typed for the program in the foreground")
    person.kill(spin, "spin")
    start = person.type("spin\r")
    person.boot.expect("spin\r\n")
    person.boot.send(b"\x03")
    person.read_until(rb"\^C.*spin: killed.*> $", start)

    sleep = person.background("sleep")
    person.command("wait %d" % sleep)
    person.command("wait")
    person.command("ps", without=("sleep",))

    ticker = person.background("ticker > ticks")
    start = person.type("trace on %d\r" % ticker)
    person.read_until(rb"trace: %d fd_write\(fd=1, iovs=\[1 vector, 5 bytes\]\) = 0 \(success\) size=5" % ticker, start)
    person.command("trace off %d" % ticker)
    person.command("trace on 9999", "no process 9999")
    person.kill(ticker, "ticker")
    person.power_off(7)


def editing(case):
    p = programs
    person = Terminal(case, hello=p.HELLO, helium=p.HELLO, reader=p.READER, sleep=p.SLEEP)
    person.command("helloX\x7f", "\r\nhello\r\n")
    person.command("XYZ\x15hello", "\r\nhello\r\n")
    person.command("ello\x01h", "\r\nhello\r\n")
    person.command("hello junk\x17", "\r\nhello\r\n")
    person.command("hellX\x1b[Do\x1b[3~", "\r\nhello\r\n")
    person.command("cat dir/inner", "deep")
    person.command("\x1b[A", "deep")
    person.command("\x1b[A\x1b[A", "\r\nhello\r\n")
    person.command("\x10\x10\x0e\x10\x05", "deep")
    person.command("hell\t", "hello.wat", "\r\nhello\r\n")
    start = person.type("hel\t")
    person.read_until(rb"helium.*hello|hello.*helium", start)
    person.boot.send(b"\x03")
    person.read_until(rb"\^C.*> $", start)
    # A program's input: a line is its own only when it is finished; ctrl-D at its beginning ends the input.
    start = person.type("reader\r")
    person.boot.expect("reader\r\n")
    person.boot.send(b"abc\x7fd\r" + b"gone\x15kept\r" + b"\x04")
    person.read_until(rb"\r\n9\r\n.*> $", start)
    # What is typed ahead and not read is the monitor's, whole lines and the beginning of one; an end of input typed ahead is nobody's.
    start = person.type("sleep\r")
    person.boot.expect("sleep\r\n")
    person.boot.send(b"\x04cat dir/inner\rhel")
    person.read_until(rb"awake\r\n.*deep.*> hel$", start)
    start = person.type("lo\r")
    person.read_until(rb"lo\r\nhello\r\n.*> $", start)
    start = person.type("reader\r")
    person.boot.expect("reader\r\n")
    person.boot.send(b"1234\r\x04")
    person.read_until(rb"\r\n5\r\n.*> $", start)
    person.power_off(0)


def out_of_memory(case):
    """Programs take all memory there is, in every way: the console still answers, and ends them."""
    person = Terminal(case, memory="64M", hold=programs.HOLD, filler=programs.FILLER, table=programs.TABLE_HOLD, hello=programs.HELLO, maker=programs.MAKER)
    filler = person.background("filler")
    person.command("wait %d" % filler, "filler: exited 5")
    holders = [person.background(name) for name in ("hold", "hold", "hold", "table")]
    # What is started now may run or be refused, and its end is told at any time; it may not bring the machine down.
    for line in ("mem", "ps", "ls", "cat notes", "help", "hello", "maker &", "hello | hello &", "top") * 5 + tuple("kill %d" % pid for pid in holders):
        person.type(line + "\r")
        person.pause(0.05)
    person.pause(0.5)
    for text in ("exit [CODE]", "hold\r\n", "and another", "MEMORY"):
        if bytes(person.boot.serial).count(text.encode()) < 5:
            raise Failure("%r was not shown five times" % text)
    start = person.type("hello\r")
    person.read_until(rb"hello\r\nhello\r\n", start)
    person.power_off(0)


def completion_of_many(case):
    """The tabulator after a program has made many files and others have taken all memory: it shows some names and how many more there are."""
    person = Terminal(case, memory="64M", maker=programs.MAKER, hold=programs.HOLD)
    maker = person.background("maker")
    start = person.type("wait %d\r" % maker)
    person.read_until(rb"maker: exited \d+\r\n.*> $", start)
    holders = [person.background("hold") for _ in range(2)]
    person.pause(1)
    for _ in range(5):
        start = person.type("b\t")
        person.read_until(rb"b\r\nb[a-p]{3}  .*\.\.\. and \d{3,} more\r\n> b$", start)
        start = person.type("\x15\t")
        person.read_until(rb"\.\.\. and \d{4,} more\r\n> $", start)
    for pid in holders:
        person.type("kill %d\r" % pid)
        person.pause(0.1)
    person.power_off(0)


def saved_files(case):
    """A machine that is switched off while programs run saves what is in its saved directories all the same; without the port nothing starts."""
    p = programs
    manifest = b"shell\nprogram hello hello.wat\n    directory dir /dir saved\n"
    with tempfile.TemporaryDirectory() as folder:
        sent, saved = os.path.join(folder, "sent"), os.path.join(folder, "saved")
        qemu = ["-device", "virtio-serial-device", "-chardev", "file,id=files,path=" + sent, "-device", "virtserialport,chardev=files,name=martlet.files"]
        person = Terminal(case, manifest=manifest, qemu=qemu, hello=p.HELLO, spin=p.SPIN, ticker=p.TICKER)
        person.command("hello > dir/new")
        person.command("hello > elsewhere")
        person.background("ticker > dir/ticks")
        person.background("spin")
        time.sleep(0.5)
        person.power_off(7)
        os.mkdir(saved)
        changes = Changes({b"dir": saved})
        with open(sent, "rb") as file:
            changes.feed(file.read())
        if not changes.is_complete or changes.complaints:
            raise Failure("the archive is not whole: %s" % changes.complaints)
        if sorted(os.listdir(saved)) != ["new", "ticks"]:
            raise Failure("saved are %s" % os.listdir(saved))
        with open(os.path.join(saved, "new"), "rb") as file:
            if file.read() != b"hello\n":
                raise Failure("the file is not what was written")
    boot = case.boot("", initrd=archive(entry("manifest", manifest), entry("hello.wat", p.HELLO, inode=2)))
    boot.must_exit(1).must_say("martlet: the machine has no port martlet.files, where this directory is to be saved (qemu/run --save-to FOLDER): dir").must_not_say("hello\r\n")


def shell_of_the_runner(case):
    """`qemu/run --shell` on a terminal: a prompt, an answer, and the exit code that was asked for."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(archive(entry("hello.wat", programs.HELLO, inode=2)))
        file.flush()
        child, terminal = pty.fork()
        if child == 0:
            os.execv(os.path.join(ROOT, "qemu", "run"), ["run", "--shell", "--initrd", file.name])
        shown = b""
        # The first thing is how to get help and how to leave: the firmware's words are not shown.
        first = b"Martlet: `help` lists the commands, `exit` or ctrl-D leaves\r\n> "
        for keys, wanted in ((b"", first), (b"hello\r", b"\nhello\r"), (b"exit 3\r", b"exit 3\r\n")):
            os.write(terminal, keys)
            while wanted not in shown:
                if not select.select([terminal], [], [], 20)[0]:
                    os.kill(child, signal.SIGKILL)
                    raise Failure("%r is missing after %r" % (wanted, shown[-200:]))
                shown += os.read(terminal, 4096)
        _, status = os.waitpid(child, 0)
        os.close(terminal)
    if not shown.startswith(first):
        raise Failure("it begins with %r" % shown[:200])
    if os.waitstatus_to_exitcode(status) != 3:
        raise Failure("exit code %d instead of 3" % os.waitstatus_to_exitcode(status))


def console_cases():
    """Every case of the room."""
    return [Case("console/" + name, body) for name, body in (
        ("every-command", every_command), ("editing", editing), ("out-of-memory", out_of_memory),
        ("completion-of-many", completion_of_many),
        ("saved-files", saved_files), ("shell-of-the-runner", shell_of_the_runner))]
