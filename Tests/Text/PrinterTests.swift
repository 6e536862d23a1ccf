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
    /// Where the official scripts are; the test that needs them is skipped when they are not there, and says so.
    static let specification: URL = {
        let environment = ProcessInfo.processInfo.environment
        return URL(fileURLWithPath: environment["MARTLET_SPEC"] ?? (environment["MARTLET_SHARED"] ?? "../shared") + "/spec")
    }()

    /// Every module in the scripts, assembled; those meant to be malformed are left out by not assembling. `isOurs`: it was text, so its
    /// encoding is the assembler's; one that is given as bytes may be encoded in other ways, such as with longer integers.
    static func modules(of script: [UInt8]) throws -> [(binary: [UInt8], isOurs: Bool)] {
        var found: [(binary: [UInt8], isOurs: Bool)] = []
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
                let isBinary = reader.isAt(.binary) || reader.ahead.kind == .keyword && reader.aheadWord == Word(.binary)
                let isQuoted = reader.isAt(.quote) || reader.ahead.kind == .keyword && reader.aheadWord == Word(.quote)
                try reader.skipForm()
                if isInstance || isQuoted { continue }
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<reader.previousEnd])
                if let binary = try? assemble(text: text, vocabulary: vocabulary) { found.append((binary, !isBinary)) }
            }
        }
        return found
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: specification.path), "no scripts (make spec-data, or set MARTLET_SHARED)"))
    func everyModuleOfTheScripts_isAFixedPoint() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.specification.path).filter { $0.hasSuffix(".wast") }
        #expect(names.count > 200)
        var count = 0
        for name in names {
            let script = [UInt8](try Data(contentsOf: Self.specification.appendingPathComponent(name)))
            guard let modules = try? Self.modules(of: script) else { continue }
            for (binary, isOurs) in modules {
                // What does not decode was meant not to.
                guard let text = try? printed(binary) else { continue }
                let again = try assemble(bytes: text)
                let isWritten = name == "custom.wast" || name.contains("annotation")
                if isOurs, isWritten ? nameless(again) != nameless(binary) : again != binary {
                    Issue.record("\(name): the binary of a printed module differs")
                }
                if try assemble(bytes: try printed(again)) != again { Issue.record("\(name): a second round gives another binary") }
                if isOurs, try printed(again) != text { Issue.record("\(name): the text of a printed module differs") }
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

@Suite struct PrintedNamesTests {
    /// Assembled, printed, assembled: the same bytes, the name section among them.
    @Test(
        arguments: [
            "(module $m)",
            "(module (@name \"with blanks\"))",
            "(module (func $f (param $p i32) (param i64) (result i32) (local $q i32) (local i64 f32) (local $r i32) local.get $q))",
            "(module (import \"a\" \"b\" (func $i (param $x i32))) (import \"a\" \"c\" (table $t 1 funcref)) (import \"a\" \"d\" (tag $e)))",
            "(module (func $f block $outer loop $inner br $outer end end block $outer end if $c else end try_table $t end) (func block $x end))",
            "(module (type $s (struct (field $a i32) (field f32) (field $b (mut i64)))) (type $a (array i8)))",
            "(module (memory $m 1) (table $t 1 funcref) (global $g i32 (i32.const 0)) (tag $x) (elem $e func) (data $d \"\"))",
            "(module (func $\"a b\") (func $\"\\u{e9}\\\"\") (func (@name \"same\")) (func (@name \"same\")) (func (@name \"\")))",
            "(module (func (param (@name \"p\") i32) (param (@name \"p\") i32) (local (@name \"p\") f32)))",
            "(module (type (struct (field (@name \"f\") i32) (field (@name \"f\") i32))))",
            "(module (func block (@name \"\") end block (@name \"a b\") end))",
        ])
    func names_comeBack(_ text: String) throws {
        let binary = try assemble(text)
        let print = try printed(binary)
        #expect(try assemble(bytes: print) == binary, "\(String(decoding: print, as: UTF8.self))")
    }

    @Test func names_standBeforeIndices() throws {
        let text = try printed(try assemble("(module $m (func $f (param $p i32) (local $q i64) block $b end))"))
        let expected = """
            (module $m
              (type (;0;) (func (param i32)))
              (func $f (;0;) (type 0) (param $p i32)
                (local $q i64)
                block $b
                end))

            """
        #expect(String(decoding: text, as: UTF8.self) == expected)
    }

    @Test func selectOfSeveralTypes_keepsThemAll() throws {
        let binary = try assemble("(module (func (select (result i32 (ref null 0) i64))))")
        #expect(try assemble(bytes: try printed(binary)) == binary)
    }
}
