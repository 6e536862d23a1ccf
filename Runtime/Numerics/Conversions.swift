// Conversions between the number types: trapping and saturating truncations, integer to float, promotion, demotion, reinterpretation.
// Each function has the name of its instruction. Spec: WebAssembly core, 4.3.4 Conversions.

// The bounds of a conversion are exclusive: the least number of the type that is too small, and the least that is too large. They are the
// very comparisons that `Int32(x)` makes before it converts, so the compiler drops the second pair, and no trap is left in the code.

extension I32 {
    /// `i32.trunc_f32_s`.
    @inlinable @inline(__always)
    public static func truncF32S(_ x: Float) throws(NumericFault) -> UInt32 {
        guard x > -2_147_483_904 && x < 2_147_483_648 else { throw conversionFault(x == x) }
        return UInt32(bitPattern: Int32(x))
    }

    /// `i32.trunc_f32_u`.
    @inlinable @inline(__always)
    public static func truncF32U(_ x: Float) throws(NumericFault) -> UInt32 {
        guard x > -1 && x < 4_294_967_296 else { throw conversionFault(x == x) }
        return UInt32(x)
    }

    /// `i32.trunc_f64_s`.
    @inlinable @inline(__always)
    public static func truncF64S(_ x: Double) throws(NumericFault) -> UInt32 {
        guard x > -2_147_483_649 && x < 2_147_483_648 else { throw conversionFault(x == x) }
        return UInt32(bitPattern: Int32(x))
    }

    /// `i32.trunc_f64_u`.
    @inlinable @inline(__always)
    public static func truncF64U(_ x: Double) throws(NumericFault) -> UInt32 {
        guard x > -1 && x < 4_294_967_296 else { throw conversionFault(x == x) }
        return UInt32(x)
    }

    /// `i32.trunc_sat_f32_s`.
    @inlinable @inline(__always)
    public static func truncSatF32S(_ x: Float) -> UInt32 {
        if x > -2_147_483_904 && x < 2_147_483_648 { return UInt32(bitPattern: Int32(x)) }
        return x == x ? (x < 0 ? 0x8000_0000 : 0x7FFF_FFFF) : 0
    }

    /// `i32.trunc_sat_f32_u`.
    @inlinable @inline(__always)
    public static func truncSatF32U(_ x: Float) -> UInt32 {
        if x > -1 && x < 4_294_967_296 { return UInt32(x) }
        return x > 0 ? 0xFFFF_FFFF : 0
    }

    /// `i32.trunc_sat_f64_s`.
    @inlinable @inline(__always)
    public static func truncSatF64S(_ x: Double) -> UInt32 {
        if x > -2_147_483_649 && x < 2_147_483_648 { return UInt32(bitPattern: Int32(x)) }
        return x == x ? (x < 0 ? 0x8000_0000 : 0x7FFF_FFFF) : 0
    }

    /// `i32.trunc_sat_f64_u`.
    @inlinable @inline(__always)
    public static func truncSatF64U(_ x: Double) -> UInt32 {
        if x > -1 && x < 4_294_967_296 { return UInt32(x) }
        return x > 0 ? 0xFFFF_FFFF : 0
    }

    /// `i32.reinterpret_f32`.
    @inlinable @inline(__always)
    public static func reinterpretF32(_ x: Float) -> UInt32 { x.bitPattern }
}

extension I64 {
    /// `i64.trunc_f32_s`.
    @inlinable @inline(__always)
    public static func truncF32S(_ x: Float) throws(NumericFault) -> UInt64 {
        guard x > -9_223_373_136_366_403_584 && x < 9_223_372_036_854_775_808 else { throw conversionFault(x == x) }
        return UInt64(bitPattern: Int64(x))
    }

    /// `i64.trunc_f32_u`.
    @inlinable @inline(__always)
    public static func truncF32U(_ x: Float) throws(NumericFault) -> UInt64 {
        guard x > -1 && x < 18_446_744_073_709_551_616 else { throw conversionFault(x == x) }
        return UInt64(x)
    }

    /// `i64.trunc_f64_s`.
    @inlinable @inline(__always)
    public static func truncF64S(_ x: Double) throws(NumericFault) -> UInt64 {
        guard x > -9_223_372_036_854_777_856 && x < 9_223_372_036_854_775_808 else { throw conversionFault(x == x) }
        return UInt64(bitPattern: Int64(x))
    }

