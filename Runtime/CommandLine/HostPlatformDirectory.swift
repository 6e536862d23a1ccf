// A directory of the host as a read-only file system for `--dir`: looked at when the guest looks, never changed. Files, directories and
// symbolic links show; devices, sockets and FIFOs do not. A `MemoryLayer` above it takes the guest's changes.
// Owns a node table that only grows, the names in it, and a few descriptors of files being read.
import FileSystems
import Glibc
import WASI

/// The host's tree below one directory.
final class HostDirectory: FileSystem {
    private struct Node {
        var path: String
        var parent: Int
        var status: FileStatus
        /// A directory's entries once it was read: names (never freed: entries point to them) and nodes.
        var children: [(name: UnsafeRawBufferPointer, node: Int)]?
    }

    private var nodes: [Node] = []
    /// Files that were read last, so that reading in pieces does not open again.
    private var openFiles: [(node: Int, descriptor: Int32)] = []
    private static let openFileLimit = 16

    /// The tree below `path`; `notdir` or the host's error when it is no directory.
    init(_ path: String) throws(Errno) {
        super.init()
        guard let status = HostDirectory.status(path, following: true) else { throw HostPlatform.error(errno) }
        guard status.type == .directory else { throw .notdir }
        nodes.append(Node(path: path, parent: 0, status: status, children: nil))
    }

    private static func status(_ path: String, following: Bool) -> FileStatus? {
        var it = stat()
        guard (following ? stat(path, &it) : lstat(path, &it)) == 0 else { return nil }
        let type: FileType
        switch it.st_mode & S_IFMT {
        case S_IFREG: type = .regularFile
        case S_IFDIR: type = .directory
        case S_IFLNK: type = .symbolicLink
        default: type = .unknown
        }
        func nanoseconds(_ time: timespec) -> UInt64 {
            time.tv_sec < 0 ? 0 : UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
        }
        return FileStatus(
            device: UInt64(it.st_dev), inode: UInt64(it.st_ino), type: type, linkCount: UInt64(it.st_nlink),
            byteCount: UInt64(max(it.st_size, 0)), accessTime: nanoseconds(it.st_atim), modificationTime: nanoseconds(it.st_mtim),
            changeTime: nanoseconds(it.st_ctim))
    }

    private func checked(_ node: NodeNumber) throws(Errno) -> Int {
        guard node.rawValue < UInt64(nodes.count) else { throw .stale }
        return Int(node.rawValue)
    }

    /// Reads the directory on the first look at it.
    private func children(of number: Int) throws(Errno) -> [(name: UnsafeRawBufferPointer, node: Int)] {
        if let known = nodes[number].children { return known }
        guard nodes[number].status.type == .directory else { throw .notdir }
        guard let directory = opendir(nodes[number].path) else { throw HostPlatform.error(errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        names.sort()
        var found: [(name: UnsafeRawBufferPointer, node: Int)] = []
        for name in names {
            let path = nodes[number].path + "/" + name
            guard let status = HostDirectory.status(path, following: false), status.type != .unknown else { continue }
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(name.utf8.count, 1), alignment: 1)
            copy.copyBytes(from: name.utf8)
            found.append((UnsafeRawBufferPointer(start: copy.baseAddress, count: name.utf8.count), nodes.count))
            nodes.append(Node(path: path, parent: number, status: status, children: nil))
        }
        nodes[number].children = found
        return found
    }

    override func type(of node: NodeNumber) throws(Errno) -> FileType { nodes[try checked(node)].status.type }
    override func status(of node: NodeNumber) throws(Errno) -> FileStatus { nodes[try checked(node)].status }
    override func parent(of directory: NodeNumber) throws(Errno) -> NodeNumber {
        NodeNumber(UInt64(nodes[try checked(directory)].parent))
    }

    override func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        for child in try children(of: try checked(directory)) where child.name.elementsEqual(name) {
            return NodeNumber(UInt64(child.node))
        }
        throw .noent
    }

    override func entry(after cookie: UInt64, in directory: NodeNumber) throws(Errno) -> DirectoryEntry? {
        let children = try children(of: try checked(directory))
        guard cookie < UInt64(children.count) else { return nil }
        let child = children[Int(cookie)]
        return DirectoryEntry(
            cookie: cookie + 1, node: NodeNumber(UInt64(child.node)), type: nodes[child.node].status.type, name: child.name)
    }

    override func readLink(_ node: NodeNumber, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let number = try checked(node)
        guard nodes[number].status.type == .symbolicLink else { throw .inval }
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink(nodes[number].path, &target, target.count)
        guard count >= 0 else { throw HostPlatform.error(errno) }
        for index in 0..<min(count, buffer.count) { buffer[index] = UInt8(bitPattern: target[index]) }
        return count
    }

    override func read(_ node: NodeNumber, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let descriptor = try descriptor(of: try checked(node))
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(truncatingIfNeeded: offset))
            if count >= 0 { return count }
            if errno != EINTR { throw HostPlatform.error(errno) }
        }
    }

    private func descriptor(of number: Int) throws(Errno) -> Int32 {
        for open in openFiles where open.node == number { return open.descriptor }
        let descriptor = Glibc.open(nodes[number].path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw HostPlatform.error(errno) }
        if openFiles.count == HostDirectory.openFileLimit { Glibc.close(openFiles.removeFirst().descriptor) }
        openFiles.append((number, descriptor))
        return descriptor
    }
}
