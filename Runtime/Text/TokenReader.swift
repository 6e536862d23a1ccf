// Two tokens of the text at a time, and the small questions a parser asks of them.
// Spec: WebAssembly core, 6.3.
import WasmModule

/// A lexer with one token of lookahead beyond the current one, and keywords looked up.
package struct TokenReader {
    package var lexer: Lexer
    let vocabulary: Vocabulary
    /// The token to be consumed next.
    package private(set) var current: Token
    /// What `current` is, when it is a keyword.
    package private(set) var word: Word
    /// The end of the token before `current`.
    package private(set) var previousEnd = 0
    /// The token after `current`.
    package private(set) var ahead: Token
    /// What `ahead` is, when it is a keyword.
    package private(set) var aheadWord: Word

    /// A reader positioned nowhere yet; `start(at:)` reads the first tokens.
    package init(text: UnsafeRawBufferPointer, vocabulary: Vocabulary) {
        lexer = Lexer(text: text)
        self.vocabulary = vocabulary
        current = Token(kind: .end, start: 0, end: 0)
        ahead = current
        word = .unknown
        aheadWord = .unknown
    }

    package var text: UnsafeRawBufferPointer { lexer.text }

    /// Goes to a place of the text and reads the tokens there.
    package mutating func start(at position: Int) throws(TextError) {
        lexer.position = position
        try advance()
        try advance()
    }

    /// Moves on by one token.
    package mutating func advance() throws(TextError) {
        previousEnd = current.end
        current = ahead
        word = aheadWord
        ahead = try lexer.next()
        aheadWord = ahead.kind == .keyword ? vocabulary.word(bytes(ahead)) : .unknown
    }

    /// The bytes of a token.
    package func bytes(_ token: Token) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[token.start..<token.end])
    }

    /// Whether the current token is this keyword.
    package func isAt(_ keyword: Keyword) -> Bool { current.kind == .keyword && word == Word(keyword) }

    /// Whether the current token is this instruction's name.
    package func isAt(_ opcode: Opcode) -> Bool { current.kind == .keyword && word == Word(opcode) }

    /// Whether the current tokens are `(` and this keyword.
    package func isAtForm(_ keyword: Keyword) -> Bool {
        current.kind == .leftParenthesis && ahead.kind == .keyword && aheadWord == Word(keyword)
    }

    /// Whether the current tokens are `(` and this instruction's name.
    package func isAtForm(_ opcode: Opcode) -> Bool {
        current.kind == .leftParenthesis && ahead.kind == .keyword && aheadWord == Word(opcode)
    }

    /// Whether the current token is an identifier of either spelling.
    package var isAtIdentifier: Bool { current.kind == .identifier || current.kind == .quotedIdentifier }

    /// Whether the current token may be an index: a number or an identifier.
    package var isAtIndex: Bool { current.kind == .natural || isAtIdentifier }

    /// Consumes `(` and this keyword if they are next.
    package mutating func takeForm(_ keyword: Keyword) throws(TextError) -> Bool {
        guard isAtForm(keyword) else { return false }
        try advance()
        try advance()
        return true
    }

    /// Consumes this keyword if it is next.
    package mutating func take(_ keyword: Keyword) throws(TextError) -> Bool {
        guard isAt(keyword) else { return false }
        try advance()
        return true
    }

    /// Consumes `)` or says that it was expected.
    package mutating func close() throws(TextError) {
        guard current.kind == .rightParenthesis else { throw unexpected("`)`") }
        try advance()
    }

    /// Consumes `(` or says that it was expected.
    package mutating func open() throws(TextError) {
        guard current.kind == .leftParenthesis else { throw unexpected("`(`") }
        try advance()
    }

    /// Consumes a string token and returns it.
    package mutating func string() throws(TextError) -> Token {
        guard current.kind == .string else { throw unexpected("a string") }
        let token = current
        try advance()
        return token
    }

    /// Consumes a string that must be UTF-8 and returns its bytes.
    package mutating func name() throws(TextError) -> [UInt8] {
        let token = try string()
        try lexer.validateString(token)
        return lexer.string(token)
    }

    /// Skips everything to the parenthesis that closes the form which is open now, and that parenthesis.
    package mutating func skipForm() throws(TextError) {
        var depth = 1
        while depth > 0 {
            switch current.kind {
            case .leftParenthesis:
                depth += 1
                if depth > TextLimits.skippedDepth { throw TextError(.limit, at: current, "nesting is too deep") }
            case .rightParenthesis: depth -= 1
            case .end: throw unexpected("`)`")
            default: break
            }
            try advance()
        }
    }

    /// The error for the current token standing where it may not.
    package func unexpected(_ expected: StaticString) -> TextError {
        switch current.kind {
        case .reserved: return TextError(.syntax, at: current, "unknown operator", expected: expected)
        case .keyword where word == .unknown && !isMemoryArgumentField:
            return TextError(.syntax, at: current, "unknown operator", expected: expected)
        case .annotation: return misplacedAnnotation()
        default: return TextError(.syntax, at: current, "unexpected token", expected: expected)
        }
    }

    private func misplacedAnnotation() -> TextError {
        let head = Token(kind: .annotation, start: current.start, end: min(current.end, current.start + 40))
        switch annotationName {
        case .custom: return TextError(.annotation, at: head, "misplaced @custom annotation")
        case .name: return TextError(.annotation, at: head, "misplaced @name annotation")
        default: return TextError(.annotation, at: head, "@metadata.code.branch_hint annotation: not in a function")
        }
    }

    /// Which annotation the current token is.
    var annotationName: AnnotationName? {
        guard current.kind == .annotation else { return nil }
        var end = current.start + 2
        if text[end] == 0x22 {
            end += 1
            let start = end
            while text[end] != 0x22 { end += 1 }
            return AnnotationName.find(text, start, end)
        }
        while Character8.isIdentifier(text[end]) { end += 1 }
        return AnnotationName.find(text, current.start + 2, end)
    }

    /// Whether the current keyword is `offset=…` or `align=…`.
    private var isMemoryArgumentField: Bool {
        startsWith("offset=") || startsWith("align=")
    }

    /// Whether the current token begins with these characters.
    func startsWith(_ prefix: StaticString) -> Bool {
        guard current.byteCount >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount where text[current.start + index] != prefix.utf8Start[index] { return false }
        return true
    }
}
