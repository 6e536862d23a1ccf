// 128-bit values as two integers of 64 bits, each in its slot or its pin: what is done to both halves alike, and what is asked of them. Lanes are
// computed several at a time within a register; the vector extension is not needed. No operation here reads or writes an accumulator.

import Containers
import MachineCode
import WasmOperations

/// The registers of one half of an operation. The result may go where an operand is, so it is written last.
struct VectorHalf {
    var target: IntegerRegister
    var left: IntegerRegister
    var right: IntegerRegister
}

extension Emitter {
    /// Emits a cell with a 128-bit result.
    mutating func emitVector(_ cell: Cell) {
        protectPair(cell)
        switch cell.meaning.micro {
        case .v128Not: emitHalves(cell) { $0.code.append(.xori, $1.target, $1.left, -1) }
        case .v128And: emitHalves(cell) { $0.code.append(.and, $1.target, $1.left, $1.right) }
        case .v128Andnot: emitHalves(cell) { $0.code.append(.andn, $1.target, $1.left, $1.right) }
        case .v128Or: emitHalves(cell) { $0.code.append(.or, $1.target, $1.left, $1.right) }
        case .v128Xor: emitHalves(cell) { $0.code.append(.xor, $1.target, $1.left, $1.right) }
        case .v128Bitselect: emitBitselect(cell)
        case .selectV128: emitVectorSelect(cell)
        case .globalGetV128: emitGlobalGetVector(cell)
        case .i64x2Add: emitHalves(cell) { $0.code.append(.add, $1.target, $1.left, $1.right) }
        case .i64x2Sub: emitHalves(cell) { $0.code.append(.sub, $1.target, $1.left, $1.right) }
        case .i64x2Mul: emitHalves(cell) { $0.code.append(.mul, $1.target, $1.left, $1.right) }
        case .i64x2Neg: emitHalves(cell) { $0.code.append(.sub, $1.target, .zero, $1.left) }
        case .i64x2Abs:
            emitHalves(cell) {
                $0.code.append(.srai, .t1, $1.left, 63)
                $0.code.append(.xor, .t0, $1.left, .t1)
                $0.code.append(.sub, $1.target, .t0, .t1)
            }
        case .f64x2Neg: emitHalves(cell) { $0.code.append(.binvi, $1.target, $1.left, 63) }
        case .f64x2Abs: emitHalves(cell) { $0.code.append(.bclri, $1.target, $1.left, 63) }
        case .i64x2Eq, .i64x2Ne, .i64x2LtS, .i64x2GtS, .i64x2LeS, .i64x2GeS:
            let micro = cell.meaning.micro
            emitHalves(cell) {
                $0.compareLane(micro, .t0, $1.left, $1.right)
                $0.code.append(.addi, $1.target, .t0, 0)
            }
        case .i32x4Add: emitWords(cell) { $0.code.append(.addw, $1.target, $1.left, $1.right) }
        case .i32x4Sub: emitWords(cell) { $0.code.append(.subw, $1.target, $1.left, $1.right) }
        case .i32x4Mul: emitWords(cell) { $0.code.append(.mulw, $1.target, $1.left, $1.right) }
        case .i32x4Neg: emitWords(cell) { $0.code.append(.subw, $1.target, .zero, $1.left) }
        case .i32x4MinS: emitSignedWords(cell) { $0.code.append(.min, $1.target, $1.left, $1.right) }
        case .i32x4MinU: emitSignedWords(cell) { $0.code.append(.minu, $1.target, $1.left, $1.right) }
        case .i32x4MaxS: emitSignedWords(cell) { $0.code.append(.max, $1.target, $1.left, $1.right) }
        case .i32x4MaxU: emitSignedWords(cell) { $0.code.append(.maxu, $1.target, $1.left, $1.right) }
        case .i32x4Eq, .i32x4Ne, .i32x4LtS, .i32x4LtU, .i32x4GtS, .i32x4GtU, .i32x4LeS, .i32x4LeU, .i32x4GeS, .i32x4GeU:
            let micro = cell.meaning.micro
            emitSignedWords(cell) { $0.compareLane(micro, $1.target, $1.left, $1.right) }
        case .i16x8Add: emitShortSum(cell, Emitter.shortSigns)
        case .i8x16Add: emitShortSum(cell, Emitter.byteSigns)
        case .i16x8Sub: emitShortDifference(cell, Emitter.shortSigns)
        case .i8x16Sub: emitShortDifference(cell, Emitter.byteSigns)
        case .i8x16Eq, .i8x16Ne: emitByteEquality(cell)
        case .i16x8Eq, .i16x8Ne: emitShortEquality(cell)
        case .i32x4Shl, .i32x4ShrS, .i32x4ShrU, .i64x2Shl, .i64x2ShrS, .i64x2ShrU: emitVectorShift(cell)
        case .i64x2ExtendLowI32x4S, .i64x2ExtendLowI32x4U, .i64x2ExtendHighI32x4S, .i64x2ExtendHighI32x4U: emitWidening(cell)
        default: if !emitLanes(cell) { isRefused = true }
        }
    }

