// Which node an archive's inode became, while the archive is read: a file with several names stands in it once for each.
// Owns its table, which goes when the tree is made.
import Containers

/// The files of an archive that have several names.
struct HardLinks: ~Copyable {
    private struct Link {
        var inode: UInt32
        var deviceMajor: UInt32
        var deviceMinor: UInt32
        var node: UInt32
        /// The next of the same bucket: its number + 1, or 0.
        var next: UInt32

        func names(_ entry: ArchiveEntry) -> Bool {
            inode == entry.inode && deviceMajor == entry.deviceMajor && deviceMinor == entry.deviceMinor
        }
    }

    private var links: ChunkedArray<Link>
    /// By the hash of the inode: the number + 1 of a bucket's first link, or 0. Made when the first is added.
    private var buckets: ChunkedArray<UInt32>
    private let bucketCount: Int

    /// For an archive for which `bucketCount`, a power of two, is about the number of entries.
    init(bucketCount: Int, from allocator: Allocator) {
        self.bucketCount = bucketCount
        links = ChunkedArray(from: allocator)
        buckets = ChunkedArray(from: allocator)
    }

    private func bucket(_ entry: ArchiveEntry) -> Int {
        let hash = (entry.inode ^ entry.deviceMinor &<< 16 ^ entry.deviceMajor &<< 24) &* 0x9E37_79B1
        return Int(hash ^ hash >> 15) & (bucketCount - 1)
    }

    /// The node of the entry's file, when an earlier entry has named it.
    func node(of entry: ArchiveEntry) -> Int? {
        guard buckets.count > 0 else { return nil }
        var next = buckets[bucket(entry)]
        while next > 0 {
            let link = links[Int(next) - 1]
            if link.names(entry) { return Int(link.node) }
            next = link.next
        }
        return nil
    }

    /// Remembers the node of the entry's file; false when memory is refused.
    mutating func add(_ node: Int, _ entry: ArchiveEntry) -> Bool {
        if buckets.count < bucketCount {
            guard buckets.append(repeating: 0, count: bucketCount - buckets.count) else { return false }
        }
        let bucket = bucket(entry)
        let link = Link(
            inode: entry.inode, deviceMajor: entry.deviceMajor, deviceMinor: entry.deviceMinor, node: UInt32(node),
            next: buckets[bucket])
        guard links.append(link) else { return false }
        buckets[bucket] = UInt32(links.count)
        return true
    }
}
