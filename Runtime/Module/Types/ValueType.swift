// Value, heap and storage types, each one integer. Specification 2.3.1-2.3.6, 5.3.

/// What a reference points to: an abstract heap type, or a type of the module by its index (or, inside a `TypeRegistry`, by canonical id).
@frozen public struct HeapType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// Bit 28: a type index in the low 24 bits; else an abstract type's number.
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    @usableFromInline static let concreteBit: UInt32 = 1 << 28
    @usableFromInline static let indexMask: UInt32 = (1 << 24) - 1

    public static let `func` = HeapType(rawValue: 0)
    public static let extern = HeapType(rawValue: 1)
    public static let any = HeapType(rawValue: 2)
    public static let eq = HeapType(rawValue: 3)
    public static let i31 = HeapType(rawValue: 4)
    public static let `struct` = HeapType(rawValue: 5)
    public static let array = HeapType(rawValue: 6)
    public static let exn = HeapType(rawValue: 7)
    public static let none = HeapType(rawValue: 8)
    public static let nofunc = HeapType(rawValue: 9)
    public static let noextern = HeapType(rawValue: 10)
    public static let noexn = HeapType(rawValue: 11)
    /// Below every heap type: what `ref.as_non_null` and the like give in unreachable code.
    public static let bottom = HeapType(rawValue: 12)

    /// The type with this index, which must be below 2^24.
    @inlinable public static func index(_ index: UInt32) -> HeapType { HeapType(rawValue: concreteBit | index & indexMask) }

    /// The type index, or nil for an abstract type.
    @inlinable public var typeIndex: UInt32? { rawValue & HeapType.concreteBit != 0 ? rawValue & HeapType.indexMask : nil }
}

/// A value type in one integer: a number type, a vector, or a reference with nullability and heap type.
@frozen public struct ValueType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// 0 unknown, 1-5 numbers and vector, 6-7 packed storage; bit 31: a reference, bit 30: nullable, low 29 bits its heap type.
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The type of an operand in unreachable code: matches every type.
    @inlinable public static var unknown: ValueType { ValueType(rawValue: 0) }
    @inlinable public static var i32: ValueType { ValueType(rawValue: 1) }
    @inlinable public static var i64: ValueType { ValueType(rawValue: 2) }
    @inlinable public static var f32: ValueType { ValueType(rawValue: 3) }
    @inlinable public static var f64: ValueType { ValueType(rawValue: 4) }
    @inlinable public static var v128: ValueType { ValueType(rawValue: 5) }
    /// Packed storage types: fields only.
    @inlinable public static var i8: ValueType { ValueType(rawValue: 6) }
    @inlinable public static var i16: ValueType { ValueType(rawValue: 7) }
    public static let funcref = ValueType(nullable: true, .func)
    public static let externref = ValueType(nullable: true, .extern)
    public static let exnref = ValueType(nullable: true, .exn)
    public static let anyref = ValueType(nullable: true, .any)
    public static let eqref = ValueType(nullable: true, .eq)
    public static let i31ref = ValueType(nullable: true, .i31)
    public static let structref = ValueType(nullable: true, .struct)
    public static let arrayref = ValueType(nullable: true, .array)
    public static let nullref = ValueType(nullable: true, .none)
    public static let nullfuncref = ValueType(nullable: true, .nofunc)
    public static let nullexternref = ValueType(nullable: true, .noextern)
    public static let nullexnref = ValueType(nullable: true, .noexn)

    @usableFromInline static let referenceBit: UInt32 = 1 << 31
    @usableFromInline static let nullableBit: UInt32 = 1 << 30
    @usableFromInline static let heapMask: UInt32 = (1 << 29) - 1

    /// A reference type.
    @inlinable public init(nullable: Bool, _ heapType: HeapType) {
        rawValue = ValueType.referenceBit | (nullable ? ValueType.nullableBit : 0) | heapType.rawValue
    }

    /// Whether it is a reference type.
    @inlinable public var isReference: Bool { rawValue & ValueType.referenceBit != 0 }
    /// Whether it is `i32`, `i64`, `f32` or `f64`.
    @inlinable public var isNumeric: Bool { rawValue &- 1 < 4 }
    /// Whether it is a reference type that includes null.
    @inlinable public var isNullable: Bool {
        rawValue & (ValueType.referenceBit | ValueType.nullableBit) == ValueType.referenceBit | ValueType.nullableBit
    }
    /// What it refers to; meaningful for references only.
    @inlinable public var heapType: HeapType { HeapType(rawValue: rawValue & ValueType.heapMask) }
    /// The type index it refers to; nil for abstract and non-reference types.
    @inlinable public var typeIndex: UInt32? { isReference ? heapType.typeIndex : nil }
    /// Whether a local of this type starts with a value: all but non-null references.
    @inlinable public var isDefaultable: Bool { !isReference || isNullable }
    /// How many 8-byte slots a value takes: 2 for `v128`, else 1.
    @inlinable public var slotCount: Int { rawValue == 5 ? 2 : 1 }
    /// The reference type without null.
    @inlinable public var nonNull: ValueType { ValueType(rawValue: rawValue & ~ValueType.nullableBit) }
    /// The reference type with null.
    @inlinable public var nullable: ValueType { ValueType(rawValue: rawValue | ValueType.nullableBit) }
    /// Whether it is `f32` or `f64`.
    @inlinable public var isFloat: Bool { rawValue == 3 || rawValue == 4 }
}
