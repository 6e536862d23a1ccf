// Where the parts of a split virtqueue lie in its memory. Virtio specification 1.1, 2.6 (split virtqueues), 4.2.4 (legacy memory layout,
// where the device computes the same places from the queue's size and alignment).

/// Byte offsets of a split virtqueue's three areas in one contiguous piece.
public struct VirtqueueLayout: Equatable, Sendable {
    /// Entries, a power of two.
    public let entryCount: Int
    /// The descriptor table lies at 0: 16 bytes an entry.
    public let availableOffset: Int
    public let usedOffset: Int
    public let byteCount: Int

    /// The used ring begins at a multiple of `usedAlignment`, which a legacy device is told.
    public init(entryCount: Int, usedAlignment: Int) {
        precondition(entryCount > 0 && entryCount & (entryCount - 1) == 0)
        self.entryCount = entryCount
        availableOffset = entryCount * 16
        // Flags and index, one 16-bit word an entry, and the word of the event index feature, which the legacy layout always counts.
        let availableEnd = availableOffset + 6 + 2 * entryCount
        usedOffset = (availableEnd + usedAlignment - 1) & ~(usedAlignment - 1)
        byteCount = usedOffset + 6 + 8 * entryCount
    }

    public func descriptorOffset(_ index: Int) -> Int { index * 16 }
    public var availableIndexOffset: Int { availableOffset + 2 }
    public func availableEntryOffset(_ index: Int) -> Int { availableOffset + 4 + 2 * (index & (entryCount - 1)) }
    public var usedIndexOffset: Int { usedOffset + 2 }
    public func usedEntryOffset(_ index: Int) -> Int { usedOffset + 4 + 8 * (index & (entryCount - 1)) }
}
