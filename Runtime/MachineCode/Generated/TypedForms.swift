// The instructions by shape, so that the compiler checks their operands: `code.append(.add, .a0, .a1, .a2)`. Generated from Instructions/instructions.txt by Instructions/generate: do not edit.
// An immediate must fit (`OperandKind.fits`): a word made of another one has its low bits, and the buffer refuses it.

/// An instruction with the operands `rd:x rs1:x rs2:x`.
@frozen public struct RegisterForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `add`
    @inlinable public static var add: RegisterForm { RegisterForm(match: 0x00000033) }
    /// `sub`
    @inlinable public static var sub: RegisterForm { RegisterForm(match: 0x40000033) }
    /// `sll`
    @inlinable public static var sll: RegisterForm { RegisterForm(match: 0x00001033) }
    /// `slt`
    @inlinable public static var slt: RegisterForm { RegisterForm(match: 0x00002033) }
    /// `sltu`
    @inlinable public static var sltu: RegisterForm { RegisterForm(match: 0x00003033) }
    /// `xor`
    @inlinable public static var xor: RegisterForm { RegisterForm(match: 0x00004033) }
    /// `srl`
    @inlinable public static var srl: RegisterForm { RegisterForm(match: 0x00005033) }
    /// `sra`
    @inlinable public static var sra: RegisterForm { RegisterForm(match: 0x40005033) }
    /// `or`
    @inlinable public static var or: RegisterForm { RegisterForm(match: 0x00006033) }
    /// `and`
    @inlinable public static var and: RegisterForm { RegisterForm(match: 0x00007033) }
    /// `addw`
    @inlinable public static var addw: RegisterForm { RegisterForm(match: 0x0000003B) }
    /// `subw`
    @inlinable public static var subw: RegisterForm { RegisterForm(match: 0x4000003B) }
    /// `sllw`
    @inlinable public static var sllw: RegisterForm { RegisterForm(match: 0x0000103B) }
    /// `srlw`
    @inlinable public static var srlw: RegisterForm { RegisterForm(match: 0x0000503B) }
    /// `sraw`
    @inlinable public static var sraw: RegisterForm { RegisterForm(match: 0x4000503B) }
    /// `mul`
    @inlinable public static var mul: RegisterForm { RegisterForm(match: 0x02000033) }
    /// `mulh`
    @inlinable public static var mulh: RegisterForm { RegisterForm(match: 0x02001033) }
    /// `mulhsu`
    @inlinable public static var mulhsu: RegisterForm { RegisterForm(match: 0x02002033) }
    /// `mulhu`
    @inlinable public static var mulhu: RegisterForm { RegisterForm(match: 0x02003033) }
    /// `div`
    @inlinable public static var div: RegisterForm { RegisterForm(match: 0x02004033) }
    /// `divu`
    @inlinable public static var divu: RegisterForm { RegisterForm(match: 0x02005033) }
    /// `rem`
    @inlinable public static var rem: RegisterForm { RegisterForm(match: 0x02006033) }
    /// `remu`
    @inlinable public static var remu: RegisterForm { RegisterForm(match: 0x02007033) }
    /// `mulw`
    @inlinable public static var mulw: RegisterForm { RegisterForm(match: 0x0200003B) }
    /// `divw`
    @inlinable public static var divw: RegisterForm { RegisterForm(match: 0x0200403B) }
    /// `divuw`
    @inlinable public static var divuw: RegisterForm { RegisterForm(match: 0x0200503B) }
    /// `remw`
    @inlinable public static var remw: RegisterForm { RegisterForm(match: 0x0200603B) }
    /// `remuw`
    @inlinable public static var remuw: RegisterForm { RegisterForm(match: 0x0200703B) }
    /// `add.uw`
    @inlinable public static var addUw: RegisterForm { RegisterForm(match: 0x0800003B) }
    /// `sh1add`
    @inlinable public static var sh1add: RegisterForm { RegisterForm(match: 0x20002033) }
    /// `sh2add`
    @inlinable public static var sh2add: RegisterForm { RegisterForm(match: 0x20004033) }
    /// `sh3add`
    @inlinable public static var sh3add: RegisterForm { RegisterForm(match: 0x20006033) }
    /// `sh1add.uw`
    @inlinable public static var sh1addUw: RegisterForm { RegisterForm(match: 0x2000203B) }
    /// `sh2add.uw`
    @inlinable public static var sh2addUw: RegisterForm { RegisterForm(match: 0x2000403B) }
    /// `sh3add.uw`
    @inlinable public static var sh3addUw: RegisterForm { RegisterForm(match: 0x2000603B) }
    /// `andn`
    @inlinable public static var andn: RegisterForm { RegisterForm(match: 0x40007033) }
    /// `orn`
    @inlinable public static var orn: RegisterForm { RegisterForm(match: 0x40006033) }
    /// `xnor`
    @inlinable public static var xnor: RegisterForm { RegisterForm(match: 0x40004033) }
    /// `max`
    @inlinable public static var max: RegisterForm { RegisterForm(match: 0x0A006033) }
    /// `maxu`
    @inlinable public static var maxu: RegisterForm { RegisterForm(match: 0x0A007033) }
    /// `min`
    @inlinable public static var min: RegisterForm { RegisterForm(match: 0x0A004033) }
    /// `minu`
    @inlinable public static var minu: RegisterForm { RegisterForm(match: 0x0A005033) }
    /// `rol`
    @inlinable public static var rol: RegisterForm { RegisterForm(match: 0x60001033) }
    /// `ror`
    @inlinable public static var ror: RegisterForm { RegisterForm(match: 0x60005033) }
    /// `rolw`
    @inlinable public static var rolw: RegisterForm { RegisterForm(match: 0x6000103B) }
    /// `rorw`
    @inlinable public static var rorw: RegisterForm { RegisterForm(match: 0x6000503B) }
    /// `bclr`
    @inlinable public static var bclr: RegisterForm { RegisterForm(match: 0x48001033) }
    /// `bext`
    @inlinable public static var bext: RegisterForm { RegisterForm(match: 0x48005033) }
    /// `binv`
    @inlinable public static var binv: RegisterForm { RegisterForm(match: 0x68001033) }
    /// `bset`
    @inlinable public static var bset: RegisterForm { RegisterForm(match: 0x28001033) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: IntegerRegister, _ rs2: IntegerRegister) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.integerRs2.bits(Int(rs2.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: RegisterForm, _ rd: IntegerRegister, _ rs1: IntegerRegister, _ rs2: IntegerRegister) {
        append(word: form.word(rd, rs1, rs2))
    }
}

