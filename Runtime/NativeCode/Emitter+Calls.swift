// Calls. As a handler does, a call writes the address of the cell behind it into the callee's header; returns from native code and from
// handlers alike dispatch on that cell.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    mutating func emitCall(_ cell: Cell, _ block: Int) {
        // The staged arguments are the callee's; what lies above them is nobody's any more.
        let distance = cell.field(20)
        spillForCall(cell, block, distance)
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

    private mutating func spillForCall(_ cell: Cell, _ block: Int, _ distance: Int32) {
        let above = pins.set(from: distance, to: .max)
        spill(liveness.atEnd(function, graph, block) & ~above | readSet(cell))
    }

    /// Writes the return address and enters the callee's frame, if the stack holds it.
    private mutating func enterFrame(_ cell: Cell, _ distance: Int32, header: Int32) {
        code.append(.ld, .t1, .instance, offset: layout.stackLimit)
        code.addImmediate(.t0, .frame, Int(distance), scratch: .t0)
        code.append(.bltu, .t1, .t0, to: exit(cell, spilling: 0))
        code.addImmediate(.t1, .cell, cell.end - anchor, scratch: .t1)
        let (base, offset) = place(header)
        code.append(.sd, .t1, base, offset: offset)
        code.append(.addi, .frame, .t0, 0)
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
        let table = UInt32(bitPattern: cell.field(12))
        spillForCall(cell, block, distance)
        settleAccumulators()
        storeFuel()
        let exit = exit(cell, spilling: 0)
        let index = read(cell.first, .t0)
        if table & 0x8000_0000 == 0 {
            code.append(.addUw, .t0, index, .zero)
        } else if index != .t0 {
            code.append(.addi, .t0, index, 0)
        }
        code.append(.ld, .t1, .instance, offset: layout.tables)
        load(.t1, .t1, Int(table & 0x7FFF_FFFF) * 8)
        code.append(.ld, .t2, .t1, offset: layout.tableCount)
        code.append(.bgeu, .t0, .t2, to: exit)
        code.append(.ld, .t1, .t1, offset: layout.tableElements)
        code.append(.sh3add, .t0, .t0, .t1)
        code.append(.ld, .t0, .t0, offset: 0)
        code.append(.beq, .t0, .zero, to: exit)
        code.append(.lw, .t1, .t0, offset: layout.entryType)
        code.loadImmediate(.t2, Int64(cell.field(16)))
        code.append(.bne, .t1, .t2, to: exit)
        code.append(.ld, .t1, .t0, offset: layout.entryInstance)
        code.append(.bne, .t1, .instance, to: exit)
        // Pins are in their slots, so that their registers are free.
        code.append(.ld, .a5, .t0, offset: layout.entryCode)
        enterFrame(cell, distance, header: cell.field(20))
        code.append(.addi, .cell, .a5, 0)
        code.append(.ld, .t0, .cell, offset: 0)
        code.append(.jalr, .zero, .t0, offset: 0)
    }
}
