// Store: what owns the instances, memories, tables, globals and functions of one guest.

import WasmModule

/// Asked before a memory or a table grows; the store's owner refuses by returning false.
public protocol ResourceLimiter: AnyObject {}

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

    /// A store of `engine`.
    public init(_ engine: Engine, limits: StoreLimits = StoreLimits()) {
        self.engine = engine
        self.limits = limits
    }

    /// Makes a host function.
    public func makeFunction(type: FunctionType, _ body: @escaping HostFunction) -> Func? { nil }
    /// Makes a memory; nil when refused.
    public func makeMemory(type: MemoryType) -> Memory? { nil }
    /// Makes a table; nil when refused.
    public func makeTable(type: TableType, initial: Value) -> Table? { nil }
    /// Makes a global; nil when refused or `initial` is not of the type.
    public func makeGlobal(type: GlobalType, initial: Value) -> Global? { nil }
    /// Makes a tag; nil when refused.
    public func makeTag(type: FunctionType) -> Tag? { nil }
}
