// Limits, and the types of what a module imports and exports. Specification 2.3.13-2.3.18, 5.3.15-5.3.20.

/// A size and the bound it may grow to, in the unit of what it limits.
public struct Limits: Hashable, Sendable, BitwiseCopyable {
    /// The size at the start.
    public var minimum: UInt64
    /// The largest size, when there is one.
    public var maximum: UInt64?

    /// Limits.
    public init(minimum: UInt64, maximum: UInt64? = nil) {
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// A linear memory's type. Limits are in pages of 64 KiB.
public struct MemoryType: Hashable, Sendable, BitwiseCopyable {
    /// A page's size.
    public static let pageByteCount: UInt64 = 65536
    /// Sizes in pages.
    public var limits: Limits
    /// Whether addresses are `i64`.
    public var is64: Bool

    /// A memory type.
    public init(limits: Limits, is64: Bool = false) {
        self.limits = limits
        self.is64 = is64
    }

    /// The type of its addresses.
    public var addressType: ValueType { is64 ? .i64 : .i32 }
}

/// A table's type. Limits are in elements.
public struct TableType: Hashable, Sendable, BitwiseCopyable {
    /// What it holds.
    public var element: ValueType
    /// Sizes in elements.
    public var limits: Limits
    /// Whether indices are `i64`.
    public var is64: Bool

    /// A table type.
    public init(element: ValueType, limits: Limits, is64: Bool = false) {
        self.element = element
        self.limits = limits
        self.is64 = is64
    }

    /// The type of its indices.
    public var addressType: ValueType { is64 ? .i64 : .i32 }
}

/// A global's type.
public struct GlobalType: Hashable, Sendable, BitwiseCopyable {
    /// What it holds.
    public var value: ValueType
    /// Whether it can be written.
    public var isMutable: Bool

    /// A global type.
    public init(value: ValueType, isMutable: Bool) {
        self.value = value
        self.isMutable = isMutable
    }
}

/// A tag's type: the function type, by index, whose parameters an exception carries.
public struct TagType: Hashable, Sendable {
    /// The index of its function type.
    public var typeIndex: UInt32

    /// A tag type.
    public init(typeIndex: UInt32) { self.typeIndex = typeIndex }
}

/// What an import or export is, in the order of the binary format.
@frozen public enum ExternalKind: UInt8, Sendable {
    case function, table, memory, global, tag
}

/// The type of an import or export. Type indices are those of its module.
public enum ExternalType: Hashable, Sendable {
    /// A function, by the index of its type.
    case function(typeIndex: UInt32)
    case table(TableType)
    case memory(MemoryType)
    case global(GlobalType)
    case tag(TagType)

    /// What it is.
    public var kind: ExternalKind {
        switch self {
        case .function: return .function
        case .table: return .table
        case .memory: return .memory
        case .global: return .global
        case .tag: return .tag
        }
    }
}
