// A process's address space: two root tables over the same pages of its own. The guest view is what its thread runs in; the kernel view maps
// the kernel's memory besides. Its own are linear memories in windows, stacks that come on touch, and a heap that takes its pages when it
// grows. RISC-V privileged specification 4.4 (Sv39). Works in kernel views. Tables are changed with interrupts off.
//
// An entry that becomes valid needs no fence: a hart that remembers it as invalid faults once more, and the fault handler fences then
// (`PageTables.isMapped`). An entry that goes is fenced before its page is anybody else's.
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
    /// A page of a stack that should be there, for the same reason.
    case outOfStack
    /// Nothing of the process's.
    case foreign
}

/// One process's translation tables.
public struct AddressSpace: ~Copyable {
    /// Bytes of addresses a window has for a linear memory.
    public static let windowByteCount: UInt64 = 8 << 30
    /// Pages that memories leave for stacks and the heap, so that a program which is refused memory can still act on it.
    private static let spareByMemories = 16

    // Constant.
    private let guestRoot: PageNumber
    private let kernelRoot: PageNumber
    /// What `satp` carries to tell the guest view's translations apart, and plus one the kernel view's; 0 when there are none to spare.
    private let identifier: Int
    /// Pages the process may have, tables included.
    public var pageLimit: Int

    // The process's thread alone, in a kernel view.
    /// Where free addresses of the heap's two parts may begin.
    private var smallHeapHint = AddressMap.smallHeap.lowerBound
    private var largeHeapHint = AddressMap.largeHeap.lowerBound

    // Changed by the process's thread alone, or when it has ended by the reaper; the thread's own faults read them.
    private var windows = MemoryWindows()
    /// Bytes of each value stack; 0: free.
    private var valueStacks = InlineArray<64, UInt64>(repeating: 0)
    /// The region of its image, which its guest view may read.
    private var image: Range<UInt64> = 0..<0

    // Interrupts off, together with the tables: the thread, its faults, and for `imagePageCount` others that share the image.
    /// Pages it has: roots, tables, windows, stacks, heap.
    public private(set) var pageCount = 2
    public private(set) var peakPageCount = 2
    /// The part of its image's pages that is charged to the process.
    public var imagePageCount = 0
    /// Page faults that were filled.
    public private(set) var fillCount = 0

    /// Makes an address space with nothing of its own; nil when there is no page for its roots.
    public init?(pageLimit: Int) {
        guard let guestRoot = PageFrames.tryAllocate() else { return nil }
        guard let kernelRoot = PageFrames.tryAllocate() else {
            PageFrames.free(guestRoot)
            return nil
        }
        KernelMapping.isSealed = true
        self.guestRoot = guestRoot
        self.kernelRoot = kernelRoot
        self.pageLimit = pageLimit
        let shared = PageTables.entries(KernelMapping.root)
        let template = PageTables.entries(KernelMapping.guestTemplate)
        for index in 0...AddressMap.commonEntry {
            PageTables.entries(kernelRoot)[index] = shared[index]
            PageTables.entries(guestRoot)[index] = template[index]
        }
        identifier = SpaceIdentifiers.claim()
    }

    deinit {
        // Nothing is left after `releaseAll`.
        _ = Self.releasePages(guestRoot, kernelRoot)
        withInterruptsDisabled {
            PageFrames.free(guestRoot)
            PageFrames.free(kernelRoot)
            Translation.fenceAll()
            SpaceIdentifiers.release(identifier)
        }
    }

    /// The values of `satp` that select its views.
    public var guestTranslation: UInt64 { Translation.value(root: guestRoot, identifier: identifier) }
    public var kernelTranslation: UInt64 {
        Translation.value(root: kernelRoot, identifier: identifier == 0 ? 0 : identifier + 1)
    }

    /// Its root tables.
    var rootPages: (guest: PageNumber, kernel: PageNumber) { (guestRoot, kernelRoot) }

    // MARK: Windows

    /// Reserves a window; its base, or nil when all are taken. No page is used yet.
    public mutating func reserveWindow() -> UInt64? { windows.reserve() }

    /// Sets how much of a window is memory; only growing is possible. False for a base that is no window's, or a size that does not fit.
    public mutating func setByteCount(windowBase: UInt64, _ byteCount: UInt64) -> Bool {
        guard let index = windows.index(base: windowBase), byteCount <= MemoryWindows.mostByteCount else { return false }
        withInterruptsDisabled { windows.grow(index, to: byteCount) }
        return true
    }

