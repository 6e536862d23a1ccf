// Which slots a cell reads and writes, and as what.

import Containers
import WasmOperations

/// How a slot is used: as a number of a class, or as bits that are only moved.
enum SlotUse: UInt8 { case integer, double, single, bits }

extension SlotUse {
    init(_ kind: AccumulatorKind) {
        switch kind {
        case .none: self = .bits
        case .integer: self = .integer
        case .double: self = .double
        case .single: self = .single
        }
    }
}

extension Cell {
    /// Calls `read` with each slot that is read, and `write` with each that is written and nowhere read before in the cell. A handler's
    /// slots are a range: `touch` gets it, with whether it is written. All are byte offsets in the frame.
    @inline(__always)
    func visitSlots(
        read: (Int32, SlotUse) -> Void, write: (Int32, SlotUse) -> Void, touch: (_ first: Int32, _ end: Int32, _ isWritten: Bool) -> Void
    ) {
        let use = SlotUse(meaning.operandClass)
        switch meaning.shape {
        case .value:
            if meaning.micro == .select {
                if let slot = first.slot { read(slot, .integer) }
                if let slot = second.slot { read(slot, .bits) }
                if let slot = third.slot { read(slot, .bits) }
                if meaning.storesResult { write(result, .bits) }
                return
            }
            if let slot = first.slot { read(slot, use) }
            if let slot = second.slot { read(slot, use) }
            if let slot = third.slot { read(slot, use) }
            if meaning.storesResult { write(result, SlotUse(meaning.writes)) }
        case .branch, .branchUnless:
            if let slot = first.slot { read(slot, use) }
            if let slot = second.slot { read(slot, use) }
        case .addBranch32, .addBranch64:
            if let slot = first.slot { read(slot, .integer) }
            if let slot = second.slot { read(slot, .integer) }
            if let slot = third.slot { read(slot, .integer) }
            write(result, .integer)
        case .load, .store:
            if let slot = first.slot { read(slot, meaning.shape == .load ? .integer : meaning.operandClass == .integer ? .bits : use) }
            if let slot = second.slot { read(slot, .integer) }
            if meaning.address == .slotSum { read(addressField, .integer) }
            if meaning.storesResult, meaning.shape == .load { write(result, SlotUse(meaning.writes)) }
        case .copy:
            if let slot = first.slot { read(slot, .bits) }
            write(result, .bits)
        case .copyDouble: write(result, .double)
        case .copySingle: write(result, .single)
        case .copyRun:
            visitRun { target, source in
                if let slot = source.slot { read(slot, .bits) }
                write(target, .bits)
            }
        case .globalGet: if meaning.storesResult { write(result, .bits) }
        case .globalSet: if let slot = first.slot { read(slot, .bits) }
        case .globalSetSum:
            if let slot = first.slot { read(slot, .integer) }
            if meaning.storesResult { write(result, .integer) }
        case .globalAdd: if meaning.storesResult { write(result, .integer) }
        case .clear:
            for index in 0..<meaning.count { write(field(8) + Int32(index) * 8, .bits) }
        case .tableBranch: if let slot = first.slot { read(slot, .integer) }
        case .giveBack:
            if let slot = first.slot { read(slot, .integer) }
            // The results are in the first slots, below the header.
            if first.form == .none { touch(0, field(8), false) }
        case .giveBackDouble, .giveBackSingle: if let slot = first.slot { read(slot, use) }
        case .callIndirect:
            if let slot = first.slot { read(slot, .integer) }
            touch(field(28), field(20), false)
        case .call: touch(field(20), field(16), false)
        case .copyVector:
            touch(field(12), field(12) + 16, false)
            touch(field(8), field(8) + 16, true)
        case .constantVector: touch(field(8), field(8) + 16, true)
        case .clearMany: touch(field(8), field(8) + field(12) * 8, true)
        case .handler, .leaving: visitHandlerSlots(touch)
        case .jump, .checkFrame, .fuel, .nothing: break
        }
    }

    /// Calls `body` with each copy of a run.
    @inline(__always) func visitRun(_ body: (_ target: Int32, _ source: CellOperand) -> Void) {
        let fields = Operation(rawValue: number).fields
        for index in stride(from: 0, to: fields.utf8CodeUnitCount, by: 2) {
            let form: OperandForm = fields.utf8Start[index + 1] == UInt8(ascii: "s") ? .slot : .immediate
            body(field(8 + index * 4), CellOperand(form: form, value: Int64(field(12 + index * 4))))
        }
    }

    /// The slots of an operation that only its handler knows, from the letters of its fields: an `s` is the first of up to three operands
    /// or a vector, a `d` the first of a call's arguments, which end at its header.
    private func visitHandlerSlots(_ touch: (Int32, Int32, Bool) -> Void) {
        let fields = Operation(rawValue: number).fields
        var at = 8
        var header: Int32 = 0
        var hasResult = false
        for index in 0..<fields.utf8CodeUnitCount {
            let letter = fields.utf8Start[index]
            let size = CellLayout.byteCount(of: letter)
            if size == 8 { at = (at + 7) & ~7 }
            switch letter {
            case UInt8(ascii: "R"): hasResult = true
            // A shuffle's are bytes of slots.
            case UInt8(ascii: "s"): touch(field(at) & ~7, meaning.shape == .leaving ? .max : field(at) + 24, false)
            case UInt8(ascii: "h"): header = field(at)
            case UInt8(ascii: "d"): touch(field(at), header, false)
            default: break
            }
            at += size
        }
        guard hasResult else { return }
        // A result is the first field, and written last. One of 64 bits leaves the slot behind it, which must have its value before.
        touch(field(8) + 8, field(8) + 16, false)
        touch(field(8), field(8) + 16, true)
    }
}
