// Integer vector instructions between a shape and the one of half its width: extensions, products, pairwise sums, narrowing. The name of an
// instruction loses the other shape, since there is one: `i16x8.extend_low_i8x16_s` is `I16x8.extendLowS`, and `i8x16.narrow_i16x8_s`,
// which reads wide lanes, is `I16x8.narrowS`. Spec: WebAssembly core, 4.3.6 Vector Operations.

/// A shape whose lanes hold a product of two lanes of half the width.
public protocol WideIntegerLanes: IntegerLanes {
    /// The shape of half the width.
    associatedtype Half: IntegerLanes
}

extension I16x8: WideIntegerLanes {
    public typealias Half = I8x16
}

extension I32x4: WideIntegerLanes {
    public typealias Half = I16x8
}

extension I64x2: WideIntegerLanes {
    public typealias Half = I32x4
}

extension WideIntegerLanes {
    @inlinable @inline(__always)
    static func extendedS(_ lane: Half.Lane) -> Lane { Lane(truncatingIfNeeded: Half.Signed(truncatingIfNeeded: lane)) }

    @inlinable @inline(__always)
    static func extendedU(_ lane: Half.Lane) -> Lane { Lane(truncatingIfNeeded: lane) }

    /// The half lanes of two 32-bit half words through `body`, each result a full lane.
    @inlinable @inline(__always)
    static func widenWord(_ a: UInt64, _ b: UInt64, _ body: (Half.Lane, Half.Lane) -> Lane) -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            result |= UInt64(truncatingIfNeeded: body(Half.lane(a, shift / 2), Half.lane(b, shift / 2))) &<< shift
            shift &+= width
        }
        return result
    }

    /// The half lanes of two words through `body`.
    @inlinable @inline(__always)
    static func widen(_ a: UInt64, _ b: UInt64, _ body: (Half.Lane, Half.Lane) -> Lane) -> V128 {
        V128(low: widenWord(a, b, body), high: widenWord(a &>> 32, b &>> 32, body))
    }

    /// Neighbouring half lanes of both vectors through `body`, an even lane and the odd one behind it at a time.
    @inlinable @inline(__always)
    static func pairwise(_ a: V128, _ b: V128, _ body: (_ a: (Half.Lane, Half.Lane), _ b: (Half.Lane, Half.Lane)) -> Lane) -> V128 {
        map(a, b) { x, y in
            let half = Lane(truncatingIfNeeded: Half.width)
            return body(
                (Half.Lane(truncatingIfNeeded: x), Half.Lane(truncatingIfNeeded: x &>> half)),
                (Half.Lane(truncatingIfNeeded: y), Half.Lane(truncatingIfNeeded: y &>> half)))
        }
    }

    /// The lanes of two words through `body`, each result a half lane.
    @inlinable @inline(__always)
    static func narrowWords(_ low: UInt64, _ high: UInt64, _ body: (Int64) -> Half.Lane) -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let first = body(Int64(truncatingIfNeeded: signed(lane(low, shift))))
            let second = body(Int64(truncatingIfNeeded: signed(lane(high, shift))))
            result |= UInt64(truncatingIfNeeded: first) &<< (shift / 2)
            result |= UInt64(truncatingIfNeeded: second) &<< (shift / 2 &+ 32)
            shift &+= width
        }
        return result
    }
}

extension WideIntegerLanes {
    /// `extend_low_s`.
    @inlinable @inline(__always)
    public static func extendLowS(_ a: V128) -> V128 { widen(a.low, 0) { x, _ in extendedS(x) } }

    /// `extend_low_u`.
    @inlinable @inline(__always)
    public static func extendLowU(_ a: V128) -> V128 { widen(a.low, 0) { x, _ in extendedU(x) } }

    /// `extend_high_s`.
    @inlinable @inline(__always)
    public static func extendHighS(_ a: V128) -> V128 { widen(a.high, 0) { x, _ in extendedS(x) } }

