// OperationMeaning: what an operation does, as data: for a back end that compiles intermediate code instead of running handlers. The
// words are generated from the rows in `Generator`, as the handlers are.

/// What an operation does and where its operands are.
public struct OperationMeaning: Sendable {
    /// Shape (6 bits), micro-operation or count (8), three operand forms (3 each), whether a slot gets the result (1), address form (3),
    /// class of the operands (2), accumulator written (2).
    @usableFromInline let word: UInt32
    @inlinable init(word: UInt32) { self.word = word }

    @inlinable func bits(_ shift: UInt32, _ width: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: word &>> shift & (1 &<< width &- 1)) }

    // SAFETY, of all bit casts: the generated table holds raw values of the enumerations, each dense from 0; a count is far below the number of
    // micro-operations.

    /// What kind of operation it is.
    @inlinable @inline(__always) public var shape: OperationShape { unsafeBitCast(bits(0, 6), to: OperationShape.self) }
    /// The micro-operation.
    @inlinable @inline(__always) public var micro: MicroOperation { unsafeBitCast(bits(6, 8), to: MicroOperation.self) }
    /// How many slots it clears.
    @inlinable public var count: Int { Int(bits(6, 8)) }
    /// Where operand `index`, below three, is.
    @inlinable @inline(__always) public func operand(_ index: Int) -> OperandForm {
        unsafeBitCast(bits(14 &+ 3 &* UInt32(truncatingIfNeeded: index), 3), to: OperandForm.self)
    }
    /// Whether a slot gets the result; its first field names it.
    @inlinable public var storesResult: Bool { bits(23, 1) != 0 }
    /// How its address is formed.
    @inlinable public var address: AddressForm { AddressForm(rawValue: bits(24, 3)) ?? .none }
    /// The accumulator in which an operand of its micro-operation can be.
    @inlinable public var operandClass: AccumulatorKind { AccumulatorKind(rawValue: bits(27, 2)) ?? .none }
    /// The accumulator it writes.
    @inlinable public var writes: AccumulatorKind { AccumulatorKind(rawValue: bits(29, 2)) ?? .none }
}

/// The meaning of the operation `number`; one that only its handler knows when there is none.
@export(interface) @inline(never)
public func operationMeaning(_ number: UInt16) -> OperationMeaning {
    Int(number) < Operation.count ? OperationMeaning(word: operationMeanings[Int(number)]) : OperationMeaning(word: 0)
}
