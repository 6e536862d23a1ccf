// Liveness: which candidates for registers each block needs when it begins.

import Containers
import WasmOperations

/// What is live where.
struct Liveness: ~Copyable {
    /// What each block needs at its start.
    private(set) var atStart = GrowableArray<PinSet>()
    private var reads = GrowableArray<PinSet>()
    private var writes = GrowableArray<PinSet>()
    /// What exception handlers need when they begin.
    private(set) var atHandlers: PinSet = 0

    /// How many passes it took.
    private(set) var passCount = 0

    /// Passes over the blocks before everything counts as live.
    private static let passLimit = 16

    /// Finds what is live; false when memory is refused.
    mutating func find(_ function: IntermediateFunction, _ graph: borrowing FlowGraph, _ pins: borrowing Pins) -> Bool {
        atStart.removeAll()
        reads.removeAll()
        writes.removeAll()
        atHandlers = 0
        let count = graph.blocks.count
        guard atStart.append(repeating: 0, count: count), reads.append(repeating: 0, count: count),
            writes.append(repeating: 0, count: count)
        else { return false }
        for index in 0..<count { summarize(function, graph.blocks[index], index, pins) }
        passCount = 0
        var isChanged = true
        while isChanged {
            isChanged = false
            passCount += 1
            for index in stride(from: count - 1, through: 0, by: -1) {
                let live = passCount > Liveness.passLimit ? .max : reads[index] | (atEnd(function, graph, index) & ~writes[index])
                if live != atStart[index] {
                    atStart[index] = live
                    isChanged = true
                }
            }
            for target in function.handlerTargets {
                guard let block = graph.block(at: Int(target)) else { continue }
                if atStart[block] & ~atHandlers != 0 { isChanged = true }
                atHandlers |= atStart[block]
            }
        }
        return true
    }

    private mutating func summarize(_ function: IntermediateFunction, _ block: Block, _ index: Int, _ pins: borrowing Pins) {
        var read: PinSet = 0
        var written: PinSet = 0
        var offset = Int(block.start)
        while offset < Int(block.end) {
            let cell = Cell(function.cells, offset)
            cell.visitSlots(
                read: { slot, _ in read |= pins.set(ofSlot: slot) & ~written }, write: { slot, _ in written |= pins.set(ofSlot: slot) },
                touch: { first, end, isWritten in
                    let set = pins.set(from: first, to: end)
                    if isWritten { written |= set } else { read |= set & ~written }
                })
            cell.visitConstants { value, use, _ in
                if let number = pins.number(ofConstant: value, use) { read |= 1 << UInt64(number) }
            }
            offset = cell.end
        }
        reads[index] = read
        writes[index] = written
    }

    /// What any block writes.
    func writtenAnywhere() -> PinSet {
        var set: PinSet = 0
        for index in 0..<writes.count { set |= writes[index] }
        return set
    }

    /// What is live behind the last cell of block `index`.
    func atEnd(_ function: IntermediateFunction, _ graph: borrowing FlowGraph, _ index: Int) -> PinSet {
        var live: PinSet = 0
        graph.visitTargets(function, index) { live |= atStart[$0] }
        let shape = Cell.head(function.cells, Int(graph.blocks[index].last)).shape
        if !shape.endsFlow, index + 1 < atStart.count { live |= atStart[index + 1] }
        // What leaves may throw.
        if shape.leavesAndReturns || shape == .leaving { live |= atHandlers }
        return live
    }
}
