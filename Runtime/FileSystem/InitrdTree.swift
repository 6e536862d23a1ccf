// The initrd as a read-only file system: the tree of a cpio archive, names and contents left in place.
// Owns the node and entry tables; the archive's bytes are the caller's and must outlive it.
import Containers

/// A hash of a file name (FNV-1a, 32 bits).
@inline(__always)
func nameHash(_ name: UnsafeRawBufferPointer) -> UInt32 {
    var hash: UInt32 = 2_166_136_261
    for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return hash
}

/// Whether two names are the same bytes.
@inline(__always)
func sameName(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index] != right[index] { return false }
    return true
}

/// A read-only tree over an archive's bytes.
public final class InitrdTree: FileSystem {
    private struct Node {
        var type: FileType
        var content: UnsafeRawBufferPointer
        var modificationTime: UInt64
        var linkCount: UInt32
        var parent: Int32
        /// First and last of a directory's entries; -1: none.
        var firstEntry: Int32 = -1
        var lastEntry: Int32 = -1
    }

    private struct Entry {
        var name: UnsafeRawBufferPointer
        var directory: Int32
        var node: Int32
        var next: Int32 = -1
    }

    private struct HardLink {
        var inode: UInt32
        var deviceMajor: UInt32
        var deviceMinor: UInt32
        var node: Int32
    }

    private static let typeMask: UInt32 = 0o170000
    private static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    private var nodes: [Node] = []
    private var entries: [Entry] = []
    /// Open addressing over (directory, name): entry index + 1, 0 for free. Its count is a power of two.
    private var index: [Int32] = []

    /// Reads the archive's directory; the contents are not touched.
    public init(archive bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        super.init()
        nodes.append(Node(type: .directory, content: InitrdTree.empty, modificationTime: 0, linkCount: 2, parent: 0))
        var archive = Archive(bytes)
        var hardLinks: [HardLink] = []
        while let entry = try archive.next() { try add(entry, &hardLinks) }
    }

    /// How many files, directories and links there are, the root included.
    public var nodeCount: Int { nodes.count }

    // MARK: Building

    private func add(_ entry: ArchiveEntry, _ hardLinks: inout [HardLink]) throws(ArchiveError) {
        let type: FileType
        switch entry.mode & InitrdTree.typeMask {
        case 0o100000: type = .regularFile
        case 0o040000: type = .directory
        case 0o120000: type = .symbolicLink
        default: return  // Devices, sockets and FIFOs of the packer's machine mean nothing here.
        }
        // WASI's names are UTF-8: another could be listed and not opened.
        guard isUTF8(entry.name) else { return }
        let time = UInt64(entry.modificationTime) &* 1_000_000_000
        var directory: Int32 = 0
        var position = 0
        let path = entry.name
        while position < path.count {
            guard path[position] != UInt8(ascii: "/") else {
                position += 1
                continue
            }
            var end = position
            while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
            let name = UnsafeRawBufferPointer(rebasing: path[position..<end])
            position = end
            if name.count == 1, name[0] == UInt8(ascii: ".") { continue }
            if name.count == 2, name[0] == UInt8(ascii: "."), name[1] == UInt8(ascii: ".") {
                throw ArchiveError(kind: .badName, offset: entry.offset)
            }
            while end < path.count, path[end] == UInt8(ascii: "/") { end += 1 }
            let isLast = end == path.count
            if isLast && type != .directory {
                place(entry, name, type, time, in: directory, &hardLinks)
                return
            }
            let existing = find(name, in: directory)
            if existing >= 0 {
                let node = entries[Int(existing)].node
                guard nodes[Int(node)].type == .directory else { throw ArchiveError(kind: .badName, offset: entry.offset) }
                directory = node
            } else {
                // A directory that the archive names only as part of a longer path.
                let node = Int32(truncatingIfNeeded: nodes.count)
                nodes.append(
                    Node(type: .directory, content: InitrdTree.empty, modificationTime: time, linkCount: 2, parent: directory))
                nodes[Int(directory)].linkCount += 1
                append(Entry(name: name, directory: directory, node: node))
                directory = node
            }
            if isLast { nodes[Int(directory)].modificationTime = time }
        }
        if type == .directory && directory == 0 { nodes[0].modificationTime = time }
    }

    /// Adds a file or link under its last name; a later entry of the same path replaces the earlier one.
    private func place(
        _ entry: ArchiveEntry, _ name: UnsafeRawBufferPointer, _ type: FileType, _ time: UInt64, in directory: Int32,
        _ hardLinks: inout [HardLink]
    ) {
        var node: Int32 = -1
        if type == .regularFile && entry.linkCount > 1 {
            for link in hardLinks
            where link.inode == entry.inode && link.deviceMajor == entry.deviceMajor && link.deviceMinor == entry.deviceMinor {
                node = link.node
            }
            if node >= 0 {
                nodes[Int(node)].linkCount += 1
                // Only one of the names carries the content, usually the last.
                if entry.content.count > 0 { nodes[Int(node)].content = entry.content }
            }
        }
        if node < 0 {
            node = Int32(truncatingIfNeeded: nodes.count)
            nodes.append(Node(type: type, content: entry.content, modificationTime: time, linkCount: 1, parent: directory))
            if type == .regularFile && entry.linkCount > 1 {
                hardLinks.append(
                    HardLink(inode: entry.inode, deviceMajor: entry.deviceMajor, deviceMinor: entry.deviceMinor, node: node))
            }
        }
        let existing = find(name, in: directory)
        if existing >= 0 {
            if nodes[Int(entries[Int(existing)].node)].type != .directory { entries[Int(existing)].node = node }
        } else {
            append(Entry(name: name, directory: directory, node: node))
        }
    }

