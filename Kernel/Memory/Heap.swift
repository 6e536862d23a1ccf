// A heap: small blocks by size class out of chunks, larger ones as whole pages. Every chunk is aligned to its size, 16 KiB (where a process's
// heap begins: one page), and begins with a header that names its heap, so `free` finds the owner from the address alone, and a heap can
// give everything back at once because it lists its chunks. A heap out of frames is guarded by interrupts being off; one with addresses of
// its own is used by one thread at a time, its process's or whoever holds what it belongs to.
import CMachine
import KernelCore
import KernelMachine

/// The head of a chunk: a run of pages that belongs to a heap, holding many small blocks or one large one.
struct ChunkHeader {
    static let magic: UInt64 = 0x4D41_5254_4C45_5421
    static let byteCount = 128
    static let alignmentOrder = 2
    static let alignment = pageByteCount << alignmentOrder
    /// Small blocks up to this size come in chunks of one page, in the part of a process's heap that has them.
    static let largestBlockOfPage = 640
    /// Large blocks of so many pages lie there too: most processes then need no table for the other part.
    static let largestLargePageCount = 2

    /// What a chunk at an address is aligned to.
    static func alignment(at address: UInt) -> Int {
        AddressMap.smallHeap.contains(UInt64(address)) ? pageByteCount : alignment
    }

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
    /// Whether its blocks are objects of Swift, which begin with their type and their reference count.
    var isOfObjects: Bool

    /// Its place in the heap's lists of chunks with room.
    var list: Int { Int(sizeClass) + (isOfObjects ? SizeClass.count : 0) }
}

/// Where a heap's pages come from.
public enum HeapSource {
    /// Contiguous frames, at their physical addresses.
    case frames(FramePurpose)
    /// A region of shared addresses.
    case region(UnsafeMutablePointer<SharedRegion>)
    /// The running process's own addresses, the same in every process.
    case own
}

/// How a process's heap gets its pages; set by the process layer, since it knows who runs.
public enum OwnHeapPages {
    /// So many pages in a row, aligned to 16 KiB or, in the part for chunks of one page, to a page; 0 when refused.
    nonisolated(unsafe) public static var take: @convention(c) (_ pageCount: Int, _ isSmall: Bool) -> UInt64 = { _, _ in 0 }
    nonisolated(unsafe) public static var give: @convention(c) (_ base: UInt64, _ pageCount: Int) -> Void = { _, _ in }
}

/// One heap. It lives in memory of the kernel's heap (or, that one, in the image) and is used through a pointer.
public struct Heap {
    public typealias Pointer = UnsafeMutablePointer<Heap>

    // Constant.
    /// Names the heap in reports.
    public let name: StaticString
    /// Where its pages come from.
    public let source: HeapSource
    /// Whether several threads use it, so that interrupts are off in every operation.
    let isGuarded: Bool
    /// Pages the heap may hold; a request beyond is refused. Set before others use it.
    public var pageLimit: Int

    // Interrupts off when `isGuarded`; otherwise one thread at a time: its process's, or whoever makes or holds what the heap belongs to.
    /// Pages it holds.
    public internal(set) var pageCount = 0
    /// The most pages it ever held.
    public internal(set) var peakPageCount = 0
    /// Bytes in blocks in use, rounded up to their sizes.
    public internal(set) var usedByteCount = 0
    public internal(set) var peakUsedByteCount = 0
    /// Blocks in use.
    public internal(set) var blockCount = 0
    /// Those of them that are objects of Swift's, and how many there were when the heap was frozen.
    public internal(set) var objectCount = 0
    var frozenObjectCount = 0
    /// Requests that were refused.
    public internal(set) var refusalCount = 0
    /// Whether the last request was refused: a Swift runtime failure right after it is the allocation's that could not report it.
    public internal(set) var wasLastRefused = false
    /// Counts down with every request; the one that reaches zero is refused. Off while negative. Fault injection of the tests.
    public var refusalCountdown = -1
    /// Requests since the heap was made.
    public internal(set) var requestCount = 0

    /// Sizes of a process's heap that several size classes share at first: most processes have a few blocks of each size, and a page for each
    /// size would be most of what they take. When the page is full, the size gets a chunk of its own.
    private static let smallSharedSize = 96
    private static let largeSharedSize = 640
    /// Whether they have had a chunk.
    private var isSmallSharedMade = false
    private var isLargeSharedMade = false
    /// Whether a block that fills a page nearly has had one of its own: in a chunk of its size it would take four.
    private var isPageBlockMade = false

