// Canonical ids of types across modules: types that are equivalent (iso-recursively) have one id. Specification 3.1.5, 3.3.
// Owns the descriptions of all types it has seen; the ids only ever grow, until the registry is frozen.

/// Gives each recursion group an identity: equal groups of any number of modules get the same consecutive ids. An engine owns one, and
/// each `ModuleImage` one of its own for validation. Call signatures and imports are compared by id; sub types follow declared super
/// types. A value type "by id" is one whose type indices have been replaced by ids (`canonical`). Not synchronised: threads share a
/// registry once it is frozen, when nothing changes it any more.
public final class TypeRegistry {
    /// What the words of one type's description start with.
    private enum Kind: UInt32 { case function, structure, array }
    private struct Group {
        var hash: UInt32
        /// The words of its types, one after the other.
        var words: Range<Int>
        var firstID: UInt32
        var count: UInt32
    }

    /// Most types of any registry: a value type has 24 bits for an id (`HeapType.index`).
    public static let largestCapacity = 1 << 24
    /// What stands for a type that a frozen or full registry does not know. No registered type has this id, since ids are below
    /// `largestCapacity`; it is no sub type of any, nor of itself.
    public static let unregistered = UInt32(largestCapacity)
    /// In a description: no super type. Ids, with or without `relativeBit`, are smaller.
    private static let noSuperType = UInt32.max
    /// Marks, inside a description, an index that counts from the group's first type.
    private static let relativeBit: UInt32 = 1 << 27

    /// Whether it takes no further types.
    public private(set) var isFrozen = false
    /// For each id: the id of its super type.
    private var superTypes: [UInt32] = []
    /// For each id: its kind.
    private var kinds: [UInt8] = []
    /// For each id: where its description starts in `words`, and its group's first id.
    private var descriptions: [(start: Int, groupFirst: UInt32)] = []
    private var words: [UInt32] = []
    private var groups: [Group] = []
    /// Open addressing: index into `groups` + 1, or 0. A power of two entries, at most half full.
    private var table: [UInt32] = Array(repeating: 0, count: 16)

    /// Most types it takes.
    private let capacity: Int

    /// A registry without types, which takes `capacity` of them, at most `largestCapacity`.
    public init(capacity: Int = TypeRegistry.largestCapacity) { self.capacity = min(capacity, TypeRegistry.largestCapacity) }

    /// How many ids there are.
    public var count: Int { superTypes.count }

    /// No further types: from here on it is only read.
    public func freeze() { isFrozen = true }

    /// The ids of a module's types, by type index; nil when there are too many types, or the registry is frozen and does not know one.
    public func register(_ image: ModuleImage) -> [UInt32]? {
        var ids: [UInt32] = []
        ids.reserveCapacity(image.types.count)
        for group in image.recursionGroups {
            guard register(image.types[Int(group.first)..<Int(group.first + group.count)], into: &ids) else { return nil }
        }
        return ids
    }

    /// The id of a host function's type, whose type indices are ids already; `unregistered` when the registry takes no further types and
    /// does not know it.
    public func register(_ type: FunctionType) -> UInt32 {
        var encoder = DescriptionEncoder(ids: nil)
        encoder.encode(SubType(composite: .function(type)))
        return intern(encoder.words, count: 1, superTypes: [TypeRegistry.noSuperType], kinds: [0], starts: [0]) ?? TypeRegistry.unregistered
    }

    /// Registers the group `types`, whose first has the index `ids.count`, and appends its ids; false when they cannot be registered.
    func register(_ types: ArraySlice<SubType>, into ids: inout [UInt32]) -> Bool {
        // The buffer view, unlike a copy of the array, leaves `ids` uniquely referenced for the appends below.
        guard let firstID = ids.withUnsafeBufferPointer({ earlier in register(types, after: earlier) }) else { return false }
        for k in 0..<UInt32(types.count) { ids.append(firstID + k) }
        return true
    }

    /// The id of the group's first type, whose index is `earlier.count`; nil when it cannot be registered. `earlier` are the ids before.
    package func register(_ types: ArraySlice<SubType>, after earlier: UnsafeBufferPointer<UInt32>) -> UInt32? {
        var encoder = DescriptionEncoder(ids: earlier)
        var starts: [Int] = []
        var kinds: [UInt8] = []
        var supers: [UInt32] = []
        for type in types {
            starts.append(encoder.words.count)
            switch type.composite {
            case .function: kinds.append(UInt8(Kind.function.rawValue))
            case .structure: kinds.append(UInt8(Kind.structure.rawValue))
            case .array: kinds.append(UInt8(Kind.array.rawValue))
            }
            // A super type inside the group keeps its relative mark; `intern` adds the first id.
            if let superType = type.superType { supers.append(encoder.index(superType)) } else { supers.append(TypeRegistry.noSuperType) }
            encoder.encode(type)
        }
        return intern(encoder.words, count: UInt32(types.count), superTypes: supers, kinds: kinds, starts: starts)
    }

