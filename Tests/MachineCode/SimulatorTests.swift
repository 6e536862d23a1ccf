// The simulator by itself: where it stops, what a window guards, and arithmetic against the host's and the manual's words.
import MachineCode
import MachineSimulator
import Testing

@Suite struct SimulatorTests {
    /// Runs instructions from the first one to the end.
    private func run(
        _ simulator: inout Simulator, limit: Int = 1000, _ add: (inout MachineCodeBuffer) -> Void
    ) -> (SimulatorStop, base: UInt) {
        var code = MachineCodeBuffer(byteLimit: 1 << 16)
        add(&code)
        expect(code.finish())
        let base = UInt(bitPattern: code.bytes.baseAddress!)
        return (simulator.run(code: code.bytes, from: base, limit: limit), base)
    }

    @Test func run_endsWhereTheCodeEnds_orIsLeft() {
        var simulator = Simulator()
        var (stop, base) = run(&simulator) { $0.append(.addi, .a0, .zero, 7) }
        #expect(stop == .left(base + 4))
        expect(simulator[.a0] == 7 && simulator.retiredCount == 1 && simulator.programCounter == base + 4)
        simulator[.a1] = 0x1235
        (stop, base) = run(&simulator) { $0.append(.jalr, .ra, .a1, offset: 0) }
        #expect(stop == .left(0x1234))
        expect(simulator[.ra] == UInt64(base + 4) && simulator.retiredCount == 2)
        // A word that is not whole is not the code's.
        simulator[.a1] = 0
        (stop, base) = run(&simulator) {
            $0.append(.auipc, .a1, 0)
            $0.append(.jalr, .zero, .a1, offset: 6)
        }
        #expect(stop == .left(base + 6))
        #expect(simulator.run(code: UnsafeRawBufferPointer(start: nil, count: 0), from: 12, limit: 5) == .left(12))
    }

    @Test func illegalWord_andLimit_stopBeforeTheInstruction() {
        var simulator = Simulator()
        var (stop, base) = run(&simulator) {
            $0.append(.addi, .a0, .a0, 1)
            $0.append(word: 0x73)
            $0.append(.addi, .a0, .a0, 1)
        }
        #expect(stop == .illegal(word: 0x73, at: base + 4))
        expect(simulator[.a0] == 1 && simulator.retiredCount == 1 && simulator.programCounter == base + 4)
        (stop, base) = run(&simulator, limit: 10) {
            let loop = $0.makeBoundLabel()
            $0.append(.jal, .zero, to: loop)
        }
        #expect(stop == .limit)
        expect(simulator.retiredCount == 11 && simulator.programCounter == base)
        (stop, base) = run(&simulator, limit: 0) { $0.append(.addi, .a0, .a0, 1) }
        #expect(stop == .limit)
        expect(simulator[.a0] == 1)
        // Exactly as many as there are.
        (stop, base) = run(&simulator, limit: 1) { $0.append(.addi, .a0, .a0, 1) }
        #expect(stop == .left(base + 4))
    }