    var chunks: UnsafeMutablePointer<ChunkHeader>?
    /// Chunks with room, by size class; those of objects after the others.
    var withRoom = InlineArray<50, UnsafeMutablePointer<ChunkHeader>?>(repeating: nil)

    // Counted by whoever allocates, for the trials, which run on one hart.
    /// Requests of all heaps that were refused by a countdown.
    nonisolated(unsafe) public private(set) static var plantedRefusalCount = 0

    public init(name: StaticString, source: HeapSource, pageLimit: Int) {
        self.name = name
        self.source = source
        self.pageLimit = pageLimit
        if case .frames = source { isGuarded = true } else { isGuarded = false }
    }

    /// Allocates; nil when memory or the heap's limit does not allow it. `alignment` is a power of two, at most 16 KiB.
    /// `isObject`: the block is an object of Swift's.
    static func tryAllocate(_ heap: Pointer, byteCount: Int, alignment: Int, isObject: Bool = false) -> UnsafeMutableRawPointer? {
        guard heap.pointee.isGuarded else { return allocate(heap, byteCount: byteCount, alignment: alignment, isObject) }
        return withInterruptsDisabled { allocate(heap, byteCount: byteCount, alignment: alignment, isObject) }
    }

    private static func allocate(_ heap: Pointer, byteCount: Int, alignment: Int, _ isObject: Bool) -> UnsafeMutableRawPointer? {
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
        // Only an image's heap is ever frozen, so in a process's own all blocks may be neighbours.
        let isObject = isObject && !heap.pointee.isOwn
        let block =
            size <= SizeClass.maximumByteCount && !heap.pointee.takesPage(forByteCount: size, alignment: alignment)
            ? allocateSmall(heap, heap.pointee.sizeClass(forByteCount: size, alignment: alignment), isObject)
            : allocateLarge(heap, byteCount: byteCount, alignment: alignment, isObject)
        if block == nil { heap.pointee.refusalCount &+= 1 }
        heap.pointee.wasLastRefused = block == nil
        return block
    }

    private var isOwn: Bool { if case .own = source { true } else { false } }

    /// The size class that serves a request: its own, or in a process's heap a larger one that has room.
    private mutating func sizeClass(forByteCount byteCount: Int, alignment: Int) -> Int {
        let sizeClass = SizeClass.index(forByteCount: byteCount)
        guard isOwn, alignment <= 16, withRoom[sizeClass] == nil else { return sizeClass }
        let isSmall = byteCount <= Heap.smallSharedSize
        guard byteCount <= Heap.largeSharedSize else { return sizeClass }
        let shared = SizeClass.index(forByteCount: isSmall ? Heap.smallSharedSize : Heap.largeSharedSize)
        if withRoom[shared] == nil, isSmall ? isSmallSharedMade : isLargeSharedMade { return sizeClass }
        if isSmall { isSmallSharedMade = true } else { isLargeSharedMade = true }
        return shared
    }

    /// Whether a request is the first of a process's heap for most of a page, which gets just that.
    private mutating func takesPage(forByteCount byteCount: Int, alignment: Int) -> Bool {
        guard byteCount > 2048, byteCount <= pageByteCount - ChunkHeader.byteCount, isOwn, !isPageBlockMade, alignment <= 16 else {
            return false
        }
        isPageBlockMade = true
        return true
    }

    private static func allocateSmall(_ heap: Pointer, _ sizeClass: Int, _ isObject: Bool) -> UnsafeMutableRawPointer? {
        let size = SizeClass.byteCount(at: sizeClass)
        let list = sizeClass &+ (isObject ? SizeClass.count : 0)
        guard let chunk = heap.pointee.withRoom[list] ?? newChunk(heap, sizeClass, isObject) else { return nil }
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
        account(heap, byteCount: size, isObject)
        return block
    }

