// A guest without an engine: a block of memory, a platform under the test's control, and one method for each function it calls.
import FileFixtures
import FileSystems
import Glibc
import Testing
import WASI
import WasmEngine

/// A machine whose clock, input and output are the test's.
final class TestPlatform: Platform {
    var realtime: UInt64 = 1_700_000_000_000_000_000
    var monotonic: UInt64 = 5_000_000_000
    var input: [UInt8] = []
    var inputIsOpen = true
    var output: [UInt8] = []
    var errors: [UInt8] = []
    var traceLines: [String] = []
    var yieldCount = 0
    var waitCount = 0
    var closedStreams: [UInt32] = []
    var hasRandom = true
    var endsWhileWaiting = false
    var terminal = false
    /// The sizes of the pieces of each write.
    var requests: [[Int]] = []
    /// Bytes that a non-blocking write takes at once.
    var outputRoom = Int.max

    override func time(of clock: Clock) -> UInt64? {
        switch clock {
        case .realtime: realtime
        case .monotonic: monotonic
        case .processCPUTime: 42
        case .threadCPUTime: nil
        }
    }
    override func resolution(of clock: Clock) -> UInt64? { clock == .threadCPUTime ? nil : 100 }
    override func fillRandom(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard hasRandom else { return false }
        for index in 0..<buffer.count { buffer[index] = UInt8.random(in: 0...255) }
        return true
    }
    override func read(_ stream: StreamHandle, into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) -> StreamResult {
        if endsWhileWaiting { return .ended }
        if input.isEmpty && inputIsOpen { return .failed(.again) }
        let count = min(buffer.count, input.count)
        for index in 0..<count { buffer[index] = input[index] }
        input.removeFirst(count)
        return .bytes(count)
    }
    override func write(_ stream: StreamHandle, from buffer: UnsafeRawBufferPointer, nonblocking: Bool) -> StreamResult {
        let count = nonblocking ? min(buffer.count, outputRoom) : buffer.count
        if count == 0 && buffer.count > 0 { return .failed(.again) }
        if stream == .standardError { errors += buffer.prefix(count) } else { output += buffer.prefix(count) }
        return .bytes(count)
    }
    override func write(_ stream: StreamHandle, _ bytes: ByteVectors, nonblocking: Bool) -> StreamResult {
        var rest = bytes
        var sizes: [Int] = []
        while !rest.isEmpty {
            sizes.append(rest.first.count)
            rest.removeFirst(rest.first.count)
        }
        if sizes.reduce(0, +) != bytes.byteCount { Issue.record("the pieces are not all there is") }
        requests.append(sizes)
        return super.write(stream, bytes, nonblocking: nonblocking)
    }
    override func readiness(_ interest: StreamInterest) -> StreamReadiness {
        if interest.isWrite { return StreamReadiness(isReady: outputRoom > 0, byteCount: 1, isHungUp: false) }
        return StreamReadiness(isReady: !input.isEmpty || !inputIsOpen, byteCount: UInt64(input.count), isHungUp: !inputIsOpen)
    }
    override func type(of stream: StreamHandle) -> FileType { terminal ? .characterDevice : .unknown }
    override func close(_ stream: StreamHandle) { closedStreams.append(stream.rawValue) }
    override func wait(until deadline: UInt64?, for interests: UnsafeBufferPointer<StreamInterest>) -> Bool {
        waitCount += 1
        if endsWhileWaiting { return false }
        // Early wake-ups happen; half the way is one.
        if let deadline, deadline > monotonic {
            let step = max((deadline - monotonic) / 2, 1)
            monotonic += step
            realtime += step
        }
        return true
    }
    override func yield() { yieldCount += 1 }
    override func trace(_ line: UnsafeRawBufferPointer) { traceLines.append(String(decoding: line, as: UTF8.self)) }
}

/// A file's status as a guest reads it.
struct GuestStatus: Equatable {
    var device: UInt64, inode: UInt64, type: UInt8, linkCount: UInt64, size: UInt64
    var accessTime: UInt64, modificationTime: UInt64, changeTime: UInt64
}

