// Instruction sequences, flat and folded, with a stack of frames where a grammar would recurse.
// Spec: WebAssembly core, 6.6 (instructions), 6.6.12 (folded instructions).
import WasmModule

extension Assembler {
    /// Reads instructions up to the parenthesis that closes what is around them, or one folded instruction.
    mutating func instructions(isSingle: Bool) throws(TextError) {
        if isSingle, reader.current.kind != .leftParenthesis { throw reader.unexpected("a folded instruction") }
        let base = code.frames.count
        repeat {
            switch reader.current.kind {
            case .leftParenthesis:
                try openFolded(base)
            case .rightParenthesis:
                if code.frames.count == base {
                    try requireNoHint()
                    return
                }
                try closeFolded()
            case .keyword:
                try requireInstructionPlace(base)
                try flatInstruction()
            case .annotation where reader.annotationName == .branchHint:
                try branchHint()
            default:
                throw reader.unexpected("an instruction")
            }
        } while !(isSingle && code.frames.count == base)
    }

    /// The innermost frame's kind, nil outside all.
    func topKind(_ base: Int) -> InstructionFrame.Kind? {
        code.frames.count > base ? code.frames[code.frames.count - 1].kind : nil
    }

    /// Refuses a flat instruction where only folded ones or clauses may stand.
    private func requireInstructionPlace(_ base: Int) throws(TextError) {
        switch topKind(base) {
        case .folded, .foldedIf, .foldedIfAfterThen, .foldedIfAfterElse, .foldedTry, .foldedTryAfterArm, .foldedTryAfterCatchAll,
            .foldedTryAfterDelegate:
            throw reader.unexpected("`(` or `)`")
        default: return
        }
    }

    mutating func pushFrame(_ kind: InstructionFrame.Kind) throws(TextError) {
        guard code.frames.count < TextLimits.nestingDepth else { throw TextError(.limit, at: reader.current, "nesting is too deep") }
        code.frames.append(InstructionFrame(kind: kind, pendingStart: code.pending.count, position: reader.current.start))
    }

    mutating func setTop(_ kind: InstructionFrame.Kind) {
        code.frames[code.frames.count - 1].kind = kind
    }

    /// `(` in an instruction sequence: an instruction with operands, a block, or a clause of the construct it is in.
    private mutating func openFolded(_ base: Int) throws(TextError) {
        let top = topKind(base)
        switch top {
        case .foldedIf where reader.isAtForm(.then): return try openThen()
        case .foldedIfAfterThen:
            guard reader.isAtForm(Opcode.else) else { throw clauseError("`(else` or `)`") }
            try reader.advance()
            try reader.advance()
            code.body.append(0x05)
            setTop(.foldedIfAfterElse)
            return try pushFrame(.foldedArm)
        case .foldedIfAfterElse, .foldedTryAfterCatchAll, .foldedTryAfterDelegate: throw clauseError("`)`")
        case .foldedTry:
            guard try reader.takeForm(.do) else { throw clauseError("`(do`") }
            setTop(.foldedTryAfterArm)
            return try pushFrame(.foldedTryArm)
        case .foldedTryAfterArm: return try openCatch()
        default: break
        }
        try reader.advance()
        guard reader.current.kind == .keyword, let opcode = reader.word.opcode else { throw reader.unexpected("an instruction") }
        switch opcode {
        case .block, .loop, .tryTable:
            try requireNoHint()
            try reader.advance()
            try pushFrame(.foldedBlock)
            let label = try labelIdentifier()
            code.body.append(UInt8(truncatingIfNeeded: opcode.row.number))
            try blockType()
            if opcode == .tryTable { try catchClauses() }
            try pushLabel(label)
        case .if:
            try reader.advance()
            try pushFrame(.foldedIf)
            let label = try labelIdentifier()
            let start = code.body.count
            code.body.append(0x04)
            try blockType()
            postpone(from: start)
            code.frames[code.frames.count - 1].label = label
            takeHint()
        case .try:
            try requireNoHint()
            try reader.advance()
            try pushFrame(.foldedTry)
            let label = try labelIdentifier()
            code.body.append(0x06)
            try blockType()
            try pushLabel(label)
        case .else, .end, .catch, .catchAll, .delegate: throw reader.unexpected("an instruction")
        default:
            try pushFrame(.folded)
            let start = code.body.count
            try plainInstruction(opcode)
            postpone(from: start)
            takeHint()
        }
    }

    /// The error for `(` and a word that is no clause here.
    private mutating func clauseError(_ expected: StaticString) -> TextError {
        do throws(TextError) { try reader.advance() } catch { return error }
        return reader.unexpected(expected)
    }

    /// Moves what was written since `start` to the waiting instructions.
    private mutating func postpone(from start: Int) {
        code.pending.append(contentsOf: code.body[start...])
        code.body.removeLast(code.body.count - start)
    }

    /// Writes the waiting instruction of the innermost frame.
    private mutating func writePending() {
        let frame = code.frames[code.frames.count - 1]
        recordHint(frame.hint)
        code.body.append(contentsOf: code.pending[frame.pendingStart...])
        code.pending.removeLast(code.pending.count - frame.pendingStart)
    }

    /// Gives a hint that was read before to the innermost frame.
    private mutating func takeHint() {
        code.frames[code.frames.count - 1].hint = code.nextHint
        code.nextHint = 2
    }

