// Function bodies and constant expressions: what stands around the instructions.
// Spec: WebAssembly core, 6.7.4 (functions), 6.6.13 (expressions), 5.5.13 (code section).
import WasmModule

extension Assembler {
    /// `typeuse local* instr*` of a function that is not imported, up to its closing parenthesis.
    mutating func functionDefinition(_ index: UInt32) throws(TextError) {
        let type = try typeUse(bindingTo: index, allowsNames: true)
        sections[.function].itemCount += 1
        sections[.function].bytes.appendUnsigned(type)
        code.body.removeAll(keepingCapacity: true)
        try locals(index, firstIndex: types.parameterCount(type))
        code.function = index
        code.labelCount = 0
        code.hints.removeAll(keepingCapacity: true)
        try pushLabel(nil)
        try instructions(isSingle: false)
        popLabel()
        code.function = nil
        code.body.append(0x0b)
        sections[.code].itemCount += 1
        sections[.code].bytes.appendUnsigned(UInt64(code.body.count))
        sections[.code].bytes.append(contentsOf: code.body)
        finishFunctionHints(index)
    }

    /// `(local …)*`, written as runs of equal types.
    private mutating func locals(_ function: UInt32, firstIndex: UInt32) throws(TextError) {
        var runs: [UInt8] = []
        var runCount: UInt32 = 0
        var length: UInt32 = 0
        var type: [UInt8] = []
        var index = firstIndex
        while try reader.takeForm(.local) {
            let isNamed = reader.isAtIdentifier || reader.annotationName == .name
            if isNamed { try localName(function, index) }
            while isNamed || reader.current.kind != .rightParenthesis {
                var next: [UInt8] = []
                try valueType(into: &next)
                if next != type, length > 0 {
                    runs.appendUnsigned(length)
                    runs.append(contentsOf: type)
                    runCount += 1
                    length = 0
                }
                type = next
                length += 1
                index &+= 1
                if isNamed { break }
            }
            try reader.close()
        }
        if length > 0 {
            runs.appendUnsigned(length)
            runs.append(contentsOf: type)
            runCount += 1
        }
        code.body.appendUnsigned(runCount)
        code.body.append(contentsOf: runs)
    }

    /// The bytes of an expression outside functions, with its `end`: one folded instruction, or all up to `)`.
    mutating func expression(isSingle: Bool) throws(TextError) -> [UInt8] {
        code.body.removeAll(keepingCapacity: true)
        try pushLabel(nil)
        try instructions(isSingle: isSingle)
        popLabel()
        code.body.append(0x0b)
        return code.body
    }

    /// Appends the expression up to `)` to a section.
    mutating func constantExpression(into section: SectionKind) throws(TextError) {
        let bytes = try expression(isSingle: false)
        sections[section].bytes.append(contentsOf: bytes)
    }

    /// Brings a label into scope. The function's own has no name.
    mutating func pushLabel(_ symbol: Symbol?) throws(TextError) {
        var shadowed = UInt32.max
        if let symbol {
            shadowed = bindings.find(.label, symbol) ?? .max
            bindings.set(.label, symbol, UInt32(code.labels.count))
            if let function = code.function { names.addNested(.label, function, code.labelCount, symbol) }
        }
        if !code.labels.isEmpty { code.labelCount += 1 }
        code.labels.append(LabelEntry(symbol: symbol, shadowed: shadowed))
    }

    /// Ends the innermost label's scope.
    mutating func popLabel() {
        guard let entry = code.labels.popLast(), let symbol = entry.symbol else { return }
        bindings.set(.label, symbol, entry.shadowed)
    }
}
