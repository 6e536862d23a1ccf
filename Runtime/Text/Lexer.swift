// The lexer: bytes to tokens, on demand, keeping nothing. Comments and unknown annotations disappear here.
// Spec: WebAssembly core, 6.3 (lexical format), and the annotations chapter of the appendix.

/// A cursor over a text that yields tokens.
package struct Lexer {
    /// The text. Whoever made the lexer keeps it alive.
    package let text: UnsafeRawBufferPointer
    /// Where the next token is looked for.
    package var position: Int
    /// Whether `(@custom …)`, `(@name …)` and `(@metadata.code.branch_hint …)` come back as tokens.
    package var yieldsAnnotations: Bool

    package init(text: UnsafeRawBufferPointer, position: Int = 0, yieldsAnnotations: Bool = true) {
        self.text = text
        self.position = position
        self.yieldsAnnotations = yieldsAnnotations
    }

    /// The byte at `position + distance`, or 0 past the end (0 is legal nowhere outside strings' escapes).
    @inline(__always)
    func byte(_ distance: Int = 0) -> UInt8 {
        let place = position + distance
        return place < text.count ? text[place] : 0
    }

    /// Reads the next token.
    package mutating func next() throws(TextError) -> Token {
        while position < text.count {
            let start = position
            let byte = text[position]
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d:
                position += 1
            case 0x28:
                if self.byte(1) == 0x3b {
                    try skipBlockComment()
                } else if self.byte(1) == 0x40 {
                    if let token = try annotation() { return token }
                } else {
                    position += 1
                    return Token(kind: .leftParenthesis, start: start, end: position)
                }
            case 0x29:
                position += 1
                return Token(kind: .rightParenthesis, start: start, end: position)
            case 0x3b where self.byte(1) == 0x3b:
                try skipLineComment()
            default:
                return try word()
            }
        }
        return Token(kind: .end, start: text.count, end: text.count)
    }

    /// A maximal run of identifier characters, strings and reserved punctuation, and what it is.
    private mutating func word() throws(TextError) -> Token {
        let start = position
        let first = text[start]
        var stringCount = 0
        var stringEnd = -1
        var firstStringStart = start
        var isPlain = true
        while position < text.count {
            let byte = text[position]
            if Character8.isIdentifier(byte) {
                position += 1
            } else if byte == 0x22 {
                if stringCount == 0 { firstStringStart = position }
                if first == 0x24, position == start + 1 {
                    try skipString(orElse: "empty identifier")
                } else {
                    try skipString(orElse: nil)
                }
                stringCount += 1
                stringEnd = position
                if stringCount > 1 { isPlain = false }
            } else if Character8.isReservedPunctuation(byte) {
                if byte == 0x3b, self.byte(1) == 0x3b { break }
                isPlain = false
                position += 1
            } else {
                break
            }
        }
        if position == start { throw illegalCharacter() }
        if stringCount == 1, isPlain {
            let isTail = stringEnd == position
            if firstStringStart == start, isTail { return Token(kind: .string, start: start, end: position) }
            if first == 0x24, firstStringStart == start + 1, isTail {
                if position - start == 3 {
                    throw TextError(.syntax, at: Token(kind: .reserved, start: start, end: position), "empty identifier")
                }
                return Token(kind: .quotedIdentifier, start: start, end: position)
            }
            return Token(kind: .reserved, start: start, end: position)
        }
        guard stringCount == 0, isPlain else { return Token(kind: .reserved, start: start, end: position) }
        return try classify(start)
    }

    /// What a run of identifier characters alone is.
    private func classify(_ start: Int) throws(TextError) -> Token {
        let first = text[start]
        if first == 0x24 {
            if position == start + 1 {
                throw TextError(.syntax, at: Token(kind: .reserved, start: start, end: position), "empty identifier")
            }
            return Token(kind: .identifier, start: start, end: position)
        }
        if Character8.isDigit(first) || first == 0x2b || first == 0x2d || first == 0x69 || first == 0x6e,
            let kind = NumberGrammar.classify(text, start, position)
        {
            return Token(kind: kind, start: start, end: position)
        }
        let isKeyword = first >= 0x61 && first <= 0x7a
        return Token(kind: isKeyword ? .keyword : .reserved, start: start, end: position)
    }

    /// The error for a byte that begins no token.
    private func illegalCharacter() -> TextError {
        let length = UTF8Decoder.sequenceLength(text, position, text.count)
        let token = Token(kind: .reserved, start: position, end: position + max(length, 1))
        return TextError(.encoding, at: token, length == 0 ? "malformed UTF-8 encoding" : "illegal character")
    }
}