    @Test func decodedWords_areThoseOfTheRun() {
        // The same place with other words: nothing is remembered wrongly.
        let code = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 4)
        defer { code.deallocate() }
        var simulator = Simulator()
        for value in 1...3 {
            code.storeBytes(of: ImmediateForm.addi.word(.a0, .zero, value), as: UInt32.self)
            _ = simulator.run(code: UnsafeRawBufferPointer(code), from: UInt(bitPattern: code.baseAddress!), limit: 1)
            expect(simulator[.a0] == UInt64(value))
        }
        code.storeBytes(of: 0, as: UInt32.self)
        let at = UInt(bitPattern: code.baseAddress!)
        #expect(simulator.run(code: UnsafeRawBufferPointer(code), from: at, limit: 1) == .illegal(word: 0, at: at))
    }

    @Test func zero_staysZero() {
        var simulator = Simulator()
        simulator[.zero] = 5
        expect(simulator[.zero] == 0)
        _ = run(&simulator) {
            $0.append(.addi, .zero, .zero, 5)
            $0.append(.add, .a0, .zero, .zero)
            $0.append(.jal, .zero, offset: 4)
            $0.append(.add, .a1, .zero, .zero)
        }
        expect(simulator[.zero] == 0 && simulator[.a0] == 0 && simulator[.a1] == 0)
    }

    /// Loads and stores of every width at an address: whether the access went through, and nothing changed where it did not.
    private func access(_ simulator: inout Simulator, _ add: (inout MachineCodeBuffer) -> Void, at address: UInt) -> Bool {
        simulator[.a1] = UInt64(address)
        simulator[.a0] = 0x5A5A
        simulator[.fa0] = 0x5A5A
        let retired = simulator.retiredCount
        let (stop, base) = run(&simulator, add)
        if stop == .left(base + 4) { return true }
        #expect(stop == .fault(address: address, at: base))
        expect(simulator[.a0] == 0x5A5A && simulator[.fa0] == 0x5A5A && simulator.retiredCount == retired)
        return false
    }

    @Test func accessBeyondAWindowsMemory_isAFault_andHasNoEffect() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xEE)
        let base = UInt(bitPattern: memory.baseAddress!) + 64
        let accesses: [(UInt, (inout MachineCodeBuffer) -> Void)] = [
            (1, { $0.append(.lb, .a0, .a1, offset: 0) }), (1, { $0.append(.lbu, .a0, .a1, offset: 0) }),
            (2, { $0.append(.lh, .a0, .a1, offset: 0) }), (2, { $0.append(.lhu, .a0, .a1, offset: 0) }),
            (4, { $0.append(.lw, .a0, .a1, offset: 0) }), (4, { $0.append(.lwu, .a0, .a1, offset: 0) }),
            (8, { $0.append(.ld, .a0, .a1, offset: 0) }), (4, { $0.append(.flw, .fa0, .a1, offset: 0) }),
            (8, { $0.append(.fld, .fa0, .a1, offset: 0) }), (1, { $0.append(.sb, .a1, .a1, offset: 0) }),
            (2, { $0.append(.sh, .a1, .a1, offset: 0) }), (4, { $0.append(.sw, .a1, .a1, offset: 0) }),
            (8, { $0.append(.sd, .a1, .a1, offset: 0) }), (4, { $0.append(.fsw, .fa1, .a1, offset: 0) }),
            (8, { $0.append(.fsd, .fa1, .a1, offset: 0) }),
        ]
        for (byteCount, add) in accesses {
            for isConfined in [false, true] {
                var simulator = Simulator()
                simulator.isConfined = isConfined
                simulator.addWindow(base: base, memoryByteCount: 32, windowByteCount: 64, guardedByteCountBefore: 16)
                // Memory from 0 to 32, the window from -16 to 64.
                for offset in -40...100 {
                    let last = offset + Int(byteCount)
                    let isInside = offset >= 0 && last <= 32
                    let isOutside = last <= -16 || offset >= 64
                    let before = Array(memory)
                    let went = access(&simulator, add, at: base &+ UInt(bitPattern: offset))
                    expect(went == (isInside || isOutside && !isConfined), "\(byteCount) bytes at \(offset)")
                    if !went { expect(Array(memory) == before, "\(byteCount) bytes at \(offset)") }
                }
            }
        }
        // A memory of no bytes, and the ends of the address space.
        var simulator = Simulator()
        simulator.addWindow(base: base, memoryByteCount: 0, windowByteCount: 64)
        expect(!access(&simulator, accesses[0].1, at: base))
        simulator.isConfined = true
        for address in [0, 1, .max, .max - 7] as [UInt] { expect(!access(&simulator, accesses[6].1, at: address)) }
    }

    @Test func windowAtTheEndOfTheAddresses_isGuarded() {
        var simulator = Simulator()
        simulator.addWindow(base: .max - 4095, memoryByteCount: 0, windowByteCount: 4096)
        for address in [.max - 4095, .max - 8, .max - 7, .max - 1, .max] as [UInt] {
            expect(!access(&simulator, { $0.append(.ld, .a0, .a1, offset: 0) }, at: address), "\(address)")
        }
        expect(!access(&simulator, { $0.append(.sd, .a1, .a1, offset: 0) }, at: .max - 4095 - 7))
    }

    @Test func countOfTrailingZerosOfALowHalf_endsAtIt() {
        var simulator = Simulator()
        for (value, expected) in [(1 << 40, 32), (0, 32), (1 << 31, 31), (.max, 0), (0xFFFF_FFFF_0000_0000, 32)] as [(UInt64, UInt64)] {
            simulator[.a0] = value
            _ = run(&simulator) { $0.append(.ctzw, .a0, .a0) }
            expect(simulator[.a0] == expected, "\(value)")
        }
    }

    @Test func divisionByZero_andOverflow_areTheManuals() {
        let most = UInt64(1) << 63
        let rows: [(RegisterForm, UInt64, UInt64, UInt64)] = [
            (.div, 7, 0, .max), (.divu, 7, 0, .max), (.rem, 7, 0, 7), (.remu, 7, 0, 7), (.div, most, .max, most), (.rem, most, .max, 0),
            (.divw, 7, 1 << 32, .max), (.divuw, 7, 1 << 32, .max), (.remw, 0x8000_0001, 0, 0xFFFF_FFFF_8000_0001),
            (.remuw, 0x8000_0001, 0, 0xFFFF_FFFF_8000_0001), (.divw, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFFF_8000_0000),
            (.remw, 0x8000_0000, 0xFFFF_FFFF, 0), (.div, 0 &- 7, 2, 0 &- 3), (.rem, 0 &- 7, 2, .max),
            (.mulh, most, most, 1 << 62), (.mulhu, .max, .max, .max - 1), (.mulhsu, .max, .max, .max), (.mulhsu, most, .max, most),
        ]
        for (form, a, b, expected) in rows {
            var simulator = Simulator()
            simulator[.a1] = a
            simulator[.a2] = b
            _ = run(&simulator) { $0.append(form, .a0, .a1, .a2) }
            expect(simulator[.a0] == expected, "\(String(form.match, radix: 16)) \(a) \(b): \(simulator[.a0])")
        }
    }

    @Test func singleWithoutItsBox_isTheCanonicalNaN() {
        var simulator = Simulator()
        simulator[.fa1] = UInt64(Float(1).bitPattern)
        simulator[.fa2] = UInt64(Float(1).bitPattern) | 0xFFFF_FFFF << 32
        _ = run(&simulator) {
            $0.append(.faddS, .fa0, .fa1, .fa2, .rne)
            $0.append(.fclassS, .a0, .fa1)
            $0.append(.fmvXW, .a1, .fa1)
            $0.append(.fsgnjS, .fa3, .fa1, .fa2)
            $0.append(.fminS, .fa4, .fa1, .fa2)
            $0.append(.fcvtDS, .fa5, .fa1)
        }
        let canonical: UInt64 = 0xFFFF_FFFF_7FC0_0000
        expect(simulator[.fa0] == canonical && simulator[.fa3] == canonical)
        expect(simulator[.a0] == 1 << 9 && simulator[.a1] == UInt64(Float(1).bitPattern))
        expect(simulator[.fa4] == simulator[.fa2] && simulator[.fa5] == 0x7FF8_0000_0000_0000)
    }

    @Test func dynamicRounding_isTheSimulators() {
        for (mode, expected) in [(RoundingMode.rne, 2), (.rtz, 2), (.rdn, 2), (.rup, 3), (.rmm, 3)] as [(RoundingMode, UInt64)] {
            var simulator = Simulator()
            simulator.dynamicRounding = mode
            simulator[.fa0] = 2.5.bitPattern
            _ = run(&simulator) {
                $0.append(.fcvtLD, .a0, .fa0, .dyn)
                $0.append(.fcvtLD, .a1, .fa0, .rup)
            }
            expect(simulator[.a0] == expected && simulator[.a1] == 3, "\(mode)")
        }
    }

    @Test func exactArithmetic_roundedToNearest_isTheHosts() {
        var random = SeededBits(state: 9)
        let canonical = { (value: Double) in value.isNaN ? BinaryFormat.double.canonicalNaN : value.bitPattern }
        let canonicalSingle = { (value: Float) in value.isNaN ? BinaryFormat.single.canonicalNaN : UInt64(value.bitPattern) }
        var differences = 0
        for round in 0..<200_000 {
            var bits = (0..<3).map { _ in random.next() }
            // Exponents near each other, and near the ends, as often as any.
            if round % 4 == 0 { bits = bits.map { $0 & 0x801F_FFFF_FFFF_FFFF | 0x3FE0_0000_0000_0000 } }
            if round % 4 == 1 { bits = bits.map { $0 & 0x803F_FFFF_FFFF_FFFF } }
            if round % 4 == 2 { bits = bits.map { $0 & 0xFF80_0000_0000_0000 } }
            let (a, b, c) = (Double(bitPattern: bits[0]), Double(bitPattern: bits[1]), Double(bitPattern: bits[2]))
            let format = BinaryFormat.double
            let found = [
                format.exact(.add, bits[0], bits[1], .rne), format.exact(.subtract, bits[0], bits[1], .rne),
                format.exact(.multiply, bits[0], bits[1], .rne), format.exact(.divide, bits[0], bits[1], .rne),
                format.exact(.squareRoot, bits[0], 0, .rne), format.exactFused(bits[0], bits[1], bits[2], .rne),
                format.converted(bits[0], to: .single, .rne),
            ]
            let expected = [a + b, a - b, a * b, a / b, a.squareRoot(), c.addingProduct(a, b)].map(canonical) + [canonicalSingle(Float(a))]
            if found != expected { differences += 1 }

            let singles = bits.map { UInt32(truncatingIfNeeded: $0 >> 32 ^ $0 & 0x3FFF_FFFF) }
            let words = singles.map { UInt64($0) }
            let (d, e, f) = (Float(bitPattern: singles[0]), Float(bitPattern: singles[1]), Float(bitPattern: singles[2]))
            let single = BinaryFormat.single
            let foundSingles = [
                single.exact(.add, words[0], words[1], .rne), single.exact(.subtract, words[0], words[1], .rne),
                single.exact(.multiply, words[0], words[1], .rne), single.exact(.divide, words[0], words[1], .rne),
                single.exact(.squareRoot, words[0], 0, .rne), single.exactFused(words[0], words[1], words[2], .rne),
                single.converted(words[0], to: .double, .rne),
            ]
            let expectedSingles = [d + e, d - e, d * e, d / e, d.squareRoot(), f.addingProduct(d, e)].map(canonicalSingle)
            if foundSingles != expectedSingles + [canonical(Double(d))] { differences += 1 }
        }
        #expect(differences == 0)
    }
}
