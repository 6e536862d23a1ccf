// ByteStream: an input or output stream of wasi:io: one of the platform's streams, or a file from a position on.
import ComponentRuntime
import Containers
import FileSystems
import WASI

/// A stream, and where it is.
final class ByteStream {
    enum Kind {
        case stream(StreamHandle)
        case file(FileSystem, NodeNumber)
        case device(FileSystem, NodeNumber, Device)
    }

    let kind: Kind
    var offset: UInt64
    /// Whether each write goes to the file's end.
    let appends: Bool
    var isClosed = false

    init(_ kind: Kind, offset: UInt64 = 0, appends: Bool = false) {
        self.kind = kind
        self.offset = offset
        self.appends = appends
    }

    /// The handle is gone. The standard streams stay open: a component may ask for them again.
    func close() {
        switch kind {
        case .stream: break
        case .file(let fileSystem, let node), .device(let fileSystem, let node, _): fileSystem.closed(node)
        }
    }

    /// The platform's stream behind it.
    var handle: StreamHandle? {
        switch kind {
        case .stream(let handle): return handle
        case .device(_, _, .console): return .standardInput
        default: return nil
        }
    }

    /// Reads at least a byte when it may block; nil at the end. Zero bytes when nothing is there yet.
    func read(_ platform: Platform, into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) throws(Errno) -> Int? {
        guard !isClosed else { return nil }
        if buffer.count == 0 { return 0 }
        let count: Int
        switch kind {
        case .file(let fileSystem, let node):
            count = try fileSystem.read(node, at: offset, into: buffer)
            offset += UInt64(count)
        case .device(_, _, .zero):
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            count = buffer.count
        case .device(_, _, .random):
            guard platform.fillRandom(buffer) else { throw .io }
            count = buffer.count
        case .device(_, _, .null): count = 0
        case .stream, .device:
            switch platform.read(handle ?? .standardInput, into: buffer, nonblocking: nonblocking) {
            case .bytes(let bytes): count = bytes
            case .failed(.again): return 0
            case .failed(let error): throw error
            case .ended: throw .intr
            }
        }
        guard count > 0 else {
            isClosed = true
            return nil
        }
        return count
    }

    /// Writes all bytes.
    func write(_ platform: Platform, _ buffer: UnsafeRawBufferPointer) throws(Errno) {
        guard !isClosed else { throw .pipe }
        var rest = buffer
        while rest.count > 0 {
            let count: Int
            switch kind {
            case .file(let fileSystem, let node):
                if appends { offset = try fileSystem.status(of: node).byteCount }
                count = try fileSystem.write(node, at: offset, from: rest)
                offset += UInt64(count)
                guard count > 0 else { throw .io }
            case .device(_, _, .console), .stream:
                var stream = StreamHandle.standardOutput
                if case .stream(let handle) = kind { stream = handle }
                switch platform.write(stream, from: rest, nonblocking: false) {
                case .bytes(let bytes): count = bytes
                case .failed(let error): throw error
                case .ended: throw .intr
                }
                guard count > 0 else { throw .io }
            case .device: return
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
