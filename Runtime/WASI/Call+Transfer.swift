// Moving bytes through descriptors: fd_read, fd_write, fd_pread, fd_pwrite, fd_seek, fd_tell. POSIX `readv`, `writev`, `pread`,
// `pwrite` and `lseek` are the models: what could be moved before an error counts as done.
import FileSystems

extension WASIContext {
    /// (fd, vectors) -> byte count
    func fdRead() throws(Errno) {
        let file = try file(0)
        if case .directory = file.kind { throw .isdir }
        try require(.fdRead, of: file)
        let total = try checkVectors(1)
        try checkResult(3, byteCount: 4)
        let done: UInt64
        switch file.kind {
        case .directory: throw .isdir
        case .regular(let fileSystem, let node):
            done = total == 0 ? 0 : try readFile(fileSystem, node, at: file.offset, vectors: 1)
            file.offset += done
        case .device(_, _, .console): done = total == 0 ? 0 : try readStream(.standardInput, file.flags, vectors: 1)
        case .device(_, _, let device): done = try readDevice(device, vectors: 1)
        case .stream(let stream): done = total == 0 ? 0 : try readStream(stream, file.flags, vectors: 1)
        }
        counters.bytesRead &+= done
        try store(UInt32(truncatingIfNeeded: done), address(3))
    }

    /// (fd, vectors) -> byte count
    func fdWrite() throws(Errno) {
        let file = try file(0)
        if case .directory = file.kind { throw .isdir }
        try require(.fdWrite, of: file)
        let total = try checkVectors(1)
        try checkResult(3, byteCount: 4)
        let done: UInt64
        switch file.kind {
        case .directory: throw .isdir
        case .regular(let fileSystem, let node):
            if total > 0, file.flags.contains(.append) { file.offset = try fileSystem.status(of: node).byteCount }
            done = total == 0 ? 0 : try writeFile(fileSystem, node, at: file.offset, vectors: 1)
            file.offset += done
        case .device(_, _, .console): done = total == 0 ? 0 : try writeStream(.standardOutput, file.flags, vectors: 1, byteCount: total)
        case .device: done = total
        case .stream(let stream): done = total == 0 ? 0 : try writeStream(stream, file.flags, vectors: 1, byteCount: total)
        }
        counters.bytesWritten &+= done
        try store(UInt32(truncatingIfNeeded: done), address(3))
    }

    /// (fd, vectors, offset) -> byte count. The file's own position stays.
    func fdPread() throws(Errno) {
        let file = try file(0)
        let (fileSystem, node) = try positioned(file)
        try require([.fdRead, .fdSeek], of: file)
        let total = try checkVectors(1)
        try checkResult(4, byteCount: 4)
        guard u64(3) <= UInt64(Int64.max) else { throw .inval }
        let done = total == 0 ? 0 : try readFile(fileSystem, node, at: u64(3), vectors: 1)
        counters.bytesRead &+= done
        try store(UInt32(truncatingIfNeeded: done), address(4))
    }

    /// (fd, vectors, offset) -> byte count. At the offset even when the file appends, as POSIX has it (and Linux has not).
    func fdPwrite() throws(Errno) {
        let file = try file(0)
        let (fileSystem, node) = try positioned(file)
        try require([.fdWrite, .fdSeek], of: file)
        let total = try checkVectors(1)
        try checkResult(4, byteCount: 4)
        guard u64(3) <= UInt64(Int64.max) else { throw .inval }
        let done = total == 0 ? 0 : try writeFile(fileSystem, node, at: u64(3), vectors: 1)
        counters.bytesWritten &+= done
        try store(UInt32(truncatingIfNeeded: done), address(4))
    }

    /// (fd, offset, whence) -> new position
    func fdSeek() throws(Errno) {
        let file = try file(0)
        let (fileSystem, node) = try positioned(file)
        let delta = Int64(bitPattern: u64(1))
        guard let whence = Whence(rawValue: u32(2), preview: preview) else { throw .inval }
        // Asking where one is needs only the right to be told.
        if delta == 0, whence == .current, file.baseRights.contains(.fdTell) {
            try store(file.offset, address(3))
            return
        }
        try require(.fdSeek, of: file)
        try checkResult(3, byteCount: 8)
        let base: UInt64 =
            switch whence {
            case .set: 0
            case .current: file.offset
            case .end: try fileSystem.status(of: node).byteCount
            }
        // Positions are at most Int64.max, so the sum needs one check in each direction.
        let (position, overflow) = Int64(bitPattern: base).addingReportingOverflow(delta)
        guard !overflow else { throw .overflow }
        guard position >= 0 else { throw .inval }
        file.offset = UInt64(position)
        try store(file.offset, address(3))
    }

