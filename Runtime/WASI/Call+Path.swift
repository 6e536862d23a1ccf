// Names in directories: path_create_directory, path_filestat_get, path_filestat_set_times, path_link, path_readlink,
// path_remove_directory, path_rename, path_symlink, path_unlink_file. POSIX's `*at` functions are the models.
import FileSystems

extension WASIContext {
    /// Resolves the path in `slot` from the directory in `directorySlot`, which must have the rights.
    func resolve(
        directory directorySlot: Int, path slot: Int, _ rights: Rights, _ finalLink: FinalLink
    ) throws(Errno) -> ResolvedPath {
        let (fileSystem, node) = try directory(directorySlot, rights)
        let path = try buffer(slot)
        return try scratch.resolve(UnsafeRawBufferPointer(path), in: fileSystem, from: node, finalLink: finalLink)
    }

    /// The same in the second buffer, so that both paths of a call stay valid.
    private func resolveSecond(
        directory directorySlot: Int, path slot: Int, _ rights: Rights, _ finalLink: FinalLink
    ) throws(Errno) -> ResolvedPath {
        let (fileSystem, node) = try directory(directorySlot, rights)
        let path = try buffer(slot)
        return try secondScratch.resolve(UnsafeRawBufferPointer(path), in: fileSystem, from: node, finalLink: finalLink)
    }

    /// What is there: `noent` when nothing is, `notdir` when a slash follows and it is no directory.
    private func existing(_ path: ResolvedPath) throws(Errno) -> NodeNumber {
        guard let node = path.node else { throw .noent }
        guard !path.hasTrailingSlash || path.type == .directory else { throw .notdir }
        return node
    }

    /// Checks that a new name can be made at the path: `exist`; `noent` for a new name with a slash after it; `notdir`.
    private func checkFree(_ path: ResolvedPath) throws(Errno) {
        if path.node != nil {
            throw path.hasTrailingSlash && path.type != .directory ? .notdir : .exist
        }
        guard !path.hasTrailingSlash else { throw .noent }
    }

    /// (fd, path)
    func pathCreateDirectory() throws(Errno) {
        let path = try resolve(directory: 0, path: 1, .pathCreateDirectory, .keepAlways)
        guard path.node == nil else { throw .exist }
        try path.fileSystem.createDirectory(path.name, in: path.directory)
    }

    /// (fd, flags, path) -> filestat
    func pathFilestatGet() throws(Errno) {
        let follows = try followsLinks(1)
        let path = try resolve(directory: 0, path: 2, .pathFilestatGet, follows ? .follow : .keep)
        try storeStatus(try path.fileSystem.status(of: try existing(path)), address(4))
    }

    /// (fd, flags, path, atim, mtim, fst_flags)
    func pathFilestatSetTimes() throws(Errno) {
        let follows = try followsLinks(1)
        let flags = try timestampFlags(6)
        let path = try resolve(directory: 0, path: 2, .pathFilestatSetTimes, follows ? .follow : .keep)
        try setTimes(path.fileSystem, try existing(path), u64(4), u64(5), flags)
    }

    /// (old fd, old flags, old path, new fd, new path)
    func pathLink() throws(Errno) {
        let follows = try followsLinks(1)
        let source = try resolve(directory: 0, path: 2, .pathLinkSource, follows ? .follow : .keep)
        let node = try existing(source)
        let target = try resolveSecond(directory: 4, path: 5, .pathLinkTarget, .keepAlways)
        guard source.type != .directory else { throw .perm }
        try checkFree(target)
        guard source.fileSystem === target.fileSystem else { throw .xdev }
        try target.fileSystem.link(node, as: target.name, in: target.directory)
    }

    /// (fd, path, buffer, byte count) -> bytes used. A target that does not fit is cut off, as POSIX has it.
    func pathReadlink() throws(Errno) {
        let path = try resolve(directory: 0, path: 1, .pathReadlink, .keep)
        let node = try existing(path)
        guard path.type == .symbolicLink else { throw .inval }
        let target = try buffer(3)
        try checkResult(5, byteCount: 4)
        let length = try path.fileSystem.readLink(node, into: target)
        try store(UInt32(truncatingIfNeeded: min(length, target.count)), address(5))
    }

    /// (fd, path)
    func pathRemoveDirectory() throws(Errno) {
        let path = try resolve(directory: 0, path: 1, .pathRemoveDirectory, .keepAlways)
        _ = try existing(path)
        guard path.name.count > 0 else { throw path.endsInParent ? .notempty : .inval }
        guard path.type == .directory else { throw .notdir }
        try path.fileSystem.removeDirectory(path.name, in: path.directory)
    }

    /// (fd, old path, new fd, new path)
    func pathRename() throws(Errno) {
        let source = try resolve(directory: 0, path: 1, .pathRenameSource, .keepAlways)
        _ = try existing(source)
        let target = try resolveSecond(directory: 3, path: 4, .pathRenameTarget, .keepAlways)
        guard source.name.count > 0, target.name.count > 0 else { throw .busy }
        guard source.fileSystem === target.fileSystem else { throw .xdev }
        // Only a directory may be named with a slash at the end.
        guard !target.hasTrailingSlash || source.type == .directory else { throw .notdir }
        try source.fileSystem.rename(source.name, in: source.directory, to: target.name, in: target.directory)
    }

    /// (old path, fd, new path). The old path is the link's text: not resolved now, but never absolute, since it could not be followed.
    func pathSymlink() throws(Errno) {
        let text = try buffer(0)
        let path = try resolve(directory: 2, path: 3, .pathSymlink, .keepAlways)
        guard text.count > 0 else { throw .noent }
        guard text.count <= limits.pathByteCount else { throw .nametoolong }
        for byte in text where byte == 0 { throw .inval }
        guard text[0] != UInt8(ascii: "/") else { throw .perm }
        try checkFree(path)
        try path.fileSystem.createLink(path.name, target: UnsafeRawBufferPointer(text), in: path.directory)
    }

    /// (fd, path)
    func pathUnlinkFile() throws(Errno) {
        let path = try resolve(directory: 0, path: 1, .pathUnlinkFile, .keepAlways)
        _ = try existing(path)
        guard path.type != .directory else { throw .isdir }
        try path.fileSystem.unlink(path.name, in: path.directory)
    }
}
