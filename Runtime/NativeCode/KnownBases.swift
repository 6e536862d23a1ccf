// KnownBases: what registers and slots are known to hold between two labels, as sums of a slot and a constant.

import MachineCode
import WasmOperations

/// What a base was made of.
struct BaseSource: Equatable {
    /// `sum` for every base that is a slot plus a constant, cut to 32 bits; the constant may be 0.
    var form: AddressForm
    /// The slot of the index; -1 without one.
    var slot: Int32
    /// The constant or second slot that the form adds before the sum is cut to 32 bits; the upper part of an offset.
    var field: Int32
}

/// A slot plus a constant, of which 32 bits count.
struct SlotSum: Equatable {
    var slot: Int32
    var amount: Int32
}

/// The bases in the registers that are kept for them, and the slots that are others plus a constant.
struct KnownBases {
    private var sources: [2 of BaseSource?] = .init(repeating: nil)
    /// The one that is replaced next: not the one that was used last.
    private var next = 0
    private var sums: [4 of KnownSum?] = .init(repeating: nil)
    private var nextSum = 0

    private struct KnownSum {
        var slot: Int32
        var sum: SlotSum
    }

    static func register(_ index: Int) -> IntegerRegister { index == 0 ? .s10 : .s11 }

    // MARK: Bases

    /// The register that has a base, or one near it, and how far that is from it. `offset` is what the access adds.
    mutating func find(_ source: BaseSource, _ offset: Int) -> (register: IntegerRegister, distance: Int)? {
        for index in 0..<2 where sources[index] == source {
            next = 1 - index
            return (KnownBases.register(index), 0)
        }
        guard source.form == .sum else { return nil }
        for index in 0..<2 {
            guard let known = sources[index], known.form == .sum, known.slot == source.slot else { continue }
            let distance = Int(source.field &- known.field)
            // Below the base, the offset might lead back above it.
            guard distance > 0 || offset == 0, OperandKind.signed12.fits(distance + offset) else { continue }
            next = 1 - index
            return (KnownBases.register(index), distance)
        }
        return nil
    }

    /// A register for a base that is made now, for an access.
    mutating func add(_ source: BaseSource) -> IntegerRegister {
        let index = next
        sources[index] = source
        next = 1 - index
        return KnownBases.register(index)
    }

    // MARK: Slots

    /// The sum that a slot's value is; the slot itself when it is no other.
    func origin(of slot: Int32) -> SlotSum {
        for index in 0..<4 {
            if let known = sums[index], known.slot == slot { return known.sum }
        }
        return SlotSum(slot: slot, amount: 0)
    }

    /// A slot was written with a sum of another.
    mutating func note(slot: Int32, is sum: SlotSum) {
        guard sum.slot != slot else { return }
        sums[nextSum] = KnownSum(slot: slot, sum: sum)
        nextSum = (nextSum + 1) & 3
    }

    /// A slot is written: what was made of it is no longer its base.
    mutating func forget(slot: Int32) {
        for index in 0..<2 {
            guard let source = sources[index] else { continue }
            if source.slot == slot || source.form == .slotSum && source.field == slot { sources[index] = nil }
        }
        for index in 0..<4 {
            if let known = sums[index], known.slot == slot || known.sum.slot == slot { sums[index] = nil }
        }
    }

    /// A slot is written with itself plus a constant: what was made of it is still known, by another constant.
    mutating func move(slot: Int32, by amount: Int32) {
        for index in 0..<2 {
            guard let source = sources[index] else { continue }
            if source.form == .sum, source.slot == slot {
                sources[index]?.field = source.field &- amount
            } else if source.slot == slot || source.form == .slotSum && source.field == slot {
                sources[index] = nil
            }
        }
        for index in 0..<4 {
            guard let known = sums[index] else { continue }
            if known.slot == slot {
                sums[index] = nil
            } else if known.sum.slot == slot {
                sums[index]?.sum.amount = known.sum.amount &- amount
            }
        }
    }

    mutating func forgetAll() {
        sources = .init(repeating: nil)
        sums = .init(repeating: nil)
    }
}
