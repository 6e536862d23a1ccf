// OperationText: the textual form of a function's intermediate operations, for people and for whoever compares translations.
//
// One operation a line: offset, name, then its fields in order: `%n` a slot (byte offset), `#n` an immediate, `->n` a target's offset,
// `fn` a function, plain numbers for the rest. A result that is only in the accumulator prints as `acc`.

import Containers
import WasmModule
import WasmOperations

extension Module {
    /// Translates a function anew and appends its operations' text; false when it is not valid, is imported or memory is refused.
    public func appendOperations(ofFunction function: Int, to text: inout [UInt8]) -> Bool {
        let body = function - image.importedFunctionCount
        guard body >= 0, body < image.bodies.count else { return false }
        var translator = Translator(self)
        do throws(WasmError) { try translator.translate(body: body) } catch { return false }
        var offset = translator.entryOffset
        while offset < translator.code.count {
            OperationText.append(translator.code, offset, &text)
            offset += cellByteCount(translator.code, offset)
        }
        return true
    }

    private func cellByteCount(_ code: borrowing CodeBuffer, _ offset: Int) -> Int {
        engine.cellByteCount(Int(code.operation(at: offset).rawValue), UnsafeRawPointer(code.base + offset))
    }
}

/// The text of operations.
enum OperationText {
    static func append(_ code: borrowing CodeBuffer, _ start: Int, _ text: inout [UInt8]) {
        let operation = code.operation(at: start)
        append(Int64(start), &text)
        append(": ", &text)
        append(operation.name, &text)
        let fields = operation.fields
        var offset = start + CellLayout.headerByteCount
        for index in 0..<fields.utf8CodeUnitCount {
            let letter = fields.utf8Start[index]
            let size = CellLayout.byteCount(of: letter)
            if size == 8 { offset = (offset + 7) & ~7 }
            switch letter {
            case UInt8(ascii: "r"): append(" acc", &text)
            case UInt8(ascii: "R"), UInt8(ascii: "s"), UInt8(ascii: "h"), UInt8(ascii: "d"): append(" %", Int64(code.field(offset)), &text)
            case UInt8(ascii: "i"): append(" #", Int64(code.field(offset)), &text)
            case UInt8(ascii: "I"): append(" #", Int64(bitPattern: code.field64(offset)), &text)
            case UInt8(ascii: "T"): append(" ->", Int64(bitPattern: code.field64(offset)), &text)
            case UInt8(ascii: "F"): append(" f", Int64(bitPattern: code.field64(offset)), &text)
            case UInt8(ascii: "o"), UInt8(ascii: "n"): append(" ", Int64(UInt32(bitPattern: code.field(offset))), &text)
            default: break
            }
            offset += size
        }
        if operation == .brTableS || operation == .brTableA {
            for target in 0...Int(UInt32(bitPattern: code.field(start + 12))) {
                append(" ->", Int64(bitPattern: code.field64(start + 16 + target * 8)), &text)
            }
        }
        text.append(UInt8(ascii: "\n"))
    }

    private static func append(_ string: StaticString, _ text: inout [UInt8]) {
        text.append(contentsOf: UnsafeBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
    }

    private static func append(_ prefix: StaticString, _ value: Int64, _ text: inout [UInt8]) {
        append(prefix, &text)
        append(value, &text)
    }

    private static func append(_ value: Int64, _ text: inout [UInt8]) {
        if value < 0 { text.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = text.count
        repeat {
            text.insert(UInt8(ascii: "0") + UInt8(rest % 10), at: start)
            rest /= 10
        } while rest > 0
    }
}
