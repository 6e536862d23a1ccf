// What each instruction does. One line an instruction; a form without one does not compile.
// The RISC-V Instruction Set Manual, volume I: RV64I, M, F, D, Zba, Zbb, Zbs.

import MachineCode

extension Simulator {
    /// Executes a word of a form at the program counter. The next program counter, or nil after a fault.
    @inline(__always) mutating func execute(_ form: InstructionForm, _ word: UInt32) -> UInt? {
        let pc = UInt64(programCounter)
        let a = x[Int(word >> 15 & 31)]
        let b = x[Int(word >> 20 & 31)]
        let immediate = UInt64(bitPattern: Int64(Int32(bitPattern: word) >> 20))
        let amount = UInt64(word >> 20 & 63)
        let result: UInt64
        switch form {
        case .lui: result = extended(word & 0xFFFF_F000)
        case .auipc: result = pc &+ extended(word & 0xFFFF_F000)
        case .jal:
            set(word, pc &+ 4)
            return programCounter &+ UInt(bitPattern: OperandKind.jump21.value(in: word))
        case .jalr:
            set(word, pc &+ 4)
            return UInt(a &+ immediate) & ~1
        case .beq: return branch(word, a == b)
        case .bne: return branch(word, a != b)
        case .blt: return branch(word, signed(a) < signed(b))
        case .bge: return branch(word, signed(a) >= signed(b))
        case .bltu: return branch(word, a < b)
        case .bgeu: return branch(word, a >= b)

        case .lb: return load(word, Int8.self) { UInt64(bitPattern: Int64($0)) }
        case .lh: return load(word, Int16.self) { UInt64(bitPattern: Int64($0)) }
        case .lw: return load(word, Int32.self) { UInt64(bitPattern: Int64($0)) }
        case .ld: return load(word, UInt64.self) { $0 }
        case .lbu: return load(word, UInt8.self) { UInt64($0) }
        case .lhu: return load(word, UInt16.self) { UInt64($0) }
        case .lwu: return load(word, UInt32.self) { UInt64($0) }
        case .sb: return store(word, UInt8(truncatingIfNeeded: b))
        case .sh: return store(word, UInt16(truncatingIfNeeded: b))
        case .sw: return store(word, UInt32(truncatingIfNeeded: b))
        case .sd: return store(word, b)
        case .flw: return loadFloat(word, UInt32.self) { Simulator.boxed($0) }
        case .fld: return loadFloat(word, UInt64.self) { $0 }
        case .fsw: return store(word, UInt32(truncatingIfNeeded: f[Int(word >> 20 & 31)]))
        case .fsd: return store(word, f[Int(word >> 20 & 31)])

        case .addi: result = a &+ immediate
        case .slti: result = signed(a) < signed(immediate) ? 1 : 0
        case .sltiu: result = a < immediate ? 1 : 0
        case .xori: result = a ^ immediate
        case .ori: result = a | immediate
        case .andi: result = a & immediate
        case .slli: result = a << amount
        case .srli: result = a >> amount
        case .srai: result = UInt64(bitPattern: signed(a) >> Int64(amount))
        case .add: result = a &+ b
        case .sub: result = a &- b
        case .sll: result = a << (b & 63)
        case .slt: result = signed(a) < signed(b) ? 1 : 0
        case .sltu: result = a < b ? 1 : 0
        case .xor: result = a ^ b
        case .srl: result = a >> (b & 63)
        case .sra: result = UInt64(bitPattern: signed(a) >> Int64(b & 63))
        case .or: result = a | b
        case .and: result = a & b
        case .addiw: result = extended(low(a) &+ low(immediate))
        case .slliw: result = extended(low(a) << (low(amount) & 31))
        case .srliw: result = extended(low(a) >> (low(amount) & 31))
        case .sraiw: result = extended(UInt32(bitPattern: Int32(bitPattern: low(a)) >> Int32(amount & 31)))
        case .addw: result = extended(low(a) &+ low(b))
        case .subw: result = extended(low(a) &- low(b))
        case .sllw: result = extended(low(a) << (low(b) & 31))
        case .srlw: result = extended(low(a) >> (low(b) & 31))
        case .sraw: result = extended(UInt32(bitPattern: Int32(bitPattern: low(a)) >> Int32(b & 31)))

        case .mul: result = a &* b
        case .mulh: result = UInt64(bitPattern: signed(a).multipliedFullWidth(by: signed(b)).high)
        case .mulhsu: result = a.multipliedFullWidth(by: b).high &- (signed(a) < 0 ? b : 0)
        case .mulhu: result = a.multipliedFullWidth(by: b).high
        case .div: result = UInt64(bitPattern: quotient(signed(a), signed(b)))
        case .divu: result = b == 0 ? .max : a / b
        case .rem: result = UInt64(bitPattern: remainder(signed(a), signed(b)))
        case .remu: result = b == 0 ? a : a % b
        case .mulw: result = extended(low(a) &* low(b))
        case .divw: result = extended(UInt32(bitPattern: quotient(Int32(bitPattern: low(a)), Int32(bitPattern: low(b)))))
        case .divuw: result = extended(low(b) == 0 ? .max : low(a) / low(b))
        case .remw: result = extended(UInt32(bitPattern: remainder(Int32(bitPattern: low(a)), Int32(bitPattern: low(b)))))
        case .remuw: result = extended(low(b) == 0 ? low(a) : low(a) % low(b))

        case .addUw: result = UInt64(low(a)) &+ b
        case .sh1add: result = a << 1 &+ b
        case .sh2add: result = a << 2 &+ b
        case .sh3add: result = a << 3 &+ b
        case .sh1addUw: result = UInt64(low(a)) << 1 &+ b
        case .sh2addUw: result = UInt64(low(a)) << 2 &+ b
        case .sh3addUw: result = UInt64(low(a)) << 3 &+ b
        case .slliUw: result = UInt64(low(a)) << amount

        case .andn: result = a & ~b
        case .orn: result = a | ~b
        case .xnor: result = ~(a ^ b)
        case .clz: result = UInt64(a.leadingZeroBitCount)
        case .ctz: result = UInt64(a.trailingZeroBitCount)
        case .cpop: result = UInt64(a.nonzeroBitCount)
        case .clzw: result = UInt64(low(a).leadingZeroBitCount)
        case .ctzw: result = UInt64(low(a).trailingZeroBitCount)
        case .cpopw: result = UInt64(low(a).nonzeroBitCount)
        case .max: result = signed(a) > signed(b) ? a : b
        case .maxu: result = a > b ? a : b
        case .min: result = signed(a) < signed(b) ? a : b
        case .minu: result = a < b ? a : b
        case .sextB: result = UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: a)))
        case .sextH: result = UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: a)))
        case .zextH: result = a & 0xFFFF
        case .rol: result = a << (b & 63) | a >> ((0 &- b) & 63)
        case .ror: result = a >> (b & 63) | a << ((0 &- b) & 63)
        case .rori: result = a >> amount | a << ((0 &- amount) & 63)
        case .rolw: result = extended(low(a) << (low(b) & 31) | low(a) >> ((0 &- low(b)) & 31))
        case .rorw: result = extended(low(a) >> (low(b) & 31) | low(a) << ((0 &- low(b)) & 31))
        case .roriw: result = extended(low(a) >> (low(amount) & 31) | low(a) << ((0 &- low(amount)) & 31))
        case .rev8: result = a.byteSwapped
        case .orcB: result = combinedBytes(a)

        case .bclr: result = a & ~(1 << (b & 63))
        case .bclri: result = a & ~(1 << amount)
        case .bext: result = a >> (b & 63) & 1
        case .bexti: result = a >> amount & 1
        case .binv: result = a ^ 1 << (b & 63)
        case .binvi: result = a ^ 1 << amount
        case .bset: result = a | 1 << (b & 63)
        case .bseti: result = a | 1 << amount

        case .fmaddS: return fused(word, BinaryFormat.single, negatesProduct: false, negatesAddend: false)
        case .fmsubS: return fused(word, BinaryFormat.single, negatesProduct: false, negatesAddend: true)
        case .fnmsubS: return fused(word, BinaryFormat.single, negatesProduct: true, negatesAddend: false)
        case .fnmaddS: return fused(word, BinaryFormat.single, negatesProduct: true, negatesAddend: true)
        case .faddS: return arithmetic(word, BinaryFormat.single, .add)
        case .fsubS: return arithmetic(word, BinaryFormat.single, .subtract)
        case .fmulS: return arithmetic(word, BinaryFormat.single, .multiply)
        case .fdivS: return arithmetic(word, BinaryFormat.single, .divide)
        case .fsqrtS: return arithmetic(word, BinaryFormat.single, .squareRoot)
        case .fmaddD: return fused(word, BinaryFormat.double, negatesProduct: false, negatesAddend: false)
        case .fmsubD: return fused(word, BinaryFormat.double, negatesProduct: false, negatesAddend: true)
        case .fnmsubD: return fused(word, BinaryFormat.double, negatesProduct: true, negatesAddend: false)
        case .fnmaddD: return fused(word, BinaryFormat.double, negatesProduct: true, negatesAddend: true)
        case .faddD: return arithmetic(word, BinaryFormat.double, .add)
        case .fsubD: return arithmetic(word, BinaryFormat.double, .subtract)
        case .fmulD: return arithmetic(word, BinaryFormat.double, .multiply)
        case .fdivD: return arithmetic(word, BinaryFormat.double, .divide)
        case .fsqrtD: return arithmetic(word, BinaryFormat.double, .squareRoot)

        case .fsgnjS: return signed(word, BinaryFormat.single) { _, other in other }
        case .fsgnjnS: return signed(word, BinaryFormat.single) { _, other in !other }
        case .fsgnjxS: return signed(word, BinaryFormat.single) { $0 != $1 }
        case .fsgnjD: return signed(word, BinaryFormat.double) { _, other in other }
        case .fsgnjnD: return signed(word, BinaryFormat.double) { _, other in !other }
        case .fsgnjxD: return signed(word, BinaryFormat.double) { $0 != $1 }
        case .fminS: return extreme(word, BinaryFormat.single, isMaximum: false)
        case .fmaxS: return extreme(word, BinaryFormat.single, isMaximum: true)
        case .fminD: return extreme(word, BinaryFormat.double, isMaximum: false)
        case .fmaxD: return extreme(word, BinaryFormat.double, isMaximum: true)
        case .feqS: result = compare(word, BinaryFormat.single) { $0 == 0 }
        case .fltS: result = compare(word, BinaryFormat.single) { $0 < 0 }
        case .fleS: result = compare(word, BinaryFormat.single) { $0 <= 0 }
        case .feqD: result = compare(word, BinaryFormat.double) { $0 == 0 }
        case .fltD: result = compare(word, BinaryFormat.double) { $0 < 0 }
        case .fleD: result = compare(word, BinaryFormat.double) { $0 <= 0 }
        case .fclassS: result = BinaryFormat.single.classMask(operand(word >> 15, .single))
        case .fclassD: result = BinaryFormat.double.classMask(operand(word >> 15, .double))

        case .fcvtWS: result = integer(word, .single, bitCount: 32, isSigned: true)
        case .fcvtWuS: result = integer(word, .single, bitCount: 32, isSigned: false)
        case .fcvtLS: result = integer(word, .single, bitCount: 64, isSigned: true)
        case .fcvtLuS: result = integer(word, .single, bitCount: 64, isSigned: false)
        case .fcvtWD: result = integer(word, .double, bitCount: 32, isSigned: true)
        case .fcvtWuD: result = integer(word, .double, bitCount: 32, isSigned: false)
        case .fcvtLD: result = integer(word, .double, bitCount: 64, isSigned: true)
        case .fcvtLuD: result = integer(word, .double, bitCount: 64, isSigned: false)
        case .fcvtSW: return setFloat(word, .single, converted(word, .single, Int64(Int32(truncatingIfNeeded: a))))
        case .fcvtSWu: return setFloat(word, .single, converted(word, .single, Int64(low(a))))
        case .fcvtSL: return setFloat(word, .single, converted(word, .single, signed(a)))
        case .fcvtSLu: return setFloat(word, .single, BinaryFormat.single.rounded(false, 0, UInt128(a), rounding(word)))
        case .fcvtDW: return setFloat(word, .double, converted(word, .double, Int64(Int32(truncatingIfNeeded: a))))
        case .fcvtDWu: return setFloat(word, .double, converted(word, .double, Int64(low(a))))
        case .fcvtDL: return setFloat(word, .double, converted(word, .double, signed(a)))
        case .fcvtDLu: return setFloat(word, .double, BinaryFormat.double.rounded(false, 0, UInt128(a), rounding(word)))
        case .fcvtSD: return setFloat(word, .single, BinaryFormat.double.converted(f[Int(word >> 15 & 31)], to: .single, rounding(word)))
        case .fcvtDS: return setFloat(word, .double, BinaryFormat.single.converted(operand(word >> 15, .single), to: .double, .rne))
        case .fmvXW: result = extended(low(f[Int(word >> 15 & 31)]))
        case .fmvXD: result = f[Int(word >> 15 & 31)]
        case .fmvWX: return setFloat(word, .single, UInt64(low(a)))
        case .fmvDX: return setFloat(word, .double, a)
        }
        set(word, result)
        return programCounter &+ 4
    }

    /// The low half of a register.
    @inline(__always) private func low(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value) }
    /// A 32-bit result in a register: its sign above.
    @inline(__always) private func extended(_ value: UInt32) -> UInt64 { UInt64(bitPattern: Int64(Int32(bitPattern: value))) }
    @inline(__always) private func signed(_ value: UInt64) -> Int64 { Int64(bitPattern: value) }

    /// Writes the destination; the run makes `zero` 0 again.
    @inline(__always) private mutating func set(_ word: UInt32, _ value: UInt64) { x[Int(word >> 7 & 31)] = value }

    @inline(__always) private func branch(_ word: UInt32, _ isTaken: Bool) -> UInt {
        programCounter &+ (isTaken ? UInt(bitPattern: OperandKind.branch13.value(in: word)) : 4)
    }

    /// Division by zero gives -1, and the smallest number by -1 itself.
    @inline(__always) private func quotient<T: FixedWidthInteger & SignedInteger>(_ a: T, _ b: T) -> T {
        b == 0 ? -1 : a.dividedReportingOverflow(by: b).partialValue
    }
    @inline(__always) private func remainder<T: FixedWidthInteger & SignedInteger>(_ a: T, _ b: T) -> T {
        b == 0 ? a : b == -1 ? 0 : a % b
    }

    /// Each byte that has a bit becomes all ones.
    @inline(__always) private func combinedBytes(_ value: UInt64) -> UInt64 {
        var result: UInt64 = 0
        for byte in 0..<8 where value >> UInt64(8 * byte) & 0xFF != 0 { result |= 0xFF << UInt64(8 * byte) }
        return result
    }

    @inline(__always) private mutating func loaded<T: FixedWidthInteger>(_ word: UInt32, _ type: T.Type) -> T? {
        let address = UInt(x[Int(word >> 15 & 31)]) &+ UInt(bitPattern: OperandKind.signed12.value(in: word))
        guard mayAccess(address, UInt(MemoryLayout<T>.size)) else { return nil }
        return UnsafeRawPointer(bitPattern: address)!.loadUnaligned(as: T.self)
    }
    @inline(__always) private mutating func load<T: FixedWidthInteger>(_ word: UInt32, _ type: T.Type, _ widen: (T) -> UInt64) -> UInt? {
        guard let value = loaded(word, type) else { return nil }
        set(word, widen(value))
        return programCounter &+ 4
    }
    @inline(__always)
    private mutating func loadFloat<T: FixedWidthInteger>(_ word: UInt32, _ type: T.Type, _ widen: (T) -> UInt64) -> UInt? {
        guard let value = loaded(word, type) else { return nil }
        f[Int(word >> 7 & 31)] = widen(value)
        return programCounter &+ 4
    }
    @inline(__always) private mutating func store<T: FixedWidthInteger>(_ word: UInt32, _ value: T) -> UInt? {
        let address = UInt(x[Int(word >> 15 & 31)]) &+ UInt(bitPattern: OperandKind.store12.value(in: word))
        guard mayAccess(address, UInt(MemoryLayout<T>.size)) else { return nil }
        UnsafeMutableRawPointer(bitPattern: address)!.storeBytes(of: value, as: T.self)
        return programCounter &+ 4
    }
}
