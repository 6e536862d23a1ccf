// File contents of a `MemoryLayer`: reading, with the lower file showing through where there is no page; writing, which makes the pages it
// touches the layer's own; resizing, allocating, and freeing in pieces what was cut off. All against the byte budget.
// POSIX `pwrite`, `ftruncate` and `posix_fallocate` are the models.
import Containers

extension MemoryLayer {
    /// Files are no longer than this, as `off_t` has it.
    static let byteCountLimit = UInt64(Int64.max)
    /// The most pages that `provide` makes at once: what it made stands in one word of bits, so that it can be undone.
    private static let providedPageLimit = 64

    // MARK: Reading

    func readFile(_ it: MemoryNode.Pointer, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let file = it.file
        guard offset < file.pointee.byteCount, buffer.count > 0 else { return 0 }
        let count = Int(min(UInt64(buffer.count), file.pointee.byteCount - offset))
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<count])
        if !file.pointee.hasChanged {
            try readThrough(it, at: offset, into: part)
            return count
        }
        var done = 0
        while done < count {
            let position = offset + UInt64(done)
            let inPage = Int(position % UInt64(FileContent.pageByteCount))
            let piece = UnsafeMutableRawBufferPointer(rebasing: part[done..<min(count, done + FileContent.pageByteCount - inPage)])
            if let page = file.pointee.page(FileContent.pageNumber(at: position)) {
                piece.copyMemory(from: UnsafeRawBufferPointer(start: page + inPage, count: piece.count))
            } else {
                try readThrough(it, at: position, into: piece)
            }
            done += piece.count
        }
        return count
    }

    /// Where the next bytes of a regular file lie that may be other than zero: a range that begins at `offset` or later, nil when none follows.
    public func content(of node: NodeNumber, from offset: UInt64) throws(Errno) -> Range<UInt64>? {
        let file = try regularFile(node).file
        guard offset < file.pointee.byteCount else { return nil }
        guard file.pointee.hasChanged else { return offset..<file.pointee.byteCount }
        guard let range = file.pointee.content(from: offset), range.lowerBound < file.pointee.byteCount else { return nil }
        return range.lowerBound..<min(range.upperBound, file.pointee.byteCount)
    }

    /// Fills the buffer with what shows through from below, and zeros beyond it.
    private func readThrough(_ it: MemoryNode.Pointer, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) {
        var done = 0
        let end = it.file.pointee.lowerByteCount
        let visibleCount = offset < end ? Int(min(UInt64(buffer.count), end - offset)) : 0
        if visibleCount > 0, let start = it.file.pointee.inPlace {
            buffer.copyMemory(from: UnsafeRawBufferPointer(start: start + Int(offset), count: visibleCount))
            done = visibleCount
        } else if visibleCount > 0, let lower, let node = it.pointee.lower {
            while done < visibleCount {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<visibleCount])
                let count = try lower.read(node, at: offset + UInt64(done), into: rest)
                // A lower file that became shorter under us reads as zeros from there on.
                guard count > 0 else { break }
                done += count
            }
        }
        if done < buffer.count {
            (buffer.baseAddress! + done).initializeMemory(as: UInt8.self, repeating: 0, count: buffer.count - done)
        }
    }

    // MARK: Writing

    /// Writes as much as budget, memory and `stepLimit` allow; throws when that is nothing.
    func writeFile(_ it: MemoryNode.Pointer, at offset: UInt64, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        guard buffer.count > 0 else { return 0 }
        guard offset <= MemoryLayer.byteCountLimit, UInt64(buffer.count) <= MemoryLayer.byteCountLimit - offset else { throw .fbig }
        try settle(it)
        var done = 0
        var rest = stepLimit
        while done < buffer.count, rest > 0 {
            let position = offset + UInt64(done)
            let inPage = Int(position % UInt64(FileContent.pageByteCount))
            let count = min(buffer.count - done, FileContent.pageByteCount - inPage)
            let page: UnsafeMutableRawPointer
            do throws(Errno) {
                page = try ownPage(it, FileContent.pageNumber(at: position), isOverwritten: count == FileContent.pageByteCount)
            } catch {
                guard done > 0 else { throw error }
                break
            }
            (page + inPage).copyMemory(from: buffer.baseAddress! + done, byteCount: count)
            done += count
            rest -= 1
        }
        it.file.pointee.byteCount = max(it.file.pointee.byteCount, offset + UInt64(done))
        touchContent(it)
        return done
    }

    /// The page, made and filled with what shows through when there is none yet (unless all of it is about to be overwritten).
    private func ownPage(_ it: MemoryNode.Pointer, _ number: UInt64, isOverwritten: Bool) throws(Errno) -> UnsafeMutableRawPointer {
        let file = it.file
        if let page = file.pointee.page(number) { return page }
        guard hasBudget(for: UInt64(FileContent.pageByteCount)), let page = allocator.tryAllocate(byteCount: FileContent.pageByteCount)
        else { throw refusal() }
        if !isOverwritten {
            let bytes = UnsafeMutableRawBufferPointer(start: page, count: FileContent.pageByteCount)
            do throws(Errno) { try readThrough(it, at: number * UInt64(FileContent.pageByteCount), into: bytes) } catch {
                allocator.free(page)
                throw error
            }
        }
        let before = file.pointee.allocatedByteCount
        guard file.pointee.insert(page, at: number, from: allocator) else {
            allocator.free(page)
            throw refusal()
        }
        let cost = file.pointee.allocatedByteCount - before
        guard hasBudget(for: cost) else {
            file.pointee.remove(number, to: allocator)
            throw refusal()
        }
        usedByteCount += cost
        file.pointee.hasChanged = true
        return page
    }

    private func touchContent(_ it: MemoryNode.Pointer) {
        it.file.pointee.hasChanged = true
        it.pointee.modificationTime = now
        it.pointee.changeTime = it.pointee.modificationTime
    }

    // MARK: Resizing

    func resizeFile(_ it: MemoryNode.Pointer, to byteCount: UInt64) throws(Errno) {
        guard byteCount <= MemoryLayer.byteCountLimit else { throw .inval }
        if byteCount < it.file.pointee.byteCount {
            it.file.pointee.cut(to: byteCount)
            listGarbage(it)
        } else {
            if byteCount > it.file.pointee.byteCount { try settle(it) }
            it.file.pointee.byteCount = byteCount
        }
        touchContent(it)
    }

    /// Frees what was cut off before the file grows again: garbage must not show.
    private func settle(_ it: MemoryNode.Pointer) throws(Errno) {
        var rest = stepLimit
        guard freeGarbage(of: it, &rest) else { throw .inprogress }
    }

    /// Gives back the pages beyond the file's end, which an unfinished `provide` may have left.
    func dropUnusedPages(_ it: MemoryNode.Pointer) {
        let pageByteCount = UInt64(FileContent.pageByteCount)
        it.file.pointee.setGarbage(from: (it.file.pointee.byteCount + pageByteCount - 1) / pageByteCount)
        listGarbage(it)
    }

    // MARK: Allocating

    func allocateFile(_ node: NodeNumber, at offset: UInt64, byteCount: UInt64) throws(Errno) {
        var done: UInt64 = 0
        do throws(Errno) {
            while done < byteCount { done += try provide(node, at: offset + done, byteCount: byteCount - done) }
        } catch {
            try abandonProvided(node)
            throw error
        }
        try extend(node, to: offset, byteCount: byteCount)
    }

    /// A piece of `allocate`: makes sure that writing at the beginning of the range will find room, and says for how many bytes. The file's
    /// length stays. `extend` is to follow when all has been provided, `abandonProvided` when something was refused.
    public func provide(_ node: NodeNumber, at offset: UInt64, byteCount: UInt64) throws(Errno) -> UInt64 {
        let it = try regularFile(node)
        try checkRange(offset, byteCount)
        try settle(it)
        let first = FileContent.pageNumber(at: offset)
        let last = FileContent.pageNumber(at: offset + byteCount - 1)
        // What cannot fit is refused before anything is made.
        let missingCount = last - first + 1 - min(last - first + 1, it.file.pointee.pageCount)
        guard missingCount <= byteBudget / UInt64(FileContent.pageByteCount),
            hasBudget(for: missingCount * UInt64(FileContent.pageByteCount))
        else { throw refusal() }
        let count = min(last - first + 1, UInt64(min(stepLimit, MemoryLayer.providedPageLimit)))
        var made: UInt64 = 0
        for index in 0..<count where it.file.pointee.page(first + index) == nil {
            do throws(Errno) { _ = try ownPage(it, first + index, isOverwritten: false) } catch {
                let before = it.file.pointee.allocatedByteCount
                for index in 0..<count where made >> index & 1 == 1 { it.file.pointee.remove(first + index, to: allocator) }
                refund(before - it.file.pointee.allocatedByteCount)
                throw error
            }
            made |= 1 << index
        }
        return min(byteCount, (first + count) * UInt64(FileContent.pageByteCount) - offset)
    }

    /// Gives back what `provide` made beyond the file's end; in a hole of the file it stays, as zeros.
    public func abandonProvided(_ node: NodeNumber) throws(Errno) {
        dropUnusedPages(try regularFile(node))
        _ = reclaim()
    }

    /// The end of `allocate`: makes the file longer when the range ends beyond it.
    public func extend(_ node: NodeNumber, to offset: UInt64, byteCount: UInt64) throws(Errno) {
        let it = try regularFile(node)
        try checkRange(offset, byteCount)
        try settle(it)
        it.file.pointee.byteCount = max(it.file.pointee.byteCount, offset + byteCount)
        touchContent(it)
    }

    private func checkRange(_ offset: UInt64, _ byteCount: UInt64) throws(Errno) {
        guard byteCount > 0 else { throw .inval }
        guard offset <= MemoryLayer.byteCountLimit, byteCount <= MemoryLayer.byteCountLimit - offset else { throw .fbig }
    }

    // MARK: Garbage

    /// Whether `reclaim` has something to do.
    public var hasGarbage: Bool { garbage != nil }

    /// Frees some of the pages that nobody can reach any more; true when there are none left. What made them frees the first piece itself.
    public func reclaim() -> Bool {
        var rest = stepLimit
        while let node = garbage {
            guard rest > 0, freeGarbage(of: node, &rest) else { return false }
            garbage = node.pointee.nextGarbage
            node.pointee.nextGarbage = nil
            node.pointee.isGarbage = false
            if node.isUnused { freeNode(node) }
            rest -= 1
        }
        return true
    }

    private func freeGarbage(of node: MemoryNode.Pointer, _ rest: inout Int) -> Bool {
        let before = node.file.pointee.allocatedByteCount
        let isDone = node.file.pointee.freeGarbage(&rest, to: allocator)
        refund(before - node.file.pointee.allocatedByteCount)
        return isDone
    }

    /// Has `reclaim` free the file's garbage, if it has any.
    func listGarbage(_ it: MemoryNode.Pointer) {
        guard !it.pointee.isGarbage, it.file.pointee.garbageStart != .max else { return }
        it.pointee.isGarbage = true
        it.pointee.nextGarbage = garbage
        garbage = it
    }
}
