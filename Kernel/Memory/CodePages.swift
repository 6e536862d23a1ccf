// The pages of an image's machine code and the last-level tables that map them. Every process that uses the image sees them at the same addresses
// (`AddressMap.code`), where it may run them and neither read nor write; the kernel writes them where it sees all memory. RISC-V privileged
// specification 4.3.1 (permissions) and unprivileged specification, "Zifencei".
//
// Code is added at the end and stays until all of it goes. One thread adds at a time; processes only run what was added.
import KernelCore
import KernelMachine

/// Machine code of one image. Works in kernel views.
public struct CodePages: ~Copyable {
    /// For each 2 MiB of addresses the table that maps them; its pages are those in it.
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
            guard pageCount + 2 <= pageLimit, putPage() else { return nil }
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

    /// Makes the next page, and its table when it is missing. Each in one piece: whoever makes an image compiles outside of a hold and may be
    /// ended anywhere, and then the page is here or not taken at all.
    private mutating func putPage() -> Bool {
        let index = Int(mappedByteCount / pageTableSpan(level: 1))
        if tables[index] == nil {
            let isThere = withInterruptsDisabled {
                tables[index] = PageFrames.tryAllocate(for: .code)
                if tables[index] != nil { pageCount += 1 }
                return tables[index] != nil
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

    /// The entry of a middle table through which guest views see the 2 MiB around an address of `AddressMap.code`; nil where no code is.
    func tableEntry(_ address: UInt64) -> PageTableEntry? {
        tables[Int((address - AddressMap.code.lowerBound) / pageTableSpan(level: 1))].map { PageTableEntry(table: $0) }
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
