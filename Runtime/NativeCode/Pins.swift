// Pins: which slots and constants of a function live in registers. Those with the most uses, weighted by the loops around them, less what
// each call costs that has to put them back and fetch them again. A constant is never put back: it is made again.

import Containers
import MachineCode
import WasmOperations

/// A slot or a constant that lives in a register.
struct Pin {
    /// -1 for a constant.
    var slot: Int32
    /// Never `bits`.
    var use: SlotUse
    /// The number of its register, of the class of its use.
    var register: UInt8 = 0
    var weight: Int64 = 0
    /// The part of the weight that is writes.
    var writes: Int64 = 0
    /// What fetching it behind calls costs; putting it back before them costs as much.
    var charge: Int64 = 0
    /// What putting it back as a call's argument costs.
    var staging: Int64 = 0
    /// The constant, as the operand has it.
    var constant: Int64 = 0
    /// How many instructions fetch it.
    var cost: Int64 = 1

    var isConstant: Bool { slot < 0 }
    /// A constant that saves little may cost more where a loop turns less often than was thought.
    var isWorthIt: Bool { weight > (isConstant ? 4 * cost : 0) }
}

/// A set of pins, by their numbers.
typealias PinSet = UInt64

/// The pins of a function.
struct Pins: ~Copyable {
    /// The pins, at most 64. Those without a register are not used.
    private(set) var all = GrowableArray<Pin>()
    /// The pins that have a register.
    private(set) var held: PinSet = 0
    /// The pins that may differ from their slots, since native code writes them.
    private(set) var written: PinSet = 0
    /// The pins whose slots are written whenever they are.
    private(set) var through: PinSet = 0
    /// For each slot that may be pinned: its pin, or `none`.
    private var pinOfSlot = GrowableArray<UInt8>()
    private var weights = GrowableArray<SlotWeight>()
    private var constants = ConstantTable()

    private static let none: UInt8 = 255
    /// Slots beyond these stay in memory.
    private static let slotLimit = 4096
    static let mostCandidates = 64

    /// How much a slot is used as what.
    private struct SlotWeight {
        var integer: Int64 = 0
        var double: Int64 = 0
        var single: Int64 = 0
        var bits: Int64 = 0
        var writes: Int64 = 0

        var total: Int64 { integer + double + single + bits }
        /// A register of singles loses the upper half of what is only moved, so it is for slots that hold nothing else.
        var use: SlotUse {
            if single > 0, integer == 0, double == 0, bits == 0 { return .single }
            return double > integer &+ single ? .double : .integer
        }
    }

    /// A use in a loop counts as many as this in none, and so on for each loop around.
    static func weight(depth: Int32) -> Int64 { 1 << (3 * Int64(min(depth, 8))) }

    // MARK: Choosing

    /// Finds the slots worth a register; false when memory is refused.
    mutating func choose(_ function: IntermediateFunction, _ graph: borrowing FlowGraph) -> Bool {
        all.removeAll()
        weights.removeAll()
        pinOfSlot.removeAll()
        held = 0
        written = 0
        through = 0
        let slotCount = min(function.frameByteCount / 8 + 2, Pins.slotLimit)
        guard weights.append(repeating: SlotWeight(), count: slotCount), pinOfSlot.append(repeating: Pins.none, count: slotCount) else {
            return false
        }
        constants.removeAll()
        for index in 0..<graph.blocks.count { weigh(function, graph.blocks[index]) }
        var order = GrowableArray<Pin>()
        for index in 0..<slotCount where weights[index].total > 1 {
            guard
                order.append(
                    Pin(slot: Int32(index * 8), use: weights[index].use, weight: weights[index].total, writes: weights[index].writes))
            else { return false }
        }
        for index in 0..<constants.count where constants[index].weight > constants[index].cost {
            let constant = constants[index]
            guard
                order.append(
                    Pin(slot: -1 - Int32(index), use: constant.use, weight: constant.weight, constant: constant.value, cost: constant.cost))
            else { return false }
        }
        order.sort { $0.weight > $1.weight || $0.weight == $1.weight && $0.slot < $1.slot }
        guard all.reserve(min(order.count, Pins.mostCandidates)) else { return false }
        for index in 0..<min(order.count, Pins.mostCandidates) {
            let pin = order[index]
            if pin.isConstant { constants[Int(-1 - pin.slot)].pin = UInt8(index) } else { pinOfSlot[Int(pin.slot) / 8] = UInt8(index) }
            all.appendReserved(pin)
        }
        return true
    }

