// Physical pages: the kernel's one page allocator. The structure is KernelCore's; here are its place in memory, the lock (interrupts off),
// zeroing, and the switch that makes the n-th allocation fail on purpose.
import CMachine
import KernelCore
import KernelMachine

/// What pages are wanted for.
public enum FramePurpose {
    /// The kernel itself, which may have the last ones.
    case kernel
    /// What processes use, which leaves the kernel's reserve alone.
    case process
    /// Machine code and what makes it: from a part of memory of its own, so that what others get does not depend on it.
    case code
}

/// The machine's free memory, in pages.
public enum PageFrames {
    nonisolated(unsafe) private static var allocator: UnsafeMutablePointer<PageAllocator>?
    /// The allocator of the part that is for machine code; nil on a machine too small to have one.
    nonisolated(unsafe) private static var codeAllocator: UnsafeMutablePointer<PageAllocator>?
    nonisolated(unsafe) private static var codePages: Range<Int> = 0..<0

    /// Counts down with every allocation; the one that reaches zero is refused, and those after it are served. Off while negative.
    /// Fault injection of the tests.
    nonisolated(unsafe) public static var refusalCountdown = -1
    /// Allocations that were asked for since boot.
    nonisolated(unsafe) public private(set) static var requestCount = 0
    /// Allocations that were refused since boot.
    nonisolated(unsafe) public private(set) static var refusalCount = 0

    /// Builds the allocator over a memory map. Its own tables are put into the first free range that has room and reserved in the map.
    public static func start(_ map: inout MemoryMap) {
        guard let bounds = map.bounds else { panic("the device tree names no memory") }
        let (firstPage, pageCount) = PageAllocator.coverage(from: bounds.start.pageNumber, to: bounds.end.pageNumber)
        let byteCount = UInt64(tableByteCount(pageCount: pageCount))
        guard let place = map.firstFreeRange(where: { $0.byteCount >= byteCount }) else { panic("no room for the page allocator's tables") }
        let base = UnsafeMutableRawPointer(bitPattern: UInt(place.start.rawValue))!
        memset(base, byteCount: Int(byteCount))
        guard map.reserve(PhysicalRange(start: place.start, byteCount: byteCount)) else { panic("too many reserved ranges of memory") }
        let pointer = makeAllocator(at: base, firstPage, pageCount)
        allocator = pointer
        map.firstFreeRange { range in
            pointer.pointee.add(from: range.start.pageNumber, pageCount: Int(range.byteCount) / pageByteCount)
            return false
        }
        startCode()
    }

    /// Where an allocator's tables begin, behind its head.
    private static var headByteCount: Int { (MemoryLayout<PageAllocator>.size + 63) & ~63 }

    /// Bytes of an allocator that covers so many pages.
    private static func tableByteCount(pageCount: Int) -> Int { headByteCount + PageAllocator.metadataByteCount(pageCount: pageCount) }

    /// Makes an allocator, of no pages yet, in zeroed memory.
    private static func makeAllocator(
        at base: UnsafeMutableRawPointer, _ firstPage: PageNumber, _ pageCount: Int
    ) -> UnsafeMutablePointer<PageAllocator> {
        let pointer = base.bindMemory(to: PageAllocator.self, capacity: 1)
        pointer.initialize(to: PageAllocator(firstPage: firstPage, pageCount: pageCount, metadata: base + headByteCount))
        return pointer
    }

    /// Sets the part for machine code apart: a sixteenth of memory, at most 64 MiB.
    private static func startCode() {
        let pageCount = min(totalPageCount / codeFraction, mostCodePageCount) & ~15
        // Its pages are cleared when they are used: clearing them now would take as long as the rest of the boot.
        guard pageCount >= leastCodePageCount, let first = allocator?.pointee.tryAllocate(pageCount: pageCount, minimumOrder: 4) else {
            return
        }
        let (coveredFirst, coveredCount) = PageAllocator.coverage(from: first, to: PageNumber(first.rawValue + pageCount))
        let tablePageCount = (tableByteCount(pageCount: coveredCount) + pageByteCount - 1) / pageByteCount
        zero(first, pageCount: tablePageCount)
        let pointer = makeAllocator(at: first.pointer, coveredFirst, coveredCount)
        pointer.pointee.add(from: PageNumber(first.rawValue + tablePageCount), pageCount: pageCount - tablePageCount)
        codeAllocator = pointer
        codePages = first.rawValue..<(first.rawValue + pageCount)
    }

