// MachineCodeBuffer: the words of one piece of code while it is made. Owns them, its labels and the references to them.
// Adding a word is a compare, a store and an addition; what may fail is recorded and asked for at the end.

import Containers

/// Why code cannot be used.
@frozen public enum MachineCodeRefusal: UInt8, Sendable {
    /// The heap refused.
    case memory
    /// The code became larger than the buffer's limit.
    case limit
    /// An immediate did not fit its instruction: whoever added it did not ask.
    case immediate
    /// A label is farther away than a jump reaches, 1 MiB.
    case distance
    /// A label that is referred to has no place, or has two.
    case label
}

/// A place in code that may not be known yet. It belongs to the buffer that made it, until `removeAll`.
@frozen public struct MachineCodeLabel: Equatable, Sendable {
    @usableFromInline let index: UInt32
    @usableFromInline init(index: UInt32) { self.index = index }
}

/// A place in code as it was added: `MachineCodeBuffer.byteOffset` says where `finish` has put it.
@frozen public struct MachineCodePosition: Equatable, Comparable, Sendable {
    /// Words from the beginning, before `finish`.
    public let wordIndex: UInt32
    @usableFromInline init(wordIndex: UInt32) { self.wordIndex = wordIndex }
    @inlinable public static func < (left: MachineCodePosition, right: MachineCodePosition) -> Bool { left.wordIndex < right.wordIndex }
}

/// A growing piece of machine code, reused from function to function: `removeAll`, `append` and `bind`, `finish`, then the words.
/// After a refusal nothing is added any more, and `finish` answers false.
@frozen public struct MachineCodeBuffer: ~Copyable {
    /// Where the next word goes.
    @usableFromInline var next: UnsafeMutablePointer<UInt32>
    /// The end of the storage. After a refusal it is where the next word would go, so that every further word ends in `grow`.
    @usableFromInline var end: UnsafeMutablePointer<UInt32>
    /// The storage; not to be read while `capacity` is 0.
    @usableFromInline var base: UnsafeMutablePointer<UInt32>
    /// How many words the storage has.
    var capacity: Int
    /// Most words.
    private let wordLimit: Int
    /// Why the code cannot be used; nil while it can. It stays so until `removeAll`.
    public private(set) var refusal: MachineCodeRefusal?
    /// Where each label is, in words.
    @usableFromInline var labels: GrowableArray<UInt32>
    /// Each word that refers to a label, in ascending order.
    @usableFromInline var references: GrowableArray<MachineCodeReference>
    /// After `finish`: the branches that became two words, as words before it, ascending.
    var widened: GrowableArray<UInt32>

    /// Largest `byteLimit`: positions are 32 bits of words.
    public static let largestByteLimit = 1 << 30
    private static let smallestCapacity = 1024

    /// An empty buffer that owns no memory yet and will hold at most `byteLimit` bytes of code.
    public init(byteLimit: Int) {
        // SAFETY: never read or written while the capacity is 0; any aligned address will do.
        base = UnsafeMutablePointer(bitPattern: MemoryLayout<UInt32>.alignment)!
        next = base
        end = base
        capacity = 0
        wordLimit = max(0, min(byteLimit, MachineCodeBuffer.largestByteLimit)) / 4
        refusal = nil
        labels = GrowableArray()
        references = GrowableArray()
        widened = GrowableArray()
    }

    deinit { if capacity > 0 { Allocation.free(UnsafeMutableRawPointer(base)) } }

    /// How many words there are.
    @inlinable public var wordCount: Int {
        @inline(__always) get { (UInt(bitPattern: next) &- UInt(bitPattern: base)).words }
    }
    /// How many bytes there are.
    @inlinable public var byteCount: Int { wordCount &* 4 }
    /// Whether the code cannot be used.
    @inlinable public var isRefused: Bool { refusal != nil }
    /// The next word's place.
    @inlinable public var position: MachineCodePosition {
        @inline(__always) get { MachineCodePosition(wordIndex: UInt32(truncatingIfNeeded: wordCount)) }
    }
    /// The code; good until something is added.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }
    /// The word at a place before `wordCount`.
    public func word(at index: Int) -> UInt32 {
        precondition(index >= 0 && index < wordCount, "MachineCodeBuffer index")
        return base[index]
    }

    /// Empties the buffer, keeps its memory, forgets labels and refusal.
    public mutating func removeAll() {
        next = base
        end = base + capacity
        refusal = nil
        labels.removeAll()
        references.removeAll()
        widened.removeAll()
    }

    /// Adds a word.
    @inlinable @inline(__always) public mutating func append(word: UInt32) {
        if next == end, !grow(1) { return }
        next.pointee = word
        next += 1
    }

    /// Makes room for `count` words; false, and refused, when there is none.
    @usableFromInline @inline(never) mutating func grow(_ count: Int) -> Bool {
        guard !isRefused else { return false }
        let used = wordCount
        let needed = used &+ count
        guard needed > capacity else { return true }
        guard needed <= wordLimit else {
            refuse(.limit)
            return false
        }
        let wanted = min(max(needed, capacity &* 2, MachineCodeBuffer.smallestCapacity), wordLimit)
        guard let raw = Allocation.tryAllocate(byteCount: wanted &* 4) else {
            refuse(.memory)
            return false
        }
        let grown = raw.bindMemory(to: UInt32.self, capacity: wanted)
        if capacity > 0 {
            grown.moveInitialize(from: base, count: used)
            Allocation.free(UnsafeMutableRawPointer(base))
        }
        base = grown
        next = grown + used
        end = grown + wanted
        capacity = wanted
        return true
    }

    /// Refuses the code for a reason of the caller's; the first reason stays.
    @inline(never) public mutating func refuse(_ reason: MachineCodeRefusal) {
        if refusal == nil { refusal = reason }
        end = next
    }
}

extension UInt {
    /// Bytes as words.
    @usableFromInline var words: Int { @inline(__always) get { Int(bitPattern: self &>> 2) } }
}
