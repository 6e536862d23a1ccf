// Blocks, branches, calls and exceptions. Specification 3.4.10-3.4.13 (control instructions), appendix A.3.

import Containers

extension FunctionValidator {
    // MARK: Frames

    mutating func pushFrame(_ frame: ControlFrame) throws(WasmError) {
        guard frames.count <= module.limits.nestedBlocks else {
            throw WasmError(
                .limit, at: Int(frame.offset), "blocks nested too deeply", .bound, UInt64(module.limits.nestedBlocks))
        }
        guard frames.append(frame) else { throw outOfMemory(Int(frame.offset)) }
        height = Int(frame.height)
        isDead = false
    }

    /// Opens a block: its parameters become its first operands.
    @inline(never) mutating func open(_ kind: ControlKind, _ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        var frame = ControlFrame(
            kind: kind, isUnreachable: false, parameterCount: 0, resultCount: 0, height: 0,
            initializationHeight: Int32(truncatingIfNeeded: initializations.count), singleResult: .unknown, offset: offset, types: nil)
        let type = instruction.blockType
        if let index = type.typeIndex {
            guard let signature = module.signature(ofType: index) else { throw unknown("unknown type", index, offset) }
            guard module.features.contains(.multiValue) else {
                throw WasmError(.unsupported, at: Int(offset), "multiple values are not enabled")
            }
            frame.parameterCount = signature.parameterCount
            frame.resultCount = signature.resultCount
            frame.types = signature.base
            if kind == .if { try pop(.i32, offset) }
            try pop(signature.parameters, offset)
            frame.height = Int32(truncatingIfNeeded: operands.count)
            try pushFrame(frame)
            try push(signature.parameters, offset)
            return
        }
        if let value = type.valueType {
            if value.isReference || value == .v128 || value.isFloat,
                let refusal = module.refusal(of: value, at: Int(offset), indexBound: module.types.count)
            {
                throw refusal
            }
            frame.resultCount = 1
            frame.singleResult = value
        }
        if kind == .if { try pop(.i32, offset) }
        frame.height = Int32(truncatingIfNeeded: operands.count)
        try pushFrame(frame)
    }

    /// Takes the results off and checks that nothing else is left; the frame stays.
    private mutating func closeOperands(_ frame: ControlFrame, _ offset: UInt32) throws(WasmError) {
        var index = Int(frame.resultCount)
        while index > 0 {
            index &-= 1
            try pop(frame.result(index), offset)
        }
        guard operands.count == height else {
            throw WasmError(
                .invalid, at: Int(offset), "type mismatch", .leftover, UInt64(operands.count - height),
                UInt64(operands.base[operands.count - 1].rawValue))
        }
    }

    /// Takes the innermost frame off; what its block initialised is so no longer.
    private mutating func popFrame() {
        let frame = frames.base[frames.count - 1]
        forgetInitializations(downTo: Int(frame.initializationHeight))
        frames.truncate(to: frames.count - 1)
        guard frames.count > 0 else { return }
        height = Int(frames.base[frames.count - 1].height)
        isDead = frames.base[frames.count - 1].isUnreachable
    }

    private mutating func forgetInitializations(downTo count: Int) {
        while initializations.count > count, let local = initializations.popLast() { initialized.base[Int(local)] = false }
    }

    /// The rest of the innermost block cannot be reached: its stack becomes polymorphic.
    @inline(never) mutating func setUnreachable() {
        operands.truncate(to: height)
        frames.base[frames.count - 1].isUnreachable = true
        isDead = true
    }

    /// Restarts the innermost frame as another part of the same block.
    private mutating func restart(_ kind: ControlKind, _ offset: UInt32) throws(WasmError) -> ControlFrame {
        let top = frames.count - 1
        try closeOperands(frames.base[top], offset)
        forgetInitializations(downTo: Int(frames.base[top].initializationHeight))
        frames.base[top].kind = kind
        frames.base[top].isUnreachable = false
        isDead = false
        return frames.base[top]
    }

    @inline(never) mutating func beginElse(_ offset: UInt32) throws(WasmError) {
        guard frames.base[frames.count - 1].kind == .if else { throw WasmError(.malformed, at: Int(offset), "END opcode expected") }
        let frame = try restart(.else, offset)
        for index in 0..<Int(frame.parameterCount) { try push(frame.parameter(index), offset) }
    }

