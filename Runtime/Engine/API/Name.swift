// Name: the name of a module or a field: UTF-8 bytes, compared byte by byte (core specification, 5.2.4).

/// A name: bytes, compared byte by byte. `String` would bring Unicode normalisation, which the specification does not ask for.
public struct Name: Hashable, ExpressibleByStringLiteral, Sendable {
    /// The UTF-8 bytes.
    public let bytes: [UInt8]

    /// A name from a literal.
    public init(stringLiteral value: StaticString) {
        bytes = Array(UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// A name from its bytes.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// A name copied from memory.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }

    /// A name copied from a string's UTF-8.
    public init(_ string: String) { bytes = Array(string.utf8) }

    /// Compares bytes.
    public static func == (left: Name, right: Name) -> Bool {
        let count = left.bytes.count
        guard count == right.bytes.count else { return false }
        var index = 0
        while index < count {
            if left.bytes[index] != right.bytes[index] { return false }
            index += 1
        }
        return true
    }

    /// Mixes the bytes in (FNV-1a first, so that the standard hasher sees one word).
    public func hash(into hasher: inout Hasher) {
        var mixed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { mixed = (mixed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hasher.combine(mixed)
    }
}

extension Name {
    /// Whether the name has these bytes.
    public func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard other.count == bytes.count else { return false }
        var index = 0
        while index < other.count {
            if other[index] != bytes[index] { return false }
            index += 1
        }
        return true
    }
}
