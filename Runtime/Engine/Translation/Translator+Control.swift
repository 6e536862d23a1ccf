// Translator+Control: blocks and branches (core specification, 3.3.8 and 4.4.8).

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// The innermost block but `label`.
    @inline(__always) func block(_ label: Int) -> TranslationBlock { blocks.base[blocks.count - 1 - label] }

    // MARK: Opening

    /// `block`, `loop`, `if`, `try`, `try_table`. The validator has opened its frame already.
    mutating func beginBlock(_ kind: ControlKind) {
        let frame = validator.frame(0)
        guard !isUnreachable else {
            note(
                blocks.append(
                    TranslationBlock(kind: kind, height: operands.count, base: 0, start: 0, endFixup: -1, elseFixup: -1, isLive: false)))
            return
        }
        var condition: Operand?
        if kind == .if { condition = popCondition() }
        let parameters = Int(frame.parameterCount)
        // The condition is in a slot or in the accumulator, which settling does not touch.
        settleOperands()
        materializeTop(parameters)
        var new = TranslationBlock(
            kind: kind, height: operands.count - parameters, base: 0, start: 0, endFixup: -1, elseFixup: -1, isLive: true)
        new.base = parameters == 0 ? nextHome : operands.base[new.height].home
        switch kind {
        case .if: new.elseFixup = emitBranch(condition!, whenZero: true, chain: -1)
        case .loop:
            forgetAccumulators()
            new.start = code.count
        default: break
        }
        note(blocks.append(new))
        if kind == .loop { beginCount() }
        if kind == .loop || kind == .if { beginFuel() }
    }

    /// `else`.
    mutating func beginElse() {
        let index = blocks.count - 1
        guard blocks.base[index].isLive else { return }
        if !isUnreachable {
            materializeTop(operands.count - blocks.base[index].height)
            branchToEnd(index)
        }
        let field = blocks.base[index].elseFixup
        blocks.base[index].elseFixup = -1
        blocks.base[index].kind = .else
        startLabel(resolving: field)
        truncateOperands(to: blocks.base[index].height)
        let frame = validator.frame(0)
        pushHome(Int(frame.parameterCount)) { frame.parameter($0) }
        isUnreachable = false
    }

    /// `end`. The validator has closed its frame; `frame` is what it was.
    mutating func endBlock(_ frame: ControlFrame) {
        let index = blocks.count - 1
        let block = blocks.base[index]
        guard block.isLive else {
            blocks.truncate(to: index)
            return
        }
        let results = Int(frame.resultCount)
        if block.kind == .function {
            if !isUnreachable { emitReturn() }
            if block.hasHandler {
                // Exceptions caught by the function's own label return their values.
                resolveHandlers(index)
                startLabel(resolving: -1)
                truncateOperands(to: 0)
                pushHome(results) { frame.result($0) }
                emitReturn()
            }
            blocks.truncate(to: index)
            return
        }
        endProtected(index)
        let isCatch = block.kind == .legacyCatch || block.kind == .legacyCatchAll
        let hasLabel = block.endFixup >= 0 || block.elseFixup >= 0 || block.hasHandler || isCatch
        if hasLabel {
            let isReached = !isUnreachable || block.endFixup >= 0 || block.elseFixup >= 0 || block.hasHandler
            if !isUnreachable {
                if isCatch { moveTop(results, to: block.base) } else { materializeTop(results) }
            }
            // An `if` without `else` has equal parameters and results, in the same slots.
            if block.elseFixup >= 0 { resolve(block.elseFixup) }
            resolve(block.endFixup)
            resolveHandlers(index)
            forgetAccumulators()
            truncateOperands(to: block.height)
            isUnreachable = !isReached
            blocks.truncate(to: index)
            guard isReached else { return }
            pushHome(results) { frame.result($0) }
            beginFuel()
            return
        }
        if isUnreachable { truncateOperands(to: block.height) }
        blocks.truncate(to: index)
    }

    /// A label at the present place.
    mutating func startLabel(resolving chain: Int) {
        resolve(chain)
        forgetAccumulators()
        beginFuel()
    }

    /// Drops operands above `height`.
    mutating func truncateOperands(to height: Int) {
        while operands.count > height { _ = pop() }
    }

    /// The rest of the block cannot be reached.
    mutating func becomeUnreachable() {
        isUnreachable = true
        truncateOperands(to: blocks.base[blocks.count - 1].height)
        barrier()
    }

    // MARK: Branches

    private mutating func branchToEnd(_ index: Int) {
        _ = code.begin(.br)
        blocks.base[index].endFixup = addWaitingTarget(blocks.base[index].endFixup)
        barrier()
    }

    /// The number of values a branch to `label` carries, and whether they are where the label wants them.
    @inline(__always) private mutating func labelValues(_ label: Int) -> Int { Int(validator.frame(label).labelCount) }

    @inline(__always) private mutating func isInPlace(_ count: Int, _ base: Int32) -> Bool {
        guard count > 0 else { return true }
        let first = operands.count - count
        if operands.base[first].home != base { return false }
        for index in first..<operands.count where operands.base[index].place != .home { return false }
        return true
    }

    /// Moves the top `count` operands to the slots from `base` on; the operands stay as they are. A target slot is never above its source.
    mutating func moveTop(_ count: Int, to base: Int32) {
        var slot = base
        for index in (operands.count - count)..<operands.count {
            let operand = operands.base[index]
            if operand.place == .accumulator, operand.home == slot { spill(operand.valueClass) } else { emitCopy(operand, to: slot) }
            slot += operand.valueClass.byteCount
        }
    }

    /// Emits a target for a label of a block that is not the function: known for loops, waiting for others.
    mutating func addTarget(toBlock index: Int) {
        if blocks.base[index].kind == .loop {
            addTarget(blocks.base[index].start)
        } else {
            blocks.base[index].endFixup = addWaitingTarget(blocks.base[index].endFixup)
        }
    }

    /// Goes to `label` with its values, unconditionally.
    mutating func emitBranch(label: Int) {
        let index = blocks.count - 1 - label
        if index == 0 {
            emitReturn()
            return
        }
        moveTop(labelValues(label), to: blocks.base[index].base)
        _ = code.begin(.br)
        addTarget(toBlock: index)
        barrier()
    }

    mutating func translateBr(_ label: Int) {
        emitBranch(label: label)
        becomeUnreachable()
    }

    mutating func translateBrIf(_ label: Int) {
        let condition = popCondition()
        emitConditional(label: label, condition, whenZero: false)
        beginFuel()
    }

    /// Goes to `label` with its values when the condition is not zero (or zero).
    mutating func emitConditional(label: Int, _ condition: Operand, whenZero: Bool) {
        let index = blocks.count - 1 - label
        let count = labelValues(label)
        if index > 0, isInPlace(count, blocks.base[index].base) {
            if blocks.base[index].kind == .loop {
                let field = emitBranch(condition, whenZero: whenZero, chain: -1)
                code.setField64(UInt64(blocks.base[index].start), at: field)
            } else {
                blocks.base[index].endFixup = emitBranch(condition, whenZero: whenZero, chain: blocks.base[index].endFixup)
            }
            return
        }
        // The moves belong to the taken path only: jump over them. What must be spilled is spilled before.
        let skip: Int
        if condition.place == .accumulator || accumulatorHolds(condition) {
            skip = emitBranch(condition, whenZero: !whenZero, chain: -1)
            spillAll()
        } else {
            spillAll()
            skip = emitBranch(condition, whenZero: !whenZero, chain: -1)
        }
        let saved = (integer, double, single)
        emitBranch(label: label)
        (integer, double, single) = saved
        resolve(skip)
        barrier()
    }

    @inline(__always) mutating func accumulatorHolds(_ operand: Operand) -> Bool {
        operand.place != .constant && accumulator(operand.valueClass).slot == operand.slot
    }

    mutating func translateBrTable() {
        let index = pop()
        // Values and the index must be settled: every target sees the same.
        var indexOperand = index
        let count = labelValues(Int(lastTarget()))
        if index.place == .constant || index.place == .local || index.place == .home {
            settleTop(count)
            if index.place == .constant {
                // The slot above the values is free.
                let slot = nextHome
                emitConstant(index, to: slot)
                use(slot: slot)
                indexOperand = Operand(place: .home, valueClass: .integer, home: slot)
            }
        } else {
            settleTop(count)
        }
        let targetCount = Int(instruction.index)
        if indexOperand.place == .accumulator {
            _ = code.begin(.brTableA)
            code.add(0)
        } else {
            _ = code.begin(.brTableS)
            code.add(indexOperand.slot)
        }
        code.add(Int32(truncatingIfNeeded: targetCount))
        barrier()
        code.reserve((targetCount + 1) * 8 + CodeBuffer.largestCellByteCount)
        guard !code.isExhausted else { return becomeUnreachable() }
        // Labels whose values must move have a landing place of their own, which moves them and goes on.
        var stubs = GrowableArray<(label: UInt32, chain: Int)>()
        for label in instruction.branchTargets {
            let block = blocks.count - 1 - Int(label)
            if blocks.base[block].tablePlace == TranslationBlock.unknownPlace {
                if block > 0, isInPlace(count, blocks.base[block].base) {
                    blocks.base[block].tablePlace = TranslationBlock.directPlace
                } else {
                    blocks.base[block].tablePlace = Int32(truncatingIfNeeded: stubs.count)
                    note(stubs.append((label, -1)))
                    if isRefused { return becomeUnreachable() }
                }
            }
            let place = Int(blocks.base[block].tablePlace)
            if place < 0 {
                addTarget(toBlock: block)
            } else {
                stubs.base[place].chain = addWaitingTarget(stubs.base[place].chain)
            }
        }
        for label in instruction.branchTargets { blocks.base[blocks.count - 1 - Int(label)].tablePlace = TranslationBlock.unknownPlace }
        for stub in 0..<stubs.count {
            resolve(stubs.base[stub].chain)
            let saved = (integer, double, single)
            integer = .empty
            double = .empty
            single = .empty
            barrier()
            emitBranch(label: Int(stubs.base[stub].label))
            (integer, double, single) = saved
        }
        becomeUnreachable()
    }

    /// Brings the top operands home and spills the rest.
    private mutating func settleTop(_ count: Int) {
        materializeTop(count)
        spillAll()
    }

    private mutating func lastTarget() -> UInt32 {
        var last: UInt32 = 0
        for label in instruction.branchTargets { last = label }
        return last
    }
}
