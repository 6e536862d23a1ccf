// Addresses: where in memory 0 a load or store goes, and the bases that stay in registers until a label or until what they were made of changes.

import Containers
import MachineCode
import WasmOperations

/// What a base was made of.
struct BaseSource: Equatable {
    var form: AddressForm
    /// The slot of the index; -1 without one.
    var slot: Int32
    /// The constant or second slot that the form adds before the sum is cut to 32 bits; the upper part of an offset.
    var field: Int32
}

/// The bases in the registers that are kept for them.
struct KnownBases {
    private var sources: [2 of BaseSource?] = .init(repeating: nil)
    /// The one that is replaced next.
    private var next = 0

    static func register(_ index: Int) -> IntegerRegister { index == 0 ? .s10 : .s11 }

    /// The register that has a base.
    func find(_ source: BaseSource) -> IntegerRegister? {
        for index in 0..<2 where sources[index] == source { return KnownBases.register(index) }
        return nil
    }

    /// A register for a base that is made now.
    mutating func add(_ source: BaseSource) -> IntegerRegister {
        let index = next
        sources[index] = source
        next = 1 - index
        return KnownBases.register(index)
    }

    /// A slot is written: what was made of it is no longer its base.
    mutating func forget(slot: Int32) {
        for index in 0..<2 {
            guard let source = sources[index] else { continue }
            if source.slot == slot || source.form == .slotSum && source.field == slot { sources[index] = nil }
        }
    }

    mutating func forgetAll() { sources = .init(repeating: nil) }
}

extension Emitter {
    /// The effective address: a register, and what is to be added. With a guarded memory the register has the memory's base in it.
    mutating func address(_ cell: Cell, _ operand: CellOperand) -> (IntegerRegister, Int) {
        let field = cell.addressField
        if cell.meaning.address == .constant, layout.isChecked {
            code.loadImmediate(.t0, Int64(UInt32(bitPattern: field)))
            return (.t0, 0)
        }
        guard cell.meaning.address == .offset || cell.meaning.address == .constant else {
            return (base(cell.meaning.address, operand, field), 0)
        }
        let (high, low) = Cell.split(field)
        guard cell.meaning.address == .offset else {
            return high == 0 ? (.memory, low) : (base(.constant, CellOperand(), Int32(truncatingIfNeeded: high)), low)
        }
        return (base(.offset, operand, Int32(truncatingIfNeeded: high)), low)
    }

    /// The register with a base, which may be there already.
    private mutating func base(_ form: AddressForm, _ operand: CellOperand, _ field: Int32) -> IntegerRegister {
        guard !layout.isChecked, let slot = form == .constant ? -1 : slot(of: operand) else {
            makeBase(.t0, form, operand, field)
            return .t0
        }
        let source = BaseSource(form: form, slot: slot, field: field)
        if let known = bases.find(source) { return known }
        let register = bases.add(source)
        makeBase(register, form, operand, field)
        return register
    }

    /// The slot whose value an operand is.
    private func slot(of operand: CellOperand) -> Int32? {
        if operand.form == .accumulator { return accumulatorSlot }
        return operand.slot
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