    /// Whether a memory may grow: the budget and the machine can keep the promise beside what the process's memories were promised before.
    /// What others take in the meantime can still break it.
    public func mayGrow(from oldByteCount: UInt64, to newByteCount: UInt64) -> Bool {
        let more = MemoryWindows.pageCount(ofMemory: newByteCount) - MemoryWindows.pageCount(ofMemory: oldByteCount)
        let pages = more + windows.owedPageCount + Self.spareByMemories
        return mayTake(pages) && pages + PageFrames.reservedPageCount <= PageFrames.freePageCount
    }

    /// Gives back a window and every page in it.
    public mutating func releaseWindow(base: UInt64) {
        guard let index = windows.index(base: base) else { return }
        withInterruptsDisabled { windows.release(index) }
        Self.release(guestRoot, kernelRoot, entries: MemoryWindows.rootEntries(index), isInUse: true) { pageCount -= $0 }
    }

    /// The window an address lies in, guard included, as its base and size; nil when in none.
    public func window(containing address: UInt64) -> (base: UInt64, byteCount: UInt64)? {
        guard let index = windows.index(containing: address) else { return nil }
        return (MemoryWindows.base(index), windows.byteCount(index))
    }

    // MARK: Stacks and heap

    /// Reserves addresses for a value stack; nil when all are taken or it is too large. Its pages come on touch.
    public mutating func reserveValueStack(byteCount: Int) -> UInt64? {
        let most = AddressMap.firstValueStack.upperBound - AddressMap.firstValueStack.lowerBound
        guard byteCount > 0, UInt64(byteCount) <= most else { return nil }
        for index in 0..<AddressMap.valueStackCount where valueStacks[index] == 0 {
            valueStacks[index] = UInt64(byteCount)
            return Self.valueStackBase(index)
        }
        return nil
    }

    /// Gives back a value stack and its pages.
    public mutating func releaseValueStack(base: UInt64) {
        for index in 0..<AddressMap.valueStackCount where Self.valueStackBase(index) == base && valueStacks[index] != 0 {
            remove(base, pageCount: Int((valueStacks[index] + UInt64(pageByteCount) - 1) >> UInt64(pageShift)))
            valueStacks[index] = 0
        }
    }

    private static func valueStackBase(_ index: Int) -> UInt64 {
        AddressMap.firstValueStack.lowerBound + UInt64(index) * AddressMap.valueStackStride
    }

    private func isInStack(_ address: UInt64) -> Bool {
        if AddressMap.kernelStack.contains(address) { return true }
        guard address >= AddressMap.firstValueStack.lowerBound, address < AddressMap.ownEnd else { return false }
        let index = (address - AddressMap.firstValueStack.lowerBound) / AddressMap.valueStackStride
        guard index < UInt64(AddressMap.valueStackCount) else { return false }
        return address < Self.valueStackBase(Int(index)) + valueStacks[Int(index)]
    }

    /// Puts pages for its heap at addresses nobody uses, one page for `isSmall`, else aligned to 16 KiB; nil when refused.
    /// The process's own thread calls it, and may be preempted and ended in it.
    public mutating func takeHeapPages(pageCount: Int, isSmall: Bool) -> UInt64? {
        guard mayTake(pageCount) else { return nil }
        let range = isSmall ? AddressMap.smallHeap : AddressMap.largeHeap
        let hint = isSmall ? smallHeapHint : largeHeapHint
        let alignment = UInt64(pageByteCount) << (isSmall ? 0 : 2)
        guard let base = PageTables.findFree(guestRoot, in: range, from: hint, pageCount: pageCount, alignment: alignment) else {
            return nil
        }
        let done = PageTables.put(base, pageCount: pageCount) { address, isBlock in
            withInterruptsDisabled { isBlock ? putBlock(address) : fillPage(address, forProcess: true) }
        }
        guard done == pageCount else {
            remove(base, pageCount: done)
            return nil
        }
        if base == hint {
            let end = base + UInt64(pageCount) << UInt64(pageShift)
            if isSmall { smallHeapHint = end } else { largeHeapHint = end }
        }
        return base
    }

    /// Puts a block of pages at an address, which need not be aligned to it; nothing is there. Interrupts are off.
    private mutating func putBlock(_ address: UInt64) -> Bool {
        let last = address + UInt64(PageTables.blockPageCount - 1) << UInt64(pageShift)
        guard mayTake(PageTables.blockPageCount), let firstTable = lastTable(address), let lastTable = lastTable(last),
            let block = PageFrames.tryAllocate(order: PageTables.blockOrder, for: .process)
        else { return false }
        for index in 0..<PageTables.blockPageCount {
            let page = VirtualAddress(address + UInt64(index) << UInt64(pageShift))
            let table = page.rawValue >> 21 == address >> 21 ? firstTable : lastTable
            PageTables.entries(table)[page.tableIndex(level: 0)] = PageTables.blockEntry(block, index, .processData)
        }
        count(PageTables.blockPageCount)
        return true
    }

