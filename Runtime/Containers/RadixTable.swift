// A sparse table from 64-bit numbers to addresses: a tree whose nodes have 64 slots. Nothing in it ever moves, no piece is larger than
// 512 bytes, every operation takes a bounded number of steps whatever is in it, and removing allocates nothing.
// Owns its nodes; what the addresses lead to is the caller's.

/// A table of addresses by number. It has no `deinit`, since it does not keep its allocator: its owner empties it, or calls `freeNodes`.
@frozen public struct RadixTable: ~Copyable {
    private static let slotShift = 6
    private static let slotCount = 1 << slotShift
    /// The most levels: 64 bits, six at a time.
    private static let levelLimit = 11
    /// What one node takes, in bytes: a slot is an address.
    public static let nodeByteCount = slotCount * MemoryLayout<UnsafeMutableRawPointer?>.stride

    private typealias Slots = UnsafeMutablePointer<UnsafeMutableRawPointer?>

    /// With no level the address at number 0, else the topmost node.
    private var root: UnsafeMutableRawPointer?
    private var levelCount: UInt32 = 0
    /// How many nodes there are, each of `nodeByteCount` bytes.
    public private(set) var nodeCount: UInt32 = 0

    /// A table without entries, which takes no memory.
    public init() {}

    /// Whether there is no entry.
    public var isEmpty: Bool { root == nil }

    /// The address at `number`, or nil.
    public subscript(number: UInt64) -> UnsafeMutableRawPointer? {
        var level = Int(levelCount)
        guard number >> UInt64(level * RadixTable.slotShift) == 0 else { return nil }
        var node = root
        while level > 0, let slots = node {
            level &-= 1
            node = RadixTable.slots(slots)[RadixTable.slot(number, level)]
        }
        return node
    }

    /// Puts an address at a number that has none; false, and nothing changed, when memory is refused.
    public mutating func insert(_ address: UnsafeMutableRawPointer, at number: UInt64, from allocator: Allocator) -> Bool {
        let wantedCount = max(RadixTable.levels(for: number), root == nil ? 0 : Int(levelCount))
        let raisedCount = root == nil ? 0 : wantedCount - Int(levelCount)
        // All nodes are got before the first is put in its place: those above the root, and those that lead down to the number.
        var missingCount = raisedCount + missingLevels(for: number, of: wantedCount, isRaised: raisedCount > 0)
        var spare: UnsafeMutableRawPointer?
        while missingCount > 0 {
            guard let node = allocator.tryAllocate(byteCount: RadixTable.nodeByteCount) else {
                while let node = spare {
                    spare = RadixTable.slots(node)[0]
                    allocator.free(node)
                }
                return false
            }
            RadixTable.slots(node).initialize(repeating: nil, count: RadixTable.slotCount)
            RadixTable.slots(node)[0] = spare
            spare = node
            missingCount -= 1
        }

        for _ in 0..<raisedCount {
            let node = take(&spare)
            RadixTable.slots(node)[0] = root
            root = node
        }
        levelCount = UInt32(truncatingIfNeeded: wantedCount)
        if wantedCount == 0 {
            root = address
            return true
        }
        if root == nil { root = take(&spare) }
        var slots = RadixTable.slots(root!)
        var level = wantedCount - 1
        while level > 0 {
            let slot = RadixTable.slot(number, level)
            if slots[slot] == nil { slots[slot] = take(&spare) }
            slots = RadixTable.slots(slots[slot]!)
            level -= 1
        }
        slots[RadixTable.slot(number, 0)] = address
        return true
    }

