// Core instances, lifted and lowered functions and the built-ins. Spec: CanonicalABI.md, "Canonical Definitions".
import Containers
import WasmComponent
import WasmEngine
import WasmModule

extension Instantiator {
    // MARK: Core instances

    /// A core instance of given things.
    func coreBundle(_ definition: Definition, _ instance: ComponentInstance) throws(InstantiationFailure) -> CoreExports {
        let result = CoreExports()
        var operand = Int(definition.operandStart)
        let end = operand + Int(definition.operandCount)
        while operand + 3 < end {
            let name = ByteRange(offset: component.operand(operand), count: component.operand(operand + 1))
            let index = Int(component.operand(operand + 3))
            let item: Extern
            switch ComponentSort(rawValue: UInt8(truncatingIfNeeded: component.operand(operand + 2))) {
            case .coreFunction: item = .function(instance.spaces.coreFunctions[index])
            case .coreTable: item = .table(instance.spaces.tables[index])
            case .coreMemory: item = .memory(instance.spaces.memories[index])
            case .coreGlobal: item = .global(instance.spaces.globals[index])
            default: item = .tag(instance.spaces.tags[index])
            }
            result[compiled.name(name)] = item
            operand += 4
        }
        return result
    }

    /// Links, allocates and starts a core module.
    mutating func instantiateModule(_ definition: Definition, _ instance: ComponentInstance) throws(InstantiationFailure) {
        try count()
        var arguments: [Name: CoreExports] = [:]
        var operand = Int(definition.operandStart)
        let end = operand + Int(definition.operandCount)
        while operand + 2 < end {
            let name = ByteRange(offset: component.operand(operand), count: component.operand(operand + 1))
            arguments[compiled.name(name)] = instance.spaces.coreInstances[Int(component.operand(operand + 2))]
            operand += 3
        }
        let module = compiled.modules[Int(instance.spaces.coreModules[Int(definition.first)])]
        try charge(module.image.imports.count + module.image.exports.count + module.image.functions.count / 8)
        let linker = Linker(compiled.engine)
        for item in module.imports {
            guard let value = arguments[item.module]?[item.name] else {
                throw InstantiationFailure(.link, "a core module imports `%`, which is missing", item.name)
            }
            linker.define(item.module, item.name, value)
        }
        let core: Instance
        do throws(InstantiationError) { core = try linker.instantiate(store.store, module).start() } catch {
            switch error {
            case .link(let link): throw InstantiationFailure(.link, link.message, link.name)
            case .outOfMemory: throw .outOfMemory
            case .trap(let trap):
                if let pending = store.pendingTrap {
                    store.pendingTrap = nil
                    throw InstantiationFailure(pending)
                }
                throw InstantiationFailure(ComponentTrap(trap))
            }
        }
        guard instance.spaces.coreInstances.append(CoreExports(core)) else { throw .outOfMemory }
    }

    // MARK: Canonical functions

    func canonical(_ definition: Definition, _ instance: ComponentInstance) throws(InstantiationFailure) {
        guard let canonical = component.canonicalFunction(definition) else {
            throw InstantiationFailure(.unsupported, "an unknown canonical function")
        }
        switch canonical.code {
        case .lift: try lift(canonical, definition, instance)
        case .lower: try lower(canonical, instance)
        case .resourceNew, .resourceRep, .resourceDrop: try resourceBuiltin(canonical, definition, instance)
        default: try refusedBuiltin(canonical.code, definition, instance)
        }
    }

    private func options(_ canonical: CanonicalFunction, _ instance: ComponentInstance) -> AdapterOptions {
        AdapterOptions(
            memory: canonical.memory.map { instance.spaces.memories[Int($0)] }, encoding: canonical.encoding,
            realloc: canonical.realloc.map { instance.spaces.coreFunctions[Int($0)] })
    }

    private func lift(_ canonical: CanonicalFunction, _ definition: Definition, _ instance: ComponentInstance) throws(InstantiationFailure)
    {
        let core = instance.spaces.coreFunctions[Int(canonical.function)]
        let postReturn = canonical.postReturn.map { instance.spaces.coreFunctions[Int($0)] }
        let body: ComponentFunction.Body =
            canonical.isAsync
            ? .refused("functions lifted with `async` are not supported")
            : .lifted(core, options(canonical, instance), postReturn: postReturn)
        let function = ComponentFunction(compiled, definition.type, instance, body)
        guard instance.spaces.functions.append(function) else { throw .outOfMemory }
    }

    private func lower(_ canonical: CanonicalFunction, _ instance: ComponentInstance) throws(InstantiationFailure) {
        let function = instance.spaces.functions[Int(canonical.function)]
        if canonical.isAsync { return try refusedLowering(function, canonical, instance) }
        let lowered = LoweredFunction(instance, function, options(canonical, instance))
        store.lowerings.append(lowered)
        // SAFETY: the component store keeps it, and outlives every call into its store.
        try addCore(lowered.signature.loweredType, instance) { [unowned(unsafe) lowered] _, slots in
            do throws(ComponentTrap) { try lowered.invoke(slots) } catch { return lowered.instance.store.outcome(error) }
            return .done
        }
    }