    private static func allocateLarge(
        _ heap: Pointer, byteCount: Int, alignment: Int, _ isObject: Bool
    ) -> UnsafeMutableRawPointer? {
        guard alignment <= ChunkHeader.alignment, byteCount < 1 << 40 else { return nil }
        let offset = max(ChunkHeader.byteCount, alignment)
        let pageCount = (offset &+ byteCount &+ pageByteCount &- 1) &>> pageShift
        var taken: UnsafeMutablePointer<ChunkHeader>?
        if heap.pointee.isOwn, pageCount <= ChunkHeader.largestLargePageCount, alignment <= pageByteCount {
            taken = takePages(heap, pageCount: pageCount, isSmall: true)
        }
        guard let chunk = taken ?? takePages(heap, pageCount: pageCount) else { return nil }
        chunk.pointee.sizeClass = -1
        chunk.pointee.usedCount = 1
        chunk.pointee.isOfObjects = isObject
        // Where the block begins, for who walks the chunks.
        chunk.pointee.carvedCount = Int32(truncatingIfNeeded: offset)
        account(heap, byteCount: pageCount &<< pageShift, isObject)
        return UnsafeMutableRawPointer(chunk) + offset
    }

    /// Whether the kernel's heap clears what is given back, so that who looks for addresses in it finds none of what was there before. The
    /// trials' oracle sets it.
    nonisolated(unsafe) public static var clearsFreedBlocks = false

    /// Gives a block back to the heap it came from.
    static func free(_ block: UnsafeMutableRawPointer) {
        let chunk = chunk(of: block)
        let heap = chunk.pointee.heap
        guard heap.pointee.isGuarded else { return free(block, chunk, heap) }
        withInterruptsDisabled {
            if clearsFreedBlocks, chunk.pointee.sizeClass >= 0 {
                block.initializeMemory(as: UInt8.self, repeating: 0, count: SizeClass.byteCount(at: Int(chunk.pointee.sizeClass)))
            }
            free(block, chunk, heap)
        }
    }

