// What a file system says of a file: its kind, size, names and times. The kinds have WASI's numbers (`filetype` in typenames.witx).
// Owns no state.

/// What kind of thing a file is (`filetype`).
public enum FileType: UInt8, Sendable, BitwiseCopyable {
    case unknown, blockDevice, characterDevice, directory, regularFile, socketDatagram, socketStream, symbolicLink
}

/// What the file system knows of a file (`filestat`, independent of its layout). Times are nanoseconds since 1970.
public struct FileStatus: Sendable {
    public var device: UInt64
    public var inode: UInt64
    public var type: FileType
    public var linkCount: UInt64
    public var byteCount: UInt64
    public var accessTime: UInt64
    public var modificationTime: UInt64
    public var changeTime: UInt64

    public init(
        device: UInt64 = 0, inode: UInt64 = 0, type: FileType, linkCount: UInt64 = 1, byteCount: UInt64 = 0, accessTime: UInt64 = 0,
        modificationTime: UInt64 = 0, changeTime: UInt64 = 0
    ) {
        self.device = device
        self.inode = inode
        self.type = type
        self.linkCount = linkCount
        self.byteCount = byteCount
        self.accessTime = accessTime
        self.modificationTime = modificationTime
        self.changeTime = changeTime
    }
}
