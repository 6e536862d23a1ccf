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
            lastCell = code.begin(.copyI64)
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
                lastCell = code.begin(.copyV128)
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
        if isFusing, lastCell >= 0, let run = CopyRun.joined(code.operation(at: lastCell), operation),
            code.count - lastCell == CopyRun.byteCount(code.operation(at: lastCell))
        {
            code.setOperation(run, at: lastCell)
        } else {
            lastCell = code.begin(operation)
        }
        code.add(slot)
        code.add(source)
    }

    private mutating func emitAccumulatorStore(_ valueClass: ValueClass, to slot: Int32) {
        lastCell = code.begin(valueClass == .integer ? .copyA : valueClass == .double ? .copyD : .copyF)
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

/// The variants of `copy_run`: ss si is ii sss ssss.
enum CopyRun {
    /// The operation of a run and one more copy; nil when there is none.
    static func joined(_ run: Operation, _ copy: Operation) -> Operation? {
        switch (run, copy) {
        case (.copyS, .copyS): Operation.copyRun
        case (.copyS, .copyI): Operation.copyRun.variant(1)
        case (.copyI, .copyS): Operation.copyRun.variant(2)
        case (.copyI, .copyI): Operation.copyRun.variant(3)
        case (.copyRun, .copyS): Operation.copyRun.variant(4)
        case (Operation.copyRun.variant(4), .copyS): Operation.copyRun.variant(5)
        default: nil
        }
    }

    /// Bytes of the cell of a copy or a run: 8 for each copy behind the header.
    static func byteCount(_ operation: Operation) -> Int {
        guard isRun(operation) else { return 16 }
        let variant = Int(operation.rawValue) - Int(Operation.copyRun.rawValue)
        return 8 + (variant < 4 ? 2 : variant - 1) * 8
    }

    /// Whether an operation is a copy that another can join.
    static func isCopy(_ operation: Operation) -> Bool {
        operation == .copyS || operation == .copyI || isRun(operation)
    }

    static func isRun(_ operation: Operation) -> Bool {
        operation.rawValue >= Operation.copyRun.rawValue && operation.rawValue < Operation.copyRun.variant(6).rawValue
    }
}
