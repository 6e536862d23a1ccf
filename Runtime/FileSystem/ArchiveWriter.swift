// The cpio `newc` archive, written piece by piece: what `Archive` reads. Owns the inode numbers; allocates nothing.

/// Makes what stands in an archive between the names and contents of its files.
public struct ArchiveWriter {
    /// What the size field holds: eight hexadecimal digits.
    public static let fileByteCountLimit: UInt64 = 0xFFFF_FFFF

    /// The header of an entry.
    public typealias Header = InlineArray<110, UInt8>

    private var entryCount: UInt64 = 0

    public init() {}

    /// The header of an entry. The name follows it, then `padding(afterName:)` zero bytes; then `byteCount` bytes of content and
    /// `padding(after:)` zero bytes.
    ///
    /// `mode` has type and permissions as `st_mode`, `time` the nanoseconds since 1970.
    public mutating func header(nameByteCount: Int, mode: UInt32, byteCount: UInt64, time: UInt64) -> Header {
        var header = Header(repeating: 0x30)
        for (index, byte) in [0x30, 0x37, 0x30, 0x37, 0x30, 0x31].enumerated() { header[index] = UInt8(byte) }
        entryCount += 1
        let seconds = min(time / 1_000_000_000, UInt64(UInt32.max))
        // Inode, mode, user, group, links, time, size, two devices of two numbers each, the name with its zero, no checksum.
        let fields: InlineArray<13, UInt64> = [
            entryCount, UInt64(mode), 0, 0, 1, seconds, byteCount, 0, 0, 0, 0, UInt64(nameByteCount) + 1, 0,
        ]
        for field in 0..<13 {
            for digit in 0..<8 {
                let value = UInt8(truncatingIfNeeded: fields[field] >> UInt64(28 - 4 * digit) & 15)
                header[6 + 8 * field + digit] = value < 10 ? 0x30 + value : 0x41 + value - 10
            }
        }
        return header
    }

    /// The name of the entry that ends an archive; its content is empty.
    public static var trailerName: StaticString { Archive.trailer }

    /// How many zero bytes end a name: one, and those that fill header and name up to a multiple of four.
    public static func padding(afterName nameByteCount: Int) -> Int { 1 + (4 - (110 + nameByteCount + 1) % 4) % 4 }

    /// How many zero bytes follow a content of `byteCount` bytes.
    public static func padding(after byteCount: UInt64) -> Int { Int((4 - byteCount % 4) % 4) }
}
