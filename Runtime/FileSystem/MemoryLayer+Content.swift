// File contents of a `MemoryLayer`: reading through to the lower file, copying up on the first change, writing, resizing, allocating,
// all against the byte budget. POSIX `pwrite`, `ftruncate` and `posix_fallocate` are the models.
import Containers

extension MemoryLayer {
    /// Files are no longer than this, as `off_t` has it.
    static let byteCountLimit = UInt64(Int64.max)

    func readFile(_ it: MemoryNode, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        guard offset < it.byteCount, buffer.count > 0 else { return 0 }
        let count = Int(min(UInt64(buffer.count), it.byteCount - offset))
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count])
        if it.lower == nil {
            it.pages.read(at: offset, into: part)
            return count
        }
        if let bytes = it.inPlace {
            part.baseAddress!.copyMemory(from: bytes.baseAddress! + Int(offset), byteCount: count)
            return count
        }
        guard let lower, let node = it.lower else { throw .io }
        return try lower.read(node, at: offset, into: part)
    }

    /// Where the next bytes of a regular file lie that may be other than zero: a range that begins at `offset` or later, nil when none follows.
    public func content(of node: NodeNumber, from offset: UInt64) throws(Errno) -> Range<UInt64>? {
        let it = try regularFile(node)
        guard offset < it.byteCount else { return nil }
        guard it.lower == nil else { return offset..<it.byteCount }
        guard let range = it.pages.content(from: offset), range.lowerBound < it.byteCount else { return nil }
        return range.lowerBound..<min(range.upperBound, it.byteCount)
    }

    func writeFile(_ it: MemoryNode, at offset: UInt64, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        guard buffer.count > 0 else { return 0 }
        guard offset <= MemoryLayer.byteCountLimit, UInt64(buffer.count) <= MemoryLayer.byteCountLimit - offset else { throw .fbig }
        try copyUp(it, keeping: it.byteCount)
        var count = buffer.count
        if !provide(it, at: offset, byteCount: UInt64(count)) {
            // Not all of it fits: write as much as does, page by page.
            count = 0
            while count < buffer.count {
                let inPage = Int((offset + UInt64(count)) % UInt64(FilePages.pageByteCount))
                let part = min(buffer.count - count, FilePages.pageByteCount - inPage)
                guard provide(it, at: offset + UInt64(count), byteCount: UInt64(part)) else { break }
                count += part
            }
            guard count > 0 else { throw .nospc }
        }
        it.pages.write(at: offset, from: UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
        it.byteCount = max(it.byteCount, offset + UInt64(count))
        touchContent(it)
        return count
    }

    func resizeFile(_ it: MemoryNode, to byteCount: UInt64) throws(Errno) {
        guard byteCount <= MemoryLayer.byteCountLimit else { throw .inval }
        try copyUp(it, keeping: min(byteCount, it.byteCount))
        if byteCount < it.byteCount {
            let before = it.pages.allocatedByteCount
            it.pages.truncate(to: byteCount)
            refund(UInt64(before - it.pages.allocatedByteCount))
        }
        it.byteCount = byteCount
        touchContent(it)
    }

    func allocateFile(_ it: MemoryNode, at offset: UInt64, byteCount: UInt64) throws(Errno) {
        guard byteCount > 0 else { throw .inval }
        guard offset <= MemoryLayer.byteCountLimit, byteCount <= MemoryLayer.byteCountLimit - offset else { throw .fbig }
        try copyUp(it, keeping: it.byteCount)
        guard provide(it, at: offset, byteCount: byteCount) else { throw .nospc }
        it.byteCount = max(it.byteCount, offset + byteCount)
        touchContent(it)
    }

    private func touchContent(_ it: MemoryNode) {
        it.modificationTime = now
        it.changeTime = it.modificationTime
    }

    /// Makes the content our own: the first `byteCount` bytes of the lower file are copied.
    private func copyUp(_ it: MemoryNode, keeping byteCount: UInt64) throws(Errno) {
        guard let node = it.lower, let lower else { return }
        guard provide(it, at: 0, byteCount: byteCount) else {
            abandonPages(it)
            throw .nospc
        }
        if let bytes = it.inPlace {
            it.pages.write(at: 0, from: UnsafeRawBufferPointer(rebasing: bytes[0..<Int(byteCount)]))
        } else {
            guard copy(node, of: lower, into: it, byteCount: byteCount) else {
                abandonPages(it)
                throw .io
            }
        }
        it.lower = nil
        it.inPlace = nil
    }

    /// Reads the lower file page by page into the (provided) pages.
    private func copy(_ node: NodeNumber, of lower: FileSystem, into it: MemoryNode, byteCount: UInt64) -> Bool {
        guard let page = Allocation.tryAllocate(byteCount: FilePages.pageByteCount, alignment: 16) else { return false }
        defer { Allocation.free(page) }
        var offset: UInt64 = 0
        while offset < byteCount {
            let wanted = Int(min(UInt64(FilePages.pageByteCount), byteCount - offset))
            let buffer = UnsafeMutableRawBufferPointer(start: page, count: wanted)
            let count: Int
            do throws(Errno) { count = try lower.read(node, at: offset, into: buffer) } catch { return false }
            // A lower file that became shorter under us reads as zeros from there on.
            guard count > 0 else { return true }
            it.pages.write(at: offset, from: UnsafeRawBufferPointer(start: page, count: count))
            offset += UInt64(count)
        }
        return true
    }

    private func abandonPages(_ it: MemoryNode) {
        let before = it.pages.allocatedByteCount
        it.pages.truncate(to: 0)
        refund(UInt64(before - it.pages.allocatedByteCount))
    }

    /// Gives pages to the range within the budget. False: budget or memory are exhausted.
    private func provide(_ it: MemoryNode, at offset: UInt64, byteCount: UInt64) -> Bool {
        let needed = it.pages.byteCountNeeded(at: offset, byteCount: byteCount)
        guard needed <= byteBudget, usedByteCount <= byteBudget - needed else { return false }
        let before = it.pages.allocatedByteCount
        let isProvided = it.pages.provide(at: offset, byteCount: byteCount)
        usedByteCount += UInt64(it.pages.allocatedByteCount - before)
        return isProvided
    }
}
