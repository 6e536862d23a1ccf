// Deadlines in order: an intrusive pairing heap. The nodes belong to their owners (a thread, a driver), so nothing is allocated and an
// insertion cannot fail. Insert O(1), take the first O(log n) amortised, remove any O(log n) amortised. Callers serialise.
// M. Fredman et al., "The pairing heap", 1986.

/// One deadline. It must stay in place while it is queued.
public struct Deadline {
    /// When, in ticks of the machine's timer.
    public var ticks: UInt64 = 0
    /// Called when the deadline has passed, after the node was taken out of the queue; interrupts are off.
    public var action: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
    /// Handed to `action`.
    public var context: UnsafeMutableRawPointer?
    /// Whether the node is in a queue.
    public internal(set) var isQueued = false

    var sequence: UInt64 = 0
    var firstChild: UnsafeMutablePointer<Deadline>?
    var next: UnsafeMutablePointer<Deadline>?
    /// The left sibling, or the parent of a first child.
    var previous: UnsafeMutablePointer<Deadline>?

    public init(action: (@convention(c) (UnsafeMutableRawPointer?) -> Void)? = nil, context: UnsafeMutableRawPointer? = nil) {
        self.action = action
        self.context = context
    }
}

/// A queue of deadlines, earliest first; equal ones in the order of insertion.
public struct DeadlineQueue {
    public typealias Node = UnsafeMutablePointer<Deadline>

    private var root: Node?
    private var nextSequence: UInt64 = 0
    /// How many deadlines are queued.
    public private(set) var count = 0

    public init() {}

    /// The earliest deadline.
    public var first: Node? { root }

    /// Queues a node that is not queued, for `ticks`.
    public mutating func insert(_ node: Node, ticks: UInt64) {
        precondition(!node.pointee.isQueued)
        node.pointee.ticks = ticks
        node.pointee.sequence = nextSequence
        node.pointee.isQueued = true
        node.pointee.firstChild = nil
        node.pointee.next = nil
        node.pointee.previous = nil
        nextSequence &+= 1
        count &+= 1
        root = root.map { merge($0, node) } ?? node
    }

    /// Takes a node out; nothing happens when it is not queued.
    public mutating func remove(_ node: Node) {
        guard node.pointee.isQueued else { return }
        let children = mergePairs(node.pointee.firstChild)
        if node == root {
            root = children
        } else {
            // Cut the node out of its siblings; its children join the root.
            let previous = node.pointee.previous!
            let next = node.pointee.next
            if previous.pointee.firstChild == node { previous.pointee.firstChild = next } else { previous.pointee.next = next }
            next?.pointee.previous = previous
            if let children, let root { self.root = merge(root, children) }
        }
        root?.pointee.previous = nil
        root?.pointee.next = nil
        node.pointee.firstChild = nil
        node.pointee.next = nil
        node.pointee.previous = nil
        node.pointee.isQueued = false
        count &-= 1
    }

    /// Takes out the earliest deadline if it is not later than `now`.
    public mutating func popExpired(now: UInt64) -> Node? {
        guard let first = root, first.pointee.ticks <= now else { return nil }
        remove(first)
        return first
    }

    private func isEarlier(_ left: Node, _ right: Node) -> Bool {
        left.pointee.ticks != right.pointee.ticks
            ? left.pointee.ticks < right.pointee.ticks : left.pointee.sequence < right.pointee.sequence
    }

    /// Makes the later of two roots the first child of the other.
    private func merge(_ left: Node, _ right: Node) -> Node {
        let (parent, child) = isEarlier(left, right) ? (left, right) : (right, left)
        child.pointee.previous = parent
        child.pointee.next = parent.pointee.firstChild
        parent.pointee.firstChild?.pointee.previous = child
        parent.pointee.firstChild = child
        parent.pointee.next = nil
        return parent
    }

    /// Merges a list of siblings into one root: in pairs from the left, then the pairs from the right.
    private func mergePairs(_ list: Node?) -> Node? {
        var pairs: Node?
        var current = list
        while let left = current {
            let right = left.pointee.next
            current = right?.pointee.next
            left.pointee.next = nil
            right?.pointee.next = nil
            let pair = right.map { merge(left, $0) } ?? left
            pair.pointee.next = pairs
            pairs = pair
        }
        var result: Node?
        while let pair = pairs {
            pairs = pair.pointee.next
            pair.pointee.next = nil
            result = result.map { merge($0, pair) } ?? pair
        }
        return result
    }
}
