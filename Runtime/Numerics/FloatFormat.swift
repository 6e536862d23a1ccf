// The two float formats as numbers of bits. IEEE 754-2019, 3.4.

/// A binary interchange format.
struct FloatFormat {
    /// Bits of the significand that are stored; the leading one is not.
    let fractionBitCount: Int
    /// Bits of the biased exponent.
    let exponentBitCount: Int

    static var binary32: FloatFormat { FloatFormat(fractionBitCount: 23, exponentBitCount: 8) }
    static var binary64: FloatFormat { FloatFormat(fractionBitCount: 52, exponentBitCount: 11) }

    /// The bias of the exponent, also the exponent of the largest finite numbers.
    var bias: Int { (1 << (exponentBitCount - 1)) - 1 }
    /// The exponent of the smallest normal number.
    var minimumExponent: Int { 1 - bias }
    /// The bits of infinity.
    var infinityBits: UInt64 { ((1 << UInt64(exponentBitCount)) - 1) << UInt64(fractionBitCount) }
    /// The sign bit.
    var signBit: UInt64 { 1 << UInt64(fractionBitCount + exponentBitCount) }
    /// All stored fraction bits.
    var fractionMask: UInt64 { (1 << UInt64(fractionBitCount)) - 1 }

    /// The number significand * 2^exponent, rounded to nearest, ties to even; `isInexact` says that something non-zero lies below the
    /// significand's last bit. Infinity's bits when it overflows. No sign.
    func rounded(significand: UInt64, exponent: Int, isInexact: Bool) -> UInt64 {
        guard significand != 0 else { return 0 }
        let shift = significand.leadingZeroBitCount
        let aligned = significand << UInt64(shift)
        let leadingExponent = exponent + 63 - shift
        // How many bits of `aligned` fall off: those beyond the fraction, and more when the number is subnormal.
        var dropped = 63 - fractionBitCount
        if leadingExponent < minimumExponent { dropped += minimumExponent - leadingExponent }
        if dropped > 64 { return 0 }
        let kept = dropped == 64 ? 0 : aligned >> UInt64(dropped)
        let half: UInt64 = 1 << UInt64(dropped - 1)
        let remainder = dropped == 64 ? aligned : aligned & ((half << 1) &- 1)
        var bits = kept
        if leadingExponent >= minimumExponent {
            if leadingExponent > bias { return infinityBits }
            bits = UInt64(leadingExponent + bias) << UInt64(fractionBitCount) | (kept & fractionMask)
        }
        let roundsUp = remainder > half || (remainder == half && (isInexact || bits & 1 == 1))
        // A carry out of the fraction moves into the exponent, which is the next number, infinity included.
        if roundsUp { bits += 1 }
        return bits
    }
}
