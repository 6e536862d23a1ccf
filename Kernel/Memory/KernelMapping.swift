// The mappings that do not belong to one process: the root of the kernel's own threads, from which every kernel view is copied, and the
// template of guest views. RISC-V privileged specification 4.4 (Sv39). AddressMap.swift has the layout.
import CMachine
import KernelCore
import KernelMachine

/// The kernel's root and the template of guest views.
public enum KernelMapping {
    /// The end of what is mapped one to one; RAM above it is left unused.
    public static let identityEnd: UInt64 = 64 << 30

    /// The root of the kernel's own threads.
    nonisolated(unsafe) private(set) static var root = PageNumber(0)
    /// What every guest view begins as.
    nonisolated(unsafe) private(set) static var guestTemplate = PageNumber(0)
    /// Root entries are copied into every address space, so none is added after the first exists.
    nonisolated(unsafe) static var isSealed = false
    /// Bytes of the kernel's own that guest views may write.
    nonisolated(unsafe) public private(set) static var guestWritableByteCount: UInt64 = 0

    /// The value of `satp` for threads of the kernel's own.
    public static var translation: UInt64 { Translation.value(root: root, identifier: 0) }

    /// The kernel's root table, for threads without a process.
    public static func activate() { Translation.write(translation) }

    /// Maps RAM and the image, makes the template of guest views with the initrd in it, and turns translation on.
    public static func start(_ map: MemoryMap, initrd: PhysicalRange?) {
        root = newTable()
        for index in 0..<map.memoryCount {
            let range = map.memoryRange(at: index)
            mapMemory(range.start.rawValue, min(range.end.rawValue, identityEnd), map)
        }
        mapImage()
        // Tables that later mappings go into exist from the start: the first 2 GiB for devices, the stacks, and shared regions.
        prepareTable(root, 0)
        prepareTable(root, 1)
        prepareTable(root, AddressMap.threadStackEntry)
        for index in AddressMap.sharedEntries { prepareTable(root, index) }
        prepareTable(root, AddressMap.commonEntry)
        let stacks = AddressMap.address(ofEntry: AddressMap.threadStackEntry)
        KernelImage.threadStackRegion = stacks..<(stacks + 1 << 30)
        KernelImage.processStack = AddressMap.kernelStack
        mapGuestTemplate(initrd)
        Translation.start(root: root)
    }

    /// Maps a device's registers, whole pages, at their own address, in kernel views.
    public static func mapDevice(_ range: PhysicalRange) {
        let mask = UInt64(pageByteCount - 1)
        let start = range.start.rawValue & ~mask
        let end = (range.end.rawValue + mask) & ~mask
        guard start >= UInt64(pageByteCount), end <= identityEnd else { panic("a device lies outside of what the kernel maps") }
        map(root, start, end, .kernelViewData)
        Translation.fenceAll()
    }

    /// RAM is readable and writable, except where the image is (mapped apart) and where the firmware is (not mapped).
    private static func mapMemory(_ start: UInt64, _ end: UInt64, _ map: MemoryMap) {
        let imageStart = KernelImage.start.rawValue
        let imageEnd = KernelImage.end.rawValue
        guard start <= imageStart, imageStart < end else { return self.map(root, start, end, .kernelViewData) }
        // What is reserved below the image, which lies in the order of addresses, is the machine-mode firmware's, which traps when the kernel
        // touches it. One range at a time: the map is large, and asking it copies it.
        var address = start
        for index in 0..<map.reservedCount {
            let range = map.reservedRange(at: index)
            if range.start.rawValue >= imageStart { break }
            if address < range.start.rawValue { self.map(root, address, range.start.rawValue, .kernelViewData) }
            address = max(address, range.end.rawValue)
        }
        if address < imageStart { self.map(root, address, imageStart, .kernelViewData) }
        if imageEnd < end { self.map(root, imageEnd, end, .kernelViewData) }
    }

