// wasi:filesystem: what is reached by a path from an open directory. Nothing leads out of the directory.
import ComponentRuntime
import Containers
import FileSystems
import WASI
import WasmEngine

extension CommandWorld {
    var pathFunctions: [Row] {
        [
            (
                "[method]descriptor.create-directory-at", "borrow,string->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.createDirectory(call) }
            ),
            (
                "[method]descriptor.stat-at", "borrow,path-flags,string->result<descriptor-stat,error-code>",
                { (world, call) throws(ComponentTrap) in try world.statusAt(call) }
            ),
            (
                "[method]descriptor.set-times-at", "borrow,path-flags,string,new-timestamp,new-timestamp->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.setTimesAt(call) }
            ),
            (
                "[method]descriptor.link-at", "borrow,path-flags,string,borrow,string->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.link(call) }
            ),
            (
                "[method]descriptor.open-at", "borrow,path-flags,string,open-flags,descriptor-flags->result<own,error-code>",
                { (world, call) throws(ComponentTrap) in try world.open(call) }
            ),
            (
                "[method]descriptor.readlink-at", "borrow,string->result<string,error-code>",
                { (world, call) throws(ComponentTrap) in try world.readLink(call) }
            ),
            (
                "[method]descriptor.remove-directory-at", "borrow,string->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.removeDirectory(call) }
            ),
            (
                "[method]descriptor.rename-at", "borrow,string,borrow,string->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.rename(call) }
            ),
            (
                "[method]descriptor.symlink-at", "borrow,string,string->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.createLink(call) }
            ),
            (
                "[method]descriptor.unlink-file-at", "borrow,string->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.unlink(call) }
            ),
            (
                "[method]descriptor.metadata-hash-at", "borrow,path-flags,string->result<metadata-hash-value,error-code>",
                { (world, call) throws(ComponentTrap) in try world.metadataHashAt(call) }
            ),
        ]
    }

    /// Resolves the path at an offset from a directory.
    private func resolve(_ directory: Descriptor, _ call: HostCall, path offset: UInt64, _ finalLink: FinalLink) throws(Errno)
        -> ResolvedPath
    {
        guard directory.type == .directory else { throw .notdir }
        return try scratch.resolve(call.bytes(offset), in: directory.fileSystem, from: directory.node, finalLink: finalLink)
    }

    /// The same in the second buffer, so that both paths of a call stay valid.
    private func resolveSecond(_ directory: Descriptor, _ call: HostCall, path offset: UInt64) throws(Errno) -> ResolvedPath {
        guard directory.type == .directory else { throw .notdir }
        return try secondScratch.resolve(call.bytes(offset), in: directory.fileSystem, from: directory.node, finalLink: .keepAlways)
    }

    private func existing(_ path: ResolvedPath) throws(Errno) -> NodeNumber {
        guard let node = path.node else { throw .noent }
        guard !path.hasTrailingSlash || path.type == .directory else { throw .notdir }
        return node
    }

    private func checkFree(_ path: ResolvedPath) throws(Errno) {
        if path.node != nil { throw path.hasTrailingSlash && path.type != .directory ? .notdir : .exist }
        guard !path.hasTrailingSlash else { throw .noent }
    }

    /// What `path-flags` at an offset asks of a link at the path's end.
    private func finalLink(_ call: HostCall, _ offset: UInt64) -> FinalLink { call.u8(offset) & 1 != 0 ? .follow : .keep }

