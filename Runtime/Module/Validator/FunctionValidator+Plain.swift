// The common case of an instruction, nine of ten, read and validated at once: one byte, and no immediate or one of a byte or two; operands of
// exactly the types, accesses of a plain memory, locals that have a value. Specification 3.4 and 5.4.

import Containers

/// What became of an instruction.
public enum PlainStep: UInt8, Sendable {
    /// It is not read: its case is another.
    case unread
    /// It is read, but not validated.
    case read
    /// It is read and validated.
    case validated
}

extension FunctionValidator {
    /// Reads and validates the next instruction. Throws at the end of the stretch.
    @inline(__always) public mutating func next(_ reader: inout InstructionReader, _ instruction: inout Instruction) throws(WasmError) {
        let step = nextPlainly(&reader, &instruction)
        if step == .validated { return }
        if step == .read { return try structural(&instruction) }
        try reader.next(&instruction)
        try validate(&instruction)
    }

    /// Reads and validates the next instruction in the common case; when it is `unread` nothing but `instruction` has changed. It calls nothing,
    /// so it saves no registers.
    @export(interface) @inline(never)
    public mutating func nextPlainly(_ reader: inout InstructionReader, _ instruction: inout Instruction) -> PlainStep {
        let cursor = reader.bytes.cursor
        guard cursor < reader.plainEnd else { return .unread }
        let word = plainWords[Int(cursor.pointee)]
        let second = cursor[1]
        instruction.opcode = PlainWord.opcode(word)
        instruction.offset = UInt32(truncatingIfNeeded: cursor - reader.bytes.start)
        let top = operands.count
        let last = operands.base + (top &- 1)
        var byteCount = 2
        switch PlainWord.form(word) {
        case .none: return .unread
        case .localGet:
            guard Int(second) < plainLocalCount, top < operands.capacity else { return .unread }
            operands.appendReserved(localTypes.base[Int(second)])
            instruction.index = UInt32(second)
        case .localSet:
            guard Int(second) < plainLocalCount, top > height, last.pointee == localTypes.base[Int(second)] else { return .unread }
            operands.truncate(to: top &- 1)
            instruction.index = UInt32(second)
        case .localTee:
            guard Int(second) < plainLocalCount, top > height, last.pointee == localTypes.base[Int(second)] else { return .unread }
            instruction.index = UInt32(second)
        case .constant:
            guard top < operands.capacity else { return .unread }
            var bits = (Int64(second) &<< 57) &>> 57
            if second >= 0x80 {
                let third = cursor[2]
                guard third < 0x80 else { return .unread }
                bits = (Int64(third) &<< 57) &>> 50 | Int64(second & 0x7F)
                byteCount = 3
            }
            operands.appendReserved(PlainWord.result(word))
            // Of an i32 the upper half is zero.
            instruction.bits = UInt64(bitPattern: bits) & (PlainWord.result(word) == .i32 ? 0xFFFF_FFFF : UInt64.max)
        case .unary:
            guard top > height, last.pointee == PlainWord.last(word) else { return .unread }
            last.pointee = PlainWord.result(word)
            byteCount = 1
        case .binary:
            guard top &- 1 > height, last.pointee == PlainWord.last(word), (last - 1).pointee == PlainWord.last(word) else {
                return .unread
            }
            (last - 1).pointee = PlainWord.result(word)
            operands.truncate(to: top &- 1)
            byteCount = 1
        case .load:
            guard isPlain(second, word), top > height, last.pointee == .i32 else { return .unread }
            byteCount = readOffset(cursor, &instruction)
            guard byteCount > 0 else { return .unread }
            last.pointee = PlainWord.result(word)
        case .store:
            guard isPlain(second, word), top &- 1 > height, last.pointee == PlainWord.last(word), (last - 1).pointee == .i32 else {
                return .unread
            }
            byteCount = readOffset(cursor, &instruction)
            guard byteCount > 0 else { return .unread }
            operands.truncate(to: top &- 2)
        case .drop:
            guard top > height else { return .unread }
            operands.truncate(to: top &- 1)
            byteCount = 1
        case .bare:
            reader.bytes.cursor = cursor + 1
            return .read
        case .block:
            guard second == TypeCode.emptyBlock else { return .unread }
            instruction.bits = 0
            reader.bytes.cursor = cursor + 2
            return .read
        case .indexed:
            var index = UInt32(second)
            if second >= 0x80 {
                let third = cursor[2]
                guard third < 0x80 else { return .unread }
                index = UInt32(third) &<< 7 | UInt32(second & 0x7F)
                byteCount = 3
            }
            instruction.index = index
            reader.bytes.cursor = cursor + byteCount
            return .read
        }
        reader.bytes.cursor = cursor + byteCount
        return .validated
    }

    /// Whether the flags of an access are those of the one common memory, with an alignment that is right.
    @inline(__always) private mutating func isPlain(_ flags: UInt8, _ word: UInt64) -> Bool {
        hasPlainMemory && flags <= PlainWord.alignment(word)
    }

    /// Reads the offset of an access of the first memory, of at most two bytes: the bytes of the instruction; 0 when it is longer.
    @inline(__always) private mutating func readOffset(_ cursor: UnsafePointer<UInt8>, _ instruction: inout Instruction) -> Int {
        instruction.alignment = cursor[1]
        instruction.index = 0
        let third = cursor[2]
        instruction.bits = UInt64(third)
        guard third >= 0x80 else { return 3 }
        let fourth = cursor[3]
        instruction.bits = UInt64(fourth) &<< 7 | UInt64(third & 0x7F)
        return fourth < 0x80 ? 4 : 0
    }
}

/// What `opcodePlainWords` says of a byte.
private enum PlainWord {
    // SAFETY: the table holds raw values of `PlainForm`, which is dense from 0.
    @inline(__always) static func form(_ word: UInt64) -> PlainForm { unsafeBitCast(UInt8(truncatingIfNeeded: word), to: PlainForm.self) }
    /// The exponent of the natural alignment, far below the flags of other memories.
    @inline(__always) static func alignment(_ word: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> 8) }
    @inline(__always) static func result(_ word: UInt64) -> ValueType { ValueType(rawValue: UInt32(truncatingIfNeeded: word >> 16 & 15)) }
    /// The type of the last operand; of two both have it, unless the first is an address.
    @inline(__always) static func last(_ word: UInt64) -> ValueType { ValueType(rawValue: UInt32(truncatingIfNeeded: word >> 20 & 15)) }
    @inline(__always) static func opcode(_ word: UInt64) -> Opcode { OpcodeMap.opcode(UInt16(truncatingIfNeeded: word >> 32)) }
}
