// What is valid: names, canonical functions, real components, and what a decoded component says of itself.
import Foundation
import Testing
import WasmComponent
import WasmModule
import WasmText

@Suite struct ComponentTests {
    @Test(.enabled(if: hasPrograms, "no component programs (set MARTLET_SHARED)"))
    func programs_areValid() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: programFolder).filter { $0.hasSuffix(".wasm") }
        #expect(names.count == 18)
        for name in names { #expect(judge(try program(name)) == .valid, "\(name)") }
    }

    @Test func variedText_isValid() throws { #expect(try judge(text: variedText) == .valid) }

    @Test(arguments: [
        ("a", true), ("A", true), ("a1-B2-c", true), ("a-1", true), ("1", false), ("a--b", false), ("a-", false), ("-a", false),
        ("aB", false),
        ("", false), ("a_b", false), ("ns:pkg/name", true), ("ns:pkg/Name", false), ("ns:pkg/NAME", true), ("Ns:pkg/name", false),
        ("ns:pkg/name@1.0.0", true), ("ns:pkg/name@1", true), ("ns:pkg/name@0.2", true), ("ns:pkg/name@0.0.1", true),
        ("ns:pkg/name@1.2", false), ("ns:pkg/name@01.2.3", false), ("ns:pkg/name@1.2.3-rc.1+b", true), ("ns:pkg/name@1.2.3-01", false),
        ("ns:pkg/name@1.2.3+01", true), ("ns:pkg/name@", false), ("ns:pkg", false), ("ns:pkg/a/b", false), ("a:b:c/d", false),
        ("ns:pkg/name@99999999999999999999.0.0", true), ("ns:pkg/name@999999999999999999999.0.0", false),
    ])
    func name(_ name: String, isValid: Bool) throws {
        #expect(try judge(text: "(component (component (import \"\(name)\" (func))))").isValid == isValid)
    }

    @Test func names_conflictWithoutRegardToCase() throws {
        #expect(
            try judge(text: "(component (component (import \"a-b\" (func)) (import \"A-B\" (func))))").isRefused(
                .invalid, "conflicts with previous name `a-b`"))
        #expect(try judge(text: "(component (component (import \"a-b\" (func)) (import \"a\" (func)) (import \"a-b-c\" (func))))").isValid)
        // Many names, to and fro: the tree of names keeps them apart.
        let many = (0..<2000).map { "(import \"n\($0 * 7919 % 2000)\" (func))" }.joined()
        #expect(try judge(text: "(component (component \(many)))").isValid)
        #expect(
            try judge(text: "(component (component \(many) (import \"N1999\" (func))))").isRefused(
                .invalid, "`N1999` conflicts with previous name `n1999`"))
    }

    @Test func description_namesWhatIsThere() throws {
        let bytes = try assemble(variedText)
        try bytes.withUnsafeBytes { buffer in
            var text = ""
            try Component.decode(buffer).describe { text += String(decoding: $0, as: UTF8.self) }
            for words in [
                "component: \(bytes.count) bytes at 0x0", "import `ns:pkg/iface@1.2.3` (func \"text\" string)",
                "canon lower (func (param i32 i32))",
                "export `lifted`", "(record \"a\" u8 \"b\" (list string) \"c\" (option char))", "nested component 0, depth 1",
            ] { #expect(text.contains(words), "\(words) in\n\(text)") }
        }
    }

    @Test func offsets_areFromTheWholeComponentsStart() throws {
        // The nested module's error is at its own place in the file.
        let bytes = try assemble("(component (component (core module (func (i32.add)))))")
        try bytes.withUnsafeBytes { buffer in
            let component = try Component.decode(buffer)
            #expect(component.partCount == 2)
            #expect(component.moduleCount == 1)
            do throws(ComponentError) {
                try component.validateBodies()
                Issue.record("accepted")
            } catch {
                #expect(buffer[error.offset] == 0x6a)
            }
        }
    }

    /// The text of a component, and the component of that text.
    private func printed(_ bytes: [UInt8]) throws -> [UInt8] {
        try bytes.withUnsafeBytes { buffer in
            var text: [UInt8] = []
            try disassemble(try Component.decode(buffer), into: &text)
            return text
        }
    }

    private func expectFixedPoint(_ bytes: [UInt8], _ name: String) throws {
        let text = try printed(bytes)
        let binary = try assemble(bytes: text)
        #expect(judge(binary) == .valid, "\(name)")
        #expect(try printed(binary) == text, "\(name)")
    }

    @Test func printing_isAFixedPoint() throws {
        try expectFixedPoint(try assemble(variedText), "varied")
        // What stands there twice: module names, and bytes that no string may hold as they are.
        try expectFixedPoint(
            try assemble(
                "(component (core module $m (func $f)) (component (core module $m)) (core module $n (func (export \"\\0a\\22\"))))"),
            "names")
    }

    @Test(.enabled(if: hasPrograms, "no component programs (set MARTLET_SHARED)"))
    func printing_ofPrograms_isAFixedPoint() throws {
        for name in ["real_random.component.wasm", "f13_json.component.wasm"] { try expectFixedPoint(try program(name), name) }
    }

    @Test func version_isNamedWhereAModuleIsWanted() {
        let bytes: [UInt8] = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]
        bytes.withUnsafeBytes { buffer in
            #expect(Component.isComponent(buffer))
            do throws(WasmError) {
                _ = try ModuleImage.decode(buffer)
                Issue.record("accepted")
            } catch {
                #expect(error.phase == .unsupported && error.offset == 4)
            }
        }
    }
}