    /// A core function that traps: `async` calls are not there yet.
    private func refusedLowering(_ function: ComponentFunction, _ canonical: CanonicalFunction, _ instance: ComponentInstance)
        throws(InstantiationFailure)
    {
        let is64 = options(canonical, instance).is64
        let signature = Signature(component, function.type, is64: is64)
        var parameters = signature.parameters.count > 4 ? [signature.address] : signature.parameters.types
        if signature.results.count > 0 { parameters.append(signature.address) }
        try refuse(
            FunctionType(parameters: parameters, results: [.i32]), instance, "functions lowered with `async` are not supported")
    }

    private func addCore(_ type: FunctionType, _ instance: ComponentInstance, _ body: @escaping HostFunction) throws(InstantiationFailure) {
        guard let function = store.store.makeFunction(type: type, body), instance.spaces.coreFunctions.append(function) else {
            throw .outOfMemory
        }
    }

    private func refuse(
        _ type: FunctionType, _ instance: ComponentInstance, _ what: StaticString, checksLeave: Bool = true
    ) throws(InstantiationFailure) {
        try addCore(type, instance) { [unowned(unsafe) instance] _, _ in
            let trap =
                instance.mayLeave || !checksLeave
                ? ComponentTrap.unsupported(what) : ComponentTrap("wasm trap: cannot leave component instance")
            return instance.store.outcome(trap)
        }
    }

    /// An asynchronous built-in: it traps when it is called.
    private func refusedBuiltin(_ code: CanonicalCode, _ definition: Definition, _ instance: ComponentInstance) throws(InstantiationFailure)
    {
        guard let type = component.coreFunctionType(definition.type) else {
            throw InstantiationFailure(.unsupported, "asynchronous functions are not supported")
        }
        let checksLeave: Bool
        switch code {
        case .contextGet, .contextSet, .backpressureInc, .backpressureDec: checksLeave = false
        default: checksLeave = true
        }
        try refuse(type, instance, "asynchronous built-in functions are not supported", checksLeave: checksLeave)
    }

    // MARK: Resources

    private func resourceBuiltin(_ canonical: CanonicalFunction, _ definition: Definition, _ instance: ComponentInstance)
        throws(InstantiationFailure)
    {
        let node = component.node(instance.spaces.types[Int(canonical.type)])
        guard let type = instance.resources[node.start], let core = component.coreFunctionType(definition.type) else {
            throw InstantiationFailure(.link, "a resource type was not instantiated")
        }
        let code = canonical.code
        let isWide = core.parameters.first == .i64 || core.results.first == .i64
        try addCore(core, instance) { [unowned(unsafe) instance] _, slots in
            do throws(ComponentTrap) {
                let index = UInt32(truncatingIfNeeded: slots[0])
                switch code {
                case .resourceNew:
                    try instance.requireMayLeave()
                    let representation = isWide ? slots[0] : slots[0] & 0xFFFF_FFFF
                    slots[0] = UInt64(try instance.handles.add(Handle(type: type, representation: representation, isOwn: true)))
                case .resourceRep: slots[0] = try instance.handles.get(index, type).representation
                default: try instance.drop(index, type)
                }
            } catch { return instance.store.outcome(error) }
            return .done
        }
    }
}

extension ComponentInstance {
    func requireMayLeave() throws(ComponentTrap) {
        guard mayLeave else { throw ComponentTrap("wasm trap: cannot leave component instance") }
    }

    /// `resource.drop`: an own handle's destructor runs in the instance that defines the type.
    func drop(_ index: UInt32, _ type: ResourceID) throws(ComponentTrap) {
        try requireMayLeave()
        let handle = try handles.remove(index, type)
        guard handle.isOwn else {
            let task = Int(handle.task)
            if task < store.tasks.count, store.tasks[task].borrowCount > 0 { store.tasks[task].borrowCount -= 1 }
            return
        }
        let resource = store.resourceType(type)
        guard let definer = resource.definer else {
            resource.hostDrop?(UInt32(truncatingIfNeeded: handle.representation))
            return
        }
        let crossing = definer.crossing(from: self)
        try definer.enter(crossing)
        if let destructor = resource.destructor {
            let isWide = destructor.type.parameters.first == .i64
            let representation: Value =
                isWide ? .i64(Int64(bitPattern: handle.representation)) : .i32(Int32(truncatingIfNeeded: handle.representation))
            guard store.tasks.append(Task()) else { throw ComponentTrap("out of memory for a call") }
            _ = try store.call(destructor, [representation])
            _ = store.tasks.popLast()
        }
        definer.leave(crossing)
    }
}
