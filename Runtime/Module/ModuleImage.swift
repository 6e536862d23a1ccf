// A decoded module: everything but the function bodies, as plain values and ranges of the input. Specification 2.5, 5.5.
// Owns its tables; keeps the input by reference and copies none of it.

import Containers

/// A range of the module's bytes.
@frozen public struct ByteRange: Hashable, Sendable, BitwiseCopyable {
    /// Bytes from the module's start.
    public var offset: UInt32
    /// How many bytes.
    public var count: UInt32

    /// A range.
    @inlinable public init(offset: UInt32, count: UInt32) {
        self.offset = offset
        self.count = count
    }

    /// The first byte after it.
    @inlinable public var end: Int { Int(offset) &+ Int(count) }
}

/// An import: two names and a type.
public struct Import: Sendable {
    public var module: ByteRange
    public var name: ByteRange
    public var type: ExternalType
    /// Where its entry starts in the module.
    public var offset: UInt32
}

/// An export: a name and what it names.
public struct Export: Sendable {
    public var name: ByteRange
    public var kind: ExternalKind
    /// Its index among the items of its kind, imports first.
    public var index: UInt32
}

/// A table and, when it has one, the constant expression of its elements. Imported tables come first and have none.
public struct TableDefinition: Sendable {
    public var type: TableType
    public var initializer: ByteRange?
}

/// A global and the constant expression of its value. Imported globals come first and have none.
public struct GlobalDefinition: Sendable {
    public var type: GlobalType
    public var initializer: ByteRange?
}

/// What becomes of a segment at instantiation.
public enum SegmentMode: Sendable {
    /// It waits for `memory.init`, `table.init`.
    case passive
    /// Elements only: it exists to declare functions for `ref.func`.
    case declarative
    /// It is copied to the memory or table `index` at the constant expression `offset`.
    case active(index: UInt32, offset: ByteRange)
}

/// An element segment. Its items are read with `ModuleImage.elements(of:)`.
public struct ElementSegment: Sendable {
    public var mode: SegmentMode
    public var type: ValueType
    /// How many items.
    public var count: UInt32
    /// Whether the items are constant expressions; else they are function indices.
    public var isExpressions: Bool
    /// The items' bytes.
    public var items: ByteRange
}

/// A data segment.
public struct DataSegment: Sendable {
    public var mode: SegmentMode
    /// The bytes it holds.
    public var bytes: ByteRange
}

/// A custom section.
public struct CustomSection: Sendable {
    public var name: ByteRange
    /// What follows the name.
    public var contents: ByteRange
    /// The id of the last other section before it; 0 at the start.
    public var afterSection: UInt8
}

/// A decoded module. Immutable once `decode` has returned it; may be shared between threads.
public final class ModuleImage {
    /// The input.
    public let bytes: UnsafeRawBufferPointer
    /// What keeps the input alive, when somebody must.
    public let owner: AnyObject?
    /// The features it was decoded with.
    public let features: Features
    /// The limits it was decoded with.
    public let limits: DecodeLimits

    /// Every type of the type section, by type index.
    public internal(set) var types: [SubType] = []
    /// The recursion groups, in order; single types are groups of one.
    public internal(set) var recursionGroups: [RecursionGroup] = []
    public internal(set) var imports: [Import] = []
    /// The type index of every function, imported ones first.
    public internal(set) var functions: [UInt32] = []
    /// Every table, imported ones first.
    public internal(set) var tables: [TableDefinition] = []
    /// Every memory, imported ones first.
    public internal(set) var memories: [MemoryType] = []
    /// Every global, imported ones first.
    public internal(set) var globals: [GlobalDefinition] = []
    /// Every tag, imported ones first.
    public internal(set) var tags: [TagType] = []
    public internal(set) var exports: [Export] = []
    /// The start function's index.
    public internal(set) var start: UInt32?
    public internal(set) var elementSegments: [ElementSegment] = []
    public internal(set) var dataSegments: [DataSegment] = []
    /// What the data count section says, when there is one.
    public internal(set) var dataCount: UInt32?
    /// The bodies (locals and code) of the functions that are not imported, in order.
    public internal(set) var bodies: [ByteRange] = []
    /// The code section's contents; empty when there is none.
    public internal(set) var codeSection = ByteRange(offset: 0, count: 0)
    public internal(set) var customSections: [CustomSection] = []
    public internal(set) var importedFunctionCount = 0
    public internal(set) var importedTableCount = 0
    public internal(set) var importedMemoryCount = 0
    public internal(set) var importedGlobalCount = 0
    public internal(set) var importedTagCount = 0

