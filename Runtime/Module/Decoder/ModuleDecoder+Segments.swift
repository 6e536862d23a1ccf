// Element and data segments, and constant expressions. Specification 5.5.12, 5.5.14, 3.4.15, 3.5.

import Containers

extension ModuleDecoder {
    mutating func elementSection() throws(WasmError) {
        let count = try reader.count(limit: limits.elementSegments, "too many element segments")
        image.elementSegments.reserveCapacity(count)
        for _ in 0..<count {
            let at = reader.offset
            // Bit 0: passive or declarative; bit 1: explicit table, or declarative; bit 2: expressions instead of indices.
            let flags = try reader.u32()
            guard flags < 8 else { throw WasmError(.malformed, at: at, "malformed elements segment kind") }
            let isExpressions = flags & 4 != 0
            var mode = flags & 2 != 0 ? SegmentMode.declarative : SegmentMode.passive
            var table: UInt32?
            if flags & 1 == 0 {
                let index = flags & 2 != 0 ? try reader.u32() : 0
                guard Int(index) < image.tables.count else { throw WasmError(.invalid, at: at, "unknown table", .number, UInt64(index)) }
                mode = .active(index: index, offset: try constantExpression(image.tables[Int(index)].type.addressType))
                table = index
            }
            // Function indices are never null; without an explicit type expressions are `funcref`.
            var type = isExpressions ? ValueType.funcref : ValueType(nullable: false, .func)
            if flags & 3 != 0 {
                let typeOffset = reader.offset
                if isExpressions {
                    type = try checked(try reader.referenceType(), at: typeOffset)
                } else if try reader.byte() != 0 {
                    throw WasmError(.malformed, at: typeOffset, "malformed element kind")
                }
            }
            if let table {
                let expected = image.tables[Int(table)].type.element
                guard image.isSubtype(type, of: expected) else {
                    throw WasmError(.invalid, at: at, "type mismatch", .types, UInt64(expected.rawValue), UInt64(type.rawValue))
                }
            }
            let itemCount = try reader.length()
            let start = reader.offset
            for _ in 0..<itemCount {
                if isExpressions {
                    _ = try constantExpression(type)
                } else {
                    image.declaredFunctions[Int(try functionIndex())] = true
                }
            }
            let items = ByteRange(offset: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: reader.offset - start))
            image.elementSegments.append(
                ElementSegment(
                    mode: mode, type: type, count: UInt32(truncatingIfNeeded: itemCount), isExpressions: isExpressions, items: items))
        }
    }

    mutating func dataSection() throws(WasmError) {
        let at = reader.offset
        let count = try reader.count(limit: limits.dataSegments, "too many data segments")
        if let declared = image.dataCount, Int(declared) != count {
            throw WasmError(.malformed, at: at, "data count and data section have inconsistent lengths")
        }
        image.dataSegments.reserveCapacity(count)
        for _ in 0..<count {
            let at = reader.offset
            let flags = try reader.u32()
            guard flags < 3 else { throw WasmError(.malformed, at: at, "malformed data segment kind") }
            var mode = SegmentMode.passive
            if flags != 1 {
                let index = flags == 2 ? try reader.u32() : 0
                guard Int(index) < image.memories.count else {
                    throw WasmError(.invalid, at: at, "unknown memory", .number, UInt64(index))
                }
                mode = .active(index: index, offset: try constantExpression(image.memories[Int(index)].addressType))
            }
            image.dataSegments.append(DataSegment(mode: mode, bytes: try reader.vector()))
        }
    }

    /// Validates the constant expression at the cursor against a type and gives its range, the `end` included.
    mutating func constantExpression(_ expected: ValueType) throws(WasmError) -> ByteRange {
        let start = reader.offset
        operands.removeAll()
        var instructions = InstructionReader(image, reader, isConstant: true)
        // Form comes before validity: what never ends is malformed, whatever it begins with.
        try image.skipExpression(&reader)
        var instruction = Instruction()
        while true {
            try instructions.next(&instruction)
            if instruction.opcode == .end { break }
            try constantInstruction(instruction)
        }
        guard operands.count == 1, image.isSubtype(operands[0], of: expected) else {
            throw WasmError(
                .invalid, at: start, "type mismatch", .types, UInt64(expected.rawValue),
                UInt64(operands.count > 0 ? operands[operands.count - 1].rawValue : 0))
        }
        return ByteRange(offset: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: reader.offset - start))
    }

    private mutating func constantInstruction(_ instruction: Instruction) throws(WasmError) {
        let at = Int(instruction.offset)
        switch instruction.opcode {
        case .i32Const: try push(.i32, at)
        case .i64Const: try push(.i64, at)
        case .f32Const: try push(.f32, at)
        case .f64Const: try push(.f64, at)
        case .v128Const: try push(.v128, at)
        case .refNull: try push(try checked(ValueType(nullable: true, instruction.heapType), at: at), at)
        case .refFunc:
            guard Int(instruction.index) < image.functions.count else {
                throw WasmError(.invalid, at: at, "unknown function", .number, UInt64(instruction.index))
            }
            image.declaredFunctions[Int(instruction.index)] = true
            try push(ValueType(nullable: false, .index(image.functions[Int(instruction.index)])), at)
        case .globalGet:
            guard Int(instruction.index) < image.globals.count else {
                throw WasmError(.invalid, at: at, "unknown global", .number, UInt64(instruction.index))
            }
            let global = image.globals[Int(instruction.index)]
            // With extended constants a global may use those before it; before, only imported ones.
            let isVisible = Int(instruction.index) < image.importedGlobalCount || features.contains(.extendedConstants)
            guard isVisible else { throw WasmError(.invalid, at: at, "unknown global", .number, UInt64(instruction.index)) }
            guard !global.type.isMutable else { throw WasmError(.invalid, at: at, "constant expression required") }
            try push(global.type.value, at)
        case .i32Add, .i32Sub, .i32Mul, .i64Add, .i64Sub, .i64Mul:
            guard features.contains(.extendedConstants) else { throw WasmError(.invalid, at: at, "constant expression required") }
            let type = instruction.opcode.row.result(0)
            for _ in 0..<2 {
                let operand = operands.popLast()
                guard operand == type else {
                    throw WasmError(.invalid, at: at, "type mismatch", .types, UInt64(type.rawValue), UInt64(operand?.rawValue ?? 0))
                }
            }
            try push(type, at)
        default:
            throw WasmError(.invalid, at: at, "constant expression required", .opcode, UInt64(instruction.opcode.rawValue))
        }
    }

    private mutating func push(_ type: ValueType, _ offset: Int) throws(WasmError) {
        guard operands.append(type) else { throw WasmError(.outOfMemory, at: offset, "out of memory") }
    }
}
