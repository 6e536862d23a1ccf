"""Addresses at which a process loads, stores and jumps as a wrong handler would, and what must become of each.

The kernel prints what lies where, as a process's root table maps it: `region NAME START END GRANT`, addresses in hexadecimal with 0x, END not
included, GRANT of the letters r, w, x, or `-` for nothing. A name may stand in several lines; ranges of different grants do not overlap.
What no line names is granted to nobody. The names that begin with `neighbour` are the pages of a second process, at all addresses they have.

`trial=regions` starts the manifest's program `neighbour`, lets it run, prints the lines, and ends with 0. `trial=poke` does the same, then
starts the other programs one after another and prints how each ended, `poke NAME: END` in the end table's words, at last the neighbour's when
the kernel has ended it. The programs import from `trial`: `load` (i64) -> i64, one byte; `store` (i64), an atomic or with nothing, four bytes;
`jump` (i64), a call. What is not granted is an internal error of that process alone. Reports of such ends are not shown."""

import bisect
import random
import re
from collections import namedtuple

import process_programs as p

Region = namedtuple("Region", "name start end grant")
Poke = namedtuple("Poke", "kind address")
LINE = re.compile(r"(?m)region ([a-z][a-z0-9-]*) (0x[0-9a-f]+) (0x[0-9a-f]+) ([rwx]+|-)\r?$")
PAGE = 4096
KINDS = ("load", "store", "jump")
# A load is of one byte; a store is of four, atomically what was there before, so that one that is granted changes nothing; code is of two.
ALIGNMENT = {"load": 1, "store": 4, "jump": 2}
NEEDED = {"load": "r", "store": "w", "jump": "x"}
# Where Sv39 ends, and what no machine has.
NOWHERE = [0, 1, PAGE - 1, PAGE, (1 << 38) - 1, 1 << 38, (1 << 39) - 1, 1 << 39, 1 << 47, 1 << 56, 1 << 63, (1 << 64) - 1, (1 << 64) - PAGE,
           (1 << 64) - (1 << 38), (1 << 64) - (1 << 38) - 1, (1 << 64) - (1 << 30)]

# Exits with 0 when what its arguments say was granted. `trial::load`, `store` and `jump` do it with interrupts on.
PROGRAM = p.program("""(local $at i32) (local $digit i32) (local $address i64) (local $kind i32)
    (drop (call $args_get (i32.const 1024) (i32.const 2048)))
    (local.set $kind (i32.load8_u (i32.load (i32.const 1028))))
    (local.set $at (i32.add (i32.load (i32.const 1032)) (i32.const 2)))
    (loop $digits
      (if (local.tee $digit (i32.load8_u (local.get $at))) (then
        (local.set $digit (select (i32.sub (local.get $digit) (i32.const 87)) (i32.sub (local.get $digit) (i32.const 48))
          (i32.ge_u (local.get $digit) (i32.const 97))))
        (local.set $address (i64.or (i64.shl (local.get $address) (i64.const 4)) (i64.extend_i32_u (local.get $digit))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $digits))))
    (if (i32.eq (local.get $kind) (i32.const 108)) (then (drop (call $load (local.get $address))) (return)))
    (if (i32.eq (local.get $kind) (i32.const 115)) (then (call $store (local.get $address)) (return)))
    (if (i32.eq (local.get $kind) (i32.const 106)) (then (call $jump (local.get $address)) (return)))
    (call $exit (i32.const 2))""", imports="""
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "trial" "load" (func $load (param i64) (result i64)))
    (import "trial" "store" (func $store (param i64)))
    (import "trial" "jump" (func $jump (param i64)))""")

