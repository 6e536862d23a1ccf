// Which constants a cell needs in registers, since no instruction holds them.

import Containers
import MachineCode
import WasmOperations

extension Cell {
    /// Calls `body` with each constant operand that has to be in a register, as what it is used, and how many instructions put it there.
    @inline(__always) func visitConstants(_ body: (_ value: Int64, _ use: SlotUse, _ cost: Int64) -> Void) {
        switch meaning.shape {
        case .value, .branch, .branchUnless, .addBranch32, .addBranch64: break
        case .load, .store:
            if meaning.address == .sum, !OperandKind.signed12.fits(Int(addressField)) {
                body(Int64(addressField), .integer, Cell.cost(Int64(addressField)))
            }
            guard meaning.shape == .store else { return }
        default: return
        }
        let isFloat = meaning.operandClass == .double || meaning.operandClass == .single
        for index in 0..<3 {
            let operand = index == 0 ? first : index == 1 ? second : third
            guard operand.form == .immediate || operand.form == .wideImmediate else { continue }
            if isFloat, meaning.shape != .store || index == 0 {
                body(operand.value, SlotUse(meaning.operandClass), Cell.cost(operand.value) + 1)
            } else if !isFloat, operand.value != 0, !isHeld(operand, index) {
                body(operand.value, .integer, Cell.cost(operand.value))
            }
        }
    }

    /// An address as a multiple of 4096 and what a load or store can add, when the former fits `lui`; else all of it is in the first.
    static func split(_ address: Int32) -> (high: Int64, low: Int) {
        let whole = Int64(UInt32(bitPattern: address))
        let low = (whole << 52) >> 52
        guard whole - low < 1 << 31 else { return (whole, 0) }
        return (whole - low, Int(low))
    }

    /// Whether the instruction itself holds an integer constant.
    private func isHeld(_ operand: CellOperand, _ index: Int) -> Bool {
        let isShort = OperandKind.signed12.fits(Int(operand.value))
        switch meaning.shape {
        case .store: return false
        case .branch, .branchUnless: return index == 1 && meaning.micro == .intAnd && (isShort || operand.value.nonzeroBitCount == 1)
        case .addBranch32, .addBranch64: return index == 1 && isShort
        default: break
        }
        switch meaning.micro {
        case .intAnd where operand.value == 0xFFFF || operand.value == 0xFFFF_FFFF: return index == 1
        case .i32Add, .i64Add, .intAnd, .intOr, .intXor, .intEq, .intNe, .intLtS, .intLtU, .intGeS, .intGeU: return index == 1 && isShort
        case .i32Shl, .i32ShrS, .i32ShrU, .i32Rotr, .i32Rotl, .i64Shl, .i64ShrS, .i64ShrU, .i64Rotr, .i64Rotl: return index == 1
        case .i32MulAdd: return index == 1 && UInt32(truncatingIfNeeded: operand.value).nonzeroBitCount == 1
        case .i32ShrAnd: return index == 1 || index == 2 && isShort
        default: return false
        }
    }

    /// About how many instructions make a constant.
    private static func cost(_ value: Int64) -> Int64 {
        if value == 0 { return 0 }
        if OperandKind.signed12.fits(Int(value)) { return 1 }
        if Int64(Int32(truncatingIfNeeded: value)) == value { return value & 0xFFF == 0 ? 1 : 2 }
        return value.trailingZeroBitCount >= 32 ? 2 : 4
    }
}
