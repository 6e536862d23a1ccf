"""One run of QEMU: its command line, the pipes between its ports and our descriptors, and how it ended.

Owns the pipes, the child process and its log. The ports are named as the kernel looks for them (Kernel/Process/README.md):
martlet.stdin, martlet.output, martlet.profile and martlet.files; the UART carries the kernel's log.
"""

import errno
import fcntl
import os
import select
import signal
import time

BLOCK = 1 << 16  # bytes a read; a pipe's capacity
LOG_LIMIT = 1 << 20  # bytes of the log kept for the case that the kernel fails
# What the kernel says to us on its serial port: one byte as its first act (Boot/start.S), one before the report of a panic
# (Kernel/Machine/Panic.swift). Programs' bytes have ports of their own, and in the log their texts are printable: no guest can say either.
KERNEL_BEGINS, KERNEL_PANICS = b"\x01", b"\x02"
PANIC = 101  # the kernel's exit code for a panic of its own; a program may exit with it too
START_SECONDS = 20.0  # from QEMU's start to the kernel's first byte, which takes some 0.2 s; after it there is no limit on silence
NO_START = 1
OUT_OF_TIME = 124
MISSING = "qemu-system-riscv64 is missing; qemu/setup installs it"
COMPLAINT_LIMIT = 10  # lines about files that could not be saved
GRACE_SECONDS = 3.0  # the kernel ends a program that is out of time itself; we do only when it does not


class Output:
    """Takes apart what comes through martlet.output: pieces of standard output and error in the order in which they were written, each after
    four bytes, its length (three, little-endian) and whose it is. What comes for one stream at once is written at once."""

    def __init__(self, sinks):
        self.sinks = sinks
        self.head = b""  # of a piece, as far as it has come
        self.left = 0  # bytes of the piece to come
        self.stream = 1

    def feed(self, data):
        view, at, pieces = memoryview(data), 0, []
        while at < len(view):
            if self.left == 0:
                missing = 4 - len(self.head)
                self.head += view[at:at + missing]
                at += missing
                if len(self.head) < 4:
                    break
                length, stream = int.from_bytes(self.head[:3], "little"), self.head[3]
                self.head, self.left = b"", length
                if stream != self.stream:
                    self._write(pieces)
                    self.stream, pieces = stream, []
            else:
                piece = view[at:at + self.left]
                pieces.append(piece)
                self.left -= len(piece)
                at += len(piece)
        self._write(pieces)

    def _write(self, pieces):
        if pieces:
            self.sinks[self.stream](pieces[0] if len(pieces) == 1 else b"".join(pieces))


