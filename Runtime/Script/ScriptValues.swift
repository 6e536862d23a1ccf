// Values and patterns as text, for the line that tells of a failure. Owns nothing.
import WasmEngine
import WasmText

/// Appends a number in hexadecimal with its prefix.
func appendHexadecimal(_ value: UInt64, to output: inout [UInt8]) {
    append("0x", to: &output)
    var shift: UInt64 = 60
    while shift > 0, value >> shift == 0 { shift -= 4 }
    while true {
        let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
        output.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        if shift == 0 { return }
        shift -= 4
    }
}

extension Value {
    /// Appends ` (type value)`.
    func describe(into output: inout [UInt8]) {
        switch self {
        case .i32(let value): ResultPattern.i32(UInt32(bitPattern: value)).describe(into: &output)
        case .i64(let value): ResultPattern.i64(UInt64(bitPattern: value)).describe(into: &output)
        case .f32(let bits): ResultPattern.f32(.bits(UInt64(bits))).describe(into: &output)
        case .f64(let bits): ResultPattern.f64(.bits(bits)).describe(into: &output)
        case .v128(let low, let high): ResultPattern.v128(low: low, high: high).describe(into: &output)
        case .function(let function): append(function == nil ? " (ref.null func)" : " (ref.func)", to: &output)
        case .external(let number?): ResultPattern.external(number).describe(into: &output)
        case .external(nil): append(" (ref.null extern)", to: &output)
        case .exception(let exception): append(exception == nil ? " (ref.null exn)" : " (ref.exn)", to: &output)
        }
    }
}

extension FloatPattern {
    func describe(into output: inout [UInt8]) {
        switch self {
        case .bits(let bits):
            append(" bits ", to: &output)
            appendHexadecimal(bits, to: &output)
        case .canonicalNaN: append(" nan:canonical", to: &output)
        case .arithmeticNaN: append(" nan:arithmetic", to: &output)
        }
    }
}

extension ResultPattern {
    /// Appends ` (type value)`.
    func describe(into output: inout [UInt8]) {
        switch self {
        case .i32(let value):
            append(" (i32 ", to: &output)
            appendHexadecimal(UInt64(value), to: &output)
        case .i64(let value):
            append(" (i64 ", to: &output)
            appendHexadecimal(value, to: &output)
        case .f32(let pattern):
            append(" (f32", to: &output)
            pattern.describe(into: &output)
        case .f64(let pattern):
            append(" (f64", to: &output)
            pattern.describe(into: &output)
        case .v128(let low, let high):
            append(" (v128 high ", to: &output)
            appendHexadecimal(high, to: &output)
            append(" low ", to: &output)
            appendHexadecimal(low, to: &output)
        case .f32x4(let a, let b, let c, let d):
            append(" (f32x4", to: &output)
            a.describe(into: &output)
            b.describe(into: &output)
            c.describe(into: &output)
            d.describe(into: &output)
        case .f64x2(let a, let b):
            append(" (f64x2", to: &output)
            a.describe(into: &output)
            b.describe(into: &output)
        case .null: append(" (ref.null", to: &output)
        case .anyFunction: append(" (ref.func", to: &output)
        case .external(let number):
            append(" (ref.extern", to: &output)
            if let number {
                output.append(0x20)
                appendDecimal(number, to: &output)
            }
        case .aggregate: append(" (ref of an aggregate", to: &output)
        case .either(let patterns):
            append(" (either", to: &output)
            for pattern in patterns { pattern.describe(into: &output) }
        }
        output.append(0x29)
    }
}
