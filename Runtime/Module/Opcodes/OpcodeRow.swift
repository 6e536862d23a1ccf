// What is known about one instruction, taken from the generated tables. Specification chapters 2.4, 3.4 and 5.4.

/// The proposal that brought an instruction; also the bit of `Features` that switches it.
@frozen public enum Proposal: UInt8, Sendable {
    case core, signExtension, saturatingConversions, bulkMemory, referenceTypes, simd, relaxedSIMD, tailCalls, functionReferences
    case exceptions, legacyExceptions, garbageCollection
}

/// What follows an instruction's bytes. The fields of `Instruction` that carry it are named.
@frozen public enum ImmediateKind: UInt8, Sendable {
    case none
    /// A block type: `Instruction.blockType`.
    case block
    /// A label: `index`.
    case label
    /// `br_table`: `index` targets before the default, all read with `Instruction.branchTargets`.
    case labels
    /// An index: `index`.
    case function, type
    /// `call_indirect`: type in `index`, table in `secondIndex`.
    case typeTable
    case table, local, global, tag
    /// `select` with types: `index` is their count, `selectType` the one there may be.
    case types
    /// `try_table`: block type in `blockType`, clauses in `catchClauses`.
    case tryTable
    /// Alignment exponent in `alignment`, offset in `bits`, memory in `index`.
    case memoryArgument
    /// As `memoryArgument`, and a lane in `lane`.
    case memoryArgumentLane
    case memory
    /// `memory.copy`: destination in `index`, source in `secondIndex`.
    case memoryMemory
    case data
    /// `memory.init`: data segment in `index`, memory in `secondIndex`.
    case dataMemory
    case element
    /// `table.init`: element segment in `index`, table in `secondIndex`.
    case elementTable
    /// `table.copy`: destination in `index`, source in `secondIndex`.
    case tableTable
    /// Constants: sign-extended or zero-extended bits in `bits`; v128 low half in `bits`, high half in `highBits`.
    case i32, i64, f32, f64, v128
    /// A lane: `lane`.
    case lane
    /// Sixteen lanes, the first in the lowest byte of `bits`, the ninth in the lowest byte of `highBits`.
    case shuffle
    /// A heap type: `heapType`.
    case heapType
    /// `struct.get`: type in `index`, field in `secondIndex`.
    case typeField
    /// `array.new_fixed`: type in `index`, count in `secondIndex`.
    case typeCount
    case typeData, typeElement
    /// `array.copy`: destination's type in `index`, source's in `secondIndex`.
    case typeType
    /// `br_on_cast`: label in `index`, source type in `bits`, target type in `highBits` (`ValueType` raw values).
    case castBranch
}

/// How the validator treats an instruction.
@frozen public enum OpcodeShape: UInt8, Sendable {
    /// Operands and results of fixed types are all there is.
    case simple
    /// A memory access with one address operand; `alignment` is the natural one.
    case load, store, loadLane, storeLane
    /// A case of its own.
    case structural
}

/// How the common case of a one-byte instruction is read and validated at once. The generator knows these names.
enum PlainForm: UInt8 {
    /// There is none.
    case none
    case localGet, localSet, localTee, constant
    /// One result, and one or two operands, of one type: without an immediate.
    case unary, binary
    case load, store, drop
    /// A case of its own, of which only the reading is common: without immediate, with one index, with a block type.
    case bare, indexed, block
}

/// The family an instruction belongs to in chapters 2.4, 3.4 and 4.6 of the specification.
@frozen public enum OpcodeSection: UInt8, Sendable {
    case control, parametric, variable, table, memory, reference, aggregate, numeric, vector
}

/// One row of the opcode table, unpacked on demand from static data.
@frozen public struct OpcodeRow: Sendable {
    /// The instruction.
    public let opcode: Opcode
    @usableFromInline let signature: UInt64
    @usableFromInline let identity: UInt64

    /// The row of an instruction.
    public init(_ opcode: Opcode) {
        self.opcode = opcode
        signature = opcodeSignatureWords[Int(opcode.rawValue)]
        identity = opcodeIdentityWords[Int(opcode.rawValue)]
    }

