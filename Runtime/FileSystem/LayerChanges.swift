// What is different in a directory of a `MemoryLayer` from what lies below it: for whoever carries the changes elsewhere, as an
// archive does. Owns the way through the tree: one level for each directory it is in, and the path.
import Containers

/// One difference. Its name is the path of the `LayerChanges` that found it.
public struct LayerChange {
    public enum Kind: UInt8, Sendable {
        /// A name of below that is gone; a directory's is told after those of what was in it.
        case removal
        /// A directory that is new; what is in it follows.
        case directory
        /// A regular file with another content or another time, or a new one.
        case file
        /// A symbolic link that is new.
        case link
    }
    public var kind: Kind
    /// What is there now; nothing for a removal.
    public var node: NodeNumber?
}

/// A walk over the differences, in an order in which they can be repeated one by one on a copy of what lies below. The layer must stay as
/// it is meanwhile. `nomem` when the way is deeper than memory allows.
@frozen public struct LayerChanges: ~Copyable {
    /// A directory on the way: as it is now, as it was below, or both.
    @usableFromInline struct Level {
        var node: NodeNumber?
        var lower: NodeNumber?
        /// First the names that are gone, then those that are there.
        var isPastRemovals = false
        /// The last entry seen.
        var cookie: UInt64 = 0
        /// How much of the path is the directory's own.
        var pathByteCount: Int
    }

    private let layer: MemoryLayer
    private var levels = GrowableArray<Level>()
    private var pathBytes = GrowableArray<UInt8>()

    /// The name of the change last told, from the directory where the walk began. It stays until the next call of `next`.
    public var path: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: pathBytes.base, count: pathBytes.count) }

    /// The changes below `directory`. When that is a directory of the lower file system, they are those against it; else all is new.
    public init(of layer: MemoryLayer, below directory: NodeNumber) throws(Errno) {
        self.layer = layer
        let lower = try layer.expandedDirectory(directory).pointee.lower
        guard levels.append(Level(node: directory, lower: lower, pathByteCount: 0)) else { throw .nomem }
    }

    /// The next difference, or nil when there are no more.
    public mutating func next() throws(Errno) -> LayerChange? {
        while !levels.isEmpty {
            let level = levels[levels.count - 1]
            pathBytes.truncate(to: level.pathByteCount)
            if !level.isPastRemovals {
                if let removal = try nextRemoval(level) { return removal }
            } else if let node = level.node {
                if let change = try nextPresent(level, node) { return change }
            } else {
                // A directory that is gone, after all that was in it.
                _ = levels.popLast()
                return LayerChange(kind: .removal)
            }
        }
        return nil
    }

    private mutating func enter(_ node: NodeNumber?, lower: NodeNumber?) throws(Errno) {
        guard levels.append(Level(node: node, lower: lower, pathByteCount: pathBytes.count)) else { throw .nomem }
    }

    private mutating func append(_ name: UnsafeRawBufferPointer) throws(Errno) {
        guard pathBytes.reserve(pathBytes.count + 1 + name.count) else { throw .nomem }
        if !pathBytes.isEmpty { pathBytes.appendReserved(UInt8(ascii: "/")) }
        for byte in name { pathBytes.appendReserved(byte) }
    }

    // MARK: What is gone

    /// One step through the names of below.
    private mutating func nextRemoval(_ level: Level) throws(Errno) -> LayerChange? {
        let top = levels.count - 1
        guard let below = layer.lower, let directory = level.lower,
            let entry = try below.entry(after: level.cookie, in: directory)
        else {
            levels[top].isPastRemovals = true
            levels[top].cookie = 0
            return nil
        }
        levels[top].cookie = entry.cookie
        if let present = lookup(entry.name, in: level.node, of: layer),
            stands(try layer.memoryNode(present), for: entry.node, of: entry.type)
        {
            return nil
        }
        try append(entry.name)
        if entry.type == .directory {
            try enter(nil, lower: entry.node)
            return nil
        }
        return LayerChange(kind: .removal)
    }

    /// Whether what is there now can take the place of what was: the same directory, or anything but a directory for its like.
    private func stands(_ present: MemoryNode.Pointer, for lower: NodeNumber, of type: FileType) -> Bool {
        type == .directory ? present.pointee.type == .directory && present.pointee.lower == lower : present.pointee.type != .directory
    }

    // MARK: What is there

    /// One step through the names of now.
    private mutating func nextPresent(_ level: Level, _ directory: NodeNumber) throws(Errno) -> LayerChange? {
        let top = levels.count - 1
        guard let entry = try layer.entry(after: level.cookie, in: directory) else {
            _ = levels.popLast()
            return nil
        }
        levels[top].cookie = entry.cookie
        try append(entry.name)
        let it = try layer.memoryNode(entry.node)
        let lower = lookup(entry.name, in: level.lower, of: layer.lower)
        let isSame = lower != nil && it.pointee.lower == lower
        switch it.pointee.type {
        case .directory:
            // What is below it may have changed, or it is new.
            try enter(entry.node, lower: isSame ? lower : nil)
            return isSame ? nil : LayerChange(kind: .directory, node: entry.node)
        case .regularFile:
            let isUnchanged = isSame && !it.file.pointee.hasChanged && it.pointee.modificationTime == lowerTime(lower)
            return isUnchanged ? nil : LayerChange(kind: .file, node: entry.node)
        case .symbolicLink: return isSame ? nil : LayerChange(kind: .link, node: entry.node)
        default: return nil
        }
    }

    /// What has the name in a directory; nil when nothing has, or when there is no such directory.
    private func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber?, of fileSystem: FileSystem?) -> NodeNumber? {
        guard let directory, let fileSystem else { return nil }
        do throws(Errno) { return try fileSystem.lookup(name, in: directory) } catch { return nil }
    }

    private func lowerTime(_ node: NodeNumber?) -> UInt64? {
        guard let node, let below = layer.lower else { return nil }
        do throws(Errno) { return try below.status(of: node).modificationTime } catch { return nil }
    }
}
