// The page allocator against a model: random operations, exact counts, and every wrong free detected.
import KernelCore
import Testing

/// A small deterministic generator.
struct Xorshift: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// An allocator over memory of its own, starting at a page number like QEMU's.
private func withAllocator(pageCount: Int, _ body: (inout PageAllocator) throws -> Void) rethrows {
    let byteCount = PageAllocator.metadataByteCount(pageCount: pageCount)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    defer { memory.deallocate() }
    var allocator = PageAllocator(firstPage: PageNumber(0x80000), pageCount: pageCount, metadata: memory)
    try body(&allocator)
}

struct PageAllocatorTests {
    @Test func randomOperations_agreeWithAModel() throws {
        for seed in 1...8 as ClosedRange<UInt64> {
            var random = Xorshift(state: seed &* 0x9E37_79B9_7F4A_7C15)
            let pageCount = 3000
            try withAllocator(pageCount: pageCount) { allocator in
                // Two ranges with a hole between, neither aligned.
                var isFree = [Bool](repeating: false, count: pageCount)
                for range in [5..<1100, 1203..<2999] {
                    allocator.add(from: PageNumber(0x80000 + range.lowerBound), pageCount: range.count)
                    for page in range { isFree[page] = true }
                }
                let totalPageCountNow = allocator.totalPageCount
                #expect(totalPageCountNow == isFree.filter { $0 }.count)
                var blocks: [(page: Int, order: Int?, pageCount: Int)] = []
                for turn in 0..<3000 {
                    if Int.random(in: 0..<5, using: &random) < 3 {
                        let byOrder = Bool.random(using: &random)
                        let order = Int.random(in: 0...7, using: &random)
                        let count = byOrder ? 1 << order : Int.random(in: 1...150, using: &random)
                        let page = byOrder ? allocator.tryAllocate(order: order) : allocator.tryAllocate(pageCount: count)
                        guard let page else {
                            // A refusal must be true: no aligned free block of that size exists in the model.
                            let size = byOrder ? count : count == 1 ? 1 : 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
                            let starts = stride(from: 0, through: pageCount - size, by: size)
                            #expect(!starts.contains { isFree[$0..<($0 + size)].allSatisfy { $0 } })
                            continue
                        }
                        let start = page.rawValue - 0x80000
                        if byOrder { #expect(start % count == 0) }
                        for index in start..<(start + count) {
                            #expect(isFree[index], "page \(index) was given out twice")
                            isFree[index] = false
                        }
                        blocks.append((start, byOrder ? order : nil, count))
                    } else if !blocks.isEmpty {
                        let block = blocks.remove(at: Int.random(in: 0..<blocks.count, using: &random))
                        let page = PageNumber(0x80000 + block.page)
                        if let order = block.order {
                            try allocator.free(page, order: order)
                        } else {
                            try allocator.free(page, pageCount: block.pageCount)
                        }
                        for index in block.page..<(block.page + block.pageCount) { isFree[index] = true }
                    }
                    let freePageCountNow = allocator.freePageCount
                    #expect(freePageCountNow == isFree.lazy.filter { $0 }.count)
                    if turn % 500 == 0 {
                        let isSound = allocator.checkInvariants()
                        #expect(isSound)
                    }
                }
                for block in blocks { try allocator.free(PageNumber(0x80000 + block.page), pageCount: block.pageCount) }
                let missing = allocator.totalPageCount - allocator.freePageCount
                #expect(missing == 0)
                let isSound = allocator.checkInvariants()
                #expect(isSound)
            }
        }
    }

    @Test func lowestPages_goFirst() {
        withAllocator(pageCount: 64) { allocator in
            allocator.add(from: PageNumber(0x80000), pageCount: 64)
            var pages: [Int?] = []
            for order in [0, 0, 3, 1] { pages.append(allocator.tryAllocate(order: order)?.rawValue) }
            #expect(pages == [0x80000, 0x80001, 0x80008, 0x80002])
        }
    }

    @Test func wrongFrees_areDetected() throws {
        try withAllocator(pageCount: 64) { allocator in
            allocator.add(from: PageNumber(0x80000), pageCount: 32)
            let allocated = allocator.tryAllocate(order: 2)
            let page = try #require(allocated)
            func free(_ page: Int, _ order: Int) -> PageFreeError? {
                do throws(PageFreeError) { try allocator.free(PageNumber(page), order: order) } catch { return error }
                return nil
            }
            #expect(free(page.rawValue + 1, 0) == .notAllocated)
            #expect(free(page.rawValue, 1) == .wrongSize)
            #expect(free(0x80000 + 40, 0) == .notAllocated)
            #expect(free(0x7FFFF, 0) == .foreign)
            #expect(free(0x80000 + 64, 0) == .foreign)
            #expect(free(page.rawValue, 2) == nil)
            #expect(free(page.rawValue, 2) == .notAllocated)
            let freePageCountNow = allocator.freePageCount
            #expect(freePageCountNow == 32)
            let isSound = allocator.checkInvariants()
            #expect(isSound)
        }
    }

    @Test func exhaustion_refusesAndRecovers() throws {
        try withAllocator(pageCount: 16) { allocator in
            allocator.add(from: PageNumber(0x80000), pageCount: 16)
            var pages: [PageNumber] = []
            while let page = allocator.tryAllocate(order: 0) { pages.append(page) }
            #expect(pages.count == 16)
            let freePageCountNow = allocator.freePageCount
            #expect(freePageCountNow == 0)
            let largestFreeOrderNow = allocator.largestFreeOrder
            #expect(largestFreeOrderNow == nil)
            for page in pages.reversed() { try allocator.free(page, order: 0) }
            let orderAfter = allocator.largestFreeOrder
            #expect(orderAfter == 4)
            let tooLarge = allocator.tryAllocate(order: 5)
            #expect(tooLarge == nil)
            let whole = allocator.tryAllocate(order: 4)
            #expect(whole == PageNumber(0x80000))
        }
    }

    @Test func sixteenGibibytes_haveCompactTables() {
        let pageCount = (16 << 30) >> 12
        // One byte a page and a bit a block: under 0.04% of the memory.
        #expect(PageAllocator.metadataByteCount(pageCount: pageCount) < 6 << 20)
        withAllocator(pageCount: pageCount) { allocator in
            allocator.add(from: PageNumber(0x80000), pageCount: pageCount)
            let freePageCountNow = allocator.freePageCount
            #expect(freePageCountNow == pageCount)
            let largest = allocator.tryAllocate(order: PageAllocator.maximumOrder)
            #expect(largest == PageNumber(0x80000))
        }
    }
}
