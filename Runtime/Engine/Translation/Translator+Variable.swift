// Translator+Variable: locals, globals, `drop` and `select` (core specification, 4.4.4 and 4.4.5).

import Containers
import WasmModule
import WasmOperations

extension Translator {
    mutating func translateLocalGet(_ local: Int) {
        let valueClass = ValueClass(validator.locals[local])
        push(.local, valueClass, UInt64(bitPattern: Int64(localSlots.base[local])))
        // Bounds the search for operands that name a local.
        if localOperands.count > 64 { settleOperands() }
    }

    mutating func translateLocalSet(_ local: Int) {
        let slot = localSlots.base[local]
        let index = operands.count - 1
        let top = operands.base[index]
        if top.place == .local, top.slot == slot {
            _ = pop()
            return
        }
        preserve(slot, below: index)
        let isLast = isFusing && lastCell >= 0
        switch top.place {
        case .accumulator where isLast && accumulator(top.valueClass).producer == lastCell:
            // The producer writes the local itself.
            let cell = lastCell
            _ = pop()
            forgetSlot(slot)
            code.setOperation(code.operation(at: cell).variant(1), at: cell)
            code.setField(slot, at: cell + 8)
            setAccumulator(top.valueClass, AccumulatorState(slot: slot, operand: -1, producer: -1))
            let operation = code.operation(at: cell)
            if Translator.isStoredSum(operation, .i32Add) || Translator.isStoredSum(operation, .i64Add) {
                addCell = cell
                addCellEnd = code.count
            }
        case .home where isLast && lastCellWrites(top.home):
            let wasKnown = accumulator(top.valueClass).slot == top.home
            _ = pop()
            forgetSlot(slot)
            code.setField(slot, at: lastCell + 8)
            if wasKnown { setAccumulator(top.valueClass, AccumulatorState(slot: slot, operand: -1, producer: -1)) }
        default:
            let operand = pop()
            emitCopy(operand, to: slot)
            // A copy writes nothing but the local, so a second one may still join it.
            if lastCell >= 0, CopyRun.isCopy(code.operation(at: lastCell)) { return }
        }
        barrier()
    }

    /// Whether an operation is a form of an addition that stores its sum.
    static func isStoredSum(_ operation: Operation, _ addition: Operation) -> Bool {
        let variant = Int(operation.rawValue) - Int(addition.rawValue)
        return variant >= 0 && variant < ComparisonOrder.variantCount && variant & 1 == 1
    }

    /// Whether the last cell's result field names `slot`, which nobody else will read.
    private func lastCellWrites(_ slot: Int32) -> Bool {
        let operation = code.operation(at: lastCell)
        // The later copies of a run may read what the first wrote.
        if CopyRun.isRun(operation) { return false }
        let fields = operation.fields
        return fields.utf8CodeUnitCount > 0 && fields.utf8Start[0] == UInt8(ascii: "R") && code.field(lastCell + 8) == slot
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
        if isFusing, top.place == .accumulator, lastCell >= 0, accumulator(top.valueClass).producer == lastCell,
            operand.valueClass != .vector
        {
            let cell = lastCell
            let byteCount = 16
            code.insertGap(byteCount, at: cell)
            guard !code.isExhausted else {
                leaveLocal(position)
                return
            }
            code.setOperation(.copyS, at: cell)
            code.setField(operand.home, at: cell + 8)
            code.setField(operand.slot, at: cell + 12)
            forgetSlot(operand.home)
            lastCell = cell + byteCount
            var state = accumulator(top.valueClass)
            state.producer = lastCell
            setAccumulator(top.valueClass, state)
        } else {
            let saved = lastCell
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
            lastCell = code.begin(.globalGetV128)
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
            globalCell = cell
            globalCellEnd = code.count
            return
        }
        push(.home, valueClass)
        let home = operands.base[operands.count - 1].home
        forgetSlot(home)
        lastCell = code.begin(.globalGet.variant(1))
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
        } else if operand.place == .constant, let short = Int32(exactly: Int64(bitPattern: operand.payload)) {
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
        let cell = isStored ? addCell : lastCell
        guard cell >= 0, isStored ? addCellEnd == code.count && code.field(cell + 8) == operand.slot : integer.producer == cell else {
            return false
        }
        // Forms si, si_r, ai, ai_r.
        let variant = Int(code.operation(at: cell).rawValue) - Int(Operation.i32Add.rawValue)
        guard variant >= 4, variant < ComparisonOrder.variantCount, (variant & 1 == 1) == isStored else { return false }
        _ = pop()
        let result = code.field(cell + 8)
        let isHeld = variant >= 6
        let source = code.field(cell + 12)
        let addend = isHeld ? source : code.field(cell + 16)
        code.truncate(to: cell)
        if isHeld, globalCellEnd == cell, code.operation(at: globalCell) == .globalGet, code.field(globalCell + 12) == scaled {
            code.truncate(to: globalCell)
            _ = code.begin(Operation.globalAdd.variant(variant & 1))
        } else {
            _ = code.begin(Operation.globalSetSum.variant(variant - 4))
        }
        let isSlot = code.operation(at: code.count - 8) == Operation.globalSetSum.variant(variant & 1)
        code.add(result)
        code.add(addend)
        code.add(scaled)
        if isSlot { code.add(source) }
        code.align()
        integer = AccumulatorState(slot: isStored ? result : AccumulatorState.none, operand: -1, producer: -1)
        barrier()
        return true
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
            lastCell = code.begin(.selectV128)
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
            if operand.place == .constant, Int32(exactly: Int64(bitPattern: operand.payload)) == nil { materialize(index) }
        }
        if condition.place == .constant {
            emitCopy(condition, to: condition.home)
            condition.place = .home
        }
        let b = pop()
        let a = pop()
        let inAccumulator = condition.place == .accumulator || accumulatorHolds(condition)
        claim(.integer)
        // Forms: condition a s, then first s i, then second s i; each with and without result slot.
        var variant = inAccumulator ? 0 : 4
        if a.place == .constant { variant += 2 }
        if b.place == .constant { variant += 1 }
        let isInteger = valueClass == .integer
        let cell = code.begin(Operation.select.variant(variant * 2 + (isInteger ? 0 : 1)))
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
            code.setField(home, at: cell + 8)
            forgetSlot(home)
            lastCell = cell
        }
    }
}
