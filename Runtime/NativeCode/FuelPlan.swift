// FuelPlan: how little each block has to do for its charge.
//
// The register of fuel holds the fuel left less a reserve that is known at each place. A block that is charged takes what the blocks behind
// it will be charged with it, as far as they surely come, and leaves to its handler when there is not so much; the handler then charges
// what is due there and no more. So a charge that is covered costs nothing, one that was too high an addition, and only the others
// a comparison. Reserves must be equal on all ways to a block: the end of a block and the beginnings of those behind it are one class.

import Containers
import WasmOperations

/// The charges of a function's blocks and the reserves between them.
struct FuelPlan: ~Copyable {
    /// What each block is charged; `uncharged` where it has no charge.
    private var charges = GrowableArray<Int64>()
    /// For the beginning (2 i) and the end (2 i + 1) of block i: another of its class, or itself.
    private var parents = GrowableArray<UInt32>()
    /// By class: the reserve, how deep in loops the block is that wanted it, and whether it may still change.
    private var classes = GrowableArray<ReserveClass>()

    private struct ReserveClass {
        var reserve: Int32 = 0
        var depth: Int32 = -1
        var isSettled = false
    }

    private static let uncharged: Int64 = -1
    /// With larger reserves code would go on as threaded code far from the end.
    private static let largestReserve: Int64 = 1024

    /// Plans a function; false when memory is refused.
    mutating func find(_ function: IntermediateFunction, _ graph: borrowing FlowGraph) -> Bool {
        charges.removeAll()
        parents.removeAll()
        classes.removeAll()
        let count = graph.blocks.count
        guard charges.append(repeating: FuelPlan.uncharged, count: count), parents.reserve(2 * count),
            classes.append(repeating: ReserveClass(), count: 2 * count)
        else { return false }
        for node in 0..<2 * count { parents.appendReserved(UInt32(node)) }
        for index in 0..<count where graph.blocks[index].isReached {
            addCharges(function, graph.blocks[index], index)
            join(function, graph, index)
        }
        for index in 0..<count {
            let block = graph.blocks[index]
            // Who comes in there brings all fuel that is left.
            if index == 0 || block.isLoop || block.isReturn { classes[root(2 * index)].isSettled = true }
        }
        for index in stride(from: count - 1, through: 0, by: -1) where charges[index] >= 0 { settle(index, graph.blocks[index].depth) }
        return true
    }

    private mutating func addCharges(_ function: IntermediateFunction, _ block: Block, _ index: Int) {
        var offset = Int(block.start)
        while offset < Int(block.end) {
            let (shape, end) = Cell.head(function.cells, offset)
            if shape == .fuel { charges[index] = max(charges[index], 0) + FuelPlan.charge(function.cells, offset) }
            offset = end
        }
    }

    /// The charge of the cell at an offset.
    static func charge(_ cells: UnsafeRawPointer, _ offset: Int) -> Int64 {
        Int64(cells.load(fromByteOffset: offset + 8, as: UInt32.self))
    }

    /// Joins the end of a block with what follows, and with its beginning where nothing is charged.
    private mutating func join(_ function: IntermediateFunction, _ graph: borrowing FlowGraph, _ index: Int) {
        let shape = Cell.head(function.cells, Int(graph.blocks[index].last)).shape
        if shape.leavesAndReturns || shape.endsFlow && !shape.branches && shape != .tableBranch { return }
        if charges[index] < 0 { join(2 * index, 2 * index + 1) }
        if !shape.endsFlow, index + 1 < graph.blocks.count { join(2 * index + 1, 2 * index + 2) }
        graph.visitTargets(function, index) { join(2 * index + 1, 2 * $0) }
    }

    private mutating func join(_ first: Int, _ second: Int) {
        let (left, right) = (root(first), root(second))
        parents[max(left, right)] = UInt32(min(left, right))
    }

    private mutating func root(_ node: Int) -> Int {
        var node = node
        while parents[node] != UInt32(node) {
            // Each step halves the way.
            parents[node] = parents[Int(parents[node])]
            node = Int(parents[node])
        }
        return node
    }

    /// Has the blocks before a block take its charge with theirs, where that is still open. Inner loops come first, then the higher charge.
    private mutating func settle(_ index: Int, _ depth: Int32) {
        let end = root(2 * index + 1)
        classes[end].isSettled = true
        let start = root(2 * index)
        guard !classes[start].isSettled else { return }
        let wanted = Int32(min(charges[index] + Int64(classes[end].reserve), FuelPlan.largestReserve))
        guard depth > classes[start].depth || depth == classes[start].depth && wanted > classes[start].reserve else { return }
        classes[start].reserve = wanted
        classes[start].depth = depth
    }

    // MARK: Looking up

    /// The reserve at the beginning of a block.
    mutating func reserveAtStart(_ index: Int) -> Int { Int(classes[root(2 * index)].reserve) }
    /// The reserve at its end.
    mutating func reserveAtEnd(_ index: Int) -> Int { Int(classes[root(2 * index + 1)].reserve) }
    /// What the whole block is charged.
    func charge(_ index: Int) -> Int { Int(charges[index]) }
}
