// Calling an export by name with arguments as text, and its results as text, one a line, as other runtimes do.
import KernelCore
import WASI
import WasmEngine
import WasmModule
import WasmNumerics

/// `--invoke`.
enum Invocation {
    /// The values of arguments given as text; nil when they do not fit. Integers, decimal or hexadecimal; floats as the
    /// text format writes them.
    static func arguments(_ texts: [[UInt8]], of function: Func) -> [Value]? {
        let type = function.type
        guard type.parameters.count == texts.count else { return nil }
        var values: [Value] = []
        for index in 0..<texts.count {
            let parameter = type.parameters[index]
            if parameter == .i32, let number = integer(texts[index]) {
                values.append(.i32(Int32(truncatingIfNeeded: number)))
            } else if parameter == .i64, let number = integer(texts[index]) {
                values.append(.i64(number))
            } else if parameter == .f32, let bits = float32Bits(texts[index]) {
                values.append(.f32(bits: bits))
            } else if parameter == .f64, let bits = float64Bits(texts[index]) {
                values.append(.f64(bits: bits))
            } else {
                return nil
            }
        }
        return values
    }

    private static func float32Bits(_ text: [UInt8]) -> UInt32? {
        var bits: UInt32?
        text.withUnsafeBytes { bytes in
            do throws(FloatTextFault) { bits = try FloatParser.float32Bits(bytes) } catch {}
        }
        return bits
    }

    private static func float64Bits(_ text: [UInt8]) -> UInt64? {
        var bits: UInt64?
        text.withUnsafeBytes { bytes in
            do throws(FloatTextFault) { bits = try FloatParser.float64Bits(bytes) } catch {}
        }
        return bits
    }

    private static func integer(_ text: [UInt8]) -> Int64? {
        var digits = text[...]
        var isNegative = false
        if digits.first == UInt8(ascii: "-") {
            isNegative = true
            digits = digits.dropFirst()
        }
        var base: UInt64 = 10
        if digits.count > 2, digits[digits.startIndex] == 48, digits[digits.startIndex + 1] | 32 == UInt8(ascii: "x") {
            base = 16
            digits = digits.dropFirst(2)
        }
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            var number: UInt64
            switch digit {
            case 48...57: number = UInt64(digit) - 48
            case 97...102: number = UInt64(digit) - 87
            case 65...70: number = UInt64(digit) - 55
            default: return nil
            }
            guard number < base else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: base)
            number = product &+ number
            guard !overflow, number >= product else { return nil }
            value = number
        }
        return Int64(bitPattern: isNegative ? 0 &- value : value)
    }

    /// Prints results to standard output.
    static func printResults(_ values: [Value], _ process: Process.Pointer) {
        var text = TextBuffer()
        for value in values {
            switch value {
            case .i32(let number): text.append(decimal: Int(number))
            case .i64(let number): text.append(decimal: Int(number))
            case .f32(let bits):
                var digits: [UInt8] = []
                FloatPrinter.print(float32Bits: bits, into: &digits)
                text.append(digits)
            case .f64(let bits):
                var digits: [UInt8] = []
                FloatPrinter.print(float64Bits: bits, into: &digits)
                text.append(digits)
            case .v128(let low, let high):
                text.append(hexadecimal: high)
                text.append(":")
                text.append(hexadecimal: low)
            case .function(let function): text.append(function == nil ? "null" : "funcref")
            case .external(let number): text.append(number == nil ? "null" : "externref")
            case .exception(let reference): text.append(reference == nil ? "null" : "exnref")
            }
            text.append("\n")
        }
        let platform = KernelPlatform(process)
        text.bytes.withUnsafeBytes { _ = platform.write(.standardOutput, from: $0, nonblocking: false) }
    }
}