    private static func free(_ block: UnsafeMutableRawPointer, _ chunk: UnsafeMutablePointer<ChunkHeader>, _ heap: Pointer) {
        let sizeClass = Int(chunk.pointee.sizeClass)
        if sizeClass < 0 {
            release(heap, byteCount: Int(chunk.pointee.pageCount) &<< pageShift, chunk.pointee.isOfObjects)
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
        release(heap, byteCount: size, chunk.pointee.isOfObjects)
        let list = chunk.pointee.list
        if chunk.pointee.usedCount == 0, heap.pointee.withRoom[list] != nil, heap.pointee.withRoom[list] != chunk {
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

    /// Gives one chunk back, used or not; false when there is none. What was in it must not be used any more.
    static func dropOne(_ heap: Pointer) -> Bool {
        guard let chunk = heap.pointee.chunks else { return false }
        returnPages(heap, chunk)
        return true
    }

    /// The bytes a block can hold.
    static func capacity(of block: UnsafeMutableRawPointer) -> Int {
        let chunk = chunk(of: block)
        if chunk.pointee.sizeClass >= 0 { return SizeClass.byteCount(at: Int(chunk.pointee.sizeClass)) }
        return (UnsafeMutableRawPointer(chunk) + Int(chunk.pointee.pageCount) &<< pageShift) - block
    }

    private static func chunk(of block: UnsafeMutableRawPointer) -> UnsafeMutablePointer<ChunkHeader> {
        // A block never lies at the very start of its chunk, but one aligned to 16 KiB lies at the start of the next 16 KiB.
        let last = UInt(bitPattern: block) &- 1
        let address = last & ~UInt(ChunkHeader.alignment(at: last) &- 1)
        guard let header = UnsafeMutablePointer<ChunkHeader>(bitPattern: address), header.pointee.magic == ChunkHeader.magic else {
            panic("memory was freed that no heap gave out")
        }
        return header
    }

    static func freeMark(_ block: UnsafeMutableRawPointer) -> UInt64 { UInt64(UInt(bitPattern: block)) ^ 0x9E37_79B9_7F4A_7C15 }

    private static func isInFreeList(_ chunk: UnsafeMutablePointer<ChunkHeader>, _ block: UnsafeMutableRawPointer) -> Bool {
        var current = chunk.pointee.freeList
        while let free = current {
            if free == block { return true }
            current = free.load(as: UnsafeMutableRawPointer?.self)
        }
        return false
    }

    /// Where the first block of a chunk lies: after the header, aligned as far as the size is.
    static func firstBlock(_ chunk: UnsafeMutablePointer<ChunkHeader>, _ size: Int) -> UnsafeMutableRawPointer {
        let alignment = size & -size
        return UnsafeMutableRawPointer(chunk) + ((ChunkHeader.byteCount &+ alignment &- 1) & -alignment)
    }

    private static func newChunk(_ heap: Pointer, _ sizeClass: Int, _ isObject: Bool) -> UnsafeMutablePointer<ChunkHeader>? {
        let size = SizeClass.byteCount(at: sizeClass)
        var taken: UnsafeMutablePointer<ChunkHeader>?
        if heap.pointee.isOwn, size <= ChunkHeader.largestBlockOfPage { taken = takePages(heap, pageCount: 1, isSmall: true) }
        guard let chunk = taken ?? takePages(heap, pageCount: 1 << ChunkHeader.alignmentOrder) else { return nil }
        let start = firstBlock(chunk, size) - UnsafeMutableRawPointer(chunk)
        let byteCount = Int(chunk.pointee.pageCount) &<< pageShift
        chunk.pointee.sizeClass = Int32(truncatingIfNeeded: sizeClass)
        chunk.pointee.isOfObjects = isObject
        chunk.pointee.capacity = Int32(truncatingIfNeeded: (byteCount - start) / size)
        listWithRoom(heap, chunk)
        return chunk
    }

    private static func takePages(_ heap: Pointer, pageCount: Int, isSmall: Bool = false) -> UnsafeMutablePointer<ChunkHeader>? {
        guard pageCount <= heap.pointee.pageLimit &- heap.pointee.pageCount else { return nil }
        KernelView.touchStack(byteCount: 8192)
        let base: UInt64?
        switch heap.pointee.source {
        case .frames(let purpose):
            base = PageFrames.tryAllocate(pageCount: pageCount, minimumOrder: ChunkHeader.alignmentOrder, for: purpose)
                .map { $0.address.rawValue }
        case .region(let region):
            base = region.pointee.take(pageCount: pageCount, alignment: UInt64(ChunkHeader.alignment))
        case .own:
            let taken = OwnHeapPages.take(pageCount, isSmall)
            base = taken == 0 ? nil : taken
        }
        guard let base, let chunk = UnsafeMutablePointer<ChunkHeader>(bitPattern: UInt(base)) else { return nil }
        chunk.initialize(
            to: ChunkHeader(
                magic: ChunkHeader.magic, heap: heap, next: heap.pointee.chunks, previous: nil, nextWithRoom: nil, previousWithRoom: nil,
                freeList: nil, sizeClass: -1, pageCount: Int32(truncatingIfNeeded: pageCount), usedCount: 0, carvedCount: 0, capacity: 0,
                isListedWithRoom: false, isOfObjects: false))
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
        let base = UInt64(UInt(bitPattern: chunk))
        switch heap.pointee.source {
        case .frames: PageFrames.free(PhysicalAddress(base).pageNumber, pageCount: pageCount)
        case .region(let region): region.pointee.give(base, pageCount: pageCount)
        case .own: OwnHeapPages.give(base, pageCount)
        }
    }

    private static func listWithRoom(_ heap: Pointer, _ chunk: UnsafeMutablePointer<ChunkHeader>) {
        let list = chunk.pointee.list
        chunk.pointee.previousWithRoom = nil
        chunk.pointee.nextWithRoom = heap.pointee.withRoom[list]
        heap.pointee.withRoom[list]?.pointee.previousWithRoom = chunk
        heap.pointee.withRoom[list] = chunk
        chunk.pointee.isListedWithRoom = true
    }

    private static func unlistWithRoom(_ heap: Pointer, _ chunk: UnsafeMutablePointer<ChunkHeader>) {
        if let previous = chunk.pointee.previousWithRoom {
            previous.pointee.nextWithRoom = chunk.pointee.nextWithRoom
        } else {
            heap.pointee.withRoom[chunk.pointee.list] = chunk.pointee.nextWithRoom
        }
        chunk.pointee.nextWithRoom?.pointee.previousWithRoom = chunk.pointee.previousWithRoom
        chunk.pointee.isListedWithRoom = false
    }

    private static func account(_ heap: Pointer, byteCount: Int, _ isObject: Bool) {
        if isObject { heap.pointee.objectCount &+= 1 }
        heap.pointee.usedByteCount &+= byteCount
        heap.pointee.blockCount &+= 1
        heap.pointee.peakUsedByteCount = max(heap.pointee.peakUsedByteCount, heap.pointee.usedByteCount)
    }

    private static func release(_ heap: Pointer, byteCount: Int, _ isObject: Bool) {
        if isObject { heap.pointee.objectCount &-= 1 }
        heap.pointee.usedByteCount &-= byteCount
        heap.pointee.blockCount &-= 1
    }
}
