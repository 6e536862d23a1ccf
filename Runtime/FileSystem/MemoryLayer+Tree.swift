// The tree of a `MemoryLayer`: taking over a lower directory's entries, adding, linking, removing and moving names.
// POSIX `rename`, `link`, `unlink` and `rmdir` are the models.
import Containers

/// How far the search for a directory above another has come, when it did not end in one call.
struct AncestryWalk {
    /// Directories gone up in one step of `MemoryLayer.stepLimit`: going up one is a load.
    static let levelsPerStep = 64

    var wanted: MemoryNode.Pointer?
    var start: MemoryNode.Pointer?
    var position: MemoryNode.Pointer?
    /// Counts what makes a walk that has not ended worthless: directories that were moved or removed.
    var generation: UInt64 = 0
    /// The generation in which the walk began.
    var startGeneration: UInt64 = 0
}

extension MemoryLayer {
    // MARK: Taking over what lies below

    /// The directory with all its entries known.
    func expandedDirectory(_ node: NodeNumber) throws(Errno) -> MemoryNode.Pointer {
        let it = try memoryNode(node)
        guard it.pointee.type == .directory else { throw .notdir }
        try expand(it)
        return it
    }

    /// Takes over the lower directory's entries on the first look at it; what was taken over stays when a later entry is refused.
    func expand(_ it: MemoryNode.Pointer) throws(Errno) {
        let directory = it.directory
        guard !directory.pointee.isExpanded, let lower, let lowerDirectory = it.pointee.lower else { return }
        var rest = stepLimit
        while let entry = try lower.entry(after: directory.pointee.expansionCookie, in: lowerDirectory) {
            guard rest > 0 else { throw .inprogress }
            rest -= 1
            if directory.pointee.table.find(entry.name) == nil { try takeOver(entry, in: it, from: lower) }
            directory.pointee.expansionCookie = entry.cookie
        }
        directory.pointee.isExpanded = true
    }

    /// Adds an entry of the lower directory, with a node that shows the lower one; the same for every name of a file with several.
    private func takeOver(_ entry: DirectoryEntry, in directory: MemoryNode.Pointer, from lower: FileSystem) throws(Errno) {
        let status = try lower.status(of: entry.node)
        let isShared = status.type == .regularFile && status.linkCount > 1
        let known = isShared ? sharedLower[entry.node.rawValue]?.assumingMemoryBound(to: MemoryNode.self) : nil
        let node: MemoryNode.Pointer
        if let known { node = known } else { node = try shownNode(entry.node, status, parent: directory, from: lower) }
        if isShared, known == nil, !sharedLower.insert(UnsafeMutableRawPointer(node), at: entry.node.rawValue, from: allocator) {
            freeNode(node)
            throw refusal(.nomem)
        }
        // The lower file system keeps its names for good.
        guard directory.directory.pointee.table.add(entry.name, ownsName: false, node: node, from: allocator) else {
            if known == nil { freeNode(node) }
            throw refusal(.nomem)
        }
        if known != nil { node.pointee.linkCount += 1 }
        if status.type == .directory { directory.pointee.linkCount += 1 }
    }

    private func shownNode(
        _ number: NodeNumber, _ status: FileStatus, parent: MemoryNode.Pointer, from lower: FileSystem
    ) throws(Errno) -> MemoryNode.Pointer {
        var head = MemoryNode(freeNumber, status.type, time: status.modificationTime, lower: number)
        head.accessTime = status.accessTime
        head.changeTime = status.changeTime
        let targetByteCount = status.type == .symbolicLink ? Int(min(status.byteCount, MemoryLayer.targetByteLimit)) : 0
        guard let node = makeNode(head, targetByteCount: targetByteCount) else { throw refusal(.nomem) }
        switch status.type {
        case .directory:
            node.directory.pointee.parent = parent
            node.directory.pointee.isExpanded = false
        case .regularFile:
            node.file.pointee.byteCount = status.byteCount
            node.file.pointee.lowerByteCount = status.byteCount
            if let bytes = lower.bytesInPlace(of: number), UInt64(bytes.count) == status.byteCount {
                node.file.pointee.inPlace = bytes.baseAddress
            }
        case .symbolicLink:
            let length = (try? lower.readLink(number, into: node.target)) ?? 0
            if length < targetByteCount { node.setTargetByteCount(length) }
        default: break
        }
        return node
    }

