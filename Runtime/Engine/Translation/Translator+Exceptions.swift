// Translator+Exceptions: `try_table`, `throw`, and the older `try`, `catch`, `delegate`, `rethrow` (core specification, 3.3.8 and 4.4.8).
//
// A protected stretch costs nothing to enter: what catches is a list of ranges beside the code, innermost first. The unwinder puts the
// exception's values into the slots where the label wants them and goes on at the label. In a `catch` part of the older form the
// exception itself is a hidden operand below the values, for `rethrow`.

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// After `beginBlock`: notes what a `try_table` catches. Labels are counted from outside of it.
    mutating func beginTryTable() {
        let index = blocks.count - 1
        guard blocks.base[index].isLive else { return }
        blocks.base[index].bodyStart = code.count
        blocks.base[index].firstClause = clauses.count
        for clause in instruction.catchClauses {
            note(clauses.append(PendingClause(clause: clause, block: index - 1 - Int(clause.label))))
        }
        if isRefused { return }
        blocks.base[index].clauseCount = clauses.count - blocks.base[index].firstClause
        barrier()
    }

    mutating func beginLegacyTry() {
        let index = blocks.count - 1
        guard blocks.base[index].isLive else { return }
        blocks.base[index].bodyStart = code.count
        barrier()
    }

    /// At the end of a block: turns a `try_table`'s clauses into handlers.
    mutating func endProtected(_ index: Int) {
        let block = blocks.base[index]
        guard block.kind == .tryTable else { return }
        for position in block.firstClause..<(block.firstClause + block.clauseCount) {
            let pending = clauses.base[position]
            var handler = ExceptionHandler(
                start: UInt32(block.bodyStart), end: UInt32(code.count), depth: UInt32(index), kind: .catch)
            handler.hasTag = pending.clause.hasTag
            handler.tag = pending.clause.tag
            handler.pushesReference = pending.clause.pushesReference
            let target = blocks.base[pending.block]
            handler.slot = target.base
            var values: Int32 = 8
            if handler.hasTag {
                for type in image.signature(ofType: image.tags[Int(handler.tag)].typeIndex)!.parameters {
                    values += ValueClass(type).byteCount
                }
            }
            use(slot: target.base &+ values)
            if target.kind == .loop {
                handler.target = UInt32(target.start)
            } else {
                handler.target = UInt32(bitPattern: target.handlerChain)
                blocks.base[pending.block].handlerChain = Int32(truncatingIfNeeded: handlers.count)
                blocks.base[pending.block].hasHandler = true
            }
            note(handlers.append(handler))
            if isRefused { return }
        }
        clauses.truncate(to: block.firstClause)
        barrier()
    }

    /// The label of block `index` is here.
    mutating func resolveHandlers(_ index: Int) {
        var position = blocks.base[index].handlerChain
        blocks.base[index].handlerChain = -1
        while position >= 0 {
            let next = Int32(bitPattern: handlers.base[Int(position)].target)
            handlers.base[Int(position)].target = UInt32(truncatingIfNeeded: code.count)
            position = next
        }
    }

    /// `catch` and `catch_all`: ends the part before and begins one that starts with the exception's values.
    mutating func beginCatch(tag: UInt32?) {
        let index = blocks.count - 1
        guard blocks.base[index].isLive else { return }
        let frame = validator.frame(0)
        if !isUnreachable {
            moveTop(Int(frame.resultCount), to: blocks.base[index].base)
            _ = code.begin(.br)
            blocks.base[index].endFixup = addWaitingTarget(blocks.base[index].endFixup)
        }
        if blocks.base[index].kind == .legacyTry { blocks.base[index].bodyEnd = code.count }
        blocks.base[index].kind = tag == nil ? .legacyCatchAll : .legacyCatch
        let block = blocks.base[index]
        forgetAccumulators()
        truncateOperands(to: block.height)
        var handler = ExceptionHandler(
            start: UInt32(block.bodyStart), end: UInt32(block.bodyEnd), depth: UInt32(index), kind: .catch)
        handler.target = UInt32(code.count)
        handler.keepSlot = block.base
        handler.slot = block.base + 8
        push(.home, .integer)
        if let tag {
            handler.hasTag = true
            handler.tag = tag
            let parameters = image.signature(ofType: image.tags[Int(tag)].typeIndex)!.parameters
            pushHome(parameters.count) { parameters[$0] }
        }
        note(handlers.append(handler))
        isUnreachable = false
        beginFuel()
    }

    /// `delegate`: ends a `try` whose exceptions are looked for from an outer block on.
    mutating func translateDelegate(_ label: Int, _ frame: ControlFrame) {
        let index = blocks.count - 1
        if blocks.base[index].isLive {
            var handler = ExceptionHandler(
                start: UInt32(blocks.base[index].bodyStart), end: UInt32(code.count), depth: UInt32(index), kind: .delegate)
            handler.delegateDepth = UInt32(index - 1 - label)
            note(handlers.append(handler))
        }
        endBlock(frame)
    }

    mutating func translateThrow(_ tag: UInt32) {
        let parameters = image.signature(ofType: image.tags[Int(tag)].typeIndex)!.parameters
        emitStackOperation(.throw, operands: parameters.count, result: nil, tag)
        becomeUnreachable()
    }

    mutating func translateThrowRef() {
        materialize(operands.count - 1)
        let reference = pop()
        emitThrowRef(reference.slot)
    }

    mutating func translateRethrow(_ label: Int) { emitThrowRef(block(label).base) }

    private mutating func emitThrowRef(_ slot: Int32) {
        _ = code.begin(.throwRef)
        code.add(slot)
        code.align()
        becomeUnreachable()
    }
}
