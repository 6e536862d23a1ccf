// What WASI keeps for one process: arguments, environment, open files, limits, counters and the way it ends.
// Owns the descriptor table; the platform and the file systems are the caller's and outlive it by reference.
import FileSystems
import WasmEngine

/// A directory the process is granted, under the name by which the program knows it.
public struct Preopen {
    public var guestPath: [UInt8]
    public var fileSystem: FileSystem
    public var node: NodeNumber

    /// Grants `node`, a directory of `fileSystem`.
    public init(guestPath: [UInt8], fileSystem: FileSystem, node: NodeNumber) {
        self.guestPath = guestPath
        self.fileSystem = fileSystem
        self.node = node
    }

    /// Grants the directory at `path` of the file system; `noent` or `notdir` when there is none.
    public init(guestPath: String, fileSystem: FileSystem, path: String = "/") throws(Errno) {
        let node = try fileSystem.find(path)
        guard try fileSystem.type(of: node) == .directory else { throw .notdir }
        self.init(guestPath: Array(guestPath.utf8), fileSystem: fileSystem, node: node)
    }
}

/// What one process may hold through WASI. File bytes are bounded by the file system (`MemoryLayer.byteBudget`).
public struct WASILimits: Sendable {
    /// Open descriptors, preopens and standard streams included; beyond: `mfile`.
    public var openFileCount = 256
    /// Bytes of one path; beyond: `nametoolong`.
    public var pathByteCount = 4096
    /// Vectors of one read or write; beyond: `inval`, as IOV_MAX.
    public var vectorCount = 1024
    /// Subscriptions of one `poll_oneoff`; beyond: `inval`.
    public var subscriptionCount = 4096
    public init() {}
}

/// What a process has done, for `ps` and `top`.
public struct WASICounters: Sendable {
    public var callCount: UInt64 = 0
    public var failedCallCount: UInt64 = 0
    public var bytesRead: UInt64 = 0
    public var bytesWritten: UInt64 = 0
    public init() {}
}

/// One process's WASI state. The store's embedder data leads to it.
public final class WASIContext {
    public let platform: Platform
    public let arguments: [[UInt8]]
    /// `NAME=value` each.
    public let environment: [[UInt8]]
    public let limits: WASILimits
    public internal(set) var counters = WASICounters()
    /// The code given to `proc_exit`, once it was called.
    public var exitCode: UInt32? { if case .exit(let code) = end { code } else { nil } }
    /// Every call becomes a line for `Platform.trace`.
    public var isTracing = false
    /// Whether a call with an address outside of memory returns `fault` instead of trapping.
    public var answersBadAddresses = false

    var descriptors: DescriptorTable
    /// Two, since some calls have two paths.
    var scratch: PathScratch
    var secondScratch: PathScratch
    /// How the process ends.
    enum End {
        /// It does not yet.
        case none
        /// By `proc_exit` or a signal, with this code.
        case exit(UInt32)
        /// The platform is ending it; nothing more runs.
        case ended
    }
    var end = End.none

    // The call under way, or the last one; a process makes one at a time.
    /// The edition it came through.
    var preview = Preview.preview1
    /// The caller's memory.
    var memory = GuestMemory(base: UnsafeMutableRawPointer(bitPattern: 16)!, byteCount: 0)
    /// One slot for each WebAssembly parameter; the upper half of a 32-bit one means nothing.
    var values = UnsafeMutablePointer<UInt64>(bitPattern: 16)!

    /// A process with the three standard streams (nil: closed) and the preopens from descriptor 3 on; throws when one cannot be opened.
    public init(
        platform: Platform, arguments: [[UInt8]], environment: [[UInt8]], preopens: [Preopen], limits: WASILimits = WASILimits(),
        standardStreams: [StreamHandle?] = [.standardInput, .standardOutput, .standardError]
    ) throws(Errno) {
        self.platform = platform
        self.arguments = arguments
        self.environment = environment
        self.limits = limits
        descriptors = DescriptorTable(openLimit: limits.openFileCount)
        scratch = PathScratch(byteLimit: limits.pathByteCount)
        secondScratch = PathScratch(byteLimit: limits.pathByteCount)
        for number in 0..<3 {
            guard number < standardStreams.count, let stream = standardStreams[number] else { continue }
            var rights = Rights.characterDevice
            rights.remove(number == 0 ? .fdWrite : .fdRead)
            descriptors.place(
                OpenFile(.stream(stream), type: platform.type(of: stream), baseRights: rights, inheritingRights: []), at: number)
        }
        var number = 3
        for preopen in preopens {
            let file = OpenFile(
                .directory(preopen.fileSystem, preopen.node), type: .directory, baseRights: .directory, inheritingRights: .all)
            file.preopenName = preopen.guestPath
            try preopen.fileSystem.opened(preopen.node)
            descriptors.place(file, at: number)
            number += 1
        }
    }

    /// How many descriptors are open.
    public var openFileCount: Int { descriptors.openCount }

    /// Closes everything that is open (pipes' other ends see it). Call it when the process ends.
    public func closeAll() {
        for number in 0..<descriptors.slotCount {
            if let file = descriptors.remove(at: number) { release(file) }
        }
    }

    /// Gives up what an open file holds.
    func release(_ file: OpenFile) {
        switch file.kind {
        case .directory(let fileSystem, let node), .regular(let fileSystem, let node), .device(let fileSystem, let node, _):
            fileSystem.closed(node)
        case .stream(let stream):
            platform.close(stream)
        }
    }
}