    /// Whether the budget allows so many pages more.
    public func mayTake(_ pages: Int) -> Bool { pages <= freePageCount }

    /// Pages the budget still allows; below zero when its part of the image grew beyond.
    public var freePageCount: Int { pageLimit - pageCount - imagePageCount }

    /// Gives back pages of its heap.
    public mutating func giveHeapPages(_ base: UInt64, pageCount: Int) {
        remove(base, pageCount: pageCount)
        if AddressMap.smallHeap.contains(base) {
            smallHeapHint = min(smallHeapHint, base)
        } else {
            largeHeapHint = min(largeHeapHint, base)
        }
    }

    /// Takes pages away, a few at a time with interrupts off and one fence.
    private mutating func remove(_ base: UInt64, pageCount: Int) {
        PageTables.remove(base, pageCount: pageCount) { address in
            PageTables.entry(guestRoot, address, level: 0)
        } freed: {
            self.pageCount -= $0
        }
    }

    // MARK: The image

    /// Lets the guest view read a region.
    public mutating func setImage(_ range: Range<UInt64>) { image = range }

    /// Makes what there is of the image around an address visible to the guest view; false when there is nothing or no page for a table.
    private mutating func showImage(_ address: UInt64) -> Bool {
        guard image.contains(address), let entry = SharedRegion.guestEntry(address) else { return false }
        let rootSlot = PageTables.entries(guestRoot) + VirtualAddress(address).tableIndex(level: 2)
        if !rootSlot.pointee.isValid {
            guard mayTake(1), let page = PageFrames.tryAllocate(for: .process) else { return false }
            rootSlot.pointee = PageTableEntry(table: page)
            count(1)
        }
        (PageTables.entries(rootSlot.pointee.page) + VirtualAddress(address).tableIndex(level: 1)).pointee = entry
        return true
    }

    // MARK: Machine code

    /// Makes its image's machine code visible to the guest view, and to no other. False when there is none, or it is there already. Needs no
    /// page: the table is the code's.
    public mutating func showCode(at address: UInt64, _ code: borrowing CodePages) -> Bool {
        let slot = PageTables.entries(guestRoot) + AddressMap.codeEntry
        guard AddressMap.code.contains(address), !slot.pointee.isValid, let entry = code.rootEntry else { return false }
        slot.pointee = entry
        return true
    }

    // MARK: Faults

    /// Answers a data page fault. Called with interrupts off, from the trap handler.
    public mutating func resolveFault(at address: UInt64) -> FaultResolution {
        if isInStack(address) {
            // The thread's stack in the kernel may be touched where nothing can be refused, so it may have the reserve.
            return fillPage(address, forProcess: !AddressMap.kernelStack.contains(address)) ? .filled : .outOfStack
        }
        if image.contains(address) {
            if isImageShown(address) { return .foreign }
            return showImage(address) ? .filled : .outOfMemory
        }
        if let index = windows.index(above: address) {
            // The address that wrapped around at 4 GiB.
            let base = MemoryWindows.base(index)
            return .outOfBounds(base: base, offset: UInt64(UInt32(truncatingIfNeeded: address &- base)))
        }
        guard let index = windows.index(containing: address) else { return .foreign }
        let base = MemoryWindows.base(index)
        let offset = address - base
        let byteCount = windows.byteCount(index)
        guard offset < byteCount else { return .outOfBounds(base: base, offset: offset) }
        let pagesBefore = pageCount
        let isFilled = fillBlock(base: base, offset: offset, byteCount: byteCount)
        windows.pay(index, pageCount - pagesBefore)
        return isFilled ? .filled : .outOfMemory
    }

    private func isImageShown(_ address: UInt64) -> Bool {
        guard let slot = PageTables.entry(guestRoot, address, level: 1) else { return false }
        return slot.pointee.isValid
    }

    /// Puts pages at an offset of a window: the whole 64 KiB around it (one WebAssembly page) in one piece where possible, else one page.
    private mutating func fillBlock(base: UInt64, offset: UInt64, byteCount: UInt64) -> Bool {
        let blockPageCount = PageTables.blockPageCount
        let blockByteCount = UInt64(pageByteCount) << UInt64(PageTables.blockOrder)
        guard let table = lastTable(base + offset) else { return false }
        let entries = PageTables.entries(table)
        let blockStart = offset & ~(blockByteCount - 1)
        let firstIndex = VirtualAddress(base + blockStart).tableIndex(level: 0)
        var isBlockEmpty = blockStart + blockByteCount <= byteCount && mayTake(blockPageCount)
        for page in 0..<blockPageCount where entries[firstIndex + page].isValid { isBlockEmpty = false }
        guard isBlockEmpty, let block = PageFrames.tryAllocate(order: PageTables.blockOrder, for: .process) else {
            return fillPage(base + offset, forProcess: true)
        }
        for page in 0..<blockPageCount { entries[firstIndex + page] = PageTables.blockEntry(block, page, .processData) }
        count(blockPageCount)
        fillCount &+= 1
        return true
    }

