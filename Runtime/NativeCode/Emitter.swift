// Emitter: from a function's intermediate code to machine code: blocks, pins, then one block after the other, then what is rarely run.
//
// Between blocks every pin that is live is in its register. Wherever native code is left - a call, an operation without a template, a slow
// path - pins go to their slots and `a0` names the cell, so that handlers find everything as after another handler; whoever comes in
// brings `a0` with the cell and finds the pins fetched.

import Containers
import MachineCode
import WasmOperations

/// Compiles functions one after the other.
public struct Emitter: ~Copyable {
    /// The engine the code is for.
    public let layout: EngineLayout
    /// The code, once `compile` has said so.
    public var code: MachineCodeBuffer
    /// Cells that the code takes over, ascending by cell.
    public private(set) var entries = GrowableArray<NativeEntry>()
    /// Instructions that may fault, ascending.
    public private(set) var faultSites = GrowableArray<CodeSite>()
    /// Whether `cellSites` is wanted.
    public var recordsCells = false
    /// Where each cell's code begins, ascending.
    public private(set) var cellSites = GrowableArray<CodeSite>()
    /// Whether `maps` is wanted.
    public var recordsMaps = false
    /// The maps of the code, ascending.
    public private(set) var maps = GrowableArray<FrameMap>()

    /// The function compiled last.
    package private(set) var function: IntermediateFunction
    var graph = FlowGraph()
    var pins = Pins()
    var liveness = Liveness()
    var labels = GrowableArray<MachineCodeLabel>()
    private var reached = GrowableArray<UInt32>()
    /// How many blocks, cells and targets were looked at since the emitter was made: what compiling costs, in counts.
    package internal(set) var workCount = 0
    var exits = GrowableArray<Exit>()
    var arrivals = GrowableArray<Arrival>()
    var sites = GrowableArray<PendingSite>()
    private var begunCells = GrowableArray<PendingSite>()
    private var pendingMaps = GrowableArray<PendingMap>()
    /// The cell whose address `a0` holds, as an offset.
    public internal(set) var anchor = 0
    /// Where calls of the function itself go on, its anchor in `a0`.
    var selfEntry: MachineCodeLabel?
    /// Where the accumulators' values are now.
    var integer = IntegerRegister.accumulator
    /// The slot and the constant whose sum the integer accumulator is, in its lower 32 bits.
    var accumulatorOrigin: SlotSum?
    /// Bases of addresses in registers.
    var bases = KnownBases()
    var double = FloatRegister.double
    var single = FloatRegister.single
    /// The cell at hand, and the end of its block.
    var current = 0
    var blockEnd = 0
    /// Pins that may be live at the cell at hand.
    var live: PinSet = 0
    var isRefused = false
    var fuelPlan = FuelPlan()
    /// The fuel left is what its register has and so much.
    var reserve = 0
    /// Whether the block at hand was charged.
    var isCharged = false
    /// The half of a vector at hand, as a distance of slots.
    var halfAtHand: Int32 = 0

    /// A place and its cell, while code is added.
    struct PendingSite {
        var position: MachineCodePosition
        var cell: UInt32
        var reserve = 0
    }

    struct PendingMap {
        var position: MachineCodePosition
        var map: FrameMap
    }

    /// An emitter for engines of a layout that makes at most `byteLimit` bytes of code of a function.
    public init(_ layout: EngineLayout, byteLimit: Int) {
        self.layout = layout
        code = MachineCodeBuffer(byteLimit: byteLimit)
        function = IntermediateFunction(
            cells: UnsafeRawPointer(bitPattern: 16)!, byteCount: 0, entryOffset: 0, frameByteCount: 0, index: 0,
            handlerTargets: UnsafeBufferPointer(start: nil, count: 0))
    }

    /// Compiles a function; false when memory is refused or it is too large, and then it is left to the handlers.
    @export(interface) @inline(never)
    public mutating func compile(_ function: IntermediateFunction) -> Bool {
        self.function = function
        begin()
        guard graph.find(function) else { return false }
        chooseAnchor()
        guard choosePins(), makeLabels(), findReached(), !layout.isMetered || fuelPlan.find(function, graph) else { return false }
        for index in 0..<graph.blocks.count where graph.blocks[index].isReached { emitBlock(index) }
        emitArrivals()
        emitExits()
        guard !isRefused, code.finish() else { return false }
        return settle()
    }

    private mutating func begin() {
        code.removeAll()
        entries.removeAll()
        faultSites.removeAll()
        labels.removeAll()
        exits.removeAll()
        arrivals.removeAll()
        sites.removeAll()
        begunCells.removeAll()
        cellSites.removeAll()
        pendingMaps.removeAll()
        maps.removeAll()
        selfEntry = nil
        isRefused = false
        resetAccumulators()
    }

    /// The anchor is where the call in the innermost loops returns to, so that its return address is there and need not be left again. Without a
    /// call in a loop it is the entry, or what reaches the most of a large function.
    private mutating func chooseAnchor() {
        anchor = function.entryOffset
        if function.byteCount - anchor > 2048 { anchor = (function.entryOffset + 2048) & ~7 }
        var depth: Int32 = 0
        for index in 0..<graph.blocks.count where graph.blocks[index].depth > depth {
            let shape = Cell.head(function.cells, Int(graph.blocks[index].last)).shape
            guard shape == .call || shape == .callIndirect, graph.blocks[index].end < function.byteCount else { continue }
            depth = graph.blocks[index].depth
            anchor = Int(graph.blocks[index].end)
        }
    }

