// What WASI needs from the machine it runs on: clocks, random bytes, streams, waiting, and a place for trace lines.
// Owns nothing: the kernel, the host twin and the tests each subclass `Platform` and keep their state in the subclass.
//
// A class and not a table of C pointers: the subclass's stored properties are the context, its methods keep Swift types, and a
// method call costs one indirect call either way.
import FileSystems

/// A stream the platform serves: 0, 1 and 2 are the standard streams, other numbers are the platform's own (pipes).
public struct StreamHandle: Equatable, Sendable {
    public let rawValue: UInt32
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
    public static let standardInput = StreamHandle(0)
    public static let standardOutput = StreamHandle(1)
    public static let standardError = StreamHandle(2)
}

/// What a stream operation came to.
public enum StreamResult: Sendable {
    /// So many bytes were moved. Zero from a read is the end of the stream.
    case bytes(Int)
    /// It failed; `.again` when the operation may not block and would have to.
    case failed(Errno)
    /// The process is being ended while it waited: the call unwinds and the guest does not run on.
    case ended
}

/// What a stream is ready for.
public struct StreamReadiness: Sendable {
    /// An operation in the asked direction would not block now (end of stream counts as readable).
    public var isReady: Bool
    /// How many bytes could be moved at once; 1 when unknown but ready.
    public var byteCount: UInt64
    /// The other end is gone.
    public var isHungUp: Bool
    public init(isReady: Bool, byteCount: UInt64, isHungUp: Bool) {
        self.isReady = isReady
        self.byteCount = byteCount
        self.isHungUp = isHungUp
    }
}

/// A stream and a direction that a process waits for.
public struct StreamInterest: Sendable {
    public var stream: StreamHandle
    public var isWrite: Bool
    public init(stream: StreamHandle, isWrite: Bool) {
        self.stream = stream
        self.isWrite = isWrite
    }
}

/// The machine under WASI. Subclass and override everything; one object a process (it may block the calling thread).
open class Platform {
    public init() {}

    /// The clock's time in nanoseconds, or nil when the machine has no such clock. Real time counts from 1970.
    open func time(of clock: Clock) -> UInt64? { nil }

    /// The smallest difference the clock can show, in nanoseconds (never 0), or nil when the machine has no such clock.
    open func resolution(of clock: Clock) -> UInt64? { nil }

    /// Fills the buffer with random bytes. False when the machine has no source of them.
    open func fillRandom(_ buffer: UnsafeMutableRawBufferPointer) -> Bool { false }

    /// Reads at least one byte (or end of stream); may block unless `nonblocking`.
    open func read(_ stream: StreamHandle, into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) -> StreamResult {
        .failed(.notsup)
    }

    /// Writes; may write less than asked only when `nonblocking`.
    open func write(_ stream: StreamHandle, from buffer: UnsafeRawBufferPointer, nonblocking: Bool) -> StreamResult {
        .failed(.notsup)
    }

    /// Writes several buffers as one: so many bytes as `atomicByteCount` arrive together, with nothing of another process's between
    /// them, and a write that may not block takes all of them or none. May write less than asked only when `nonblocking`.
    open func write(_ stream: StreamHandle, _ bytes: ByteVectors, nonblocking: Bool) -> StreamResult {
        var rest = bytes
        var done = 0
        while !rest.isEmpty {
            let piece = rest.first
            switch write(stream, from: piece, nonblocking: nonblocking) {
            case .bytes(let count):
                done += count
                rest.removeFirst(count)
                if count < piece.count { return .bytes(done) }
            case .failed(let error): return done > 0 ? .bytes(done) : .failed(error)
            case .ended: return .ended
            }
        }
        return .bytes(done)
    }

    /// Most bytes of a write that arrive in one piece, whatever others write to the same stream (POSIX calls it PIPE_BUF).
    public static let atomicByteCount = 4096

    /// Whether the stream is ready now; never blocks.
    open func readiness(_ interest: StreamInterest) -> StreamReadiness {
        StreamReadiness(isReady: true, byteCount: 1, isHungUp: false)
    }

    /// The stream's kind: `.characterDevice` for a terminal, `.unknown` for a pipe or a redirected stream.
    open func type(of stream: StreamHandle) -> FileType { .unknown }

    /// The guest's last descriptor for the stream is gone (a pipe's end closes).
    open func close(_ stream: StreamHandle) {}

    /// Sleeps until the monotonic clock reaches `deadline` (nanoseconds; nil: no limit) or one of the streams is ready; may wake
    /// early. False: the process is being ended.
    open func wait(until deadline: UInt64?, for interests: UnsafeBufferPointer<StreamInterest>) -> Bool { true }

    /// Lets others run.
    open func yield() {}

    /// One line of `--trace`, without its end of line.
    open func trace(_ line: UnsafeRawBufferPointer) {}
}
