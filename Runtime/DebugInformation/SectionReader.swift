// A cursor over a debug section: little-endian integers, LEB128, strings (DWARF 5, 7.4 to 7.6). It never traps: a read beyond the end gives
// zero and makes the reader broken, which whoever reads a list asks before each item.

struct SectionReader {
    private let base: UnsafePointer<UInt8>
    /// Offset of the next byte in the section.
    private(set) var position: Int
    /// Offset of the first byte that may not be read.
    private(set) var end: Int
    /// Whether a read went beyond the end; all reads give zero from then on.
    private(set) var isBroken = false

    /// From `start` to `end`, or to the section's end; broken when there is no such place.
    init(_ section: DebugSection, at start: Int, end: Int = .max) {
        base = section.base
        self.end = min(end, section.count)
        position = start
        if start < 0 || start > self.end {
            position = 0
            self.end = 0
            isBroken = true
        }
    }

    /// From an offset that a file names.
    init(_ section: DebugSection, at start: UInt64) { self.init(section, at: Int(clamping: start)) }

    var isAtEnd: Bool { position >= end }
    var remaining: Int { end &- position }

    /// Makes the reader broken.
    @inline(never) mutating func fail() {
        isBroken = true
        position = end
    }

    /// Ends the stretch `count` bytes from here; broken when there are fewer.
    mutating func limit(to count: UInt64) {
        guard count <= UInt64(remaining) else { return fail() }
        end = position &+ Int(count)
    }

    @inline(__always) mutating func u8() -> UInt8 {
        guard position < end else {
            fail()
            return 0
        }
        let value = base[position]
        position &+= 1
        return value
    }

    /// An integer of 1 to 8 bytes.
    mutating func unsigned(byteCount: Int) -> UInt64 {
        guard byteCount <= remaining else {
            fail()
            return 0
        }
        var value: UInt64 = 0
        for index in 0..<byteCount { value |= UInt64(base[position &+ index]) &<< UInt64(index &* 8) }
        position &+= byteCount
        return value
    }

    mutating func u16() -> UInt16 { UInt16(truncatingIfNeeded: unsigned(byteCount: 2)) }
    mutating func u32() -> UInt32 { UInt32(truncatingIfNeeded: unsigned(byteCount: 4)) }

    /// An unsigned LEB128; what does not fit 64 bits is broken.
    @inline(__always) mutating func uleb() -> UInt64 {
        if position < end, base[position] < 0x80 {
            let value = UInt64(base[position])
            position &+= 1
            return value
        }
        return longULEB()
    }

    @inline(never) private mutating func longULEB() -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = u8()
            if isBroken { return 0 }
            if shift < 64 {
                value |= UInt64(byte & 0x7f) &<< shift
                if shift == 63, byte & 0x7e != 0 { fail() }
            } else if byte & 0x7f != 0 {
                fail()
            }
            if byte < 0x80 { return isBroken ? 0 : value }
            shift &+= 7
        }
    }

    /// A signed LEB128; bits beyond the 64th are dropped.
    mutating func sleb() -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = u8()
            if isBroken { return 0 }
            if shift < 64 { value |= UInt64(byte & 0x7f) &<< shift }
            shift &+= 7
            if byte < 0x80 {
                if shift < 64, byte & 0x40 != 0 { value |= UInt64.max &<< shift }
                return Int64(bitPattern: value)
            }
        }
    }

    /// Goes `count` bytes on.
    mutating func skip(_ count: UInt64) {
        guard count <= UInt64(remaining) else { return fail() }
        position &+= Int(count)
    }

    /// The length of a unit and whether its offsets have 8 bytes (DWARF 5, 7.4); the reader ends where the unit does.
    mutating func unitLength() -> Int {
        var length = UInt64(u32())
        var offsetByteCount = 4
        if length == 0xffff_ffff {
            length = unsigned(byteCount: 8)
            offsetByteCount = 8
        } else if length >= 0xffff_fff0 {
            fail()
        }
        limit(to: length)
        return offsetByteCount
    }

    /// Longest string; further bytes are left out.
    static let stringByteLimit = 4096

    /// A string that ends with a zero byte; the reader is behind it.
    mutating func string() -> UnsafeRawBufferPointer {
        let start = position
        while position < end, base[position] != 0 { position &+= 1 }
        let count = min(position &- start, SectionReader.stringByteLimit)
        if position < end { position &+= 1 } else { fail() }
        return UnsafeRawBufferPointer(start: base + start, count: count)
    }

    /// Goes behind a string.
    mutating func skipString() {
        while position < end, base[position] != 0 { position &+= 1 }
        if position < end { position &+= 1 } else { fail() }
    }

    /// The string at an offset of a section; nil when there is none, cut at `stringByteLimit`.
    static func string(in section: DebugSection, at offset: UInt64) -> UnsafeRawBufferPointer? {
        guard offset < UInt64(section.count) else { return nil }
        let start = Int(offset)
        let bound = min(section.count, start &+ stringByteLimit)
        var position = start
        while position < bound, section.base[position] != 0 { position &+= 1 }
        return UnsafeRawBufferPointer(start: section.base + start, count: position &- start)
    }
}
