// Translator+SIMD: 128-bit instructions (core specification, 4.4.2 and 4.4.7). Operands and results are in slots, so one rule serves all.

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// A vector instruction whose operands and result are in slots.
    mutating func translateVector(_ opcode: Opcode, _ operation: Operation) {
        let row = opcode.row
        let first = slotOperands(row.operandCount)
        let cell = code.begin(operation)
        replaceOperands(from: first, with: ValueClass(row.result(0)))
        if row.immediate == .lane { code.add(Int32(instruction.lane)) }
        code.align()
        recent.note(cell)
    }

    /// `v128.const`.
    mutating func emitVectorConstant() {
        push(.home, .vector)
        let home = operands.base[operands.count - 1].home
        forgetSlot(home)
        forgetSlot(home + 8)
        recent.note(code.begin(.constV128))
        code.add(home)
        code.add64(instruction.bits)
        code.add64(instruction.highBits)
    }

    /// A shuffle of the top two operands: each byte's place in the frame.
    mutating func emitShuffle() {
        let first = slotOperands(2)
        let sources = (operands.base[first].slot, operands.base[first + 1].slot)
        truncateOperands(to: first)
        push(.home, .vector)
        let home = operands.base[operands.count - 1].home
        forgetSlot(home)
        forgetSlot(home + 8)
        recent.note(code.begin(.i8x16Shuffle))
        code.add(home)
        for word in [instruction.bits, instruction.highBits] {
            for lane in 0..<8 {
                let index = Int32(truncatingIfNeeded: word &>> UInt64(lane * 8) & 31)
                code.add(index < 16 ? sources.0 + index : sources.1 + index - 16)
            }
        }
        code.align()
    }

    /// Sees to it that the top operands are in slots, locals where they are; the index of the deepest.
    private mutating func slotOperands(_ count: Int) -> Int {
        let first = operands.count - count
        for index in first..<operands.count {
            switch operands.base[index].place {
            case .constant, .accumulator: materialize(index)
            case .home, .local: break
            }
        }
        return first
    }

    /// Takes the operands from `first` on and adds their slots to the cell, behind that of the result, if there is one, which is pushed.
    private mutating func replaceOperands(from first: Int, with result: ValueClass?) {
        let resultField = code.count
        if result != nil { code.add(0) }
        for index in first..<operands.count { code.add(operands.base[index].slot) }
        while operands.count > first { _ = pop() }
        guard let result else { return }
        push(.home, result)
        let home = operands.base[operands.count - 1].home
        forgetSlot(home)
        if result == .vector { forgetSlot(home + 8) }
        code.setField(home, at: resultField)
    }

    /// An access of a vector or a lane.
    mutating func emitVectorAccess(_ lowering: InstructionLowering, operandCount: Int, hasResult: Bool, hasLane: Bool = false) {
        let isFast = hasFastMemory && instruction.index == 0 && instruction.bits <= UInt64(UInt32.max)
        let first = slotOperands(operandCount)
        let cell = code.begin(isFast ? lowering.operation : lowering.partner)
        replaceOperands(from: first, with: hasResult ? .vector : nil)
        if isFast {
            code.add(Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: instruction.bits)))
            if hasLane { code.add(Int32(instruction.lane)) }
        } else {
            let is64 = image.memories[Int(instruction.index)].is64
            code.add(Int32(bitPattern: instruction.index | (is64 ? 1 << 31 : 0)))
            if hasLane { code.add(Int32(instruction.lane)) }
            code.add64(instruction.bits)
        }
        code.align()
        if hasResult { recent.note(cell) } else { barrier() }
    }
}
