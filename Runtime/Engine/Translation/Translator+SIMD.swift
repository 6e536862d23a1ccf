// Translator+SIMD: 128-bit instructions: operands and results in slots (core specification, 4.4.2).

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// Translates a vector instruction; false when it is none.
    mutating func translateVector(_ opcode: Opcode) -> Bool {
        switch opcode {
        case .v128Const:
            push(.home, .vector)
            lastCell = code.begin(.constV128)
            code.add(operands.base[operands.count - 1].home)
            code.add64(instruction.bits)
            code.add64(instruction.highBits)
            return true
        default: return false
        }
    }
}