    private mutating func openThen() throws(TextError) {
        try reader.advance()
        try reader.advance()
        writePending()
        try pushLabel(code.frames[code.frames.count - 1].label)
        setTop(.foldedIfAfterThen)
        try pushFrame(.foldedArm)
    }

    /// `(catch x`, `(catch_all` or `(delegate l)` after the `do` clause.
    private mutating func openCatch() throws(TextError) {
        if reader.isAtForm(Opcode.catch) {
            try reader.advance()
            try reader.advance()
            code.body.append(0x07)
            code.body.appendUnsigned(try index(.tag))
            code.frames[code.frames.count - 1].hasCatch = true
            try pushFrame(.foldedTryArm)
        } else if reader.isAtForm(Opcode.catchAll) {
            try reader.advance()
            try reader.advance()
            code.body.append(0x19)
            setTop(.foldedTryAfterCatchAll)
            try pushFrame(.foldedTryArm)
        } else if reader.isAtForm(Opcode.delegate), !code.frames[code.frames.count - 1].hasCatch {
            try reader.advance()
            try reader.advance()
            // The label is seen from outside the try.
            popLabel()
            code.body.append(0x18)
            code.body.appendUnsigned(try label())
            try reader.close()
            setTop(.foldedTryAfterDelegate)
        } else {
            throw clauseError("`(catch`, `(catch_all`, `(delegate` or `)`")
        }
    }

    /// `)` of a folded construct.
    private mutating func closeFolded() throws(TextError) {
        try requireNoHint()
        switch code.frames[code.frames.count - 1].kind {
        case .folded:
            writePending()
        case .foldedBlock, .foldedIfAfterThen, .foldedIfAfterElse, .foldedTryAfterArm, .foldedTryAfterCatchAll:
            code.body.append(0x0b)
            popLabel()
        case .foldedArm, .foldedTryArm, .foldedTryAfterDelegate:
            break
        case .foldedIf: throw reader.unexpected("`(then`")
        case .foldedTry: throw reader.unexpected("`(do`")
        case .flatBlock, .flatIf, .flatElse, .flatTry, .flatCatch, .flatCatchAll: throw reader.unexpected("`end`")
        }
        code.frames.removeLast()
        try reader.advance()
    }

    /// One instruction without parentheses around it.
    private mutating func flatInstruction() throws(TextError) {
        guard let opcode = reader.word.opcode else { throw reader.unexpected("an instruction") }
        switch opcode {
        case .block, .loop, .if, .try, .tryTable: try flatBlock(opcode)
        case .else: try flatElse()
        case .end: try flatEnd()
        case .catch, .catchAll, .delegate: try flatCatch(opcode)
        default:
            recordHint(code.nextHint)
            code.nextHint = 2
            try plainInstruction(opcode)
        }
    }

    private mutating func flatBlock(_ opcode: Opcode) throws(TextError) {
        if opcode != .if { try requireNoHint() }
        try pushFrame(opcode == .if ? .flatIf : opcode == .try ? .flatTry : .flatBlock)
        try reader.advance()
        let label = try labelIdentifier()
        recordHint(code.nextHint)
        code.nextHint = 2
        code.body.append(UInt8(truncatingIfNeeded: opcode.row.number))
        try blockType()
        if opcode == .tryTable { try catchClauses() }
        try pushLabel(label)
    }

    private var flatTop: InstructionFrame.Kind? { code.frames.last?.kind }

    private mutating func flatElse() throws(TextError) {
        guard flatTop == .flatIf else { throw reader.unexpected("an instruction") }
        try requireNoHint()
        try reader.advance()
        try matchLabel()
        code.body.append(0x05)
        setTop(.flatElse)
    }

    private mutating func flatEnd() throws(TextError) {
        switch flatTop {
        case .flatBlock, .flatIf, .flatElse, .flatTry, .flatCatch, .flatCatchAll: break
        default: throw reader.unexpected("an instruction")
        }
        try requireNoHint()
        try reader.advance()
        try matchLabel()
        code.body.append(0x0b)
        popLabel()
        code.frames.removeLast()
    }

    private mutating func flatCatch(_ opcode: Opcode) throws(TextError) {
        let top = flatTop
        guard top == .flatTry || (top == .flatCatch && opcode != .delegate) else { throw reader.unexpected("an instruction") }
        try requireNoHint()
        try reader.advance()
        code.body.append(UInt8(truncatingIfNeeded: opcode.row.number))
        switch opcode {
        case .catch:
            code.body.appendUnsigned(try index(.tag))
            setTop(.flatCatch)
        case .catchAll:
            setTop(.flatCatchAll)
        default:
            popLabel()
            code.body.appendUnsigned(try label())
            code.frames.removeLast()
        }
    }

    /// The identifier that may follow `else` and `end`: the block's own.
    private mutating func matchLabel() throws(TextError) {
        guard reader.isAtIdentifier else { return }
        let token = reader.current
        let symbol = try symbol(token)
        guard let entry = code.labels.last, entry.symbol == symbol else { throw TextError(.syntax, at: token, "mismatching label") }
        try reader.advance()
    }

    /// A block's label, if it has one.
    private mutating func labelIdentifier() throws(TextError) -> Symbol? {
        try definedName()
    }

    /// A label as a depth, counted from the innermost.
    mutating func label() throws(TextError) -> UInt32 {
        guard reader.isAtIdentifier else { return try natural32("a label") }
        let position = try index(.label)
        return UInt32(code.labels.count) - 1 - position
    }
}
