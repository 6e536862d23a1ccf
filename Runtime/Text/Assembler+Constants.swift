// Immediates that are numbers: memory arguments, integer, float and vector constants, lanes.
// Spec: WebAssembly core, 6.3.1 to 6.3.2 (numbers), 6.6.7 (memory), 6.6.10 (vectors).
import WasmModule
import WasmNumerics

extension Assembler {
    /// `memory? offset=n? align=n?`.
    mutating func memoryArgument(_ opcode: Opcode) throws(TextError) {
        let memory = reader.isAtIndex ? try index(.memory) : 0
        try offsetAndAlignment(opcode, memory)
    }

    /// `memory? offset=n? align=n? lane`: of two numbers in a row the first is the memory.
    mutating func memoryArgumentLane(_ opcode: Opcode) throws(TextError) {
        var memory: UInt32 = 0
        if reader.isAtIdentifier || (reader.current.kind == .natural && isAheadOfLane) { memory = try index(.memory) }
        try offsetAndAlignment(opcode, memory)
        code.body.append(try lane())
    }

    /// Whether the token after the current one shows that the current one is a memory and no lane.
    private var isAheadOfLane: Bool {
        if reader.ahead.kind == .natural { return true }
        guard reader.ahead.kind == .keyword else { return false }
        let bytes = reader.bytes(reader.ahead)
        return bytes.count > 6 && (bytes[5] == 0x3d || bytes[6] == 0x3d)
    }

    private mutating func offsetAndAlignment(_ opcode: Opcode, _ memory: UInt32) throws(TextError) {
        let offset = try memoryArgumentField("offset=") ?? 0
        var exponent = UInt32(opcode.row.naturalAlignment)
        let token = reader.current
        if let alignment = try memoryArgumentField("align=") {
            guard alignment > 0, alignment & (alignment - 1) == 0 else {
                throw TextError(.outOfRange, at: token, "alignment must be a power of two")
            }
            exponent = UInt32(alignment.trailingZeroBitCount)
        }
        code.body.appendUnsigned(memory == 0 ? exponent : exponent | 0x40)
        if memory != 0 { code.body.appendUnsigned(memory) }
        code.body.appendUnsigned(offset)
    }

    /// `offset=n` or `align=n`, if it is next.
    private mutating func memoryArgumentField(_ prefix: StaticString) throws(TextError) -> UInt64? {
        let token = reader.current
        guard token.kind == .keyword, reader.startsWith(prefix) else { return nil }
        let start = token.start + prefix.utf8CodeUnitCount
        guard NumberGrammar.classify(reader.text, start, token.end) == .natural else {
            throw TextError(.syntax, at: token, "unknown operator", expected: "a number")
        }
        guard let literal = IntegerLiteral(UnsafeRawBufferPointer(rebasing: reader.text[start..<token.end])) else {
            throw TextError(.outOfRange, at: token, "i64 constant out of range")
        }
        try reader.advance()
        return literal.magnitude
    }

