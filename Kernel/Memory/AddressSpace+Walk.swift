// What an address space consists of, page by page: for the tests' kernel, which prints it and tries every kind of page.
import KernelCore
import KernelMachine

extension AddressSpace {
    /// Calls `body` with each page of the process's own (stacks, heap, linear memories): its address and its frame.
    public borrowing func forEachOwnPage(_ body: (UInt64, PageNumber) -> Void) {
        let ranges: InlineArray<3, Range<Int>> = [AddressMap.lowWindowEntries, AddressMap.ownEntries, AddressMap.highWindowEntries]
        for range in 0..<3 {
            for index in ranges[range] {
                let middle = PageTables.entries(rootPages.guest)[index]
                guard middle.isValid else { continue }
                PageTables.forEachPage(below: middle.page, at: AddressMap.address(ofEntry: index), body)
            }
        }
    }

    /// Whether one of its views may run a page of code there and write its frame anywhere: at its physical address, or among the process's own.
    public borrowing func mayWriteAndRun(_ frame: PageNumber, at address: UInt64) -> Bool {
        let (guest, kernel) = (guestTranslation, kernelTranslation)
        var isOwn = false
        forEachOwnPage { _, page in if page == frame { isOwn = true } }
        func mayBoth(_ view: UInt64) -> Bool {
            let isWritable =
                PageTables.isMapped(view, address, for: .write) || PageTables.isMapped(view, frame.address.rawValue, for: .write)
            return PageTables.isMapped(view, address, for: .execute) && (isOwn || isWritable)
        }
        return mayBoth(guest) || mayBoth(kernel)
    }

    /// What its pages are for.
    public var census: SpaceCensus {
        var census = SpaceCensus()
        forEachOwnPage { address, page in
            if AddressMap.kernelStack.contains(address) {
                census.kernelStackPageCount += 1
            } else if AddressMap.smallHeap.contains(address) || AddressMap.largeHeap.contains(address) {
                census.heapPageCount += 1
                // SAFETY: the heap's chunks begin with their header, and the page is mapped at its physical address.
                let header = UnsafePointer<ChunkHeader>(bitPattern: UInt(page.address.rawValue)).unsafelyUnwrapped
                guard header.pointee.magic == ChunkHeader.magic else { return }
                let size = header.pointee.sizeClass < 0 ? 0 : SizeClass.byteCount(at: Int(header.pointee.sizeClass))
                census.add(
                    HeapChunkCensus(
                        blockByteCount: size, isOfObjects: header.pointee.isOfObjects, usedCount: Int(header.pointee.usedCount),
                        capacity: Int(header.pointee.capacity), pageCount: Int(header.pointee.pageCount)))
            } else if (AddressMap.ownStart..<AddressMap.ownEnd).contains(address) {
                census.valueStackPageCount += 1
            } else {
                census.memoryPageCount += 1
            }
        }
        forEachTable { _ in census.tablePageCount += 1 }
        return census
    }

    /// Calls `body` with each page that holds a table of the process's own, its two roots included.
    public borrowing func forEachTable(_ body: (PageNumber) -> Void) {
        body(rootPages.guest)
        body(rootPages.kernel)
        for index in AddressMap.lowWindowEntries.lowerBound..<AddressMap.highWindowEntries.upperBound {
            let entry = PageTables.entries(rootPages.guest)[index]
            // The tables of what all may read are not the process's.
            guard entry.isValid, index != AddressMap.commonEntry else { continue }
            body(entry.page)
            if AddressMap.sharedEntries.contains(index) { continue }
            for middleIndex in 0..<pageTableEntryCount {
                let last = PageTables.entries(entry.page)[middleIndex]
                if last.isValid { body(last.page) }
            }
        }
    }
}

/// How many pages a process has for what.
public struct SpaceCensus {
    /// Roots included.
    public var tablePageCount = 0
    public var kernelStackPageCount = 0
    public var valueStackPageCount = 0
    public var heapPageCount = 0
    /// Of linear memories.
    public var memoryPageCount = 0
    /// The first chunks of its heap, and how many there are.
    public var chunks = InlineArray<64, HeapChunkCensus>(repeating: HeapChunkCensus())
    public var chunkCount = 0

    public init() {}

    mutating func add(_ chunk: HeapChunkCensus) {
        if chunkCount < chunks.count { chunks[chunkCount] = chunk }
        chunkCount += 1
    }
}

/// A chunk of a process's heap: the size of its blocks, 0 for one large block.
public struct HeapChunkCensus {
    public var blockByteCount = 0
    public var isOfObjects = false
    public var usedCount = 0
    public var capacity = 0
    public var pageCount = 0
}

extension KernelMapping {
    /// Calls `body` with each page that every guest view may read beside the kernel's code and the initrd.
    public static func forEachCommonPage(_ body: (UInt64, PageNumber) -> Void) {
        let middle = PageTables.entries(guestTemplate)[AddressMap.commonEntry]
        PageTables.forEachPage(below: middle.page, at: AddressMap.address(ofEntry: AddressMap.commonEntry), body)
    }

    /// Lets every guest view write a page of RAM at its physical address: a defect, which `trial=poke` must see. False when there is no table.
    public static func plantMapping(_ page: PageNumber) -> Bool {
        let address = page.address.rawValue
        var table = guestTemplate
        for level in [2, 1] {
            let slot = PageTables.entries(table) + VirtualAddress(address).tableIndex(level: level)
            if !slot.pointee.isValid {
                guard level == 1, let made = PageFrames.tryAllocate() else { return false }
                slot.pointee = PageTableEntry(table: made)
            }
            guard slot.pointee.isTable else { return false }
            table = slot.pointee.page
        }
        PageTables.entries(table)[VirtualAddress(address).tableIndex(level: 0)] = PageTableEntry(page: page, permissions: .kernelViewData)
        return true
    }

    /// The pages of the kernel's root and of the guests' template.
    public static var roots: (kernel: PageNumber, guestTemplate: PageNumber) { (root, guestTemplate) }
}

extension SharedRegion {
    /// Calls `body` with each page of the region.
    public borrowing func forEachPage(_ body: (UInt64, PageNumber) -> Void) {
        var address = range.lowerBound
        while address < range.upperBound {
            if let slot = PageTables.entry(KernelMapping.roots.kernel, address, level: 1), slot.pointee.isValid {
                PageTables.forEachPage(ofLast: slot.pointee.page, at: address, body)
            }
            address += pageTableSpan(level: 1)
        }
    }
}

extension PageTables {
    static func forEachPage(below middle: PageNumber, at base: UInt64, _ body: (UInt64, PageNumber) -> Void) {
        for index in 0..<pageTableEntryCount {
            let last = entries(middle)[index]
            if last.isTable { forEachPage(ofLast: last.page, at: base + UInt64(index) * pageTableSpan(level: 1), body) }
        }
    }

    static func forEachPage(ofLast table: PageNumber, at base: UInt64, _ body: (UInt64, PageNumber) -> Void) {
        for index in 0..<pageTableEntryCount {
            let entry = entries(table)[index]
            if entry.isValid { body(base + UInt64(index) * UInt64(pageByteCount), entry.page) }
        }
    }
}
