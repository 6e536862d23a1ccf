// One decoded instruction as text, immediates by kind: the disassembler of `objdump`. Spec: WebAssembly core, 6.5.
import WasmModule
import WasmNumerics

/// Instructions of one module as text.
struct InstructionText {
    let image: ModuleImage

    /// The instruction in the text format's words, indices as numbers.
    func text(_ instruction: Instruction) -> String {
        let row = instruction.opcode.row
        let immediates = immediates(instruction, row)
        return immediates.isEmpty ? row.name : row.name + " " + immediates
    }

    private func immediates(_ instruction: Instruction, _ row: OpcodeRow) -> String {
        let (first, second) = (instruction.index, instruction.secondIndex)
        switch row.immediate {
        case .none: return ""
        case .block: return blockType(instruction.blockType)
        case .tryTable: return tryTable(instruction)
        case .label, .local, .global, .tag, .table, .memory, .data, .element, .type: return "\(first)"
        case .function: return "\(first)"
        case .labels: return instruction.branchTargets.map { "\($0)" }.joined(separator: " ")
        case .typeTable: return (second == 0 ? "" : "\(second) ") + "(type \(first))"
        case .types: return first == 0 ? "" : "(result \(typeText(instruction.selectType)))"
        case .memoryArgument: return memoryArgument(instruction, row)
        case .memoryArgumentLane: return memoryArgument(instruction, row) + " \(instruction.lane)"
        case .memoryMemory, .tableTable, .typeField, .typeCount, .typeData, .typeElement, .typeType: return "\(first) \(second)"
        case .dataMemory, .elementTable: return "\(second) \(first)"
        case .i32: return "\(Int32(truncatingIfNeeded: instruction.bits))"
        case .i64: return "\(Int64(bitPattern: instruction.bits))"
        case .f32: return rendered { FloatPrinter.print(float32Bits: UInt32(truncatingIfNeeded: instruction.bits), into: &$0) }
        case .f64: return rendered { FloatPrinter.print(float64Bits: instruction.bits, into: &$0) }
        case .v128: return "i64x2 \(hexadecimal(instruction.bits)) \(hexadecimal(instruction.highBits))"
        case .lane: return "\(instruction.lane)"
        case .shuffle: return lanes(instruction.bits) + " " + lanes(instruction.highBits)
        case .heapType: return heapType(instruction.heapType)
        case .castBranch: return "\(first) \(rawType(instruction.bits)) \(rawType(instruction.highBits))"
        }
    }

    private func tryTable(_ instruction: Instruction) -> String {
        var text = blockType(instruction.blockType)
        for clause in instruction.catchClauses {
            let word =
                clause.hasTag ? (clause.pushesReference ? "catch_ref" : "catch") : clause.pushesReference ? "catch_all_ref" : "catch_all"
            if !text.isEmpty { text += " " }
            text += "(\(word) " + (clause.hasTag ? "\(clause.tag) " : "") + "\(clause.label))"
        }
        return text
    }

    private func memoryArgument(_ instruction: Instruction, _ row: OpcodeRow) -> String {
        var parts: [String] = []
        if instruction.index != 0 { parts.append("\(instruction.index)") }
        if instruction.bits != 0 { parts.append("offset=\(instruction.bits)") }
        if Int(instruction.alignment) != row.naturalAlignment { parts.append("align=\(1 << Int(instruction.alignment))") }
        return parts.joined(separator: " ")
    }

    private func blockType(_ type: BlockType) -> String {
        if let value = type.valueType { return "(result \(typeText(value)))" }
        if let index = type.typeIndex { return "(type \(index))" }
        return ""
    }

    private func lanes(_ word: UInt64) -> String {
        (0..<8).map { "\(word >> (8 * UInt64($0)) & 255)" }.joined(separator: " ")
    }

    private func heapType(_ type: HeapType) -> String { rendered { type.render(into: &$0) } }

    private func rawType(_ raw: UInt64) -> String { typeText(ValueType(rawValue: UInt32(truncatingIfNeeded: raw))) }
}

/// `0x` and the digits.
func hexadecimal<Integer: BinaryInteger>(_ value: Integer) -> String { "0x" + String(value, radix: 16) }

/// A value type's name in the text format.
func typeText(_ type: ValueType) -> String { rendered { type.render(into: &$0) } }

/// `(i32 i64) -> (f32)`.
func signatureText(_ type: FunctionType) -> String {
    "(\(type.parameters.map(typeText).joined(separator: " "))) -> (\(type.results.map(typeText).joined(separator: " ")))"
}

/// An import's or export's type.
func externalTypeText(_ type: ExternalType, _ image: ModuleImage) -> String {
    func limits(_ limits: Limits) -> String { "\(limits.minimum)" + (limits.maximum.map { " \($0)" } ?? "") }
    switch type {
    case .function(let index): return "func " + (image.signature(ofType: index).map { signatureText($0.functionType) } ?? "(type \(index))")
    case .table(let table): return "table \(table.is64 ? "i64 " : "")\(limits(table.limits)) \(typeText(table.element))"
    case .memory(let memory): return "memory \(memory.is64 ? "i64 " : "")\(limits(memory.limits))"
    case .global(let global): return "global " + (global.isMutable ? "(mut \(typeText(global.value)))" : typeText(global.value))
    case .tag(let tag): return "tag (type \(tag.typeIndex))"
    }
}
