// Sampled guest stacks, counted: a tree whose paths are stacks, kept in a fixed table so that a timer interrupt can add to it.
// Owns its table. Written out as folded stacks: `process;outer;inner 42`, one line a stack.

import Containers

/// One frame of a sampled stack: a process and a function of its module.
public struct ProfileFrame: Equatable, Sendable {
    /// The image the function belongs to, as the embedder numbers images.
    public var image: UInt32
    /// The function's index in its module.
    public var function: UInt32

    /// A frame.
    public init(image: UInt32, function: UInt32) {
        self.image = image
        self.function = function
    }
}

/// Counted stacks.
public struct ProfileTree: ~Copyable {
    private struct Node {
        var frame: ProfileFrame
        /// Index of the caller's node plus one; 0 at the root.
        var parent: UInt32
        var count: UInt32
    }

    private let nodes: UnsafeMutablePointer<Node>
    /// Open addressing: index of a node plus one, 0 when free. Twice as many places as nodes.
    private let places: UnsafeMutablePointer<UInt32>
    /// Most nodes.
    public let capacity: Int
    /// Nodes in use.
    public private(set) var nodeCount = 0
    /// Samples taken, those that found no room included.
    public private(set) var sampleCount = 0
    /// Samples that found no room.
    public private(set) var droppedCount = 0

    /// A tree of at most `capacity` nodes (rounded up to a power of two); nil when memory is refused.
    public init?(capacity wanted: Int) {
        var capacity = 16
        while capacity < wanted { capacity *= 2 }
        guard
            let nodeBytes = Allocation.tryAllocate(
                byteCount: capacity * MemoryLayout<Node>.stride, alignment: MemoryLayout<Node>.alignment)
        else { return nil }
        guard let placeBytes = Allocation.tryAllocate(byteCount: capacity * 2 * 4, alignment: 4) else {
            Allocation.free(nodeBytes)
            return nil
        }
        self.capacity = capacity
        nodes = nodeBytes.bindMemory(to: Node.self, capacity: capacity)
        places = placeBytes.bindMemory(to: UInt32.self, capacity: capacity * 2)
        places.initialize(repeating: 0, count: capacity * 2)
    }

    deinit {
        Allocation.free(UnsafeMutableRawPointer(nodes))
        Allocation.free(UnsafeMutableRawPointer(places))
    }

    /// Counts one stack, innermost frame first.
    public mutating func add(stack: UnsafeBufferPointer<ProfileFrame>) {
        sampleCount += 1
        var parent: UInt32 = 0
        var index = stack.count
        while index > 0 {
            index -= 1
            guard let node = child(of: parent, frame: stack[index]) else {
                droppedCount += 1
                return
            }
            parent = UInt32(truncatingIfNeeded: node + 1)
        }
        if parent > 0 { nodes[Int(parent) - 1].count += 1 }
    }

    private mutating func child(of parent: UInt32, frame: ProfileFrame) -> Int? {
        var hash = UInt64(parent) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ UInt64(frame.image) << 32 ^ UInt64(frame.function)) &* 0xBF58_476D_1CE4_E5B9
        hash ^= hash >> 29
        let mask = capacity * 2 - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if nodes[index].parent == parent && nodes[index].frame == frame { return index }
            place = (place + 1) & mask
        }
        guard nodeCount < capacity else { return nil }
        nodes[nodeCount] = Node(frame: frame, parent: parent, count: 0)
        nodeCount += 1
        places[place] = UInt32(truncatingIfNeeded: nodeCount)
        return nodeCount - 1
    }

    /// Hands every stack that was seen to `body`, outermost frame first, in the order in which they first came.
    public func forEachStack(_ body: (_ stack: [ProfileFrame], _ count: Int) -> Void) {
        for index in 0..<nodeCount where nodes[index].count > 0 {
            var stack: [ProfileFrame] = []
            var at = index + 1
            while at > 0 {
                stack.append(nodes[at - 1].frame)
                at = Int(nodes[at - 1].parent)
            }
            var low = 0
            var high = stack.count - 1
            while low < high {
                stack.swapAt(low, high)
                low += 1
                high -= 1
            }
            body(stack, Int(nodes[index].count))
        }
    }
}
