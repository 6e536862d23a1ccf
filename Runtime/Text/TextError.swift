// What is wrong with a text: where, what kind, in the words of the reference interpreter; and how it is shown to a person.
// Owns the limits of the room. Spec: WebAssembly core, chapter 6.
import Containers

/// Why a text is no module. Carries integers and static strings only; `render` makes the lines for a person.
public struct TextError: Error {
    /// What sort of mistake it is.
    public enum Kind: UInt8, Sendable {
        /// The tokens do not follow the grammar.
        case syntax
        /// A byte sequence that is not UTF-8, or a character that may not stand there.
        case encoding
        /// A name or index that nothing defines.
        case unknownName
        /// A name defined twice.
        case duplicateName
        /// A number that does not fit its type.
        case outOfRange
        /// A custom, name or hint annotation that is malformed or out of place.
        case annotation
        /// The text asks for more than this implementation bounds: nesting, size.
        case limit
        /// Memory was refused.
        case outOfMemory
    }

    public var kind: Kind
    /// Byte offset of the offending token in the text.
    public var offset: Int
    /// Bytes of the offending token, 0 at the text's end.
    public var byteCount: Int
    /// Line, from 1. 0 until located.
    public var line: Int = 0
    /// Column in bytes, from 1.
    public var column: Int = 0
    /// The reference interpreter's words for the mistake.
    public var message: StaticString
    /// What would have been right there; empty when the message says it all.
    public var expected: StaticString

    package init(_ kind: Kind, at token: Token, _ message: StaticString, expected: StaticString = "") {
        self.kind = kind
        self.offset = token.start
        self.byteCount = token.end - token.start
        self.message = message
        self.expected = expected
    }

    /// The same error with its line and column found in `text`.
    package func located(in text: UnsafeRawBufferPointer) -> TextError {
        var error = self
        let end = min(offset, text.count)
        var line = 1
        var lineStart = 0
        var position = 0
        while position < end {
            if text[position] == 0x0a { line += 1; lineStart = position + 1 }
            position += 1
        }
        error.line = line
        error.column = end - lineStart + 1
        return error
    }
}

/// Bounds of the assembler that no sensible text meets.
public enum TextLimits {
    /// Blocks and folded expressions open at one place of a function. Each costs 64 bytes, so the deepest text costs 64 MB less than its own parentheses.
    public static let nestingDepth = 100_000
    /// Parentheses open within something skipped (an annotation, a field on the first pass); they cost nothing, so only a counter bounds them.
    public static let skippedDepth = 100_000
}

extension TextError {
    /// Appends `file:line:column: error: message`, the line itself and a caret under the token.
    public func render(file: String, text: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        output.append(contentsOf: file.utf8)
        output.append(0x3a)
        output.append(decimal: line)
        output.append(0x3a)
        output.append(decimal: column)
        output.append(": error: ")
        renderReason(text: text, into: &output)
        output.append(0x0a)
        renderLine(text: text, into: &output)
    }

    /// Appends the message, with the offending identifier, without its dollar sign, in the place of a `%`.
    public func renderMessage(text: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        for index in 0..<message.utf8CodeUnitCount {
            let byte = message.utf8Start[index]
            if byte != 0x25 {
                output.append(byte)
            } else if offset + byteCount <= text.count, byteCount > 0 {
                appendPrintable(text, offset + 1, offset + byteCount, to: &output)
            }
        }
    }

    /// Appends the message, the offending token, and what would have been right.
    public func renderReason(text: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        renderMessage(text: text, into: &output)
        if byteCount > 0, byteCount <= 64, offset + byteCount <= text.count, kind != .encoding {
            output.append(" `")
            appendPrintable(text, offset, offset + byteCount, to: &output)
            output.append("`")
        } else if byteCount == 0, offset >= text.count {
            output.append(" at the end of the text")
        }
        if expected.utf8CodeUnitCount > 0 {
            output.append(", expected ")
            output.append(expected)
        }
    }

    /// The offending line, cut to a window of 120 bytes around the place, and the caret.
    private func renderLine(text: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        let place = min(offset, text.count)
        var start = place
        while start > 0, text[start - 1] != 0x0a, place - start < 80 { start -= 1 }
        var end = place
        while end < text.count, text[end] != 0x0a, text[end] != 0x0d, end - start < 120 { end += 1 }
        output.append("  | ")
        let column = appendPrintable(text, start, place, to: &output)
        appendPrintable(text, place, end, to: &output)
        output.append("\n  | ")
        for _ in 0..<column { output.append(0x20) }
        output.append(0x5e)
        output.append(0x0a)
    }
}

/// Appends source bytes: control characters as spaces, and what is no UTF-8 as `?`, so that a terminal stays whole. Returns how many
/// characters that were.
@discardableResult
private func appendPrintable(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int, to output: inout [UInt8]) -> Int {
    var position = start
    var characterCount = 0
    while position < end {
        let length = UTF8Decoder.sequenceLength(text, position, end)
        if length == 0 {
            output.append(UInt8(ascii: "?"))
        } else if text[position] < 0x20 || text[position] == 0x7f {
            output.append(0x20)
        } else {
            output.append(contentsOf: text[position..<(position + length)])
        }
        position += max(length, 1)
        characterCount += 1
    }
    return characterCount
}
