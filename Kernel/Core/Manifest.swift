// The init manifest: what to run at boot. Pure data; `ManifestParser` makes it from text, Kernel/Process carries it out.
// The format, with examples: qemu/MANIFEST.md.

/// What goes to the kernel's log.
public enum ManifestLogLevel: UInt8, Sendable {
    case error = 0
    case warning = 1
    case info = 2
    case debug = 3
    case trace = 4
}

/// A directory a program is granted.
public struct ManifestDirectory {
    /// What becomes of writes.
    public enum Mode: UInt8, Sendable {
        /// They fail.
        case readOnly
        /// They stay with the process and go with it.
        case privateLayer
        /// All programs that name the same source as shared or saved see them.
        case sharedLayer
        /// As in `sharedLayer`; when the machine is left, the changes go to whoever started it.
        case savedLayer

        /// Whether all programs that name the same source see what one writes.
        public var isShared: Bool { self == .sharedLayer || self == .savedLayer }
    }
    /// A path in the initrd, `.` for its root.
    public var source: [UInt8]
    /// The directory's name as the program sees it.
    public var guest: [UInt8]
    public var mode: Mode

    /// A directory with its mode.
    public init(source: [UInt8], guest: [UInt8], mode: Mode) {
        self.source = source
        self.guest = guest
        self.mode = mode
    }
}

/// Where a standard stream leads.
public enum ManifestStream: Equatable {
    /// The console, or the stream's virtio port.
    case console
    case null
    /// A file of the initrd, or of the shared layer above it.
    case file(path: [UInt8])
    case pipe(name: [UInt8])
}

/// What to do when a program ends.
public enum RestartPolicy: UInt8, Sendable {
    case never
    /// Again when it failed, each time after a longer wait.
    case onFailure
    case always
}

/// The limits of a process; nil leaves the default.
public struct ProcessLimits {
    /// Bytes of linear memory.
    public var memoryByteCount: UInt64?
    /// Bytes of all the process's pages.
    public var pageByteCount: UInt64?
    public var tableElementCount: UInt64?
    public var callDepth: UInt64?
    public var openFileCount: UInt64?
    /// Bytes of files it may write.
    public var fileByteCount: UInt64?
    public var fuel: UInt64?
    public var processorNanoseconds: UInt64?
    public var wallNanoseconds: UInt64?

    /// No limit set.
    public init() {}
}

/// A program of the manifest.
public struct ManifestProgram {
    /// The line it begins on.
    public var line: Int
    /// Its label, unique.
    public var name: [UInt8]
    /// The image in the initrd.
    public var path: [UInt8]
    /// The first argument.
    public var argument0: [UInt8]
    public var arguments: [[UInt8]] = []
    public var environment: [[UInt8]] = []
    public var directories: [ManifestDirectory] = []
    /// The export to call instead of `_start`.
    public var invoke: [UInt8]?
    public var limits = ProcessLimits()
    /// Standard input, output and error; nil where the manifest is silent.
    public var streams: [ManifestStream?] = [nil, nil, nil]
    /// Which of them are terminals; nil when the manifest is silent.
    public var terminals: [Bool]?
    public var priority = SchedulingPriority.normal
    public var restart = RestartPolicy.never
    /// Programs that must have ended with 0 before this one starts.
    public var after: [[UInt8]] = []
    /// The same as numbers in the manifest's order.
    public internal(set) var predecessors: [Int] = []
    /// The number of the pipe of each standard stream that is one, from 0.
    public internal(set) var pipeNumbers: [3 of Int] = [0, 0, 0]
    public var isTraced = false
    public var isProfiled = false
    /// Whether a WASI call with an address outside of memory is answered with an error, not with a trap.
    public var answersBadAddresses = false
    /// Whether time, memory and the like are reported at its end.
    public var showsStatistics = false

    /// A program with nothing but a name and an image.
    public init(line: Int, name: [UInt8], path: [UInt8]) {
        self.line = line
        self.name = name
        self.path = path
        var start = path.count
        while start > 0 && path[start - 1] != UInt8(ascii: "/") { start -= 1 }
        argument0 = Array(path[start...])
    }
}

/// How programs run, as the manifest says it.
public struct ManifestTier: Equatable {
    /// Which functions become machine code.
    public enum Kind: UInt8 { case threaded, native, auto }
    public var kind: Kind
    /// Entries and turns of loops that make a function hot.
    public var threshold: UInt16?
    /// Each function has a threshold of its own, up to `threshold`, that depends on this.
    public var seed: UInt64?

    /// A tier without more said.
    public init(_ kind: Kind) { self.kind = kind }
}

/// The whole manifest.
public struct Manifest {
    public var logLevel = ManifestLogLevel.warning
    /// The seed of a deterministic run.
    public var deterministicSeed: UInt64?
    public var sliceNanoseconds: UInt64 = 10_000_000
    /// How programs run; nil when it is not said.
    public var tier: ManifestTier?
    /// Whether the console monitor runs.
    public var startsShell = false
    public var programs: [ManifestProgram] = []
    /// The sources of the directories that are saved, each once, in their order.
    public internal(set) var savedDirectories: [[UInt8]] = []
    /// Pipes between programs.
    public internal(set) var pipeCount = 0

    /// An empty manifest.
    public init() {}
}

/// Why a manifest cannot be used.
public struct ManifestError: Error {
    /// The line, from 1.
    public var line: Int
    public var message: StaticString
    /// The offending word, as much of it as a line takes; empty when there is none.
    public var word: [UInt8]

    init(line: Int, message: StaticString, word: [UInt8]) {
        self.line = line
        self.message = message
        self.word = word
    }

    /// With a word that is shown as far as a line takes it.
    init(line: Int, message: StaticString, shown word: [UInt8]) {
        let isCut = word.count > ManifestLimits.shownByteCount
        let dots = [UInt8](repeating: UInt8(ascii: "."), count: isCut ? 3 : 0)
        self.init(line: line, message: message, word: Array(word.prefix(ManifestLimits.shownByteCount)) + dots)
    }

    /// `manifest:3: unknown statement: frobnicate`.
    public func render(into text: inout TextBuffer) {
        text.append("manifest:")
        text.append(decimal: line)
        text.append(": ")
        text.append(message)
        if !word.isEmpty {
            text.append(": ")
            text.appendPrintable(word)
        }
    }
}
