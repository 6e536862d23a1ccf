// From a word back to an instruction, and what is known about one. Everything here is read from the generated table.

extension InstructionForm {
    /// The word whose operands are all 0.
    public var match: UInt32 { UInt32(truncatingIfNeeded: instructionBits[Int(rawValue)]) }
    /// The bits of a word that say which instruction it is.
    public var mask: UInt32 { UInt32(truncatingIfNeeded: instructionBits[Int(rawValue)] >> 32) }
    /// The assembler's name, ASCII, static.
    public var mnemonicBytes: UnsafeBufferPointer<UInt8> {
        let entry = instructionNames[Int(rawValue)]
        return UnsafeBufferPointer(start: instructionMnemonics.utf8Start + Int(entry & 0xFFFF), count: Int(entry >> 16 & 0xFF))
    }
    /// What its operands are.
    public var shape: InstructionShape { InstructionShape(rawValue: UInt8(truncatingIfNeeded: instructionNames[Int(rawValue)] >> 24))! }

    /// The form of a word, or nil where it is none of this room's: then it may still be an instruction.
    @export(interface) @inline(never)
    public static func of(_ word: UInt32) -> InstructionForm? {
        guard word & 3 == 3 else { return nil }
        let opcode = decoderOpcodes[Int(word >> 2 & 31)]
        guard opcode != 0 else { return nil }
        let field = word >> (opcode >> 8 & 31) & (1 << (opcode & 15) - 1)
        let place = decoderPlaces[Int(opcode >> 16 & 0x7FFF &+ field)]
        for candidate in Int(place >> 4)..<Int(place >> 4 &+ place & 15) {
            let number = decoderCandidates[candidate]
            let bits = instructionBits[Int(number)]
            guard (word ^ UInt32(truncatingIfNeeded: bits)) & UInt32(truncatingIfNeeded: bits >> 32) == 0 else { continue }
            let form = InstructionForm(rawValue: number)!
            return form.shape.hasRounding && !RoundingMode(number: OperandKind.rounding.value(in: word)).isValid ? nil : form
        }
        return nil
    }
}

/// An operand of a shape.
@frozen public struct Operand: Equatable, Sendable {
    /// Where it lies and what it is.
    public let kind: OperandKind
    /// Whether the assembler writes it in parentheses behind the operand before it: the base of an address.
    public let isBase: Bool
}

extension InstructionShape {
    /// How many operands there are, at most 5.
    public var operandCount: Int { (71 - shapeOperands[Int(rawValue)].leadingZeroBitCount) / 8 }

    /// The operand at `index` in the assembler's order; `index` is below `operandCount`.
    public func operand(_ index: Int) -> Operand {
        let entry = UInt8(truncatingIfNeeded: shapeOperands[Int(rawValue)] >> (8 * UInt64(index)))
        return Operand(kind: OperandKind(rawValue: entry & 0x7F - 1)!, isBase: entry & 0x80 != 0)
    }

    /// Whether an operand is a rounding mode.
    public var hasRounding: Bool {
        switch self {
        case .floatArithmetic, .floatFused, .floatUnary, .floatToInteger, .integerToFloat: true
        default: false
        }
    }
}

/// A word and which instruction it is.
@frozen public struct Instruction: Equatable, Sendable {
    /// Which instruction.
    public let form: InstructionForm
    /// The word itself, from which operands are read.
    public let word: UInt32

    /// The instruction of a word, or nil where it is none of this room's.
    public init?(_ word: UInt32) {
        guard let form = InstructionForm.of(word) else { return nil }
        self.form = form
        self.word = word
    }

    /// An instruction of a form with operands in the assembler's order: numbers of registers and modes, values of immediates. Nil where
    /// one does not fit or is reserved. Operands past the shape's are not looked at.
    public init?(_ form: InstructionForm, _ first: Int, _ second: Int = 0, _ third: Int = 0, _ fourth: Int = 0, _ fifth: Int = 0) {
        let values: [5 of Int] = [first, second, third, fourth, fifth]
        let shape = form.shape
        var word = form.match
        for index in 0..<shape.operandCount {
            let kind = shape.operand(index).kind
            guard kind.fits(values[index]) else { return nil }
            word |= kind.bits(values[index])
        }
        self.init(word)
    }

    /// The value of the operand at `index` in the assembler's order.
    public func operand(_ index: Int) -> Int { form.shape.operand(index).kind.value(in: word) }
}
