// Guests that break the rules of the canonical ABI, and components that ask for too much: each ends in a trap or an error with its reason.
import ComponentRuntime
import RefusingHeap
import Testing
import WasmEngine

@Suite struct HostileTests {
    /// A component whose `f` returns this address and length as a list or string.
    private func returning(_ address: UInt32, _ count: UInt32, _ type: String, encoding: String = "utf8") throws -> Guest {
        try Guest(
            """
            (component
              (core module $M (memory (export "mem") 1)
                (func (export "f") (result i32)
                  (i32.store (i32.const 0) (i32.const \(address))) (i32.store (i32.const 4) (i32.const \(count))) (i32.const 0)))
              (core instance $m (instantiate $M))
              (func (export "f") (result \(type)) (canon lift (core func $m "f") string-encoding=\(encoding) (memory (core memory $m "mem")))))
            """)
    }

    @Test func lists_endWithMemory() throws {
        #expect(try returning(65536, 0, "(list u8)").trap("f") == nil)
        #expect(try returning(65535, 1, "(list u8)").trap("f") == nil)
        for (address, count) in [(65537, 0), (65536, 1), (65535, 2), (UInt32.max, 0), (0, .max), (.max, .max), (8, 65536)]
            as [(UInt32, UInt32)]
        {
            #expect(try returning(address, count, "(list u8)").trap("f")?.contains("out of bounds") == true, "\(address) \(count)")
            #expect(try returning(address & ~7, count | 1 << 30, "(list u64)").trap("f")?.contains("out of bounds") == true)
        }
        #expect(try returning(4, 1, "(list u64)").trap("f") == "list pointer is not aligned")
        #expect(try returning(1, 0, "(list u16)").trap("f") == "list pointer is not aligned")
    }

    @Test func strings_areCheckedInEachEncoding() throws {
        #expect(try returning(65536, 0, "string").trap("f") == nil)
        #expect(try returning(65536, 1, "string").trap("f")?.contains("out of bounds") == true)
        #expect(try returning(65534, 1, "string", encoding: "utf16").trap("f") == nil)
        #expect(try returning(65534, 2, "string", encoding: "utf16").trap("f")?.contains("out of bounds") == true)
        #expect(try returning(65535, 0, "string", encoding: "utf16").trap("f") == "list pointer is not aligned")
        #expect(try returning(0, .max, "string", encoding: "utf16").trap("f")?.contains("out of bounds") == true)
        #expect(try returning(65534, 1 << 31 | 1, "string", encoding: "latin1+utf16").trap("f") == nil)
        #expect(try returning(65534, 1 << 31 | 2, "string", encoding: "latin1+utf16").trap("f")?.contains("out of bounds") == true)
        // The length itself, as bytes: 0xD800 alone is half a pair.
        #expect(try returning(0, 0xD800, "string", encoding: "utf16").trap("f")?.contains("out of bounds") == true)
        #expect(try returning(0xD800, 1, "(list char)").trap("f") == nil)
    }

    @Test func unpairedSurrogates_trap() throws {
        for (units, isValid) in [
            ([0xD800], false), ([0xDC00], false), ([0xD800, 0x41], false), ([0xD800, 0xDC00], true), ([0xDBFF, 0xDFFF], true),
        ]
            as [([Int], Bool)]
        {
            let bytes = units.map { String(format: $0) }.joined()
            let guest = try Guest(
                """
                (component
                  (core module $M (memory (export "mem") 1) (data (i32.const 0) "\\08\\00\\00\\00\\0\(units.count)\\00\\00\\00\(bytes)")
                    (func (export "f") (result i32) (i32.const 0)))
                  (core instance $m (instantiate $M))
                  (func (export "f") (result string) (canon lift (core func $m "f") string-encoding=utf16 (memory (core memory $m "mem")))))
                """)
            #expect((guest.trap("f") == nil) == isValid, "\(units)")
        }
    }

    @Test func aTrap_closesTheInstance() throws {
        let guest = try Guest(
            """
            (component (core module $M (func (export "f") unreachable) (func (export "g")))
              (core instance $m (instantiate $M))
              (func (export "f") (canon lift (core func $m "f"))) (func (export "g") (canon lift (core func $m "g"))))
            """)
        #expect(guest.trap("g") == nil)
        #expect(guest.trap("f") == "unreachable")
        #expect(guest.trap("g") == "wasm trap: cannot enter component instance")
    }

