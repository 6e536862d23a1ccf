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

    /// Pages of its linear memories.
    public var windowPageCount: Int {
        var count = 0
        forEachOwnPage { address, _ in
            if !(AddressMap.ownStart..<AddressMap.ownEnd).contains(address) { count += 1 }
        }
        return count
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

extension KernelMapping {
    /// Calls `body` with each page that every guest view may read beside the kernel's code and the initrd.
    public static func forEachCommonPage(_ body: (UInt64, PageNumber) -> Void) {
        let middle = PageTables.entries(guestTemplate)[AddressMap.commonEntry]
        PageTables.forEachPage(below: middle.page, at: AddressMap.address(ofEntry: AddressMap.commonEntry), body)
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