    /// 0, or the byte before the number: 0xFB, 0xFC, 0xFD.
    public var prefix: UInt8 { UInt8(truncatingIfNeeded: identity) }
    /// The byte, or the number after the prefix (LEB128 in the binary format).
    public var number: UInt16 { UInt16(truncatingIfNeeded: identity >> 8) }
    /// The name in the text format, ASCII, static.
    public var nameBytes: UnsafeBufferPointer<UInt8> {
        let offset = Int(identity >> 24 & 0xFFFF)
        return UnsafeBufferPointer(start: opcodeNames.utf8Start + offset, count: Int(identity >> 40 & 0xFF))
    }
    /// The name in the text format.
    public var name: String { String(decoding: nameBytes, as: UTF8.self) }
    /// What follows the number.
    public var immediate: ImmediateKind { ImmediateKind(rawValue: UInt8(truncatingIfNeeded: signature >> 32))! }
    /// The proposal that brought it.
    public var proposal: Proposal { Proposal(rawValue: UInt8(truncatingIfNeeded: signature >> 40))! }
    /// How the validator treats it.
    public var shape: OpcodeShape { OpcodeShape(rawValue: UInt8(truncatingIfNeeded: signature >> 48))! }
    /// Its family in the specification.
    public var section: OpcodeSection { OpcodeSection(rawValue: UInt8(truncatingIfNeeded: identity >> 48))! }
    /// Exponent of the natural alignment; memory accesses only.
    public var naturalAlignment: Int { Int(signature >> 56) }
    /// How many bytes a memory access touches.
    public var accessByteCount: Int { 1 << naturalAlignment }
    /// How many lanes the vector shape has; lane instructions only.
    public var laneCount: Int {
        switch immediate {
        case .memoryArgumentLane: return 16 >> naturalAlignment
        default: return Int(signature >> 56)
        }
    }
    /// Whether it computes with, loads, stores or makes floating-point numbers.
    public var usesFloatingPoint: Bool { identity >> 56 & 1 != 0 }
    /// How many operands of fixed type there are. A memory access's address is not among them; structural rows say 0.
    public var operandCount: Int { Int(signature >> 24 & 15) }
    /// How many results of fixed type there are.
    public var resultCount: Int { Int(signature >> 28 & 15) }
    /// The type of an operand; 0 is the deepest.
    public func operand(_ index: Int) -> ValueType {
        ValueType(rawValue: UInt32(truncatingIfNeeded: signature >> (4 * UInt64(index)) & 15))
    }
    /// The type of a result.
    public func result(_ index: Int) -> ValueType {
        ValueType(rawValue: UInt32(truncatingIfNeeded: signature >> (16 + 4 * UInt64(index)) & 15))
    }
}

extension Opcode {
    /// The row of this instruction.
    public var row: OpcodeRow { OpcodeRow(self) }

    /// The rows of all instructions, in the order of the binary format. Allocates; for tests and tools.
    public static var allRows: [OpcodeRow] { allCases.map { OpcodeRow($0) } }

    /// The instruction of a byte (`prefix` 0) or of a number after a prefix byte; nil where there is none.
    public init?(prefix: UInt8, number: UInt32) {
        let raw = OpcodeMap.number(prefix: prefix, number: number)
        guard raw != OpcodeMap.none else { return nil }
        self = OpcodeMap.opcode(raw)
    }
}

/// From bytes to instructions: where each prefix's part of the generated map lies.
@usableFromInline enum OpcodeMap {
    @usableFromInline static let none: UInt16 = 0xFFFF
    static let counts: (plain: UInt32, fb: UInt32, fc: UInt32, fd: UInt32) = (256, 32, 32, 288)

    static func number(prefix: UInt8, number: UInt32) -> UInt16 {
        switch prefix {
        case 0: return number < 256 ? opcodeNumbers[Int(number)] : none
        case 0xFB: return number < 32 ? opcodeNumbers[256 + Int(number)] : none
        case 0xFC: return number < 32 ? opcodeNumbers[288 + Int(number)] : none
        case 0xFD: return number < 288 ? opcodeNumbers[320 + Int(number)] : none
        default: return none
        }
    }

    /// SAFETY: `Opcode` is dense from 0, so that its bits are its raw value; `raw` comes from the generated map.
    @inline(__always) static func opcode(_ raw: UInt16) -> Opcode {
        unsafeBitCast(raw, to: Opcode.self)
    }
}
