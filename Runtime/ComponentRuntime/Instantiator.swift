// Instantiator: walks a component's definitions in order and makes what they define. Nested components are walked on a stack of our own, so
// no recursion follows the input. Spec: Explainer.md, "Component Definitions"; the rules were all checked when the component was decoded.
import Containers
import WasmComponent
import WasmEngine
import WasmModule

/// An instantiation under way.
struct Instantiator: ~Copyable {
    /// Most components that are being instantiated inside each other.
    static let depthLimit = 200
    /// Most definitions, arguments, imports and exports of all instances together: a component may instantiate others over and over.
    static let stepLimit = 4_000_000

    /// A component whose definitions are being walked.
    struct Frame {
        unowned(unsafe) var instance: ComponentInstance
        var part: UInt32
        var arguments: ExportedInstance
        /// The next definition.
        var next: Int
        var end: Int
    }

    let store: ComponentStore
    let compiled: CompiledComponent
    var component: Component { compiled.component }
    private var frames = GrowableArray<Frame>()
    /// Instances made so far, whose index spaces go when all is done.
    private var firstInstance: Int
    private var stepsLeft = Instantiator.stepLimit

    init(_ store: ComponentStore, _ compiled: CompiledComponent) {
        self.store = store
        self.compiled = compiled
        firstInstance = store.instances.count
    }

    /// Instantiates the outermost component with arguments for all of its imports.
    mutating func run(_ arguments: ExportedInstance, root: ComponentInstance) throws(InstantiationFailure) {
        try push(UInt32(component.partCount - 1), root, arguments)
        while frames.count > 0 {
            let position = frames.count - 1
            if frames[position].next < frames[position].end {
                let definition = component.definition(frames[position].next)
                frames[position].next += 1
                try charge(1 + Int(definition.operandCount))
                try perform(definition, frames[position])
            } else {
                try finish()
            }
        }
        for index in firstInstance..<store.instances.count { store.instances[index].spaces = InstanceSpaces() }
    }

    private mutating func push(
        _ part: UInt32, _ instance: ComponentInstance, _ arguments: ExportedInstance
    ) throws(InstantiationFailure) {
        guard frames.count < Instantiator.depthLimit else {
            throw InstantiationFailure(.limit, "components instantiate each other too deeply (the limit is 200)")
        }
        let row = component.part(Int(part))
        let start = Int(row.definitionStart)
        let frame = Frame(
            instance: instance, part: part, arguments: arguments, next: start, end: start + Int(row.definitionCount))
        guard frames.append(frame) else { throw .outOfMemory }
    }

    /// The innermost component is complete: its instance goes to the one around it.
    private mutating func finish() throws(InstantiationFailure) {
        guard let frame = frames.popLast() else { return }
        frame.instance.mayEnter = true
        guard frames.count > 0 else { return }
        let outer = frames[frames.count - 1]
        let definition = component.definition(outer.next - 1)
        guard outer.instance.spaces.instances.append(frame.instance.exports) else { throw .outOfMemory }
        try bind(Entity(sort: .instance, index: definition.type), .instance(frame.instance.exports), outer.instance)
    }

    /// Makes an instance, which the store keeps.
    private func newInstance(in parent: ComponentInstance?) throws(InstantiationFailure) -> ComponentInstance {
        try count()
        let instance = ComponentInstance(store, parent, compiled)
        store.instances.append(instance)
        return instance
    }

    /// Takes steps off what an instantiation may take.
    mutating func charge(_ count: Int) throws(InstantiationFailure) {
        guard count <= stepsLeft else { throw InstantiationFailure(.limit, "instantiating takes too long (the limit is 4000000 steps)") }
        stepsLeft -= count
    }

    func count() throws(InstantiationFailure) {
        store.instanceCount += 1
        guard store.instanceCount <= store.instanceLimit else {
            throw InstantiationFailure(.limit, "too many instances of components and modules")
        }
    }

    // MARK: Definitions

    private mutating func perform(_ definition: Definition, _ frame: Frame) throws(InstantiationFailure) {
        let instance = frame.instance
        var isAdded = true
        switch definition.kind {
        case .coreModule: isAdded = instance.spaces.coreModules.append(definition.first)
        case .coreInstantiate: try instantiateModule(definition, instance)
        case .coreBundle: isAdded = instance.spaces.coreInstances.append(try coreBundle(definition, instance))
        case .coreType: break
        case .component:
            isAdded = instance.spaces.components.append(ComponentClosure(part: definition.first, environment: instance))
        case .instantiate:
            let closure = instance.spaces.components[Int(definition.first)]
            let arguments = try bundle(definition, instance)
            let nested = try newInstance(in: instance)
            nested.environment = closure.environment
            try push(closure.part, nested, arguments)
        case .bundle: isAdded = instance.spaces.instances.append(try bundle(definition, instance))
        case .exportAlias:
            let exports = instance.spaces.instances[Int(definition.first)]
            guard let item = exports.items[compiled.name(definition.name)] else { throw missing(definition.name) }
            try add(item, definition, instance)
        case .coreExportAlias:
            let exports = instance.spaces.coreInstances[Int(definition.first)]
            guard let item = exports[compiled.name(definition.name)] else { throw missing(definition.name) }
            isAdded = instance.spaces.append(item)
        case .outerAlias: try outerAlias(definition, frame)
        case .type: try type(definition, instance)
        case .canonical: try canonical(definition, instance)
        case .import:
            let name = compiled.name(definition.name)
            guard let item = frame.arguments.items[name] else { throw missing(definition.name) }
            try bind(Entity(sort: definition.sort, index: definition.type), item, instance)
            try add(item, definition, instance)
        case .export:
            let item = try self.item(definition.sort, definition.first, instance)
            // The export may be under a type with resource types of its own.
            try bind(Entity(sort: definition.sort, index: definition.type), item, instance)
            instance.exports.add(compiled.name(definition.name), item)
            try add(item, definition, instance)
        }
        guard isAdded else { throw .outOfMemory }
    }