    private mutating func weigh(_ function: IntermediateFunction, _ block: Block) {
        let amount = Pins.weight(depth: block.depth)
        var offset = Int(block.start)
        while offset < Int(block.end) {
            let cell = Cell(function.cells, offset)
            cell.visitSlots(
                read: { add(amount, $0, $1) },
                write: {
                    add(amount, $0, $1)
                    if Int($0) / 8 < weights.count, $0 >= 0 { weights[Int($0) / 8].writes &+= amount }
                },
                touch: { _, _, _ in })
            // Outside of loops a constant is made where it is used.
            if block.depth > 0 { cell.visitConstants { value, use, cost in constants.add(value, use, cost, amount) } }
            offset = cell.end
        }
    }

    private mutating func add(_ amount: Int64, _ slot: Int32, _ use: SlotUse) {
        let index = Int(slot) / 8
        guard index >= 0, index < weights.count else { return }
        switch use {
        case .integer: weights[index].integer &+= amount
        case .double: weights[index].double &+= amount
        case .single: weights[index].single &+= amount
        case .bits: weights[index].bits &+= amount
        }
    }

    /// Notes what pins cost at a call, or where the function is entered.
    mutating func charge(_ set: PinSet, _ amount: Int64, isEntry: Bool) {
        var rest = set
        while rest != 0 {
            let number = rest.trailingZeroBitCount
            rest &= rest - 1
            if all[number].isConstant {
                all[number].weight &-= amount &* all[number].cost
            } else if !isEntry {
                all[number].charge &+= amount
            }
        }
    }

    /// Notes what pins cost that are a call's arguments: they go to their slots.
    mutating func charge(staged set: PinSet, _ amount: Int64) {
        var rest = set
        while rest != 0 {
            all[rest.trailingZeroBitCount].staging &+= amount
            rest &= rest - 1
        }
    }

    /// Decides for each pin whether it is put back around calls or, when that is less, wherever it is written.
    private mutating func settle() {
        for index in 0..<all.count where !all[index].isConstant {
            let charge = all[index].charge
            let puttingBack = charge &+ all[index].staging
            if all[index].writes < puttingBack { through |= 1 << UInt64(index) }
            all[index].weight &-= charge &+ min(puttingBack, all[index].writes)
        }
    }

    /// Gives registers to the heaviest.
    mutating func assign(integers: [UInt8], floats: [UInt8]) {
        settle()
        var integerCount = 0
        var floatCount = 0
        // The weights changed, so the heaviest left is looked for each time: there are at most 64.
        while true {
            var best = -1
            for index in 0..<all.count where held >> UInt64(index) & 1 == 0 && all[index].isWorthIt {
                let isFull = all[index].use == .integer ? integerCount == integers.count : floatCount == floats.count
                if !isFull, best < 0 || all[index].weight > all[best].weight { best = index }
            }
            guard best >= 0 else { break }
            if all[best].use == .integer {
                all[best].register = integers[integerCount]
                integerCount += 1
            } else {
                all[best].register = floats[floatCount]
                floatCount += 1
            }
            held |= 1 << UInt64(best)
        }
    }

    /// Notes which pins are written.
    mutating func note(written set: PinSet) { written |= set & held & ~through }

    /// Whether the slot of a pin is written whenever it is.
    func isThrough(slot: Int32) -> Bool {
        guard let number = number(ofSlot: slot) else { return false }
        return (through & held) >> UInt64(number) & 1 == 1
    }

    // MARK: Looking up

    /// The number of the candidate at a slot.
    @inline(__always) func number(ofSlot slot: Int32) -> Int? {
        let index = Int(slot) / 8
        guard index < pinOfSlot.count, slot >= 0, pinOfSlot[index] != Pins.none else { return nil }
        return Int(pinOfSlot[index])
    }

    /// The pin of a slot that is in a register.
    @inline(__always) func pin(ofSlot slot: Int32) -> Pin? {
        guard let number = number(ofSlot: slot), held >> UInt64(number) & 1 == 1 else { return nil }
        return all[number]
    }

    /// The candidate at a slot, as a set.
    @inline(__always) func set(ofSlot slot: Int32) -> PinSet {
        guard let number = number(ofSlot: slot) else { return 0 }
        return 1 << UInt64(number)
    }

    /// The number of the candidate that is a constant.
    @inline(__always) func number(ofConstant value: Int64, _ use: SlotUse) -> Int? { constants.pin(of: value, use) }

    /// The candidates in a range of slots.
    func set(from first: Int32, to end: Int32) -> PinSet {
        var set: PinSet = 0
        for index in 0..<all.count where all[index].slot >= first && all[index].slot < end { set |= 1 << UInt64(index) }
        return set
    }
}
