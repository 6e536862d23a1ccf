// Constants: every sequence is run, counted, and compared in length with llvm-mc's.
import MachineCode
import MachineSimulator
import Testing

@Suite struct ConstantTests {
    /// Numbers around every power of two, repeated patterns, shifted runs of ones, random numbers of every width.
    private static let values: [Int64] = {
        var values: [Int64] = [0, 1, -1, .min, .max, 0x5555_5555_5555_5555, 0x0F0F_0F0F_0F0F_0F0F]
        values += [0x3FF0_0000_0000_0000, 0x3FB9_9999_9999_999A]
        for bit in 0..<64 {
            for difference in [0, 1, -1, 2047, 2048, 2049, -2047, -2048, -2049, 4095, 4096] as [Int64] {
                values += [Int64(bitPattern: 1 << UInt64(bit)) &+ difference, 0 &- Int64(bitPattern: 1 << UInt64(bit)) &+ difference]
            }
            for other in 0..<64 { values.append(Int64(bitPattern: 1 << UInt64(bit)) &- Int64(bitPattern: 1 << UInt64(other))) }
        }
        var random = SeededBits(state: 5)
        for width in 1...64 {
            for _ in 0..<60 {
                let value = Int64(bitPattern: random.next()) >> Int64(64 - width)
                values += [value, Int64(bitPattern: UInt64(bitPattern: value) << UInt64(random.next() & 63))]
            }
        }
        return values
    }()

    /// Runs the instructions that `add` adds and gives what is left in a register.
    private func run(_ simulator: inout Simulator, _ code: inout MachineCodeBuffer) -> Bool {
        guard code.finish(), let base = code.bytes.baseAddress else { return false }
        let start = UInt(bitPattern: base)
        return simulator.run(code: code.bytes, from: start, limit: 100) == .left(start + UInt(code.byteCount))
    }

    @Test func loadImmediate_makesTheNumber_ofAtMostEightInstructions() {
        var simulator = Simulator()
        var code = MachineCodeBuffer(byteLimit: 4096)
        for value in ConstantTests.values {
            code.removeAll()
            code.loadImmediate(.t6, value)
            // Nothing of before may matter.
            simulator[.t6] = 0xDEAD_BEEF_DEAD_BEEF
            expect(run(&simulator, &code), "\(value)")
            expect(simulator[.t6] == UInt64(bitPattern: value), "\(value): \((0..<code.wordCount).map { listing(code.word(at: $0)) })")
            expect(code.wordCount <= 8, "\(value)")
            if Int64(Int32(truncatingIfNeeded: value)) == value { expect(code.wordCount <= 2, "\(value)") }
        }
    }

    @Test(.enabled(if: ReferenceAssembler.path != nil, "no llvm-mc"))
    func loadImmediate_isAsShortAsTheAssemblers() throws {
        // The labels between, which are no instructions here, are words of their own: an `ecall` after each.
        let words = try ReferenceAssembler.words(ConstantTests.values.flatMap { ["li t6, \($0)", "ecall"] })
        let lengths = words.split(separator: 0x73, omittingEmptySubsequences: false).map(\.count)
        var code = MachineCodeBuffer(byteLimit: 4096)
        var longer: [Int64] = []
        for (value, length) in zip(ConstantTests.values, lengths) {
            code.removeAll()
            code.loadImmediate(.t6, value)
            if code.wordCount > length { longer.append(value) }
        }
        expect(lengths.count == ConstantTests.values.count + 1)
        expect(longer.isEmpty, "\(longer.count) of \(lengths.count): \(longer.suffix(60))")
    }

    @Test func addImmediate_addsAnyAmount() {
        var simulator = Simulator()
        var code = MachineCodeBuffer(byteLimit: 4096)
        let places: [(IntegerRegister, IntegerRegister)] = [(.a0, .a1), (.a0, .a0), (.t0, .a1), (.t0, .a0)]
        for value in ConstantTests.values {
            for (rd, rs1) in places {
                code.removeAll()
                code.addImmediate(rd, rs1, Int(value), scratch: .t0)
                simulator[.t0] = 0xDEAD_BEEF
                simulator[.a0] = 0x1234_5678_9ABC_DEF0
                simulator[.a1] = 0x8000_0000_0000_0001
                let expected = simulator[rs1] &+ UInt64(bitPattern: value)
                expect(run(&simulator, &code))
                expect(simulator[rd] == expected, "\(value) to \(rs1) into \(rd)")
                if value >= -4096, value <= 4094 { expect(code.wordCount <= 2, "\(value)") }
                if Int64(Int32(truncatingIfNeeded: value)) == value { expect(code.wordCount <= 3, "\(value)") }
            }
        }
    }
}
