// One instruction: fixed types by the opcode table's row, the rest case by case. Specification 3.4.

import Containers

extension FunctionValidator {
    /// Validates one instruction and does to the stacks what it does.
    @export(interface) @inline(never)
    public mutating func validate(_ instruction: inout Instruction) throws(WasmError) {
        if signatureWords[Int(instruction.opcode.rawValue)] >> 48 & 0xFF == UInt64(OpcodeShape.structural.rawValue) {
            try structural(&instruction)
        } else {
            try validateTypes(&instruction)
        }
    }

    /// Validates an instruction whose operands and results have fixed types.
    @inline(never) private mutating func validateTypes(_ instruction: inout Instruction) throws(WasmError) {
        let word = signatureWords[Int(instruction.opcode.rawValue)]
        // SAFETY: the table holds raw values of `OpcodeShape`, which is dense from 0.
        switch unsafeBitCast(UInt8(truncatingIfNeeded: word >> 48), to: OpcodeShape.self) {
        case .simple:
            if instruction.opcode.rawValue >= Opcode.i8x16Shuffle.rawValue { try checkLanes(&instruction, word) }
            var index = word >> 24 & 15
            while index > 0 {
                index &-= 1
                try pop(ValueType(rawValue: UInt32(truncatingIfNeeded: word >> (index &* 4) & 15)), instruction.offset)
            }
            if word >> 28 & 15 != 0 { try push(ValueType(rawValue: UInt32(truncatingIfNeeded: word >> 16 & 15)), instruction.offset) }
        case .load:
            try pop(try access(&instruction, word), instruction.offset)
            try push(ValueType(rawValue: UInt32(truncatingIfNeeded: word >> 16 & 15)), instruction.offset)
        case .store:
            let address = try access(&instruction, word)
            try pop(ValueType(rawValue: UInt32(truncatingIfNeeded: word & 15)), instruction.offset)
            try pop(address, instruction.offset)
        case .loadLane, .storeLane:
            let address = try access(&instruction, word)
            guard instruction.lane < 16 >> UInt8(truncatingIfNeeded: word >> 56) else {
                throw unknown("invalid lane index", UInt32(instruction.lane), instruction.offset)
            }
            try pop(.v128, instruction.offset)
            try pop(address, instruction.offset)
            if word >> 48 & 0xFF == UInt64(OpcodeShape.loadLane.rawValue) { try push(.v128, instruction.offset) }
        case .structural: break
        }
    }

    /// Lanes of `extract_lane`, `replace_lane` and `shuffle`.
    @inline(__always) private mutating func checkLanes(_ instruction: inout Instruction, _ word: UInt64) throws(WasmError) {
        let kind = UInt8(truncatingIfNeeded: word >> 32)
        if kind == ImmediateKind.lane.rawValue {
            guard instruction.lane < UInt8(truncatingIfNeeded: word >> 56) else {
                throw unknown("invalid lane index", UInt32(instruction.lane), instruction.offset)
            }
        } else if kind == ImmediateKind.shuffle.rawValue {
            // Each of the sixteen bytes is below 32.
            guard (instruction.bits | instruction.highBits) & 0xE0E0_E0E0_E0E0_E0E0 == 0 else {
                throw invalid("invalid lane index", instruction.offset)
            }
        }
    }

    /// The address type of a memory access, once alignment and offset are checked.
    @inline(__always) private mutating func access(_ instruction: inout Instruction, _ word: UInt64) throws(WasmError) -> ValueType {
        let address: ValueType
        if instruction.index == 0, hasPlainMemory {
            address = .i32
        } else {
            address = try memory(instruction.index, instruction.offset)
        }
        guard UInt64(instruction.alignment) <= word >> 56 else {
            throw invalid("alignment must not be larger than natural", instruction.offset)
        }
        if address == .i32, instruction.bits > UInt64(UInt32.max) { throw invalid("offset out of range", instruction.offset) }
        return address
    }

    /// The address type of a memory.
    private mutating func memory(_ index: UInt32, _ offset: UInt32) throws(WasmError) -> ValueType {
        guard Int(index) < memoryCount else { throw unknown("unknown memory", index, offset) }
        return memories[Int(index)].addressType
    }

    /// The type of a table.
    mutating func table(_ index: UInt32, _ offset: UInt32) throws(WasmError) -> TableType {
        guard Int(index) < tableCount else { throw unknown("unknown table", index, offset) }
        return tables[Int(index)].type
    }

