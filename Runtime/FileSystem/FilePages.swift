// The bytes of one file of a `MemoryLayer`: pages of about 4 KiB in a radix table. Where there is no page the lower file shows through
// as far as it reaches, and beyond that are zeros: a file may have holes, grows without copying, and a change of a byte copies a page.
// Owns its pages. Knows no budget: it says how many bytes it takes (`allocatedByteCount`), and the layer compares.
import Containers

/// What a regular file has.
struct FileContent: ~Copyable {
    /// A little below 4 KiB: a page is a block of a heap, and heaps lose up to half of a block that needs its own header beside a power
    /// of two (the kernel's: 31 MiB of memory for 15.6 MiB of file with 4096, 15.9 with this).
    static let pageByteCount = 4064

    /// How long the file is.
    var byteCount: UInt64 = 0
    /// How many bytes of the lower file show through where there is no page.
    var lowerByteCount: UInt64 = 0
    /// The lower file's bytes, when they lie in memory.
    var inPlace: UnsafeRawPointer?
    /// Pages from here on belong to the file no more and wait to be freed; `.max`: none do.
    private(set) var garbageStart = UInt64.max
    private(set) var pageCount: UInt64 = 0
    private var pages = RadixTable()
    /// Something here is not as it is below.
    var hasChanged = false

    /// What the pages and the table take, in bytes.
    var allocatedByteCount: UInt64 {
        pageCount * UInt64(FileContent.pageByteCount) + UInt64(pages.nodeCount) * UInt64(RadixTable.nodeByteCount)
    }

    /// The page that holds the byte at `offset`.
    static func pageNumber(at offset: UInt64) -> UInt64 { offset / UInt64(pageByteCount) }

    /// The bytes of a page, or nil where there is none.
    func page(_ number: UInt64) -> UnsafeMutableRawPointer? { number < garbageStart ? pages[number] : nil }

    /// Puts a page where there is none; false, and nothing changed, when memory for the table is refused.
    mutating func insert(_ page: UnsafeMutableRawPointer, at number: UInt64, from allocator: Allocator) -> Bool {
        guard pages.insert(page, at: number, from: allocator) else { return false }
        pageCount += 1
        return true
    }

    /// Takes a page out and frees it.
    mutating func remove(_ number: UInt64, to allocator: Allocator) {
        guard let page = pages.remove(number, to: allocator) else { return }
        pageCount -= 1
        allocator.free(page)
    }

    /// Cuts the file off at `newByteCount`, at once: what is beyond shows no more, and its pages become garbage.
    mutating func cut(to newByteCount: UInt64) {
        lowerByteCount = min(lowerByteCount, newByteCount)
        byteCount = newByteCount
        let inPage = Int(newByteCount % UInt64(FileContent.pageByteCount))
        let last = FileContent.pageNumber(at: newByteCount)
        if inPage > 0, let page = page(last) {
            // Growing again shows zeros.
            (page + inPage).initializeMemory(as: UInt8.self, repeating: 0, count: FileContent.pageByteCount - inPage)
        }
        setGarbage(from: inPage > 0 ? last + 1 : last)
    }

    /// The bytes of the first run that ends after `offset` and does not come before it; nil when there are only holes from there on. What shows
    /// through from below counts.
    func content(from offset: UInt64) -> Range<UInt64>? {
        if offset < lowerByteCount { return offset..<lowerByteCount }
        let pageByteCount = UInt64(FileContent.pageByteCount)
        guard let first = pages.first(from: FileContent.pageNumber(at: offset)), first.number < garbageStart else { return nil }
        var number = first.number
        while page(number) != nil { number += 1 }
        return max(offset, first.number * pageByteCount)..<number * pageByteCount
    }

    /// The pages from `number` on are garbage, if there are any.
    mutating func setGarbage(from number: UInt64) {
        let start = min(garbageStart, number)
        garbageStart = pages.first(from: start) == nil ? .max : start
    }

    /// Frees pages of the garbage, as many as `rest` says, which it counts down; true when none is left.
    mutating func freeGarbage(_ rest: inout Int, to allocator: Allocator) -> Bool {
        while garbageStart != .max, let first = pages.first(from: garbageStart) {
            guard rest > 0 else { return false }
            remove(first.number, to: allocator)
            rest -= 1
        }
        garbageStart = .max
        return true
    }
}
