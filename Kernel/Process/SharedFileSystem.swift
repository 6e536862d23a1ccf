// A file system that several processes share, as one of them sees it: every operation runs in a section, so that no process is preempted
// or ended inside the shared tree, and with the shared tree's heap current, so that what it keeps outlives the process.
// Owns a copy of the last directory entry's name; what the process holds open is listed in its record, to be closed when it ends.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// A node of a shared file system that a process holds open, in the kernel's heap.
struct SharedOpenNode {
    let fileSystem: Unmanaged<FileSystem>
    let heap: Heap.Pointer
    let node: NodeNumber
    var next: UnsafeMutablePointer<SharedOpenNode>?

    /// Closes what the process left open.
    static func closeAll(of process: Process.Pointer) {
        while let open = process.pointee.openShared {
            process.pointee.openShared = open.pointee.next
            KernelHeap.with(open.pointee.heap) { open.pointee.fileSystem.takeUnretainedValue().closed(open.pointee.node) }
            KernelHeap.free(UnsafeMutableRawPointer(open))
        }
    }
}

/// A shared file system from one process's side.
final class SharedFileSystem: FileSystem {
    private let base: MemoryLayer
    private let heap: Heap.Pointer
    private let process: Process.Pointer
    private var nameCopy: [UInt8] = []

    /// `base` lives in `heap` and for ever.
    init(_ base: MemoryLayer, heap: Heap.Pointer, process: Process.Pointer) {
        self.base = base
        self.heap = heap
        self.process = process
        super.init()
    }

    private func shared<Result>(_ body: () throws(Errno) -> Result) throws(Errno) -> Result {
        try Scheduler.section { () throws(Errno) -> Result in
            try KernelHeap.with(heap) { () throws(Errno) -> Result in try body() }
        }
    }

    /// The same for what makes the tree grow: refused before it begins when memory is short, since inside nothing can be refused.
    private func changing<Result>(byteCount: Int = 0, _ body: () throws(Errno) -> Result) throws(Errno) -> Result {
        try shared { () throws(Errno) -> Result in
            let pageCount = (base.growthByteCount + byteCount + byteCount / 64) / pageByteCount + 1
            guard PageFrames.freePageCount >= PageFrames.reservedPageCount + pageCount else { throw .nospc }
            return try body()
        }
    }

    /// What a change of the file copies first: its content in the initrd.
    private func copiedByteCount(_ node: NodeNumber) -> Int { sharedPlain { base.bytesInPlace(of: node)?.count ?? 0 } }

    private func sharedPlain<Result>(_ body: () -> Result) -> Result {
        Scheduler.section { KernelHeap.with(heap) { body() } }
    }

    override var deviceNumber: UInt64 { base.deviceNumber }
    override var root: NodeNumber { base.root }