    /// Validates an instruction that is a case of its own.
    @export(interface) @inline(never)
    public mutating func structural(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        switch instruction.opcode {
        case .localGet, .localSet, .localTee: try variable(&instruction)
        case .end: try endBlock(offset)
        case .block: try open(.block, &instruction)
        case .loop: try open(.loop, &instruction)
        case .if: try open(.if, &instruction)
        case .else: try beginElse(offset)
        case .br: try branch(&instruction)
        case .brIf: try branchIf(&instruction)
        case .brTable: try branchTable(&instruction)
        case .return: try returnFromFunction(offset)
        case .call: try callDirect(&instruction, isTail: false)
        case .callIndirect: try callIndirect(&instruction, isTail: false)
        case .drop: try drop(offset)
        case .select: try select(offset)
        case .selectTyped: try selectTyped(&instruction)
        case .globalGet, .globalSet: try global(&instruction)
        case .unreachable: setUnreachable()
        case .nop: break
        case .returnCall: try callDirect(&instruction, isTail: true)
        case .returnCallIndirect: try callIndirect(&instruction, isTail: true)
        case .callRef: try callReference(&instruction, isTail: false)
        case .returnCallRef: try callReference(&instruction, isTail: true)
        case .throw: try throwException(&instruction)
        case .throwRef: try throwReference(offset)
        case .tryTable: try tryTable(&instruction)
        case .try: try open(.legacyTry, &instruction)
        case .catch: try legacyCatch(&instruction)
        case .catchAll: try legacyCatchAll(offset)
        case .delegate: try legacyDelegate(&instruction)
        case .rethrow: try legacyRethrow(&instruction)
        case .refNull, .refIsNull, .refFunc, .refAsNonNull, .brOnNull, .brOnNonNull: try reference(&instruction)
        case .memorySize, .memoryGrow, .memoryInit, .memoryCopy, .memoryFill, .dataDrop: try bulkMemory(&instruction)
        case .tableGet, .tableSet, .tableSize, .tableGrow, .tableFill, .tableCopy, .tableInit, .elemDrop: try tables(&instruction)
        default: throw refusal(&instruction)
        }
    }

    @inline(never) private mutating func refusal(_ instruction: inout Instruction) -> WasmError {
        WasmError(
            .unsupported, at: Int(instruction.offset), "garbage collection is not enabled", .opcode, UInt64(instruction.opcode.rawValue))
    }

    // MARK: Variables

    @inline(never) private mutating func variable(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        let type = try local(&instruction)
        if instruction.opcode == .localGet { return try localGet(&instruction) }
        try pop(type, offset)
        if instruction.opcode == .localTee { try push(type, offset) }
        try initialize(&instruction)
    }

    @inline(never) private mutating func global(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        guard Int(instruction.index) < globalCount else { throw unknown("unknown global", instruction.index, offset) }
        let global = globals[Int(instruction.index)].type
        if instruction.opcode == .globalGet { return try push(global.value, offset) }
        guard global.isMutable else { throw invalid("immutable global", offset) }
        try pop(global.value, offset)
    }

    @inline(__always) private mutating func local(_ instruction: inout Instruction) throws(WasmError) -> ValueType {
        guard Int(instruction.index) < localTypes.count else { throw unknown("unknown local", instruction.index, instruction.offset) }
        return localTypes.base[Int(instruction.index)]
    }

    @inline(__always) private mutating func localGet(_ instruction: inout Instruction) throws(WasmError) {
        let type = try local(&instruction)
        if tracksInitialization, !initialized.base[Int(instruction.index)] {
            throw unknown("uninitialized local", instruction.index, instruction.offset)
        }
        try push(type, instruction.offset)
    }

    @inline(__always) private mutating func initialize(_ instruction: inout Instruction) throws(WasmError) {
        guard tracksInitialization, !initialized.base[Int(instruction.index)] else { return }
        initialized.base[Int(instruction.index)] = true
        guard initializations.append(instruction.index) else { throw outOfMemory(Int(instruction.offset)) }
    }

    // MARK: Parametric

    @inline(never) private mutating func drop(_ offset: UInt32) throws(WasmError) { _ = try popAny(offset) }

    @inline(never) private mutating func select(_ offset: UInt32) throws(WasmError) {
        try pop(.i32, offset)
        let second = try popAny(offset)
        let first = try popAny(offset)
        // Without a type only numbers and vectors.
        guard !first.isReference, !second.isReference else { throw mismatch(.i32, first.isReference ? first : second, offset) }
        guard first == second || first == .unknown || second == .unknown else { throw mismatch(first, second, offset) }
        try push(first == .unknown ? second : first, offset)
    }