    private static func mapImage() {
        mapCode(root)
        map(root, KernelImage.dataRange.lowerBound, KernelImage.dataRange.upperBound, .kernelViewData)
        let guards = KernelImage.stackGuards
        for index in 0..<3 { entry(root, guards[index], level: 0).pointee = .empty }
    }

    private static func mapCode(_ root: PageNumber) {
        map(root, KernelImage.textRange.lowerBound, KernelImage.textRange.upperBound, .kernelText)
        map(root, KernelImage.constantsRange.lowerBound, KernelImage.constantsRange.upperBound, .kernelConstants)
    }

    /// A guest view sees the kernel's code and constants, its variables and the stacks of traps, the initrd, and what all may read.
    private static func mapGuestTemplate(_ initrd: PhysicalRange?) {
        guestTemplate = newTable()
        mapCode(guestTemplate)
        let page = UInt64(pageByteCount)
        let guards = KernelImage.stackGuards
        // The boot stack is the idle thread's.
        func share(_ start: UInt64, _ end: UInt64) {
            map(guestTemplate, start, end, .kernelViewData)
            guestWritableByteCount += end - start
        }
        share(KernelImage.dataRange.lowerBound, guards[0])
        share(guards[1] + page, guards[2])
        share(guards[2] + page, KernelImage.dataRange.upperBound)
        if let initrd {
            let start = initrd.start.rawValue & ~(page - 1)
            let end = (initrd.end.rawValue + page - 1) & ~(page - 1)
            map(guestTemplate, start, min(end, identityEnd), .guestConstants)
        }
        entries(guestTemplate)[AddressMap.commonEntry] = PageTableEntry(table: newTable())
    }

    /// Maps addresses to themselves with the largest pages that fit. Both ends are page aligned.
    private static func map(_ root: PageNumber, _ start: UInt64, _ end: UInt64, _ permissions: PagePermissions) {
        var address = start
        while address < end {
            var level = 2
            while level > 0, address & (pageTableSpan(level: level) - 1) != 0 || end - address < pageTableSpan(level: level) { level -= 1 }
            // Never replace a table by a larger page: descend to where the tables end.
            while level > 0, entry(root, address, level: level).pointee.isTable { level -= 1 }
            // Pages fill their table as far as they go.
            let span = pageTableSpan(level: level)
            let count = level > 0 ? 1 : (min(end, (address | (pageTableSpan(level: 1) - 1)) + 1) - address) / span
            let slot = entry(root, address, level: level)
            for index in 0..<count {
                slot[Int(index)] = PageTableEntry(page: PhysicalAddress(address + index * span).pageNumber, permissions: permissions)
            }
            address += count * span
        }
    }

    /// The kernel's entry that maps an address at a level; tables above it are made.
    static func entry(_ address: UInt64, level: Int) -> UnsafeMutablePointer<PageTableEntry> { entry(root, address, level: level) }

    private static func entry(_ root: PageNumber, _ address: UInt64, level: Int) -> UnsafeMutablePointer<PageTableEntry> {
        var table = root
        var current = 2
        while current > level {
            let slot = entries(table) + VirtualAddress(address).tableIndex(level: current)
            if !slot.pointee.isValid {
                if current == 2, isSealed { panic("a kernel mapping needs a new root entry after boot") }
                slot.pointee = PageTableEntry(table: newTable())
            } else if slot.pointee.isLeaf {
                panic("a kernel mapping lies inside a larger page")
            }
            table = slot.pointee.page
            current -= 1
        }
        return entries(table) + VirtualAddress(address).tableIndex(level: level)
    }

    static func entries(_ table: PageNumber) -> UnsafeMutablePointer<PageTableEntry> { PageTables.entries(table) }

    private static func prepareTable(_ root: PageNumber, _ index: Int) {
        if !entries(root)[index].isValid { entries(root)[index] = PageTableEntry(table: newTable()) }
    }

    private static func newTable() -> PageNumber {
        guard let page = PageFrames.tryAllocate() else { panic("no memory for the kernel's page tables") }
        return page
    }
}
