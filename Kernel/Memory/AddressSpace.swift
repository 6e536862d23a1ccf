// A process's address space: the kernel's mappings, shared, and windows for linear memories, its own. A window is 8 GiB of addresses plus
// a guard, so a 32-bit base plus a 32-bit offset plus the width of an access never leaves it; pages appear in it on first touch and
// everything beyond the memory's size faults. RISC-V privileged specification 4.4 (Sv39).
import CMachine
import KernelCore
import KernelMachine

/// What a data page fault turned out to be.
public enum FaultResolution {
    /// The page is there now: go on with the same instruction.
    case filled
    /// Inside a window, beyond the memory's size: the guest's access is out of bounds. The offset is from the window's base.
    case outOfBounds(base: UInt64, offset: UInt64)
    /// A page that should be there, but memory or the process's page budget is exhausted.
    case outOfMemory
    /// Not in any window.
    case notInWindow
}

/// One process's translation tables and windows. The thread that changes it and the fault handler are serialised by interrupts being off.
public struct AddressSpace: ~Copyable {
    /// Bytes of addresses a linear memory may have in a window.
    public static let windowByteCount: UInt64 = 8 << 30
    /// Root entries a window takes: the 8 GiB and one of guard.
    private static let windowStride = 9
    private static let lowWindowCount = 14
    /// 14 below the hole of Sv39 (root entries 128 to 253), 28 above it (256 to 507).
    public static let windowCount = 42
    private static let fillOrder = 4

    private struct Window {
        var isReserved = false
        /// The memory's size in bytes, rounded up to a page.
        var byteCount: UInt64 = 0
    }

    private let root: PageNumber
    /// What `satp` carries to tell this space's translations apart; 0 when the hart has none to spare.
    private let identifier: Int
    private var windows = InlineArray<42, Window>(repeating: Window())

    /// Pages the process may have in its windows, tables included; a fault beyond is out of memory.
    public var pageLimit: Int
    /// Pages it has, tables included.
    public private(set) var pageCount = 1
    public private(set) var peakPageCount = 1
    /// Page faults that were filled.
    public private(set) var fillCount = 0

    nonisolated(unsafe) private static var identifiers = InlineArray<16, UInt64>(repeating: 0)

    /// Makes an address space with nothing of its own; nil when there is no page for its root table.
    public init?(pageLimit: Int) {
        guard let root = PageFrames.tryAllocate() else { return nil }
        KernelMapping.isSealed = true
        self.root = root
        self.pageLimit = pageLimit
        let entries = KernelMapping.entries(root)
        let shared = KernelMapping.entries(KernelMapping.root)
        for index in 0..<KernelMapping.sharedEntryCount { entries[index] = shared[index] }
        identifier = Self.claimIdentifier()
    }

    deinit {
        // The caller no longer runs in this space; if it does after all, leave it.
        withInterruptsDisabled {
            KernelMapping.activate()
            for index in 0..<Self.windowCount where windows[index].isReserved { _ = Self.release(root, index) }
            PageFrames.free(root)
            Translation.fence(identifier: identifier)
            if identifier == 0 { Translation.fenceAll() }
            Self.releaseIdentifier(identifier)
        }
    }

    /// Makes this hart translate through this space.
    public func activate() { Translation.activate(root: root, identifier: identifier) }

    /// Reserves a window; its base, or nil when all are taken. No page is used yet.
    public mutating func reserveWindow() -> UInt64? {
        for index in 0..<Self.windowCount where !windows[index].isReserved {
            windows[index] = Window(isReserved: true, byteCount: 0)
            return Self.base(index)
        }
        return nil
    }

    /// Sets how much of a window is memory; only growing is possible. False for a base that is no window's, or a size that does not fit.
    public mutating func setByteCount(windowBase: UInt64, _ byteCount: UInt64) -> Bool {
        guard let index = windowIndex(containing: windowBase), Self.base(index) == windowBase, byteCount <= Self.windowByteCount / 2 else {
            return false
        }
        let rounded = (byteCount + UInt64(pageByteCount - 1)) & ~UInt64(pageByteCount - 1)
        withInterruptsDisabled { windows[index].byteCount = max(windows[index].byteCount, rounded) }
        return true
    }

    /// Gives back a window and every page in it.
    public mutating func releaseWindow(base: UInt64) {
        guard let index = windowIndex(containing: base), Self.base(index) == base else { return }
        withInterruptsDisabled {
            windows[index] = Window()
            pageCount -= Self.release(root, index)
            Translation.fenceAll()
        }
    }

    /// The window an address lies in, guard included, as its base and size; nil when in none.
    public func window(containing address: UInt64) -> (base: UInt64, byteCount: UInt64)? {
        guard let index = windowIndex(containing: address) else { return nil }
        return (Self.base(index), windows[index].byteCount)
    }

    /// Answers a data page fault. Called with interrupts off, from the trap handler.
    public mutating func resolveFault(at address: UInt64) -> FaultResolution {
        guard let index = windowIndex(containing: address) else { return .notInWindow }
        let base = Self.base(index)
        let offset = address - base
        guard offset < windows[index].byteCount else { return .outOfBounds(base: base, offset: offset) }
        return fill(base: base, offset: offset, byteCount: windows[index].byteCount) ? .filled : .outOfMemory
    }

