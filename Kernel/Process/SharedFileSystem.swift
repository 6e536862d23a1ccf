// The file system that processes share, as one of them sees it: every operation runs in a section, or in several when it is long, so that
// no process is preempted or ended inside the shared tree. What the tree keeps lies in a heap of its own.
//
// Outside of sections nothing of the kernel's is touched, not even a reference count: the object lies in the process's heap and holds
// constants, a pointer and a buffer for a name. What the process holds open is listed in its record, to be closed when it ends.
import Containers
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// A node of the shared file system that a process holds open, in the kernel's heap.
struct SharedOpenNode {
    let node: NodeNumber
    var next: UnsafeMutablePointer<SharedOpenNode>?

    /// Closes what the process left open. A kernel thread calls it.
    static func closeAll(of process: Process.Pointer) {
        guard process.pointee.openShared != nil else { return }
        let reference = Files.layerReference
        while let open = process.pointee.openShared {
            process.pointee.openShared = open.pointee.next
            Scheduler.section { reference.takeUnretainedValue().closed(open.pointee.node) }
            KernelHeap.free(UnsafeMutableRawPointer(open))
        }
        Files.reclaim()
    }
}

/// The shared file system from one process's side. `Files.makeLayer` came before.
final class SharedFileSystem: FileSystem {
    private let process: Process.Pointer
    private let number: UInt64 = 2
    /// The last directory entry's name, once there was one.
    private var name: UnsafeMutableRawPointer?

    init(_ process: Process.Pointer) {
        self.process = process
        super.init()
    }

    deinit { Allocation.free(name) }

    override var deviceNumber: UInt64 { number }
    override var root: NodeNumber { NodeNumber(0) }

    // MARK: Looking