    @inline(never) mutating func endBlock(_ offset: UInt32) throws(WasmError) {
        let frame = frames.base[frames.count - 1]
        closedFrame = frame
        // The common case: nothing to check but that nothing is left.
        if frame.resultCount == 0, frame.parameterCount == 0, operands.count == height { return popFrame() }
        try closeOperands(frame, offset)
        if frame.kind == .if {
            // No else: the parameters must be the results.
            guard frame.parameterCount == frame.resultCount else { throw invalid("type mismatch", offset) }
            for index in 0..<Int(frame.resultCount) {
                guard module.isSubtype(frame.parameter(index), of: frame.result(index)) else {
                    throw mismatch(frame.result(index), frame.parameter(index), offset)
                }
            }
        }
        popFrame()
        guard frames.count > 0 else { return }
        try expect(Int(frame.resultCount), offset)
        for index in 0..<Int(frame.resultCount) { try push(frame.result(index), offset) }
    }

    // MARK: Branches

    /// The frame a label names.
    mutating func target(_ label: UInt32, _ offset: UInt32) throws(WasmError) -> ControlFrame {
        guard Int(label) < frames.count else { throw unknown("unknown label", label, offset) }
        return frames.base[frames.count &- 1 &- Int(label)]
    }

    mutating func popLabel(_ frame: ControlFrame, count: Int, _ offset: UInt32) throws(WasmError) {
        var index = count
        while index > 0 {
            index &-= 1
            try pop(frame.label(index), offset)
        }
    }

    mutating func pushLabel(_ frame: ControlFrame, count: Int, _ offset: UInt32) throws(WasmError) {
        try expect(count, offset)
        for index in 0..<count { try push(frame.label(index), offset) }
    }

    @inline(never) mutating func branch(_ instruction: inout Instruction) throws(WasmError) {
        let frame = try target(instruction.index, instruction.offset)
        try popLabel(frame, count: frame.labelCount, instruction.offset)
        setUnreachable()
    }

    @inline(never) mutating func branchIf(_ instruction: inout Instruction) throws(WasmError) {
        try pop(.i32, instruction.offset)
        let frame = try target(instruction.index, instruction.offset)
        let count = frame.labelCount
        if count == 0 { return }
        try popLabel(frame, count: count, instruction.offset)
        try pushLabel(frame, count: count, instruction.offset)
    }

    @inline(never) mutating func branchTable(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        try pop(.i32, offset)
        var previous: UInt32?
        var commonArity: Int?
        for label in instruction.branchTargets where label != previous {
            previous = label
            let frame = try target(label, offset)
            let arity = commonArity ?? frame.labelCount
            guard frame.labelCount == arity else { throw invalid("type mismatch", offset) }
            commonArity = arity
            // Each target looks at the same operands; none takes them.
            for index in 0..<arity {
                let position = operands.count - arity + index
                let expected = frame.label(index)
                if position < height {
                    guard isDead else { throw mismatch(expected, nil, offset) }
                } else if !module.isSubtype(operands.base[position], of: expected) {
                    throw mismatch(expected, operands.base[position], offset)
                }
            }
        }
        setUnreachable()
    }

    mutating func branchOnNull(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        let type = try popReference(offset)
        let frame = try target(instruction.index, offset)
        try popLabel(frame, count: frame.labelCount, offset)
        try pushLabel(frame, count: frame.labelCount, offset)
        try push(type == .unknown ? ValueType(nullable: false, .bottom) : type.nonNull, offset)
    }

    mutating func branchOnNonNull(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        let type = try popReference(offset)
        let frame = try target(instruction.index, offset)
        let count = frame.labelCount
        guard count > 0, frame.label(count - 1).isReference else { throw invalid("type mismatch", offset) }
        let expected = frame.label(count - 1)
        if type != .unknown, !module.isSubtype(type.nonNull, of: expected) { throw mismatch(expected, type, offset) }
        try popLabel(frame, count: count - 1, offset)
        try pushLabel(frame, count: count - 1, offset)
    }

    @inline(never) mutating func returnFromFunction(_ offset: UInt32) throws(WasmError) {
        let frame = frames.base[0]
        var index = Int(frame.resultCount)
        while index > 0 {
            index &-= 1
            try pop(frame.result(index), offset)
        }
        setUnreachable()
    }

    // MARK: Calls

    mutating func call(_ signature: Signature, isTail: Bool, _ offset: UInt32) throws(WasmError) {
        try pop(signature.parameters, offset)
        guard isTail else {
            try push(signature.results, offset)
            return
        }
        let frame = frames.base[0]
        guard frame.resultCount == signature.resultCount else { throw invalid("type mismatch", offset) }
        for index in 0..<Int(frame.resultCount) where !module.isSubtype(signature.results[index], of: frame.result(index)) {
            throw mismatch(frame.result(index), signature.results[index], offset)
        }
        setUnreachable()
    }

