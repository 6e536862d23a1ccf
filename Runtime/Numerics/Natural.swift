// Natural numbers of any size, as few operations as exact float conversion needs. Cold: used only where 64 bits do not decide.

/// A natural number: 32-bit limbs, the least first, no leading zero limb.
struct Natural {
    private(set) var limbs: [UInt32]

    init(_ value: UInt64) {
        limbs = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
        trim()
    }

    private mutating func trim() {
        while let last = limbs.last, last == 0 { limbs.removeLast() }
    }

    var isZero: Bool { limbs.isEmpty }

    /// The number of bits without leading zeros.
    var bitWidth: Int {
        guard let last = limbs.last else { return 0 }
        return limbs.count * 32 - last.leadingZeroBitCount
    }

    /// self * factor + addend.
    mutating func multiply(by factor: UInt32, adding addend: UInt32 = 0) {
        var carry = UInt64(addend)
        for index in limbs.indices {
            carry += UInt64(limbs[index]) * UInt64(factor)
            limbs[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry != 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
    }

    /// self * 10^power.
    mutating func multiply(byPowerOfTen power: Int) {
        var rest = power
        while rest >= 9 {
            multiply(by: 1_000_000_000)
            rest -= 9
        }
        var factor: UInt32 = 1
        for _ in 0..<rest { factor *= 10 }
        if factor != 1 { multiply(by: factor) }
    }

    /// self * 2^count.
    mutating func shiftLeft(by count: Int) {
        guard !isZero, count > 0 else { return }
        let bits = UInt32(count % 32)
        if bits != 0 {
            var carry: UInt32 = 0
            for index in limbs.indices {
                let limb = limbs[index]
                limbs[index] = limb << bits | carry
                carry = limb >> (32 - bits)
            }
            if carry != 0 { limbs.append(carry) }
        }
        if count >= 32 { limbs.insert(contentsOf: [UInt32](repeating: 0, count: count / 32), at: 0) }
    }

    /// Divides by a small number in place; the remainder.
    mutating func divide(by divisor: UInt32) -> UInt32 {
        var remainder: UInt64 = 0
        for index in limbs.indices.reversed() {
            remainder = remainder << 32 | UInt64(limbs[index])
            limbs[index] = UInt32(truncatingIfNeeded: remainder / UInt64(divisor))
            remainder %= UInt64(divisor)
        }
        trim()
        return UInt32(truncatingIfNeeded: remainder)
    }

    /// self + other.
    mutating func add(_ other: Natural) {
        var carry: UInt64 = 0
        for index in 0..<max(limbs.count, other.limbs.count) {
            if index == limbs.count { limbs.append(0) }
            carry += UInt64(limbs[index]) + (index < other.limbs.count ? UInt64(other.limbs[index]) : 0)
            limbs[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry != 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
    }

    /// self - other, which must not be larger.
    mutating func subtract(_ other: Natural) {
        var borrow: Int64 = 0
        for index in limbs.indices {
            borrow += Int64(limbs[index]) - (index < other.limbs.count ? Int64(other.limbs[index]) : 0)
            limbs[index] = UInt32(truncatingIfNeeded: borrow)
            borrow >>= 32
        }
        trim()
    }

    /// -1, 0 or 1 as self is less than, equal to or greater than other.
    func compare(_ other: Natural) -> Int {
        if limbs.count != other.limbs.count { return limbs.count < other.limbs.count ? -1 : 1 }
        for index in limbs.indices.reversed() where limbs[index] != other.limbs[index] {
            return limbs[index] < other.limbs[index] ? -1 : 1
        }
        return 0
    }

    /// The most significant 64 bits, aligned left, and whether a non-zero bit lies below them. Zero must not ask.
    func leadingBits() -> (bits: UInt64, hasMore: Bool) {
        var bits: UInt64 = 0
        let top = limbs.count - 1
        let shift = UInt64(limbs[top].leadingZeroBitCount)
        bits = UInt64(limbs[top]) << 32
        if top >= 1 { bits |= UInt64(limbs[top - 1]) }
        bits <<= shift
        var lost: UInt32 = 0
        if top >= 2 {
            let next = UInt64(limbs[top - 2]) << shift
            bits |= next >> 32
            lost = UInt32(truncatingIfNeeded: next)
        }
        if lost != 0 { return (bits, true) }
        if top >= 3 {
            for index in 0...(top - 3) where limbs[index] != 0 { return (bits, true) }
        }
        return (bits, false)
    }

    /// self / divisor by long division on bits: the quotient, which must fit 64 bits, and whether a remainder is left.
    func divided(by divisor: Natural) -> (quotient: UInt64, isInexact: Bool) {
        var rest = self
        var quotient: UInt64 = 0
        var step = max(0, bitWidth - divisor.bitWidth)
        var shifted = divisor
        shifted.shiftLeft(by: step)
        while true {
            quotient <<= 1
            if rest.compare(shifted) >= 0 {
                rest.subtract(shifted)
                quotient |= 1
            }
            if step == 0 { break }
            step -= 1
            shifted.halve()
        }
        return (quotient, !rest.isZero)
    }

    /// self / 2, rounded down.
    private mutating func halve() {
        var carry: UInt32 = 0
        for index in limbs.indices.reversed() {
            let limb = limbs[index]
            limbs[index] = limb >> 1 | carry
            carry = limb << 31
        }
        trim()
    }
}
