// Directories that are saved: when the machine is left, what programs changed in them goes through the port `martlet.files` to whoever
// started the machine, as a cpio archive. A name that is gone stands in it as a character device 0:0, as in the layers of overlayfs.
// A file with holes is two entries (qemu/changes.py): a FIFO of its name with the map of its parts, and the parts as a file.
// Owns the archive's position and the buffer for contents; a kernel thread uses it, when no program runs any more.
import FileSystems
import KernelCore
import KernelMachine
import WASI

/// The archive of what was changed, on its way out.
struct SavedFiles: ~Copyable {
    /// Where it goes; nil: the machine has no such port.
    nonisolated(unsafe) static var endpoint: ConsoleEndpoint?

    private let endpoint: ConsoleEndpoint
    private let layer: MemoryLayer
    private var writer = ArchiveWriter()
    private let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

    private init(_ endpoint: ConsoleEndpoint, _ layer: MemoryLayer) {
        self.endpoint = endpoint
        self.layer = layer
    }

    deinit { piece.deallocate() }

    /// Sends the changes of all these directories of the shared layer, as one archive.
    static func send(_ directories: [[UInt8]]) {
        guard let endpoint, !directories.isEmpty else { return }
        var files = SavedFiles(endpoint, Files.layer)
        for directory in directories {
            do throws(Errno) { try files.send(directory) } catch {
                ProcessReport.plain {
                    $0.append("not all that was changed can be saved: ")
                    $0.appendPrintable(directory)
                }
            }
        }
        var trailer: [UInt8] = []
        files.writer.appendTrailer(to: &trailer)
        files.write(trailer)
    }

    private mutating func send(_ directory: [UInt8]) throws(Errno) {
        var changes = try LayerChanges(of: layer, below: try layer.find(directory))
        while let change = try changes.next() {
            let name = directory + [UInt8(ascii: "/")] + changes.path
            if let node = change.node {
                try send(node, change.kind, name)
            } else {
                header(name, mode: SavedFiles.mode(change.kind), byteCount: 0, time: 0)
            }
        }
    }

    private mutating func send(_ node: NodeNumber, _ kind: LayerChange.Kind, _ name: [UInt8]) throws(Errno) {
        let status = try layer.status(of: node)
        if kind == .file { return try sendFile(node, status, name) }
        header(name, mode: SavedFiles.mode(kind), byteCount: status.byteCount, time: status.modificationTime)
        guard kind == .link else { return }
        write(UnsafeRawBufferPointer(rebasing: piece[..<(try layer.readLink(node, into: piece))]))
        pad(after: status.byteCount)
    }

    /// Sends a file's parts, and before them where they lie when there are holes between them.
    private mutating func sendFile(_ node: NodeNumber, _ status: FileStatus, _ name: [UInt8]) throws(Errno) {
        var partCount: UInt64 = 0
        var byteCount: UInt64 = 0
        try forEachPart(of: node) { part throws(Errno) in
            partCount += 1
            byteCount += part.upperBound - part.lowerBound
        }
        guard byteCount <= ArchiveWriter.fileByteCountLimit else {
            ProcessReport.plain {
                $0.append("not saved, since it has more than 4 GiB: ")
                $0.appendPrintable(name)
            }
            return
        }
        if byteCount < status.byteCount {
            header(name, mode: SavedFiles.mapMode, byteCount: 8 + 16 * partCount, time: 0)
            write(number: status.byteCount)
            try forEachPart(of: node) { part throws(Errno) in
                write(number: part.lowerBound)
                write(number: part.upperBound - part.lowerBound)
            }
        }
        header(name, mode: SavedFiles.mode(.file), byteCount: byteCount, time: status.modificationTime)
        try forEachPart(of: node) { part throws(Errno) in
            var offset = part.lowerBound
            while offset < part.upperBound {
                let wanted = UnsafeMutableRawBufferPointer(rebasing: piece[..<Int(min(UInt64(piece.count), part.upperBound - offset))])
                let count = try layer.read(node, at: offset, into: wanted)
                guard count > 0 else { throw .io }
                write(UnsafeRawBufferPointer(rebasing: wanted[..<count]))
                offset += UInt64(count)
            }
        }
        pad(after: byteCount)
    }

    /// Calls `body` with the ranges of a file that are no holes, in their order; neighbouring pages are one.
    private func forEachPart(of node: NodeNumber, _ body: (Range<UInt64>) throws(Errno) -> Void) throws(Errno) {
        var offset: UInt64 = 0
        while let part = try layer.content(of: node, from: offset) {
            try body(part)
            offset = part.upperBound
        }
    }

    /// What stands for a change in the archive: its type and permissions as `st_mode`.
    private static func mode(_ kind: LayerChange.Kind) -> UInt32 {
        switch kind {
        case .removal: 0o020000
        case .directory: 0o040755
        case .file: 0o100644
        case .link: 0o120777
        }
    }

    /// A map's: a FIFO, which no layer has.
    private static let mapMode: UInt32 = 0o010644

    private mutating func header(_ name: [UInt8], mode: UInt32, byteCount: UInt64, time: UInt64) {
        var bytes: [UInt8] = []
        writer.append(name: name, mode: mode, byteCount: byteCount, time: time, to: &bytes)
        write(bytes)
    }

    private func pad(after byteCount: UInt64) { write([UInt8](repeating: 0, count: ArchiveWriter.padding(after: byteCount))) }

    private func write(number: UInt64) { withUnsafeBytes(of: number.littleEndian) { write($0) } }

    private func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    private func write(_ bytes: UnsafeRawBufferPointer) { _ = endpoint.write(from: bytes, nonblocking: false) }
}
