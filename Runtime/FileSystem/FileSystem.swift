// The operation table of a file system. `InitrdTree` (read-only, in place) and `MemoryLayer` (writable) implement it here, the host
// twin adds host directories. Owns no state; what a failing operation throws is what the guest sees.
//
// A class: its method table is the operation table, and a file system is shared, long-lived and cold.

/// A file, directory or link of one file system. Numbers are reused only after the last name and the last open file are gone.
public struct NodeNumber: Hashable, Sendable {
    public let rawValue: UInt64
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// One name in a directory. `name` stays valid until the directory changes.
public struct DirectoryEntry {
    /// Where to go on after this entry; strictly increasing, valid while entries come and go. Never 0.
    public var cookie: UInt64
    public var node: NodeNumber
    public var type: FileType
    public var name: UnsafeRawBufferPointer
    public init(cookie: UInt64, node: NodeNumber, type: FileType, name: UnsafeRawBufferPointer) {
        self.cookie = cookie
        self.node = node
        self.type = type
        self.name = name
    }
}

/// A device that has a name in a file system.
public enum Device: UInt8, Sendable {
    /// Swallows what is written, reads as empty.
    case null
    /// Reads as zero bytes for ever.
    case zero
    /// Reads as random bytes.
    case random
    /// The process's console: reads standard input, writes standard output.
    case console
}

/// The operations of a file system. Names are single path components without `/`, never `.` or `..`.
///
/// A file system that is used in sections does its work in pieces: an operation that has not come to its end throws `inprogress`, and
/// then the caller repeats it. Nothing that was asked for has happened yet; what has been done shortens the rest.
///
/// The base class is a file system that can do nothing: reading fails with `notsup`, changing with `rofs`.
open class FileSystem {
    public init() {}

    /// Told apart by `dev` in a file's status.
    open var deviceNumber: UInt64 { 0 }
    /// The root directory.
    open var root: NodeNumber { NodeNumber(0) }

    // Looking.
    open func type(of node: NodeNumber) throws(Errno) -> FileType { throw .notsup }
    open func status(of node: NodeNumber) throws(Errno) -> FileStatus { throw .notsup }
    /// `noent` when there is no such name, `notdir` when `directory` is none.
    open func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber { throw .notsup }
    /// The first entry whose cookie is greater than `cookie`, or nil at the end. Without `.` and `..`.
    open func entry(after cookie: UInt64, in directory: NodeNumber) throws(Errno) -> DirectoryEntry? { throw .notsup }
    /// The directory that holds the directory; the root's is the root.
    open func parent(of directory: NodeNumber) throws(Errno) -> NodeNumber { throw .notsup }
    /// Copies as much of the link's target as fits; returns its whole length.
    open func readLink(_ node: NodeNumber, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int { throw .notsup }
    /// Reads from a regular file; 0 at or beyond its end.
    open func read(_ node: NodeNumber, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        throw .notsup
    }
    /// The bytes of a regular file when they lie in memory as a whole and never change; else nil.
    open func bytesInPlace(of node: NodeNumber) -> UnsafeRawBufferPointer? { nil }
    /// The device behind a node of type `.characterDevice`.
    open func device(of node: NodeNumber) -> Device? { nil }

    // Lifetime: a node that is open lives on when its last name goes.
    /// One more descriptor stands for the node; `nomem` when that cannot be remembered, and `closed` is not owed then.
    open func opened(_ node: NodeNumber) throws(Errno) {}
    /// One descriptor less. It cannot fail.
    open func closed(_ node: NodeNumber) {}

    // Changing.
    open func write(_ node: NodeNumber, at offset: UInt64, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int { throw .rofs }
    /// Makes the file longer (zeros) or shorter.
    open func setByteCount(_ byteCount: UInt64, of node: NodeNumber) throws(Errno) { throw .rofs }
    /// Makes sure that writing in the range will find room; makes the file longer when the range ends beyond it.
    open func allocate(_ node: NodeNumber, at offset: UInt64, byteCount: UInt64) throws(Errno) { throw .rofs }
    /// Sets those of the two times that are given (nanoseconds since 1970).
    open func setTimes(of node: NodeNumber, access: UInt64?, modification: UInt64?) throws(Errno) { throw .rofs }
    open func createFile(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber { throw .rofs }
    open func createDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) { throw .rofs }
    open func createLink(
        _ name: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer, in directory: NodeNumber
    ) throws(Errno) { throw .rofs }
    /// A further name for a file or a symbolic link; `perm` for a directory.
    open func link(_ node: NodeNumber, as name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) { throw .rofs }
    /// Removes a name that is no directory's (`isdir`).
    open func unlink(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) { throw .rofs }
    /// Removes an empty directory (`notdir`, `notempty`).
    open func removeDirectory(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) { throw .rofs }
    /// Moves a name, over an existing one as POSIX `rename` allows.
    open func rename(
        _ name: UnsafeRawBufferPointer, in directory: NodeNumber, to newName: UnsafeRawBufferPointer, in newDirectory: NodeNumber
    ) throws(Errno) { throw .rofs }
}

extension FileSystem {
    /// Finds a directory or file by a path of plain names from the root (no links, no `..`): for whoever sets a process up.
    public func find(path: UnsafeRawBufferPointer) throws(Errno) -> NodeNumber {
        var node = root
        var start = 0
        var position = 0
        while position <= path.count {
            if position == path.count || path[position] == UInt8(ascii: "/") {
                let component = UnsafeRawBufferPointer(rebasing: path[start..<position])
                start = position + 1
                let isDot = component.count == 1 && component[0] == UInt8(ascii: ".")
                if component.count > 0 && !isDot { node = try lookup(component, in: node) }
            }
            position += 1
        }
        return node
    }

    /// `find` for bytes in an array.
    public func find(_ path: [UInt8]) throws(Errno) -> NodeNumber {
        let found: Result<NodeNumber, Errno> = path.withUnsafeBytes { buffer in
            do throws(Errno) { return .success(try find(path: buffer)) } catch { return .failure(error) }
        }
        return try found.get()
    }

    /// `find` for text.
    public func find(_ path: String) throws(Errno) -> NodeNumber { try find(Array(path.utf8)) }
}