    private struct DescriptionEncoder {
        /// The ids of the module's types before the group; nil for a host's type, whose indices are ids already.
        let ids: UnsafeBufferPointer<UInt32>?
        var words: [UInt32] = []

        init(ids: UnsafeBufferPointer<UInt32>?) { self.ids = ids }

        func index(_ index: UInt32) -> UInt32 {
            guard let ids else { return index }
            return Int(index) >= ids.count ? TypeRegistry.relativeBit | (index - UInt32(ids.count)) : ids[Int(index)]
        }

        func word(_ type: ValueType) -> UInt32 {
            guard let index = type.typeIndex else { return type.rawValue }
            return type.rawValue & ~HeapType.indexMask | self.index(index)
        }

        mutating func encode(_ field: FieldType) {
            words.append(word(field.storage))
            words.append(field.isMutable ? 1 : 0)
        }

        mutating func encode(_ type: SubType) {
            let final: UInt32 = type.isFinal ? 4 : 0
            var superWord = TypeRegistry.noSuperType
            if let superType = type.superType { superWord = index(superType) }
            switch type.composite {
            case .function(let function):
                words.append(Kind.function.rawValue | final)
                words.append(superWord)
                words.append(UInt32(function.parameters.count))
                words.append(UInt32(function.results.count))
                for parameter in function.parameters { words.append(word(parameter)) }
                for result in function.results { words.append(word(result)) }
            case .structure(let fields):
                words.append(Kind.structure.rawValue | final)
                words.append(superWord)
                words.append(UInt32(fields.count))
                for field in fields { encode(field) }
            case .array(let field):
                words.append(Kind.array.rawValue | final)
                words.append(superWord)
                encode(field)
            }
        }
    }

    /// The first id of the group with this description; a new one when there is none yet, nil when it cannot have one.
    private func intern(_ description: [UInt32], count: UInt32, superTypes: [UInt32], kinds: [UInt8], starts: [Int]) -> UInt32? {
        var hash: UInt32 = 2_166_136_261
        for word in description {
            hash = (hash ^ word) &* 16_777_619
            hash ^= hash >> 15
        }
        var slot = Int(hash) & (table.count - 1)
        while table[slot] != 0 {
            let group = groups[Int(table[slot]) - 1]
            if group.hash == hash, group.count == count, group.words.count == description.count,
                words[group.words].elementsEqual(description)
            {
                return group.firstID
            }
            slot = (slot + 1) & (table.count - 1)
        }
        guard !isFrozen, self.superTypes.count + Int(count) <= capacity else { return nil }
        let firstID = UInt32(self.superTypes.count)
        let start = words.count
        words.append(contentsOf: description)
        groups.append(Group(hash: hash, words: start..<words.count, firstID: firstID, count: count))
        table[slot] = UInt32(groups.count)
        for k in 0..<Int(count) {
            let superType = superTypes[k]
            let isRelative = superType != TypeRegistry.noSuperType && superType & TypeRegistry.relativeBit != 0
            self.superTypes.append(isRelative ? firstID + (superType & ~TypeRegistry.relativeBit) : superType)
            self.kinds.append(kinds[k])
            descriptions.append((start + starts[k], firstID))
        }
        if groups.count * 2 > table.count { rehash() }
        return firstID
    }

    private func rehash() {
        table = Array(repeating: 0, count: table.count * 2)
        for (index, group) in groups.enumerated() {
            var slot = Int(group.hash) & (table.count - 1)
            while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
            table[slot] = UInt32(index + 1)
        }
    }

