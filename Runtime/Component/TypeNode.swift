// The types of components as rows of one table: kind, parts, and what is worked out once when a row is added (flags, layout, flattening).
// Spec: Explainer.md, "Type Definitions"; CanonicalABI.md, "Element Size", "Flattening".
import WasmModule

/// The primitive value types, by their byte in the binary format.
public enum PrimitiveType: UInt8, Sendable {
    case bool = 0x7f
    case s8 = 0x7e
    case u8 = 0x7d
    case s16 = 0x7c
    case u16 = 0x7b
    case s32 = 0x7a
    case u32 = 0x79
    case s64 = 0x78
    case u64 = 0x77
    case f32 = 0x76
    case f64 = 0x75
    case char = 0x74
    case string = 0x73
    case errorContext = 0x64

    /// The text format's name.
    public var name: StaticString {
        switch self {
        case .bool: return "bool"
        case .s8: return "s8"
        case .u8: return "u8"
        case .s16: return "s16"
        case .u16: return "u16"
        case .s32: return "s32"
        case .u32: return "u32"
        case .s64: return "s64"
        case .u64: return "u64"
        case .f32: return "f32"
        case .f64: return "f64"
        case .char: return "char"
        case .string: return "string"
        case .errorContext: return "error-context"
        }
    }
}

/// A value type: a primitive one, or a row of the table.
public struct ComponentValueType: Hashable, Sendable, BitwiseCopyable {
    /// A row's number, or bit 31 and a primitive's byte.
    public let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package init(_ primitive: PrimitiveType) { rawValue = 1 << 31 | UInt32(primitive.rawValue) }
    package init(node: UInt32) { rawValue = node }

    /// The primitive type, if it is one.
    public var primitive: PrimitiveType? {
        rawValue & 1 << 31 != 0 ? PrimitiveType(rawValue: UInt8(truncatingIfNeeded: rawValue)) : nil
    }
    /// The row, if it is none.
    public var node: UInt32? { rawValue & 1 << 31 == 0 ? rawValue : nil }
}

/// What a type is.
public enum TypeKind: UInt8, Sendable, BitwiseCopyable {
    case primitive, record, variant, list, fixedList, tuple, flags, enumeration, option, result, own, borrow, stream, future, map
    case function, resource, component, instance

    /// Whether it is a type of values.
    public var isDefined: Bool { rawValue < TypeKind.function.rawValue }

    /// The text format's name.
    public var name: StaticString {
        switch self {
        case .primitive: return "primitive"
        case .record: return "record"
        case .variant: return "variant"
        case .list: return "list"
        case .fixedList: return "fixed-length list"
        case .tuple: return "tuple"
        case .flags: return "flags"
        case .enumeration: return "enum"
        case .option: return "option"
        case .result: return "result"
        case .own: return "own"
        case .borrow: return "borrow"
        case .stream: return "stream"
        case .future: return "future"
        case .map: return "map"
        case .function: return "func"
        case .resource: return "resource"
        case .component: return "component"
        case .instance: return "instance"
        }
    }
}

/// What holds of a type and everything it refers to.
package struct TypeFlags: OptionSet, BitwiseCopyable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let hasBorrow = TypeFlags(rawValue: 1)
    /// A list, a string or a map: values of it live in memory.
    package static let hasPointer = TypeFlags(rawValue: 2)
    /// A resource that is bound outside of the type.
    package static let hasResource = TypeFlags(rawValue: 4)
    /// A type that an import may have introduced, which instantiating replaces.
    package static let hasImport = TypeFlags(rawValue: 8)
    /// A function type with the effect `async`.
    package static let isAsync = TypeFlags(rawValue: 16)
}

/// Size and alignment in memory, and the core types a value becomes, for one width of addresses.
package struct ValueLayout: BitwiseCopyable {
    package var byteCount: UInt64
    package var alignment: UInt64
    package var flat: FlatTypes
}

