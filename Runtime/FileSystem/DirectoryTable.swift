// The names of one directory in memory. By name they stand in a balanced tree, by cookie in a radix table: a cookie is the entry's serial
// number, never reused, so that reading a directory piecewise stays right while names come and go. Nothing ever moves or is built anew:
// every operation takes a bounded number of steps, and removing allocates nothing. Owns its entries and the names that are not below.
import Containers

/// A hash of a file name (FNV-1a, 32 bits). It orders names; nothing becomes slow when guests choose names of one hash.
@inline(__always)
func nameHash(_ name: UnsafeRawBufferPointer) -> UInt32 {
    var hash: UInt32 = 2_166_136_261
    for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return hash
}

/// One name of a directory, and its place in the tree of names.
struct DirectoryRecord {
    typealias Pointer = UnsafeMutablePointer<DirectoryRecord>

    var left: Pointer?
    var right: Pointer?
    var parent: Pointer?
    let cookie: UInt64
    var node: MemoryNode.Pointer
    let nameStart: UnsafeRawPointer?
    let hash: UInt32
    let nameByteCount: UInt16
    /// Of the tree below this record, itself included.
    var height: UInt8 = 1
    /// The name stands behind the record (else it lies in a lower file system, for good).
    let ownsName: Bool

    var name: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nameStart, count: Int(nameByteCount)) }
}

/// What a directory has.
struct DirectoryContent: ~Copyable {
    /// The directory that holds this one; nil for the root and for one that was removed.
    var parent: MemoryNode.Pointer?
    /// The last entry of the lower directory that is here.
    var expansionCookie: UInt64 = 0
    var table = DirectoryTable()
    /// Whether the lower directory's entries are all here.
    var isExpanded = true
}

/// The entries of a directory.
struct DirectoryTable: ~Copyable {
    private var root: DirectoryRecord.Pointer?
    private var byCookie = RadixTable()
    private var nextCookie: UInt64 = 1
    private(set) var count = 0

    /// The entry of that name, or nil.
    func find(_ name: UnsafeRawBufferPointer) -> DirectoryRecord.Pointer? {
        let hash = nameHash(name)
        var candidate = root
        while let record = candidate {
            let order = DirectoryTable.order(hash, name, record)
            if order == 0 { return record }
            candidate = order < 0 ? record.pointee.left : record.pointee.right
        }
        return nil
    }

    /// The first entry with a cookie greater than `cookie`, or nil.
    func first(after cookie: UInt64) -> DirectoryRecord.Pointer? {
        guard cookie < .max, let found = byCookie.first(from: cookie + 1) else { return nil }
        return found.address.assumingMemoryBound(to: DirectoryRecord.self)
    }

    /// Adds a name that is not there yet; false, and nothing changed, when memory is refused. The table keeps its own copy of the name,
    /// or (`ownsName` false) refers to it for good.
    mutating func add(
        _ name: UnsafeRawBufferPointer, ownsName: Bool, node: MemoryNode.Pointer, from allocator: Allocator
    ) -> Bool {
        let headByteCount = MemoryLayout<DirectoryRecord>.size
        guard name.count <= Int(UInt16.max), let block = allocator.tryAllocate(byteCount: headByteCount + (ownsName ? name.count : 0))
        else { return false }
        guard byCookie.insert(block, at: nextCookie, from: allocator) else {
            allocator.free(block)
            return false
        }
        var nameStart = name.baseAddress
        if ownsName, let original = nameStart {
            (block + headByteCount).copyMemory(from: original, byteCount: name.count)
            nameStart = UnsafeRawPointer(block + headByteCount)
        }
        let record = block.bindMemory(to: DirectoryRecord.self, capacity: 1)
        record.initialize(
            to: DirectoryRecord(
                cookie: nextCookie, node: node, nameStart: nameStart, hash: nameHash(name),
                nameByteCount: UInt16(truncatingIfNeeded: name.count), ownsName: ownsName))
        nextCookie += 1
        count += 1
        insert(record)
        return true
    }

    /// Removes an entry and frees it; its name is gone with it.
    mutating func remove(_ record: DirectoryRecord.Pointer, to allocator: Allocator) {
        unlink(record)
        _ = byCookie.remove(record.pointee.cookie, to: allocator)
        count -= 1
        allocator.free(UnsafeMutableRawPointer(record))
    }

    // MARK: The tree of names (AVL: the heights of two neighbours differ by one at most)