    @inline(never) mutating func callDirect(_ instruction: inout Instruction, isTail: Bool) throws(WasmError) {
        guard Int(instruction.index) < functionCount else { throw unknown("unknown function", instruction.index, instruction.offset) }
        try call(module.signatures[Int(functions[Int(instruction.index)])], isTail: isTail, instruction.offset)
    }

    @inline(never) mutating func callIndirect(_ instruction: inout Instruction, isTail: Bool) throws(WasmError) {
        let offset = instruction.offset
        let table = try self.table(instruction.secondIndex, offset)
        guard module.isSubtype(table.element, of: .funcref) else { throw mismatch(.funcref, table.element, offset) }
        guard let signature = module.signature(ofType: instruction.index) else { throw unknown("unknown type", instruction.index, offset) }
        try pop(table.addressType, offset)
        try call(signature, isTail: isTail, offset)
    }

    @inline(never) mutating func callReference(_ instruction: inout Instruction, isTail: Bool) throws(WasmError) {
        guard let signature = module.signature(ofType: instruction.index) else {
            throw unknown("unknown type", instruction.index, instruction.offset)
        }
        try pop(ValueType(nullable: true, .index(instruction.index)), instruction.offset)
        try call(signature, isTail: isTail, instruction.offset)
    }

    // MARK: Exceptions

    private mutating func tag(_ index: UInt32, _ offset: UInt32) throws(WasmError) -> Signature {
        guard Int(index) < module.tags.count else { throw unknown("unknown tag", index, offset) }
        return module.signatures[Int(module.tags[Int(index)].typeIndex)]
    }

    @inline(never) mutating func throwException(_ instruction: inout Instruction) throws(WasmError) {
        try pop(try tag(instruction.index, instruction.offset).parameters, instruction.offset)
        setUnreachable()
    }

    @inline(never) mutating func throwReference(_ offset: UInt32) throws(WasmError) {
        try pop(.exnref, offset)
        setUnreachable()
    }

    @inline(never) mutating func tryTable(_ instruction: inout Instruction) throws(WasmError) {
        let offset = instruction.offset
        for clause in instruction.catchClauses {
            // Labels are counted from outside the block.
            let frame = try target(clause.label, offset)
            var parameterCount = 0
            if clause.hasTag {
                let parameters = try tag(clause.tag, offset).parameters
                parameterCount = parameters.count
                guard parameterCount + (clause.pushesReference ? 1 : 0) == frame.labelCount else { throw invalid("type mismatch", offset) }
                for index in 0..<parameterCount where !module.isSubtype(parameters[index], of: frame.label(index)) {
                    throw mismatch(frame.label(index), parameters[index], offset)
                }
            }
            guard parameterCount + (clause.pushesReference ? 1 : 0) == frame.labelCount else { throw invalid("type mismatch", offset) }
            let exception = ValueType(nullable: false, .exn)
            if clause.pushesReference, !module.isSubtype(exception, of: frame.label(parameterCount)) {
                throw mismatch(frame.label(parameterCount), exception, offset)
            }
        }
        try open(.tryTable, &instruction)
    }

    @inline(never) mutating func legacyCatch(_ instruction: inout Instruction) throws(WasmError) {
        let kind = frames.base[frames.count - 1].kind
        guard kind == .legacyTry || kind == .legacyCatch else {
            throw WasmError(.malformed, at: Int(instruction.offset), "catch without try")
        }
        let parameters = try tag(instruction.index, instruction.offset).parameters
        _ = try restart(.legacyCatch, instruction.offset)
        try push(parameters, instruction.offset)
    }

    @inline(never) mutating func legacyCatchAll(_ offset: UInt32) throws(WasmError) {
        let kind = frames.base[frames.count - 1].kind
        guard kind == .legacyTry || kind == .legacyCatch else { throw WasmError(.malformed, at: Int(offset), "catch_all without try") }
        _ = try restart(.legacyCatchAll, offset)
    }

    @inline(never) mutating func legacyDelegate(_ instruction: inout Instruction) throws(WasmError) {
        guard frames.base[frames.count - 1].kind == .legacyTry else {
            throw WasmError(.malformed, at: Int(instruction.offset), "delegate without try")
        }
        // The label is counted from outside the try.
        guard Int(instruction.index) < frames.count - 1 else {
            throw unknown("unknown label", instruction.index, instruction.offset)
        }
        try endBlock(instruction.offset)
    }

    @inline(never) mutating func legacyRethrow(_ instruction: inout Instruction) throws(WasmError) {
        let kind = try target(instruction.index, instruction.offset).kind
        guard kind == .legacyCatch || kind == .legacyCatchAll else { throw invalid("invalid rethrow label", instruction.offset) }
        setUnreachable()
    }
}
