// Translator+Numeric: arithmetic, comparison, conversion (core specification, 3.3.2 and 4.4.1): operands to forms.

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// How an operand can be read.
    private enum Place { case held, slot, immediate }

    @inline(__always) private mutating func place(_ operand: Operand) -> Place {
        switch operand.place {
        case .accumulator: return .held
        case .constant:
            if operand.valueClass != .integer { return .immediate }
            return operand.short != nil ? .immediate : .slot
        case .local, .home: return isFusing && accumulatorHolds(operand) ? .held : .slot
        }
    }

    /// A constant that no form can hold goes to its home slot.
    @inline(__always) private mutating func settle(_ operand: inout Operand) {
        guard operand.place == .constant else { return }
        storeConstant(&operand)
    }

    @inline(never) private mutating func storeConstant(_ operand: inout Operand) {
        emitConstant(operand, to: operand.home)
        use(slot: operand.home)
        operand.place = .home
    }

    @inline(__always) private mutating func addField(_ place: Place, _ operand: Operand) {
        switch place {
        case .held: break
        case .slot: code.add(operand.slot)
        case .immediate:
            if operand.valueClass == .double { code.add64(operand.payload) } else { code.add(Int32(truncatingIfNeeded: operand.payload)) }
        }
    }

    /// An operation of two operands with a result. Where they may be exchanged, `exchanged` is what they are exchanged for.
    @inline(__always) mutating func emitBinary(_ row: Operation, exchanged: Operation?, _ result: ValueClass) {
        if result == .integer, emitWithImmediate(row) { return }
        emitAnyBinary(row, exchanged: exchanged, result)
    }

    /// The common case of an operation with an integer as its result: the right operand is an integer that a field can hold, the left one in a
    /// slot or in its accumulator. False when it is another. It calls nothing, so it saves no registers.
    @inline(never) private mutating func emitWithImmediate(_ row: Operation) -> Bool {
        let index = operands.count &- 2
        let right = operands.base[index &+ 1]
        let left = operands.base[index]
        guard isFusing, right.place == .constant, right.valueClass == .integer, let immediate = right.short, left.place != .constant,
            code.hasRoom
        else { return false }
        var isHeld = left.place == .accumulator
        if isHeld {
            // What the last cell made may be joined to this one.
            if row == .i32Add || row == .intAnd { return false }
        } else {
            guard integer.operand < 0 else { return false }
            isHeld = integer.slot == left.slot
            if left.place == .local, localOperands.count > 0 { localOperands.truncate(to: localOperands.count &- 1) }
        }
        recent.beginBinary(at: code.count, slot: integer.slot, isLeft: left.place == .accumulator && integer.producer == recent.last)
        let cell = code.begin(row.with(isHeld ? BinaryPlaces.heldImmediate : .slotImmediate))
        code.add(0)
        if !isHeld { code.add(left.slot) }
        code.add(immediate)
        code.align()
        // The result takes the left operand's place.
        operands.truncate(to: index &+ 1)
        operands.base[index] = Operand(place: .accumulator, valueClass: .integer, home: left.home)
        nextHome = left.home &+ ValueClass.integer.byteCount
        integer = AccumulatorState(slot: AccumulatorState.none, operand: index, producer: cell)
        recent.note(cell)
        return true
    }

    @inline(never) private mutating func emitAnyBinary(_ row: Operation, exchanged: Operation?, _ result: ValueClass) {
        var right = pop()
        var left = pop()
        if isFusing, emitChained(row, left, right) { return }
        var row = row
        var rightPlace = place(right)
        var leftPlace = place(left)
        if rightPlace == .slot { settle(&right) }
        if leftPlace == .slot { settle(&left) }
        // One accumulator of a class: where both would be read from it, one is in a slot too.
        if rightPlace == .held, leftPlace == .held {
            if right.place == .accumulator { leftPlace = .slot } else { rightPlace = .slot }
        }
        if rightPlace == .immediate, leftPlace == .immediate {
            settle(&left)
            leftPlace = .slot
        }
        if let exchanged, (leftPlace == .slot && rightPlace == .held) || leftPlace == .immediate {
            swap(&left, &right)
            swap(&leftPlace, &rightPlace)
            row = exchanged
        }
        let form: BinaryPlaces
        switch (leftPlace, rightPlace) {
        case (.held, .slot): form = .heldSlot
        case (.slot, .slot): form = .slotSlot
        case (.held, .immediate): form = .heldImmediate
        case (.slot, .immediate): form = .slotImmediate
        case (.slot, .held): form = .slotHeld
        case (.immediate, .slot): form = .immediateSlot
        default: form = .immediateHeld
        }
        if accumulator(result).operand >= 0 { spill(result) }
        if result == .integer {
            recent.beginBinary(
                at: code.count, slot: integer.slot, isLeft: left.place == .accumulator && integer.producer == recent.last)
        }
        setAccumulator(result, .empty)
        let cell = code.begin(row.with(form))
        code.add(0)
        addField(leftPlace, left)
        addField(rightPlace, right)
        code.align()
        pushResult(result, of: cell)
    }

    /// An operation on what the last cell made, for the pairs that have a cell of their own; false when it is none.
    @inline(__always) private mutating func emitChained(_ operation: Operation, _ left: Operand, _ right: Operand) -> Bool {
        guard left.place == .accumulator || right.place == .accumulator else { return false }
        switch operation {
        case .f64Add: return emitMultiplyAdd(left.place == .accumulator ? right : left)
        case .i32Add: return emitProductSum(left.place == .accumulator ? right : left)
        case .intAnd: return emitBitField(left.place == .accumulator ? right : left)
        default: return false
        }
    }

    /// The last cell, if it made what the accumulator of a class holds.
    @inline(__always) private mutating func producer(_ valueClass: ValueClass) -> DecodedCell? {
        guard recent.last >= 0, accumulator(valueClass).producer == recent.last else { return nil }
        return DecodedCell(code, recent.last)
    }

    /// A product or a shift to the left by an immediate, which the last cell made, and a slot.
    private mutating func emitProductSum(_ other: Operand) -> Bool {
        guard let cell = producer(.integer), other.isInSlot, cell.meaning.operand(1) == .immediate else { return false }
        if cell.makes(.i32Shl) {
            emitChain(.i32MulAdd, cell, 1 &<< cell.right, other.slot)
        } else if cell.makes(.i32Mul) {
            emitChain(.i32MulAdd, cell, cell.right, other.slot)
        } else {
            return false
        }
        return true
    }

    /// A shift to the right by an immediate, which the last cell made, and an immediate.
    private mutating func emitBitField(_ other: Operand) -> Bool {
        guard let cell = producer(.integer), other.place == .constant, let mask = other.short, cell.meaning.operand(1) == .immediate,
            cell.makes(.i32ShrU)
        else { return false }
        emitChain(.i32ShrAnd, cell, cell.right, mask)
        return true
    }

    /// One cell instead of `cell`, the last one, and what follows it.
    private mutating func emitChain(_ row: Operation, _ cell: DecodedCell, _ second: Int32, _ third: Int32) {
        let isHeld = cell.meaning.operand(0) == .accumulator
        code.truncate(to: cell.start)
        integer = .empty
        let chain = code.begin(row.with(isHeld ? UnaryPlaces.held : .slot))
        code.add(0)
        if !isHeld { code.add(cell.left) }
        code.add(second)
        code.add(third)
        code.align()
        pushResult(.integer, of: chain)
    }

    /// A sum whose one operand is the product that the last cell made: one cell instead of two; false when it is not.
    private mutating func emitMultiplyAdd(_ other: Operand) -> Bool {
        guard let cell = producer(.double), other.isInSlot, cell.makes(.f64Mul), cell.meaning.operand(1) == .slot else { return false }
        let isHeld = cell.meaning.operand(0) == .accumulator
        code.truncate(to: cell.start)
        double = .empty
        let sum = code.begin(Operation.f64MulAdd.with(isHeld ? UnaryPlaces.held : .slot))
        code.add(0)
        code.add(cell.left)
        if !isHeld { code.add(cell.right) }
        code.add(other.slot)
        code.align()
        pushResult(.double, of: sum)
        return true
    }

    /// An operation of one operand with a result.
    mutating func emitUnary(_ row: Operation, _ result: ValueClass) {
        var operand = pop()
        let isHeld = place(operand) == .held
        if !isHeld { settle(&operand) }
        claim(result)
        let cell = code.begin(row.with(isHeld ? UnaryPlaces.held : .slot))
        code.add(0)
        if !isHeld { code.add(operand.slot) }
        code.align()
        pushResult(result, of: cell)
    }

    /// `i32.eqz`, `i64.eqz`, `ref.is_null`: a comparison with zero, or the opposite of the comparison just made.
    mutating func emitIsZero(_ equal: Operation) {
        let top = operands.base[operands.count - 1]
        if isFusing, top.place == .accumulator, let cell = producer(.integer), cell.meaning.shape == .value, let form = cell.form,
            let opposite = comparison(cell.meaning.micro)?.opposite
        {
            code.setOperation(opposite.with(form, stores: cell.meaning.storesResult), at: cell.start)
            return
        }
        push(.constant, .integer, 0)
        emitBinary(equal, exchanged: equal, .integer)
    }

    /// A difference: one to a constant is the sum with its opposite, which has more forms.
    mutating func emitDifference(_ lowering: InstructionLowering) {
        let top = operands.count - 1
        guard operands.base[top].place == .constant else { return emitBinary(lowering.operation, exchanged: nil, .integer) }
        let opposite = 0 &- operands.base[top].payload
        let isWord = lowering.operation == .i32Sub
        operands.base[top].payload = isWord ? UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: opposite))) : opposite
        emitBinary(lowering.partner, exchanged: lowering.partner, .integer)
    }
}
