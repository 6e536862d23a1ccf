// Calls. As a handler does, a call writes the address of the cell behind it into the callee's header; returns from native code and from
// handlers alike dispatch on that cell.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    mutating func emitCall(_ cell: Cell, _ block: Int) {
        // The staged arguments are the callee's; what lies above them is nobody's any more.
        let distance = cell.field(20)
        spillForCall(cell, block, distance, argumentEnd: cell.field(16))
        let isSelf = Int(cell.field64(8)) == Int(function.index)
        if !isSelf || selfEntry == nil {
            storeFuel()
        } else if reserve != 0 {
            // The function itself takes it in its register.
            code.addImmediate(.fuel, .fuel, reserve, scratch: .t0)
            reserve = 0
        }
        enterFrame(cell, distance, header: cell.field(16))
        if isSelf, let selfEntry {
            code.append(.jal, .zero, to: selfEntry)
            return
        }
        // The cell holds the address of the callee's first.
        load(.cell, .cell, cell.offset + 8 - anchor)
        code.append(.ld, .t0, .cell, offset: 0)
        code.append(.jalr, .zero, .t0, offset: 0)
    }

    /// What the callee reads and what is needed afterwards goes to its slots.
    private mutating func spillForCall(_ cell: Cell, _ block: Int, _ distance: Int32, argumentEnd: Int32) {
        let above = pins.set(from: distance, to: .max)
        spill(liveness.atEnd(function, graph, block) & ~above | pins.set(from: distance, to: argumentEnd))
    }

    /// Compares type and instance of the entry in `t0` with a type's number and this instance.
    private mutating func checkEntry(_ type: Int, to exit: MachineCodeLabel) {
        if type >= 0, type < layout.keyedTypes, OperandKind.signed12.fits(-type) {
            code.append(.ld, .t1, .t0, offset: layout.entryKey)
            if type != 0 { code.append(.addi, .t1, .t1, -type) }
        } else {
            code.append(.lw, .t1, .t0, offset: layout.entryType)
            code.loadImmediate(.t2, Int64(type))
            code.append(.bne, .t1, .t2, to: exit)
            code.append(.ld, .t1, .t0, offset: layout.entryInstance)
        }
        code.append(.bne, .t1, .instance, to: exit)
    }

    /// Writes the return address and enters the callee's frame, if the stack holds it; `t0` stays as it was. The handler, which traps if it does
    /// not, reads `operand` once more, whose pin goes to its slot then; where that is the header's, nothing is written before.
    private mutating func enterFrame(_ cell: Cell, _ distance: Int32, header: Int32, operand: Int32? = nil) {
        let spilled = operand.map { pins.set(ofSlot: $0) } ?? 0
        guard OperandKind.signed12.fits(-Int(distance)), operand != header else {
            code.append(.ld, .t1, .instance, offset: layout.stackLimit)
            code.addImmediate(.t2, .frame, Int(distance), scratch: .t2)
            code.append(.bltu, .t1, .t2, to: exit(cell, spilling: spilled))
            storeReturn(cell, header)
            code.addImmediate(.t2, .frame, Int(distance), scratch: .t2)
            code.append(.addi, .frame, .t2, 0)
            return
        }
        storeReturn(cell, header)
        code.append(.ld, .t1, .instance, offset: layout.stackLimit)
        code.append(.addi, .frame, .frame, Int(distance))
        code.append(.bltu, .t1, .frame, to: exit(cell, spilling: spilled, frameDistance: distance))
    }

    private mutating func storeReturn(_ cell: Cell, _ header: Int32) {
        if cell.end != anchor { code.addImmediate(.t1, .cell, cell.end - anchor, scratch: .t1) }
        let (base, offset) = place(header)
        code.append(.sd, cell.end == anchor ? .cell : .t1, base, offset: offset)
    }

    /// Loads a doubleword from a base and any distance.
    private mutating func load(_ target: IntegerRegister, _ base: IntegerRegister, _ distance: Int) {
        if OperandKind.signed12.fits(distance) {
            code.append(.ld, target, base, offset: distance)
        } else {
            code.loadImmediate(.t2, Int64(distance))
            code.append(.add, .t2, .t2, base)
            code.append(.ld, target, .t2, offset: 0)
        }
    }

    /// A call through a table. Whatever is not a function of this instance with exactly the wanted type is the handler's.
    mutating func emitCallIndirect(_ cell: Cell, _ block: Int) {
        let distance = cell.field(28)
        let header = cell.field(20)
        let table = UInt32(bitPattern: cell.field(12))
        spillForCall(cell, block, distance, argumentEnd: header)
        settleAccumulators()
        storeFuel()
        let exit = exit(cell, spilling: cell.first.slot.map { pins.set(ofSlot: $0) } ?? 0)
        // A negative index is, without a sign, larger than the count of any table of 32 bits.
        let index = read(cell.first, .t0)
        if table & 0x7FFF_FFFF == 0, function.isFirstTableFixed {
            code.append(.ld, .t2, .instance, offset: layout.firstCount)
            code.append(.bgeu, index, .t2, to: exit)
            code.append(.ld, .t1, .instance, offset: layout.firstElements)
        } else {
            code.append(.ld, .t1, .instance, offset: layout.tables)
            load(.t1, .t1, Int(table & 0x7FFF_FFFF) * 8)
            code.append(.ld, .t2, .t1, offset: layout.tableCount)
            code.append(.bgeu, index, .t2, to: exit)
            code.append(.ld, .t1, .t1, offset: layout.tableElements)
        }
        code.append(.sh3add, .t0, index, .t1)
        code.append(.ld, .t0, .t0, offset: 0)
        code.append(.beq, .t0, .zero, to: exit)
        checkEntry(Int(cell.field(16)), to: exit)
        enterFrame(cell, distance, header: header, operand: cell.first.slot)
        code.append(.ld, .cell, .t0, offset: layout.entryCode)
        code.append(.ld, .t0, .cell, offset: 0)
        code.append(.jalr, .zero, .t0, offset: 0)
    }
}