    /// Puts one page at an address, unless there is one. Interrupts are off, so that the page is in the table or not taken at all.
    private mutating func fillPage(_ address: UInt64, forProcess: Bool) -> Bool {
        guard let table = lastTable(address) else { return false }
        let slot = PageTables.entries(table) + VirtualAddress(address).tableIndex(level: 0)
        if !slot.pointee.isValid {
            guard mayTake(1) || !forProcess, let page = PageFrames.tryAllocate(for: forProcess ? .process : .kernel) else { return false }
            slot.pointee = PageTableEntry(page: page, permissions: .processData)
            count(1)
            fillCount &+= 1
        }
        return true
    }

    /// The last-level table of an address of its own, made when it is missing; both roots lead to it.
    private mutating func lastTable(_ address: UInt64) -> PageNumber? {
        let rootIndex = VirtualAddress(address).tableIndex(level: 2)
        let rootSlot = PageTables.entries(guestRoot) + rootIndex
        if !rootSlot.pointee.isValid {
            guard let page = takeTable() else { return nil }
            rootSlot.pointee = PageTableEntry(table: page)
            PageTables.entries(kernelRoot)[rootIndex] = rootSlot.pointee
        }
        let slot = PageTables.entries(rootSlot.pointee.page) + VirtualAddress(address).tableIndex(level: 1)
        if !slot.pointee.isValid {
            guard let page = takeTable() else { return nil }
            slot.pointee = PageTableEntry(table: page)
        }
        return slot.pointee.page
    }

    private mutating func takeTable() -> PageNumber? {
        guard mayTake(1), let page = PageFrames.tryAllocate(for: .process) else { return nil }
        count(1)
        return page
    }

    private mutating func count(_ pages: Int) {
        pageCount += pages
        peakPageCount = max(peakPageCount, pageCount)
    }

    // MARK: The end

    /// Gives back everything but the roots, 2 MiB at a time, so that others run in between. Nobody runs in the space any more.
    public mutating func releaseAll() {
        pageCount -= Self.releasePages(guestRoot, kernelRoot)
        image = 0..<0
    }

    private static func releasePages(_ guestRoot: PageNumber, _ kernelRoot: PageNumber) -> Int {
        var count = 0
        // Machine code is not the process's.
        PageTables.entries(guestRoot)[AddressMap.codeEntry] = .empty
        release(guestRoot, kernelRoot, entries: AddressMap.lowWindowEntries, isInUse: false) { count += $0 }
        release(guestRoot, kernelRoot, entries: AddressMap.ownEntries, isInUse: false) { count += $0 }
        release(guestRoot, kernelRoot, entries: AddressMap.highWindowEntries, isInUse: false) { count += $0 }
        // Of the image the space has only the middle tables.
        for index in AddressMap.sharedEntries {
            withInterruptsDisabled {
                let slot = PageTables.entries(guestRoot) + index
                guard slot.pointee.isValid else { return }
                PageFrames.free(slot.pointee.page)
                slot.pointee = .empty
                count += 1
            }
        }
        return count
    }

    /// Frees what lies below root entries, tables included, and says after each step how many pages that were. `isInUse`: the process still
    /// runs in the space, so what a hart remembers is forgotten before a page is anybody else's.
    private static func release(
        _ guestRoot: PageNumber, _ kernelRoot: PageNumber, entries: Range<Int>, isInUse: Bool, freed: (Int) -> Void
    ) {
        for rootIndex in entries {
            let rootSlot = PageTables.entries(guestRoot) + rootIndex
            guard rootSlot.pointee.isValid else { continue }
            let middle = rootSlot.pointee.page
            for middleIndex in 0..<pageTableEntryCount {
                let slot = PageTables.entries(middle) + middleIndex
                guard slot.pointee.isValid else { continue }
                withInterruptsDisabled {
                    let last = slot.pointee.page
                    slot.pointee = .empty
                    if isInUse { Translation.fenceAll() }
                    freed(PageTables.release(lastTable: last))
                }
            }
            withInterruptsDisabled {
                rootSlot.pointee = .empty
                PageTables.entries(kernelRoot)[rootIndex] = .empty
                if isInUse { Translation.fenceAll() }
                PageFrames.free(middle)
                freed(1)
            }
        }
    }
}
