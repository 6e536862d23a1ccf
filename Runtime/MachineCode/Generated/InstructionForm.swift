// Every instruction as a case, and the names of what its operands hold. Generated from Instructions/instructions.txt by Instructions/generate: do not edit.

extension IntegerRegister {
    /// `zero`
    @inlinable public static var zero: IntegerRegister { IntegerRegister(number: 0) }
    /// `ra`
    @inlinable public static var ra: IntegerRegister { IntegerRegister(number: 1) }
    /// `sp`
    @inlinable public static var sp: IntegerRegister { IntegerRegister(number: 2) }
    /// `gp`
    @inlinable public static var gp: IntegerRegister { IntegerRegister(number: 3) }
    /// `tp`
    @inlinable public static var tp: IntegerRegister { IntegerRegister(number: 4) }
    /// `t0`
    @inlinable public static var t0: IntegerRegister { IntegerRegister(number: 5) }
    /// `t1`
    @inlinable public static var t1: IntegerRegister { IntegerRegister(number: 6) }
    /// `t2`
    @inlinable public static var t2: IntegerRegister { IntegerRegister(number: 7) }
    /// `s0`
    @inlinable public static var s0: IntegerRegister { IntegerRegister(number: 8) }
    /// `s1`
    @inlinable public static var s1: IntegerRegister { IntegerRegister(number: 9) }
    /// `a0`
    @inlinable public static var a0: IntegerRegister { IntegerRegister(number: 10) }
    /// `a1`
    @inlinable public static var a1: IntegerRegister { IntegerRegister(number: 11) }
    /// `a2`
    @inlinable public static var a2: IntegerRegister { IntegerRegister(number: 12) }
    /// `a3`
    @inlinable public static var a3: IntegerRegister { IntegerRegister(number: 13) }
    /// `a4`
    @inlinable public static var a4: IntegerRegister { IntegerRegister(number: 14) }
    /// `a5`
    @inlinable public static var a5: IntegerRegister { IntegerRegister(number: 15) }
    /// `a6`
    @inlinable public static var a6: IntegerRegister { IntegerRegister(number: 16) }
    /// `a7`
    @inlinable public static var a7: IntegerRegister { IntegerRegister(number: 17) }
    /// `s2`
    @inlinable public static var s2: IntegerRegister { IntegerRegister(number: 18) }
    /// `s3`
    @inlinable public static var s3: IntegerRegister { IntegerRegister(number: 19) }
    /// `s4`
    @inlinable public static var s4: IntegerRegister { IntegerRegister(number: 20) }
    /// `s5`
    @inlinable public static var s5: IntegerRegister { IntegerRegister(number: 21) }
    /// `s6`
    @inlinable public static var s6: IntegerRegister { IntegerRegister(number: 22) }
    /// `s7`
    @inlinable public static var s7: IntegerRegister { IntegerRegister(number: 23) }
    /// `s8`
    @inlinable public static var s8: IntegerRegister { IntegerRegister(number: 24) }
    /// `s9`
    @inlinable public static var s9: IntegerRegister { IntegerRegister(number: 25) }
    /// `s10`
    @inlinable public static var s10: IntegerRegister { IntegerRegister(number: 26) }
    /// `s11`
    @inlinable public static var s11: IntegerRegister { IntegerRegister(number: 27) }
    /// `t3`
    @inlinable public static var t3: IntegerRegister { IntegerRegister(number: 28) }
    /// `t4`
    @inlinable public static var t4: IntegerRegister { IntegerRegister(number: 29) }
    /// `t5`
    @inlinable public static var t5: IntegerRegister { IntegerRegister(number: 30) }
    /// `t6`
    @inlinable public static var t6: IntegerRegister { IntegerRegister(number: 31) }

    /// The assembler's names of 0, 1, 2, ..., each in 4 columns.
    static var names: StaticString { "zerora  sp  gp  tp  t0  t1  t2  s0  s1  a0  a1  a2  a3  a4  a5  a6  a7  s2  s3  s4  s5  s6  s7  s8  s9  s10 s11 t3  t4  t5  t6  " }
}