    /// A link of below that leads farther leads nowhere: no path is longer.
    private static var targetByteLimit: UInt64 { 4096 }

    // MARK: Adding

    /// A new node under a name that is not there; checks the directory, the name and the budget.
    func create(
        _ type: FileType, _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        in directory: NodeNumber
    ) throws(Errno) -> MemoryNode.Pointer {
        let parent = try expandedDirectory(directory)
        guard parent.pointee.linkCount > 0 else { throw .noent }
        guard parent.directory.pointee.table.find(name) == nil else { throw .exist }
        return try addNode(type, name: name, target: target, in: parent, checked: true)
    }

    /// Adds a node and its name. What is made here is always charged; `checked` says whether the budget can refuse it.
    func addNode(
        _ type: FileType, name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        in parent: MemoryNode.Pointer, checked: Bool
    ) throws(Errno) -> MemoryNode.Pointer {
        let cost = MemoryLayer.nodeByteCount + MemoryLayer.entryByteCount + UInt64(name.count) + UInt64(target.count)
        let time = now
        guard !checked || hasBudget(for: cost),
            let node = makeNode(MemoryNode(freeNumber, type, time: time), targetByteCount: target.count)
        else { throw refusal() }
        usedByteCount += cost
        guard parent.directory.pointee.table.add(name, ownsName: true, node: node, from: allocator) else {
            refund(MemoryLayer.entryByteCount + UInt64(name.count))
            freeNode(node)
            throw refusal()
        }
        if type == .symbolicLink { node.target.copyMemory(from: target) }
        if type == .directory {
            node.directory.pointee.parent = parent
            parent.pointee.linkCount += 1
        }
        touch(parent, time)
        return node
    }

    private func touch(_ directory: MemoryNode.Pointer, _ time: UInt64) {
        directory.pointee.modificationTime = time
        directory.pointee.changeTime = time
    }

    func addLink(to node: NodeNumber, _ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        let it = try memoryNode(node)
        guard it.pointee.type != .directory else { throw .perm }
        let parent = try expandedDirectory(directory)
        guard parent.pointee.linkCount > 0, it.pointee.linkCount > 0 else { throw .noent }
        guard parent.directory.pointee.table.find(name) == nil else { throw .exist }
        guard it.pointee.linkCount < UInt32.max else { throw .mlink }
        try addName(name, of: it, in: parent)
        it.pointee.linkCount += 1
        it.pointee.changeTime = now
        touch(parent, it.pointee.changeTime)
    }

    /// A further name of a node, within the budget.
    private func addName(_ name: UnsafeRawBufferPointer, of node: MemoryNode.Pointer, in parent: MemoryNode.Pointer) throws(Errno) {
        let cost = MemoryLayer.entryByteCount + UInt64(name.count)
        guard hasBudget(for: cost), parent.directory.pointee.table.add(name, ownsName: true, node: node, from: allocator) else {
            throw refusal()
        }
        usedByteCount += cost
    }

    // MARK: Removing

    func removeName(_ name: UnsafeRawBufferPointer, in directory: NodeNumber, wantsDirectory: Bool) throws(Errno) {
        let parent = try expandedDirectory(directory)
        guard let record = parent.directory.pointee.table.find(name) else { throw .noent }
        let it = record.pointee.node
        if wantsDirectory {
            guard it.pointee.type == .directory else { throw .notdir }
            try checkEmpty(it)
        } else {
            guard it.pointee.type != .directory else { throw .isdir }
        }
        let time = now
        dropEntry(record, of: parent)
        drop(it, from: parent, time)
        touch(parent, time)
    }

    /// `notempty` when the directory has entries. It need not be expanded to see the first.
    private func checkEmpty(_ directory: MemoryNode.Pointer) throws(Errno) {
        guard directory.directory.pointee.table.count == 0 else { throw .notempty }
        try expand(directory)
        guard directory.directory.pointee.table.count == 0 else { throw .notempty }
    }

