// Operation: the number of an intermediate operation, and the layout of its cell. The numbers, names and fields are generated
// from the rows in `Generator`; OPERATIONS.md lists them.

/// An intermediate operation: a row's number plus its form.
public struct Operation: RawRepresentable, Equatable, Sendable {
    public let rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// The variant `form` places after this operation.
    @inlinable public func variant(_ form: Int) -> Operation { Operation(rawValue: rawValue &+ UInt16(truncatingIfNeeded: form)) }
    /// The name of the textual form.
    public var name: StaticString { operationRow(rawValue).name }
    /// The letters of the fields.
    public var fields: StaticString { operationRow(rawValue).fields }
    /// Bytes of its cell, without the targets of a table branch.
    public var cellByteCount: Int { Int(operationCellSizes.utf8Start[Int(rawValue)] &- UInt8(ascii: "0")) * 8 }
    /// Eights of bytes of each operation's cell, as digits: what `cellByteCount` reads.
    @export(interface) @inline(never)
    public static func cellSizeDigits() -> UnsafePointer<UInt8> { operationCellSizes.utf8Start }
    /// The accumulator it writes.
    public var writes: AccumulatorKind { AccumulatorKind(rawValue: operationWrites(rawValue)) ?? .none }
}

/// The accumulators of the machine state.
public enum AccumulatorKind: UInt8, Sendable { case none, integer, double, single }

/// What the generated table holds of an operation.
package struct OperationRow {
    let name: StaticString
    let fields: StaticString
    init(_ name: StaticString, _ fields: StaticString) {
        self.name = name
        self.fields = fields
    }
}

/// Where fields lie in a cell: behind an 8-byte header (the operation's number in the intermediate form, the handler's address in
/// threaded code), 4 bytes each, 8 for `I`, `T` and `F`, which are aligned.
public enum CellLayout {
    /// Bytes of the header.
    public static let headerByteCount = 8
    /// Where the field behind the first is, when the first has 4 bytes: a result's field, or a slot's.
    public static let secondFieldOffset = 12

    /// Bytes of a field.
    @inlinable public static func byteCount(of letter: UInt8) -> Int {
        switch letter {
        case UInt8(ascii: "a"): 0
        case UInt8(ascii: "I"), UInt8(ascii: "T"), UInt8(ascii: "F"): 8
        default: 4
        }
    }
}
