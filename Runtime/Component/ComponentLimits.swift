// Implementation limits of components, so that none can ask for more than it is worth.
import WasmModule

/// Upper bounds on what a component may declare. What exceeds one is an error of phase `.limit`.
public struct ComponentLimits: Hashable, Sendable {
    /// What nested core modules may declare; `moduleByteCount` bounds the component too.
    public var core = DecodeLimits.standard
    /// How deep components and types of components and instances may be nested in each other.
    public var nesting = 100
    /// How deep a type may refer to others.
    public var typeDepth = 100
    /// Types of all scopes, with those that importing and instantiating make anew.
    public var types = 1_000_000
    /// Items of one index space.
    public var items = 1_000_000
    /// Names of all imports, exports, labels and arguments.
    public var names = 10_000_000
    /// Steps of all type comparisons: what bounds types that share parts, whose trees are exponential.
    public var comparisonSteps = 10_000_000

    /// What common toolchains stay far below.
    public init() {}
}
