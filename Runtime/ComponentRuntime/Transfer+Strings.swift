// Strings between two sides: validated, and transcoded where the encodings differ, with the allocations that the specification gives.
// Source and target may be one memory and overlap, so no step trusts what an earlier one has seen: each unit is decoded and checked when
// it is copied, and what is written never exceeds what is read times the worst case of the encodings.
// Spec: CanonicalABI.md, `load_string`, `store_string_into_range` and what it calls.
import Containers
import WasmComponent
import WasmEngine

/// A string on the source's side.
struct SourceString {
    enum Form { case utf8, utf16, latin1 }

    var form: Form
    var address: UInt64
    /// Units of the form: bytes, or 16 bits.
    var unitCount: UInt64
    var byteCount: UInt64 { form == .utf16 ? unitCount * 2 : unitCount }
}

extension Transfer {
    mutating func copyString(from place: Place, to result: Place) throws(ComponentTrap) {
        let string = try sourceString(place)
        try charge(string.byteCount)
        switch target.encoding {
        case .utf8:
            if string.form == .utf8 { return try copyUTF8(string, result) }
            try storeUTF8(string, result)
        case .utf16:
            if string.form == .utf8 { return try widenUTF8(string, result) }
            try storeUTF16(string, result)
        case .compact:
            if string.form == .latin1 { return try copyLatin1(string, result) }
            if string.form == .utf16, source.encoding == .compact { return try storeProbablyUTF16(string, result) }
            try storeCompact(string, result)
        }
    }

    private func sourceString(_ place: Place) throws(ComponentTrap) -> SourceString {
        let (address, length) = try loadPair(place)
        var string = SourceString(form: .utf8, address: address, unitCount: length)
        switch source.encoding {
        case .utf8: break
        case .utf16: string.form = .utf16
        case .compact:
            let tag: UInt64 = 1 << (source.is64 ? 63 : 31)
            string.form = length & tag != 0 ? .utf16 : .latin1
            string.unitCount = length & ~tag
        }
        guard string.unitCount <= Transfer.listByteLimit, string.byteCount <= Transfer.listByteLimit else {
            throw outOfBounds(isString: true)
        }
        if source.encoding != .utf8, address & 1 != 0 { throw misaligned() }
        guard source.contains(address, string.byteCount) else { throw outOfBounds(isString: true) }
        return string
    }

    private mutating func allocate(_ byteCount: UInt64, _ alignment: UInt64) throws(ComponentTrap) -> UInt64 {
        let address = try reallocate(0, 0, alignment, byteCount)
        try checkAllocation(address, byteCount, alignment, isString: true)
        return address
    }

    private mutating func resize(_ old: UInt64, _ oldByteCount: UInt64, _ byteCount: UInt64, _ alignment: UInt64)
        throws(ComponentTrap) -> UInt64
    {
        let address = try reallocate(old, oldByteCount, alignment, byteCount)
        try checkAllocation(address, byteCount, alignment, isString: true)
        return address
    }

    // MARK: Decoding

    /// The character at a byte of the source, and the byte behind it.
    private func decode(_ bytes: UnsafeRawBufferPointer, _ form: SourceString.Form, _ position: inout Int) throws(ComponentTrap) -> UInt32 {
        switch form {
        case .latin1:
            position += 1
            return UInt32(bytes[position - 1])
        case .utf16:
            let unit = Transfer.unit(bytes, position)
            position += 2
            guard unit & 0xF800 == 0xD800 else { return unit }
            guard unit < 0xDC00, position + 2 <= bytes.count else { throw Transfer.unpaired }
            let low = Transfer.unit(bytes, position)
            guard low & 0xFC00 == 0xDC00 else { throw Transfer.unpaired }
            position += 2
            return 0x1_0000 + (unit & 0x3FF) << 10 + low & 0x3FF
        case .utf8: return try Transfer.decodeUTF8(bytes, &position)
        }
    }

    private static var unpaired: ComponentTrap { ComponentTrap("invalid utf-16: unpaired surrogate") }

    private static func unit(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
        UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8
    }