# Fills two memories and looks again and again whether they are as they were; ends with 9 when they are not, and else never.
NEIGHBOUR = p.program("""(local $i i32)
    (loop $l (i32.store $b (local.get $i) (i32.mul (local.get $i) (i32.const 2654435761)))
      (i32.store offset=65536 (local.get $i) (i32.mul (local.get $i) (i32.const 2654435761)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 65536))))
    (loop $for_ever
      (call $sleep (i64.const 10000000))
      (local.set $i (i32.const 0))
      (loop $l
        (if (i32.or (i32.ne (i32.load $b (local.get $i)) (i32.mul (local.get $i) (i32.const 2654435761)))
          (i32.ne (i32.load offset=65536 (local.get $i)) (i32.mul (local.get $i) (i32.const 2654435761)))) (then (call $exit (i32.const 9))))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 65536))))
      (br $for_ever))""", memories='(memory (export "memory") 2) (memory $b 1)')


class Map:
    """What the kernel said lies where."""

    def __init__(self, text):
        self.regions = sorted((Region(name, int(start, 16), int(end, 16), grant.replace("-", "")) for name, start, end, grant in LINE.findall(text)),
                              key=lambda region: (region.start, region.end))
        self.starts = [region.start for region in self.regions]

    def faults(self):
        """What is wrong with it, a line each."""
        out = ["%s is empty or ends before it begins" % (region,) for region in self.regions if region.start >= region.end]
        last = None
        for region in self.regions:
            if last and region.start < last.end and region.grant != last.grant:
                out.append("%s and %s overlap" % (last.name, region.name))
            if last is None or region.end > last.end:
                last = region
        return out

    def grants(self, poke):
        """Whether all bytes of the poke are granted."""
        at = bisect.bisect_right(self.starts, poke.address) - 1
        # A longer region that began earlier may hold it too; overlapping ones have one grant.
        while at >= 0:
            region = self.regions[at]
            if poke.address + ALIGNMENT[poke.kind] <= region.end:
                return NEEDED[poke.kind] in region.grant
            at -= 1
        return False


def pokes(machine, count, seed):
    """So many pokes (at least; the neighbour's pages are all in), stratified over the names. Jumps to where code may run are left out: what
    runs there is the kernel's, and being let in is nothing to show."""
    numbers = random.Random(seed)
    chosen = []

    def add(kind, address):
        poke = Poke(kind, address % (1 << 64) & ~(ALIGNMENT[kind] - 1))
        if kind != "jump" or not machine.grants(poke):
            chosen.append(poke)

    names = {}
    for region in machine.regions:
        names.setdefault(region.name, []).append(region)
    for address in NOWHERE:
        for kind in KINDS:
            add(kind, address)
    # The first and last byte of each range, and the byte beside it.
    for regions in names.values():
        for region in regions if len(regions) <= 50 else numbers.sample(regions, 50):
            for address in (region.start, region.end - 1, region.start - 1, region.end):
                # What lies beside the process's own stack is its own too, and the map is of its neighbour.
                if not region.name.startswith("own") or region.start <= address < region.end:
                    for kind in KINDS:
                        add(kind, address)
    # Every page of the second process.
    for name, regions in names.items():
        if name.startswith("neighbour"):
            for region in regions:
                for page in range(region.start & -PAGE, region.end, PAGE):
                    for kind in KINDS:
                        add(kind, max(page, region.start) + numbers.randrange(PAGE // 2))
    # The rest in equal parts for each name: any byte, or the first or last of a page.
    turn = 0
    while len(chosen) < count and names:
        regions = list(names.values())[turn // len(KINDS) % len(names)]
        region = numbers.choices(regions, [each.end - each.start for each in regions])[0]
        address = numbers.randrange(region.start, region.end)
        place = numbers.randrange(4)
        if place == 0:
            address = max(address & -PAGE, region.start)
        elif place == 1:
            address = min(address | (PAGE - 1), region.end - 1)
        # By chance for want of anything else that grants no jump, the kinds take turns.
        before = len(chosen)
        add(KINDS[turn % len(KINDS)], address)
        if len(chosen) == before:
            add("load", address)
        turn += 1
    numbers.shuffle(chosen)
    return chosen


def manifest(chosen, tier):
    """How programs run, the neighbour, and a program for each poke."""
    return "tier %s\nprogram neighbour neighbour.wasm\n" % tier + "".join("program p%d poke.wasm\n argument %s 0x%x\n" % (number, poke.kind, poke.address)
                                                             for number, poke in enumerate(chosen))
