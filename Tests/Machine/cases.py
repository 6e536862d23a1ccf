"""The cases. Each is a function of the case it belongs to, which raises Failure; a text it returns is printed beside its name."""

import os
import re
import subprocess
import tempfile
import threading

from archive_bytes import archive, entry
from boot import KERNEL, ROOT, TESTS_KERNEL, Case, Failure, Skip
from console_cases import console_cases
from file_cases import file_cases
from hostile_cases import hostile_cases
from native_cases import native_cases
from poke_cases import poke_cases
from process_cases import process_cases
from runner_cases import run_with, runner_cases
from scheduling_cases import scheduling_cases
from shows_cases import shows_cases
from stretch_cases import stretch_cases
from wasi_cases import wasi_cases

PANIC = 101


def selftest(name, *says, code=0, **options):
    """Runs a self-test of the tests' kernel (Kernel/Trials/SelfTest.swift)."""
    def body(case):
        boot = case.boot("selftest=" + name, **options)
        boot.must_exit(code)
        if code == 0:
            boot.must_say("selftest %s: ok" % name)
        boot.must_say(*says)
    return body


def fault(name, report, *says, **options):
    """Runs a self-test that breaks a rule: the report names what happened, where, and how it came there, and the code is the panic's."""
    def body(case):
        boot = case.boot("selftest=" + name, **options)
        boot.must_exit(PANIC)
        boot.must_say("kernel panic: " + report, "exit code 101", *says)
        if not re.search(rb"#\d+ 0x[0-9a-f]+ [A-Za-z_].*\+0x", bytes(boot.serial)):
            raise Failure("the backtrace has no symbols")
    return body


def on_every_machine(case):
    """Boots on every size of memory and number of harts."""
    for memory in ("64M", "512M", "4G", "16G"):
        for harts in (1, 2, 8):
            if memory == "16G" and harts != 1:
                continue
            boot = case.boot("selftest=nothing", memory=memory, harts=harts)
            boot.must_exit(0).must_say("selftest nothing: ok")
            pages = int(re.search(rb"ok, (\d+) pages", bytes(boot.serial)).group(1))
            size = int(memory[:-1]) << (30 if memory.endswith("G") else 20)
            if not 0.93 * size < pages * 4096 < size:
                raise Failure("%s of memory, but %d pages are free" % (memory, pages))


def twenty_boots(case):
    for _ in range(20):
        case.boot("selftest=nothing").must_exit(0)


def without(extension):
    """A hart without an extension the kernel needs: one line that names it, also from qemu/run, and exit code 1."""
    options = {"F": "f=false,d=false"}.get(extension, extension.lower() + "=false")

    def body(case):
        says = "martlet: this hart lacks the extension %s, with which" % extension
        case.boot("", qemu=["-cpu", "rv64," + options]).must_exit(1).must_say(says)
        code, said = run_with("-cpu rv64," + options)
        if code != 1 or said.count("\n") != 1 or not said.startswith(says):
            raise Failure("qemu/run says %r and exit code %d" % (said, code))
    return body


def no_initrd(case):
    case.boot("").must_exit(1).must_say("initrd")


def bad_initrd(content, *says):
    def body(case):
        boot = case.boot("", initrd=content)
        boot.must_exit(1).must_say(*says)
        lines = [line for line in bytes(boot.serial).split(b"\n") if b"] boot: " in line or b"initrd" in line]
        if len(lines) != 1:
            raise Failure("%d lines about the initrd instead of one" % len(lines))
    return body


def unknown_selftest(case):
    case.boot("selftest=what").must_exit(3).must_say("no self-test is named what")


def unknown_word(word):
    """A word that the product's kernel does not know, such as one for the tests' kernel: one line, exit code 1, nothing runs."""
    def body(case):
        image = archive(entry("a.wat", b'(module (func (export "_start") unreachable))'))
        boot = case.boot(word, initrd=image, kernel=KERNEL).must_exit(1)
        boot.must_say("martlet: unknown word on the kernel's command line: %s\n" % word).must_not_say("a.wat", "selftest ", "trial: ")
    return body


def no_trials(case):
    """What only the tests' kernel has is not in the product's kernel, not even unreachable."""
    names = ("ProcessTrial", "SelfTest", "SpecRun", "WasmScript", "TrialAccessO5spawn")
    for path, is_there in ((KERNEL, False), (TESTS_KERNEL, True)):
        if not os.path.exists(path + ".map"):
            raise Skip("there is no symbol map beside the kernel")
        with open(path + ".map") as file:
            symbols = file.read()
        for name in names:
            if (name in symbols) != is_there:
                raise Failure("%s is %sin %s" % (name, "not " if is_there else "", os.path.basename(path)))