    private static func decodeUTF8(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(ComponentTrap) -> UInt32 {
        let start = position
        let first = bytes[start]
        position += 1
        if first < 0x80 { return UInt32(first) }
        guard let lead = UTF8Lead(first) else { throw ComponentTrap("invalid utf-8 sequence at byte %", UInt64(start)) }
        var following = lead.following
        var (low, high) = (lead.low, lead.high)
        var value = UInt32(first) & (following == 1 ? 0x1F : following == 2 ? 0x0F : 0x07)
        while following > 0 {
            guard position < bytes.count else { throw ComponentTrap("incomplete utf-8 byte sequence at byte %", UInt64(start)) }
            let byte = bytes[position]
            guard byte >= low, byte <= high else { throw ComponentTrap("invalid utf-8 sequence at byte %", UInt64(start)) }
            (low, high) = (0x80, 0xBF)
            value = value << 6 | UInt32(byte & 0x3F)
            position += 1
            following -= 1
        }
        return value
    }

    /// The units the string takes in UTF-16, the bytes it takes in UTF-8, and its largest character; also checks it.
    private func survey(_ string: SourceString) throws(ComponentTrap) -> (units: UInt64, bytes: UInt64, largest: UInt32) {
        let bytes = UnsafeRawBufferPointer(try source.bytes(string.address, string.byteCount))
        var position = 0
        var units: UInt64 = 0
        var count: UInt64 = 0
        var largest: UInt32 = 0
        while position < bytes.count {
            // Eight bytes of ASCII at once.
            if string.form == .utf8, position + 8 <= bytes.count,
                bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                position += 8
                units += 8
                count += 8
                largest = max(largest, 0x7F)
                continue
            }
            let character = try decode(bytes, string.form, &position)
            units += character < 0x1_0000 ? 1 : 2
            count += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x1_0000 ? 3 : 4
            largest = max(largest, character)
        }
        return (units, count, largest)
    }

    // MARK: To UTF-8

    private mutating func copyUTF8(_ string: SourceString, _ result: Place) throws(ComponentTrap) {
        // Surveyed when no guest runs any more: what is copied is what was checked.
        let address = try allocate(string.unitCount, 1)
        _ = try survey(string)
        let bytes = UnsafeRawBufferPointer(try source.bytes(string.address, string.byteCount))
        if bytes.count > 0 { try target.bytes(address, string.byteCount).copyMemory(from: bytes) }
        try storePair(address, string.unitCount, result)
    }

    /// Latin-1 or UTF-16 to UTF-8: room for ASCII first, for the worst case at the first character that is none.
    private mutating func storeUTF8(_ string: SourceString, _ result: Place) throws(ComponentTrap) {
        let address = try allocate(string.unitCount, 1)
        let needed = try survey(string)
        if needed.bytes == string.unitCount, needed.largest < 0x80 {
            try write(string, address, string.unitCount, as: .utf8)
            return try storePair(address, string.unitCount, result)
        }
        let worst = string.unitCount * (string.form == .utf16 ? 3 : 2)
        var copy = try resize(address, string.unitCount, worst, 1)
        try write(string, copy, needed.bytes, as: .utf8)
        if worst > needed.bytes { copy = try resize(copy, worst, needed.bytes, 1) }
        try storePair(copy, needed.bytes, result)
    }

    // MARK: To UTF-16

    private mutating func widenUTF8(_ string: SourceString, _ result: Place) throws(ComponentTrap) {
        let worst = string.unitCount * 2
        var address = try allocate(worst, 2)
        let needed = try survey(string)
        try write(string, address, needed.units * 2, as: .utf16)
        if needed.units * 2 < worst { address = try resize(address, worst, needed.units * 2, 2) }
        try storePair(address, needed.units, result)
    }

    /// UTF-16 or Latin-1 to UTF-16: as many units as there are.
    private mutating func storeUTF16(_ string: SourceString, _ result: Place) throws(ComponentTrap) {
        let address = try allocate(string.unitCount * 2, 2)
        _ = try survey(string)
        try write(string, address, string.unitCount * 2, as: .utf16)
        try storePair(address, string.unitCount, result)
    }

    // MARK: To Latin-1 or UTF-16

    private var tag: UInt64 { 1 << (target.is64 ? 63 : 31) }

    private mutating func copyLatin1(_ string: SourceString, _ result: Place) throws(ComponentTrap) {
        let address = try allocate(string.unitCount, 2)
        try write(string, address, string.unitCount, as: .latin1)
        try storePair(address, string.unitCount, result)
    }

