// The writable file system: a tree in memory, usually laid over a read-only one (the initrd, a host directory) that shows through
// until it is changed. Owns its nodes, names and file pages; a byte budget bounds what guests can make it hold.
//
// One process at a time may be inside: a layer belongs to one process, or its users share a lock.
import Containers

/// One file, directory, link or device of a `MemoryLayer`.
final class MemoryNode {
    let type: FileType
    var linkCount: UInt32
    var openCount: UInt32 = 0
    var accessTime: UInt64
    var modificationTime: UInt64
    var changeTime: UInt64
    /// Where content or entries come from as long as they are not our own.
    var lower: NodeNumber?
    /// Made here, and so charged to the budget; not taken over from below.
    var isOwn = true

    // Directories.
    var parent: Int32 = 0
    var table = DirectoryTable()
    /// The lower directory's entries are in `table`.
    var isExpanded = true

    // Regular files.
    var byteCount: UInt64 = 0
    /// The lower file's bytes, when they lie in memory.
    var inPlace: UnsafeRawBufferPointer?
    var pages = FilePages()

    // Symbolic links and devices.
    var target: [UInt8] = []
    var device: Device?

    init(type: FileType, linkCount: UInt32, time: UInt64) {
        self.type = type
        self.linkCount = linkCount
        accessTime = time
        modificationTime = time
        changeTime = time
    }
}

/// A writable tree in memory above an optional read-only file system.
public final class MemoryLayer: FileSystem {
    /// What a node takes besides names and content: the object and its slot. An estimate on the high side.
    static let nodeByteCount: UInt64 = 256
    /// What a name takes besides its bytes: its entry, twice over for growth, and its place in the index.
    static let entryByteCount: UInt64 = 96

    let lower: FileSystem?
    private let clock: () -> UInt64
    private let number: UInt64
    /// Bytes that guests may make the layer hold: nodes, names, file pages. What shows through from below is free.
    public let byteBudget: UInt64
    /// How many of them are in use.
    public internal(set) var usedByteCount: UInt64 = 0

    var nodes: [MemoryNode?] = []
    var freeSlots: [Int32] = []
    /// Lower files with several names, and their slots here.
    var sharedLower: [(lower: NodeNumber, slot: Int32)] = []

    /// A layer above `lower` (nil: empty). `clock` gives the time of changes (nanoseconds since 1970).
    public init(over lower: FileSystem?, byteBudget: UInt64, deviceNumber: UInt64 = 1, clock: @escaping () -> UInt64) {
        self.lower = lower
        self.byteBudget = byteBudget
        self.clock = clock
        number = deviceNumber
        super.init()
        let root = MemoryNode(type: .directory, linkCount: 2, time: clock())
        if let lower {
            root.lower = lower.root
            root.isExpanded = false
            if let status: FileStatus = try? lower.status(of: lower.root) {
                root.modificationTime = status.modificationTime
                root.accessTime = status.accessTime
                root.changeTime = status.changeTime
            }
        }
        nodes.append(root)
    }

    deinit {
        for node in nodes {
            guard let node else { continue }
            for entry in node.table.entries where entry.node >= 0 && entry.ownsName {
                Allocation.free(UnsafeMutableRawPointer(mutating: entry.name.baseAddress!))
            }
        }
    }

    /// Makes `/dev` with `null`, `zero`, `random`, `urandom` and `console` (outside the budget).
    public func addDevices() throws(Errno) {
        let dev: StaticString = "dev"
        let directory: Int32
        let existing = try expanded(0).table.find(dev.bytes)
        if existing >= 0 {
            directory = nodes[0]!.table.entries[existing].node
            guard nodes[Int(directory)]!.type == .directory else { throw .notdir }
        } else {
            directory = try addNode(type: .directory, name: dev.bytes, in: 0, checked: false)
        }
        try addDevice("null", .null, directory)
        try addDevice("zero", .zero, directory)
        try addDevice("random", .random, directory)
        try addDevice("urandom", .random, directory)
        try addDevice("console", .console, directory)
    }

    private func addDevice(_ name: StaticString, _ device: Device, _ directory: Int32) throws(Errno) {
        guard try expanded(Int(directory)).table.find(name.bytes) < 0 else { return }
        let slot = try addNode(type: .characterDevice, name: name.bytes, in: directory, checked: false)
        nodes[Int(slot)]!.device = device
    }

    /// Takes over all that lies below, so that later looks allocate nothing.
    public func expandAll() throws(Errno) {
        var slot = 0
        while slot < nodes.count {
            if nodes[slot] != nil { _ = try expanded(slot) }
            slot += 1
        }
    }

    /// The most bytes that one change of the tree may take on top of a file's content: arrays double, and the old one goes last.
    public var growthByteCount: Int { nodes.count * 160 + 16384 }

