// Scopes: components and types of components and instances being read, innermost last, and their index spaces.
// Spec: Explainer.md, "Index Spaces". The spaces of all open scopes are stacks on one array a sort: an outer scope waits while an inner one
// is read.
import Containers
import WasmModule

/// A component or type that is being read.
struct Scope {
    enum Kind {
        case component, componentType, instanceType
    }

    var kind: Kind
    /// Unlike that of every other scope of the component.
    var number: UInt32
    /// Where each index space begins.
    var bases: InlineArray<13, Int>
    /// A component's place in the input; its end is where reading goes on.
    var start: Int
    var end: Int
    /// Where reading of the outer component was to end.
    var outerEnd: Int
    /// Where its imports, exports, definitions and naming records begin on their stacks.
    var importStart: Int
    var exportStart: Int
    var definitionStart: Int
    var namingStart: Int
    var names: ScopeNames
    /// The type of all `context.get` and `context.set`.
    var contextType: ValueType?
}

/// The owners of a scope's names.
struct ScopeNames {
    var imports: UInt32
    var importsFolded: UInt32
    var exports: UInt32
    var exportsFolded: UInt32
    var importedResources: UInt32
    var exportedResources: UInt32

    init(_ tree: inout NameTree) {
        imports = tree.newOwner()
        importsFolded = tree.newOwner()
        exports = tree.newOwner()
        exportsFolded = tree.newOwner()
        importedResources = tree.newOwner()
        exportedResources = tree.newOwner()
    }
}

/// The index spaces of all open scopes.
struct IndexSpaces: ~Copyable {
    private var spaces: InlineArray<13, GrowableArray<UInt32>>

    init() { spaces = InlineArray<13, GrowableArray<UInt32>> { _ in GrowableArray() } }

    /// How many items the spaces of a sort have in all.
    func count(_ sort: ComponentSort) -> Int { spaces[Int(sort.rawValue)].count }

    mutating func append(_ value: UInt32, _ sort: ComponentSort) -> Bool { spaces[Int(sort.rawValue)].append(value) }

    func value(_ sort: ComponentSort, _ position: Int) -> UInt32 { spaces[Int(sort.rawValue)][position] }

    /// The items of a sort from a position on; valid until the next append.
    func items(_ sort: ComponentSort, from start: Int) -> UnsafeBufferPointer<UInt32> {
        // SAFETY: the space has at least `start` items, and nothing is read of an empty one.
        UnsafeBufferPointer(start: spaces[Int(sort.rawValue)].base + start, count: count(sort) - start)
    }

    var counts: InlineArray<13, Int> {
        var counts = InlineArray<13, Int>(repeating: 0)
        for sort in 0..<13 { counts[sort] = spaces[sort].count }
        return counts
    }

    mutating func truncate(to counts: InlineArray<13, Int>) {
        for sort in 0..<13 { spaces[sort].truncate(to: counts[sort]) }
    }
}
