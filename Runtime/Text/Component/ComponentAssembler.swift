// The assembler of component text: its state and output. One pass: a definition refers only to what is before it, so each is written when
// it is read; what sugar adds (aliases, types, bundles, exports) is written before or after it. Owns all buffers.
// Spec: Explainer.md of the component model; Binary.md for what is written.
import WasmComponent
import WasmModule

/// Bounds of component text.
enum ComponentTextLimits {
    /// Components, types and value types open at one place: the recursion's depth, a little above the binary's own limits. A level costs
    /// up to 12 KiB of stack, so the assembler wants 2 MiB.
    static let nestingDepth = 120
}

/// What a definition is written as: its section's id, and, in a type, the byte that begins a declaration of it.
enum ComponentSection: UInt8 {
    case coreModule = 1
    case coreInstance = 2
    case coreType = 3
    case component = 4
    case instance = 5
    case alias = 6
    case type = 7
    case canonical = 8
    case `import` = 10
    case export = 11

    /// In a component's or instance's type.
    var declarationByte: UInt8? {
        switch self {
        case .coreType: return 0
        case .type: return 1
        case .alias: return 2
        case .import: return 3
        case .export: return 4
        default: return nil
        }
    }

    /// In a module's type.
    var moduleDeclarationByte: UInt8? {
        switch self {
        case .import: return 0
        case .coreType: return 1
        case .alias: return 2
        case .export: return 3
        default: return nil
        }
    }
}

/// A component or type whose text is being read.
struct TextScope {
    enum Kind {
        case component, type, moduleType
    }

    var kind: Kind
    var number: UInt32
    var name: Symbol?
    var counts = InlineArray<13, UInt32>(repeating: 0)
    var output: [UInt8] = []
    /// Of a component: the section being filled, its items and how many.
    var section: ComponentSection?
    var items: [UInt8] = []
    /// Of a type: how many declarations `output` has.
    var itemCount: UInt32 = 0
}

/// Assembles one component. Used once.
struct ComponentAssembler {
    var reader: TokenReader
    let vocabulary: Vocabulary
    var symbols = NameTable()
    var bindings = BindingTable()
    var scopes: [TextScope] = []
    private var scopeCount: UInt32 = 0
    /// For the core types: their grammar is the module assembler's.
    var core: Assembler
    var depth = 0

    init(text: UnsafeRawBufferPointer, vocabulary: Vocabulary) {
        reader = TokenReader(text: text, vocabulary: vocabulary)
        core = Assembler(text: text, vocabulary: vocabulary)
        self.vocabulary = vocabulary
    }

    /// Reads the text and returns the binary. `(component …)`, or the definitions alone.
    mutating func assembleComponent(isWrapped: Bool) throws(TextError) -> [UInt8] {
        guard reader.text.count < Int(UInt32.max) / 2 else { throw TextError(.limit, at: reader.current, "text is too long") }
        try reader.start(at: 0)
        var name: Symbol?
        if isWrapped {
            try reader.open()
            try reader.advance()
            _ = try reader.take(.definition)
            name = try identifier()
            if reader.isAt(.binary) {
                try reader.advance()
                var bytes: [UInt8] = []
                while reader.current.kind == .string {
                    reader.lexer.appendString(reader.current, to: &bytes)
                    try reader.advance()
                }
                try reader.close()
                return bytes
            }
        }
        push(.component, name)
        while reader.current.kind == .leftParenthesis || reader.current.kind == .annotation { try definition() }
        if isWrapped { try reader.close() }
        guard reader.current.kind == .end else { throw reader.unexpected(isWrapped ? "the end of the text" : "a component field") }
        return popComponent()
    }

    // MARK: Scopes