    /// The function type of an id, its indices being ids; nil when it is none.
    public func functionType(_ id: UInt32) -> FunctionType? {
        guard Int(id) < count, kinds[Int(id)] == 0 else { return nil }
        let (start, groupFirst) = descriptions[Int(id)]
        let parameterCount = Int(words[start + 2])
        let resultCount = Int(words[start + 3])
        var type = FunctionType()
        for k in 0..<parameterCount + resultCount {
            var word = words[start + 4 + k]
            if ValueType(rawValue: word).typeIndex != nil {
                // The mark of a group-relative index is above the index bits.
                if word & TypeRegistry.relativeBit != 0 { word = (word & ~TypeRegistry.relativeBit) + groupFirst }
            }
            if k < parameterCount {
                type.parameters.append(ValueType(rawValue: word))
            } else {
                type.results.append(ValueType(rawValue: word))
            }
        }
        return type
    }

    // MARK: Sub types

    /// Whether the type `id` is `other`, or has it among its super types. What is not registered is below nothing.
    public func isSubtype(_ id: UInt32, of other: UInt32) -> Bool {
        guard Int(id) < count else { return false }
        var current = id
        while current != other {
            current = superTypes[Int(current)]
            if current == TypeRegistry.noSuperType { return false }
        }
        return true
    }

    /// Whether a heap type, by id, is a sub type of another.
    public func isSubtype(_ type: HeapType, of other: HeapType) -> Bool {
        if type == other || type == .bottom { return true }
        switch (type.typeIndex, other.typeIndex) {
        case (let id?, let otherID?): return isSubtype(id, of: otherID)
        case (let id?, nil):
            switch Kind(rawValue: UInt32(kinds[Int(id)]))! {
            case .function: return other == .func
            case .structure: return other == .struct || other == .eq || other == .any
            case .array: return other == .array || other == .eq || other == .any
            }
        case (nil, let otherID?): return type == (kinds[Int(otherID)] == 0 ? HeapType.nofunc : HeapType.none)
        case (nil, nil):
            switch type {
            case .none: return other == .i31 || other == .struct || other == .array || other == .eq || other == .any
            case .i31, .struct, .array: return other == .eq || other == .any
            case .eq: return other == .any
            case .nofunc: return other == .func
            case .noextern: return other == .extern
            case .noexn: return other == .exn
            default: return false
            }
        }
    }

    /// Whether a value type, by id, is a sub type of another. `.unknown` is one of all.
    public func isSubtype(_ type: ValueType, of other: ValueType) -> Bool {
        if type == other || type == .unknown { return true }
        guard type.isReference, other.isReference, other.isNullable || !type.isNullable else { return false }
        return isSubtype(type.heapType, of: other.heapType)
    }

    // MARK: Imports

    /// A value type by id, from one by type index.
    @inline(__always) public static func canonical(_ type: ValueType, _ ids: [UInt32]) -> ValueType {
        guard let index = type.typeIndex else { return type }
        return ValueType(nullable: type.isNullable, .index(ids[Int(index)]))
    }

    /// An external type by id, from one by type index.
    public static func canonical(_ type: ExternalType, _ ids: [UInt32]) -> ExternalType {
        switch type {
        case .function(let typeIndex): return .function(typeIndex: ids[Int(typeIndex)])
        case .table(var table):
            table.element = canonical(table.element, ids)
            return .table(table)
        case .memory: return type
        case .global(var global):
            global.value = canonical(global.value, ids)
            return .global(global)
        case .tag(let tag): return .tag(TagType(typeIndex: ids[Int(tag.typeIndex)]))
        }
    }

    /// Whether an import of type `expected` accepts a thing of type `actual`, both by id. A table's or memory's actual minimum is its
    /// present size. Specification 3.3.9 (external subtyping).
    public func accepts(_ expected: ExternalType, _ actual: ExternalType) -> Bool {
        switch (expected, actual) {
        case (.function(let wanted), .function(let given)): return isSubtype(given, of: wanted)
        case (.table(let wanted), .table(let given)):
            return wanted.element == given.element && wanted.is64 == given.is64 && accepts(wanted.limits, given.limits)
        case (.memory(let wanted), .memory(let given)): return wanted.is64 == given.is64 && accepts(wanted.limits, given.limits)
        case (.global(let wanted), .global(let given)):
            guard wanted.isMutable == given.isMutable else { return false }
            return wanted.isMutable ? wanted.value == given.value : isSubtype(given.value, of: wanted.value)
        case (.tag(let wanted), .tag(let given)): return wanted.typeIndex == given.typeIndex
        default: return false
        }
    }

    private func accepts(_ expected: Limits, _ actual: Limits) -> Bool {
        guard actual.minimum >= expected.minimum else { return false }
        guard let wanted = expected.maximum else { return true }
        guard let given = actual.maximum else { return false }
        return given <= wanted
    }
}
