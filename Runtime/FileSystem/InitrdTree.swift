// The initrd as a read-only file system: the tree of a cpio archive, names and contents left in place.
// Owns the node and entry tables, about 55 bytes a file, in pieces of 4 KiB; the archive's bytes are the caller's and must outlive it.
// Nothing in it changes once it is made.
import Containers

/// A read-only tree over an archive's bytes.
public final class InitrdTree: FileSystem {
    /// A file, directory or link. Contents begin at multiples of four bytes, so 32 bits reach 16 GiB.
    private struct Node {
        var type: FileType
        /// Seconds since 1970.
        var modificationTime: UInt32
        var linkCount: UInt32
        var parent: UInt32
        /// Where the content begins, in units of four bytes; of a directory the first entry's number + 1, or 0.
        var start: UInt32 = 0
        /// How long the content is, in bytes; of a directory the last entry's number + 1, or 0.
        var byteCount: UInt32 = 0
    }

    /// A name in a directory.
    private struct Entry {
        /// Where the name begins in the archive.
        var nameStart: UInt32
        var nameStartHigh: UInt8
        var nameByteCount: UInt8
        var directory: UInt32
        var node: UInt32
        /// The next entry of the directory, and the next of the same bucket: its number + 1, or 0.
        var next: UInt32 = 0
        var nextInBucket: UInt32 = 0
    }

    /// What the archive is held to: what 32 bits reach, in units of four bytes.
    private static let archiveByteLimit = Int(UInt32.max) * 4
    /// The longest name that can be opened; a longer one is not there.
    private static let nameByteLimit = 255
    private static let typeMask: UInt32 = 0o170000

    private let bytes: UnsafeRawBufferPointer
    private var nodes: ChunkedArray<Node>
    private var entries: ChunkedArray<Entry>
    /// By the hash of directory and name: the number + 1 of a bucket's first entry, or 0. Its count is a power of two.
    private var buckets: ChunkedArray<UInt32>

    /// Reads the archive's directory; the contents are not touched.
    public init(archive bytes: UnsafeRawBufferPointer, from allocator: Allocator = .standard) throws(ArchiveError) {
        self.bytes = bytes
        nodes = ChunkedArray(from: allocator)
        entries = ChunkedArray(from: allocator)
        buckets = ChunkedArray(from: allocator)
        super.init()
        guard bytes.count <= InitrdTree.archiveByteLimit else { throw ArchiveError(kind: .tooLarge, offset: 0) }
        // The archive is gone through twice: first to see how large the tables become.
        var count = 0
        var counted = Archive(bytes)
        while try counted.next() != nil { count += 1 }
        var bucketCount = 64
        while bucketCount < count { bucketCount *= 2 }
        guard buckets.append(repeating: 0, count: bucketCount),
            nodes.append(Node(type: .directory, modificationTime: 0, linkCount: 2, parent: 0))
        else { throw ArchiveError(kind: .noMemory, offset: 0) }
        var hardLinks = HardLinks(bucketCount: bucketCount, from: allocator)
        var archive = Archive(bytes)
        while let entry = try archive.next() { try add(entry, &hardLinks) }
    }

    /// How many files, directories and links there are, the root included.
    public var nodeCount: Int { nodes.count }

    // MARK: Building

