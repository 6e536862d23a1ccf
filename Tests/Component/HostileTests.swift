// Bad input: cut, changed, deep, wide and exponential components end in an error or not at all, and never in a crash.
import RefusingHeap
import Testing
import WasmComponent
import WasmModule
import WasmText

@Suite struct HostileTests {
    @Test func everyPrefix_isRefusedOrValid() throws {
        let bytes = try assemble(variedText)
        #expect(judge(bytes) == .valid)
        for count in 0..<bytes.count {
            // A prefix is a component only where a section ends.
            _ = judge(Array(bytes[..<count]))
        }
        #expect(!judge(Array(bytes.dropLast())).isValid)
    }

    @Test func everyByteChanged_neverCrashes() throws {
        var bytes = try assemble(variedText)
        var valid = 0
        for position in bytes.indices {
            let original = bytes[position]
            for value in [0, 1, 0x7f, 0x80, 0xff, original ^ 1, original &+ 1, original &- 1, original ^ 0x40] as [UInt8] {
                bytes[position] = value
                if judge(bytes).isValid { valid += 1 }
            }
            bytes[position] = original
        }
        #expect(valid > 0)
        #expect(judge(bytes) == .valid)
    }

    @Test func everyByteOfTheHeadTakesEveryValue() throws {
        var bytes = try assemble("(component (type (record (field \"a\" u8))) (import \"b\" (func (param \"c\" (list 0)))))")
        for position in bytes.indices {
            let original = bytes[position]
            for value in 0...255 as ClosedRange<UInt8> {
                bytes[position] = value
                _ = judge(bytes)
            }
            bytes[position] = original
        }
        #expect(judge(bytes).isValid == false)
    }

    @Test(.enabled(if: hasPrograms, "no component programs (set MARTLET_SHARED)"))
    func cutPrograms_areRefused() throws {
        for name in ["real_random.component.wasm", "f09_exit.component.wasm"] {
            let bytes = try program(name)
            bytes.withUnsafeBytes { all in
                for count in 0..<all.count {
                    // Bodies are another room's; without them a cut is judged in microseconds.
                    _ = judge(UnsafeRawBufferPointer(rebasing: all[..<count]), validatesBodies: false)
                }
            }
        }
    }

    @Test func nesting_isLimited() throws {
        func nested(_ count: Int, _ open: String) -> String {
            String(repeating: open, count: count) + String(repeating: ")", count: open.filter { $0 == "(" }.count * count)
        }
        #expect(try judge(text: nested(100, "(component ")).isValid)
        #expect(try judge(text: nested(101, "(component ")).isRefused(.limit, "nested too deeply (the limit is 100)"))
        #expect(try judge(text: "(component " + nested(99, "(type (component ") + ")").isValid)
        #expect(try judge(text: "(component " + nested(100, "(type (component ") + ")").isRefused(.limit, "nested too deeply"))
        #expect(throws: TextError.self) { try judge(text: nested(100_000, "(component ")) }
        let deep = { (count: Int) in
            "(component (type " + String(repeating: "(option ", count: count) + "u8" + String(repeating: ")", count: count) + "))"
        }
        #expect(try judge(text: deep(100)).isValid)
        #expect(try judge(text: deep(102)).isRefused(.limit, "types are nested too deeply (the limit is 100)"))
    }

    /// Types that share their parts: the tree of `levels` has 2^levels leaves.
    private func shared(_ levels: Int, _ name: String) -> String {
        var text = "(type $\(name)0 u8)"
        for level in 1...levels {
            text += "(type $\(name)\(level) (variant (case \"a\" $\(name)\(level - 1)) (case \"b\" $\(name)\(level - 1))))"
        }
        return text
    }

    @Test func sharedParts_costNoExponentialTime() throws {
        let levels = 90
        let text =
            "(component \(shared(levels, "t")) (component $c \(shared(levels, "s")) (import \"x\" (type (eq $s\(levels)))))"
            + "(instance (instantiate $c (with \"x\" (type $t\(levels))))))"
        // The names are checked first: a variant's parts must be imported types.
        #expect(!(try judge(text: text)).isValid)
        let anonymous = { (name: String) in
            (1...levels).reduce("(type $\(name)0 u8)") { $0 + "(type $\(name)\($1) (result $\(name)\($1 - 1) (error $\(name)\($1 - 1))))" }
        }
        let compared =
            "(component \(anonymous("t")) (component $c \(anonymous("s")) (import \"x\" (type (eq $s\(levels)))))"
            + "(instance (instantiate $c (with \"x\" (type $t\(levels))))))"
        #expect(try judge(text: compared).isRefused(.limit, "types take too long to compare"))
        // As wide a flattening: a tuple of two of the last.
        #expect(try judge(text: "(component \(anonymous("t")) (type (func (param \"p\" $t\(levels)))))").isValid)
    }

