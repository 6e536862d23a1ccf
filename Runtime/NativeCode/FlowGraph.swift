// FlowGraph: the basic blocks of a function's intermediate code, with the depth of loops around each.

import Containers
import WasmOperations

/// A basic block.
struct Block {
    /// The first cell, and the end of the last.
    var start: UInt32
    var end: UInt32
    /// The last cell.
    var last: UInt32 = 0
    /// How many loops are around it.
    var depth: Int32 = 0
    /// Whether a branch leads to it.
    var isTarget = false
    /// Whether a branch from behind leads to it.
    var isLoop = false
    /// Whether the cell before it leaves and comes back to it.
    var isReturn = false
    /// Whether it is reached in native code: otherwise nothing is emitted for it.
    var isReached = false
}

/// The blocks of a function, in the order of the code.
struct FlowGraph: ~Copyable {
    var blocks = GrowableArray<Block>()
    /// For each eight bytes of code: the block that begins there and one, or 0.
    private var starts = GrowableArray<UInt32>()
    /// For each eight bytes of code while blocks are found: what leads there.
    private var marks = GrowableArray<UInt8>()

    private static let isTarget: UInt8 = 1
    private static let isLoop: UInt8 = 2
    private static let isReturn: UInt8 = 4
    private static let isLeader: UInt8 = 8

    /// Finds the blocks; false when memory is refused.
    mutating func find(_ function: IntermediateFunction) -> Bool {
        blocks.removeAll()
        starts.removeAll()
        marks.removeAll()
        let places = function.byteCount / 8 + 1
        guard starts.append(repeating: 0, count: places), marks.append(repeating: 0, count: places) else { return false }
        mark(function.entryOffset, FlowGraph.isLeader)
        for target in function.handlerTargets { mark(Int(target), FlowGraph.isLeader) }
        var offset = function.entryOffset
        while offset < function.byteCount {
            let (shape, end) = Cell.head(function.cells, offset)
            if shape.branches {
                let cell = Cell(function.cells, offset)
                mark(cell.target, cell.target <= offset ? FlowGraph.isTarget | FlowGraph.isLoop : FlowGraph.isTarget)
            } else if shape == .tableBranch {
                let cell = Cell(function.cells, offset)
                for index in 0..<cell.targetCount {
                    let target = cell.target(index)
                    mark(target, target <= offset ? FlowGraph.isTarget | FlowGraph.isLoop : FlowGraph.isTarget)
                }
            }
            offset = end
            if shape.leavesAndReturns { mark(offset, FlowGraph.isReturn) }
            if shape.branches || shape.endsFlow { mark(offset, FlowGraph.isLeader) }
        }
        return makeBlocks(function) && findDepths(function)
    }

    private mutating func mark(_ offset: Int, _ bits: UInt8) {
        guard offset >= 0, offset / 8 < marks.count else { return }
        marks[offset / 8] |= bits
    }

    private mutating func makeBlocks(_ function: IntermediateFunction) -> Bool {
        var offset = function.entryOffset
        while offset < function.byteCount {
            let bits = marks[offset / 8]
            if bits != 0 {
                var block = Block(start: UInt32(offset), end: 0)
                block.isTarget = bits & FlowGraph.isTarget != 0
                block.isLoop = bits & FlowGraph.isLoop != 0
                block.isReturn = bits & FlowGraph.isReturn != 0
                guard blocks.append(block) else { return false }
                starts[offset / 8] = UInt32(blocks.count)
            }
            blocks[blocks.count - 1].last = UInt32(offset)
            offset = Cell.head(function.cells, offset).end
            blocks[blocks.count - 1].end = UInt32(offset)
        }
        return true
    }

    /// The depth of a block is the number of stretches, from a loop's first block to its last branch back, that it is in.
    private mutating func findDepths(_ function: IntermediateFunction) -> Bool {
        // The last block that branches back to each, while it is found.
        var lastBranches = GrowableArray<Int32>()
        var ends = GrowableArray<Int32>()
        guard lastBranches.append(repeating: -1, count: blocks.count), ends.append(repeating: 0, count: blocks.count + 1) else {
            return false
        }
        for index in 0..<blocks.count {
            visitTargets(function, index) { target in
                if target <= index { lastBranches[target] = Int32(index) }
            }
        }
        var depth: Int32 = 0
        for index in 0..<blocks.count {
            if lastBranches[index] >= 0 {
                depth += 1
                ends[Int(lastBranches[index]) + 1] += 1
            }
            depth -= ends[index]
            blocks[index].depth = depth
        }
        return true
    }

    /// Calls `body` with the blocks that block `index` branches to.
    @inline(__always) func visitTargets(_ function: IntermediateFunction, _ index: Int, _ body: (Int) -> Void) {
        let shape = Cell.head(function.cells, Int(blocks[index].last)).shape
        guard shape.branches || shape == .tableBranch else { return }
        let cell = Cell(function.cells, Int(blocks[index].last))
        if shape.branches {
            if let target = block(at: cell.target) { body(target) }
        } else {
            for number in 0..<cell.targetCount {
                if let target = block(at: cell.target(number)) { body(target) }
            }
        }
    }

    /// The block that begins at an offset.
    @inline(__always) func block(at offset: Int) -> Int? {
        guard offset >= 0, offset / 8 < starts.count, starts[offset / 8] != 0 else { return nil }
        return Int(starts[offset / 8]) - 1
    }
}