    /// Hash first, so that bytes are compared only where the hash is the same; below 0 when the name comes before the record's.
    private static func order(_ hash: UInt32, _ name: UnsafeRawBufferPointer, _ record: DirectoryRecord.Pointer) -> Int {
        if hash != record.pointee.hash { return hash < record.pointee.hash ? -1 : 1 }
        let other = record.pointee.name
        if name.count != other.count { return name.count - other.count }
        for index in 0..<name.count where name[index] != other[index] { return Int(name[index]) - Int(other[index]) }
        return 0
    }

    private mutating func insert(_ record: DirectoryRecord.Pointer) {
        var parent: DirectoryRecord.Pointer?
        var candidate = root
        var isLeft = false
        while let current = candidate {
            parent = current
            isLeft = DirectoryTable.order(record.pointee.hash, record.pointee.name, current) < 0
            candidate = isLeft ? current.pointee.left : current.pointee.right
        }
        record.pointee.parent = parent
        guard let parent else {
            root = record
            return
        }
        if isLeft { parent.pointee.left = record } else { parent.pointee.right = record }
        rebalance(from: parent)
    }

    private mutating func unlink(_ record: DirectoryRecord.Pointer) {
        guard let left = record.pointee.left, let right = record.pointee.right else {
            let below = record.pointee.left ?? record.pointee.right
            let parent = record.pointee.parent
            replace(record, by: below)
            if let parent { rebalance(from: parent) }
            return
        }
        // The next name takes the place of the one that goes.
        var next = right
        while let earlier = next.pointee.left { next = earlier }
        let start: DirectoryRecord.Pointer
        if next == right {
            start = next
        } else {
            start = next.pointee.parent!
            replace(next, by: next.pointee.right)
            next.pointee.right = right
            right.pointee.parent = next
        }
        replace(record, by: next)
        next.pointee.left = left
        left.pointee.parent = next
        rebalance(from: start)
    }

    /// Hangs another record, or none, where `record` hangs.
    private mutating func replace(_ record: DirectoryRecord.Pointer, by other: DirectoryRecord.Pointer?) {
        let parent = record.pointee.parent
        if let parent {
            if parent.pointee.left == record { parent.pointee.left = other } else { parent.pointee.right = other }
        } else {
            root = other
        }
        other?.pointee.parent = parent
    }

    private mutating func rebalance(from start: DirectoryRecord.Pointer) {
        var candidate: DirectoryRecord.Pointer? = start
        while let record = candidate {
            let left = DirectoryTable.height(record.pointee.left)
            let right = DirectoryTable.height(record.pointee.right)
            if left > right + 1, let child = record.pointee.left {
                if DirectoryTable.height(child.pointee.right) > DirectoryTable.height(child.pointee.left) { rotateLeft(child) }
                rotateRight(record)
            } else if right > left + 1, let child = record.pointee.right {
                if DirectoryTable.height(child.pointee.left) > DirectoryTable.height(child.pointee.right) { rotateRight(child) }
                rotateLeft(record)
            } else {
                record.pointee.height = UInt8(truncatingIfNeeded: max(left, right) + 1)
            }
            candidate = record.pointee.parent
        }
    }

    private static func height(_ record: DirectoryRecord.Pointer?) -> Int { Int(record?.pointee.height ?? 0) }

    private static func updateHeight(_ record: DirectoryRecord.Pointer) {
        record.pointee.height = UInt8(truncatingIfNeeded: max(height(record.pointee.left), height(record.pointee.right)) + 1)
    }

    /// The right child takes the record's place.
    private mutating func rotateLeft(_ record: DirectoryRecord.Pointer) {
        guard let child = record.pointee.right else { return }
        replace(record, by: child)
        record.pointee.right = child.pointee.left
        child.pointee.left?.pointee.parent = record
        child.pointee.left = record
        record.pointee.parent = child
        DirectoryTable.updateHeight(record)
        DirectoryTable.updateHeight(child)
    }

    /// The left child takes the record's place.
    private mutating func rotateRight(_ record: DirectoryRecord.Pointer) {
        guard let child = record.pointee.left else { return }
        replace(record, by: child)
        record.pointee.left = child.pointee.right
        child.pointee.right?.pointee.parent = record
        child.pointee.right = record
        record.pointee.parent = child
        DirectoryTable.updateHeight(record)
        DirectoryTable.updateHeight(child)
    }
}
