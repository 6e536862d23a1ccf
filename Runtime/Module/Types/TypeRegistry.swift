// Canonical ids of types across modules: types that are equivalent (iso-recursively) have one id. Specification 3.1.5, 3.3.

/// Gives each recursion group an identity: equal groups of any number of modules get the same consecutive ids. An engine owns one.
/// Call signatures and imports are compared by id; `isSubtype` walks declared super types.
public final class TypeRegistry {
    /// For each id: the id of its super type, or `noSuperType`.
    private var superTypes: [UInt32] = []
    /// For each id: where its description starts in `words`.
    private var descriptions: [Int] = []
    private var words: [UInt32] = []

    /// A registry without types.
    public init() {}

    /// How many ids there are.
    public var count: Int { superTypes.count }
}
