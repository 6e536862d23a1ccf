// The arithmetic of BinaryFormat: sums, products, quotients, roots, each exact before it is rounded once.

import MachineCode

extension BinaryFormat {
    /// `a op b`, or the square root of `a`.
    package func exact(_ operation: FloatOperation, _ a: UInt64, _ b: UInt64, _ mode: RoundingMode) -> UInt64 {
        if isNaN(a) || isNaN(b) { return canonicalNaN }
        let sign = (a ^ b) & signBit
        switch operation {
        case .add, .subtract:
            let b = operation == .subtract ? b ^ signBit : b
            if isInfinite(a) || isInfinite(b) {
                return isInfinite(a) && isInfinite(b) && a != b ? canonicalNaN : isInfinite(a) ? a : b
            }
            let (first, second) = (parts(a), parts(b))
            return sum(
                (isNegative(a), UInt128(first.significand), first.exponent), (isNegative(b), UInt128(second.significand), second.exponent),
                mode)
        case .multiply:
            if isInfinite(a) || isInfinite(b) { return isZero(a) || isZero(b) ? canonicalNaN : sign | infinity }
            let (first, second) = (parts(a), parts(b))
            return rounded(
                sign != 0, first.exponent + second.exponent, UInt128(first.significand) * UInt128(second.significand), mode)
        case .divide:
            if isInfinite(a) { return isInfinite(b) ? canonicalNaN : sign | infinity }
            if isInfinite(b) { return sign }
            if isZero(b) { return isZero(a) ? canonicalNaN : sign | infinity }
            if isZero(a) { return sign }
            return quotient(sign != 0, parts(a), parts(b), mode)
        case .squareRoot:
            if isZero(a) { return a }
            if isNegative(a) { return canonicalNaN }
            return isInfinite(a) ? a : root(parts(a), mode)
        }
    }

    /// `a * b + c`, rounded once.
    package func exactFused(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ mode: RoundingMode) -> UInt64 {
        if isNaN(a) || isNaN(b) || isNaN(c) { return canonicalNaN }
        let sign = (a ^ b) & signBit
        if isInfinite(a) || isInfinite(b) {
            if isZero(a) || isZero(b) || isInfinite(c) && c != sign | infinity { return canonicalNaN }
            return sign | infinity
        }
        if isInfinite(c) { return c }
        let (first, second, third) = (parts(a), parts(b), parts(c))
        return sum(
            (sign != 0, UInt128(first.significand) * UInt128(second.significand), first.exponent + second.exponent),
            (isNegative(c), UInt128(third.significand), third.exponent), mode)
    }

    private typealias Term = (negative: Bool, significand: UInt128, exponent: Int)

    /// The sum of two exact terms. Both are brought to 127 bits; the smaller one is shifted right and its last bit stands for what is lost.
    /// Nothing is lost where leading bits cancel: then the shift is at most one, and a product has 106 bits.
    private func sum(_ a: Term, _ b: Term, _ mode: RoundingMode) -> UInt64 {
        if a.significand == 0 && b.significand == 0 {
            return (a.negative == b.negative ? a.negative : mode == .rdn) ? signBit : 0
        }
        if a.significand == 0 { return rounded(b.negative, b.exponent, b.significand, mode) }
        if b.significand == 0 { return rounded(a.negative, a.exponent, a.significand, mode) }
        var (large, small) = (aligned(a), aligned(b))
        if large.exponent < small.exponent { swap(&large, &small) }
        let distance = large.exponent - small.exponent
        var moved = distance < 128 ? small.significand >> UInt128(distance) : 0
        if distance >= 128 || moved << UInt128(distance) != small.significand { moved |= 1 }
        let exponent = large.exponent
        if large.negative == small.negative { return rounded(large.negative, exponent, large.significand + moved, mode) }
        if large.significand == moved { return mode == .rdn ? signBit : 0 }
        return large.significand > moved
            ? rounded(large.negative, exponent, large.significand - moved, mode)
            : rounded(small.negative, exponent, moved - large.significand, mode)
    }

    /// The term with bit 126 as its first.
    private func aligned(_ term: Term) -> Term {
        let shift = term.significand.leadingZeroBitCount - 1
        return (term.negative, term.significand << UInt128(shift), term.exponent - shift)
    }

    /// A quotient of at least 64 bits, whose last bit stands for the remainder.
    private func quotient(
        _ negative: Bool, _ a: (significand: UInt64, exponent: Int), _ b: (significand: UInt64, exponent: Int), _ mode: RoundingMode
    ) -> UInt64 {
        let shift = UInt128(a.significand).leadingZeroBitCount
        let (quotient, remainder) = (UInt128(a.significand) << UInt128(shift)).quotientAndRemainder(dividingBy: UInt128(b.significand))
        return rounded(negative, a.exponent - shift - b.exponent, quotient | (remainder != 0 ? 1 : 0), mode)
    }

    /// A root of 63 bits or more, whose last bit stands for the remainder.
    private func root(_ a: (significand: UInt64, exponent: Int), _ mode: RoundingMode) -> UInt64 {
        var shift = UInt128(a.significand).leadingZeroBitCount
        if (a.exponent - shift) & 1 != 0 { shift -= 1 }
        var rest = UInt128(a.significand) << UInt128(shift)
        // Digit by digit: `bit` is the square of the next digit's weight, `found` twice the root so far times it.
        var found: UInt128 = 0
        var bit: UInt128 = 1 << 126
        while bit != 0 {
            if rest >= found + bit {
                rest -= found + bit
                found = found >> 1 + bit
            } else {
                found >>= 1
            }
            bit >>= 2
        }
        return rounded(false, (a.exponent - shift) / 2, found | (rest != 0 ? 1 : 0), mode)
    }
}
