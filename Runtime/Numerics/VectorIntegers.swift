// Vectors of integer lanes, one namespace a shape: `I8x16`, `I16x8`, `I32x4`, `I64x2`. A function has the name of its instruction; a shape
// has more of them than the instruction set gives it. Spec: WebAssembly core, 4.3.6 Vector Operations.
//
// Lanes are computed within 64-bit words: where a carry can be kept inside its lane, all at once; else one by one, in loops of a constant
// count, which the compiler unrolls.

/// A shape of integer lanes.
public protocol IntegerLanes {
    /// A lane's bits.
    associatedtype Lane: FixedWidthInteger & UnsignedInteger
    /// The same, read as two's complement.
    associatedtype Signed: FixedWidthInteger & SignedInteger
    /// What a splat takes and an extraction gives: `i32`, or `i64` for the widest lanes.
    associatedtype Scalar: FixedWidthInteger & UnsignedInteger
}

/// The instructions `i8x16.*`.
@frozen
public enum I8x16: IntegerLanes {
    public typealias Lane = UInt8
    public typealias Signed = Int8
    public typealias Scalar = UInt32
}

/// The instructions `i16x8.*`.
@frozen
public enum I16x8: IntegerLanes {
    public typealias Lane = UInt16
    public typealias Signed = Int16
    public typealias Scalar = UInt32
}

/// The instructions `i32x4.*`.
@frozen
public enum I32x4: IntegerLanes {
    public typealias Lane = UInt32
    public typealias Signed = Int32
    public typealias Scalar = UInt32
}

/// The instructions `i64x2.*`.
@frozen
public enum I64x2: IntegerLanes {
    public typealias Lane = UInt64
    public typealias Signed = Int64
    public typealias Scalar = UInt64
}

extension IntegerLanes {
    /// Bits of a lane.
    @inlinable @inline(__always)
    static var width: UInt64 { UInt64(truncatingIfNeeded: Lane.bitWidth) }

    /// A word with the lowest bit of each lane.
    @inlinable @inline(__always)
    static var lowestBits: UInt64 { UInt64.max / UInt64(truncatingIfNeeded: Lane.max) }

    /// A word with the highest bit of each lane.
    @inlinable @inline(__always)
    static var highestBits: UInt64 { lowestBits &<< (width &- 1) }

    /// All bits of every lane whose highest bit is set in `bits`, a word without other bits.
    @inlinable @inline(__always)
    static func filled(_ bits: UInt64) -> UInt64 {
        // One beyond the lane minus its lowest bit: the lane's bits all set.
        (bits &<< 1) &- (bits &>> (width &- 1))
    }

    /// The highest bit of each lane which is zero.
    @inlinable @inline(__always)
    static func zeroLanes(_ word: UInt64) -> UInt64 { ~(((word & ~highestBits) &+ ~highestBits) | word) & highestBits }

    @inlinable @inline(__always)
    static func addWords(_ a: UInt64, _ b: UInt64) -> UInt64 {
        ((a & ~highestBits) &+ (b & ~highestBits)) ^ ((a ^ b) & highestBits)
    }

    @inlinable @inline(__always)
    static func subtractWords(_ a: UInt64, _ b: UInt64) -> UInt64 {
        ((a | highestBits) &- (b & ~highestBits)) ^ ((a ^ ~b) & highestBits)
    }

    @inlinable @inline(__always)
    static func lane(_ word: UInt64, _ shift: UInt64) -> Lane { Lane(truncatingIfNeeded: word &>> shift) }

    @inlinable @inline(__always)
    static func signed(_ lane: Lane) -> Signed { Signed(truncatingIfNeeded: lane) }

    @inlinable @inline(__always)
    static func bits(_ value: Signed) -> Lane { Lane(truncatingIfNeeded: value) }

    /// Each lane of both words through `body`.
    @inlinable @inline(__always)
    static func mapWords(_ a: UInt64, _ b: UInt64, _ body: (Lane, Lane) -> Lane) -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            result |= UInt64(truncatingIfNeeded: body(lane(a, shift), lane(b, shift))) &<< shift
            shift &+= width
        }
        return result
    }

    /// Each pair of lanes through `body`.
    @inlinable @inline(__always)
    static func map(_ a: V128, _ b: V128, _ body: (Lane, Lane) -> Lane) -> V128 {
        V128(low: mapWords(a.low, b.low, body), high: mapWords(a.high, b.high, body))
    }

    /// Each lane through `body`.
    @inlinable @inline(__always)
    static func map(_ a: V128, _ body: (Lane) -> Lane) -> V128 {
        V128(low: mapWords(a.low, 0) { x, _ in body(x) }, high: mapWords(a.high, 0) { x, _ in body(x) })
    }

    /// All ones in the lanes where `body` holds.
    @inlinable @inline(__always)
    static func test(_ a: V128, _ b: V128, _ body: (Lane, Lane) -> Bool) -> V128 {
        map(a, b) { x, y in body(x, y) ? Lane.max : 0 }
    }

    /// `value` within the bounds of `Signed` lanes.
    @inlinable @inline(__always)
    static func saturatedS(_ value: Int64) -> Lane {
        let lowest = Int64(truncatingIfNeeded: Signed.min)
        let highest = Int64(truncatingIfNeeded: Signed.max)
        return Lane(truncatingIfNeeded: value < lowest ? lowest : value > highest ? highest : value)
    }

    /// `value` within the bounds of `Lane`, at most 32 bits wide.
    @inlinable @inline(__always)
    static func saturatedU(_ value: Int64) -> Lane {
        let highest = Int64(truncatingIfNeeded: Lane.max)
        return Lane(truncatingIfNeeded: value < 0 ? 0 : value > highest ? highest : value)
    }
}

