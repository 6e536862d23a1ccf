// The first pass: which indices the fields define, what they are called, and where the type fields are. Everything else is skipped by
// counting parentheses. Spec: WebAssembly core, 6.7 (modules), identifier contexts of the fields.
import WasmModule

extension Assembler {
    /// Goes over all fields of the module, leaving the reader behind the last.
    mutating func declareFields() throws(TextError) {
        var lastDefinition: StaticString?
        while true {
            if reader.current.kind == .annotation {
                try reader.advance()
                continue
            }
            guard reader.current.kind == .leftParenthesis else { return }
            if reader.isAtForm(.type) || reader.isAtForm(.rec) {
                typeFieldPositions.append(reader.current.start)
                try declareTypes()
            } else if try reader.takeForm(.import) {
                try requireNoDefinition(lastDefinition)
                _ = try reader.string()
                _ = try reader.string()
                try declareImported()
            } else if try reader.takeForm(.elem) {
                try declare(.element)
                try reader.skipForm()
            } else if try reader.takeForm(.data) {
                try declare(.data)
                try reader.skipForm()
            } else if let (space, message) = definitionSpace {
                try reader.advance()
                try reader.advance()
                try declare(space)
                try skipExports()
                if reader.isAtForm(.import) {
                    try requireNoDefinition(lastDefinition)
                } else if lastDefinition == nil {
                    lastDefinition = message
                }
                try skipDefinition(space)
            } else {
                try reader.advance()
                try reader.skipForm()
            }
        }
    }

    /// The index space of the definition the reader is at, and what an import behind it is told.
    private var definitionSpace: (NameSpace, StaticString)? {
        if reader.isAtForm(.func) { return (.function, "import after function") }
        if reader.isAtForm(.table) { return (.table, "import after table") }
        if reader.isAtForm(.memory) { return (.memory, "import after memory") }
        if reader.isAtForm(.global) { return (.global, "import after global") }
        if reader.isAtForm(.tag) { return (.tag, "import after tag") }
        return nil
    }

    private func requireNoDefinition(_ message: StaticString?) throws(TextError) {
        if let message { throw TextError(.syntax, at: reader.current, message) }
    }

    /// Numbers the next item of a space and binds its identifier.
    private mutating func declare(_ space: NameSpace) throws(TextError) {
        try bindIdentifier(space, counts.next(space))
        if reader.current.kind == .annotation { try reader.advance() }
    }

    /// `(func …)`, `(table …)` and so on inside an import.
    private mutating func declareImported() throws(TextError) {
        guard let (space, _) = definitionSpace else {
            if reader.current.kind == .leftParenthesis { try reader.advance() }
            throw reader.unexpected("an import description")
        }
        try reader.advance()
        try reader.advance()
        try declare(space)
        try reader.skipForm()
        try reader.skipForm()
    }

    private mutating func skipExports() throws(TextError) {
        while reader.isAtForm(.export) {
            try reader.advance()
            try reader.skipForm()
        }
    }

    /// Skips a definition; an inline segment of a table or memory takes an index of its own.
    private mutating func skipDefinition(_ space: NameSpace) throws(TextError) {
        guard space == .table || space == .memory else { return try reader.skipForm() }
        while true {
            switch reader.current.kind {
            case .leftParenthesis:
                if reader.isAtForm(.elem), space == .table { _ = counts.next(.element) }
                if reader.isAtForm(.data), space == .memory { _ = counts.next(.data) }
                try reader.advance()
                try reader.skipForm()
            case .rightParenthesis:
                return try reader.advance()
            case .end:
                throw reader.unexpected("`)`")
            default:
                try reader.advance()
            }
        }
    }

    /// `(type …)` or `(rec (type …)*)`.
    private mutating func declareTypes() throws(TextError) {
        if try reader.takeForm(.rec) {
            while reader.current.kind == .leftParenthesis { try declareType() }
            try reader.close()
        } else {
            try declareType()
        }
    }

    private mutating func declareType() throws(TextError) {
        guard try reader.takeForm(.type) else {
            try reader.open()
            throw reader.unexpected("`type`")
        }
        try declare(.type)
        try reader.skipForm()
    }
}