def quiet(case):
    """Without log=, a boot that succeeds says nothing of its own before the test's line."""
    boot = case.boot("selftest=nothing").must_exit(0)
    after = bytes(boot.serial).split(b"\x01")[-1]  # the kernel's first byte
    if after.count(b"\n[") + after.startswith(b"[") != 1:
        raise Failure("the kernel said more than asked")


def log_levels(case):
    case.boot("selftest=nothing log=info").must_exit(0).must_say("boot: ", "MiB of memory free")


def uart_echo(case):
    boot = case.start("selftest=uart-echo")
    boot.expect("echo ready")
    text = bytes(33 + (index * 7) % 94 for index in range(3000)).replace(b"!", b"?") + b"!"
    # In pieces, so that neither side's buffer limits.
    for at in range(0, len(text), 500):
        boot.send(text[at:at + 500])
        boot.expect(text[max(0, at + 480):at + 500][-20:])
    boot.wait()
    boot.must_exit(0).must_say("echoed %d bytes" % len(text), "selftest uart-echo: ok")
    if text not in bytes(boot.serial):
        raise Failure("the echo differs from what was sent")


def checksum(data):
    """FNV-1a over 64 bits, as the kernel's self-test computes it."""
    value = 0xcbf29ce484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001b3) & 0xFFFFFFFFFFFFFFFF
    return value


def virtio_input(case):
    """A file of 1 MiB arrives whole, and its end is seen."""
    data = os.urandom(1 << 20)
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        boot = case.boot("selftest=virtio-input", input_path=file.name)
    boot.must_exit(0).must_say("read %d bytes, checksum 0x%x" % (len(data), checksum(data)))


def virtio_input_empty(case):
    boot = case.boot("selftest=virtio-input", input_path="/dev/null")
    boot.must_exit(0).must_say("read 0 bytes")


def measured_output(case, name, total, qemu, legacy, data_of):
    flag = ["-global", "virtio-mmio.force-legacy=" + ("true" if legacy else "false")]
    boot = case.boot("selftest=%s bytes=%d" % (name, total), qemu=flag + list(qemu), seconds=120)
    boot.must_exit(0)
    found = re.search(rb"wrote (\d+) bytes in (\d+) microseconds, checksum 0x([0-9a-f]+)", bytes(boot.serial))
    if not found:
        raise Failure("did not say how long it took")
    data = data_of(boot)
    if len(data) != total:
        raise Failure("%d bytes arrived instead of %d" % (len(data), total))
    return int(found.group(1)) / int(found.group(2)), data, int(found.group(3), 16)


def virtio_output(legacy):
    """16 MiB through a virtio port arrive byte for byte, at least ten times as fast as through the UART."""
    def body(case):
        with tempfile.NamedTemporaryFile() as file:
            port = ["-device", "virtio-serial-device", "-chardev", "file,id=out,path=" + file.name,
                    "-device", "virtserialport,chardev=out,name=martlet.stdout"]
            rate, data, wanted = measured_output(case, "virtio-output", 16 << 20, port, legacy, lambda _: open(file.name, "rb").read())
        if fast_checksum(data) != wanted:
            raise Failure("the bytes that arrived are not those that were sent")

        def from_serial(boot):
            serial = bytes(boot.serial)
            end = serial.rindex(b"\nwrote ")
            end = serial.rindex(b"[", 0, end)
            return serial[end - (256 << 10):end]
        serial_rate, data, wanted = measured_output(case, "uart-output", 256 << 10, [], legacy, from_serial)
        if checksum(data) != wanted:
            raise Failure("the bytes of the serial port are not those that were sent")
        if rate < 10 * serial_rate:
            raise Failure("virtio %.1f MB/s, UART %.2f MB/s: less than ten times" % (rate, serial_rate))
        return "virtio %.1f MB/s, UART %.2f MB/s" % (rate, serial_rate)
    return body


def fast_checksum(data):
    """The same checksum of much data. The pattern repeats every 64 KiB but for 8 bytes, which Python need not hash one by one twice."""
    return checksum(data)


