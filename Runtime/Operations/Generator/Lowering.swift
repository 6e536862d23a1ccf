// Lowering: which operation an instruction becomes, found by name: the translator's table.

import Foundation

/// How the translator chooses among an operation's forms. The generated enumeration has the same cases with the same numbers.
enum LoweringRule: String, CaseIterable {
    case special, block, nothing
    case localGet, localSet, localTee, wordConstant, constant
    case commutative, comparison, ordered, difference, unary, isZero
    case load, store, floatStore
    case vector, vectorLoad, vectorStore, vectorLoadLane, vectorStoreLane

    var summary: String {
        switch self {
        case .special: "A case of its own in the translator."
        case .block: "Opens, parts or closes a block."
        case .localGet, .localSet, .localTee: "The instruction of the name."
        case .wordConstant: "A constant held sign-extended."
        case .constant: "A constant whose bits are held."
        case .nothing: "Its operand is its result."
        case .commutative: "Two operands that may be exchanged."
        case .comparison: "Two operands that may be exchanged for `partner`."
        case .ordered: "Two operands in their order."
        case .difference: "As `ordered`; with a constant the sum `partner` with the constant's opposite."
        case .unary: "One operand."
        case .isZero: "A comparison with zero."
        case .load: "A load of memory 0; `partner` of any memory with 32-bit addresses, `wide` with 64-bit ones."
        case .store: "A store, with `partner` and `wide` as in `load`."
        case .floatStore: "As `store`, of a float; from its accumulator by `held`."
        case .vector: "Operands and result in slots."
        case .vectorLoad, .vectorStore, .vectorLoadLane, .vectorStoreLane:
            "An access of a vector or lane in memory 0; `partner` of any memory."
        }
    }
}

/// What an instruction becomes.
struct Lowering {
    var rule = LoweringRule.special
    /// Names of rows.
    var operation: String?
    var partner: String?
    var wide: String?
    var held: String?
}

/// One line of the opcode table.
struct InstructionLine {
    let name: String
    let immediate: String
    let section: String
    let types: String

    /// The instructions in the order of their numbers.
    static func all() -> [InstructionLine] {
        let table = try! String(contentsOfFile: "Runtime/Module/Opcodes/opcodes.txt", encoding: .utf8)
        return table.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let columns = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
            // One or two bytes, then the name.
            let first = columns[0].hasPrefix("F") && columns[1].count <= 3 && Int(columns[1], radix: 16) != nil ? 2 : 1
            return InstructionLine(
                name: columns[first], immediate: columns[first + 1], section: columns[first + 3],
                types: columns[(first + 4)...].joined(separator: " "))
        }
    }
}

extension InstructionLine {
    private static let comparisons: Set = ["eq", "ne", "lt", "gt", "le", "ge"]
    private static let mirrors = ["lt": "gt", "gt": "lt", "le": "ge", "ge": "le"]
    /// Instructions that others' rows serve, since an i32 is held sign-extended.
    private static let shared = [
        "i64.extend32_s": "int.extend32_s", "i32.wrap_i64": "int.extend32_s", "i64.extend_i32_u": "int.extend32_u",
        "i32.load": "load32_s", "i64.load": "load64", "i32.store": "store32", "i64.store": "store64", "f32.store": "store32",
        "f64.store": "store64",
    ]

    private static let rules: [String: LoweringRule] = [
        "block": .block, "loop": .block, "if": .block, "else": .block, "try": .block, "try_table": .block, "catch": .block,
        "catch_all": .block, "delegate": .block, "end": .block, "local.get": .localGet, "local.set": .localSet, "local.tee": .localTee,
    ]

