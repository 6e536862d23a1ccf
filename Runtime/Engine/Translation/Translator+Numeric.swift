// Translator+Numeric: arithmetic, comparison, conversion (core specification, 3.3.2 and 4.4.1): operands to forms.

import Containers
import WasmModule
import WasmOperations

/// How an operation with two operands lists its forms.
enum BinaryForms {
    /// ss as si ai; operands may be exchanged.
    case commutative
    /// ss as si ai; exchanged operands need the mirrored operation, so many rows away.
    case comparison(mirrored: Operation)
    /// ss as si ai sa is ia
    case ordered
}

extension Translator {
    /// How an operand can be read: `a` accumulator, `s` slot, `i` immediate.
    private enum Form { case accumulator, slot, immediate }

    private func form(_ operand: Operand) -> Form {
        switch operand.place {
        case .accumulator: return .accumulator
        case .constant:
            if operand.valueClass != .integer { return .immediate }
            return Int32(exactly: Int64(bitPattern: operand.payload)) != nil ? .immediate : .slot
        case .local, .home: return isFusing && accumulatorHolds(operand) ? .accumulator : .slot
        }
    }

    /// A constant that no form can hold goes to its home slot.
    private mutating func settle(_ operand: inout Operand) {
        guard operand.place == .constant else { return }
        emitConstant(operand, to: operand.home)
        if operand.home &+ 16 > frameByteCount { frameByteCount = operand.home &+ 16 }
        operand.place = .home
    }

    private mutating func addField(_ form: Form, _ operand: Operand) {
        switch form {
        case .accumulator: break
        case .slot: code.add(operand.slot)
        case .immediate:
            if operand.valueClass == .double { code.add64(operand.payload) } else { code.add(Int32(truncatingIfNeeded: operand.payload)) }
        }
    }

    /// An operation of two operands of a class with a result.
    mutating func emitBinary(_ operation: Operation, _ forms: BinaryForms, _ result: ValueClass, traps: Bool = false) {
        var right = pop()
        var left = pop()
        if isFusing, emitChained(operation, left, right) { return }
        var operation = operation
        var rightForm = form(right)
        var leftForm = form(left)
        if rightForm == .slot { settle(&right) }
        if leftForm == .slot { settle(&left) }
        if rightForm == .accumulator, leftForm == .accumulator { rightForm = right.place == .accumulator ? .accumulator : .slot }
        if rightForm == .accumulator, leftForm == .accumulator { leftForm = .slot }
        if rightForm == .immediate, leftForm == .immediate {
            settle(&left)
            leftForm = .slot
        }
        var variant: Int
        switch forms {
        case .commutative, .comparison:
            if (leftForm == .slot && rightForm == .accumulator) || leftForm == .immediate {
                swap(&left, &right)
                swap(&leftForm, &rightForm)
                if case .comparison(let mirrored) = forms { operation = mirrored }
            }
            variant = (leftForm == .accumulator ? 1 : 0) + (rightForm == .immediate ? 2 : 0)
        case .ordered:
            switch (leftForm, rightForm) {
            case (.slot, .slot): variant = 0
            case (.accumulator, .slot): variant = 1
            case (.slot, .immediate): variant = 2
            case (.accumulator, .immediate): variant = 3
            case (.slot, .accumulator): variant = 4
            case (.immediate, .slot): variant = 5
            default: variant = 6
            }
        }
        if accumulator(result).operand >= 0 { spill(result) }
        if result == .integer {
            slotBeforeCompared = slotBeforeLast
            slotBeforeLast = integer.slot
            comparedCell = left.place == .accumulator && integer.producer == lastCell ? lastCell : -1
            addBeforeLast = addCellEnd == code.count ? addCell : -1
        }
        setAccumulator(result, .empty)
        let cell = code.begin(operation.variant(variant * 2))
        code.add(0)
        addField(leftForm, left)
        addField(rightForm, right)
        code.align()
        pushResult(result, of: cell)
    }

    /// An operation on what the last cell made, for the pairs that have a cell of their own; false when it is none.
    private mutating func emitChained(_ operation: Operation, _ left: Operand, _ right: Operand) -> Bool {
        switch operation {
        case .f64Add: emitMultiplyAdd(left, right)
        case .i32Add: emitIntegerChain(.i32Shl, .i32MulAdd, left, right) || emitIntegerChain(.i32Mul, .i32MulAdd, left, right)
        case .intAnd: emitIntegerChain(.i32ShrU, .i32ShrAnd, left, right)
        default: false
        }
    }