/// An instruction with the operands `rd:x rs1:x signed12`.
@frozen public struct ImmediateForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `addi`
    @inlinable public static var addi: ImmediateForm { ImmediateForm(match: 0x00000013) }
    /// `slti`
    @inlinable public static var slti: ImmediateForm { ImmediateForm(match: 0x00002013) }
    /// `sltiu`
    @inlinable public static var sltiu: ImmediateForm { ImmediateForm(match: 0x00003013) }
    /// `xori`
    @inlinable public static var xori: ImmediateForm { ImmediateForm(match: 0x00004013) }
    /// `ori`
    @inlinable public static var ori: ImmediateForm { ImmediateForm(match: 0x00006013) }
    /// `andi`
    @inlinable public static var andi: ImmediateForm { ImmediateForm(match: 0x00007013) }
    /// `addiw`
    @inlinable public static var addiw: ImmediateForm { ImmediateForm(match: 0x0000001B) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: IntegerRegister, _ immediate: Int) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.signed12.bits(immediate)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: ImmediateForm, _ rd: IntegerRegister, _ rs1: IntegerRegister, _ immediate: Int) {
        guard OperandKind.signed12.fits(immediate) else { return refuse(.immediate) }
        append(word: form.word(rd, rs1, immediate))
    }
}

