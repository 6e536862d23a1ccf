// An arena: memory handed out in order and freed all at once. Owns its chunks.

/// Bump allocation from chunks that double up to 1 MiB. What is placed in it must need no `deinit`.
@frozen public struct Arena: ~Copyable {
    /// The first bytes of a chunk: a link to the chunk before it.
    private static let headerByteCount = 16
    private static let largestChunkByteCount = 1 << 20

    private var lastChunk: UnsafeMutableRawPointer?
    private var next: UInt
    private var end: UInt
    private var nextChunkByteCount: Int
    /// Bytes taken from the heap so far.
    public private(set) var reservedByteCount: Int

    /// An arena without memory; the first allocation takes some, at least `firstChunkByteCount`.
    public init(firstChunkByteCount: Int = 4096) {
        lastChunk = nil
        next = 0
        end = 0
        nextChunkByteCount = firstChunkByteCount
        reservedByteCount = 0
    }

    deinit {
        var chunk = lastChunk
        while let current = chunk {
            chunk = current.load(as: UnsafeMutableRawPointer?.self)
            Allocation.free(current)
        }
    }

    /// Uninitialised memory that lives as long as the arena, or nil when the heap refuses. `alignment` is a power of two up to 4096.
    public mutating func tryAllocate(byteCount: Int, alignment: Int = 16) -> UnsafeMutableRawPointer? {
        guard byteCount >= 0, byteCount < Int.max / 4, alignment > 0, alignment <= 4096 else { return nil }
        let mask = UInt(alignment) &- 1
        var start = (next &+ mask) & ~mask
        if start > end || end &- start < UInt(byteCount) || next == 0 {
            guard addChunk(holding: byteCount &+ alignment) else { return nil }
            start = (next &+ mask) & ~mask
        }
        next = start &+ UInt(byteCount)
        return UnsafeMutableRawPointer(bitPattern: start)
    }

    /// Uninitialised memory for `count` values, or nil when the heap refuses.
    @inlinable public mutating func tryAllocate<T: BitwiseCopyable>(_ type: T.Type, count: Int) -> UnsafeMutablePointer<T>? {
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<T>.stride)
        guard !overflow, let raw = tryAllocate(byteCount: byteCount, alignment: MemoryLayout<T>.alignment) else { return nil }
        return raw.bindMemory(to: T.self, capacity: count)
    }

    private mutating func addChunk(holding byteCount: Int) -> Bool {
        let wanted = max(nextChunkByteCount, byteCount &+ Arena.headerByteCount)
        guard let chunk = Allocation.tryAllocate(byteCount: wanted) else { return false }
        chunk.storeBytes(of: lastChunk, as: UnsafeMutableRawPointer?.self)
        lastChunk = chunk
        next = UInt(bitPattern: chunk) &+ UInt(Arena.headerByteCount)
        end = UInt(bitPattern: chunk) &+ UInt(wanted)
        nextChunkByteCount = min(nextChunkByteCount &* 2, Arena.largestChunkByteCount)
        reservedByteCount &+= wanted
        return true
    }
}
