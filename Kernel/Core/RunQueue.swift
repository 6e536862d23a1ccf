// The run queue of one hart: who may run, in the order of virtual time, so that everybody gets the share of its weight.
// Owns the links between the nodes, not the nodes: each lies in its thread's record. No allocation, no clock: the caller says how
// long a thread ran. Guarded by the scheduler's rule that interrupts are off while it is touched.
//
// A thread's virtual time is what it ran, divided by its weight. The mean of the runnable threads' virtual times, each by its weight and
// the running one's included, is where all of them would be if the hart could be divided. It moves with every charge, so a thread that
// runs alone takes it along. The queue's own virtual time follows the mean and never falls, though the mean does when somebody leaves who
// had more than his share: who comes begins at it, and if it fell, those who come and go could stay before one who stays. I. Stoica, H. Abdel-Wahab, "Earliest eligible virtual deadline first", 1995, for the mean and for joining and leaving.

/// How much of the hart a thread gets beside others that want it too.
public enum SchedulingPriority: UInt8, Sendable {
    case low = 0
    case normal = 1
    case high = 2

    /// Shares: a high thread runs four times as long as a normal one, sixteen times as long as a low one.
    public var weight: Int64 {
        switch self {
        case .low: 1
        case .normal: 4
        case .high: 16
        }
    }

    /// Virtual time that a nanosecond of running costs: whole for each weight, so that nothing is lost to rounding.
    var unitsPerNanosecond: UInt64 { UInt64(Self.high.weight / weight) }
}

/// The part of a thread that the run queue keeps.
public struct SchedulingNode: HeapNode {
    /// Nanoseconds run, scaled by the weight: the smallest runs next. It wraps, after 36 years at the least: only differences count.
    public fileprivate(set) var virtualTime: UInt64
    /// The share.
    public let priority: SchedulingPriority
    /// The thread; not looked at here.
    public let owner: UnsafeMutableRawPointer?
    /// Whether it is in a queue.
    public var isQueued: Bool { links.isQueued }
    var links = HeapLinks<SchedulingNode>()
    fileprivate var sequence: UInt64 = 0

    /// A node outside any queue.
    public init(owner: UnsafeMutableRawPointer?, priority: SchedulingPriority = .normal) {
        self.owner = owner
        self.priority = priority
        virtualTime = 0
    }

    /// Equal ones in the order of insertion.
    static func isBefore(_ left: UnsafeMutablePointer<SchedulingNode>, _ right: UnsafeMutablePointer<SchedulingNode>) -> Bool {
        let ahead = difference(left.pointee.virtualTime, right.pointee.virtualTime)
        return ahead != 0 ? ahead < 0 : difference(left.pointee.sequence, right.pointee.sequence) < 0
    }

    /// How far one wrapping time lies after another.
    fileprivate static func difference(_ one: UInt64, _ other: UInt64) -> Int64 { Int64(bitPattern: one &- other) }
}

/// The runnable threads of one hart: those that wait, and the one that runs.
public struct RunQueue: ~Copyable {
    public typealias Node = UnsafeMutablePointer<SchedulingNode>

    private var heap = LeftistHeap<SchedulingNode>()
    private var nextSequence: UInt64 = 0
    /// The one that was taken last and was not put back: it runs.
    public private(set) var running: Node?
    /// The weights of all runnable threads.
    private var totalWeight: Int64 = 0
    /// The mean of the runnable threads' virtual times, rounded down; stands still while there is none.
    private var mean: UInt64
    /// Sum over the runnable threads of weight times distance from `mean`: less than `totalWeight`, what the mean was rounded by.
    private var remainder: Int64 = 0
    /// The furthest the mean has been.
    public private(set) var virtualTime: UInt64

    /// An empty queue. `virtualTime`: where it begins; for tests of the wrap-around.
    public init(virtualTime: UInt64 = 0) {
        self.virtualTime = virtualTime
        mean = virtualTime
    }

    /// How many wait to run.
    public var count: Int { heap.count }
    /// The node that runs next.
    public var first: Node? { heap.first }

