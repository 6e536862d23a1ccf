// The cpio `newc` archive, written piece by piece: what `Archive` reads. Owns the inode numbers.

/// Makes the pieces of an archive that stand between the contents of its files.
public struct ArchiveWriter {
    /// What the size field holds: eight hexadecimal digits.
    public static let fileByteCountLimit: UInt64 = 0xFFFF_FFFF

    private var entryCount: UInt64 = 0

    public init() {}

    /// Appends the header and the name of an entry; `byteCount` bytes of content and `padding(after:)` follow it.
    ///
    /// `mode` has type and permissions as `st_mode`, `time` the nanoseconds since 1970.
    public mutating func append(name: [UInt8], mode: UInt32, byteCount: UInt64, time: UInt64, to bytes: inout [UInt8]) {
        let start = bytes.count
        for byte in [0x30, 0x37, 0x30, 0x37, 0x30, 0x31] as [UInt8] { bytes.append(byte) }
        entryCount += 1
        let seconds = min(time / 1_000_000_000, UInt64(UInt32.max))
        // Inode, mode, user, group, links, time, size, two devices of two numbers each, the name with its zero, no checksum.
        for field in [entryCount, UInt64(mode), 0, 0, 1, seconds, byteCount, 0, 0, 0, 0, UInt64(name.count) + 1, 0] as [UInt64] {
            for digit in 0..<8 {
                let value = UInt8(truncatingIfNeeded: field >> UInt64(28 - 4 * digit) & 15)
                bytes.append(value < 10 ? 0x30 + value : 0x41 + value - 10)
            }
        }
        bytes.append(contentsOf: name)
        bytes.append(0)
        while (bytes.count - start) % 4 != 0 { bytes.append(0) }
    }

    /// Appends the entry that ends the archive.
    public mutating func appendTrailer(to bytes: inout [UInt8]) {
        append(name: Array(Archive.trailer.bytes), mode: 0, byteCount: 0, time: 0, to: &bytes)
    }

    /// How many zero bytes follow a content of `byteCount` bytes.
    public static func padding(after byteCount: UInt64) -> Int { Int((4 - byteCount % 4) % 4) }
}
