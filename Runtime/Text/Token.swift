// One token of the text format and what may be asked of its bytes. Owns no memory: a token is a range of the text.
// Spec: WebAssembly core, 6.3 (lexical format).

/// A token: its kind and its byte range in the text.
package struct Token {
    package enum Kind: UInt8 {
        case leftParenthesis
        case rightParenthesis
        /// Begins with a lower-case letter: keywords and instruction names.
        case keyword
        /// `$name`; the range includes the dollar sign.
        case identifier
        /// `$"name"`; the range includes the dollar sign and both quotes.
        case quotedIdentifier
        /// A string literal; the range includes both quotes.
        case string
        /// An unsigned integer.
        case natural
        /// A signed integer: a sign is there.
        case integer
        /// A floating-point literal, `inf` and `nan` among them.
        case float
        /// `(@id` of an annotation the assembler knows; the whole annotation, its closing parenthesis included.
        case annotation
        /// Characters in a row that form no token.
        case reserved
        /// The end of the text.
        case end
    }

    package var kind: Kind
    package var start: Int
    package var end: Int

    /// Number of bytes.
    package var byteCount: Int { end - start }
}

/// Classes of characters, and the number grammar, as functions over bytes.
enum Character8 {
    /// The characters an identifier or a keyword may hold.
    @inline(__always)
    static func isIdentifier(_ byte: UInt8) -> Bool {
        guard byte > 0x20, byte < 0x7f else { return false }
        switch byte {
        case 0x22, 0x28, 0x29, 0x2c, 0x3b, 0x5b, 0x5d, 0x7b, 0x7d: return false
        default: return true
        }
    }

    /// Characters that are in no token but the reserved one.
    @inline(__always)
    static func isReservedPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2c, 0x3b, 0x5b, 0x5d, 0x7b, 0x7d: return true
        default: return false
        }
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: return byte - 0x30
        case 0x41...0x46: return byte - 0x41 + 10
        case 0x61...0x66: return byte - 0x61 + 10
        default: return nil
        }
    }
}

/// The grammar of numbers: which kind of number a run of identifier characters is, if any.
struct NumberGrammar {
    let text: UnsafeRawBufferPointer
    var position: Int
    let end: Int

    /// The kind of number token that the whole range is, or nil.
    static func classify(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Token.Kind? {
        var grammar = NumberGrammar(text: text, position: start, end: end)
        return grammar.classify()
    }

    private mutating func classify() -> Token.Kind? {
        var isSigned = false
        if peek == 0x2b || peek == 0x2d {
            isSigned = true
            position += 1
        }
        if matches("inf") { return position == end ? .float : nil }
        if matches("nan") {
            if position == end { return .float }
            guard matches(":0x"), digits(hexadecimal: true), position == end else { return nil }
            return .float
        }
        let isHexadecimal = matches("0x")
        guard digits(hexadecimal: isHexadecimal) else { return nil }
        if position == end { return isSigned ? .integer : .natural }
        if peek == 0x2e {
            position += 1
            if position == end { return .float }
            if isDigit(hexadecimal: isHexadecimal), !digits(hexadecimal: isHexadecimal) { return nil }
            if position == end { return .float }
        }
        let exponent = peek | 0x20
        guard exponent == (isHexadecimal ? 0x70 : 0x65) else { return nil }
        position += 1
        if peek == 0x2b || peek == 0x2d { position += 1 }
        guard digits(hexadecimal: false), position == end else { return nil }
        return .float
    }

    private var peek: UInt8 { position < end ? text[position] : 0 }

    private func isDigit(hexadecimal: Bool) -> Bool {
        guard position < end else { return false }
        return hexadecimal ? Character8.hexadecimal(text[position]) != nil : Character8.isDigit(text[position])
    }

    /// Digits, with single underscores between them.
    private mutating func digits(hexadecimal: Bool) -> Bool {
        guard isDigit(hexadecimal: hexadecimal) else { return false }
        while position < end {
            if isDigit(hexadecimal: hexadecimal) {
                position += 1
            } else if text[position] == 0x5f {
                position += 1
                guard isDigit(hexadecimal: hexadecimal) else { return false }
            } else {
                break
            }
        }
        return true
    }

    private mutating func matches(_ word: StaticString) -> Bool {
        guard end - position >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where text[position + index] != word.utf8Start[index] { return false }
        position += word.utf8CodeUnitCount
        return true
    }
}