    /// Charges the running thread. Call it before anybody is put in, so that they begin at what is now.
    public mutating func charge(nanoseconds: UInt64) {
        guard let running else { return }
        let units = nanoseconds &* running.pointee.priority.unitsPerNanosecond
        running.pointee.virtualTime &+= units
        remainder &+= Int64(bitPattern: units) &* running.pointee.priority.weight
        normalize()
    }

    /// Puts in a thread that never ran: it has the share of who is there already, from now on.
    public mutating func insertNew(_ node: Node) {
        guard !node.pointee.isQueued, node != running else { return }
        node.pointee.virtualTime = virtualTime
        join(node)
        enqueue(node)
    }

    /// Puts in a thread that slept. What it did not use it does not keep, but for `creditNanoseconds` of a normal thread's time, which
    /// puts it before those that ran all the time: a sleeper answers soon. It has the credit again only when the others have run as much,
    /// so sleeping often gains nothing.
    public mutating func insertWoken(_ node: Node, creditNanoseconds: UInt64) {
        guard !node.pointee.isQueued, node != running else { return }
        let least = virtualTime &- creditNanoseconds &* SchedulingPriority.normal.unitsPerNanosecond
        if SchedulingNode.difference(node.pointee.virtualTime, least) < 0 { node.pointee.virtualTime = least }
        join(node)
        enqueue(node)
    }

    /// Puts the running thread back: it ran until now and goes on wanting to. Among equals it is the last.
    public mutating func putBack(_ node: Node) {
        guard node == running else { return }
        running = nil
        enqueue(node)
    }

    /// Takes a node out; false when it does not wait.
    @discardableResult
    public mutating func remove(_ node: Node) -> Bool {
        guard heap.remove(node) else { return false }
        leave(node)
        return true
    }

    /// Takes the node with the least virtual time, which runs from now on. Who ran before and was not put back no longer wants the hart.
    public mutating func takeFirst() -> Node? {
        if let running { leave(running) }
        running = heap.first
        if let running { heap.remove(running) }
        return running
    }

    /// Whether the running thread, charged up to now, should make way.
    public var shouldPreempt: Bool {
        guard let first = heap.first, let running else { return false }
        return SchedulingNode.difference(first.pointee.virtualTime, running.pointee.virtualTime) < 0
    }

    /// Walks everything and says whether the order is right, and the mean is the mean of these nodes'. For tests.
    public func checkInvariants(_ nodes: UnsafeMutableBufferPointer<SchedulingNode>) -> Bool {
        var weight: Int64 = 0
        var sum: Int64 = 0
        for index in nodes.indices where nodes[index].isQueued || nodes.baseAddress! + index == running {
            weight += nodes[index].priority.weight
            sum += SchedulingNode.difference(nodes[index].virtualTime, mean) * nodes[index].priority.weight
        }
        return heap.checkInvariants() && weight == totalWeight && sum == remainder && (weight == 0 || (0..<weight).contains(remainder))
    }

    private mutating func enqueue(_ node: Node) {
        node.pointee.sequence = nextSequence
        nextSequence &+= 1
        heap.insert(node)
    }

    private mutating func join(_ node: Node) {
        totalWeight &+= node.pointee.priority.weight
        remainder &+= SchedulingNode.difference(node.pointee.virtualTime, mean) &* node.pointee.priority.weight
        normalize()
    }

    private mutating func leave(_ node: Node) {
        totalWeight &-= node.pointee.priority.weight
        remainder &-= SchedulingNode.difference(node.pointee.virtualTime, mean) &* node.pointee.priority.weight
        normalize()
    }

    /// Moves the mean so far that less than a unit for each weight remains. Done after every change, so that no sum can overflow: a single
    /// thread would have to be years away.
    private mutating func normalize() {
        guard totalWeight > 0 else {
            remainder = 0
            return
        }
        var quotient = remainder / totalWeight
        if quotient &* totalWeight > remainder { quotient &-= 1 }
        mean &+= UInt64(bitPattern: quotient)
        remainder &-= quotient &* totalWeight
        if SchedulingNode.difference(mean, virtualTime) > 0 { virtualTime = mean }
    }
}
