// String literals: scanning, escapes, UTF-8. Owns nothing.
// Spec: WebAssembly core, 6.3.3 (strings) and 6.3.4 (names).

extension Lexer {
    /// Moves past the string literal at the cursor. A string that is none raises `orElse` (identifiers have words of their own) or what is wrong with it.
    mutating func skipString(orElse message: StaticString?) throws(TextError) {
        let start = position
        position += 1
        while position < text.count {
            let byte = text[position]
            switch byte {
            case 0x22:
                position += 1
                return
            case 0x5c:
                guard let length = escapeLength() else {
                    throw TextError(
                        .syntax, at: Token(kind: .reserved, start: position, end: min(position + 2, text.count)), "illegal escape")
                }
                position += length
            case 0x00..<0x20, 0x7f:
                let token = Token(kind: .reserved, start: position, end: position + 1)
                if let message { throw TextError(.syntax, at: Token(kind: .reserved, start: start, end: position), message) }
                throw TextError(.encoding, at: token, byte == 0x0a ? "unclosed string" : "illegal control character")
            case 0x20..<0x80:
                position += 1
            default:
                let length = UTF8Decoder.sequenceLength(text, position, text.count)
                guard length > 0 else {
                    throw TextError(.encoding, at: Token(kind: .reserved, start: position, end: position + 1), "malformed UTF-8 encoding")
                }
                position += length
            }
        }
        throw TextError(.syntax, at: Token(kind: .reserved, start: start, end: start + 1), "unclosed string")
    }

    /// Length in bytes of the escape at the cursor, or nil when it is none.
    private func escapeLength() -> Int? {
        switch byte(1) {
        case 0x6e, 0x72, 0x74, 0x5c, 0x27, 0x22: return 2
        case 0x75:
            guard byte(2) == 0x7b else { return nil }
            var place = position + 3
            var value: UInt32 = 0
            var digitCount = 0
            while place < text.count, text[place] != 0x7d {
                if let digit = Character8.hexadecimal(text[place]) {
                    value = value << 4 | UInt32(digit)
                    guard value < 0x11_0000 else { return nil }
                    digitCount += 1
                } else if text[place] != 0x5f || digitCount == 0 || text[place - 1] == 0x5f {
                    return nil
                }
                place += 1
            }
            guard place < text.count, digitCount > 0, text[place - 1] != 0x5f, value < 0xd800 || value >= 0xe000 else { return nil }
            return place + 1 - position
        default:
            guard Character8.hexadecimal(byte(1)) != nil, Character8.hexadecimal(byte(2)) != nil else { return nil }
            return 3
        }
    }

    /// Appends the bytes a string token (or quoted identifier) means. The token came from this lexer, so its escapes are sound.
    package func appendString(_ token: Token, to output: inout [UInt8]) {
        var place = token.start + (token.kind == .quotedIdentifier ? 2 : 1)
        let end = token.end - 1
        while place < end {
            let byte = text[place]
            guard byte == 0x5c else {
                output.append(byte)
                place += 1
                continue
            }
            let escape = text[place + 1]
            place += 2
            switch escape {
            case 0x6e: output.append(0x0a)
            case 0x72: output.append(0x0d)
            case 0x74: output.append(0x09)
            case 0x5c, 0x27, 0x22: output.append(escape)
            case 0x75:
                var value: UInt32 = 0
                place += 1
                while text[place] != 0x7d {
                    if let digit = Character8.hexadecimal(text[place]) { value = value << 4 | UInt32(digit) }
                    place += 1
                }
                place += 1
                UTF8Decoder.append(value, to: &output)
            default:
                let high = Character8.hexadecimal(escape) ?? 0
                let low = Character8.hexadecimal(text[place]) ?? 0
                output.append(high << 4 | low)
                place += 1
            }
        }
    }

    /// The bytes a string token means.
    package func string(_ token: Token) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(token.byteCount)
        appendString(token, to: &bytes)
        return bytes
    }

    /// Refuses a string whose bytes are not UTF-8, as names must be.
    func validateString(_ token: Token) throws(TextError) {
        guard UTF8Decoder.isValid(string(token)) else { throw TextError(.encoding, at: token, "malformed UTF-8 encoding") }
    }
}

/// Just enough UTF-8: lengths, validity, writing one scalar.
package enum UTF8Decoder {
    /// Length of the well-formed sequence at `position`, 0 when there is none.
    static func sequenceLength(_ text: UnsafeRawBufferPointer, _ position: Int, _ end: Int) -> Int {
        let first = text[position]
        if first < 0x80 { return 1 }
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
        guard first >= 0xc2, first <= 0xf4, position + length <= end else { return 0 }
        let second = text[position + 1]
        switch first {
        case 0xe0: guard second >= 0xa0, second <= 0xbf else { return 0 }
        case 0xed: guard second >= 0x80, second <= 0x9f else { return 0 }
        case 0xf0: guard second >= 0x90, second <= 0xbf else { return 0 }
        case 0xf4: guard second >= 0x80, second <= 0x8f else { return 0 }
        default: guard second & 0xc0 == 0x80 else { return 0 }
        }
        if length > 2, text[position + 2] & 0xc0 != 0x80 { return 0 }
        if length > 3, text[position + 3] & 0xc0 != 0x80 { return 0 }
        return length
    }

    /// Whether all of `bytes` is UTF-8.
    package static func isValid(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { isValid($0) }
    }

    /// Whether all of `bytes` is UTF-8.
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position < bytes.count {
            let length = sequenceLength(bytes, position, bytes.count)
            if length == 0 { return false }
            position += length
        }
        return true
    }

    /// Appends a Unicode scalar value.
    static func append(_ value: UInt32, to output: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: value >> shift & 0x3f) }
        switch value {
        case 0..<0x80: output.append(UInt8(truncatingIfNeeded: value))
        case 0x80..<0x800:
            output.append(0xc0 | UInt8(truncatingIfNeeded: value >> 6))
            output.append(tail(0))
        case 0x800..<0x1_0000:
            output.append(0xe0 | UInt8(truncatingIfNeeded: value >> 12))
            output.append(tail(6))
            output.append(tail(0))
        default:
            output.append(0xf0 | UInt8(truncatingIfNeeded: value >> 18))
            output.append(tail(12))
            output.append(tail(6))
            output.append(tail(0))
        }
    }
}