/// An instruction with the operands `rd:x rs1:x shift6`.
@frozen public struct ShiftForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `slli`
    @inlinable public static var slli: ShiftForm { ShiftForm(match: 0x00001013) }
    /// `srli`
    @inlinable public static var srli: ShiftForm { ShiftForm(match: 0x00005013) }
    /// `srai`
    @inlinable public static var srai: ShiftForm { ShiftForm(match: 0x40005013) }
    /// `slli.uw`
    @inlinable public static var slliUw: ShiftForm { ShiftForm(match: 0x0800101B) }
    /// `rori`
    @inlinable public static var rori: ShiftForm { ShiftForm(match: 0x60005013) }
    /// `bclri`
    @inlinable public static var bclri: ShiftForm { ShiftForm(match: 0x48001013) }
    /// `bexti`
    @inlinable public static var bexti: ShiftForm { ShiftForm(match: 0x48005013) }
    /// `binvi`
    @inlinable public static var binvi: ShiftForm { ShiftForm(match: 0x68001013) }
    /// `bseti`
    @inlinable public static var bseti: ShiftForm { ShiftForm(match: 0x28001013) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: IntegerRegister, _ immediate: Int) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.shift6.bits(immediate)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: ShiftForm, _ rd: IntegerRegister, _ rs1: IntegerRegister, _ immediate: Int) {
        guard OperandKind.shift6.fits(immediate) else { return refuse(.immediate) }
        append(word: form.word(rd, rs1, immediate))
    }
}

/// An instruction with the operands `rd:x rs1:x shift5`.
@frozen public struct WordShiftForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `slliw`
    @inlinable public static var slliw: WordShiftForm { WordShiftForm(match: 0x0000101B) }
    /// `srliw`
    @inlinable public static var srliw: WordShiftForm { WordShiftForm(match: 0x0000501B) }
    /// `sraiw`
    @inlinable public static var sraiw: WordShiftForm { WordShiftForm(match: 0x4000501B) }
    /// `roriw`
    @inlinable public static var roriw: WordShiftForm { WordShiftForm(match: 0x6000501B) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: IntegerRegister, _ immediate: Int) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.shift5.bits(immediate)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: WordShiftForm, _ rd: IntegerRegister, _ rs1: IntegerRegister, _ immediate: Int) {
        guard OperandKind.shift5.fits(immediate) else { return refuse(.immediate) }
        append(word: form.word(rd, rs1, immediate))
    }
}

/// An instruction with the operands `rd:x rs1:x`.
@frozen public struct UnaryForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `clz`
    @inlinable public static var clz: UnaryForm { UnaryForm(match: 0x60001013) }
    /// `ctz`
    @inlinable public static var ctz: UnaryForm { UnaryForm(match: 0x60101013) }
    /// `cpop`
    @inlinable public static var cpop: UnaryForm { UnaryForm(match: 0x60201013) }
    /// `clzw`
    @inlinable public static var clzw: UnaryForm { UnaryForm(match: 0x6000101B) }
    /// `ctzw`
    @inlinable public static var ctzw: UnaryForm { UnaryForm(match: 0x6010101B) }
    /// `cpopw`
    @inlinable public static var cpopw: UnaryForm { UnaryForm(match: 0x6020101B) }
    /// `sext.b`
    @inlinable public static var sextB: UnaryForm { UnaryForm(match: 0x60401013) }
    /// `sext.h`
    @inlinable public static var sextH: UnaryForm { UnaryForm(match: 0x60501013) }
    /// `zext.h`
    @inlinable public static var zextH: UnaryForm { UnaryForm(match: 0x0800403B) }
    /// `rev8`
    @inlinable public static var rev8: UnaryForm { UnaryForm(match: 0x6B805013) }
    /// `orc.b`
    @inlinable public static var orcB: UnaryForm { UnaryForm(match: 0x28705013) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: IntegerRegister) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: UnaryForm, _ rd: IntegerRegister, _ rs1: IntegerRegister) {
        append(word: form.word(rd, rs1))
    }
}