    /// The time a change is stamped with.
    var now: UInt64 { clock() }

    // MARK: The operation table

    public override var deviceNumber: UInt64 { number }
    public override var root: NodeNumber { NodeNumber(0) }

    public override func type(of node: NodeNumber) throws(Errno) -> FileType { try memoryNode(node).type }
    public override func status(of node: NodeNumber) throws(Errno) -> FileStatus {
        let it = try memoryNode(node)
        return FileStatus(
            device: number, inode: node.rawValue + 1, type: it.type, linkCount: UInt64(it.linkCount),
            byteCount: it.type == .symbolicLink ? UInt64(it.target.count) : it.byteCount, accessTime: it.accessTime,
            modificationTime: it.modificationTime, changeTime: it.changeTime)
    }
    public override func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        let it = try expandedDirectory(directory)
        let position = it.table.find(name)
        guard position >= 0 else { throw .noent }
        return NodeNumber(UInt64(it.table.entries[position].node))
    }
    public override func entry(after cookie: UInt64, in directory: NodeNumber) throws(Errno) -> DirectoryEntry? {
        let it = try expandedDirectory(directory)
        let position = it.table.position(after: cookie)
        guard position >= 0 else { return nil }
        let entry = it.table.entries[position]
        return DirectoryEntry(
            cookie: entry.cookie, node: NodeNumber(UInt64(entry.node)), type: nodes[Int(entry.node)]!.type, name: entry.name)
    }
    public override func parent(of directory: NodeNumber) throws(Errno) -> NodeNumber {
        NodeNumber(UInt64(try memoryNode(directory).parent))
    }
    public override func readLink(_ node: NodeNumber, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let it = try memoryNode(node)
        guard it.type == .symbolicLink else { throw .inval }
        let count = min(buffer.count, it.target.count)
        for index in 0..<count { buffer[index] = it.target[index] }
        return it.target.count
    }
    public override func read(
        _ node: NodeNumber, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int { try readFile(try regularFile(node), at: offset, into: buffer) }
    public override func bytesInPlace(of node: NodeNumber) -> UnsafeRawBufferPointer? {
        guard let it = try? memoryNode(node), it.lower != nil else { return nil }
        return it.inPlace
    }
    public override func device(of node: NodeNumber) -> Device? { (try? memoryNode(node))?.device }

    public override func opened(_ node: NodeNumber) throws(Errno) { try memoryNode(node).openCount += 1 }
    public override func closed(_ node: NodeNumber) {
        guard let it = try? memoryNode(node) else { return }
        it.openCount -= 1
        freeIfUnused(Int32(truncatingIfNeeded: node.rawValue))
    }

    public override func write(
        _ node: NodeNumber, at offset: UInt64, from buffer: UnsafeRawBufferPointer
    ) throws(Errno) -> Int { try writeFile(try regularFile(node), at: offset, from: buffer) }
    public override func setByteCount(_ byteCount: UInt64, of node: NodeNumber) throws(Errno) {
        try resizeFile(try regularFile(node), to: byteCount)
    }
    public override func allocate(_ node: NodeNumber, at offset: UInt64, byteCount: UInt64) throws(Errno) {
        try allocateFile(try regularFile(node), at: offset, byteCount: byteCount)
    }
    public override func setTimes(of node: NodeNumber, access: UInt64?, modification: UInt64?) throws(Errno) {
        let it = try memoryNode(node)
        if let access { it.accessTime = access }
        if let modification { it.modificationTime = modification }
        it.changeTime = now
    }
    public override func createFile(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        NodeNumber(UInt64(try create(.regularFile, name, in: directory)))
    }
    public override func createDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        _ = try create(.directory, name, in: directory)
    }
    public override func createLink(
        _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, in directory: NodeNumber
    ) throws(Errno) {
        guard usedByteCount + UInt64(target.count) <= byteBudget else { throw .nospc }
        let slot = try create(.symbolicLink, name, in: directory)
        nodes[Int(slot)]!.target = Array(target)
        usedByteCount += UInt64(target.count)
    }
    public override func link(
        _ node: NodeNumber, as name: UnsafeRawBufferPointer, in directory: NodeNumber
    ) throws(Errno) { try addLink(to: node, name, in: directory) }
    public override func unlink(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        try removeName(name, in: directory, wantsDirectory: false)
    }
    public override func removeDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        try removeName(name, in: directory, wantsDirectory: true)
    }
    public override func rename(
        _ name: UnsafeRawBufferPointer, in directory: NodeNumber, to newName: UnsafeRawBufferPointer, in newDirectory: NodeNumber
    ) throws(Errno) { try move(name, in: directory, to: newName, in: newDirectory) }
}

extension StaticString {
    /// The text's bytes.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
