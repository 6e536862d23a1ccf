// The code buffer: words, labels near and far, and each reason to refuse.
import Containers
import MachineCode
import RefusingHeap
import Testing

@Suite struct BufferTests {
    /// Adds `count` instructions that do nothing.
    private func pad(_ code: inout MachineCodeBuffer, _ count: Int) {
        for _ in 0..<count { code.append(.addi, .zero, .zero, 0) }
    }

    @Test func words_stayAsTheBufferGrows_andItsMemoryIsKept() {
        var code = MachineCodeBuffer(byteLimit: 1 << 20)
        for round in 0..<2 {
            code.removeAll()
            expect(code.byteCount == 0 && code.bytes.isEmpty)
            for index in 0..<10_000 { code.append(word: UInt32(index + round)) }
            expect(code.finish())
            expect(code.wordCount == 10_000 && code.byteCount == 40_000 && code.bytes.count == 40_000)
            expect((0..<10_000).allSatisfy { code.word(at: $0) == UInt32($0 + round) })
        }
    }

    @Test(arguments: [Int.min, -1, 0, 3, 4, 7, 8, 4096, 4100, 1 << 20]) func limit_isRefusedAtTheNextWord(byteLimit: Int) {
        var code = MachineCodeBuffer(byteLimit: byteLimit)
        let count = max(0, byteLimit) / 4
        pad(&code, count)
        expect(!code.isRefused && code.wordCount == count)
        pad(&code, 1)
        expect(code.refusal == .limit && code.wordCount == count)
        pad(&code, 3)
        expect(code.wordCount == count && !code.finish())
        code.removeAll()
        expect(code.refusal == nil && code.wordCount == 0 && code.finish())
    }

    @Test func immediateThatDoesNotFit_isRefused_andTheFirstReasonStays() {
        let adders: [(inout MachineCodeBuffer) -> Void] = [
            { $0.append(.addi, .a0, .a0, 2048) }, { $0.append(.addi, .a0, .a0, -2049) }, { $0.append(.ld, .a0, .a0, offset: 2048) },
            { $0.append(.sd, .a0, .a0, offset: -2049) }, { $0.append(.fld, .fa0, .a0, offset: .max) },
            { $0.append(.fsw, .fa0, .a0, offset: .min) }, { $0.append(.jalr, .a0, .a0, offset: 2048) }, { $0.append(.slli, .a0, .a0, 64) },
            { $0.append(.slli, .a0, .a0, -1) }, { $0.append(.slliw, .a0, .a0, 32) }, { $0.append(.lui, .a0, 1 << 20) },
            { $0.append(.lui, .a0, -1) }, { $0.append(.beq, .a0, .a0, offset: 4096) }, { $0.append(.beq, .a0, .a0, offset: 3) },
            { $0.append(.jal, .a0, offset: 1 << 20) }, { $0.append(.jal, .a0, offset: 1) },
        ]
        for (index, add) in adders.enumerated() {
            var code = MachineCodeBuffer(byteLimit: 64)
            pad(&code, 2)
            add(&code)
            expect(code.refusal == .immediate && code.wordCount == 2, "\(index)")
            pad(&code, 100)
            expect(code.refusal == .immediate && code.wordCount == 2 && !code.finish(), "\(index)")
        }
    }

    @Test func everyShape_isAddedAsItIsWritten() {
        var code = MachineCodeBuffer(byteLimit: 4096)
        var expected: [String] = []
        func add(_ text: String, _ append: (inout MachineCodeBuffer) -> Void) {
            append(&code)
            expected.append(text)
        }
        add("sub t0, a1, s2") { $0.append(.sub, .t0, .a1, .s2) }
        add("xori t0, a1, -5") { $0.append(.xori, .t0, .a1, -5) }
        add("srai t0, a1, 63") { $0.append(.srai, .t0, .a1, 63) }
        add("sraiw t0, a1, 31") { $0.append(.sraiw, .t0, .a1, 31) }
        add("clz t0, a1") { $0.append(.clz, .t0, .a1) }
        add("lhu t0, -2048(a1)") { $0.append(.lhu, .t0, .a1, offset: -2048) }
        add("sh t0, 2047(a1)") { $0.append(.sh, .t0, .a1, offset: 2047) }
        add("bltu t0, a1, -4096") { $0.append(.bltu, .t0, .a1, offset: -4096) }
        add("auipc t0, 1048575") { $0.append(.auipc, .t0, 0xF_FFFF) }
        add("jal t0, 1048574") { $0.append(.jal, .t0, offset: 1_048_574) }
        add("jalr t0, -1(a1)") { $0.append(.jalr, .t0, .a1, offset: -1) }
        add("flw ft0, 4(a1)") { $0.append(.flw, .ft0, .a1, offset: 4) }
        add("fsd ft0, -8(a1)") { $0.append(.fsd, .ft0, .a1, offset: -8) }
        add("fdiv.s ft0, fa1, fs2, rup") { $0.append(.fdivS, .ft0, .fa1, .fs2, .rup) }
        add("fnmadd.d ft0, fa1, fs2, ft11, rmm") { $0.append(.fnmaddD, .ft0, .fa1, .fs2, .ft11, .rmm) }
        add("fsgnjx.d ft0, fa1, fs2") { $0.append(.fsgnjxD, .ft0, .fa1, .fs2) }
        add("fcvt.s.d ft0, fa1, rdn") { $0.append(.fcvtSD, .ft0, .fa1, .rdn) }
        add("fcvt.d.s ft0, fa1") { $0.append(.fcvtDS, .ft0, .fa1) }
        add("fle.s t0, fa1, fs2") { $0.append(.fleS, .t0, .fa1, .fs2) }
        add("fcvt.lu.d t0, fa1, rtz") { $0.append(.fcvtLuD, .t0, .fa1, .rtz) }
        add("fmv.x.d t0, fa1") { $0.append(.fmvXD, .t0, .fa1) }
        add("fcvt.s.lu ft0, a1, dyn") { $0.append(.fcvtSLu, .ft0, .a1, .dyn) }
        add("fmv.w.x ft0, a1") { $0.append(.fmvWX, .ft0, .a1) }
        expect(code.finish())
        let words = (0..<code.wordCount).map { code.word(at: $0) }
        #expect(words.map(listing) == expected)
        // One of each shape: a new shape is added here.
        #expect(Set(words.compactMap { Instruction($0)?.form.shape }) == Set(InstructionShape.allCases))
    }

