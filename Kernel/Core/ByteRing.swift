// A ring of bytes between one producer and one consumer, such as an interrupt handler and a thread. Callers serialise.

/// A first-in first-out queue of bytes in memory of a fixed size, which its owner provides and keeps.
public struct ByteRing {
    private let storage: UnsafeMutableRawBufferPointer
    private var readIndex = 0
    /// Bytes in the ring.
    public private(set) var count = 0

    /// `storage.count` must be a power of two.
    public init(storage: UnsafeMutableRawBufferPointer) {
        precondition(storage.count > 0 && storage.count & (storage.count - 1) == 0)
        self.storage = storage
    }

    public var capacity: Int { storage.count }
    public var freeByteCount: Int { storage.count &- count }
    public var isEmpty: Bool { count == 0 }

    /// Appends one byte; false when the ring is full.
    public mutating func append(_ byte: UInt8) -> Bool {
        guard count < storage.count else { return false }
        storage[(readIndex &+ count) & (storage.count &- 1)] = byte
        count &+= 1
        return true
    }

    /// Takes the oldest byte.
    public mutating func popFirst() -> UInt8? {
        guard count > 0 else { return nil }
        let byte = storage[readIndex]
        readIndex = (readIndex &+ 1) & (storage.count &- 1)
        count &-= 1
        return byte
    }

    /// Appends as many bytes as fit and says how many.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let total = min(bytes.count, freeByteCount)
        guard total > 0 else { return 0 }
        let start = (readIndex &+ count) & (storage.count &- 1)
        let first = min(total, storage.count &- start)
        let source = bytes.baseAddress!
        (storage.baseAddress! + start).copyMemory(from: source, byteCount: first)
        if total > first { storage.baseAddress!.copyMemory(from: source + first, byteCount: total &- first) }
        count &+= total
        return total
    }

    /// Takes the oldest bytes, as many as there are and fit, and says how many.
    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let total = min(buffer.count, count)
        guard total > 0 else { return 0 }
        let first = min(total, storage.count &- readIndex)
        buffer.baseAddress!.copyMemory(from: storage.baseAddress! + readIndex, byteCount: first)
        if total > first { (buffer.baseAddress! + first).copyMemory(from: storage.baseAddress!, byteCount: total &- first) }
        readIndex = (readIndex &+ total) & (storage.count &- 1)
        count &-= total
        return total
    }

    /// The oldest bytes that lie in one piece, left in the ring; `discard` them when done.
    public var contiguousBytes: UnsafeRawBufferPointer {
        let length = min(count, storage.count &- readIndex)
        return UnsafeRawBufferPointer(start: storage.baseAddress! + readIndex, count: length)
    }

    public mutating func discard(_ byteCount: Int) {
        let total = min(byteCount, count)
        readIndex = (readIndex &+ total) & (storage.count &- 1)
        count &-= total
    }
}
