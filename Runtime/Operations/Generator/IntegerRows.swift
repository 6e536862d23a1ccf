// IntegerRows: arithmetic, comparison and conversion of integers. i32 values are held sign-extended, so operations on which the
// extension has no effect (and, or, xor, comparison) exist once for both widths.

private func binary(
    _ name: String, _ kind: Kind, commutative: Bool = false, guards: String = "", _ expression: String
) -> Row {
    valueRow(
        name, "Two integers to one: `\(expression)`.", family: "Integer", forms: commutative ? Forms.commutative : Forms.ordered,
        operands: [kind, kind], result: kind, guards: guards
    ) { _ in expression }
}

private func unary(_ name: String, _ summary: String, from: Kind, to: Kind, _ expression: String) -> Row {
    valueRow(name, summary, family: "Integer", forms: Forms.unary, operands: [from], result: to) { _ in expression }
}

private let divideByZero = "    if b == 0 { return trap(pc, fp, mem, inst, .integerDivisionByZero, d, f) }\n"
private func overflow(_ type: String) -> String {
    divideByZero + "    if a == \(type).min && b == -1 { return trap(pc, fp, mem, inst, .integerOverflow, d, f) }\n"
}
private func remainderGuard(_ size: Int) -> String { divideByZero }

let comparisons: [(name: String, kind: Kind, expression: String)] = [
    ("eq", .i64, "a == b"), ("ne", .i64, "a != b"), ("lt_s", .i64, "a < b"), ("lt_u", .u64, "a < b"), ("gt_s", .i64, "a > b"),
    ("gt_u", .u64, "a > b"), ("le_s", .i64, "a <= b"), ("le_u", .u64, "a <= b"), ("ge_s", .i64, "a >= b"), ("ge_u", .u64, "a >= b"),
]

