// Linker: names to externs (core specification, 4.5.4 "Instantiation", the matching of imports).

import WasmModule

/// Why a module cannot be linked.
public struct LinkError: Error {
    /// What is wrong with the import.
    public enum Kind: UInt8, Sendable { case unknownImport, incompatibleImportType, otherEngine, otherStore }
    /// What is wrong.
    public let kind: Kind
    /// The import's module and field names.
    public let module: Name
    public let name: Name

    /// The text as in the reference interpreter.
    public var message: StaticString {
        switch kind {
        case .unknownImport: "unknown import"
        case .incompatibleImportType: "incompatible import type"
        case .otherEngine: "module of another engine"
        case .otherStore: "import of another store"
        }
    }
}

/// Why a module cannot be instantiated.
public enum InstantiationError: Error {
    /// An import is missing or does not fit.
    case link(LinkError)
    /// A segment does not fit, or the start function trapped.
    case trap(Trap)
    /// Memory for the instance was refused.
    case outOfMemory
}

/// Names to externs. Host functions can be defined without a store.
public final class Linker {
    /// The engine it links for.
    public let engine: Engine

    private enum Definition {
        case external(Extern)
        case host(FunctionType, HostFunction)
        case direct(FunctionType, UInt, DirectHostFunction)
    }
    private struct Key: Hashable {
        let module: Name
        let name: Name
    }
    private var definitions: [Key: Definition] = [:]

    /// An empty linker.
    public init(_ engine: Engine) { self.engine = engine }

    /// Defines `module.name`; a later definition of a name replaces the earlier.
    public func define(_ module: Name, _ name: Name, _ value: Extern) {
        definitions[Key(module: module, name: name)] = .external(value)
    }

    /// Defines a host function, made anew in each store it is linked into.
    public func defineFunction(module: Name, name: Name, type: FunctionType, _ body: @escaping HostFunction) {
        definitions[Key(module: module, name: name)] = .host(type, body)
    }

    /// Defines a host function that guests call directly, with `number`, made anew in each store it is linked into.
    public func defineFunction(module: Name, name: Name, type: FunctionType, number: UInt, direct: @escaping DirectHostFunction) {
        definitions[Key(module: module, name: name)] = .direct(type, number, direct)
    }

    /// Defines every export of `instance` under `module`.
    public func define(_ module: Name, instance: Instance) {
        for (name, value) in instance.exports { define(module, name, value) }
    }

    /// What `module.name` is in `store`; nil when it is not defined. Throws when memory is refused.
    func resolve(_ module: Name, _ name: Name, in store: Store) throws(InstantiationError) -> Extern? {
        switch definitions[Key(module: module, name: name)] {
        case nil: return nil
        case .external(let value): return value
        case .host(let type, let body):
            guard let function = store.makeFunction(type: type, body) else { throw .outOfMemory }
            return .function(function)
        case .direct(let type, let number, let direct):
            guard let function = store.makeFunction(type: type, number: number, direct: direct) else { throw .outOfMemory }
            return .function(function)
        }
    }

    /// Links and allocates, and initialises memories and tables. The start function has not run.
    public func instantiate(_ store: Store, _ module: Module) throws(InstantiationError) -> InstancePre {
        guard module.engine === engine, store.engine === engine else {
            throw .link(LinkError(kind: .otherEngine, module: "", name: ""))
        }
        var imports: [Extern] = []
        imports.reserveCapacity(module.image.imports.count)
        for item in module.image.imports {
            let moduleName = Name(module.image[item.module])
            let name = Name(module.image[item.name])
            guard let value = try resolve(moduleName, name, in: store) else {
                throw .link(LinkError(kind: .unknownImport, module: moduleName, name: name))
            }
            guard value.store === store else { throw .link(LinkError(kind: .otherStore, module: moduleName, name: name)) }
            guard value.matches(item.type, of: module) else {
                throw .link(LinkError(kind: .incompatibleImportType, module: moduleName, name: name))
            }
            imports.append(value)
        }
        return InstancePre(instance: try Instance(module, store, imports))
    }
}

extension Extern {
    /// Whether the extern can be linked where `module` asks for `type` (core specification, 3.3.9 "Import Subtyping").
    func matches(_ type: ExternalType, of module: Module) -> Bool {
        module.engine.types.accepts(TypeRegistry.canonical(type, module.typeIdentifiers), canonicalType)
    }

    /// The type as of now, by the engine's numbers.
    var canonicalType: ExternalType {
        switch self {
        case .function(let function): .function(typeIndex: function.entry.pointee.typeIdentifier)
        case .table(let table): .table(table.type)
        case .memory(let memory): .memory(memory.type)
        case .global(let global): .global(global.type)
        case .tag(let tag): .tag(TagType(typeIndex: tag.state.pointee.typeIdentifier))
        }
    }
}
