// Directories that are saved: when the machine is left, what programs changed in them goes through the port `martlet.files` to whoever
// started the machine, as a cpio archive. A name that is gone stands in it as a character device 0:0, as in the layers of overlayfs.
// A file with holes is two entries (qemu/changes.py): a FIFO of its name with the map of its parts, and the parts as a file.
// Owns the archive's position and the buffer it is put together in; a kernel thread uses it, when no program runs any more.
import Containers
import FileSystems
import KernelCore
import KernelMachine
import WASI

/// The archive of what was changed, on its way out.
struct SavedFiles: ~Copyable {
    /// Where it goes; nil: the machine has no such port.
    nonisolated(unsafe) static var endpoint: ConsoleEndpoint?

    private static let bufferByteCount = 65536

    private let endpoint: ConsoleEndpoint
    /// Nil when there is nothing to send.
    private let layer: MemoryLayer!
    private var writer = ArchiveWriter()
    private let buffer: UnsafeMutableRawBufferPointer
    /// Bytes in the buffer that were not sent yet.
    private var count = 0

    private init?(_ endpoint: ConsoleEndpoint, _ layer: MemoryLayer?) {
        guard let memory = Allocation.tryAllocate(byteCount: SavedFiles.bufferByteCount) else { return nil }
        self.endpoint = endpoint
        self.layer = layer
        buffer = UnsafeMutableRawBufferPointer(start: memory, count: SavedFiles.bufferByteCount)
    }

    deinit { Allocation.free(buffer.baseAddress) }

    /// Sends the changes of all these directories of the shared layer, as one archive; without any directory an empty one, which says that
    /// nothing was lost.
    static func send(_ directories: [[UInt8]]) {
        guard let endpoint else { return }
        let layer = directories.isEmpty ? nil : Files.layerAtEnd
        guard var files = SavedFiles(endpoint, layer) else {
            ProcessReport.plain { $0.append("no memory to save what was changed") }
            return
        }
        for directory in directories where layer != nil {
            do throws(Errno) { try files.send(directory) } catch {
                ProcessReport.plain {
                    $0.append("not all that was changed can be saved: ")
                    $0.appendPrintable(directory)
                }
            }
        }
        let trailer = ArchiveWriter.trailerName
        let header = files.writer.header(nameByteCount: trailer.utf8CodeUnitCount, mode: 0, byteCount: 0, time: 0)
        files.put(header)
        files.put(UnsafeRawBufferPointer(start: trailer.utf8Start, count: trailer.utf8CodeUnitCount))
        files.putZeros(ArchiveWriter.padding(afterName: trailer.utf8CodeUnitCount))
        files.flush()
    }

    private mutating func send(_ directory: [UInt8]) throws(Errno) {
        var changes = try LayerChanges(of: layer, below: try layer.find(directory))
        while let change = try changes.next() {
            if let node = change.node {
                try send(node, change.kind, directory, changes.path)
            } else {
                putHeader(directory, changes.path, mode: SavedFiles.mode(change.kind), byteCount: 0, time: 0)
            }
        }
    }

    private mutating func send(
        _ node: NodeNumber, _ kind: LayerChange.Kind, _ directory: [UInt8], _ path: UnsafeRawBufferPointer
    ) throws(Errno) {
        let status = try layer.status(of: node)
        if kind == .file { return try sendFile(node, status, directory, path) }
        putHeader(directory, path, mode: SavedFiles.mode(kind), byteCount: status.byteCount, time: status.modificationTime)
        guard kind == .link else { return }
        flush()
        count = try layer.readLink(node, into: buffer)
        putZeros(ArchiveWriter.padding(after: status.byteCount))
    }

    /// Sends a file's parts, and before them where they lie when there are holes between them.
    private mutating func sendFile(
        _ node: NodeNumber, _ status: FileStatus, _ directory: [UInt8], _ path: UnsafeRawBufferPointer
    ) throws(Errno) {
        var partCount: UInt64 = 0
        var byteCount: UInt64 = 0
        var next: UInt64 = 0
        while let part = try layer.content(of: node, from: next) {
            partCount += 1
            byteCount += part.upperBound - part.lowerBound
            next = part.upperBound
        }
        guard byteCount <= ArchiveWriter.fileByteCountLimit else {
            ProcessReport.plain {
                $0.append("not saved, since it has more than 4 GiB: ")
                $0.appendPrintable(directory)
                $0.append("/")
                $0.appendPrintable(Array(path.prefix(4096)))
            }
            return
        }
        if byteCount < status.byteCount {
            putHeader(directory, path, mode: SavedFiles.mapMode, byteCount: 8 + 16 * partCount, time: 0)
            put(number: status.byteCount)
            next = 0
            while let part = try layer.content(of: node, from: next) {
                put(number: part.lowerBound)
                put(number: part.upperBound - part.lowerBound)
                next = part.upperBound
            }
        }
        putHeader(directory, path, mode: SavedFiles.mode(.file), byteCount: byteCount, time: status.modificationTime)
        next = 0
        while let part = try layer.content(of: node, from: next) {
            try put(part, of: node)
            next = part.upperBound
        }
        putZeros(ArchiveWriter.padding(after: byteCount))
    }

    /// A part of a file.
    private mutating func put(_ part: Range<UInt64>, of node: NodeNumber) throws(Errno) {
        var offset = part.lowerBound
        while offset < part.upperBound {
            if count == buffer.count { flush() }
            let end = count + Int(min(UInt64(buffer.count - count), part.upperBound - offset))
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count..<end])
            let piece = try layer.read(node, at: offset, into: room)
            guard piece > 0 else { throw .io }
            count += piece
            offset += UInt64(piece)
        }
    }

    /// A map's type: a FIFO, which no layer has.
    private static let mapMode: UInt32 = 0o010644

    /// What stands for a change in the archive: its type and permissions as `st_mode`.
    private static func mode(_ kind: LayerChange.Kind) -> UInt32 {
        switch kind {
        case .removal: 0o020000
        case .directory: 0o040755
        case .file: 0o100644
        case .link: 0o120777
        }
    }

    /// The header and the name of an entry.
    private mutating func putHeader(
        _ directory: [UInt8], _ path: UnsafeRawBufferPointer, mode: UInt32, byteCount: UInt64, time: UInt64
    ) {
        let nameByteCount = directory.count + 1 + path.count
        let header = writer.header(nameByteCount: nameByteCount, mode: mode, byteCount: byteCount, time: time)
        put(header)
        for byte in directory { put(byte) }
        put(UInt8(ascii: "/"))
        put(path)
        putZeros(ArchiveWriter.padding(afterName: nameByteCount))
    }

    // MARK: The buffer

    private mutating func put(_ byte: UInt8) {
        if count == buffer.count { flush() }
        buffer[count] = byte
        count += 1
    }

    private mutating func put(_ header: ArchiveWriter.Header) {
        for index in 0..<header.count { put(header[index]) }
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { put(byte) }
    }

    private mutating func put(number: UInt64) {
        for byte in 0..<8 { put(UInt8(truncatingIfNeeded: number >> UInt64(8 * byte))) }
    }

    private mutating func putZeros(_ zeroCount: Int) {
        for _ in 0..<zeroCount { put(0) }
    }

    private mutating func flush() {
        _ = endpoint.write(from: UnsafeRawBufferPointer(rebasing: buffer[..<count]), nonblocking: false)
        count = 0
    }
}
