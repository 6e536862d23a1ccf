// What a heap consists of: for the tests' kernel, which looks for addresses where none should be.
import KernelCore

extension Heap {
    /// Calls `body` with each block in use.
    public static func forEachUsedBlock(_ heap: Pointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var current = heap.pointee.chunks
        while let chunk = current {
            current = chunk.pointee.next
            let start = UnsafeMutableRawPointer(chunk)
            if chunk.pointee.sizeClass < 0 {
                let offset = Int(chunk.pointee.carvedCount)
                body(UnsafeRawBufferPointer(start: start + offset, count: Int(chunk.pointee.pageCount) &<< pageShift - offset))
                continue
            }
            let size = SizeClass.byteCount(at: Int(chunk.pointee.sizeClass))
            let first = firstBlock(chunk, size)
            for index in 0..<Int(chunk.pointee.carvedCount) {
                let block = first + index * size
                if block.load(fromByteOffset: 8, as: UInt64.self) == freeMark(block) { continue }
                body(UnsafeRawBufferPointer(start: block, count: size))
            }
        }
    }

    /// Calls `body` with each chunk: its pages, in use or not.
    public static func forEachChunk(_ heap: Pointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var current = heap.pointee.chunks
        while let chunk = current {
            body(UnsafeRawBufferPointer(start: chunk, count: Int(chunk.pointee.pageCount) &<< pageShift))
            current = chunk.pointee.next
        }
    }
}
