// An array whose capacity is fixed when it is made. Owns its storage and its elements; never grows.

/// An array of fixed capacity, allocated once, freed in `deinit`.
@frozen public struct RigidArray<Element>: ~Copyable {
    /// The storage; elements `0..<count` are initialised. Stays the same for the array's whole life.
    public let base: UnsafeMutablePointer<Element>
    /// How many elements fit.
    public let capacity: Int
    /// How many elements there are.
    public private(set) var count: Int

    /// An empty array for `capacity` elements, or nil when the heap refuses.
    @inlinable public init?(capacity: Int) {
        guard capacity >= 0, !capacity.multipliedReportingOverflow(by: MemoryLayout<Element>.stride).overflow,
            let raw = Allocation.tryAllocate(
                byteCount: capacity &* MemoryLayout<Element>.stride, alignment: MemoryLayout<Element>.alignment)
        else { return nil }
        self.init(storage: raw.bindMemory(to: Element.self, capacity: capacity), capacity: capacity)
    }

    @usableFromInline init(storage: UnsafeMutablePointer<Element>, capacity: Int) {
        base = storage
        self.capacity = capacity
        count = 0
    }

    /// An array of `count` copies of `value`, or nil when the heap refuses.
    public init?(repeating value: Element, count: Int) {
        self.init(capacity: count)
        base.initialize(repeating: value, count: count)
        self.count = count
    }

    deinit {
        base.deinitialize(count: count)
        Allocation.free(UnsafeMutableRawPointer(base))
    }

    /// Whether there is no element.
    public var isEmpty: Bool { count == 0 }

    /// Whether no further element fits.
    public var isFull: Bool { count == capacity }

    /// Adds an element at the end; false, and nothing changed, when the array is full.
    public mutating func append(_ element: Element) -> Bool {
        guard count < capacity else { return false }
        (base + count).initialize(to: element)
        count &+= 1
        return true
    }

    /// Takes the last element away; nil when there is none.
    public mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        count &-= 1
        return (base + count).move()
    }

    /// Drops elements from the end until `newCount` are left. `newCount` must not exceed `count`.
    public mutating func truncate(to newCount: Int) {
        (base + newCount).deinitialize(count: count &- newCount)
        count = newCount
    }

    /// Removes all elements.
    public mutating func removeAll() {
        base.deinitialize(count: count)
        count = 0
    }

    /// The element at `index`, which must be below `count`.
    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "RigidArray index")
            return base[index]
        }
        set {
            precondition(index >= 0 && index < count, "RigidArray index")
            base[index] = newValue
        }
    }
}
