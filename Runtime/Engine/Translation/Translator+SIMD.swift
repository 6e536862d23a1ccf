// Translator+SIMD: 128-bit instructions (core specification, 4.4.2 and 4.4.7). Operands and results are in slots, so one rule serves all:
// the operation is as far from the first vector operation as the instruction is from the first vector instruction.

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// Translates a vector instruction; false when it is none.
    mutating func translateVector(_ opcode: Opcode) -> Bool {
        if opcode == .v128Const {
            push(.home, .vector)
            let home = operands.base[operands.count - 1].home
            forgetSlot(home)
            forgetSlot(home + 8)
            lastCell = code.begin(.constV128)
            code.add(home)
            code.add64(instruction.bits)
            code.add64(instruction.highBits)
            return true
        }
        let row = opcode.row
        guard row.section == .vector else { return false }
        switch row.shape {
        case .load: emitVectorAccess(opcode, operandCount: 1, hasResult: true)
        case .store: emitVectorAccess(opcode, operandCount: 2, hasResult: false)
        case .loadLane: emitVectorAccess(opcode, operandCount: 2, hasResult: true, hasLane: true)
        case .storeLane: emitVectorAccess(opcode, operandCount: 2, hasResult: false, hasLane: true)
        default:
            let first = slotOperands(row.operandCount)
            if row.immediate == .shuffle {
                emitShuffle(first)
                return true
            }
            let cell = code.begin(Translator.operation(of: opcode))
            replaceOperands(from: first, with: ValueClass(row.result(0)))
            if row.immediate == .lane { code.add(Int32(instruction.lane)) }
            code.align()
            lastCell = cell
        }
        return true
    }

    /// A shuffle of the top two operands: each byte's place in the frame.
    private mutating func emitShuffle(_ first: Int) {
        let sources = (operands.base[first].slot, operands.base[first + 1].slot)
        truncateOperands(to: first)
        push(.home, .vector)
        let home = operands.base[operands.count - 1].home
        forgetSlot(home)
        forgetSlot(home + 8)
        lastCell = code.begin(.i8x16Shuffle)
        code.add(home)
        for word in [instruction.bits, instruction.highBits] {
            for lane in 0..<8 {
                let index = Int32(truncatingIfNeeded: word &>> UInt64(lane * 8) & 31)
                code.add(index < 16 ? sources.0 + index : sources.1 + index - 16)
            }
        }
        code.align()
    }

    /// The operation of an instruction other than `v128.const`, which is among the moves and leaves a gap.
    private static func operation(of opcode: Opcode) -> Operation {
        let place = Int(opcode.rawValue) - Int(Opcode.v128Load.rawValue)
        return Operation.v128Load.variant(opcode.rawValue > Opcode.v128Const.rawValue ? place - 1 : place)
    }

    /// The operation of an access to any memory: the accesses are two runs of instructions.
    private static func anyMemoryOperation(of opcode: Opcode) -> Operation {
        let firstRun = Int(Opcode.v128Store.rawValue) - Int(Opcode.v128Load.rawValue) + 1
        let place = Int(opcode.rawValue) - Int(Opcode.v128Load.rawValue)
        if place < firstRun { return Operation.v128LoadAny.variant(place) }
        return Operation.v128LoadAny.variant(firstRun + Int(opcode.rawValue) - Int(Opcode.v128Load8Lane.rawValue))
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

    private mutating func emitVectorAccess(_ opcode: Opcode, operandCount: Int, hasResult: Bool, hasLane: Bool = false) {
        let isFast = hasFastMemory && instruction.index == 0 && instruction.bits <= UInt64(UInt32.max)
        let first = slotOperands(operandCount)
        let cell = code.begin(isFast ? Translator.operation(of: opcode) : Translator.anyMemoryOperation(of: opcode))
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
        lastCell = hasResult ? cell : -1
    }
}
