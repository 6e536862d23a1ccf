// Every form: encoder, decoder and listing against each other and against llvm-mc.
import MachineCode
import Testing

@Suite struct FormTests {
    private var random = SeededBits(state: 20)

    /// Words that exercise every form at every boundary.
    private mutating func sampledInstructions() -> [Instruction] {
        InstructionForm.allCases.flatMap { $0.samples(rounds: 4, using: &random) }
    }

    @Test mutating func everyForm_decodesToWhatWasEncoded() {
        for form in InstructionForm.allCases {
            let operands = form.shape.operands
            for (index, operand) in operands.enumerated() {
                for value in operand.kind.samples {
                    var values = operands.map { $0.kind.samples.randomElement(using: &random)! }
                    values[index] = value
                    guard let instruction = form.instruction(values) else {
                        Issue.record("\(form.mnemonic) \(values) is refused")
                        continue
                    }
                    #expect(instruction.form == form)
                    #expect(operands.indices.map(instruction.operand) == values, "\(form.mnemonic) \(listing(instruction.word))")
                }
            }
        }
    }

    @Test func operands_coverEachBitOnce() {
        for form in InstructionForm.allCases {
            var covered = form.mask
            for operand in form.shape.operands {
                let kind = operand.kind
                let bits = kind.samples.reduce(0) { $0 | kind.bits($1) }
                #expect(covered & bits == 0, "\(form.mnemonic) \(kind)")
                covered |= bits
                for value in kind.samples { #expect(kind.value(in: kind.bits(value)) == value) }
            }
            #expect(covered == .max, "\(form.mnemonic)")
            #expect(form.match & ~form.mask == 0)
        }
    }

    @Test func operandOutsideItsRange_doesNotFit() {
        for kind in OperandKind.allCases {
            #expect(kind.fits(kind.lowest) && kind.fits(kind.highest), "\(kind)")
            #expect(!kind.fits(kind.lowest - kind.step) && !kind.fits(kind.highest + kind.step), "\(kind)")
            #expect(!kind.fits(.min) && !kind.fits(.max) && !kind.fits(1 << 32) && !kind.fits(-1 << 32), "\(kind)")
            if kind.step == 2 { #expect(!kind.fits(1) && !kind.fits(-1) && !kind.fits(kind.highest - 1), "\(kind)") }
        }
        #expect(Instruction(.addi, 10, 10, 2048) == nil && Instruction(.addi, 32, 10, 0) == nil)
        #expect(Instruction(.faddD, 0, 0, 0, 5) == nil && Instruction(.faddD, 0, 0, 0, 6) == nil && Instruction(.faddD, 0, 0, 0, 7) != nil)
    }

    @Test func wordsOfOthers_areNotKnown() {
        let others: [(UInt32, String)] = [
            (0, "zeros"), (.max, "ones"), (0x0000_0073, "ecall"), (0x0010_0073, "ebreak"), (0x3020_0073, "mret"), (0x1050_0073, "wfi"),
            (0x3000_2573, "csrr"), (0x1800_1073, "csrw"), (0x0FF0_000F, "fence"), (0x0000_100F, "fence.i"), (0x1005_252F, "lr.w"),
            (0x18B5_252F, "sc.w"), (0x00B5_252F, "amoadd.w"), (0x1200_0073, "sfence.vma"), (0x0000_4501, "c.li"), (0x0000_0001, "c.nop"),
            (0x0205_7507, "vector load"), (0x0200_101B | 1 << 25, "slliw by 32"), (0x0000_5053, "fadd.s with a reserved rounding mode"),
            (0x0000_6053, "fadd.s with a reserved rounding mode"), (0x0000_0017 & ~2, "no 32-bit word"),
        ]
        for (word, name) in others {
            #expect(InstructionForm.of(word) == nil, "\(name)")
            #expect(listing(word) == ".word 0x" + String(word, radix: 16), "\(name)")
        }
    }

    @Test func listing_isWhatAnAssemblerReads() {
        #expect(listing(ImmediateForm.addi.word(.a0, .a0, -16)) == "addi a0, a0, -16")
        #expect(listing(LoadForm.ld.word(.t0, .a1, offset: 8)) == "ld t0, 8(a1)")
        #expect(listing(FloatStoreForm.fsd.word(.ft11, .sp, offset: -2048)) == "fsd ft11, -2048(sp)")
        #expect(listing(FloatArithmeticForm.faddD.word(.fa0, .fa1, .fa2, .dyn)) == "fadd.d fa0, fa1, fa2, dyn")
        #expect(listing(FloatToIntegerForm.fcvtWD.word(.a0, .fa0, .rtz)) == "fcvt.w.d a0, fa0, rtz")
        #expect(listing(JumpRegisterForm.jalr.word(.ra, .t6, offset: 0)) == "jalr ra, 0(t6)")
        #expect(listing(BranchForm.bgeu.word(.zero, .s11, offset: -4096)) == "bgeu zero, s11, -4096")
        #expect(listing(UpperForm.lui.word(.tp, 0xF_FFFF)) == "lui tp, 1048575")
        #expect(listing(ShiftForm.slliUw.word(.a0, .a1, 63)) == "slli.uw a0, a1, 63")
    }

    @Test(.enabled(if: ReferenceAssembler.path != nil, "no llvm-mc"))
    mutating func everyForm_isAssembledAndDisassembledAlikeByLLVM() throws {
        let words = sampledInstructions().map(\.word)
        let lines = words.map(listing)
        let assembled = try ReferenceAssembler.words(lines)
        try #require(assembled.count == words.count, "llvm-mc refused some of our text")
        let disassembled = try ReferenceAssembler.texts(words)
        var differences: [String] = []
        for index in words.indices where assembled[index] != words[index] || disassembled[index] != lines[index] {
            differences.append("\(lines[index]): \(assembled[index]), \(words[index]), \(disassembled[index] ?? "nothing")")
        }
        #expect(words.count > 50_000)
        #expect(differences.isEmpty, "\(differences.count) of \(words.count): \(differences.prefix(10))")
    }

    @Test(.enabled(if: ReferenceAssembler.path != nil, "no llvm-mc"))
    mutating func randomWords_areInstructionsWhereLLVMSaysSo() throws {
        // Half of them words of ours with a few bits turned, which are more often almost instructions.
        let ours = sampledInstructions().map(\.word)
        var words: [UInt32] = []
        for index in 0..<120_000 {
            var word = UInt32.random(in: .min ... .max, using: &random)
            if index & 1 == 0 {
                word = ours.randomElement(using: &random)!
                for _ in 0..<Int.random(in: 1...3, using: &random) { word ^= 1 << UInt32.random(in: 2...31, using: &random) }
            }
            words.append(word | 3)
        }
        let known = Set(InstructionForm.allCases.map(\.mnemonic))
        var differences: [String] = []
        var knownCount = 0
        for (word, text) in zip(words, try ReferenceAssembler.texts(words)) {
            let expected = text.flatMap { known.contains(String($0.prefix { $0 != " " })) ? $0 : nil }
            let found = Instruction(word).map { _ in listing(word) }
            if expected != found { differences.append("\(String(word, radix: 16)): \(found ?? "-"), LLVM \(expected ?? "-")") }
            if found != nil { knownCount += 1 }
        }
        #expect(knownCount > 20_000 && knownCount < 100_000)
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(10))")
    }
}
