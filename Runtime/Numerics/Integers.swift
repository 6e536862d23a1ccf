// The integer instructions of i32 and i64: `I32` and `I64` name each function after its instruction (`i32.div_s` is `I32.divS`).
// Values are the unsigned types; a signed instruction reinterprets. Spec: WebAssembly core, 4.3.2 Integer Operations.

/// The integer instructions, for one width. `I32` and `I64` are its two uses.
public protocol IntegerInstructions {
    /// The bits, as the operand stack holds them.
    associatedtype Value: FixedWidthInteger & UnsignedInteger
    /// The same bits, read as two's complement.
    associatedtype Signed: FixedWidthInteger & SignedInteger
}

/// The instructions `i32.*`.
@frozen
public enum I32: IntegerInstructions {
    public typealias Value = UInt32
    public typealias Signed = Int32
}

/// The instructions `i64.*`.
@frozen
public enum I64: IntegerInstructions {
    public typealias Value = UInt64
    public typealias Signed = Int64
}

// Each function below is the instruction of its name. Divisions look at what Swift reports, so that nothing is checked twice.
extension IntegerInstructions {
    @inlinable @inline(__always)
    static func signed(_ bits: Value) -> Signed { Signed(truncatingIfNeeded: bits) }

    @inlinable @inline(__always)
    static func bits(_ value: Signed) -> Value { Value(truncatingIfNeeded: value) }

    /// `add`.
    @inlinable @inline(__always)
    public static func add(_ a: Value, _ b: Value) -> Value { a &+ b }

    /// `sub`.
    @inlinable @inline(__always)
    public static func sub(_ a: Value, _ b: Value) -> Value { a &- b }

    /// `mul`.
    @inlinable @inline(__always)
    public static func mul(_ a: Value, _ b: Value) -> Value { a &* b }

    /// `div_s`: fails on a zero divisor, and on the one quotient that does not fit.
    @inlinable @inline(__always)
    public static func divS(_ a: Value, _ b: Value) throws(NumericFault) -> Value {
        let (quotient, overflow) = signed(a).dividedReportingOverflow(by: signed(b))
        if overflow { throw b == 0 ? .integerDivisionByZero : .integerOverflow }
        return bits(quotient)
    }

    /// `div_u`: fails on a zero divisor.
    @inlinable @inline(__always)
    public static func divU(_ a: Value, _ b: Value) throws(NumericFault) -> Value {
        let (quotient, overflow) = a.dividedReportingOverflow(by: b)
        if overflow { throw .integerDivisionByZero }
        return quotient
    }

    /// `rem_s`: fails on a zero divisor; the smallest number by -1 leaves 0, which is what Swift reports.
    @inlinable @inline(__always)
    public static func remS(_ a: Value, _ b: Value) throws(NumericFault) -> Value {
        let (remainder, overflow) = signed(a).remainderReportingOverflow(dividingBy: signed(b))
        if overflow && b == 0 { throw .integerDivisionByZero }
        return bits(remainder)
    }

    /// `rem_u`: fails on a zero divisor.
    @inlinable @inline(__always)
    public static func remU(_ a: Value, _ b: Value) throws(NumericFault) -> Value {
        let (remainder, overflow) = a.remainderReportingOverflow(dividingBy: b)
        if overflow { throw .integerDivisionByZero }
        return remainder
    }

    /// `and`.
    @inlinable @inline(__always)
    public static func and(_ a: Value, _ b: Value) -> Value { a & b }

    /// `or`.
    @inlinable @inline(__always)
    public static func or(_ a: Value, _ b: Value) -> Value { a | b }

    /// `xor`.
    @inlinable @inline(__always)
    public static func xor(_ a: Value, _ b: Value) -> Value { a ^ b }

    /// `shl`: the count is taken modulo the width.
    @inlinable @inline(__always)
    public static func shl(_ a: Value, _ count: Value) -> Value { a &<< count }

