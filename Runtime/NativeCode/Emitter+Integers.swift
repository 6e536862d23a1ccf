// Micro-operations of integers. An i32 is held sign-extended, so the `w` instructions leave what slots and accumulators want.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// Emits a micro-operation with an integer result; false when it is none of these.
    mutating func emitInteger(_ cell: Cell) -> Bool {
        switch cell.meaning.micro {
        case .i32Add: emitSum(cell)
        case .i64Add: emitOrdinary(cell, .add, .addi)
        case .i32Sub: emitPlain(cell, .subw)
        case .i64Sub: emitPlain(cell, .sub)
        case .i32Mul: emitPlain(cell, .mulw)
        case .i64Mul: emitPlain(cell, .mul)
        case .i32DivS: emitDivision(cell, .divw, lowest: Int64(Int32.min))
        case .i64DivS: emitDivision(cell, .div, lowest: .min)
        case .i32DivU: emitDivision(cell, .divuw, lowest: nil)
        case .i64DivU: emitDivision(cell, .divu, lowest: nil)
        case .i32RemS: emitDivision(cell, .remw, lowest: nil)
        case .i64RemS: emitDivision(cell, .rem, lowest: nil)
        case .i32RemU: emitDivision(cell, .remuw, lowest: nil)
        case .i64RemU: emitDivision(cell, .remu, lowest: nil)
        case .i32Shl: emitWordShift(cell, .sllw, .slliw)
        case .i32ShrS: emitWordShift(cell, .sraw, .sraiw)
        case .i32ShrU: emitWordShift(cell, .srlw, .srliw)
        case .i32Rotr: emitWordShift(cell, .rorw, .roriw)
        case .i32Rotl: emitWordRotation(cell)
        case .i64Shl: emitShift(cell, .sll, .slli)
        case .i64ShrS: emitShift(cell, .sra, .srai)
        case .i64ShrU: emitShift(cell, .srl, .srli)
        case .i64Rotr: emitShift(cell, .ror, .rori)
        case .i64Rotl: emitRotation(cell)
        case .intAnd: emitConjunction(cell)
        case .intOr: emitOrdinary(cell, .or, .ori)
        case .intXor: emitOrdinary(cell, .xor, .xori)
        case .i32Clz: emitUnary(cell, .clzw)
        case .i32Ctz: emitUnary(cell, .ctzw)
        case .i32Popcnt: emitUnary(cell, .cpopw)
        case .i64Clz: emitUnary(cell, .clz)
        case .i64Ctz: emitUnary(cell, .ctz)
        case .i64Popcnt: emitUnary(cell, .cpop)
        case .intExtend8S: emitUnary(cell, .sextB)
        case .intExtend16S: emitUnary(cell, .sextH)
        case .intExtend32S: emitExtension(cell, isSigned: true)
        case .intExtend32U: emitExtension(cell, isSigned: false)
        case .i32MulAdd: emitMultiplyAdd(cell)
        case .i32ShrAnd: emitShiftAnd(cell)
        case .select: emitSelect(cell)
        case .intEq, .intNe, .intLtS, .intLtU, .intGtS, .intGtU, .intLeS, .intLeU, .intGeS, .intGeU: emitComparison(cell)
        default: return false
        }
        return true
    }

    // MARK: Two operands

    private mutating func emitPlain(_ cell: Cell, _ form: RegisterForm) {
        let left = read(cell.first, .t0)
        let right = read(cell.second, .t1)
        let target = target(cell)
        code.append(form, target, left, right)
        finish(cell, target)
    }

    /// A sum; with a constant it is known as what it was made of.
    private mutating func emitSum(_ cell: Cell) {
        guard cell.second.form == .immediate, let origin = origin(cell.first) else { return emitOrdinary(cell, .addw, .addiw) }
        let sum = SlotSum(slot: origin.slot, amount: origin.amount &+ Int32(truncatingIfNeeded: cell.second.value))
        let isOwn = cell.meaning.storesResult && cell.result == sum.slot
        guard isOwn else {
            emitOrdinary(cell, .addw, .addiw)
            if cell.meaning.storesResult { bases.note(slot: cell.result, is: sum) }
            accumulatorOrigin = sum
            return
        }
        var moved = bases
        moved.move(slot: sum.slot, by: sum.amount)
        emitOrdinary(cell, .addw, .addiw)
        bases = moved
    }

    /// Two operands, of which the second may be a short immediate.
    private mutating func emitOrdinary(_ cell: Cell, _ form: RegisterForm, _ immediate: ImmediateForm) {
        guard cell.second.form == .immediate, OperandKind.signed12.fits(Int(cell.second.value)) else { return emitPlain(cell, form) }
        let left = read(cell.first, .t0)
        let target = target(cell)
        code.append(immediate, target, left, Int(cell.second.value))
        finish(cell, target)
    }

    /// Masks of 16 and of 32 bits are instructions.
    private mutating func emitConjunction(_ cell: Cell) {
        let isMask = cell.second.form == .immediate || cell.second.form == .wideImmediate
        guard isMask, cell.second.value == 0xFFFF || cell.second.value == 0xFFFF_FFFF else { return emitOrdinary(cell, .and, .andi) }
        let left = read(cell.first, .t0)
        let target = target(cell)
        if cell.second.value == 0xFFFF { code.append(.zextH, target, left) } else { code.append(.addUw, target, left, .zero) }
        finish(cell, target)
    }

    private mutating func emitWordShift(_ cell: Cell, _ form: RegisterForm, _ immediate: WordShiftForm) {
        guard cell.second.form == .immediate else { return emitPlain(cell, form) }
        let left = read(cell.first, .t0)
        let target = target(cell)
        code.append(immediate, target, left, Int(cell.second.value & 31))
        finish(cell, target)
    }

    private mutating func emitShift(_ cell: Cell, _ form: RegisterForm, _ immediate: ShiftForm) {
        guard cell.second.form == .immediate else { return emitPlain(cell, form) }
        let left = read(cell.first, .t0)
        let target = target(cell)
        code.append(immediate, target, left, Int(cell.second.value & 63))
        finish(cell, target)
    }

    /// A rotation to the left by a constant is one to the right, for which there is an immediate.
    private mutating func emitWordRotation(_ cell: Cell) {
        guard cell.second.form == .immediate else { return emitPlain(cell, .rolw) }
        let left = read(cell.first, .t0)
        let target = target(cell)
        code.append(.roriw, target, left, Int(-cell.second.value & 31))
        finish(cell, target)
    }

    private mutating func emitRotation(_ cell: Cell) {
        guard cell.second.form == .immediate else { return emitPlain(cell, .rol) }
        let left = read(cell.first, .t0)
        let target = target(cell)
        code.append(.rori, target, left, Int(-cell.second.value & 63))
        finish(cell, target)
    }

    /// A quotient or remainder. What traps is left to the handler: a divisor of zero, and -1 under the lowest dividend when that is given.
    private mutating func emitDivision(_ cell: Cell, _ form: RegisterForm, lowest: Int64?) {
        let left = read(cell.first, .t0)
        let right = read(cell.second, .t1)
        let divisor = cell.second.form == .immediate ? cell.second.value : nil
        let isUnknown = divisor == nil
        if isUnknown || divisor == 0 || divisor == -1 && lowest != nil {
            let exit = trapExit(cell)
            if isUnknown || divisor == 0 { code.append(.beq, right, .zero, to: exit) }
            if let lowest, isUnknown || divisor == -1 {
                let isFine = code.makeLabel()
                bases.forgetAll()
                code.append(.addi, .t2, right, 1)
                code.append(.bne, .t2, .zero, to: isFine)
                code.loadImmediate(.t2, lowest)
                code.append(.beq, left, .t2, to: exit)
                code.bind(isFine)
            }
        }
        let target = target(cell)
        code.append(form, target, left, right)
        finish(cell, target)
    }

    // MARK: One operand

    private mutating func emitUnary(_ cell: Cell, _ form: UnaryForm) {
        let operand = read(cell.first, .t0)
        let target = target(cell)
        code.append(form, target, operand)
        finish(cell, target)
    }

    private mutating func emitExtension(_ cell: Cell, isSigned: Bool) {
        let operand = read(cell.first, .t0)
        let target = target(cell)
        if isSigned { code.append(.addiw, target, operand, 0) } else { code.append(.addUw, target, operand, .zero) }
        finish(cell, target)
    }

    // MARK: Three operands

    /// A product with a constant, plus a slot.
    private mutating func emitMultiplyAdd(_ cell: Cell) {
        let left = read(cell.first, .t0)
        let factor = UInt32(truncatingIfNeeded: cell.second.value)
        if factor == 2 || factor == 4 || factor == 8, !cell.meaning.storesResult, isAddressOnly() {
            // Of an address only the lower half counts.
            let addend = read(cell.third, .t1)
            let form: RegisterForm = factor == 2 ? .sh1add : factor == 4 ? .sh2add : .sh3add
            code.append(form, .accumulator, left, addend)
            return finish(cell, .accumulator)
        }
        if factor.nonzeroBitCount == 1 {
            code.append(.slliw, .t0, left, factor.trailingZeroBitCount)
        } else {
            code.append(.mulw, .t0, left, read(cell.second, .t1))
        }
        let addend = read(cell.third, .t1)
        let target = target(cell)
        code.append(.addw, target, .t0, addend)
        finish(cell, target)
    }

    /// Whether the accumulator that the cell at hand makes is the next cell's address and nothing else.
    private func isAddressOnly() -> Bool {
        let offset = Cell.head(function.cells, current).end
        guard offset < blockEnd else { return false }
        let next = Cell(function.cells, offset)
        return next.meaning.shape == .load && next.meaning.writes == .integer && next.first.form == .accumulator
    }

    /// A field of bits: shifted to the right by a constant, and a constant.
    private mutating func emitShiftAnd(_ cell: Cell) {
        let left = read(cell.first, .t0)
        let target = target(cell)
        code.append(.srliw, .t0, left, Int(cell.second.value & 31))
        if OperandKind.signed12.fits(Int(cell.third.value)) {
            code.append(.andi, target, .t0, Int(cell.third.value))
        } else {
            code.append(.and, target, .t0, read(cell.third, .t1))
        }
        finish(cell, target)
    }

    /// The second operand when the first is not zero, else the third.
    private mutating func emitSelect(_ cell: Cell) {
        let condition = read(cell.first, .t0)
        let target = target(cell)
        let other = read(cell.third, .t1)
        // What is kept is made first, in a register that the other operands are not in.
        let result = target == condition || target == other ? IntegerRegister.t2 : target
        let chosen = read(cell.second, result)
        if chosen != result { code.append(.addi, result, chosen, 0) }
        bases.forgetAll()
        code.append(.bne, condition, .zero, offset: 8)
        code.append(.addi, result, other, 0)
        if result != target { code.append(.addi, target, result, 0) }
        finish(cell, target)
    }

    // MARK: Comparisons

    private mutating func emitComparison(_ cell: Cell) {
        let left = read(cell.first, .t0)
        let target = target(cell)
        let isShort = cell.second.form == .immediate && OperandKind.signed12.fits(Int(cell.second.value))
        switch cell.meaning.micro {
        case .intEq, .intNe:
            let difference = subtract(left, cell.second)
            if cell.meaning.micro == .intEq {
                code.append(.sltiu, target, difference, 1)
            } else {
                code.append(.sltu, target, .zero, difference)
            }
        case .intLtS where isShort: code.append(.slti, target, left, Int(cell.second.value))
        case .intLtU where isShort: code.append(.sltiu, target, left, Int(cell.second.value))
        case .intGeS where isShort:
            code.append(.slti, target, left, Int(cell.second.value))
            code.append(.xori, target, target, 1)
        case .intGeU where isShort:
            code.append(.sltiu, target, left, Int(cell.second.value))
            code.append(.xori, target, target, 1)
        default: compare(cell.meaning.micro, left, read(cell.second, .t1), target)
        }
        finish(cell, target)
    }

    /// A register that is zero when both are equal.
    private mutating func subtract(_ left: IntegerRegister, _ right: CellOperand) -> IntegerRegister {
        if right.form == .immediate, right.value == 0 { return left }
        if right.form == .immediate, OperandKind.signed12.fits(Int(right.value)) {
            code.append(.xori, .t0, left, Int(right.value))
        } else {
            code.append(.xor, .t0, left, read(right, .t1))
        }
        return .t0
    }

    private mutating func compare(
        _ micro: MicroOperation, _ left: IntegerRegister, _ right: IntegerRegister, _ target: IntegerRegister
    ) {
        switch micro {
        case .intLtS: code.append(.slt, target, left, right)
        case .intLtU: code.append(.sltu, target, left, right)
        case .intGtS: code.append(.slt, target, right, left)
        case .intGtU: code.append(.sltu, target, right, left)
        case .intLeS, .intGeS:
            code.append(.slt, target, micro == .intLeS ? right : left, micro == .intLeS ? left : right)
            code.append(.xori, target, target, 1)
        default:
            code.append(.sltu, target, micro == .intLeU ? right : left, micro == .intLeU ? left : right)
            code.append(.xori, target, target, 1)
        }
    }

    /// Branches to `label` when a comparison of two registers holds, or when it does not.
    mutating func branch(
        _ micro: MicroOperation, _ left: IntegerRegister, _ right: IntegerRegister, unless: Bool, to label: MachineCodeLabel
    ) {
        var form: BranchForm
        var isSwapped = false
        switch micro {
        case .intEq: form = .beq
        case .intNe: form = .bne
        case .intLtS: form = .blt
        case .intLtU: form = .bltu
        case .intGeS: form = .bge
        case .intGeU: form = .bgeu
        case .intGtS:
            form = .blt
            isSwapped = true
        case .intGtU:
            form = .bltu
            isSwapped = true
        case .intLeS:
            form = .bge
            isSwapped = true
        default:
            form = .bgeu
            isSwapped = true
        }
        if unless { form = form.inverted }
        code.append(form, isSwapped ? right : left, isSwapped ? left : right, to: label)
    }
}
