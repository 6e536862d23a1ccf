// An error in words. Owns nothing; the only place that builds text from it.
import Containers

extension WasmError {
    /// The message as the reference interpreter begins it, with its details: "type mismatch: instruction requires [i32] but stack has []".
    public func renderMessage(into output: inout [UInt8]) {
        output.append(message)
        switch detailKind {
        case .none: break
        case .number:
            output.append(" ")
            output.append(decimal: detail)
        case .byte:
            output.append(" ")
            output.append(hexadecimalDigit(detail >> 4))
            output.append(hexadecimalDigit(detail))
        case .types:
            output.append(": instruction requires [")
            appendType(detail, to: &output)
            output.append("] but stack has [")
            appendType(secondDetail, to: &output)
            output.append("]")
        case .leftover:
            output.append(": block requires [] but stack has [")
            if detail > 1 { output.append("... ") }
            appendType(secondDetail, to: &output)
            output.append("]")
        case .subType:
            output.append(" ")
            output.append(decimal: detail)
            output.append(" does not match super type ")
            output.append(decimal: secondDetail)
        case .opcode:
            output.append(": ")
            if detail < UInt64(Opcode.count) { output.append(contentsOf: OpcodeRow(OpcodeMap.opcode(UInt16(detail))).nameBytes) }
        case .bound:
            output.append(" (the limit is ")
            output.append(decimal: detail)
            output.append(")")
        }
    }

    /// The whole error in one line: message and offset.
    public func render(into output: inout [UInt8]) {
        renderMessage(into: &output)
        output.append(" (at offset ")
        output.append(hexadecimal: UInt64(offset))
        output.append(")")
    }

    /// The digit of the lowest four bits.
    private func hexadecimalDigit(_ value: UInt64) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: value & 15)
        return digit < 10 ? 48 + digit : 87 + digit
    }

    private func appendType(_ raw: UInt64, to output: inout [UInt8]) {
        guard raw <= UInt64(UInt32.max) else { return }
        ValueType(rawValue: UInt32(raw)).render(into: &output)
    }
}

extension HeapType {
    /// The text format's name; a type index as a number.
    public func render(into output: inout [UInt8]) {
        if let index = typeIndex {
            output.append(decimal: Int(index))
            return
        }
        switch self {
        case .func: output.append("func")
        case .extern: output.append("extern")
        case .any: output.append("any")
        case .eq: output.append("eq")
        case .i31: output.append("i31")
        case .struct: output.append("struct")
        case .array: output.append("array")
        case .exn: output.append("exn")
        case .none: output.append("none")
        case .nofunc: output.append("nofunc")
        case .noextern: output.append("noextern")
        case .noexn: output.append("noexn")
        default: output.append("bot")
        }
    }
}

extension ValueType {
    /// The text format's name.
    public func render(into output: inout [UInt8]) {
        guard isReference else {
            switch rawValue {
            case 1: output.append("i32")
            case 2: output.append("i64")
            case 3: output.append("f32")
            case 4: output.append("f64")
            case 5: output.append("v128")
            case 6: output.append("i8")
            case 7: output.append("i16")
            default: output.append("any")
            }
            return
        }
        switch self {
        case .funcref: output.append("funcref")
        case .externref: output.append("externref")
        case .exnref: output.append("exnref")
        case .anyref: output.append("anyref")
        case .eqref: output.append("eqref")
        case .i31ref: output.append("i31ref")
        case .structref: output.append("structref")
        case .arrayref: output.append("arrayref")
        case .nullref: output.append("nullref")
        case .nullfuncref: output.append("nullfuncref")
        case .nullexternref: output.append("nullexternref")
        case .nullexnref: output.append("nullexnref")
        default:
            output.append(isNullable ? "(ref null " : "(ref ")
            heapType.render(into: &output)
            output.append(")")
        }
    }
}
