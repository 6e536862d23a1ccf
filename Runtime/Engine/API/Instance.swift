// Instance: a module's index spaces in a store, allocated and initialised (core specification, 4.5.4 "Instantiation").

import Containers
import WasmModule

/// An instance whose start function has not run: `start` runs it in one go, `prepareStart` for who wants to resume it.
public struct InstancePre {
    /// The instance.
    public let instance: Instance

    private var startFunction: Func? {
        instance.module.image.start.map { Func(store: instance.store, entry: instance.state.pointee.functions[Int($0)]) }
    }

    /// Runs the start function, if any, to its end. Running out of fuel is a trap.
    public func start() throws(InstantiationError) -> Instance {
        guard let function = startFunction else { return instance }
        do throws(Trap) { _ = try function.call() } catch { throw .trap(error) }
        return instance
    }

    /// The start function's call, not yet begun: once it has `finished` the instance is started. Nil when nothing is left to run: there is
    /// no start function, or it is the host's, which runs here and cannot wait.
    public func prepareStart() throws(InstantiationError) -> Execution? {
        guard let function = startFunction else { return nil }
        if function.isHostFunction {
            _ = try start()
            return nil
        }
        guard let execution = function.prepare() else { throw .outOfMemory }
        return execution
    }
}

/// A module's instance in a store, which keeps it.
public final class Instance {
    /// The module.
    public let module: Module
    /// The store, which owns the instance.
    public unowned(unsafe) let store: Store
    /// What the handlers see; in the store's arena.
    var state: UnsafeMutablePointer<InstanceState>
    /// Whether all of its index spaces are filled.
    private(set) var isAllocated = false

    @export(interface) @inline(never)
    init(_ module: Module, _ store: Store, _ imports: [Extern]) throws(InstantiationError) {
        self.module = module
        self.store = store
        guard
            let state = store.arena.tryAllocate(
                byteCount: MemoryLayout<InstanceState>.stride, alignment: Int(FunctionEntry.keyedTypes)
            )?.bindMemory(to: InstanceState.self, capacity: 1),
            let memories = store.arena.tryAllocate(UnsafeMutablePointer<MemoryState>.self, count: module.image.memories.count + 1),
            let tables = store.arena.tryAllocate(UnsafeMutablePointer<TableState>.self, count: module.image.tables.count),
            let globals = store.arena.tryAllocate(UnsafeMutablePointer<GlobalState>.self, count: module.image.globals.count),
            let functions = store.arena.tryAllocate(UnsafeMutablePointer<FunctionEntry>.self, count: module.image.functions.count),
            let tags = store.arena.tryAllocate(UnsafeMutablePointer<TagState>.self, count: module.image.tags.count),
            let elements = store.arena.tryAllocate(ElementSegmentState.self, count: module.image.elementSegments.count),
            let data = store.arena.tryAllocate(DataSegmentState.self, count: module.image.dataSegments.count),
            let counters = store.arena.tryAllocate(UInt16.self, count: module.image.functions.count),
            let noMemory = store.arena.tryAllocate(MemoryState.self, count: 1)
        else { throw .outOfMemory }
        if store.engine.countedCodes != nil, store.dispatchCounter == nil { throw .outOfMemory }
        self.state = state
        // A module without memory has an empty one in its place, which no instruction can name.
        noMemory.initialize(
            to: MemoryState(
                base: UnsafeMutableRawPointer(noMemory), byteCount: 0, maximumByteCount: 0, type: MemoryType(limits: Limits(minimum: 0))))
        memories[0] = noMemory
        state.initialize(
            to: InstanceState(
                stackLimit: UnsafeMutableRawPointer(state), execution: UnsafeMutablePointer(bitPattern: 8)!, memory: noMemory,
                memories: memories, tables: tables, globals: globals, functions: functions, tags: tags, elementSegments: elements,
                dataSegments: data, hostMemory: noMemory, owner: Unmanaged.passUnretained(self),
                counter: store.dispatchCounter?.state, counters: counters, handlers: module.engine.handlers))
        module.engine.config.setThresholds(counters, count: module.image.functions.count)
        store.instances.append(self)
        try link(imports)
        try allocate()
        isAllocated = true
        state.pointee.memory = memories[0]
        if module.image.isFirstTableFixed {
            state.pointee.firstElements = tables[0].pointee.elements
            state.pointee.firstCount = tables[0].pointee.count
        }
        state.pointee.hostMemory = memories[exportedMemoryIndex ?? 0]
        try initializeSegments()
    }

    /// Which memory is exported as `memory`.
    private var exportedMemoryIndex: Int? {
        let name: StaticString = "memory"
        for export in module.image.exports where export.kind == .memory {
            let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            if module.image[export.name].elementsEqual(wanted) { return Int(export.index) }
        }
        return nil
    }

    /// Puts the imports into the index spaces.
    private func link(_ imports: [Extern]) throws(InstantiationError) {
        var counts = (functions: 0, tables: 0, memories: 0, globals: 0, tags: 0)
        for value in imports {
            switch value {
            case .function(let function):
                state.pointee.functions[counts.functions] = function.entry
                counts.functions += 1
            case .table(let table):
                state.pointee.tables[counts.tables] = table.state
                counts.tables += 1
            case .memory(let memory):
                state.pointee.memories[counts.memories] = memory.state
                counts.memories += 1
            case .global(let global):
                state.pointee.globals[counts.globals] = global.state
                counts.globals += 1
            case .tag(let tag):
                state.pointee.tags[counts.tags] = tag.state
                counts.tags += 1
            }
        }
    }

