// An intrusive leftist heap: the least node first; insert, take the first and remove any in O(log n), in the worst case and not on
// average, since it is worked on with interrupts off. The nodes belong to their owners, so nothing is allocated and an insertion cannot
// fail. Callers serialise. C. Crane, "Linear lists and priority queues as balanced binary trees", 1972.

/// What a heap keeps in each node.
struct HeapLinks<Node> {
    /// Whether the node is in a heap.
    var isQueued = false
    /// Steps from here down to the nearest missing child, this node counted: never less on the left than on the right.
    fileprivate var rank: Int32 = 1
    fileprivate var left: UnsafeMutablePointer<Node>?
    fileprivate var right: UnsafeMutablePointer<Node>?
    fileprivate var parent: UnsafeMutablePointer<Node>?

    init() {}
}

/// A node of a heap. It must stay in place while it is queued, and what orders it must not change.
protocol HeapNode {
    var links: HeapLinks<Self> { get set }
    /// Whether `left` comes before `right`; never true both ways, and never false both ways.
    static func isBefore(_ left: UnsafeMutablePointer<Self>, _ right: UnsafeMutablePointer<Self>) -> Bool
}

/// Nodes in a heap.
struct LeftistHeap<Node: HeapNode> {
    typealias Pointer = UnsafeMutablePointer<Node>

    /// The least node.
    private(set) var first: Pointer?
    /// How many nodes are queued.
    private(set) var count = 0

    init() {}

    /// Queues a node that is not queued.
    mutating func insert(_ node: Pointer) {
        node.pointee.links = HeapLinks()
        node.pointee.links.isQueued = true
        count &+= 1
        first = Self.merge(first, node)
        first!.pointee.links.parent = nil
    }

    /// Takes a node out; false when it is in no heap.
    @discardableResult
    mutating func remove(_ node: Pointer) -> Bool {
        guard node.pointee.links.isQueued else { return false }
        let parent = node.pointee.links.parent
        let rest = Self.merge(node.pointee.links.left, node.pointee.links.right)
        rest?.pointee.links.parent = parent
        if let parent {
            if parent.pointee.links.left == node { parent.pointee.links.left = rest } else { parent.pointee.links.right = rest }
            Self.restoreRanks(from: parent)
        } else {
            first = rest
        }
        node.pointee.links = HeapLinks()
        count &-= 1
        return true
    }

    /// Ranks above a place that has changed: each that changes is larger than the one below it, so there are at most log n.
    private static func restoreRanks(from node: Pointer) {
        var current: Pointer? = node
        while let changed = current, balance(changed) { current = changed.pointee.links.parent }
    }

    /// Puts the child with the larger rank on the left and computes the rank; whether that changed.
    private static func balance(_ node: Pointer) -> Bool {
        if rank(node.pointee.links.left) < rank(node.pointee.links.right) {
            let left = node.pointee.links.left
            node.pointee.links.left = node.pointee.links.right
            node.pointee.links.right = left
        }
        let rank = rank(node.pointee.links.right) &+ 1
        guard rank != node.pointee.links.rank else { return false }
        node.pointee.links.rank = rank
        return true
    }

    private static func rank(_ node: Pointer?) -> Int32 { node?.pointee.links.rank ?? 0 }

    /// Merges along the right spines, which are at most log n long each. The root's parent is the caller's to set.
    private static func merge(_ one: Pointer?, _ other: Pointer?) -> Pointer? {
        guard var upper = one else { return other }
        guard var lower = other else { return one }
        if Node.isBefore(lower, upper) { swap(&upper, &lower) }
        let root = upper
        // Down: the lesser node stays, its right subtree is merged with the other.
        while let right = upper.pointee.links.right {
            if Node.isBefore(lower, right) {
                attach(lower, rightOf: upper)
                upper = lower
                lower = right
            } else {
                upper = right
            }
        }
        attach(lower, rightOf: upper)
        // Up: every node of the path has a new right subtree.
        var current = upper
        while true {
            _ = balance(current)
            if current == root { return root }
            current = current.pointee.links.parent!
        }
    }

    private static func attach(_ child: Pointer, rightOf parent: Pointer) {
        parent.pointee.links.right = child
        child.pointee.links.parent = parent
    }

    /// Walks everything and says whether order, links and ranks are right. For tests.
    func checkInvariants() -> Bool {
        var seen = 0
        func check(_ node: Pointer?, parent: Pointer?) -> Bool {
            guard let node else { return true }
            seen += 1
            let links = node.pointee.links
            guard links.isQueued, links.parent == parent, links.rank == Self.rank(links.right) + 1,
                Self.rank(links.left) >= Self.rank(links.right)
            else { return false }
            if let parent, Node.isBefore(node, parent) { return false }
            return check(links.left, parent: node) && check(links.right, parent: node)
        }
        return check(first, parent: nil) && seen == count
    }
}