    @Test func labelWithoutAPlace_orWithTwo_isRefused() {
        var code = MachineCodeBuffer(byteLimit: 1 << 20)
        let unused = code.makeLabel()
        pad(&code, 1)
        expect(code.finish() && code.byteOffset(of: unused) == nil)

        let missing = code.makeLabel()
        code.append(.jal, .zero, to: missing)
        expect(!code.finish() && code.refusal == .label)

        code.removeAll()
        let twice = code.makeBoundLabel()
        pad(&code, 1)
        code.bind(twice)
        expect(code.refusal == .label && !code.finish())

        // A label of before `removeAll` is none.
        code.removeAll()
        code.bind(missing)
        expect(code.refusal == .label)
        code.removeAll()
        code.append(.beq, .a0, .a0, to: missing)
        expect(!code.finish() && code.refusal == .label)
    }

    /// A branch to a label `distance` words away, with nothing else that refers: the number of words the branch took, and whether it arrives.
    private func branch(_ form: BranchForm, _ distance: Int) -> (wordCount: Int, arrives: Bool)? {
        var code = MachineCodeBuffer(byteLimit: 1 << 22)
        let label = code.makeLabel()
        if distance <= 0 { code.bind(label) }
        pad(&code, max(0, -distance))
        let place = code.position
        code.append(form, .a0, .a1, to: label)
        let behind = code.position
        pad(&code, max(0, distance - 1))
        if distance > 0 { code.bind(label) }
        pad(&code, 1)
        guard code.finish(), let target = code.byteOffset(of: label) else { return nil }
        let start = code.byteOffset(of: place)
        let count = (code.byteOffset(of: behind) - start) / 4
        let first = Instruction(code.word(at: start / 4))!
        guard count == 2 else { return (count, first.form == .beq && start + first.operand(2) == target) }
        let second = Instruction(code.word(at: start / 4 + 1))!
        return (count, first.form == .bne && first.operand(2) == 8 && second.form == .jal && start + 4 + second.operand(1) == target)
    }

    @Test func branch_takesTwoWordsWhereItDoesNotReach() {
        for distance in [-1023, -1000, -2, -1, 0, 1, 2, 3, 1000, 1022] {
            expect(branch(.beq, distance)! == (1, true), "\(distance)")
        }
        for distance in [-262_143, -100_000, -1026, -1025, 1025, 1026, 5000, 262_143] {
            expect(branch(.beq, distance)! == (2, true), "\(distance)")
        }
        // Between the two either is right.
        for distance in [-1024, 1023, 1024] { expect(branch(.beq, distance)!.arrives, "\(distance)") }
        expect(branch(.beq, 262_145) == nil && branch(.beq, -262_145) == nil)
    }

    @Test func jump_reachesOneMegabyte_andNotFarther() {
        for (distance, reaches) in [(262_143, true), (262_144, false), (-262_144, true), (-262_145, false)] {
            var code = MachineCodeBuffer(byteLimit: 1 << 22)
            let label = code.makeLabel()
            if distance < 0 { code.bind(label) }
            pad(&code, max(0, -distance))
            let place = code.position
            code.append(.jal, .ra, to: label)
            pad(&code, max(0, distance - 1))
            if distance > 0 { code.bind(label) }
            expect(code.finish() == reaches, "\(distance)")
            expect(code.refusal == (reaches ? nil : .distance))
            if reaches { expect(Instruction(code.word(at: code.byteOffset(of: place) / 4))!.operand(1) == distance * 4) }
        }
    }

    @Test func inverted_isTheOppositeCondition() {
        let pairs: [(BranchForm, BranchForm)] = [(.beq, .bne), (.blt, .bge), (.bltu, .bgeu)]
        for (one, other) in pairs { expect(one.inverted == other && other.inverted == one) }
    }

