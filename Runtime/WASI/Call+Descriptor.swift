// Descriptors as such: fd_advise, fd_allocate, fd_close, fd_datasync, fd_sync, fd_renumber; and reading directories: fd_readdir.
import FileSystems

extension WASIContext {
    /// (fd, offset, length, advice). Everything is in memory, so there is nothing to prepare; wrong arguments are still wrong.
    func fdAdvise() throws(Errno) {
        let file = try file(0)
        guard u32(3) <= 5 else { throw .inval }
        switch file.kind {
        case .stream, .device: throw .spipe
        case .directory, .regular: break
        }
        try require(.fdAdvise, of: file)
        guard u64(1) <= UInt64(Int64.max), u64(2) <= UInt64(Int64.max) else { throw .inval }
    }

    /// (fd, offset, length)
    func fdAllocate() throws(Errno) {
        let file = try file(0)
        switch file.kind {
        case .directory: throw .isdir
        case .stream: throw .spipe
        case .device: throw .nodev
        case .regular(let fileSystem, let node):
            try require(.fdAllocate, of: file)
            try fileSystem.allocate(node, at: u64(1), byteCount: u64(2))
        }
    }

    /// (fd). A preopened directory can be closed, too.
    func fdClose() throws(Errno) {
        let file = try file(0)
        _ = descriptors.remove(at: Int(u32(0)))
        release(file)
    }

    func fdDatasync() throws(Errno) { try synchronize(.fdDatasync) }
    func fdSync() throws(Errno) { try synchronize(.fdSync) }

    /// What is written to a file is where it will ever be; a stream cannot be synchronised.
    private func synchronize(_ right: Rights) throws(Errno) {
        let file = try file(0)
        if case .stream = file.kind { throw .inval }
        try require(right, of: file)
    }

    /// (fd, to). Both must be open; `to` is closed first, and `fd` is free afterwards.
    func fdRenumber() throws(Errno) {
        let file = try file(0)
        let replaced = try self.file(1)
        guard u32(0) != u32(1) else { return }
        _ = descriptors.remove(at: Int(u32(0)))
        _ = descriptors.remove(at: Int(u32(1)))
        release(replaced)
        descriptors.place(file, at: Int(u32(1)))
    }

    /// (fd, buffer, byte count, cookie) -> bytes used. Entries until the buffer is full, the last one cut off.
    ///
    /// Cookies: 0 begins with `.`, 1 goes on with `..`, and 2 + the file system's own cookie after that entry.
    func fdReaddir() throws(Errno) {
        let file = try file(0)
        guard case .directory(let fileSystem, let node) = file.kind else { throw .notdir }
        try require(.fdReaddir, of: file)
        let target = try buffer(1)
        try checkResult(4, byteCount: 4)
        var cookie = u64(3)
        var used = 0
        let status = try fileSystem.status(of: node)
        if cookie == 0 {
            let dot: StaticString = "."
            used += storeEntry(
                DirectoryEntry(cookie: 1, node: node, type: .directory, name: dot.bytes), inode: status.inode, target, used)
            cookie = 1
        }
        if cookie == 1, used < target.count {
            let dots: StaticString = ".."
            // What lies above a preopened directory is none of the guest's business; a removed one has nothing above it.
            let parent = file.preopenName == nil && status.linkCount > 0 ? try fileSystem.parent(of: node) : node
            let inode = try fileSystem.status(of: parent).inode
            used += storeEntry(
                DirectoryEntry(cookie: 2, node: parent, type: .directory, name: dots.bytes), inode: inode, target, used)
            cookie = 2
        }
        while used < target.count, let entry = try fileSystem.entry(after: cookie - 2, in: node) {
            cookie = entry.cookie + 2
            let numbered = DirectoryEntry(cookie: cookie, node: entry.node, type: entry.type, name: entry.name)
            used += storeEntry(numbered, inode: try fileSystem.status(of: entry.node).inode, target, used)
        }
        try store(UInt32(truncatingIfNeeded: used), address(4))
    }

    /// `dirent` (next 0, ino 8, namlen 16, type 20; 24 bytes) and the name, as much of them as fits; returns how much that is.
    private func storeEntry(
        _ entry: DirectoryEntry, inode: UInt64, _ target: UnsafeMutableRawBufferPointer, _ used: Int
    ) -> Int {
        let header: InlineArray<3, UInt64> = [
            entry.cookie.littleEndian, inode.littleEndian,
            (UInt64(UInt32(truncatingIfNeeded: entry.name.count)) | UInt64(entry.type.rawValue) << 32).littleEndian,
        ]
        let room = target.count - used
        let headerCount = min(24, room)
        for index in 0..<headerCount {
            target[used + index] = UInt8(truncatingIfNeeded: header[index / 8] >> UInt64(index % 8 * 8))
        }
        let nameCount = min(entry.name.count, room - headerCount)
        for index in 0..<nameCount { target[used + headerCount + index] = entry.name[index] }
        return headerCount + nameCount
    }
}
