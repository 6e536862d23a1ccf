// FloatRows: arithmetic, comparison and conversion of floats.

func floatRows() -> [Row] {
    var rows: [Row] = []
    for (prefix, kind, bits) in [("f32", Kind.f32, 32), ("f64", Kind.f64, 64)] {
        func binary(_ name: String, commutative: Bool, _ expression: String) {
            rows.append(
                valueRow(
                    prefix + "." + name, "Two floats to one.", family: "Float", forms: commutative ? Forms.commutative : Forms.ordered,
                    operands: [kind, kind], result: kind
                ) { _ in expression })
        }
        binary("add", commutative: true, "a + b")
        binary("sub", commutative: false, "a - b")
        binary("mul", commutative: true, "a * b")
        binary("div", commutative: false, "a / b")
        binary("min", commutative: true, "floatMinimum(a, b)")
        binary("max", commutative: true, "floatMaximum(a, b)")
        binary("copysign", commutative: false, "floatCopySign(a, b)")
        for (name, function) in [
            ("abs", "floatAbsolute"), ("neg", "floatNegate"), ("ceil", "floatCeil"), ("floor", "floatFloor"), ("trunc", "floatTruncate"),
            ("nearest", "floatNearest"), ("sqrt", "floatSquareRoot"),
        ] {
            rows.append(
                valueRow(prefix + "." + name, "One float to one.", family: "Float", forms: Forms.unary, operands: [kind], result: kind) {
                    _ in
                    "\(function)(a)"
                })
        }
        let floatComparisons = [("eq", "a == b"), ("ne", "a != b"), ("lt", "a < b"), ("gt", "a > b"), ("le", "a <= b"), ("ge", "a >= b")]
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
        for (name, from) in [("i32_s", Kind.i32), ("i32_u", .u32), ("i64_s", .i64), ("i64_u", .u64)] {
            rows.append(
                valueRow(
                    "\(prefix).convert_" + name, "An integer to a float.", family: "Convert", forms: Forms.unary, operands: [from],
                    result: kind
                ) { _ in bits == 32 ? "Float(a)" : "Double(a)" })
        }
        for (integer, to, type) in [("i32", Kind.i32, "Int32"), ("i32", .u32, "UInt32"), ("i64", .i64, "Int64"), ("i64", .u64, "UInt64")] {
            let sign = type.hasPrefix("U") ? "u" : "s"
            rows.append(
                valueRow(
                    "\(integer).trunc_\(prefix)_\(sign)", "A float to an integer; traps when it does not fit.", family: "Convert",
                    forms: Forms.unary, operands: [kind], result: to,
                    guards: """
                            if a != a { return trap(pc, fp, mem, inst, .badConversionToInteger, d, f) }
                            if !fits\(type)(a) { return trap(pc, fp, mem, inst, .integerOverflow, d, f) }

                        """
                ) { _ in "truncate\(type)(a)" })
            rows.append(
                valueRow(
                    "\(integer).trunc_sat_\(prefix)_\(sign)", "A float to the nearest integer that fits; NaN to 0.", family: "Convert",
                    forms: Forms.unary, operands: [kind], result: to
                ) { _ in "saturate\(type)(a)" })
        }
    }
    rows.append(
        valueRow(
            "f64.mul_add", "The rounded product of two doubles, plus a third (two roundings).", family: "Float", forms: ["sss", "ass"],
            operands: [.f64, .f64, .f64], result: .f64
        ) { _ in "(a * b) + c" })
    rows.append(
        valueRow("f32.demote_f64", "Rounds to single precision.", family: "Convert", forms: Forms.unary, operands: [.f64], result: .f32) {
            _ in
            "floatDemote(a)"
        })
    rows.append(
        valueRow("f64.promote_f32", "Widens to double precision.", family: "Convert", forms: Forms.unary, operands: [.f32], result: .f64) {
            _ in
            "floatPromote(a)"
        })
    rows.append(
        valueRow("i32.reinterpret_f32", "The bits.", family: "Convert", forms: Forms.unary, operands: [.f32], result: .u32) { _ in
            "a.bitPattern"
        })
    rows.append(
        valueRow("i64.reinterpret_f64", "The bits.", family: "Convert", forms: Forms.unary, operands: [.f64], result: .u64) { _ in
            "a.bitPattern"
        })
    rows.append(
        valueRow("f32.reinterpret_i32", "The float of the bits.", family: "Convert", forms: Forms.unary, operands: [.u32], result: .f32) {
            _ in
            "Float(bitPattern: a)"
        })
    rows.append(
        valueRow("f64.reinterpret_i64", "The float of the bits.", family: "Convert", forms: Forms.unary, operands: [.u64], result: .f64) {
            _ in
            "Double(bitPattern: a)"
        })
    return rows
}
