// Text to float, correctly rounded whatever the length: the grammar of the text format's `fN`.
// Spec: WebAssembly core, 6.3.2 Floating-Point.

/// Why a text is no float.
@frozen
public enum FloatTextFault: UInt8, Error {
    /// Not of the grammar.
    case malformed
    /// A number that rounds to infinity, or a NaN payload which is zero or too wide.
    case outOfRange
}

/// Reads the text format's float literals.
@frozen
public enum FloatParser {
    /// The bits of the `f64` which `text` denotes: an optional sign, then a decimal or hexadecimal number with `_` between digits,
    /// `inf`, `nan` or `nan:0x...`.
    public static func float64Bits(_ text: UnsafeRawBufferPointer) throws(FloatTextFault) -> UInt64 {
        try FloatLiteral(text).bits(of: .binary64)
    }

    /// The bits of the `f32` which `text` denotes, rounded once.
    public static func float32Bits(_ text: UnsafeRawBufferPointer) throws(FloatTextFault) -> UInt32 {
        UInt32(truncatingIfNeeded: try FloatLiteral(text).bits(of: .binary32))
    }
}