class Machine:
    """Set it up, then `run()` once."""

    def __init__(self, kernel, initrd, memory, harts):
        self.kernel, self.initrd, self.memory, self.harts = kernel, initrd, memory, harts
        self.extra_arguments = []
        self.boot_log = None  # the level of the log from the first step of the boot on, before there is a manifest
        self.shows_log = False
        self.name = "program"
        self.timeout_seconds = None
        self.profile_path = None
        self.changes = None  # takes what comes through martlet.files
        self.log = bytearray()
        self.complaint = bytearray()  # what QEMU itself says
        self.child = None
        self.has_begun = False  # the kernel
        self.panic_at = None  # where in the log its report of a panic begins

    def command(self):
        """QEMU's command line without the ports. qemu-system-riscv64 is found in PATH."""
        return ["qemu-system-riscv64", "-M", "virt", "-m", self.memory, "-smp", self.harts, "-nodefaults", "-display", "none",
                "-monitor", "none", "-no-reboot", "-kernel", self.kernel, "-initrd", self.initrd,
                "-global", "virtio-mmio.force-legacy=false", "-device", "virtio-rng-device"] \
            + (["-append", "log=" + self.boot_log] if self.boot_log else []) + self.extra_arguments

    def pass_initrd(self):
        """The initrd's anonymous file is QEMU's too."""
        if self.initrd.startswith("/proc/self/fd/"):
            os.set_inheritable(int(self.initrd.rsplit("/", 1)[1]), True)

    def run(self):
        """Boots, passes bytes until QEMU ends, and returns the exit code."""
        out = {}  # our end of a pipe -> what to do with its bytes
        arguments, inherited = self.command() + ["-device", "virtio-serial-device,max_ports=8"], []

        def pipe(reader_inherits):
            reader, writer = os.pipe()
            theirs, ours = (reader, writer) if reader_inherits else (writer, reader)
            os.set_inheritable(theirs, True)
            inherited.append(theirs)
            return theirs, ours

        def port(name, backend):
            arguments.extend(["-chardev", backend + ",id=" + name, "-device", "virtserialport,chardev=%s,name=martlet.%s" % (name, name)])

        # QEMU's own standard input is the pipe for ours: `stdio` is the one chardev that reads any descriptor and reports its end.
        stdin_reader, stdin = pipe(True)
        port("stdin", "stdio,signal=off")
        theirs, ours = pipe(False)
        port("output", "file,path=/proc/self/fd/%d" % theirs)
        out[ours] = Output({1: self._forward(1, "standard output"), 2: self._forward(2, "standard error")}).feed
        if self.profile_path is not None:
            profile = os.open(self.profile_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            theirs, ours = pipe(False)
            port("profile", "file,path=/proc/self/fd/%d" % theirs)
            out[ours] = self._forward(profile, self.profile_path)
        if self.changes is not None:
            theirs, ours = pipe(False)
            port("files", "file,path=/proc/self/fd/%d" % theirs)
            out[ours] = self.changes.feed
        theirs, ours = pipe(False)
        arguments.extend(["-chardev", "file,id=log,path=/proc/self/fd/%d" % theirs, "-serial", "chardev:log"])
        out[ours] = self._keep_log
        complaint_writer, ours = pipe(False)
        out[ours] = self.complaint.extend
        life_reader, self.life = pipe(True)  # ours stays open until we end

        self.pass_initrd()
        null = os.open("/dev/null", os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, stdin_reader, 0), (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, complaint_writer, 2)]
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGHUP, self._on_signal)
        # A signal between the spawn and the note of it would leave QEMU behind.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGHUP, signal.SIGINT))
        try:
            try:
                self.child = os.posix_spawnp(arguments[0], arguments, os.environ, file_actions=actions, setsigmask=mask)
            except FileNotFoundError:
                raise OSError(MISSING)
            self.end_with_us(life_reader)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            for descriptor in inherited:
                os.close(descriptor)
            ended_by_us = self._pass_bytes(stdin, out)
            _, status = os.waitpid(self.child, 0)
            self.child = None
        except KeyboardInterrupt:
            if self.changes is not None and not self.changes.is_complete:
                self._say("%s: interrupted before its files were saved; what it changed is lost" % self.name)
            raise
        finally:
            self._kill()
        code = self._exit_code(status, ended_by_us)
        return code if ended_by_us == NO_START or self.is_saved() else code or 1

    def end_with_us(self, life_reader):
        """Has the system kill QEMU when the other end of this pipe closes, which nobody but us has: when we end, by SIGKILL too."""
        fcntl.fcntl(life_reader, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(life_reader, fcntl.F_SETOWN, self.child)
        fcntl.fcntl(life_reader, fcntl.F_SETFL, fcntl.fcntl(life_reader, fcntl.F_GETFL) | os.O_ASYNC)

    def _pass_bytes(self, stdin, out):
        """Moves bytes until every pipe from QEMU has ended. Returns an exit code when it was us who ended QEMU."""
        poll = select.poll()
        for descriptor in out:
            poll.register(descriptor, select.POLLIN)
        os.set_blocking(stdin, False)
        pending, source_open = b"", True
        ended_by_us = None
        now = time.monotonic()
        # The end of the whole run, saving included, and of the wait for the kernel; a machine that a debugger holds has none.
        deadline = None if self.timeout_seconds is None else now + self.timeout_seconds + GRACE_SECONDS
        start_deadline = None if "-S" in self.extra_arguments else now + START_SECONDS

        def want_input():
            """Ask for more of our stdin only when all that was read is in QEMU's pipe."""
            try:
                poll.register(0, select.POLLIN)
                os.fstat(0)
            except OSError:
                return False
            return True

        try:
            source_open = want_input()
        except ValueError:
            source_open = False
        if not source_open:
            self._forget(poll, 0)
            os.close(stdin)
            stdin = None
        while out:
            if self.has_begun:
                start_deadline = None
            first = min((each for each in (deadline, start_deadline) if each is not None), default=None)
            # Not longer than an hour at a time: poll's own bound is some weeks.
            events = poll.poll(None if first is None else min(max(0.0, first - time.monotonic()), 3600.0) * 1000)
            if first is not None and time.monotonic() >= first and not (first == start_deadline and events):
                ended_by_us = OUT_OF_TIME if first == deadline else NO_START
                deadline = start_deadline = None
                os.kill(self.child, signal.SIGKILL)
            for descriptor, event in events:
                if descriptor in out:
                    data = self.read(descriptor)
                    if not data:
                        poll.unregister(descriptor)
                        os.close(descriptor)
                        del out[descriptor]
                        continue
                    try:
                        out[descriptor](data)
                    except BrokenPipeError:
                        # Nobody reads what the program writes: end it, as SIGPIPE would.
                        out[descriptor] = lambda _: None
                        ended_by_us = 128 + signal.SIGPIPE
                        os.kill(self.child, signal.SIGKILL)
                elif descriptor == 0:
                    pending = self.read(0)
                    poll.unregister(0)
                    if pending and stdin is not None:
                        poll.register(stdin, select.POLLOUT)
                    elif stdin is not None:
                        os.close(stdin)
                        stdin = None
                elif descriptor == stdin:
                    try:
                        pending = pending[os.write(stdin, pending):]
                    except BlockingIOError:
                        pass
                    except OSError:
                        # QEMU is gone or going; its other pipes will tell.
                        poll.unregister(stdin)
                        os.close(stdin)
                        stdin = None
                        continue
                    if not pending:
                        poll.unregister(stdin)
                        poll.register(0, select.POLLIN)
        return ended_by_us

    @staticmethod
    def _forget(poll, descriptor):
        try:
            poll.unregister(descriptor)
        except KeyError:
            pass

    @staticmethod
    def read(descriptor):
        while True:
            try:
                return os.read(descriptor, BLOCK)
            except BlockingIOError:
                # The descriptor is ours to read but shared and nonblocking: wait for it.
                select.select([descriptor], [], [])
            except OSError as error:
                # A terminal that went away reads as the end.
                if error.errno in (errno.EIO, errno.EBADF, errno.EISDIR):
                    return b""
                raise

    @staticmethod
    def _forward(descriptor, name):
        def forward(data):
            view = memoryview(data)
            while view:
                try:
                    view = view[os.write(descriptor, view):]
                except BlockingIOError:
                    select.select([], [descriptor], [])
                except OSError as error:
                    if error.errno == errno.EBADF:  # closed by our caller: as to a closed stream
                        return
                    raise OSError(error.errno, error.strerror, name)

        return forward

    def _keep_log(self, data):
        if not self.has_begun:
            # The firmware's banner, which nobody asked for, comes before the kernel's first byte.
            _, begin, data = data.partition(KERNEL_BEGINS)
            self.has_begun = bool(begin)
        if KERNEL_PANICS in data and self.panic_at is None:
            self.panic_at = len(self.log) + data.index(KERNEL_PANICS)
            data = data.replace(KERNEL_PANICS, b"")
        if self.shows_log:
            self._forward(2, "standard error")(data.replace(b"\r\n", b"\n"))
        if len(self.log) < LOG_LIMIT or self.panic_at is not None:
            self.log += data

    def _exit_code(self, status, ended_by_us):
        if ended_by_us == OUT_OF_TIME:
            self._say("%s: did not end within %g s (--timeout)" % (self.name, self.timeout_seconds))
        if ended_by_us == NO_START:
            return self.say_no_start()
        if self.profile_path is not None and os.path.getsize(self.profile_path) == 0:
            self._say("%s: the kernel took no samples; %s is empty" % (self.name, self.profile_path))
        if ended_by_us is not None:
            return ended_by_us
        if not self.has_begun and not self.complaint:
            self._say("QEMU ended with code %d before the kernel started" % os.waitstatus_to_exitcode(status))
            return NO_START
        if os.WIFSIGNALED(status):
            self._say("QEMU was ended by signal %d%s" % (os.WTERMSIG(status), self._kept_log()))
            return 128 + os.WTERMSIG(status)
        code = os.WEXITSTATUS(status)
        complaint = [line for line in self._lines(self.complaint) if "warning:" not in line]
        if code != 0 and any("overlap" in line for line in complaint):
            self._say(self._what_does_not_fit())
        elif complaint and code != 0:
            self._say("QEMU: " + complaint[-1].replace("qemu-system-riscv64: ", ""))
        elif code == PANIC and self.panic_at is not None:
            self._say("%s%s" % (next(line for line in self._lines(self.log[self.panic_at:]) + ["kernel panic"] if line), self._kept_log()))
        elif code != 0 and not self.shows_log:
            # What was said before there was a port for it.
            for line in self._lines(self.log):
                if line.startswith("martlet: "):
                    self._say(line[len("martlet: "):])
        return code

    def say_no_start(self):
        self._say("the kernel did not start within %g s: it needs firmware that speaks SBI (QEMU's -bios, by default OpenSBI), and that "
                  "a hart with rv64gc: I, M, A, F, D, C, Zicsr and Zifencei" % START_SECONDS)
        return NO_START

    @staticmethod
    def _lines(data):
        return bytes(data).decode("utf-8", "replace").splitlines()

    def _what_does_not_fit(self):
        """QEMU puts the initrd behind the kernel's half of the RAM, or its 128 MiB, and before the device tree, in the first GiB."""
        unit = {"K": 1 << 10, "G": 1 << 30}.get(self.memory[-1:].upper(), 1 << 20)
        ram = int(self.memory.rstrip("KMGkmg")) * unit
        room = min(ram, 1 << 30) - min(ram // 2, 128 << 20) - (4 << 20)
        needed = os.path.getsize(self.initrd)
        if needed < room or room <= 0:
            return "a machine of %s is too small for the kernel" % self.memory
        return "programs and directories take %d MiB; a machine of %s has room for %d" % (needed >> 20, self.memory, room >> 20)

    def is_saved(self):
        """Whether what programs changed in saved directories is there; says what is not."""
        if self.changes is None:
            return True
        complaints = self.changes.complaints
        for complaint in complaints[:COMPLAINT_LIMIT]:
            self._say(complaint)
        if len(complaints) > COMPLAINT_LIMIT:
            self._say("and %d more" % (len(complaints) - COMPLAINT_LIMIT))
        if not self.changes.is_complete:
            self._say("%s: the machine ended before its files were saved" % self.name)
        return self.changes.is_complete and not complaints

    def _kept_log(self):
        """Writes the log where a person can read it, and names the file."""
        if not self.log or self.shows_log:
            return ""
        path = "%s/martlet-%d.log" % (os.environ.get("TMPDIR", "/tmp"), os.getpid())
        with open(path, "wb") as file:
            file.write(self.log)
        return " (log: %s)" % path

    @staticmethod
    def _say(text):
        try:
            os.write(2, ("martlet: %s\n" % text).encode("utf-8", "surrogateescape"))
        except OSError:
            pass

    def _on_signal(self, number, _):
        self._kill()
        os._exit(128 + number)

    def _kill(self):
        if self.changes is not None:
            self.changes.close()
        if self.child is not None:
            try:
                os.kill(self.child, signal.SIGKILL)
                os.waitpid(self.child, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
            self.child = None
