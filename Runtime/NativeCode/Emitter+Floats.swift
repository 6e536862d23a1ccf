// Micro-operations of floats, and conversions. All results that are NaN are canonical, as the machine makes them.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// Emits a micro-operation of floats; false when it is none of these.
    mutating func emitFloat(_ cell: Cell) -> Bool {
        switch cell.meaning.micro {
        case .f32Add: emitArithmetic(cell, .faddS, isDouble: false)
        case .f32Sub: emitArithmetic(cell, .fsubS, isDouble: false)
        case .f32Mul: emitArithmetic(cell, .fmulS, isDouble: false)
        case .f32Div: emitArithmetic(cell, .fdivS, isDouble: false)
        case .f64Add: emitArithmetic(cell, .faddD, isDouble: true)
        case .f64Sub: emitArithmetic(cell, .fsubD, isDouble: true)
        case .f64Mul: emitArithmetic(cell, .fmulD, isDouble: true)
        case .f64Div: emitArithmetic(cell, .fdivD, isDouble: true)
        case .f32Min: emitExtremum(cell, .fminS, .faddS, .feqS, isDouble: false)
        case .f32Max: emitExtremum(cell, .fmaxS, .faddS, .feqS, isDouble: false)
        case .f64Min: emitExtremum(cell, .fminD, .faddD, .feqD, isDouble: true)
        case .f64Max: emitExtremum(cell, .fmaxD, .faddD, .feqD, isDouble: true)
        case .f32Copysign: emitSign(cell, .fsgnjS, isDouble: false)
        case .f64Copysign: emitSign(cell, .fsgnjD, isDouble: true)
        case .f32Abs: emitOwnSign(cell, .fsgnjxS, isDouble: false)
        case .f64Abs: emitOwnSign(cell, .fsgnjxD, isDouble: true)
        case .f32Neg: emitOwnSign(cell, .fsgnjnS, isDouble: false)
        case .f64Neg: emitOwnSign(cell, .fsgnjnD, isDouble: true)
        case .f32Ceil, .f32Floor, .f32Trunc, .f32Nearest: emitRounding(cell, isDouble: false)
        case .f64Ceil, .f64Floor, .f64Trunc, .f64Nearest: emitRounding(cell, isDouble: true)
        case .f32Sqrt: emitSquareRoot(cell, .fsqrtS, isDouble: false)
        case .f64Sqrt: emitSquareRoot(cell, .fsqrtD, isDouble: true)
        case .f64MulAdd: emitProductSum(cell)
        case .f32DemoteF64:
            let source = read(cell.first, isDouble: true, .ft0)
            let target = target(cell, isDouble: false)
            code.append(.fcvtSD, target, source, .rne)
            finish(cell, target, isDouble: false)
        case .f64PromoteF32:
            let source = read(cell.first, isDouble: false, .ft0)
            let target = target(cell, isDouble: true)
            code.append(.fcvtDS, target, source)
            finish(cell, target, isDouble: true)
        default: return emitComparedFloat(cell) || emitConversion(cell)
        }
        return true
    }

    // MARK: Arithmetic

    private mutating func emitArithmetic(_ cell: Cell, _ form: FloatArithmeticForm, isDouble: Bool) {
        let left = read(cell.first, isDouble: isDouble, .ft0)
        let right = read(cell.second, isDouble: isDouble, .ft1)
        let target = target(cell, isDouble: isDouble)
        code.append(form, target, left, right, .rne)
        finish(cell, target, isDouble: isDouble)
    }

    /// The smaller or larger; a NaN among the operands makes the sum, which is one. The machine would prefer the number.
    private mutating func emitExtremum(
        _ cell: Cell, _ form: FloatRegisterForm, _ sum: FloatArithmeticForm, _ equal: FloatCompareForm, isDouble: Bool
    ) {
        let left = read(cell.first, isDouble: isDouble, .ft0)
        let right = read(cell.second, isDouble: isDouble, .ft1)
        let target = target(cell, isDouble: isDouble)
        code.append(equal, .t0, left, left)
        code.append(equal, .t1, right, right)
        code.append(.and, .t0, .t0, .t1)
        bases.forgetAll()
        code.append(.beq, .t0, .zero, offset: 12)
        code.append(form, target, left, right)
        code.append(.jal, .zero, offset: 8)
        code.append(sum, target, left, right, .rne)
        finish(cell, target, isDouble: isDouble)
    }

    private mutating func emitSign(_ cell: Cell, _ form: FloatRegisterForm, isDouble: Bool) {
        let left = read(cell.first, isDouble: isDouble, .ft0)
        let right = read(cell.second, isDouble: isDouble, .ft1)
        let target = target(cell, isDouble: isDouble)
        code.append(form, target, left, right)
        finish(cell, target, isDouble: isDouble)
    }

    private mutating func emitOwnSign(_ cell: Cell, _ form: FloatRegisterForm, isDouble: Bool) {
        let operand = read(cell.first, isDouble: isDouble, .ft0)
        let target = target(cell, isDouble: isDouble)
        code.append(form, target, operand, operand)
        finish(cell, target, isDouble: isDouble)
    }

    private mutating func emitSquareRoot(_ cell: Cell, _ form: FloatUnaryForm, isDouble: Bool) {
        let operand = read(cell.first, isDouble: isDouble, .ft0)
        let target = target(cell, isDouble: isDouble)
        code.append(form, target, operand, .rne)
        finish(cell, target, isDouble: isDouble)
    }

    /// A product, rounded, and a sum.
    private mutating func emitProductSum(_ cell: Cell) {
        let left = read(cell.first, isDouble: true, .ft0)
        let right = read(cell.second, isDouble: true, .ft1)
        code.append(.fmulD, .ft0, left, right, .rne)
        let addend = read(cell.third, isDouble: true, .ft1)
        let target = target(cell, isDouble: true)
        code.append(.faddD, target, .ft0, addend, .rne)
        finish(cell, target, isDouble: true)
    }

    /// To an integer and back, with the operand's sign: exact below 2^52 (2^23). What is larger is an integer, and with a NaN in a sum
    /// becomes what it should.
    private mutating func emitRounding(_ cell: Cell, isDouble: Bool) {
        let operand = read(cell.first, isDouble: isDouble, .ft0)
        let target = target(cell, isDouble: isDouble)
        let mode: RoundingMode
        switch cell.meaning.micro {
        case .f32Ceil, .f64Ceil: mode = .rup
        case .f32Floor, .f64Floor: mode = .rdn
        case .f32Trunc, .f64Trunc: mode = .rtz
        default: mode = .rne
        }
        bases.forgetAll()
        let isLarge = code.makeLabel()
        let isDone = code.makeLabel()
        code.loadImmediate(.t0, isDouble ? 0x4330_0000_0000_0000 : 0x4B00_0000)
        moveBits(.t0, to: .ft2, isDouble: isDouble)
        code.append(isDouble ? .fsgnjxD : .fsgnjxS, .ft3, operand, operand)
        code.append(isDouble ? .fltD : .fltS, .t0, .ft3, .ft2)
        code.append(.beq, .t0, .zero, to: isLarge)
        code.append(isDouble ? .fcvtLD : .fcvtWS, .t0, operand, mode)
        if isDouble { code.append(.fcvtDL, .ft3, .t0, .rne) } else { code.append(.fcvtSW, .ft3, .t0, .rne) }
        code.append(isDouble ? .fsgnjD : .fsgnjS, target, .ft3, operand)
        code.append(.jal, .zero, to: isDone)
        code.bind(isLarge)
        moveBits(.zero, to: .ft3, isDouble: isDouble)
        code.append(isDouble ? .faddD : .faddS, target, operand, .ft3, .rne)
        code.bind(isDone)
        finish(cell, target, isDouble: isDouble)
    }

    // MARK: Comparisons

    /// Compares the operands of a cell into a register; true when the opposite is there.
    mutating func compareFloats(_ cell: Cell, _ target: IntegerRegister) -> Bool {
        let isDouble: Bool
        switch cell.meaning.micro {
        case .f64Eq, .f64Ne, .f64Lt, .f64Gt, .f64Le, .f64Ge: isDouble = true
        default: isDouble = false
        }
        let left = read(cell.first, isDouble: isDouble, .ft0)
        let right = read(cell.second, isDouble: isDouble, .ft1)
        switch cell.meaning.micro {
        case .f32Eq, .f64Eq, .f32Ne, .f64Ne: code.append(isDouble ? .feqD : .feqS, target, left, right)
        case .f32Lt, .f64Lt: code.append(isDouble ? .fltD : .fltS, target, left, right)
        case .f32Gt, .f64Gt: code.append(isDouble ? .fltD : .fltS, target, right, left)
        case .f32Le, .f64Le: code.append(isDouble ? .fleD : .fleS, target, left, right)
        default: code.append(isDouble ? .fleD : .fleS, target, right, left)
        }
        return cell.meaning.micro == .f32Ne || cell.meaning.micro == .f64Ne
    }

    private mutating func emitComparedFloat(_ cell: Cell) -> Bool {
        switch cell.meaning.micro {
        case .f32Eq, .f32Ne, .f32Lt, .f32Gt, .f32Le, .f32Ge, .f64Eq, .f64Ne, .f64Lt, .f64Gt, .f64Le, .f64Ge:
            let target = target(cell)
            if compareFloats(cell, target) { code.append(.xori, target, target, 1) }
            finish(cell, target)
            return true
        default: return false
        }
    }

    // MARK: Conversions

    private mutating func emitConversion(_ cell: Cell) -> Bool {
        switch cell.meaning.micro {
        case .f32ConvertI32S: convert(cell, .fcvtSW)
        case .f32ConvertI32U: convert(cell, .fcvtSWu)
        case .f32ConvertI64S: convert(cell, .fcvtSL)
        case .f32ConvertI64U: convert(cell, .fcvtSLu)
        case .f64ConvertI64S: convert(cell, .fcvtDL, isDouble: true)
        case .f64ConvertI64U: convert(cell, .fcvtDLu, isDouble: true)
        case .f64ConvertI32S: convertExactly(cell, .fcvtDW, isDouble: true)
        case .f64ConvertI32U: convertExactly(cell, .fcvtDWu, isDouble: true)
        case .f32ReinterpretI32: convertExactly(cell, .fmvWX, isDouble: false)
        case .f64ReinterpretI64: convertExactly(cell, .fmvDX, isDouble: true)
        case .i32ReinterpretF32: emitBits(cell, .fmvXW, isDouble: false)
        case .i64ReinterpretF64: emitBits(cell, .fmvXD, isDouble: true)
        case .i32TruncF32S, .i32TruncF32U: emitWordTruncation(cell, .fcvtLS, isSigned: cell.meaning.micro == .i32TruncF32S, isDouble: false)
        case .i32TruncF64S, .i32TruncF64U: emitWordTruncation(cell, .fcvtLD, isSigned: cell.meaning.micro == .i32TruncF64S, isDouble: true)
        case .i64TruncF32S: emitTruncation(cell, .fcvtLS, isSigned: true, isDouble: false)
        case .i64TruncF32U: emitTruncation(cell, .fcvtLuS, isSigned: false, isDouble: false)
        case .i64TruncF64S: emitTruncation(cell, .fcvtLD, isSigned: true, isDouble: true)
        case .i64TruncF64U: emitTruncation(cell, .fcvtLuD, isSigned: false, isDouble: true)
        case .i32TruncSatF32S: emitSaturation(cell, .fcvtWS, .feqS, isDouble: false)
        case .i32TruncSatF32U: emitSaturation(cell, .fcvtWuS, .feqS, isDouble: false)
        case .i64TruncSatF32S: emitSaturation(cell, .fcvtLS, .feqS, isDouble: false)
        case .i64TruncSatF32U: emitSaturation(cell, .fcvtLuS, .feqS, isDouble: false)
        case .i32TruncSatF64S: emitSaturation(cell, .fcvtWD, .feqD, isDouble: true)
        case .i32TruncSatF64U: emitSaturation(cell, .fcvtWuD, .feqD, isDouble: true)
        case .i64TruncSatF64S: emitSaturation(cell, .fcvtLD, .feqD, isDouble: true)
        case .i64TruncSatF64U: emitSaturation(cell, .fcvtLuD, .feqD, isDouble: true)
        default: return false
        }
        return true
    }

    private mutating func convert(_ cell: Cell, _ form: IntegerToFloatForm, isDouble: Bool = false) {
        let source = read(cell.first, .t0)
        let target = target(cell, isDouble: isDouble)
        code.append(form, target, source, .rne)
        finish(cell, target, isDouble: isDouble)
    }

    private mutating func convertExactly(_ cell: Cell, _ form: IntegerToFloatExactForm, isDouble: Bool) {
        let source = read(cell.first, .t0)
        let target = target(cell, isDouble: isDouble)
        code.append(form, target, source)
        finish(cell, target, isDouble: isDouble)
    }

    private mutating func emitBits(_ cell: Cell, _ form: FloatInspectionForm, isDouble: Bool) {
        let source = read(cell.first, isDouble: isDouble, .ft0)
        let target = target(cell)
        code.append(form, target, source)
        finish(cell, target)
    }

    /// A 64-bit conversion whose result has 32 bits, or traps: of a NaN or too much the machine makes what has more.
    private mutating func emitWordTruncation(_ cell: Cell, _ form: FloatToIntegerForm, isSigned: Bool, isDouble: Bool) {
        let source = read(cell.first, isDouble: isDouble, .ft0)
        code.append(form, .t0, source, .rtz)
        if isSigned { code.append(.addiw, .t1, .t0, 0) } else { code.append(.addUw, .t1, .t0, .zero) }
        code.append(.bne, .t0, .t1, to: trapExit(cell))
        let target = target(cell)
        code.append(.addiw, target, .t0, 0)
        finish(cell, target)
    }

    /// A 64-bit conversion: its largest result is of a NaN or too much, since no float is that number. The smallest signed one is the
    /// handler's: it may be right.
    private mutating func emitTruncation(_ cell: Cell, _ form: FloatToIntegerForm, isSigned: Bool, isDouble: Bool) {
        let source = read(cell.first, isDouble: isDouble, .ft0)
        let slow = exit(cell)
        code.append(form, .t0, source, .rtz)
        if isSigned {
            // The largest and the smallest plus the top bit are -1 and 0.
            code.append(.binvi, .t1, .t0, 63)
            code.append(.addi, .t1, .t1, 1)
            code.append(.sltiu, .t1, .t1, 2)
            code.append(.bne, .t1, .zero, to: slow)
        } else {
            // What is negative as a signed number is too small.
            code.append(.addi, .t1, .t0, 1)
            code.append(.beq, .t1, .zero, to: slow)
            code.append(isDouble ? .fcvtLD : .fcvtLS, .t1, source, .rtz)
            code.append(.blt, .t1, .zero, to: slow)
        }
        let target = target(cell)
        code.append(.addi, target, .t0, 0)
        finish(cell, target)
    }

    /// The machine saturates as wanted, but for a NaN, which becomes 0.
    private mutating func emitSaturation(_ cell: Cell, _ form: FloatToIntegerForm, _ equal: FloatCompareForm, isDouble: Bool) {
        let source = read(cell.first, isDouble: isDouble, .ft0)
        let target = target(cell)
        code.append(equal, .t0, source, source)
        code.append(form, .t1, source, .rtz)
        code.append(.sub, .t0, .zero, .t0)
        code.append(.and, target, .t0, .t1)
        finish(cell, target)
    }
}
