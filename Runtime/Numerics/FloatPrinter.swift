// Float to text: the shortest decimal that reads back as the same bits, in the text format's grammar, without libc.
// Spec: WebAssembly core, 6.3.2 Floating-Point. Method: Steele and White's free-format algorithm on exact integers.

/// Writes floats as text.
@frozen
public enum FloatPrinter {
    /// Appends the shortest text that denotes the `f64` with these bits; a NaN other than the canonical one with its payload.
    public static func print(float64Bits bits: UInt64, into text: inout [UInt8]) {
        print(bits, .binary64, into: &text)
    }

    /// Appends the shortest text that denotes the `f32` with these bits.
    public static func print(float32Bits bits: UInt32, into text: inout [UInt8]) {
        print(UInt64(bits), .binary32, into: &text)
    }

    private static func append(_ word: StaticString, _ text: inout [UInt8]) {
        for index in 0..<word.utf8CodeUnitCount { text.append(word.utf8Start[index]) }
    }

    private static func print(_ bits: UInt64, _ format: FloatFormat, into text: inout [UInt8]) {
        if bits & format.signBit != 0 { text.append(UInt8(ascii: "-")) }
        let magnitude = bits & ~format.signBit
        if magnitude == 0 { return append("0", &text) }
        if magnitude == format.infinityBits { return append("inf", &text) }
        if magnitude > format.infinityBits {
            append("nan", &text)
            let payload = magnitude & format.fractionMask
            if payload != 1 << UInt64(format.fractionBitCount - 1) {
                append(":0x", &text)
                for character in String(payload, radix: 16).utf8 { text.append(character) }
            }
            return
        }
        let (digits, pointPosition) = shortestDigits(magnitude, format)
        layOut(digits, pointPosition, into: &text)
    }

    /// The digits, and where the decimal point stands: the number is 0.d1d2d3... * 10^pointPosition.
    private static func shortestDigits(_ magnitude: UInt64, _ format: FloatFormat) -> (digits: [UInt8], pointPosition: Int) {
        let biasedExponent = Int(magnitude >> UInt64(format.fractionBitCount))
        let fraction = magnitude & format.fractionMask
        let isNormal = biasedExponent != 0
        let significand = isNormal ? fraction | (1 << UInt64(format.fractionBitCount)) : fraction
        let exponent = (isNormal ? biasedExponent : 1) - format.bias - format.fractionBitCount
        // At a power of two the neighbour below is half as far as the one above.
        let isAtBoundary = fraction == 0 && biasedExponent > 1
        // The interval's ends belong to it when the significand is even, since ties go to even.
        let includesEnds = significand & 1 == 0

        // value = numerator / denominator; half the gaps to the neighbours = above, below over the same denominator.
        var numerator = Natural(significand)
        var denominator = Natural(1)
        var above = Natural(1)
        var below = Natural(1)
        let extra = isAtBoundary ? 2 : 1
        numerator.shiftLeft(by: max(exponent, 0) + extra)
        denominator.shiftLeft(by: max(-exponent, 0) + extra)
        above.shiftLeft(by: max(exponent, 0) + (isAtBoundary ? 1 : 0))
        below.shiftLeft(by: max(exponent, 0))

        // floor(log10 value) or one less: 78913 / 2^18 is a little below log10 of 2.
        let leadingExponent = exponent + 63 - significand.leadingZeroBitCount
        var pointPosition = (leadingExponent * 78_913) >> 18
        if pointPosition >= 0 {
            denominator.multiply(byPowerOfTen: pointPosition)
        } else {
            numerator.multiply(byPowerOfTen: -pointPosition)
            above.multiply(byPowerOfTen: -pointPosition)
            below.multiply(byPowerOfTen: -pointPosition)
        }
        // Raise the estimate until value + above is not beyond one unit of the next place.
        while true {
            var upper = numerator
            upper.add(above)
            let order = upper.compare(denominator)
            guard order > 0 || (order == 0 && includesEnds) else { break }
            denominator.multiply(by: 10)
            pointPosition += 1
        }

        var digits: [UInt8] = []
        while true {
            numerator.multiply(by: 10)
            above.multiply(by: 10)
            below.multiply(by: 10)
            var digit: UInt8 = 0
            while numerator.compare(denominator) >= 0 {
                numerator.subtract(denominator)
                digit += 1
            }
            let lowOrder = numerator.compare(below)
            let isLowEnough = lowOrder < 0 || (lowOrder == 0 && includesEnds)
            var upper = numerator
            upper.add(above)
            let highOrder = upper.compare(denominator)
            let isHighEnough = highOrder > 0 || (highOrder == 0 && includesEnds)
            if !isLowEnough && !isHighEnough {
                digits.append(digit)
                continue
            }
            var roundsUp = isHighEnough
            if isLowEnough && isHighEnough {
                var double = numerator
                double.shiftLeft(by: 1)
                let order = double.compare(denominator)
                roundsUp = order > 0 || (order == 0 && digit & 1 == 1)
            }
            digits.append(roundsUp ? digit + 1 : digit)
            return (digits, pointPosition)
        }
    }

    /// Plain notation for exponents from -6 to 20, scientific beyond.
    private static func layOut(_ digits: [UInt8], _ pointPosition: Int, into text: inout [UInt8]) {
        let zero = UInt8(ascii: "0")
        if pointPosition > 21 || pointPosition < -5 {
            text.append(zero + digits[0])
            if digits.count > 1 { text.append(UInt8(ascii: ".")) }
            for digit in digits.dropFirst() { text.append(zero + digit) }
            append("e", &text)
            for character in String(pointPosition - 1).utf8 { text.append(character) }
        } else if pointPosition <= 0 {
            append("0.", &text)
            for _ in 0..<(-pointPosition) { text.append(zero) }
            for digit in digits { text.append(zero + digit) }
        } else {
            for index in 0..<max(digits.count, pointPosition) {
                if index == pointPosition { text.append(UInt8(ascii: ".")) }
                text.append(index < digits.count ? zero + digits[index] : zero)
            }
        }
    }
}