    /// `shr_s`: the count is taken modulo the width.
    @inlinable @inline(__always)
    public static func shrS(_ a: Value, _ count: Value) -> Value { bits(signed(a) &>> signed(count)) }

    /// `shr_u`: the count is taken modulo the width.
    @inlinable @inline(__always)
    public static func shrU(_ a: Value, _ count: Value) -> Value { a &>> count }

    /// `rotl`.
    @inlinable @inline(__always)
    public static func rotl(_ a: Value, _ count: Value) -> Value { (a &<< count) | (a &>> (0 &- count)) }

    /// `rotr`.
    @inlinable @inline(__always)
    public static func rotr(_ a: Value, _ count: Value) -> Value { (a &>> count) | (a &<< (0 &- count)) }

    /// `clz`; the width for zero.
    @inlinable @inline(__always)
    public static func clz(_ a: Value) -> Value { Value(truncatingIfNeeded: a.leadingZeroBitCount) }

    /// `ctz`; the width for zero.
    @inlinable @inline(__always)
    public static func ctz(_ a: Value) -> Value { Value(truncatingIfNeeded: a.trailingZeroBitCount) }

    /// `popcnt`.
    @inlinable @inline(__always)
    public static func popcnt(_ a: Value) -> Value { Value(truncatingIfNeeded: a.nonzeroBitCount) }

    /// `extend8_s`.
    @inlinable @inline(__always)
    public static func extend8S(_ a: Value) -> Value { Value(truncatingIfNeeded: Int8(truncatingIfNeeded: a)) }

    /// `extend16_s`.
    @inlinable @inline(__always)
    public static func extend16S(_ a: Value) -> Value { Value(truncatingIfNeeded: Int16(truncatingIfNeeded: a)) }

    /// `eqz`.
    @inlinable @inline(__always)
    public static func eqz(_ a: Value) -> Bool { a == 0 }

    /// `eq`.
    @inlinable @inline(__always)
    public static func eq(_ a: Value, _ b: Value) -> Bool { a == b }

    /// `ne`.
    @inlinable @inline(__always)
    public static func ne(_ a: Value, _ b: Value) -> Bool { a != b }

    /// `lt_s`.
    @inlinable @inline(__always)
    public static func ltS(_ a: Value, _ b: Value) -> Bool { signed(a) < signed(b) }

    /// `lt_u`.
    @inlinable @inline(__always)
    public static func ltU(_ a: Value, _ b: Value) -> Bool { a < b }

    /// `gt_s`.
    @inlinable @inline(__always)
    public static func gtS(_ a: Value, _ b: Value) -> Bool { signed(a) > signed(b) }

    /// `gt_u`.
    @inlinable @inline(__always)
    public static func gtU(_ a: Value, _ b: Value) -> Bool { a > b }

    /// `le_s`.
    @inlinable @inline(__always)
    public static func leS(_ a: Value, _ b: Value) -> Bool { signed(a) <= signed(b) }

    /// `le_u`.
    @inlinable @inline(__always)
    public static func leU(_ a: Value, _ b: Value) -> Bool { a <= b }

    /// `ge_s`.
    @inlinable @inline(__always)
    public static func geS(_ a: Value, _ b: Value) -> Bool { signed(a) >= signed(b) }

    /// `ge_u`.
    @inlinable @inline(__always)
    public static func geU(_ a: Value, _ b: Value) -> Bool { a >= b }
}

extension I64 {
    /// `i64.extend_i32_s`; of the low half, `i64.extend32_s`.
    @inlinable @inline(__always)
    public static func extendI32S(_ a: UInt32) -> UInt64 { UInt64(truncatingIfNeeded: Int32(bitPattern: a)) }

    /// `i64.extend_i32_u`.
    @inlinable @inline(__always)
    public static func extendI32U(_ a: UInt32) -> UInt64 { UInt64(a) }
}
