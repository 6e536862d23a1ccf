// The bytes of a writable file: a table of pages of about 4 KiB, absent pages reading as zeros, so files may have holes and grow without
// copying. Owns its pages and its table, freed in `deinit`; says how many bytes it takes so that a budget can be kept.
import Containers

/// The growing, sparse content of one file. Nothing here knows the file's length: the caller keeps it.
struct FilePages: ~Copyable {
    /// A little below 4 KiB: a page is a block of a heap, and heaps lose up to half of a block that needs its own header beside a power
    /// of two (the kernel's: 31 MiB of memory for 15.6 MiB of file with 4096, 15.9 with this).
    static let pageByteCount = 4064

    private var table: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    private var capacity = 0
    /// What the pages and the table take, in bytes.
    private(set) var allocatedByteCount = 0

    init() {}

    deinit {
        guard let table else { return }
        for number in 0..<capacity {
            if let page = table[number] { Allocation.free(page) }
        }
        Allocation.free(UnsafeMutableRawPointer(table))
    }

    /// What giving a page to every part of the range would take on top, in bytes. `range` must be below 2^62.
    func byteCountNeeded(at offset: UInt64, byteCount: UInt64) -> UInt64 {
        guard byteCount > 0 else { return 0 }
        let first = offset / UInt64(FilePages.pageByteCount)
        let last = (offset + byteCount - 1) / UInt64(FilePages.pageByteCount)
        var pageCount = last - first + 1
        var tableByteCount: UInt64 = 0
        if last >= UInt64(capacity) { tableByteCount = (newCapacity(forPage: last) - UInt64(capacity)) * 8 }
        if first < UInt64(capacity), let table {
            for number in first...min(last, UInt64(capacity) - 1) where table[Int(number)] != nil { pageCount -= 1 }
        }
        return pageCount * UInt64(FilePages.pageByteCount) + tableByteCount
    }

    private func newCapacity(forPage last: UInt64) -> UInt64 { max(last + 1, UInt64(capacity) * 2, 4) }

    /// Gives a page to every part of the range. False when memory is refused; what was given stays.
    mutating func provide(at offset: UInt64, byteCount: UInt64) -> Bool {
        guard byteCount > 0 else { return true }
        let first = offset / UInt64(FilePages.pageByteCount)
        let last = (offset + byteCount - 1) / UInt64(FilePages.pageByteCount)
        if last >= UInt64(capacity) {
            let count = Int(newCapacity(forPage: last))
            guard let raw = Allocation.tryAllocate(byteCount: count * 8, alignment: 16) else { return false }
            let grown = raw.bindMemory(to: UnsafeMutableRawPointer?.self, capacity: count)
            grown.initialize(repeating: nil, count: count)
            if let table {
                grown.update(from: table, count: capacity)
                Allocation.free(UnsafeMutableRawPointer(table))
            }
            allocatedByteCount += (count - capacity) * 8
            table = grown
            capacity = count
        }
        for number in Int(first)...Int(last) where table![number] == nil {
            guard let page = Allocation.tryAllocate(byteCount: FilePages.pageByteCount, alignment: 16) else { return false }
            page.initializeMemory(as: UInt8.self, repeating: 0, count: FilePages.pageByteCount)
            table![number] = page
            allocatedByteCount += FilePages.pageByteCount
        }
        return true
    }

    /// Copies out; the caller has cut the range to the file's length.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) {
        var done = 0
        while done < buffer.count {
            let position = offset + UInt64(done)
            let number = position / UInt64(FilePages.pageByteCount)
            let inPage = Int(position % UInt64(FilePages.pageByteCount))
            let count = min(buffer.count - done, FilePages.pageByteCount - inPage)
            let target = buffer.baseAddress! + done
            if number < UInt64(capacity), let page = table![Int(number)] {
                target.copyMemory(from: page + inPage, byteCount: count)
            } else {
                target.initializeMemory(as: UInt8.self, repeating: 0, count: count)
            }
            done += count
        }
    }

    /// Copies in; the range has been provided.
    func write(at offset: UInt64, from buffer: UnsafeRawBufferPointer) {
        var done = 0
        while done < buffer.count {
            let position = offset + UInt64(done)
            let inPage = Int(position % UInt64(FilePages.pageByteCount))
            let count = min(buffer.count - done, FilePages.pageByteCount - inPage)
            let page = table![Int(position / UInt64(FilePages.pageByteCount))]!
            (page + inPage).copyMemory(from: buffer.baseAddress! + done, byteCount: count)
            done += count
        }
    }

    /// The bytes of the first run of pages that ends after `offset`, not before it; nil when there are only holes from there on.
    func content(from offset: UInt64) -> Range<UInt64>? {
        let pageByteCount = UInt64(FilePages.pageByteCount)
        var number = offset / pageByteCount
        while number < UInt64(capacity), table![Int(number)] == nil { number += 1 }
        guard number < UInt64(capacity) else { return nil }
        let start = max(offset, number * pageByteCount)
        while number < UInt64(capacity), table![Int(number)] != nil { number += 1 }
        return start..<number * pageByteCount
    }

    /// Frees the pages beyond `byteCount` and clears the rest of the last one, so that growing again shows zeros.
    mutating func truncate(to byteCount: UInt64) {
        guard let table else { return }
        let inPage = Int(byteCount % UInt64(FilePages.pageByteCount))
        let firstFree = byteCount / UInt64(FilePages.pageByteCount) + (inPage > 0 ? 1 : 0)
        if inPage > 0, firstFree <= UInt64(capacity), let page = table[Int(firstFree) - 1] {
            (page + inPage).initializeMemory(as: UInt8.self, repeating: 0, count: FilePages.pageByteCount - inPage)
        }
        guard firstFree < UInt64(capacity) else { return }
        for number in Int(firstFree)..<capacity {
            if let page = table[number] {
                Allocation.free(page)
                table[number] = nil
                allocatedByteCount -= FilePages.pageByteCount
            }
        }
        if firstFree == 0 {
            Allocation.free(UnsafeMutableRawPointer(table))
            allocatedByteCount -= capacity * 8
            self.table = nil
            capacity = 0
        }
    }
}
