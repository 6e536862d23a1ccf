// UTF-8, which the names of modules and files must be.

/// What the first byte of a sequence of several says of the others (RFC 3629).
package struct UTF8Lead {
    /// How many bytes follow: 1 to 3.
    package let following: Int
    /// The bounds of the second byte, which exclude overlong forms, surrogates and what is above U+10FFFF. Those behind it have 0x80 to 0xBF.
    package private(set) var low: UInt8 = 0x80
    package private(set) var high: UInt8 = 0xBF

    /// Nil for a byte that begins no sequence of several.
    @inline(__always) package init?(_ first: UInt8) {
        switch first {
        case 0xC2...0xDF: following = 1
        case 0xE0...0xEF:
            following = 2
            if first == 0xE0 { low = 0xA0 }
            if first == 0xED { high = 0x9F }
        case 0xF0...0xF4:
            following = 3
            if first == 0xF0 { low = 0x90 }
            if first == 0xF4 { high = 0x8F }
        default: return nil
        }
    }
}

/// Whether bytes are well-formed UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF).
package func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let count = bytes.count
    var i = 0
    while i < count {
        let first = bytes[i]
        i += 1
        if first < 0x80 { continue }
        guard let lead = UTF8Lead(first), count - i >= lead.following, bytes[i] >= lead.low, bytes[i] <= lead.high else { return false }
        for k in 1..<3 where k < lead.following {
            guard bytes[i + k] & 0xC0 == 0x80 else { return false }
        }
        i += lead.following
    }
    return true
}