extension FloatRegister {
    /// `ft0`
    @inlinable public static var ft0: FloatRegister { FloatRegister(number: 0) }
    /// `ft1`
    @inlinable public static var ft1: FloatRegister { FloatRegister(number: 1) }
    /// `ft2`
    @inlinable public static var ft2: FloatRegister { FloatRegister(number: 2) }
    /// `ft3`
    @inlinable public static var ft3: FloatRegister { FloatRegister(number: 3) }
    /// `ft4`
    @inlinable public static var ft4: FloatRegister { FloatRegister(number: 4) }
    /// `ft5`
    @inlinable public static var ft5: FloatRegister { FloatRegister(number: 5) }
    /// `ft6`
    @inlinable public static var ft6: FloatRegister { FloatRegister(number: 6) }
    /// `ft7`
    @inlinable public static var ft7: FloatRegister { FloatRegister(number: 7) }
    /// `fs0`
    @inlinable public static var fs0: FloatRegister { FloatRegister(number: 8) }
    /// `fs1`
    @inlinable public static var fs1: FloatRegister { FloatRegister(number: 9) }
    /// `fa0`
    @inlinable public static var fa0: FloatRegister { FloatRegister(number: 10) }
    /// `fa1`
    @inlinable public static var fa1: FloatRegister { FloatRegister(number: 11) }
    /// `fa2`
    @inlinable public static var fa2: FloatRegister { FloatRegister(number: 12) }
    /// `fa3`
    @inlinable public static var fa3: FloatRegister { FloatRegister(number: 13) }
    /// `fa4`
    @inlinable public static var fa4: FloatRegister { FloatRegister(number: 14) }
    /// `fa5`
    @inlinable public static var fa5: FloatRegister { FloatRegister(number: 15) }
    /// `fa6`
    @inlinable public static var fa6: FloatRegister { FloatRegister(number: 16) }
    /// `fa7`
    @inlinable public static var fa7: FloatRegister { FloatRegister(number: 17) }
    /// `fs2`
    @inlinable public static var fs2: FloatRegister { FloatRegister(number: 18) }
    /// `fs3`
    @inlinable public static var fs3: FloatRegister { FloatRegister(number: 19) }
    /// `fs4`
    @inlinable public static var fs4: FloatRegister { FloatRegister(number: 20) }
    /// `fs5`
    @inlinable public static var fs5: FloatRegister { FloatRegister(number: 21) }
    /// `fs6`
    @inlinable public static var fs6: FloatRegister { FloatRegister(number: 22) }
    /// `fs7`
    @inlinable public static var fs7: FloatRegister { FloatRegister(number: 23) }
    /// `fs8`
    @inlinable public static var fs8: FloatRegister { FloatRegister(number: 24) }
    /// `fs9`
    @inlinable public static var fs9: FloatRegister { FloatRegister(number: 25) }
    /// `fs10`
    @inlinable public static var fs10: FloatRegister { FloatRegister(number: 26) }
    /// `fs11`
    @inlinable public static var fs11: FloatRegister { FloatRegister(number: 27) }
    /// `ft8`
    @inlinable public static var ft8: FloatRegister { FloatRegister(number: 28) }
    /// `ft9`
    @inlinable public static var ft9: FloatRegister { FloatRegister(number: 29) }
    /// `ft10`
    @inlinable public static var ft10: FloatRegister { FloatRegister(number: 30) }
    /// `ft11`
    @inlinable public static var ft11: FloatRegister { FloatRegister(number: 31) }

    /// The assembler's names of 0, 1, 2, ..., each in 4 columns.
    static var names: StaticString { "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10fs11ft8 ft9 ft10ft11" }
}

extension RoundingMode {
    /// `rne`
    @inlinable public static var rne: RoundingMode { RoundingMode(number: 0) }
    /// `rtz`
    @inlinable public static var rtz: RoundingMode { RoundingMode(number: 1) }
    /// `rdn`
    @inlinable public static var rdn: RoundingMode { RoundingMode(number: 2) }
    /// `rup`
    @inlinable public static var rup: RoundingMode { RoundingMode(number: 3) }
    /// `rmm`
    @inlinable public static var rmm: RoundingMode { RoundingMode(number: 4) }
    /// `dyn`
    @inlinable public static var dyn: RoundingMode { RoundingMode(number: 7) }

    /// The assembler's names of 0, 1, 2, ..., each in 4 columns.
    static var names: StaticString { "rne rtz rdn rup rmm         dyn " }
}

/// Where an operand lies in a word, and what it is.
@frozen public enum OperandKind: UInt8, Sendable, CaseIterable {
    /// An integer register in bits 7 to 11: the destination.
    case integerRd
    /// An integer register in bits 15 to 19: the first source, or the base of an address.
    case integerRs1
    /// An integer register in bits 20 to 24: the second source.
    case integerRs2
    /// A float register in bits 7 to 11: the destination.
    case floatRd
    /// A float register in bits 15 to 19: the first source.
    case floatRs1
    /// A float register in bits 20 to 24: the second source.
    case floatRs2
    /// A float register in bits 27 to 31: the third source.
    case floatRs3
    /// A rounding mode in bits 12 to 14.
    case rounding
    /// A signed number in bits 20 to 31 (format I).
    case signed12
    /// A signed number in bits 25 to 31 and 7 to 11 (format S).
    case store12
    /// A signed even distance of 13 bits (format B).
    case branch13
    /// Bits 12 to 31 of a number, as an unsigned number (format U).
    case upper20
    /// A signed even distance of 21 bits (format J).
    case jump21
    /// An amount from 0 to 63 in bits 20 to 25.
    case shift6
    /// An amount from 0 to 31 in bits 20 to 24.
    case shift5
}

