"""gdb commands for the kernel: a trap frame, a page-table walk, the hart. Loaded by init.gdb; needs a gdb with Python."""

import gdb

REGISTERS = ("handlerStack ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 "
             "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()
CAUSES = {0: "instruction misaligned", 1: "instruction access fault", 2: "illegal instruction", 3: "breakpoint", 4: "load misaligned",
          5: "load access fault", 6: "store misaligned", 7: "store access fault", 8: "call from U", 9: "call from S",
          12: "instruction page fault", 13: "load page fault", 15: "store page fault"}
INTERRUPTS = {1: "software interrupt", 5: "timer interrupt", 9: "external interrupt"}


def number(text):
    """The value of an expression as an unsigned 64-bit number."""
    return int(gdb.parse_and_eval(text).cast(gdb.lookup_type("unsigned long"))) & (1 << 64) - 1


def word(address):
    """The 8 bytes at a kernel address."""
    return int.from_bytes(gdb.selected_inferior().read_memory(address, 8).tobytes(), "little")


def symbol(address):
    try:
        return gdb.execute("info symbol 0x%x" % address, to_string=True).strip().replace(" in section .text", "")
    except gdb.error:
        return "?"


def register(name):
    return int(gdb.selected_frame().read_register(name)) & (1 << 64) - 1


class TrapFrame(gdb.Command):
    """trap-frame [ADDRESS]: prints a trap frame; without an address the running thread's (where its last trap was saved)."""

    def __init__(self):
        super().__init__("trap-frame", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        base = number(argument) if argument else word(register("tp") + 16)
        cause = word(base + 272)
        name = INTERRUPTS.get(cause & 0xFFFF, "?") if cause >> 63 else CAUSES.get(cause, "?")
        pc = word(base + 256)
        print("frame at 0x%x" % base)
        print("  sepc   0x%016x  %s" % (pc, symbol(pc)))
        print("  cause  0x%016x  %s" % (cause, name))
        print("  stval  0x%016x" % word(base + 280))
        print("  status 0x%016x" % word(base + 264))
        for index in range(1, 32):
            print("  %-4s 0x%016x" % (REGISTERS[index], word(base + 8 * index)), end="\n" if index % 4 == 0 or index == 31 else "")


class PageWalk(gdb.Command):
    """page-walk ADDRESS [ROOT]: shows the Sv39 entries that translate an address; ROOT is a page number, without it satp's."""

    def __init__(self):
        super().__init__("page-walk", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if not words:
            raise gdb.GdbError("page-walk ADDRESS [ROOT]")
        address = number(words[0])
        satp = register("satp")
        if len(words) > 1:
            table = number(words[1])
        elif satp >> 60 == 8:
            table = satp & (1 << 44) - 1
        else:
            print("translation is off")
            return
        for level in (2, 1, 0):
            index = address >> (12 + 9 * level) & 511
            entry = word((table << 12) + 8 * index)
            flags = "".join(letter if entry >> bit & 1 else "-" for bit, letter in enumerate("VRWXUGAD"))
            page = entry >> 10 & (1 << 44) - 1
            print("  level %d  table 0x%x[%d] = 0x%016x  %s" % (level, table << 12, index, entry, flags))
            if not entry & 1:
                print("  not mapped")
                return
            if entry & 0xE:
                span = 1 << (12 + 9 * level)
                print("  0x%x -> 0x%x (%d KiB page)" % (address, (page << 12) + (address & span - 1), span >> 10))
                return
            table = page
        print("  a pointer at the last level: malformed")


class HartCommand(gdb.Command):
    """hart: prints the running hart's structure (tp)."""

    def __init__(self):
        super().__init__("hart", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        base = register("tp")
        names = ("trap stack top", "identifier", "current frame", "float owner", "trap depth", "probe recovery", "probe stack", "device tree")
        print("hart at 0x%x" % base)
        for index, name in enumerate(names):
            print("  %-15s 0x%x" % (name, word(base + 8 * index)))


class Symbols(gdb.Command):
    """symbols ADDRESS [COUNT]: names every word from an address on that points into the kernel's code: a stack without frame pointers."""

    def __init__(self):
        super().__init__("symbols", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        address = number(words[0]) if words else register("sp")
        start, end = number("(unsigned long)&text_start"), number("(unsigned long)&text_end")
        for index in range(number(words[1]) if len(words) > 1 else 64):
            try:
                value = word(address + 8 * index)
            except gdb.MemoryError:
                return
            if start <= value < end:
                print("  0x%x  0x%x  %s" % (address + 8 * index, value, symbol(value)))


TrapFrame()
PageWalk()
HartCommand()
Symbols()
