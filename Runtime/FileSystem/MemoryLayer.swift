// The writable file system: a tree in memory, usually laid over a read-only one (the initrd, a host directory) that shows through
// until it is changed. Owns its nodes, names and file pages; a byte budget bounds what guests can make it hold.
//
// One process at a time may be inside: a layer belongs to one process, or its users share a lock. Every operation that takes memory can
// be refused, and then nothing has changed; none takes more than `stepLimit` steps.
import Containers

/// A writable tree in memory above an optional read-only file system.
public final class MemoryLayer: FileSystem {
    /// What a node is charged besides names and content. On the high side: a node with its place in the table takes 140 bytes.
    static let nodeByteCount: UInt64 = 256
    /// What a name is charged besides its bytes. On the high side: an entry with its place in the table takes 64 bytes.
    static let entryByteCount: UInt64 = 96

    let lower: FileSystem?
    let allocator: Allocator
    private let clock: () -> UInt64
    private let device: UInt64
    /// Bytes that guests may make the layer hold: nodes, names, file pages. What shows through from below is free.
    public let byteBudget: UInt64
    /// How many of them are in use.
    public internal(set) var usedByteCount: UInt64 = 0
    /// How many steps one call may take, for a layer that is used in sections: a step frees or makes a page, takes over an entry, or
    /// goes up `levelsPerStep` directories. What needs more throws `inprogress` (see `FileSystem`). At least 1; without a limit nothing does.
    public var stepLimit = Int.max

    /// Nodes by number. A number is never used again.
    var nodes = RadixTable()
    private var nextNumber: UInt64 = 0
    /// The nodes of lower files with several names, by the lower number.
    var sharedLower = RadixTable()
    /// Files with pages that nobody can reach, which wait to be freed.
    var garbage: MemoryNode.Pointer?
    var ancestry = AncestryWalk()

    /// A layer above `lower` (nil: empty). `clock` gives the time of changes (nanoseconds since 1970). `nomem` when there is no memory.
    public init(
        over lower: FileSystem?, byteBudget: UInt64, deviceNumber: UInt64 = 1, from allocator: Allocator = .standard,
        clock: @escaping () -> UInt64
    ) throws(Errno) {
        self.lower = lower
        self.byteBudget = byteBudget
        self.allocator = allocator
        self.clock = clock
        device = deviceNumber
        super.init()
        guard let root = makeNode(MemoryNode(NodeNumber(0), .directory, time: now, lower: lower?.root)) else { throw .nomem }
        guard let lower else { return }
        root.directory.pointee.isExpanded = false
        let status = try lower.status(of: lower.root)
        root.pointee.modificationTime = status.modificationTime
        root.pointee.accessTime = status.accessTime
        root.pointee.changeTime = status.changeTime
    }

    deinit {
        var next: UInt64 = 0
        while let (number, address) = nodes.first(from: next) {
            let node = address.assumingMemoryBound(to: MemoryNode.self)
            if node.pointee.type == .directory {
                while let record = node.directory.pointee.table.first(after: 0) {
                    node.directory.pointee.table.remove(record, to: allocator)
                }
            } else if node.pointee.type == .regularFile {
                node.file.pointee.setGarbage(from: 0)
                var rest = Int.max
                _ = node.file.pointee.freeGarbage(&rest, to: allocator)
            }
            allocator.free(address)
            next = number + 1
        }
        nodes.freeNodes(to: allocator)
        sharedLower.freeNodes(to: allocator)
    }

    /// Makes `/dev` with `null`, `zero`, `random`, `urandom` and `console` (the budget does not refuse them).
    public func addDevices() throws(Errno) {
        let dev: StaticString = "dev"
        let root = try memoryNode(self.root)
        let directory: MemoryNode.Pointer
        try expand(root)
        if let existing = root.directory.pointee.table.find(dev.bytes) {
            directory = existing.pointee.node
            guard directory.pointee.type == .directory else { throw .notdir }
        } else {
            directory = try addNode(.directory, name: dev.bytes, in: root, checked: false)
        }
        try addDevice("null", .null, directory)
        try addDevice("zero", .zero, directory)
        try addDevice("random", .random, directory)
        try addDevice("urandom", .random, directory)
        try addDevice("console", .console, directory)
    }

