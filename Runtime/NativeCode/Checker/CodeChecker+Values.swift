// What instructions that compute leave in their registers.

import Containers
import MachineCode

extension CodeChecker {
    /// Checks the word at hand and notes what it does.
    mutating func step() throws(CodeFaultReason) {
        let form = form(index)
        let word = word(index)
        try checkOperands(form, word)
        switch form.shape {
        case .branch: try branch(form, word)
        case .jump: try jump(form, word)
        case .jumpRegister: try jumpRegister(word)
        case .load: try load(form, word)
        case .floatLoad: _ = try access(form, word, register: nil)
        case .store: try store(form, word)
        case .floatStore: try storeFloat(form, word)
        default:
            if hasIntegerResult(form.shape) { return try compute(form, word) }
            path.isAtEntry = false
            // A float is made of floats or of a number.
            let isOfInteger = form.shape == .integerToFloat || form.shape == .integerToFloatExact
            if isOfInteger, !facts(of: OperandKind.integerRs1.value(in: word)).isPlain { throw .pointer }
        }
    }

    /// No operand is a register that is not native code's.
    private func checkOperands(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) {
        let shape = form.shape
        for number in 0..<shape.operandCount {
            let kind = shape.operand(number).kind
            switch kind {
            case .integerRd, .integerRs1, .integerRs2:
                switch kind.value(in: word) {
                // ra, sp, gp, tp, s0
                case 1, 2, 3, 4, 8: throw .register
                default: break
                }
            default: break
            }
        }
    }

    private func hasIntegerResult(_ shape: InstructionShape) -> Bool { shape.operandCount > 0 && shape.operand(0).kind == .integerRd }

    private mutating func compute(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) {
        let target = OperandKind.integerRd.value(in: word)
        if target == .frameRegister { return try moveFrame(form, word) }
        let result = try result(form, word)
        if target != .cellRegister, target != 5 { path.isAtEntry = false }
        try set(target, result)
    }

    /// What an instruction makes; an engine's address in an unknown result is refused.
    private mutating func result(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) -> RegisterFact {
        let shape = form.shape
        switch form {
        case .lui: return .number(Int64(Int32(bitPattern: word & 0xFFFF_F000)))
        case .auipc: return RegisterFact(kind: .code, offset: Int64(index * 4) + Int64(Int32(bitPattern: word & 0xFFFF_F000)))
        default: break
        }
        var first = RegisterFact()
        var second = RegisterFact()
        var immediate: Int64 = 0
        for number in 1..<shape.operandCount {
            let kind = shape.operand(number).kind
            switch kind {
            case .integerRs1: first = facts(of: kind.value(in: word))
            case .integerRs2: second = facts(of: kind.value(in: word))
            case .signed12, .shift6, .shift5: immediate = Int64(kind.value(in: word))
            default: break
            }
        }
        let known: RegisterFact?
        switch shape {
        case .immediate, .shift, .wordShift: known = constantResult(form, first, immediate) ?? immediateResult(form, first, immediate)
        case .register: known = try registerResult(form, first, second)
        default: known = nil
        }
        if let known { return known }
        if let named = try nameSum(form, word) { return named }
        guard first.isPlain, second.isPlain else { throw .pointer }
        return RegisterFact()
    }

    /// The sum of a number that nothing is known of and a constant: the number gets a name, so that the sum can be compared with it.
    private mutating func nameSum(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) -> RegisterFact? {
        let source = OperandKind.integerRs1.value(in: word)
        guard source != 0, facts(of: source).kind == .unknown, source != .frameRegister, source != .cellRegister else { return nil }
        let amount: Int64
        switch form {
        case .addi: amount = Int64(OperandKind.signed12.value(in: word))
        case .add:
            let second = facts(of: OperandKind.integerRs2.value(in: word))
            guard second.kind == .number else { return nil }
            amount = second.offset
        default: return nil
        }
        guard amount > 0, amount < 1 << 34 else { return nil }
        let named = RegisterFact(kind: .wide, symbol: newSymbol())
        try set(source, named)
        return named.plus(amount)
    }

    /// What an instruction makes of a known number and an immediate.
    private func constantResult(_ form: InstructionForm, _ source: RegisterFact, _ immediate: Int64) -> RegisterFact? {
        guard source.kind == .number else { return nil }
        let value = source.offset
        let amount = immediate & 63
        switch form {
        case .addi: return .number(value &+ immediate)
        case .addiw: return .number(Int64(Int32(truncatingIfNeeded: value &+ immediate)))
        case .andi: return .number(value & immediate)
        case .ori: return .number(value | immediate)
        case .xori: return .number(value ^ immediate)
        case .slli: return .number(value << amount)
        case .srli: return .number(Int64(bitPattern: UInt64(bitPattern: value) >> UInt64(amount)))
        case .rori:
            let bits = UInt64(bitPattern: value)
            return .number(Int64(bitPattern: amount == 0 ? bits : bits >> UInt64(amount) | bits << UInt64(64 - amount)))
        case .slliUw: return .number(Int64(UInt32(truncatingIfNeeded: value)) << amount)
        case .bseti: return .number(value | 1 << amount)
        case .bclri: return .number(value & ~(1 << amount))
        case .binvi: return .number(value ^ 1 << amount)
        default: return nil
        }
    }

