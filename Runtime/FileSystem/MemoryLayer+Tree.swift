// The tree of a `MemoryLayer`: finding nodes, taking over a lower directory's entries, adding, linking, removing and moving names.
// POSIX `rename`, `link`, `unlink` and `rmdir` are the models.
import Containers

extension MemoryLayer {
    func memoryNode(_ node: NodeNumber) throws(Errno) -> MemoryNode {
        guard node.rawValue < UInt64(nodes.count), let it = nodes[Int(node.rawValue)] else { throw .stale }
        return it
    }

    func regularFile(_ node: NodeNumber) throws(Errno) -> MemoryNode {
        let it = try memoryNode(node)
        guard it.type == .regularFile else { throw it.type == .directory ? .isdir : .inval }
        return it
    }

    /// The directory with all its entries known.
    func expandedDirectory(_ node: NodeNumber) throws(Errno) -> MemoryNode {
        guard try memoryNode(node).type == .directory else { throw .notdir }
        return try expanded(Int(node.rawValue))
    }

    /// Takes over the lower directory's entries on the first look at it.
    func expanded(_ slot: Int) throws(Errno) -> MemoryNode {
        let it = nodes[slot]!
        guard !it.isExpanded, let lower, let lowerDirectory = it.lower else { return it }
        var cookie: UInt64 = 0
        while let entry = try lower.entry(after: cookie, in: lowerDirectory) {
            cookie = entry.cookie
            guard it.table.find(entry.name) < 0 else { continue }
            let status = try lower.status(of: entry.node)
            let child = takeOver(entry.node, status, parent: Int32(truncatingIfNeeded: slot))
            // The lower file system keeps its names for good.
            it.table.add(name: entry.name, ownsName: false, node: child)
            if status.type == .directory { it.linkCount += 1 }
        }
        it.isExpanded = true
        return it
    }

    /// A node that shows a lower one; the same for every name of a lower file with several.
    private func takeOver(_ node: NodeNumber, _ status: FileStatus, parent: Int32) -> Int32 {
        let isShared = status.type == .regularFile && status.linkCount > 1
        if isShared {
            for known in sharedLower where known.lower == node {
                nodes[Int(known.slot)]!.linkCount += 1
                return known.slot
            }
        }
        let it = MemoryNode(type: status.type, linkCount: status.type == .directory ? 2 : 1, time: status.modificationTime)
        it.accessTime = status.accessTime
        it.changeTime = status.changeTime
        it.lower = node
        it.isOwn = false
        it.parent = parent
        it.byteCount = status.type == .regularFile ? status.byteCount : 0
        it.isExpanded = status.type != .directory
        if status.type == .regularFile { it.inPlace = lower?.bytesInPlace(of: node) }
        if status.type == .symbolicLink, let lower { it.target = linkTarget(of: node, in: lower, byteCount: Int(status.byteCount)) }
        let slot = insert(it)
        if isShared { sharedLower.append((node, slot)) }
        return slot
    }

