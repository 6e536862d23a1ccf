// Page tables by hand: finding entries, making tables, and finding addresses nobody uses. Works in the kernel view only, where page tables
// are memory at its physical address. RISC-V privileged specification 4.4.
import KernelCore
import KernelMachine

/// Operations on the tables below a root.
enum PageTables {
    static func entries(_ table: PageNumber) -> UnsafeMutablePointer<PageTableEntry> {
        table.pointer.assumingMemoryBound(to: PageTableEntry.self)
    }

    /// The entry of an address at a level; nil where a table above it is missing or a larger page is.
    static func entry(_ root: PageNumber, _ address: UInt64, level: Int) -> UnsafeMutablePointer<PageTableEntry>? {
        var table = root
        var current = 2
        while current > level {
            let slot = entries(table) + VirtualAddress(address).tableIndex(level: current)
            guard slot.pointee.isTable else { return nil }
            table = slot.pointee.page
            current -= 1
        }
        return entries(table) + VirtualAddress(address).tableIndex(level: level)
    }

    /// The first address of `pageCount` pages nobody uses in `range`, at a multiple of `alignment` (a power of two, in bytes) from `start` on.
    /// The tables are the record: what has no entry is free. Linear in what is in use from `start` on, so it runs preemptible.
    static func findFree(
        _ root: PageNumber, in range: Range<UInt64>, from start: UInt64, pageCount: Int, alignment: UInt64
    ) -> UInt64? {
        let byteCount = UInt64(pageCount) << UInt64(pageShift)
        var candidate = (start + alignment - 1) & ~(alignment - 1)
        var address = candidate
        while candidate + byteCount <= range.upperBound {
            if address >= candidate + byteCount { return candidate }
            var level = 2
            while level > 0, let slot = entry(root, address, level: level), slot.pointee.isTable { level -= 1 }
            let span = pageTableSpan(level: level)
            let next = (address & ~(span - 1)) + span
            if let slot = entry(root, address, level: level), slot.pointee.isValid {
                candidate = (next + alignment - 1) & ~(alignment - 1)
                address = candidate
            } else {
                address = next
            }
        }
        return nil
    }

    /// Whether the view `translation` (a value of `satp`) maps an address for a load, or for a store.
    static func isMapped(_ translation: UInt64, _ address: UInt64, isStore: Bool) -> Bool {
        let root = PageNumber(Int(truncatingIfNeeded: translation & ((1 << 44) - 1)))
        var level = 2
        while level > 0, let slot = entry(root, address, level: level), slot.pointee.isTable { level -= 1 }
        guard let slot = entry(root, address, level: level), slot.pointee.isLeaf else { return false }
        return slot.pointee.permissions.contains(isStore ? .write : .read)
    }

    /// Takes away pages one by one: `find` gives an entry (nil or empty: nothing is there), `freed` hears how many went. A few at a time with
    /// interrupts off, and one fence for those.
    static func remove(
        _ base: UInt64, pageCount: Int, find: (UInt64) -> UnsafeMutablePointer<PageTableEntry>?, freed: (Int) -> Void
    ) {
        var done = 0
        while done < pageCount {
            let count = min(pageCount - done, removedAtOnce)
            withInterruptsDisabled {
                var pages = InlineArray<64, PageNumber?>(repeating: nil)
                for index in 0..<count {
                    guard let slot = find(base + UInt64(done + index) << UInt64(pageShift)), slot.pointee.isValid else { continue }
                    pages[index] = slot.pointee.page
                    slot.pointee = .empty
                }
                Translation.fenceAll()
                var freedCount = 0
                for index in 0..<count {
                    guard let page = pages[index] else { continue }
                    PageFrames.free(page)
                    freedCount += 1
                }
                freed(freedCount)
            }
            done += count
        }
    }

    private static let removedAtOnce = 64

    /// Frees the pages a last-level table maps, and the table; how many pages that were.
    static func release(lastTable table: PageNumber) -> Int {
        var count = 1
        let entries = entries(table)
        for index in 0..<pageTableEntryCount {
            let entry = entries[index]
            guard entry.isValid else { continue }
            if !entry.permissions.contains(.blockBody) {
                PageFrames.free(entry.page, order: entry.permissions.contains(.blockHead) ? blockOrder : 0)
            }
            count += 1
        }
        PageFrames.free(table)
        return count
    }

    /// Windows are filled in blocks of so many pages where there is room: 64 KiB, one page of WebAssembly.
    static let blockOrder = 4
}
