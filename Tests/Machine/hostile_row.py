"""A row of the suite `hostile`: one program, how it is made, what it is given, and how it may end. No row names the kernel's state of today."""

import functools
import os

from boot import ROOT, Failure
from process_programs import unsigned

GUESTS = os.path.join(ROOT, "build", "guests")
# How a program may be told that there is no more: by -1 or an errno (it then ends with 0), or by its end.
REFUSED = r"exited 0|failed to load|killed: out of (memory|kernel memory)|trapped: (out of memory|growth operation limited)"
NOT_LOADED = r"failed to load"
OUT_OF_TIME = r"killed: out of CPU time"
OUT_OF_WALL = r"killed: out of wall time"


def guest(name):
    """The bytes of a guest of Tests/Guests."""
    path = os.path.join(GUESTS, name + ".wasm")
    if not os.path.exists(path):
        raise Failure("there is no guest %s; run make guests" % name)
    with open(path, "rb") as file:
        return file.read()


class Row:
    """`make` gives the program's bytes: a binary, or text that is assembled before; a string names a guest of Tests/Guests. With `is_text` the
    kernel gets the text as it is. `ends` is a regular expression for the last column of the end table. `lines` go to the manifest under the
    program; every program has a limit of processor time and of wall time, so that each group ends."""

    def __init__(self, name, make, ends, lines=(), copies=1, is_sample=False, is_text=False, processor="0.5", wall="20"):
        self.name, self.make, self.ends, self.lines, self.copies = name, make, ends, tuple(lines), copies
        self.is_sample, self.is_text, self.processor, self.wall = is_sample, is_text, processor, wall

    @property
    def file_name(self):
        return (self.make if isinstance(self.make, str) else self.name) + (".wat" if self.is_text else ".wasm")

    @functools.cached_property
    def content(self):
        if not isinstance(self.make, str):
            return self.make() if callable(self.make) else self.make
        return guest(self.make)

    def manifest(self, name):
        """The program's lines; what it writes goes nowhere unless a row says otherwise."""
        text = "program %s %s\n" % (name, self.file_name)
        if not any(line.startswith("stdout") for line in self.lines):
            text += " stdout null\n"
        text += " limit processor-time %s\n limit wall-time %s\n" % (self.processor, self.wall)
        text += " bad-addresses error\n"
        return text + "".join(" %s\n" % line for line in self.lines)


class Group:
    """Rows that run in one boot, beside the good programs, in so much RAM."""

    def __init__(self, name, rows, memory="128M", seconds=120, is_balanced=True, has_trial=True):
        self.name, self.rows, self.memory, self.seconds = name, rows, memory, seconds
        # What is written to the shared layer stays, so its pages are not back after the last program.
        self.is_balanced, self.has_trial = is_balanced, has_trial


# The binary format, as much of it as the rows need. Specification chapter 5.

HEADER = b"\0asm\1\0\0\0"


def section(number, content):
    return bytes([number]) + unsigned(len(content)) + content


def vector(items):
    items = list(items)
    return unsigned(len(items)) + b"".join(items)


def name(text):
    data = text if isinstance(text, bytes) else text.encode()
    return unsigned(len(data)) + data


def body(code, locals_=b"\x00"):
    return unsigned(len(locals_) + len(code) + 1) + locals_ + code + b"\x0b"


def signed(number):
    """LEB128 of a signed number."""
    out = bytearray()
    while True:
        low, number = number & 127, number >> 7
        if number == (-1 if low & 64 else 0):
            return bytes(out) + bytes([low])
        out.append(low | 128)


EMPTY_TYPE = b"\x60\0\0"


def module(types=(EMPTY_TYPE,), imports=(), functions=((0, b""),), tables=(), memories=(), tags=(), globals_=(), exports=(("_start", 0, 0),),
           start=None, elements=(), data=(), custom=()):
    """A binary. `functions` are (type, code) or (type, code, locals); `exports` are (name, kind, index); the rest are encoded items."""
    out = [HEADER]

    def add(number, items):
        if items:
            out.append(section(number, vector(items)))

    add(1, types)
    add(2, imports)
    add(3, [unsigned(function[0]) for function in functions])
    add(4, tables)
    add(5, memories)
    add(13, tags)
    add(6, globals_)
    add(7, [name(text) + bytes([kind]) + unsigned(index) for text, kind, index in exports])
    if start is not None:
        out.append(section(8, unsigned(start)))
    add(9, elements)
    if data:
        out.append(section(12, unsigned(len(data))))
    add(10, [body(*function[1:]) for function in functions])
    add(11, data)
    out += [section(0, name(text) + content) for text, content in custom]
    return b"".join(out)
