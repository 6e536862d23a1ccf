// The assembler: its state, and the two passes. The first pass numbers and names what the fields define; the types are built next; the
// second pass writes every field straight into its section's buffer. Owns all buffers; none grows beyond a small multiple of the text.
// Spec: WebAssembly core, 6.5 (types), 6.6 (instructions), 6.7 (modules).
import WasmModule

/// Assembles one module. Used once.
struct Assembler {
    var reader: TokenReader
    var symbols = NameTable()
    var bindings = BindingTable()
    var types = TypeTable()
    var sections = SectionBuffers()
    var names = NameSectionBuilder()
    var code = CodeState()
    /// How many indices each space has got so far; the first pass counts all, the second starts again.
    var counts = SpaceCounts()
    var moduleName: [UInt8]?
    /// Offsets of the `(type` and `(rec` fields, found by the first pass.
    var typeFieldPositions: [Int] = []
    var hasStart = false
    /// Whether an instruction names a data segment, which needs the data count section.
    var needsDataCount = false

    init(text: UnsafeRawBufferPointer, vocabulary: Vocabulary) {
        reader = TokenReader(text: text, vocabulary: vocabulary)
    }

    /// Reads the text and returns the binary.
    mutating func assembleModule() throws(TextError) -> [UInt8] {
        guard reader.text.count < Int(UInt32.max) / 2 else {
            throw TextError(.limit, at: reader.current, "text is too long")
        }
        try reader.start(at: 0)
        let isWrapped = try reader.takeForm(.module)
        if isWrapped {
            if try reader.take(.definition) {}
            if reader.isAtIdentifier {
                moduleName = identifierBytes(reader.current)
                try reader.advance()
            }
            if let name = try nameAnnotation() { moduleName = name }
            if reader.annotationName == .name {
                throw TextError(.annotation, at: reader.current, "@name annotation: multiple module")
            }
            if reader.isAt(.binary) { return try embeddedBinary() }
        }
        let fieldsPosition = reader.current.start
        try declareFields()
        try finishModule(isWrapped)
        try defineTypes()
        counts = SpaceCounts()
        try reader.start(at: fieldsPosition)
        try defineFields()
        try finishModule(isWrapped)
        return moduleBytes()
    }

    /// Assembles the fields at a place inside another text, and says where the parenthesis is that ends them.
    mutating func assembleFields(at position: Int, name: [UInt8]?) throws(TextError) -> (binary: [UInt8], end: Int) {
        moduleName = name
        try reader.start(at: position)
        try declareFields()
        guard reader.current.kind == .rightParenthesis else { throw reader.unexpected("a module field") }
        try defineTypes()
        counts = SpaceCounts()
        try reader.start(at: position)
        try defineFields()
        return (moduleBytes(), reader.current.start)
    }

    /// Consumes what must follow the last field: `)` when the module is wrapped, and the end of the text.
    private mutating func finishModule(_ isWrapped: Bool) throws(TextError) {
        if isWrapped { try reader.close() }
        guard reader.current.kind == .end else { throw reader.unexpected(isWrapped ? "the end of the text" : "a module field") }
    }

    /// `(module binary "…"*)`: the bytes of the strings are the module.
    private mutating func embeddedBinary() throws(TextError) -> [UInt8] {
        try reader.advance()
        var bytes: [UInt8] = []
        while reader.current.kind == .string {
            reader.lexer.appendString(reader.current, to: &bytes)
            try reader.advance()
        }
        try finishModule(true)
        return bytes
    }
}

extension Assembler {
    /// The bytes of an identifier without its dollar sign.
    func identifierBytes(_ token: Token) -> [UInt8] {
        if token.kind == .quotedIdentifier { return reader.lexer.string(token) }
        return [UInt8](reader.text[(token.start + 1)..<token.end])
    }