    private func append(_ entry: Entry) {
        let number = Int32(truncatingIfNeeded: entries.count)
        entries.append(entry)
        let directory = Int(entry.directory)
        if nodes[directory].lastEntry >= 0 {
            entries[Int(nodes[directory].lastEntry)].next = number
        } else {
            nodes[directory].firstEntry = number
        }
        nodes[directory].lastEntry = number
        if entries.count * 2 > index.count {
            index = [Int32](repeating: 0, count: max(64, index.count * 2))
            for number in 0..<entries.count { insertIntoIndex(Int32(truncatingIfNeeded: number)) }
        } else {
            insertIntoIndex(number)
        }
    }

    private func insertIntoIndex(_ number: Int32) {
        let entry = entries[Int(number)]
        var slot = slot(of: entry.name, in: entry.directory)
        while index[slot] != 0 { slot = (slot + 1) & (index.count - 1) }
        index[slot] = number + 1
    }

    private func slot(of name: UnsafeRawBufferPointer, in directory: Int32) -> Int {
        Int((nameHash(name) ^ (UInt32(bitPattern: directory) &* 0x9E37_79B1)) & UInt32(truncatingIfNeeded: index.count - 1))
    }

    /// The entry's number, or -1.
    private func find(_ name: UnsafeRawBufferPointer, in directory: Int32) -> Int32 {
        guard index.count > 0 else { return -1 }
        var slot = slot(of: name, in: directory)
        while index[slot] != 0 {
            let number = index[slot] - 1
            let entry = entries[Int(number)]
            if entry.directory == directory, sameName(entry.name, name) { return number }
            slot = (slot + 1) & (index.count - 1)
        }
        return -1
    }

    // MARK: Looking

    private func checked(_ node: NodeNumber) throws(Errno) -> Int {
        guard node.rawValue < UInt64(nodes.count) else { throw .stale }
        return Int(node.rawValue)
    }

    public override func type(of node: NodeNumber) throws(Errno) -> FileType { nodes[try checked(node)].type }

    public override func status(of node: NodeNumber) throws(Errno) -> FileStatus {
        let it = nodes[try checked(node)]
        return FileStatus(
            device: deviceNumber, inode: node.rawValue + 1, type: it.type, linkCount: UInt64(it.linkCount),
            byteCount: UInt64(it.content.count), accessTime: it.modificationTime, modificationTime: it.modificationTime,
            changeTime: it.modificationTime)
    }

    public override func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        let number = try checked(directory)
        guard nodes[number].type == .directory else { throw .notdir }
        let entry = find(name, in: Int32(truncatingIfNeeded: number))
        guard entry >= 0 else { throw .noent }
        return NodeNumber(UInt64(entries[Int(entry)].node))
    }

    public override func entry(after cookie: UInt64, in directory: NodeNumber) throws(Errno) -> DirectoryEntry? {
        let number = try checked(directory)
        guard nodes[number].type == .directory else { throw .notdir }
        var entry = nodes[number].firstEntry
        // A cookie is an entry's number + 1, so the usual one leads straight to the next entry.
        if cookie > 0, cookie <= UInt64(entries.count), entries[Int(cookie - 1)].directory == Int32(truncatingIfNeeded: number) {
            entry = entries[Int(cookie - 1)].next
        } else {
            while entry >= 0, UInt64(entry) + 1 <= cookie { entry = entries[Int(entry)].next }
        }
        guard entry >= 0 else { return nil }
        let it = entries[Int(entry)]
        return DirectoryEntry(
            cookie: UInt64(entry) + 1, node: NodeNumber(UInt64(it.node)), type: nodes[Int(it.node)].type, name: it.name)
    }

    public override func parent(of directory: NodeNumber) throws(Errno) -> NodeNumber {
        NodeNumber(UInt64(nodes[try checked(directory)].parent))
    }

    public override func readLink(_ node: NodeNumber, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let it = nodes[try checked(node)]
        guard it.type == .symbolicLink else { throw .inval }
        let count = min(buffer.count, it.content.count)
        if count > 0 { buffer.baseAddress!.copyMemory(from: it.content.baseAddress!, byteCount: count) }
        return it.content.count
    }

    public override func read(
        _ node: NodeNumber, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        let it = nodes[try checked(node)]
        guard it.type == .regularFile else { throw it.type == .directory ? .isdir : .inval }
        guard offset < UInt64(it.content.count) else { return 0 }
        let count = min(buffer.count, it.content.count - Int(offset))
        if count > 0 { buffer.baseAddress!.copyMemory(from: it.content.baseAddress! + Int(offset), byteCount: count) }
        return count
    }

    public override func bytesInPlace(of node: NodeNumber) -> UnsafeRawBufferPointer? {
        guard node.rawValue < UInt64(nodes.count), nodes[Int(node.rawValue)].type == .regularFile else { return nil }
        return nodes[Int(node.rawValue)].content
    }
}
