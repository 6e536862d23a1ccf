// An error in words. Owns nothing; the only place that builds text from it.

extension WasmError {
    /// The message as the reference interpreter begins it, with its details: "type mismatch: instruction requires [i32] but stack has []".
    public func renderMessage(into output: inout String) {
        output += text(message)
        switch detailKind {
        case .none: break
        case .number:
            output += " "
            output += String(detail)
        case .byte:
            output += " "
            output += hexadecimal(UInt8(truncatingIfNeeded: detail))
        case .types:
            output += ": instruction requires ["
            appendType(detail, to: &output)
            output += "] but stack has ["
            appendType(secondDetail, to: &output)
            output += "]"
        case .leftover:
            output += ": block requires [] but stack has ["
            if detail > 1 { output += "... " }
            appendType(secondDetail, to: &output)
            output += "]"
        case .subType:
            output += " "
            output += String(detail)
            output += " does not match super type "
            output += String(secondDetail)
        case .opcode:
            output += ": "
            if detail < UInt64(Opcode.count) { output += OpcodeRow(OpcodeMap.opcode(UInt16(detail))).name }
        case .bound:
            output += " (the limit is "
            output += String(detail)
            output += ")"
        }
    }

    /// The whole error in one line: message and offset.
    public func render(into output: inout String) {
        renderMessage(into: &output)
        output += " (at offset 0x"
        var digits = ""
        var rest = UInt(bitPattern: offset)
        repeat {
            digits = String(UnicodeScalar(UInt8(rest & 15) < 10 ? 48 + UInt8(rest & 15) : 87 + UInt8(rest & 15))) + digits
            rest >>= 4
        } while rest != 0
        output += digits
        output += ")"
    }

    private func text(_ string: StaticString) -> String {
        String(decoding: UnsafeBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount), as: UTF8.self)
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        var text = ""
        for digit in [byte >> 4, byte & 15] { text += String(UnicodeScalar(digit < 10 ? 48 + digit : 87 + digit)) }
        return text
    }

    private func appendType(_ raw: UInt64, to output: inout String) {
        guard raw <= UInt64(UInt32.max) else { return }
        ValueType(rawValue: UInt32(raw)).render(into: &output)
    }
}

extension HeapType {
    /// The text format's name; a type index as a number.
    public func render(into output: inout String) {
        if let index = typeIndex {
            output += String(index)
            return
        }
        switch self {
        case .func: output += "func"
        case .extern: output += "extern"
        case .any: output += "any"
        case .eq: output += "eq"
        case .i31: output += "i31"
        case .struct: output += "struct"
        case .array: output += "array"
        case .exn: output += "exn"
        case .none: output += "none"
        case .nofunc: output += "nofunc"
        case .noextern: output += "noextern"
        case .noexn: output += "noexn"
        default: output += "bot"
        }
    }
}

extension ValueType {
    /// The text format's name.
    public func render(into output: inout String) {
        guard isReference else {
            switch rawValue {
            case 1: output += "i32"
            case 2: output += "i64"
            case 3: output += "f32"
            case 4: output += "f64"
            case 5: output += "v128"
            case 6: output += "i8"
            case 7: output += "i16"
            default: output += "any"
            }
            return
        }
        switch self {
        case .funcref: output += "funcref"
        case .externref: output += "externref"
        case .exnref: output += "exnref"
        case .anyref: output += "anyref"
        case .eqref: output += "eqref"
        case .i31ref: output += "i31ref"
        case .structref: output += "structref"
        case .arrayref: output += "arrayref"
        case .nullref: output += "nullref"
        case .nullfuncref: output += "nullfuncref"
        case .nullexternref: output += "nullexternref"
        case .nullexnref: output += "nullexnref"
        default:
            output += isNullable ? "(ref null " : "(ref "
            heapType.render(into: &output)
            output += ")"
        }
    }
}
