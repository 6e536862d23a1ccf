// A bare program of random instructions, for QEMU and for the simulator alike: it begins at the machine's first byte of memory, runs
// sequence after sequence from registers that lie ready, keeps what each leaves in registers and memory, and writes all of it to the
// serial port. CSRs are written with words of their own, since the encoder has none.
import MachineCode

struct BareProgram: ~Copyable {
    /// Where everything lies: code, what the registers begin with, what they end with, and the 4 KiB that loads and stores reach.
    static let codeAddress = 0x8000_0000, inputAddress = 0x8100_0000, resultAddress = 0x8200_0000
    /// Bytes of registers a sequence begins or ends with.
    static let blockByteCount = 64 * 8
    static let scratchByteCount = 4096 + 16
    private static let serialPort: Int64 = 0x1000_0000, testDevice: Int64 = 0x10_0000

    var code = MachineCodeBuffer(byteLimit: 16 << 20)
    var inputs: [UInt64] = []
    /// Each sequence's instructions, as offsets of their words.
    private(set) var sequences: [Range<Int>] = []
    /// Where the sequences begin and where the output of the results begins.
    private(set) var firstOffset = 0, outputOffset = 0
    private var random: SeededBits

    var scratchAddress: Int { BareProgram.resultAddress + sequences.count * BareProgram.blockByteCount }
    /// Bytes from `resultAddress` that the program writes to the serial port.
    var outputByteCount: Int { sequences.count * BareProgram.blockByteCount + BareProgram.scratchByteCount }

    /// Not used by sequences: what they begin with, what they leave, the middle of the memory they reach.
    private static let input = IntegerRegister.s0, result = IntegerRegister.s1, memory = IntegerRegister.gp
    private static let integers = (0..<32).map { IntegerRegister(number: $0) }.filter { ![input, result, memory].contains($0) }
    private static let floats = (0..<32).map { FloatRegister(number: $0) }

    /// `csrrs zero, mstatus, t0` and `csrrwi zero, frm, mode`.
    private static let setStatus: UInt32 = 0x3002_A073
    private static func setRounding(_ mode: RoundingMode) -> UInt32 { 0x0020_5073 | UInt32(mode.number) << 15 }
    /// The mode that a word puts into `frm`.
    static func rounding(setBy word: UInt32) -> RoundingMode? {
        (0...4).map { RoundingMode(number: $0) }.first { setRounding($0) == word }
    }

    init(sequenceCount: Int, seed: UInt64) {
        random = SeededBits(state: seed)
        // The floating-point unit is off at reset: mstatus.FS.
        code.loadImmediate(.t0, 0x6000)
        code.append(word: BareProgram.setStatus)
        firstOffset = code.byteCount
        code.loadImmediate(BareProgram.input, Int64(BareProgram.inputAddress))
        code.loadImmediate(BareProgram.result, Int64(BareProgram.resultAddress))
        let middle = BareProgram.resultAddress + sequenceCount * BareProgram.blockByteCount + 2048
        code.loadImmediate(BareProgram.memory, Int64(middle))
        for _ in 0..<sequenceCount { addSequence() }
        outputOffset = code.byteCount
        addOutput()
    }

    /// Registers in, random instructions, registers out.
    private mutating func addSequence() {
        code.append(word: BareProgram.setRounding(RoundingMode(number: Int.random(in: 0...4, using: &random))))
        for register in BareProgram.floats { code.append(.fld, register, BareProgram.input, offset: 256 + 8 * Int(register.number)) }
        for register in BareProgram.integers { code.append(.ld, register, BareProgram.input, offset: 8 * Int(register.number)) }
        for _ in 0..<32 { inputs.append(randomInteger()) }
        for _ in 0..<32 { inputs.append(randomFloat()) }
        let start = code.byteCount
        for _ in 0..<24 { addRandom(InstructionForm.allCases.randomElement(using: &random)!) }
        sequences.append(start..<code.byteCount)
        for register in BareProgram.integers { code.append(.sd, register, BareProgram.result, offset: 8 * Int(register.number)) }
        for register in BareProgram.floats { code.append(.fsd, register, BareProgram.result, offset: 256 + 8 * Int(register.number)) }
        code.append(.addi, BareProgram.input, BareProgram.input, BareProgram.blockByteCount)
        code.append(.addi, BareProgram.result, BareProgram.result, BareProgram.blockByteCount)
    }

    /// An instruction of a form. What jumps, jumps over one instruction that does not.
    private mutating func addRandom(_ form: InstructionForm) {
        switch form.shape {
        case .branch, .jump:
            append(form) { $0 == .branch13 || $0 == .jump21 ? 8 : nil }
            addSimple()
        case .jumpRegister:
            let target = BareProgram.integers.filter { $0 != .zero }.randomElement(using: &random)!
            code.append(.auipc, target, 0)
            // The lowest bit of a target does not count.
            let offset = Int.random(in: 12...13, using: &random)
            append(form) { $0 == .signed12 ? offset : $0 == .integerRs1 ? Int(target.number) : nil }
            addSimple()
        case .unary where form == .ctzw:
            // QEMU before 8.0 counts on into the upper half, so the operand's is made the sign.
            let source = Int(BareProgram.integers.randomElement(using: &random)!.number)
            append(.addiw) { $0 == .signed12 ? 0 : source }
            append(form) { $0 == .integerRs1 ? source : nil }
        default:
            append(form) { _ in nil }
        }
    }

