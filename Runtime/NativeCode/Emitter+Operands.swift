// Operands into registers, results out of them.

import Containers
import MachineCode
import WasmOperations

extension Pin {
    var integerRegister: IntegerRegister { IntegerRegister(number: Int(register)) }
    var floatRegister: FloatRegister { FloatRegister(number: Int(register)) }
}

extension Emitter {
    // MARK: Reading

    /// The register that holds an integer operand, or the bits of any other; `scratch` when it has to be fetched.
    mutating func read(_ operand: CellOperand, _ scratch: IntegerRegister) -> IntegerRegister {
        switch operand.form {
        case .none: return .zero
        case .accumulator: return integer
        case .slot, .pair: return read(slot: Int32(truncatingIfNeeded: operand.value), scratch)
        case .immediate, .wideImmediate:
            return operand.value == 0 ? .zero : constant(operand.value, scratch)
        }
    }

    /// The register that holds a constant.
    mutating func constant(_ value: Int64, _ scratch: IntegerRegister) -> IntegerRegister {
        if let pin = pin(ofConstant: value, .integer) { return pin.integerRegister }
        code.loadImmediate(scratch, value)
        return scratch
    }

    /// The register that holds a slot's bits.
    mutating func read(slot: Int32, _ scratch: IntegerRegister) -> IntegerRegister {
        guard let pin = pins.pin(ofSlot: slot) else {
            let (base, offset) = place(slot)
            code.append(.ld, scratch, base, offset: offset)
            return scratch
        }
        switch pin.use {
        case .double: code.append(.fmvXD, scratch, pin.floatRegister)
        case .single: code.append(.fmvXW, scratch, pin.floatRegister)
        default: return pin.integerRegister
        }
        return scratch
    }

    /// The register that holds a float operand.
    mutating func read(_ operand: CellOperand, isDouble: Bool, _ scratch: FloatRegister) -> FloatRegister {
        switch operand.form {
        case .none, .accumulator: return isDouble ? double : single
        case .slot, .pair:
            let slot = Int32(truncatingIfNeeded: operand.value)
            if let pin = pins.pin(ofSlot: slot) {
                if pin.use == (isDouble ? .double : .single) { return pin.floatRegister }
                moveBits(read(slot: slot, .t0), to: scratch, isDouble: isDouble)
            } else {
                let (base, offset) = place(slot)
                code.append(isDouble ? .fld : .flw, scratch, base, offset: offset)
            }
            return scratch
        case .immediate, .wideImmediate:
            if let pin = pin(ofConstant: operand.value, isDouble ? .double : .single) { return pin.floatRegister }
            var bits = IntegerRegister.zero
            if operand.value != 0 {
                code.loadImmediate(.t0, operand.value)
                bits = .t0
            }
            moveBits(bits, to: scratch, isDouble: isDouble)
            return scratch
        }
    }

    /// The pin that holds a constant, where the block at hand has it.
    private func pin(ofConstant value: Int64, _ use: SlotUse) -> Pin? {
        guard let number = pins.number(ofConstant: value, use), (live & pins.held) >> UInt64(number) & 1 == 1 else { return nil }
        return pins.all[number]
    }

    mutating func moveBits(_ source: IntegerRegister, to target: FloatRegister, isDouble: Bool) {
        code.append(isDouble ? .fmvDX : .fmvWX, target, source)
    }

    // MARK: Writing

    /// Where an operation should put its integer result.
    func target(_ cell: Cell) -> IntegerRegister {
        if cell.meaning.storesResult, let pin = pins.pin(ofSlot: cell.result), pin.use == .integer { return pin.integerRegister }
        return .accumulator
    }

    /// The result of a cell is in `register`, which `target` gave: it becomes the accumulator, and goes to its slot.
    mutating func finish(_ cell: Cell, _ register: IntegerRegister) {
        if cell.meaning.storesResult { write(register, to: cell.result) }
        integer = register
        accumulatorOrigin = cell.meaning.storesResult ? SlotSum(slot: cell.result, amount: 0) : nil
    }

