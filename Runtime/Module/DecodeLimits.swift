// Implementation limits, so that a module cannot ask for more than it is worth. Specification appendix A.2; defaults as in browsers.

/// Upper bounds on what a module may declare. What exceeds one is an error of phase `.limit`.
public struct DecodeLimits: Hashable, Sendable {
    /// The module's size.
    public var moduleByteCount = 1 << 30
    public var types = 1_000_000
    public var recursionGroupTypes = 1_000_000
    /// How deep declared sub types may be nested.
    public var subtypeDepth = 63
    public var functions = 1_000_000
    public var imports = 1_000_000
    public var exports = 1_000_000
    public var globals = 1_000_000
    public var tags = 1_000_000
    public var tables = 100_000
    public var memories = 100
    public var elementSegments = 10_000_000
    public var dataSegments = 100_000
    /// Elements of a table. A module that declares more decodes; making the table, or growing it beyond, is refused.
    public var tableElements: UInt64 = 10_000_000
    public var functionBodyByteCount = 128 << 20
    /// Locals of a function, parameters included.
    public var functionLocals = 50_000
    public var functionParameters = 1_000
    public var functionResults = 1_000
    public var structureFields = 10_000
    /// Targets of a `br_table`, the default included.
    public var branchTableTargets = 1 << 20
    /// Nested blocks of a function.
    public var nestedBlocks = 1_000_000
    /// Operands on a function's stack.
    public var functionOperands = 1_000_000
    /// Length of a name.
    public var nameByteCount = 100_000

    /// What browsers allow.
    public init() {}

    /// What browsers allow.
    public static var standard: DecodeLimits { DecodeLimits() }

    /// A preset for modules nobody vouches for.
    public static var strict: DecodeLimits {
        var limits = DecodeLimits()
        limits.moduleByteCount = 16 << 20
        limits.types = 10_000
        limits.recursionGroupTypes = 1_000
        limits.functions = 20_000
        limits.imports = 1_000
        limits.exports = 1_000
        limits.globals = 1_000
        limits.tags = 1_000
        limits.tables = 100
        limits.memories = 1
        limits.elementSegments = 1_000
        limits.dataSegments = 1_000
        limits.tableElements = 1_000_000
        limits.functionBodyByteCount = 1 << 20
        limits.functionLocals = 5_000
        limits.functionParameters = 100
        limits.functionResults = 100
        limits.structureFields = 1_000
        limits.branchTableTargets = 10_000
        limits.nestedBlocks = 1_000
        limits.functionOperands = 10_000
        limits.nameByteCount = 1_000
        return limits
    }
}
