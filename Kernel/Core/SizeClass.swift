// The sizes the kernel heap rounds small allocations up to: every 16 bytes to 128, then four sizes a doubling to 2048, of which at most
// a fifth of a block is lost; and 4064, of which four fill a chunk of 16 KiB to the last byte behind its header.

/// The heap's small block sizes by index.
public enum SizeClass {
    /// How many sizes there are.
    public static let count = 25
    /// The largest small block; more comes in whole pages.
    public static let maximumByteCount = 4064

    /// The index of the smallest size that holds `byteCount` bytes, which is at most `maximumByteCount`.
    @inlinable public static func index(forByteCount byteCount: Int) -> Int {
        if byteCount > 2048 { return count &- 1 }
        if byteCount <= 128 { return byteCount <= 16 ? 0 : (byteCount &- 1) &>> 4 }
        let last = byteCount &- 1
        let top = Int.bitWidth &- 1 &- last.leadingZeroBitCount
        return 8 &+ (top &- 7) &* 4 &+ ((last &>> (top &- 2)) & 3)
    }

    /// The size of an index.
    @inlinable public static func byteCount(at index: Int) -> Int {
        if index == count &- 1 { return maximumByteCount }
        if index < 8 { return (index &+ 1) &* 16 }
        let shift = (index &- 8) &>> 2
        let step = (index &- 8) & 3
        return (128 &<< shift) &+ (step &+ 1) &* (32 &<< shift)
    }
}