def slow_reader(case):
    """A reader outside that is slow costs nothing: everything arrives in the end, in order."""
    reader, writer = os.pipe()
    port = ["-device", "virtio-serial-device", "-chardev", "file,id=out,path=/proc/self/fd/%d" % writer,
            "-device", "virtserialport,chardev=out,name=martlet.stdout"]
    got = bytearray()

    def read_slowly():
        import time
        while True:
            data = os.read(reader, 20000)
            if not data:
                return
            got.extend(data)
            time.sleep(0.005)

    thread = threading.Thread(target=read_slowly)
    boot = case.start("selftest=virtio-output bytes=1000000", qemu=port, pass_fds=(writer,))
    os.close(writer)
    thread.start()
    boot.wait()
    thread.join()
    os.close(reader)
    boot.must_exit(0)
    wanted = int(re.search(rb"checksum 0x([0-9a-f]+)", bytes(boot.serial)).group(1), 16)
    if len(got) != 1000000 or checksum(got) != wanted:
        raise Failure("%d bytes arrived, or other ones" % len(got))


def rng(legacy):
    return selftest("entropy", "random from virtio-rng",
                    qemu=["-global", "virtio-mmio.force-legacy=" + ("true" if legacy else "false"), "-device", "virtio-rng-device"])


def all_cases(is_soak, is_all=False):
    """Every case, in the order of running; of the suite `hostile` a sample unless all of it is wanted."""
    cases = []

    def add(name, body, **options):
        cases.append(Case(name, body, **options))

    add("boot/every-machine", on_every_machine)
    add("boot/twenty-times", twenty_boots)
    add("boot/quiet", quiet)
    add("boot/log-levels", log_levels)
    add("boot/unknown-selftest", unknown_selftest)
    for word in ("selftest=nothing", "trial=spawns", "spec", "log=loud", "shells"):
        add("boot/unknown-word-" + word.partition("=")[0], unknown_word(word))
    add("boot/no-trials", no_trials)
    for extension in ("F", "D", "Zba", "Zbb", "Zbs"):
        add("boot/without-" + extension.lower(), without(extension))
    add("boot/without-sstc", selftest("timer", qemu=["-cpu", "rv64,sstc=false"]))
    add("initrd/absent", no_initrd)
    whole = archive(entry("a.wasm", b"\0asm\x01\0\0\0"))
    add("initrd/malformed", bad_initrd(b"this is not an archive" * 40, "initrd: not a cpio archive"))
    add("initrd/truncated", bad_initrd(whole[:118], "initrd: the archive ends inside an entry"))
    add("initrd/bad-number", bad_initrd(whole.replace(b"000081A4", b"0000X1A4"), "initrd: an entry's header"))

    add("fault/write-text", fault("write-text", "write to kernel text", "store page fault"))
    add("fault/write-constants", fault("write-constants", "access to unmapped memory", "store page fault"))
    add("fault/execute-data", fault("execute-data", "execution of data", "instruction page fault"))
    add("fault/null-access", fault("null-access", "null access", "load page fault", "stval  0x8\n"))
    add("fault/null-call", fault("null-call", "call of a null function"))
    add("fault/stack-overflow", fault("stack-overflow", "kernel stack overflow", "store page fault"))
    add("fault/thread-stack-overflow", fault("thread-stack-overflow", "kernel stack overflow"))
    add("fault/swift-overflow", fault("swift-overflow", "Swift runtime failure"))
    add("fault/swift-bounds", fault("swift-bounds", "Swift runtime failure"))
    add("fault/heap-exhaustion", fault("heap-exhaustion", "out of memory in the kernel heap (an allocation of", memory="64M"))
    add("fault/double-free-page", fault("double-free-page", "a page was freed twice"))
    add("fault/foreign-free-page", fault("foreign-free-page", "a page was freed twice or never allocated"))
    add("fault/double-free-block", fault("double-free-block", "a heap block was freed twice"))
    add("fault/foreign-free-block", fault("foreign-free-block", "memory was freed that no heap gave out"))
    add("fault/panic", fault("panic", "asked for by the self-test"))

    for name in ("pages", "heap", "address-space", "memory-routines", "timer", "threads", "float-owner", "preemption", "hart", "clock"):
        add("self/" + name, selftest(name))

    add("uart/echo", uart_echo)
    add("virtio/input", virtio_input)
    add("virtio/input-empty", virtio_input_empty)
    add("virtio/slow-reader", slow_reader)
    add("virtio/rng-legacy", rng(True))
    add("virtio/rng-modern", rng(False))
    add("virtio/output-legacy", virtio_output(True), runs_alone=True)
    add("virtio/output-modern", virtio_output(False), runs_alone=True)
    cases += runner_cases()
    cases += console_cases()
    cases += process_cases(is_soak)
    cases += scheduling_cases()
    cases += stretch_cases()
    cases += hostile_cases(is_all)
    cases += poke_cases(is_all)
    cases += native_cases(is_all)
    cases += shows_cases(is_all)
    cases += file_cases()
    cases += wasi_cases()
    return cases