    /// What it becomes; `rows` are those of the operations by name.
    func lowering(_ rows: [String: Row]) -> Lowering {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        if let rule = InstructionLine.rules[name] { return Lowering(rule: rule) }
        if name.hasSuffix(".const"), section == "numeric" {
            // Of the class that a sum has.
            return Lowering(rule: name == "i32.const" ? .wordConstant : .constant, operation: parts[0] + ".add")
        }
        if name == "i64.extend_i32_s" { return Lowering(rule: .nothing) }
        if name.hasSuffix(".eqz") || name == "ref.is_null" { return Lowering(rule: .isZero, operation: "int.eq") }
        if section == "vector" { return vectorLowering() }
        guard section == "numeric" || section == "memory", immediate == "-" || immediate == "memory-argument" else { return Lowering() }
        let isInteger = parts[0] == "i32" || parts[0] == "i64"
        // A row of its own, one for both widths, or one that others share.
        let candidates = [name, "int." + parts[1], InstructionLine.shared[name] ?? parts[1]]
        guard let operation = candidates.first(where: { rows[$0] != nil && !(isInteger && $0 == "f32.store") }) else { return Lowering() }
        switch types.split(separator: " ").first {
        case "load": return Lowering(rule: .load, operation: operation, partner: operation + ".any32", wide: operation + ".any64")
        case "store":
            // A float's slot or constant is stored by the integer operation of the width.
            let integer = InstructionLine.shared[name] ?? operation
            return Lowering(
                rule: isInteger ? .store : .floatStore, operation: integer, partner: integer + ".any32", wide: integer + ".any64",
                held: isInteger ? nil : name)
        default: break
        }
        let row = rows[operation]!
        let pieces = parts[1].split(separator: "_").map(String.init)
        if InstructionLine.comparisons.contains(pieces[0]) {
            let mirror = ([InstructionLine.mirrors[pieces[0]] ?? pieces[0]] + pieces.dropFirst()).joined(separator: "_")
            return Lowering(
                rule: .comparison, operation: operation, partner: operation.split(separator: ".")[0] + "." + mirror)
        }
        if parts[1] == "sub", isInteger { return Lowering(rule: .difference, operation: operation, partner: parts[0] + ".add") }
        switch row.variants.count {
        case Forms.ordered.count * 2: return Lowering(rule: .ordered, operation: operation)
        case Forms.commutative.count * 2: return Lowering(rule: .commutative, operation: operation)
        case Forms.unary.count * 2: return Lowering(rule: .unary, operation: operation)
        default: return Lowering()
        }
    }

    private func vectorLowering() -> Lowering {
        guard name != "v128.const", immediate != "shuffle" else { return Lowering(operation: immediate == "shuffle" ? name : nil) }
        let rules: [String: LoweringRule] = [
            "load": .vectorLoad, "store": .vectorStore, "load-lane": .vectorLoadLane, "store-lane": .vectorStoreLane,
        ]
        guard let rule = rules[String(types.split(separator: " ")[0])] else { return Lowering(rule: .vector, operation: name) }
        return Lowering(rule: rule, operation: name, partner: name + ".any")
    }
}

extension Generate {
    /// The translator's table: a word for each instruction, laid out as `InstructionLowering` reads it.
    static func lowerings(_ rows: [Row]) -> String {
        var numbers: [String: Int] = [:]
        var number = 0
        for row in rows {
            numbers[row.name] = number
            number += row.variants.count
        }
        let byName = Dictionary(rows.map { ($0.name, $0) }) { first, _ in first }
        let words = InstructionLine.all().map { line -> String in
            let lowering = line.lowering(byName)
            func place(_ name: String?, _ shift: UInt64) -> UInt64 { name.map { UInt64(numbers[$0]!) << shift } ?? 0 }
            let writes = lowering.operation.map { byName[$0]!.variants[0].writes } ?? .none
            let classes: [Accumulator] = [.none, .integer, .double, .single]
            let word =
                UInt64(LoweringRule.allCases.firstIndex(of: lowering.rule)!) | UInt64(classes.firstIndex(of: writes)!) << 5
                | place(lowering.operation, 8) | place(lowering.partner, 20) | place(lowering.wide, 32) | place(lowering.held, 44)
            return "0x" + String(word, radix: 16)
        }
        precondition(number < 1 << 12, "an operation's number does not fit")
        let cases = LoweringRule.allCases.map { "    /// \($0.summary)\n    case \($0.rawValue)\n" }.joined()
        let items = stride(from: 0, to: words.count, by: 8).map {
            "    " + words[$0..<min($0 + 8, words.count)].joined(separator: ", ") + ",\n"
        }.joined()
        return notice
            + "/// How the translator chooses among an operation's forms.\npublic enum LoweringRule: UInt8, Sendable {\n\(cases)}\n"
            + "\n/// The word of each instruction's `InstructionLowering`.\n"
            + "let instructionLoweringWords: [UInt64] = [\n\(items)]\n"
    }
}