    /// (fd) -> position
    @inline(__always)
    func fdTell() throws(Errno) {
        let file = try descriptors.state(u32(0))
        guard file.type == .regularFile else { throw file.type == .directory ? .isdir : .spipe }
        guard file.baseRights.isSuperset(of: .fdTell) else { throw .notcapable }
        try store(file.offset, address(1))
    }

    /// The file behind a descriptor that has a position: `isdir` for a directory, `spipe` for streams and devices.
    private func positioned(_ file: OpenFile) throws(Errno) -> (FileSystem, NodeNumber) {
        switch file.kind {
        case .regular(let fileSystem, let node): return (fileSystem, node)
        case .directory: throw .isdir
        case .device, .stream: throw .spipe
        }
    }

    // MARK: Regular files

    /// Until the vectors are full or the file ends; a file system may move less at once than it is asked for.
    private func readFile(_ fileSystem: FileSystem, _ node: NodeNumber, at offset: UInt64, vectors: Int) throws(Errno) -> UInt64 {
        var done: UInt64 = 0
        for index in 0..<u32(vectors + 1) {
            do throws(Errno) {
                var rest = try vector(vectors, index)
                while rest.count > 0 {
                    let count = try fileSystem.read(node, at: offset + done, into: rest)
                    guard count > 0 else { return done }
                    done += UInt64(count)
                    rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
                }
            } catch {
                guard done > 0 else { throw error }
                return done
            }
        }
        return done
    }

    /// Until everything is written or an error; what was written before it counts.
    private func writeFile(_ fileSystem: FileSystem, _ node: NodeNumber, at offset: UInt64, vectors: Int) throws(Errno) -> UInt64 {
        var done: UInt64 = 0
        for index in 0..<u32(vectors + 1) {
            do throws(Errno) {
                var rest = UnsafeRawBufferPointer(try vector(vectors, index))
                while rest.count > 0 {
                    let count = try fileSystem.write(node, at: offset + done, from: rest)
                    guard count > 0 else { return done }
                    done += UInt64(count)
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
            } catch {
                guard done > 0 else { throw error }
                return done
            }
        }
        return done
    }

    // MARK: Devices and streams

    private func readDevice(_ device: Device, vectors: Int) throws(Errno) -> UInt64 {
        var done: UInt64 = 0
        guard device != .null else { return 0 }
        for index in 0..<u32(vectors + 1) {
            let target = try vector(vectors, index)
            guard target.count > 0 else { continue }
            if device == .zero {
                target.initializeMemory(as: UInt8.self, repeating: 0)
            } else {
                guard platform.fillRandom(target) else { throw .io }
            }
            done += UInt64(target.count)
        }
        return done
    }

    /// Blocks for the first bytes only; further vectors take what is there at once.
    private func readStream(_ stream: StreamHandle, _ flags: DescriptorFlags, vectors: Int) throws(Errno) -> UInt64 {
        var done: UInt64 = 0
        for index in 0..<u32(vectors + 1) {
            let target = try vector(vectors, index)
            guard target.count > 0 else { continue }
            let result = platform.read(stream, into: target, nonblocking: done > 0 || flags.contains(.nonblock))
            switch result {
            case .bytes(let count):
                done += UInt64(count)
                if count < target.count { return done }
            case .failed(let error):
                guard done > 0 else { throw error }
                return done
            case .ended:
                end = .ended
                throw .intr
            }
        }
        return done
    }

    /// All vectors in one request, so that the platform can keep them together.
    private func writeStream(_ stream: StreamHandle, _ flags: DescriptorFlags, vectors: Int, byteCount: UInt64) throws(Errno) -> UInt64 {
        let bytes = ByteVectors(memory, at: address(vectors), count: u32(vectors + 1), byteCount: Int(byteCount))
        switch platform.write(stream, bytes, nonblocking: flags.contains(.nonblock)) {
        case .bytes(let count): return UInt64(count)
        case .failed(let error): throw error
        case .ended:
            end = .ended
            throw .intr
        }
    }
}
