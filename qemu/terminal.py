"""The console on the caller's terminal: a machine whose UART it is, without the firmware's banner before it.

Owns the terminal's mode while the machine runs. ctrl-a x ends the machine at once, ctrl-a ctrl-a types one ctrl-a.
"""

import os
import select
import signal
import time

from machine import BLOCK, KERNEL_BEGINS, MISSING, NO_START, START_SECONDS

PREFIX, LEAVE = 0x01, ord("x")


class Keyboard:
    """What is typed, on its way to the machine."""

    def __init__(self):
        self.has_prefix = self.has_left = False

    def feed(self, data):
        """The bytes for the machine."""
        out = bytearray()
        for byte in data:
            if self.has_prefix:
                self.has_prefix = False
                if byte == LEAVE:
                    self.has_left = True
                    break
                out += bytes([byte] if byte == PREFIX else [PREFIX, byte])
            elif byte == PREFIX:
                self.has_prefix = True
            else:
                out.append(byte)
        return bytes(out)


def run_shell(machine):
    """Boots into the console; the exit code."""
    arguments = machine.command() + ["-append", "shell", "-chardev", "stdio,id=terminal,signal=off", "-serial", "chardev:terminal"]
    machine.pass_initrd()
    keys_reader, keys = os.pipe()
    shown, shown_writer = os.pipe()
    life_reader, life = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, keys_reader, 0), (os.POSIX_SPAWN_DUP2, shown_writer, 1)]
    os.set_inheritable(life_reader, True)
    sources = {shown: None}
    if machine.changes is not None:
        files, writer = os.pipe()
        os.set_inheritable(writer, True)
        arguments += ["-device", "virtio-serial-device,max_ports=8", "-chardev", "file,path=/proc/self/fd/%d,id=files" % writer,
                      "-device", "virtserialport,chardev=files,name=martlet.files"]
        sources[files] = machine.changes.feed
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os._exit(128 + number))
    mode = raw_mode()
    try:
        try:
            machine.child = os.posix_spawnp(arguments[0], arguments, os.environ, file_actions=actions)
        except FileNotFoundError:
            raise OSError(MISSING)
        machine.end_with_us(life_reader)
        for descriptor in (keys_reader, shown_writer, life_reader) + ((writer,) if machine.changes is not None else ()):
            os.close(descriptor)
        has_left = pass_bytes(machine, keys, shown, sources)
        _, status = os.waitpid(machine.child, 0)
        machine.child = None
    finally:
        restore(mode)
        os.close(life)
    if not machine.has_begun:
        return machine.say_no_start()
    code = 0 if has_left else os.waitstatus_to_exitcode(status)
    return (code if code >= 0 else 128 - code) if machine.is_saved() else code or 1


def pass_bytes(machine, keys, shown, sources):
    """Moves bytes until the machine has closed its ends; whether the person left it."""
    keyboard, poll = Keyboard(), select.poll()
    deadline = time.monotonic() + START_SECONDS
    for descriptor in list(sources) + [0]:
        poll.register(descriptor, select.POLLIN)
    while sources:
        wait = None if machine.has_begun else max(0.0, deadline - time.monotonic()) * 1000
        events = poll.poll(wait)
        if not events and not machine.has_begun:
            os.kill(machine.child, signal.SIGKILL)
            return False
        for descriptor, _ in events:
            data = machine.read(descriptor)
            if descriptor == 0:
                typed = keyboard.feed(data)
                if not data:
                    poll.unregister(0)
                if keyboard.has_left:
                    os.kill(machine.child, signal.SIGKILL)
                    return True
                try:
                    os.write(keys, typed)
                except BrokenPipeError:
                    pass
            elif not data:
                poll.unregister(descriptor)
                del sources[descriptor]
            elif descriptor == shown:
                if not machine.has_begun:
                    _, begin, data = data.partition(KERNEL_BEGINS)
                    machine.has_begun = bool(begin)
                while data:
                    data = data[os.write(1, data):]
            else:
                sources[descriptor](data)
    return False


def raw_mode():
    """Has the terminal pass keys as they are; its mode before, or nothing when there is no terminal."""
    if not os.isatty(0):
        return None
    import termios
    import tty

    mode = termios.tcgetattr(0)
    tty.setraw(0)
    return mode


def restore(mode):
    if mode is not None:
        import termios

        termios.tcsetattr(0, termios.TCSADRAIN, mode)