    private mutating func addSimple() {
        let form = InstructionForm.allCases.filter { ![.branch, .jump, .jumpRegister].contains($0.shape) && $0 != .ctzw }
            .randomElement(using: &random)!
        append(form) { _ in nil }
    }

    /// Adds an instruction whose operands are those that `chosen` gives, else random ones that keep the reserved registers.
    private mutating func append(_ form: InstructionForm, _ chosen: (OperandKind) -> Int?) {
        let values = form.shape.operands.map { operand -> Int in
            if let value = chosen(operand.kind) { return value }
            if operand.isBase { return Int(BareProgram.memory.number) }
            if operand.kind == .integerRd { return Int(BareProgram.integers.randomElement(using: &random)!.number) }
            return operand.kind.samples.randomElement(using: &random)!
        }
        code.append(word: form.instruction(values)!.word)
    }

    private mutating func addOutput() {
        code.loadImmediate(.t0, Int64(BareProgram.resultAddress))
        code.loadImmediate(.t1, Int64(BareProgram.resultAddress + outputByteCount))
        code.loadImmediate(.t2, BareProgram.serialPort)
        let loop = code.makeBoundLabel()
        code.append(.lbu, .t3, .t0, offset: 0)
        code.append(.sb, .t3, .t2, offset: 0)
        code.append(.addi, .t0, .t0, 1)
        code.append(.bltu, .t0, .t1, to: loop)
        // Powers the machine off with status 0.
        code.loadImmediate(.t0, BareProgram.testDevice)
        code.loadImmediate(.t1, 0x5555)
        code.append(.sw, .t1, .t0, offset: 0)
        let end = code.makeBoundLabel()
        code.append(.jal, .zero, to: end)
    }

    private mutating func randomInteger() -> UInt64 {
        let edges: [UInt64] = [
            0, 1, .max, .max - 1, 1 << 31, 1 << 31 - 1, 1 << 32, 1 << 32 - 1, 1 << 63, 1 << 63 - 1, 0xFFFF_FFFF_8000_0000, 31, 32, 63, 64,
            0x80,
            0x7FFF, 0x8000, 1 << 53 + 1, 1 << 24 + 1,
        ]
        switch random.next() & 3 {
        case 0: return edges.randomElement(using: &random)!
        case 1: return UInt64(bitPattern: Int64(bitPattern: random.next()) >> Int64(random.next() & 63))
        case 2: return UInt64(Float.random(in: -4e9...4e9, using: &random).bitPattern)
        default: return random.next()
        }
    }

    private mutating func randomFloat() -> UInt64 {
        let doubles: [Double] = [
            0, -0.0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2.5, 0.1, .infinity, -.infinity, .nan, .signalingNaN, .leastNonzeroMagnitude,
            -.leastNormalMagnitude, .greatestFiniteMagnitude, 2_147_483_647.5, -2_147_483_648.5, 4_294_967_295.5, 9_223_372_036_854_774_784,
            9_223_372_036_854_775_808,
            -9_223_372_036_854_775_808, 18_446_744_073_709_551_616, 1e-40, 3.4028235e38, 3.5e38, 1e308, 1e-308,
        ]
        let boxed = { (value: Float) in UInt64(value.bitPattern) | 0xFFFF_FFFF << 32 }
        switch random.next() & 15 {
        case 0...2: return doubles.randomElement(using: &random)!.bitPattern
        case 3...5: return boxed(Float(doubles.randomElement(using: &random)!))
        case 6...7: return (Double(Int64(bitPattern: random.next()) >> Int64(random.next() & 63)) / 8).bitPattern
        case 8...9: return boxed(Float(Int64(bitPattern: random.next()) >> Int64(random.next() & 63)) / 8)
        // Near 1, and near the smallest numbers, with random fractions.
        case 10: return random.next() & 0x800F_FFFF_FFFF_FFFF | UInt64.random(in: 0x3C0...0x43F, using: &random) << 52
        case 11: return random.next() & 0x803F_FFFF_FFFF_FFFF
        case 12: return 0xFFFF_FFFF << 32 | random.next() & 0x807F_FFFF | UInt64.random(in: 0x60...0x9F, using: &random) << 23
        case 13: return 0xFFFF_FFFF << 32 | random.next() & 0x81FF_FFFF
        case 14: return 0xFFFF_FFFF << 32 | random.next() & 0xFFFF_FFFF
        default: return random.next()
        }
    }
}