    /// The result of `first` with an immediate, which the last cell made, and a slot (`i32.mul_add`) or an immediate (`i32.shr_and`).
    private mutating func emitIntegerChain(_ first: Operation, _ chain: Operation, _ left: Operand, _ right: Operand) -> Bool {
        guard lastCell >= 0, integer.producer == lastCell, left.place == .accumulator || right.place == .accumulator else { return false }
        // Forms si and ai.
        let variant = Int(code.operation(at: lastCell).rawValue) - Int(first.rawValue)
        guard variant == 4 || variant == 6 else { return false }
        let other = left.place == .accumulator ? right : left
        let last: Int32
        if chain == .i32MulAdd {
            guard other.place == .home || other.place == .local else { return false }
            last = other.slot
        } else {
            guard other.place == .constant, let short = Int32(exactly: Int64(bitPattern: other.payload)) else { return false }
            last = short
        }
        let isHeld = variant == 6
        let source = code.field(lastCell + 12)
        let immediate = isHeld ? source : code.field(lastCell + 16)
        code.truncate(to: lastCell)
        integer = .empty
        let cell = code.begin(chain.variant(isHeld ? 2 : 0))
        code.add(0)
        if !isHeld { code.add(source) }
        code.add(first == .i32Shl ? 1 &<< immediate : immediate)
        code.add(last)
        code.align()
        pushResult(.integer, of: cell)
        return true
    }

    /// A sum whose one operand is the product that the last cell made: one cell instead of two; false when it is not.
    private mutating func emitMultiplyAdd(_ left: Operand, _ right: Operand) -> Bool {
        guard lastCell >= 0, double.producer == lastCell, left.place == .accumulator || right.place == .accumulator else { return false }
        let other = left.place == .accumulator ? right : left
        guard other.place == .home || other.place == .local else { return false }
        let variant = Int(code.operation(at: lastCell).rawValue) - Int(Operation.f64Mul.rawValue)
        guard variant == 0 || variant == 2 else { return false }
        let first = code.field(lastCell + 12)
        let second = code.field(lastCell + 16)
        code.truncate(to: lastCell)
        double = .empty
        let cell = code.begin(Operation.f64MulAdd.variant(variant))
        code.add(0)
        code.add(first)
        if variant == 0 { code.add(second) }
        code.add(other.slot)
        code.align()
        pushResult(.double, of: cell)
        return true
    }

    /// An operation of one operand with a result.
    mutating func emitUnary(_ operation: Operation, _ result: ValueClass) {
        var operand = pop()
        var operandForm = form(operand)
        if operandForm == .immediate || operandForm == .slot {
            settle(&operand)
            operandForm = .slot
        }
        claim(result)
        let cell = code.begin(operation.variant(operandForm == .accumulator ? 2 : 0))
        code.add(0)
        addField(operandForm, operand)
        code.align()
        pushResult(result, of: cell)
    }

    /// A comparison of integers by its place in the order, in either width.
    private mutating func emitComparison(_ comparison: Int) {
        let mirrored = [0, 1, 4, 5, 2, 3, 8, 9, 6, 7][comparison]
        emitBinary(
            Operation.intEq.variant(comparison * ComparisonOrder.variantCount),
            .comparison(mirrored: Operation.intEq.variant(mirrored * ComparisonOrder.variantCount)), .integer)
    }

    private mutating func emitFloatComparison(_ base: Operation, _ comparison: Int) {
        let mirrored = [0, 1, 3, 2, 5, 4][comparison]
        emitBinary(
            base.variant(comparison * ComparisonOrder.variantCount),
            .comparison(mirrored: base.variant(mirrored * ComparisonOrder.variantCount)), .integer)
    }

    /// `i32.eqz`, `i64.eqz`, `ref.is_null`: a comparison with zero, or the opposite of the comparison just made.
    mutating func emitIsZero() {
        let top = operands.base[operands.count - 1]
        if isFusing, top.place == .accumulator, lastCell >= 0, integer.producer == lastCell {
            let base = Int(Operation.intEq.rawValue)
            let operation = Int(code.operation(at: lastCell).rawValue)
            if operation >= base, operation < base + ComparisonOrder.integerCount * ComparisonOrder.variantCount {
                let comparison = (operation - base) / ComparisonOrder.variantCount
                let rest = (operation - base) % ComparisonOrder.variantCount
                code.setOperation(
                    Operation.intEq.variant(ComparisonOrder.opposite(comparison) * ComparisonOrder.variantCount + rest), at: lastCell)
                return
            }
        }
        push(.constant, .integer, 0)
        emitComparison(0)
    }