    /// A slot is written.
    mutating func forget(slot: Int32) {
        bases.forget(slot: slot)
        if accumulatorOrigin?.slot == slot { accumulatorOrigin = nil }
    }

    /// Stores the bits in a register to a slot.
    mutating func write(_ register: IntegerRegister, to slot: Int32) {
        forget(slot: slot)
        guard let pin = pins.pin(ofSlot: slot) else {
            let (base, offset) = place(slot)
            code.append(.sd, register, base, offset: offset)
            return
        }
        switch pin.use {
        case .double, .single:
            protect(pin.floatRegister)
            moveBits(register, to: pin.floatRegister, isDouble: pin.use == .double)
        default: if pin.integerRegister != register { code.append(.addi, pin.integerRegister, register, 0) }
        }
        writeThrough(pin)
    }

    /// A pin changed: its slot changes too, if it is to.
    mutating func writeThrough(_ pin: Pin) {
        if pins.isThrough(slot: pin.slot) { storePin(pin) }
    }

    /// Where an operation should put its float result.
    func target(_ cell: Cell, isDouble: Bool) -> FloatRegister {
        if cell.meaning.storesResult, let pin = pins.pin(ofSlot: cell.result), pin.use == (isDouble ? .double : .single) {
            return pin.floatRegister
        }
        return isDouble ? .double : .single
    }

    /// As for an integer result. An accumulator of the other class that was the pin moves first, so this is called before the result is made.
    mutating func finish(_ cell: Cell, _ register: FloatRegister, isDouble: Bool) {
        if cell.meaning.storesResult { write(register, isDouble: isDouble, to: cell.result) }
        if isDouble { double = register } else { single = register }
    }

    /// Stores a float to a slot.
    mutating func write(_ register: FloatRegister, isDouble: Bool, to slot: Int32) {
        forget(slot: slot)
        guard let pin = pins.pin(ofSlot: slot) else {
            let (base, offset) = place(slot)
            code.append(isDouble ? .fsd : .fsw, register, base, offset: offset)
            return
        }
        if pin.use == (isDouble ? .double : .single) {
            if pin.floatRegister != register {
                code.append(isDouble ? .fsgnjD : .fsgnjS, pin.floatRegister, register, register)
            }
            return writeThrough(pin)
        }
        code.append(isDouble ? .fmvXD : .fmvXW, .t0, register)
        if pin.use == .integer { protect(pin.integerRegister) }
        write(.t0, to: slot)
    }

    /// Whether one of the next cells makes the integer accumulator anew before any reads it.
    private func isAccumulatorDead() -> Bool {
        guard !cell(at: current).readsInteger else { return false }
        var offset = Cell.head(function.cells, current).end
        for _ in 0..<4 {
            guard offset < blockEnd else { return false }
            let cell = cell(at: offset)
            if cell.readsInteger { return false }
            if cell.meaning.writes == .integer { return true }
            offset = cell.end
        }
        return false
    }

    private func cell(at offset: Int) -> Cell { Cell(function.cells, offset) }

    /// An accumulator that is the pin in `register` moves to its own register, since the pin is about to change.
    mutating func protect(_ register: IntegerRegister) {
        guard integer == register, register != .accumulator, !isAccumulatorDead() else { return }
        code.append(.addi, .accumulator, register, 0)
        integer = .accumulator
    }

    mutating func protect(_ register: FloatRegister) {
        if double == register, register != .double {
            code.append(.fsgnjD, .double, register, register)
            double = .double
        }
        if single == register, register != .single {
            code.append(.fsgnjS, .single, register, register)
            single = .single
        }
    }

    /// The pin at a slot is about to change.
    mutating func protect(slot: Int32) {
        guard let pin = pins.pin(ofSlot: slot) else { return }
        if pin.use == .integer { protect(pin.integerRegister) } else { protect(pin.floatRegister) }
    }
}
