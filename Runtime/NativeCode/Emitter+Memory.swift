// Loads and stores of memory 0 with 32-bit addresses.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// Emits a load or a store.
    mutating func emitAccess(_ cell: Cell) {
        let isLoad = cell.meaning.shape == .load
        let operand = isLoad ? cell.first : cell.second
        var (base, offset) = address(cell, operand)
        if layout.isChecked { (base, offset) = check(cell, base, offset, width(cell.meaning.micro)) }
        // The value of a store comes after the check, whose scratch registers it may take.
        if isLoad { emitLoad(cell, base, offset) } else { emitStore(cell, base, offset) }
    }

    /// The address of an access whose end is compared with the memory's size, guarded or not.
    mutating func comparedAddress(_ cell: Cell, _ operand: CellOperand, _ width: Int) -> (IntegerRegister, Int) {
        if layout.isChecked {
            let (base, offset) = address(cell, operand)
            return check(cell, base, offset, width)
        }
        code.append(.addUw, .t0, read(operand, .t0), .zero)
        let (high, low) = Cell.split(cell.addressField)
        if high != 0 {
            code.loadImmediate(.t1, high)
            code.append(.add, .t0, .t0, .t1)
        }
        return check(cell, .t0, low, width)
    }

    /// Compares the end of an access with the memory's size; `t0` then has the base in it.
    private mutating func check(_ cell: Cell, _ base: IntegerRegister, _ offset: Int, _ width: Int) -> (IntegerRegister, Int) {
        code.addImmediate(.t1, base, offset + width, scratch: .t1)
        code.append(.ld, .t2, .instance, offset: layout.memory)
        code.append(.ld, .t2, .t2, offset: layout.memoryByteCount)
        code.append(.bltu, .t2, .t1, to: trapExit(cell))
        code.append(.add, .t0, base, .memory)
        return (.t0, offset)
    }

    func width(_ micro: MicroOperation) -> Int {
        switch micro {
        case .load8S, .load8U, .store8: 1
        case .load16S, .load16U, .store16: 2
        case .load32S, .load32U, .store32, .f32Load, .f32Store: 4
        default: 8
        }
    }

    /// The load of so many bytes that extends with zeros, and the store.
    func loadForm(_ width: Int) -> LoadForm { width == 1 ? .lbu : width == 2 ? .lhu : width == 4 ? .lwu : .ld }
    func storeForm(_ width: Int) -> StoreForm { width == 1 ? .sb : width == 2 ? .sh : width == 4 ? .sw : .sd }

    /// The next instruction may fault on behalf of a cell.
    mutating func noteSite(_ cell: Cell) {
        guard !layout.isChecked else { return }
        note(sites.append(PendingSite(position: code.position, cell: UInt32(cell.offset), reserve: reserve)))
        if recordsMaps { noteMap(cell) }
    }

    mutating func emitLoad(_ cell: Cell, _ base: IntegerRegister, _ offset: Int, mayFault: Bool = true) {
        let micro = cell.meaning.micro
        if micro == .f32Load || micro == .f64Load {
            let isDouble = micro == .f64Load
            let target = target(cell, isDouble: isDouble)
            if mayFault { noteSite(cell) }
            code.append(isDouble ? .fld : .flw, target, base, offset: offset)
            finish(cell, target, isDouble: isDouble)
            return
        }
        let form: LoadForm
        switch micro {
        case .load8S: form = .lb
        case .load8U: form = .lbu
        case .load16S: form = .lh
        case .load16U: form = .lhu
        case .load32S: form = .lw
        case .load32U: form = .lwu
        default: form = .ld
        }
        let target = target(cell)
        if mayFault { noteSite(cell) }
        code.append(form, target, base, offset: offset)
        finish(cell, target)
    }

    private mutating func emitStore(_ cell: Cell, _ base: IntegerRegister, _ offset: Int) {
        let micro = cell.meaning.micro
        if micro == .f32Store || micro == .f64Store {
            let isDouble = micro == .f64Store
            let value = read(cell.first, isDouble: isDouble, .ft0)
            noteSite(cell)
            code.append(isDouble ? .fsd : .fsw, value, base, offset: offset)
            return
        }
        // A float is stored by the operation of its width.
        if let slot = cell.first.slot, let pin = pins.pin(ofSlot: slot), pin.use != .integer, micro == .store32 || micro == .store64 {
            if pin.use == .double && micro == .store64 || pin.use == .single && micro == .store32 {
                noteSite(cell)
                code.append(micro == .store64 ? .fsd : .fsw, pin.floatRegister, base, offset: offset)
                return
            }
        }
        let value = read(cell.first, .t1)
        noteSite(cell)
        code.append(storeForm(width(micro)), value, base, offset: offset)
    }
}
