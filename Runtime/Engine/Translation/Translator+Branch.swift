// Translator+Branch: conditions. A comparison just emitted becomes the branch itself.

import WasmModule
import WasmOperations

/// The comparisons' order in the operation table, and their opposites.
enum ComparisonOrder {
    /// eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u
    static let integerCount = 10
    /// eq ne lt gt le ge
    static let floatCount = 6
    static func opposite(_ comparison: Int) -> Int {
        switch comparison {
        case 0: 1
        case 1: 0
        case 2: 8
        case 3: 9
        case 4: 6
        case 5: 7
        case 6: 4
        case 7: 5
        case 8: 2
        default: 3
        }
    }
    /// Forms ss, as, si, ai, each with and without result slot.
    static let variantCount = 8
    static let formCount = 4
}

extension Translator {
    /// Takes the condition of a branch.
    mutating func popCondition() -> Operand { pop() }

    /// Emits a branch on a condition, with a target field at the end of `chain`; gives the field.
    mutating func emitBranch(_ condition: Operand, whenZero: Bool, chain: Int) -> Int {
        let cell = emitBranchHead(condition, whenZero: whenZero)
        _ = cell
        let field = addWaitingTarget(chain)
        barrier()
        return field
    }

    private mutating func emitBranchHead(_ condition: Operand, whenZero: Bool) -> Int {
        if condition.place == .accumulator, isFusing, lastCell >= 0, let fused = fuseComparison(whenZero) { return fused }
        var operand = condition
        if operand.place == .constant {
            // Rare: a constant condition.
            let slot = operand.home
            emitConstant(operand, to: slot)
            if slot &+ 16 > frameByteCount { frameByteCount = slot &+ 16 }
            operand.place = .home
        }
        let base: Operation = whenZero ? .brIfZero : .brIfNonzero
        if isFusing, operand.place != .accumulator, addCellEnd == code.count, addCellEnd >= 0, accumulatorHolds(operand),
            code.field(addCell + 8) == operand.slot
        {
            return emitAddAndBranch(addCell, comparison: whenZero ? 0 : 1, isSlot: false, 0)
        }
        if operand.place == .accumulator || accumulatorHolds(operand) { return code.begin(base.variant(1)) }
        let cell = code.begin(base)
        code.add(operand.slot)
        return cell
    }

    /// Replaces the comparison, or the `and`, that is the last cell by a branch; nil when it is neither.
    private mutating func fuseComparison(_ whenZero: Bool) -> Int? {
        let cell = lastCell
        let operation = Int(code.operation(at: cell).rawValue)
        let first = code.field(cell + 12)
        let second = code.field(cell + 16)
        let integerBase = Int(Operation.intEq.rawValue)
        if operation >= integerBase, operation < integerBase + ComparisonOrder.integerCount * ComparisonOrder.variantCount {
            var comparison = (operation - integerBase) / ComparisonOrder.variantCount
            let form = (operation - integerBase) % ComparisonOrder.variantCount / 2
            if whenZero { comparison = ComparisonOrder.opposite(comparison) }
            code.truncate(to: cell)
            integer = AccumulatorState(slot: slotBeforeLast, operand: -1, producer: -1)
            if form == 1 || form == 3, addBeforeLast >= 0, integer.slot == code.field(addBeforeLast + 8) {
                return emitAddAndBranch(addBeforeLast, comparison: comparison, isSlot: form == 1, first)
            }
            let immediate = form == 2 ? second : first
            if form >= 2, immediate == 0, comparison < 2 {
                if form == 3, comparedCell >= 0 {
                    slotBeforeLast = slotBeforeCompared
                    if let fused = fuseAnd(comparedCell, whenZero: comparison == 0) { return fused }
                }
                let base: Operation = comparison == 0 ? .brIfZero : .brIfNonzero
                if form == 3 { return code.begin(base.variant(1)) }
                let branch = code.begin(base)
                code.add(first)
                return branch
            }
            return emitFused(
                Operation(rawValue: UInt16(Int(Operation.brIfIntEq.rawValue) + comparison * ComparisonOrder.formCount + form)), form, first,
                second)
        }
        if let fused = fuseAnd(cell, whenZero: whenZero) { return fused }
        if let fused = fuseFloat(cell, operation, Operation.f32Eq, Operation.brIfF32Eq, Operation.brUnlessF32Eq, whenZero, isDouble: false)
        {
            return fused
        }
        return fuseFloat(cell, operation, Operation.f64Eq, Operation.brIfF64Eq, Operation.brUnlessF64Eq, whenZero, isDouble: true)
    }

