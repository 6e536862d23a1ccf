// The annotations with a meaning: custom sections, names, branch hints. Spec: WebAssembly core, appendix 7.5 (custom sections and
// annotations).
import WasmModule

extension Assembler {
    /// `(@name "…")`, if it is next: the name's bytes.
    mutating func nameAnnotation() throws(TextError) -> [UInt8]? {
        guard reader.annotationName == .name else { return nil }
        var inner = try annotationReader()
        guard inner.current.kind == .string else {
            throw TextError(.annotation, at: inner.current, "@name annotation: unexpected token", expected: "a string")
        }
        let token = inner.current
        let name = inner.lexer.string(token)
        guard UTF8Decoder.isValid(name) else { throw TextError(.annotation, at: token, "@name annotation: malformed UTF-8 encoding") }
        try inner.advance()
        guard inner.current.kind == .rightParenthesis else {
            throw TextError(.annotation, at: inner.current, "@name annotation: unexpected token", expected: "`)`")
        }
        try reader.advance()
        return name
    }

    /// A reader inside the annotation that is the current token, behind its id.
    private func annotationReader() throws(TextError) -> TokenReader {
        var inner = TokenReader(text: reader.text, vocabulary: reader.vocabulary)
        inner.lexer.yieldsAnnotations = false
        var position = reader.current.start + 2
        if reader.text[position] == 0x22 {
            position += 1
            while reader.text[position] != 0x22 { position += 1 }
            position += 1
        } else {
            while Character8.isIdentifier(reader.text[position]) { position += 1 }
        }
        try inner.start(at: position)
        return inner
    }

    /// An annotation among the fields of a module: only `@custom` belongs there.
    mutating func fieldAnnotation() throws(TextError) {
        guard reader.annotationName == .custom else { throw reader.unexpected("a module field") }
        var inner = try annotationReader()
        let place = reader.current
        guard inner.current.kind == .string else {
            throw TextError(.annotation, at: place, "@custom annotation: missing section name")
        }
        var custom = CustomSection(name: inner.lexer.string(inner.current), content: [], place: .max)
        guard UTF8Decoder.isValid(custom.name) else {
            throw TextError(.annotation, at: inner.current, "@custom annotation: malformed UTF-8 encoding")
        }
        try inner.advance()
        if inner.current.kind == .leftParenthesis { custom.place = try placement(&inner) }
        while inner.current.kind == .string {
            inner.lexer.appendString(inner.current, to: &custom.content)
            try inner.advance()
        }
        guard inner.current.kind == .rightParenthesis else {
            throw TextError(.annotation, at: inner.current, "@custom annotation: unexpected token")
        }
        sections.customs.append(custom)
        try reader.advance()
    }

    /// `(before kind)` or `(after kind)`.
    private func placement(_ inner: inout TokenReader) throws(TextError) -> Int {
        try inner.advance()
        let isBefore = inner.isAt(.before)
        guard isBefore || inner.isAt(.after) else {
            throw TextError(.annotation, at: inner.current, "@custom annotation: malformed placement")
        }
        try inner.advance()
        var place: Int?
        if isBefore, inner.isAt(.first) {
            place = -1
        } else if !isBefore, inner.isAt(.last) {
            place = .max
        } else if inner.current.kind == .keyword, let section = SectionKind(inner.word) {
            place = section.rawValue * 2 + (isBefore ? 0 : 1)
        }
        guard let place else { throw TextError(.annotation, at: inner.current, "@custom annotation: malformed section kind") }
        try inner.advance()
        guard inner.current.kind == .rightParenthesis else {
            throw TextError(.annotation, at: inner.current, "@custom annotation: unexpected token")
        }
        try inner.advance()
        return place
    }
}

extension SectionKind {
    /// The section a placement's word names.
    init?(_ word: Word) {
        switch word {
        case Word(.type): self = .type
        case Word(.import): self = .import
        case Word(.func): self = .function
        case Word(.table): self = .table
        case Word(.memory): self = .memory
        case Word(.tag): self = .tag
        case Word(.global): self = .global
        case Word(.export): self = .export
        case Word(.start): self = .start
        case Word(.elem): self = .element
        case Word(.datacount): self = .dataCount
        case Word(.code): self = .code
        case Word(.data): self = .data
        default: return nil
        }
    }
}

/// Branch hints: read before an instruction, written as a custom section before the code.
extension Assembler {
    /// `(@metadata.code.branch_hint "\00" or "\01")` in a function's instructions.
    mutating func branchHint() throws(TextError) {
        let place = Token(kind: .annotation, start: reader.current.start, end: reader.current.start + 2)
        guard code.function != nil else {
            throw TextError(.annotation, at: place, "@metadata.code.branch_hint annotation: not in a function")
        }
        guard code.nextHint == 2 else {
            throw TextError(.annotation, at: place, "@metadata.code.branch_hint annotation: duplicate annotation")
        }
        var inner = try annotationReader()
        var bytes: [UInt8] = []
        while inner.current.kind == .string {
            inner.lexer.appendString(inner.current, to: &bytes)
            try inner.advance()
        }
        guard inner.current.kind == .rightParenthesis, bytes.count == 1, bytes[0] < 2 else {
            throw TextError(.annotation, at: place, "@metadata.code.branch_hint annotation: invalid hint value")
        }
        try reader.advance()
        var word = reader.word
        if reader.current.kind == .leftParenthesis { word = reader.aheadWord }
        if reader.annotationName == nil {
            guard word == Word(Opcode.if) || word == Word(Opcode.brIf) else {
                throw TextError(.annotation, at: place, "@metadata.code.branch_hint annotation: invalid target")
            }
        }
        code.nextHint = bytes[0]
    }

    /// Refuses a hint that stands before nothing it may stand before.
    func requireNoHint() throws(TextError) {
        guard code.nextHint == 2 else {
            throw TextError(.annotation, at: reader.current, "@metadata.code.branch_hint annotation: invalid target")
        }
    }

    /// Notes that the instruction about to be written has a hint.
    mutating func recordHint(_ hint: UInt8) {
        if hint != 2 { code.hints.append((UInt32(truncatingIfNeeded: code.body.count), hint)) }
    }

    /// Adds a function's hints to the section.
    mutating func finishFunctionHints(_ function: UInt32) {
        guard !code.hints.isEmpty else { return }
        code.hintedFunctionCount += 1
        code.hintContent.appendUnsigned(function)
        code.hintContent.appendUnsigned(UInt32(code.hints.count))
        for hint in code.hints {
            code.hintContent.appendUnsigned(hint.offset)
            code.hintContent.append(1)
            code.hintContent.append(hint.value)
        }
    }

    /// Places the section of all hints before the code.
    mutating func finishBranchHints() {
        guard code.hintedFunctionCount > 0 else { return }
        var content: [UInt8] = []
        content.appendUnsigned(code.hintedFunctionCount)
        content.append(contentsOf: code.hintContent)
        sections.customs.append(
            CustomSection(name: Array("metadata.code.branch_hint".utf8), content: content, place: SectionKind.code.rawValue * 2))
    }
}
