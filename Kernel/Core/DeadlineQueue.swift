// Deadlines in order, in an intrusive heap. The nodes belong to their owners (a thread, a driver), so nothing is allocated and an
// insertion cannot fail; each operation takes O(log n) steps. Callers serialise.

/// One deadline. It must stay in place while it is queued.
public struct Deadline: HeapNode {
    /// When, in ticks of the machine's timer.
    public internal(set) var ticks: UInt64 = 0
    /// Called when the deadline has passed, after the node was taken out of the queue; interrupts are off.
    public var action: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
    /// Handed to `action`.
    public var context: UnsafeMutableRawPointer?
    /// Whether the node is in a queue.
    public var isQueued: Bool { links.isQueued }

    var links = HeapLinks<Deadline>()
    var sequence: UInt64 = 0

    public init(action: (@convention(c) (UnsafeMutableRawPointer?) -> Void)? = nil, context: UnsafeMutableRawPointer? = nil) {
        self.action = action
        self.context = context
    }

    static func isBefore(_ left: UnsafeMutablePointer<Deadline>, _ right: UnsafeMutablePointer<Deadline>) -> Bool {
        left.pointee.ticks != right.pointee.ticks
            ? left.pointee.ticks < right.pointee.ticks : left.pointee.sequence < right.pointee.sequence
    }
}

/// A queue of deadlines, earliest first; equal ones in the order of insertion.
public struct DeadlineQueue {
    public typealias Node = UnsafeMutablePointer<Deadline>

    private var heap = LeftistHeap<Deadline>()
    private var nextSequence: UInt64 = 0
    /// How many deadlines are queued.
    public var count: Int { heap.count }

    public init() {}

    /// The earliest deadline.
    public var first: Node? { heap.first }

    /// Queues a node that is not queued, for `ticks`.
    public mutating func insert(_ node: Node, ticks: UInt64) {
        precondition(!node.pointee.isQueued)
        node.pointee.ticks = ticks
        node.pointee.sequence = nextSequence
        nextSequence &+= 1
        heap.insert(node)
    }

    /// Takes a node out; nothing happens when it is not queued.
    public mutating func remove(_ node: Node) { heap.remove(node) }

    /// Takes out the earliest deadline if it is not later than `now`.
    public mutating func popExpired(now: UInt64) -> Node? {
        guard let first = heap.first, first.pointee.ticks <= now else { return nil }
        heap.remove(first)
        return first
    }

    /// Walks everything and says whether order and links are right. For tests.
    public func checkInvariants() -> Bool { heap.checkInvariants() }
}