/// What the operands of an instruction are, in the assembler's order.
@frozen public enum InstructionShape: UInt8, Sendable, CaseIterable {
    /// `rd:x rs1:x rs2:x`
    case register
    /// `rd:x rs1:x signed12`
    case immediate
    /// `rd:x rs1:x shift6`
    case shift
    /// `rd:x rs1:x shift5`
    case wordShift
    /// `rd:x rs1:x`
    case unary
    /// `rd:x signed12 (rs1:x)`
    case load
    /// `rs2:x store12 (rs1:x)`
    case store
    /// `rs1:x rs2:x branch13`
    case branch
    /// `rd:x upper20`
    case upper
    /// `rd:x jump21`
    case jump
    /// `rd:x signed12 (rs1:x)`
    case jumpRegister
    /// `rd:f signed12 (rs1:x)`
    case floatLoad
    /// `rs2:f store12 (rs1:x)`
    case floatStore
    /// `rd:f rs1:f rs2:f rounding`
    case floatArithmetic
    /// `rd:f rs1:f rs2:f rs3:f rounding`
    case floatFused
    /// `rd:f rs1:f rs2:f`
    case floatRegister
    /// `rd:f rs1:f rounding`
    case floatUnary
    /// `rd:f rs1:f`
    case floatExact
    /// `rd:x rs1:f rs2:f`
    case floatCompare
    /// `rd:x rs1:f rounding`
    case floatToInteger
    /// `rd:x rs1:f`
    case floatInspection
    /// `rd:f rs1:x rounding`
    case integerToFloat
    /// `rd:f rs1:x`
    case integerToFloatExact
}

