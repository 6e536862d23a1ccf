// Names by owner: one crit-bit tree for every list of names in a component. Owns its nodes and entries; names are ranges of the input.
// A lookup costs the length of what is looked up whatever names an input has, which a hash table does not promise.
import Containers
import WasmModule

/// A map from pairs of an owner's number and a name to a number. Owners are handed out by `newOwner`.
struct NameTree: ~Copyable {
    struct Entry: BitwiseCopyable {
        var owner: UInt32
        var name: ByteRange
        /// Whether it is compared without regard to case.
        var isFolded: Bool
        var value: UInt32
    }

    private struct Node: BitwiseCopyable {
        /// The first symbol in which the two sides differ, and the bit in it.
        var symbol: Int
        var bit: UInt16
        /// Any entry below; they agree in all symbols before `symbol`.
        var leaf: Int
        /// A node, or an entry's complement.
        var left: Int
        var right: Int
    }

    /// A name that is looked for.
    private struct Key {
        var owner: UInt32
        var bytes: UnsafeRawBufferPointer
        var isFolded: Bool

        var count: Int { 4 + bytes.count }

        /// Owner, then name, then zeros; no byte's symbol is zero.
        func symbol(_ index: Int) -> UInt16 {
            if index < 4 { return UInt16(truncatingIfNeeded: owner >> UInt32(index * 8) & 0xff) + 1 }
            guard index - 4 < bytes.count else { return 0 }
            let byte = bytes[index - 4]
            return UInt16(isFolded && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte) + 1
        }
    }

    private let input: UnsafeRawBufferPointer
    private var nodes = GrowableArray<Node>()
    private var entries = GrowableArray<Entry>()
    private var root = 0
    private var ownerCount: UInt32 = 0

    init(_ input: UnsafeRawBufferPointer) { self.input = input }

    var count: Int { entries.count }

    /// A number under which names can be entered.
    mutating func newOwner() -> UInt32 {
        ownerCount &+= 1
        return ownerCount
    }

    private func key(_ owner: UInt32, _ name: ByteRange, _ isFolded: Bool) -> Key {
        Key(owner: owner, bytes: UnsafeRawBufferPointer(rebasing: input[Int(name.offset)..<name.end]), isFolded: isFolded)
    }

    private func key(_ entry: Entry) -> Key { key(entry.owner, entry.name, entry.isFolded) }

    /// The entry that agrees with `key`, if any does.
    private func nearest(_ key: Key) -> Int {
        var place = root
        while place >= 0 {
            let node = nodes[place]
            // All entries below are longer than the key.
            if node.symbol >= key.count + 1 { return node.leaf }
            place = key.symbol(node.symbol) & node.bit == 0 ? node.left : node.right
        }
        return ~place
    }

    /// The first symbol in which two keys differ, and the highest bit in it; nil when they are equal.
    private func difference(_ first: Key, _ second: Key) -> (symbol: Int, bit: UInt16)? {
        for index in 0..<max(first.count, second.count) {
            let bits = first.symbol(index) ^ second.symbol(index)
            if bits != 0 { return (index, 1 << UInt16(15 - bits.leadingZeroBitCount)) }
        }
        return nil
    }

    /// The value of a name; nil when it was not entered.
    func find(_ owner: UInt32, _ name: ByteRange, isFolded: Bool = false) -> UInt32? {
        find(key(owner, name, isFolded))
    }

    func find(_ owner: UInt32, _ bytes: UnsafeRawBufferPointer, isFolded: Bool = false) -> UInt32? {
        find(Key(owner: owner, bytes: bytes, isFolded: isFolded))
    }

    private func find(_ key: Key) -> UInt32? {
        guard !entries.isEmpty else { return nil }
        let entry = entries[nearest(key)]
        return difference(key, self.key(entry)) == nil ? entry.value : nil
    }

    enum Insertion {
        case added
        /// The name is there already, with this value.
        case found(UInt32)
        case refused
    }

    /// Enters a name unless it is there.
    mutating func insert(_ owner: UInt32, _ name: ByteRange, isFolded: Bool = false, _ value: UInt32) -> Insertion {
        let entry = Entry(owner: owner, name: name, isFolded: isFolded, value: value)
        let number = entries.count
        guard number > 0 else {
            guard entries.append(entry) else { return .refused }
            root = ~0
            return .added
        }
        let new = key(entry)
        let old = nearest(new)
        guard let (symbol, bit) = difference(new, key(entries[old])) else { return .found(entries[old].value) }
        guard entries.append(entry), nodes.reserve(nodes.count + 1) else { return .refused }
        var parent = -1
        var isRight = false
        var place = root
        while place >= 0 {
            let node = nodes[place]
            if node.symbol > symbol || (node.symbol == symbol && node.bit < bit) { break }
            parent = place
            isRight = new.symbol(node.symbol) & node.bit != 0
            place = isRight ? node.right : node.left
        }
        let goesRight = new.symbol(symbol) & bit != 0
        let added = nodes.count
        nodes.appendReserved(
            Node(symbol: symbol, bit: bit, leaf: number, left: goesRight ? place : ~number, right: goesRight ? ~number : place))
        if parent < 0 {
            root = added
        } else if isRight {
            nodes[parent].right = added
        } else {
            nodes[parent].left = added
        }
        return .added
    }
}