    private static let byteSigns = Int64(bitPattern: 0x8080_8080_8080_8080)
    private static let shortSigns = Int64(bitPattern: 0x8000_8000_8000_8000)

    // MARK: Halves

    /// The result's pins are about to change.
    mutating func protectPair(_ cell: Cell) {
        protect(slot: cell.result)
        if cell.meaning.shape != .vectorToScalar { protect(slot: cell.result + 8) }
    }

    /// The register that holds half of a vector, or all of what is no vector.
    mutating func readHalf(_ operand: CellOperand, _ half: Int32, _ scratch: IntegerRegister) -> IntegerRegister {
        guard operand.form != .none else { return .zero }
        return read(slot: Int32(truncatingIfNeeded: operand.value) + (operand.form == .pair ? half : 0), scratch)
    }

    /// The half that is done first, so that nothing is written before it is read. What overlaps in both ways is left to the handlers.
    private mutating func firstHalf(_ cell: Cell) -> Int32 {
        var isUpper = false
        var isLower = false
        for operand in [cell.first, cell.second, cell.third] {
            let slot = Int32(truncatingIfNeeded: operand.value)
            if operand.form == .pair {
                if cell.result == slot + 8 { isUpper = true }
                if cell.result + 8 == slot { isLower = true }
            } else if operand.form == .slot, slot == cell.result || slot == cell.result + 8 {
                (isUpper, isLower) = (true, true)
            }
        }
        if isUpper, isLower { isRefused = true }
        return isUpper ? 8 : 0
    }

    /// Does both halves. The body may use `t0` to `t2`, and gets operands in `t0` and `t1` or in pins.
    private mutating func emitHalves(_ cell: Cell, _ body: (inout Emitter, VectorHalf) -> Void) {
        let first = firstHalf(cell)
        for half in [first, 8 - first] {
            halfAtHand = half
            let left = readHalf(cell.first, half, .t0)
            let right = cell.second.form == .pair ? readHalf(cell.second, half, .t1) : .zero
            let slot = cell.result + half
            var target = IntegerRegister.t0
            if let pin = pins.pin(ofSlot: slot), pin.use == .integer { target = pin.integerRegister }
            body(&self, VectorHalf(target: target, left: left, right: right))
            write(target, to: slot)
        }
    }

