// Integer literals: digits, underscores, signs, and the range of each width. Owns nothing.
// Spec: WebAssembly core, 6.3.1 (integers).

/// The value of an integer literal, before it is fitted to a width.
package struct IntegerLiteral {
    /// The magnitude; nil-checked while parsing, so that it always fits.
    package var magnitude: UInt64
    package var isNegative: Bool
    package var hasSign: Bool

    /// Parses the bytes of a natural or integer token; nil when the magnitude passes 64 bits.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        isNegative = false
        hasSign = false
        magnitude = 0
        if bytes.count > 0, bytes[0] == 0x2b || bytes[0] == 0x2d {
            hasSign = true
            isNegative = bytes[0] == 0x2d
            position = 1
        }
        var base: UInt64 = 10
        if bytes.count - position > 2, bytes[position] == 0x30, bytes[position + 1] == 0x78 {
            base = 16
            position += 2
        }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard let digit = Character8.hexadecimal(byte) else { continue }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: base)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            magnitude = sum
        }
    }

    /// The two's complement bits in `bitCount` bits, for a literal that may be written signed or unsigned; nil out of range.
    package func bits(_ bitCount: UInt64) -> UInt64? {
        let half: UInt64 = 1 << (bitCount - 1)
        if isNegative {
            guard magnitude <= half else { return nil }
            return (0 &- magnitude) & mask(bitCount)
        }
        guard magnitude <= mask(bitCount), !hasSign || magnitude <= mask(bitCount) else { return nil }
        return magnitude
    }

    private func mask(_ bitCount: UInt64) -> UInt64 { bitCount == 64 ? .max : (1 << bitCount) - 1 }
}
