// Store: what owns the instances, memories, tables, globals and functions of one guest (core specification, 4.2.3).

import Containers
import WasmModule

/// The limits of a store. Functions are asked before anything grows; nil allows.
public struct StoreLimits {
    /// Handed to the functions.
    public var context: UnsafeMutableRawPointer?
    /// Whether a memory may grow from `current` to `desired` bytes.
    public var memoryGrowing:
        (@convention(c) (_ context: UnsafeMutableRawPointer?, _ currentByteCount: Int, _ desiredByteCount: Int) -> Bool)?
    /// Whether a table may grow from `current` to `desired` elements.
    public var tableGrowing: (@convention(c) (_ context: UnsafeMutableRawPointer?, _ currentCount: Int, _ desiredCount: Int) -> Bool)?

    /// No limits beyond those of the types.
    public init() {}
}

/// Owns everything that guests of one embedder's context make. Nothing crosses stores.
public final class Store {
    /// The engine it was made with.
    public let engine: Engine
    /// The embedder's data, unowned.
    public var data: UnsafeMutableRawPointer?
    /// The embedder's data, owned.
    public var owner: AnyObject?
    /// Asked before anything grows.
    public var limits: StoreLimits
    /// Fuel left, when the engine meters.
    public var fuel: Int64 = 0
    /// The counter of the store's dispatches, when the engine counts them and memory was not refused.
    public let dispatchCounter: DispatchCounter?

    /// The states live here until the store goes. The first chunk fills a page but for a heap's head of it.
    var arena = Arena(firstChunkByteCount: 3968)
    var memories: [UnsafeMutablePointer<MemoryState>] = []
    var tables: [UnsafeMutablePointer<TableState>] = []
    var instances: [Instance] = []
    var hostFunctions: [HostFunctionRecord] = []
    var exceptions: UnsafeMutablePointer<ExceptionState>?
    var exceptionCount = 0
    /// Bytes of the exceptions that have not been given back.
    public internal(set) var exceptionByteCount = 0
    /// When so many bytes are thrown exceptions are collected.
    var exceptionCollectionByteCount = Store.smallestCollectionByteCount
    /// Host functions that have not returned.
    var hostNesting = 0
    /// The execution that runs, innermost.
    var running: UnsafeMutablePointer<ExecutionState>?
    /// All executions, for the collector of exceptions.
    var executions: [UnsafeMutablePointer<ExecutionState>] = []

    /// A store of `engine`.
    public init(_ engine: Engine, limits: StoreLimits = StoreLimits()) {
        self.engine = engine
        self.limits = limits
        dispatchCounter = engine.countedCodes.flatMap { DispatchCounter($0) }
    }

    deinit {
        let provider = engine.config.memoryProvider
        for memory in memories { provider.release(provider.context, memory.pointee.base, memory.pointee.byteCount) }
        for table in tables { Allocation.free(table.pointee.elements) }
        var exception = exceptions
        while let current = exception {
            exception = current.pointee.next
            Allocation.free(current)
        }
    }

    /// Makes a host function; nil when memory is refused.
    public func makeFunction(type: FunctionType, _ body: @escaping HostFunction) -> Func? {
        makeFunction(type, direct: nil, number: 0, body)
    }

    /// Makes a host function that guests call directly; nil when memory is refused. `number` is handed to each call.
    public func makeFunction(type: FunctionType, number: UInt, direct: @escaping DirectHostFunction) -> Func? {
        makeFunction(type, direct: direct, number: number) { caller, values in
            // The embedder itself calls it, perhaps for no instance; guests never come here.
            let memory = caller.guestMemory ?? GuestMemory(base: UnsafeMutableRawPointer(values), byteCount: 0)
            let outcome = DirectOutcome(rawValue: direct(caller.store.data, number, memory.base, memory.byteCount, values))
            if outcome.isResult { values[0] = outcome.slot }
            return outcome.outcome
        }
    }

    private func makeFunction(
        _ type: FunctionType, direct: DirectHostFunction?, number: UInt, _ body: @escaping HostFunction
    ) -> Func? {
        guard engine.isWhole, let state = arena.tryAllocate(HostFunctionState.self, count: 1) else { return nil }
        let entry = FunctionEntry(
            code: UnsafeMutableRawPointer(mutating: engine.finishCell), instance: nil, typeIdentifier: engine.types.register(type),
            index: UInt32(hostFunctions.count))
        state.initialize(to: HostFunctionState(entry: entry, direct: direct, number: number))
        hostFunctions.append(HostFunctionRecord(type: type, body: body))
        return Func(store: self, entry: UnsafeMutableRawPointer(state).assumingMemoryBound(to: FunctionEntry.self))
    }

    /// Makes a memory; nil when refused.
    public func makeMemory(type: MemoryType) -> Memory? {
        guard let state = allocateMemory(type) else { return nil }
        return Memory(store: self, state: state)
    }