    /// Takes the entry out of the directory and gives its name's bytes back to the budget.
    private func dropEntry(_ record: DirectoryRecord.Pointer, of parent: MemoryNode.Pointer) {
        if record.pointee.ownsName { refund(MemoryLayer.entryByteCount + UInt64(record.pointee.nameByteCount)) }
        parent.directory.pointee.table.remove(record, to: allocator)
    }

    /// One name less; a directory goes at once.
    private func drop(_ it: MemoryNode.Pointer, from parent: MemoryNode.Pointer, _ time: UInt64) {
        if it.pointee.type == .directory {
            it.pointee.linkCount = 0
            it.directory.pointee.parent = nil
            parent.pointee.linkCount -= 1
            ancestry.generation &+= 1
        } else {
            it.pointee.linkCount -= 1
        }
        it.pointee.changeTime = time
        freeIfUnused(it)
    }

    /// Frees the node when it has neither a name nor an open file; its pages first, which may take a while.
    func freeIfUnused(_ it: MemoryNode.Pointer) {
        guard it.pointee.number != root, it.isUnused else { return }
        if it.pointee.type == .regularFile {
            it.file.pointee.setGarbage(from: 0)
            listGarbage(it)
        }
        if !it.pointee.isGarbage { freeNode(it) }
    }

    // MARK: Moving

    func move(
        _ name: UnsafeRawBufferPointer, in directory: NodeNumber, to newName: UnsafeRawBufferPointer, in newDirectory: NodeNumber
    ) throws(Errno) {
        let source = try expandedDirectory(directory)
        let target = try expandedDirectory(newDirectory)
        guard let record = source.directory.pointee.table.find(name) else { throw .noent }
        let it = record.pointee.node
        guard target.pointee.linkCount > 0 else { throw .noent }
        let isDirectory = it.pointee.type == .directory
        // A directory cannot move into itself.
        if isDirectory, try isAbove(it, target) { throw .inval }
        let time = now
        if let existing = target.directory.pointee.table.find(newName) {
            let old = existing.pointee.node
            if old == it { return }  // Two names of one file: POSIX leaves both.
            if isDirectory {
                guard old.pointee.type == .directory else { throw .notdir }
                try checkEmpty(old)
            } else {
                guard old.pointee.type != .directory else { throw .isdir }
            }
            existing.pointee.node = it
            drop(old, from: target, time)
        } else {
            try addName(newName, of: it, in: target)
        }
        dropEntry(record, of: source)
        if isDirectory {
            source.pointee.linkCount -= 1
            target.pointee.linkCount += 1
            it.directory.pointee.parent = target
            ancestry.generation &+= 1
        }
        it.pointee.changeTime = time
        touch(source, time)
        touch(target, time)
    }

    /// Whether `directory` is `other` or lies above it. A deep tree is gone up in pieces, as long as it stays as it is.
    private func isAbove(_ directory: MemoryNode.Pointer, _ other: MemoryNode.Pointer) throws(Errno) -> Bool {
        let goesOn = ancestry.wanted == directory && ancestry.start == other && ancestry.startGeneration == ancestry.generation
        var candidate = goesOn ? ancestry.position : other
        var rest = stepLimit > Int.max / AncestryWalk.levelsPerStep ? Int.max : stepLimit * AncestryWalk.levelsPerStep
        while let above = candidate {
            if above == directory {
                ancestry.wanted = nil
                return true
            }
            candidate = above.pointee.type == .directory ? above.directory.pointee.parent : nil
            rest -= 1
            if rest == 0, candidate != nil {
                ancestry.wanted = directory
                ancestry.start = other
                ancestry.position = candidate
                ancestry.startGeneration = ancestry.generation
                throw .inprogress
            }
        }
        // What the rest of the operation throws may be `inprogress` too: the walk's end is remembered until the tree changes.
        ancestry.wanted = directory
        ancestry.start = other
        ancestry.position = nil
        ancestry.startGeneration = ancestry.generation
        return false
    }
}
