// Ways out of native code and back in.

import Containers
import MachineCode
import WasmOperations

/// A way out that is rarely taken: to a cell's handler, which does what the cell says.
struct Exit {
    var label: MachineCodeLabel
    var cell: UInt32
    var number: UInt16
    /// The pins that go to their slots.
    var spilled: PinSet
    var integer: IntegerRegister
    var double: FloatRegister
    var single: FloatRegister
    /// How far the frame's register has moved to a callee's frame already.
    var frameDistance: Int32
    var reserve: Int
}

/// A way in: a cell whose header leads here.
struct Arrival {
    var label: MachineCodeLabel
    var block: UInt32
}

extension Emitter {
    // MARK: Out

    /// A label behind which a cell's handler does the cell from its beginning. Nothing of the cell may have been done.
    mutating func exit(_ cell: Cell) -> MachineCodeLabel { exit(cell, spilling: live) }

    /// The same where the handler will trap, so that only what it reads must be in slots.
    mutating func trapExit(_ cell: Cell) -> MachineCodeLabel { exit(cell, spilling: readSet(cell)) }

    /// The same with the pins in `set` going to their slots, from where the frame's register has moved by `frameDistance`.
    mutating func exit(_ cell: Cell, spilling set: PinSet, frameDistance: Int32 = 0) -> MachineCodeLabel {
        let label = code.makeLabel()
        note(
            exits.append(
                Exit(
                    label: label, cell: UInt32(cell.offset), number: cell.number, spilled: set, integer: integer, double: double,
                    single: single, frameDistance: frameDistance, reserve: reserve)))
        return label
    }

    mutating func emitExits() {
        for index in 0..<exits.count {
            let exit = exits[index]
            code.bind(exit.label)
            if exit.frameDistance != 0 { code.append(.addi, .frame, .frame, -Int(exit.frameDistance)) }
            spill(exit.spilled)
            storeFuel(exit.reserve)
            integer = exit.integer
            double = exit.double
            single = exit.single
            settleAccumulators()
            enterHandler(Int(exit.cell), exit.number)
        }
    }

    /// Leaves to a cell's handler, with the pins in `set` in their slots.
    mutating func leave(_ cell: Cell, spilling set: PinSet) {
        spill(set)
        storeFuel()
        settleAccumulators()
        enterHandler(cell.offset, cell.number)
    }

    /// Jumps to a cell's handler: by its header, or where that may lead to native code by the instance's table.
    private mutating func enterHandler(_ offset: Int, _ number: UInt16) {
        if offset != anchor { code.addImmediate(.cell, .cell, offset - anchor, scratch: .t0) }
        guard mayBeTakenOver(offset) else {
            code.append(.ld, .t0, .cell, offset: 0)
            code.append(.jalr, .zero, .t0, offset: 0)
            return
        }
        code.append(.ld, .t0, .instance, offset: layout.handlers)
        let place = Int(number) * 8
        if OperandKind.signed12.fits(place) {
            code.append(.ld, .t0, .t0, offset: place)
        } else {
            let low = (place & 0xFFF) ^ 0x800 &- 0x800
            code.append(.lui, .t1, (place &- low) >> 12)
            code.append(.add, .t0, .t0, .t1)
            code.append(.ld, .t0, .t0, offset: low)
        }
        code.append(.jalr, .zero, .t0, offset: 0)
    }

    /// Whether a cell's header may be something else than its handler.
    private func mayBeTakenOver(_ offset: Int) -> Bool {
        guard let index = graph.block(at: offset) else { return false }
        let block = graph.blocks[index]
        return index == 0 || block.isLoop || block.isReturn && isEnterable(block)
    }

    /// Brings accumulators to the registers where handlers look for them.
    mutating func settleAccumulators() {
        if integer != .accumulator { code.append(.addi, .accumulator, integer, 0) }
        if double != .double { code.append(.fsgnjD, .double, double, double) }
        if single != .single { code.append(.fsgnjS, .single, single, single) }
        resetAccumulators()
    }

    // MARK: In

    /// Where a call or a handler comes back.
    mutating func emitReturn(_ index: Int) {
        let label = code.makeBoundLabel()
        note(arrivals.append(Arrival(label: label, block: UInt32(index))))
        setAnchor(from: index)
        loadFuel()
        fetch(liveness.atStart[index])
        code.bind(labels[index])
    }

