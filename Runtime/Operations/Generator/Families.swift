// Families: rows with operand forms, expanded to variants. `a` is an accumulator, `s` a slot, `i` an immediate.

/// The machine type of an operand.
enum Kind {
    case i64, u32, u64, f32, f64

    /// The expression that reads the operand in `form`, its field at `offset`.
    func read(_ form: Character, at offset: Int) -> String {
        switch (self, form) {
        case (.i64, "a"): "Int64(bitPattern: acc)"
        case (.u32, "a"): "UInt32(truncatingIfNeeded: acc)"
        case (.u64, "a"): "acc"
        case (.f32, "a"): "f"
        case (.f64, "a"): "d"
        case (.i64, "s"): "slotI64(pc, \(offset), fp)"
        case (.u32, "s"): "slotU32(pc, \(offset), fp)"
        case (.u64, "s"): "slotU64(pc, \(offset), fp)"
        case (.f32, "s"): "slotF32(pc, \(offset), fp)"
        case (.f64, "s"): "slotF64(pc, \(offset), fp)"
        case (.i64, "i"): "Int64(immediateI32(pc, \(offset)))"
        case (.u32, "i"): "immediateU32(pc, \(offset))"
        case (.u64, "i"): "UInt64(bitPattern: Int64(immediateI32(pc, \(offset))))"
        case (.f32, "i"): "immediateF32(pc, \(offset))"
        case (.f64, "i"): "immediateF64(pc, \(offset))"
        default: fatalError("form \(form)")
        }
    }

    /// The type of its values.
    var typeName: String {
        switch self {
        case .i64: "Int64"
        case .u32: "UInt32"
        case .u64: "UInt64"
        case .f32: "Float"
        case .f64: "Double"
        }
    }

    /// The letter of a field for `form`.
    func field(_ form: Character) -> Character {
        form == "i" && self == .f64 ? "I" : form
    }

    var accumulator: Accumulator {
        switch self {
        case .f32: .single
        case .f64: .double
        default: .integer
        }
    }

    /// The accumulator's parameter.
    var register: String {
        switch self {
        case .f32: "f"
        case .f64: "d"
        default: "acc"
        }
    }

    /// An expression of the kind as its accumulator holds it.
    func canonical(_ expression: String) -> String {
        switch self {
        case .u32: "word(\(expression))"
        case .i64: "UInt64(bitPattern: \(expression))"
        case .u64, .f32, .f64: expression
        }
    }
}

/// The call of `next` with one accumulator replaced.
func next(_ size: Int, replacing accumulator: Accumulator = .none) -> String {
    switch accumulator {
    case .none: "next(pc, \(size), fp, mem, inst, acc, d, f)"
    case .integer: "next(pc, \(size), fp, mem, inst, r, d, f)"
    case .double: "next(pc, \(size), fp, mem, inst, acc, r, f)"
    case .single: "next(pc, \(size), fp, mem, inst, acc, d, r)"
    }
}

/// The families' form orders. The translator finds a form by the enumerations that are generated from them (`forms`).
enum Forms {
    static let commutative = Array(ordered.prefix(4))
    static let ordered = ["ss", "as", "si", "ai", "sa", "is", "ia"]
    static let unary = ["s", "a"]
    /// Forms of an address: in a slot or the accumulator with an offset (or, `z`, none); the wrapped 32-bit sum of a slot or the accumulator
    /// and an immediate (`w`) or another slot (`x`); or known altogether (`c`).
    static let address = ["s", "a", "sz", "az", "sw", "aw", "sx", "ax", "c"]
    /// Address form then value form of a store, each with every suffix but for known addresses.
    static let store = ["ss", "as", "sa", "si", "ai", "cs", "ca", "ci"]
    /// A float's slot or immediate is stored by the integer operation of the width.
    static let floatStore = ["sa", "aa", "ca"]
    static let storeSuffixes = ["", "z", "w"]
    /// Condition, then the two values.
    static let select = ["ass", "asi", "ais", "aii", "sss", "ssi", "sis", "sii"]
    static let copyRun = ["ss", "si", "is", "ii", "sss", "ssss"]
    /// What the end of a counting loop compares its sum with.
    static let bound = ["i", "s"]