extension Lexer {
    /// Skips `;; …` to the line's end.
    private mutating func skipLineComment() throws(TextError) {
        position += 2
        while position < text.count {
            let byte = text[position]
            if byte == 0x0a || byte == 0x0d { return }
            try skipCharacter()
        }
    }

    /// Skips `(; … ;)`, nested to any depth: a counter, no recursion.
    private mutating func skipBlockComment() throws(TextError) {
        let start = position
        var depth = 0
        while position < text.count {
            if byte() == 0x28, byte(1) == 0x3b {
                depth += 1
                position += 2
            } else if byte() == 0x3b, byte(1) == 0x29 {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                try skipCharacter()
            }
        }
        throw TextError(.syntax, at: Token(kind: .end, start: start, end: start + 2), "unclosed comment")
    }

    /// Skips one character of a comment, any at all as long as it is UTF-8.
    @inline(__always)
    private mutating func skipCharacter() throws(TextError) {
        if text[position] < 0x80 {
            position += 1
            return
        }
        let length = UTF8Decoder.sequenceLength(text, position, text.count)
        guard length > 0 else {
            throw TextError(.encoding, at: Token(kind: .reserved, start: position, end: position + 1), "malformed UTF-8 encoding")
        }
        position += length
    }

    /// Reads `(@id …)`: skips it, or returns it whole when the assembler knows the id.
    private mutating func annotation() throws(TextError) -> Token? {
        let start = position
        position += 2
        let idStart = position
        var isQuoted = false
        if byte() == 0x22 {
            isQuoted = true
            try skipString(orElse: "empty annotation id")
        } else {
            while position < text.count, Character8.isIdentifier(text[position]) { position += 1 }
        }
        let here = Token(kind: .reserved, start: start, end: position)
        let isEmpty = isQuoted ? position - idStart == 2 : position == idStart
        guard !isEmpty else { throw TextError(.syntax, at: here, "empty annotation id") }
        if isQuoted { try validateString(Token(kind: .string, start: idStart, end: position)) }
        let idInset = isQuoted ? 1 : 0
        let isKnown = yieldsAnnotations && AnnotationName.find(text, idStart + idInset, position - idInset) != nil
        try skipAnnotationBody(opening: here)
        return isKnown ? Token(kind: .annotation, start: start, end: position) : nil
    }

    /// Skips tokens to the parenthesis that closes the annotation; nested annotations count as parentheses.
    private mutating func skipAnnotationBody(opening: Token) throws(TextError) {
        var depth = 1
        while depth > 0 {
            let start = position
            guard position < text.count else { throw TextError(.syntax, at: opening, "unclosed annotation") }
            let byte = text[position]
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            case 0x28:
                if self.byte(1) == 0x3b {
                    try skipBlockComment()
                } else {
                    position += 1
                    depth += 1
                }
            case 0x29:
                position += 1
                depth -= 1
            case 0x3b where self.byte(1) == 0x3b: try skipLineComment()
            default: _ = try wordWithin()
            }
            if position == start { throw illegalCharacter() }
        }
    }

    /// A word inside an annotation: any run will do, `$` alone included.
    private mutating func wordWithin() throws(TextError) -> Int {
        let start = position
        while position < text.count {
            let byte = text[position]
            if Character8.isIdentifier(byte) {
                position += 1
            } else if byte == 0x22 {
                try skipString(orElse: nil)
            } else if Character8.isReservedPunctuation(byte) {
                if byte == 0x3b, self.byte(1) == 0x3b { break }
                position += 1
            } else {
                break
            }
        }
        if position == start { throw illegalCharacter() }
        return position - start
    }
}
