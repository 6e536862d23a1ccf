// Returns: values to the frame's first slots, in the form that suits where they are.

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// Returns with the top operands, which stay as they are.
    mutating func emitReturn() {
        defer { barrier() }
        if resultCount == 1 {
            let operand = operands.base[operands.count - 1]
            if operand.valueClass == .vector {
                emitCopy(operand, to: 0)
            } else {
                emitReturn(operand)
                return
            }
        } else if resultCount > 1 {
            // A result may be in a parameter that a lower result overwrites: bring those home first.
            let saved = (integer, double, single)
            for index in (operands.count - resultCount)..<operands.count where operands.base[index].place == .local {
                let operand = operands.base[index]
                emitCopy(operand, to: operand.home)
            }
            var slot: Int32 = 0
            for index in (operands.count - resultCount)..<operands.count {
                var operand = operands.base[index]
                if operand.place == .local { operand.place = .home }
                emitCopy(operand, to: slot)
                slot += operand.valueClass.byteCount
            }
            (integer, double, single) = saved
        }
        _ = code.begin(.return)
        code.add(headerOffset)
        code.align()
    }

    private mutating func emitReturn(_ operand: Operand) {
        let inAccumulator = operand.place == .accumulator || (operand.place != .constant && accumulatorHolds(operand))
        switch operand.valueClass {
        case .integer:
            if inAccumulator {
                _ = code.begin(.returnA)
                code.add(headerOffset)
            } else if operand.place == .constant, let short = Int32(exactly: Int64(bitPattern: operand.payload)) {
                _ = code.begin(.returnI)
                code.add(headerOffset)
                code.add(short)
            } else {
                let slot = slotForReturn(operand)
                _ = code.begin(.returnS)
                code.add(headerOffset)
                code.add(slot)
            }
        case .double, .single:
            let isDouble = operand.valueClass == .double
            if inAccumulator {
                _ = code.begin(isDouble ? .returnD : .returnF)
                code.add(headerOffset)
            } else {
                let slot = slotForReturn(operand)
                _ = code.begin(isDouble ? .returnDs : .returnFs)
                code.add(headerOffset)
                code.add(slot)
            }
        case .vector: break
        }
        code.align()
    }

    private mutating func slotForReturn(_ operand: Operand) -> Int32 {
        if operand.place == .constant {
            emitConstant(operand, to: operand.home)
            return operand.home
        }
        return operand.slot
    }
}
