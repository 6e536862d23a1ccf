// Translator+Memory: loads, stores and what works on whole memories and tables (core specification, 4.4.6 and 4.4.7).

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// Whether the access is one of memory 0 whose offset fits 32 bits.
    private var isFast: Bool {
        @inline(__always) mutating get { hasFastMemory && instruction.index == 0 && instruction.bits <= UInt64(UInt32.max) }
    }

    /// A load with its result in `result`'s accumulator.
    mutating func emitLoad(_ lowering: InstructionLowering) {
        let result = ValueClass(lowering.result)
        guard isFast else { return emitAnyLoad(lowering, result) }
        let row = lowering.operation
        let index = operands.count - 1
        let offset = instruction.bits
        if operands.base[index].place == .constant {
            if isFusing, let known = knownAddress(operands.base[index]) {
                _ = pop()
                claim(result)
                let cell = code.begin(row.with(LoadPlaces.known))
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
            let isHeld = sum.meaning.operand(0) == .accumulator
            let isSlots = sum.meaning.operand(1) == .slot
            let form: LoadPlaces = isSlots ? (isHeld ? .heldSlotSum : .slotSlotSum) : (isHeld ? .heldSum : .slotSum)
            let cell = code.begin(row.with(form))
            code.add(0)
            if !isHeld { code.add(sum.left) }
            code.add(sum.right)
            code.align()
            pushResult(result, of: cell)
            return
        }
        let isHeld = address.place == .accumulator || (isFusing && accumulatorHolds(address))
        claim(result)
        let form: LoadPlaces = offset == 0 ? (isHeld ? .heldPlain : .slotPlain) : (isHeld ? .held : .slot)
        let cell = code.begin(row.with(form))
        code.add(0)
        if !isHeld { code.add(address.slot) }
        if offset != 0 { code.add(Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: offset))) }
        code.align()
        pushResult(result, of: cell)
    }

    /// A constant address and the instruction's offset in one, when the sum has 32 bits.
    private mutating func knownAddress(_ operand: Operand) -> Int32? {
        let sum = (operand.payload & 0xFFFF_FFFF) + instruction.bits
        return sum <= UInt64(UInt32.max) ? Int32(bitPattern: UInt32(sum)) : nil
    }

    /// An addition that the last cell made only for this address, taken back.
    private mutating func takeAddressSum(_ address: Operand, allowsSlots: Bool) -> DecodedCell? {
        guard isFusing, address.place == .accumulator, recent.last >= 0, integer.producer == recent.last else { return nil }
        let sum = DecodedCell(code, recent.last)
        guard sum.makes(.i32Add), allowsSlots || sum.meaning.operand(1) == .immediate else { return nil }
        undo(to: sum.start)
        barrier()
        return sum
    }

    /// The row of any memory.
    private mutating func emitAnyLoad(_ lowering: InstructionLowering, _ result: ValueClass) {
        let is64 = image.memories[Int(instruction.index)].is64
        materialize(operands.count - 1)
        let address = pop()
        claim(result)
        push(.home, result)
        let home = operands.base[operands.count - 1].home
        forgetSlot(home)
        _ = code.begin(is64 ? lowering.wide : lowering.partner)
        code.add(home)
        code.add(address.slot)
        code.add(Int32(truncatingIfNeeded: instruction.index))
        code.add64(instruction.bits)
        setAccumulator(result, AccumulatorState(slot: home, operand: -1, producer: -1))
        barrier()
    }

    /// A store of an integer, or of a float from a slot, or from its accumulator by `float`.
    mutating func emitStore(_ lowering: InstructionLowering, float: Operation?) {
        guard isFast else { return emitAnyStore(lowering) }
        let row = lowering.operation
        let valueIndex = operands.count - 1
        let addressIndex = operands.count - 2
        let offset = instruction.bits
        let form: StoreAddress = offset == 0 ? .plain : .offset
        if operands.base[addressIndex].place == .constant {
            if isFusing, let known = knownAddress(operands.base[addressIndex]) {
                emitStoreToKnown(row, float, known)
                return
            }
            materialize(addressIndex)
        }
        var value = operands.base[valueIndex]
        if let float, value.place == .accumulator || (isFusing && value.place != .constant && accumulatorHolds(value)) {
            _ = pop()
            let address = pop()
            let isHeld = address.place == .accumulator || (isFusing && accumulatorHolds(address))
            _ = code.begin(float.with(isHeld ? FloatStorePlaces.heldHeld : .slotHeld, form))
            if !isHeld { code.add(address.slot) }
            finishStore(offset)
            return
        }
        // The low four bytes are all that a store of at most four bytes needs.
        if value.place == .constant, value.short == nil, row == .store64 { materialize(valueIndex) }
        let addressOperand = operands.base[addressIndex]
        let addressHeld = addressOperand.place == .accumulator || (isFusing && accumulatorHolds(addressOperand))
        value = operands.base[valueIndex]
        var valueHeld =
            value.place == .accumulator || (value.valueClass == .integer && isFusing && value.place != .constant && accumulatorHolds(value))
        // Both in the accumulator: the same slot's value. The address is read from the slot where the value is nowhere else.
        if addressHeld, valueHeld, value.place != .accumulator { valueHeld = false }
        _ = pop()
        let address = pop()
        let isConstant = value.place == .constant
        if offset == 0, !valueHeld, let sum = takeAddressSum(address, allowsSlots: false) {
            let isHeld = sum.meaning.operand(0) == .accumulator
            let places: StorePlaces = isConstant ? (isHeld ? .heldImmediate : .slotImmediate) : (isHeld ? .heldSlot : .slotSlot)
            _ = code.begin(row.with(places, .sum))
            code.add(isConstant ? Int32(truncatingIfNeeded: value.payload) : value.slot)
            if !isHeld { code.add(sum.left) }
            code.add(sum.right)
            code.align()
            barrier()
            return
        }
        let readsHeld = addressHeld && !valueHeld
        let places: StorePlaces
        if isConstant {
            places = readsHeld ? .heldImmediate : .slotImmediate
        } else if valueHeld {
            places = .slotHeld
        } else {
            places = readsHeld ? .heldSlot : .slotSlot
        }
        _ = code.begin(row.with(places, form))
        if isConstant {
            code.add(Int32(truncatingIfNeeded: value.payload))
        } else if !valueHeld {
            code.add(value.slot)
        }
        if !readsHeld { code.add(address.slot) }
        finishStore(offset)
    }

    /// A store to an address that is known altogether.
    private mutating func emitStoreToKnown(_ row: Operation, _ float: Operation?, _ address: Int32) {
        var value = operands.base[operands.count - 1]
        let isHeld = value.place == .accumulator || (value.place != .constant && accumulatorHolds(value))
        if let float, isHeld {
            _ = pop()
            _ = pop()
            _ = code.begin(float.with(FloatStorePlaces.knownHeld, .offset))
        } else {
            if value.place == .constant, row == .store64, value.short == nil {
                materialize(operands.count - 1)
                value = operands.base[operands.count - 1]
            }
            _ = pop()
            _ = pop()
            let isConstant = value.place == .constant
            _ = code.begin(row.with(isConstant ? StorePlaces.knownImmediate : isHeld ? .knownHeld : .knownSlot, .offset))
            if isConstant { code.add(Int32(truncatingIfNeeded: value.payload)) } else if !isHeld { code.add(value.slot) }
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

    private mutating func emitAnyStore(_ lowering: InstructionLowering) {
        let is64 = image.memories[Int(instruction.index)].is64
        materializeTop(2)
        let value = pop()
        let address = pop()
        _ = code.begin(is64 ? lowering.wide : lowering.partner)
        code.add(address.slot)
        code.add(value.slot)
        code.add(Int32(truncatingIfNeeded: instruction.index))
        code.add64(instruction.bits)
        barrier()
    }

    /// Translates an instruction on memories or tables; false when it is none.
    mutating func translateMemory(_ opcode: Opcode) -> Bool {
        switch opcode {
        case .memorySize:
            claim(.integer)
            let cell = code.begin(.memorySize)
            push(.home, .integer)
            let home = operands.base[operands.count - 1].home
            code.add(home)
            code.add(Int32(truncatingIfNeeded: instruction.index))
            recent.note(cell)
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
        if let result { push(.home, result) } else { use(slot: base) }
        barrier()
    }
}
