// Cells that move values between slots, constants and accumulators, and the fields that wait for a label.

import Containers
import WasmModule
import WasmOperations

extension Translator {
    // MARK: Moves

    /// Stores a constant.
    mutating func emitConstant(_ operand: Operand, to slot: Int32) {
        forgetSlot(slot)
        let value = Int64(bitPattern: operand.payload)
        if let short = Int32(exactly: value) {
            emitCopyCell(.copyI, slot, short)
        } else {
            recent.note(code.begin(.copyI64))
            code.add(slot)
            code.add64(operand.payload)
        }
    }

    /// Copies an operand that has been popped, or is in a slot, to a slot.
    mutating func emitCopy(_ operand: Operand, to slot: Int32) {
        switch operand.place {
        case .constant:
            emitConstant(operand, to: slot)
            return
        case .local, .home:
            let source = operand.slot
            if source == slot { return }
            if operand.valueClass == .vector {
                forgetSlot(slot)
                forgetSlot(slot + 8)
                recent.note(code.begin(.copyV128))
                code.add(slot)
                code.add(source)
                return
            }
            let state = accumulator(operand.valueClass)
            if state.slot == source {
                forgetSlot(slot)
                emitAccumulatorStore(operand.valueClass, to: slot)
                return
            }
            forgetSlot(slot)
            emitCopyCell(.copyS, slot, source)
        case .accumulator:
            forgetSlot(slot)
            emitAccumulatorStore(operand.valueClass, to: slot)
            var state = accumulator(operand.valueClass)
            state.slot = slot
            setAccumulator(operand.valueClass, state)
        }
    }

    /// Copies a slot or a short constant to a slot; what stands in the last cell joins it, in order.
    private mutating func emitCopyCell(_ operation: Operation, _ slot: Int32, _ source: Int32) {
        let last = recent.last
        if isFusing, last >= 0, let run = CopyRun.joined(code.operation(at: last), operation),
            code.count - last == code.operation(at: last).cellByteCount
        {
            code.setOperation(run, at: last)
        } else {
            recent.note(code.begin(operation))
        }
        code.add(slot)
        code.add(source)
    }

    private mutating func emitAccumulatorStore(_ valueClass: ValueClass, to slot: Int32) {
        recent.note(code.begin(valueClass == .integer ? .copyA : valueClass == .double ? .copyD : .copyF))
        code.add(slot)
        code.align()
    }

    // MARK: Labels

    /// Emits a target field that waits for `chain`'s label; gives the new head of the chain.
    mutating func addWaitingTarget(_ chain: Int) -> Int {
        let field = code.add64(UInt64(bitPattern: Int64(chain)))
        note(targets.append(field))
        return field
    }

    /// Emits a target field to a known place.
    mutating func addTarget(_ offset: Int) {
        note(targets.append(code.add64(UInt64(offset))))
    }

    /// Sets all fields of a chain to the present place.
    mutating func resolve(_ chain: Int) {
        // The chain of a buffer that began again is lost.
        if code.isExhausted { return }
        var field = chain
        while field >= 0 {
            let next = Int(Int64(bitPattern: code.field64(field)))
            code.setField64(UInt64(code.count), at: field)
            field = next
        }
    }
}

/// Copies that follow one another become one cell.
enum CopyRun {
    /// The operation of a run and one more copy; nil when there is none.
    static func joined(_ run: Operation, _ copy: Operation) -> Operation? {
        guard isCopy(run) else { return nil }
        switch (run, copy) {
        case (.copyS, .copyS): return .copyRun(.slotSlot)
        case (.copyS, .copyI): return .copyRun(.slotImmediate)
        case (.copyI, .copyS): return .copyRun(.immediateSlot)
        case (.copyI, .copyI): return .copyRun(.immediateImmediate)
        case (Operation.copyRun(.slotSlot), .copyS): return .copyRun(.slotSlotSlot)
        case (Operation.copyRun(.slotSlotSlot), .copyS): return .copyRun(.slotSlotSlotSlot)
        default: return nil
        }
    }

    /// Whether an operation is a copy that another can join.
    static func isCopy(_ operation: Operation) -> Bool {
        operation == .copyS || operation == .copyI || operation.copyForm != nil
    }
}
