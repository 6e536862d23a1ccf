// IntegerRows: arithmetic, comparison and conversion of integers. i32 values are held sign-extended, so operations on which the
// extension has no effect (and, or, xor, comparison) exist once for both widths.

// What an operation does is a function of WasmNumerics, whose name follows from the row's.

private func binary(_ name: String, _ kind: Kind, _ function: String, commutative: Bool = false, isPartial: Bool = false) -> Row {
    let expression = "\(function)(a, b)"
    return valueRow(
        name, "Two integers to one: `\(expression)`.", family: "Integer", forms: commutative ? Forms.commutative : Forms.ordered,
        operands: [kind, kind], result: kind, isPartial: isPartial
    ) { _ in expression }
}

private func unary(_ name: String, _ summary: String, from: Kind, to: Kind, _ function: String) -> Row {
    valueRow(name, summary, family: "Integer", forms: Forms.unary, operands: [from], result: to) { _ in "\(function)(a)" }
}

/// The comparisons of integers, in the order of the instructions, and each one's function.
let comparisons = [
    ("eq", "I64.eq"), ("ne", "I64.ne"), ("lt_s", "I64.ltS"), ("lt_u", "I64.ltU"), ("gt_s", "I64.gtS"), ("gt_u", "I64.gtU"),
    ("le_s", "I64.leS"), ("le_u", "I64.leU"), ("ge_s", "I64.geS"), ("ge_u", "I64.geU"),
].map { (name: $0.0, expression: "\($0.1)(a, b)") }

func integerRows() -> [Row] {
    var rows: [Row] = []
    for (prefix, kind, type) in [("i32", Kind.u32, "I32"), ("i64", Kind.u64, "I64")] {
        rows.append(binary(prefix + ".add", kind, type + ".add", commutative: true))
        rows.append(binary(prefix + ".sub", kind, type + ".sub"))
        rows.append(binary(prefix + ".mul", kind, type + ".mul", commutative: true))
        rows.append(binary(prefix + ".div_s", kind, type + ".divS", isPartial: true))
        rows.append(binary(prefix + ".div_u", kind, type + ".divU", isPartial: true))
        rows.append(binary(prefix + ".rem_s", kind, type + ".remS", isPartial: true))
        rows.append(binary(prefix + ".rem_u", kind, type + ".remU", isPartial: true))
        rows.append(binary(prefix + ".shl", kind, type + ".shl"))
        rows.append(binary(prefix + ".shr_s", kind, type + ".shrS"))
        rows.append(binary(prefix + ".shr_u", kind, type + ".shrU"))
        rows.append(binary(prefix + ".rotl", kind, type + ".rotl"))
        rows.append(binary(prefix + ".rotr", kind, type + ".rotr"))
        rows.append(unary(prefix + ".clz", "Leading zeros.", from: kind, to: kind, type + ".clz"))
        rows.append(unary(prefix + ".ctz", "Trailing zeros.", from: kind, to: kind, type + ".ctz"))
        rows.append(unary(prefix + ".popcnt", "Bits set.", from: kind, to: kind, type + ".popcnt"))
    }
    rows.append(
        valueRow(
            "i32.mul_add", "A product, or a shift to the left, by an immediate, plus a slot.", family: "Integer", forms: ["sis", "ais"],
            operands: [.u32, .u32, .u32], result: .u32
        ) { _ in "I32.add(I32.mul(a, b), c)" })
    rows.append(
        valueRow(
            "i32.shr_and", "A field of bits: shifted to the right, and an immediate.", family: "Integer", forms: ["sii", "aii"],
            operands: [.u32, .u32, .u32], result: .u32
        ) { _ in "I32.and(I32.shrU(a, b), c)" })
    rows.append(binary("int.and", .u64, "I64.and", commutative: true))
    rows.append(binary("int.or", .u64, "I64.or", commutative: true))
    rows.append(binary("int.xor", .u64, "I64.xor", commutative: true))
    rows.append(unary("int.extend8_s", "Sign-extends the low byte.", from: .u64, to: .u64, "I64.extend8S"))
    rows.append(unary("int.extend16_s", "Sign-extends the low two bytes.", from: .u64, to: .u64, "I64.extend16S"))
    rows.append(
        unary("int.extend32_s", "Sign-extends the low four bytes; also `i32.wrap_i64`.", from: .u32, to: .u64, "I64.extendI32S"))
    rows.append(unary("int.extend32_u", "Zero-extends the low four bytes.", from: .u32, to: .u64, "I64.extendI32U"))
    for comparison in comparisons {
        rows.append(
            valueRow(
                "int." + comparison.name, "Compares two integers of either width: `\(comparison.expression)`.", family: "Compare",
                forms: Forms.commutative, operands: [.u64, .u64], result: .u64
            ) { _ in "bit(\(comparison.expression))" })
    }
    for comparison in comparisons {
        rows.append(
            branchRow(
                "br_if.int." + comparison.name, "Branches when `\(comparison.expression)`.", family: "Branch",
                forms: Forms.commutative, operands: [.u64, .u64], micro: "int." + comparison.name, expression: comparison.expression))
    }
    rows.append(
        branchRow(
            "br_if.nonzero", "Branches when the integer is not zero.", family: "Branch", forms: Forms.unary, operands: [.u64],
            micro: "int.and", expression: "!I64.eqz(a)"))
    rows.append(
        branchRow(
            "br_if.zero", "Branches when the integer is zero.", family: "Branch", forms: Forms.unary, operands: [.u64],
            micro: "int.and", unless: true, expression: "I64.eqz(a)"))
    rows.append(
        branchRow(
            "br_if.and_nonzero", "Branches when two integers share a set bit.", family: "Branch", forms: Forms.commutative,
            operands: [.u64, .u64], micro: "int.and", expression: "!I64.eqz(I64.and(a, b))"))
    rows.append(
        branchRow(
            "br_if.and_zero", "Branches when two integers share no set bit.", family: "Branch", forms: Forms.commutative,
            operands: [.u64, .u64], micro: "int.and", unless: true, expression: "I64.eqz(I64.and(a, b))"))
    for (prefix, kind, type) in [("i32", Kind.u32, "I32"), ("i64", Kind.u64, "I64")] {
        for comparison in comparisons { rows.append(addAndBranch(prefix, kind, type + ".add", comparison)) }
    }
    return rows
}

