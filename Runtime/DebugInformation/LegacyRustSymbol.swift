// Rust's first mangling: `_ZN`, parts with their lengths, a hash, `E`. It looks like C++, so the hash is what tells them apart.

enum LegacyRustSymbol {
    /// Puts the readable form of a name into `output`, without the hash; false when it is none.
    static func demangle(_ input: NameBytes, _ output: inout NameSink) -> Bool {
        var position = 3
        var isFirst = true
        while NameBytes.isDigit(input[position]) {
            var length = 0
            while NameBytes.isDigit(input[position]) {
                length = length * 10 + Int(input[position] - 48)
                position += 1
                guard length <= input.count else { return false }
            }
            guard length > 0, position + length < input.count else { return false }
            if isHash(input, position, length), input[position + length] == UInt8(ascii: "E") {
                return !isFirst && isEnd(input, position + length + 1)
            }
            if !isFirst { output.put("::") }
            isFirst = false
            guard part(input, position, position + length, &output) else { return false }
            position += length
        }
        return false
    }

    /// What may follow: nothing, or a suffix that the compiler adds to copies.
    private static func isEnd(_ input: NameBytes, _ position: Int) -> Bool {
        position == input.count || input[position] == UInt8(ascii: ".")
    }

    private static func isHash(_ input: NameBytes, _ start: Int, _ length: Int) -> Bool {
        guard length == 17, input[start] == UInt8(ascii: "h") else { return false }
        for index in 1..<17 where hexadecimal(input[start + index]) == nil { return false }
        return true
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        if NameBytes.isDigit(byte) { return UInt32(byte - 48) }
        return byte >= 0x61 && byte <= 0x66 ? UInt32(byte - 87) : nil
    }

    /// A part, in which characters that linkers do not like are `$NAME$`, and `::` is `..`.
    private static func part(_ input: NameBytes, _ start: Int, _ end: Int, _ output: inout NameSink) -> Bool {
        var position = start
        if input[position] == UInt8(ascii: "_"), input[position + 1] == UInt8(ascii: "$") { position += 1 }
        while position < end {
            let byte = input[position]
            if byte == UInt8(ascii: "."), position + 1 < end, input[position + 1] == byte {
                output.put("::")
                position += 2
            } else if byte == UInt8(ascii: "$") {
                var close = position + 1
                while close < end, input[close] != byte { close += 1 }
                guard close < end, let character = escape(input, position + 1, close - position - 1) else { return false }
                output.put(character)
                position = close + 1
            } else {
                output.put(byte)
                position += 1
            }
        }
        return true
    }

    private static func escape(_ input: NameBytes, _ start: Int, _ length: Int) -> UInt8? {
        if input.isEqual("SP", start, length) { return UInt8(ascii: "@") }
        if input.isEqual("BP", start, length) { return UInt8(ascii: "*") }
        if input.isEqual("RF", start, length) { return UInt8(ascii: "&") }
        if input.isEqual("LT", start, length) { return UInt8(ascii: "<") }
        if input.isEqual("GT", start, length) { return UInt8(ascii: ">") }
        if input.isEqual("LP", start, length) { return UInt8(ascii: "(") }
        if input.isEqual("RP", start, length) { return UInt8(ascii: ")") }
        if input.isEqual("C", start, length) { return UInt8(ascii: ",") }
        guard length > 1, length <= 7, input[start] == UInt8(ascii: "u") else { return nil }
        var value: UInt32 = 0
        for index in 1..<length {
            guard let digit = hexadecimal(input[start + index]) else { return nil }
            value = value << 4 | digit
        }
        // Characters beyond ASCII are not shown.
        return value >= 0x20 && value < 0x7f ? UInt8(value) : UInt8(ascii: "?")
    }
}
