// The 128-bit vector: layout, lanes, splats and constants. The instructions are in the files `Vector*.swift`, in one namespace a shape.
// Spec: WebAssembly core, 2.3.3 Vector Types and 4.3.6 Vector Operations.

/// A vector of 128 bits: two 64-bit words, the low one first, as it lies in memory and in two operand slots.
@frozen
public struct V128: Equatable, Sendable {
    /// Bytes 0 to 7.
    public var low: UInt64
    /// Bytes 8 to 15.
    public var high: UInt64

    @inlinable @inline(__always)
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// All bits zero.
    @inlinable @inline(__always)
    public static var zero: V128 { V128(low: 0, high: 0) }
}
