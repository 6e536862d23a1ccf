// wasi:filesystem: open files and directories by their handles. The model is preview 1's: POSIX, with the same file systems below.
import ComponentRuntime
import Containers
import FileSystems
import WASI
import WasmEngine

/// An open file or directory.
final class Descriptor {
    let fileSystem: FileSystem
    let node: NodeNumber
    let type: FileType
    let flags: DescriptorBits

    init(_ fileSystem: FileSystem, _ node: NodeNumber, _ type: FileType, _ flags: DescriptorBits) {
        self.fileSystem = fileSystem
        self.node = node
        self.type = type
        self.flags = flags
    }

    /// What a stream from or to it is.
    func stream() throws(Errno) -> ByteStream.Kind {
        switch type {
        case .regularFile: return .file(fileSystem, node)
        case .directory: throw .isdir
        default:
            guard let device = fileSystem.device(of: node) else { throw .nxio }
            return .device(fileSystem, node, device)
        }
    }
}

/// `descriptor-flags`.
struct DescriptorBits: OptionSet {
    let rawValue: UInt8
    static let read = DescriptorBits(rawValue: 1)
    static let write = DescriptorBits(rawValue: 2)
    static let mutateDirectory = DescriptorBits(rawValue: 32)
}

extension CommandWorld {
    func defineFiles(_ linker: ComponentLinker) {
        define(
            linker, "wasi:filesystem/preopens", resources: [type("descriptor")],
            [("get-directories", "->list<tuple<own,string>>", { (world, call) throws(ComponentTrap) in try world.getDirectories(call) })])
        var functions: [Row] = [
            ("filesystem-error-code", "borrow->option<error-code>", { (world, call) throws(ComponentTrap) in try world.errorCode(call) })
        ]
        functions += descriptorFunctions
        functions += pathFunctions
        define(
            linker, "wasi:filesystem/types",
            resources: [
                type("descriptor"), type("directory-entry-stream"), type("input-stream"), type("output-stream"), type("error"),
            ], functions)
    }

    /// Runs what may fail, and makes its error the result.
    func attempt(files call: HostCall, _ body: () throws(Errno) -> Void) throws(ComponentTrap) {
        do throws(Errno) { try body() } catch {
            if error == .intr { throw .host("the process is being ended") }
            return call.fail(error)
        }
        call.succeed()
    }

    /// Keeps an object that a call opened and makes it the result's payload.
    func keep(_ object: HostObject, _ call: HostCall) throws(ComponentTrap) { call.put(try add(object), 4, at: call.payloadOffset) }

    /// () -> list<tuple<own<descriptor>, string>>
    private func getDirectories(_ call: HostCall) throws(ComponentTrap) {
        let list = try call.allocate(preopens.count * 12, alignment: 4)
        for index in 0..<preopens.count {
            let preopen = preopens[index]
            do throws(Errno) { try preopen.fileSystem.opened(preopen.node) } catch { throw .host("a directory cannot be opened") }
            let object = try add(.descriptor(Descriptor(preopen.fileSystem, preopen.node, .directory, [.read, .mutateDirectory])))
            call.write(object, 4, at: list + UInt64(index * 12))
            try putString(preopen.guestPath[...], call, at: list + UInt64(index * 12 + 4))
        }
        call.put(list, 4)
        call.put(UInt64(preopens.count), 4, at: 4)
    }

    /// (err: borrow<error>) -> option<error-code>
    private func errorCode(_ call: HostCall) throws(ComponentTrap) {
        let error = try error(call)
        call.put(1, 1)
        call.put(UInt64(error.fileSystemCode), 1, at: call.payloadOffset)
    }

