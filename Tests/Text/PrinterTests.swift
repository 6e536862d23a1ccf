// Print, assemble, print: a fixed point, for every module of the official scripts and for the forms they leave out.
import Foundation
import Testing
import WasmModule
import WasmText

/// The text of a binary.
private func printed(_ binary: [UInt8]) throws -> [UInt8] {
    try binary.withUnsafeBytes { bytes in
        var text: [UInt8] = []
        let image = try ModuleImage.decode(bytes, features: [.all, .garbageCollection])
        try disassemble(image, into: &text)
        return text
    }
}

/// A binary without its name section: one that `@custom` wrote comes back as names, in their own order.
private func nameless(_ binary: [UInt8]) -> [UInt8] {
    var output = Array(binary[..<8])
    var position = 8
    while position < binary.count {
        let start = position
        position += 1
        var size = 0
        var shift = 0
        var byte = 0
        repeat {
            byte = Int(binary[position])
            position += 1
            size |= (byte & 0x7f) << shift
            shift += 7
        } while byte & 0x80 != 0
        let isName = binary[start] == 0 && size >= 5 && Array(binary[position..<(position + 5)]) == [4, 0x6e, 0x61, 0x6d, 0x65]
        position += size
        if !isName { output += binary[start..<position] }
    }
    return output
}

@Suite struct PrinterTests {
    /// Where the official scripts are; the tests that need them fail when they are not there, rather than pass.
    static let specification: URL = {
        let shared = ProcessInfo.processInfo.environment["MARTLET_SHARED"] ?? "../shared"
        return URL(fileURLWithPath: shared).appendingPathComponent("spec")
    }()

    /// Every module in the scripts that is text, assembled; those meant to be malformed are left out by not assembling.
    static func modules(of script: [UInt8]) throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        try script.withUnsafeBytes { bytes in
            let vocabulary = Vocabulary()
            var reader = TokenReader(text: bytes, vocabulary: vocabulary)
            try reader.start(at: 0)
            while reader.current.kind != .end {
                guard reader.isAtForm(.module) else {
                    try reader.advance()
                    continue
                }
                let start = reader.current.start
                try reader.advance()
                try reader.advance()
                let isInstance = reader.isAt(.instance)
                let isQuoted = reader.isAt(.quote) || reader.ahead.kind == .keyword && reader.aheadWord == Word(.quote)
                try reader.skipForm()
                if isInstance || isQuoted { continue }
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<reader.previousEnd])
                if let binary = try? assemble(text: text, vocabulary: vocabulary) { found.append(binary) }
            }
        }
        return found
    }

    @Test func everyModuleOfTheScripts_isAFixedPoint() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.specification.path).filter { $0.hasSuffix(".wast") }
        #expect(names.count > 200)
        var count = 0
        for name in names {
            let script = [UInt8](try Data(contentsOf: Self.specification.appendingPathComponent(name)))
            guard let modules = try? Self.modules(of: script) else { continue }
            for binary in modules {
                // What does not decode was meant not to.
                guard let text = try? printed(binary) else { continue }
                let again = try assemble(bytes: text)
                let isWritten = name == "custom.wast" || name.contains("annotation")
                if isWritten ? nameless(again) != nameless(binary) : again != binary { Issue.record("\(name): the binary of a printed module differs") }
                if try printed(again) != text { Issue.record("\(name): the text of a printed module differs") }
                count += 1
            }
        }
        #expect(count > 4000, "only \(count) modules were compared")
    }

    @Test func customSections_keepTheirPlaces() throws {
        let text = #"(module (@custom "a" (before first) "\00") (@custom "b" (after func) "x") (func) (@custom "c" (after last) "y"))"#
        let binary = try assemble(text)
        let again = try assemble(bytes: try printed(binary))
        #expect(again == binary)
    }
}
