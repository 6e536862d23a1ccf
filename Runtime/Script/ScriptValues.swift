// Values and patterns as text, for the line that tells of a failure. Owns nothing.
import Containers
import WasmEngine
import WasmText

extension Value {
    /// Appends ` (type value)`.
    func describe(into output: inout [UInt8]) {
        switch self {
        case .i32(let value): ResultPattern.i32(UInt32(bitPattern: value)).describe(into: &output)
        case .i64(let value): ResultPattern.i64(UInt64(bitPattern: value)).describe(into: &output)
        case .f32(let bits): ResultPattern.f32(.bits(UInt64(bits))).describe(into: &output)
        case .f64(let bits): ResultPattern.f64(.bits(bits)).describe(into: &output)
        case .v128(let low, let high): ResultPattern.v128(low: low, high: high).describe(into: &output)
        case .function(let function): output.append(function == nil ? " (ref.null func)" : " (ref.func)")
        case .external(let number?): ResultPattern.external(number).describe(into: &output)
        case .external(nil): output.append(" (ref.null extern)")
        case .exception(let exception): output.append(exception == nil ? " (ref.null exn)" : " (ref.exn)")
        }
    }
}

extension FloatPattern {
    func describe(into output: inout [UInt8]) {
        switch self {
        case .bits(let bits):
            output.append(" bits ")
            output.append(hexadecimal: bits)
        case .canonicalNaN: output.append(" nan:canonical")
        case .arithmeticNaN: output.append(" nan:arithmetic")
        }
    }
}

extension ResultPattern {
    /// Appends ` (type value)`.
    func describe(into output: inout [UInt8]) {
        switch self {
        case .i32(let value):
            output.append(" (i32 ")
            output.append(hexadecimal: UInt64(value))
        case .i64(let value):
            output.append(" (i64 ")
            output.append(hexadecimal: value)
        case .f32(let pattern):
            output.append(" (f32")
            pattern.describe(into: &output)
        case .f64(let pattern):
            output.append(" (f64")
            pattern.describe(into: &output)
        case .v128(let low, let high):
            output.append(" (v128 high ")
            output.append(hexadecimal: high)
            output.append(" low ")
            output.append(hexadecimal: low)
        case .f32x4(let a, let b, let c, let d):
            output.append(" (f32x4")
            a.describe(into: &output)
            b.describe(into: &output)
            c.describe(into: &output)
            d.describe(into: &output)
        case .f64x2(let a, let b):
            output.append(" (f64x2")
            a.describe(into: &output)
            b.describe(into: &output)
        case .null: output.append(" (ref.null")
        case .anyFunction: output.append(" (ref.func")
        case .external(let number):
            output.append(" (ref.extern")
            if let number {
                output.append(0x20)
                output.append(decimal: number)
            }
        case .aggregate: output.append(" (ref of an aggregate")
        case .either(let patterns):
            output.append(" (either")
            for pattern in patterns { pattern.describe(into: &output) }
        }
        output.append(0x29)
    }
}