    private var descriptorFunctions: [Row] {
        [
            (
                "[method]descriptor.read-via-stream", "borrow,u64->result<own,error-code>",
                { (world, call) throws(ComponentTrap) in try world.openStream(call, .read) }
            ),
            (
                "[method]descriptor.write-via-stream", "borrow,u64->result<own,error-code>",
                { (world, call) throws(ComponentTrap) in try world.openStream(call, .write) }
            ),
            (
                "[method]descriptor.append-via-stream", "borrow->result<own,error-code>",
                { (world, call) throws(ComponentTrap) in try world.openStream(call, .append) }
            ),
            (
                "[method]descriptor.advise", "borrow,u64,u64,advice->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.attempt(files: call) { () throws(Errno) in } }
            ),
            (
                "[method]descriptor.sync-data", "borrow->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.attempt(files: call) { () throws(Errno) in } }
            ),
            (
                "[method]descriptor.sync", "borrow->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.attempt(files: call) { () throws(Errno) in } }
            ),
            (
                "[method]descriptor.get-flags", "borrow->result<descriptor-flags,error-code>",
                { (world, call) throws(ComponentTrap) in
                    call.succeed()
                    call.put(UInt64(try world.descriptor(call).flags.rawValue), 1, at: call.payloadOffset)
                }
            ),
            (
                "[method]descriptor.get-type", "borrow->result<descriptor-type,error-code>",
                { (world, call) throws(ComponentTrap) in
                    call.succeed()
                    call.put(CommandWorld.number(of: try world.descriptor(call).type), 1, at: call.payloadOffset)
                }
            ),
            (
                "[method]descriptor.set-size", "borrow,u64->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.setSize(call) }
            ),
            (
                "[method]descriptor.set-times", "borrow,new-timestamp,new-timestamp->result<_,error-code>",
                { (world, call) throws(ComponentTrap) in try world.setTimes(call) }
            ),
            (
                "[method]descriptor.read", "borrow,u64,u64->result<tuple<list<u8>,bool>,error-code>",
                { (world, call) throws(ComponentTrap) in try world.readFile(call) }
            ),
            (
                "[method]descriptor.write", "borrow,list<u8>,u64->result<u64,error-code>",
                { (world, call) throws(ComponentTrap) in try world.writeFile(call) }
            ),
            (
                "[method]descriptor.read-directory", "borrow->result<own,error-code>",
                { (world, call) throws(ComponentTrap) in try world.readDirectory(call) }
            ),
            (
                "[method]descriptor.stat", "borrow->result<descriptor-stat,error-code>",
                { (world, call) throws(ComponentTrap) in try world.status(call) }
            ),
            (
                "[method]descriptor.is-same-object", "borrow,borrow->bool",
                { (world, call) throws(ComponentTrap) in
                    let first = try world.descriptor(call)
                    let second = try world.descriptor(call, 4)
                    call.put(first.fileSystem === second.fileSystem && first.node == second.node ? 1 : 0, 1)
                }
            ),
            (
                "[method]descriptor.metadata-hash", "borrow->result<metadata-hash-value,error-code>",
                { (world, call) throws(ComponentTrap) in try world.metadataHash(call) }
            ),
            (
                "[method]directory-entry-stream.read-directory-entry", "borrow->result<option<directory-entry>,error-code>",
                { (world, call) throws(ComponentTrap) in try world.readEntry(call) }
            ),
        ]
    }

    // MARK: Open files

    private enum StreamDirection { case read, write, append }

    /// (self, offset: u64) -> result<own stream, error-code>
    private func openStream(_ call: HostCall, _ direction: StreamDirection) throws(ComponentTrap) {
        let descriptor = try descriptor(call)
        let offset = direction == .append ? 0 : call.u64(8)
        var stream: ByteStream?
        try attempt(files: call) { () throws(Errno) in
            guard descriptor.flags.contains(direction == .read ? .read : .write) else { throw .badf }
            let kind = try descriptor.stream()
            try descriptor.fileSystem.opened(descriptor.node)
            stream = ByteStream(kind, offset: offset, appends: direction == .append)
        }
        if let stream { try keep(direction == .read ? .input(stream) : .output(stream), call) }
    }