func integerRows() -> [Row] {
    var rows: [Row] = []
    for (prefix, kind, unsigned, type, bits) in [("i32", Kind.i32, Kind.u32, "Int32", 32), ("i64", Kind.i64, Kind.u64, "Int64", 64)] {
        rows.append(binary(prefix + ".add", kind, commutative: true, "a &+ b"))
        rows.append(binary(prefix + ".sub", kind, "a &- b"))
        rows.append(binary(prefix + ".mul", kind, commutative: true, "a &* b"))
        rows.append(binary(prefix + ".div_s", kind, guards: overflow(type), "divide(a, b)"))
        rows.append(binary(prefix + ".div_u", unsigned, guards: divideByZero, "divide(a, b)"))
        rows.append(binary(prefix + ".rem_s", kind, guards: divideByZero, "remainder(a, b)"))
        rows.append(binary(prefix + ".rem_u", unsigned, guards: divideByZero, "remainder(a, b)"))
        rows.append(binary(prefix + ".shl", kind, "a &<< b"))
        rows.append(binary(prefix + ".shr_s", kind, "a &>> b"))
        rows.append(binary(prefix + ".shr_u", unsigned, "a &>> b"))
        rows.append(binary(prefix + ".rotl", unsigned, "(a &<< b) | (a &>> (0 &- b))"))
        rows.append(binary(prefix + ".rotr", unsigned, "(a &>> b) | (a &<< (0 &- b))"))
        rows.append(
            unary(
                prefix + ".clz", "Leading zeros.", from: unsigned, to: unsigned,
                "\(unsignedName(bits))(truncatingIfNeeded: a.leadingZeroBitCount)"))
        rows.append(
            unary(
                prefix + ".ctz", "Trailing zeros.", from: unsigned, to: unsigned,
                "\(unsignedName(bits))(truncatingIfNeeded: a.trailingZeroBitCount)"))
        rows.append(
            unary(
                prefix + ".popcnt", "Bits set.", from: unsigned, to: unsigned,
                "\(unsignedName(bits))(truncatingIfNeeded: a.nonzeroBitCount)"))
    }
    rows.append(
        valueRow(
            "i32.mul_add", "A product, or a shift to the left, by an immediate, plus a slot.", family: "Integer", forms: ["sis", "ais"],
            operands: [.i32, .i32, .i32], result: .i32
        ) { _ in "a &* b &+ c" })
    rows.append(
        valueRow(
            "i32.shr_and", "A field of bits: shifted to the right, and an immediate.", family: "Integer", forms: ["sii", "aii"],
            operands: [.u32, .u32, .u32], result: .u32
        ) { _ in "(a &>> b) & c" })
    rows.append(binary("int.and", .u64, commutative: true, "a & b"))
    rows.append(binary("int.or", .u64, commutative: true, "a | b"))
    rows.append(binary("int.xor", .u64, commutative: true, "a ^ b"))
    rows.append(unary("int.extend8_s", "Sign-extends the low byte.", from: .i64, to: .i64, "Int64(Int8(truncatingIfNeeded: a))"))
    rows.append(unary("int.extend16_s", "Sign-extends the low two bytes.", from: .i64, to: .i64, "Int64(Int16(truncatingIfNeeded: a))"))
    rows.append(unary("int.extend32_s", "Sign-extends the low four bytes; also `i32.wrap_i64`.", from: .i32, to: .i64, "Int64(a)"))
    rows.append(unary("int.extend32_u", "Zero-extends the low four bytes.", from: .u32, to: .u64, "UInt64(a)"))
    for comparison in comparisons {
        rows.append(
            valueRow(
                "int." + comparison.name, "Compares two integers of either width: `\(comparison.expression)`.", family: "Compare",
                forms: Forms.commutative, operands: [comparison.kind, comparison.kind], result: .u64
            ) { _ in "bit(\(comparison.expression))" })
    }
    for comparison in comparisons {
        rows.append(
            branchRow(
                "br_if.int." + comparison.name, "Branches when `\(comparison.expression)`.", family: "Branch",
                forms: Forms.commutative, operands: [comparison.kind, comparison.kind], micro: "int." + comparison.name,
                expression: comparison.expression))
    }
    rows.append(
        branchRow(
            "br_if.nonzero", "Branches when the integer is not zero.", family: "Branch", forms: Forms.unary, operands: [.i64],
            micro: "int.and", expression: "a != 0"))
    rows.append(
        branchRow(
            "br_if.zero", "Branches when the integer is zero.", family: "Branch", forms: Forms.unary, operands: [.i64],
            micro: "int.and", unless: true, expression: "a == 0"))
    rows.append(
        branchRow(
            "br_if.and_nonzero", "Branches when two integers share a set bit.", family: "Branch", forms: Forms.commutative,
            operands: [.u64, .u64], micro: "int.and", expression: "a & b != 0"))
    rows.append(
        branchRow(
            "br_if.and_zero", "Branches when two integers share no set bit.", family: "Branch", forms: Forms.commutative,
            operands: [.u64, .u64], micro: "int.and", unless: true, expression: "a & b == 0"))
    for (prefix, kind) in [("i32", Kind.i32), ("i64", Kind.i64)] {
        for comparison in comparisons { rows.append(addAndBranch(prefix, kind, comparison)) }
    }
    return rows
}

/// The end of a counting loop: an addition whose sum is stored, compared with an immediate or a slot, and branched on.
private func addAndBranch(_ prefix: String, _ kind: Kind, _ comparison: (name: String, kind: Kind, expression: String)) -> Row {
    var variants: [Variant] = []
    for form in Forms.commutative {
        for bound in ["i", "s"] {
            let fields = "R\(form)\(bound)T"
            let (offsets, size) = Layout.offsets(fields)
            let letters = Array(form)
            let value = kind.canonical("\(kind.read(letters[0], at: offsets[1])) &+ \(kind.read(letters[1], at: offsets[2]))")
            let left = comparison.kind == .i64 ? "Int64(bitPattern: r)" : "r"
            let body = """
                    let r = \(value)
                    setSlot(pc, 8, fp, r)
                    let a = \(left)
                    let b = \(comparison.kind.read(Character(bound), at: offsets[3]))
                    if \(comparison.expression) { return jump(pc, \(offsets[4]), fp, mem, inst, r, d, f) }
                    \(next(size, replacing: .integer))
                """
            variants.append(
                Variant(
                    name: "\(prefix).add_br.\(comparison.name)_\(form)_\(bound)", fields: fields, writes: .integer, body: body,
                    meaning: Meaning(
                        kind == .i32 ? .addBranch32 : .addBranch64, "int." + comparison.name, operands: form + bound, of: .integer)))
        }
    }
    return Row(
        name: "\(prefix).add_br.\(comparison.name)",
        summary: "Adds two operands, stores the sum as `a`, branches when `\(comparison.expression)`.",
        variants: variants, family: "Loop")
}

private func unsignedName(_ bits: Int) -> String { "UInt\(bits)" }
