// What a person sees who makes a mistake: file, line, column, what is wrong, what was expected, and the line with a caret.
import Testing
import WasmText

/// A text with one mistake, and what is said of it.
struct Mistake {
    let text: String
    let line: Int
    let column: Int
    let message: String

    init(_ text: String, _ line: Int, _ column: Int, _ message: String) {
        (self.text, self.line, self.column, self.message) = (text, line, column, message)
    }
}

/// The error's lines, or nil where the text assembles.
private func rendered(_ bytes: [UInt8]) -> String? {
    bytes.withUnsafeBytes { text -> String? in
        do throws(TextError) {
            _ = try assemble(text: text)
            return nil
        } catch {
            var lines: [UInt8] = []
            error.render(file: "a.wat", text: text, into: &lines)
            return String(decoding: lines, as: UTF8.self)
        }
    }
}

@Suite struct MistakeTests {
    static let mistakes = [
        Mistake("(module\n  (func (i32.const)))", 2, 19, "unexpected token `)`, expected an integer"),
        Mistake("(module\n  (func (i32.konst 1)))", 2, 10, "unknown operator `i32.konst`, expected an instruction"),
        Mistake("(module\n  (func (param $a i32)\n    (local.get $b) (drop)))", 3, 16, "unknown local `$b`"),
        Mistake("(module\n  (func $f)\n  (func $f))", 3, 9, "duplicate function `$f`"),
        Mistake("(module (func (i32.const 0x1_0000_0000) drop))", 1, 26, "constant out of range `0x1_0000_0000`"),
        Mistake("(module (func (i32.const 1.5) drop))", 1, 26, "unexpected token `1.5`, expected an integer"),
        Mistake("(module (func (f32.const 1x) drop))", 1, 26, "unknown operator `1x`, expected a number"),
        Mistake("(module\n  (func block $a br $b end))", 2, 21, "unknown label `$b`"),
        Mistake("(module\n  (func\n    block $a\n    end $b))", 4, 9, "mismatching label `$b`"),
        Mistake("(module\n  (func\n    block\n      i32.const 1\n      drop))", 5, 11, "unexpected token `)`, expected `end`"),
        Mistake("(module\n  (func\n    i32.const 1\n    drop\n    end))", 5, 5, "unexpected token `end`, expected an instruction"),
        Mistake("(module\n  (func\n    (if (i32.const 1) (i32.const 2))))", 3, 36, "unexpected token `)`, expected `(then`"),
        Mistake("(module\n  (func (if (i32.const 1) (then) (else) (else))))", 2, 42, "unexpected token `else`, expected `)`"),
        Mistake(#"(module (func) (import "a" "b" (func)))"#, 1, 24, #"import after function `"a"`"#),
        Mistake(
            "(module (func (result i32) (param i32)))", 1, 29,
            "unexpected token `param`, expected no more of the type: `type`, `param` and `result` come in this order"),
        Mistake(
            "(module (type $t (func)) (func (type $t) (param i32)))", 1, 32,
            "inline function type `(`, expected the parameters and results of the named type"),
        Mistake("(module (memory 1) (func (i32.load align=3 (i32.const 0)) drop))", 1, 36, "alignment must be a power of two `align=3`"),
        Mistake(
            "(module (memory 1) (func (i32.load offset=99999999999999999999 (i32.const 0)) drop))", 1, 36,
            "i64 constant out of range `offset=99999999999999999999`"),
        Mistake(#"(module (export "\ff" (func 0)))"#, 1, 17, "malformed UTF-8 encoding"),
        Mistake(#"(module (export "f" (function 0)))"#, 1, 22, "unknown operator `function`, expected an export description"),
        Mistake(#"(module (import "a" (func)))"#, 1, 21, "unexpected token `(`, expected a string"),
        Mistake("(module (func (call $g)))", 1, 21, "unknown function `$g`"),
        Mistake("(module (func (local i32 i33)))", 1, 26, "unknown operator `i33`, expected a value type"),
        Mistake(#"(module (data (i32.const 0) "abc))"#, 1, 29, #"unclosed string `"`"#),
        Mistake(#"(module (data (i32.const 0) "a\qb"))"#, 1, 31, #"illegal escape `\q`"#),
        Mistake("(module\n  (func)", 2, 9, "unexpected token at the end of the text, expected `)`"),
        Mistake("(module))", 1, 9, "unexpected token `)`, expected the end of the text"),
        Mistake("(; comment\n(module)", 1, 1, "unclosed comment `(;`"),
        Mistake("(module (func \u{7}))", 1, 15, "illegal character"),
        Mistake("(modul)", 1, 2, "unknown operator `modul`, expected a module field"),
        Mistake("func", 1, 1, "unexpected token `func`, expected a module field"),
        Mistake("(module (table 1 funcref) (elem (i32.const 0) $nobody))", 1, 47, "unknown function `$nobody`"),
        Mistake("(module (start $main))", 1, 16, "unknown function `$main`"),
        Mistake("(module (func (br_table 0 1 $x (i32.const 0))))", 1, 29, "unknown label `$x`"),
        Mistake("(module (func v128.const i32x4 1 2 3 drop))", 1, 38, "wrong number of lane literals `drop`"),
        Mistake("(module (func (i8x16.shuffle 1 2 3)))", 1, 35, "invalid lane length `)`, expected sixteen lanes"),
        Mistake("(module (func (v128.const i8x16 256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0) drop))", 1, 33, "constant out of range `256`"),
        Mistake("(module (type (struct (field $a i32) (field $a i32))))", 1, 45, "duplicate field `$a`"),
        Mistake("(module (type $a (sub $b (func))))", 1, 23, "unknown type `$b`"),
        Mistake(#"(module (func $f (export "f" "g")))"#, 1, 30, #"unexpected token `"g"`, expected `)`"#),
        Mistake("(module (memory))", 1, 16, "unexpected token `)`, expected limits"),
        Mistake("(module (func (loop $l (br $l $l))))", 1, 31, "unexpected token `$l`, expected an instruction"),
        Mistake("(module (func (param $x i32) (local $x i64)))", 1, 37, "duplicate local `$x`"),
    ]

    @Test(arguments: mistakes.indices)
    func mistake_isShownWithItsPlaceAndWhatWasExpected(_ index: Int) throws {
        let mistake = Self.mistakes[index]
        let lines = try #require(rendered(Array(mistake.text.utf8))).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "a.wat:\(mistake.line):\(mistake.column): error: \(mistake.message)")
        let source = mistake.text.split(separator: "\n", omittingEmptySubsequences: false)[mistake.line - 1]
        #expect(lines[1] == "  | " + source.replacing("\u{7}", with: " "))
        #expect(lines[2] == "  | " + String(repeating: " ", count: mistake.column - 1) + "^")
    }

    @Test func malformedUTF8_isToldFromOtherMistakes() throws {
        let shown = try #require(rendered(Array("(module)\n;; ".utf8) + [0xff]))
        #expect(shown.hasPrefix("a.wat:2:4: error: malformed UTF-8 encoding\n"))
    }

    @Test func longLine_isCutAroundTheMistake() throws {
        let text = "(module (func " + String(repeating: "nop ", count: 10_000) + "nope " + String(repeating: "nop ", count: 10_000) + "))"
        let lines = try #require(rendered(Array(text.utf8))).split(separator: "\n")
        #expect(lines[0] == "a.wat:1:40015: error: unknown operator `nope`, expected an instruction")
        #expect(lines[1].count <= 124)
        #expect(lines[2].hasSuffix(" ^"))
        #expect(lines[1].dropFirst(lines[2].count - 1).hasPrefix("nope "))
    }
}