    /// Where calls come in; the function's calls of itself have the anchor already.
    mutating func emitEntry() {
        let label = code.makeBoundLabel()
        note(arrivals.append(Arrival(label: label, block: 0)))
        setAnchor(from: 0)
        loadFuel()
        selfEntry = code.makeBoundLabel()
        fetch(liveness.atStart[0])
        code.bind(labels[0])
    }

    /// From the cell that a block begins with to the anchor.
    private mutating func setAnchor(from block: Int) {
        let distance = anchor - Int(graph.blocks[block].start)
        if distance != 0 { code.addImmediate(.cell, .cell, distance, scratch: .t0) }
    }

    /// What loops do before they begin when threaded code comes in: once.
    mutating func emitArrivals() {
        for index in 0..<arrivals.count where !code.isBound(arrivals[index].label) {
            let block = Int(arrivals[index].block)
            code.bind(arrivals[index].label)
            setAnchor(from: block)
            loadFuel()
            fetch(liveness.atStart[block])
            code.append(.jal, .zero, to: labels[block])
        }
    }

    // MARK: Pins to slots and back

    /// Stores pins to their slots, those that may differ.
    mutating func spill(_ set: PinSet) {
        var rest = set & pins.held & pins.written
        while rest != 0 {
            let pin = pins.all[rest.trailingZeroBitCount]
            storePin(pin)
            rest &= rest - 1
        }
    }

    /// Loads pins from their slots.
    mutating func fetch(_ set: PinSet) {
        var rest = set & pins.held
        while rest != 0 {
            let pin = pins.all[rest.trailingZeroBitCount]
            rest &= rest - 1
            if pin.isConstant {
                makeConstant(pin)
                continue
            }
            let (base, offset) = place(pin.slot)
            switch pin.use {
            case .double: code.append(.fld, pin.floatRegister, base, offset: offset)
            case .single: code.append(.flw, pin.floatRegister, base, offset: offset)
            default: code.append(.ld, pin.integerRegister, base, offset: offset)
            }
        }
    }

    private mutating func makeConstant(_ pin: Pin) {
        guard pin.use != .integer else { return code.loadImmediate(pin.integerRegister, pin.constant) }
        if pin.constant != 0 { code.loadImmediate(.t0, pin.constant) }
        moveBits(pin.constant == 0 ? .zero : .t0, to: pin.floatRegister, isDouble: pin.use == .double)
    }

    mutating func storePin(_ pin: Pin) {
        let (base, offset) = place(pin.slot)
        switch pin.use {
        case .double: code.append(.fsd, pin.floatRegister, base, offset: offset)
        case .single: code.append(.fsw, pin.floatRegister, base, offset: offset)
        default: code.append(.sd, pin.integerRegister, base, offset: offset)
        }
    }

    /// A register and an offset that name a slot: the frame, or `t2` where the slot is far.
    mutating func place(_ slot: Int32) -> (base: IntegerRegister, offset: Int) {
        if OperandKind.signed12.fits(Int(slot)) { return (.frame, Int(slot)) }
        code.loadImmediate(.t2, Int64(slot))
        code.append(.add, .t2, .t2, .frame)
        return (.t2, 0)
    }

    /// The candidates a cell reads.
    func readSet(_ cell: Cell) -> PinSet {
        var set: PinSet = 0
        cell.visitSlots(
            read: { slot, _ in set |= pins.set(ofSlot: slot) }, write: { _, _ in },
            touch: { first, end, isWritten in if !isWritten { set |= pins.set(from: first, to: end) } })
        return set
    }

    /// The candidates in the range of slots that a cell which leaves reads: a call's arguments.
    func stagedSet(_ cell: Cell) -> PinSet {
        var set: PinSet = 0
        cell.visitSlots(
            read: { _, _ in }, write: { _, _ in },
            touch: { first, end, isWritten in if !isWritten { set |= pins.set(from: first, to: end) } })
        return set
    }

    /// The candidates a cell writes.
    func writtenSet(_ cell: Cell) -> PinSet {
        var set: PinSet = 0
        cell.visitSlots(
            read: { _, _ in }, write: { slot, _ in set |= pins.set(ofSlot: slot) },
            touch: { first, end, isWritten in if isWritten { set |= pins.set(from: first, to: end) } })
        return set
    }
}