    /// A difference: one to a constant is the sum with its opposite, which has more forms.
    private mutating func emitDifference(_ difference: Operation, _ sum: Operation, isWord: Bool) {
        let top = operands.count - 1
        guard operands.base[top].place == .constant else { return emitBinary(difference, .ordered, .integer) }
        let opposite = 0 &- operands.base[top].payload
        operands.base[top].payload = isWord ? UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: opposite))) : opposite
        emitBinary(sum, .commutative, .integer)
    }

    /// Translates a numeric instruction; false when it is none.
    mutating func translateNumeric(_ opcode: Opcode) -> Bool {
        let raw = Int(opcode.rawValue)
        switch opcode {
        case .i32Const: push(.constant, .integer, UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: instruction.bits))))
        case .i64Const: push(.constant, .integer, instruction.bits)
        case .f32Const: push(.constant, .single, instruction.bits & 0xFFFF_FFFF)
        case .f64Const: push(.constant, .double, instruction.bits)
        case .i32Eqz, .i64Eqz, .refIsNull: emitIsZero()
        case .i32Eq, .i32Ne, .i32LtS, .i32LtU, .i32GtS, .i32GtU, .i32LeS, .i32LeU, .i32GeS, .i32GeU:
            emitComparison(raw - Int(Opcode.i32Eq.rawValue))
        case .i64Eq, .i64Ne, .i64LtS, .i64LtU, .i64GtS, .i64GtU, .i64LeS, .i64LeU, .i64GeS, .i64GeU:
            emitComparison(raw - Int(Opcode.i64Eq.rawValue))
        case .f32Eq, .f32Ne, .f32Lt, .f32Gt, .f32Le, .f32Ge: emitFloatComparison(.f32Eq, raw - Int(Opcode.f32Eq.rawValue))
        case .f64Eq, .f64Ne, .f64Lt, .f64Gt, .f64Le, .f64Ge: emitFloatComparison(.f64Eq, raw - Int(Opcode.f64Eq.rawValue))
        case .i32Clz: emitUnary(.i32Clz, .integer)
        case .i32Ctz: emitUnary(.i32Ctz, .integer)
        case .i32Popcnt: emitUnary(.i32Popcnt, .integer)
        case .i32Add: emitBinary(.i32Add, .commutative, .integer)
        case .i32Sub: emitDifference(.i32Sub, .i32Add, isWord: true)
        case .i32Mul: emitBinary(.i32Mul, .commutative, .integer)
        case .i32DivS: emitBinary(.i32DivS, .ordered, .integer)
        case .i32DivU: emitBinary(.i32DivU, .ordered, .integer)
        case .i32RemS: emitBinary(.i32RemS, .ordered, .integer)
        case .i32RemU: emitBinary(.i32RemU, .ordered, .integer)
        case .i32And, .i64And: emitBinary(.intAnd, .commutative, .integer)
        case .i32Or, .i64Or: emitBinary(.intOr, .commutative, .integer)
        case .i32Xor, .i64Xor: emitBinary(.intXor, .commutative, .integer)
        case .i32Shl: emitBinary(.i32Shl, .ordered, .integer)
        case .i32ShrS: emitBinary(.i32ShrS, .ordered, .integer)
        case .i32ShrU: emitBinary(.i32ShrU, .ordered, .integer)
        case .i32Rotl: emitBinary(.i32Rotl, .ordered, .integer)
        case .i32Rotr: emitBinary(.i32Rotr, .ordered, .integer)
        case .i64Clz: emitUnary(.i64Clz, .integer)
        case .i64Ctz: emitUnary(.i64Ctz, .integer)
        case .i64Popcnt: emitUnary(.i64Popcnt, .integer)
        case .i64Add: emitBinary(.i64Add, .commutative, .integer)
        case .i64Sub: emitDifference(.i64Sub, .i64Add, isWord: false)
        case .i64Mul: emitBinary(.i64Mul, .commutative, .integer)
        case .i64DivS: emitBinary(.i64DivS, .ordered, .integer)
        case .i64DivU: emitBinary(.i64DivU, .ordered, .integer)
        case .i64RemS: emitBinary(.i64RemS, .ordered, .integer)
        case .i64RemU: emitBinary(.i64RemU, .ordered, .integer)
        case .i64Shl: emitBinary(.i64Shl, .ordered, .integer)
        case .i64ShrS: emitBinary(.i64ShrS, .ordered, .integer)
        case .i64ShrU: emitBinary(.i64ShrU, .ordered, .integer)
        case .i64Rotl: emitBinary(.i64Rotl, .ordered, .integer)
        case .i64Rotr: emitBinary(.i64Rotr, .ordered, .integer)
        case .i32Extend8S, .i64Extend8S: emitUnary(.intExtend8S, .integer)
        case .i32Extend16S, .i64Extend16S: emitUnary(.intExtend16S, .integer)
        case .i64Extend32S, .i32WrapI64: emitUnary(.intExtend32S, .integer)
        case .i64ExtendI32U: emitUnary(.intExtend32U, .integer)
        // An i32 is held sign-extended already.
        case .i64ExtendI32S: break
        default: return translateFloat(opcode)
        }
        return true
    }

    private mutating func translateFloat(_ opcode: Opcode) -> Bool {
        switch opcode {
        case .f32Abs: emitUnary(.f32Abs, .single)
        case .f32Neg: emitUnary(.f32Neg, .single)
        case .f32Ceil: emitUnary(.f32Ceil, .single)
        case .f32Floor: emitUnary(.f32Floor, .single)
        case .f32Trunc: emitUnary(.f32Trunc, .single)
        case .f32Nearest: emitUnary(.f32Nearest, .single)
        case .f32Sqrt: emitUnary(.f32Sqrt, .single)
        case .f32Add: emitBinary(.f32Add, .commutative, .single)
        case .f32Sub: emitBinary(.f32Sub, .ordered, .single)
        case .f32Mul: emitBinary(.f32Mul, .commutative, .single)
        case .f32Div: emitBinary(.f32Div, .ordered, .single)
        case .f32Min: emitBinary(.f32Min, .commutative, .single)
        case .f32Max: emitBinary(.f32Max, .commutative, .single)
        case .f32Copysign: emitBinary(.f32Copysign, .ordered, .single)
        case .f64Abs: emitUnary(.f64Abs, .double)
        case .f64Neg: emitUnary(.f64Neg, .double)
        case .f64Ceil: emitUnary(.f64Ceil, .double)
        case .f64Floor: emitUnary(.f64Floor, .double)
        case .f64Trunc: emitUnary(.f64Trunc, .double)
        case .f64Nearest: emitUnary(.f64Nearest, .double)
        case .f64Sqrt: emitUnary(.f64Sqrt, .double)
        case .f64Add: emitBinary(.f64Add, .commutative, .double)
        case .f64Sub: emitBinary(.f64Sub, .ordered, .double)
        case .f64Mul: emitBinary(.f64Mul, .commutative, .double)
        case .f64Div: emitBinary(.f64Div, .ordered, .double)
        case .f64Min: emitBinary(.f64Min, .commutative, .double)
        case .f64Max: emitBinary(.f64Max, .commutative, .double)
        case .f64Copysign: emitBinary(.f64Copysign, .ordered, .double)
        default: return translateConversion(opcode)
        }
        return true
    }

    private mutating func translateConversion(_ opcode: Opcode) -> Bool {
        switch opcode {
        case .i32TruncF32S: emitUnary(.i32TruncF32S, .integer)
        case .i32TruncF32U: emitUnary(.i32TruncF32U, .integer)
        case .i32TruncF64S: emitUnary(.i32TruncF64S, .integer)
        case .i32TruncF64U: emitUnary(.i32TruncF64U, .integer)
        case .i64TruncF32S: emitUnary(.i64TruncF32S, .integer)
        case .i64TruncF32U: emitUnary(.i64TruncF32U, .integer)
        case .i64TruncF64S: emitUnary(.i64TruncF64S, .integer)
        case .i64TruncF64U: emitUnary(.i64TruncF64U, .integer)
        case .i32TruncSatF32S: emitUnary(.i32TruncSatF32S, .integer)
        case .i32TruncSatF32U: emitUnary(.i32TruncSatF32U, .integer)
        case .i32TruncSatF64S: emitUnary(.i32TruncSatF64S, .integer)
        case .i32TruncSatF64U: emitUnary(.i32TruncSatF64U, .integer)
        case .i64TruncSatF32S: emitUnary(.i64TruncSatF32S, .integer)
        case .i64TruncSatF32U: emitUnary(.i64TruncSatF32U, .integer)
        case .i64TruncSatF64S: emitUnary(.i64TruncSatF64S, .integer)
        case .i64TruncSatF64U: emitUnary(.i64TruncSatF64U, .integer)
        case .f32ConvertI32S: emitUnary(.f32ConvertI32S, .single)
        case .f32ConvertI32U: emitUnary(.f32ConvertI32U, .single)
        case .f32ConvertI64S: emitUnary(.f32ConvertI64S, .single)
        case .f32ConvertI64U: emitUnary(.f32ConvertI64U, .single)
        case .f64ConvertI32S: emitUnary(.f64ConvertI32S, .double)
        case .f64ConvertI32U: emitUnary(.f64ConvertI32U, .double)
        case .f64ConvertI64S: emitUnary(.f64ConvertI64S, .double)
        case .f64ConvertI64U: emitUnary(.f64ConvertI64U, .double)
        case .f32DemoteF64: emitUnary(.f32DemoteF64, .single)
        case .f64PromoteF32: emitUnary(.f64PromoteF32, .double)
        case .i32ReinterpretF32: emitUnary(.i32ReinterpretF32, .integer)
        case .i64ReinterpretF64: emitUnary(.i64ReinterpretF64, .integer)
        case .f32ReinterpretI32: emitUnary(.f32ReinterpretI32, .single)
        case .f64ReinterpretI64: emitUnary(.f64ReinterpretI64, .double)
        default: return false
        }
        return true
    }
}
