// Function, structure and array types, sub types and recursion groups. Specification 2.3.8-2.3.12, 5.3.10-5.3.14.

/// Parameters and results of a function, owned. For hot paths there is `Signature`.
public struct FunctionType: Hashable, Sendable {
    /// Parameter types in order.
    public var parameters: [ValueType]
    /// Result types in order.
    public var results: [ValueType]

    /// A function type.
    public init(parameters: [ValueType] = [], results: [ValueType] = []) {
        self.parameters = parameters
        self.results = results
    }
}

/// Parameters and results of a function as a view: costs no reference count. Valid as long as the `ModuleImage` that gave it.
@frozen public struct Signature: Sendable, BitwiseCopyable {
    /// Parameters, then results.
    @usableFromInline nonisolated(unsafe) let base: UnsafePointer<ValueType>
    /// How many parameters there are.
    public let parameterCount: Int32
    /// How many results there are.
    public let resultCount: Int32

    @inlinable init(base: UnsafePointer<ValueType>, parameterCount: Int, resultCount: Int) {
        self.base = base
        self.parameterCount = Int32(truncatingIfNeeded: parameterCount)
        self.resultCount = Int32(truncatingIfNeeded: resultCount)
    }

    /// Parameter types in order.
    @inlinable public var parameters: UnsafeBufferPointer<ValueType> {
        @inline(__always) get { UnsafeBufferPointer(start: base, count: Int(parameterCount)) }
    }
    /// Result types in order.
    @inlinable public var results: UnsafeBufferPointer<ValueType> {
        @inline(__always) get { UnsafeBufferPointer(start: base + Int(parameterCount), count: Int(resultCount)) }
    }
    /// The same, owned.
    public var functionType: FunctionType { FunctionType(parameters: Array(parameters), results: Array(results)) }
}

/// A field of a structure, or an array's elements.
public struct FieldType: Hashable, Sendable {
    /// A value type, or the packed `i8` or `i16`.
    public var storage: ValueType
    /// Whether it can be written after construction.
    public var isMutable: Bool

    /// A field type.
    public init(storage: ValueType, isMutable: Bool) {
        self.storage = storage
        self.isMutable = isMutable
    }
}

/// What a type index stands for.
public enum CompositeType: Hashable, Sendable {
    case function(FunctionType)
    case structure([FieldType])
    case array(FieldType)
}

/// A type of the type section with its place in the subtype order.
public struct SubType: Hashable, Sendable {
    /// Whether it can have no sub types.
    public var isFinal: Bool
    /// The declared super type's index; at most one is allowed.
    public var superType: UInt32?
    /// What it is.
    public var composite: CompositeType

    /// A sub type.
    public init(isFinal: Bool = true, superType: UInt32? = nil, composite: CompositeType) {
        self.isFinal = isFinal
        self.superType = superType
        self.composite = composite
    }
}

/// Types that may refer to each other: consecutive type indices.
public struct RecursionGroup: Hashable, Sendable {
    /// The first type's index.
    public var first: UInt32
    /// How many types there are.
    public var count: UInt32

    /// A recursion group.
    public init(first: UInt32, count: UInt32) {
        self.first = first
        self.count = count
    }
}