    private mutating func choosePins() -> Bool {
        guard pins.choose(function, graph), liveness.find(function, graph, pins) else { return false }
        workCount &+= liveness.passCount &* graph.blocks.count
        for index in 0..<graph.blocks.count where graph.blocks[index].isReturn || index == 0 {
            pins.charge(liveness.atStart[index], Pins.weight(depth: graph.blocks[index].depth), isEntry: index == 0)
        }
        for index in 0..<graph.blocks.count {
            let block = graph.blocks[index]
            guard Cell.head(function.cells, Int(block.last)).shape.leavesAndReturns else { continue }
            pins.charge(staged: stagedSet(Cell(function.cells, Int(block.last))), Pins.weight(depth: block.depth))
        }
        pins.assign(integers: PinRegisters.integers(isMetered: layout.isMetered), floats: PinRegisters.floats)
        pins.note(written: liveness.writtenAnywhere())
        return true
    }

    private mutating func makeLabels() -> Bool {
        for _ in 0..<graph.blocks.count {
            guard labels.append(code.makeLabel()) else { return false }
        }
        return true
    }

    /// Whether a cell's header may be the address of native code: a cell without a template is left to its handler.
    func isEnterable(_ block: Block) -> Bool {
        let shape = Cell(function.cells, Int(block.start)).meaning.shape
        return shape != .handler && shape != .leaving
    }

    /// Finds the blocks that native code reaches, from the cells where it begins; false when memory is refused. A block that only handlers
    /// lead to, and that begins with one, stays theirs.
    private mutating func findReached() -> Bool {
        reached.removeAll()
        // Each block is listed once at most.
        guard reached.reserve(graph.blocks.count) else { return false }
        for index in 0..<graph.blocks.count {
            let block = graph.blocks[index]
            if index == 0 || block.isLoop || block.isReturn, isEnterable(block) { reach(index) }
        }
        while let index = reached.popLast() {
            workCount &+= 1
            let cell = Cell(function.cells, Int(graph.blocks[Int(index)].last))
            if !cell.endsFlow, !cell.leavesAndReturns, Int(index) + 1 < graph.blocks.count { reach(Int(index) + 1) }
            if cell.branches, let target = graph.block(at: cell.target) { reach(target) }
            guard cell.meaning.shape == .tableBranch else { continue }
            workCount &+= cell.targetCount
            for number in 0..<cell.targetCount {
                if let target = graph.block(at: cell.target(number)) { reach(target) }
            }
        }
        return true
    }

    private mutating func reach(_ index: Int) {
        guard !graph.blocks[index].isReached else { return }
        graph.blocks[index].isReached = true
        reached.appendReserved(UInt32(index))
    }

    // MARK: Blocks

    private mutating func emitBlock(_ index: Int) {
        let block = graph.blocks[index]
        live = liveness.atStart[index]
        beginFuel(index)
        if index == 0 || block.isTarget || block.isLoop || block.isReturn {
            bases.forgetAll()
            accumulatorOrigin = nil
        }
        if block.isReturn {
            resetAccumulators()
            if isEnterable(block) { emitReturn(index) } else { code.bind(labels[index]) }
        } else if index == 0, isEnterable(block) {
            emitEntry()
        } else {
            if block.isLoop, isEnterable(block) {
                note(arrivals.append(Arrival(label: code.makeLabel(), block: UInt32(index))))
            }
            code.bind(labels[index])
        }
        blockEnd = Int(block.end)
        var offset = Int(block.start)
        while offset < Int(block.end) {
            let cell = Cell(function.cells, offset)
            if recordsCells { note(begunCells.append(PendingSite(position: code.position, cell: UInt32(offset)))) }
            // A branch may stand for the return that it leads to: its cell is no place to go on at, and does nothing by itself.
            if recordsMaps, cell.meaning.shape != .jump { noteMap(cell) }
            workCount &+= 1
            current = offset
            emit(cell, index)
            offset = cell.end
        }
    }

    /// The next instruction is a place where the cell has not begun.
    mutating func noteMap(_ cell: Cell) {
        let map = FrameMap(
            codeOffset: 0, cellOffset: UInt32(cell.offset), pins: live & pins.held & pins.written, integer: integer.number,
            double: double.number, single: single.number, reserve: layout.isMetered ? Int32(reserve) : -1)
        note(pendingMaps.append(PendingMap(position: code.position, map: map)))
    }

    mutating func note(_ isDone: Bool) {
        if !isDone { isRefused = true }
    }

    mutating func resetAccumulators() {
        accumulatorOrigin = nil
        integer = .accumulator
        double = .double
        single = .single
    }

    // MARK: The end

    /// Turns labels and positions into offsets.
    private mutating func settle() -> Bool {
        for index in 0..<arrivals.count {
            // Arrivals are in the order of blocks, so that entries are in that of cells.
            let arrival = arrivals[index]
            guard let offset = code.byteOffset(of: arrival.label) else { return false }
            let entry = NativeEntry(cellOffset: graph.blocks[Int(arrival.block)].start, codeOffset: UInt32(offset))
            guard entries.append(entry) else { return false }
        }
        for index in 0..<sites.count {
            guard faultSites.append(settled(sites[index])) else { return false }
        }
        for index in 0..<begunCells.count {
            guard cellSites.append(settled(begunCells[index])) else { return false }
        }
        for index in 0..<pendingMaps.count {
            var map = pendingMaps[index].map
            map.codeOffset = UInt32(code.byteOffset(of: pendingMaps[index].position))
            guard maps.append(map) else { return false }
        }
        return true
    }

    private func settled(_ site: PendingSite) -> CodeSite {
        CodeSite(
            codeOffset: UInt32(code.byteOffset(of: site.position)), cellOffset: site.cell,
            reserve: layout.isMetered ? Int32(site.reserve) : -1)
    }
}
