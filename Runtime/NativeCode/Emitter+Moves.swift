// Copies, constants, globals.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// Copies an operand's bits to a slot.
    mutating func copy(_ source: CellOperand, to slot: Int32) {
        if let from = source.slot, from == slot { return }
        let origin = origin(source)
        protect(slot: slot)
        forget(slot: slot)
        defer {
            if let origin { bases.note(slot: slot, is: origin) }
        }
        if pins.isThrough(slot: slot), isStaged(slot) {
            // The callee finds it in its slot, and nobody looks at the register before it is fetched again.
            let register = read(source, .t0)
            let (base, offset) = place(slot)
            code.append(.sd, register, base, offset: offset)
        } else if let target = pins.pin(ofSlot: slot) {
            copy(source, to: target)
            writeThrough(target)
        } else if let from = source.slot, let pin = pins.pin(ofSlot: from), pin.use != .integer {
            write(pin.floatRegister, isDouble: pin.use == .double, to: slot)
        } else {
            write(read(source, .t0), to: slot)
        }
    }

    /// Whether a slot that the cell at hand writes is an argument of the call that the block ends with, and nothing before that reads it.
    private func isStaged(_ slot: Int32) -> Bool {
        var offset = current
        for _ in 0..<8 {
            let next = Cell(function.cells, offset)
            switch next.meaning.shape {
            case .call: return slot >= next.field(20) && slot < next.field(16)
            case .callIndirect: return slot >= next.field(28) && slot < next.field(20) && next.first.slot != slot
            default: break
            }
            guard readSet(next) & pins.set(ofSlot: slot) == 0, next.end < blockEnd else { return false }
            offset = next.end
        }
        return false
    }

    private mutating func copy(_ source: CellOperand, to pin: Pin) {
        switch pin.use {
        case .double, .single:
            let isDouble = pin.use == .double
            if let from = source.slot {
                if let other = pins.pin(ofSlot: from) {
                    if other.use == pin.use {
                        code.append(isDouble ? .fsgnjD : .fsgnjS, pin.floatRegister, other.floatRegister, other.floatRegister)
                    } else {
                        moveBits(read(slot: from, .t0), to: pin.floatRegister, isDouble: isDouble)
                    }
                } else {
                    let (base, offset) = place(from)
                    code.append(isDouble ? .fld : .flw, pin.floatRegister, base, offset: offset)
                }
            } else {
                moveBits(read(source, .t0), to: pin.floatRegister, isDouble: isDouble)
            }
        default:
            let register = read(source, pin.integerRegister)
            if register != pin.integerRegister { code.append(.addi, pin.integerRegister, register, 0) }
        }
    }

    mutating func emitCopyRun(_ cell: Cell) {
        cell.visitRun { copy($1, to: $0) }
    }

    mutating func emitCopyVector(_ cell: Cell) {
        // Both are read before either is written: the slots may overlap.
        for slot in [cell.field(8), cell.field(8) + 8] { protect(slot: slot) }
        var low = read(slot: cell.field(12), .t0)
        if low != .t0, cell.field(8) != cell.field(12) {
            code.append(.addi, .t0, low, 0)
            low = .t0
        }
        let high = read(slot: cell.field(12) + 8, .t1)
        if cell.field(8) == cell.field(12) + 8, high != .t1 {
            code.append(.addi, .t1, high, 0)
            write(low, to: cell.field(8))
            return write(.t1, to: cell.field(8) + 8)
        }
        write(low, to: cell.field(8))
        write(high, to: cell.field(8) + 8)
    }

    mutating func emitConstantVector(_ cell: Cell) {
        for half in 0..<2 {
            let value = cell.field64(16 + half * 8)
            protect(slot: cell.field(8) + Int32(half) * 8)
            if value != 0 { code.loadImmediate(.t0, value) }
            write(value == 0 ? .zero : .t0, to: cell.field(8) + Int32(half) * 8)
        }
    }

    // MARK: Clearing

    /// Clears slots, but for those that are written before they are read. Those candidates are not live behind it.
    mutating func emitClear(_ cell: Cell) {
        let dead = deadSet(behind: cell)
        for index in 0..<cell.meaning.count {
            let slot = cell.field(8) + Int32(index) * 8
            if pins.set(ofSlot: slot) & dead != 0 { continue }
            live |= pins.set(ofSlot: slot)
            protect(slot: slot)
            write(.zero, to: slot)
        }
    }

    /// The candidates that the block writes behind a cell before it reads them.
    private mutating func deadSet(behind cell: Cell) -> PinSet {
        var read: PinSet = 0
        var dead: PinSet = 0
        var offset = cell.end
        var count = 0
        while offset < blockEnd {
            // So long a block need not be looked through.
            if count == 64 { return dead }
            let next = Cell(function.cells, offset)
            read |= readSet(next)
            dead |= writtenSet(next) & ~read
            offset = next.end
            count += 1
            workCount &+= 1
        }
        return dead
    }

    /// More slots than are cleared one by one.
    mutating func emitClearMany(_ cell: Cell) {
        let first = cell.field(8)
        let count = Int(cell.field(12))
        code.addImmediate(.t0, .frame, Int(first), scratch: .t1)
        code.loadImmediate(.t1, Int64(count * 8))
        code.append(.add, .t1, .t1, .t0)
        bases.forgetAll()
        let loop = code.makeBoundLabel()
        code.append(.sd, .zero, .t0, offset: 0)
        code.append(.addi, .t0, .t0, 8)
        code.append(.bltu, .t0, .t1, to: loop)
        fetch(pins.set(from: first, to: first + Int32(count) * 8))
    }

    // MARK: Globals

    /// The address of the global whose index times 8 is `scaled`, in `t1`.
    private mutating func loadGlobal(_ scaled: Int32) {
        code.append(.ld, .t1, .instance, offset: layout.globals)
        if OperandKind.signed12.fits(Int(scaled)) {
            code.append(.ld, .t1, .t1, offset: Int(scaled))
        } else {
            code.loadImmediate(.t2, Int64(scaled))
            code.append(.add, .t1, .t1, .t2)
            code.append(.ld, .t1, .t1, offset: 0)
        }
    }

    mutating func emitGlobalGet(_ cell: Cell) {
        loadGlobal(cell.field(12))
        let target = target(cell)
        code.append(.ld, target, .t1, offset: 0)
        finish(cell, target)
    }

    mutating func emitGlobalGetVector(_ cell: Cell) {
        loadGlobal(cell.field(12))
        code.append(.ld, .t0, .t1, offset: 0)
        write(.t0, to: cell.result)
        code.append(.ld, .t0, .t1, offset: 8)
        write(.t0, to: cell.result + 8)
    }

    mutating func emitGlobalSet(_ cell: Cell) {
        loadGlobal(cell.field(8))
        let value = read(cell.first, .t0)
        code.append(.sd, value, .t1, offset: 0)
    }

    mutating func emitGlobalSetSum(_ cell: Cell) {
        loadGlobal(cell.field(16))
        let value = read(cell.first, .t0)
        let target = target(cell)
        addWord(target, value, Int(cell.field(12)))
        code.append(.sd, target, .t1, offset: 0)
        finish(cell, target)
    }

    mutating func emitGlobalAdd(_ cell: Cell) {
        loadGlobal(cell.field(16))
        code.append(.ld, .t0, .t1, offset: 0)
        let target = target(cell)
        addWord(target, .t0, Int(cell.field(12)))
        code.append(.sd, target, .t1, offset: 0)
        finish(cell, target)
    }

    /// The i32 sum of a register and a constant; uses `t2`.
    mutating func addWord(_ target: IntegerRegister, _ source: IntegerRegister, _ amount: Int) {
        if OperandKind.signed12.fits(amount) {
            code.append(.addiw, target, source, amount)
        } else {
            code.append(.addw, target, source, constant(Int64(amount), .t2))
        }
    }
}
