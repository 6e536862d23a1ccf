// Translator+Instruction: from an instruction to the extension that translates it. The table of contents of the translator.

import Containers
import WasmModule
import WasmOperations

extension Translator {
    /// Translates `instruction`, which can be reached, by a rule that is less common than those in `translate(body:)`.
    @inline(never) mutating func translateReachable(_ lowering: InstructionLowering) {
        switch lowering.rule {
        case .nothing: break
        case .ordered: emitBinary(lowering.operation, exchanged: nil, ValueClass(lowering.result))
        case .difference: emitDifference(lowering)
        case .unary: emitUnary(lowering.operation, ValueClass(lowering.result))
        case .isZero: emitIsZero(lowering.operation)
        case .floatStore: emitStore(lowering, float: lowering.held)
        case .vector: translateVector(instruction.opcode, lowering.operation)
        case .vectorLoad: emitVectorAccess(lowering, operandCount: 1, hasResult: true)
        case .vectorStore: emitVectorAccess(lowering, operandCount: 2, hasResult: false)
        case .vectorLoadLane: emitVectorAccess(lowering, operandCount: 2, hasResult: true, hasLane: true)
        case .vectorStoreLane: emitVectorAccess(lowering, operandCount: 2, hasResult: false, hasLane: true)
        default: break
        }
    }

    /// What opens, parts and closes blocks.
    mutating func translateBlock(_ opcode: Opcode) throws(WasmError) {
        switch opcode {
        case .block: beginBlock(.block)
        case .loop: beginBlock(.loop)
        case .if: beginBlock(.if)
        case .try:
            beginBlock(.legacyTry)
            beginLegacyTry()
        case .tryTable:
            beginBlock(.tryTable)
            beginTryTable()
        case .else: beginElse()
        case .catch: beginCatch(tag: instruction.index)
        case .catchAll: beginCatch(tag: nil)
        case .delegate: translateDelegate(Int(instruction.index), validator.closedFrame)
        default: endBlock(validator.closedFrame)
        }
    }

    /// What has no rule.
    @inline(never) mutating func translateSpecial(_ opcode: Opcode) throws(WasmError) {
        switch opcode {
        case .v128Const: emitVectorConstant()
        case .i8x16Shuffle: emitShuffle()
        case .nop: break
        case .unreachable:
            _ = code.begin(.unreachable)
            becomeUnreachable()
        case .br: translateBr(Int(instruction.index))
        case .brIf: translateBrIf(Int(instruction.index))
        case .brTable: translateBrTable()
        case .return:
            emitReturn()
            becomeUnreachable()
        case .brOnNull: translateBrOnNull(Int(instruction.index))
        case .brOnNonNull: translateBrOnNonNull(Int(instruction.index))
        case .call: translateCall(instruction.index)
        case .callIndirect: translateCallIndirect(type: instruction.index, table: instruction.secondIndex)
        case .callRef: translateCallRef(type: instruction.index)
        case .returnCall: translateReturnCall(instruction.index)
        case .returnCallIndirect: translateReturnCallIndirect(type: instruction.index, table: instruction.secondIndex)
        case .returnCallRef: translateReturnCallRef(type: instruction.index)
        case .throw: translateThrow(instruction.index)
        case .throwRef: translateThrowRef()
        case .rethrow: translateRethrow(Int(instruction.index))
        case .globalGet: translateGlobalGet(Int(instruction.index))
        case .globalSet: translateGlobalSet(Int(instruction.index))
        case .drop: translateDrop()
        case .select, .selectTyped: translateSelect()
        default:
            if translateMemory(opcode) { return }
            throw WasmError(.unsupported, at: Int(instruction.offset), "instruction is not translated")
        }
    }

    /// Branches when the reference is null; it stays on the stack when it is not.
    private mutating func translateBrOnNull(_ label: Int) {
        materialize(operands.count - 1)
        let reference = pop()
        emitConditional(label: label, reference, whenZero: true)
        push(.home, .integer)
        beginFuel()
    }

    /// Branches with the reference when it is not null; drops it when it is.
    private mutating func translateBrOnNonNull(_ label: Int) {
        let top = operands.count - 1
        materialize(top)
        let reference = operands.base[top]
        emitConditional(label: label, reference, whenZero: false)
        _ = pop()
        beginFuel()
    }
}
