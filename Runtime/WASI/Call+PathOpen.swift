// path_open: from a path to a descriptor. POSIX `openat` is the model, with WASI's rights in place of the access mode.
import FileSystems

extension WASIContext {
    /// (dir fd, lookup flags, path 2-3, oflags 4, base rights 5, inheriting rights 6, fdflags 7) -> fd 8
    func pathOpen() throws(Errno) {
        let follows = try followsLinks(1)
        let openFlags = try flags(4, OpenFlags.all)
        let descriptorFlags = try flags(7, DescriptorFlags.all)
        // Bits that are no rights are ignored: some libraries ask for everything there might be.
        let base = Rights(rawValue: u64(5)).intersection(.all)
        let inheriting = Rights(rawValue: u64(6)).intersection(.all)

        let parent = try file(0)
        guard case .directory = parent.kind else { throw .notdir }
        var needed: Rights = .pathOpen
        if openFlags.contains(.create) { needed.insert(.pathCreateFile) }
        if openFlags.contains(.truncate) { needed.insert(.pathFilestatSetSize) }
        guard openFlags.isDisjoint(with: .create) || openFlags.isDisjoint(with: .directory) else { throw .inval }
        guard parent.inheritingRights.isSuperset(of: base), parent.inheritingRights.isSuperset(of: inheriting) else {
            throw .notcapable
        }
        try checkResult(8, byteCount: 4)

        // An exclusive creation never follows: the link itself is what exists.
        let isExclusive = openFlags.isSuperset(of: [.create, .exclusive])
        let path = try resolve(directory: 0, path: 2, needed, follows && !isExclusive ? .follow : .keep)
        let file: OpenFile
        if let node = path.node {
            if isExclusive { throw .exist }
            file = try openExisting(path, node, openFlags, base, inheriting)
        } else {
            guard openFlags.contains(.create) else { throw .noent }
            guard !path.hasTrailingSlash else { throw .isdir }
            file = try openCreated(path, base, inheriting)
        }
        file.flags = descriptorFlags
        do throws(Errno) {
            try store(try descriptors.add(file), address(8))
        } catch {
            release(file)
            throw error
        }
    }

    private func openExisting(
        _ path: ResolvedPath, _ node: NodeNumber, _ openFlags: OpenFlags, _ base: Rights, _ inheriting: Rights
    ) throws(Errno) -> OpenFile {
        let fileSystem = path.fileSystem
        switch path.type {
        case .directory:
            // Asking to write is asking for a file, as `openat` with O_WRONLY or O_RDWR.
            guard openFlags.isDisjoint(with: [.create, .truncate]), !base.contains(.fdWrite) else { throw .isdir }
            try fileSystem.opened(node)
            return OpenFile(
                .directory(fileSystem, node), type: .directory, baseRights: base.intersection(.directory),
                inheritingRights: inheriting)
        case .symbolicLink: throw openFlags.contains(.directory) ? .notdir : .loop
        case .regularFile:
            guard !path.hasTrailingSlash, !openFlags.contains(.directory) else { throw .notdir }
            try checkRoom()
            try fileSystem.opened(node)
            do throws(Errno) {
                if openFlags.contains(.truncate) { try fileSystem.setByteCount(0, of: node) }
            } catch {
                fileSystem.closed(node)
                throw error
            }
            return OpenFile(
                .regular(fileSystem, node), type: .regularFile, baseRights: base.intersection(.regularFile),
                inheritingRights: inheriting)
        default:
            guard !path.hasTrailingSlash, !openFlags.contains(.directory) else { throw .notdir }
            guard let device = fileSystem.device(of: node) else { throw .nxio }
            try fileSystem.opened(node)
            return OpenFile(
                .device(fileSystem, node, device), type: .characterDevice, baseRights: base.intersection(.characterDevice),
                inheritingRights: inheriting)
        }
    }

    private func openCreated(_ path: ResolvedPath, _ base: Rights, _ inheriting: Rights) throws(Errno) -> OpenFile {
        // A file that could not be opened is not made.
        try checkRoom()
        let node = try path.fileSystem.createFile(path.name, in: path.directory)
        do throws(Errno) { try path.fileSystem.opened(node) } catch {
            try? path.fileSystem.unlink(path.name, in: path.directory)
            throw error
        }
        return OpenFile(
            .regular(path.fileSystem, node), type: .regularFile, baseRights: base.intersection(.regularFile),
            inheritingRights: inheriting)
    }

    /// `mfile` before anything is changed.
    private func checkRoom() throws(Errno) {
        guard descriptors.openCount < limits.openFileCount else { throw .mfile }
    }
}
