// InstructionLowering: which operation an instruction becomes, and by what rule. The words are generated from the rows and from the table
// of instructions.

import WasmModule

/// What an instruction becomes.
public struct InstructionLowering: Sendable {
    /// Rule (5 bits), class of the result (2), and from bit 8 on operations of 12 bits each.
    @usableFromInline let word: UInt64
    @inlinable public init(word: UInt64) { self.word = word }

    @inlinable func operation(_ shift: UInt64) -> Operation { Operation(rawValue: UInt16(truncatingIfNeeded: word &>> shift & 0xFFF)) }

    /// How a form is chosen. SAFETY: the table holds raw values of the rule, which is dense from 0.
    @inlinable public var rule: LoweringRule { unsafeBitCast(UInt8(truncatingIfNeeded: word & 31), to: LoweringRule.self) }
    /// The accumulator that gets the result.
    @inlinable public var result: AccumulatorKind { AccumulatorKind(rawValue: UInt8(truncatingIfNeeded: word &>> 5 & 3)) ?? .none }
    /// The row's first operation.
    @inlinable public var operation: Operation { operation(8) }
    /// The operation that `rule` calls so.
    @inlinable public var partner: Operation { operation(20) }
    /// The operation that `rule` calls so.
    @inlinable public var wide: Operation { operation(32) }
    /// The operation that `rule` calls so.
    @inlinable public var held: Operation { operation(44) }

    /// The words of all instructions, by number. SAFETY: a literal array of integers is static data, never freed or moved.
    @export(interface) @inline(never)
    public static func table() -> UnsafePointer<UInt64> { instructionLoweringWords.withUnsafeBufferPointer { $0.baseAddress! } }
}
