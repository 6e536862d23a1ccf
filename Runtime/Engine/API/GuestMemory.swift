// GuestMemory: a checked view of a linear memory, valid until anything can grow it.

/// An address a guest gave: a claim, which only `GuestMemory` turns into bytes.
public typealias GuestPointer = UInt64

/// A snapshot of a memory's base and size. Take it again after anything that can grow the memory.
public struct GuestMemory {
    /// The first byte.
    public let base: UnsafeMutableRawPointer
    /// Accessible bytes.
    public let byteCount: Int

    /// A snapshot from its parts.
    public init(base: UnsafeMutableRawPointer, byteCount: Int) {
        self.base = base
        self.byteCount = byteCount
    }

    /// The `count` bytes at `address`, or nil when any of them is outside. Cannot overflow: the sum is never formed.
    public func bytes(at address: GuestPointer, count: Int) -> UnsafeMutableRawBufferPointer? {
        guard count >= 0, byteCount >= count, address <= UInt64(truncatingIfNeeded: byteCount &- count) else { return nil }
        return UnsafeMutableRawBufferPointer(start: base + Int(truncatingIfNeeded: address), count: count)
    }

    /// A little-endian integer at `address`, or nil when outside.
    public func load<Integer: FixedWidthInteger>(_ type: Integer.Type, at address: GuestPointer) -> Integer? {
        guard let bytes = bytes(at: address, count: Integer.bitWidth / 8) else { return nil }
        // SAFETY: the range was checked above; unaligned is meant.
        return Integer(littleEndian: UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(as: Integer.self))
    }

    /// Stores a little-endian integer at `address`; false when outside.
    public func store<Integer: FixedWidthInteger>(_ value: Integer, at address: GuestPointer) -> Bool {
        guard let bytes = bytes(at: address, count: Integer.bitWidth / 8) else { return false }
        // SAFETY: the range was checked above; unaligned is meant.
        bytes.baseAddress!.storeBytes(of: value.littleEndian, as: Integer.self)
        return true
    }
}
