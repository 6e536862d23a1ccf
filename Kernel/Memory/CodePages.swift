// The pages of an image's machine code and the tables that map them. The guest view of every process that uses the image has them at the same
// addresses (`AddressMap.code`), where it may run them and neither read nor write; kernel views write them where they see all memory, and have
// nothing at those addresses, so that no view may both write and run a page. RISC-V privileged
// specification 4.3.1 (permissions) and unprivileged specification, "Zifencei".
//
// Code is added at the end and stays until all of it goes. One thread adds at a time; processes only run what was added.
import KernelCore
import KernelMachine

/// Machine code of one image. Works in kernel views.
public struct CodePages: ~Copyable {
    /// The table of which each entry is for 2 MiB of addresses, in `tables` what it leads to; their pages are those in them.
    private var middle: PageNumber?
    private var tables = InlineArray<32, PageNumber?>(repeating: nil)
    /// Bytes that are used, and for which there are pages.
    private var usedByteCount: UInt64 = 0
    private var mappedByteCount: UInt64 = 0
    /// Bytes of code.
    public var byteCount: Int { Int(usedByteCount) }
    /// Pages it has, tables included.
    public private(set) var pageCount = 0

    /// Without any pages yet.
    public init() {}

    /// Code begins at multiples of this.
    private static let alignment: UInt64 = 16

    /// Adds code, and gives the address it has in guest views; nil when memory is refused or `pageLimit` would be exceeded. It may be run from now on.
    public mutating func add(_ code: UnsafeRawBufferPointer, pageLimit: Int) -> UInt64? {
        let start = (usedByteCount + Self.alignment - 1) & ~(Self.alignment - 1)
        guard UInt64(code.count) <= AddressMap.codeByteCount, start <= AddressMap.codeByteCount - UInt64(code.count) else { return nil }
        while mappedByteCount < start + UInt64(code.count) {
            guard pageCount + 3 <= pageLimit, putPage() else { return nil }
        }
        var done = 0
        while done < code.count {
            let offset = start + UInt64(done)
            let inPage = Int(offset) % pageByteCount
            let count = min(code.count - done, pageByteCount - inPage)
            (page(offset).pointer + inPage).copyMemory(from: code.baseAddress! + done, byteCount: count)
            done += count
        }
        usedByteCount = start + UInt64(code.count)
        InstructionFence.published()
        return AddressMap.code.lowerBound + start
    }

    /// Makes the next page, and the tables above it when they are missing. Each in one piece: whoever makes an image compiles outside of a hold and
    /// may be ended anywhere, and then the page is here or not taken at all.
    private mutating func putPage() -> Bool {
        let index = Int(mappedByteCount / pageTableSpan(level: 1))
        if middle == nil {
            let isThere = withInterruptsDisabled {
                middle = PageFrames.tryAllocate(for: .code)
                if middle != nil { pageCount += 1 }
                return middle != nil
            }
            guard isThere else { return false }
        }
        if tables[index] == nil {
            let isThere = withInterruptsDisabled {
                guard let middle, let page = PageFrames.tryAllocate(for: .code) else { return false }
                tables[index] = page
                PageTables.entries(middle)[index] = PageTableEntry(table: page)
                pageCount += 1
                return true
            }
            guard isThere else { return false }
        }
        return withInterruptsDisabled {
            guard let page = PageFrames.tryAllocate(for: .code) else { return false }
            entry(mappedByteCount).pointee = PageTableEntry(page: page, permissions: .guestCode)
            pageCount += 1
            mappedByteCount += UInt64(pageByteCount)
            return true
        }
    }

    private func entry(_ offset: UInt64) -> UnsafeMutablePointer<PageTableEntry> {
        // `putPage` made the table.
        PageTables.entries(tables[Int(offset / pageTableSpan(level: 1))]!)
            + VirtualAddress(AddressMap.code.lowerBound + offset).tableIndex(level: 0)
    }

    private func page(_ offset: UInt64) -> PageNumber { entry(offset).pointee.page }

    /// The entry of a root table through which guest views see the code; nil where there is none.
    var rootEntry: PageTableEntry? { middle.map { PageTableEntry(table: $0) } }

    /// Calls `body` with each page of code: the address at which it is run, and its frame.
    public borrowing func forEachPage(_ body: (UInt64, PageNumber) -> Void) {
        guard let middle else { return }
        PageTables.forEachPage(below: middle, at: AddressMap.code.lowerBound, body)
    }

    /// Forgets all code; its pages stay for the next. Nobody runs it any more, or ever returns to it.
    public mutating func removeAll() { usedByteCount = 0 }

    /// Gives everything back, 2 MiB at a time. No view maps it any more.
    public mutating func release() {
        for index in 0..<tables.count {
            guard let table = tables[index] else { continue }
            tables[index] = nil
            withInterruptsDisabled { pageCount -= PageTables.release(lastTable: table) }
        }
        if let middle {
            self.middle = nil
            withInterruptsDisabled {
                PageFrames.free(middle)
                pageCount -= 1
            }
        }
        usedByteCount = 0
        mappedByteCount = 0
    }
}

/// The one place that tells harts of new instructions.
public enum InstructionFence {
    /// What was written before is what harts run from now on.
    public static func published() {
        // One hart runs programs; others would be asked here (SBI RFENCE, remote `fence.i`) before anybody is told of the code.
        Fence.instructions()
    }
}
