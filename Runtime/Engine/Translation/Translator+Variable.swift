// Translator+Variable: locals, globals, `drop` and `select` (core specification, 4.4.4 and 4.4.5).

import Containers
import WasmModule
import WasmOperations

extension Translator {
    @inline(__always) mutating func translateLocalGet(_ local: Int) {
        pushLocal(localPlaces.base[local])
        if localOperands.count > Translator.mostLocalOperands { settleOperands() }
    }

    mutating func translateLocalSet(_ local: Int) {
        let slot = localPlaces.base[local].slot
        let index = operands.count - 1
        let top = operands.base[index]
        if top.place == .local, top.slot == slot {
            _ = pop()
            return
        }
        if localOperands.count > 0 { preserve(slot, below: index) }
        let isLast = isFusing && recent.last >= 0
        switch top.place {
        case .accumulator where isLast && accumulator(top.valueClass).producer == recent.last:
            // The producer writes the local itself.
            let cell = recent.last
            _ = pop()
            forgetSlot(slot)
            storeResult(of: cell, in: slot)
            setAccumulator(top.valueClass, AccumulatorState(slot: slot, operand: -1, producer: -1))
            let meaning = operationMeaning(code.operation(at: cell).rawValue)
            if meaning.shape == .value, meaning.micro == .i32Add || meaning.micro == .i64Add { recent.noteSum(cell, end: code.count) }
        case .home where isLast && lastCellWrites(top.home):
            let wasKnown = accumulator(top.valueClass).slot == top.home
            _ = pop()
            forgetSlot(slot)
            code.setField(slot, at: recent.last + CellLayout.headerByteCount)
            if wasKnown { setAccumulator(top.valueClass, AccumulatorState(slot: slot, operand: -1, producer: -1)) }
        default:
            let operand = pop()
            emitCopy(operand, to: slot)
            // A copy writes nothing but the local, so a second one may still join it.
            if recent.last >= 0, CopyRun.isCopy(code.operation(at: recent.last)) { return }
        }
        barrier()
    }

    /// Whether the last cell's result field names `slot`, which nobody else will read.
    private mutating func lastCellWrites(_ slot: Int32) -> Bool {
        let cell = recent.last
        let meaning = operationMeaning(code.operation(at: cell).rawValue)
        // The later copies of a run may read what the first wrote.
        return meaning.storesResult && meaning.shape != .copyRun && code.field(cell + CellLayout.headerByteCount) == slot
    }

    /// Copies operands that name the local at `slot` home before it changes.
    private mutating func preserve(_ slot: Int32, below index: Int) {
        var next = 0
        while next < localOperands.count {
            let position = localOperands.base[next]
            // One that is preserved leaves the list, and the next takes its place.
            if position < index, operands.base[position].slot == slot { preserveOperand(position, index) } else { next += 1 }
        }
    }

    private mutating func preserveOperand(_ position: Int, _ index: Int) {
        let operand = operands.base[position]
        let top = operands.base[index]
        // Slip the copy in before the cell that is about to write the local.
        if isFusing, top.place == .accumulator, recent.last >= 0, accumulator(top.valueClass).producer == recent.last,
            operand.valueClass != .vector
        {
            let cell = recent.last
            let byteCount = Operation.copyS.cellByteCount
            code.insertGap(byteCount, at: cell)
            guard !code.isExhausted else {
                leaveLocal(position)
                return
            }
            code.setOperation(.copyS, at: cell)
            code.setField(operand.home, at: cell + CellLayout.headerByteCount)
            code.setField(operand.slot, at: cell + CellLayout.secondFieldOffset)
            forgetSlot(operand.home)
            recent.note(cell + byteCount)
            var state = accumulator(top.valueClass)
            state.producer = cell + byteCount
            setAccumulator(top.valueClass, state)
        } else {
            let saved = recent.last
            emitCopy(operand, to: operand.home)
            if saved >= 0 { barrier() }
        }
        leaveLocal(position)
    }

    mutating func translateLocalTee(_ local: Int) {
        translateLocalSet(local)
        translateLocalGet(local)
    }

    mutating func translateDrop() { _ = pop() }

    mutating func translateGlobalGet(_ index: Int) {
        let type = image.globals[index].type.value
        let valueClass = ValueClass(type)
        let scaled = Int32(truncatingIfNeeded: index &* 8)
        if valueClass == .vector {
            push(.home, .vector)
            recent.note(code.begin(.globalGetV128))
            code.add(operands.base[operands.count - 1].home)
            code.add(scaled)
            return
        }
        claim(.integer)
        if valueClass == .integer {
            let cell = code.begin(.globalGet)
            code.add(0)
            code.add(scaled)
            pushResult(.integer, of: cell)
            recent.noteGlobalRead(cell, end: code.count)
            return
        }
        push(.home, valueClass)
        let home = operands.base[operands.count - 1].home
        forgetSlot(home)
        recent.note(code.begin(.globalGet.storing))
        code.add(home)
        code.add(scaled)
    }