    mutating func push(_ kind: TextScope.Kind, _ name: Symbol?) {
        scopeCount += 1
        var scope = TextScope(kind: kind, number: scopeCount, name: name)
        if kind == .component { scope.output = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00] }
        scopes.append(scope)
    }

    /// The bytes of the innermost component.
    mutating func popComponent() -> [UInt8] {
        flush()
        return scopes.removeLast().output
    }

    /// The declarations of the innermost type, their count first.
    mutating func popType() -> [UInt8] {
        let scope = scopes.removeLast()
        var bytes: [UInt8] = []
        bytes.appendUnsigned(scope.itemCount)
        bytes.append(contentsOf: scope.output)
        return bytes
    }

    private mutating func flush() {
        let last = scopes.count - 1
        guard let section = scopes[last].section else { return }
        var content: [UInt8] = []
        content.appendUnsigned(scopes[last].itemCount)
        content.append(contentsOf: scopes[last].items)
        scopes[last].output.append(section.rawValue)
        scopes[last].output.appendCounted(content)
        scopes[last].section = nil
        scopes[last].items = []
        scopes[last].itemCount = 0
    }

    /// Writes a definition or declaration to the innermost scope.
    mutating func write(_ section: ComponentSection, _ bytes: [UInt8]) throws(TextError) {
        let last = scopes.count - 1
        switch scopes[last].kind {
        case .component:
            if section == .coreModule || section == .component {
                flush()
                scopes[last].output.append(section.rawValue)
                scopes[last].output.appendCounted(bytes)
                return
            }
            if scopes[last].section != section {
                flush()
                scopes[last].section = section
            }
            scopes[last].items.append(contentsOf: bytes)
            scopes[last].itemCount += 1
        case .type, .moduleType:
            let byte = scopes[last].kind == .type ? section.declarationByte : section.moduleDeclarationByte
            guard let byte else { throw reader.unexpected("a declaration that may stand in a type") }
            scopes[last].output.append(byte)
            scopes[last].output.append(contentsOf: bytes)
            scopes[last].itemCount += 1
        }
    }

    /// The next index of a sort in the innermost scope.
    mutating func next(_ sort: ComponentSort) -> UInt32 {
        let last = scopes.count - 1
        let index = scopes[last].counts[Int(sort.rawValue)]
        scopes[last].counts[Int(sort.rawValue)] = index + 1
        return index
    }

    /// Gives the next index of a sort to a name.
    @discardableResult
    mutating func define(_ sort: ComponentSort, _ name: (symbol: Symbol, token: Token)?) throws(TextError) -> UInt32 {
        let index = next(sort)
        guard let name else { return index }
        let space = NameSpace.component(scope: scopes[scopes.count - 1].number, sort: sort.rawValue)
        guard bindings.insert(space, name.symbol, index) else { throw TextError(.duplicateName, at: name.token, "duplicate identifier") }
        return index
    }

    // MARK: Words

    /// Whether a token is this word.
    func isWord(_ token: Token, _ word: StaticString) -> Bool {
        guard token.kind == .keyword, token.byteCount == word.utf8CodeUnitCount else { return false }
        for index in 0..<token.byteCount where reader.text[token.start + index] != word.utf8Start[index] { return false }
        return true
    }

    /// Whether this word is next.
    func isAt(_ word: StaticString) -> Bool { isWord(reader.current, word) }

    /// Whether `(` and this word are next.
    func isAtForm(_ word: StaticString) -> Bool { reader.current.kind == .leftParenthesis && isWord(reader.ahead, word) }

    /// Consumes this word if it is next.
    mutating func take(_ word: StaticString) throws(TextError) -> Bool {
        guard isAt(word) else { return false }
        try reader.advance()
        return true
    }

    /// Consumes `(` and this word if they are next.
    mutating func takeForm(_ word: StaticString) throws(TextError) -> Bool {
        guard isAtForm(word) else { return false }
        try reader.advance()
        try reader.advance()
        return true
    }

    /// The error for what the reader is at; inside the parenthesis when one is next.
    mutating func unexpected(_ expected: StaticString) -> TextError { reader.unexpected(expected) }

    /// The symbol of an identifier, if one is next.
    mutating func identifier() throws(TextError) -> Symbol? { try namedIdentifier()?.symbol }

    /// An identifier, if one is next, with its token; an annotation of its name is left out.
    mutating func namedIdentifier() throws(TextError) -> (symbol: Symbol, token: Token)? {
        let name = try bareIdentifier()
        if reader.current.kind == .annotation { try reader.advance() }
        return name
    }

    /// An identifier, if one is next, with its token.
    mutating func bareIdentifier() throws(TextError) -> (symbol: Symbol, token: Token)? {
        guard reader.isAtIdentifier else { return nil }
        let token = reader.current
        let symbol = try symbol(token)
        try reader.advance()
        return (symbol, token)
    }

    mutating func symbol(_ token: Token) throws(TextError) -> Symbol {
        if token.kind == .quotedIdentifier {
            let bytes = reader.lexer.string(token)
            guard UTF8Decoder.isValid(bytes) else { throw TextError(.encoding, at: token, "malformed UTF-8 encoding") }
            return bytes.withUnsafeBytes { symbols.intern($0) }
        }
        return symbols.intern(UnsafeRawBufferPointer(rebasing: reader.text[(token.start + 1)..<token.end]))
    }

    /// A number that fits 32 bits.
    mutating func natural() throws(TextError) -> UInt32 {
        let token = reader.current
        guard token.kind == .natural else { throw reader.unexpected("a number") }
        guard let literal = IntegerLiteral(reader.bytes(token)), let value = UInt32(exactly: literal.magnitude) else {
            throw TextError(.outOfRange, at: token, "i32 constant out of range")
        }
        try reader.advance()
        return value
    }

    /// A string that must be UTF-8, with its length in front.
    mutating func countedName() throws(TextError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendCounted(try reader.name())
        return bytes
    }

    /// Runs something that nests, no deeper than is allowed.
    mutating func nested<T>(_ body: (inout ComponentAssembler) throws(TextError) -> T) throws(TextError) -> T {
        depth += 1
        guard depth <= ComponentTextLimits.nestingDepth else { throw TextError(.limit, at: reader.current, "nesting is too deep") }
        let result = try body(&self)
        depth -= 1
        return result
    }
}