extension IntegerLanes {
    /// `splat`.
    @inlinable @inline(__always)
    public static func splat(_ x: Scalar) -> V128 {
        let word = UInt64(truncatingIfNeeded: Lane(truncatingIfNeeded: x)) &* lowestBits
        return V128(low: word, high: word)
    }

    /// The lane at `index`, which validation has bounded.
    @inlinable @inline(__always)
    public static func extract(_ a: V128, _ index: UInt32) -> Lane {
        let position = UInt64(index) &* width
        return lane(position < 64 ? a.low : a.high, position & 63)
    }

    /// `extract_lane_s`; `extract_lane` of the wider shapes.
    @inlinable @inline(__always)
    public static func extractLaneS(_ a: V128, _ index: UInt32) -> Scalar { Scalar(truncatingIfNeeded: signed(extract(a, index))) }

    /// `extract_lane_u`.
    @inlinable @inline(__always)
    public static func extractLaneU(_ a: V128, _ index: UInt32) -> Scalar { Scalar(truncatingIfNeeded: extract(a, index)) }

    /// `replace_lane`.
    @inlinable @inline(__always)
    public static func replaceLane(_ a: V128, _ index: UInt32, _ x: Scalar) -> V128 {
        let position = UInt64(index) &* width
        let mask = UInt64(truncatingIfNeeded: Lane.max) &<< (position & 63)
        let value = UInt64(truncatingIfNeeded: Lane(truncatingIfNeeded: x)) &<< (position & 63)
        let isLow = position < 64
        return V128(low: isLow ? (a.low & ~mask) | value : a.low, high: isLow ? a.high : (a.high & ~mask) | value)
    }

    /// `eq`.
    @inlinable @inline(__always)
    public static func eq(_ a: V128, _ b: V128) -> V128 {
        V128(low: filled(zeroLanes(a.low ^ b.low)), high: filled(zeroLanes(a.high ^ b.high)))
    }

    /// `ne`.
    @inlinable @inline(__always)
    public static func ne(_ a: V128, _ b: V128) -> V128 { V128.not(eq(a, b)) }

