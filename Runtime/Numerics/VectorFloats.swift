// Vectors of floating-point lanes: `F32x4` and `F64x2`, each lane as the scalar instruction of the name does it, and the conversions between
// lanes of floats and integers. Spec: WebAssembly core, 4.3.6 Vector Operations; relaxed ones, 4.3.7, with the choice made here.

/// A shape of floating-point lanes.
public protocol FloatLanes {
    /// The scalar instructions of a lane.
    associatedtype Scalar: FloatInstructions
    /// The integer shape of the same width.
    associatedtype Bits: IntegerLanes
    /// A lane from its bits.
    static func number(_ bits: Bits.Lane) -> Scalar.Value
    /// A lane's bits.
    static func bits(_ number: Scalar.Value) -> Bits.Lane
}

/// The instructions `f32x4.*`.
@frozen
public enum F32x4: FloatLanes {
    public typealias Scalar = F32
    public typealias Bits = I32x4

    @inlinable @inline(__always)
    public static func number(_ bits: UInt32) -> Float { Float(bitPattern: bits) }

    @inlinable @inline(__always)
    public static func bits(_ number: Float) -> UInt32 { number.bitPattern }
}

/// The instructions `f64x2.*`.
@frozen
public enum F64x2: FloatLanes {
    public typealias Scalar = F64
    public typealias Bits = I64x2

    @inlinable @inline(__always)
    public static func number(_ bits: UInt64) -> Double { Double(bitPattern: bits) }

    @inlinable @inline(__always)
    public static func bits(_ number: Double) -> UInt64 { number.bitPattern }
}

extension FloatLanes {
    @inlinable @inline(__always)
    static func map(_ a: V128, _ body: (Scalar.Value) -> Scalar.Value) -> V128 { Bits.map(a) { x in bits(body(number(x))) } }

    @inlinable @inline(__always)
    static func map(_ a: V128, _ b: V128, _ body: (Scalar.Value, Scalar.Value) -> Scalar.Value) -> V128 {
        Bits.map(a, b) { x, y in bits(body(number(x), number(y))) }
    }

    @inlinable @inline(__always)
    static func test(_ a: V128, _ b: V128, _ body: (Scalar.Value, Scalar.Value) -> Bool) -> V128 {
        Bits.test(a, b) { x, y in body(number(x), number(y)) }
    }
}

extension FloatLanes {
    /// `splat`.
    @inlinable @inline(__always)
    public static func splat(_ x: Scalar.Value) -> V128 { Bits.splat(Bits.Scalar(truncatingIfNeeded: bits(x))) }

    /// `extract_lane`.
    @inlinable @inline(__always)
    public static func extractLane(_ a: V128, _ index: UInt32) -> Scalar.Value { number(Bits.extract(a, index)) }

    /// `replace_lane`.
    @inlinable @inline(__always)
    public static func replaceLane(_ a: V128, _ index: UInt32, _ x: Scalar.Value) -> V128 {
        Bits.replaceLane(a, index, Bits.Scalar(truncatingIfNeeded: bits(x)))
    }

    /// `eq`.
    @inlinable @inline(__always)
    public static func eq(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in Scalar.eq(x, y) } }

    /// `ne`.
    @inlinable @inline(__always)
    public static func ne(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in Scalar.ne(x, y) } }

    /// `lt`.
    @inlinable @inline(__always)
    public static func lt(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in Scalar.lt(x, y) } }

    /// `gt`.
    @inlinable @inline(__always)
    public static func gt(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in Scalar.gt(x, y) } }

    /// `le`.
    @inlinable @inline(__always)
    public static func le(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in Scalar.le(x, y) } }

    /// `ge`.
    @inlinable @inline(__always)
    public static func ge(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in Scalar.ge(x, y) } }

    /// `abs`.
    @inlinable @inline(__always)
    public static func abs(_ a: V128) -> V128 { map(a) { x in Scalar.abs(x) } }

    /// `neg`.
    @inlinable @inline(__always)
    public static func neg(_ a: V128) -> V128 { map(a) { x in Scalar.neg(x) } }

    /// `sqrt`.
    @inlinable @inline(__always)
    public static func sqrt(_ a: V128) -> V128 { map(a) { x in Scalar.sqrt(x) } }

    /// `ceil`.
    @inlinable @inline(__always)
    public static func ceil(_ a: V128) -> V128 { map(a) { x in Scalar.ceil(x) } }

    /// `floor`.
    @inlinable @inline(__always)
    public static func floor(_ a: V128) -> V128 { map(a) { x in Scalar.floor(x) } }

    /// `trunc`.
    @inlinable @inline(__always)
    public static func trunc(_ a: V128) -> V128 { map(a) { x in Scalar.trunc(x) } }

    /// `nearest`.
    @inlinable @inline(__always)
    public static func nearest(_ a: V128) -> V128 { map(a) { x in Scalar.nearest(x) } }

    /// `add`.
    @inlinable @inline(__always)
    public static func add(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in Scalar.add(x, y) } }

    /// `sub`.
    @inlinable @inline(__always)
    public static func sub(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in Scalar.sub(x, y) } }

    /// `mul`.
    @inlinable @inline(__always)
    public static func mul(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in Scalar.mul(x, y) } }

    /// `div`.
    @inlinable @inline(__always)
    public static func div(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in Scalar.div(x, y) } }

    /// `min`. Also the relaxed one.
    @inlinable @inline(__always)
    public static func min(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in Scalar.min(x, y) } }

    /// `max`. Also the relaxed one.
    @inlinable @inline(__always)
    public static func max(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in Scalar.max(x, y) } }

    /// `pmin`: `b` when it is less, else `a`, bit for bit.
    @inlinable @inline(__always)
    public static func pmin(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in y < x ? y : x } }

    /// `pmax`: `b` when it is greater, else `a`, bit for bit.
    @inlinable @inline(__always)
    public static func pmax(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in x < y ? y : x } }

    /// `relaxed_madd`: a * b + c, rounded twice, since a host need not have a fused one.
    @inlinable @inline(__always)
    public static func relaxedMadd(_ a: V128, _ b: V128, _ c: V128) -> V128 { add(mul(a, b), c) }

    /// `relaxed_nmadd`: -(a * b) + c, rounded twice.
    @inlinable @inline(__always)
    public static func relaxedNmadd(_ a: V128, _ b: V128, _ c: V128) -> V128 { add(neg(mul(a, b)), c) }
}

