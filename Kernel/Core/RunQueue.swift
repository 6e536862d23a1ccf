// The run queue of one hart: who may run, in the order of virtual time, so that equal weights get equal shares.
// Owns the links between the nodes, not the nodes: each lies in its thread's record. No allocation, no clock: the caller says how
// long a thread ran. Guarded by the scheduler's rule that interrupts are off while it is touched.
//
// A list sorted by virtual time and searched from its end: who was just preempted has nearly the largest virtual time, so insertion is
// almost always at the tail; who just woke is near the head only by the bounded credit.

/// How much of the hart a thread gets beside others that want it too.
public enum SchedulingPriority: UInt8, Sendable {
    case low = 0
    case normal = 1
    case high = 2

    /// Shares: a high thread runs four times as long as a normal one, sixteen times as long as a low one.
    public var weight: UInt64 {
        switch self {
        case .low: 256
        case .normal: 1024
        case .high: 4096
        }
    }
}

/// The part of a thread that the run queue keeps.
public struct SchedulingNode {
    /// Nanoseconds run, scaled by the weight: the smallest runs next.
    public var virtualTime: UInt64 = 0
    /// The share.
    public var weight: UInt64 = SchedulingPriority.normal.weight
    /// The thread; not looked at here.
    public var owner: UnsafeMutableRawPointer?
    /// Whether it is in a queue.
    public fileprivate(set) var isQueued = false
    fileprivate var next: UnsafeMutablePointer<SchedulingNode>?
    fileprivate var previous: UnsafeMutablePointer<SchedulingNode>?

    /// A node outside any queue.
    public init(owner: UnsafeMutableRawPointer?, priority: SchedulingPriority = .normal) {
        self.owner = owner
        weight = priority.weight
    }

    /// Adds `nanoseconds` of running.
    public mutating func charge(nanoseconds: UInt64) {
        virtualTime &+= nanoseconds &* SchedulingPriority.normal.weight / weight
    }
}

/// The runnable threads of one hart.
public struct RunQueue: ~Copyable {
    private var head: UnsafeMutablePointer<SchedulingNode>?
    private var tail: UnsafeMutablePointer<SchedulingNode>?
    /// How many wait to run.
    public private(set) var count = 0
    /// No thread's virtual time is set below this less its credit: the time of the last one taken, never falling.
    public private(set) var floor: UInt64 = 0

    /// An empty queue.
    public init() {}

    /// The node that runs next.
    public var first: UnsafeMutablePointer<SchedulingNode>? { head }

    /// Puts in a thread that ran until now or never ran. Among equals it is the last.
    public mutating func insert(_ node: UnsafeMutablePointer<SchedulingNode>) {
        guard !node.pointee.isQueued else { return }
        if node.pointee.virtualTime < floor, node.pointee.virtualTime == 0 { node.pointee.virtualTime = floor }
        var before = tail
        while let candidate = before, candidate.pointee.virtualTime > node.pointee.virtualTime { before = candidate.pointee.previous }
        node.pointee.previous = before
        if let before {
            node.pointee.next = before.pointee.next
            before.pointee.next = node
        } else {
            node.pointee.next = head
            head = node
        }
        if let next = node.pointee.next { next.pointee.previous = node } else { tail = node }
        node.pointee.isQueued = true
        count += 1
    }

    /// Puts in a thread that slept. What it did not use it does not keep, but for `creditNanoseconds`, which puts it before those
    /// that ran all the time: a sleeper answers soon and starves nobody.
    public mutating func insertWoken(_ node: UnsafeMutablePointer<SchedulingNode>, creditNanoseconds: UInt64) {
        let least = floor > creditNanoseconds ? floor - creditNanoseconds : 0
        if node.pointee.virtualTime < least { node.pointee.virtualTime = least }
        if node.pointee.virtualTime == 0 { node.pointee.virtualTime = 1 }
        insert(node)
    }

    /// Takes a node out; false when it is in no queue.
    @discardableResult
    public mutating func remove(_ node: UnsafeMutablePointer<SchedulingNode>) -> Bool {
        guard node.pointee.isQueued else { return false }
        if let previous = node.pointee.previous { previous.pointee.next = node.pointee.next } else { head = node.pointee.next }
        if let next = node.pointee.next { next.pointee.previous = node.pointee.previous } else { tail = node.pointee.previous }
        node.pointee.next = nil
        node.pointee.previous = nil
        node.pointee.isQueued = false
        count -= 1
        return true
    }

    /// Takes the node with the least virtual time.
    public mutating func takeFirst() -> UnsafeMutablePointer<SchedulingNode>? {
        guard let node = head else { return nil }
        remove(node)
        if node.pointee.virtualTime > floor { floor = node.pointee.virtualTime }
        return node
    }

    /// Whether the running thread should make way.
    public func shouldPreempt(_ running: UnsafeMutablePointer<SchedulingNode>) -> Bool {
        guard let head else { return false }
        return head.pointee.virtualTime < running.pointee.virtualTime
    }
}