    /// Does each lane of 32 bits; the lower half of the body's result counts. Bodies may have their target as operand.
    private mutating func emitWords(_ cell: Cell, isSigned: Bool = false, _ body: (inout Emitter, VectorHalf) -> Void) {
        bases.forgetAll()
        emitHalves(cell) { emitter, half in
            var low = VectorHalf(target: .s11, left: half.left, right: half.right)
            if isSigned {
                emitter.code.append(.addiw, .s11, half.left, 0)
                emitter.code.append(.addiw, .t2, half.right, 0)
                low = VectorHalf(target: .s11, left: .s11, right: .t2)
            }
            body(&emitter, low)
            emitter.code.append(.srai, .t2, half.left, 32)
            if half.right != .zero { emitter.code.append(.srai, .t1, half.right, 32) }
            body(&emitter, VectorHalf(target: .t2, left: .t2, right: half.right == .zero ? .zero : .t1))
            emitter.code.append(.slli, .t2, .t2, 32)
            emitter.code.append(.addUw, half.target, .s11, .t2)
        }
    }

    /// The same with lanes sign-extended, in the order of which numbers without a sign are too.
    private mutating func emitSignedWords(_ cell: Cell, _ body: (inout Emitter, VectorHalf) -> Void) {
        emitWords(cell, isSigned: true, body)
    }

    /// All ones when a comparison holds, else 0.
    private mutating func compareLane(
        _ micro: MicroOperation, _ target: IntegerRegister, _ left: IntegerRegister, _ right: IntegerRegister
    ) {
        switch micro {
        case .i64x2Eq, .i32x4Eq:
            code.append(.xor, target, left, right)
            code.append(.sltu, target, .zero, target)
            code.append(.addi, target, target, -1)
        case .i64x2Ne, .i32x4Ne:
            code.append(.xor, target, left, right)
            code.append(.sltu, target, .zero, target)
            code.append(.sub, target, .zero, target)
        case .i64x2LtS, .i32x4LtS, .i64x2GtS, .i32x4GtS, .i32x4LtU, .i32x4GtU:
            let isSwapped = micro == .i64x2GtS || micro == .i32x4GtS || micro == .i32x4GtU
            let form: RegisterForm = micro == .i32x4LtU || micro == .i32x4GtU ? .sltu : .slt
            code.append(form, target, isSwapped ? right : left, isSwapped ? left : right)
            code.append(.sub, target, .zero, target)
        default:
            let isSwapped = micro == .i64x2LeS || micro == .i32x4LeS || micro == .i32x4LeU
            let form: RegisterForm = micro == .i32x4LeU || micro == .i32x4GeU ? .sltu : .slt
            code.append(form, target, isSwapped ? right : left, isSwapped ? left : right)
            code.append(.addi, target, target, -1)
        }
    }

    // MARK: Lanes of 8 and 16 bits

    /// A constant in `s10`, which is a base no more.
    private mutating func load(_ signs: Int64) {
        bases.forgetAll()
        code.loadImmediate(.s10, signs)
    }

    /// Sums without the upper bit of each lane, so that nothing is carried out, and then that bit.
    private mutating func emitShortSum(_ cell: Cell, _ signs: Int64) {
        load(signs)
        emitHalves(cell) {
            $0.code.append(.xor, .t2, $1.left, $1.right)
            $0.code.append(.and, .t2, .t2, .s10)
            $0.code.append(.andn, .t0, $1.left, .s10)
            $0.code.append(.andn, .t1, $1.right, .s10)
            $0.code.append(.add, .t0, .t0, .t1)
            $0.code.append(.xor, $1.target, .t0, .t2)
        }
    }

    /// Differences with the upper bit of each lane set, so that nothing is borrowed, and then that bit.
    private mutating func emitShortDifference(_ cell: Cell, _ signs: Int64) {
        load(signs)
        emitHalves(cell) {
            $0.code.append(.xor, .t2, $1.left, $1.right)
            $0.code.append(.andn, .t2, .s10, .t2)
            $0.code.append(.or, .t0, $1.left, .s10)
            $0.code.append(.andn, .t1, $1.right, .s10)
            $0.code.append(.sub, .t0, .t0, .t1)
            $0.code.append(.xor, $1.target, .t0, .t2)
        }
    }