    private mutating func immediateResult(_ form: InstructionForm, _ source: RegisterFact, _ immediate: Int64) -> RegisterFact? {
        switch form {
        case .addi: return source.plus(immediate)
        case .andi where immediate >= 0 && source.isPlain, .srliw where immediate > 0 && source.isPlain,
            .srli where immediate >= 32 && source.isPlain:
            return RegisterFact(kind: .small, symbol: newSymbol())
        default: return nil
        }
    }

    /// What an instruction makes of two registers.
    private mutating func registerResult(
        _ form: InstructionForm, _ first: RegisterFact, _ second: RegisterFact
    ) throws(CodeFaultReason) -> RegisterFact? {
        switch form {
        case .add:
            if second.kind == .number { return first.plus(second.offset) }
            if first.kind == .number { return second.plus(first.offset) }
            if let place = compared(first, second) ?? compared(second, first) { return place }
            if first.kind == .small, second.kind == .memory { return window(first) }
            if second.kind == .small, first.kind == .memory { return window(second) }
            return nil
        case .addUw:
            guard first.isPlain else { throw .pointer }
            if second.kind == .memory {
                return RegisterFact(kind: .window, symbol: newSymbol())
            }
            guard second.kind == .number, second.offset == 0 else { return nil }
            if first.kind == .number { return .number(Int64(UInt32(truncatingIfNeeded: first.offset))) }
            return RegisterFact(kind: .small, symbol: newSymbol())
        case .sh1add, .sh2add, .sh3add:
            let shift: Int64 = form == .sh1add ? 1 : form == .sh2add ? 2 : 3
            if first.kind == .number, second.kind == .number { return .number(first.offset << shift &+ second.offset) }
            if form == .sh3add, first.kind == .tableIndex, second.kind == .tableElements, first.symbol == second.symbol {
                return RegisterFact(kind: .element, symbol: first.symbol)
            }
            if form == .sh2add, first.kind == .bounded, second.kind == .code {
                return RegisterFact(kind: .codeEntry, offset: second.offset, limit: first.offset)
            }
            return nil
        case .minu:
            guard second.kind == .number, second.offset >= 0, first.isPlain else { return nil }
            return RegisterFact(kind: .bounded, offset: second.offset)
        default: return nil
        }
    }

    private func window(_ small: RegisterFact) -> RegisterFact {
        RegisterFact(kind: .window, symbol: small.symbol, offset: small.offset, limit: small.memory == 0 ? small.limit : 0)
    }

    /// The base of a memory and a number that was compared with its size. A base of memory 0 that is always there takes short numbers, too.
    private func compared(_ number: RegisterFact, _ base: RegisterFact) -> RegisterFact? {
        let isOfAny = base.kind == .memoryBase && (number.kind == .small || number.kind == .wide)
        guard isOfAny || base.kind == .memory && number.kind == .wide, number.memory == base.memory else { return nil }
        return RegisterFact(kind: .compared, symbol: number.symbol, offset: number.offset, limit: number.limit, memory: base.memory)
    }

    // MARK: The frame

    /// The only ways in which the frame's register changes: to a callee's, whose return address is there and which the stack holds, or is found to
    /// at once; back from one that it does not; and to the caller's.
    private mutating func moveFrame(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) {
        let first = OperandKind.integerRs1.value(in: word)
        let amount = Int64(OperandKind.signed12.value(in: word))
        if path.frame == .unchecked {
            // The word that `checkStack` looked at.
            guard notes[index] & CodeChecker.isRetreat != 0 else { throw .frame }
            return path.frame = .own
        }
        guard path.frame == .own else { throw .frame }
        if form == .addi, let fact = facts(of: first).plus(amount) {
            guard fact.kind == .frame, let call = path.call, fact.offset == call.distance, fact.offset > 0,
                fact.offset <= path.stackByteCount || first == .frameRegister
            else { throw .frame }
            return path.frame = fact.offset <= path.stackByteCount ? .callee : .unchecked
        }
        let second = facts(of: OperandKind.integerRs2.value(in: word))
        guard form == .sub, first == .frameRegister, second.kind == .returnDistance, second.symbol == cellChanges else { throw .frame }
        path.frame = .caller
    }
}
