// The text modules of the official scripts: the text fuzzer's seeds, and what `Tests/Script/compare-text` has other assemblers judge.
//
//     fuzz modules FOLDER SCRIPT...     each text module into FOLDER/N.wat; one line a module on standard output:
//                                       N SCRIPT:LINE EXPECTED VERDICT ROUND-TRIP [KIND:NAME ...]
import Glibc
import WasmModule
import WasmText

/// A module of a script that is written as text.
struct ScriptModule {
    var line: Int
    /// What the script says of it: `valid`, `invalid` or `malformed`.
    var expected: String
    var text: [UInt8]

    /// All text modules of a script, in order; `binary`, `quote` and `instance` forms are no text.
    static func all(in script: [UInt8], _ vocabulary: Vocabulary) -> [ScriptModule] {
        var found: [ScriptModule] = []
        script.withUnsafeBytes { bytes in
            do throws(TextError) { try collect(bytes, vocabulary, &found) } catch { return }
        }
        return found
    }

    private static func collect(_ bytes: UnsafeRawBufferPointer, _ vocabulary: Vocabulary, _ found: inout [ScriptModule]) throws(TextError)
    {
        var reader = TokenReader(text: bytes, vocabulary: vocabulary)
        try reader.start(at: 0)
        var (depth, line, place) = (0, 1, 0)
        var command = ""
        while reader.current.kind != .end {
            if reader.current.kind == .leftParenthesis {
                if depth == 0 { command = String(decoding: reader.bytes(reader.ahead), as: UTF8.self) }
                if reader.isAtForm(.module) {
                    let start = reader.current.start
                    while place < start {
                        if bytes[place] == 0x0a { line += 1 }
                        place += 1
                    }
                    try reader.advance()
                    let bodyStart = reader.current.end
                    try reader.advance()
                    let isDefinition = try reader.take(.definition)
                    let textStart = isDefinition ? reader.previousEnd : bodyStart
                    let isOther = [Keyword.binary, .quote, .instance].contains { keyword in
                        reader.isAt(keyword) || reader.isAtIdentifier && reader.ahead.kind == .keyword && reader.aheadWord == Word(keyword)
                    }
                    try reader.skipForm()
                    // What a script says of custom sections only the script runner judges.
                    if isOther || command.hasSuffix("_custom") { continue }
                    let expected = command == "assert_invalid" ? "invalid" : command == "assert_malformed" ? "malformed" : "valid"
                    let text = Array("(module".utf8) + bytes[textStart..<reader.previousEnd]
                    found.append(ScriptModule(line: line, expected: expected, text: text))
                    continue
                }
                depth += 1
            } else if reader.current.kind == .rightParenthesis {
                depth -= 1
            }
            try reader.advance()
        }
    }
}

/// What we make of a text.
struct TextVerdict {
    /// `malformed`, `invalid` or `valid`.
    var verdict = "valid"
    /// `fixed` when print, assemble, print gives the same binary and text; `differs`; `-` for what has no module.
    var roundTrip = "-"
    /// `kind:name`, the name in hexadecimal.
    var exports: [String] = []
    /// Bytes of the binary and of the printed text.
    var binaryCount = 0
    var printedCount = 0
    var isAssembled = false

    static let features: Features = [.all, .garbageCollection]

    init(_ text: [UInt8], _ vocabulary: Vocabulary) {
        guard let binary = TextVerdict.assembled(text, vocabulary) else {
            verdict = "malformed"
            return
        }
        isAssembled = true
        binaryCount = binary.count
        binary.withUnsafeBytes { bytes in
            do throws(WasmError) {
                let image = try ModuleImage.decode(bytes, features: TextVerdict.features)
                let kinds = ["func", "table", "memory", "global", "tag"]
                exports = image.exports.map { export in
                    kinds[Int(export.kind.rawValue)] + ":" + image[export.name].map { byte in hexadecimal(byte) }.joined()
                }
                var printed: [UInt8] = []
                try disassemble(image, into: &printed)
                printedCount = printed.count
                roundTrip = TextVerdict.isFixed(printed, binary, text, vocabulary) ? "fixed" : "differs"
                try FunctionValidator.validateAll(image)
            } catch {
                // What the assembler writes is never malformed as a binary.
                verdict = error.phase == .malformed ? "malformed-binary" : "invalid"
            }
        }
    }

    private static func assembled(_ text: [UInt8], _ vocabulary: Vocabulary) -> [UInt8]? {
        text.withUnsafeBytes { bytes in try? assemble(text: bytes, vocabulary: vocabulary) }
    }

    /// Whether a printed module assembles to the binary it came from, and that prints as the same text.
    private static func isFixed(_ printed: [UInt8], _ binary: [UInt8], _ text: [UInt8], _ vocabulary: Vocabulary) -> Bool {
        guard let again = assembled(printed, vocabulary) else { return false }
        // A section that `@custom` names `name` comes back as names, in their own order.
        if again != binary, !contains(text, "@custom") { return false }
        return again.withUnsafeBytes { bytes in
            guard let image = try? ModuleImage.decode(bytes, features: features) else { return false }
            var second: [UInt8] = []
            do throws(WasmError) { try disassemble(image, into: &second) } catch { return false }
            return second == printed
        }
    }

    private static func contains(_ text: [UInt8], _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard text.count >= count else { return false }
        for start in 0...(text.count - count) where text[start] == word.utf8Start[0] {
            if memcmp(Array(text[start..<(start + count)]), word.utf8Start, count) == 0 { return true }
        }
        return false
    }
}

/// Two digits.
func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

extension Fuzzer {
    /// The bytes of a file; ends the program when it cannot be read.
    static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else {
            perror(path)
            exit(1)
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return bytes
    }

    /// Writes every text module of the scripts and what we make of it.
    static func modules(_ scripts: ArraySlice<String>, folder: String) {
        let vocabulary = Vocabulary()
        var number = 0
        for script in scripts {
            for module in ScriptModule.all(in: read(script), vocabulary) {
                write(module.text, to: "\(folder)/\(number).wat")
                let ours = TextVerdict(module.text, vocabulary)
                print(
                    number, "\(script):\(module.line)", module.expected, ours.verdict, ours.roundTrip, ours.exports.joined(separator: " "))
                number += 1
            }
        }
    }
}
