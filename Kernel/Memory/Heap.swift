// A heap: small blocks by size class out of 16 KiB chunks, larger ones as whole pages. Every chunk is aligned to 16 KiB and begins with a
// header that names its heap, so `free` finds the owner from the address alone, and a heap can give everything back at once because it
// lists its chunks. Guarded by interrupts being off.
import CMachine
import KernelCore
import KernelMachine

/// The head of a chunk: a run of pages that belongs to a heap, holding many small blocks or one large one.
struct ChunkHeader {
    static let magic: UInt64 = 0x4D41_5254_4C45_5421
    static let byteCount = 128
    static let alignmentOrder = 2
    static let alignment = pageByteCount << alignmentOrder

    var magic: UInt64
    var heap: UnsafeMutablePointer<Heap>
    /// The heap's list of all its chunks.
    var next: UnsafeMutablePointer<ChunkHeader>?
    var previous: UnsafeMutablePointer<ChunkHeader>?
    /// The class's list of chunks with room.
    var nextWithRoom: UnsafeMutablePointer<ChunkHeader>?
    var previousWithRoom: UnsafeMutablePointer<ChunkHeader>?
    /// Freed blocks, linked through their first word.
    var freeList: UnsafeMutableRawPointer?
    /// The size class; -1 for a chunk with one large block.
    var sizeClass: Int32
    var pageCount: Int32
    /// Blocks in use.
    var usedCount: Int32
    /// Blocks that were ever handed out; the rest was never touched.
    var carvedCount: Int32
    var capacity: Int32
    var isListedWithRoom: Bool
}

/// One heap. It lives in memory of the kernel's heap (or, that one, in the image) and is used through a pointer.
public struct Heap {
    public typealias Pointer = UnsafeMutablePointer<Heap>

    /// Names the heap in reports.
    public let name: StaticString
    /// Whether it belongs to a process, so that its pages leave the kernel's reserve alone.
    public let isOfProcess: Bool
    /// Pages the heap may hold; a request beyond is refused.
    public var pageLimit: Int
    /// Pages it holds.
    public internal(set) var pageCount = 0
    /// The most pages it ever held.
    public internal(set) var peakPageCount = 0
    /// Bytes in blocks in use, rounded up to their sizes.
    public internal(set) var usedByteCount = 0
    public internal(set) var peakUsedByteCount = 0
    /// Blocks in use.
    public internal(set) var blockCount = 0
    /// Requests that were refused.
    public internal(set) var refusalCount = 0
    /// Whether the last request was refused: a Swift runtime failure right after it is the allocation's that could not report it.
    public internal(set) var wasLastRefused = false
    /// Counts down with every request; the one that reaches zero is refused. Off while negative. Fault injection of the tests.
    public var refusalCountdown = -1
    /// Requests of all heaps that were refused by a countdown.
    nonisolated(unsafe) public private(set) static var plantedRefusalCount = 0
    /// Requests since the heap was made.
    public internal(set) var requestCount = 0

    var chunks: UnsafeMutablePointer<ChunkHeader>?
    var withRoom = InlineArray<25, UnsafeMutablePointer<ChunkHeader>?>(repeating: nil)

    public init(name: StaticString, isOfProcess: Bool, pageLimit: Int) {
        self.name = name
        self.isOfProcess = isOfProcess
        self.pageLimit = pageLimit
    }

    /// Allocates; nil when memory or the heap's limit does not allow it. `alignment` is a power of two, at most 16 KiB.
    static func tryAllocate(_ heap: Pointer, byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        heap.pointee.requestCount &+= 1
        if heap.pointee.refusalCountdown >= 0 {
            heap.pointee.refusalCountdown -= 1
            if heap.pointee.refusalCountdown < 0 {
                plantedRefusalCount &+= 1
                heap.pointee.refusalCount &+= 1
                heap.pointee.wasLastRefused = true
                return nil
            }
        }
        var size = byteCount
        if alignment > 16 {
            // Blocks of a power of two are aligned to their size.
            size = max(byteCount, alignment)
            if size <= SizeClass.maximumByteCount, size & (size &- 1) != 0 { size = 1 &<< (Int.bitWidth &- size.leadingZeroBitCount) }
        }
        let block =
            size <= SizeClass.maximumByteCount
            ? allocateSmall(heap, SizeClass.index(forByteCount: size)) : allocateLarge(heap, byteCount: byteCount, alignment: alignment)
        if block == nil { heap.pointee.refusalCount &+= 1 }
        heap.pointee.wasLastRefused = block == nil
        return block
    }

