// A region: addresses for one thing that several processes may use, such as an image or the shared files. In every kernel view its pages
// are readable and writable at these addresses; a guest view that maps it may only read, by a second set of last-level tables.
// Pages need not be contiguous, so nothing depends on how fragmented memory is. Owns its addresses, its pages and both sets of tables.
// Changed by one thread at a time: whoever makes the thing, or holds its lock.
import KernelCore
import KernelMachine

/// A region of shared addresses. It lies in memory its owner allocated, and stays there.
public struct SharedRegion: ~Copyable {
    /// Addresses are claimed in pieces of this size, so that a piece has its own last-level tables.
    public static let pieceByteCount: UInt64 = 64 << 20
    private static let piecesPerEntry = Int((1 << 30) / pieceByteCount)

    // Interrupts off.
    /// Pieces in use, a bit each, a word for a root entry.
    nonisolated(unsafe) private static var used = InlineArray<47, UInt16>(repeating: 0)
    /// For each root entry with a piece in use the middle table that guest views copy from.
    nonisolated(unsafe) private static var guestTables = InlineArray<47, PageNumber?>(repeating: nil)

    // Constant.
    /// Its addresses.
    public let range: Range<UInt64>
    /// Whether guest views may map it.
    public let isGuestReadable: Bool
    /// What its pages are for.
    public let purpose: FramePurpose

    // One thread at a time: whoever makes what is in it, or holds its lock.
    /// Pages it may have.
    public var pageLimit = Int.max
    /// Where free addresses may begin.
    private var hint: UInt64

    // Interrupts off, together with the tables: a thread that is ended in between leaves them in agreement.
    /// Pages it has, last-level tables included.
    public private(set) var pageCount = 0

    /// Claims addresses for at least `byteCount` bytes; nil when none are left or there is no page for a table.
    public init?(byteCount: UInt64, isGuestReadable: Bool, for purpose: FramePurpose) {
        let pieceCount = Int((byteCount + Self.pieceByteCount - 1) / Self.pieceByteCount)
        guard let first = Self.claim(pieceCount) else { return nil }
        let start = AddressMap.address(ofEntry: AddressMap.sharedEntries.lowerBound) + UInt64(first) * Self.pieceByteCount
        let range = start..<(start + UInt64(pieceCount) * Self.pieceByteCount)
        guard !isGuestReadable || Self.makeGuestTables(range) else {
            Self.unclaim(range)
            return nil
        }
        self.init(range, isGuestReadable, purpose)
    }

    private init(_ range: Range<UInt64>, _ isGuestReadable: Bool, _ purpose: FramePurpose) {
        self.range = range
        self.isGuestReadable = isGuestReadable
        self.purpose = purpose
        hint = range.lowerBound
    }

    /// The one region that every guest view maps.
    public static func common() -> SharedRegion {
        let start = AddressMap.address(ofEntry: AddressMap.commonEntry)
        return SharedRegion(start..<(start + 1 << 30), true, .kernel)
    }

    private var isCommon: Bool { range.lowerBound == AddressMap.address(ofEntry: AddressMap.commonEntry) }

    // MARK: Pages

    /// Puts `pageCount` pages at addresses nobody uses, at a multiple of `alignment`; the first address, or nil when refused.
    public mutating func take(pageCount: Int, alignment: UInt64) -> UInt64? {
        guard pageCount <= pageLimit - self.pageCount,
            let base = PageTables.findFree(KernelMapping.root, in: range, from: hint, pageCount: pageCount, alignment: alignment)
        else { return nil }
        let done = PageTables.put(base, pageCount: pageCount) { address, isBlock in
            isBlock ? withInterruptsDisabled { putBlock(address) } : put(address)
        }
        guard done == pageCount else {
            remove(base, pageCount: done)
            return nil
        }
        if base == hint { hint = base + UInt64(pageCount) << UInt64(pageShift) }
        return base
    }