    /// UTF-8 or UTF-16: Latin-1 until a character does not fit it.
    private mutating func storeCompact(_ string: SourceString, _ result: Place) throws(ComponentTrap) {
        var address = try allocate(string.unitCount, 2)
        let needed = try survey(string)
        if needed.largest < 0x100 {
            // Each character is one byte, and in UTF-16 one unit.
            try write(string, address, needed.units, as: .latin1)
            if needed.units < string.unitCount { address = try resize(address, string.unitCount, needed.units, 2) }
            return try storePair(address, needed.units, result)
        }
        let worst = string.unitCount * 2
        address = try resize(address, string.unitCount, worst, 2)
        try write(string, address, needed.units * 2, as: .utf16)
        if worst > needed.units * 2 { address = try resize(address, worst, needed.units * 2, 2) }
        try storePair(address, needed.units | tag, result)
    }

    /// Tagged UTF-16: kept as it is unless all of it is Latin-1.
    private mutating func storeProbablyUTF16(_ string: SourceString, _ result: Place) throws(ComponentTrap) {
        var address = try allocate(string.byteCount, 2)
        let needed = try survey(string)
        if needed.largest >= 0x100 {
            try write(string, address, string.byteCount, as: .utf16)
            return try storePair(address, string.unitCount | tag, result)
        }
        try write(string, address, string.unitCount, as: .latin1)
        address = try resize(address, string.byteCount, string.unitCount, 1)
        try storePair(address, string.unitCount, result)
    }

    // MARK: Writing

    /// Writes the string's characters into `byteCount` bytes at an address. A guest's `realloc` may have changed the string since it was
    /// surveyed: one that no longer takes these bytes is a trap.
    private mutating func write(_ string: SourceString, _ address: UInt64, _ byteCount: UInt64, as form: SourceString.Form)
        throws(ComponentTrap)
    {
        let from = UnsafeRawBufferPointer(try source.bytes(string.address, string.byteCount))
        let to = try target.bytes(address, byteCount)
        if form == string.form, from.count == to.count {
            if from.count > 0 { to.copyMemory(from: from) }
            return
        }
        var position = 0
        var written = 0
        while position < from.count {
            let character = try decode(from, string.form, &position)
            let count = Transfer.width(character, form)
            guard count <= to.count - written else { throw Transfer.changed }
            Transfer.put(character, form, to, written)
            written += count
        }
        guard written == to.count else { throw Transfer.changed }
    }

    private static var changed: ComponentTrap { ComponentTrap("a string changed while it was copied") }

    private static func width(_ character: UInt32, _ form: SourceString.Form) -> Int {
        switch form {
        case .latin1: return 1
        case .utf16: return character < 0x1_0000 ? 2 : 4
        case .utf8: return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x1_0000 ? 3 : 4
        }
    }

    private static func put(_ character: UInt32, _ form: SourceString.Form, _ bytes: UnsafeMutableRawBufferPointer, _ position: Int) {
        func byte(_ offset: Int, _ value: UInt32) { bytes[position + offset] = UInt8(truncatingIfNeeded: value) }
        func unit(_ offset: Int, _ value: UInt32) {
            byte(offset, value)
            byte(offset + 1, value >> 8)
        }
        switch form {
        case .latin1: byte(0, character)
        case .utf16 where character < 0x1_0000: unit(0, character)
        case .utf16:
            unit(0, 0xD800 + (character - 0x1_0000) >> 10)
            unit(2, 0xDC00 + character & 0x3FF)
        case .utf8 where character < 0x80: byte(0, character)
        case .utf8 where character < 0x800:
            byte(0, 0xC0 | character >> 6)
            byte(1, 0x80 | character & 0x3F)
        case .utf8 where character < 0x1_0000:
            byte(0, 0xE0 | character >> 12)
            byte(1, 0x80 | character >> 6 & 0x3F)
            byte(2, 0x80 | character & 0x3F)
        case .utf8:
            byte(0, 0xF0 | character >> 18)
            byte(1, 0x80 | character >> 12 & 0x3F)
            byte(2, 0x80 | character >> 6 & 0x3F)
            byte(3, 0x80 | character & 0x3F)
        }
    }
}