    private mutating func emitByteEquality(_ cell: Cell) {
        let isEqual = cell.meaning.micro == .i8x16Eq
        emitHalves(cell) {
            $0.code.append(.xor, .t0, $1.left, $1.right)
            $0.code.append(.orcB, isEqual ? .t0 : $1.target, .t0)
            if isEqual { $0.code.append(.xori, $1.target, .t0, -1) }
        }
    }

    /// The upper bit of a lane becomes 0 where the lane is 0 with all others set; then each is made a lane.
    private mutating func emitShortEquality(_ cell: Cell) {
        let isEqual = cell.meaning.micro == .i16x8Eq
        load(Emitter.shortSigns)
        code.append(.xori, .s11, .s10, -1)
        emitHalves(cell) {
            $0.code.append(.xor, .t0, $1.left, $1.right)
            $0.code.append(.andn, .t1, .t0, .s10)
            $0.code.append(.add, .t1, .t1, .s11)
            $0.code.append(.or, .t1, .t1, .t0)
            if isEqual { $0.code.append(.andn, .t0, .s10, .t1) } else { $0.code.append(.and, .t0, .t1, .s10) }
            $0.code.append(.srli, .t1, .t0, 15)
            $0.code.append(.sub, .t1, .t0, .t1)
            $0.code.append(.or, $1.target, .t0, .t1)
        }
    }

    // MARK: Others

    private mutating func emitBitselect(_ cell: Cell) {
        let mask = cell.third
        emitHalves(cell) {
            $0.code.append(.xor, .t0, $1.left, $1.right)
            let chosen = $0.readHalf(mask, $0.halfAtHand, .t2)
            $0.code.append(.and, .t0, .t0, chosen)
            $0.code.append(.xor, $1.target, .t0, $1.right)
        }
    }

    /// The second operand where the first is not 0, by a mask.
    private mutating func emitVectorSelect(_ cell: Cell) {
        bases.forgetAll()
        code.append(.sltu, .s10, .zero, readHalf(cell.first, 0, .t0))
        code.append(.sub, .s10, .zero, .s10)
        let first = firstHalf(cell)
        for half in [first, 8 - first] {
            let chosen = readHalf(cell.second, half, .t0)
            let other = readHalf(cell.third, half, .t1)
            code.append(.xor, .t0, chosen, other)
            code.append(.and, .t0, .t0, .s10)
            code.append(.xor, .t0, .t0, other)
            write(.t0, to: cell.result + half)
        }
    }

    private mutating func emitVectorShift(_ cell: Cell) {
        bases.forgetAll()
        code.append(.addi, .s10, readHalf(cell.second, 0, .t1), 0)
        let micro = cell.meaning.micro
        let form: RegisterForm
        switch micro {
        case .i32x4Shl: form = .sllw
        case .i32x4ShrS: form = .sraw
        case .i32x4ShrU: form = .srlw
        case .i64x2Shl: form = .sll
        case .i64x2ShrS: form = .sra
        default: form = .srl
        }
        if micro == .i64x2Shl || micro == .i64x2ShrS || micro == .i64x2ShrU {
            emitHalves(cell) { $0.code.append(form, $1.target, $1.left, .s10) }
        } else {
            emitWords(cell) { $0.code.append(form, $1.target, $1.left, .s10) }
        }
    }

    /// Two lanes of 32 bits become two of 64.
    private mutating func emitWidening(_ cell: Cell) {
        let micro = cell.meaning.micro
        let isLow = micro == .i64x2ExtendLowI32x4S || micro == .i64x2ExtendLowI32x4U
        let isSigned = micro == .i64x2ExtendLowI32x4S || micro == .i64x2ExtendHighI32x4S
        let lanes = readHalf(cell.first, isLow ? 0 : 8, .t0)
        if isSigned { code.append(.addiw, .t1, lanes, 0) } else { code.append(.addUw, .t1, lanes, .zero) }
        code.append(isSigned ? .srai : .srli, .t0, lanes, 32)
        write(.t1, to: cell.result)
        write(.t0, to: cell.result + 8)
    }
}