    /// `extend_high_u`.
    @inlinable @inline(__always)
    public static func extendHighU(_ a: V128) -> V128 { widen(a.high, 0) { x, _ in extendedU(x) } }

    /// `extmul_low_s`.
    @inlinable @inline(__always)
    public static func extmulLowS(_ a: V128, _ b: V128) -> V128 { widen(a.low, b.low) { x, y in extendedS(x) &* extendedS(y) } }

    /// `extmul_low_u`.
    @inlinable @inline(__always)
    public static func extmulLowU(_ a: V128, _ b: V128) -> V128 { widen(a.low, b.low) { x, y in extendedU(x) &* extendedU(y) } }

    /// `extmul_high_s`.
    @inlinable @inline(__always)
    public static func extmulHighS(_ a: V128, _ b: V128) -> V128 { widen(a.high, b.high) { x, y in extendedS(x) &* extendedS(y) } }

    /// `extmul_high_u`.
    @inlinable @inline(__always)
    public static func extmulHighU(_ a: V128, _ b: V128) -> V128 { widen(a.high, b.high) { x, y in extendedU(x) &* extendedU(y) } }

    /// `extadd_pairwise_s`.
    @inlinable @inline(__always)
    public static func extaddPairwiseS(_ a: V128) -> V128 { pairwise(a, a) { x, _ in extendedS(x.0) &+ extendedS(x.1) } }

    /// `extadd_pairwise_u`.
    @inlinable @inline(__always)
    public static func extaddPairwiseU(_ a: V128) -> V128 { pairwise(a, a) { x, _ in extendedU(x.0) &+ extendedU(x.1) } }

    /// `dot_s`: products of signed half lanes, neighbours added, wrapping.
    @inlinable @inline(__always)
    public static func dotS(_ a: V128, _ b: V128) -> V128 {
        pairwise(a, b) { x, y in (extendedS(x.0) &* extendedS(y.0)) &+ (extendedS(x.1) &* extendedS(y.1)) }
    }

    /// `narrow_s` of the half shape: signed lanes, saturated; `a` gives the lower half.
    @inlinable @inline(__always)
    public static func narrowS(_ a: V128, _ b: V128) -> V128 {
        V128(low: narrowWords(a.low, a.high) { Half.saturatedS($0) }, high: narrowWords(b.low, b.high) { Half.saturatedS($0) })
    }

    /// `narrow_u` of the half shape: signed lanes, saturated; `a` gives the lower half.
    @inlinable @inline(__always)
    public static func narrowU(_ a: V128, _ b: V128) -> V128 {
        V128(low: narrowWords(a.low, a.high) { Half.saturatedU($0) }, high: narrowWords(b.low, b.high) { Half.saturatedU($0) })
    }
}

extension I16x8 {
    /// `i16x8.q15mulr_sat_s`: the product of two Q15 numbers, rounded. Also the relaxed one.
    @inlinable @inline(__always)
    public static func q15mulrSatS(_ a: V128, _ b: V128) -> V128 {
        map(a, b) { x, y in saturatedS((Int64(signed(x)) &* Int64(signed(y)) &+ 0x4000) &>> 15) }
    }

    /// `i16x8.relaxed_dot_i8x16_i7x16_s`: both operands signed, neighbours added with saturation.
    @inlinable @inline(__always)
    public static func relaxedDotS(_ a: V128, _ b: V128) -> V128 {
        pairwise(a, b) { x, y in
            saturatedS(
                Int64(I8x16.signed(x.0)) &* Int64(I8x16.signed(y.0)) &+ Int64(I8x16.signed(x.1)) &* Int64(I8x16.signed(y.1)))
        }
    }
}

extension I32x4 {
    /// `i32x4.relaxed_dot_i8x16_i7x16_add_s`: as the dot product of `i16x8`, four neighbours added, and `c`.
    @inlinable @inline(__always)
    public static func relaxedDotAddS(_ a: V128, _ b: V128, _ c: V128) -> V128 { add(extaddPairwiseS(I16x8.relaxedDotS(a, b)), c) }
}