extension I32x4 {
    /// `i32x4.trunc_sat_f32x4_s`. Also the relaxed one.
    @inlinable @inline(__always)
    public static func truncSatF32x4S(_ a: V128) -> V128 { map(a) { x in I32.truncSatF32S(Float(bitPattern: x)) } }

    /// `i32x4.trunc_sat_f32x4_u`. Also the relaxed one.
    @inlinable @inline(__always)
    public static func truncSatF32x4U(_ a: V128) -> V128 { map(a) { x in I32.truncSatF32U(Float(bitPattern: x)) } }

    /// `i32x4.trunc_sat_f64x2_s_zero`. Also the relaxed one.
    @inlinable @inline(__always)
    public static func truncSatF64x2SZero(_ a: V128) -> V128 {
        let first = I32.truncSatF64S(Double(bitPattern: a.low))
        let second = I32.truncSatF64S(Double(bitPattern: a.high))
        return V128(low: UInt64(first) | UInt64(second) &<< 32, high: 0)
    }

    /// `i32x4.trunc_sat_f64x2_u_zero`. Also the relaxed one.
    @inlinable @inline(__always)
    public static func truncSatF64x2UZero(_ a: V128) -> V128 {
        let first = I32.truncSatF64U(Double(bitPattern: a.low))
        let second = I32.truncSatF64U(Double(bitPattern: a.high))
        return V128(low: UInt64(first) | UInt64(second) &<< 32, high: 0)
    }
}

extension F32x4 {
    /// `f32x4.convert_i32x4_s`.
    @inlinable @inline(__always)
    public static func convertI32x4S(_ a: V128) -> V128 { I32x4.map(a) { x in F32.convertI32S(x).bitPattern } }

    /// `f32x4.convert_i32x4_u`.
    @inlinable @inline(__always)
    public static func convertI32x4U(_ a: V128) -> V128 { I32x4.map(a) { x in F32.convertI32U(x).bitPattern } }

    /// `f32x4.demote_f64x2_zero`.
    @inlinable @inline(__always)
    public static func demoteF64x2Zero(_ a: V128) -> V128 {
        let first = F32.demoteF64(Double(bitPattern: a.low)).bitPattern
        let second = F32.demoteF64(Double(bitPattern: a.high)).bitPattern
        return V128(low: UInt64(first) | UInt64(second) &<< 32, high: 0)
    }
}

extension F64x2 {
    /// `f64x2.convert_low_i32x4_s`.
    @inlinable @inline(__always)
    public static func convertLowI32x4S(_ a: V128) -> V128 {
        V128(
            low: F64.convertI32S(UInt32(truncatingIfNeeded: a.low)).bitPattern,
            high: F64.convertI32S(UInt32(truncatingIfNeeded: a.low &>> 32)).bitPattern)
    }

    /// `f64x2.convert_low_i32x4_u`.
    @inlinable @inline(__always)
    public static func convertLowI32x4U(_ a: V128) -> V128 {
        V128(
            low: F64.convertI32U(UInt32(truncatingIfNeeded: a.low)).bitPattern,
            high: F64.convertI32U(UInt32(truncatingIfNeeded: a.low &>> 32)).bitPattern)
    }

    /// `f64x2.promote_low_f32x4`.
    @inlinable @inline(__always)
    public static func promoteLowF32x4(_ a: V128) -> V128 {
        let first = F64.promoteF32(Float(bitPattern: UInt32(truncatingIfNeeded: a.low)))
        let second = F64.promoteF32(Float(bitPattern: UInt32(truncatingIfNeeded: a.low &>> 32)))
        return V128(low: first.bitPattern, high: second.bitPattern)
    }
}
