// What is different in a directory of a `MemoryLayer` from what lies below it: for whoever carries the changes elsewhere, as an
// archive does. Owns the way through the tree: one level for each directory it is in.

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
/// it is meanwhile.
public struct LayerChanges {
    /// A directory on the way: as it is now, as it was below, or both.
    private struct Level {
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
    private var levels: [Level]
    /// The name of the change last told, from the directory where the walk began.
    public private(set) var path: [UInt8] = []

    /// The changes below `directory`. When that is a directory of the lower file system, they are those against it; else all is new.
    public init(of layer: MemoryLayer, below directory: NodeNumber) throws(Errno) {
        self.layer = layer
        levels = [Level(node: directory, lower: try layer.expandedDirectory(directory).lower, pathByteCount: 0)]
    }

    /// The next difference, or nil when there are no more.
    public mutating func next() throws(Errno) -> LayerChange? {
        while let level = levels.last {
            path.removeLast(path.count - level.pathByteCount)
            if !level.isPastRemovals {
                if let removal = try nextRemoval(level) { return removal }
            } else if let node = level.node {
                if let change = try nextPresent(level, node) { return change }
            } else {
                // A directory that is gone, after all that was in it.
                levels.removeLast()
                return LayerChange(kind: .removal)
            }
        }
        return nil
    }

    private mutating func enter(_ node: NodeNumber?, lower: NodeNumber?) {
        levels.append(Level(node: node, lower: lower, pathByteCount: path.count))
    }

    private mutating func append(_ name: UnsafeRawBufferPointer) {
        if !path.isEmpty { path.append(UInt8(ascii: "/")) }
        path.append(contentsOf: name)
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
        append(entry.name)
        if entry.type == .directory {
            enter(nil, lower: entry.node)
            return nil
        }
        return LayerChange(kind: .removal)
    }

    /// Whether what is there now can take the place of what was: the same directory, or anything but a directory for its like.
    private func stands(_ present: MemoryNode, for lower: NodeNumber, of type: FileType) -> Bool {
        type == .directory ? present.type == .directory && present.lower == lower : present.type != .directory
    }

    // MARK: What is there

    /// One step through the names of now.
    private mutating func nextPresent(_ level: Level, _ directory: NodeNumber) throws(Errno) -> LayerChange? {
        let top = levels.count - 1
        guard let entry = try layer.entry(after: level.cookie, in: directory) else {
            levels.removeLast()
            return nil
        }
        levels[top].cookie = entry.cookie
        append(entry.name)
        let it = try layer.memoryNode(entry.node)
        let lower = lookup(entry.name, in: level.lower, of: layer.lower)
        let isSame = lower != nil && it.lower == lower
        switch it.type {
        case .directory:
            // What is below it may have changed, or it is new.
            enter(entry.node, lower: isSame ? lower : nil)
            return isSame ? nil : LayerChange(kind: .directory, node: entry.node)
        case .regularFile:
            return isSame && it.modificationTime == lowerTime(lower) ? nil : LayerChange(kind: .file, node: entry.node)
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