    override func type(of node: NodeNumber) throws(Errno) -> FileType {
        try shared { () throws(Errno) -> FileType in try base.type(of: node) }
    }
    override func status(of node: NodeNumber) throws(Errno) -> FileStatus {
        try shared { () throws(Errno) -> FileStatus in try base.status(of: node) }
    }
    override func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        GuestWindows.touch(name.baseAddress, name.count)
        return try shared { () throws(Errno) -> NodeNumber in try base.lookup(name, in: directory) }
    }
    override func entry(after cookie: UInt64, in directory: NodeNumber) throws(Errno) -> DirectoryEntry? {
        nameCopy = [UInt8](repeating: 0, count: 256)
        var found = try shared { () throws(Errno) -> DirectoryEntry? in
            guard var entry = try base.entry(after: cookie, in: directory) else { return nil }
            let count = min(entry.name.count, nameCopy.count)
            nameCopy.withUnsafeMutableBytes { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: entry.name[..<count])) }
            entry.name = UnsafeRawBufferPointer(rebasing: entry.name[..<count])
            return entry
        }
        if let count = found?.name.count {
            // SAFETY: the array's storage stays where it is until the next call; the caller copies before that.
            let start = nameCopy.withUnsafeBytes { $0.baseAddress }
            found?.name = UnsafeRawBufferPointer(start: start, count: count)
        }
        return found
    }
    override func parent(of directory: NodeNumber) throws(Errno) -> NodeNumber {
        try shared { () throws(Errno) -> NodeNumber in try base.parent(of: directory) }
    }
    override func readLink(_ node: NodeNumber, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        GuestWindows.touch(buffer.baseAddress, buffer.count)
        return try shared { () throws(Errno) -> Int in try base.readLink(node, into: buffer) }
    }
    override func read(_ node: NodeNumber, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let piece = SharedFileSystem.piece(buffer)
        GuestWindows.touch(piece.baseAddress, piece.count)
        return try shared { () throws(Errno) -> Int in try base.read(node, at: offset, into: piece) }
    }
    override func bytesInPlace(of node: NodeNumber) -> UnsafeRawBufferPointer? { sharedPlain { base.bytesInPlace(of: node) } }
    override func device(of node: NodeNumber) -> Device? { sharedPlain { base.device(of: node) } }

    override func opened(_ node: NodeNumber) throws(Errno) {
        try shared { () throws(Errno) in
            // In the section too: a process that ended between the two would leave the record behind.
            guard let memory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: MemoryLayout<SharedOpenNode>.size) else {
                throw .nomem
            }
            let open = memory.bindMemory(to: SharedOpenNode.self, capacity: 1)
            do throws(Errno) { try base.opened(node) } catch {
                KernelHeap.free(memory)
                throw error
            }
            open.initialize(
                to: SharedOpenNode(
                    fileSystem: Unmanaged.passUnretained(base), heap: heap, node: node, next: process.pointee.openShared))
            process.pointee.openShared = open
        }
    }
    override func closed(_ node: NodeNumber) {
        sharedPlain {
            var previous: UnsafeMutablePointer<SharedOpenNode>?
            var candidate = process.pointee.openShared
            while let open = candidate,
                open.pointee.node != node || open.pointee.fileSystem.toOpaque() != Unmanaged.passUnretained(base).toOpaque()
            {
                previous = open
                candidate = open.pointee.next
            }
            guard let open = candidate else { return }
            if let previous { previous.pointee.next = open.pointee.next } else { process.pointee.openShared = open.pointee.next }
            KernelHeap.free(UnsafeMutableRawPointer(open))
            base.closed(node)
        }
    }

    override func write(_ node: NodeNumber, at offset: UInt64, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        // A piece at a time: a section is short.
        let piece =
            buffer.count > SharedFileSystem.pieceByteCount
            ? UnsafeRawBufferPointer(rebasing: buffer[..<SharedFileSystem.pieceByteCount]) : buffer
        GuestWindows.touch(piece.baseAddress, piece.count)
        return try changing(byteCount: piece.count + copiedByteCount(node)) { () throws(Errno) -> Int in
            try base.write(node, at: offset, from: piece)
        }
    }
    override func setByteCount(_ byteCount: UInt64, of node: NodeNumber) throws(Errno) {
        try changing(byteCount: min(copiedByteCount(node), Int(clamping: byteCount))) { () throws(Errno) in
            try base.setByteCount(byteCount, of: node)
        }
    }
    override func allocate(_ node: NodeNumber, at offset: UInt64, byteCount: UInt64) throws(Errno) {
        let most = Int(clamping: min(byteCount, UInt64(PageFrames.totalPageCount * pageByteCount)))
        try changing(byteCount: most + copiedByteCount(node)) { () throws(Errno) in
            try base.allocate(node, at: offset, byteCount: byteCount)
        }
    }
    override func setTimes(of node: NodeNumber, access: UInt64?, modification: UInt64?) throws(Errno) {
        try shared { () throws(Errno) in try base.setTimes(of: node, access: access, modification: modification) }
    }
    override func createFile(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        GuestWindows.touch(name.baseAddress, name.count)
        return try changing { () throws(Errno) -> NodeNumber in try base.createFile(name, in: directory) }
    }
    override func createDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        try changing { () throws(Errno) in try base.createDirectory(name, in: directory) }
    }
    override func createLink(
        _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, in directory: NodeNumber
    ) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        GuestWindows.touch(target.baseAddress, target.count)
        try changing { () throws(Errno) in try base.createLink(name, target: target, in: directory) }
    }
    override func link(_ node: NodeNumber, as name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        try changing { () throws(Errno) in try base.link(node, as: name, in: directory) }
    }
    override func unlink(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        try shared { () throws(Errno) in try base.unlink(name, in: directory) }
    }
    override func removeDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        try shared { () throws(Errno) in try base.removeDirectory(name, in: directory) }
    }
    override func rename(
        _ name: UnsafeRawBufferPointer, in directory: NodeNumber, to newName: UnsafeRawBufferPointer, in newDirectory: NodeNumber
    ) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        GuestWindows.touch(newName.baseAddress, newName.count)
        try changing { () throws(Errno) in try base.rename(name, in: directory, to: newName, in: newDirectory) }
    }

    private static let pieceByteCount = 65536

    private static func piece(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        buffer.count > pieceByteCount ? UnsafeMutableRawBufferPointer(rebasing: buffer[..<pieceByteCount]) : buffer
    }
}