    /// What a form's letters are called in the enumerations.
    static func name(_ form: String) -> String {
        let words = form.map { ["s": "Slot", "a": "Held", "i": "Immediate", "c": "Known", "z": "Plain", "w": "Sum", "x": "SlotSum"][$0]! }
            .joined()
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}

/// An operation with result: for each form a variant with the result in the accumulator and one that also writes the slot. A partial one
/// is an expression that throws `NumericFault`: inlined, the throw is a branch to the trap.
func valueRow(
    _ name: String, _ summary: String, family: String, forms: [String], operands: [Kind], result: Kind, trailing: String = "",
    isPartial: Bool = false, meaning: Meaning? = nil, expression: (([Int]) -> String)
) -> Row {
    func ownMeaning(_ fields: String) -> Meaning {
        Meaning(.value, name, operands: String(fields.dropFirst()), of: operands[0].accumulator)
    }
    var variants: [Variant] = []
    for form in forms {
        for resultForm in ["r", "R"] {
            let letters = Array(form)
            let fields = resultForm + String(zip(letters, operands).map { $1.field($0) }) + trailing
            let (offsets, size) = Layout.offsets(fields)
            var body = ""
            for (index, letter) in letters.enumerated() {
                body += "    let \(["a", "b", "c"][index]) = \(operands[index].read(letter, at: offsets[index + 1]))\n"
            }
            let value = expression(Array(offsets.dropFirst(1 + letters.count)))
            if isPartial {
                body += "    let v: \(result.typeName)\n"
                body += "    do throws(NumericFault) { v = try \(value) } catch {\n"
                body += "        return trap(pc, fp, mem, inst, TrapCode(error), d, f)\n    }\n"
            }
            body += "    let r = \(result.canonical(isPartial ? "v" : value))\n"
            if resultForm == "R" { body += "    setSlot(pc, 8, fp, r)\n" }
            body += "    " + next(size, replacing: result.accumulator)
            variants.append(
                Variant(
                    name: name + "_" + form + (resultForm == "R" ? "_r" : ""), fields: fields, writes: result.accumulator, body: body,
                    meaning: meaning ?? ownMeaning(fields)))
        }
    }
    return Row(name: name, summary: summary, variants: variants, family: family)
}

/// A conditional branch on an expression of operands: the micro-operation `micro`, or its opposite.
func branchRow(
    _ name: String, _ summary: String, family: String, forms: [String], operands: [Kind], micro: String, unless: Bool = false,
    expression: String
) -> Row {
    var variants: [Variant] = []
    for form in forms {
        let letters = Array(form)
        let fields = String(zip(letters, operands).map { $1.field($0) }) + "T"
        let (offsets, size) = Layout.offsets(fields)
        var body = ""
        for (index, letter) in letters.enumerated() {
            body += "    let \(["a", "b"][index]) = \(operands[index].read(letter, at: offsets[index]))\n"
        }
        body += "    if \(expression) { return jump(pc, \(offsets[letters.count]), fp, mem, inst, acc, d, f) }\n"
        body += "    " + next(size)
        let meaning = Meaning(
            unless ? .branchUnless : .branch, micro, operands: String(fields.dropLast()), of: operands[0].accumulator)
        variants.append(Variant(name: name + "_" + form, fields: fields, writes: .none, body: body, meaning: meaning))
    }
    return Row(name: name, summary: summary, variants: variants, family: family)
}

/// An operation whose handler is written by hand.
func handwritten(
    _ name: String, _ summary: String, fields: String, writes: Accumulator = .none, meaning: Meaning = Meaning(.handler)
) -> Row {
    Row(
        name: name, summary: summary,
        variants: [Variant(name: name, fields: fields, writes: writes, body: nil, meaning: meaning)], family: "")
}

/// An operation with one variant and a body.
func plainRow(
    _ name: String, _ summary: String, family: String, fields: String, writes: Accumulator = .none,
    meaning: Meaning = Meaning(.handler), body: ([Int]) -> String, checkedBody: (([Int]) -> String)? = nil
) -> Row {
    let (offsets, size) = Layout.offsets(fields)
    let ending = "    " + next(size, replacing: writes)
    return Row(
        name: name, summary: summary,
        variants: [
            Variant(
                name: name, fields: fields, writes: writes, body: body(offsets) + ending,
                checkedBody: checkedBody.map { $0(offsets) + ending }, meaning: meaning)
        ], family: family)
}
