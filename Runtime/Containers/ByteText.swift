// Text as bytes: literals and numbers appended to an array. What the kernel, the assembler and the reports build their lines with, since
// String is too large for bare metal.

extension Array where Element == UInt8 {
    /// The bytes of a literal.
    package mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A number in decimal.
    package mutating func append(decimal value: Int) {
        if value < 0 { append(0x2d) }
        append(decimal: UInt64(value.magnitude))
    }

    /// An unsigned number in decimal.
    package mutating func append(decimal value: UInt64) { append(value, radix: 10) }

    /// `0x` and the digits.
    package mutating func append(hexadecimal value: UInt64) {
        append("0x")
        append(value, radix: 16)
    }

    private mutating func append(_ value: UInt64, radix: UInt64) {
        let start = count
        var rest = value
        repeat {
            let digit = UInt8(truncatingIfNeeded: rest % radix)
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            rest /= radix
        } while rest > 0
        var low = start
        var high = count - 1
        while low < high {
            swapAt(low, high)
            low += 1
            high -= 1
        }
    }
}
