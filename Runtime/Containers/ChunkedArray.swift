// An array in pieces of at most 4 KiB: it grows without moving anything, and no request for memory is larger than a piece.
// Owns its pieces and the table that finds them.

/// An array that grows by a piece at a time. An element's address stays the same for the array's whole life.
@frozen public struct ChunkedArray<Element: BitwiseCopyable>: ~Copyable {
    /// A little below 4 KiB: the largest small block of the kernel's heap.
    private static var chunkByteCount: Int { 4064 }
    private static var elementsPerChunk: Int { chunkByteCount / MemoryLayout<Element>.stride }

    private let allocator: Allocator
    private var chunks = RadixTable()
    /// How many elements there are.
    public private(set) var count = 0

    /// An empty array that takes no memory yet.
    public init(from allocator: Allocator) { self.allocator = allocator }

    deinit {
        freeChunks()
        chunks.freeNodes(to: allocator)
    }

    private func freeChunks() {
        for number in 0..<(count + Self.elementsPerChunk - 1) / Self.elementsPerChunk {
            if let chunk = chunks[UInt64(number)] { allocator.free(chunk) }
        }
    }

    /// Adds an element at the end; false, and nothing changed, when memory is refused.
    public mutating func append(_ element: Element) -> Bool {
        let inChunk = count % Self.elementsPerChunk
        if inChunk == 0 {
            guard let chunk = allocator.tryAllocate(byteCount: Self.elementsPerChunk * MemoryLayout<Element>.stride) else { return false }
            guard chunks.insert(chunk, at: UInt64(count / Self.elementsPerChunk), from: allocator) else {
                allocator.free(chunk)
                return false
            }
        }
        count += 1
        address(count - 1).initialize(to: element)
        return true
    }

    /// Adds `addedCount` copies of an element; false when memory is refused, and then some may have been added.
    public mutating func append(repeating element: Element, count addedCount: Int) -> Bool {
        for _ in 0..<addedCount {
            guard append(element) else { return false }
        }
        return true
    }

    /// Removes all elements and gives their memory back.
    public mutating func removeAll() {
        freeChunks()
        chunks.freeNodes(to: allocator)
        chunks = RadixTable()
        count = 0
    }

    private func address(_ index: Int) -> UnsafeMutablePointer<Element> {
        let chunk = chunks[UInt64(truncatingIfNeeded: index / Self.elementsPerChunk)]!
        return chunk.assumingMemoryBound(to: Element.self) + index % Self.elementsPerChunk
    }

    /// The element at `index`, which must be below `count`; checked.
    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "ChunkedArray index")
            return address(index).pointee
        }
        set {
            precondition(index >= 0 && index < count, "ChunkedArray index")
            address(index).pointee = newValue
        }
    }
}
