// A queue of threads that wait for one thing: first come, first woken. Owns the links, not the nodes, which lie in the threads'
// records; a thread waits in one queue at a time. Guarded by interrupts being off.
//
// Waking all of a long queue at once would take as long as guests like, so what is left of it is noted in `PendingWakes` and woken piece
// by piece. Who comes meanwhile waits for the next time: a queue's nodes carry numbers, and those below `wakeEnd` are to be woken.

/// The part of a thread that wait queues keep.
public struct WaitNode {
    /// The thread; not looked at here.
    public var owner: UnsafeMutableRawPointer?
    fileprivate var number: UInt64 = 0
    fileprivate var next: UnsafeMutablePointer<WaitNode>?
    fileprivate var previous: UnsafeMutablePointer<WaitNode>?
    fileprivate var queue: UnsafeMutablePointer<WaitQueue>?

    /// A node in no queue.
    public init(owner: UnsafeMutableRawPointer?) { self.owner = owner }

    /// Whether it waits.
    public var isWaiting: Bool { queue != nil }
}

/// Threads that wait. It must not move while anyone waits: it lies in memory its owner allocated. An empty one may be given back.
public struct WaitQueue {
    private var head: UnsafeMutablePointer<WaitNode>?
    private var tail: UnsafeMutablePointer<WaitNode>?
    private var nextNumber: UInt64 = 0
    // The place among those whose rest is to be woken, which only a queue with somebody in it has.
    fileprivate var wakeEnd: UInt64 = 0
    fileprivate var pending: UnsafeMutablePointer<PendingWakes>?
    fileprivate var nextPending: UnsafeMutablePointer<WaitQueue>?
    fileprivate var previousPending: UnsafeMutablePointer<WaitQueue>?

    /// An empty queue.
    public init() {}

    /// Whether nobody waits.
    public var isEmpty: Bool { head == nil }

    /// Puts `node` at the end of `queue`.
    public static func enqueue(_ node: UnsafeMutablePointer<WaitNode>, in queue: UnsafeMutablePointer<WaitQueue>) {
        remove(node)
        node.pointee.queue = queue
        node.pointee.number = queue.pointee.nextNumber
        queue.pointee.nextNumber &+= 1
        node.pointee.previous = queue.pointee.tail
        node.pointee.next = nil
        if let tail = queue.pointee.tail { tail.pointee.next = node } else { queue.pointee.head = node }
        queue.pointee.tail = node
    }

    /// Takes `node` out of whatever queue it waits in; false when it waits in none.
    @discardableResult
    public static func remove(_ node: UnsafeMutablePointer<WaitNode>) -> Bool {
        guard let queue = node.pointee.queue else { return false }
        if let previous = node.pointee.previous {
            previous.pointee.next = node.pointee.next
        } else {
            queue.pointee.head = node.pointee.next
        }
        if let next = node.pointee.next {
            next.pointee.previous = node.pointee.previous
        } else {
            queue.pointee.tail = node.pointee.previous
        }
        node.pointee.queue = nil
        node.pointee.next = nil
        node.pointee.previous = nil
        if queue.pointee.pending != nil, !queue.pointee.hasPendingWakes { PendingWakes.remove(queue) }
        return true
    }

    /// Takes out the thread that waited longest.
    public static func takeFirst(_ queue: UnsafeMutablePointer<WaitQueue>) -> UnsafeMutablePointer<WaitNode>? {
        guard let node = queue.pointee.head else { return nil }
        remove(node)
        return node
    }

    fileprivate mutating func markAll() { wakeEnd = nextNumber }
    fileprivate var hasPendingWakes: Bool { head.map { Int64(bitPattern: $0.pointee.number &- wakeEnd) < 0 } ?? false }
}

/// Queues of which more are to be woken, in the order in which that was asked for.
public struct PendingWakes {
    private var head: UnsafeMutablePointer<WaitQueue>?
    private var tail: UnsafeMutablePointer<WaitQueue>?

    /// None.
    public init() {}

    /// All that wait in `queue` now are to be woken. `pending` must not move while there are any.
    public static func add(_ queue: UnsafeMutablePointer<WaitQueue>, to pending: UnsafeMutablePointer<PendingWakes>) {
        guard !queue.pointee.isEmpty else { return }
        queue.pointee.markAll()
        guard queue.pointee.pending == nil else { return }
        queue.pointee.pending = pending
        queue.pointee.previousPending = pending.pointee.tail
        queue.pointee.nextPending = nil
        if let tail = pending.pointee.tail { tail.pointee.nextPending = queue } else { pending.pointee.head = queue }
        pending.pointee.tail = queue
    }

    /// Takes out the next one to be woken, of the queue that was added first.
    public static func takeFirst(_ pending: UnsafeMutablePointer<PendingWakes>) -> UnsafeMutablePointer<WaitNode>? {
        pending.pointee.head.flatMap { WaitQueue.takeFirst($0) }
    }

    fileprivate static func remove(_ queue: UnsafeMutablePointer<WaitQueue>) {
        guard let pending = queue.pointee.pending else { return }
        if let previous = queue.pointee.previousPending {
            previous.pointee.nextPending = queue.pointee.nextPending
        } else {
            pending.pointee.head = queue.pointee.nextPending
        }
        if let next = queue.pointee.nextPending {
            next.pointee.previousPending = queue.pointee.previousPending
        } else {
            pending.pointee.tail = queue.pointee.previousPending
        }
        queue.pointee.pending = nil
        queue.pointee.nextPending = nil
        queue.pointee.previousPending = nil
    }
}