/// An instruction with the operands `rd:x signed12 (rs1:x)`.
@frozen public struct LoadForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `lb`
    @inlinable public static var lb: LoadForm { LoadForm(match: 0x00000003) }
    /// `lh`
    @inlinable public static var lh: LoadForm { LoadForm(match: 0x00001003) }
    /// `lw`
    @inlinable public static var lw: LoadForm { LoadForm(match: 0x00002003) }
    /// `ld`
    @inlinable public static var ld: LoadForm { LoadForm(match: 0x00003003) }
    /// `lbu`
    @inlinable public static var lbu: LoadForm { LoadForm(match: 0x00004003) }
    /// `lhu`
    @inlinable public static var lhu: LoadForm { LoadForm(match: 0x00005003) }
    /// `lwu`
    @inlinable public static var lwu: LoadForm { LoadForm(match: 0x00006003) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: IntegerRegister, offset: Int) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.signed12.bits(offset)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: LoadForm, _ rd: IntegerRegister, _ rs1: IntegerRegister, offset: Int) {
        guard OperandKind.signed12.fits(offset) else { return refuse(.immediate) }
        append(word: form.word(rd, rs1, offset: offset))
    }
}

/// An instruction with the operands `rs2:x store12 (rs1:x)`.
@frozen public struct StoreForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `sb`
    @inlinable public static var sb: StoreForm { StoreForm(match: 0x00000023) }
    /// `sh`
    @inlinable public static var sh: StoreForm { StoreForm(match: 0x00001023) }
    /// `sw`
    @inlinable public static var sw: StoreForm { StoreForm(match: 0x00002023) }
    /// `sd`
    @inlinable public static var sd: StoreForm { StoreForm(match: 0x00003023) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rs2: IntegerRegister, _ rs1: IntegerRegister, offset: Int) -> UInt32 {
        match | OperandKind.integerRs2.bits(Int(rs2.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.store12.bits(offset)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: StoreForm, _ rs2: IntegerRegister, _ rs1: IntegerRegister, offset: Int) {
        guard OperandKind.store12.fits(offset) else { return refuse(.immediate) }
        append(word: form.word(rs2, rs1, offset: offset))
    }
}

/// An instruction with the operands `rs1:x rs2:x branch13`.
@frozen public struct BranchForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `beq`
    @inlinable public static var beq: BranchForm { BranchForm(match: 0x00000063) }
    /// `bne`
    @inlinable public static var bne: BranchForm { BranchForm(match: 0x00001063) }
    /// `blt`
    @inlinable public static var blt: BranchForm { BranchForm(match: 0x00004063) }
    /// `bge`
    @inlinable public static var bge: BranchForm { BranchForm(match: 0x00005063) }
    /// `bltu`
    @inlinable public static var bltu: BranchForm { BranchForm(match: 0x00006063) }
    /// `bgeu`
    @inlinable public static var bgeu: BranchForm { BranchForm(match: 0x00007063) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rs1: IntegerRegister, _ rs2: IntegerRegister, offset: Int) -> UInt32 {
        match | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.integerRs2.bits(Int(rs2.number)) | OperandKind.branch13.bits(offset)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: BranchForm, _ rs1: IntegerRegister, _ rs2: IntegerRegister, offset: Int) {
        guard OperandKind.branch13.fits(offset) else { return refuse(.immediate) }
        append(word: form.word(rs1, rs2, offset: offset))
    }
}

/// An instruction with the operands `rd:x upper20`.
@frozen public struct UpperForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `lui`
    @inlinable public static var lui: UpperForm { UpperForm(match: 0x00000037) }
    /// `auipc`
    @inlinable public static var auipc: UpperForm { UpperForm(match: 0x00000017) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ immediate: Int) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.upper20.bits(immediate)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: UpperForm, _ rd: IntegerRegister, _ immediate: Int) {
        guard OperandKind.upper20.fits(immediate) else { return refuse(.immediate) }
        append(word: form.word(rd, immediate))
    }
}

/// An instruction with the operands `rd:x jump21`.
@frozen public struct JumpForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `jal`
    @inlinable public static var jal: JumpForm { JumpForm(match: 0x0000006F) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, offset: Int) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.jump21.bits(offset)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: JumpForm, _ rd: IntegerRegister, offset: Int) {
        guard OperandKind.jump21.fits(offset) else { return refuse(.immediate) }
        append(word: form.word(rd, offset: offset))
    }
}