    private func addDevice(_ name: StaticString, _ device: Device, _ directory: MemoryNode.Pointer) throws(Errno) {
        try expand(directory)
        guard directory.directory.pointee.table.find(name.bytes) == nil else { return }
        try addNode(.characterDevice, name: name.bytes, in: directory, checked: false).pointee.device = device
    }

    /// Takes over all that lies below, so that later looks allocate nothing. Not for a layer with a `stepLimit`.
    public func expandAll() throws(Errno) {
        var next: UInt64 = 0
        while let (number, address) = nodes.first(from: next) {
            let node = address.assumingMemoryBound(to: MemoryNode.self)
            if node.pointee.type == .directory { try expand(node) }
            next = number + 1
        }
    }

    /// The time a change is stamped with.
    var now: UInt64 { clock() }

    // MARK: Nodes

    /// The node of that number; `stale` when there is none any more.
    func memoryNode(_ node: NodeNumber) throws(Errno) -> MemoryNode.Pointer {
        guard let address = nodes[node.rawValue] else { throw .stale }
        return address.assumingMemoryBound(to: MemoryNode.self)
    }

    func regularFile(_ node: NodeNumber) throws(Errno) -> MemoryNode.Pointer {
        let it = try memoryNode(node)
        guard it.pointee.type == .regularFile else { throw it.pointee.type == .directory ? .isdir : .inval }
        return it
    }

    /// The number the next node will have.
    var freeNumber: NodeNumber { NodeNumber(nextNumber) }

    /// Makes a node, whose number is `freeNumber`; nil, and nothing changed, when memory is refused.
    func makeNode(_ head: MemoryNode, targetByteCount: Int = 0) -> MemoryNode.Pointer? {
        guard let node = MemoryNode.tryAllocate(head, targetByteCount: targetByteCount, from: allocator) else { return nil }
        guard nodes.insert(UnsafeMutableRawPointer(node), at: nextNumber, from: allocator) else {
            allocator.free(UnsafeMutableRawPointer(node))
            return nil
        }
        nextNumber += 1
        return node
    }

    /// Frees a node that has neither a name nor an open file nor pages.
    func freeNode(_ node: MemoryNode.Pointer) {
        if node.pointee.isOwn {
            refund(MemoryLayer.nodeByteCount + (node.pointee.type == .symbolicLink ? UInt64(node.target.count) : 0))
        } else if let lower = node.pointee.lower, sharedLower[lower.rawValue] == UnsafeMutableRawPointer(node) {
            _ = sharedLower.remove(lower.rawValue, to: allocator)
        }
        _ = nodes.remove(node.pointee.number.rawValue, to: allocator)
        allocator.free(UnsafeMutableRawPointer(node))
    }

    func refund(_ byteCount: UInt64) { usedByteCount -= min(usedByteCount, byteCount) }

    /// Whether the budget allows so many bytes more.
    func hasBudget(for byteCount: UInt64) -> Bool { byteCount <= byteBudget && usedByteCount <= byteBudget - byteCount }

    /// What is thrown when budget or memory were refused: as long as there is garbage, some of it is freed and the call is to be repeated.
    func refusal(_ reason: Errno = .nospc) -> Errno {
        guard garbage != nil else { return reason }
        _ = reclaim()
        return .inprogress
    }

    // MARK: The operation table: looking

    public override var deviceNumber: UInt64 { device }
    public override var root: NodeNumber { NodeNumber(0) }

