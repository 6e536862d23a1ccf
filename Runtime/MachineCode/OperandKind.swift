// Operands in a word: which bits they are, what fits, what they mean. The one place that scatters immediates and gathers them again.
// The RISC-V Instruction Set Manual, volume I, "Immediate Encoding Variants".

/// What kind of thing an operand names.
@frozen public enum OperandClass: UInt8, Sendable {
    case integerRegister, floatRegister, roundingMode
    /// A number: the operand's value.
    case immediate
}

extension OperandKind {
    /// What kind of thing it names.
    public var operandClass: OperandClass {
        switch self {
        case .integerRd, .integerRs1, .integerRs2: .integerRegister
        case .floatRd, .floatRs1, .floatRs2, .floatRs3: .floatRegister
        case .rounding: .roundingMode
        case .signed12, .store12, .branch13, .upper20, .jump21, .shift6, .shift5: .immediate
        }
    }

    /// The smallest value: of a register or a mode its number, of an immediate its meaning, in bytes where it is a distance.
    @inlinable public var lowest: Int {
        @inline(__always) get {
            switch self {
            case .signed12, .store12: -1 << 11
            case .branch13: -1 << 12
            case .jump21: -1 << 20
            default: 0
            }
        }
    }

    /// The largest value; distances are even.
    @inlinable public var highest: Int {
        @inline(__always) get {
            switch self {
            case .integerRd, .integerRs1, .integerRs2, .floatRd, .floatRs1, .floatRs2, .floatRs3, .shift5: 31
            case .rounding: 7
            case .signed12, .store12: 1 << 11 - 1
            case .branch13: 1 << 12 - 2
            case .upper20: 1 << 20 - 1
            case .jump21: 1 << 20 - 2
            case .shift6: 63
            }
        }
    }

    /// The step between values: 2 for distances.
    @inlinable public var step: Int {
        @inline(__always) get { self == .branch13 || self == .jump21 ? 2 : 1 }
    }

    /// Whether an instruction can hold the value. Whoever adds an instruction asks first where it may be otherwise.
    @inlinable @inline(__always) public func fits(_ value: Int) -> Bool {
        value >= lowest && value <= highest && value & (step &- 1) == 0
    }

    /// The operand's bits in a word; of a value that does not fit, those of its low bits.
    @inlinable @inline(__always) public func bits(_ value: Int) -> UInt32 {
        let number = UInt32(truncatingIfNeeded: value)
        switch self {
        case .integerRd, .floatRd: return (number & 31) << 7
        case .integerRs1, .floatRs1: return (number & 31) << 15
        case .integerRs2, .floatRs2, .shift5: return (number & 31) << 20
        case .floatRs3: return number << 27
        case .rounding: return (number & 7) << 12
        case .signed12: return number << 20
        case .store12: return (number & 0xFE0) << 20 | (number & 31) << 7
        case .branch13:
            return (number & 0x1000) << 19 | (number & 0x7E0) << 20 | (number & 0x1E) << 7 | (number & 0x800) >> 4
        case .upper20: return number << 12
        case .jump21:
            return (number & 0x10_0000) << 11 | (number & 0x7FE) << 20 | (number & 0x800) << 9 | number & 0xF_F000
        case .shift6: return (number & 63) << 20
        }
    }

    /// The operand's value in a word.
    @inlinable public func value(in word: UInt32) -> Int {
        let signed = Int(Int32(bitPattern: word))
        let number = Int(word)
        switch self {
        case .integerRd, .floatRd: return number >> 7 & 31
        case .integerRs1, .floatRs1: return number >> 15 & 31
        case .integerRs2, .floatRs2, .shift5: return number >> 20 & 31
        case .floatRs3: return number >> 27 & 31
        case .rounding: return number >> 12 & 7
        case .signed12: return signed >> 20
        case .store12: return signed >> 20 & ~31 | number >> 7 & 31
        case .branch13: return signed >> 19 & ~0xFFF | number >> 20 & 0x7E0 | number >> 7 & 0x1E | number << 4 & 0x800
        case .upper20: return number >> 12
        case .jump21: return signed >> 11 & ~0xF_FFFF | number & 0xF_F000 | number >> 9 & 0x800 | number >> 20 & 0x7FE
        case .shift6: return number >> 20 & 63
        }
    }
}
