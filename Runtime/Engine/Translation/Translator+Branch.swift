// Translator+Branch: conditions. A comparison just emitted becomes the branch itself.

import WasmModule
import WasmOperations

extension Translator {
    /// Takes the condition of a branch.
    mutating func popCondition() -> Operand { pop() }

    /// Emits a branch on a condition, with a target field at the end of `chain`; gives the field.
    mutating func emitBranch(_ condition: Operand, whenZero: Bool, chain: Int) -> Int {
        emitBranchHead(condition, whenZero: whenZero)
        let field = addWaitingTarget(chain)
        barrier()
        return field
    }

    private mutating func emitBranchHead(_ condition: Operand, whenZero: Bool) {
        if condition.place == .accumulator, isFusing, recent.last >= 0, fuseComparison(whenZero) { return }
        var operand = condition
        if operand.place == .constant {
            // Rare: a constant condition.
            emitConstant(operand, to: operand.home)
            use(slot: operand.home)
            operand.place = .home
        }
        let row: Operation = whenZero ? .brIfZero : .brIfNonzero
        if isFusing, operand.place != .accumulator, let cell = recent.sum(endingAt: code.count), accumulatorHolds(operand) {
            let sum = DecodedCell(code, cell)
            // A comparison with zero is one with an immediate.
            if sum.result == operand.slot { return emitAddAndBranch(sum, comparison(whenZero ? .intEq : .intNe)!, .immediate, 0) }
        }
        if operand.place == .accumulator || accumulatorHolds(operand) {
            _ = code.begin(row.branch(UnaryPlaces.held))
        } else {
            _ = code.begin(row.branch(UnaryPlaces.slot))
            code.add(operand.slot)
        }
    }

    /// Replaces the comparison, or the `and`, that is the last cell by a branch; false when it is neither.
    private mutating func fuseComparison(_ whenZero: Bool) -> Bool {
        let cell = DecodedCell(code, recent.last)
        guard cell.meaning.shape == .value, let form = cell.form else { return false }
        guard let comparison = comparison(cell.meaning.micro) else { return fuseAnd(cell, whenZero: whenZero) }
        guard comparison.isInteger else {
            undo(to: cell.start)
            emitFused(whenZero ? comparison.branchUnless : comparison.branch, form, cell)
            return true
        }
        // Found again where the branch is taken when the comparison does not hold.
        let taken = whenZero ? WasmOperations.comparison(operationMeaning(comparison.opposite!.rawValue).micro)! : comparison
        undo(to: cell.start)
        let isHeld = form == .heldSlot || form == .heldImmediate
        if isHeld, recent.sumBefore >= 0 {
            let sum = DecodedCell(code, recent.sumBefore)
            if integer.slot == sum.result {
                emitAddAndBranch(sum, taken, form == .heldSlot ? .slot : .immediate, cell.right)
                return true
            }
        }
        let micro = cell.meaning.micro
        if cell.meaning.operand(1) == .immediate, cell.right == 0, micro == .intEq || micro == .intNe {
            let isZero = (micro == .intEq) != whenZero
            if isHeld, recent.compared >= 0 {
                recent.stepToCompared()
                if fuseAnd(DecodedCell(code, recent.compared), whenZero: isZero) { return true }
            }
            let row: Operation = isZero ? .brIfZero : .brIfNonzero
            _ = code.begin(row.branch(isHeld ? UnaryPlaces.held : .slot))
            if !isHeld { code.add(cell.left) }
            return true
        }
        emitFused(taken.branch, form, cell)
        return true
    }

    /// Replaces the `and` at `cell`, whose result is wanted only here, by a branch; false when it is none.
    private mutating func fuseAnd(_ cell: DecodedCell, whenZero: Bool) -> Bool {
        guard cell.makes(.intAnd), let form = cell.form else { return false }
        undo(to: cell.start)
        emitFused(whenZero ? .brIfAndZero : .brIfAndNonzero, form, cell)
        return true
    }

    /// Makes one cell of the addition `sum`, the comparison of its sum and the branch.
    private mutating func emitAddAndBranch(_ sum: DecodedCell, _ comparison: Comparison, _ bound: BoundPlace, _ value: Int32) {
        code.truncate(to: sum.start)
        _ = code.begin(comparison.addBranch(isWord: sum.meaning.micro == .i32Add).with(sum.form!, bound))
        code.add(sum.result)
        if sum.meaning.operand(0) != .accumulator { code.add(sum.left) }
        code.add(sum.right)
        code.add(value)
        integer = AccumulatorState(slot: sum.result, operand: -1, producer: -1)
    }

    /// Emits the head of a branch on the operands of `cell`, which was taken back.
    private mutating func emitFused(_ row: Operation, _ form: BinaryPlaces, _ cell: DecodedCell) {
        // Read before the new cell covers it.
        let wide = cell.meaning.operand(1) == .wideImmediate ? cell.wide(code) : nil
        _ = code.begin(row.branch(form))
        if let wide {
            if form == .slotImmediate { code.add(cell.left) }
            code.add64(wide)
            return
        }
        if cell.meaning.operand(0) != .accumulator { code.add(cell.left) }
        code.add(cell.right)
    }

    // MARK: Branches to branches

    /// Where a jump to `offset` ends: branches there are followed, so many of them.
    func finalTarget(_ offset: Int) -> Int {
        var offset = offset
        var hops = 0
        while hops < 8, offset < code.count, code.operation(at: offset) == .br {
            offset = Int(truncatingIfNeeded: code.field64(offset + CellLayout.headerByteCount))
            hops += 1
        }
        return offset
    }

    /// The cell of a return that the `br` at `offset` leads to, which may stand in its place: both have 16 bytes.
    func returnReached(byBranchAt offset: Int) -> Int? {
        let target = finalTarget(offset)
        guard isFusing, target < code.count else { return nil }
        switch operationMeaning(code.operation(at: target).rawValue).shape {
        case .giveBack, .giveBackDouble, .giveBackSingle: return target
        default: return nil
        }
    }
}
