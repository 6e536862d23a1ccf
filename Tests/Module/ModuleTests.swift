// The decoder against the official scripts' binary modules: those that must be accepted, and those that must be refused with given words.

import Foundation
import Testing
import WasmModule

/// A binary module of a script, and what the script says about it.
struct ScriptModule {
    enum Expectation: Equatable { case valid, malformed(String), invalid(String) }
    var file: String
    var line: Int
    var bytes: [UInt8]
    var expectation: Expectation
}

/// Finds `(module binary "...")` in a script, alone or in an assertion. Knows strings, comments and parentheses, nothing else.
struct ScriptScanner {
    private let text: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1

    init(file: String, text: [UInt8]) {
        self.file = file
        self.text = text
    }

    private enum Token: Equatable { case open, close, word(String), string([UInt8]), end }

    private mutating func next() -> Token {
        while position < text.count {
            let byte = text[position]
            switch byte {
            case 10:
                line += 1
                position += 1
            case 32, 9, 13: position += 1
            case UInt8(ascii: ";") where position + 1 < text.count && text[position + 1] == UInt8(ascii: ";"):
                while position < text.count, text[position] != 10 { position += 1 }
            case UInt8(ascii: "(") where position + 1 < text.count && text[position + 1] == UInt8(ascii: ";"):
                var depth = 0
                repeat {
                    if text[position] == UInt8(ascii: "("), text[position + 1] == UInt8(ascii: ";") {
                        depth += 1
                        position += 2
                    } else if text[position] == UInt8(ascii: ";"), text[position + 1] == UInt8(ascii: ")") {
                        depth -= 1
                        position += 2
                    } else {
                        if text[position] == 10 { line += 1 }
                        position += 1
                    }
                } while depth > 0
            case UInt8(ascii: "("):
                position += 1
                return .open
            case UInt8(ascii: ")"):
                position += 1
                return .close
            case UInt8(ascii: "\""): return .string(string())
            default:
                let start = position
                while position < text.count, !" \n\t\r()\";".utf8.contains(text[position]) { position += 1 }
                if position == start { position += 1 }
                return .word(String(decoding: text[start..<position], as: UTF8.self))
            }
        }
        return .end
    }

    private mutating func string() -> [UInt8] {
        var bytes: [UInt8] = []
        position += 1
        while text[position] != UInt8(ascii: "\"") {
            guard text[position] == UInt8(ascii: "\\") else {
                bytes.append(text[position])
                position += 1
                continue
            }
            let escape = text[position + 1]
            position += 2
            switch escape {
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): bytes.append(escape)
            case UInt8(ascii: "u"):
                while text[position] != UInt8(ascii: "}") { position += 1 }
                position += 1
            default:
                let digits = String(decoding: [escape, text[position]], as: UTF8.self)
                bytes.append(UInt8(digits, radix: 16) ?? 0)
                position += 1
            }
        }
        position += 1
        return bytes
    }

    /// All binary modules, in order.
    mutating func modules() -> [ScriptModule] {
        var found: [ScriptModule] = []
        // For each open parenthesis its first word, and the index of a module found in it.
        var words: [String] = []
        var moduleIndex: [Int?] = []
        var expectsWord = false
        while true {
            let token = next()
            switch token {
            case .end: return found
            case .open:
                words.append("")
                moduleIndex.append(nil)
                expectsWord = true
                continue
            case .close:
                if !words.isEmpty {
                    words.removeLast()
                    let index = moduleIndex.removeLast()
                    if let index, !words.isEmpty { moduleIndex[moduleIndex.count - 1] = index }
                }
            case .word(let word):
                if expectsWord {
                    words[words.count - 1] = word
                } else if word == "binary", words.last == "module" {
                    found.append(ScriptModule(file: file, line: line, bytes: [], expectation: .valid))
                    moduleIndex[moduleIndex.count - 1] = found.count - 1
                }
            case .string(let bytes):
                guard let index = moduleIndex.last ?? nil else { break }
                switch words.last {
                case "module": found[index].bytes += bytes
                case "assert_malformed": found[index].expectation = .malformed(String(decoding: bytes, as: UTF8.self))
                case "assert_invalid": found[index].expectation = .invalid(String(decoding: bytes, as: UTF8.self))
                default: break
                }
            }
            expectsWord = false
        }
    }
}

/// Decodes and validates; nil when the module is accepted.
func refusal(
    of bytes: [UInt8], features: Features = .all, limits: DecodeLimits = .standard
) -> WasmError? {
    bytes.withUnsafeBytes { buffer -> WasmError? in
        do throws(WasmError) {
            let image = try ModuleImage.decode(buffer, features: features, limits: limits)
            try FunctionValidator.validateAll(image)
            return nil
        } catch {
            return error
        }
    }
}

/// The error's words.
func words(_ error: WasmError) -> String {
    var text: [UInt8] = []
    error.renderMessage(into: &text)
    return String(decoding: text, as: UTF8.self)
}

/// The folder of shared data.
let sharedFolder = ProcessInfo.processInfo.environment["MARTLET_SHARED"] ?? "../shared"
/// Where the official scripts are.
let scriptFolder = ProcessInfo.processInfo.environment["MARTLET_SPEC"] ?? sharedFolder + "/spec"

@Suite struct ModuleTests {
    /// Scripts that the list of exclusions leaves out, whole or a line of them: what they may ask for that is not there.
    private static func excludedScripts() throws -> Set<String> {
        let list = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../Script/exclusions.txt")
        let lines = try String(contentsOf: list, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Set(lines.compactMap { $0.split(separator: " ").first.map(String.init) })
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: scriptFolder), "no scripts (make spec-data, or set MARTLET_SHARED)"))
    func officialScripts_binaryModules_areJudgedAsTheyExpect() throws {
        let folder = scriptFolder
        let excluded = try Self.excludedScripts()
        var unsupported: [String] = []
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".wast") }.sorted()
        var count = 0
        for file in files {
            let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file)))
            var scanner = ScriptScanner(file: file, text: text)
            for module in scanner.modules() {
                count += 1
                let error = refusal(of: module.bytes)
                let rendered = error.map { words($0) } ?? "accepted"
                let place = "\(module.file):\(module.line)"
                switch module.expectation {
                case .valid:
                    if error?.phase == .unsupported {
                        // Counted, and only where the list says that something is not there.
                        unsupported.append(place)
                        #expect(excluded.contains(file), "\(place): \(rendered)")
                        continue
                    }
                    #expect(error == nil, "\(place): \(rendered)")
                case .malformed(let text):
                    #expect(error?.phase == .malformed && rendered.hasPrefix(text), "\(place): expected \(text), got \(rendered)")
                case .invalid(let text):
                    #expect(error?.phase == .invalid && rendered.hasPrefix(text), "\(place): expected \(text), got \(rendered)")
                }
            }
        }
        if !unsupported.isEmpty {
            print("skipped: \(unsupported.count) of \(count) modules are not supported: \(unsupported.joined(separator: " "))")
        }
        #expect(count > 500)
        #expect(unsupported.count < 20)
    }
}