/// A directory entry as a guest reads it.
struct GuestEntry: Equatable {
    var next: UInt64, inode: UInt64, type: UInt8, name: String
}

/// Rights as the numbers a guest passes.
let allRights = Rights.all.rawValue
let fileRights = Rights.regularFile.rawValue

final class TestGuest {
    static let memoryByteCount = 1 << 20
    let platform: TestPlatform
    let context: WASIContext
    let layer: MemoryLayer
    let base: UnsafeMutableRawPointer
    let memory: GuestMemory
    var preview = Preview.preview1
    /// Where arguments are put; results go to the first page.
    private var next: UInt64 = 4096
    /// The preopened root.
    let root: UInt32 = 3

    init(
        lower: FileSystem? = nil, byteBudget: UInt64 = 64 << 20, arguments: [String] = ["program"], environment: [String] = [],
        limits: WASILimits = WASILimits(), preopens: [String] = ["/"], platform: TestPlatform = TestPlatform()
    ) {
        self.platform = platform
        layer = try! MemoryLayer(over: lower, byteBudget: byteBudget) { [platform] in platform.realtime }
        let layer = layer
        context = try! WASIContext(
            platform: platform, arguments: arguments.map { Array($0.utf8) }, environment: environment.map { Array($0.utf8) },
            preopens: preopens.map { Preopen(guestPath: Array($0.utf8), fileSystem: layer, node: layer.root) }, limits: limits)
        context.answersBadAddresses = true
        base = .allocate(byteCount: TestGuest.memoryByteCount, alignment: 16)
        base.initializeMemory(as: UInt8.self, repeating: 0xa5, count: TestGuest.memoryByteCount)
        memory = GuestMemory(base: base, byteCount: TestGuest.memoryByteCount)
    }

