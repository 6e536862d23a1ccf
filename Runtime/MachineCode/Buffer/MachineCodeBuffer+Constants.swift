// Constants: any 64-bit number into a register, any amount added to one.

extension MachineCodeBuffer {
    /// Puts a constant into a register: at most 8 instructions, which read no other register.
    @inlinable @inline(__always) public mutating func loadImmediate(_ rd: IntegerRegister, _ value: Int64) {
        if OperandKind.signed12.fits(Int(value)) {
            append(word: ImmediateForm.addi.word(rd, .zero, Int(value)))
        } else {
            loadLongImmediate(rd, value)
        }
    }

    /// `loadImmediate` for what takes more than one instruction; kept out of line.
    @export(interface) @inline(never)
    public mutating func loadLongImmediate(_ rd: IntegerRegister, _ value: Int64) {
        let sequence = ImmediateSequence(value, into: rd)
        for index in 0..<sequence.count { append(word: sequence.word(index)) }
    }

    /// Adds an amount to `rs1`: one or two instructions for an amount that fits 13 bits, else through `scratch`, which is then neither
    /// `rs1` nor `zero`.
    @inlinable @inline(__always)
    public mutating func addImmediate(_ rd: IntegerRegister, _ rs1: IntegerRegister, _ amount: Int, scratch: IntegerRegister) {
        if OperandKind.signed12.fits(amount) {
            append(word: ImmediateForm.addi.word(rd, rs1, amount))
        } else {
            addLongImmediate(rd, rs1, amount, scratch: scratch)
        }
    }

    /// `addImmediate` for what takes more than one instruction; kept out of line.
    @export(interface) @inline(never)
    public mutating func addLongImmediate(_ rd: IntegerRegister, _ rs1: IntegerRegister, _ amount: Int, scratch: IntegerRegister) {
        let kind = OperandKind.signed12
        let first = amount < 0 ? kind.lowest : kind.highest
        if kind.fits(amount &- first) {
            append(word: ImmediateForm.addi.word(rd, rs1, first))
            append(word: ImmediateForm.addi.word(rd, rd, amount &- first))
        } else {
            loadImmediate(scratch, Int64(amount))
            append(word: RegisterForm.add.word(rd, rs1, scratch))
        }
    }
}