    @Test func wrongArguments_areRefused() throws {
        let guest = try Guest(
            """
            (component (core module $M (func (export "f") (param i32)))
              (core instance $m (instantiate $M)) (func (export "f") (param "a" u8) (canon lift (core func $m "f"))))
            """)
        for arguments in [[], [.u16(1)], [.u8(1), .u8(1)], [.string([])], [.list([])]] as [[ComponentValue]] {
            #expect(guest.trap("f", arguments) == "a value does not have the type that is asked for")
        }
        #expect(guest.trap("f", [.u8(1)]) == nil)
    }

    @Test func doublingInstances_meetTheLimit() throws {
        // 2^20 instances in 20 lines.
        var text = "(component (component $C0)"
        for level in 1...20 {
            text +=
                " (component $C\(level) (alias outer 1 $C\(level - 1) (component $c)) (instance (instantiate $c)) (instance (instantiate $c)))"
        }
        text += " (instance (instantiate $C20)))"
        #expect(throws: InstantiationFailure.self) { try Guest(text) }
    }

    @Test func longChains_meetTheLimit() throws {
        var text = "(component (component $C0)"
        for level in 1...400 { text += " (component $C\(level) (alias outer 1 $C\(level - 1) (component $c)) (instance (instantiate $c)))" }
        text += " (instance (instantiate $C400)))"
        #expect(throws: InstantiationFailure.self) { try Guest(text) }
    }

    /// As many components as `count`, each of which calls the one before.
    private func chain(_ count: Int) throws -> Guest {
        var text = """
            (component
              (component $C (core module $M (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
                (core instance $m (instantiate $M))
                (func (export "f") (param "a" u32) (result u32) (canon lift (core func $m "f"))))
              (component $D (import "f" (func $f (param "a" u32) (result u32))) (core func $g (canon lower (func $f)))
                (core module $M (import "" "f" (func $f (param i32) (result i32)))
                  (func (export "f") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))
                (core instance $m (instantiate $M (with "" (instance (export "f" (func $g))))))
                (func (export "f") (param "a" u32) (result u32) (canon lift (core func $m "f"))))
              (instance $i0 (instantiate $C))
            """
        for index in 1..<count { text += "(instance $i\(index) (instantiate $D (with \"f\" (func $i\(index - 1) \"f\"))))\n" }
        return try Guest(text + "(export \"f\" (func $i\(count - 1) \"f\")))")
    }

    @Test func callsThroughManyComponents_endInATrap() throws {
        #expect(text(try chain(60).call("f", [.u32(0)])) == text(.u32(60)))
        #expect(try chain(100).trap("f", [.u32(0)]) == "call stack exhausted")
    }

    @Test func longInstantiations_meetTheLimit() throws {
        // A thousand instances of a component with ten thousand definitions.
        var text = "(component (component $C (type (resource (rep i32)))"
        for _ in 0..<10_000 { text += " (core func (canon resource.drop 0))" }
        text += ")"
        for _ in 0..<1000 { text += " (instance (instantiate $C))" }
        #expect(throws: InstantiationFailure.self) { try Guest(text + ")") }
    }

    @Test func missingImports_areNamed() throws {
        do {
            _ = try Guest("(component (import \"wasi:http/types@0.2.0\" (instance)))")
            Issue.record("was instantiated")
        } catch let failure as InstantiationFailure {
            var message: [UInt8] = []
            failure.renderMessage(into: &message)
            #expect(String(decoding: message, as: UTF8.self).contains("wasi:http/types@0.2.0"))
        }
    }

    @Test func everyRefusedAllocation_isAnError() throws {
        let source = """
            (component \(echoModule)
              (type $r (resource (rep i32)))
              (core func $new (canon resource.new $r))
              (func (export "echo") (param "a" (list string)) (result (list string))
                (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc")))))
            """
        let compiled = try compile(source)
        let argument: [ComponentValue] = [.list([.string(Array("one".utf8)), .string(Array("two".utf8))])]
        var number = 0
        var refusals = 0
        while number < 500 {
            let (isDone, isUsedUp) = RefusingHeap.granting(number) { () -> Bool in
                let store = ComponentStore(Store(compiled.engine))
                guard let instance = try? ComponentLinker().instantiate(store, compiled),
                    let function = instance.exports.function("echo"), let result = try? store.call(function, argument)
                else { return false }
                return text(result) == text(argument[0])
            }
            if !isUsedUp { break }
            if !isDone { refusals += 1 }
            number += 1
        }
        #expect(number < 500)
        #expect(refusals > 10)
    }
}

extension String {
    /// A 16-bit unit as two escaped bytes.
    fileprivate init(format unit: Int) {
        func byte(_ value: Int) -> String { "\\" + (value < 16 ? "0" : "") + String(value, radix: 16) }
        self = byte(unit & 0xFF) + byte(unit >> 8)
    }
}
