// Branches and jumps: where they may lead, and what a branch that is not taken proves.

import Containers
import MachineCode
import WasmOperations

extension InstructionForm {
    /// The branch on the opposite condition.
    fileprivate var opposite: InstructionForm {
        switch self {
        case .beq: .bne
        case .bne: .beq
        case .blt: .bge
        case .bge: .blt
        case .bltu: .bgeu
        default: .bltu
        }
    }
}

extension CodeChecker {
    /// The function is as other words of it expect when they are jumped to.
    private func checkSettled() throws(CodeFaultReason) {
        guard path.frame == .own else { throw .frame }
        let cell = facts(of: .cellRegister)
        guard cell.kind == .cell, cell.offset == Int64(description.anchor) else { throw .anchor }
        guard !path.mustLeave else { throw .charge }
    }

    // MARK: Branches

    mutating func branch(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) {
        path.isAtEntry = false
        if notes[index] & CodeChecker.isWide != 0 {
            // Nothing else leads to the jump.
            index += 1
            guard notes[index] == UInt32(InstructionForm.jal.rawValue) else { throw .target }
            let target = try target(self.word(index), .jump)
            return try branch(form.opposite, word, to: target)
        }
        try branch(form, word, to: target(word, .branch))
    }

    private mutating func branch(_ form: InstructionForm, _ word: UInt32, to target: Int) throws(CodeFaultReason) {
        if path.clearing == target, target == index - 2 {
            path.clearing = nil
            return try set(OperandKind.integerRs1.value(in: word), RegisterFact())
        }
        let left = OperandKind.integerRs1.value(in: word)
        let right = OperandKind.integerRs2.value(in: word)
        let first = facts(of: left)
        let second = facts(of: right)
        if path.frame == .unchecked { return try checkStack(form, first, right, to: target) }
        try checkSettled()
        if try !learn(form, left, first, right, second) {
            guard first.isPlain, second.isPlain else { throw .pointer }
        }
        guard path.mustCharge else { return }
        // Out of fuel or of stack: what is there leaves.
        let isCharge = left == .fuelRegister && first.kind == .fuel && first.offset <= 0 && form == .blt && right == 0
        guard isCharge || first.kind == .stackLimit, target > index else { throw .charge }
        notes[target] |= CodeChecker.isExit
        if isCharge { path.mustCharge = false }
    }

    /// The only branch out of a frame that the stack may not hold: to where the frame's register comes back, and where nothing else leads.
    private mutating func checkStack(
        _ form: InstructionForm, _ first: RegisterFact, _ right: Int, to target: Int
    ) throws(CodeFaultReason) {
        guard form == .bltu, first.kind == .stackLimit, right == .frameRegister, let call = path.call, target > index else { throw .frame }
        let back = word(target)
        guard self.form(target) == .addi, OperandKind.integerRd.value(in: back) == .frameRegister,
            OperandKind.integerRs1.value(in: back) == .frameRegister,
            Int64(OperandKind.signed12.value(in: back)) == -call.distance, notes[target] & CodeChecker.isShared == 0
        else { throw .frame }
        notes[target] |= path.mustCharge ? CodeChecker.isRetreat | CodeChecker.isExit : CodeChecker.isRetreat
        path.frame = .callee
    }

    /// Notes what holds when a branch is not taken. True when an address may be compared so.
    private mutating func learn(
        _ form: InstructionForm, _ left: Int, _ first: RegisterFact, _ right: Int, _ second: RegisterFact
    ) throws(CodeFaultReason) -> Bool {
        switch form {
        case .bltu:
            if first.kind == .stackLimit, second.kind == .frame {
                path.stackByteCount = max(path.stackByteCount, second.offset)
                return true
            }
            if first.kind == .memoryByteCount {
                if second.kind == .number, second.offset >= 0, first.memory == 0 {
                    path.memoryByteCount = max(path.memoryByteCount, second.offset)
                }
                let isSum =
                    second.kind == .small || second.kind == .wide && path.uncarried == second.symbol && path.uncarriedSum == second.offset
                if isSum { noteCompared(second, first.memory) }
            }
            if first.kind == .wide, second.kind == .wide, first.symbol == second.symbol, second.offset == 0, first.offset >= 0 {
                // The sum is not less than the number: nothing was carried out.
                path.uncarried = first.symbol
                path.uncarriedSum = first.offset
            }
        case .bgeu:
            if second.kind == .tableCount, first.isPlain, left != 0 {
                try set(left, RegisterFact(kind: .tableIndex, symbol: second.symbol))
            }
        case .beq:
            if first.kind == .entry, second.kind == .number, second.offset == 0 {
                if first.symbol == path.entry.symbol { path.entry.isThere = true }
                return true
            }
        case .bne:
            if first.kind == .entryType, second.kind == .number, first.symbol == path.entry.symbol { path.entry.type = second.offset }
            if first.kind == .entryKey, right == .instanceRegister, first.offset <= 0, first.offset > -Int64(layout.keyedTypes) {
                if first.symbol == path.entry.symbol {
                    path.entry.type = -first.offset
                    path.entry.isOwn = true
                }
                return true
            }
            if first.kind == .entryInstance, right == .instanceRegister {
                if first.symbol == path.entry.symbol { path.entry.isOwn = true }
                return true
            }
        default: break
        }
        return false
    }

