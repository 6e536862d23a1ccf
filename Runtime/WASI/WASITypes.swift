// The value types of WASI (typenames.witx): rights, flags and clocks, with the specification's numbers.
// Owns no state. Where preview 0 and preview 1 lay a type out differently, `Preview` says how.
import FileSystems

/// Which of the two editions of the interface a call came through.
public enum Preview: UInt8, Sendable {
    /// `wasi_unstable`, preview 0.
    case unstable
    /// `wasi_snapshot_preview1`.
    case preview1

    /// The import module's name.
    public var moduleName: StaticString {
        switch self {
        case .unstable: "wasi_unstable"
        case .preview1: "wasi_snapshot_preview1"
        }
    }
}

/// What a descriptor may be used for (`rights`).
public struct Rights: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let fdDatasync = Rights(rawValue: 1 << 0)
    public static let fdRead = Rights(rawValue: 1 << 1)
    public static let fdSeek = Rights(rawValue: 1 << 2)
    public static let fdFdstatSetFlags = Rights(rawValue: 1 << 3)
    public static let fdSync = Rights(rawValue: 1 << 4)
    public static let fdTell = Rights(rawValue: 1 << 5)
    public static let fdWrite = Rights(rawValue: 1 << 6)
    public static let fdAdvise = Rights(rawValue: 1 << 7)
    public static let fdAllocate = Rights(rawValue: 1 << 8)
    public static let pathCreateDirectory = Rights(rawValue: 1 << 9)
    public static let pathCreateFile = Rights(rawValue: 1 << 10)
    public static let pathLinkSource = Rights(rawValue: 1 << 11)
    public static let pathLinkTarget = Rights(rawValue: 1 << 12)
    public static let pathOpen = Rights(rawValue: 1 << 13)
    public static let fdReaddir = Rights(rawValue: 1 << 14)
    public static let pathReadlink = Rights(rawValue: 1 << 15)
    public static let pathRenameSource = Rights(rawValue: 1 << 16)
    public static let pathRenameTarget = Rights(rawValue: 1 << 17)
    public static let pathFilestatGet = Rights(rawValue: 1 << 18)
    public static let pathFilestatSetSize = Rights(rawValue: 1 << 19)
    public static let pathFilestatSetTimes = Rights(rawValue: 1 << 20)
    public static let fdFilestatGet = Rights(rawValue: 1 << 21)
    public static let fdFilestatSetSize = Rights(rawValue: 1 << 22)
    public static let fdFilestatSetTimes = Rights(rawValue: 1 << 23)
    public static let pathSymlink = Rights(rawValue: 1 << 24)
    public static let pathRemoveDirectory = Rights(rawValue: 1 << 25)
    public static let pathUnlinkFile = Rights(rawValue: 1 << 26)
    public static let pollFdReadwrite = Rights(rawValue: 1 << 27)
    public static let sockShutdown = Rights(rawValue: 1 << 28)
    public static let sockAccept = Rights(rawValue: 1 << 29)

    /// Every right the specification names.
    public static let all = Rights(rawValue: (1 << 30) - 1)

    /// The rights that mean something on a regular file.
    public static let regularFile: Rights = [
        .fdDatasync, .fdRead, .fdSeek, .fdFdstatSetFlags, .fdSync, .fdTell, .fdWrite, .fdAdvise, .fdAllocate, .fdFilestatGet,
        .fdFilestatSetSize, .fdFilestatSetTimes, .pollFdReadwrite,
    ]

    /// The rights that mean something on a directory.
    public static let directory: Rights = [
        .fdFdstatSetFlags, .fdSync, .fdDatasync, .fdAdvise, .pathCreateDirectory, .pathCreateFile, .pathLinkSource, .pathLinkTarget,
        .pathOpen, .fdReaddir, .pathReadlink, .pathRenameSource, .pathRenameTarget, .pathFilestatGet, .pathFilestatSetSize,
        .pathFilestatSetTimes, .fdFilestatGet, .fdFilestatSetTimes, .pathSymlink, .pathRemoveDirectory, .pathUnlinkFile,
        .pollFdReadwrite,
    ]

    /// The rights that mean something on a device or a stream: no seeking, so that `isatty` of the C library can tell a terminal.
    public static let characterDevice: Rights = [
        .fdDatasync, .fdRead, .fdFdstatSetFlags, .fdSync, .fdWrite, .fdFilestatGet, .fdFilestatSetTimes, .pollFdReadwrite,
    ]
}

/// The flags of an open file (`fdflags`).
public struct DescriptorFlags: OptionSet, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let append = DescriptorFlags(rawValue: 1 << 0)
    public static let dsync = DescriptorFlags(rawValue: 1 << 1)
    public static let nonblock = DescriptorFlags(rawValue: 1 << 2)
    public static let rsync = DescriptorFlags(rawValue: 1 << 3)
    public static let sync = DescriptorFlags(rawValue: 1 << 4)
    public static let all = DescriptorFlags(rawValue: 0x1f)
}

/// How `path_open` opens (`oflags`).
public struct OpenFlags: OptionSet, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let create = OpenFlags(rawValue: 1 << 0)
    public static let directory = OpenFlags(rawValue: 1 << 1)
    public static let exclusive = OpenFlags(rawValue: 1 << 2)
    public static let truncate = OpenFlags(rawValue: 1 << 3)
    public static let all = OpenFlags(rawValue: 0xf)
}

/// Which timestamps to set, and from where (`fstflags`).
public struct TimestampFlags: OptionSet, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let access = TimestampFlags(rawValue: 1 << 0)
    public static let accessNow = TimestampFlags(rawValue: 1 << 1)
    public static let modification = TimestampFlags(rawValue: 1 << 2)
    public static let modificationNow = TimestampFlags(rawValue: 1 << 3)
    public static let all = TimestampFlags(rawValue: 0xf)
}

/// The clocks a program can read (`clockid`).
public enum Clock: UInt32, Sendable {
    case realtime, monotonic, processCPUTime, threadCPUTime
}

/// The base of a seek (`whence`). Preview 0 numbers these differently; see `init(rawValue:preview:)`.
public enum Whence: UInt8, Sendable {
    case set, current, end

    /// The base a guest of the given edition means, or nil when the number is none.
    public init?(rawValue: UInt32, preview: Preview) {
        switch (preview, rawValue) {
        case (.preview1, 0), (.unstable, 2): self = .set
        case (.preview1, 1), (.unstable, 0): self = .current
        case (.preview1, 2), (.unstable, 1): self = .end
        default: return nil
        }
    }
}