    private static func allocateSmall(_ heap: Pointer, _ sizeClass: Int) -> UnsafeMutableRawPointer? {
        let size = SizeClass.byteCount(at: sizeClass)
        guard let chunk = heap.pointee.withRoom[sizeClass] ?? newChunk(heap, sizeClass) else { return nil }
        let block: UnsafeMutableRawPointer
        if let free = chunk.pointee.freeList {
            block = free
            chunk.pointee.freeList = free.load(as: UnsafeMutableRawPointer?.self)
            free.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
        } else {
            block = firstBlock(chunk, size) + Int(chunk.pointee.carvedCount) &* size
            chunk.pointee.carvedCount &+= 1
        }
        chunk.pointee.usedCount &+= 1
        if chunk.pointee.usedCount == chunk.pointee.capacity { unlistWithRoom(heap, chunk) }
        account(heap, byteCount: size)
        return block
    }

    private static func allocateLarge(_ heap: Pointer, byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        guard alignment <= ChunkHeader.alignment, byteCount < 1 << 40 else { return nil }
        let offset = max(ChunkHeader.byteCount, alignment)
        let pageCount = (offset &+ byteCount &+ pageByteCount &- 1) &>> pageShift
        guard let chunk = takePages(heap, pageCount: pageCount) else { return nil }
        chunk.pointee.sizeClass = -1
        chunk.pointee.usedCount = 1
        account(heap, byteCount: pageCount &<< pageShift)
        return UnsafeMutableRawPointer(chunk) + offset
    }

    /// Gives a block back to the heap it came from.
    static func free(_ block: UnsafeMutableRawPointer) {
        let chunk = chunk(of: block)
        let heap = chunk.pointee.heap
        let sizeClass = Int(chunk.pointee.sizeClass)
        if sizeClass < 0 {
            release(heap, byteCount: Int(chunk.pointee.pageCount) &<< pageShift)
            returnPages(heap, chunk)
            return
        }
        let size = SizeClass.byteCount(at: sizeClass)
        // A block in the free list carries a mark derived from its address in its second word.
        let mark = freeMark(block)
        if block.load(fromByteOffset: 8, as: UInt64.self) == mark, isInFreeList(chunk, block) { panic("a heap block was freed twice") }
        block.storeBytes(of: chunk.pointee.freeList, as: UnsafeMutableRawPointer?.self)
        block.storeBytes(of: mark, toByteOffset: 8, as: UInt64.self)
        chunk.pointee.freeList = block
        chunk.pointee.usedCount &-= 1
        release(heap, byteCount: size)
        if chunk.pointee.usedCount == 0, heap.pointee.withRoom[sizeClass] != nil, heap.pointee.withRoom[sizeClass] != chunk {
            // One empty chunk a class is kept, so that a block taken and freed in turn does not cost pages each time.
            if chunk.pointee.isListedWithRoom { unlistWithRoom(heap, chunk) }
            returnPages(heap, chunk)
        } else if !chunk.pointee.isListedWithRoom {
            listWithRoom(heap, chunk)
        }
    }

    /// Gives chunks without blocks in use back to the page allocator.
    static func trim(_ heap: Pointer) {
        var current = heap.pointee.chunks
        while let chunk = current {
            current = chunk.pointee.next
            if chunk.pointee.usedCount == 0 {
                if chunk.pointee.isListedWithRoom { unlistWithRoom(heap, chunk) }
                returnPages(heap, chunk)
            }
        }
    }

    /// Gives everything back, used or not.
    static func drop(_ heap: Pointer) {
        while let chunk = heap.pointee.chunks { returnPages(heap, chunk) }
        heap.pointee.withRoom = InlineArray(repeating: nil)
        heap.pointee.usedByteCount = 0
        heap.pointee.blockCount = 0
    }

    /// The bytes a block can hold.
    static func capacity(of block: UnsafeMutableRawPointer) -> Int {
        let chunk = chunk(of: block)
        if chunk.pointee.sizeClass >= 0 { return SizeClass.byteCount(at: Int(chunk.pointee.sizeClass)) }
        return (UnsafeMutableRawPointer(chunk) + Int(chunk.pointee.pageCount) &<< pageShift) - block
    }

    private static func chunk(of block: UnsafeMutableRawPointer) -> UnsafeMutablePointer<ChunkHeader> {
        // A block never lies at the very start of its chunk, but one aligned to 16 KiB lies at the start of the next 16 KiB.
        let address = (UInt(bitPattern: block) &- 1) & ~UInt(ChunkHeader.alignment &- 1)
        guard let header = UnsafeMutablePointer<ChunkHeader>(bitPattern: address), header.pointee.magic == ChunkHeader.magic else {
            panic("memory was freed that no heap gave out")
        }
        return header
    }

    private static func freeMark(_ block: UnsafeMutableRawPointer) -> UInt64 { UInt64(UInt(bitPattern: block)) ^ 0x9E37_79B9_7F4A_7C15 }

