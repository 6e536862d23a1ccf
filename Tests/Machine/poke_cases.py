"""Cases of `trial=poke`: what the page tables of a process grant is all that a process can reach. And of the choice of addresses itself."""

import re

from archive_bytes import archive, entry
from boot import Case, Failure
from poke_addresses import ALIGNMENT, KINDS, NEIGHBOUR, NOWHERE, PROGRAM, Map, Poke, manifest, pokes
from process_cases import SEED, assembled

# Programs a boot: the manifest is the kernel's to hold.
BATCH = 2500


def image(chosen, tier):
    """Each batch has an initrd of the same size, so that what is chosen lies where it lay."""
    text = manifest(chosen, tier).encode()
    text += b"#" * (BATCH * 64 - len(text)) + b"\n"
    return archive(entry("manifest", text, inode=1), entry("poke.wasm", assembled(PROGRAM), inode=2),
                   entry("neighbour.wasm", assembled(NEIGHBOUR), inode=3))


def poke(count, plant="", tier="auto"):
    """Pokes at so many addresses (`plant`: with a defect of the tests' kernel), by programs that run so; each is judged by the map that the kernel printed in the same boot."""
    def body(case):
        boot = case.boot("trial=regions " + plant, initrd=image([], tier), memory="128M", seconds=60).must_exit(0)
        machine = Map(bytes(boot.serial).decode("utf-8", "replace"))
        if len({region.name for region in machine.regions}) < 8 or machine.faults():
            raise Failure("the map has %d regions; %s" % (len(machine.regions), "; ".join(machine.faults()[:3])))
        if tier == "native" and "neighbour-code" not in {region.name for region in machine.regions}:
            raise Failure("the neighbour has no machine code")
        chosen = pokes(machine, count, SEED)
        granted = 0
        for at in range(0, len(chosen), BATCH):
            batch = chosen[at:at + BATCH]
            boot = case.boot("trial=poke " + plant, initrd=image(batch, tier), memory="128M", seconds=300).must_exit(0)
            text = bytes(boot.serial).decode("utf-8", "replace")
            boot.must_not_say("kernel panic").must_say("balance exact")
            machine = Map(text)
            ends = dict(re.findall(r"(?m)poke ([a-z0-9]+): (.*?)\r?$", text))
            wrong = []
            for number, each in enumerate(batch):
                expected = "exited 0" if machine.grants(each) else "internal error"
                granted += expected == "exited 0"
                if ends.get("p%d" % number) != expected:
                    wrong.append("%s 0x%x: %s instead of %s" % (each.kind, each.address, ends.get("p%d" % number), expected))
            if wrong:
                raise Failure("%d of %d, seed %d: %s" % (len(wrong), len(batch), SEED, "; ".join(wrong[:5])))
            if ends.get("neighbour") != "killed by the kernel":
                raise Failure("the neighbour: %s" % ends.get("neighbour"))
        return "%d pokes, %d granted, seed %d" % (len(chosen), granted, SEED)
    return body


MAP = """
region text 0x80200000 0x80280000 rx
region constants 0x80280000 0x802a0000 r
region data 0x802a0000 0x802c0000 rw
region tables 0x80400000 0x80401000 -
region tables 0x80405000 0x80406000 -
region frames 0x80800000 0x84000000 -
region neighbour-frames 0x84000000 0x84010000 -
region firmware 0x80000000 0x80060000 -
region devices 0x10000000 0x10001000 -
region own 0xffffffd000000000 0xffffffd000200000 rw
"""


def addresses(case):
    """The choice: as many as wanted, each name has its part, both ends of each range are in, all pages of the neighbour, and grants are right."""
    machine = Map(MAP)
    if len(machine.regions) != 10 or machine.faults():
        raise Failure("the map is not read: %s" % machine.faults())
    chosen = pokes(machine, 10_000, SEED)
    if chosen != pokes(machine, 10_000, SEED) or len(chosen) < 10_000:
        raise Failure("%d pokes, or others under the same seed" % len(chosen))
    known = set(chosen)
    for region in machine.regions:
        inside = [each for each in chosen if region.start <= each.address < region.end]
        for kind in KINDS:
            if kind == "jump" and "x" in region.grant:
                continue
            for address in (region.start, region.end - 1):
                if Poke(kind, address & -ALIGNMENT[kind]) not in known:
                    raise Failure("no %s at 0x%x" % (kind, address))
        if len(inside) < 300:
            raise Failure("%d pokes in %s" % (len(inside), region.name))
        if region.name.startswith("neighbour"):
            pages = {each.address >> 12 for each in inside if each.kind == "store"}
            if len(pages) != (region.end - region.start) >> 12:
                raise Failure("%d pages of the neighbour" % len(pages))
    for kind, address, is_granted in (
            ("load", 0x80200000, True), ("store", 0x80200000, False), ("load", 0x8027ffff, True), ("store", 0x802bfffc, True), ("jump", 0x802a0000, False),
            ("load", 0x80400000, False), ("load", 0x802c0000, False), ("load", 0, False), ("store", 0xffffffd0001ffffc, True)):
        if machine.grants(Poke(kind, address)) != is_granted:
            raise Failure("%s 0x%x is judged wrongly" % (kind, address))
    if any(machine.grants(Poke("load", address)) for address in NOWHERE):
        raise Failure("somebody owns nowhere")
    if not Map(MAP + "region other 0x80200800 0x80200900 rw\n").faults():
        raise Failure("an overlap goes unseen")
    return "%d pokes, seed %d" % (len(chosen), SEED)


def poke_cases(is_all):
    """The choice, and so many pokes."""
    return [Case("process/poke-addresses", addresses), Case("process/poke", poke(10_000 if is_all else 1000)),
            Case("process/poke-native", poke(10_000 if is_all else 1000, tier="native"))]