    @inline(never) private mutating func selectTyped(_ instruction: inout Instruction) throws(WasmError) {
        guard instruction.index == 1 else { throw invalid("invalid result arity", instruction.offset) }
        let type = instruction.selectType
        try check(type, instruction.offset)
        try pop(.i32, instruction.offset)
        try pop(type, instruction.offset)
        try pop(type, instruction.offset)
        try push(type, instruction.offset)
    }

    /// Refuses a type that is unknown or whose proposal is off.
    mutating func check(_ type: ValueType, _ offset: UInt32) throws(WasmError) {
        if let refusal = module.refusal(of: type, at: Int(offset), indexBound: module.types.count) { throw refusal }
    }

    // MARK: References

    @inline(never) private mutating func reference(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        switch instruction.opcode {
        case .refNull:
            let type = ValueType(nullable: true, instruction.heapType)
            try check(type, offset)
            try push(type, offset)
        case .refIsNull:
            _ = try popReference(offset)
            try push(.i32, offset)
        case .refFunc:
            guard Int(instruction.index) < functionCount else { throw unknown("unknown function", instruction.index, offset) }
            guard module.declaredFunctions[Int(instruction.index)] else {
                throw unknown("undeclared function reference", instruction.index, offset)
            }
            try push(ValueType(nullable: false, .index(functions[Int(instruction.index)])), offset)
        case .refAsNonNull:
            let type = try popReference(offset)
            try push(type == .unknown ? ValueType(nullable: false, .bottom) : type.nonNull, offset)
        case .brOnNull: try branchOnNull(&instruction)
        default: try branchOnNonNull(&instruction)
        }
    }

    // MARK: Memories and tables

    private mutating func checkData(_ index: UInt32, _ offset: UInt32) throws(WasmError) {
        guard index < module.dataCount ?? 0 else { throw unknown("unknown data segment", index, offset) }
    }

    @inline(never) private mutating func bulkMemory(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        switch instruction.opcode {
        case .memorySize: try push(try memory(instruction.index, offset), offset)
        case .memoryGrow:
            let address = try memory(instruction.index, offset)
            try pop(address, offset)
            try push(address, offset)
        case .memoryFill:
            let address = try memory(instruction.index, offset)
            try pop(address, offset)
            try pop(.i32, offset)
            try pop(address, offset)
        case .memoryCopy:
            let destination = try memory(instruction.index, offset)
            let source = try memory(instruction.secondIndex, offset)
            // The count has the narrower type.
            try pop(destination == .i64 && source == .i64 ? .i64 : .i32, offset)
            try pop(source, offset)
            try pop(destination, offset)
        case .memoryInit:
            let address = try memory(instruction.secondIndex, offset)
            try checkData(instruction.index, offset)
            try pop(.i32, offset)
            try pop(.i32, offset)
            try pop(address, offset)
        default: try checkData(instruction.index, offset)
        }
    }

    private mutating func element(_ index: UInt32, _ offset: UInt32) throws(WasmError) -> ValueType {
        guard Int(index) < module.elementSegments.count else { throw unknown("unknown elem segment", index, offset) }
        return module.elementSegments[Int(index)].type
    }

    @inline(never) private mutating func tables(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        switch instruction.opcode {
        case .tableGet:
            let type = try table(instruction.index, offset)
            try pop(type.addressType, offset)
            try push(type.element, offset)
        case .tableSet:
            let type = try table(instruction.index, offset)
            try pop(type.element, offset)
            try pop(type.addressType, offset)
        case .tableSize: try push(try table(instruction.index, offset).addressType, offset)
        case .tableGrow:
            let type = try table(instruction.index, offset)
            try pop(type.addressType, offset)
            try pop(type.element, offset)
            try push(type.addressType, offset)
        case .tableFill:
            let type = try table(instruction.index, offset)
            try pop(type.addressType, offset)
            try pop(type.element, offset)
            try pop(type.addressType, offset)
        case .tableCopy:
            let destination = try table(instruction.index, offset)
            let source = try table(instruction.secondIndex, offset)
            guard module.isSubtype(source.element, of: destination.element) else {
                throw mismatch(destination.element, source.element, offset)
            }
            try pop(destination.is64 && source.is64 ? .i64 : .i32, offset)
            try pop(source.addressType, offset)
            try pop(destination.addressType, offset)
        case .tableInit:
            let type = try table(instruction.secondIndex, offset)
            let element = try element(instruction.index, offset)
            guard module.isSubtype(element, of: type.element) else { throw mismatch(type.element, element, offset) }
            try pop(.i32, offset)
            try pop(.i32, offset)
            try pop(type.addressType, offset)
        default: _ = try element(instruction.index, offset)
        }
    }
}