    /// Adds random instructions, each of which can be told from the others or refers to a label, and compares where everything is at the end.
    private func round(seed: UInt64, wordCount: Int) {
        var random = SeededBits(state: seed)
        var code = MachineCodeBuffer(byteLimit: 1 << 24)
        let labels = (0..<Int.random(in: 1...max(2, wordCount / 20), using: &random)).map { _ in code.makeLabel() }
        var unbound = labels
        var plain: [(MachineCodePosition, UInt32)] = []
        var references: [(MachineCodePosition, BranchForm?, MachineCodeLabel)] = []
        for index in 0..<wordCount {
            if !unbound.isEmpty, Int.random(in: 0..<(wordCount / labels.count + 1), using: &random) == 0 { code.bind(unbound.popLast()!) }
            let label = labels.randomElement(using: &random)!
            switch Int.random(in: 0..<8, using: &random) {
            case 0...1:
                let form: BranchForm = [.beq, .bne, .blt, .bge, .bltu, .bgeu].randomElement(using: &random)!
                references.append((code.position, form, label))
                code.append(form, .a3, .s7, to: label)
            case 2 where index & 3 == 0:
                references.append((code.position, nil, label))
                code.append(.jal, .t1, to: label)
            case 3 where index & 3 == 0:
                references.append((code.position, nil, label))
                code.loadAddress(.t2, of: label)
            default:
                plain.append((code.position, UpperForm.lui.word(.a0, index)))
                code.append(.lui, .a0, index)
            }
        }
        for label in unbound { code.bind(label) }
        expect(code.finish(), "seed \(seed)")
        expect(code.wordCount >= wordCount)
        func word(_ position: MachineCodePosition, _ further: Int = 0) -> Instruction {
            Instruction(code.word(at: code.byteOffset(of: position) / 4 + further))!
        }
        let moved = plain.filter { word($0.0).word != $0.1 }
        expect(moved.isEmpty, "seed \(seed): \(moved.count) words are not where their positions say")
        var wrong = 0
        for (position, form, label) in references {
            let start = code.byteOffset(of: position)
            let distance = code.byteOffset(of: label)! - start
            let first = word(position)
            var isRight: Bool
            switch first.form {
            case .jal: isRight = form == nil && first.operand(1) == distance
            case .auipc:
                let second = word(position, 1)
                let sum = Int(Int32(truncatingIfNeeded: first.operand(1) << 12)) + second.operand(2)
                isRight = form == nil && second.form == .addi && sum == distance
                isRight = isRight && [first.operand(0), second.operand(0), second.operand(1)] == [7, 7, 7]
            default:
                isRight = first.operand(0) == 13 && first.operand(1) == 23
                if first.form.match == form!.match, isRight {
                    isRight = first.operand(2) == distance
                } else {
                    let second = word(position, 1)
                    isRight = isRight && first.form.match == form!.inverted.match && first.operand(2) == 8
                    isRight = isRight && second.form == .jal && second.operand(0) == 0 && second.operand(1) + 4 == distance
                }
            }
            if !isRight { wrong += 1 }
        }
        expect(wrong == 0, "seed \(seed): \(wrong) of \(references.count) references")
    }

    @Test func randomCode_hasEverythingWhereLabelsAndPositionsSay() {
        for seed in 0..<300 { round(seed: UInt64(seed), wordCount: [3, 50, 900, 1100, 3000, 9000][seed % 6]) }
    }

    @Test func hundredThousandBranches_toOneLabel_areFinished() {
        var code = MachineCodeBuffer(byteLimit: 1 << 24)
        let label = code.makeLabel()
        for _ in 0..<100_000 { code.append(.bltu, .a0, .a1, to: label) }
        code.bind(label)
        expect(code.finish())
        // All but the last thousand or so grew.
        expect(code.wordCount > 198_900 && code.wordCount < 199_600)
        expect(code.byteOffset(of: label) == code.byteCount)
    }

    @Test func anyRefusalOfTheHeap_refusesTheCode() {
        var refused = 0
        while refused < 1000 {
            let (isWhole, isUsedUp) = RefusingHeap.granting(refused) {
                var code = MachineCodeBuffer(byteLimit: 1 << 24)
                let labels = [code.makeLabel(), code.makeLabel(), code.makeLabel()]
                for index in 0..<3000 {
                    code.append(.beq, .a0, .a1, to: labels[index % 3])
                    code.loadImmediate(.a0, 0x1234_5678_9ABC_DEF0)
                    if index == 1500 { code.bind(labels[0]) }
                    _ = code.makeLabel()
                }
                code.bind(labels[1])
                code.bind(labels[2])
                let isWhole = code.finish()
                expect(isWhole || code.refusal == .memory)
                return isWhole
            }
            if isWhole, !isUsedUp { break }
            refused += 1
        }
        // Words, labels, references and the branches that grew, each several times.
        expect(refused > 15 && refused < 1000)
    }
}
