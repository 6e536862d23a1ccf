// Values as text and back, for calls from a command line: integers in decimal or hexadecimal, floats in the text format's grammar
// (core specification, 6.3.2).
import Containers
import WasmModule
import WasmNumerics

/// Why texts are no arguments of a function.
public enum ArgumentFault: Error {
    /// Another number of them is wanted.
    case count(wanted: Int, given: Int)
    /// The text at this place is no value of the parameter's type.
    case value(index: Int, type: ValueType)

    /// Appends the reason; `texts` are what was given.
    public func render(_ texts: [[UInt8]], into output: inout [UInt8]) {
        switch self {
        case .count(let wanted, let given):
            output.append("the function takes ")
            output.append(decimal: wanted)
            output.append(wanted == 1 ? " argument, not " : " arguments, not ")
            output.append(decimal: given)
        case .value(let index, let type):
            output.append("argument ")
            output.append(decimal: index + 1)
            output.append(", `")
            for byte in texts[index].prefix(64) { output.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: "?") : byte) }
            output.append(type == .i32 || type == .i64 ? "`, is no " : "`, is not of type ")
            type.render(into: &output)
        }
    }
}

/// Values of calls from a command line.
public enum ValueText {
    /// The arguments of a call, one text each.
    public static func values(_ texts: [[UInt8]], of type: FunctionType) throws(ArgumentFault) -> [Value] {
        guard texts.count == type.parameters.count else {
            throw .count(wanted: type.parameters.count, given: texts.count)
        }
        var values: [Value] = []
        for index in 0..<texts.count {
            guard let value = value(texts[index], type.parameters[index]) else {
                throw .value(index: index, type: type.parameters[index])
            }
            values.append(value)
        }
        return values
    }

    private static func value(_ text: [UInt8], _ type: ValueType) -> Value? {
        switch type {
        case .i32:
            guard let number = integer(text), number.isNegative ? number.magnitude <= 1 << 31 : number.magnitude <= UInt64(UInt32.max)
            else { return nil }
            let bits = UInt32(truncatingIfNeeded: number.magnitude)
            return .i32(Int32(bitPattern: number.isNegative ? 0 &- bits : bits))
        case .i64:
            guard let number = integer(text), !number.isNegative || number.magnitude <= 1 << 63 else { return nil }
            return .i64(Int64(bitPattern: number.isNegative ? 0 &- number.magnitude : number.magnitude))
        case .f32:
            return text.withUnsafeBytes { bytes in
                do throws(FloatTextFault) { return .f32(bits: try FloatParser.float32Bits(bytes)) } catch { return nil }
            }
        case .f64:
            return text.withUnsafeBytes { bytes in
                do throws(FloatTextFault) { return .f64(bits: try FloatParser.float64Bits(bytes)) } catch { return nil }
            }
        default:
            guard type.isReference, type.isNullable, text == Array("null".utf8) else { return nil }
            switch type.heapType {
            case .extern, .noextern: return .external(nil)
            case .exn, .noexn: return .exception(nil)
            default: return .function(nil)
            }
        }
    }

    /// A sign, and a magnitude of 64 bits, decimal or with `0x` hexadecimal.
    private static func integer(_ text: [UInt8]) -> (isNegative: Bool, magnitude: UInt64)? {
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        var radix: UInt64 = 10
        if digits.count > 2, digits[digits.startIndex] == UInt8(ascii: "0"), digits[digits.startIndex + 1] | 32 == UInt8(ascii: "x") {
            radix = 16
            digits = digits.dropFirst(2)
        }
        guard !digits.isEmpty else { return nil }
        var magnitude: UInt64 = 0
        for byte in digits {
            let digit: UInt64
            switch byte {
            case 48...57: digit = UInt64(byte) - 48
            case 65...70, 97...102: digit = UInt64(byte | 32) - 87
            default: return nil
            }
            guard digit < radix else { return nil }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: radix)
            let (sum, carry) = product.addingReportingOverflow(digit)
            guard !overflow, !carry else { return nil }
            magnitude = sum
        }
        return (isNegative, magnitude)
    }

    /// Appends a result, as other runtimes print it: integers signed, floats so that they can be read back.
    public static func append(_ value: Value, to output: inout [UInt8]) {
        switch value {
        case .i32(let number): output.append(decimal: Int(number))
        case .i64(let number): output.append(decimal: Int(number))
        case .f32(let bits): FloatPrinter.print(float32Bits: bits, into: &output)
        case .f64(let bits): FloatPrinter.print(float64Bits: bits, into: &output)
        case .v128(let low, let high):
            output.append("i64x2 ")
            output.append(hexadecimal: low)
            output.append(" ")
            output.append(hexadecimal: high)
        case .function(let function): output.append(function == nil ? "null" : "funcref")
        case .external(let number):
            output.append(number == nil ? "null" : "externref")
            if let number {
                output.append(" ")
                output.append(decimal: number)
            }
        case .exception(let exception): output.append(exception == nil ? "null" : "exnref")
        }
    }
}
