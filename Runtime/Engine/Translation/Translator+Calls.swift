// Translator+Calls: calls and tail calls (core specification, 3.3.8 and 4.4.8).

import Containers
import WasmModule
import WasmOperations

extension Translator {
    private mutating func slotBytes(_ types: UnsafeBufferPointer<ValueType>) -> Int32 {
        var bytes: Int32 = 0
        for type in types { bytes += ValueClass(type).byteCount }
        return bytes
    }

    /// Brings the arguments home and gives where the callee's frame begins.
    private mutating func stageArguments(_ signature: Signature) -> Int32 {
        let count = Int(signature.parameterCount)
        materializeTop(count)
        spillAll()
        return count == 0 ? nextHome : operands.base[operands.count - count].home
    }

    /// After a call: the results are where the arguments were, and a single one also in its accumulator.
    private mutating func finishCall(_ signature: Signature, _ distance: Int32, _ header: Int32) {
        code.align()
        truncateOperands(to: operands.count - Int(signature.parameterCount))
        forgetAccumulators()
        pushHome(Int(signature.resultCount)) { signature.results[$0] }
        if signature.resultCount == 1 {
            let valueClass = ValueClass(signature.results[0])
            setAccumulator(valueClass, AccumulatorState(slot: distance, operand: -1, producer: -1))
        }
        use(slot: header)
        beginFuel()
    }

    private mutating func headerSlot(_ signature: Signature, _ distance: Int32) -> Int32 {
        distance + max(slotBytes(signature.parameters), slotBytes(signature.results))
    }

    mutating func translateCall(_ function: UInt32) {
        let signature = image.signature(ofFunction: function)
        let distance = stageArguments(signature)
        let header = headerSlot(signature, distance)
        if Int(function) < image.importedFunctionCount {
            _ = code.begin(.callImport)
            code.add(Int32(truncatingIfNeeded: function))
            code.add(header)
            code.add(0)
            code.add(distance)
        } else {
            _ = code.begin(.call)
            note(functionFields.append(code.add64(UInt64(function))))
            code.add(header)
            code.add(distance)
        }
        finishCall(signature, distance, header)
    }

    /// The table field of an indirect call: bit 31 for tables with 64-bit indices.
    private mutating func tableField(_ table: UInt32) -> Int32 {
        Int32(bitPattern: table | (image.tables[Int(table)].type.is64 ? 0x8000_0000 : 0))
    }

    mutating func translateCallIndirect(type: UInt32, table: UInt32) {
        let signature = image.signature(ofType: type)!
        var index = pop()
        let isHeld = index.place == .accumulator || (isFusing && accumulatorHolds(index))
        if !isHeld, index.place == .constant {
            emitConstant(index, to: index.home)
            index.place = .home
        }
        let distance = stageArguments(signature)
        let header = headerSlot(signature, distance)
        if isHeld {
            _ = code.begin(.callIndirectA)
            code.add(0)
        } else {
            _ = code.begin(.callIndirectS)
            code.add(index.slot)
        }
        code.add(tableField(table))
        code.add(Int32(bitPattern: module.typeIdentifiers[Int(type)]))
        code.add(header)
        code.add(0)
        code.add(distance)
        finishCall(signature, distance, header)
    }

    mutating func translateCallRef(type: UInt32) {
        let signature = image.signature(ofType: type)!
        materialize(operands.count - 1)
        let reference = pop()
        let distance = stageArguments(signature)
        let header = headerSlot(signature, distance)
        _ = code.begin(.callRef)
        code.add(reference.slot)
        code.add(header)
        code.add(0)
        code.add(distance)
        finishCall(signature, distance, header)
    }

    // MARK: Tail calls

    /// The last fields of a tail call: own header, the arguments' first slot and byte count, the callee's header.
    private mutating func addTailFields(_ signature: Signature, _ distance: Int32) {
        let parameterBytes = slotBytes(signature.parameters)
        let header = max(parameterBytes, slotBytes(signature.results))
        code.add(headerOffset)
        code.add(distance)
        code.add(parameterBytes)
        code.add(header)
        code.align()
        use(slot: header)
        barrier()
        becomeUnreachable()
    }

    mutating func translateReturnCall(_ function: UInt32) {
        let signature = image.signature(ofFunction: function)
        let distance = stageArguments(signature)
        if Int(function) < image.importedFunctionCount {
            _ = code.begin(.returnCallImport)
            code.add(Int32(truncatingIfNeeded: function))
        } else {
            _ = code.begin(.returnCall)
            note(functionFields.append(code.add64(UInt64(function))))
        }
        addTailFields(signature, distance)
    }

    mutating func translateReturnCallIndirect(type: UInt32, table: UInt32) {
        let signature = image.signature(ofType: type)!
        materialize(operands.count - 1)
        let index = pop()
        let distance = stageArguments(signature)
        _ = code.begin(.returnCallIndirect)
        code.add(index.slot)
        code.add(tableField(table))
        code.add(Int32(bitPattern: module.typeIdentifiers[Int(type)]))
        addTailFields(signature, distance)
    }

    mutating func translateReturnCallRef(type: UInt32) {
        let signature = image.signature(ofType: type)!
        materialize(operands.count - 1)
        let reference = pop()
        let distance = stageArguments(signature)
        _ = code.begin(.returnCallRef)
        code.add(reference.slot)
        addTailFields(signature, distance)
    }
}