    private func linkTarget(of node: NodeNumber, in lower: FileSystem, byteCount: Int) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: byteCount)
        let length = target.withUnsafeMutableBytes { (buffer: UnsafeMutableRawBufferPointer) -> Int in
            (try? lower.readLink(node, into: buffer)) ?? 0
        }
        if length < target.count { target.removeLast(target.count - length) }
        return target
    }

    private func insert(_ node: MemoryNode) -> Int32 {
        if let slot = freeSlots.popLast() {
            nodes[Int(slot)] = node
            return slot
        }
        nodes.append(node)
        return Int32(truncatingIfNeeded: nodes.count - 1)
    }

    // MARK: Adding

    /// A new node under a name that is not there; checks the directory, the name and the budget.
    func create(_ type: FileType, _ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> Int32 {
        let it = try expandedDirectory(directory)
        guard it.linkCount > 0 else { throw .noent }
        guard it.table.find(name) < 0 else { throw .exist }
        return try addNode(type: type, name: name, in: Int32(truncatingIfNeeded: directory.rawValue), checked: true)
    }

    /// Adds a node and its name. What is made here is always charged; `checked` says whether the budget can refuse it.
    func addNode(type: FileType, name: UnsafeRawBufferPointer, in directory: Int32, checked: Bool) throws(Errno) -> Int32 {
        let cost = MemoryLayer.nodeByteCount + MemoryLayer.entryByteCount + UInt64(name.count)
        if checked { guard usedByteCount + cost <= byteBudget else { throw .nospc } }
        guard let ownName = copyName(name) else { throw .nospc }
        let time = now
        let node = MemoryNode(type: type, linkCount: type == .directory ? 2 : 1, time: time)
        node.parent = directory
        let slot = insert(node)
        let parent = nodes[Int(directory)]!
        parent.table.add(name: ownName, ownsName: true, node: slot)
        if type == .directory { parent.linkCount += 1 }
        touch(parent, time)
        usedByteCount += cost
        return slot
    }

    private func copyName(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let copy = Allocation.tryAllocate(byteCount: max(name.count, 1), alignment: 8) else { return nil }
        if name.count > 0 { copy.copyMemory(from: name.baseAddress!, byteCount: name.count) }
        return UnsafeRawBufferPointer(start: copy, count: name.count)
    }

    private func touch(_ directory: MemoryNode, _ time: UInt64) {
        directory.modificationTime = time
        directory.changeTime = time
    }

    func addLink(to node: NodeNumber, _ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        let it = try memoryNode(node)
        guard it.type != .directory else { throw .perm }
        let parent = try expandedDirectory(directory)
        guard parent.linkCount > 0, it.linkCount > 0 else { throw .noent }
        guard parent.table.find(name) < 0 else { throw .exist }
        guard it.linkCount < UInt32.max else { throw .mlink }
        let cost = MemoryLayer.entryByteCount + UInt64(name.count)
        guard usedByteCount + cost <= byteBudget, let ownName = copyName(name) else { throw .nospc }
        parent.table.add(name: ownName, ownsName: true, node: Int32(truncatingIfNeeded: node.rawValue))
        usedByteCount += cost
        it.linkCount += 1
        it.changeTime = now
        touch(parent, it.changeTime)
    }

    // MARK: Removing

    func removeName(_ name: UnsafeRawBufferPointer, in directory: NodeNumber, wantsDirectory: Bool) throws(Errno) {
        let parent = try expandedDirectory(directory)
        let position = parent.table.find(name)
        guard position >= 0 else { throw .noent }
        let slot = parent.table.entries[position].node
        let it = nodes[Int(slot)]!
        if wantsDirectory {
            guard it.type == .directory else { throw .notdir }
            guard try expanded(Int(slot)).table.liveCount == 0 else { throw .notempty }
        } else {
            guard it.type != .directory else { throw .isdir }
        }
        let time = now
        dropEntry(at: position, of: parent)
        drop(it, slot, from: parent, time)
        touch(parent, time)
    }

    /// Takes the entry out of the directory and gives its name's bytes back to the budget.
    private func dropEntry(at position: Int, of parent: MemoryNode) {
        guard let name = parent.table.remove(at: position) else { return }
        refund(MemoryLayer.entryByteCount + UInt64(name.count))
        Allocation.free(UnsafeMutableRawPointer(mutating: name.baseAddress!))
    }

    /// One name less; a directory goes at once.
    private func drop(_ it: MemoryNode, _ slot: Int32, from parent: MemoryNode, _ time: UInt64) {
        if it.type == .directory {
            it.linkCount = 0
            parent.linkCount -= 1
        } else {
            it.linkCount -= 1
        }
        it.changeTime = time
        freeIfUnused(slot)
    }

    func refund(_ byteCount: UInt64) { usedByteCount -= min(usedByteCount, byteCount) }

    /// Frees the node when it has neither a name nor an open file.
    func freeIfUnused(_ slot: Int32) {
        guard slot > 0, let it = nodes[Int(slot)], it.linkCount == 0, it.openCount == 0 else { return }
        refund(UInt64(it.pages.allocatedByteCount))
        if it.isOwn {
            refund(MemoryLayer.nodeByteCount + UInt64(it.target.count))
        } else {
            sharedLower.removeAll { $0.slot == slot }
        }
        nodes[Int(slot)] = nil
        freeSlots.append(slot)
    }

    // MARK: Moving

    func move(
        _ name: UnsafeRawBufferPointer, in directory: NodeNumber, to newName: UnsafeRawBufferPointer, in newDirectory: NodeNumber
    ) throws(Errno) {
        let source = try expandedDirectory(directory)
        let target = try expandedDirectory(newDirectory)
        let position = source.table.find(name)
        guard position >= 0 else { throw .noent }
        let slot = source.table.entries[position].node
        let it = nodes[Int(slot)]!
        guard target.linkCount > 0 else { throw .noent }
        if it.type == .directory {
            // A directory cannot move into itself.
            var above = Int32(truncatingIfNeeded: newDirectory.rawValue)
            while true {
                if above == slot { throw .inval }
                if above == 0 { break }
                above = nodes[Int(above)]!.parent
            }
        }
        let time = now
        let existing = target.table.find(newName)
        if existing >= 0 {
            let oldSlot = target.table.entries[existing].node
            if oldSlot == slot { return }  // Two names of one file: POSIX leaves both.
            let old = nodes[Int(oldSlot)]!
            if it.type == .directory {
                guard old.type == .directory else { throw .notdir }
                guard try expanded(Int(oldSlot)).table.liveCount == 0 else { throw .notempty }
            } else {
                guard old.type != .directory else { throw .isdir }
            }
            target.table.replace(at: existing, node: slot)
            drop(old, oldSlot, from: target, time)
        } else {
            let cost = MemoryLayer.entryByteCount + UInt64(newName.count)
            guard usedByteCount + cost <= byteBudget, let ownName = copyName(newName) else { throw .nospc }
            usedByteCount += cost
            target.table.add(name: ownName, ownsName: true, node: slot)
        }
        // Adding may have moved the entries about.
        dropEntry(at: source.table.find(name), of: source)
        if it.type == .directory {
            source.linkCount -= 1
            target.linkCount += 1
            it.parent = Int32(truncatingIfNeeded: newDirectory.rawValue)
        }
        it.changeTime = time
        touch(source, time)
        touch(target, time)
    }
}