    /// Gives back pages that were taken.
    public mutating func give(_ base: UInt64, pageCount: Int) {
        remove(base, pageCount: pageCount)
        hint = min(hint, base)
    }

    private mutating func put(_ address: UInt64) -> Bool {
        guard let slot = lastEntry(address, isGuest: false) else { return false }
        var guestSlot: UnsafeMutablePointer<PageTableEntry>?
        if isGuestReadable {
            guestSlot = lastEntry(address, isGuest: true)
            if guestSlot == nil { return false }
        }
        // In one piece, so that a thread that is ended here has the page in the table or not at all.
        return withInterruptsDisabled {
            guard let page = PageFrames.tryAllocate(for: purpose) else { return false }
            slot.pointee = PageTableEntry(page: page, permissions: .kernelViewData)
            guestSlot?.pointee = PageTableEntry(page: page, permissions: .guestConstants)
            pageCount += 1
            return true
        }
    }

    /// Puts a block of pages at an address. Interrupts are off.
    private mutating func putBlock(_ address: UInt64) -> Bool {
        let last = address + UInt64(PageTables.blockPageCount - 1) << UInt64(pageShift)
        for end in 0..<2 {
            guard lastEntry(end == 0 ? address : last, isGuest: false) != nil,
                !isGuestReadable || lastEntry(end == 0 ? address : last, isGuest: true) != nil
            else { return false }
        }
        guard let block = PageFrames.tryAllocate(order: PageTables.blockOrder, for: purpose) else { return false }
        for index in 0..<PageTables.blockPageCount {
            let page = address + UInt64(index) << UInt64(pageShift)
            lastEntry(page, isGuest: false)?.pointee = PageTables.blockEntry(block, index, .kernelViewData)
            if isGuestReadable { lastEntry(page, isGuest: true)?.pointee = PageTables.blockEntry(block, index, .guestConstants) }
        }
        pageCount += PageTables.blockPageCount
        return true
    }

    private mutating func remove(_ base: UInt64, pageCount: Int) {
        PageTables.remove(base, pageCount: pageCount) { address in
            if isGuestReadable { PageTables.entry(guestMiddle(address), address)?.pointee = .empty }
            return PageTables.entry(KernelMapping.root, address, level: 0)
        } freed: {
            self.pageCount -= $0
        }
    }

    /// The last-level entry of an address in one of the two sets of tables; nil when a table is missing and there is no page for it.
    private mutating func lastEntry(_ address: UInt64, isGuest: Bool) -> UnsafeMutablePointer<PageTableEntry>? {
        let middle = isGuest ? guestMiddle(address) : kernelMiddle(address)
        return withInterruptsDisabled {
            let slot = PageTables.entries(middle) + VirtualAddress(address).tableIndex(level: 1)
            if !slot.pointee.isValid {
                guard let page = PageFrames.tryAllocate(for: purpose) else { return nil }
                slot.pointee = PageTableEntry(table: page)
                pageCount += 1
            }
            return PageTables.entries(slot.pointee.page) + VirtualAddress(address).tableIndex(level: 0)
        }
    }

    private func kernelMiddle(_ address: UInt64) -> PageNumber {
        PageTables.entries(KernelMapping.root)[VirtualAddress(address).tableIndex(level: 2)].page
    }

    private func guestMiddle(_ address: UInt64) -> PageNumber {
        let entry = VirtualAddress(address).tableIndex(level: 2)
        if isCommon { return PageTables.entries(KernelMapping.guestTemplate)[entry].page }
        return Self.guestTables[entry - AddressMap.sharedEntries.lowerBound]!
    }

    // MARK: Guest views

