// The kernel's own mappings, the same in every address space: memory and devices at their physical addresses, the image with a protection
// for each section, and a region for threads' stacks. RISC-V privileged specification 4.4 (Sv39).
//
//   root entries   addresses                      what
//     0 ..<  64    0 ..< 64 GiB                   RAM and devices at their physical addresses (page zero absent)
//    64            64 GiB ..< 65 GiB              threads' stacks with their guard pages
//   128 ..< 512    128 GiB ... and the upper half windows of a process's linear memories, its own (AddressSpace)
import CMachine
import KernelCore
import KernelMachine

/// The mappings that all address spaces share.
public enum KernelMapping {
    /// Root entries shared by all address spaces.
    static let sharedEntryCount = 128
    /// The end of what is mapped one to one; RAM above it is left unused.
    public static let identityEnd: UInt64 = 64 << 30
    static let stackRootIndex = 64

    nonisolated(unsafe) private(set) static var root = PageNumber(0)
    /// Root entries are copied into every address space, so none is added after the first exists.
    nonisolated(unsafe) static var isSealed = false

    /// The kernel's root table, for threads without a process.
    public static func activate() { Translation.activate(root: root, identifier: 0) }

    /// Maps RAM and the image and turns translation on.
    public static func start(_ map: MemoryMap) {
        root = newTable()
        for index in 0..<map.memoryCount {
            let range = map.memoryRange(at: index)
            mapMemory(range.start.rawValue, min(range.end.rawValue, identityEnd), map)
        }
        mapImage()
        // Tables that later mappings go into exist from the start: the first 2 GiB for devices, and the stacks.
        prepareTable(rootIndex: 0)
        prepareTable(rootIndex: 1)
        prepareTable(rootIndex: stackRootIndex)
        KernelImage.threadStackRegion = UInt64(stackRootIndex) << 30..<UInt64(stackRootIndex + 1) << 30
        Translation.start(root: root)
    }

    /// Maps a device's registers, whole pages, at their own address.
    public static func mapDevice(_ range: PhysicalRange) {
        let mask = UInt64(pageByteCount - 1)
        let start = range.start.rawValue & ~mask
        let end = (range.end.rawValue + mask) & ~mask
        guard start >= UInt64(pageByteCount), end <= identityEnd else { panic("a device lies outside of what the kernel maps") }
        map(start, end, .kernelData)
        Translation.fenceAll()
    }

    /// RAM is readable and writable, except where the image is (mapped apart) and where the firmware is (not mapped).
    private static func mapMemory(_ start: UInt64, _ end: UInt64, _ map: MemoryMap) {
        var address = start
        let imageStart = KernelImage.start.rawValue
        let imageEnd = KernelImage.end.rawValue
        let span = pageTableSpan(level: 1)
        // The 2 MiB pieces the image touches, and the one before it with the firmware, are mapped page by page.
        let fineStart = min(start, imageStart) & ~(span - 1)
        let fineEnd = (imageEnd + span - 1) & ~(span - 1)
        while address < end {
            if address >= fineStart, address < fineEnd, start <= imageStart, imageStart < end {
                if (address < imageStart || address >= imageEnd) && !isFirmware(address, map) {
                    self.map(address, address + UInt64(pageByteCount), .kernelData)
                }
                address += UInt64(pageByteCount)
            } else {
                let next = address < fineStart ? min(end, fineStart) : end
                self.map(address, next, .kernelData)
                address = next
            }
        }
    }

    /// Whether a page below the image is reserved: the machine-mode firmware's, which traps when the kernel touches it.
    private static func isFirmware(_ address: UInt64, _ map: MemoryMap) -> Bool {
        guard address < KernelImage.start.rawValue else { return false }
        for index in 0..<map.reservedCount {
            let range = map.reservedRange(at: index)
            if address >= range.start.rawValue && address < range.end.rawValue { return true }
        }
        return false
    }

    private static func mapImage() {
        map(KernelImage.textRange.lowerBound, KernelImage.textRange.upperBound, .kernelText)
        map(KernelImage.constantsRange.lowerBound, KernelImage.constantsRange.upperBound, .kernelConstants)
        map(KernelImage.dataRange.lowerBound, KernelImage.dataRange.upperBound, .kernelData)
        let guards = KernelImage.stackGuards
        for index in 0..<3 { entry(guards[index], level: 0).pointee = .empty }
    }

    /// Maps addresses to themselves with the largest pages that fit. Both ends are page aligned.
    private static func map(_ start: UInt64, _ end: UInt64, _ permissions: PagePermissions) {
        var address = start
        while address < end {
            var level = 2
            while level > 0, address & (pageTableSpan(level: level) - 1) != 0 || end - address < pageTableSpan(level: level) { level -= 1 }
            // Never replace a table by a larger page: descend to where the tables end.
            while level > 0, entry(address, level: level).pointee.isTable { level -= 1 }
            entry(address, level: level).pointee = PageTableEntry(page: PhysicalAddress(address).pageNumber, permissions: permissions)
            address += pageTableSpan(level: level)
        }
    }

    /// The entry that maps an address at a level; tables above it are made.
    static func entry(_ address: UInt64, level: Int) -> UnsafeMutablePointer<PageTableEntry> {
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

    static func entries(_ table: PageNumber) -> UnsafeMutablePointer<PageTableEntry> {
        table.pointer.assumingMemoryBound(to: PageTableEntry.self)
    }

    private static func prepareTable(rootIndex: Int) {
        if !entries(root)[rootIndex].isValid { entries(root)[rootIndex] = PageTableEntry(table: newTable()) }
    }

    private static func newTable() -> PageNumber {
        guard let page = PageFrames.tryAllocate() else { panic("no memory for the kernel's page tables") }
        return page
    }
}
