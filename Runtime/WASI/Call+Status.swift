// What a descriptor is and is allowed: fd_fdstat_*, fd_filestat_*, fd_prestat_*; and where the layouts of the two previews are written.
import FileSystems

extension WASIContext {
    /// (fd) -> fdstat: type 0, flags 2, base rights 8, inheriting rights 16; 24 bytes.
    func fdFdstatGet() throws(Errno) {
        let file = try file(0)
        let target = try bytes(address(1), 24)
        target.initializeMemory(as: UInt8.self, repeating: 0)
        target.storeBytes(of: file.type.rawValue, toByteOffset: 0, as: UInt8.self)
        target.storeBytes(of: file.flags.rawValue.littleEndian, toByteOffset: 2, as: UInt16.self)
        target.storeBytes(of: file.baseRights.rawValue.littleEndian, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: file.inheritingRights.rawValue.littleEndian, toByteOffset: 16, as: UInt64.self)
    }

    /// (fd, flags). Every file here is as synchronous as it can be, so the sync flags are kept and mean nothing more.
    func fdFdstatSetFlags() throws(Errno) {
        let file = try file(0)
        let flags = try flags(1, DescriptorFlags.all)
        try require(.fdFdstatSetFlags, of: file)
        file.flags = flags
    }

    /// (fd, base, inheriting). Rights can only be given up.
    func fdFdstatSetRights() throws(Errno) {
        let file = try file(0)
        let base = Rights(rawValue: u64(1))
        let inheriting = Rights(rawValue: u64(2))
        guard file.baseRights.isSuperset(of: base), file.inheritingRights.isSuperset(of: inheriting) else { throw .notcapable }
        file.baseRights = base
        file.inheritingRights = inheriting
    }

    /// (fd) -> filestat
    func fdFilestatGet() throws(Errno) {
        let file = try file(0)
        try require(.fdFilestatGet, of: file)
        guard let (fileSystem, node) = file.location else {
            // A stream has no times and no length.
            try storeStatus(FileStatus(type: file.type), address(1))
            return
        }
        try storeStatus(try fileSystem.status(of: node), address(1))
    }

    /// (fd, size)
    func fdFilestatSetSize() throws(Errno) {
        let file = try file(0)
        guard case .regular(let fileSystem, let node) = file.kind else { throw .inval }
        try require(.fdFilestatSetSize, of: file)
        try fileSystem.setByteCount(u64(1), of: node)
    }

    /// (fd, atim, mtim, flags)
    func fdFilestatSetTimes() throws(Errno) {
        let file = try file(0)
        let flags = try timestampFlags(3)
        guard let (fileSystem, node) = file.location else { throw .notsup }
        try require(.fdFilestatSetTimes, of: file)
        try setTimes(fileSystem, node, u64(1), u64(2), flags)
    }

    /// (fd) -> prestat: tag 0 (directory), name's length 4; 8 bytes.
    func fdPrestatGet() throws(Errno) {
        guard let name = try file(0).preopenName else { throw .badf }
        let target = try bytes(address(1), 8)
        target.storeBytes(of: 0, toByteOffset: 0, as: UInt32.self)
        target.storeBytes(of: UInt32(truncatingIfNeeded: name.count).littleEndian, toByteOffset: 4, as: UInt32.self)
    }

    /// (fd, buffer, byte count)
    func fdPrestatDirName() throws(Errno) {
        guard let name = try file(0).preopenName else { throw .badf }
        let target = try buffer(1)
        guard target.count >= name.count else { throw .nametoolong }
        for index in 0..<name.count { target[index] = name[index] }
    }

    // MARK: Shared with the path functions

    /// Both "set" and "set to now" of one time is `inval`.
    func timestampFlags(_ slot: Int) throws(Errno) -> TimestampFlags {
        let flags = try flags(slot, TimestampFlags.all)
        guard !flags.isSuperset(of: [.access, .accessNow]), !flags.isSuperset(of: [.modification, .modificationNow]) else {
            throw .inval
        }
        return flags
    }

    func setTimes(
        _ fileSystem: FileSystem, _ node: NodeNumber, _ access: UInt64, _ modification: UInt64, _ flags: TimestampFlags
    ) throws(Errno) {
        let now = platform.time(of: .realtime) ?? 0
        let newAccess: UInt64? = flags.contains(.access) ? access : flags.contains(.accessNow) ? now : nil
        let newModification: UInt64? = flags.contains(.modification) ? modification : flags.contains(.modificationNow) ? now : nil
        guard newAccess != nil || newModification != nil else { return }
        try fileSystem.setTimes(of: node, access: newAccess, modification: newModification)
    }

    /// `filestat`: dev 0, ino 8, type 16; then in preview 1 nlink 24 (u64), size 32, atim 40, mtim 48, ctim 56; 64 bytes;
    /// in preview 0 nlink 20 (u32), size 24, atim 32, mtim 40, ctim 48; 56 bytes.
    func storeStatus(_ status: FileStatus, _ address: UInt64) throws(Errno) {
        let target = try bytes(address, preview == .preview1 ? 64 : 56)
        target.initializeMemory(as: UInt8.self, repeating: 0)
        target.storeBytes(of: status.device.littleEndian, toByteOffset: 0, as: UInt64.self)
        target.storeBytes(of: status.inode.littleEndian, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: status.type.rawValue, toByteOffset: 16, as: UInt8.self)
        let rest: Int
        if preview == .preview1 {
            target.storeBytes(of: status.linkCount.littleEndian, toByteOffset: 24, as: UInt64.self)
            rest = 32
        } else {
            target.storeBytes(of: UInt32(truncatingIfNeeded: status.linkCount).littleEndian, toByteOffset: 20, as: UInt32.self)
            rest = 24
        }
        target.storeBytes(of: status.byteCount.littleEndian, toByteOffset: rest, as: UInt64.self)
        target.storeBytes(of: status.accessTime.littleEndian, toByteOffset: rest + 8, as: UInt64.self)
        target.storeBytes(of: status.modificationTime.littleEndian, toByteOffset: rest + 16, as: UInt64.self)
        target.storeBytes(of: status.changeTime.littleEndian, toByteOffset: rest + 24, as: UInt64.self)
    }
}