    @Test func instancesOfInstances_areLimited() throws {
        // Each level has twice the resources of the one inside.
        var text = "(component (type $t0 (instance (export \"r\" (type (sub resource)))))"
        for level in 1...40 {
            text += "(type $t\(level) (instance (alias outer 1 \(level - 1) (type $q))"
            text += "(export \"a\" (instance (type $q))) (export \"b\" (instance (type $q)))))"
        }
        #expect(try judge(text: text + ")").isRefused(.limit, "(the limit is"))
    }

    @Test func ascription_ofAnotherResource_isRefused() throws {
        // The bound names a resource that was made last; only a new one may stand for any.
        let types = "(type $a (resource (rep i32))) (type $b (resource (rep i32)))"
        #expect(
            try judge(text: "(component \(types) (export \"x\" (type $a) (type (eq $b))))").isRefused(
                .invalid, "resource types are not the same"))
        #expect(try judge(text: "(component \(types) (export \"x\" (type $a) (type (eq $a))))").isValid)
        #expect(try judge(text: "(component \(types) (export \"x\" (type $a) (type (sub resource))))").isValid)
    }

    @Test func imports_mentionNoLocalResource() throws {
        #expect(
            try judge(text: "(component (type $r (resource (rep i32))) (import \"a\" (type (eq $r))))").isRefused(
                .invalid, "local resource type found in imports"))
        #expect(try judge(text: "(component (import \"r\" (type $r (sub resource))) (import \"a\" (type (eq $r))))").isValid)
        let declared = "(type (component (export \"r\" (type $r (sub resource))) (import \"a\" (type (eq $r)))))"
        #expect(try judge(text: "(component \(declared))").isRefused(.invalid, "local resource type found in imports"))
    }

    @Test func methods_nameTheirResourceExactly() throws {
        let resource = "(import \"a\" (type $a (sub resource)))"
        for (name, isValid) in [("[static]a.b", true), ("[static]A.b", false), ("[constructor]a", true), ("[constructor]A", false)] {
            #expect(try judge(text: "(component \(resource) (import \"\(name)\" (func (result (own $a)))))").isValid == isValid, "\(name)")
        }
    }

    @Test func indices_areChecked() throws {
        let last = "4294967295"
        for item in [
            "(alias outer 0 \(last) (type))", "(alias outer \(last) 0 (type))", "(alias export \(last) \"a\" (func))",
            "(alias core export \(last) \"a\" (core func))", "(instance (instantiate \(last)))", "(core instance (instantiate \(last)))",
            "(type (list \(last)))", "(type (own \(last)))", "(export \"a\" (func \(last)))", "(import \"a\" (func (type \(last))))",
            "(import \"a\" (instance (type \(last))))", "(import \"a\" (core module (type \(last))))",
            "(canon lower (func \(last)) (core func))", "(canon lift (core func \(last)) (func))",
            "(canon resource.drop \(last) (core func))",
            "(canon waitable-set.wait (memory \(last)) (core func))", "(canon stream.new \(last) (core func))",
            "(instance (export \"a\" (func \(last))))", "(core instance (export \"a\" (memory \(last))))",
            "(type (resource (rep i32) (dtor (core func \(last)))))",
        ] {
            let verdict = try judge(text: "(component \(item))")
            guard case .refused(.invalid, _) = verdict else { Issue.record("\(item): \(verdict)"); continue }
        }
    }

    @Test func lengths_areChecked() throws {
        for (type, isValid) in [
            ("(list u8 0)", false), ("(list u8 1)", true), ("(list u8 268435455)", true), ("(list u8 268435456)", false),
            ("(list u8 4294967295)", false), ("(list u64 4294967295)", false),
        ] { #expect(try judge(text: "(component (type \(type)))").isValid == isValid, "\(type)") }
        let flags = { (count: Int) in "(component (type (flags " + (0..<count).map { "\"f\($0)\" " }.joined() + ")))" }
        for (count, isValid) in [(0, false), (1, true), (32, true), (33, false)] {
            #expect(try judge(text: flags(count)).isValid == isValid)
        }
        let cases = "(component (type (enum " + (0..<70000).map { "\"c\($0)\" " }.joined() + ")))"
        #expect(try judge(text: cases).isValid)
    }
}

@Suite(.serialized) struct ComponentRefusalTests {
    @Test func refusedMemory_isAnError() throws {
        let bytes = try assemble(variedText)
        var number = 0
        while true {
            let verdict = bytes.withUnsafeBytes { buffer in RefusingHeap.granting(number) { judge(buffer) }.result }
            if verdict == .valid { break }
            #expect(verdict == .refused(.outOfMemory, "out of memory"), "request \(number)")
            number += 1
        }
        // Every table grows at least once.
        #expect(number > 20)
    }
}
