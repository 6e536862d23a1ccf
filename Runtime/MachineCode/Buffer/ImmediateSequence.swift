// The instructions that put a constant into a register without reading any other. Most constants take one or two; the worst take eight.

/// Instructions that make a constant, found from the last to the first.
struct ImmediateSequence {
    /// The words, at the end of the array.
    private var words: [10 of UInt32] = .init(repeating: 0)
    /// The first word.
    private var start = 10
    /// The register.
    private let register: IntegerRegister

    /// How many instructions there are.
    var count: Int { 10 &- start }
    /// An instruction; `index` is below `count`.
    func word(_ index: Int) -> UInt32 { words[start &+ index] }

    /// The shortest sequence known for `value`.
    init(_ value: Int64, into register: IntegerRegister) {
        self.init(register)
        build(value)
        guard count > 2 else { return }
        tryShifted(value)
        tryRotated(value)
        // The lower half with either sign.
        trySingleBits(value, Int64(Int32(truncatingIfNeeded: value)))
        trySingleBits(value, Int64(Int32(truncatingIfNeeded: value ^ 1 << 31)))
        tryMultiples(value, 0)
        tryMultiples(value, (value << 52) >> 52)
    }

    private init(_ register: IntegerRegister) { self.register = register }

    /// Puts an instruction before the ones there are.
    private mutating func prepend(_ word: UInt32) {
        guard start > 0 else { return }
        start &-= 1
        words[start] = word
    }

    private mutating func takeIfShorter(_ other: ImmediateSequence) {
        if other.count < count { self = other }
    }

    /// The sequence by halves: the low 12 bits are added last, what is above them is made first and shifted. At most 8 instructions, since
    /// each round removes at least 12 bits until 32 are left.
    private mutating func build(_ value: Int64) {
        var rest = value
        while true {
            if OperandKind.signed12.fits(Int(rest)) {
                return prepend(ImmediateForm.addi.word(register, .zero, Int(rest)))
            }
            if rest.nonzeroBitCount == 1, rest.trailingZeroBitCount > 30 {
                return prepend(ShiftForm.bseti.word(register, .zero, rest.trailingZeroBitCount))
            }
            // The low 12 bits as a signed number.
            let low = (rest << 52) >> 52
            if rest.isNarrow {
                // Beyond 2^31 the upper part wraps, and so does the 32-bit addition.
                if low != 0 { prepend(ImmediateForm.addiw.word(register, register, Int(low))) }
                return prepend(UpperForm.lui.word(register, Int((rest &+ 0x800) >> 12) & 0xF_FFFF))
            }
            if low != 0 { prepend(ImmediateForm.addi.word(register, register, Int(low))) }
            rest &-= low
            var shift = rest.trailingZeroBitCount
            // With 12 zeros left at the end `lui` alone may make it.
            let wide = rest >> Int64(shift &- 12)
            if !OperandKind.signed12.fits(Int(rest >> Int64(shift))), wide.isNarrow || wide.isUnsignedNarrow { shift &-= 12 }
            rest >>= Int64(shift)
            if !rest.isNarrow, rest.isUnsignedNarrow {
                rest = Int64(Int32(truncatingIfNeeded: rest))
                prepend(ShiftForm.slliUw.word(register, register, shift))
            } else {
                prepend(ShiftForm.slli.word(register, register, shift))
            }
        }
    }

    /// A shorter constant shifted left, or shifted right so that zeros come in from above; or its low half extended with zeros.
    private mutating func tryShifted(_ value: Int64) {
        let below = value.trailingZeroBitCount
        if below > 0 { tryConstant(value >> Int64(below), then: ShiftForm.slli.word(register, register, below)) }
        if below > 12 { tryConstant(value >> Int64(below &- 12), then: ShiftForm.slli.word(register, register, below &- 12)) }
        let above = value.leadingZeroBitCount
        guard above > 0 else { return }
        let last = ShiftForm.srli.word(register, register, above)
        tryConstant(value << Int64(above), then: last)
        tryConstant(value << Int64(above) | (1 << Int64(above) &- 1), then: last)
        if above == 32 { tryConstant(Int64(Int32(truncatingIfNeeded: value)), then: ShiftForm.slliUw.word(register, register, 0)) }
    }

    /// A constant of at most 32 bits rotated.
    private mutating func tryRotated(_ value: Int64) {
        for amount in 1..<64 {
            let rotated = value << Int64(amount) | Int64(bitPattern: UInt64(bitPattern: value) >> UInt64(64 &- amount))
            guard rotated.isNarrow else { continue }
            tryConstant(rotated, then: ShiftForm.rori.word(register, register, amount))
        }
    }

    /// A constant that differs from a narrow one in a few of the upper bits.
    private mutating func trySingleBits(_ value: Int64, _ narrow: Int64) {
        var differing = UInt64(bitPattern: value ^ narrow)
        guard differing.nonzeroBitCount < count &- 1 else { return }
        var other = ImmediateSequence(register)
        while differing != 0 {
            let bit = differing.trailingZeroBitCount
            other.prepend((value >> Int64(bit) & 1 != 0 ? ShiftForm.bseti : .bclri).word(register, register, bit))
            differing &= differing &- 1
        }
        other.build(narrow)
        takeIfShorter(other)
    }

    /// 3, 5 or 9 times a shorter constant, and the low 12 bits added.
    private mutating func tryMultiples(_ value: Int64, _ low: Int64) {
        let forms: [3 of RegisterForm] = [.sh1add, .sh2add, .sh3add]
        for shift in 0..<3 {
            let factor: Int64 = 2 << Int64(shift) &+ 1
            guard (value &- low) % factor == 0 else { continue }
            var other = ImmediateSequence(register)
            if low != 0 { other.prepend(ImmediateForm.addi.word(register, register, Int(low))) }
            other.prepend(forms[shift].word(register, register, register))
            other.build((value &- low) / factor)
            takeIfShorter(other)
        }
    }

    private mutating func tryConstant(_ value: Int64, then last: UInt32) {
        var other = ImmediateSequence(register)
        other.prepend(last)
        other.build(value)
        takeIfShorter(other)
    }
}

extension Int64 {
    /// Whether it is a sign-extended 32-bit number.
    fileprivate var isNarrow: Bool { Int64(Int32(truncatingIfNeeded: self)) == self }
    /// Whether it is a zero-extended 32-bit number.
    fileprivate var isUnsignedNarrow: Bool { Int64(UInt32(truncatingIfNeeded: self)) == self }
}