    /// Makes a table; nil when refused.
    public func makeTable(type: TableType, initial: Value) -> Table? {
        guard let state = allocateTable(type, filling: initial.lowSlot) else { return nil }
        return Table(store: self, state: state)
    }

    /// Makes a global; nil when memory is refused.
    public func makeGlobal(type: GlobalType, initial: Value) -> Global? {
        guard let state = arena.tryAllocate(GlobalState.self, count: 1) else { return nil }
        state.initialize(to: GlobalState(low: initial.lowSlot, high: initial.highSlot, type: type))
        return Global(store: self, state: state)
    }

    /// Makes a tag; nil when memory is refused.
    public func makeTag(type: FunctionType) -> Tag? {
        guard let state = arena.tryAllocate(TagState.self, count: 1) else { return nil }
        state.initialize(
            to: TagState(
                typeIdentifier: engine.types.register(type),
                parameterSlotCount: UInt32(HostFunctionRecord.slotCount(type.parameters))))
        return Tag(store: self, state: state)
    }

    // MARK: Memories

    /// Bytes of all linear memories of the store.
    public var memoryByteCount: Int { memories.reduce(0) { $0 + $1.pointee.byteCount } }

    /// Most pages a memory may have: those of the address space, or what a host can hold at all.
    static func pageLimit(_ type: MemoryType) -> UInt64 {
        let architectural: UInt64 = type.is64 ? 1 << 32 : 1 << 16
        guard let maximum = type.limits.maximum else { return architectural }
        return maximum < architectural ? maximum : architectural
    }

    func allocateMemory(_ type: MemoryType) -> UnsafeMutablePointer<MemoryState>? {
        let limit = Store.pageLimit(type)
        guard type.limits.minimum <= limit, let state = arena.tryAllocate(MemoryState.self, count: 1) else { return nil }
        let byteCount = Int(type.limits.minimum) << 16
        if let ask = limits.memoryGrowing, !ask(limits.context, 0, byteCount) { return nil }
        let provider = engine.config.memoryProvider
        guard let base = provider.reserve(provider.context, byteCount, Int(limit) << 16) else { return nil }
        state.initialize(to: MemoryState(base: base, byteCount: byteCount, maximumByteCount: Int(limit) << 16, type: type))
        memories.append(state)
        return state
    }

    /// Grows a memory; the old size in pages, or -1.
    func grow(_ memory: UnsafeMutablePointer<MemoryState>, byPages delta: UInt64) -> Int64 {
        let old = memory.pointee.byteCount
        let oldPages = Int64(old >> 16)
        guard delta <= UInt64(memory.pointee.maximumByteCount >> 16) &- UInt64(oldPages) else { return -1 }
        if delta == 0 { return oldPages }
        let new = old + Int(delta) << 16
        if let ask = limits.memoryGrowing, !ask(limits.context, old, new) { return -1 }
        let provider = engine.config.memoryProvider
        guard let base = provider.grow(provider.context, memory.pointee.base, old, new) else { return -1 }
        memory.pointee.base = base
        memory.pointee.byteCount = new
        return oldPages
    }

    // MARK: Tables

    func allocateTable(_ type: TableType, filling value: UInt64) -> UnsafeMutablePointer<TableState>? {
        let count = Int(clamping: type.limits.minimum)
        guard type.limits.minimum <= engine.config.decodeLimits.tableElements, let state = arena.tryAllocate(TableState.self, count: 1)
        else { return nil }
        if let ask = limits.tableGrowing, !ask(limits.context, 0, count) { return nil }
        guard let raw = Allocation.tryAllocate(byteCount: max(count, 1) * 8) else { return nil }
        let elements = raw.bindMemory(to: UInt64.self, capacity: count)
        elements.initialize(repeating: value, count: count)
        state.initialize(to: TableState(elements: elements, count: count, capacity: max(count, 1), type: type))
        tables.append(state)
        return state
    }

    /// Most elements a table may grow to without a maximum of its own, the decoder's limit.
    func grow(_ table: UnsafeMutablePointer<TableState>, by delta: UInt64, filling value: UInt64) -> Int64 {
        let old = table.pointee.count
        let limit = min(table.pointee.type.limits.maximum ?? .max, engine.config.decodeLimits.tableElements)
        guard limit >= UInt64(old), delta <= limit - UInt64(old) else { return -1 }
        let new = old + Int(delta)
        if new > old, let ask = limits.tableGrowing, !ask(limits.context, old, new) { return -1 }
        if new > table.pointee.capacity {
            let capacity = min(max(new, table.pointee.capacity * 2), Int(clamping: limit))
            guard let raw = Allocation.tryAllocate(byteCount: capacity * 8) else { return -1 }
            let elements = raw.bindMemory(to: UInt64.self, capacity: capacity)
            elements.update(from: table.pointee.elements, count: old)
            Allocation.free(table.pointee.elements)
            table.pointee.elements = elements
            table.pointee.capacity = capacity
        }
        (table.pointee.elements + old).update(repeating: value, count: new - old)
        table.pointee.count = new
        return Int64(old)
    }
}