    /// What part of memory is for machine code, at most, and where less is not worth it.
    private static let codeFraction = 16
    private static let mostCodePageCount = 1 << 14
    private static let leastCodePageCount = 64

    /// Pages for machine code, used or not, but for a few for the allocator; 0 where there are none.
    public static var codePageCount: Int { codeAllocator?.pointee.totalPageCount ?? 0 }
    /// Those that are free.
    public static var freeCodePageCount: Int { codeAllocator?.pointee.freePageCount ?? 0 }

    /// Pages that are free, those for machine code included: what must be as it was when everybody has gone.
    public static var balance: Int { freePageCount + freeCodePageCount }

    /// The allocator a page is of, or pages for a purpose.
    private static func allocator(of page: PageNumber) -> UnsafeMutablePointer<PageAllocator>? {
        codePages.contains(page.rawValue) ? codeAllocator : allocator
    }
    private static func allocator(for purpose: FramePurpose) -> UnsafeMutablePointer<PageAllocator>? {
        purpose == .code ? codeAllocator : allocator
    }

    /// Pages that are free.
    public static var freePageCount: Int { allocator?.pointee.freePageCount ?? 0 }
    /// Pages there are, free or not.
    public static var totalPageCount: Int { allocator?.pointee.totalPageCount ?? 0 }

    /// Pages that only the kernel itself gets: what processes take must leave it able to end them and to talk to a person.
    public static let reservedPageCount = 128

    /// Stack the allocator uses: a page of a process's stack that came in the midst of it would be taken from the allocator.
    private static let stackByteCount: UInt64 = 4096

    /// Allocates 2^order contiguous pages, aligned to their size, all zero; nil when there are none.
    public static func tryAllocate(order: Int = 0, for purpose: FramePurpose = .kernel) -> PageNumber? {
        KernelView.touchStack(byteCount: stackByteCount)
        let page = withInterruptsDisabled {
            isRefused(1 << order, purpose) ? nil : allocator(for: purpose)?.pointee.tryAllocate(order: order)
        }
        guard let page else {
            refusalCount &+= 1
            return nil
        }
        zero(page, pageCount: 1 << order)
        return page
    }

    /// Allocates exactly so many contiguous pages, aligned to 2^`minimumOrder`, all zero; free them with the same count.
    public static func tryAllocate(pageCount: Int, minimumOrder: Int = 0, for purpose: FramePurpose = .kernel) -> PageNumber? {
        KernelView.touchStack(byteCount: stackByteCount)
        let page = withInterruptsDisabled {
            isRefused(pageCount, purpose)
                ? nil : allocator(for: purpose)?.pointee.tryAllocate(pageCount: pageCount, minimumOrder: minimumOrder)
        }
        guard let page else {
            refusalCount &+= 1
            return nil
        }
        zero(page, pageCount: pageCount)
        return page
    }

    public static func free(_ page: PageNumber, order: Int = 0) {
        KernelView.touchStack(byteCount: stackByteCount)
        withInterruptsDisabled {
            do throws(PageFreeError) { try allocator(of: page)?.pointee.free(page, order: order) } catch { fail(error) }
        }
    }

    public static func free(_ page: PageNumber, pageCount: Int) {
        KernelView.touchStack(byteCount: stackByteCount)
        withInterruptsDisabled {
            do throws(PageFreeError) { try allocator(of: page)?.pointee.free(page, pageCount: pageCount) } catch { fail(error) }
        }
    }

    /// Clears pages.
    public static func zero(_ page: PageNumber, pageCount: Int = 1) {
        memset(page.pointer, byteCount: pageCount * pageByteCount)
    }

    private static func isRefused(_ pageCount: Int, _ purpose: FramePurpose) -> Bool {
        requestCount &+= 1
        if purpose == .process, freePageCount < pageCount + reservedPageCount { return true }
        guard refusalCountdown >= 0 else { return false }
        refusalCountdown -= 1
        return refusalCountdown < 0
    }

    private static func fail(_ error: PageFreeError) -> Never {
        switch error {
        case .foreign: panic("a page was freed that is not RAM")
        case .notAllocated: panic("a page was freed twice or never allocated")
        case .wrongSize: panic("a page was freed with the wrong size")
        }
    }

    private static func memset(_ base: UnsafeMutableRawPointer, byteCount: Int) {
        base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
}

extension PageNumber {
    /// Where the kernel sees the page: memory is mapped at its physical address.
    public var pointer: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: UInt(address.rawValue))! }
}
