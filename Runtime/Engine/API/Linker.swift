// Linker: names to externs, and instantiation (core specification, 4.5.4 "Instantiation").

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

    /// An empty linker.
    public init(_ engine: Engine) { self.engine = engine }

    /// Defines `module.name`; a later definition of a name replaces the earlier.
    public func define(_ module: Name, _ name: Name, _ value: Extern) {}

    /// Defines a host function, made anew in each store it is linked into.
    public func defineFunction(module: Name, name: Name, type: FunctionType, _ body: @escaping HostFunction) {}

    /// Defines every export of `instance` under `module`.
    public func define(_ module: Name, instance: Instance) {}

    /// Links and allocates, and initialises memories and tables. The start function has not run.
    public func instantiate(_ store: Store, _ module: Module) throws(InstantiationError) -> InstancePre {
        throw InstantiationError.outOfMemory
    }
}

/// An instance whose start function has not run.
public struct InstancePre {
    let instance: Instance

    /// Runs the start function, if any.
    public func start() throws(InstantiationError) -> Instance { instance }
}

/// A module's instance in a store.
public final class Instance {
    /// The module.
    public let module: Module
    /// The store, which owns the instance.
    public unowned(unsafe) let store: Store

    init(module: Module, store: Store) {
        self.module = module
        self.store = store
    }

    /// The export called `name`.
    public func export(_ name: Name) -> Extern? { nil }
    /// The memory exported as `memory`, else the first; nil when there is none.
    public var mainMemory: GuestMemory? { nil }
}
