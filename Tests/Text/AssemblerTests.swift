// What the assembler makes of each grammar family, as bytes, and what it says of mistakes.
import Testing
import WasmModule
import WasmText

private let header: [UInt8] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/// The code of the only function of a module, without locals and the last `end`.
private func code(_ body: String) throws -> [UInt8] {
    let binary = try assemble("(module (memory 1) (memory 1) (table 1 funcref) (table 1 funcref) (func \(body)))")
    let content = try #require(section(10, of: binary))
    // One body: count, size, local runs, code, end.
    return Array(content[3..<(content.count - 1)])
}

/// A section's content.
private func section(_ id: UInt8, of binary: [UInt8]) -> [UInt8]? {
    var position = 8
    while position < binary.count {
        let found = binary[position]
        position += 1
        var size = 0
        var shift = 0
        while true {
            let byte = Int(binary[position])
            position += 1
            size |= (byte & 0x7f) << shift
            shift += 7
            if byte & 0x80 == 0 { break }
        }
        if found == id { return Array(binary[position..<(position + size)]) }
        position += size
    }
    return nil
}

private func failure(_ text: String) -> TextError? {
    do {
        _ = try assemble(text)
        return nil
    } catch {
        return error
    }
}

@Suite struct AssemblerTests {
    @Test func emptyModule_isTheHeader() throws {
        #expect(try assemble("(module)") == header)
        #expect(try assemble("") == header)
    }

    @Test func binary_passesThroughUnchanged() throws {
        #expect(try assemble(bytes: header + [0x00, 0x01, 0x00]) == header + [0x00, 0x01, 0x00])
    }

    @Test func foldedAndFlat_giveTheSameCode() throws {
        let flat = try code("i32.const 1 i32.const 2 i32.add drop")
        #expect(flat == [0x41, 1, 0x41, 2, 0x6a, 0x1a])
        #expect(try code("(drop (i32.add (i32.const 1) (i32.const 2)))") == flat)
    }

    @Test func ifFolded_putsTheConditionFirst() throws {
        #expect(
            try code("(if (result i32) (i32.const 1) (then (i32.const 2)) (else (i32.const 3))) drop")
                == [0x41, 1, 0x04, 0x7f, 0x41, 2, 0x05, 0x41, 3, 0x0b, 0x1a])
    }

    @Test func labels_areCountedFromTheInnermost() throws {
        #expect(try code("block $a block $b br $a br $b br 2 end end") == [0x02, 0x40, 0x02, 0x40, 0x0c, 1, 0x0c, 0, 0x0c, 2, 0x0b, 0x0b])
    }

    @Test func labels_shadowAndComeBack() throws {
        #expect(try code("block $a block $a br $a end br $a end") == [0x02, 0x40, 0x02, 0x40, 0x0c, 0, 0x0b, 0x0c, 0, 0x0b])
    }

    @Test func tryTable_labelsAreSeenFromOutside() throws {
        #expect(
            try code("block $h try_table (catch_all $h) end end") == [0x02, 0x40, 0x1f, 0x40, 0x01, 0x02, 0x00, 0x0b, 0x0b])
    }

    @Test func legacyDelegate_labelIsSeenFromOutside() throws {
        let flat = try code("try $l try delegate $l catch_all end")
        #expect(flat == [0x06, 0x40, 0x06, 0x40, 0x18, 0x00, 0x19, 0x0b])
        #expect(try code("(try $l (do (try (do) (delegate $l))) (catch_all))") == flat)
    }

    @Test(
        arguments: [
            ("i32.const -2147483648 drop", [0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x1a]),
            ("i32.const 0xffff_ffff drop", [0x41, 0x7f, 0x1a]),
            ("i64.const -1 drop", [0x42, 0x7f, 0x1a]),
            ("f32.const nan:0x123456 drop", [0x43, 0x56, 0x34, 0x92, 0x7f, 0x1a]),
            ("f64.const -0x0.8p1 drop", [0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf, 0x1a]),
            ("i32.const 0 i32.load offset=8 align=2 drop", [0x41, 0, 0x28, 1, 8, 0x1a]),
            ("i32.const 0 i32.load 1 offset=8 drop", [0x41, 0, 0x28, 0x42, 1, 8, 0x1a]),
            ("memory.copy 1 0", [0xfc, 10, 1, 0]),
            ("table.copy", [0xfc, 14, 0, 0]),
            ("call_indirect 1 (type 0)", [0x11, 0, 1]),
            ("select (result i32)", [0x1c, 1, 0x7f]),
            ("ref.null func drop", [0xd0, 0x70, 0x1a]),
            ("ref.test (ref null any)", [0xfb, 0x15, 0x6e]),
            ("ref.cast (ref i31)", [0xfb, 0x16, 0x6c]),
            ("br_on_cast 0 anyref (ref eq)", [0xfb, 0x18, 1, 0, 0x6e, 0x6d]),
            ("br_table 0 0 0", [0x0e, 2, 0, 0, 0]),
            ("v128.load8_lane 1 3", [0xfd, 0x54, 0x40, 1, 0, 3]),
            ("v128.load8_lane 3", [0xfd, 0x54, 0, 0, 3]),
        ] as [(String, [UInt8])])
    func instruction_hasItsBytes(_ text: String, _ expected: [UInt8]) throws {
        #expect(try code(text) == expected)
    }

    @Test func inlineSignature_findsThePlainType() throws {
        let binary = try assemble("(module (type (func (param i32))) (func (param i32)) (func (result i64)) (func (result i64)))")
        #expect(section(3, of: binary) == [3, 0, 1, 1])
        #expect(section(1, of: binary) == [2, 0x60, 1, 0x7f, 0, 0x60, 0, 1, 0x7e])
    }

    @Test func recursionGroup_refersForward() throws {
        let binary = try assemble("(module (rec (type $a (func (param (ref $b)))) (type $b (struct (field (mut i8))))))")
        #expect(section(1, of: binary) == [1, 0x4e, 2, 0x60, 1, 0x64, 1, 0, 0x5f, 1, 0x78, 1])
    }

    @Test func inlineImportExportAndSegments_takeTheirIndices() throws {
        let binary = try assemble(
            """
            (module
              (func $f (export "f") (import "m" "f") (param i32))
              (table funcref (elem $f $f))
              (memory (data "ab" "\\63\\u{64}")))
            """)
        #expect(section(2, of: binary) == [1, 1, 0x6d, 1, 0x66, 0, 0])
        #expect(section(7, of: binary) == [1, 1, 0x66, 0, 0])
        #expect(section(9, of: binary) == [1, 0, 0x41, 0, 0x0b, 2, 0, 0])
        #expect(section(11, of: binary) == [1, 0, 0x41, 0, 0x0b, 4, 0x61, 0x62, 0x63, 0x64])
        #expect(section(4, of: binary) == [1, 0x70, 1, 2, 2])
        #expect(section(5, of: binary) == [1, 1, 1, 1])
    }

    @Test func customAnnotation_standsWhereItSays() throws {
        let binary = try assemble(#"(module (@custom "a" (before first) "x") (func) (@custom "b" (after code) "y"))"#)
        #expect(Array(binary[8..<13]) == [0x00, 3, 1, 0x61, 0x78])
        #expect(Array(binary.suffix(5)) == [0x00, 3, 1, 0x62, 0x79])
    }

    @Test func identifiers_becomeTheNameSection() throws {
        let binary = try assemble("(module $m (func $f (param $p i32) (local $q i64)))")
        let names = try #require(section(0, of: binary))
        let expected: [UInt8] = [4] + Array("name".utf8) + [0, 2, 1, 0x6d, 1, 4, 1, 0, 1, 0x66, 2, 9, 1, 0, 2, 0, 1, 0x70, 1, 1, 0x71]
        #expect(names == expected)
    }
}

