// The names of one directory in memory: in the order they were added, each with a cookie that never changes and is never reused, so
// that reading a directory piecewise stays right while names come and go. Owns copies of the names.

/// The entries of a directory, found by name through a hash index and by cookie through binary search.
struct DirectoryTable {
    struct Entry {
        var cookie: UInt64
        var hash: UInt32
        /// The node's slot, or -1 when the name was removed.
        var node: Int32
        var name: UnsafeRawBufferPointer
        /// The name is our own copy (else it lies in a lower file system, for good).
        var ownsName: Bool
    }

    private(set) var entries: [Entry] = []
    /// Open addressing: entry index + 1, 0 for free, -1 for removed. Its count is a power of two, or 0 while entries are few.
    private var index: [Int32] = []
    private(set) var liveCount = 0
    private var nextCookie: UInt64 = 1

    /// Beyond this many entries a hash index is kept.
    private static let linearLimit = 16

    /// The index in `entries`, or -1.
    func find(_ name: UnsafeRawBufferPointer) -> Int {
        let hash = nameHash(name)
        guard index.count > 0 else {
            for position in 0..<entries.count {
                let entry = entries[position]
                if entry.hash == hash, entry.node >= 0, sameName(entry.name, name) { return position }
            }
            return -1
        }
        var slot = Int(hash) & (index.count - 1)
        while index[slot] != 0 {
            if index[slot] > 0 {
                let position = Int(index[slot]) - 1
                if entries[position].hash == hash, entries[position].node >= 0, sameName(entries[position].name, name) {
                    return position
                }
            }
            slot = (slot + 1) & (index.count - 1)
        }
        return -1
    }

    /// Adds a name that is not there yet.
    mutating func add(name: UnsafeRawBufferPointer, ownsName: Bool, node: Int32) {
        if entries.count > 2 * liveCount + DirectoryTable.linearLimit { compact() }
        entries.append(Entry(cookie: nextCookie, hash: nameHash(name), node: node, name: name, ownsName: ownsName))
        nextCookie += 1
        liveCount += 1
        if entries.count * 2 > index.count {
            rebuildIndex()
        } else if index.count > 0 {
            insertIntoIndex(entries.count - 1)
        }
    }

    /// Makes an existing name stand for another node.
    mutating func replace(at position: Int, node: Int32) { entries[position].node = node }

    /// Removes the entry; returns its name when it was ours to free.
    mutating func remove(at position: Int) -> UnsafeRawBufferPointer? {
        let entry = entries[position]
        if index.count > 0 {
            var slot = Int(entry.hash) & (index.count - 1)
            while index[slot] != Int32(position + 1) { slot = (slot + 1) & (index.count - 1) }
            index[slot] = -1
        }
        entries[position].node = -1
        entries[position].name = UnsafeRawBufferPointer(start: nil, count: 0)
        liveCount -= 1
        return entry.ownsName ? entry.name : nil
    }

    /// The index in `entries` of the first live entry with a cookie greater than `cookie`, or -1.
    func position(after cookie: UInt64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].cookie <= cookie { low = middle + 1 } else { high = middle }
        }
        while low < entries.count, entries[low].node < 0 { low += 1 }
        return low < entries.count ? low : -1
    }

    private mutating func compact() {
        entries.removeAll { $0.node < 0 }
        if index.count > 0 { rebuildIndex() }
    }

    private mutating func rebuildIndex() {
        guard entries.count > DirectoryTable.linearLimit else {
            index = []
            return
        }
        var count = 64
        while count < entries.count * 4 { count *= 2 }
        index = [Int32](repeating: 0, count: count)
        for position in 0..<entries.count where entries[position].node >= 0 { insertIntoIndex(position) }
    }

    private mutating func insertIntoIndex(_ position: Int) {
        var slot = Int(entries[position].hash) & (index.count - 1)
        while index[slot] > 0 { slot = (slot + 1) & (index.count - 1) }
        index[slot] = Int32(position + 1)
    }
}