/// The end of a counting loop: an addition whose sum is stored, compared with an immediate or a slot, and branched on.
private func addAndBranch(_ prefix: String, _ kind: Kind, _ function: String, _ comparison: (name: String, expression: String)) -> Row {
    var variants: [Variant] = []
    for form in Forms.commutative {
        for bound in Forms.bound {
            let fields = "R\(form)\(bound)T"
            let (offsets, size) = Layout.offsets(fields)
            let letters = Array(form)
            let value = kind.canonical("\(function)(\(kind.read(letters[0], at: offsets[1])), \(kind.read(letters[1], at: offsets[2])))")
            let body = """
                    let r = \(value)
                    setSlot(pc, 8, fp, r)
                    let a = r
                    let b = \(Kind.u64.read(Character(bound), at: offsets[3]))
                    if \(comparison.expression) { return jump(pc, \(offsets[4]), fp, mem, inst, r, d, f) }
                    \(next(size, replacing: .integer))
                """
            variants.append(
                Variant(
                    name: "\(prefix).add_br.\(comparison.name)_\(form)_\(bound)", fields: fields, writes: .integer, body: body,
                    meaning: Meaning(
                        kind == .u32 ? .addBranch32 : .addBranch64, "int." + comparison.name, operands: form + bound, of: .integer)))
        }
    }
    return Row(
        name: "\(prefix).add_br.\(comparison.name)",
        summary: "Adds two operands, stores the sum as `a`, branches when `\(comparison.expression)`.",
        variants: variants, family: "Loop")
}
