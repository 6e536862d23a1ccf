// Instructions as text, as an assembler reads them: `addi a0, a0, -16`, `ld t0, 8(a1)`. No aliases: each word has one text.

import Containers

extension Array where Element == UInt8 {
    /// An instruction in the assembler's syntax. A distance is a number of bytes from the instruction.
    @export(interface) @inline(never)
    public mutating func append(_ instruction: Instruction) {
        append(contentsOf: instruction.form.mnemonicBytes)
        let shape = instruction.form.shape
        for index in 0..<shape.operandCount {
            let operand = shape.operand(index)
            append(operand.isBase ? "(" : index == 0 ? " " : ", ")
            let value = operand.kind.value(in: instruction.word)
            switch operand.kind.operandClass {
            case .integerRegister: append(contentsOf: IntegerRegister(number: value).nameBytes)
            case .floatRegister: append(contentsOf: FloatRegister(number: value).nameBytes)
            case .roundingMode: append(contentsOf: RoundingMode(number: value).nameBytes)
            case .immediate: append(decimal: value)
            }
            if operand.isBase { append(")") }
        }
    }

    /// A word as an instruction, or as data where it is none of this room's: `.word 0x73`.
    public mutating func append(machineWord word: UInt32) {
        if let instruction = Instruction(word) {
            append(instruction)
        } else {
            append(".word ")
            append(hexadecimal: UInt64(word))
        }
    }
}