    /// (self, size: u64) -> result<_, error-code>
    private func setSize(_ call: HostCall) throws(ComponentTrap) {
        let descriptor = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            guard descriptor.type == .regularFile else { throw descriptor.type == .directory ? .isdir : .inval }
            guard descriptor.flags.contains(.write) else { throw .badf }
            try descriptor.fileSystem.setByteCount(call.u64(8), of: descriptor.node)
        }
    }

    /// (self, access: new-timestamp, modification: new-timestamp) -> result<_, error-code>
    private func setTimes(_ call: HostCall) throws(ComponentTrap) {
        let descriptor = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in try setTimes(descriptor.fileSystem, descriptor.node, call, at: 8) }
    }

    /// Sets the times that two `new-timestamp`s give, the first at an offset, the second 24 bytes behind it.
    func setTimes(_ fileSystem: FileSystem, _ node: NodeNumber, _ call: HostCall, at offset: UInt64) throws(Errno) {
        let access = try newTime(call, offset)
        let modification = try newTime(call, offset + 24)
        guard access != nil || modification != nil else { return }
        try fileSystem.setTimes(of: node, access: access, modification: modification)
    }

    private func newTime(_ call: HostCall, _ offset: UInt64) throws(Errno) -> UInt64? {
        switch call.u8(offset) {
        case 0: return nil
        case 1: return platform.time(of: .realtime) ?? 0
        default:
            let (seconds, isOverflowing) = call.u64(offset + 8).multipliedReportingOverflow(by: 1_000_000_000)
            let (time, carry) = seconds.addingReportingOverflow(UInt64(call.u32(offset + 16)))
            guard !isOverflowing, !carry else { throw .overflow }
            return time
        }
    }

    /// (self, length: u64, offset: u64) -> result<tuple<list<u8>, bool>, error-code>
    private func readFile(_ call: HostCall) throws(ComponentTrap) {
        let descriptor = try descriptor(call)
        let count = Int(min(call.u64(8), CommandWorld.readLimit))
        let address = try call.allocate(count)
        let room = call.room(at: address, count)
        try attempt(files: call) { () throws(Errno) in
            guard descriptor.type == .regularFile else { throw descriptor.type == .directory ? .isdir : .spipe }
            guard descriptor.flags.contains(.read) else { throw .badf }
            guard call.u64(16) <= UInt64(Int64.max) else { throw .inval }
            let done = count == 0 ? 0 : try descriptor.fileSystem.read(descriptor.node, at: call.u64(16), into: room)
            call.put(address, 4, at: call.payloadOffset)
            call.put(UInt64(done), 4, at: call.payloadOffset + 4)
            call.put(count > 0 && done == 0 ? 1 : 0, 1, at: call.payloadOffset + 8)
        }
    }

    /// (self, buffer: list<u8>, offset: u64) -> result<u64, error-code>
    private func writeFile(_ call: HostCall) throws(ComponentTrap) {
        let descriptor = try descriptor(call)
        let bytes = call.bytes(4)
        try attempt(files: call) { () throws(Errno) in
            guard descriptor.type == .regularFile else { throw descriptor.type == .directory ? .isdir : .spipe }
            guard descriptor.flags.contains(.write) else { throw .badf }
            guard call.u64(16) <= UInt64(Int64.max) else { throw .inval }
            let done = bytes.count == 0 ? 0 : try descriptor.fileSystem.write(descriptor.node, at: call.u64(16), from: bytes)
            call.put(UInt64(done), 8, at: call.payloadOffset)
        }
    }

    /// (self) -> result<own<directory-entry-stream>, error-code>
    private func readDirectory(_ call: HostCall) throws(ComponentTrap) {
        let descriptor = try descriptor(call)
        var stream: EntryStream?
        try attempt(files: call) { () throws(Errno) in
            guard descriptor.type == .directory else { throw .notdir }
            try descriptor.fileSystem.opened(descriptor.node)
            stream = EntryStream(descriptor.fileSystem, descriptor.node)
        }
        if let stream { try keep(.entries(stream), call) }
    }

    /// (self) -> result<option<directory-entry>, error-code>
    private func readEntry(_ call: HostCall) throws(ComponentTrap) {
        let stream = try entries(call)
        var entry: DirectoryEntry?
        try attempt(files: call) { () throws(Errno) in entry = try stream.fileSystem.entry(after: stream.cookie, in: stream.node) }
        guard let entry else { return }
        stream.cookie = entry.cookie
        call.put(1, 1, at: call.payloadOffset)
        call.put(CommandWorld.number(of: entry.type), 1, at: call.payloadOffset + 4)
        try call.putBytes(entry.name, at: call.payloadOffset + 8)
    }

    // MARK: Status

    /// `descriptor-type`'s number of a kind of file.
    static func number(of type: FileType) -> UInt64 {
        switch type {
        case .unknown: return 0
        case .blockDevice: return 1
        case .characterDevice: return 2
        case .directory: return 3
        case .symbolicLink: return 5
        case .regularFile: return 6
        case .socketDatagram, .socketStream: return 7
        }
    }

    /// (self) -> result<descriptor-stat, error-code>
    private func status(_ call: HostCall) throws(ComponentTrap) {
        let descriptor = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            CommandWorld.put(try descriptor.fileSystem.status(of: descriptor.node), call)
        }
    }

    /// Writes a `descriptor-stat` as the result's payload.
    static func put(_ status: FileStatus, _ call: HostCall) {
        let start = call.results + call.payloadOffset
        call.write(number(of: status.type), 1, at: start)
        call.write(status.linkCount, 8, at: start + 8)
        call.write(status.byteCount, 8, at: start + 16)
        var offset = start + 24
        for time in [status.accessTime, status.modificationTime, status.changeTime] {
            call.write(1, 1, at: offset)
            putDate(time, call, at: offset + 8)
            offset += 24
        }
    }

    /// (self) -> result<metadata-hash-value, error-code>
    private func metadataHash(_ call: HostCall) throws(ComponentTrap) {
        let descriptor = try descriptor(call)
        try attempt(files: call) { () throws(Errno) in
            CommandWorld.putHash(try descriptor.fileSystem.status(of: descriptor.node), call)
        }
    }

    /// Writes a hash of what a file is: it changes when the file is another, or was changed.
    static func putHash(_ status: FileStatus, _ call: HostCall) {
        func mixed(_ values: [UInt64]) -> UInt64 {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for value in values { hash = (hash ^ value) &* 0x100_0000_01b3 ^ (hash >> 29) }
            return hash
        }
        call.put(mixed([status.device, status.inode]), 8, at: call.payloadOffset)
        call.put(mixed([status.byteCount, status.modificationTime, status.changeTime, status.inode]), 8, at: call.payloadOffset + 8)
    }
}