    /// `i64.trunc_f64_u`.
    @inlinable @inline(__always)
    public static func truncF64U(_ x: Double) throws(NumericFault) -> UInt64 {
        guard x > -1 && x < 18_446_744_073_709_551_616 else { throw conversionFault(x == x) }
        return UInt64(x)
    }

    /// `i64.trunc_sat_f32_s`.
    @inlinable @inline(__always)
    public static func truncSatF32S(_ x: Float) -> UInt64 {
        if x > -9_223_373_136_366_403_584 && x < 9_223_372_036_854_775_808 { return UInt64(bitPattern: Int64(x)) }
        return x == x ? (x < 0 ? 0x8000_0000_0000_0000 : 0x7FFF_FFFF_FFFF_FFFF) : 0
    }

    /// `i64.trunc_sat_f32_u`.
    @inlinable @inline(__always)
    public static func truncSatF32U(_ x: Float) -> UInt64 {
        if x > -1 && x < 18_446_744_073_709_551_616 { return UInt64(x) }
        return x > 0 ? 0xFFFF_FFFF_FFFF_FFFF : 0
    }

    /// `i64.trunc_sat_f64_s`.
    @inlinable @inline(__always)
    public static func truncSatF64S(_ x: Double) -> UInt64 {
        if x > -9_223_372_036_854_777_856 && x < 9_223_372_036_854_775_808 { return UInt64(bitPattern: Int64(x)) }
        return x == x ? (x < 0 ? 0x8000_0000_0000_0000 : 0x7FFF_FFFF_FFFF_FFFF) : 0
    }

    /// `i64.trunc_sat_f64_u`.
    @inlinable @inline(__always)
    public static func truncSatF64U(_ x: Double) -> UInt64 {
        if x > -1 && x < 18_446_744_073_709_551_616 { return UInt64(x) }
        return x > 0 ? 0xFFFF_FFFF_FFFF_FFFF : 0
    }

    /// `i64.reinterpret_f64`.
    @inlinable @inline(__always)
    public static func reinterpretF64(_ x: Double) -> UInt64 { x.bitPattern }
}

/// Why a conversion failed: a number out of range, or no number at all.
@inlinable @inline(__always)
func conversionFault(_ isNumber: Bool) -> NumericFault { isNumber ? .integerOverflow : .badConversionToInteger }

extension F32 {
    /// `f32.convert_i32_s`.
    @inlinable @inline(__always)
    public static func convertI32S(_ a: UInt32) -> Float { Float(Int32(bitPattern: a)) }

    /// `f32.convert_i32_u`.
    @inlinable @inline(__always)
    public static func convertI32U(_ a: UInt32) -> Float { Float(a) }

    /// `f32.convert_i64_s`.
    @inlinable @inline(__always)
    public static func convertI64S(_ a: UInt64) -> Float { Float(Int64(bitPattern: a)) }

    /// `f32.convert_i64_u`.
    @inlinable @inline(__always)
    public static func convertI64U(_ a: UInt64) -> Float { Float(a) }

    /// `f32.demote_f64`.
    @inlinable @inline(__always)
    public static func demoteF64(_ x: Double) -> Float { result(Float(x)) }

    /// `f32.reinterpret_i32`.
    @inlinable @inline(__always)
    public static func reinterpretI32(_ a: UInt32) -> Float { Float(bitPattern: a) }
}

extension F64 {
    /// `f64.convert_i32_s`.
    @inlinable @inline(__always)
    public static func convertI32S(_ a: UInt32) -> Double { Double(Int32(bitPattern: a)) }

    /// `f64.convert_i32_u`.
    @inlinable @inline(__always)
    public static func convertI32U(_ a: UInt32) -> Double { Double(a) }

    /// `f64.convert_i64_s`.
    @inlinable @inline(__always)
    public static func convertI64S(_ a: UInt64) -> Double { Double(Int64(bitPattern: a)) }

    /// `f64.convert_i64_u`.
    @inlinable @inline(__always)
    public static func convertI64U(_ a: UInt64) -> Double { Double(a) }

    /// `f64.promote_f32`.
    @inlinable @inline(__always)
    public static func promoteF32(_ x: Float) -> Double { result(Double(x)) }

    /// `f64.reinterpret_i64`.
    @inlinable @inline(__always)
    public static func reinterpretI64(_ a: UInt64) -> Double { Double(bitPattern: a) }
}
