// The flattened device tree: what the machine has and where. Read in place, nothing is copied or allocated.
// Devicetree Specification 0.4, chapter 5 (the format), 2.3 (standard properties).

/// Why a device tree was refused.
public enum DeviceTreeError: Error, Equatable, Sendable {
    case badMagic
    case unsupportedVersion
    case truncated
    case malformedStructure

    public var message: StaticString {
        switch self {
        case .badMagic: "the device tree does not begin with its magic number"
        case .unsupportedVersion: "the device tree's version is not understood"
        case .truncated: "the device tree is shorter than its header says"
        case .malformedStructure: "the device tree's structure block is malformed"
        }
    }
}

/// A checked view of a flattened device tree. It borrows the bytes for as long as it lives.
public struct DeviceTree {
    /// The whole tree, `totalsize` bytes.
    public let bytes: UnsafeRawBufferPointer
    let structureStart: Int
    let structureEnd: Int
    let stringsStart: Int
    let stringsEnd: Int
    let reservationsStart: Int

    /// The size a tree claims to have, from its first 8 bytes; nil when they are not a device tree's.
    public static func byteCount(headerAt address: UnsafeRawPointer) -> Int? {
        guard UInt32(bigEndian: address.loadUnaligned(as: UInt32.self)) == 0xd00d_feed else { return nil }
        return Int(UInt32(bigEndian: address.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
    }

    /// Checks the header and walks the structure block once, so that the readers below need not.
    public init(_ bytes: UnsafeRawBufferPointer) throws(DeviceTreeError) {
        guard bytes.count >= 40 else { throw .truncated }
        func word(_ offset: Int) -> Int { Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))) }
        guard word(0) == 0xd00d_feed else { throw .badMagic }
        let totalByteCount = word(4)
        guard totalByteCount <= bytes.count, totalByteCount >= 40 else { throw .truncated }
        // Version 17 readers read every later version that says it is compatible; 16 lacks the structure size.
        guard word(20) >= 17, word(24) <= 17 else { throw .unsupportedVersion }
        structureStart = word(8)
        stringsStart = word(12)
        reservationsStart = word(16)
        structureEnd = structureStart + word(36)
        stringsEnd = stringsStart + word(32)
        guard structureEnd <= totalByteCount, stringsEnd <= totalByteCount, reservationsStart <= totalByteCount, structureStart % 4 == 0
        else { throw .truncated }
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[0..<totalByteCount])
        try checkStructure()
    }

    private func checkStructure() throws(DeviceTreeError) {
        var cursor = Cursor(tree: self, offset: structureStart)
        var depth = 0
        while true {
            switch cursor.next() {
            case .beginNode:
                depth += 1
                if depth > Cursor.maximumDepth { throw .malformedStructure }
            case .endNode:
                depth -= 1
                if depth < 0 { throw .malformedStructure }
            case .property: if depth == 0 { throw .malformedStructure }
            case .end:
                if depth != 0 { throw .malformedStructure }
                return
            case .malformed: throw .malformedStructure
            }
        }
    }

    func word(at offset: Int) -> UInt32 { UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }

    /// The zero-ended text at an offset, without the zero; nil when it does not end before `limit`.
    func text(at offset: Int, limit: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, offset < limit else { return nil }
        var end = offset
        while end < limit {
            if bytes[end] == 0 { return UnsafeRawBufferPointer(rebasing: bytes[offset..<end]) }
            end += 1
        }
        return nil
    }

    /// One token of the structure block.
    enum Token {
        case beginNode(name: UnsafeRawBufferPointer)
        case endNode
        case property(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
        case end
        case malformed
    }

    /// Reads tokens in order. Every access is checked against the blocks' bounds.
    struct Cursor {
        static let maximumDepth = 16
        let tree: DeviceTree
        var offset: Int

        mutating func next() -> Token {
            while offset + 4 <= tree.structureEnd {
                let token = tree.word(at: offset)
                offset += 4
                switch token {
                case 1:
                    guard let name = tree.text(at: offset, limit: tree.structureEnd) else { return .malformed }
                    offset = (offset + name.count + 1 + 3) & ~3
                    return .beginNode(name: name)
                case 2: return .endNode
                case 3:
                    guard offset + 8 <= tree.structureEnd else { return .malformed }
                    let byteCount = Int(tree.word(at: offset))
                    let nameOffset = tree.stringsStart + Int(tree.word(at: offset + 4))
                    let start = offset + 8
                    guard start + byteCount <= tree.structureEnd, let name = tree.text(at: nameOffset, limit: tree.stringsEnd)
                    else { return .malformed }
                    offset = (start + byteCount + 3) & ~3
                    return .property(name: name, value: UnsafeRawBufferPointer(rebasing: tree.bytes[start..<(start + byteCount)]))
                case 4: continue
                case 9: return .end
                default: return .malformed
                }
            }
            return .malformed
        }
    }
}

/// Whether bytes are exactly a text.
public func isEqual(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<bytes.count where bytes[index] != text.utf8Start[index] { return false }
    return true
}

/// Whether bytes begin with a text.
public func hasPrefix(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    bytes.count >= text.utf8CodeUnitCount && isEqual(UnsafeRawBufferPointer(rebasing: bytes[0..<text.utf8CodeUnitCount]), text)
}
