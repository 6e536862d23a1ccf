// An array that doubles when full, and says when the heap refuses. Owns its storage and its elements.

/// An array that grows by doubling. The storage moves when it grows: take `base` anew after anything that may append.
@frozen public struct GrowableArray<Element>: ~Copyable {
    /// The storage; elements `0..<count` are initialised. Not to be read while `capacity` is 0.
    public private(set) var base: UnsafeMutablePointer<Element>
    /// How many elements there are.
    @usableFromInline var storedCount: Int
    /// How many elements fit before it grows.
    public private(set) var capacity: Int

    /// An empty array that owns no memory yet.
    public init() {
        // SAFETY: never read while the capacity is zero; any non-null aligned address will do.
        base = UnsafeMutablePointer(bitPattern: MemoryLayout<Element>.alignment)!
        storedCount = 0
        capacity = 0
    }

    deinit {
        if capacity > 0 {
            base.deinitialize(count: storedCount)
            Allocation.free(UnsafeMutableRawPointer(base))
        }
    }

    /// How many elements there are.
    @inlinable public var count: Int {
        @inline(__always) get { storedCount }
    }

    /// Whether there is no element.
    @inlinable public var isEmpty: Bool {
        @inline(__always) get { storedCount == 0 }
    }

    /// Makes room for `minimumCapacity` elements in all; false, and nothing changed, when the heap refuses.
    @inline(never) public mutating func reserve(_ minimumCapacity: Int) -> Bool {
        guard minimumCapacity > capacity else { return true }
        let stride = MemoryLayout<Element>.stride
        guard minimumCapacity <= Int.max / 2 / stride else { return false }
        let wanted = max(minimumCapacity, capacity &* 2, 16)
        guard let raw = Allocation.tryAllocate(byteCount: wanted &* stride, alignment: MemoryLayout<Element>.alignment) else {
            return false
        }
        let moved = raw.bindMemory(to: Element.self, capacity: wanted)
        if capacity > 0 {
            moved.moveInitialize(from: base, count: storedCount)
            Allocation.free(UnsafeMutableRawPointer(base))
        }
        base = moved
        capacity = wanted
        return true
    }

    /// Adds an element at the end; false, and nothing changed, when the heap refuses.
    @inlinable @inline(__always) public mutating func append(_ element: Element) -> Bool {
        if storedCount == capacity, !reserve(storedCount &+ 1) { return false }
        (base + storedCount).initialize(to: element)
        storedCount &+= 1
        return true
    }

    /// Adds `count` copies of an element at the end; false, and nothing changed, when the heap refuses.
    public mutating func append(repeating element: Element, count: Int) -> Bool {
        guard count >= 0, count <= Int.max / 2 &- storedCount, reserve(storedCount &+ count) else { return false }
        (base + storedCount).initialize(repeating: element, count: count)
        storedCount &+= count
        return true
    }

    /// Adds an element where `reserve` has made room. Undefined when there is none.
    @inlinable @inline(__always) public mutating func appendReserved(_ element: Element) {
        (base + storedCount).initialize(to: element)
        storedCount &+= 1
    }

    /// Takes the last element away; nil when there is none.
    @inlinable @inline(__always) public mutating func popLast() -> Element? {
        guard storedCount > 0 else { return nil }
        storedCount &-= 1
        return (base + storedCount).move()
    }

    /// Drops elements from the end until `newCount` are left. `newCount` must not exceed `count`.
    @inlinable @inline(__always) public mutating func truncate(to newCount: Int) {
        (base + newCount).deinitialize(count: storedCount &- newCount)
        storedCount = newCount
    }

    /// Removes all elements and keeps the storage.
    @inlinable public mutating func removeAll() {
        truncate(to: 0)
    }

    /// The element at `index`, which must be below `count`; checked.
    @inlinable public subscript(index: Int) -> Element {
        @inline(__always) get {
            precondition(index >= 0 && index < storedCount, "GrowableArray index")
            return base[index]
        }
        @inline(__always) set {
            precondition(index >= 0 && index < storedCount, "GrowableArray index")
            base[index] = newValue
        }
    }
}
