// One decoded instruction as plain integers. Specification 5.4.

/// The type of a block: nothing, one result, or a function type by index.
@frozen public struct BlockType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// Bits 32-33 say which (0 empty, 1 a value type, 2 an index); the low 32 bits are it.
    public let rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// No parameters, no results.
    public static let empty = BlockType(rawValue: 0)
    /// No parameters, one result.
    @inlinable public static func value(_ type: ValueType) -> BlockType { BlockType(rawValue: 1 << 32 | UInt64(type.rawValue)) }
    /// The parameters and results of a function type.
    @inlinable public static func index(_ index: UInt32) -> BlockType { BlockType(rawValue: 2 << 32 | UInt64(index)) }

    /// Whether there are no parameters and no results.
    @inlinable public var isEmpty: Bool { rawValue == 0 }
    /// The one result, when it is that form.
    @inlinable public var valueType: ValueType? {
        rawValue >> 32 == 1 ? ValueType(rawValue: UInt32(truncatingIfNeeded: rawValue)) : nil
    }
    /// The function type's index, when it is that form.
    @inlinable public var typeIndex: UInt32? { rawValue >> 32 == 2 ? UInt32(truncatingIfNeeded: rawValue) : nil }
}

/// An instruction: which, where, and its immediates. `ImmediateKind` says which fields an instruction fills; others hold anything.
@frozen public struct Instruction: Sendable, BitwiseCopyable {
    /// Which instruction.
    public var opcode: Opcode
    /// Exponent of a memory access's alignment.
    public var alignment: UInt8
    /// A lane.
    public var lane: UInt8
    /// The first index, or the count of a vector.
    public var index: UInt32
    /// The second index.
    public var secondIndex: UInt32
    /// Where its first byte is, from the module's start.
    public var offset: UInt32
    /// A constant's bits (`i32` zero-extended), a memory offset, a block type, a reference type.
    public var bits: UInt64
    /// The upper half of a `v128`; the address of a vector's first byte.
    public var highBits: UInt64

    /// An instruction for a reader to fill.
    @inlinable public init() {
        opcode = .nop
        alignment = 0
        lane = 0
        index = 0
        secondIndex = 0
        offset = 0
        bits = 0
        highBits = 0
    }

    /// The block type of `block`, `loop`, `if`, `try` and `try_table`.
    @inlinable public var blockType: BlockType { BlockType(rawValue: bits) }
    /// The heap type of `ref.null`, `ref.test` and `ref.cast`.
    @inlinable public var heapType: HeapType { HeapType(rawValue: UInt32(truncatingIfNeeded: bits)) }
    /// The one type of a typed `select`.
    @inlinable public var selectType: ValueType { ValueType(rawValue: UInt32(truncatingIfNeeded: bits)) }
    /// The `index + 1` targets of `br_table`; the last is the default.
    @inlinable public var branchTargets: BranchTargets {
        BranchTargets(next: UnsafePointer(bitPattern: UInt(highBits))!, remaining: Int(index) &+ 1)
    }
    /// The `secondIndex` clauses of `try_table`, in order.
    @inlinable public var catchClauses: CatchClauses {
        CatchClauses(next: UnsafePointer(bitPattern: UInt(highBits))!, remaining: Int(secondIndex))
    }
}

/// The labels of a `br_table`, read from the module as one goes. The reader has checked the bytes.
@frozen public struct BranchTargets: Sequence, IteratorProtocol {
    @usableFromInline var cursor: UnsafePointer<UInt8>
    @usableFromInline var remaining: Int

    @inlinable init(next: UnsafePointer<UInt8>, remaining: Int) {
        cursor = next
        self.remaining = remaining
    }

    /// The next label, or nil after the default.
    @inlinable public mutating func next() -> UInt32? {
        guard remaining > 0 else { return nil }
        remaining &-= 1
        return readCheckedIndex(&cursor)
    }
}

/// A clause of `try_table`: where an exception goes.
@frozen public struct CatchClause: Sendable, BitwiseCopyable {
    /// The four forms, in the order of the binary format.
    @frozen public enum Kind: UInt8, Sendable { case `catch`, catchRef, catchAll, catchAllRef }
    public let kind: Kind
    /// The tag; 0 for the two forms that catch all.
    public let tag: UInt32
    /// The label, counted from outside the `try_table`.
    public let label: UInt32

    @inlinable init(kind: Kind, tag: UInt32, label: UInt32) {
        self.kind = kind
        self.tag = tag
        self.label = label
    }

    /// Whether the exception is pushed as a reference too.
    @inlinable public var pushesReference: Bool { kind == .catchRef || kind == .catchAllRef }
    /// Whether only exceptions of `tag` are caught.
    @inlinable public var hasTag: Bool { kind == .catch || kind == .catchRef }
}

/// The clauses of a `try_table`, read from the module as one goes. The reader has checked the bytes.
@frozen public struct CatchClauses: Sequence, IteratorProtocol {
    @usableFromInline var cursor: UnsafePointer<UInt8>
    @usableFromInline var remaining: Int

    @inlinable init(next: UnsafePointer<UInt8>, remaining: Int) {
        cursor = next
        self.remaining = remaining
    }

    /// The next clause, or nil after the last.
    @inlinable public mutating func next() -> CatchClause? {
        guard remaining > 0 else { return nil }
        remaining &-= 1
        let kind = CatchClause.Kind(rawValue: cursor.pointee) ?? .catchAll
        cursor += 1
        let tag = kind == .catch || kind == .catchRef ? readCheckedIndex(&cursor) : 0
        return CatchClause(kind: kind, tag: tag, label: readCheckedIndex(&cursor))
    }
}

/// An unsigned 32-bit LEB128 that has been checked before.
@inlinable @inline(__always) func readCheckedIndex(_ cursor: inout UnsafePointer<UInt8>) -> UInt32 {
    var byte = cursor.pointee
    cursor += 1
    var value = UInt32(byte & 0x7F)
    var shift: UInt32 = 7
    while byte & 0x80 != 0, shift < 35 {
        byte = cursor.pointee
        cursor += 1
        value |= UInt32(byte & 0x7F) &<< shift
        shift &+= 7
    }
    return value
}
