// A queue of threads that wait for one thing: first come, first woken. Owns the links, not the nodes, which lie in the threads'
// records; a thread waits in one queue at a time. Guarded by interrupts being off.

/// The part of a thread that wait queues keep.
public struct WaitNode {
    /// The thread; not looked at here.
    public var owner: UnsafeMutableRawPointer?
    fileprivate var next: UnsafeMutablePointer<WaitNode>?
    fileprivate var previous: UnsafeMutablePointer<WaitNode>?
    fileprivate var queue: UnsafeMutablePointer<WaitQueue>?

    /// A node in no queue.
    public init(owner: UnsafeMutableRawPointer?) { self.owner = owner }

    /// Whether it waits.
    public var isWaiting: Bool { queue != nil }
}

/// Threads that wait. It must not move while anyone waits: it lies in memory its owner allocated.
public struct WaitQueue {
    private var head: UnsafeMutablePointer<WaitNode>?
    private var tail: UnsafeMutablePointer<WaitNode>?

    /// An empty queue.
    public init() {}

    /// Whether nobody waits.
    public var isEmpty: Bool { head == nil }

    /// Puts `node` at the end of `queue`.
    public static func enqueue(_ node: UnsafeMutablePointer<WaitNode>, in queue: UnsafeMutablePointer<WaitQueue>) {
        remove(node)
        node.pointee.queue = queue
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
        return true
    }

    /// Takes out the thread that waited longest.
    public static func takeFirst(_ queue: UnsafeMutablePointer<WaitQueue>) -> UnsafeMutablePointer<WaitNode>? {
        guard let node = queue.pointee.head else { return nil }
        remove(node)
        return node
    }
}