    private static func isInFreeList(_ chunk: UnsafeMutablePointer<ChunkHeader>, _ block: UnsafeMutableRawPointer) -> Bool {
        var current = chunk.pointee.freeList
        while let free = current {
            if free == block { return true }
            current = free.load(as: UnsafeMutableRawPointer?.self)
        }
        return false
    }

    /// Where the first block of a chunk lies: after the header, aligned as far as the size is.
    private static func firstBlock(_ chunk: UnsafeMutablePointer<ChunkHeader>, _ size: Int) -> UnsafeMutableRawPointer {
        let alignment = size & -size
        return UnsafeMutableRawPointer(chunk) + ((ChunkHeader.byteCount &+ alignment &- 1) & -alignment)
    }

    private static func newChunk(_ heap: Pointer, _ sizeClass: Int) -> UnsafeMutablePointer<ChunkHeader>? {
        guard let chunk = takePages(heap, pageCount: 1 << ChunkHeader.alignmentOrder) else { return nil }
        let size = SizeClass.byteCount(at: sizeClass)
        let start = firstBlock(chunk, size) - UnsafeMutableRawPointer(chunk)
        chunk.pointee.sizeClass = Int32(truncatingIfNeeded: sizeClass)
        chunk.pointee.capacity = Int32(truncatingIfNeeded: (ChunkHeader.alignment - start) / size)
        listWithRoom(heap, chunk)
        return chunk
    }

    private static func takePages(_ heap: Pointer, pageCount: Int) -> UnsafeMutablePointer<ChunkHeader>? {
        guard pageCount <= heap.pointee.pageLimit &- heap.pointee.pageCount,
            let page = PageFrames.tryAllocate(
                pageCount: pageCount, minimumOrder: ChunkHeader.alignmentOrder, forProcess: heap.pointee.isOfProcess)
        else { return nil }
        let chunk = page.pointer.bindMemory(to: ChunkHeader.self, capacity: 1)
        chunk.initialize(
            to: ChunkHeader(
                magic: ChunkHeader.magic, heap: heap, next: heap.pointee.chunks, previous: nil, nextWithRoom: nil, previousWithRoom: nil,
                freeList: nil, sizeClass: -1, pageCount: Int32(truncatingIfNeeded: pageCount), usedCount: 0, carvedCount: 0, capacity: 0,
                isListedWithRoom: false))
        heap.pointee.chunks?.pointee.previous = chunk
        heap.pointee.chunks = chunk
        heap.pointee.pageCount &+= pageCount
        heap.pointee.peakPageCount = max(heap.pointee.peakPageCount, heap.pointee.pageCount)
        return chunk
    }

    private static func returnPages(_ heap: Pointer, _ chunk: UnsafeMutablePointer<ChunkHeader>) {
        let pageCount = Int(chunk.pointee.pageCount)
        if let previous = chunk.pointee.previous {
            previous.pointee.next = chunk.pointee.next
        } else {
            heap.pointee.chunks = chunk.pointee.next
        }
        chunk.pointee.next?.pointee.previous = chunk.pointee.previous
        chunk.pointee.magic = 0
        heap.pointee.pageCount &-= pageCount
        PageFrames.free(PhysicalAddress(UInt64(UInt(bitPattern: chunk))).pageNumber, pageCount: pageCount)
    }

    private static func listWithRoom(_ heap: Pointer, _ chunk: UnsafeMutablePointer<ChunkHeader>) {
        let sizeClass = Int(chunk.pointee.sizeClass)
        chunk.pointee.previousWithRoom = nil
        chunk.pointee.nextWithRoom = heap.pointee.withRoom[sizeClass]
        heap.pointee.withRoom[sizeClass]?.pointee.previousWithRoom = chunk
        heap.pointee.withRoom[sizeClass] = chunk
        chunk.pointee.isListedWithRoom = true
    }

    private static func unlistWithRoom(_ heap: Pointer, _ chunk: UnsafeMutablePointer<ChunkHeader>) {
        if let previous = chunk.pointee.previousWithRoom {
            previous.pointee.nextWithRoom = chunk.pointee.nextWithRoom
        } else {
            heap.pointee.withRoom[Int(chunk.pointee.sizeClass)] = chunk.pointee.nextWithRoom
        }
        chunk.pointee.nextWithRoom?.pointee.previousWithRoom = chunk.pointee.previousWithRoom
        chunk.pointee.isListedWithRoom = false
    }

    private static func account(_ heap: Pointer, byteCount: Int) {
        heap.pointee.usedByteCount &+= byteCount
        heap.pointee.blockCount &+= 1
        heap.pointee.peakUsedByteCount = max(heap.pointee.peakUsedByteCount, heap.pointee.usedByteCount)
    }

    private static func release(_ heap: Pointer, byteCount: Int) {
        heap.pointee.usedByteCount &-= byteCount
        heap.pointee.blockCount &-= 1
    }
}
