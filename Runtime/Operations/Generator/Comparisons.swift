// Comparisons: what else there is of each comparison, and the enumerations of the forms: what the translator needs to make one cell of two.

extension Generate {
    /// Names of a comparison's relatives.
    private static func relatives(of name: String) -> [String?] {
        let parts = name.split(separator: ".").map(String.init)
        guard parts[0] == "int" else { return [nil, "br_if." + name, "br_unless." + name, nil, nil] }
        let opposites = ["eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"]
        var pieces = parts[1].split(separator: "_").map(String.init)
        pieces[0] = opposites[pieces[0]]!
        let opposite = pieces.joined(separator: "_")
        return ["int." + opposite, "br_if." + name, "br_if.int." + opposite, "i32.add_br." + parts[1], "i64.add_br." + parts[1]]
    }

    /// A word for each micro-operation, laid out as `Comparison` reads it.
    static func comparisonTable(_ rows: [Row], _ micros: [Row]) -> String {
        var numbers: [String: Int] = [:]
        var number = 0
        for row in rows {
            numbers[row.name] = number
            number += row.variants.count
        }
        let words = micros.map { row -> String in
            let pieces = row.name.split(separator: ".").last!.split(separator: "_")
            guard row.name.hasPrefix("int.") || row.name.hasPrefix("f"), ["eq", "ne", "lt", "gt", "le", "ge"].contains(pieces[0]) else {
                return "0"
            }
            var word: UInt64 = 1
            for (index, relative) in relatives(of: row.name).enumerated() {
                word |= (relative.map { UInt64(numbers[$0]!) } ?? 0) << (UInt64(index) * 12 + 4)
            }
            return "0x" + String(word, radix: 16)
        }
        let items = stride(from: 0, to: words.count + 1, by: 8).map {
            "    " + (["0"] + words)[$0..<min($0 + 8, words.count + 1)].joined(separator: ", ") + ",\n"
        }.joined()
        return "\n/// What else there is of each micro-operation that compares; 0 for the others.\n"
            + "let comparisonWords: InlineArray<\(words.count + 1), UInt64> = [\n\(items)]\n"
    }

    /// The enumerations of forms: their numbers are the places of variants.
    static func forms() -> String {
        func list(_ type: String, _ summary: String, _ forms: [String]) -> String {
            let cases = forms.map { "    case \($0.isEmpty ? "offset" : Forms.name($0))\n" }.joined()
            return "\n/// \(summary)\npublic enum \(type): UInt8, Sendable {\n\(cases)}\n"
        }
        var text = notice
        text.removeLast()
        text += list(
            "BinaryPlaces", "Where two operands are: the first four are all that operations have whose operands may be exchanged.",
            Forms.ordered)
        text += list("UnaryPlaces", "Where the one operand is.", Forms.unary)
        text += list("LoadPlaces", "How the address of a load is formed.", Forms.address)
        text += list("StorePlaces", "Where the address and then the value of a store are.", Forms.store)
        text += list("FloatStorePlaces", "As `StorePlaces`, of a float in its accumulator.", Forms.floatStore)
        text += list("StoreAddress", "How the address of a store is formed that is not known.", Forms.storeSuffixes)
        text += list("SelectPlaces", "Where the condition and the two values of a `select` are.", Forms.select)
        text += list("CopyPlaces", "What a run of copies copies.", Forms.copyRun)
        text += list("BoundPlace", "Where that is which a sum is compared with at the end of a counting loop.", Forms.bound)
        return text
    }
}
