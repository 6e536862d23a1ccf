// The bytes of one write in the pieces they lie in: a guest's vectors (`ciovec_array`), read in place, or one buffer.
// Owns nothing; the guest's memory must stay as it is while it is used, which a call that has not returned sees to.
import WasmEngine

/// What is left to write, piece by piece. Take from `first`, then `removeFirst`.
public struct ByteVectors {
    private let memory: GuestMemory
    /// Where the vector after the first piece's is: address and length, 4 bytes each.
    private var next: UInt64
    /// How many vectors follow.
    private var followingCount: UInt32
    /// What is left of the first piece; empty only when nothing is left.
    public private(set) var first: UnsafeRawBufferPointer
    /// How many bytes are left in all.
    public private(set) var byteCount: Int

    /// Bytes each vector of a guest takes.
    static let vectorByteCount: UInt64 = 8

    /// One buffer.
    public init(_ bytes: UnsafeRawBufferPointer) {
        memory = GuestMemory(base: UnsafeMutableRawPointer(bitPattern: 16)!, byteCount: 0)
        next = 0
        followingCount = 0
        first = bytes
        byteCount = bytes.count
    }

    /// A guest's `count` vectors at `address`, which hold `byteCount` bytes together, as `WASIContext.checkVectors` has found.
    init(_ memory: GuestMemory, at address: UInt64, count: UInt32, byteCount: Int) {
        self.memory = memory
        next = address
        followingCount = count
        first = UnsafeRawBufferPointer(start: nil, count: 0)
        self.byteCount = byteCount
        skipEmptyPieces()
    }

    /// Whether nothing is left.
    public var isEmpty: Bool { first.isEmpty }

    /// Takes bytes away from the first piece; `count` must not exceed `first.count`.
    public mutating func removeFirst(_ count: Int) {
        first = UnsafeRawBufferPointer(rebasing: first[count...])
        byteCount -= count
        skipEmptyPieces()
    }

    /// Goes on to a piece that has bytes. A vector is checked again as it is read: it is the guest's.
    private mutating func skipEmptyPieces() {
        while first.isEmpty, followingCount > 0 {
            followingCount -= 1
            if let address = memory.load(UInt32.self, at: next), let count = memory.load(UInt32.self, at: next + 4),
                let bytes = memory.bytes(at: UInt64(address), count: Int(count))
            {
                first = UnsafeRawBufferPointer(bytes)
            }
            next += ByteVectors.vectorByteCount
        }
        if first.isEmpty { byteCount = 0 }
    }
}
