// The control stack's entries. Specification appendix A.3.

/// What opened a control frame.
@frozen public enum ControlKind: UInt8, Sendable {
    case function, block, loop, `if`, `else`, tryTable
    /// The older exception handling: `try`, and the `catch` and `catch_all` parts after it.
    case legacyTry, legacyCatch, legacyCatchAll
}

/// An open block.
@frozen public struct ControlFrame: BitwiseCopyable {
    /// What opened it.
    public var kind: ControlKind
    /// Whether the rest of the block cannot be reached.
    public var isUnreachable: Bool
    public var parameterCount: Int32
    public var resultCount: Int32
    /// Operands on the stack when it began, parameters not included.
    public var height: Int32
    /// How many locals had been initialised when it began.
    @usableFromInline var initializationHeight: Int32
    /// The one result of a block without a type index.
    @usableFromInline var singleResult: ValueType
    /// Where its instruction is, from the module's start.
    public var offset: UInt32
    /// Parameters, then results, when it has a type index.
    @usableFromInline nonisolated(unsafe) var types: UnsafePointer<ValueType>?

    /// The type of a parameter.
    @inlinable public func parameter(_ index: Int) -> ValueType { types.unsafelyUnwrapped[index] }
    /// The type of a result.
    @inlinable public func result(_ index: Int) -> ValueType {
        if let types { return types[Int(parameterCount) &+ index] }
        return singleResult
    }
    /// How many values a branch to it carries: a loop's parameters, else the results.
    @inlinable public var labelCount: Int { Int(kind == .loop ? parameterCount : resultCount) }
    /// The type of a value a branch to it carries.
    @inlinable public func label(_ index: Int) -> ValueType { kind == .loop ? parameter(index) : result(index) }
}
