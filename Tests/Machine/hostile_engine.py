"""Rows that wear out the engine: memories, tables, stacks, exceptions, giant sections, and code that never ends."""

import process_programs as p
from hostile_row import (EMPTY_TYPE, NOT_LOADED, OUT_OF_TIME, REFUSED, Group, Row, module, name, signed, unsigned)
from process_programs import program

DEEP = r"trapped: call stack exhausted"
OUTSIDE = r"trapped: out of bounds memory access"


def repeated(count, piece):
    return "".join(piece % index if "%" in piece else piece for index in range(count))


def spinning(prologue, step, **options):
    """A program that does the step for ever."""
    return program("%s (loop $for_ever %s (br $for_ever))" % (prologue, step), **options)


GROW_AT_ONCE = program("""(local $pages i32)
    (local.set $pages (i32.const 65534))
    (loop $l
      (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1))
        (then (br_if $l (local.tee $pages (i32.div_u (local.get $pages) (i32.const 2)))))
        (else (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (i32.const 1)) (br $l))))""")
GROW_UNTOUCHED = program("(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))")
# Grows in the middle of the size it has, so that the last page lies far away, and touches every 1000th page.
GROW_SPARSE = program("""(local $at i32)
    (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1024)) (i32.const -1))))
    (loop $l (i32.store (local.get $at) (i32.const 1))
      (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096000))) (i32.mul (i32.sub (memory.size) (i32.const 70)) (i32.const 65536)))))""")
WIDE = '(memory (export "memory") i64 1 281474976710656)'
GROW_WIDE = b"""(module (memory (export "memory") i64 1) (func (export "_start") (local $by i64)
    (local.set $by (i64.const 1))
    (loop $l (drop (memory.grow (local.get $by))) (br_if $l (i64.ne (local.tee $by (i64.mul (local.get $by) (i64.const 3))) (i64.const 0)))
      (br_if $l (i64.ne (local.get $by) (i64.const 0))))))""".replace(b"(i64.const 3)", b"(i64.const 2)")
WIDE_OUTSIDE = b"""(module (memory (export "memory") i64 1) (func (export "_start") (drop (i64.load offset=0xffffffffffffffff (i64.const -1)))))"""


def many_memories(count):
    return "(module %s (func (export \"_start\") %s))" % (
        '(memory (export "memory") 1)' + "(memory 1)" * (count - 1),
        repeated(count, "(i32.store %d (i32.const 65532) (i32.const 7))"))


def frames(locals_):
    """A function of so many locals that calls itself."""
    return "(func $f %s (call $f))" % ("(local %s)" % (" i64" * locals_) if locals_ else "")


THROWS = """(tag $e (param i64 i64)) (func $throw (param $depth i32)
    (if (local.get $depth) (then (call $throw (i32.sub (local.get $depth) (i32.const 1)))))
    (throw $e (i64.const 1) (i64.const 2)))"""
CATCH = "(block $caught (result i64 i64) (try_table (catch $e $caught) (call $throw (i32.const %d))) (unreachable)) (drop) (drop)"
THROWS_FOR_EVER = spinning("", CATCH % 0, more=THROWS)
TAIL_CALLS = program("(return_call $f (i64.const 1) (i32.const 2))", more="""
    (func $f (param i64 i32) (return_call $g (local.get 1) (local.get 0) (f64.const 1)))
    (func $g (param i32 i64 f64) (return_call $f (local.get 1) (local.get 0)))""")
# Exceptions that are kept: each has a payload, and a table that holds them.
THROWN_AND_KEPT = """(tag $e (param i64 i64)) (table $kept 1 exnref)
  (func $throw (throw $e (i64.const 1) (i64.const 2)))"""
KEEP = """(local $n i32)
  (loop $l
    (table.set $kept (local.get $n) (block $caught (result exnref) (try_table (catch_all_ref $caught) (call $throw)) (unreachable)))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $l (i32.ne (table.grow $kept (ref.null exn) (i32.const 1)) (i32.const -1))))"""


def branch_table(targets):
    """Every target is the block, and the index is beyond them all."""
    code = b"\x02\x40\x41\x7f\x0e" + unsigned(targets) + bytes(targets + 1) + b"\x0b"
    return module(functions=((0, code),))


