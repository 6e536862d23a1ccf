// Values in scripts: constants given to functions, and the patterns results are compared with.
// Spec: the reference interpreter's script grammar; WebAssembly core, 4.3.3 for canonical and arithmetic NaNs.
import WasmEngine
import WasmText

/// A float or a class of NaNs.
enum FloatPattern {
    case bits(UInt64)
    case canonicalNaN
    case arithmeticNaN

    /// Whether the bits of a float of this size match.
    func matches(_ bits: UInt64, isDouble: Bool) -> Bool {
        let sign: UInt64 = isDouble ? 1 << 63 : 1 << 31
        let canonical: UInt64 = isDouble ? 0x7ff8_0000_0000_0000 : 0x7fc0_0000
        switch self {
        case .bits(let expected): return bits == expected
        case .canonicalNaN: return bits & ~sign == canonical
        case .arithmeticNaN: return bits & canonical == canonical
        }
    }
}

/// What a result must be.
enum ResultPattern {
    case i32(UInt32)
    case i64(UInt64)
    case f32(FloatPattern)
    case f64(FloatPattern)
    /// Integer lanes.
    case v128(low: UInt64, high: UInt64)
    case f32x4(FloatPattern, FloatPattern, FloatPattern, FloatPattern)
    case f64x2(FloatPattern, FloatPattern)
    case null
    case anyFunction
    /// A host reference with this number, any when nil.
    case external(UInt64?)
    /// A reference of the garbage collected kinds, which the engine has not: nothing matches.
    case aggregate
    case either([ResultPattern])

    /// Whether a result is what the script asks for.
    func matches(_ value: Value) -> Bool {
        switch (self, value) {
        case (.i32(let expected), .i32(let actual)): return UInt32(bitPattern: actual) == expected
        case (.i64(let expected), .i64(let actual)): return UInt64(bitPattern: actual) == expected
        case (.f32(let expected), .f32(let bits)): return expected.matches(UInt64(bits), isDouble: false)
        case (.f64(let expected), .f64(let bits)): return expected.matches(bits, isDouble: true)
        case (.v128(let low, let high), .v128(let actualLow, let actualHigh)): return low == actualLow && high == actualHigh
        case (.f32x4(let a, let b, let c, let d), .v128(let low, let high)):
            return a.matches(low & 0xffff_ffff, isDouble: false) && b.matches(low >> 32, isDouble: false)
                && c.matches(high & 0xffff_ffff, isDouble: false) && d.matches(high >> 32, isDouble: false)
        case (.f64x2(let a, let b), .v128(let low, let high)):
            return a.matches(low, isDouble: true) && b.matches(high, isDouble: true)
        case (.null, .function(let function)): return function == nil
        case (.null, .external(let number)): return number == nil
        case (.null, .exception(let exception)): return exception == nil
        case (.anyFunction, .function(let function)): return function != nil
        case (.external(let expected), .external(let actual)):
            guard let actual else { return false }
            return expected == nil || expected == actual
        case (.either(let patterns), _):
            for pattern in patterns where pattern.matches(value) { return true }
            return false
        default: return false
        }
    }
}

extension ScriptRunner {
    /// A constant argument.
    func constant() throws(TextError) -> Value {
        let start = reader.current
        switch try pattern() {
        case .i32(let value): return .i32(Int32(bitPattern: value))
        case .i64(let value): return .i64(Int64(bitPattern: value))
        case .f32(.bits(let bits)): return .f32(bits: UInt32(truncatingIfNeeded: bits))
        case .f64(.bits(let bits)): return .f64(bits: bits)
        case .v128(let low, let high): return .v128(low: low, high: high)
        case .f32x4(.bits(let a), .bits(let b), .bits(let c), .bits(let d)): return .v128(low: a | b << 32, high: c | d << 32)
        case .f64x2(.bits(let a), .bits(let b)): return .v128(low: a, high: b)
        case .null: return lastNullIsFunction ? .function(nil) : lastNullIsException ? .exception(nil) : .external(nil)
        case .external(let number?): return .external(number)
        default: throw TextError(.syntax, at: start, "unexpected token", expected: "a constant")
        }
    }

