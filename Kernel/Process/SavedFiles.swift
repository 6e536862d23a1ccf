// Directories that are saved: when the machine is left, what programs changed in them goes through the port `martlet.files` to whoever
// started the machine, as a cpio archive. A name that is gone stands in it as a character device 0:0, as in the layers of overlayfs.
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
        let byteCount = status.byteCount
        guard byteCount <= ArchiveWriter.fileByteCountLimit else {
            ProcessReport.plain {
                $0.append("not saved, since it is larger than 4 GiB: ")
                $0.appendPrintable(name)
            }
            return
        }
        header(name, mode: SavedFiles.mode(kind), byteCount: byteCount, time: status.modificationTime)
        var offset: UInt64 = 0
        while offset < byteCount {
            let count = kind == .link ? try layer.readLink(node, into: piece) : try layer.read(node, at: offset, into: piece)
            _ = endpoint.write(from: UnsafeRawBufferPointer(rebasing: piece[..<count]), nonblocking: false)
            offset += UInt64(count)
        }
        write([UInt8](repeating: 0, count: ArchiveWriter.padding(after: byteCount)))
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

    private mutating func header(_ name: [UInt8], mode: UInt32, byteCount: UInt64, time: UInt64) {
        var bytes: [UInt8] = []
        writer.append(name: name, mode: mode, byteCount: byteCount, time: time, to: &bytes)
        write(bytes)
    }

    private func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { _ = endpoint.write(from: $0, nonblocking: false) }
    }
}