    override func type(of node: NodeNumber) throws(Errno) -> FileType {
        try Files.shared { (base) throws(Errno) -> FileType in try base.type(of: node) }
    }
    override func status(of node: NodeNumber) throws(Errno) -> FileStatus {
        try Files.shared { (base) throws(Errno) -> FileStatus in try base.status(of: node) }
    }
    override func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        GuestWindows.touch(name.baseAddress, name.count)
        return try Files.shared { (base) throws(Errno) -> NodeNumber in try base.lookup(name, in: directory) }
    }
    override func entry(after cookie: UInt64, in directory: NodeNumber) throws(Errno) -> DirectoryEntry? {
        if name == nil { name = Allocation.tryAllocate(byteCount: Files.nameByteLimit) }
        guard let copy = name else { throw .nomem }
        // The name stays only as long as the section; the caller copies it before the next call.
        return try Files.shared { (base) throws(Errno) -> DirectoryEntry? in
            guard var entry = try base.entry(after: cookie, in: directory) else { return nil }
            let count = min(entry.name.count, Files.nameByteLimit)
            if let start = entry.name.baseAddress { copy.copyMemory(from: start, byteCount: count) }
            entry.name = UnsafeRawBufferPointer(start: copy, count: count)
            return entry
        }
    }
    override func parent(of directory: NodeNumber) throws(Errno) -> NodeNumber {
        try Files.shared { (base) throws(Errno) -> NodeNumber in try base.parent(of: directory) }
    }
    override func readLink(_ node: NodeNumber, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        GuestWindows.touch(buffer.baseAddress, buffer.count)
        return try Files.shared { (base) throws(Errno) -> Int in try base.readLink(node, into: buffer) }
    }
    override func read(_ node: NodeNumber, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, SharedFileSystem.pieceByteCount)])
        GuestWindows.touch(piece.baseAddress, piece.count)
        return try Files.shared { (base) throws(Errno) -> Int in try base.read(node, at: offset, into: piece) }
    }
    override func bytesInPlace(of node: NodeNumber) -> UnsafeRawBufferPointer? {
        Scheduler.section { Files.layerReference.takeUnretainedValue().bytesInPlace(of: node) }
    }
    override func device(of node: NodeNumber) -> Device? {
        Scheduler.section { Files.layerReference.takeUnretainedValue().device(of: node) }
    }

    // MARK: Lifetime

    override func opened(_ node: NodeNumber) throws(Errno) {
        try Files.shared { (base) throws(Errno) in
            // In the section too: a process that ended between the two would leave the record behind.
            guard let memory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: MemoryLayout<SharedOpenNode>.size) else {
                throw .nomem
            }
            do throws(Errno) { try base.opened(node) } catch {
                KernelHeap.free(memory)
                throw error
            }
            let open = memory.bindMemory(to: SharedOpenNode.self, capacity: 1)
            open.initialize(to: SharedOpenNode(node: node, next: process.pointee.openShared))
            process.pointee.openShared = open
        }
    }
    override func closed(_ node: NodeNumber) {
        let hasGarbage = Scheduler.section { () -> Bool in
            var previous: UnsafeMutablePointer<SharedOpenNode>?
            var candidate = process.pointee.openShared
            while let open = candidate, open.pointee.node != node {
                previous = open
                candidate = open.pointee.next
            }
            guard let open = candidate else { return false }
            if let previous { previous.pointee.next = open.pointee.next } else { process.pointee.openShared = open.pointee.next }
            KernelHeap.free(UnsafeMutableRawPointer(open))
            let base = Files.layerReference.takeUnretainedValue()
            base.closed(node)
            return base.hasGarbage
        }
        if hasGarbage { Files.reclaim() }
    }

    // MARK: Changing

    override func write(_ node: NodeNumber, at offset: UInt64, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try SharedFileSystem.write(node, at: offset, from: buffer)
    }

    /// Writes a piece of the buffer, for whoever has no object at hand.
    static func write(_ node: NodeNumber, at offset: UInt64, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        // A piece at a time: a section is short.
        let piece = UnsafeRawBufferPointer(rebasing: buffer[..<min(buffer.count, pieceByteCount)])
        GuestWindows.touch(piece.baseAddress, piece.count)
        return try Files.shared { (base) throws(Errno) -> Int in try base.write(node, at: offset, from: piece) }
    }
    override func setByteCount(_ byteCount: UInt64, of node: NodeNumber) throws(Errno) {
        try removing { (base) throws(Errno) in try base.setByteCount(byteCount, of: node) }
    }
    override func allocate(_ node: NodeNumber, at offset: UInt64, byteCount: UInt64) throws(Errno) {
        var done: UInt64 = 0
        do throws(Errno) {
            while done < byteCount {
                done += try Files.shared { (base) throws(Errno) -> UInt64 in
                    try base.provide(node, at: offset + done, byteCount: byteCount - done)
                }
            }
        } catch {
            try removing { (base) throws(Errno) in try base.abandonProvided(node) }
            throw error
        }
        try Files.shared { (base) throws(Errno) in try base.extend(node, to: offset, byteCount: byteCount) }
    }
    override func setTimes(of node: NodeNumber, access: UInt64?, modification: UInt64?) throws(Errno) {
        try Files.shared { (base) throws(Errno) in try base.setTimes(of: node, access: access, modification: modification) }
    }
    override func createFile(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
        GuestWindows.touch(name.baseAddress, name.count)
        return try Files.shared { (base) throws(Errno) -> NodeNumber in try base.createFile(name, in: directory) }
    }
    override func createDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        try Files.shared { (base) throws(Errno) in try base.createDirectory(name, in: directory) }
    }
    override func createLink(
        _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, in directory: NodeNumber
    ) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        GuestWindows.touch(target.baseAddress, target.count)
        try Files.shared { (base) throws(Errno) in try base.createLink(name, target: target, in: directory) }
    }
    override func link(_ node: NodeNumber, as name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        try Files.shared { (base) throws(Errno) in try base.link(node, as: name, in: directory) }
    }
    override func unlink(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        try removing { (base) throws(Errno) in try base.unlink(name, in: directory) }
    }
    override func removeDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        try Files.shared { (base) throws(Errno) in try base.removeDirectory(name, in: directory) }
    }
    override func rename(
        _ name: UnsafeRawBufferPointer, in directory: NodeNumber, to newName: UnsafeRawBufferPointer, in newDirectory: NodeNumber
    ) throws(Errno) {
        GuestWindows.touch(name.baseAddress, name.count)
        GuestWindows.touch(newName.baseAddress, newName.count)
        try removing { (base) throws(Errno) in try base.rename(name, in: directory, to: newName, in: newDirectory) }
    }

    /// Runs what may leave pages behind that nobody can reach, and has those freed, in further sections if there are many.
    private func removing(_ body: (MemoryLayer) throws(Errno) -> Void) throws(Errno) {
        let hasGarbage = try Files.shared { (base) throws(Errno) -> Bool in
            try body(base)
            return base.hasGarbage
        }
        if hasGarbage { Files.reclaim() }
    }

    /// Bytes moved in one section.
    private static let pieceByteCount = 65536
}