    /// `(type.const value)`, `(ref.… )` or `(either …)`.
    func pattern() throws(TextError) -> ResultPattern {
        try reader.open()
        guard reader.current.kind == .keyword else { throw reader.unexpected("a value") }
        let word = reader.word
        let result: ResultPattern
        if word == Word(.either) {
            try reader.advance()
            var patterns: [ResultPattern] = []
            while reader.current.kind == .leftParenthesis { patterns.append(try simplePattern()) }
            result = .either(patterns)
        } else {
            result = try patternBody()
        }
        try reader.close()
        return result
    }

    /// A pattern inside `either`, which does not nest.
    private func simplePattern() throws(TextError) -> ResultPattern {
        try reader.open()
        let result = try patternBody()
        try reader.close()
        return result
    }

    private func patternBody() throws(TextError) -> ResultPattern {
        guard reader.current.kind == .keyword else { throw reader.unexpected("a value") }
        let word = reader.word
        if let opcode = word.opcode {
            switch opcode {
            case .i32Const: return .i32(UInt32(truncatingIfNeeded: try advanceAndReadInteger(32)))
            case .i64Const: return .i64(try advanceAndReadInteger(64))
            case .f32Const: return .f32(try advanceAndReadFloat(isDouble: false))
            case .f64Const: return .f64(try advanceAndReadFloat(isDouble: true))
            case .v128Const: return try vectorPattern()
            case .refNull:
                try reader.advance()
                lastNullIsFunction = reader.isAt(.func) || reader.isAt(.nofunc)
                lastNullIsException = reader.isAt(.exn) || reader.isAt(.noexn)
                if reader.current.kind != .rightParenthesis { try reader.advance() }
                return .null
            case .refFunc:
                try reader.advance()
                return .anyFunction
            case .refI31, .refEq:
                try reader.advance()
                return .aggregate
            default: throw reader.unexpected("a value")
            }
        }
        switch word {
        case Word(.refExtern), Word(.refHost):
            try reader.advance()
            guard reader.current.kind == .natural else { return .external(nil) }
            return .external(try readInteger(64))
        case Word(.refStruct), Word(.refArray), Word(.refAny), Word(.refExn):
            try reader.advance()
            return .aggregate
        default: throw reader.unexpected("a value")
        }
    }

    private func advanceAndReadInteger(_ bitCount: UInt64) throws(TextError) -> UInt64 {
        try reader.advance()
        return try readInteger(bitCount)
    }

    private func readInteger(_ bitCount: UInt64) throws(TextError) -> UInt64 {
        let token = reader.current
        guard token.kind == .natural || token.kind == .integer, let bits = IntegerLiteral(reader.bytes(token))?.bits(bitCount) else {
            throw reader.unexpected("an integer")
        }
        try reader.advance()
        return bits
    }

    private func advanceAndReadFloat(isDouble: Bool) throws(TextError) -> FloatPattern {
        try reader.advance()
        return try readFloat(isDouble: isDouble)
    }

    private func readFloat(isDouble: Bool) throws(TextError) -> FloatPattern {
        if try reader.take(.nanCanonical) { return .canonicalNaN }
        if try reader.take(.nanArithmetic) { return .arithmeticNaN }
        let token = reader.current
        guard token.kind == .natural || token.kind == .integer || token.kind == .float else { throw reader.unexpected("a number") }
        let bits = try FloatLiteralBits.bits(reader.bytes(token), isDouble: isDouble, at: token)
        try reader.advance()
        return .bits(bits)
    }

    private func vectorPattern() throws(TextError) -> ResultPattern {
        try reader.advance()
        guard reader.current.kind == .keyword, let shape = VectorShape(reader.word) else { throw reader.unexpected("a vector shape") }
        try reader.advance()
        if shape.isFloat {
            if shape.laneCount == 2 { return .f64x2(try readFloat(isDouble: true), try readFloat(isDouble: true)) }
            return .f32x4(
                try readFloat(isDouble: false), try readFloat(isDouble: false), try readFloat(isDouble: false),
                try readFloat(isDouble: false))
        }
        let bitCount = UInt64(128 / shape.laneCount)
        var halves: [UInt64] = [0, 0]
        for lane in 0..<shape.laneCount {
            let bits = try readInteger(bitCount)
            let perHalf = shape.laneCount / 2
            halves[lane / perHalf] |= bits << (bitCount * UInt64(lane % perHalf))
        }
        return .v128(low: halves[0], high: halves[1])
    }
}