/// An instruction with the operands `rd:x signed12 (rs1:x)`.
@frozen public struct JumpRegisterForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `jalr`
    @inlinable public static var jalr: JumpRegisterForm { JumpRegisterForm(match: 0x00000067) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: IntegerRegister, offset: Int) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.signed12.bits(offset)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: JumpRegisterForm, _ rd: IntegerRegister, _ rs1: IntegerRegister, offset: Int) {
        guard OperandKind.signed12.fits(offset) else { return refuse(.immediate) }
        append(word: form.word(rd, rs1, offset: offset))
    }
}

/// An instruction with the operands `rd:f signed12 (rs1:x)`.
@frozen public struct FloatLoadForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `flw`
    @inlinable public static var flw: FloatLoadForm { FloatLoadForm(match: 0x00002007) }
    /// `fld`
    @inlinable public static var fld: FloatLoadForm { FloatLoadForm(match: 0x00003007) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: FloatRegister, _ rs1: IntegerRegister, offset: Int) -> UInt32 {
        match | OperandKind.floatRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.signed12.bits(offset)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatLoadForm, _ rd: FloatRegister, _ rs1: IntegerRegister, offset: Int) {
        guard OperandKind.signed12.fits(offset) else { return refuse(.immediate) }
        append(word: form.word(rd, rs1, offset: offset))
    }
}