    /// The symbol of an identifier token.
    mutating func symbol(_ token: Token) throws(TextError) -> Symbol {
        if token.kind == .quotedIdentifier {
            let bytes = reader.lexer.string(token)
            guard UTF8Decoder.isValid(bytes) else { throw TextError(.encoding, at: token, "malformed UTF-8 encoding") }
            return bytes.withUnsafeBytes { symbols.intern($0) }
        }
        return symbols.intern(UnsafeRawBufferPointer(rebasing: reader.text[(token.start + 1)..<token.end]))
    }

    /// Consumes an identifier, if one is next, and binds it to `index`.
    mutating func bindIdentifier(_ space: NameSpace, _ index: UInt32) throws(TextError) {
        guard reader.isAtIdentifier else { return }
        let symbol = try symbol(reader.current)
        guard bindings.insert(space, symbol, index) else { throw TextError(.duplicateName, at: reader.current, space.duplicateMessage) }
        try reader.advance()
    }

    /// Consumes an identifier and a `(@name …)` that may follow it, and returns the symbol for the name section.
    mutating func definedName() throws(TextError) -> Symbol? {
        var result: Symbol?
        if reader.isAtIdentifier {
            result = try symbol(reader.current)
            try reader.advance()
        }
        if let annotated = try nameAnnotation() { result = annotated.withUnsafeBytes { symbols.intern($0) } }
        return result
    }

    /// Consumes an index, a number or a bound identifier.
    mutating func index(_ space: NameSpace) throws(TextError) -> UInt32 {
        if reader.isAtIdentifier {
            let symbol = try symbol(reader.current)
            guard let index = bindings.find(space, symbol) else {
                throw TextError(.unknownName, at: reader.current, space.unknownMessage)
            }
            try reader.advance()
            return index
        }
        return try natural32("an index")
    }

    /// Consumes an unsigned 32-bit number.
    mutating func natural32(_ expected: StaticString) throws(TextError) -> UInt32 {
        let value = try natural64(expected)
        // The token is consumed by then, but its text is what the message needs: keep the place.
        guard let narrow = UInt32(exactly: value.value) else {
            throw TextError(.outOfRange, at: value.token, "i32 constant out of range")
        }
        return narrow
    }

    /// Consumes an unsigned 64-bit number.
    mutating func natural64(_ expected: StaticString) throws(TextError) -> (value: UInt64, token: Token) {
        let token = reader.current
        guard token.kind == .natural else { throw reader.unexpected(expected) }
        guard let literal = IntegerLiteral(reader.bytes(token)) else {
            throw TextError(.outOfRange, at: token, "i64 constant out of range")
        }
        try reader.advance()
        return (literal.magnitude, token)
    }
}

extension NameSpace {
    var duplicateMessage: StaticString {
        switch self {
        case .type: return "duplicate type"
        case .function: return "duplicate function"
        case .table: return "duplicate table"
        case .memory: return "duplicate memory"
        case .global: return "duplicate global"
        case .tag: return "duplicate tag"
        case .element: return "duplicate elem segment"
        case .data: return "duplicate data segment"
        case .label: return "duplicate label"
        case .field: return "duplicate field"
        case .local: return "duplicate local"
        case .component: return "duplicate identifier"
        }
    }

    var unknownMessage: StaticString {
        switch self {
        case .type: return "unknown type"
        case .function: return "unknown function"
        case .table: return "unknown table"
        case .memory: return "unknown memory"
        case .global: return "unknown global"
        case .tag: return "unknown tag"
        case .element: return "unknown elem segment"
        case .data: return "unknown data segment"
        case .label: return "unknown label"
        case .field: return "unknown field"
        case .local: return "unknown local"
        case .component: return "unknown identifier"
        }
    }
}

/// How many indices each module-wide index space has.
struct SpaceCounts {
    private var values = [UInt32](repeating: 0, count: 8)

    /// Gives out the next index of a space.
    mutating func next(_ space: NameSpace) -> UInt32 {
        let index = values[Int(space.scope)]
        values[Int(space.scope)] = index + 1
        return index
    }

    /// How many indices a space has.
    func count(_ space: NameSpace) -> UInt32 { values[Int(space.scope)] }
}