    /// Puts pages at an offset of a window: the whole 64 KiB around it (one WebAssembly page) in one piece where possible, else one page.
    private mutating func fill(base: UInt64, offset: UInt64, byteCount: UInt64) -> Bool {
        let blockByteCount = UInt64(pageByteCount) << UInt64(Self.fillOrder)
        guard let table = lastTable(base + offset) else { return false }
        let entries = KernelMapping.entries(table)
        let address = VirtualAddress(base + offset)
        let blockStart = offset & ~(blockByteCount - 1)
        let firstIndex = VirtualAddress(base + blockStart).tableIndex(level: 0)
        let blockPageCount = 1 << Self.fillOrder
        var isBlockEmpty = blockStart + blockByteCount <= byteCount && pageCount + blockPageCount <= pageLimit
        for page in 0..<blockPageCount where entries[firstIndex + page].isValid { isBlockEmpty = false }
        if isBlockEmpty, let block = PageFrames.tryAllocate(order: Self.fillOrder, forProcess: true) {
            for page in 0..<blockPageCount {
                entries[firstIndex + page] = PageTableEntry(
                    page: PageNumber(block.rawValue + page),
                    permissions: PagePermissions.processData.union(page == 0 ? .blockHead : .blockBody))
            }
            count(blockPageCount)
        } else {
            guard pageCount < pageLimit, let page = PageFrames.tryAllocate(forProcess: true) else { return false }
            entries[address.tableIndex(level: 0)] = PageTableEntry(page: page, permissions: .processData)
            count(1)
        }
        fillCount &+= 1
        // A hart may remember that the entry was invalid.
        Translation.fence(address)
        return true
    }

    /// The last-level table of an address, made when it is missing.
    private mutating func lastTable(_ address: UInt64) -> PageNumber? {
        var table = root
        for step in 0..<2 {
            let level = 2 - step
            let slot = KernelMapping.entries(table) + VirtualAddress(address).tableIndex(level: level)
            if !slot.pointee.isValid {
                guard pageCount < pageLimit, let page = PageFrames.tryAllocate(forProcess: true) else { return nil }
                slot.pointee = PageTableEntry(table: page)
                count(1)
            }
            table = slot.pointee.page
        }
        return table
    }

    private mutating func count(_ pages: Int) {
        pageCount += pages
        peakPageCount = max(peakPageCount, pageCount)
    }

    private static func rootIndex(_ index: Int) -> Int {
        index < lowWindowCount ? 128 + index * windowStride : 256 + (index - lowWindowCount) * windowStride
    }

    private static func base(_ index: Int) -> UInt64 {
        let entry = UInt64(rootIndex(index))
        // Addresses of the upper half repeat bit 38.
        return entry << 30 | (entry >= 256 ? 0xFFFF_FF80_0000_0000 : 0)
    }

    private func windowIndex(containing address: UInt64) -> Int? {
        let upper = address >> 38
        guard upper == 0 || upper == 0x3FF_FFFF else { return nil }
        let entry = VirtualAddress(address).tableIndex(level: 2)
        let index = entry >= 256 ? Self.lowWindowCount + (entry - 256) / Self.windowStride : (entry - 128) / Self.windowStride
        guard entry >= 128, index < (entry >= 256 ? Self.windowCount : Self.lowWindowCount), windows[index].isReserved else { return nil }
        return index
    }

    /// Frees the pages and tables of a window; how many there were.
    private static func release(_ root: PageNumber, _ index: Int) -> Int {
        var count = 0
        let rootEntries = KernelMapping.entries(root)
        for rootIndex in rootIndex(index)..<(rootIndex(index) + windowStride) where rootEntries[rootIndex].isValid {
            let middle = rootEntries[rootIndex].page
            let middleEntries = KernelMapping.entries(middle)
            for middleIndex in 0..<pageTableEntryCount where middleEntries[middleIndex].isValid {
                let last = middleEntries[middleIndex].page
                count += releasePages(last)
                PageFrames.free(last)
                count += 1
            }
            PageFrames.free(middle)
            count += 1
            rootEntries[rootIndex] = .empty
        }
        return count
    }

    private static func releasePages(_ table: PageNumber) -> Int {
        var count = 0
        let entries = KernelMapping.entries(table)
        for index in 0..<pageTableEntryCount {
            let entry = entries[index]
            guard entry.isValid else { continue }
            count += 1
            if entry.permissions.contains(.blockHead) {
                PageFrames.free(entry.page, order: fillOrder)
            } else if !entry.permissions.contains(.blockBody) {
                PageFrames.free(entry.page)
            }
        }
        return count
    }

    /// Identifiers 1 to 1023, as many as the hart has; 0 when none is left (correct, only slower on a switch).
    private static func claimIdentifier() -> Int {
        withInterruptsDisabled {
            identifiers[0] |= 1
            for word in 0..<16 where identifiers[word] != .max {
                let identifier = word * 64 + (~identifiers[word]).trailingZeroBitCount
                guard identifier <= Translation.identifierLimit else { return 0 }
                identifiers[word] |= 1 << UInt64(identifier & 63)
                return identifier
            }
            return 0
        }
    }

    private static func releaseIdentifier(_ identifier: Int) {
        guard identifier != 0 else { return }
        identifiers[identifier >> 6] &= ~(1 << UInt64(identifier & 63))
    }
}