/// An instruction with the operands `rs2:f store12 (rs1:x)`.
@frozen public struct FloatStoreForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fsw`
    @inlinable public static var fsw: FloatStoreForm { FloatStoreForm(match: 0x00002027) }
    /// `fsd`
    @inlinable public static var fsd: FloatStoreForm { FloatStoreForm(match: 0x00003027) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rs2: FloatRegister, _ rs1: IntegerRegister, offset: Int) -> UInt32 {
        match | OperandKind.floatRs2.bits(Int(rs2.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.store12.bits(offset)
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatStoreForm, _ rs2: FloatRegister, _ rs1: IntegerRegister, offset: Int) {
        guard OperandKind.store12.fits(offset) else { return refuse(.immediate) }
        append(word: form.word(rs2, rs1, offset: offset))
    }
}

/// An instruction with the operands `rd:f rs1:f rs2:f rounding`.
@frozen public struct FloatArithmeticForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fadd.s`
    @inlinable public static var faddS: FloatArithmeticForm { FloatArithmeticForm(match: 0x00000053) }
    /// `fsub.s`
    @inlinable public static var fsubS: FloatArithmeticForm { FloatArithmeticForm(match: 0x08000053) }
    /// `fmul.s`
    @inlinable public static var fmulS: FloatArithmeticForm { FloatArithmeticForm(match: 0x10000053) }
    /// `fdiv.s`
    @inlinable public static var fdivS: FloatArithmeticForm { FloatArithmeticForm(match: 0x18000053) }
    /// `fadd.d`
    @inlinable public static var faddD: FloatArithmeticForm { FloatArithmeticForm(match: 0x02000053) }
    /// `fsub.d`
    @inlinable public static var fsubD: FloatArithmeticForm { FloatArithmeticForm(match: 0x0A000053) }
    /// `fmul.d`
    @inlinable public static var fmulD: FloatArithmeticForm { FloatArithmeticForm(match: 0x12000053) }
    /// `fdiv.d`
    @inlinable public static var fdivD: FloatArithmeticForm { FloatArithmeticForm(match: 0x1A000053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: FloatRegister, _ rs1: FloatRegister, _ rs2: FloatRegister, _ rounding: RoundingMode) -> UInt32 {
        match | OperandKind.floatRd.bits(Int(rd.number)) | OperandKind.floatRs1.bits(Int(rs1.number)) | OperandKind.floatRs2.bits(Int(rs2.number)) | OperandKind.rounding.bits(Int(rounding.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatArithmeticForm, _ rd: FloatRegister, _ rs1: FloatRegister, _ rs2: FloatRegister, _ rounding: RoundingMode) {
        append(word: form.word(rd, rs1, rs2, rounding))
    }
}

/// An instruction with the operands `rd:f rs1:f rs2:f rs3:f rounding`.
@frozen public struct FloatFusedForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fmadd.s`
    @inlinable public static var fmaddS: FloatFusedForm { FloatFusedForm(match: 0x00000043) }
    /// `fmsub.s`
    @inlinable public static var fmsubS: FloatFusedForm { FloatFusedForm(match: 0x00000047) }
    /// `fnmsub.s`
    @inlinable public static var fnmsubS: FloatFusedForm { FloatFusedForm(match: 0x0000004B) }
    /// `fnmadd.s`
    @inlinable public static var fnmaddS: FloatFusedForm { FloatFusedForm(match: 0x0000004F) }
    /// `fmadd.d`
    @inlinable public static var fmaddD: FloatFusedForm { FloatFusedForm(match: 0x02000043) }
    /// `fmsub.d`
    @inlinable public static var fmsubD: FloatFusedForm { FloatFusedForm(match: 0x02000047) }
    /// `fnmsub.d`
    @inlinable public static var fnmsubD: FloatFusedForm { FloatFusedForm(match: 0x0200004B) }
    /// `fnmadd.d`
    @inlinable public static var fnmaddD: FloatFusedForm { FloatFusedForm(match: 0x0200004F) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: FloatRegister, _ rs1: FloatRegister, _ rs2: FloatRegister, _ rs3: FloatRegister, _ rounding: RoundingMode) -> UInt32 {
        match | OperandKind.floatRd.bits(Int(rd.number)) | OperandKind.floatRs1.bits(Int(rs1.number)) | OperandKind.floatRs2.bits(Int(rs2.number)) | OperandKind.floatRs3.bits(Int(rs3.number)) | OperandKind.rounding.bits(Int(rounding.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatFusedForm, _ rd: FloatRegister, _ rs1: FloatRegister, _ rs2: FloatRegister, _ rs3: FloatRegister, _ rounding: RoundingMode) {
        append(word: form.word(rd, rs1, rs2, rs3, rounding))
    }
}

/// An instruction with the operands `rd:f rs1:f rs2:f`.
@frozen public struct FloatRegisterForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fsgnj.s`
    @inlinable public static var fsgnjS: FloatRegisterForm { FloatRegisterForm(match: 0x20000053) }
    /// `fsgnjn.s`
    @inlinable public static var fsgnjnS: FloatRegisterForm { FloatRegisterForm(match: 0x20001053) }
    /// `fsgnjx.s`
    @inlinable public static var fsgnjxS: FloatRegisterForm { FloatRegisterForm(match: 0x20002053) }
    /// `fmin.s`
    @inlinable public static var fminS: FloatRegisterForm { FloatRegisterForm(match: 0x28000053) }
    /// `fmax.s`
    @inlinable public static var fmaxS: FloatRegisterForm { FloatRegisterForm(match: 0x28001053) }
    /// `fsgnj.d`
    @inlinable public static var fsgnjD: FloatRegisterForm { FloatRegisterForm(match: 0x22000053) }
    /// `fsgnjn.d`
    @inlinable public static var fsgnjnD: FloatRegisterForm { FloatRegisterForm(match: 0x22001053) }
    /// `fsgnjx.d`
    @inlinable public static var fsgnjxD: FloatRegisterForm { FloatRegisterForm(match: 0x22002053) }
    /// `fmin.d`
    @inlinable public static var fminD: FloatRegisterForm { FloatRegisterForm(match: 0x2A000053) }
    /// `fmax.d`
    @inlinable public static var fmaxD: FloatRegisterForm { FloatRegisterForm(match: 0x2A001053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: FloatRegister, _ rs1: FloatRegister, _ rs2: FloatRegister) -> UInt32 {
        match | OperandKind.floatRd.bits(Int(rd.number)) | OperandKind.floatRs1.bits(Int(rs1.number)) | OperandKind.floatRs2.bits(Int(rs2.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatRegisterForm, _ rd: FloatRegister, _ rs1: FloatRegister, _ rs2: FloatRegister) {
        append(word: form.word(rd, rs1, rs2))
    }
}

/// An instruction with the operands `rd:f rs1:f rounding`.
@frozen public struct FloatUnaryForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fsqrt.s`
    @inlinable public static var fsqrtS: FloatUnaryForm { FloatUnaryForm(match: 0x58000053) }
    /// `fsqrt.d`
    @inlinable public static var fsqrtD: FloatUnaryForm { FloatUnaryForm(match: 0x5A000053) }
    /// `fcvt.s.d`
    @inlinable public static var fcvtSD: FloatUnaryForm { FloatUnaryForm(match: 0x40100053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: FloatRegister, _ rs1: FloatRegister, _ rounding: RoundingMode) -> UInt32 {
        match | OperandKind.floatRd.bits(Int(rd.number)) | OperandKind.floatRs1.bits(Int(rs1.number)) | OperandKind.rounding.bits(Int(rounding.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatUnaryForm, _ rd: FloatRegister, _ rs1: FloatRegister, _ rounding: RoundingMode) {
        append(word: form.word(rd, rs1, rounding))
    }
}

/// An instruction with the operands `rd:f rs1:f`.
@frozen public struct FloatExactForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fcvt.d.s`
    @inlinable public static var fcvtDS: FloatExactForm { FloatExactForm(match: 0x42000053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: FloatRegister, _ rs1: FloatRegister) -> UInt32 {
        match | OperandKind.floatRd.bits(Int(rd.number)) | OperandKind.floatRs1.bits(Int(rs1.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatExactForm, _ rd: FloatRegister, _ rs1: FloatRegister) {
        append(word: form.word(rd, rs1))
    }
}

/// An instruction with the operands `rd:x rs1:f rs2:f`.
@frozen public struct FloatCompareForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `feq.s`
    @inlinable public static var feqS: FloatCompareForm { FloatCompareForm(match: 0xA0002053) }
    /// `flt.s`
    @inlinable public static var fltS: FloatCompareForm { FloatCompareForm(match: 0xA0001053) }
    /// `fle.s`
    @inlinable public static var fleS: FloatCompareForm { FloatCompareForm(match: 0xA0000053) }
    /// `feq.d`
    @inlinable public static var feqD: FloatCompareForm { FloatCompareForm(match: 0xA2002053) }
    /// `flt.d`
    @inlinable public static var fltD: FloatCompareForm { FloatCompareForm(match: 0xA2001053) }
    /// `fle.d`
    @inlinable public static var fleD: FloatCompareForm { FloatCompareForm(match: 0xA2000053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: FloatRegister, _ rs2: FloatRegister) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.floatRs1.bits(Int(rs1.number)) | OperandKind.floatRs2.bits(Int(rs2.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatCompareForm, _ rd: IntegerRegister, _ rs1: FloatRegister, _ rs2: FloatRegister) {
        append(word: form.word(rd, rs1, rs2))
    }
}

/// An instruction with the operands `rd:x rs1:f rounding`.
@frozen public struct FloatToIntegerForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fcvt.w.s`
    @inlinable public static var fcvtWS: FloatToIntegerForm { FloatToIntegerForm(match: 0xC0000053) }
    /// `fcvt.wu.s`
    @inlinable public static var fcvtWuS: FloatToIntegerForm { FloatToIntegerForm(match: 0xC0100053) }
    /// `fcvt.l.s`
    @inlinable public static var fcvtLS: FloatToIntegerForm { FloatToIntegerForm(match: 0xC0200053) }
    /// `fcvt.lu.s`
    @inlinable public static var fcvtLuS: FloatToIntegerForm { FloatToIntegerForm(match: 0xC0300053) }
    /// `fcvt.w.d`
    @inlinable public static var fcvtWD: FloatToIntegerForm { FloatToIntegerForm(match: 0xC2000053) }
    /// `fcvt.wu.d`
    @inlinable public static var fcvtWuD: FloatToIntegerForm { FloatToIntegerForm(match: 0xC2100053) }
    /// `fcvt.l.d`
    @inlinable public static var fcvtLD: FloatToIntegerForm { FloatToIntegerForm(match: 0xC2200053) }
    /// `fcvt.lu.d`
    @inlinable public static var fcvtLuD: FloatToIntegerForm { FloatToIntegerForm(match: 0xC2300053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: FloatRegister, _ rounding: RoundingMode) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.floatRs1.bits(Int(rs1.number)) | OperandKind.rounding.bits(Int(rounding.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatToIntegerForm, _ rd: IntegerRegister, _ rs1: FloatRegister, _ rounding: RoundingMode) {
        append(word: form.word(rd, rs1, rounding))
    }
}

/// An instruction with the operands `rd:x rs1:f`.
@frozen public struct FloatInspectionForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fmv.x.w`
    @inlinable public static var fmvXW: FloatInspectionForm { FloatInspectionForm(match: 0xE0000053) }
    /// `fclass.s`
    @inlinable public static var fclassS: FloatInspectionForm { FloatInspectionForm(match: 0xE0001053) }
    /// `fclass.d`
    @inlinable public static var fclassD: FloatInspectionForm { FloatInspectionForm(match: 0xE2001053) }
    /// `fmv.x.d`
    @inlinable public static var fmvXD: FloatInspectionForm { FloatInspectionForm(match: 0xE2000053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: IntegerRegister, _ rs1: FloatRegister) -> UInt32 {
        match | OperandKind.integerRd.bits(Int(rd.number)) | OperandKind.floatRs1.bits(Int(rs1.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: FloatInspectionForm, _ rd: IntegerRegister, _ rs1: FloatRegister) {
        append(word: form.word(rd, rs1))
    }
}

/// An instruction with the operands `rd:f rs1:x rounding`.
@frozen public struct IntegerToFloatForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fcvt.s.w`
    @inlinable public static var fcvtSW: IntegerToFloatForm { IntegerToFloatForm(match: 0xD0000053) }
    /// `fcvt.s.wu`
    @inlinable public static var fcvtSWu: IntegerToFloatForm { IntegerToFloatForm(match: 0xD0100053) }
    /// `fcvt.s.l`
    @inlinable public static var fcvtSL: IntegerToFloatForm { IntegerToFloatForm(match: 0xD0200053) }
    /// `fcvt.s.lu`
    @inlinable public static var fcvtSLu: IntegerToFloatForm { IntegerToFloatForm(match: 0xD0300053) }
    /// `fcvt.d.l`
    @inlinable public static var fcvtDL: IntegerToFloatForm { IntegerToFloatForm(match: 0xD2200053) }
    /// `fcvt.d.lu`
    @inlinable public static var fcvtDLu: IntegerToFloatForm { IntegerToFloatForm(match: 0xD2300053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: FloatRegister, _ rs1: IntegerRegister, _ rounding: RoundingMode) -> UInt32 {
        match | OperandKind.floatRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number)) | OperandKind.rounding.bits(Int(rounding.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: IntegerToFloatForm, _ rd: FloatRegister, _ rs1: IntegerRegister, _ rounding: RoundingMode) {
        append(word: form.word(rd, rs1, rounding))
    }
}

/// An instruction with the operands `rd:f rs1:x`.
@frozen public struct IntegerToFloatExactForm: Equatable, Sendable {
    /// The word whose operands are all 0.
    public let match: UInt32

    @inlinable init(match: UInt32) { self.match = match }

    /// `fmv.w.x`
    @inlinable public static var fmvWX: IntegerToFloatExactForm { IntegerToFloatExactForm(match: 0xF0000053) }
    /// `fcvt.d.w`
    @inlinable public static var fcvtDW: IntegerToFloatExactForm { IntegerToFloatExactForm(match: 0xD2000053) }
    /// `fcvt.d.wu`
    @inlinable public static var fcvtDWu: IntegerToFloatExactForm { IntegerToFloatExactForm(match: 0xD2100053) }
    /// `fmv.d.x`
    @inlinable public static var fmvDX: IntegerToFloatExactForm { IntegerToFloatExactForm(match: 0xF2000053) }

    /// The instruction's word.
    @inlinable @inline(__always) public func word(_ rd: FloatRegister, _ rs1: IntegerRegister) -> UInt32 {
        match | OperandKind.floatRd.bits(Int(rd.number)) | OperandKind.integerRs1.bits(Int(rs1.number))
    }
}

extension MachineCodeBuffer {
    /// Adds an instruction.
    @inlinable @inline(__always) public mutating func append(_ form: IntegerToFloatExactForm, _ rd: FloatRegister, _ rs1: IntegerRegister) {
        append(word: form.word(rd, rs1))
    }
}