    // What the validator reads for every instruction, and the decoder while it builds.

    /// By type index; a parameter count of -1 marks what is no function type. Owned, as are the types it points to, by `storage`.
    var signatures: UnsafeMutablePointer<Signature>
    private var storage = Arena()
    /// Canonical ids by type index, within `registry`.
    var canonicalIDs: [UInt32] = []
    /// How many super types each type has.
    var subtypeDepths: [UInt8] = []
    /// The module's own registry: which of its types are equivalent.
    let registry = TypeRegistry()
    /// Functions that occur outside of bodies, and that `ref.func` may therefore name.
    var declaredFunctions: [Bool] = []
    /// Exports by name.
    var exportOrder: [UInt32] = []

    init(bytes: UnsafeRawBufferPointer, owner: AnyObject?, features: Features, limits: DecodeLimits) {
        self.bytes = bytes
        self.owner = owner
        self.features = features
        self.limits = limits
        // SAFETY: never read before `buildSignatures`, since `types` is empty till then.
        signatures = UnsafeMutablePointer(bitPattern: MemoryLayout<Signature>.alignment)!
    }

    /// Decodes a module and validates everything but its function bodies, which `FunctionValidator` does. `bytes` must stay as they are
    /// as long as the image lives; `owner` is retained for that. Never recursive; memory is bounded by a small multiple of the input.
    @export(interface) @inline(never)
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, owner: AnyObject? = nil, features: Features = .all, limits: DecodeLimits = .standard
    ) throws(WasmError) -> ModuleImage {
        let image = ModuleImage(bytes: bytes, owner: owner, features: features, limits: limits)
        var decoder = ModuleDecoder(image)
        do throws(WasmError) {
            try decoder.decode()
        } catch {
            if error.phase == .malformed, let earlier = decoder.errorInBodies() { throw earlier }
            throw error
        }
        return image
    }

    /// A name or other stretch of the input.
    public subscript(range: ByteRange) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(range.offset)..<range.end])
    }

    /// A stretch of the input as text.
    public func text(_ range: ByteRange) -> String { String(decoding: self[range], as: UTF8.self) }

    /// The signature of a type; nil when it is no function type. The view is valid as long as the image.
    public func signature(ofType typeIndex: UInt32) -> Signature? {
        guard Int(typeIndex) < types.count else { return nil }
        let signature = signatures[Int(typeIndex)]
        return signature.parameterCount >= 0 ? signature : nil
    }

    /// The signature of a function. `function` must be below `functions.count`.
    public func signature(ofFunction function: UInt32) -> Signature {
        signature(ofType: functions[Int(function)])!
    }

    /// The type of an import as its module's other parts see it: what export `index` of `kind` is.
    public func externalType(_ kind: ExternalKind, _ index: UInt32) -> ExternalType {
        switch kind {
        case .function: return .function(typeIndex: functions[Int(index)])
        case .table: return .table(tables[Int(index)].type)
        case .memory: return .memory(memories[Int(index)])
        case .global: return .global(globals[Int(index)].type)
        case .tag: return .tag(tags[Int(index)])
        }
    }

    /// Lays out the signatures of all types.
    func buildSignatures() throws(WasmError) {
        var valueCount = 0
        for type in types {
            if case .function(let function) = type.composite { valueCount += function.parameters.count + function.results.count }
        }
        guard let table = storage.tryAllocate(Signature.self, count: types.count),
            var next = storage.tryAllocate(ValueType.self, count: valueCount)
        else { throw WasmError(.outOfMemory, at: 0, "out of memory") }
        for (index, type) in types.enumerated() {
            guard case .function(let function) = type.composite else {
                (table + index).initialize(to: Signature(base: UnsafePointer(next), parameterCount: -1, resultCount: 0))
                continue
            }
            let base = UnsafePointer(next)
            for value in function.parameters {
                next.initialize(to: value)
                next += 1
            }
            for value in function.results {
                next.initialize(to: value)
                next += 1
            }
            (table + index).initialize(
                to: Signature(base: base, parameterCount: function.parameters.count, resultCount: function.results.count))
        }
        signatures = table
    }

    /// Whether a value type of this module is a sub type of another.
    public func isSubtype(_ type: ValueType, of other: ValueType) -> Bool {
        if type == other || type == .unknown { return true }
        guard type.isReference, other.isReference else { return false }
        return registry.isSubtype(TypeRegistry.canonical(type, canonicalIDs), of: TypeRegistry.canonical(other, canonicalIDs))
    }

    /// Whether two types of this module, by index, are equivalent.
    public func isEquivalent(_ type: UInt32, _ other: UInt32) -> Bool {
        type == other || canonicalIDs[Int(type)] == canonicalIDs[Int(other)]
    }

    /// Why a value type cannot be used: its proposal is off, or its index is not below `indexBound`.
    func refusal(of type: ValueType, at offset: Int, indexBound: Int) -> WasmError? {
        guard type.isReference else {
            if type == .v128, !features.contains(.simd) { return WasmError(.unsupported, at: offset, "SIMD is not enabled") }
            if type.isFloat, !features.contains(.floatingPoint) {
                return WasmError(.unsupported, at: offset, "floating point is not enabled")
            }
            return nil
        }
        if let index = type.typeIndex, Int(index) >= indexBound {
            return WasmError(.invalid, at: offset, "unknown type", .number, UInt64(index))
        }
        if !features.contains(.referenceTypes), type != .funcref {
            return WasmError(.unsupported, at: offset, "reference types are not enabled")
        }
        return nil
    }

    /// Below, equal or above zero as the first name comes before, at or after the second, byte by byte.
    func compareNames(_ first: ByteRange, _ second: ByteRange) -> Int {
        ModuleImage.compare(self[first], self[second])
    }

    private static func compare(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        for k in 0..<min(first.count, second.count) where first[k] != second[k] { return Int(first[k]) - Int(second[k]) }
        return first.count - second.count
    }

    /// The position in `exports` of the export with this name; by binary search.
    public func exportPosition(named name: UnsafeRawBufferPointer) -> Int? {
        var low = 0
        var high = exportOrder.count
        while low < high {
            let middle = (low + high) / 2
            let order = ModuleImage.compare(self[exports[Int(exportOrder[middle])].name], name)
            if order == 0 { return Int(exportOrder[middle]) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The items of an element segment, in order.
    public func elements(of segment: ElementSegment) -> ElementItems { ElementItems(self, segment) }
}

/// An item of an element segment.
public enum ElementItem: Sendable {
    /// A function's index.
    case function(UInt32)
    /// A constant expression.
    case expression(ByteRange)
}

/// The items of an element segment, read from the module as one goes. `decode` has validated them.
public struct ElementItems: Sequence, IteratorProtocol {
    private let module: ModuleImage
    private var reader: ByteReader
    private var remaining: UInt32
    private let isExpressions: Bool

    init(_ module: ModuleImage, _ segment: ElementSegment) {
        self.module = module
        reader = ByteReader(module.bytes, segment.items)
        remaining = segment.count
        isExpressions = segment.isExpressions
    }

    /// The next item, or nil after the last.
    public mutating func next() -> ElementItem? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let start = reader.offset
        guard isExpressions else { return (try? reader.u32()).map { .function($0) } }
        guard (try? module.skipExpression(&reader)) != nil else { return nil }
        return .expression(ByteRange(offset: UInt32(start), count: UInt32(reader.offset - start)))
    }
}
