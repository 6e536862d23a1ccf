// Translator+Memory: loads, stores and what works on whole memories and tables (core specification, 4.4.6 and 4.4.7).

import Containers
import WasmModule
import WasmOperations

extension Translator {
    private var isFast: Bool { hasFastMemory && instruction.index == 0 && instruction.bits <= UInt64(UInt32.max) }

    /// A load with its result in `result`'s accumulator. `operation` is the row of memory 0.
    private mutating func emitLoad(_ operation: Operation, any: Int, _ result: ValueClass) {
        guard isFast else { return emitAnyLoad(any, result) }
        let index = operands.count - 1
        let offset = instruction.bits
        if operands.base[index].place == .constant {
            if isFusing, let known = knownAddress(operands.base[index]) {
                _ = pop()
                claim(result)
                let cell = code.begin(operation.variant(8 * 2))
                code.add(0)
                code.add(known)
                pushResult(result, of: cell)
                return
            }
            materialize(index)
        }
        let address = pop()
        if offset == 0, let sum = takeAddressSum(address, allowsSlots: true) {
            claim(result)
            // Forms sw aw sx ax.
            let cell = code.begin(operation.variant(sum.form * 2))
            code.add(0)
            if sum.hasFirst { code.add(sum.first) }
            code.add(sum.second)
            code.align()
            pushResult(result, of: cell)
            return
        }
        let inAccumulator = address.place == .accumulator || (isFusing && accumulatorHolds(address))
        claim(result)
        // Forms s a sz az.
        let cell = code.begin(operation.variant(((inAccumulator ? 1 : 0) + (offset == 0 ? 2 : 0)) * 2))
        code.add(0)
        if !inAccumulator { code.add(address.slot) }
        if offset != 0 { code.add(Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: offset))) }
        code.align()
        pushResult(result, of: cell)
    }

    /// A constant address and the instruction's offset in one, when the sum has 32 bits.
    private func knownAddress(_ operand: Operand) -> Int32? {
        let sum = (operand.payload & 0xFFFF_FFFF) + instruction.bits
        return sum <= UInt64(UInt32.max) ? Int32(bitPattern: UInt32(sum)) : nil
    }

    /// An addition that the last cell made only for this address, taken back: the form's number among the address forms, and its fields.
    private mutating func takeAddressSum(
        _ address: Operand, allowsSlots: Bool
    ) -> (form: Int, hasFirst: Bool, first: Int32, second: Int32)? {
        guard isFusing, address.place == .accumulator, lastCell >= 0, integer.producer == lastCell else { return nil }
        let variant = Int(code.operation(at: lastCell).rawValue) - Int(Operation.i32Add.rawValue)
        let first = code.field(lastCell + 12)
        let second = code.field(lastCell + 16)
        let result: (form: Int, hasFirst: Bool, first: Int32, second: Int32)
        switch variant {
        case 0 where allowsSlots: result = (6, true, first, second)
        case 2 where allowsSlots: result = (7, false, 0, first)
        case 4: result = (4, true, first, second)
        case 6: result = (5, false, 0, first)
        default: return nil
        }
        code.truncate(to: lastCell)
        barrier()
        integer = AccumulatorState(slot: slotBeforeLast, operand: -1, producer: -1)
        return result
    }

    /// The rows of any memory, in the order of the fast ones; 64-bit addresses a table further.
    private mutating func emitAnyLoad(_ row: Int, _ result: ValueClass) {
        let is64 = image.memories[Int(instruction.index)].is64
        materialize(operands.count - 1)
        let address = pop()
        claim(result)
        push(.home, result)
        let home = operands.base[operands.count - 1].home
        forgetSlot(home)
        _ = code.begin((is64 ? Operation.load8SAny64 : .load8SAny32).variant(row))
        code.add(home)
        code.add(address.slot)
        code.add(Int32(truncatingIfNeeded: instruction.index))
        code.add64(instruction.bits)
        setAccumulator(result, AccumulatorState(slot: home, operand: -1, producer: -1))
        barrier()
    }

    private mutating func emitStore(_ operation: Operation, any: Int, float: Operation? = nil) {
        guard isFast else { return emitAnyStore(any) }
        let valueIndex = operands.count - 1
        let addressIndex = operands.count - 2
        let offset = instruction.bits
        let zero = offset == 0 ? 1 : 0
        if operands.base[addressIndex].place == .constant {
            if isFusing, let known = knownAddress(operands.base[addressIndex]) {
                emitStoreToKnown(operation, float, known)
                return
            }
            materialize(addressIndex)
        }
        var value = operands.base[valueIndex]
        if let float, value.place == .accumulator || (isFusing && value.place != .constant && accumulatorHolds(value)) {
            _ = pop()
            let address = pop()
            let inAccumulator = address.place == .accumulator || (isFusing && accumulatorHolds(address))
            // Forms sa saz saw aa aaz aaw.
            _ = code.begin(float.variant((inAccumulator ? 3 : 0) + zero))
            if !inAccumulator { code.add(address.slot) }
            finishStore(offset)
            return
        }
        if value.place == .constant, Int32(exactly: Int64(bitPattern: value.payload)) == nil {
            // The low four bytes are all a store of at most four bytes needs.
            if operation == .store64 { materialize(valueIndex) }
        }
        let addressOperand = operands.base[addressIndex]
        let addressHeld = addressOperand.place == .accumulator || (isFusing && accumulatorHolds(addressOperand))
        value = operands.base[valueIndex]
        var valueHeld =
            value.place == .accumulator || (value.valueClass == .integer && isFusing && value.place != .constant && accumulatorHolds(value))
        // Both in the accumulator: the same slot's value; one is read from the slot.
        if addressHeld, valueHeld, value.place == .accumulator {
            // The address cannot be only there too.
            valueHeld = true
        } else if addressHeld, valueHeld {
            valueHeld = false
        }
        _ = pop()
        let address = pop()
        let useAddressAccumulator = addressHeld && !valueHeld
        if offset == 0, !valueHeld, let sum = takeAddressSum(address, allowsSlots: false) {
            // Forms ssw asw siw aiw.
            let isConstant = value.place == .constant
            let form = (sum.form == 5 ? 1 : 0) + (isConstant ? 3 : 0)
            _ = code.begin(operation.variant(form * 3 + 2))
            code.add(isConstant ? Int32(truncatingIfNeeded: value.payload) : value.slot)
            if sum.hasFirst { code.add(sum.first) }
            code.add(sum.second)
            code.align()
            barrier()
            return
        }
        // Forms ss as sa si ai, each with an offset, without, and with a sum.
        let form: Int
        if value.place == .constant {
            form = useAddressAccumulator ? 4 : 3
        } else if valueHeld {
            form = 2
        } else {
            form = useAddressAccumulator ? 1 : 0
        }
        _ = code.begin(operation.variant(form * 3 + zero))
        if value.place == .constant {
            code.add(Int32(truncatingIfNeeded: value.payload))
        } else if !valueHeld {
            code.add(value.slot)
        }
        if !useAddressAccumulator { code.add(address.slot) }
        finishStore(offset)
    }

    /// A store to an address that is known altogether.
    private mutating func emitStoreToKnown(_ operation: Operation, _ float: Operation?, _ address: Int32) {
        var value = operands.base[operands.count - 1]
        let isHeld = value.place == .accumulator || (value.place != .constant && accumulatorHolds(value))
        if let float, isHeld {
            _ = pop()
            _ = pop()
            _ = code.begin(float.variant(6))
        } else {
            if value.place == .constant, operation == .store64, Int32(exactly: Int64(bitPattern: value.payload)) == nil {
                materialize(operands.count - 1)
                value = operands.base[operands.count - 1]
            }
            _ = pop()
            _ = pop()
            // Forms cs ca ci, behind the five with an address.
            let form = value.place == .constant ? 2 : isHeld ? 1 : 0
            _ = code.begin(operation.variant(15 + form))
            if form == 2 { code.add(Int32(truncatingIfNeeded: value.payload)) } else if form == 0 { code.add(value.slot) }
        }
        code.add(address)
        code.align()
        barrier()
    }

    private mutating func finishStore(_ offset: UInt64) {
        if offset != 0 { code.add(Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: offset))) }
        code.align()
        barrier()
    }

    private mutating func emitAnyStore(_ row: Int) {
        let is64 = image.memories[Int(instruction.index)].is64
        materializeTop(2)
        let value = pop()
        let address = pop()
        _ = code.begin((is64 ? Operation.store8Any64 : .store8Any32).variant(row))
        code.add(address.slot)
        code.add(value.slot)
        code.add(Int32(truncatingIfNeeded: instruction.index))
        code.add64(instruction.bits)
        barrier()
    }

    /// Translates an instruction on memories or tables; false when it is none.
    mutating func translateMemory(_ opcode: Opcode) -> Bool {
        switch opcode {
        case .i32Load8S, .i64Load8S: emitLoad(.load8S, any: 0, .integer)
        case .i32Load8U, .i64Load8U: emitLoad(.load8U, any: 1, .integer)
        case .i32Load16S, .i64Load16S: emitLoad(.load16S, any: 2, .integer)
        case .i32Load16U, .i64Load16U: emitLoad(.load16U, any: 3, .integer)
        case .i32Load, .i64Load32S: emitLoad(.load32S, any: 4, .integer)
        case .i64Load32U: emitLoad(.load32U, any: 5, .integer)
        case .i64Load: emitLoad(.load64, any: 6, .integer)
        case .f32Load: emitLoad(.f32Load, any: 7, .single)
        case .f64Load: emitLoad(.f64Load, any: 8, .double)
        case .i32Store8, .i64Store8: emitStore(.store8, any: 0)
        case .i32Store16, .i64Store16: emitStore(.store16, any: 1)
        case .i32Store, .i64Store32: emitStore(.store32, any: 2)
        case .i64Store: emitStore(.store64, any: 3)
        case .f32Store: emitStore(.store32, any: 2, float: .f32Store)
        case .f64Store: emitStore(.store64, any: 3, float: .f64Store)
        case .memorySize:
            claim(.integer)
            let cell = code.begin(.memorySize)
            push(.home, .integer)
            let home = operands.base[operands.count - 1].home
            code.add(home)
            code.add(Int32(truncatingIfNeeded: instruction.index))
            lastCell = cell
            integer.slot = home
        case .memoryGrow: emitStackOperation(.memoryGrow, operands: 1, result: .integer, instruction.index)
        case .memoryFill: emitStackOperation(.memoryFill, operands: 3, result: nil, instruction.index)
        case .memoryCopy: emitStackOperation(.memoryCopy, operands: 3, result: nil, instruction.index, instruction.secondIndex)
        case .memoryInit: emitStackOperation(.memoryInit, operands: 3, result: nil, instruction.secondIndex, instruction.index)
        case .dataDrop: emitDrop(.dataDrop)
        case .elemDrop: emitDrop(.elemDrop)
        case .tableGet: emitStackOperation(.tableGet, operands: 1, result: .integer, instruction.index)
        case .tableSet: emitStackOperation(.tableSet, operands: 2, result: nil, instruction.index)
        case .tableSize: emitStackOperation(.tableSize, operands: 0, result: .integer, instruction.index)
        case .tableGrow: emitStackOperation(.tableGrow, operands: 2, result: .integer, instruction.index)
        case .tableFill: emitStackOperation(.tableFill, operands: 3, result: nil, instruction.index)
        case .tableCopy: emitStackOperation(.tableCopy, operands: 3, result: nil, instruction.index, instruction.secondIndex)
        case .tableInit: emitStackOperation(.tableInit, operands: 3, result: nil, instruction.secondIndex, instruction.index)
        case .refFunc: emitStackOperation(.refFunc, operands: 0, result: .integer, instruction.index)
        case .refNull: push(.constant, .integer, 0)
        case .refAsNonNull:
            materialize(operands.count - 1)
            _ = code.begin(.refAsNonNull)
            code.add(operands.base[operands.count - 1].home)
            code.align()
            barrier()
        default: return false
        }
        return true
    }

    private mutating func emitDrop(_ operation: Operation) {
        _ = code.begin(operation)
        code.add(Int32(truncatingIfNeeded: instruction.index))
        code.align()
        barrier()
    }

    /// An operation whose operands are in consecutive slots and whose result is in the first of them.
    mutating func emitStackOperation(
        _ operation: Operation, operands count: Int, result: ValueClass?, _ first: UInt32, _ second: UInt32? = nil
    ) {
        materializeTop(count)
        truncateOperands(to: operands.count - count)
        let base = nextHome
        // The operation writes its result there, and an accumulator may know the old value.
        forgetSlot(base)
        _ = code.begin(operation)
        code.add(base)
        code.add(Int32(truncatingIfNeeded: first))
        if let second { code.add(Int32(truncatingIfNeeded: second)) }
        code.align()
        if let result { push(.home, result) } else if base &+ 16 > frameByteCount { frameByteCount = base &+ 16 }
        barrier()
    }
}