    /// The entry of a middle table through which guest views read the 2 MiB around an address of a region; nil where nothing is yet.
    static func guestEntry(_ address: UInt64) -> PageTableEntry? {
        let entry = VirtualAddress(address).tableIndex(level: 2) - AddressMap.sharedEntries.lowerBound
        guard let middle = guestTables[entry] else { return nil }
        let slot = PageTables.entries(middle)[VirtualAddress(address).tableIndex(level: 1)]
        return slot.isValid ? slot : nil
    }

    private static func makeGuestTables(_ range: Range<UInt64>) -> Bool {
        var address = range.lowerBound
        while address < range.upperBound {
            let entry = VirtualAddress(address).tableIndex(level: 2) - AddressMap.sharedEntries.lowerBound
            let isThere = withInterruptsDisabled {
                if guestTables[entry] == nil { guestTables[entry] = PageFrames.tryAllocate() }
                return guestTables[entry] != nil
            }
            guard isThere else { return false }
            address = (address & ~((1 << 30) - 1)) + 1 << 30
        }
        return true
    }

    // MARK: The end

    /// Gives everything back, a table of 2 MiB at a time, so that others run in between. No guest view maps the region any more.
    public mutating func release() {
        var address = range.lowerBound
        while address < range.upperBound {
            let index = VirtualAddress(address).tableIndex(level: 1)
            let kernelSlot = PageTables.entries(kernelMiddle(address)) + index
            let guestSlot = isGuestReadable ? PageTables.entries(guestMiddle(address)) + index : nil
            withInterruptsDisabled {
                let kernelTable = kernelSlot.pointee
                let guestTable = guestSlot?.pointee ?? .empty
                kernelSlot.pointee = .empty
                guestSlot?.pointee = .empty
                if kernelTable.isValid || guestTable.isValid { Translation.fenceAll() }
                if kernelTable.isValid { pageCount -= PageTables.release(lastTable: kernelTable.page) }
                if guestTable.isValid {
                    PageFrames.free(guestTable.page)
                    pageCount -= 1
                }
            }
            address += pageTableSpan(level: 1)
        }
        if !isCommon { Self.unclaim(range) }
        hint = range.lowerBound
    }

    // MARK: Addresses

    private static func claim(_ count: Int) -> Int? {
        withInterruptsDisabled {
            let total = AddressMap.sharedEntries.count * piecesPerEntry
            var start = 0
            var run = 0
            for piece in 0..<total {
                if isUsed(piece) {
                    start = piece + 1
                    run = 0
                    continue
                }
                run += 1
                if run == count {
                    for taken in start..<(start + count) { set(taken, true) }
                    return start
                }
            }
            return nil
        }
    }

    private static func unclaim(_ range: Range<UInt64>) {
        withInterruptsDisabled {
            let start = AddressMap.address(ofEntry: AddressMap.sharedEntries.lowerBound)
            let first = Int((range.lowerBound - start) / pieceByteCount)
            let end = first + Int((range.upperBound - range.lowerBound) / pieceByteCount)
            for piece in first..<end { set(piece, false) }
            for entry in (first / piecesPerEntry)...((end - 1) / piecesPerEntry) where used[entry] == 0 {
                if let table = guestTables[entry] { PageFrames.free(table) }
                guestTables[entry] = nil
            }
        }
    }

    private static func isUsed(_ piece: Int) -> Bool { used[piece / 16] >> UInt16(piece % 16) & 1 != 0 }

    private static func set(_ piece: Int, _ isUsed: Bool) {
        if isUsed { used[piece / 16] |= 1 << UInt16(piece % 16) } else { used[piece / 16] &= ~(1 << UInt16(piece % 16)) }
    }
}

extension PageTables {
    /// The last-level entry of an address below a middle table; nil where there is no table.
    static func entry(_ middle: PageNumber, _ address: UInt64) -> UnsafeMutablePointer<PageTableEntry>? {
        let slot = entries(middle)[VirtualAddress(address).tableIndex(level: 1)]
        guard slot.isTable else { return nil }
        return entries(slot.page) + VirtualAddress(address).tableIndex(level: 0)
    }
}
