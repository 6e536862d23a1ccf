"""One boot of the kernel in QEMU for a test: what it is given, what it says, how it ends."""

import os
import re
import select
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
KERNEL = os.environ.get("MARTLET_KERNEL", os.path.join(ROOT, "build", "martlet"))
TESTS_KERNEL = os.environ.get("MARTLET_TESTS_KERNEL", os.path.join(ROOT, "build", "martlet-tests"))


class Failure(Exception):
    """What a case found wrong, in one line."""


class Skip(Exception):
    """Why a case could not run."""


def kernel_for(append):
    """The product's kernel, or that of the tests where the command line asks for what only it has."""
    words = append.split()
    return TESTS_KERNEL if any(word in ("spec", "stretch") or word.startswith(("selftest=", "trial=", "plant=")) for word in words) else KERNEL


class Case:
    """A test: a name, a body that takes the case, and the boots it made (kept for the log)."""

    def __init__(self, name, body, runs_alone=False):
        self.name, self.body, self.runs_alone = name, body, runs_alone
        self.boots = []

    def transcript(self):
        """Everything the case's boots said, for the log of a failure."""
        return b"".join(b"$ " + " ".join(boot.command).encode() + b"\n" + bytes(boot.serial) + b"\n" for boot in self.boots)

    def boot(self, append="", **options):
        """Boots to the end and returns the ended Boot."""
        boot = self.start(append, **options)
        boot.wait()
        return boot

    def start(self, append="", **options):
        """Boots and returns at once; use `expect` and `send`, then `wait`."""
        boot = Boot(append, **options)
        self.boots.append(boot)
        boot.start()
        return boot


# The kernel's first act is this byte on its port, by which qemu/run knows that it has started.
START = b"\x01"


class Boot:
    """A running or ended QEMU. `serial` is what came out of the UART, after the byte that says the kernel has started."""

    def __init__(self, append, memory="128M", harts=1, initrd=None, qemu=(), seconds=30, kernel=None, pass_fds=(), machine="virt",
                 input_path=None):
        self.seconds = seconds
        self.command = ["qemu-system-riscv64", "-M", machine, "-m", memory, "-smp", str(harts), "-nodefaults", "-display", "none",
                        "-monitor", "none", "-no-reboot", "-serial", "stdio", "-kernel", kernel or kernel_for(append)] + list(qemu)
        if append:
            self.command += ["-append", append]
        # The port martlet.stdin reads the file; the serial port then writes to QEMU's standard error, which is the same pipe.
        self.input_path = input_path
        if input_path is not None:
            at = self.command.index("-serial")
            self.command[at:at + 2] = ["-chardev", "file,id=log,path=/proc/self/fd/2", "-serial", "chardev:log",
                                       "-chardev", "stdio,id=in,signal=off", "-device", "virtio-serial-device,max_ports=8",
                                       "-device", "virtserialport,chardev=in,name=martlet.stdin"]
        self.temporary = None
        if initrd is not None:
            self.temporary = tempfile.NamedTemporaryFile(prefix="martlet-test-")
            self.temporary.write(initrd)
            self.temporary.flush()
            self.command += ["-initrd", self.temporary.name]
        self.pass_fds = pass_fds
        self.serial = bytearray()
        self.has_started = False
        self.code = None

    def start(self):
        self.started = time.monotonic()
        source = subprocess.PIPE if self.input_path is None else open(self.input_path, "rb")
        self.child = subprocess.Popen(self.command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      pass_fds=self.pass_fds)
        os.set_blocking(self.child.stdout.fileno(), False)

    def _read(self, deadline):
        """Reads what there is; False at the end of the output."""
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            self.kill()
            raise Failure("not done after %d seconds" % self.seconds)
        ready, _, _ = select.select([self.child.stdout], [], [], remaining)
        if not ready:
            return True
        data = self.child.stdout.read(1 << 16)
        if data:
            first = not self.has_started and START in data
            self.has_started |= first
            self.serial += data.replace(START, b"", 1) if first else data
        return data != b""

    def expect(self, text):
        """Reads until the serial port has said the text."""
        wanted = text.encode() if isinstance(text, str) else text
        deadline = self.started + self.seconds
        while wanted not in self.serial:
            if not self._read(deadline):
                self.wait()
                raise Failure("ended with %s without saying %r" % (self.code, text))

    def send(self, data):
        """Writes to the serial port."""
        self.child.stdin.write(data)
        self.child.stdin.flush()

    def wait(self):
        """Reads to the end; the exit code is in `code` afterwards."""
        deadline = self.started + self.seconds
        while self.code is None and self._read(deadline):
            pass
        if self.code is None:
            self.code = self.child.wait()
        self.elapsed = time.monotonic() - self.started
        if self.temporary:
            self.temporary.close()
        if self.child.stdin:
            self.child.stdin.close()
        self.child.stdout.close()

    def kill(self):
        self.child.kill()
        self.code = self.child.wait()

    # What cases ask of an ended boot.

    def must_exit(self, code):
        if self.code != code:
            raise Failure("exit code %s instead of %s; it said: %s" % (self.code, code, self.last_line()))
        return self

    def must_say(self, *texts):
        for text in texts:
            if text.encode() not in self.serial:
                raise Failure("did not say %r; it said: %s" % (text, self.last_line()))
        return self

    def must_not_say(self, *texts):
        for text in texts:
            if text.encode() in self.serial:
                raise Failure("said %r" % text)
        return self

    def last_line(self):
        lines = [line for line in bytes(self.serial).decode("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "nothing"


def fails(body, words):
    """A body that passes when the other fails with these words: with a planted defect (Kernel/Trials/Plant.swift)."""
    def inverted(case):
        try:
            note = body(case)
        except Failure as failure:
            if not re.search(words, str(failure)):
                raise Failure("it failed with other words: %s" % failure)
            return str(failure)[:150]
        raise Failure("the defect went unseen: %s" % note)
    return inverted
