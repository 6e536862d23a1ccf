// Values as text and back, for `--invoke`: integers in decimal or hexadecimal, floats in the text format's grammar.
import WasmEngine
import WasmModule
import WasmNumerics

/// Values of calls from the command line.
enum ValueText {
    enum Parsed {
        case values([Value])
        case complaint(String)
    }

    /// The arguments of a call, one text each.
    static func values(_ texts: [String], of type: FunctionType) -> Parsed {
        guard texts.count == type.parameters.count else {
            return .complaint("the function takes \(type.parameters.count) arguments, not \(texts.count)")
        }
        var values: [Value] = []
        for (text, parameter) in zip(texts, type.parameters) {
            guard let value = value(text, parameter) else { return .complaint("`\(text)` is no \(typeText(parameter))") }
            values.append(value)
        }
        return .values(values)
    }

    private static func value(_ text: String, _ type: ValueType) -> Value? {
        switch type {
        case .i32:
            guard let number = integer(text), number >= Int64(Int32.min), number <= Int64(UInt32.max) else { return nil }
            return .i32(Int32(truncatingIfNeeded: number))
        case .i64: return integer(text).map { .i64($0) }
        case .f32:
            var text = text
            return text.withUTF8 { try? FloatParser.float32Bits(UnsafeRawBufferPointer($0)) }.map { .f32(bits: $0) }
        case .f64:
            var text = text
            return text.withUTF8 { try? FloatParser.float64Bits(UnsafeRawBufferPointer($0)) }.map { .f64(bits: $0) }
        default:
            if text == "null", type.isReference, type.isNullable { return type.heapType == .extern ? .external(nil) : .function(nil) }
            return nil
        }
    }

    /// A number of 64 bits, signed or not.
    private static func integer(_ text: String) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative ? text.dropFirst() : text[...]
        let isHexadecimal = digits.hasPrefix("0x")
        guard let magnitude = UInt64(isHexadecimal ? digits.dropFirst(2) : digits, radix: isHexadecimal ? 16 : 10) else { return nil }
        if isNegative { return magnitude <= 1 << 63 ? Int64(bitPattern: 0 &- magnitude) : nil }
        return Int64(bitPattern: magnitude)
    }

    /// A result as text.
    static func text(_ value: Value) -> String {
        switch value {
        case .i32(let number): return "\(number)"
        case .i64(let number): return "\(number)"
        case .f32(let bits): return printed { FloatPrinter.print(float32Bits: bits, into: &$0) }
        case .f64(let bits): return printed { FloatPrinter.print(float64Bits: bits, into: &$0) }
        case .v128(let low, let high): return "i64x2 \(hexadecimal(low)) \(hexadecimal(high))"
        case .function(let function): return function == nil ? "null" : "funcref"
        case .external(let number): return number.map { "externref \($0)" } ?? "null"
        case .exception(let exception): return exception == nil ? "null" : "exnref"
        }
    }

    private static func printed(_ print: (inout [UInt8]) -> Void) -> String {
        var text: [UInt8] = []
        print(&text)
        return String(decoding: text, as: UTF8.self)
    }
}