def nested(depth, in_loop=False):
    return module(functions=((0, (b"\x03" if in_loop else b"\x02") * 0 + b"\x02\x40" * depth + b"\x0b" * depth),))


def distinct_types(count):
    """Types that are all different: the number in the parameters' kinds."""
    kinds = (b"\x7f", b"\x7e", b"\x7d", b"\x7c")
    out = []
    for index in range(count):
        parameters, rest = [], index
        while rest:
            parameters.append(kinds[rest & 3])
            rest >>= 2
        out.append(b"\x60" + unsigned(len(parameters)) + b"".join(parameters) + b"\0")
    return out


def many_functions(count):
    return module(functions=((0, b""),) * count)


def many_calls(count):
    """A chain of tiny functions in a large image: each is translated when the one before calls it."""
    functions = [(0, b"\x10" + unsigned(index + 1)) for index in range(count - 1)] + [(0, b"")]
    return module(functions=functions, custom=[("data", bytes(1 << 20))])


ELEMENTS = b"\x00\x41\x00\x0b"  # active, table 0, at 0
TABLE = b"\x70\x00"             # funcref without a maximum


def pile(what, count):
    """A module with a great many of one thing."""
    empty = b"\x41\x00\x0b"
    if what == "globals":
        return module(globals_=[b"\x7e\x01\x42" + signed(index) + b"\x0b" for index in range(count)])
    if what == "types":
        return module(types=distinct_types(count))
    if what == "exports":
        return module(exports=[("_start", 0, 0)] + [("export%d" % index, 0, 0) for index in range(count)])
    if what == "imports":
        return module(imports=[name("wasi_snapshot_preview1") + name("none%d" % index) + b"\0\0" for index in range(count)],
                      exports=[("_start", 0, count)])
    if what == "data":
        return module(memories=[b"\0\1"], data=[b"\0" + empty + b"\1x"] * count)
    if what == "elements":
        return module(tables=[TABLE + unsigned(count)], elements=[ELEMENTS + unsigned(count) + bytes(count)])
    if what == "element-segments":
        return module(tables=[TABLE + unsigned(1)], elements=[ELEMENTS + b"\1\0"] * count)
    if what == "tags":
        return module(tags=[b"\0\0"] * count)
    if what == "tables":
        return module(tables=[TABLE + unsigned(1)] * count)
    if what == "locals":
        return module(functions=((0, b"\x10\x00", b"\x01" + unsigned(count) + b"\x7e"),))
    raise ValueError(what)


GIANT_NAME = ("x" * 100_000)
TRAPS = {
    "unreachable": ("unreachable", "unreachable"),
    "divide": ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer divide by zero"),
    "overflow": ("(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))", "integer overflow"),
    "conversion": ("(drop (i32.trunc_f64_u (f64.const nan)))", "invalid conversion to integer"),
    "element": ("(call_indirect (i32.const -1))", "undefined element"),
    "null-element": ("(call_indirect (i32.const 0))", "uninitialized element"),
    "signature": ("(drop (call_indirect (result i32) (i32.const 1)))", "indirect call type mismatch"),
    "table": ("(drop (table.get $t (i32.const 0x80000000)))", "out of bounds table access"),
    "init": ("(memory.init $d (i32.const 0) (i32.const -1) (i32.const 2))", "out of bounds memory access"),
    "copy": ("(memory.copy (i32.const -1) (i32.const -1) (i32.const -1))", "out of bounds memory access"),
    "null-reference": ("(call_ref $empty (ref.null $empty))", "null function reference"),
    "exception": ("(throw $tag)", "unhandled exception"),
    "null-exception": ("(throw_ref (ref.null exn))", "null exception reference"),
}


def trap_rows():
    more = "(type $empty (func)) (table $t 2 funcref) (elem (i32.const 1) $none) (func $none) (tag $tag) (data $d \"x\")"
    return [Row("trap-" + key, (lambda code=code: program(code, more=more)), "trapped: " + text, is_sample=key in ("unreachable", "init"))
            for key, (code, text) in TRAPS.items()]


