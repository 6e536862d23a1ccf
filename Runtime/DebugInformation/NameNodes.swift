// The tree of a mangled name, in tables of fixed size: what C++ and Swift names are read into before they are written.
import Containers

/// The number of a node; 0 is none.
typealias NameNode = UInt16

/// A node: what it is, up to three nodes it is made of, and a stretch of the mangled name. What a kind means is for its language to say.
struct NameNodeRecord {
    var kind: UInt8
    var flags: UInt8 = 0
    var first: NameNode = 0
    var second: NameNode = 0
    var third: NameNode = 0
    var start: UInt16 = 0
    var count: UInt16 = 0
}

/// The nodes of one name, and what later parts of it may refer to.
struct NameNodes: ~Copyable {
    private static let capacity = 768
    private static let tableCapacity = 256

    private var nodes: RigidArray<NameNodeRecord>
    /// Parts that the name refers back to, in order.
    private var substitutions: RigidArray<NameNode>
    /// A stack: open nodes, or the arguments of a template.
    private var stack: RigidArray<NameNode>

    /// Nil when memory is refused.
    init?() {
        guard let nodes = RigidArray<NameNodeRecord>(capacity: NameNodes.capacity),
            let substitutions = RigidArray<NameNode>(capacity: NameNodes.tableCapacity),
            let stack = RigidArray<NameNode>(capacity: NameNodes.tableCapacity)
        else { return nil }
        self.nodes = nodes
        self.substitutions = substitutions
        self.stack = stack
    }

    mutating func removeAll() {
        nodes.removeAll()
        substitutions.removeAll()
        stack.removeAll()
        _ = nodes.append(NameNodeRecord(kind: 0))
    }

    /// Adds a node; 0 when there is no room.
    mutating func add(_ record: NameNodeRecord) -> NameNode {
        nodes.append(record) ? NameNode(nodes.count - 1) : 0
    }

    subscript(node: NameNode) -> NameNodeRecord {
        get { nodes.base[min(Int(node), nodes.count - 1)] }
        set { if Int(node) < nodes.count { nodes.base[Int(node)] = newValue } }
    }

    // MARK: Substitutions

    var substitutionCount: Int { substitutions.count }

    mutating func addSubstitution(_ node: NameNode) -> Bool { substitutions.append(node) }

    /// The part with a number; 0 when there is none.
    func substitution(_ number: Int) -> NameNode {
        number >= 0 && number < substitutions.count ? substitutions.base[number] : 0
    }

    mutating func dropSubstitution() { _ = substitutions.popLast() }

    // MARK: The stack

    var stackCount: Int { stack.count }

    mutating func push(_ node: NameNode) -> Bool { stack.append(node) }

    /// The last node pushed; 0 when there is none.
    mutating func pop() -> NameNode { stack.popLast() ?? 0 }

    func stackItem(_ index: Int) -> NameNode { index >= 0 && index < stack.count ? stack.base[index] : 0 }

    mutating func truncateStack(to count: Int) { if count < stack.count { stack.truncate(to: max(count, 0)) } }
}
