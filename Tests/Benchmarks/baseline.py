"""Programs and their native twins: what runs in the kernel, and the same sources compiled for the machine and run bare in the same QEMU
(`programs/build`, in build/benchmarks)."""

import os
import re

from measurement import call, here, processor_seconds, root

products = os.path.join(root, "build", "benchmarks")
QEMU = ["qemu-system-riscv64", "-M", "virt", "-bios", "none", "-m", "512M", "-nographic", "-kernel"]


class Program:
    """Something measured: a module, how it is run, and what it prints."""

    def __init__(self, name, image, options=(), arguments=(), expected=None):
        self.name, self.image, self.options, self.arguments, self.expected = name, image, list(options), list(arguments), expected
        self.native = os.path.join(products, name + ".elf")
        # The words of a run that does the same again and again and prints each time how long it has run.
        self.repeated = None


def tuned(images, expected):
    """The small workloads, which machine code was made with."""
    return [Program(name, image, expected=expected[name]) for name, image in images.items()]


def untuned():
    """Programs nobody made machine code for. What they print is what their native twins print."""
    found = [
        Program("Lua", os.path.join(products, "lua.wasm"), ["--dir", os.path.join(here, "programs") + "::/"], ["workload.lua"]),
        Program("SQLite", os.path.join(products, "sqlite.wasm"), [], ["--memdb", "--verify", "--size", "5"]),
    ]
    for program in found:
        program.native = os.path.join(products, program.name.lower() + ".elf")
    found[0].repeated = [found[0].image, "-e", "scale=0.01 repetitions=60", *found[0].arguments]
    found[1].repeated = [os.path.join(products, "sqlite-steady.wasm"), "60"]
    return [program for program in found if os.path.exists(program.image) and os.path.exists(program.native)]


def build():
    """Builds what is missing or old, and says what cannot be."""
    complaints = call([os.path.join(here, "programs", "build")])[1].strip()
    if complaints:
        print(complaints)


def run(program, *options):
    """A native twin's output and errors without its own line, and millions of instructions when QEMU counts; None where there is none."""
    if not os.path.exists(program.native):
        return None, None
    output = call(QEMU + [program.native, *options])[0].replace("\r", "")
    text, _, statistics = output.partition("\nstatistics: ")
    count = re.match(r"(\d+) instructions", statistics)
    return text.strip(), int(count.group(1)) / 1e6 if count else None


def seconds(program):
    """Processor seconds of a native twin in QEMU, its start included."""
    return processor_seconds(QEMU + [program.native])[1]