    public override func type(of node: NodeNumber) throws(Errno) -> FileType { try memoryNode(node).pointee.type }
    public override func status(of node: NodeNumber) throws(Errno) -> FileStatus {
        let it = try memoryNode(node)
        let byteCount: UInt64 =
            switch it.pointee.type {
            case .regularFile: it.file.pointee.byteCount
            case .symbolicLink: UInt64(it.target.count)
            default: 0
            }
        return FileStatus(
            device: device, inode: node.rawValue + 1, type: it.pointee.type, linkCount: UInt64(it.pointee.linkCount), byteCount: byteCount,
            accessTime: it.pointee.accessTime, modificationTime: it.pointee.modificationTime, changeTime: it.pointee.changeTime)
    }
    public override func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        guard let record = try expandedDirectory(directory).directory.pointee.table.find(name) else { throw .noent }
        return record.pointee.node.pointee.number
    }
    public override func entry(after cookie: UInt64, in directory: NodeNumber) throws(Errno) -> DirectoryEntry? {
        guard let record = try expandedDirectory(directory).directory.pointee.table.first(after: cookie) else { return nil }
        let node = record.pointee.node
        return DirectoryEntry(
            cookie: record.pointee.cookie, node: node.pointee.number, type: node.pointee.type, name: record.pointee.name)
    }
    public override func parent(of directory: NodeNumber) throws(Errno) -> NodeNumber {
        let it = try memoryNode(directory)
        guard it.pointee.type == .directory else { throw .notdir }
        return it.directory.pointee.parent?.pointee.number ?? directory
    }
    public override func readLink(_ node: NodeNumber, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let it = try memoryNode(node)
        guard it.pointee.type == .symbolicLink else { throw .inval }
        let target = it.target
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: target[..<min(buffer.count, target.count)]))
        return target.count
    }
    public override func read(
        _ node: NodeNumber, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int { try readFile(try regularFile(node), at: offset, into: buffer) }
    public override func bytesInPlace(of node: NodeNumber) -> UnsafeRawBufferPointer? {
        guard let it = try? regularFile(node), !it.file.pointee.hasChanged, let start = it.file.pointee.inPlace else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(it.file.pointee.byteCount))
    }
    public override func device(of node: NodeNumber) -> Device? { (try? memoryNode(node))?.pointee.device }

    public override func opened(_ node: NodeNumber) throws(Errno) { try memoryNode(node).pointee.openCount += 1 }
    public override func closed(_ node: NodeNumber) {
        guard let it = try? memoryNode(node), it.pointee.openCount > 0 else { return }
        it.pointee.openCount -= 1
        if it.pointee.openCount == 0, it.pointee.type == .regularFile { dropUnusedPages(it) }
        freeIfUnused(it)
        _ = reclaim()
    }

    // MARK: The operation table: changing

    public override func write(
        _ node: NodeNumber, at offset: UInt64, from buffer: UnsafeRawBufferPointer
    ) throws(Errno) -> Int { try writeFile(try regularFile(node), at: offset, from: buffer) }
    public override func setByteCount(_ byteCount: UInt64, of node: NodeNumber) throws(Errno) {
        try resizeFile(try regularFile(node), to: byteCount)
        _ = reclaim()
    }
    public override func allocate(_ node: NodeNumber, at offset: UInt64, byteCount: UInt64) throws(Errno) {
        try allocateFile(node, at: offset, byteCount: byteCount)
    }
    public override func setTimes(of node: NodeNumber, access: UInt64?, modification: UInt64?) throws(Errno) {
        let it = try memoryNode(node)
        if let access { it.pointee.accessTime = access }
        if let modification { it.pointee.modificationTime = modification }
        it.pointee.changeTime = now
    }
    public override func createFile(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        try create(.regularFile, name, in: directory).pointee.number
    }
    public override func createDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        _ = try create(.directory, name, in: directory)
    }
    public override func createLink(
        _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, in directory: NodeNumber
    ) throws(Errno) {
        _ = try create(.symbolicLink, name, target: target, in: directory)
    }
    public override func link(
        _ node: NodeNumber, as name: UnsafeRawBufferPointer, in directory: NodeNumber
    ) throws(Errno) { try addLink(to: node, name, in: directory) }
    public override func unlink(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        try removeName(name, in: directory, wantsDirectory: false)
        _ = reclaim()
    }
    public override func removeDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        try removeName(name, in: directory, wantsDirectory: true)
    }
    public override func rename(
        _ name: UnsafeRawBufferPointer, in directory: NodeNumber, to newName: UnsafeRawBufferPointer, in newDirectory: NodeNumber
    ) throws(Errno) {
        try move(name, in: directory, to: newName, in: newDirectory)
        _ = reclaim()
    }
}

extension StaticString {
    /// The text's bytes.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