    /// A number plus an offset is at most the memory's size: so much is known of everything formed from it.
    private mutating func noteCompared(_ sum: RegisterFact, _ memory: UInt32) {
        for register in 5..<32 {
            var fact = facts(of: register)
            guard fact.kind == .small || fact.kind == .wide || fact.kind == .window && memory == 0, fact.symbol == sum.symbol,
                fact.memory != memory || fact.limit < sum.offset
            else { continue }
            fact.limit = sum.offset
            fact.memory = memory
            facts[register] = fact
        }
    }

    /// Whether the word at hand begins the one loop that native code has of its own, which clears slots: `sd zero, 0(p); addi p, p, 8;
    /// bltu p, end`, nothing else leading there, from one place in the frame to a later one.
    func isClearing(_ note: UInt32) -> Bool {
        guard note & (CodeChecker.isLoop | CodeChecker.isShared) == CodeChecker.isLoop, index + 2 < count else { return false }
        let store = word(index)
        let addition = word(index + 1)
        let branch = word(index + 2)
        let register = OperandKind.integerRs1.value(in: store)
        guard form(index) == .sd, OperandKind.integerRs2.value(in: store) == 0, OperandKind.store12.value(in: store) == 0,
            notes[index + 1] == UInt32(InstructionForm.addi.rawValue), OperandKind.integerRd.value(in: addition) == register,
            OperandKind.integerRs1.value(in: addition) == register, OperandKind.signed12.value(in: addition) == 8,
            notes[index + 2] == UInt32(InstructionForm.bltu.rawValue), OperandKind.integerRs1.value(in: branch) == register,
            OperandKind.branch13.value(in: branch) == -8
        else { return false }
        let first = facts(of: register)
        let end = facts(of: OperandKind.integerRs2.value(in: branch))
        guard register != .frameRegister, first.kind == .frame, end.kind == .frame, path.frame == .own else { return false }
        // The last round stores below the next multiple of 8 from the first.
        guard first.offset >= 0, first.offset < end.offset, (end.offset - first.offset) & 7 == 0 else { return false }
        if let header = survey.header, first.offset < header + 8, end.offset > header { return false }
        return end.offset <= Int64(function.frameByteCount)
    }

    // MARK: Jumps

    mutating func jump(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) {
        guard OperandKind.integerRd.value(in: word) == 0 else { throw .register }
        let target = try target(word, .jump)
        path.falls = false
        guard path.frame == .callee else {
            try checkSettled()
            if path.mustCharge { throw .charge }
            return
        }
        // The function calls itself.
        guard !path.mustLeave, !path.mustCharge else { throw .charge }
        guard let call = path.call, call.table == nil, call.number == Int64(function.index) else { throw .frame }
        let cell = facts(of: .cellRegister)
        guard cell.kind == .cell, cell.offset == Int64(description.anchor) else { throw .anchor }
        guard target > index || notes[target] & CodeChecker.isSelfEntry != 0 else { throw .target }
        notes[target] |= CodeChecker.isSelfEntry
    }

    mutating func jumpRegister(_ word: UInt32) throws(CodeFaultReason) {
        guard OperandKind.integerRd.value(in: word) == 0 else { throw .register }
        guard OperandKind.signed12.value(in: word) == 0 else { throw .indirectJump }
        let fact = facts(of: OperandKind.integerRs1.value(in: word))
        let cell = facts(of: .cellRegister)
        path.falls = false
        switch fact.kind {
        case .handler:
            // The handler of the cell that `a0` names.
            guard path.frame == .own else { throw .frame }
            guard cell.kind == .cell, survey.isStart(cell.offset), Int64(survey.number(at: Int(cell.offset))) == fact.offset else {
                throw .anchor
            }
        case .header where fact.symbol == cellChanges:
            switch (cell.kind, path.frame) {
            case (.returnCell, .caller): return
            case (.cell, .own): if cell.offset != fact.offset { throw .anchor }
            case (.callee, .callee): try checkCallee(cell)
            default: throw .frame
            }
        case .codeEntry:
            try checkSettled()
            if path.mustCharge { throw .charge }
            guard fact.offset == Int64(index + 1) * 4, fact.limit < Int64(count - index - 1) else { throw .indirectJump }
            for entry in index + 1...index + 1 + Int(fact.limit) {
                guard form(entry) == .jal, OperandKind.integerRd.value(in: self.word(entry)) == 0 else { throw .indirectJump }
            }
        default: throw .indirectJump
        }
    }

    /// The callee is the one of the call whose return address was stored.
    private func checkCallee(_ cell: RegisterFact) throws(CodeFaultReason) {
        guard let call = path.call else { throw .frame }
        if let table = call.table {
            guard cell.offset == -1, path.entry.table == table, path.entry.type == call.number else { throw .indirectJump }
        } else {
            guard cell.offset == Int64(call.cell + 8) else { throw .indirectJump }
        }
    }
}