/// An instruction that this room knows: dense numbers from 0, so that it indexes tables.
@frozen public enum InstructionForm: UInt8, Sendable, CaseIterable {
    /// `lui`
    case lui
    /// `auipc`
    case auipc
    /// `jal`
    case jal
    /// `jalr`
    case jalr
    /// `beq`
    case beq
    /// `bne`
    case bne
    /// `blt`
    case blt
    /// `bge`
    case bge
    /// `bltu`
    case bltu
    /// `bgeu`
    case bgeu
    /// `lb`
    case lb
    /// `lh`
    case lh
    /// `lw`
    case lw
    /// `ld`
    case ld
    /// `lbu`
    case lbu
    /// `lhu`
    case lhu
    /// `lwu`
    case lwu
    /// `sb`
    case sb
    /// `sh`
    case sh
    /// `sw`
    case sw
    /// `sd`
    case sd
    /// `addi`
    case addi
    /// `slti`
    case slti
    /// `sltiu`
    case sltiu
    /// `xori`
    case xori
    /// `ori`
    case ori
    /// `andi`
    case andi
    /// `slli`
    case slli
    /// `srli`
    case srli
    /// `srai`
    case srai
    /// `add`
    case add
    /// `sub`
    case sub
    /// `sll`
    case sll
    /// `slt`
    case slt
    /// `sltu`
    case sltu
    /// `xor`
    case xor
    /// `srl`
    case srl
    /// `sra`
    case sra
    /// `or`
    case or
    /// `and`
    case and
    /// `addiw`
    case addiw
    /// `slliw`
    case slliw
    /// `srliw`
    case srliw
    /// `sraiw`
    case sraiw
    /// `addw`
    case addw
    /// `subw`
    case subw
    /// `sllw`
    case sllw
    /// `srlw`
    case srlw
    /// `sraw`
    case sraw
    /// `mul`
    case mul
    /// `mulh`
    case mulh
    /// `mulhsu`
    case mulhsu
    /// `mulhu`
    case mulhu
    /// `div`
    case div
    /// `divu`
    case divu
    /// `rem`
    case rem
    /// `remu`
    case remu
    /// `mulw`
    case mulw
    /// `divw`
    case divw
    /// `divuw`
    case divuw
    /// `remw`
    case remw
    /// `remuw`
    case remuw
    /// `flw`
    case flw
    /// `fsw`
    case fsw
    /// `fmadd.s`
    case fmaddS
    /// `fmsub.s`
    case fmsubS
    /// `fnmsub.s`
    case fnmsubS
    /// `fnmadd.s`
    case fnmaddS
    /// `fadd.s`
    case faddS
    /// `fsub.s`
    case fsubS
    /// `fmul.s`
    case fmulS
    /// `fdiv.s`
    case fdivS
    /// `fsqrt.s`
    case fsqrtS
    /// `fsgnj.s`
    case fsgnjS
    /// `fsgnjn.s`
    case fsgnjnS
    /// `fsgnjx.s`
    case fsgnjxS
    /// `fmin.s`
    case fminS
    /// `fmax.s`
    case fmaxS
    /// `fcvt.w.s`
    case fcvtWS
    /// `fcvt.wu.s`
    case fcvtWuS
    /// `fcvt.l.s`
    case fcvtLS
    /// `fcvt.lu.s`
    case fcvtLuS
    /// `fmv.x.w`
    case fmvXW
    /// `feq.s`
    case feqS
    /// `flt.s`
    case fltS
    /// `fle.s`
    case fleS
    /// `fclass.s`
    case fclassS
    /// `fcvt.s.w`
    case fcvtSW
    /// `fcvt.s.wu`
    case fcvtSWu
    /// `fcvt.s.l`
    case fcvtSL
    /// `fcvt.s.lu`
    case fcvtSLu
    /// `fmv.w.x`
    case fmvWX
    /// `fld`
    case fld
    /// `fsd`
    case fsd
    /// `fmadd.d`
    case fmaddD
    /// `fmsub.d`
    case fmsubD
    /// `fnmsub.d`
    case fnmsubD
    /// `fnmadd.d`
    case fnmaddD
    /// `fadd.d`
    case faddD
    /// `fsub.d`
    case fsubD
    /// `fmul.d`
    case fmulD
    /// `fdiv.d`
    case fdivD
    /// `fsqrt.d`
    case fsqrtD
    /// `fsgnj.d`
    case fsgnjD
    /// `fsgnjn.d`
    case fsgnjnD
    /// `fsgnjx.d`
    case fsgnjxD
    /// `fmin.d`
    case fminD
    /// `fmax.d`
    case fmaxD
    /// `fcvt.s.d`
    case fcvtSD
    /// `fcvt.d.s`
    case fcvtDS
    /// `feq.d`
    case feqD
    /// `flt.d`
    case fltD
    /// `fle.d`
    case fleD
    /// `fclass.d`
    case fclassD
    /// `fcvt.w.d`
    case fcvtWD
    /// `fcvt.wu.d`
    case fcvtWuD
    /// `fcvt.l.d`
    case fcvtLD
    /// `fcvt.lu.d`
    case fcvtLuD
    /// `fmv.x.d`
    case fmvXD
    /// `fcvt.d.w`
    case fcvtDW
    /// `fcvt.d.wu`
    case fcvtDWu
    /// `fcvt.d.l`
    case fcvtDL
    /// `fcvt.d.lu`
    case fcvtDLu
    /// `fmv.d.x`
    case fmvDX
    /// `add.uw`
    case addUw
    /// `sh1add`
    case sh1add
    /// `sh2add`
    case sh2add
    /// `sh3add`
    case sh3add
    /// `sh1add.uw`
    case sh1addUw
    /// `sh2add.uw`
    case sh2addUw
    /// `sh3add.uw`
    case sh3addUw
    /// `slli.uw`
    case slliUw
    /// `andn`
    case andn
    /// `orn`
    case orn
    /// `xnor`
    case xnor
    /// `clz`
    case clz
    /// `ctz`
    case ctz
    /// `cpop`
    case cpop
    /// `clzw`
    case clzw
    /// `ctzw`
    case ctzw
    /// `cpopw`
    case cpopw
    /// `max`
    case max
    /// `maxu`
    case maxu
    /// `min`
    case min
    /// `minu`
    case minu
    /// `sext.b`
    case sextB
    /// `sext.h`
    case sextH
    /// `zext.h`
    case zextH
    /// `rol`
    case rol
    /// `ror`
    case ror
    /// `rori`
    case rori
    /// `rolw`
    case rolw
    /// `rorw`
    case rorw
    /// `roriw`
    case roriw
    /// `rev8`
    case rev8
    /// `orc.b`
    case orcB
    /// `bclr`
    case bclr
    /// `bclri`
    case bclri
    /// `bext`
    case bext
    /// `bexti`
    case bexti
    /// `binv`
    case binv
    /// `binvi`
    case binvi
    /// `bset`
    case bset
    /// `bseti`
    case bseti

    /// How many instructions there are.
    public static let count = 164
}
