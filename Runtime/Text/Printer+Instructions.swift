// One instruction as text: the name from the opcode table, the immediates by their kind. Spec: WebAssembly core, 6.6.
import WasmModule
import WasmNumerics

extension Printer {
    /// The instruction's name.
    mutating func printName(_ opcode: Opcode) { output.append(contentsOf: opcode.row.nameBytes) }

    /// The instruction's immediates, each behind a space.
    mutating func printImmediates(_ instruction: Instruction) {
        let row = instruction.opcode.row
        switch row.immediate {
        case .none: break
        case .block: blockType(instruction.blockType)
        case .tryTable:
            blockType(instruction.blockType)
            catchClauses(instruction)
        case .label, .function, .type, .local, .global, .tag, .data, .element: number(instruction.index)
        case .table, .memory: optional(instruction.index)
        case .labels:
            for target in instruction.branchTargets { number(target) }
        case .typeTable:
            optional(instruction.secondIndex)
            write(" ")
            typeUse(instruction.index)
        case .types:
            write(" (result")
            for type in module.selectTypes(instruction) {
                write(" ")
                valueType(type)
            }
            write(")")
        case .memoryArgument: memoryArgument(instruction, row)
        case .memoryArgumentLane:
            memoryArgument(instruction, row)
            number(UInt32(instruction.lane))
        case .memoryMemory, .tableTable: pair(instruction)
        case .dataMemory, .elementTable:
            optional(instruction.secondIndex)
            number(instruction.index)
        case .typeField, .typeCount, .typeData, .typeElement, .typeType:
            number(instruction.index)
            number(instruction.secondIndex)
        case .i32: signed(Int64(Int32(truncatingIfNeeded: instruction.bits)))
        case .i64: signed(Int64(bitPattern: instruction.bits))
        case .f32:
            write(" ")
            FloatPrinter.print(float32Bits: UInt32(truncatingIfNeeded: instruction.bits), into: &output)
        case .f64:
            write(" ")
            FloatPrinter.print(float64Bits: instruction.bits, into: &output)
        case .v128:
            write(" i32x4")
            vectorWord(UInt32(truncatingIfNeeded: instruction.bits))
            vectorWord(UInt32(truncatingIfNeeded: instruction.bits >> 32))
            vectorWord(UInt32(truncatingIfNeeded: instruction.highBits))
            vectorWord(UInt32(truncatingIfNeeded: instruction.highBits >> 32))
        case .lane: number(UInt32(instruction.lane))
        case .shuffle:
            for lane in 0..<UInt64(8) { number(UInt32(instruction.bits >> (8 * lane) & 0xff)) }
            for lane in 0..<UInt64(8) { number(UInt32(instruction.highBits >> (8 * lane) & 0xff)) }
        case .heapType: heapTypeImmediate(instruction)
        case .castBranch:
            number(instruction.index)
            write(" ")
            valueType(ValueType(rawValue: UInt32(truncatingIfNeeded: instruction.bits)))
            write(" ")
            valueType(ValueType(rawValue: UInt32(truncatingIfNeeded: instruction.highBits)))
        }
    }

    private mutating func number(_ value: UInt32) {
        write(" ")
        write(value)
    }

    /// An index that is left out when it is 0.
    private mutating func optional(_ index: UInt32) {
        if index != 0 { number(index) }
    }

    /// Both indices, or neither when both are 0.
    private mutating func pair(_ instruction: Instruction) {
        guard instruction.index != 0 || instruction.secondIndex != 0 else { return }
        number(instruction.index)
        number(instruction.secondIndex)
    }

    private mutating func signed(_ value: Int64) {
        write(" ")
        if value < 0 { write("-") }
        write(value.magnitude)
    }

    private mutating func vectorWord(_ word: UInt32) {
        write(" 0x")
        var shift: UInt32 = 32
        while shift > 0 {
            shift -= 4
            hexadecimal(UInt8(truncatingIfNeeded: word >> shift & 15))
        }
    }

    private mutating func blockType(_ type: BlockType) {
        if type.isEmpty { return }
        let low = UInt32(truncatingIfNeeded: type.rawValue)
        if type == .index(low) {
            write(" ")
            typeUse(low)
        } else {
            write(" (result ")
            valueType(ValueType(rawValue: low))
            write(")")
        }
    }

    private mutating func catchClauses(_ instruction: Instruction) {
        for clause in instruction.catchClauses {
            switch clause.kind {
            case .catch: write(" (catch")
            case .catchRef: write(" (catch_ref")
            case .catchAll: write(" (catch_all")
            case .catchAllRef: write(" (catch_all_ref")
            }
            if clause.hasTag { number(clause.tag) }
            number(clause.label)
            write(")")
        }
    }

    private mutating func memoryArgument(_ instruction: Instruction, _ row: OpcodeRow) {
        optional(instruction.index)
        if instruction.bits != 0 {
            write(" offset=")
            write(instruction.bits)
        }
        if Int(instruction.alignment) != row.naturalAlignment {
            write(" align=")
            write(UInt64(1) << UInt64(instruction.alignment & 63))
        }
    }

    /// `ref.null` takes a heap type; `ref.test` and `ref.cast` a reference type whose nullability is the opcode's.
    private mutating func heapTypeImmediate(_ instruction: Instruction) {
        write(" ")
        switch instruction.opcode {
        case .refTest, .refCast: valueType(ValueType(nullable: false, instruction.heapType))
        case .refTestNull, .refCastNull: valueType(ValueType(nullable: true, instruction.heapType))
        default: heapType(instruction.heapType)
        }
    }
}