    /// Replaces the `and` at `cell`, whose result is wanted only here, by a branch; nil when it is none.
    private mutating func fuseAnd(_ cell: Int, whenZero: Bool) -> Int? {
        let variant = Int(code.operation(at: cell).rawValue) - Int(Operation.intAnd.rawValue)
        guard variant >= 0, variant < ComparisonOrder.variantCount, variant & 1 == 0 else { return nil }
        let first = code.field(cell + 12)
        let second = code.field(cell + 16)
        code.truncate(to: cell)
        integer = AccumulatorState(slot: slotBeforeLast, operand: -1, producer: -1)
        let base: Operation = whenZero ? .brIfAndZero : .brIfAndNonzero
        return emitFused(base.variant(variant / 2), variant / 2, first, second)
    }

    /// Makes one cell of the addition at `cell`, the comparison of its sum and the branch.
    private mutating func emitAddAndBranch(_ cell: Int, comparison: Int, isSlot: Bool, _ bound: Int32) -> Int {
        let addition = code.operation(at: cell)
        let isWord = Translator.isStoredSum(addition, .i32Add)
        // Forms ss, as, si, ai.
        let form = (Int(addition.rawValue) - Int((isWord ? Operation.i32Add : .i64Add).rawValue)) / 2
        let target = code.field(cell + 8)
        let first = code.field(cell + 12)
        let second = code.field(cell + 16)
        code.truncate(to: cell)
        let row: Operation = isWord ? .i32AddBrEq : .i64AddBrEq
        let branch = code.begin(row.variant((comparison * ComparisonOrder.formCount + form) * 2 + (isSlot ? 1 : 0)))
        code.add(target)
        code.add(first)
        if form & 1 == 0 { code.add(second) }
        code.add(bound)
        integer = AccumulatorState(slot: target, operand: -1, producer: -1)
        return branch
    }

    // MARK: Branches to branches

    /// Where a jump to `offset` ends: branches there are followed, so many of them.
    func finalTarget(_ offset: Int) -> Int {
        var offset = offset
        var hops = 0
        while hops < 8, offset < code.count, code.operation(at: offset) == .br {
            offset = Int(truncatingIfNeeded: code.field64(offset + 8))
            hops += 1
        }
        return offset
    }

    /// The cell of a return that the `br` at `offset` leads to, which may stand in its place: both have 16 bytes.
    func returnReached(byBranchAt offset: Int) -> Int? {
        let target = finalTarget(offset)
        guard isFusing, target < code.count else { return nil }
        let operation = code.operation(at: target).rawValue
        return operation >= Operation.return.rawValue && operation <= Operation.returnFs.rawValue ? target : nil
    }

    private mutating func fuseFloat(
        _ cell: Int, _ operation: Int, _ compareBase: Operation, _ branchBase: Operation, _ unlessBase: Operation, _ whenZero: Bool,
        isDouble: Bool
    ) -> Int? {
        let base = Int(compareBase.rawValue)
        guard operation >= base, operation < base + ComparisonOrder.floatCount * ComparisonOrder.variantCount else { return nil }
        let comparison = (operation - base) / ComparisonOrder.variantCount
        let form = (operation - base) % ComparisonOrder.variantCount / 2
        let first = code.field(cell + 12)
        let second = code.field(cell + 16)
        // A double's immediate has 8 bytes, aligned.
        let immediate = isDouble && form >= 2 ? code.field64(form == 2 ? cell + 16 : cell + 16) : 0
        code.truncate(to: cell)
        integer = AccumulatorState(slot: slotBeforeLast, operand: -1, producer: -1)
        let target = whenZero ? unlessBase : branchBase
        let fused = target.variant(comparison * ComparisonOrder.formCount + form)
        guard isDouble, form >= 2 else { return emitFused(fused, form, first, second) }
        let branch = code.begin(fused)
        if form == 2 { code.add(first) }
        code.add64(immediate)
        return branch
    }

    /// Emits the head of a fused branch: the operands of the comparison in its form (ss, as, si, ai).
    private mutating func emitFused(_ operation: Operation, _ form: Int, _ first: Int32, _ second: Int32) -> Int {
        let branch = code.begin(operation)
        code.add(first)
        if form == 0 || form == 2 { code.add(second) }
        return branch
    }
}
