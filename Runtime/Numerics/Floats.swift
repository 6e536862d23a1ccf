// The floating-point instructions of f32 and f64: `F32` and `F64` name each function after its instruction.
// One answer on every machine: a NaN that arithmetic produces is the canonical NaN. Spec: WebAssembly core, 4.3.3 Floating-Point Operations.

/// The floating-point instructions, for one width. `F32` and `F64` are its two uses.
public protocol FloatInstructions {
    /// The number, as the operand stack holds it.
    associatedtype Value: BinaryFloatingPoint
    /// The smallest power of two from which every number is whole: 2 to the power of the significand's stored bits.
    static var firstWholePower: Value { get }
    /// The square root, a NaN as the machine makes it.
    static func hardwareSquareRoot(_ x: Value) -> Value
    /// Both bit patterns, or-ed: -0 if either zero is negative.
    static func orBits(_ a: Value, _ b: Value) -> Value
    /// Both bit patterns, and-ed: -0 if both zeros are negative.
    static func andBits(_ a: Value, _ b: Value) -> Value
}

/// The instructions `f32.*`.
@frozen
public enum F32: FloatInstructions {
    public typealias Value = Float

    /// 2^23.
    @inlinable @inline(__always)
    public static var firstWholePower: Float { 8_388_608 }

    @inlinable @inline(__always)
    public static func hardwareSquareRoot(_ x: Float) -> Float { x.squareRoot() }

    @inlinable @inline(__always)
    public static func orBits(_ a: Float, _ b: Float) -> Float { Float(bitPattern: a.bitPattern | b.bitPattern) }

    @inlinable @inline(__always)
    public static func andBits(_ a: Float, _ b: Float) -> Float { Float(bitPattern: a.bitPattern & b.bitPattern) }
}

/// The instructions `f64.*`.
@frozen
public enum F64: FloatInstructions {
    public typealias Value = Double

    /// 2^52.
    @inlinable @inline(__always)
    public static var firstWholePower: Double { 4_503_599_627_370_496 }

    @inlinable @inline(__always)
    public static func hardwareSquareRoot(_ x: Double) -> Double { x.squareRoot() }

    @inlinable @inline(__always)
    public static func orBits(_ a: Double, _ b: Double) -> Double { Double(bitPattern: a.bitPattern | b.bitPattern) }

    @inlinable @inline(__always)
    public static func andBits(_ a: Double, _ b: Double) -> Double { Double(bitPattern: a.bitPattern & b.bitPattern) }
}

extension FloatInstructions {
    /// Replaces any NaN by the canonical one.
    @inlinable @inline(__always)
    public static func canonicalized(_ x: Value) -> Value { x == x ? x : Value.nan }

    /// The result of one machine instruction, its NaN made canonical. A RISC-V machine already makes only canonical NaNs
    /// (unprivileged specification, "F" extension, NaN generation and propagation), so there this is nothing.
    @inlinable @inline(__always)
    static func result(_ x: Value) -> Value {
        #if arch(riscv64)
            return x
        #else
            return canonicalized(x)
        #endif
    }

    /// `add`.
    @inlinable @inline(__always)
    public static func add(_ a: Value, _ b: Value) -> Value { result(a + b) }

    /// `sub`.
    @inlinable @inline(__always)
    public static func sub(_ a: Value, _ b: Value) -> Value { result(a - b) }

    /// `mul`.
    @inlinable @inline(__always)
    public static func mul(_ a: Value, _ b: Value) -> Value { result(a * b) }

    /// `div`.
    @inlinable @inline(__always)
    public static func div(_ a: Value, _ b: Value) -> Value { result(a / b) }

    /// `sqrt`.
    @inlinable @inline(__always)
    public static func sqrt(_ x: Value) -> Value { result(hardwareSquareRoot(x)) }

    /// `neg`: flips the sign bit, of a NaN too.
    @inlinable @inline(__always)
    public static func neg(_ x: Value) -> Value { -x }

    /// `abs`: clears the sign bit, of a NaN too.
    @inlinable @inline(__always)
    public static func abs(_ x: Value) -> Value { x.magnitude }

    /// `copysign`: the magnitude of `a` with the sign of `b`, bit for bit.
    @inlinable @inline(__always)
    public static func copysign(_ a: Value, _ b: Value) -> Value { Value(signOf: b, magnitudeOf: a) }

    /// `min`: NaN if either is; -0 is less than +0.
    @inlinable @inline(__always)
    public static func min(_ a: Value, _ b: Value) -> Value {
        if a < b { return a }
        if b < a { return b }
        return a == b ? orBits(a, b) : Value.nan
    }

    /// `max`: NaN if either is; +0 is greater than -0.
    @inlinable @inline(__always)
    public static func max(_ a: Value, _ b: Value) -> Value {
        if a > b { return a }
        if b > a { return b }
        return a == b ? andBits(a, b) : Value.nan
    }

    /// Rounds a number below `firstWholePower` to a whole one, ties to even: adding that power leaves no room for a fraction.
    @inlinable @inline(__always)
    static func roundedToEven(_ magnitude: Value) -> Value { (magnitude + firstWholePower) - firstWholePower }

    /// `nearest`: to a whole number, ties to even; keeps the sign of a zero.
    @inlinable @inline(__always)
    public static func nearest(_ x: Value) -> Value {
        let magnitude = x.magnitude
        guard magnitude < firstWholePower else { return canonicalized(x) }
        return Value(signOf: x, magnitudeOf: roundedToEven(magnitude))
    }

    /// `trunc`: to a whole number, towards zero.
    @inlinable @inline(__always)
    public static func trunc(_ x: Value) -> Value {
        let magnitude = x.magnitude
        guard magnitude < firstWholePower else { return canonicalized(x) }
        var whole = roundedToEven(magnitude)
        if whole > magnitude { whole -= 1 }
        return Value(signOf: x, magnitudeOf: whole)
    }

    /// `floor`: to a whole number, downwards.
    @inlinable @inline(__always)
    public static func floor(_ x: Value) -> Value {
        guard x.magnitude < firstWholePower else { return canonicalized(x) }
        var whole = Value(signOf: x, magnitudeOf: roundedToEven(x.magnitude))
        if whole > x { whole -= 1 }
        return Value(signOf: x, magnitudeOf: whole)
    }

    /// `ceil`: to a whole number, upwards.
    @inlinable @inline(__always)
    public static func ceil(_ x: Value) -> Value {
        guard x.magnitude < firstWholePower else { return canonicalized(x) }
        var whole = Value(signOf: x, magnitudeOf: roundedToEven(x.magnitude))
        if whole < x { whole += 1 }
        return Value(signOf: x, magnitudeOf: whole)
    }

    /// `eq`.
    @inlinable @inline(__always)
    public static func eq(_ a: Value, _ b: Value) -> Bool { a == b }

    /// `ne`.
    @inlinable @inline(__always)
    public static func ne(_ a: Value, _ b: Value) -> Bool { a != b }

    /// `lt`.
    @inlinable @inline(__always)
    public static func lt(_ a: Value, _ b: Value) -> Bool { a < b }

    /// `gt`.
    @inlinable @inline(__always)
    public static func gt(_ a: Value, _ b: Value) -> Bool { a > b }

    /// `le`.
    @inlinable @inline(__always)
    public static func le(_ a: Value, _ b: Value) -> Bool { a <= b }

    /// `ge`.
    @inlinable @inline(__always)
    public static func ge(_ a: Value, _ b: Value) -> Bool { a >= b }
}
