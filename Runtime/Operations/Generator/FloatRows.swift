// FloatRows: arithmetic, comparison and conversion of floats.

func floatRows() -> [Row] {
    var rows: [Row] = []
    for (prefix, kind, functions) in [("f32", Kind.f32, "F32"), ("f64", Kind.f64, "F64")] {
        func binary(_ name: String, commutative: Bool) {
            rows.append(
                valueRow(
                    prefix + "." + name, "Two floats to one.", family: "Float", forms: commutative ? Forms.commutative : Forms.ordered,
                    operands: [kind, kind], result: kind
                ) { _ in "\(functions).\(name)(a, b)" })
        }
        binary("add", commutative: true)
        binary("sub", commutative: false)
        binary("mul", commutative: true)
        binary("div", commutative: false)
        binary("min", commutative: true)
        binary("max", commutative: true)
        binary("copysign", commutative: false)
        for name in ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"] {
            rows.append(
                valueRow(prefix + "." + name, "One float to one.", family: "Float", forms: Forms.unary, operands: [kind], result: kind) {
                    _ in
                    "\(functions).\(name)(a)"
                })
        }
        let floatComparisons = ["eq", "ne", "lt", "gt", "le", "ge"].map { (name: $0, expression: "\(functions).\($0)(a, b)") }
        for (name, expression) in floatComparisons {
            rows.append(
                valueRow(
                    prefix + "." + name, "Compares two floats.", family: "Float", forms: Forms.commutative, operands: [kind, kind],
                    result: .u64
                ) { _ in "bit(\(expression))" })
        }
        for (name, expression) in floatComparisons {
            rows.append(
                branchRow(
                    "br_if.\(prefix)." + name, "Branches when `\(expression)`.", family: "Branch", forms: Forms.commutative,
                    operands: [kind, kind], micro: prefix + "." + name, expression: expression))
        }
        for (name, expression) in floatComparisons {
            rows.append(
                branchRow(
                    "br_unless.\(prefix)." + name, "Branches unless `\(expression)` (true for a NaN).", family: "Branch",
                    forms: Forms.commutative, operands: [kind, kind], micro: prefix + "." + name, unless: true,
                    expression: "!(\(expression))"))
        }
        for (name, function, from) in [
            ("i32_s", "convertI32S", Kind.u32), ("i32_u", "convertI32U", .u32), ("i64_s", "convertI64S", .u64),
            ("i64_u", "convertI64U", .u64),
        ] {
            rows.append(
                valueRow(
                    "\(prefix).convert_" + name, "An integer to a float.", family: "Convert", forms: Forms.unary, operands: [from],
                    result: kind
                ) { _ in "\(functions).\(function)(a)" })
        }
        for (integer, to, type) in [("i32", Kind.u32, "I32"), ("i64", .u64, "I64")] {
            for sign in ["s", "u"] {
                let ending = functions + sign.uppercased()
                rows.append(
                    valueRow(
                        "\(integer).trunc_\(prefix)_\(sign)", "A float to an integer; traps when it does not fit.", family: "Convert",
                        forms: Forms.unary, operands: [kind], result: to, isPartial: true
                    ) { _ in "\(type).trunc\(ending)(a)" })
                rows.append(
                    valueRow(
                        "\(integer).trunc_sat_\(prefix)_\(sign)", "A float to the nearest integer that fits; NaN to 0.", family: "Convert",
                        forms: Forms.unary, operands: [kind], result: to
                    ) { _ in "\(type).truncSat\(ending)(a)" })
            }
        }
    }
    rows.append(
        valueRow(
            "f64.mul_add", "The rounded product of two doubles, plus a third (two roundings).", family: "Float", forms: ["sss", "ass"],
            operands: [.f64, .f64, .f64], result: .f64
        ) { _ in "F64.add(F64.mul(a, b), c)" })
    rows.append(
        valueRow("f32.demote_f64", "Rounds to single precision.", family: "Convert", forms: Forms.unary, operands: [.f64], result: .f32) {
            _ in
            "F32.demoteF64(a)"
        })
    rows.append(
        valueRow("f64.promote_f32", "Widens to double precision.", family: "Convert", forms: Forms.unary, operands: [.f32], result: .f64) {
            _ in
            "F64.promoteF32(a)"
        })
    rows.append(
        valueRow("i32.reinterpret_f32", "The bits.", family: "Convert", forms: Forms.unary, operands: [.f32], result: .u32) { _ in
            "I32.reinterpretF32(a)"
        })
    rows.append(
        valueRow("i64.reinterpret_f64", "The bits.", family: "Convert", forms: Forms.unary, operands: [.f64], result: .u64) { _ in
            "I64.reinterpretF64(a)"
        })
    rows.append(
        valueRow("f32.reinterpret_i32", "The float of the bits.", family: "Convert", forms: Forms.unary, operands: [.u32], result: .f32) {
            _ in
            "F32.reinterpretI32(a)"
        })
    rows.append(
        valueRow("f64.reinterpret_i64", "The float of the bits.", family: "Convert", forms: Forms.unary, operands: [.u64], result: .f64) {
            _ in
            "F64.reinterpretI64(a)"
        })
    return rows
}