    /// Another guest over the same file system, granted one of its directories.
    init(platform: TestPlatform, layerOf other: TestGuest, preopen: Preopen) {
        self.platform = platform
        layer = other.layer
        context = try! WASIContext(platform: platform, arguments: [], environment: [], preopens: [preopen])
        context.answersBadAddresses = true
        base = .allocate(byteCount: TestGuest.memoryByteCount, alignment: 16)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: TestGuest.memoryByteCount)
        memory = GuestMemory(base: base, byteCount: TestGuest.memoryByteCount)
    }

    deinit { base.deallocate() }

    // MARK: Memory

    /// Puts bytes somewhere and returns (address, length).
    func put(_ bytes: [UInt8]) -> (UInt64, UInt64) {
        if next + UInt64(bytes.count) + 64 > UInt64(TestGuest.memoryByteCount) { next = 4096 }
        let address = next
        for (index, byte) in bytes.enumerated() { (base + Int(address)).storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        next = (next + UInt64(bytes.count) + 15) & ~15
        return (address, UInt64(bytes.count))
    }
    func put(_ text: String) -> (UInt64, UInt64) { put(Array(text.utf8)) }
    func room(_ count: Int) -> UInt64 { put([UInt8](repeating: 0, count: count)).0 }
    func u8(_ address: UInt64) -> UInt8 { (base + Int(address)).load(as: UInt8.self) }
    func u16(_ address: UInt64) -> UInt16 { (base + Int(address)).loadUnaligned(as: UInt16.self) }
    func u32(_ address: UInt64) -> UInt32 { (base + Int(address)).loadUnaligned(as: UInt32.self) }
    func u64(_ address: UInt64) -> UInt64 { (base + Int(address)).loadUnaligned(as: UInt64.self) }
    func get(_ address: UInt64, _ count: Int) -> [UInt8] { Array(UnsafeRawBufferPointer(start: base + Int(address), count: count)) }
    func set<T: FixedWidthInteger>(_ value: T, _ address: UInt64) { (base + Int(address)).storeBytes(of: value, as: T.self) }

    // MARK: Calls

    func outcome(_ function: WASIFunction, _ arguments: [UInt64]) -> CallOutcome {
        var values = arguments
        // The upper half of a 32-bit argument is nobody's business.
        for (slot, isWide) in function.row.wideSlots.enumerated() where !isWide { values[slot] |= 0xdead_beef_0000_0000 }
        return values.withUnsafeMutableBufferPointer {
            context.call(function, preview: preview, memory: memory, values: $0.baseAddress!)
        }
    }
    func call(_ function: WASIFunction, _ arguments: UInt64...) -> Errno {
        var values = arguments
        if values.isEmpty { values = [0] }
        guard case .returned(let error) = outcome(function, values) else { return .notrecoverable }
        return error
    }

    func open(
        _ path: String, _ oflags: OpenFlags = [], rights: UInt64 = fileRights, inheriting: UInt64 = 0, follow: Bool = true,
        flags: DescriptorFlags = [], at directory: UInt32? = nil
    ) -> Result<UInt32, Errno> {
        let (address, count) = put(path)
        let error = call(
            .pathOpen, UInt64(directory ?? root), follow ? 1 : 0, address, count, UInt64(oflags.rawValue), rights, inheriting,
            UInt64(flags.rawValue), 0)
        return error == .success ? .success(u32(0)) : .failure(error)
    }
    func mustOpen(
        _ path: String, _ oflags: OpenFlags = [], rights: UInt64 = fileRights, inheriting: UInt64 = 0,
        flags: DescriptorFlags = [], at directory: UInt32? = nil
    ) throws -> UInt32 { try open(path, oflags, rights: rights, inheriting: inheriting, flags: flags, at: directory).get() }
    func openDirectory(_ path: String, at directory: UInt32? = nil) throws -> UInt32 {
        try open(path, .directory, rights: Rights.directory.rawValue, inheriting: allRights, at: directory).get()
    }
    func close(_ fd: UInt32) -> Errno { call(.fdClose, UInt64(fd)) }

    private func vectors(_ parts: [(UInt64, UInt64)]) -> (UInt64, UInt64) {
        var bytes: [UInt8] = []
        for (address, count) in parts {
            withUnsafeBytes(of: UInt32(address)) { bytes += $0 }
            withUnsafeBytes(of: UInt32(count)) { bytes += $0 }
        }
        return (put(bytes).0, UInt64(parts.count))
    }
    func write(_ fd: UInt32, _ parts: [UInt8]..., at offset: UInt64? = nil) -> Result<Int, Errno> {
        let (address, count) = vectors(parts.map { put($0) })
        let error =
            offset == nil
            ? call(.fdWrite, UInt64(fd), address, count, 0) : call(.fdPwrite, UInt64(fd), address, count, offset!, 0)
        return error == .success ? .success(Int(u32(0))) : .failure(error)
    }
    func write(_ fd: UInt32, _ text: String, at offset: UInt64? = nil) -> Result<Int, Errno> {
        write(fd, Array(text.utf8), at: offset)
    }
    func read(_ fd: UInt32, _ counts: Int..., at offset: UInt64? = nil) -> Result<[UInt8], Errno> {
        let targets = counts.map { (room($0), UInt64($0)) }
        let (address, count) = vectors(targets)
        let error =
            offset == nil ? call(.fdRead, UInt64(fd), address, count, 0) : call(.fdPread, UInt64(fd), address, count, offset!, 0)
        guard error == .success else { return .failure(error) }
        var bytes: [UInt8] = []
        var rest = Int(u32(0))
        for (address, count) in targets {
            bytes += get(address, min(rest, Int(count)))
            rest -= min(rest, Int(count))
        }
        return .success(bytes)
    }
    func seek(_ fd: UInt32, _ offset: Int64, _ whence: UInt64) -> Result<UInt64, Errno> {
        let error = call(.fdSeek, UInt64(fd), UInt64(bitPattern: offset), whence, 0)
        return error == .success ? .success(u64(0)) : .failure(error)
    }
    func status(_ path: String, follow: Bool = false, at directory: UInt32? = nil) -> Result<GuestStatus, Errno> {
        let (address, count) = put(path)
        let error = call(.pathFilestatGet, UInt64(directory ?? root), follow ? 1 : 0, address, count, 0)
        return error == .success ? .success(statusAtZero()) : .failure(error)
    }
    func status(_ fd: UInt32) -> Result<GuestStatus, Errno> {
        let error = call(.fdFilestatGet, UInt64(fd), 0)
        return error == .success ? .success(statusAtZero()) : .failure(error)
    }
    private func statusAtZero() -> GuestStatus {
        let rest: UInt64 = preview == .preview1 ? 32 : 24
        return GuestStatus(
            device: u64(0), inode: u64(8), type: u8(16), linkCount: preview == .preview1 ? u64(24) : UInt64(u32(20)),
            size: u64(rest), accessTime: u64(rest + 8), modificationTime: u64(rest + 16), changeTime: u64(rest + 24))
    }
    func path(_ function: WASIFunction, _ path: String, at directory: UInt32? = nil) -> Errno {
        let (address, count) = put(path)
        return call(function, UInt64(directory ?? root), address, count)
    }
    func makeDirectory(_ name: String) -> Errno { path(.pathCreateDirectory, name) }
    func unlink(_ name: String) -> Errno { path(.pathUnlinkFile, name) }
    func removeDirectory(_ name: String) -> Errno { path(.pathRemoveDirectory, name) }
    func rename(_ old: String, _ new: String) -> Errno {
        let (a, b) = put(old)
        let (c, d) = put(new)
        return call(.pathRename, UInt64(root), a, b, UInt64(root), c, d)
    }
    func link(_ old: String, _ new: String, follow: Bool = false) -> Errno {
        let (a, b) = put(old)
        let (c, d) = put(new)
        return call(.pathLink, UInt64(root), follow ? 1 : 0, a, b, UInt64(root), c, d)
    }
    func symlink(_ target: String, _ name: String) -> Errno {
        let (a, b) = put(target)
        let (c, d) = put(name)
        return call(.pathSymlink, a, b, UInt64(root), c, d)
    }
    func readlink(_ name: String, _ count: Int = 256) -> Result<String, Errno> {
        let (a, b) = put(name)
        let target = room(count)
        let error = call(.pathReadlink, UInt64(root), a, b, target, UInt64(count), 0)
        return error == .success ? .success(String(decoding: get(target, Int(u32(0))), as: UTF8.self)) : .failure(error)
    }
    func make(_ name: String, _ content: String = "") throws {
        let fd = try mustOpen(name, [.create, .truncate])
        _ = try write(fd, content).get()
        _ = close(fd)
    }
    func content(_ name: String) throws -> String {
        let fd = try mustOpen(name)
        defer { _ = close(fd) }
        var bytes: [UInt8] = []
        while true {
            let part = try read(fd, 10000).get()
            if part.isEmpty { break }
            bytes += part
        }
        return String(decoding: bytes, as: UTF8.self)
    }
    /// One call of fd_readdir: the whole entries in the buffer, and whether the directory's end was reached.
    func readDirectory(_ fd: UInt32, cookie: UInt64 = 0, byteCount: Int = 4096) throws -> ([GuestEntry], Bool) {
        let target = room(byteCount)
        let error = call(.fdReaddir, UInt64(fd), target, UInt64(byteCount), cookie, 0)
        guard error == .success else { throw error }
        let used = UInt64(u32(0))
        var entries: [GuestEntry] = []
        var position: UInt64 = 0
        while position + 24 <= used {
            let nameCount = UInt64(u32(target + position + 16))
            guard position + 24 + nameCount <= used else { break }
            entries.append(
                GuestEntry(
                    next: u64(target + position), inode: u64(target + position + 8), type: u8(target + position + 20),
                    name: String(decoding: get(target + position + 24, Int(nameCount)), as: UTF8.self)))
            position += 24 + nameCount
        }
        return (entries, used < UInt64(byteCount))
    }
    func names(_ path: String) throws -> [String] {
        let fd = try openDirectory(path)
        defer { _ = close(fd) }
        var cookie: UInt64 = 0
        var names: [String] = []
        while true {
            let (entries, isEnd) = try readDirectory(fd, cookie: cookie, byteCount: 300)
            names += entries.map(\.name)
            if isEnd { break }
            cookie = entries.last!.next
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }
}

extension Result where Failure == Errno {
    /// The error, or `.success`.
    var error: Errno {
        if case .failure(let error) = self { return error }
        return .success
    }
}