@Suite struct TextErrorTests {
    @Test(
        arguments: [
            ("(module (func (i32.const)))", TextError.Kind.syntax, "unexpected token"),
            ("(module (func (i32.konst 1)))", .syntax, "unknown operator"),
            ("(module (func (local.get $x)))", .unknownName, "unknown local"),
            ("(module (func $f) (func $f))", .duplicateName, "duplicate function"),
            ("(module (func (i32.const 0x1_0000_0000) drop))", .outOfRange, "constant out of range"),
            ("(module (func (br $l)))", .unknownName, "unknown label"),
            ("(module (func block $a end $b))", .syntax, "mismatching label"),
            ("(module (func) (import \"a\" \"b\" (func)))", .syntax, "import after function"),
            ("(module (func (param i32) (type 0)))", .syntax, "unexpected token"),
            ("(module (type (func)) (func (type 0) (param i32)))", .syntax, "inline function type"),
            ("(module (memory 1) (func (i32.load align=3 (i32.const 0)) drop))", .outOfRange, "alignment must be a power of two"),
            ("(module (export \"\\ff\" (func 0)))", .encoding, "malformed UTF-8 encoding"),
            ("(module (func block))", .syntax, "unexpected token"),
            ("(module", .syntax, "unexpected token"),
            ("(; (module)", .syntax, "unclosed comment"),
            ("(module (func \u{7})", .encoding, "illegal character"),
        ] as [(String, TextError.Kind, String)])
    func mistake_isNamed(_ text: String, _ kind: TextError.Kind, _ message: String) throws {
        let error = try #require(failure(text))
        #expect(error.kind == kind)
        #expect("\(error.message)" == message)
    }

    @Test func error_rendersLineAndCaret() throws {
        let text = "(module\n  (func\n    (i32.konst 1)))"
        let error = try #require(failure(text))
        var lines: [UInt8] = []
        Array(text.utf8).withUnsafeBytes { error.render(file: "a.wat", text: $0, into: &lines) }
        #expect(
            String(decoding: lines, as: UTF8.self)
                == "a.wat:3:6: error: unknown operator `i32.konst`, expected an instruction\n  |     (i32.konst 1)))\n  |      ^\n")
    }

    @Test(arguments: ["(", "(func (block ", "(func block ", "(func (i32.add ", "(@x (", "(type (func (param (ref "])
    func deepNesting_isAnError(_ piece: String) throws {
        let repeated = piece.hasPrefix("(func ") ? String(piece.dropFirst(6)) : piece
        let text = (piece.hasPrefix("(func ") ? "(func " : "") + String(repeating: repeated, count: 300_000)
        #expect(failure(text) != nil)
    }
}
