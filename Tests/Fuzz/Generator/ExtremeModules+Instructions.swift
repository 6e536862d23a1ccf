// One instruction of each row of the table, with its immediates as fields. Specification 5.4.

import WasmModule

/// Where the instruction stands.
enum InstructionPlace: CaseIterable {
    /// Behind operands that fit.
    case live
    /// Where nothing is reached and any operands are there.
    case dead
    /// As `live`, its memory argument naming a memory.
    case withMemory
}

extension OpcodeRow {
    /// Whether its immediates begin with alignment, memory and offset.
    var hasMemoryArgument: Bool { immediate == .memoryArgument || immediate == .memoryArgumentLane }
}

extension ExtremeModules {
    static func instruction(_ opcode: Opcode, _ place: InstructionPlace, _ writer: inout FieldWriter) {
        // These begin or end parts of blocks, and stand alone nowhere.
        if opcode == .end || opcode == .else || opcode == .catch || opcode == .catchAll || opcode == .delegate {
            return writer.opcode(.nop)
        }
        if place == .dead { writer.opcode(.unreachable) } else { operands(opcode, &writer) }
        writer.opcode(opcode)
        immediates(opcode.row, place, &writer)
        switch opcode {
        case .block, .loop, .if, .try, .tryTable: writer.opcode(.end)
        default: break
        }
    }

    private static func constant(_ type: ValueType, _ writer: inout FieldWriter) {
        switch type {
        case .i32: writer.raw([0x41, 0])
        case .i64: writer.raw([0x42, 0])
        case .f32: writer.raw([0x43, 0, 0, 0, 0])
        case .f64: writer.raw([0x44, 0, 0, 0, 0, 0, 0, 0, 0])
        case .v128: writer.raw([0xFD, 12] + [UInt8](repeating: 0, count: 16))
        default: writer.raw([0xD0, 0x70])
        }
    }

    private static func operands(_ opcode: Opcode, _ writer: inout FieldWriter) {
        let row = opcode.row
        switch row.shape {
        case .simple: for index in 0..<row.operandCount { constant(row.operand(index), &writer) }
        case .load: constant(.i32, &writer)
        case .store:
            constant(.i32, &writer)
            constant(row.operand(0), &writer)
        case .loadLane, .storeLane:
            constant(.i32, &writer)
            constant(.v128, &writer)
        case .structural: for type in structuralOperands(opcode) { constant(type, &writer) }
        }
        // References to a function of type 0, and to an exception.
        if opcode == .callRef || opcode == .returnCallRef { writer.raw([0xD0, 0]) }
        if opcode == .throwRef { writer.raw([0xD0, 0x69]) }
    }

    private static func structuralOperands(_ opcode: Opcode) -> [ValueType] {
        switch opcode {
        case .if, .brIf, .brTable, .localSet, .localTee, .globalSet, .drop, .callIndirect, .returnCallIndirect, .memoryGrow, .tableGet:
            [.i32]
        case .select, .selectTyped, .memoryFill, .memoryCopy, .memoryInit, .tableCopy, .tableInit: [.i32, .i32, .i32]
        case .throw: [.i64]
        case .brOnNull, .brOnNonNull, .refIsNull, .refAsNonNull: [.funcref]
        case .tableSet: [.i32, .funcref]
        case .tableGrow: [.funcref, .i32]
        case .tableFill: [.i32, .funcref, .i32]
        default: []
        }
    }

    private static func immediates(_ row: OpcodeRow, _ place: InstructionPlace, _ writer: inout FieldWriter) {
        switch row.immediate {
        case .none: break
        case .block: writer.field(.s33, -64)
        case .label, .type, .table, .local, .tag, .memory, .data, .element: writer.index(0)
        case .global, .function: writer.index(1)
        case .labels:
            writer.count(2)
            for _ in 0..<3 { writer.index(0) }
        case .typeTable, .memoryMemory, .dataMemory, .elementTable, .tableTable, .typeField, .typeData, .typeElement, .typeType:
            writer.index(0)
            writer.index(0)
        case .typeCount:
            writer.index(0)
            writer.count(0)
        case .types:
            writer.count(1)
            writer.byte(0x7F)
        case .tryTable:
            writer.field(.s33, -64)
            writer.count(2)
            // catch 1 0; catch_all 0
            writer.byte(0)
            writer.index(1)
            writer.index(0)
            writer.byte(2)
            writer.index(0)
        case .memoryArgument, .memoryArgumentLane:
            writer.field(.u32, place == .withMemory ? 0x40 : 0)
            if place == .withMemory { writer.index(1) }
            writer.field(.u64, 0)
            if row.immediate == .memoryArgumentLane { writer.byte(0) }
        case .i32: writer.field(.s32, 0)
        case .i64: writer.field(.s64, 0)
        case .f32: writer.raw([0, 0, 0, 0])
        case .f64: writer.raw([UInt8](repeating: 0, count: 8))
        case .v128: writer.raw([UInt8](repeating: 0, count: 16))
        case .lane: writer.byte(0)
        case .shuffle: for lane: UInt8 in 0..<16 { writer.byte(lane) }
        case .heapType: writer.field(.s33, -16)
        case .castBranch: break
        }
    }
}
