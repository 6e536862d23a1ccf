// Text under construction: bytes with numbers and padding, for reports, tables and the console. Kernel threads only: it allocates.
import Containers

/// Bytes of text that grow.
public struct TextBuffer {
    /// The text so far.
    public private(set) var bytes: [UInt8] = []

    /// Nothing yet.
    public init() {}

    /// Appends a byte.
    public mutating func append(byte: UInt8) { bytes.append(byte) }

    /// Appends a literal.
    public mutating func append(_ text: StaticString) {
        bytes.append(text)
    }

    /// Appends bytes.
    public mutating func append(_ text: [UInt8]) {
        for byte in text { bytes.append(byte) }
    }

    /// Appends bytes that lie somewhere else.
    public mutating func append(_ text: UnsafeRawBufferPointer) {
        for byte in text { bytes.append(byte) }
    }

    /// Appends what a function of another layer appends.
    public mutating func append(_ body: (inout [UInt8]) -> Void) { body(&bytes) }

    /// Appends bytes, those that are no printable ASCII as `?`: what guests name themselves reaches no terminal as it is.
    public mutating func appendPrintable(_ text: [UInt8]) {
        for byte in text { bytes.append(byte >= 0x20 && byte < 0x7F ? byte : UInt8(ascii: "?")) }
    }

    /// Appends a decimal number.
    public mutating func append(decimal value: UInt64) { bytes.append(decimal: value) }

    /// Appends a signed decimal number.
    public mutating func append(decimal value: Int) { bytes.append(decimal: value) }

    /// Appends `0x` and a hexadecimal number.
    public mutating func append(hexadecimal value: UInt64) { bytes.append(hexadecimal: value) }

    /// Appends nanoseconds as seconds with three decimals.
    public mutating func append(secondsOf nanoseconds: UInt64) {
        let milliseconds = nanoseconds / 1_000_000
        append(decimal: milliseconds / 1000)
        append(".")
        let rest = milliseconds % 1000
        if rest < 100 { append("0") }
        if rest < 10 { append("0") }
        append(decimal: rest)
    }

    /// Appends nanoseconds as seconds with six digits after the point.
    public mutating func append(microsecondsOf nanoseconds: UInt64) {
        let microseconds = nanoseconds / 1000
        append(decimal: microseconds / 1_000_000)
        append(".")
        var scale: UInt64 = 100_000
        while scale > 0 {
            append(decimal: microseconds / scale % 10)
            scale /= 10
        }
    }

    /// Appends a byte count in the largest unit that keeps it exact to a tenth: `512`, `64K`, `1.5M`.
    public mutating func append(byteCount value: UInt64) {
        let units: [UInt8] = [UInt8(ascii: "K"), UInt8(ascii: "M"), UInt8(ascii: "G"), UInt8(ascii: "T")]
        guard value >= 1024 else {
            append(decimal: value)
            return
        }
        var unit = 0
        var scaled = value
        while unit < 3 && scaled >= 1024 * 1024 {
            scaled /= 1024
            unit += 1
        }
        append(decimal: scaled / 1024)
        let tenth = scaled % 1024 * 10 / 1024
        if tenth > 0 && scaled < 100 * 1024 {
            append(".")
            append(decimal: tenth)
        }
        bytes.append(units[unit])
    }

    /// Appends spaces until the line that began at `lineStart` is `width` long.
    public mutating func pad(from lineStart: Int, to width: Int) {
        while bytes.count - lineStart < width { bytes.append(UInt8(ascii: " ")) }
    }

    /// Appends `text` right-aligned in `width`.
    public mutating func append(rightAligned text: TextBuffer, width: Int) {
        var index = text.bytes.count
        while index < width {
            bytes.append(UInt8(ascii: " "))
            index += 1
        }
        append(text.bytes)
    }
}