    /// Allocates what the module defines, in the order of the specification.
    private func allocate() throws(InstantiationError) {
        let image = module.image
        let identifiers = module.typeIdentifiers
        let defined = image.functions.count - image.importedFunctionCount
        guard let entries = store.arena.tryAllocate(FunctionEntry.self, count: defined) else { throw .outOfMemory }
        for index in 0..<defined {
            let function = image.importedFunctionCount + index
            (entries + index).initialize(
                to: FunctionEntry(
                    code: UnsafeMutableRawPointer(mutating: module.entryCode(ofFunction: function)), instance: state,
                    typeIdentifier: identifiers[Int(image.functions[function])], index: UInt32(function)))
            state.pointee.functions[function] = entries + index
        }
        for index in image.importedTagCount..<image.tags.count {
            let type = image.tags[index].typeIndex
            guard let tag = store.arena.tryAllocate(TagState.self, count: 1) else { throw .outOfMemory }
            var slots = 0
            for type in image.signature(ofType: type)!.parameters { slots += type.slotCount }
            tag.initialize(to: TagState(typeIdentifier: identifiers[Int(type)], parameterSlotCount: UInt32(slots)))
            state.pointee.tags[index] = tag
        }
        for index in image.importedMemoryCount..<image.memories.count {
            guard let memory = store.allocateMemory(image.memories[index]) else { throw .outOfMemory }
            state.pointee.memories[index] = memory
        }
        for index in image.importedGlobalCount..<image.globals.count {
            let definition = image.globals[index]
            let value = evaluate(definition.initializer!)
            guard let global = store.arena.tryAllocate(GlobalState.self, count: 1) else { throw .outOfMemory }
            let type = GlobalType(value: TypeRegistry.canonical(definition.type.value, identifiers), isMutable: definition.type.isMutable)
            global.initialize(to: GlobalState(low: value.low, high: value.high, type: type))
            state.pointee.globals[index] = global
        }
        for index in image.importedTableCount..<image.tables.count {
            let definition = image.tables[index]
            var type = definition.type
            type.element = TypeRegistry.canonical(type.element, identifiers)
            let value = definition.initializer.map { evaluate($0).low } ?? 0
            guard let table = store.allocateTable(type, filling: value) else { throw .outOfMemory }
            state.pointee.tables[index] = table
        }
    }

    /// Fills element and data segments, and copies the active ones.
    private func initializeSegments() throws(InstantiationError) {
        let image = module.image
        for index in image.elementSegments.indices {
            let segment = image.elementSegments[index]
            let count = Int(segment.count)
            guard let items = store.arena.tryAllocate(UInt64.self, count: count) else { throw .outOfMemory }
            readElements(segment, into: items)
            state.pointee.elementSegments[index] = ElementSegmentState(elements: items, count: count)
        }
        for index in image.dataSegments.indices {
            let bytes = image[image.dataSegments[index].bytes]
            state.pointee.dataSegments[index] = DataSegmentState(bytes: bytes.baseAddress, count: bytes.count)
        }
        for index in image.elementSegments.indices {
            switch image.elementSegments[index].mode {
            case .passive: continue
            case .declarative: break
            case .active(let tableIndex, let offset):
                let table = state.pointee.tables[Int(tableIndex)]
                let start = evaluate(offset).low
                let count = UInt64(image.elementSegments[index].count)
                let code = initializeTable(state, table, UInt32(index), table.pointee.type.is64 ? start : start & 0xFFFF_FFFF, 0, count)
                if code != .none { throw .trap(Trap(code: code)) }
            }
            state.pointee.elementSegments[index].count = 0
        }
        for index in image.dataSegments.indices {
            guard case .active(let memoryIndex, let offset) = image.dataSegments[index].mode else { continue }
            let memory = state.pointee.memories[Int(memoryIndex)]
            let start = evaluate(offset).low
            let count = UInt64(image.dataSegments[index].bytes.count)
            let code = initializeMemory(
                state, memory, UInt32(index), memory.pointee.type.is64 ? start : start & 0xFFFF_FFFF, 0, count)
            if code != .none { throw .trap(Trap(code: code)) }
            state.pointee.dataSegments[index].count = 0
        }
    }

    // MARK: Exports

    /// The export called `name`.
    public func export(_ name: Name) -> Extern? {
        for export in module.image.exports where name.isEqual(to: module.image[export.name]) { return external(export.kind, export.index) }
        return nil
    }

    /// All exports in order.
    public var exports: [(Name, Extern)] {
        module.image.exports.map { (Name(module.image[$0.name]), external($0.kind, $0.index)) }
    }

    private func external(_ kind: ExternalKind, _ index: UInt32) -> Extern {
        let index = Int(index)
        switch kind {
        case .function: return .function(Func(store: store, entry: state.pointee.functions[index]))
        case .table: return .table(Table(store: store, state: state.pointee.tables[index]))
        case .memory: return .memory(Memory(store: store, state: state.pointee.memories[index]))
        case .global: return .global(Global(store: store, state: state.pointee.globals[index]))
        case .tag: return .tag(Tag(store: store, state: state.pointee.tags[index]))
        }
    }

    /// The memory exported as `memory`, else the first; nil when there is none.
    public var mainMemory: GuestMemory? {
        guard module.image.memories.count > 0 else { return nil }
        return Memory(store: store, state: state.pointee.hostMemory).view
    }
}
