// Component values in scripts: `(u32.const 1)`, `(list.const …)`, `(record.const (field "a" …) …)`, `(variant.const "a" …)` and the others;
// comparing and showing them. Spec: the component model's scripts.
import ComponentRuntime
import Containers
import WasmEngine
import WasmText

extension ScriptRunner {
    /// How deep values in a script may be nested.
    private static let valueDepthLimit = 200

    /// Whether the word at the reader's place is this.
    private func isAt(_ text: StaticString) -> Bool {
        guard reader.current.kind == .keyword else { return false }
        let bytes = reader.bytes(reader.current)
        return bytes.elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private func takeWord(_ text: StaticString) throws(TextError) -> Bool {
        guard isAt(text) else { return false }
        try reader.advance()
        return true
    }

    /// All values that follow, up to a parenthesis that closes.
    func componentValues(depth: Int = 0) throws(TextError) -> [ComponentValue] {
        var values: [ComponentValue] = []
        while reader.current.kind == .leftParenthesis { values.append(try componentValue(depth: depth)) }
        return values
    }

    /// One value.
    func componentValue(depth: Int = 0) throws(TextError) -> ComponentValue {
        try reader.open()
        let value = try componentValueBody(depth)
        try reader.close()
        return value
    }

    private func componentValueBody(_ depth: Int) throws(TextError) -> ComponentValue {
        guard depth <= Self.valueDepthLimit else { throw reader.unexpected("values that are nested less deeply") }
        if let number = try numberValue() { return number }
        if try takeWord("bool.const") {
            if try takeWord("true") { return .bool(true) }
            if try takeWord("false") { return .bool(false) }
            throw reader.unexpected("`true` or `false`")
        }
        if try takeWord("char.const") { return .char(try character()) }
        if try takeWord("str.const") { return .string(reader.lexer.string(try reader.string())) }
        if try takeWord("list.const") { return .list(try componentValues(depth: depth + 1)) }
        if try takeWord("tuple.const") { return .tuple(try componentValues(depth: depth + 1)) }
        if try takeWord("record.const") { return .record(try fields(depth)) }
        if try takeWord("variant.const") {
            let label = try label()
            return .variant(label, try payload(depth))
        }
        if try takeWord("enum.const") { return .enumeration(try label()) }
        if try takeWord("option.none") { return .option(nil) }
        if try takeWord("option.some") { return .option(try payload(depth)) }
        if try takeWord("result.ok") { return .result(isOK: true, try payload(depth)) }
        if try takeWord("result.err") { return .result(isOK: false, try payload(depth)) }
        if try takeWord("flags.const") {
            var labels: [Name] = []
            while reader.current.kind == .string { labels.append(try label()) }
            return .flags(labels)
        }
        throw reader.unexpected("a component value")
    }

    private func label() throws(TextError) -> Name { Name(bytes: try reader.name()) }

    private func payload(_ depth: Int) throws(TextError) -> ComponentValue? {
        reader.current.kind == .leftParenthesis ? try componentValue(depth: depth + 1) : nil
    }

    private func fields(_ depth: Int) throws(TextError) -> [(name: Name, value: ComponentValue)] {
        var fields: [(name: Name, value: ComponentValue)] = []
        while reader.current.kind == .leftParenthesis {
            try reader.open()
            guard try takeWord("field") else { throw reader.unexpected("`field`") }
            let name = try label()
            // The value stands with or without parentheses of its own.
            let isWrapped = reader.current.kind == .leftParenthesis
            fields.append((name, isWrapped ? try componentValue(depth: depth + 1) : try componentValueBody(depth + 1)))
            try reader.close()
        }
        return fields
    }

    private func character() throws(TextError) -> UInt32 {
        let token = reader.current
        // Names are UTF-8, so only the length of one character's bytes is left to check.
        let bytes = try reader.name()
        let count = bytes.first.map { $0 < 0x80 ? 1 : $0 < 0xE0 ? 2 : $0 < 0xF0 ? 3 : 4 } ?? 0
        guard bytes.count == count, count > 0 else {
            throw TextError(.syntax, at: token, "unexpected token", expected: "one character")
        }
        var value = UInt32(bytes[0]) & (count == 1 ? 0x7F : 0xFF >> UInt32(count + 1))
        for byte in bytes[1...] { value = value << 6 | UInt32(byte & 0x3F) }
        return value
    }

    private func numberValue() throws(TextError) -> ComponentValue? {
        if try takeWord("u8.const") { return .u8(UInt8(truncatingIfNeeded: try integer(8))) }
        if try takeWord("s8.const") { return .s8(Int8(truncatingIfNeeded: try integer(8))) }
        if try takeWord("u16.const") { return .u16(UInt16(truncatingIfNeeded: try integer(16))) }
        if try takeWord("s16.const") { return .s16(Int16(truncatingIfNeeded: try integer(16))) }
        if try takeWord("u32.const") { return .u32(UInt32(truncatingIfNeeded: try integer(32))) }
        if try takeWord("s32.const") { return .s32(Int32(truncatingIfNeeded: try integer(32))) }
        if try takeWord("u64.const") { return .u64(try integer(64)) }
        if try takeWord("s64.const") { return .s64(Int64(bitPattern: try integer(64))) }
        if try takeWord("f32.const") { return .f32(bits: UInt32(truncatingIfNeeded: try float(isDouble: false))) }
        if try takeWord("f64.const") { return .f64(bits: try float(isDouble: true)) }
        return nil
    }

    private func integer(_ bitCount: UInt64) throws(TextError) -> UInt64 {
        let token = reader.current
        guard token.kind == .natural || token.kind == .integer, let bits = IntegerLiteral(reader.bytes(token))?.bits(bitCount) else {
            throw reader.unexpected("an integer")
        }
        try reader.advance()
        return bits
    }

    /// A float's bits; a class of NaNs is the canonical one, which lifting gives.
    private func float(isDouble: Bool) throws(TextError) -> UInt64 {
        if try reader.take(.nanCanonical) { return isDouble ? 0x7ff8_0000_0000_0000 : 0x7fc0_0000 }
        if try reader.take(.nanArithmetic) { return isDouble ? 0x7ff8_0000_0000_0000 : 0x7fc0_0000 }
        let token = reader.current
        guard token.kind == .natural || token.kind == .integer || token.kind == .float else { throw reader.unexpected("a number") }
        let bits = try FloatLiteralBits.bits(reader.bytes(token), isDouble: isDouble, at: token)
        try reader.advance()
        return bits
    }
}

extension ComponentValue {
    /// Whether two values are the same, bit by bit.
    func isSame(as other: ComponentValue) -> Bool {
        switch (self, other) {
        case (.bool(let a), .bool(let b)): return a == b
        case (.s8(let a), .s8(let b)): return a == b
        case (.u8(let a), .u8(let b)): return a == b
        case (.s16(let a), .s16(let b)): return a == b
        case (.u16(let a), .u16(let b)): return a == b
        case (.s32(let a), .s32(let b)): return a == b
        case (.u32(let a), .u32(let b)): return a == b
        case (.s64(let a), .s64(let b)): return a == b
        case (.u64(let a), .u64(let b)): return a == b
        case (.f32(let a), .f32(let b)): return a == b
        case (.f64(let a), .f64(let b)): return a == b
        case (.char(let a), .char(let b)): return a == b
        case (.string(let a), .string(let b)): return a == b
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)): return Self.areSame(a, b)
        case (.record(let a), .record(let b)):
            guard a.count == b.count else { return false }
            for index in 0..<a.count where a[index].name != b[index].name || !a[index].value.isSame(as: b[index].value) { return false }
            return true
        case (.variant(let a, let first), .variant(let b, let second)): return a == b && Self.areSame(first, second)
        case (.enumeration(let a), .enumeration(let b)): return a == b
        case (.option(let a), .option(let b)): return Self.areSame(a, b)
        case (.result(let a, let first), .result(let b, let second)): return a == b && Self.areSame(first, second)
        case (.flags(let a), .flags(let b)): return a == b
        default: return false
        }
    }

    private static func areSame(_ first: [ComponentValue], _ second: [ComponentValue]) -> Bool {
        guard first.count == second.count else { return false }
        for index in 0..<first.count where !first[index].isSame(as: second[index]) { return false }
        return true
    }

    private static func areSame(_ first: ComponentValue?, _ second: ComponentValue?) -> Bool {
        guard let first, let second else { return first == nil && second == nil }
        return first.isSame(as: second)
    }

    /// Appends the value in the notation of WIT values.
    func describe(into output: inout [UInt8]) {
        switch self {
        case .bool(let value): output.append(value ? "true" : "false")
        case .s8(let value): Self.describe(Int64(value), &output)
        case .u8(let value): output.append(decimal: UInt64(value))
        case .s16(let value): Self.describe(Int64(value), &output)
        case .u16(let value): output.append(decimal: UInt64(value))
        case .s32(let value): Self.describe(Int64(value), &output)
        case .u32(let value): output.append(decimal: UInt64(value))
        case .s64(let value): Self.describe(value, &output)
        case .u64(let value): output.append(decimal: value)
        case .f32(let bits): Self.describe("f32 bits ", UInt64(bits), &output)
        case .f64(let bits): Self.describe("f64 bits ", bits, &output)
        case .char(let value): Self.describe("char ", UInt64(value), &output)
        case .string(let bytes):
            output.append("\"")
            output.append(contentsOf: bytes)
            output.append("\"")
        case .list(let values): Self.describe("[", values, "]", &output)
        case .tuple(let values): Self.describe("(", values, ")", &output)
        case .record(let fields): Self.describe("{", fields.map { $0.value }, "}", &output)
        case .variant(let label, let payload): Self.describe(label, payload, &output)
        case .enumeration(let label): output.append(contentsOf: label.bytes)
        case .option(let payload): Self.describe(payload == nil ? "none" : "some", payload, &output)
        case .result(let isOK, let payload): Self.describe(isOK ? "ok" : "err", payload, &output)
        case .flags(let labels):
            output.append("{")
            for label in labels {
                output.append(" ")
                output.append(contentsOf: label.bytes)
            }
            output.append(" }")
        case .resource: output.append("a handle")
        }
    }

    private static func describe(_ value: Int64, _ output: inout [UInt8]) {
        if value < 0 { output.append("-") }
        output.append(decimal: value.magnitude)
    }

    private static func describe(_ word: StaticString, _ bits: UInt64, _ output: inout [UInt8]) {
        output.append(word)
        output.append(hexadecimal: bits)
    }

    private static func describe(_ open: StaticString, _ values: [ComponentValue], _ close: StaticString, _ output: inout [UInt8]) {
        output.append(open)
        for index in 0..<values.count {
            if index > 0 { output.append(", ") }
            values[index].describe(into: &output)
        }
        output.append(close)
    }

    private static func describe(_ label: Name, _ payload: ComponentValue?, _ output: inout [UInt8]) {
        output.append(contentsOf: label.bytes)
        guard let payload else { return }
        describe("(", [payload], ")", &output)
    }
}
