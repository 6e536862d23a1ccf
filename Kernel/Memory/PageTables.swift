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
            var (slot, level) = deepestEntry(root, address)
            let span = pageTableSpan(level: level)
            if slot.pointee.isValid {
                candidate = ((address & ~(span - 1)) + span + alignment - 1) & ~(alignment - 1)
                address = candidate
                continue
            }
            // Empty entries of one table in a row.
            var left = pageTableEntryCount - VirtualAddress(address).tableIndex(level: level)
            repeat {
                address = (address & ~(span - 1)) + span
                slot += 1
                left -= 1
            } while left > 0 && address < candidate + byteCount && !slot.pointee.isValid
        }
        return nil
    }

    /// Whether the view `translation` (a value of `satp`) maps an address with a permission.
    static func isMapped(_ translation: UInt64, _ address: UInt64, for permission: PagePermissions) -> Bool {
        let root = PageNumber(Int(truncatingIfNeeded: translation & ((1 << 44) - 1)))
        let entry = deepestEntry(root, address).slot.pointee
        return entry.isLeaf && entry.permissions.contains(permission)
    }

    /// The entry at which the way from the root to an address ends, and its level: a mapping, or nothing.
    private static func deepestEntry(_ root: PageNumber, _ address: UInt64) -> (slot: UnsafeMutablePointer<PageTableEntry>, level: Int) {
        var level = 2
        var slot = entries(root) + VirtualAddress(address).tableIndex(level: 2)
        while level > 0, slot.pointee.isTable {
            level -= 1
            slot = entries(slot.pointee.page) + VirtualAddress(address).tableIndex(level: level)
        }
        return (slot, level)
    }

    /// Puts in pages from `base` on: `put` makes one page, or with `isBlock` a block of them, and says whether it could; where a block is
    /// refused its pages are tried one by one. How many are there at the end: fewer than `pageCount` when one was refused.
    static func put(_ base: UInt64, pageCount: Int, _ put: (_ address: UInt64, _ isBlock: Bool) -> Bool) -> Int {
        var done = 0
        while done < pageCount {
            let address = base + UInt64(done) << UInt64(pageShift)
            let mayBeBlock = pageCount - done >= blockPageCount && done % blockPageCount == 0
            if mayBeBlock, put(address, true) {
                done += blockPageCount
            } else if put(address, false) {
                done += 1
            } else {
                break
            }
        }
        return done
    }

    /// Takes away pages that were put in from `base` on: `find` gives an entry (nil or empty: nothing is there), `freed` hears how many went. A
    /// few at a time with interrupts off, and one fence for those; blocks begin at multiples of their size from `base`, so none is torn.
    static func remove(
        _ base: UInt64, pageCount: Int, find: (UInt64) -> UnsafeMutablePointer<PageTableEntry>?, freed: (Int) -> Void
    ) {
        var done = 0
        while done < pageCount {
            let count = min(pageCount - done, removedAtOnce)
            withInterruptsDisabled {
                var taken = InlineArray<64, PageTableEntry>(repeating: .empty)
                for index in 0..<count {
                    guard let slot = find(base + UInt64(done + index) << UInt64(pageShift)), slot.pointee.isValid else { continue }
                    taken[index] = slot.pointee
                    slot.pointee = .empty
                }
                Translation.fenceAll()
                var freedCount = 0
                for index in 0..<count where taken[index].isValid {
                    freePage(of: taken[index])
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
            freePage(of: entry)
            count += 1
        }
        PageFrames.free(table)
        return count
    }

    /// Frees what an entry maps: its page, or with a block's first page the block.
    private static func freePage(of entry: PageTableEntry) {
        if entry.permissions.contains(.blockBody) { return }
        PageFrames.free(entry.page, order: entry.permissions.contains(.blockHead) ? blockOrder : 0)
    }

    /// Many pages are put in in blocks of this order where there is room: 64 KiB, one page of WebAssembly.
    static let blockOrder = 4
    static let blockPageCount = 1 << blockOrder

    /// The entry of page `index` of a block.
    static func blockEntry(_ block: PageNumber, _ index: Int, _ permissions: PagePermissions) -> PageTableEntry {
        PageTableEntry(page: PageNumber(block.rawValue + index), permissions: permissions.union(index == 0 ? .blockHead : .blockBody))
    }
}
