// IEEE 754 binary arithmetic by integers, with every rounding mode of RISC-V: exact results as 128-bit significands, rounded once.
// IEEE 754-2019, clauses 4.3 and 5.4; the integer conversions as the RISC-V manual saturates them.

import MachineCode

/// A binary floating-point format, whose values are bits in a UInt64.
package struct BinaryFormat {
    /// Bits of the significand behind the leading one.
    let fractionBitCount: Int
    /// Bits of the exponent.
    let exponentBitCount: Int

    package static let single = BinaryFormat(fractionBitCount: 23, exponentBitCount: 8)
    package static let double = BinaryFormat(fractionBitCount: 52, exponentBitCount: 11)

    var isSingle: Bool { fractionBitCount == 23 }
    var signBit: UInt64 { 1 << UInt64(fractionBitCount + exponentBitCount) }
    var fractionMask: UInt64 { 1 << UInt64(fractionBitCount) - 1 }
    var infinity: UInt64 { (1 << UInt64(exponentBitCount) - 1) << UInt64(fractionBitCount) }
    package var canonicalNaN: UInt64 { infinity | 1 << UInt64(fractionBitCount - 1) }
    /// The exponent of the last fraction bit of subnormal numbers.
    var lowestExponent: Int { 2 - 1 << (exponentBitCount - 1) - fractionBitCount }

    package func isNaN(_ bits: UInt64) -> Bool { bits & ~signBit > infinity }
    func isInfinite(_ bits: UInt64) -> Bool { bits & ~signBit == infinity }
    func isZero(_ bits: UInt64) -> Bool { bits & ~signBit == 0 }
    func isNegative(_ bits: UInt64) -> Bool { bits & signBit != 0 }

    /// A number that grows with the value; -0 is just below 0. Not for NaNs.
    func order(_ bits: UInt64) -> Int64 {
        let magnitude = Int64(bits & ~signBit)
        return isNegative(bits) ? -1 - magnitude : magnitude
    }

    /// Of a finite number: significand and exponent of its last bit.
    func parts(_ bits: UInt64) -> (significand: UInt64, exponent: Int) {
        let biased = Int((bits & ~signBit) >> UInt64(fractionBitCount))
        let fraction = bits & fractionMask
        return biased == 0 ? (fraction, lowestExponent) : (fraction | (fractionMask + 1), lowestExponent + biased - 1)
    }

    /// The bit of `fclass` for a value.
    func classMask(_ bits: UInt64) -> UInt64 {
        let negative = isNegative(bits)
        let magnitude = bits & ~signBit
        if isNaN(bits) { return magnitude & (fractionMask / 2 + 1) == 0 ? 1 << 8 : 1 << 9 }
        if magnitude == infinity { return negative ? 1 << 0 : 1 << 7 }
        if magnitude > fractionMask { return negative ? 1 << 1 : 1 << 6 }
        if magnitude != 0 { return negative ? 1 << 2 : 1 << 5 }
        return negative ? 1 << 3 : 1 << 4
    }

    /// Whether a magnitude grows by one unit for what is cut off: `half` says whether its first bit is set, `rest` whether another is.
    private func roundsUp(_ negative: Bool, isOdd: Bool, half: Bool, rest: Bool, _ mode: RoundingMode) -> Bool {
        switch mode {
        case .rne: half && (rest || isOdd)
        case .rmm: half
        case .rdn: negative && (half || rest)
        case .rup: !negative && (half || rest)
        default: false
        }
    }

    /// Drops the last `count` bits and rounds.
    private func shifted(_ negative: Bool, _ significand: UInt128, by count: Int, _ mode: RoundingMode) -> UInt128 {
        guard count > 0 else { return significand }
        let kept = count < 128 ? significand >> UInt128(count) : 0
        let half = count <= 128 && significand >> UInt128(count - 1) & 1 != 0
        let rest = count > 128 ? significand != 0 : significand & (1 << UInt128(count - 1) - 1) != 0
        return kept + (roundsUp(negative, isOdd: kept & 1 != 0, half: half, rest: rest, mode) ? 1 : 0)
    }

    /// The float nearest to `significand * 2^exponent` by the mode. The last bit of the significand may stand for any bits below it, if
    /// there are at least two bits more than the format has. Zero becomes a zero of the given sign.
    package func rounded(_ negative: Bool, _ exponent: Int, _ significand: UInt128, _ mode: RoundingMode) -> UInt64 {
        let sign = negative ? signBit : 0
        guard significand != 0 else { return sign }
        let bitCount = 128 - significand.leadingZeroBitCount
        // The exponent that the last bit of the result has.
        let target = max(exponent + bitCount - fractionBitCount - 1, lowestExponent)
        var kept =
            target >= exponent
            ? shifted(negative, significand, by: target - exponent, mode) : significand << UInt128(exponent - target)
        var last = target
        if kept > UInt128(fractionMask) * 2 + 1 {
            kept >>= 1
            last += 1
        }
        guard kept > UInt128(fractionMask) else { return sign | UInt64(kept) }
        let biased = last - lowestExponent + 1
        guard biased < 1 << exponentBitCount - 1 else {
            let isInfinity = mode == .rne || mode == .rmm || mode == (negative ? .rdn : .rup)
            return sign | (isInfinity ? infinity : infinity - 1)
        }
        return sign | UInt64(biased) << UInt64(fractionBitCount) | UInt64(kept) & fractionMask
    }

    /// The value in another format.
    package func converted(_ bits: UInt64, to format: BinaryFormat, _ mode: RoundingMode) -> UInt64 {
        if isNaN(bits) { return format.canonicalNaN }
        if isInfinite(bits) { return format.infinity | (isNegative(bits) ? format.signBit : 0) }
        let (significand, exponent) = parts(bits)
        return format.rounded(isNegative(bits), exponent, UInt128(significand), mode)
    }

    /// The value as an integer in a register, 32-bit results with their sign above. What is too large becomes the largest, what is too
    /// small the smallest, a NaN the largest.
    package func integer(_ bits: UInt64, bitCount: Int, isSigned: Bool, _ mode: RoundingMode) -> UInt64 {
        let highest = UInt64.max >> UInt64((isSigned ? 65 : 64) - bitCount)
        let lowest = isSigned ? highest + 1 : 0
        let negative = isNegative(bits) && !isNaN(bits)
        var magnitude = UInt128.max
        if !isNaN(bits), !isInfinite(bits) {
            let (significand, exponent) = parts(bits)
            if exponent <= 0 {
                magnitude = shifted(negative, UInt128(significand), by: -exponent, mode)
            } else if exponent < 64 {
                magnitude = UInt128(significand) << UInt128(exponent)
            }
        }
        let bound = UInt128(negative ? lowest : highest)
        let value = UInt64(min(magnitude, bound))
        let result = negative ? 0 &- value : value
        return bitCount == 64 ? result : UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: result)))
    }
}
