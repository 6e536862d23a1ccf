// The page allocator: a binary buddy system over page numbers. It never touches the pages themselves, so the host tests run it as a pure
// structure. One bitmap tree a block size holds the free blocks (lowest address first), one byte a page says what is allocated.
// Callers serialise (the kernel: interrupts off).

/// Why a page could not be given back. Each is a bug of the caller.
public enum PageFreeError: Error, Equatable, Sendable {
    /// The page is not one of the allocator's.
    case foreign
    /// No allocated block begins at the page: freed twice, or never allocated.
    case notAllocated
    /// A block begins there, but of another size.
    case wrongSize
}

/// Hands out blocks of 2^order pages, aligned to their size.
public struct PageAllocator: ~Copyable {
    /// The largest block: 2^18 pages, 1 GiB.
    public static let maximumOrder = 18

    /// The first page the structure covers, a multiple of the largest block.
    public let firstPage: PageNumber
    /// How many pages it covers, allocated, free or never there.
    public let pageCount: Int
    /// Pages that are free now.
    public private(set) var freePageCount = 0
    /// Pages that were ever given to the allocator.
    public private(set) var totalPageCount = 0

    private var freeBlocks: InlineArray<19, FreeBitmap>
    private var freeBlockCounts = InlineArray<19, Int>(repeating: 0)
    /// A bit for every order with a free block.
    private var freeOrders: UInt32 = 0
    /// One byte a page: 0, or 1 + the order of the allocated block that begins there.
    private let allocatedOrders: UnsafeMutablePointer<UInt8>

    /// Bytes of zeroed memory `init` needs for a number of pages.
    public static func metadataByteCount(pageCount: Int) -> Int {
        var wordCount = 0
        for order in 0...maximumOrder { wordCount += FreeBitmap.wordCount(bound: (pageCount >> order) + 1) }
        return wordCount * 8 + pageCount
    }

    /// `firstPage` is rounded down to the largest block's size by the caller; see `coverage(of:)`. All pages begin as neither free nor allocated.
    public init(firstPage: PageNumber, pageCount: Int, metadata: UnsafeMutableRawPointer) {
        precondition(firstPage.rawValue % (1 << Self.maximumOrder) == 0)
        self.firstPage = firstPage
        self.pageCount = pageCount
        var words = metadata.bindMemory(to: UInt64.self, capacity: 1)
        freeBlocks = InlineArray<19, FreeBitmap>(repeating: FreeBitmap(bound: 1, words: words))
        for order in 0...Self.maximumOrder {
            let bound = (pageCount >> order) + 1
            freeBlocks[order] = FreeBitmap(bound: bound, words: words)
            words += FreeBitmap.wordCount(bound: bound)
        }
        allocatedOrders = UnsafeMutableRawPointer(words).bindMemory(to: UInt8.self, capacity: pageCount)
    }

    /// The first page and page count to cover a range of RAM.
    public static func coverage(from start: PageNumber, to end: PageNumber) -> (firstPage: PageNumber, pageCount: Int) {
        let first = (start.rawValue >> maximumOrder) << maximumOrder
        return (PageNumber(first), end.rawValue - first)
    }

    /// Gives pages to the allocator. They must be neither free nor allocated.
    public mutating func add(from start: PageNumber, pageCount: Int) {
        var index = start.rawValue - firstPage.rawValue
        let end = index + pageCount
        totalPageCount += pageCount
        while index < end {
            var order = min(Self.maximumOrder, index == 0 ? Self.maximumOrder : index.trailingZeroBitCount)
            while index + (1 << order) > end { order -= 1 }
            insertMerging(index, order: order)
            index += 1 << order
        }
    }

    /// Allocates 2^order pages; nil when there is no such block. Takes at most one step an order.
    public mutating func tryAllocate(order: Int) -> PageNumber? {
        guard order >= 0, order <= Self.maximumOrder else { return nil }
        let candidates = freeOrders >> UInt32(truncatingIfNeeded: order)
        guard candidates != 0 else { return nil }
        var found = order &+ candidates.trailingZeroBitCount
        guard let block = freeBlocks[found].first else { return nil }
        var index = block &<< found
        removeFree(index, order: found)
        // The upper half of each split stays free, so the lowest pages go first.
        while found > order {
            found &-= 1
            insertFree(index &+ (1 &<< found), order: found)
        }
        allocatedOrders[index] = UInt8(truncatingIfNeeded: order &+ 1)
        index &+= firstPage.rawValue
        return PageNumber(index)
    }