    private func add(_ entry: ArchiveEntry, _ hardLinks: inout HardLinks) throws(ArchiveError) {
        let type: FileType
        switch entry.mode & InitrdTree.typeMask {
        case 0o100000: type = .regularFile
        case 0o040000: type = .directory
        case 0o120000: type = .symbolicLink
        default: return  // Devices, sockets and FIFOs of the packer's machine mean nothing here.
        }
        // WASI's names are UTF-8: another could be listed and not opened.
        guard isUTF8(entry.name) else { return }
        var directory = 0
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
            guard name.count <= InitrdTree.nameByteLimit else { return }
            while end < path.count, path[end] == UInt8(ascii: "/") { end += 1 }
            let isLast = end == path.count
            if isLast && type != .directory {
                try place(entry, name, type, in: directory, &hardLinks)
                return
            }
            if let existing = find(name, in: directory) {
                let node = Int(entries[existing].node)
                guard nodes[node].type == .directory else { throw ArchiveError(kind: .badName, offset: entry.offset) }
                directory = node
            } else {
                // A directory that the archive names only as part of a longer path.
                let node = try append(
                    Node(type: .directory, modificationTime: entry.modificationTime, linkCount: 2, parent: UInt32(directory)), entry)
                try append(name, node, in: directory, entry)
                nodes[directory].linkCount += 1
                directory = node
            }
            if isLast { nodes[directory].modificationTime = entry.modificationTime }
        }
        if type == .directory && directory == 0 { nodes[0].modificationTime = entry.modificationTime }
    }

    /// Adds a file or link under its last name; a later entry of the same path replaces the earlier one.
    private func place(
        _ entry: ArchiveEntry, _ name: UnsafeRawBufferPointer, _ type: FileType, in directory: Int, _ hardLinks: inout HardLinks
    ) throws(ArchiveError) {
        let isShared = type == .regularFile && entry.linkCount > 1
        let node: Int
        if isShared, let known = hardLinks.node(of: entry) {
            node = known
            nodes[node].linkCount += 1
            // Only one of the names carries the content, usually the last.
            if entry.content.count > 0 { setContent(of: node, entry.content) }
        } else {
            node = try append(
                Node(type: type, modificationTime: entry.modificationTime, linkCount: 1, parent: UInt32(directory)), entry)
            setContent(of: node, entry.content)
            if isShared, !hardLinks.add(node, entry) { throw ArchiveError(kind: .noMemory, offset: entry.offset) }
        }
        if let existing = find(name, in: directory) {
            if nodes[Int(entries[existing].node)].type != .directory { entries[existing].node = UInt32(node) }
        } else {
            try append(name, node, in: directory, entry)
        }
    }

    private func setContent(of node: Int, _ content: UnsafeRawBufferPointer) {
        guard let start = content.baseAddress, let origin = bytes.baseAddress, content.count > 0 else { return }
        // Contents are padded to four bytes, and a size has 32 bits in the archive.
        nodes[node].start = UInt32((start - origin) / 4)
        nodes[node].byteCount = UInt32(content.count)
    }

    private func append(_ node: Node, _ entry: ArchiveEntry) throws(ArchiveError) -> Int {
        guard nodes.count < Int(Int32.max), nodes.append(node) else { throw ArchiveError(kind: .noMemory, offset: entry.offset) }
        return nodes.count - 1
    }

    private func append(_ name: UnsafeRawBufferPointer, _ node: Int, in directory: Int, _ entry: ArchiveEntry) throws(ArchiveError) {
        let start = name.baseAddress! - bytes.baseAddress!
        let bucket = bucket(of: name, in: directory)
        let added = Entry(
            nameStart: UInt32(truncatingIfNeeded: start), nameStartHigh: UInt8(start >> 32), nameByteCount: UInt8(name.count),
            directory: UInt32(directory), node: UInt32(node), nextInBucket: buckets[bucket])
        guard entries.count < Int(Int32.max), entries.append(added) else { throw ArchiveError(kind: .noMemory, offset: entry.offset) }
        let number = UInt32(entries.count)
        buckets[bucket] = number
        if nodes[directory].start == 0 {
            nodes[directory].start = number
        } else {
            entries[Int(nodes[directory].byteCount) - 1].next = number
        }
        nodes[directory].byteCount = number
    }

    private func bucket(of name: UnsafeRawBufferPointer, in directory: Int) -> Int {
        Int((nameHash(name) ^ (UInt32(truncatingIfNeeded: directory) &* 0x9E37_79B1)) & UInt32(truncatingIfNeeded: buckets.count - 1))
    }

    /// The entry's number, or nil.
    private func find(_ name: UnsafeRawBufferPointer, in directory: Int) -> Int? {
        var next = buckets[bucket(of: name, in: directory)]
        while next > 0 {
            let entry = entries[Int(next) - 1]
            if entry.directory == directory, self.name(entry).elementsEqual(name) { return Int(next) - 1 }
            next = entry.nextInBucket
        }
        return nil
    }

    private func name(_ entry: Entry) -> UnsafeRawBufferPointer {
        let start = Int(entry.nameStartHigh) << 32 | Int(entry.nameStart)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(entry.nameByteCount)])
    }

    // MARK: Looking

    private func checked(_ node: NodeNumber) throws(Errno) -> Node {
        guard node.rawValue < UInt64(nodes.count) else { throw .stale }
        return nodes[Int(node.rawValue)]
    }

    private func content(_ node: Node) -> UnsafeRawBufferPointer {
        let start = Int(node.start) * 4
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(node.byteCount)])
    }

    public override func type(of node: NodeNumber) throws(Errno) -> FileType { try checked(node).type }

    public override func status(of node: NodeNumber) throws(Errno) -> FileStatus {
        let it = try checked(node)
        let time = UInt64(it.modificationTime) * 1_000_000_000
        return FileStatus(
            device: deviceNumber, inode: node.rawValue + 1, type: it.type, linkCount: UInt64(it.linkCount),
            byteCount: it.type == .directory ? 0 : UInt64(it.byteCount), accessTime: time, modificationTime: time, changeTime: time)
    }

    public override func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        guard try checked(directory).type == .directory else { throw .notdir }
        guard let entry = find(name, in: Int(directory.rawValue)) else { throw .noent }
        return NodeNumber(UInt64(entries[entry].node))
    }

    public override func entry(after cookie: UInt64, in directory: NodeNumber) throws(Errno) -> DirectoryEntry? {
        let it = try checked(directory)
        guard it.type == .directory else { throw .notdir }
        var next = it.start
        // A cookie is an entry's number + 1, so the usual one leads straight to the next entry.
        if cookie > 0, cookie <= UInt64(entries.count), UInt64(entries[Int(cookie) - 1].directory) == directory.rawValue {
            next = entries[Int(cookie) - 1].next
        } else {
            // Nobody was given this one: to be answered, and not to be fast.
            while next > 0, UInt64(next) <= cookie { next = entries[Int(next) - 1].next }
        }
        guard next > 0 else { return nil }
        let entry = entries[Int(next) - 1]
        return DirectoryEntry(
            cookie: UInt64(next), node: NodeNumber(UInt64(entry.node)), type: nodes[Int(entry.node)].type, name: name(entry))
    }

    public override func parent(of directory: NodeNumber) throws(Errno) -> NodeNumber {
        NodeNumber(UInt64(try checked(directory).parent))
    }

    public override func readLink(_ node: NodeNumber, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let it = try checked(node)
        guard it.type == .symbolicLink else { throw .inval }
        let target = content(it)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: target[..<min(buffer.count, target.count)]))
        return target.count
    }

    public override func read(
        _ node: NodeNumber, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        let it = try checked(node)
        guard it.type == .regularFile else { throw it.type == .directory ? .isdir : .inval }
        guard offset < UInt64(it.byteCount) else { return 0 }
        let rest = content(it).dropFirst(Int(offset)).prefix(buffer.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest))
        return rest.count
    }

    public override func bytesInPlace(of node: NodeNumber) -> UnsafeRawBufferPointer? {
        guard let it = try? checked(node), it.type == .regularFile else { return nil }
        return content(it)
    }
}
