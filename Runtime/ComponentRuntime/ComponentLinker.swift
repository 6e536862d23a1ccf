// ComponentLinker: what the host gives components: interfaces of functions and resource types, found by name and version.
// Spec: Explainer.md, "Import and Export Definitions": a version matches another of the same canonical version.
import Containers
import WasmComponent
import WasmEngine

/// A resource type of the host, and what happens when a guest drops a handle to one of its resources.
public final class HostResource {
    let drop: HostResourceDrop

    /// A resource type with its destructor.
    public init(_ drop: @escaping HostResourceDrop) { self.drop = drop }
}

/// An interface of the host.
public final class HostInterface {
    struct Function {
        /// Its type in the words of `TypeMatcher`; nil when an import may give any.
        let type: StaticString?
        let body: HostComponentFunction
    }

    private var functions: [Name: Function] = [:]
    private var resources: [Name: HostResource] = [:]
    private var fallback: (function: HostComponentFunction, resource: HostResource)?

    /// An empty interface.
    public init() {}

    /// The types that the functions' types name.
    public var typeNames: TypeNames = [:]

    /// Defines a function. An import must have this type, in the words of `TypeMatcher`; nil: it may have any.
    public func define(_ name: Name, _ type: StaticString?, _ body: @escaping HostComponentFunction) {
        functions[name] = Function(type: type, body: body)
    }

    /// Defines a resource type; the same object in several interfaces is the same type.
    public func define(resource name: Name, _ resource: HostResource) { resources[name] = resource }

    /// What every function and every resource type is that nothing else defines.
    public func defineRest(_ function: @escaping HostComponentFunction, _ resource: HostResource) {
        fallback = (function, resource)
    }

    func function(_ name: Name) -> Function? { functions[name] ?? fallback.map { Function(type: nil, body: $0.function) } }
    func resource(_ name: Name) -> HostResource? { resources[name] ?? fallback?.resource }
}

/// Names to what the host gives.
public final class ComponentLinker {
    private var interfaces: [Name: HostInterface] = [:]

    /// An empty linker.
    public init() {}

    /// Defines an interface, by its name with or without a version.
    public func define(_ name: Name, _ interface: HostInterface) { interfaces[ComponentLinker.key(name)] = interface }

    /// A name with its version cut down to the part that makes versions compatible: `1`, `0.2`, `0.0.3`.
    static func key(_ name: Name) -> Name {
        guard let at = name.bytes.firstIndex(of: 0x40) else { return name }
        var end = at + 1
        // The first number other than zero decides, and what is before it.
        while end < name.bytes.count {
            let start = end
            while end < name.bytes.count, name.bytes[end] != 0x2e { end += 1 }
            if !(end == start + 1 && name.bytes[start] == 0x30) { break }
            if end < name.bytes.count { end += 1 }
        }
        return Name(bytes: Array(name.bytes[..<min(end, name.bytes.count)]))
    }

    /// Instantiates a component in a store and starts its core modules.
    @export(interface) @inline(never)
    public func instantiate(_ store: ComponentStore, _ compiled: CompiledComponent) throws(InstantiationFailure) -> ComponentInstance {
        guard store.store.engine === compiled.engine else { throw InstantiationFailure(.link, "component of another engine") }
        let root = ComponentInstance(store, nil, compiled)
        store.instances.append(root)
        let arguments = ExportedInstance()
        var resources: [ObjectIdentifier: ResourceID] = [:]
        let component = compiled.component
        let shape = component.shape(component.part(component.partCount - 1).type)
        for index in shape.importStart..<shape.importStart + shape.importCount {
            let item = component.extern(index)
            let name = compiled.name(item.name)
            guard item.entity.sort == .instance, let interface = interfaces[ComponentLinker.key(name)] else {
                throw InstantiationFailure(.link, "the component imports `%`, which is not there", name)
            }
            arguments.add(name, .instance(try exports(of: interface, name, item.entity.index, root, &resources)))
        }
        var instantiator = Instantiator(store, compiled)
        try instantiator.run(arguments, root: root)
        return root
    }

    /// What an import asks of an interface.
    private func exports(
        of interface: HostInterface, _ interfaceName: Name, _ type: UInt32, _ root: ComponentInstance,
        _ resources: inout [ObjectIdentifier: ResourceID]
    ) throws(InstantiationFailure) -> ExportedInstance {
        guard let compiled = root.compiled else { throw .outOfMemory }
        let component = compiled.component
        let result = ExportedInstance()
        let shape = component.shape(type)
        for index in shape.exportStart..<shape.exportStart + shape.exportCount {
            let item = component.extern(index)
            let name = compiled.name(item.name)
            let full = Name(bytes: ComponentLinker.key(interfaceName).bytes + [0x23] + name.bytes)
            switch item.entity.sort {
            case .function:
                guard let function = interface.function(name) else {
                    throw InstantiationFailure(.link, "the component imports the function `%`, which is not there", full)
                }
                if let type = function.type {
                    var matcher = TypeMatcher(component, interface.typeNames)
                    guard matcher.matches(function: item.entity.index, type) else {
                        throw InstantiationFailure(.link, "the component imports `%` with another type than the host's", full)
                    }
                }
                result.add(name, .function(ComponentFunction(compiled, item.entity.index, root, .host(function.body))))
            case .type:
                guard component.node(item.entity.index).kind == .resource, let resource = interface.resource(name) else {
                    result.add(name, .type(nil))
                    continue
                }
                let identifier = ObjectIdentifier(resource)
                if resources[identifier] == nil {
                    resources[identifier] = try root.store.newResourceType(
                        ResourceType(definer: nil, destructor: nil, hostDrop: resource.drop))
                }
                result.add(name, .type(resources[identifier]))
            default: throw InstantiationFailure(.link, "the component imports `%`, which is not there", full)
            }
        }
        return result
    }
}
