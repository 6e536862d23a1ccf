// A checked view of a guest's memory, until the engine's own is there: goes away then.

/// A snapshot of a linear memory.
public struct GuestMemory {
    public let base: UnsafeMutableRawPointer
    public let byteCount: Int
    public init(base: UnsafeMutableRawPointer, byteCount: Int) {
        self.base = base
        self.byteCount = byteCount
    }
    public func bytes(at address: UInt64, count: Int) -> UnsafeMutableRawBufferPointer? {
        guard count >= 0, count <= byteCount, address <= UInt64(byteCount - count) else { return nil }
        return UnsafeMutableRawBufferPointer(start: base + Int(address), count: count)
    }
}
