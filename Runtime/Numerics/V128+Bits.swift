// The instructions on a vector as 128 bits: logic, selection, tests. Spec: WebAssembly core, 4.3.6 Vector Operations.

extension V128 {
    /// `v128.not`.
    @inlinable @inline(__always)
    public static func not(_ a: V128) -> V128 { V128(low: ~a.low, high: ~a.high) }

    /// `v128.and`.
    @inlinable @inline(__always)
    public static func and(_ a: V128, _ b: V128) -> V128 { V128(low: a.low & b.low, high: a.high & b.high) }

    /// `v128.andnot`: `a` without the bits of `b`.
    @inlinable @inline(__always)
    public static func andnot(_ a: V128, _ b: V128) -> V128 { V128(low: a.low & ~b.low, high: a.high & ~b.high) }

    /// `v128.or`.
    @inlinable @inline(__always)
    public static func or(_ a: V128, _ b: V128) -> V128 { V128(low: a.low | b.low, high: a.high | b.high) }

    /// `v128.xor`.
    @inlinable @inline(__always)
    public static func xor(_ a: V128, _ b: V128) -> V128 { V128(low: a.low ^ b.low, high: a.high ^ b.high) }

    /// `v128.bitselect`: bits of `a` where `mask` is set, else of `b`. Also the relaxed lane selections.
    @inlinable @inline(__always)
    public static func bitselect(_ a: V128, _ b: V128, _ mask: V128) -> V128 {
        V128(low: b.low ^ ((a.low ^ b.low) & mask.low), high: b.high ^ ((a.high ^ b.high) & mask.high))
    }

    /// `v128.any_true`.
    @inlinable @inline(__always)
    public static func anyTrue(_ a: V128) -> Bool { a.low | a.high != 0 }
}
