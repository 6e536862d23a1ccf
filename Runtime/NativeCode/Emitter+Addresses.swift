// Addresses: where in memory 0 a load or store goes, and the bases that stay in registers until a label or until what they were made of changes.
//
// A base is good for addresses near its own, too, up to 2 KiB: where an access through it did not fault, its address is inside the memory, so that
// the other one neither wraps around at 4 GiB, which no memory reaches, nor below 0 without a fault.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// The effective address: a register, and what is to be added. With a guarded memory the register has the memory's base in it.
    mutating func address(_ cell: Cell, _ operand: CellOperand) -> (IntegerRegister, Int) {
        let field = cell.addressField
        if cell.meaning.address == .constant, layout.isChecked {
            code.loadImmediate(.t0, Int64(UInt32(bitPattern: field)))
            return (.t0, 0)
        }
        guard cell.meaning.address == .offset || cell.meaning.address == .constant else {
            return base(cell.meaning.address, operand, field, 0)
        }
        let (high, low) = Cell.split(field)
        guard cell.meaning.address == .offset else {
            return high == 0 ? (.memory, low) : base(.constant, CellOperand(), Int32(truncatingIfNeeded: high), low)
        }
        return base(.offset, operand, Int32(truncatingIfNeeded: high), low)
    }

    /// The register with a base, which may be there already, and what is to be added to it for `offset` beyond.
    private mutating func base(_ form: AddressForm, _ operand: CellOperand, _ field: Int32, _ offset: Int) -> (IntegerRegister, Int) {
        guard !layout.isChecked, let source = source(form, operand, field) else {
            makeBase(.t0, form, operand, field)
            return (.t0, offset)
        }
        if let (known, distance) = bases.find(source, offset) { return (known, distance + offset) }
        let register = bases.add(source)
        makeBase(register, form, operand, field)
        return (register, offset)
    }

    /// What a base is made of, in the one way it is kept; nil where its operand is no known slot's.
    private func source(_ form: AddressForm, _ operand: CellOperand, _ field: Int32) -> BaseSource? {
        if form == .constant { return BaseSource(form: form, slot: -1, field: field) }
        guard let origin = origin(operand) else { return nil }
        if form == .plain { return BaseSource(form: .sum, slot: origin.slot, field: origin.amount) }
        if form == .sum || form == .offset && field == 0 { return BaseSource(form: .sum, slot: origin.slot, field: origin.amount &+ field) }
        return origin.amount == 0 ? BaseSource(form: form, slot: origin.slot, field: field) : nil
    }

    /// The slot and the constant whose sum, cut to 32 bits, an operand is.
    func origin(_ operand: CellOperand) -> SlotSum? {
        if operand.form == .accumulator { return accumulatorOrigin }
        return operand.slot.map { bases.origin(of: $0) }
    }

    private mutating func makeBase(_ target: IntegerRegister, _ form: AddressForm, _ operand: CellOperand, _ field: Int32) {
        switch form {
        case .constant:
            code.loadImmediate(.t0, Int64(UInt32(bitPattern: field)))
            code.append(.add, target, .t0, .memory)
        case .sum:
            addWord(.t0, read(operand, .t0), Int(field))
            extend(target, .t0)
        case .slotSum:
            let index = read(operand, .t0)
            code.append(.addw, .t0, index, read(slot: field, .t1))
            extend(target, .t0)
        default:
            extend(target, read(operand, .t0))
            guard field != 0 else { return }
            // Not from a pin, about which the checker knows nothing.
            code.loadImmediate(.t1, Int64(UInt32(bitPattern: field)))
            code.append(.add, target, target, .t1)
        }
    }

    /// Zero-extends an address, and adds the memory's base unless its size is still to be looked at.
    private mutating func extend(_ target: IntegerRegister, _ register: IntegerRegister) {
        code.append(.addUw, target, register, layout.isChecked ? .zero : .memory)
    }
}
