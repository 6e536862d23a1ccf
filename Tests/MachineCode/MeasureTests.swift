// What adding and simulating an instruction takes, printed and not asserted.
import MachineCode
import MachineSimulator
import Testing

@Suite struct MeasureTests {
    /// A mix as an emitter adds it: registers that are not constants, immediates asked for, a label every dozen words.
    @inline(never) private func add(_ code: inout MachineCodeBuffer, _ count: Int, _ a: IntegerRegister, _ b: IntegerRegister) {
        for index in 0..<count {
            let label = code.makeLabel()
            code.append(.lw, a, b, offset: index & 0x3FF)
            code.append(.addi, a, a, 17)
            code.append(.addw, b, a, b)
            code.append(.slli, b, b, index & 31)
            code.append(.addUw, a, b, .s1)
            code.append(.beq, a, b, to: label)
            code.append(.fld, .fa0, a, offset: 8)
            code.append(.faddD, .fa0, .fa0, .fa1, .rne)
            code.append(.fsd, .fa0, a, offset: 16)
            code.append(.xor, b, b, a)
            code.loadImmediate(a, Int64(index))
            code.append(.sd, a, b, offset: 24)
            code.bind(label)
        }
    }

    @Test func adding() {
        var code = MachineCodeBuffer(byteLimit: 1 << 26)
        let clock = ContinuousClock()
        var best = Duration.seconds(1000)
        var bestFinish = best
        var wordCount = 0
        for _ in 0..<5 {
            code.removeAll()
            best = min(best, clock.measure { add(&code, 100_000, .a0, .a1) })
            wordCount = code.wordCount
            bestFinish = min(bestFinish, clock.measure { expect(code.finish()) })
        }
        print("adding: \(wordCount) instructions in \(best), finished in \(bestFinish)")
    }

    @Test func simulating() {
        var code = MachineCodeBuffer(byteLimit: 4096)
        var simulator = Simulator()
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
        defer { memory.deallocate() }
        simulator[.a4] = UInt64(UInt(bitPattern: memory.baseAddress!))
        simulator.addWindow(base: 1 << 60, memoryByteCount: 64, windowByteCount: 1 << 32)
        simulator.addWindow(base: UInt(simulator[.a4]), memoryByteCount: 64, windowByteCount: 1 << 32)
        code.loadImmediate(.a0, 5_000_000)
        let loop = code.makeBoundLabel()
        code.append(.addw, .a1, .a1, .a0)
        code.append(.xor, .a2, .a2, .a1)
        code.append(.sw, .a2, .a4, offset: 8)
        code.append(.ld, .a3, .a4, offset: 8)
        code.append(.faddD, .fa0, .fa0, .fa1, .rne)
        code.append(.addi, .a0, .a0, -1)
        code.append(.bne, .a0, .zero, to: loop)
        expect(code.finish())
        let start = UInt(bitPattern: code.bytes.baseAddress!)
        let duration = ContinuousClock().measure { _ = simulator.run(code: code.bytes, from: start, limit: .max / 2) }
        print("simulating: \(simulator.retiredCount) instructions in \(duration)")
    }
}