    /// `lt_s`.
    @inlinable @inline(__always)
    public static func ltS(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in signed(x) < signed(y) } }

    /// `lt_u`.
    @inlinable @inline(__always)
    public static func ltU(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in x < y } }

    /// `gt_s`.
    @inlinable @inline(__always)
    public static func gtS(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in signed(x) > signed(y) } }

    /// `gt_u`.
    @inlinable @inline(__always)
    public static func gtU(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in x > y } }

    /// `le_s`.
    @inlinable @inline(__always)
    public static func leS(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in signed(x) <= signed(y) } }

    /// `le_u`.
    @inlinable @inline(__always)
    public static func leU(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in x <= y } }

    /// `ge_s`.
    @inlinable @inline(__always)
    public static func geS(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in signed(x) >= signed(y) } }

    /// `ge_u`.
    @inlinable @inline(__always)
    public static func geU(_ a: V128, _ b: V128) -> V128 { test(a, b) { x, y in x >= y } }

    /// `abs`; the smallest number stays what it is.
    @inlinable @inline(__always)
    public static func abs(_ a: V128) -> V128 { map(a) { x in signed(x) < 0 ? 0 &- x : x } }

    /// `neg`.
    @inlinable @inline(__always)
    public static func neg(_ a: V128) -> V128 { sub(V128.zero, a) }

    /// `popcnt`.
    @inlinable @inline(__always)
    public static func popcnt(_ a: V128) -> V128 { map(a) { x in Lane(truncatingIfNeeded: x.nonzeroBitCount) } }

    /// `all_true`: no lane is zero.
    @inlinable @inline(__always)
    public static func allTrue(_ a: V128) -> Bool { zeroLanes(a.low) | zeroLanes(a.high) == 0 }

    /// `bitmask`: the highest bit of each lane.
    @inlinable @inline(__always)
    public static func bitmask(_ a: V128) -> UInt32 {
        var result: UInt64 = 0
        var lanePosition = width &- 1
        var position: UInt64 = 0
        while lanePosition < 64 {
            result |= ((a.low &>> lanePosition) & 1) &<< position
            result |= ((a.high &>> lanePosition) & 1) &<< (position &+ 64 / width)
            lanePosition &+= width
            position &+= 1
        }
        return UInt32(truncatingIfNeeded: result)
    }

    /// `shl`: the count is taken modulo the lane's width.
    @inlinable @inline(__always)
    public static func shl(_ a: V128, _ count: UInt32) -> V128 {
        let shift = UInt64(count) & (width &- 1)
        let mask = (UInt64(truncatingIfNeeded: Lane.max &<< Lane(truncatingIfNeeded: shift))) &* lowestBits
        return V128(low: (a.low &<< shift) & mask, high: (a.high &<< shift) & mask)
    }

    /// `shr_u`: the count is taken modulo the lane's width.
    @inlinable @inline(__always)
    public static func shrU(_ a: V128, _ count: UInt32) -> V128 {
        let shift = UInt64(count) & (width &- 1)
        let mask = (UInt64(truncatingIfNeeded: Lane.max &>> Lane(truncatingIfNeeded: shift))) &* lowestBits
        return V128(low: (a.low &>> shift) & mask, high: (a.high &>> shift) & mask)
    }

    /// `shr_s`: the count is taken modulo the lane's width.
    @inlinable @inline(__always)
    public static func shrS(_ a: V128, _ count: UInt32) -> V128 {
        let shift = Signed(truncatingIfNeeded: count)
        return map(a) { x in bits(signed(x) &>> shift) }
    }

    /// `add`.
    @inlinable @inline(__always)
    public static func add(_ a: V128, _ b: V128) -> V128 { V128(low: addWords(a.low, b.low), high: addWords(a.high, b.high)) }

    /// `sub`.
    @inlinable @inline(__always)
    public static func sub(_ a: V128, _ b: V128) -> V128 { V128(low: subtractWords(a.low, b.low), high: subtractWords(a.high, b.high)) }

    /// `mul`.
    @inlinable @inline(__always)
    public static func mul(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in x &* y } }

    /// `add_sat_s`.
    @inlinable @inline(__always)
    public static func addSatS(_ a: V128, _ b: V128) -> V128 {
        map(a, b) { x, y in saturatedS(Int64(truncatingIfNeeded: signed(x)) &+ Int64(truncatingIfNeeded: signed(y))) }
    }

    /// `add_sat_u`.
    @inlinable @inline(__always)
    public static func addSatU(_ a: V128, _ b: V128) -> V128 {
        map(a, b) { x, y in saturatedU(Int64(truncatingIfNeeded: x) &+ Int64(truncatingIfNeeded: y)) }
    }

    /// `sub_sat_s`.
    @inlinable @inline(__always)
    public static func subSatS(_ a: V128, _ b: V128) -> V128 {
        map(a, b) { x, y in saturatedS(Int64(truncatingIfNeeded: signed(x)) &- Int64(truncatingIfNeeded: signed(y))) }
    }

    /// `sub_sat_u`.
    @inlinable @inline(__always)
    public static func subSatU(_ a: V128, _ b: V128) -> V128 {
        map(a, b) { x, y in saturatedU(Int64(truncatingIfNeeded: x) &- Int64(truncatingIfNeeded: y)) }
    }

    /// `min_s`.
    @inlinable @inline(__always)
    public static func minS(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in signed(x) < signed(y) ? x : y } }

    /// `min_u`.
    @inlinable @inline(__always)
    public static func minU(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in x < y ? x : y } }

    /// `max_s`.
    @inlinable @inline(__always)
    public static func maxS(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in signed(x) > signed(y) ? x : y } }

    /// `max_u`.
    @inlinable @inline(__always)
    public static func maxU(_ a: V128, _ b: V128) -> V128 { map(a, b) { x, y in x > y ? x : y } }

    /// `avgr_u`: the mean, rounded up.
    @inlinable @inline(__always)
    public static func avgrU(_ a: V128, _ b: V128) -> V128 { V128(low: averageWords(a.low, b.low), high: averageWords(a.high, b.high)) }

    /// The mean of lanes, rounded up: what both have or either has, less half of what only one has.
    @inlinable @inline(__always)
    static func averageWords(_ a: UInt64, _ b: UInt64) -> UInt64 { (a | b) &- (((a ^ b) & ~lowestBits) &>> 1) }
}

extension I8x16 {
    /// `i8x16.swizzle`: lanes of `a` by the indices in `indices`; 0 where an index is 16 or more. Also the relaxed one.
    @inlinable @inline(__always)
    public static func swizzle(_ a: V128, _ indices: V128) -> V128 {
        map(indices) { index in index < 16 ? extract(a, UInt32(index)) : 0 }
    }

    /// `i8x16.shuffle`: lanes of `a` and `b`, indices 0 to 31, which validation has bounded.
    @inlinable @inline(__always)
    public static func shuffle(_ a: V128, _ b: V128, _ indices: V128) -> V128 {
        map(indices) { index in
            let source = index < 16 ? a : b
            return extract(source, UInt32(index & 15))
        }
    }
}
