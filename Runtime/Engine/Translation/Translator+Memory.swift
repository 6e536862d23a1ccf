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
        if operands.base[index].place == .constant { materialize(index) }
        let address = pop()
        let inAccumulator = address.place == .accumulator || (isFusing && accumulatorHolds(address))
        claim(result)
        let offset = instruction.bits
        // Forms s a sz az.
        let cell = code.begin(operation.variant(((inAccumulator ? 1 : 0) + (offset == 0 ? 2 : 0)) * 2))
        code.add(0)
        if !inAccumulator { code.add(address.slot) }
        if offset != 0 { code.add(Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: offset))) }
        code.align()
        pushResult(result, of: cell)
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
        if operands.base[addressIndex].place == .constant { materialize(addressIndex) }
        let offset = instruction.bits
        let zero = offset == 0 ? 1 : 0
        var value = operands.base[valueIndex]
        if let float, value.place == .accumulator || (isFusing && value.place != .constant && accumulatorHolds(value)) {
            _ = pop()
            let address = pop()
            let inAccumulator = address.place == .accumulator || (isFusing && accumulatorHolds(address))
            // Forms sa saz aa aaz.
            _ = code.begin(float.variant((inAccumulator ? 2 : 0) + zero))
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
        // Forms ss as sa si ai, each with an offset and without.
        let form: Int
        if value.place == .constant {
            form = useAddressAccumulator ? 4 : 3
        } else if valueHeld {
            form = 2
        } else {
            form = useAddressAccumulator ? 1 : 0
        }
        _ = code.begin(operation.variant(form * 2 + zero))
        if !useAddressAccumulator { code.add(address.slot) }
        if value.place == .constant {
            code.add(Int32(truncatingIfNeeded: value.payload))
        } else if !valueHeld {
            code.add(value.slot)
        }
        finishStore(offset)
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
