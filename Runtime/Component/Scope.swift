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
    private struct Space {
        var base: UnsafeMutablePointer<UInt32>?
        var count = 0
        var capacity = 0
    }

    private var spaces = InlineArray<13, Space>(repeating: Space())

    deinit {
        for sort in 0..<13 { Allocation.free(spaces[sort].base) }
    }

    /// How many items the spaces of a sort have in all.
    func count(_ sort: ComponentSort) -> Int { spaces[Int(sort.rawValue)].count }

    /// Adds an item; false when the heap refuses.
    mutating func append(_ value: UInt32, _ sort: ComponentSort) -> Bool {
        var space = spaces[Int(sort.rawValue)]
        if space.count == space.capacity {
            let capacity = max(16, space.capacity * 2)
            guard let raw = Allocation.tryAllocate(byteCount: capacity * MemoryLayout<UInt32>.stride) else { return false }
            let moved = raw.bindMemory(to: UInt32.self, capacity: capacity)
            if let base = space.base {
                moved.update(from: base, count: space.count)
                Allocation.free(base)
            }
            space.base = moved
            space.capacity = capacity
        }
        // SAFETY: there is room, which the lines above made.
        space.base?[space.count] = value
        space.count += 1
        spaces[Int(sort.rawValue)] = space
        return true
    }

    /// The item at `position` of all scopes' items, which must be below `count`; checked.
    func value(_ sort: ComponentSort, _ position: Int) -> UInt32 {
        let space = spaces[Int(sort.rawValue)]
        guard position >= 0, position < space.count, let base = space.base else { preconditionFailure("index space position") }
        return base[position]
    }

    /// The items of a sort from a position on; valid until the next append.
    func items(_ sort: ComponentSort, from start: Int) -> UnsafeBufferPointer<UInt32> {
        let space = spaces[Int(sort.rawValue)]
        guard let base = space.base else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: base + start, count: space.count - start)
    }

    var counts: InlineArray<13, Int> {
        var counts = InlineArray<13, Int>(repeating: 0)
        for sort in 0..<13 { counts[sort] = spaces[sort].count }
        return counts
    }

    mutating func truncate(to counts: InlineArray<13, Int>) {
        for sort in 0..<13 { spaces[sort].count = counts[sort] }
    }
}
