// Freezing a heap: what several processes share read-only. Swift's objects would still be written, since whoever uses one counts a
// reference; a count with the value below is never changed (Swift's Embedded runtime calls such objects immortal).
import KernelCore

extension Heap {
    /// The reference count that is never changed.
    private static let immortalCount: UInt64 = 0x7FFF_FFFF_FFFF_FFFF
    /// Where an object has its count: behind the pointer to its type.
    private static let countOffset = 8

    /// Makes every object of the heap immortal: none of them is freed any more.
    public static func freeze(_ heap: Pointer) {
        heap.pointee.frozenObjectCount = heap.pointee.objectCount
        var current = heap.pointee.chunks
        while let chunk = current {
            current = chunk.pointee.next
            guard chunk.pointee.isOfObjects else { continue }
            let start = UnsafeMutableRawPointer(chunk)
            if chunk.pointee.sizeClass < 0 {
                (start + Int(chunk.pointee.carvedCount)).storeBytes(of: immortalCount, toByteOffset: countOffset, as: UInt64.self)
                continue
            }
            let size = SizeClass.byteCount(at: Int(chunk.pointee.sizeClass))
            let first = firstBlock(chunk, size)
            for index in 0..<Int(chunk.pointee.carvedCount) {
                (first + index * size).storeBytes(of: immortalCount, toByteOffset: countOffset, as: UInt64.self)
            }
            // Free blocks have the mark of their own there.
            var free = chunk.pointee.freeList
            while let block = free {
                block.storeBytes(of: freeMark(block), toByteOffset: countOffset, as: UInt64.self)
                free = block.load(as: UnsafeMutableRawPointer?.self)
            }
        }
    }

    /// The same where there are more objects than when it was frozen.
    public static func freezeNew(_ heap: Pointer) {
        if heap.pointee.objectCount != heap.pointee.frozenObjectCount { freeze(heap) }
    }
}