    /// Takes the address at `number` out and frees the nodes that became empty; nil when there is none.
    public mutating func remove(_ number: UInt64, to allocator: Allocator) -> UnsafeMutableRawPointer? {
        guard let removed = self[number] else { return nil }
        guard levelCount > 0 else {
            root = nil
            return removed
        }
        var path = InlineArray<11, UnsafeMutableRawPointer?>(repeating: nil)
        var level = Int(levelCount) - 1
        var node = root!
        while true {
            path[level] = node
            if level == 0 { break }
            node = RadixTable.slots(node)[RadixTable.slot(number, level)]!
            level -= 1
        }
        RadixTable.slots(node)[RadixTable.slot(number, 0)] = nil
        while RadixTable.isEmpty(path[level]!, from: 0) {
            allocator.free(path[level]!)
            nodeCount &-= 1
            level += 1
            if level == Int(levelCount) {
                root = nil
                levelCount = 0
                return removed
            }
            RadixTable.slots(path[level]!)[RadixTable.slot(number, level)] = nil
        }
        // A root with nothing but small numbers below it is a level too many.
        while levelCount > 0, RadixTable.isEmpty(root!, from: 1) {
            let below = RadixTable.slots(root!)[0]
            allocator.free(root!)
            nodeCount &-= 1
            root = below
            levelCount &-= 1
        }
        return removed
    }

    /// The entry with the smallest number that is `number` or more, or nil.
    public func first(from number: UInt64) -> (number: UInt64, address: UnsafeMutableRawPointer)? {
        guard let root else { return nil }
        guard levelCount > 0 else { return number == 0 ? (0, root) : nil }
        let top = Int(levelCount) - 1
        guard number >> UInt64((top + 1) * RadixTable.slotShift) == 0 else { return nil }
        var wanted = number
        var level = top
        var node = root
        while true {
            let slots = RadixTable.slots(node)
            let first = RadixTable.slot(wanted, level)
            var slot = first
            while slot < RadixTable.slotCount, slots[slot] == nil { slot &+= 1 }
            let shift = UInt64(level * RadixTable.slotShift)
            if slot == RadixTable.slotCount {
                // Nothing more below this node: on with the next number that is not below it, from the root.
                let next = ((wanted >> (shift + 6)) + 1) << (shift + 6)
                // Beyond the root's last slot there is nothing, nor beyond the last number there is.
                guard level < top, next > wanted, next >> UInt64((top + 1) * RadixTable.slotShift) == 0 else { return nil }
                wanted = next
                level = top
                node = root
                continue
            }
            if slot != first { wanted = ((wanted >> (shift + 6)) << 6 | UInt64(slot)) << shift }
            if level == 0 { return (wanted, slots[slot]!) }
            node = slots[slot]!
            level -= 1
        }
    }

    /// Frees the nodes and not what the addresses lead to. The last thing that is done with a table.
    public func freeNodes(to allocator: Allocator) {
        if let root { RadixTable.free(root, level: Int(levelCount), to: allocator) }
    }

    private static func free(_ node: UnsafeMutableRawPointer, level: Int, to allocator: Allocator) {
        guard level > 0 else { return }
        for slot in 0..<slotCount {
            if let below = slots(node)[slot] { free(below, level: level - 1, to: allocator) }
        }
        allocator.free(node)
    }

    // MARK: Nodes

    private static func slots(_ node: UnsafeMutableRawPointer) -> Slots { node.assumingMemoryBound(to: UnsafeMutableRawPointer?.self) }

    private static func slot(_ number: UInt64, _ level: Int) -> Int {
        Int(truncatingIfNeeded: number >> UInt64(level * slotShift)) & (slotCount - 1)
    }

    /// How many levels a table needs that holds `number`.
    private static func levels(for number: UInt64) -> Int { (64 - number.leadingZeroBitCount + slotShift - 1) / slotShift }

    /// How many nodes are not there on the way to `number`, in a table of `count` levels.
    private func missingLevels(for number: UInt64, of count: Int, isRaised: Bool) -> Int {
        guard let root else { return count }
        // A table grows by a level only for a number whose topmost six bits are not zero, so below the new root all is new.
        if isRaised { return count - 1 }
        var node = root
        var level = count
        while level > 0 {
            level -= 1
            guard level > 0 else { return 0 }
            guard let below = RadixTable.slots(node)[RadixTable.slot(number, level)] else { return level }
            node = below
        }
        return 0
    }

    private mutating func take(_ spare: inout UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer {
        let node = spare!
        spare = RadixTable.slots(node)[0]
        RadixTable.slots(node)[0] = nil
        nodeCount &+= 1
        return node
    }

    private static func isEmpty(_ node: UnsafeMutableRawPointer, from first: Int) -> Bool {
        for slot in first..<slotCount where slots(node)[slot] != nil { return false }
        return true
    }
}
