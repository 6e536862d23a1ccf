// HandleTable: the handles of one component instance. Owns its slots, not what the representations mean.
// Spec: CanonicalABI.md, "Table State", "Resource State": indices from 1, freed ones used again, the last first.
import Containers

/// A resource type at run time: its place among the store's. Zero is none.
struct ResourceID: Hashable, BitwiseCopyable {
    var rawValue: UInt32
}

/// A handle to a resource.
struct Handle: BitwiseCopyable {
    var type: ResourceID
    var representation: UInt64
    var isOwn: Bool
    /// The task whose end a borrow must not outlive: its place on the store's stack of tasks.
    var task: UInt32 = 0
    /// How many calls under way have borrowed from it.
    var lendCount: UInt32 = 0
}

/// The handles of a component instance.
struct HandleTable: ~Copyable {
    /// Most handles of an instance.
    static let limit = 1 << 28 - 1

    private struct Slot: BitwiseCopyable {
        var handle: Handle
        /// When free: the next free index, 0 at the end.
        var next: UInt32
        var isFree: Bool
    }

    /// Slot `i` is of index `i + 1`.
    private var slots = GrowableArray<Slot>()
    private var firstFree: UInt32 = 0

    /// The handle at an index.
    func get(_ index: UInt32) throws(ComponentTrap) -> Handle {
        guard index > 0, Int(index) <= slots.count, !slots[Int(index) - 1].isFree else {
            throw ComponentTrap("unknown handle index %", UInt64(index))
        }
        return slots[Int(index) - 1].handle
    }

    /// The handle at an index, which must be of this type.
    func get(_ index: UInt32, _ type: ResourceID) throws(ComponentTrap) -> Handle {
        let handle = try get(index)
        guard handle.type == type else {
            throw ComponentTrap(
                "handle index % used with the wrong type, expected guest-defined resource but found a different guest-defined resource",
                UInt64(index))
        }
        return handle
    }

    /// Adds a handle and returns its index.
    mutating func add(_ handle: Handle) throws(ComponentTrap) -> UInt32 {
        let slot = Slot(handle: handle, next: 0, isFree: false)
        if firstFree != 0 {
            let index = firstFree
            firstFree = slots[Int(index) - 1].next
            slots[Int(index) - 1] = slot
            return index
        }
        guard slots.count < HandleTable.limit else { throw ComponentTrap("too many handles (the limit is %)", UInt64(HandleTable.limit)) }
        guard slots.append(slot) else { throw ComponentTrap("out of memory for a handle") }
        return UInt32(slots.count)
    }

    /// Takes a handle out, which must be of this type and not lent.
    mutating func remove(_ index: UInt32, _ type: ResourceID) throws(ComponentTrap) -> Handle {
        let handle = try get(index, type)
        guard handle.lendCount == 0 else {
            throw ComponentTrap("cannot remove owned resource while borrowed (handle index %)", UInt64(index))
        }
        slots[Int(index) - 1].isFree = true
        slots[Int(index) - 1].next = firstFree
        firstFree = index
        return handle
    }

    /// Changes by how many calls a handle is lent. The index is of a handle that `get` has given and nothing has removed since.
    mutating func lend(_ index: UInt32, by change: Int) {
        guard index > 0, Int(index) <= slots.count else { return }
        let count = Int(slots[Int(index) - 1].handle.lendCount) + change
        slots[Int(index) - 1].handle.lendCount = UInt32(max(count, 0))
    }
}
