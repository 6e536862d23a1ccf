// What the tests of machine code share: operands at their boundaries, a seeded source of numbers, instructions of every form.
import MachineCode
import Testing

/// SplitMix64: the same sequence for the same seed, everywhere.
struct SeededBits: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension OperandKind {
    /// Values that an instruction can hold: every register and mode, of an immediate both ends, both sides of 0, and each single bit.
    var samples: [Int] {
        switch operandClass {
        case .integerRegister, .floatRegister: return Array(0...31)
        case .roundingMode: return (0...7).filter { RoundingMode(number: $0).isValid }
        case .immediate:
            var values = [lowest, lowest + step, -step, 0, step, highest - step, highest]
            var bit = 1
            while bit <= highest {
                values += [bit, -bit, bit - 1]
                bit *= 2
            }
            return Array(Set(values)).filter(fits).sorted()
        }
    }
}

extension InstructionShape {
    /// The operands in the assembler's order.
    var operands: [Operand] { (0..<operandCount).map(operand) }
}

extension InstructionForm {
    var mnemonic: String { String(decoding: mnemonicBytes, as: UTF8.self) }

    /// The instruction with the given operands, which must fit.
    func instruction(_ values: [Int]) -> Instruction? {
        let all = values + Array(repeating: 0, count: 5 - values.count)
        return Instruction(self, all[0], all[1], all[2], all[3], all[4])
    }

    /// Every sample of every operand, each with samples of the others that `random` chooses, `rounds` times.
    func samples(rounds: Int, using random: inout SeededBits) -> [Instruction] {
        let operands = shape.operands
        var result: [Instruction] = []
        for (index, operand) in operands.enumerated() {
            for value in operand.kind.samples {
                for _ in 0..<rounds {
                    var values = operands.map { $0.kind.samples.randomElement(using: &random)! }
                    values[index] = value
                    if let instruction = instruction(values) { result.append(instruction) }
                }
            }
        }
        return result
    }
}

/// The listing of a word.
func listing(_ word: UInt32) -> String {
    var text: [UInt8] = []
    text.append(machineWord: word)
    return String(decoding: text, as: UTF8.self)
}

/// `#expect` for conditions that ask values which cannot be copied.
func expect(_ condition: Bool, _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation) {
    if !condition { Issue.record("\(comment())", sourceLocation: sourceLocation) }
}