def groups():
    """The groups of this file."""
    return [
        Group("memories", [
            Row("grow-touched", p.HOG, REFUSED, ["limit pages 24M"], is_sample=True),
            Row("grow-all-there-is", p.HOG, REFUSED),
            Row("grow-and-stay", p.HOLD, REFUSED + r"|killed: out of wall time", wall="2"),
            Row("grow-untouched", GROW_UNTOUCHED, "exited 0", is_sample=True),
            Row("grow-at-once", GROW_AT_ONCE, REFUSED),
            Row("grow-sparse", GROW_SPARSE, REFUSED),
            Row("grow-wide", GROW_WIDE, "exited 0"),
            Row("outside-wide", WIDE_OUTSIDE, OUTSIDE),
            Row("memories-40", lambda: many_memories(40).encode(), REFUSED),
            Row("memories-100", lambda: many_memories(100).encode(), REFUSED),
            Row("memories-101", lambda: module(memories=[b"\0\1"] * 101), NOT_LOADED),
            Row("memory-of-4-GiB", program("(drop (i32.load8_u (i32.const -1)))", memories='(memory (export "memory") 65536)'), REFUSED),
            Row("fill-for-ever", spinning("(drop (memory.grow (i32.const 200)))",
                                          "(memory.fill (i32.const 0) (i32.const 1) (i32.const 13000000))"), OUT_OF_TIME + "|" + REFUSED),
            Row("copy-for-ever", spinning("", "(memory.copy (i32.const 1) (i32.const 0) (i32.const 131000))"), OUT_OF_TIME, is_sample=True),
            Row("init-for-ever", lambda: spinning("", "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 65536))",
                                                  more='(data $d "%s")' % ("z" * 65536)), OUT_OF_TIME),
        ]),
        Group("tables", [
            # A table grows until memory is used up, copied at each doubling.
            Row("table-grow", p.TABLE, REFUSED, ["limit table-elements none"], is_sample=True, processor="1.5"),
            Row("table-grow-limited", p.TABLE, "exited 0", ["limit table-elements 1000"]),
            Row("table-grow-at-once", program("(drop (table.grow $t (ref.null func) (i32.const -1))) "
                                              "(drop (table.grow $t (ref.null func) (i32.const 9000000)))", more="(table $t 0 funcref)"), REFUSED),
            Row("table-declared", program("", more="(table 10000000 funcref)"), REFUSED),
            Row("table-declared-too-large", program("", more="(table 10000001 funcref)"), NOT_LOADED),
            Row("tables-100", program("", more="(table 100000 funcref)" * 100), REFUSED),
            Row("tables-of-one", lambda: pile("tables", 100_000), REFUSED),
            Row("table-fill-for-ever", spinning("", "(table.fill $t (i32.const 0) (ref.func $none) (i32.const 500000))",
                                                more="(table $t 500000 funcref) (func $none) (elem declare func $none)"), OUT_OF_TIME + "|" + REFUSED),
            Row("table-copy-for-ever", spinning("", "(table.copy (i32.const 1) (i32.const 0) (i32.const 499999))",
                                                more="(table $t 500000 funcref)"), OUT_OF_TIME + "|" + REFUSED),
            Row("elements-1000000", lambda: pile("elements", 1_000_000), REFUSED),
            Row("element-segments-100000", lambda: pile("element-segments", 100_000), REFUSED, processor="5"),
        ]),
        Group("stacks", [
            Row("recursion", program("(call $f)", more=frames(0)), DEEP, is_sample=True),
            Row("recursion-frames", program("(call $f)", more=frames(1000)), DEEP),
            Row("recursion-giant-frames", lambda: pile("locals", 50_000), DEEP, is_sample=True),
            Row("locals-too-many", lambda: pile("locals", 50_001), NOT_LOADED),
            Row("locals-4294967295", lambda: pile("locals", 0xFFFFFFFF), NOT_LOADED),
            Row("recursion-indirect", program("(call_indirect (i32.const 0))",
                                              more="(table funcref (elem $f)) (func $f (call_indirect (i32.const 0)))"), DEEP),
            Row("recursion-reference", program("(call $f)", more="(type $t (func)) (elem declare func $f) (func $f (type $t) (call_ref $t (ref.func $f)))"),
                DEEP),
            Row("recursion-unlimited", program("(call $f)", more=frames(7)), DEEP + "|" + REFUSED, ["limit call-depth 100000000"]),
            Row("start-spins", program("", more="(start $f) (func $f (loop $l (br $l)))"), OUT_OF_TIME, is_sample=True),
            Row("start-traps", program("", more="(start $f) (func $f unreachable)"), "trapped: unreachable"),
            Row("start-recurses", program("", more="(start $f)" + frames(3)), DEEP),
            Row("start-exits", program("", more="(start $f) (func $f (call $exit (i32.const 9)))"), "exited 9"),
            Row("tail-calls", TAIL_CALLS, OUT_OF_TIME),
            Row("tail-calls-indirect", program("(return_call_indirect (i32.const 0))",
                                               more="(table funcref (elem $f)) (func $f (return_call_indirect (i32.const 0)))"), OUT_OF_TIME),
            Row("results-1000", lambda: module(types=[EMPTY_TYPE, b"\x60\0" + unsigned(1000) + b"\x7e" * 1000], functions=(
                (0, b"\x03\x40\x10\x01" + b"\x1a" * 1000 + b"\x0c\x00\x0b"), (1, b"\x42\x01" * 1000))), OUT_OF_TIME),
        ]),
        Group("exceptions", [
            Row("throws-for-ever", THROWS_FOR_EVER, OUT_OF_TIME, is_sample=True),
            Row("throws-through-frames", spinning("", CATCH % 5000, more=THROWS), OUT_OF_TIME),
            Row("throws-in-recursion", program(CATCH % 100_000_000, more=THROWS), DEEP),
            Row("throws-uncaught", program("(call $throw (i32.const 100))", more=THROWS), "trapped: unhandled exception"),
            Row("throws-kept", program(KEEP, more=THROWN_AND_KEPT), OUT_OF_TIME + "|" + REFUSED, processor="2"),
            Row("tags-100000", lambda: pile("tags", 100_000), REFUSED),
            Row("spin", p.SPIN, OUT_OF_TIME),
            Row("fuel", p.SPIN, "trapped: all fuel consumed", ["limit fuel 1000000"]),
        ]),
        Group("counts", [
            Row("functions-100000", lambda: many_functions(100_000), REFUSED, processor="5"),
            Row("types-100000", lambda: pile("types", 100_000), REFUSED, processor="5", is_sample=True),
            Row("exports-100000", lambda: pile("exports", 100_000), REFUSED, processor="5"),
            Row("imports-100000", lambda: pile("imports", 100_000), NOT_LOADED, processor="5"),
            Row("globals-100000", lambda: pile("globals", 100_000), REFUSED, processor="5"),
            Row("data-segments-100000", lambda: pile("data", 100_000), REFUSED, processor="5"),
            Row("branch-table-1000000", lambda: branch_table(1_000_000), REFUSED, processor="5", is_sample=True),
            Row("branch-table-too-large", lambda: branch_table(1 << 20), NOT_LOADED, processor="5"),
            Row("blocks-100000", lambda: nested(100_000), REFUSED, processor="5"),
            Row("blocks-too-deep", lambda: nested(1_000_001), NOT_LOADED, processor="5"),
            Row("late-chain", lambda: many_calls(3000), REFUSED),
            Row("late-giant", lambda: p.large(1, 400_000, byte_count=1 << 20), OUT_OF_TIME + "|" + REFUSED, processor="0.3"),
            Row("name-giant", lambda: module(exports=[("_start", 0, 0), (GIANT_NAME, 0, 0)]), REFUSED),
            Row("name-too-long", lambda: module(exports=[("_start", 0, 0), (GIANT_NAME + "x", 0, 0)]), NOT_LOADED),
            Row("import-name-giant", lambda: module(imports=[name(GIANT_NAME) + name(GIANT_NAME) + b"\0\0"], exports=[("_start", 0, 1)]), NOT_LOADED),
            Row("custom-giant", lambda: module(custom=[("name", b"\1" + unsigned(4_000_000) + bytes(4_000_000))] * 2), REFUSED),
        ], memory="256M"),
        Group("traps", trap_rows() + [
            Row("exit-%d" % code, program("(call $exit (i32.const %d))" % code), "exited %d" % (code & 0xFFFFFFFF), is_sample=code in (101, -1))
            for code in (0, 1, 3, 70, 101, 124, 134, 137, 255, 256, 65536, 0x7FFFFFFF, -1)]),
    ]