/// At most 16 core value types, two bits each: `i32`, `i64`, `f32`, `f64`. More than 16 are a count of 17.
package struct FlatTypes: BitwiseCopyable {
    package static let most = 16
    package private(set) var count: UInt8 = 0
    private var bits: UInt32 = 0

    package init() {}
    package init(_ type: ValueType) { append(type) }

    /// Whether there are more than can be passed one by one.
    package var isOverflowing: Bool { count > UInt8(FlatTypes.most) }

    package subscript(index: Int) -> ValueType { ValueType(rawValue: (bits >> UInt32(index * 2) & 3) + 1) }

    package mutating func append(_ type: ValueType) {
        guard Int(count) < FlatTypes.most else {
            count = UInt8(FlatTypes.most) + 1
            return
        }
        bits |= (type.rawValue - 1) << UInt32(count * 2)
        count += 1
    }

    package mutating func append(_ other: FlatTypes) {
        for index in 0..<min(Int(other.count), FlatTypes.most) { append(other[index]) }
        if other.isOverflowing { count = UInt8(FlatTypes.most) + 1 }
    }

    /// What holds either: the variants' rule.
    package mutating func join(_ other: FlatTypes) {
        var joined = FlatTypes()
        for index in 0..<min(max(Int(count), Int(other.count)), FlatTypes.most) {
            if index >= Int(count) {
                joined.append(other[index])
            } else if index >= Int(other.count) || self[index] == other[index] {
                joined.append(self[index])
            } else {
                let is32 = (self[index] == .i32 || self[index] == .f32) && (other[index] == .i32 || other[index] == .f32)
                joined.append(is32 ? .i32 : .i64)
            }
        }
        if isOverflowing || other.isOverflowing { joined.count = UInt8(FlatTypes.most) + 1 }
        self = joined
    }

    /// The types in order; not to be asked of more than can be.
    package var types: [ValueType] { (0..<min(Int(count), FlatTypes.most)).map { self[$0] } }
}

/// A row of the type table.
package struct TypeNode: BitwiseCopyable {
    package var kind: TypeKind
    package var flags: TypeFlags = []
    /// The longest way down.
    package var depth: UInt16 = 0
    /// Fields, cases, elements, labels, parameters: rows of `members`. For components and instances `start` is a row of `shapes`, for
    /// resources a row of `resources`.
    package var start: UInt32 = 0
    package var count: UInt32 = 0
    /// The element, result or payload; the resource type of a handle.
    package var element: ComponentValueType?
    /// A result's error; a map's value.
    package var second: ComponentValueType?
    /// A list's fixed length.
    package var length: UInt32 = 0
    /// The layout with addresses of 32 and of 64 bits; of value types only.
    package var layout32 = ValueLayout(byteCount: 0, alignment: 1, flat: FlatTypes())
    package var layout64 = ValueLayout(byteCount: 0, alignment: 1, flat: FlatTypes())
    /// The scope in which an import or export names it, and which of the two.
    package var namedScope: UInt32 = 0
    package var isNamedByImport = false
    /// The name that import or export gives it, when it is a resource of the scope's own imports or exports.
    package var name: ByteRange?
}

/// A field, case, label or parameter.
package struct TypeMember: BitwiseCopyable {
    package var name: ByteRange
    package var type: ComponentValueType?
}

/// The sorts of things that have index spaces.
public enum ComponentSort: UInt8, Sendable, BitwiseCopyable {
    case coreFunction, coreTable, coreMemory, coreGlobal, coreTag, coreType, coreModule, coreInstance
    case function, value, type, component, instance
    static let count = 13

    /// The text format's name.
    public var name: StaticString {
        switch self {
        case .coreFunction: return "core func"
        case .coreTable: return "core table"
        case .coreMemory: return "core memory"
        case .coreGlobal: return "core global"
        case .coreTag: return "core tag"
        case .coreType: return "core type"
        case .coreModule: return "module"
        case .coreInstance: return "core instance"
        case .function: return "func"
        case .value: return "value"
        case .type: return "type"
        case .component: return "component"
        case .instance: return "instance"
        }
    }
}

/// A thing with its type: a row of the type table, for a core module a row of the module types.
package struct Entity: BitwiseCopyable {
    package var sort: ComponentSort
    package var index: UInt32

    package init(sort: ComponentSort, index: UInt32) {
        self.sort = sort
        self.index = index
    }
}

/// An import or export in the type of a component or instance.
package struct ExternItem: BitwiseCopyable {
    package var name: ByteRange
    package var entity: Entity
}

/// A resource type that stands for another in each instance, and where in the imports or exports it is: names to follow.
struct BoundResource: BitwiseCopyable {
    var resource: UInt32
    /// Positions in `words`: the first among the imports or exports, each further among the exports of the instance before.
    var pathStart: UInt32
    var pathCount: UInt32
}

/// Imports and exports of a component's or an instance's type.
package struct TypeShape: BitwiseCopyable {
    package var importStart: UInt32 = 0
    package var importCount: UInt32 = 0
    package var exportStart: UInt32 = 0
    package var exportCount: UInt32 = 0
    /// Under which the names are in the tree, with positions as values.
    package var importNames: UInt32 = 0
    package var exportNames: UInt32 = 0
    /// Rows of `bound`: resources that arguments replace, and those that each instance has of its own.
    package var importedStart: UInt32 = 0
    package var importedCount: UInt32 = 0
    package var definedStart: UInt32 = 0
    package var definedCount: UInt32 = 0
}

/// A resource type's identity.
struct ResourceInfo: BitwiseCopyable {
    /// The scope that it is bound in.
    var scope: UInt32
    var isImported: Bool
    /// Whether it is defined, with a representation, in that scope.
    var isLocal: Bool
    var is64: Bool
}
