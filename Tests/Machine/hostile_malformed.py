"""Rows of modules and texts that are not what they say: each is refused in one line or runs, and nothing else happens."""

import os
import random

import process_programs as p
from hostile_row import EMPTY_TYPE, GUESTS, HEADER, NOT_LOADED, REFUSED, Group, Row, body, module, name, section, unsigned, vector

SEED = int(os.environ.get("MARTLET_SEED", 12))
MOST = b"\xff\xff\xff\xff\x0f"  # 0xFFFFFFFF
SECTIONS = {1: "types", 2: "imports", 3: "functions", 4: "tables", 5: "memories", 6: "globals", 7: "exports", 8: "start", 9: "elements",
            10: "code", 11: "data", 12: "data-count", 13: "tags"}
# What a changed module may come to: anything that is not our defect.
ANYTHING = r"(?!internal error)[a-z].*"


def real():
    with open(os.path.join(GUESTS, "hostile-files.wasm"), "rb") as file:
        return file.read()


def truncated(part):
    content = real()
    return content[:len(content) * part // 16]


def mutated(seed):
    """A real module with some bytes changed, most often to extreme ones."""
    numbers, content = random.Random(seed), bytearray(real())
    for _ in range(numbers.choice((1, 2, 8, 64))):
        at = numbers.randrange(8, len(content))
        content[at] = numbers.choice((0, 0x7F, 0x80, 0xFF, 0x0B, content[at] ^ (1 << numbers.randrange(8)), numbers.randrange(256)))
    return bytes(content)


def code(instructions, locals_=b"\0"):
    """A module of one function; the body's own end is written."""
    return module(functions=((0, instructions, locals_),))


BRANCH_TABLE = b"\x02\x40\x41\x00\x0e\x01" + MOST + b"\x00\x0b"
BINARIES = {
    "empty": b"",
    "magic-only": b"\0asm",
    "version": b"\0asm\2\0\0\0",
    "component": b"\0asm\x0d\0\1\0" + section(7, b"\0"),
    "header-only": HEADER,
    "sections-out-of-order": HEADER + section(3, b"\0") + section(1, b"\0"),
    "section-twice": HEADER + section(1, b"\0") * 2,
    "section-unknown": HEADER + section(99, b""),
    "section-beyond-the-end": HEADER + b"\1" + MOST,
    "size-overlong": HEADER + b"\1\x81\x80\x80\x80\x80\0\0",
    "size-with-extra-bits": HEADER + b"\1\x81\x80\x80\x80\x70\0",
    "count-overlong": HEADER + section(1, b"\x81\x80\x80\x80\x80\x80\x00" + EMPTY_TYPE),
    "name-not-utf-8": module(exports=[(b"\xff\xfe", 0, 0)]),
    "name-surrogate": module(exports=[(b"\xed\xa0\x80", 0, 0)]),
    "name-overlong": module(exports=[(b"\xc0\x80", 0, 0)]),
    "import-name-not-utf-8": HEADER + section(2, vector([name(b"\x80") + name(b"x") + b"\0\0"])),
    "custom-name-not-utf-8": HEADER + section(0, name(b"\xf8\x88\x80\x80\x80")),
    "branch-table-label": code(BRANCH_TABLE),
    "branch-table-label-dead": code(b"\x00" + BRANCH_TABLE),
    "branch-table-labels": code(b"\x02\x40\x41\x00\x0e\x02" + MOST + MOST + MOST + b"\x0b"),
    "branch-table-count": code(b"\x02\x40\x41\x00\x0e" + MOST + b"\x00\x0b"),
    "branch-label": code(b"\x0c" + MOST),
    "branch-if-label": code(b"\x41\0\x0d" + MOST),
    "call-index": code(b"\x10" + MOST),
    "call-indirect-index": code(b"\x41\0\x11" + MOST + MOST),
    "return-call-index": code(b"\x12" + MOST),
    "local-index": code(b"\x20" + MOST + b"\x1a"),
    "global-index": code(b"\x23" + MOST + b"\x1a"),
    "table-index": code(b"\x41\0\x25" + MOST + b"\x1a"),
    "throw-index": code(b"\x08" + MOST),
    "memory-index": code(b"\x3f" + MOST + b"\x1a"),
    "block-type": code(b"\x02" + MOST + b"\x0b"),
    "try-table-count": code(b"\x1f\x40" + MOST + b"\x0b"),
    "try-table-label": code(b"\x1f\x40\x01\x02" + MOST + b"\x0b"),
    "select-count": code(b"\x41\0\x41\0\x41\0\x1c" + MOST + b"\x1a"),
    "alignment": module(functions=((0, b"\x41\0\x28" + MOST + b"\0\x1a"),), memories=[b"\0\1"]),
    "opcode-far": code(b"\xfc" + MOST),
    "vector-opcode-far": code(b"\xfd" + MOST),
    "data-index": module(functions=((0, b"\x41\0\x41\0\x41\0\xfc\x08" + MOST + b"\0"),), memories=[b"\0\1"]),
    "body-size": HEADER + section(1, vector([EMPTY_TYPE])) + section(3, b"\1\0") + section(10, b"\1" + MOST + b"\0\x0b"),
    "body-without-end": HEADER + section(1, vector([EMPTY_TYPE])) + section(3, b"\1\0") + section(10, b"\1\2\0\1"),
    "body-nothing": HEADER + section(1, vector([EMPTY_TYPE])) + section(3, b"\1\0") + section(10, b"\1\0"),
    "locals-many-groups": code(b"", unsigned(4) + (MOST + b"\x7e") * 4),
    "memory-size": HEADER + section(5, b"\1\0" + MOST),
    "memory-maximum": HEADER + section(5, b"\1\1\2\1"),
    "memory-flags": HEADER + section(5, b"\1\xff\1"),
    "table-size": HEADER + section(4, b"\1\x70\0" + MOST),
    "table-type": HEADER + section(4, b"\1\x7f\0\0"),
    "global-without-end": HEADER + section(6, b"\1\x7f\0\x41\0"),
    "start-index": module(start=0xFFFFFFFF),
    "export-index": module(exports=[("_start", 0, 0xFFFFFFFF)]),
    "export-kind": module(exports=[("_start", 255, 0)]),
    "export-twice": module(exports=[("_start", 0, 0)] * 2),
    "element-kind": HEADER + section(9, b"\1" + MOST),
    "data-kind": HEADER + section(11, b"\1" + MOST),
    "data-size": HEADER + section(5, b"\1\0\1") + section(11, b"\1\0\x41\0\x0b" + MOST),
    "data-outside": module(memories=[b"\0\1"], data=[b"\0\x41\x7f\x0b\1x"]),
    "elements-outside": module(tables=[b"\x70\0\1"], elements=[b"\0\x41\x7f\x0b\1\0"]),
    "type-recursion": HEADER + section(1, b"\1\x4e" + MOST),
    "type-subtypes": HEADER + section(1, b"\1\x50" + MOST),
    "type-parameters": HEADER + section(1, b"\1\x60" + MOST),
    "type-results": HEADER + section(1, b"\1\x60\0" + MOST),
    "compressed": b"\x1f\x8b\x08" + bytes(500),
}
# These are refused only when they run.
RUN = {"data-outside": "trapped: out of bounds memory access", "elements-outside": "trapped: out of bounds table access",
       "header-only": NOT_LOADED}
SAMPLE = ("component", "branch-table-label", "branch-table-label-dead", "branch-table-labels", "body-size", "type-recursion", "data-size", "name-not-utf-8")
TEXTS = {
    "parens": lambda: b"(module" + b"(" * 1_000_000,
    "parens-closing": lambda: b")" * 1_000_000,
    "folded-deep": lambda: b'(module (func (export "_start") (drop ' + b"(i32.eqz " * 100_000 + b"(i32.const 0)" + b")" * 100_002 + b")",
    "blocks-deep": lambda: b'(module (func (export "_start") ' + b"(block " * 100_000 + b")" * 100_000 + b"))",
    "comments-deep": lambda: b"(;" * 500_000,
    "string-open": lambda: b'(module (data "' + b"x" * 100_000,
    "identifier-giant": lambda: b"(module (func $" + b"i" * 1_000_000 + b"))",
    "number-giant": lambda: b'(module (func (export "_start") (drop (i32.const ' + b"9" * 1_000_000 + b"))))",
    "float-giant": lambda: b'(module (func (export "_start") (drop (f64.const 1e' + b"9" * 100_000 + b"))))",
    "float-digits": lambda: b'(module (func (export "_start") (drop (f64.const 0.' + b"0" * 100_000 + b"1))))",
    "memory-giant": lambda: b'(module (memory i64 0xffffffffffffffff) (func (export "_start")))',
    "not-utf-8": lambda: b'(module (func (export "\xff\xfe")))',
    "zeros": lambda: bytes(100_000),
    "fields-many": lambda: b"(module " + b"(func)" * 100_000 + b'(func (export "_start")))',
    "types-many": lambda: b"(module " + b"(type (func (param i32)))" * 100_000 + b'(func (export "_start")))',
    "binary-in-text": lambda: b'(module binary "\\00asm")',
    "annotations": lambda: b"(module " + b"(@a " * 100_000 + b")" * 100_001,
    "branch-table-wide": lambda: b'(module (func (export "_start") (block (br_table ' + b"0 " * 100_000 + b"(i32.const -1)))))",
}
TEXT_RUNS = ("folded-deep", "blocks-deep", "float-giant", "float-digits", "fields-many", "types-many", "branch-table-wide", "memory-giant")


def groups():
    """The groups of this file."""
    binaries = [Row("bad-" + key, content, RUN.get(key, NOT_LOADED), is_sample=key in SAMPLE) for key, content in BINARIES.items()]
    counts = [Row("count-" + text, HEADER + section(number, MOST), NOT_LOADED, is_sample=number in (1, 10)) for number, text in SECTIONS.items()]
    cut = [Row("truncated-%d" % part, (lambda part=part: truncated(part)), NOT_LOADED, is_sample=part == 8) for part in (1, 2, 4, 8, 12, 15)]
    changed = [Row("mutated-%d" % (SEED + index), (lambda index=index: mutated(SEED + index)), ANYTHING,
                   ["directory . /", "limit file-bytes 1M"], is_sample=index < 4) for index in range(24)]
    texts = [Row("text-" + key, make, REFUSED if key in TEXT_RUNS else NOT_LOADED, is_text=True, is_sample=key in ("parens", "not-utf-8"),
                 processor="15", wall="90") for key, make in TEXTS.items()]
    # Not even the assembler reads these, so the kernel gets the bytes as they are.
    return [Group("malformed", binaries + counts), Group("damaged", cut + changed), Group("texts", texts, memory="256M", seconds=240)]