    private func missing(_ name: ByteRange) -> InstantiationFailure {
        InstantiationFailure(.link, "`%` is missing or of another kind", compiled.name(name))
    }

    /// Adds an item to its index space.
    private func add(_ item: Item, _ definition: Definition, _ instance: ComponentInstance) throws(InstantiationFailure) {
        let isAdded: Bool
        switch (item, definition.sort) {
        case (.function(let function), .function): isAdded = instance.spaces.functions.append(function)
        case (.coreModule(let module), .coreModule): isAdded = instance.spaces.coreModules.append(module)
        case (.component(let closure), .component): isAdded = instance.spaces.components.append(closure)
        case (.instance(let exports), .instance): isAdded = instance.spaces.instances.append(exports)
        case (.type, .type): isAdded = instance.spaces.types.append(definition.type)
        default: throw missing(definition.name)
        }
        guard isAdded else { throw .outOfMemory }
    }

    /// The item of an index space.
    private func item(_ sort: ComponentSort, _ index: UInt32, _ instance: ComponentInstance) throws(InstantiationFailure) -> Item {
        let index = Int(index)
        switch sort {
        case .function: return .function(instance.spaces.functions[index])
        case .coreModule: return .coreModule(instance.spaces.coreModules[index])
        case .component: return .component(instance.spaces.components[index])
        case .instance: return .instance(instance.spaces.instances[index])
        case .type:
            let node = component.node(instance.spaces.types[index])
            return .type(node.kind == .resource ? instance.resources[node.start] : nil)
        default: throw InstantiationFailure(.unsupported, "values are not supported")
        }
    }

    /// The named things that a definition's operands are.
    private func bundle(_ definition: Definition, _ instance: ComponentInstance) throws(InstantiationFailure) -> ExportedInstance {
        let result = ExportedInstance()
        var operand = Int(definition.operandStart)
        let end = operand + Int(definition.operandCount)
        while operand + 3 < end {
            let name = ByteRange(offset: component.operand(operand), count: component.operand(operand + 1))
            guard let sort = ComponentSort(rawValue: UInt8(truncatingIfNeeded: component.operand(operand + 2))) else { break }
            result.add(compiled.name(name), try item(sort, component.operand(operand + 3), instance))
            operand += 4
        }
        return result
    }

    private func outerAlias(_ definition: Definition, _ frame: Frame) throws(InstantiationFailure) {
        if definition.sort == .coreType { return }
        if definition.sort == .type {
            guard frame.instance.spaces.types.append(definition.type) else { throw .outOfMemory }
            return
        }
        // The instance around a component is the one whose definitions it was written among.
        var target: ComponentInstance? = frame.instance
        for _ in 0..<definition.first { target = target?.environment }
        guard let target else { throw InstantiationFailure(.link, "an outer alias leads nowhere") }
        try add(try item(definition.sort, definition.second, target), definition, frame.instance)
    }

    private func type(_ definition: Definition, _ instance: ComponentInstance) throws(InstantiationFailure) {
        let node = component.node(definition.type)
        if node.kind == .resource {
            var type = ResourceType(definer: instance, destructor: nil, hostDrop: nil)
            if let index = component.destructor(definition) { type.destructor = instance.spaces.coreFunctions[Int(index)] }
            instance.resources[node.start] = try store.newResourceType(type)
        }
        guard instance.spaces.types.append(definition.type) else { throw .outOfMemory }
    }

    // MARK: Resource types

    /// Notes which resource types the numbers in a type stand for, given the thing that has the type.
    mutating func bind(_ entity: Entity, _ item: Item, _ instance: ComponentInstance) throws(InstantiationFailure) {
        try charge(1)
        switch (entity.sort, item) {
        case (.type, .type(let resource?)):
            let node = component.node(entity.index)
            if node.kind == .resource { instance.resources[node.start] = resource }
        case (.instance, .instance(let exports)):
            guard component.node(entity.index).flags.contains(.hasResource) else { return }
            let shape = component.shape(entity.index)
            for index in shape.exportStart..<shape.exportStart + shape.exportCount {
                let part = component.extern(index)
                guard part.entity.sort == .type || part.entity.sort == .instance else { continue }
                if let item = exports.items[compiled.name(part.name)] { try bind(part.entity, item, instance) }
            }
        default: return
        }
    }
}

extension InstanceSpaces {
    /// Adds a core item to its space; false when memory is refused.
    mutating func append(_ item: Extern) -> Bool {
        switch item {
        case .function(let value): return coreFunctions.append(value)
        case .table(let value): return tables.append(value)
        case .memory(let value): return memories.append(value)
        case .global(let value): return globals.append(value)
        case .tag(let value): return tags.append(value)
        }
    }
}