    /// `i32.const` and `i64.const`.
    mutating func integerConstant(bitCount: UInt64) throws(TextError) {
        let bits = try integer(bitCount: bitCount)
        code.body.appendSigned(bitCount == 32 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits))
    }

    /// An integer, signed or unsigned, in so many bits.
    mutating func integer(bitCount: UInt64) throws(TextError) -> UInt64 {
        let token = reader.current
        guard token.kind == .natural || token.kind == .integer else { throw reader.unexpected("an integer") }
        guard let bits = IntegerLiteral(reader.bytes(token))?.bits(bitCount) else {
            throw TextError(.outOfRange, at: token, "constant out of range")
        }
        try reader.advance()
        return bits
    }

    /// `f32.const` and `f64.const`.
    mutating func floatConstant(isDouble: Bool) throws(TextError) {
        let bits = try float(isDouble: isDouble)
        code.body.appendLittleEndian(bits, isDouble ? 8 : 4)
    }

    /// A float's bits.
    mutating func float(isDouble: Bool) throws(TextError) -> UInt64 {
        let token = reader.current
        guard token.kind == .natural || token.kind == .integer || token.kind == .float else { throw reader.unexpected("a number") }
        let bits = try FloatLiteralBits.bits(reader.bytes(token), isDouble: isDouble, at: token)
        try reader.advance()
        return bits
    }

    /// A lane number.
    mutating func lane() throws(TextError) -> UInt8 {
        let (value, token) = try natural64("a lane")
        guard value < 256 else { throw TextError(.outOfRange, at: token, "i8 constant out of range") }
        return UInt8(truncatingIfNeeded: value)
    }

    /// The sixteen lanes of `i8x16.shuffle`.
    mutating func shuffleLanes() throws(TextError) {
        for _ in 0..<16 {
            switch reader.current.kind {
            case .natural: code.body.append(try lane())
            case .integer, .float: throw TextError(.outOfRange, at: reader.current, "i8 constant out of range")
            default: throw TextError(.syntax, at: reader.current, "invalid lane length", expected: "sixteen lanes")
            }
        }
        if reader.current.kind == .natural {
            throw TextError(.syntax, at: reader.current, "invalid lane length", expected: "sixteen lanes")
        }
    }

    /// The shape and lanes of `v128.const`.
    mutating func vectorConstant() throws(TextError) {
        guard reader.current.kind == .keyword, let shape = VectorShape(reader.word) else { throw reader.unexpected("a vector shape") }
        try reader.advance()
        try requireLanes(shape.laneCount)
        for _ in 0..<shape.laneCount { code.body.appendLittleEndian(try vectorLane(shape), 16 / shape.laneCount) }
    }

    /// Looks ahead whether just so many numbers follow: a wrong number of lanes is said before any lane's range.
    private func requireLanes(_ laneCount: Int) throws(TextError) {
        var ahead = reader
        for lane in 0...laneCount {
            switch ahead.current.kind {
            case .natural, .integer, .float:
                if lane == laneCount { throw TextError(.syntax, at: ahead.current, "wrong number of lane literals") }
                try ahead.advance()
            case .reserved: throw ahead.unexpected("a number")
            case .keyword where ahead.word == .unknown && lane < laneCount: throw ahead.unexpected("a number")
            default:
                if lane < laneCount { throw TextError(.syntax, at: ahead.current, "wrong number of lane literals") }
            }
        }
    }

    private mutating func vectorLane(_ shape: VectorShape) throws(TextError) -> UInt64 {
        shape.isFloat ? try float(isDouble: shape.laneCount == 2) : try integer(bitCount: UInt64(128 / shape.laneCount))
    }
}

/// The interpretation of a vector literal's lanes.
package struct VectorShape {
    package var laneCount: Int
    package var isFloat: Bool

    package init?(_ word: Word) {
        switch word {
        case Word(.i8x16): self.init(16, false)
        case Word(.i16x8): self.init(8, false)
        case Word(.i32x4): self.init(4, false)
        case Word(.i64x2): self.init(2, false)
        case Word(.f32x4): self.init(4, true)
        case Word(.f64x2): self.init(2, true)
        default: return nil
        }
    }

    private init(_ laneCount: Int, _ isFloat: Bool) {
        self.laneCount = laneCount
        self.isFloat = isFloat
    }
}

/// Exact bits of float literals, in the text format's errors.
package enum FloatLiteralBits {
    package static func bits(_ bytes: UnsafeRawBufferPointer, isDouble: Bool, at token: Token) throws(TextError) -> UInt64 {
        do throws(FloatTextFault) {
            return isDouble ? try FloatParser.float64Bits(bytes) : UInt64(try FloatParser.float32Bits(bytes))
        } catch {
            switch error {
            case .malformed: throw TextError(.syntax, at: token, "unknown operator", expected: "a number")
            case .outOfRange: throw TextError(.outOfRange, at: token, "constant out of range")
            }
        }
    }
}
