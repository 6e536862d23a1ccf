// The cpio `newc` archive, read in place: a cursor over its entries. What the initrd is made of.
// Owns nothing; names and contents are ranges of the caller's bytes.

/// Why an archive cannot be read.
public struct ArchiveError: Error, Sendable {
    public enum Kind: UInt8, Sendable {
        case absent, truncated, badMagic, badNumber, badName, noTrailer, tooLarge, noMemory
    }
    public var kind: Kind
    /// Where in the archive, in bytes.
    public var offset: Int

    /// The reason in words.
    public var message: StaticString {
        switch kind {
        case .absent: "there is no archive (no bytes)"
        case .truncated: "the archive ends inside an entry"
        case .badMagic: "not a cpio archive in the newc format (an entry does not begin with 070701)"
        case .badNumber: "an entry's header holds something that is no hexadecimal number"
        case .badName: "an entry's name is empty, not terminated, or leads out of the archive"
        case .noTrailer: "the archive ends without its TRAILER!!! entry"
        case .tooLarge: "an archive of more than 16 GiB"
        case .noMemory: "there is not enough memory for the table of its files"
        }
    }
}

/// One entry of an archive.
public struct ArchiveEntry {
    /// The path without its terminating zero.
    public var name: UnsafeRawBufferPointer
    public var content: UnsafeRawBufferPointer
    /// File type and permissions as in `st_mode`.
    public var mode: UInt32
    public var inode: UInt32
    public var deviceMajor: UInt32
    public var deviceMinor: UInt32
    public var linkCount: UInt32
    /// Seconds since 1970.
    public var modificationTime: UInt32
    /// Where the entry's header begins in the archive.
    public var offset: Int
}

/// A cursor over the entries of a `newc` archive.
public struct Archive {
    /// Header: the magic and 13 fields of 8 hexadecimal digits.
    private static let headerByteCount = 6 + 13 * 8
    /// The name of the entry that ends an archive.
    static var trailer: StaticString { "TRAILER!!!" }

    public let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// Over `bytes`, which must stay where they are as long as anything read from here is used.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next entry, or nil after the trailer.
    public mutating func next() throws(ArchiveError) -> ArchiveEntry? {
        let start = position
        guard bytes.count > 0 else { throw ArchiveError(kind: .absent, offset: 0) }
        guard start < bytes.count else { throw ArchiveError(kind: .noTrailer, offset: start) }
        guard bytes.count - start >= Archive.headerByteCount else { throw ArchiveError(kind: .truncated, offset: start) }
        // "070701"; "070702" is the same with checksums, which we do not verify.
        for (index, digit) in [48, 55, 48, 55, 48].enumerated() where bytes[start + index] != UInt8(digit) {
            throw ArchiveError(kind: .badMagic, offset: start)
        }
        guard bytes[start + 5] == 49 || bytes[start + 5] == 50 else { throw ArchiveError(kind: .badMagic, offset: start) }

        let inode = try field(0, start)
        let mode = try field(1, start)
        let linkCount = try field(4, start)
        let modificationTime = try field(5, start)
        let contentByteCount = Int(try field(6, start))
        let deviceMajor = try field(7, start)
        let deviceMinor = try field(8, start)
        let nameByteCount = Int(try field(11, start))

        let nameStart = start + Archive.headerByteCount
        guard nameByteCount <= bytes.count - nameStart else { throw ArchiveError(kind: .truncated, offset: start) }
        guard nameByteCount > 1, bytes[nameStart + nameByteCount - 1] == 0 else { throw ArchiveError(kind: .badName, offset: start) }
        let name = UnsafeRawBufferPointer(rebasing: bytes[nameStart..<nameStart + nameByteCount - 1])
        // Header plus name, and the content, are each padded to 4 bytes.
        let contentStart = (nameStart + nameByteCount + 3) & ~3
        guard contentStart <= bytes.count, contentByteCount <= bytes.count - contentStart else {
            throw ArchiveError(kind: .truncated, offset: start)
        }
        let content = UnsafeRawBufferPointer(rebasing: bytes[contentStart..<contentStart + contentByteCount])
        position = (contentStart + contentByteCount + 3) & ~3
        if name.elementsEqual(Archive.trailer.bytes) { return nil }
        return ArchiveEntry(
            name: name, content: content, mode: mode, inode: inode, deviceMajor: deviceMajor, deviceMinor: deviceMinor,
            linkCount: linkCount, modificationTime: modificationTime, offset: start)
    }

    /// The `index`-th number of the header at `start`.
    private func field(_ index: Int, _ start: Int) throws(ArchiveError) -> UInt32 {
        var value: UInt32 = 0
        let first = start + 6 + index * 8
        for position in first..<first + 8 {
            let digit = bytes[position]
            switch digit {
            case 48...57: value = value << 4 | UInt32(digit - 48)
            case 65...70: value = value << 4 | UInt32(digit - 55)
            case 97...102: value = value << 4 | UInt32(digit - 87)
            default: throw ArchiveError(kind: .badNumber, offset: position)
            }
        }
        return value
    }

}