    mutating func translateGlobalSet(_ index: Int) {
        let scaled = Int32(truncatingIfNeeded: index &* 8)
        let top = operands.count - 1
        let operand = operands.base[top]
        if operand.valueClass == .vector {
            materialize(top)
            let operand = pop()
            _ = code.begin(.globalSetV128)
            code.add(scaled)
            code.add(operand.slot)
            barrier()
            return
        }
        if operand.valueClass == .integer, operand.place == .accumulator || (isFusing && accumulatorHolds(operand)) {
            if emitGlobalSum(operand, scaled) { return }
            _ = pop()
            _ = code.begin(.globalSetA)
            code.add(scaled)
            code.align()
        } else if operand.place == .constant, let short = operand.short {
            _ = pop()
            _ = code.begin(.globalSetI)
            code.add(scaled)
            code.add(short)
        } else {
            if operand.place == .accumulator || operand.place == .constant { materialize(top) }
            let operand = pop()
            _ = code.begin(.globalSetS)
            code.add(scaled)
            code.add(operand.slot)
        }
        barrier()
    }

    /// A global that becomes the sum of an immediate and another operand, made by the last cell: one cell of both, and of the cell that
    /// read the global when that is the other operand. False when it is none.
    private mutating func emitGlobalSum(_ operand: Operand, _ scaled: Int32) -> Bool {
        guard isFusing else { return false }
        let isStored = operand.place != .accumulator
        let cell: Int
        if isStored {
            guard let sum = recent.sum(endingAt: code.count) else { return false }
            cell = sum
        } else {
            guard recent.last >= 0, integer.producer == recent.last else { return false }
            cell = recent.last
        }
        let sum = DecodedCell(code, cell)
        guard sum.meaning.shape == .value, sum.meaning.micro == .i32Add, sum.meaning.operand(1) == .immediate,
            sum.meaning.storesResult == isStored, !isStored || sum.result == operand.slot
        else { return false }
        _ = pop()
        let isHeld = sum.meaning.operand(0) == .accumulator
        code.truncate(to: cell)
        let read = isHeld ? recent.globalRead(endingAt: cell) : nil
        if let read, code.operation(at: read) == .globalGet, code.field(read + CellLayout.secondFieldOffset) == scaled {
            code.truncate(to: read)
            _ = code.begin(isStored ? Operation.globalAdd.storing : .globalAdd)
            addGlobalSum(sum, scaled)
        } else {
            _ = code.begin(Operation.globalSetSum.with(isHeld ? UnaryPlaces.held : .slot, stores: isStored))
            addGlobalSum(sum, scaled)
            if !isHeld { code.add(sum.left) }
        }
        code.align()
        integer = AccumulatorState(slot: isStored ? sum.result : AccumulatorState.none, operand: -1, producer: -1)
        barrier()
        return true
    }

    private mutating func addGlobalSum(_ sum: DecodedCell, _ scaled: Int32) {
        code.add(sum.result)
        code.add(sum.right)
        code.add(scaled)
    }

    mutating func translateSelect() {
        let conditionOperand = pop()
        let second = operands.count - 1
        let first = operands.count - 2
        let valueClass = operands.base[first].valueClass
        if valueClass == .vector {
            var condition = conditionOperand
            if condition.place == .accumulator || condition.place == .constant {
                emitCopy(condition, to: condition.home)
                condition.place = .home
            }
            materialize(first)
            materialize(second)
            let b = pop()
            let a = pop()
            push(.home, .vector)
            recent.note(code.begin(.selectV128))
            code.add(operands.base[operands.count - 1].home)
            code.add(condition.slot)
            code.add(a.slot)
            code.add(b.slot)
            return
        }
        var condition = conditionOperand
        // The condition may be in the accumulator, the values may not; a float that is only in its accumulator is spilled.
        for index in [first, second] {
            let operand = operands.base[index]
            if operand.place == .accumulator { spill(operand.valueClass) }
            if operand.place == .constant, operand.short == nil { materialize(index) }
        }
        if condition.place == .constant {
            emitCopy(condition, to: condition.home)
            condition.place = .home
        }
        let b = pop()
        let a = pop()
        let inAccumulator = condition.place == .accumulator || accumulatorHolds(condition)
        claim(.integer)
        let isInteger = valueClass == .integer
        let form: SelectPlaces
        switch (a.place == .constant, b.place == .constant) {
        case (false, false): form = inAccumulator ? .heldSlotSlot : .slotSlotSlot
        case (false, true): form = inAccumulator ? .heldSlotImmediate : .slotSlotImmediate
        case (true, false): form = inAccumulator ? .heldImmediateSlot : .slotImmediateSlot
        case (true, true): form = inAccumulator ? .heldImmediateImmediate : .slotImmediateImmediate
        }
        let cell = code.begin(Operation.select.with(form, stores: !isInteger))
        code.add(0)
        if !inAccumulator { code.add(condition.slot) }
        for operand in [a, b] {
            code.add(operand.place == .constant ? Int32(truncatingIfNeeded: operand.payload) : operand.slot)
        }
        code.align()
        if isInteger {
            pushResult(.integer, of: cell)
        } else {
            push(.home, valueClass)
            let home = operands.base[operands.count - 1].home
            code.setField(home, at: cell + CellLayout.headerByteCount)
            forgetSlot(home)
            recent.note(cell)
        }
    }
}