    /// (self, path) -> result<_, error-code>
    private func createDirectory(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            let path = try resolve(directory, call, path: 4, .keepAlways)
            guard path.node == nil else { throw .exist }
            try path.fileSystem.createDirectory(path.name, in: path.directory)
        }
    }

    /// (self, path-flags, path) -> result<descriptor-stat, error-code>
    private func statusAt(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            let path = try resolve(directory, call, path: 8, finalLink(call, 4))
            CommandWorld.put(try path.fileSystem.status(of: try existing(path)), call)
        }
    }

    /// (self, path-flags, path) -> result<metadata-hash-value, error-code>
    private func metadataHashAt(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            let path = try resolve(directory, call, path: 8, finalLink(call, 4))
            CommandWorld.putHash(try path.fileSystem.status(of: try existing(path)), call)
        }
    }

    /// (self, path-flags, path, access, modification) -> result<_, error-code>
    private func setTimesAt(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            let path = try resolve(directory, call, path: 8, finalLink(call, 4))
            try setTimes(path.fileSystem, try existing(path), call, at: 16)
        }
    }

    /// (self, old-path-flags, old-path, new-descriptor, new-path) -> result<_, error-code>
    private func link(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        let newDirectory = try descriptor(call, 16)
        try attempt(files: call) { () throws(Errno) in
            let source = try resolve(directory, call, path: 8, finalLink(call, 4))
            let node = try existing(source)
            let target = try resolveSecond(newDirectory, call, path: 20)
            guard source.type != .directory else { throw .perm }
            try checkFree(target)
            guard source.fileSystem === target.fileSystem else { throw .xdev }
            try target.fileSystem.link(node, as: target.name, in: target.directory)
        }
    }

    /// (self, path) -> result<string, error-code>
    private func readLink(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        var length = 0
        var node: (FileSystem, NodeNumber)?
        try attempt(files: call) { () throws(Errno) in
            let path = try resolve(directory, call, path: 4, .keep)
            let found = try existing(path)
            guard path.type == .symbolicLink else { throw .inval }
            length = try path.fileSystem.readLink(found, into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
            node = (path.fileSystem, found)
        }
        guard let node else { return }
        let address = try call.allocate(length)
        let room = call.room(at: address, length)
        try attempt(files: call) { () throws(Errno) in
            guard try node.0.readLink(node.1, into: room) == length else { throw .io }
            guard isUTF8(UnsafeRawBufferPointer(room)) else { throw .ilseq }
            guard length == 0 || room[0] != 0x2f else { throw .perm }
            call.put(address, 4, at: call.payloadOffset)
            call.put(UInt64(length), 4, at: call.payloadOffset + 4)
        }
    }

    /// (self, path) -> result<_, error-code>
    private func removeDirectory(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            let path = try resolve(directory, call, path: 4, .keepAlways)
            _ = try existing(path)
            guard path.name.count > 0 else { throw path.endsInParent ? .notempty : .inval }
            guard path.type == .directory else { throw .notdir }
            try path.fileSystem.removeDirectory(path.name, in: path.directory)
        }
    }

    /// (self, old-path, new-descriptor, new-path) -> result<_, error-code>
    private func rename(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        let newDirectory = try descriptor(call, 12)
        try attempt(files: call) { () throws(Errno) in
            let source = try resolve(directory, call, path: 4, .keepAlways)
            _ = try existing(source)
            let target = try resolveSecond(newDirectory, call, path: 16)
            guard source.name.count > 0, target.name.count > 0 else { throw .busy }
            guard source.fileSystem === target.fileSystem else { throw .xdev }
            guard !target.hasTrailingSlash || source.type == .directory else { throw .notdir }
            try source.fileSystem.rename(source.name, in: source.directory, to: target.name, in: target.directory)
        }
    }

    /// (self, old-path, new-path) -> result<_, error-code>. The old path is the link's text, never absolute.
    private func createLink(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            let text = call.bytes(4)
            let path = try resolve(directory, call, path: 12, .keepAlways)
            guard text.count > 0 else { throw .noent }
            guard text.count <= WASILimits().pathByteCount else { throw .nametoolong }
            for byte in text where byte == 0 { throw .inval }
            guard text[0] != 0x2f else { throw .perm }
            try checkFree(path)
            try path.fileSystem.createLink(path.name, target: text, in: path.directory)
        }
    }

    /// (self, path) -> result<_, error-code>
    private func unlink(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            let path = try resolve(directory, call, path: 4, .keepAlways)
            _ = try existing(path)
            guard path.type != .directory else { throw .isdir }
            try path.fileSystem.unlink(path.name, in: path.directory)
        }
    }

    // MARK: open-at

    /// (self, path-flags, path, open-flags, flags) -> result<own<descriptor>, error-code>
    private func open(_ call: HostCall) throws(ComponentTrap) {
        let directory = try descriptor(call)
        let openFlags = call.u8(16)
        let flags = DescriptorBits(rawValue: call.u8(17))
        var opened: Descriptor?
        try attempt(files: call) { () throws(Errno) in
            let creates = openFlags & 1 != 0
            let isExclusive = openFlags & 5 == 5
            guard !creates || openFlags & 2 == 0 else { throw .inval }
            let path = try resolve(directory, call, path: 8, isExclusive ? .keep : finalLink(call, 4))
            if let node = path.node {
                if isExclusive { throw .exist }
                opened = try openExisting(path, node, openFlags, flags)
            } else {
                guard creates else { throw .noent }
                guard !path.hasTrailingSlash else { throw .isdir }
                let node = try path.fileSystem.createFile(path.name, in: path.directory)
                try path.fileSystem.opened(node)
                opened = Descriptor(path.fileSystem, node, .regularFile, flags)
            }
        }
        if let opened { try keep(.descriptor(opened), call) }
    }

    private func openExisting(_ path: ResolvedPath, _ node: NodeNumber, _ openFlags: UInt8, _ flags: DescriptorBits) throws(Errno)
        -> Descriptor
    {
        let wantsDirectory = openFlags & 2 != 0
        switch path.type {
        case .directory:
            // Asking to write is asking for a file.
            guard openFlags & 9 == 0, !flags.contains(.write) else { throw .isdir }
        case .symbolicLink: throw wantsDirectory ? .notdir : .loop
        default: guard !path.hasTrailingSlash, !wantsDirectory else { throw .notdir }
        }
        if path.type != .directory, path.type != .regularFile, path.fileSystem.device(of: node) == nil { throw .nxio }
        try path.fileSystem.opened(node)
        if openFlags & 8 != 0, path.type == .regularFile {
            do throws(Errno) { try path.fileSystem.setByteCount(0, of: node) } catch {
                path.fileSystem.closed(node)
                throw error
            }
        }
        return Descriptor(path.fileSystem, node, path.type, flags)
    }
}