    /// Allocates exactly `pageCount` contiguous pages, aligned to at least 2^`minimumOrder`; give them back with `free(_:pageCount:)`.
    public mutating func tryAllocate(pageCount: Int, minimumOrder: Int = 0) -> PageNumber? {
        guard pageCount > 0, pageCount <= 1 << Self.maximumOrder else { return nil }
        let order = max(minimumOrder, pageCount == 1 ? 0 : Int.bitWidth - (pageCount - 1).leadingZeroBitCount)
        guard let page = tryAllocate(order: order) else { return nil }
        let start = page.rawValue - firstPage.rawValue
        guard pageCount < 1 << order else { return page }
        // The block becomes smaller allocated blocks, largest first, and the free rest.
        allocatedOrders[start] = 0
        var offset = 0
        var piece = order
        while piece >= 0 {
            if pageCount & (1 << piece) != 0 {
                allocatedOrders[start + offset] = UInt8(piece + 1)
                offset += 1 << piece
            }
            piece -= 1
        }
        var index = start + offset
        let end = start + (1 << order)
        while index < end {
            let tail = index.trailingZeroBitCount
            insertFree(index, order: min(tail, order))
            index += 1 << min(tail, order)
        }
        return page
    }

    /// Gives back a block of `tryAllocate(order:)`.
    public mutating func free(_ page: PageNumber, order: Int) throws(PageFreeError) {
        let index = page.rawValue &- firstPage.rawValue
        guard index >= 0, index < pageCount else { throw .foreign }
        let recorded = allocatedOrders[index]
        guard recorded != 0 else { throw .notAllocated }
        guard Int(recorded) == order &+ 1 else { throw .wrongSize }
        allocatedOrders[index] = 0
        insertMerging(index, order: order)
    }

    /// Gives back pages of `tryAllocate(pageCount:)`.
    public mutating func free(_ page: PageNumber, pageCount: Int) throws(PageFreeError) {
        var index = page.rawValue &- firstPage.rawValue
        guard index >= 0, pageCount > 0, index + pageCount <= self.pageCount else { throw .foreign }
        let end = index + pageCount
        while index < end {
            let recorded = Int(allocatedOrders[index])
            guard recorded != 0 else { throw .notAllocated }
            guard index + (1 << (recorded - 1)) <= end else { throw .wrongSize }
            allocatedOrders[index] = 0
            insertMerging(index, order: recorded - 1)
            index += 1 << (recorded - 1)
        }
    }

    /// The order of the allocated block that begins at a page; nil when none does.
    public func allocatedOrder(of page: PageNumber) -> Int? {
        let index = page.rawValue &- firstPage.rawValue
        guard index >= 0, index < pageCount, allocatedOrders[index] != 0 else { return nil }
        return Int(allocatedOrders[index]) - 1
    }

    /// The order of the largest free block; nil when nothing is free.
    public var largestFreeOrder: Int? { freeOrders == 0 ? nil : 31 - freeOrders.leadingZeroBitCount }

    private mutating func insertMerging(_ index: Int, order: Int) {
        var index = index
        var order = order
        while order < Self.maximumOrder {
            let buddy = index ^ (1 &<< order)
            guard freeBlocks[order].containsInBounds(buddy &>> order, bound: (pageCount &>> order) &+ 1) else { break }
            removeFree(buddy, order: order)
            index &= ~(1 &<< order)
            order &+= 1
        }
        insertFree(index, order: order)
    }

    private mutating func insertFree(_ index: Int, order: Int) {
        freeBlocks[order].insert(index &>> order)
        freeBlockCounts[order] &+= 1
        freeOrders |= 1 &<< UInt32(truncatingIfNeeded: order)
        freePageCount &+= 1 &<< order
    }

    private mutating func removeFree(_ index: Int, order: Int) {
        freeBlocks[order].remove(index &>> order)
        freeBlockCounts[order] &-= 1
        if freeBlockCounts[order] == 0 { freeOrders &= ~(1 &<< UInt32(truncatingIfNeeded: order)) }
        freePageCount &-= 1 &<< order
    }

    /// Walks everything and says whether the counts, the bitmaps and the records agree and no page is both free and allocated. For tests.
    public func checkInvariants() -> Bool {
        var free = 0
        for order in 0...Self.maximumOrder {
            var count = 0
            for block in 0..<((pageCount >> order) + 1) where freeBlocks[order].contains(block) {
                count += 1
                free += 1 << order
                let start = block << order
                if start + (1 << order) > pageCount { return false }
                for page in start..<(start + (1 << order)) where allocatedOrders[page] != 0 { return false }
                // Free buddies are always merged.
                if order < Self.maximumOrder, (block ^ 1) < ((pageCount >> order) + 1), freeBlocks[order].contains(block ^ 1) {
                    return false
                }
            }
            if count != freeBlockCounts[order] { return false }
            if (count != 0) != (freeOrders & (1 << UInt32(order)) != 0) { return false }
        }
        return free == freePageCount
    }
}

extension FreeBitmap {
    func containsInBounds(_ member: Int, bound: Int) -> Bool { member < bound && contains(member) }
}
