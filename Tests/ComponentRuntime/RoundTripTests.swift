// Values that cross a component's border and come back, of random types, in all encodings of strings, between the host and a component and
// between two components.
import ComponentRuntime
import Testing
import WasmEngine

@Suite struct RoundTripTests {
    private static let encodings = ["utf8", "utf16", "latin1+utf16"]

    private func options(_ encoding: String) -> String {
        "string-encoding=\(encoding) (memory (core memory $m \"mem\")) (realloc (core func $m \"realloc\"))"
    }

    @Test(arguments: encodings) func randomValues_throughOneComponent_comeBack(_ encoding: String) throws {
        var random = Random(state: 20_261_122)
        for _ in 0..<60 {
            let type = RandomType.list(RandomType.make(&random, depth: 4, hasNames: true))
            var definitions = ""
            var count = 0
            let name = type.text(&definitions, &count)
            let guest = try Guest(
                """
                (component \(echoModule) \(definitions)
                  (func (export "reset") (canon lift (core func $m "reset")))
                  (func (export "echo") (param "a" \(name)) (result \(name)) (canon lift (core func $m "echo") \(options(encoding)))))
                """)
            for _ in 0..<20 {
                let value = type.value(&random)
                let result = try guest.call("echo", [value])
                #expect(text(result) == text(value), "\(name)\n\(definitions)")
                _ = try guest.call("reset")
            }
        }
    }

    @Test(arguments: encodings, encodings) func randomValues_betweenComponents_comeBack(_ inner: String, _ outer: String) throws {
        var random = Random(state: 7)
        for _ in 0..<25 {
            let type = RandomType.list(RandomType.make(&random, depth: 4, hasNames: false))
            var definitions = ""
            var count = 0
            let name = type.text(&definitions, &count)
            let guest = try Guest(
                """
                (component
                  (component $C \(echoModule)
                    (func (export "echo") (param "a" \(name)) (result \(name)) (canon lift (core func $m "echo") \(options(inner)))))
                  (component $D
                    (import "echo" (func $echo (param "a" \(name)) (result \(name))))
                    \(echoModule)
                    (core func $lowered (canon lower (func $echo) \(options(outer))))
                    (core module $N
                      (import "" "echo" (func $echo (param i32 i32 i32)))
                      (func (export "run") (param i32 i32) (result i32)
                        (call $echo (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))
                    (core instance $n (instantiate $N (with "" (instance (export "echo" (func $lowered))))))
                    (func (export "run") (param "a" \(name)) (result \(name)) (canon lift (core func $n "run") \(options(outer)))))
                  (instance $c (instantiate $C))
                  (instance $d (instantiate $D (with "echo" (func $c "echo"))))
                  (export "run" (func $d "run")))
                """)
            for _ in 0..<8 {
                let value = type.value(&random)
                #expect(text(try guest.call("run", [value])) == text(value), "\(name)")
            }
        }
    }

    @Test func flatValues_keepTheirExtremes() throws {
        let types: [(String, String, [ComponentValue])] = [
            ("s8", "i32", [.s8(-128), .s8(-1), .s8(0), .s8(127)]), ("u8", "i32", [.u8(0), .u8(255)]),
            ("s16", "i32", [.s16(-32768), .s16(32767)]), ("u16", "i32", [.u16(0), .u16(65535)]),
            ("s32", "i32", [.s32(.min), .s32(.max)]), ("u32", "i32", [.u32(0), .u32(.max)]),
            ("s64", "i64", [.s64(.min), .s64(.max)]), ("u64", "i64", [.u64(0), .u64(.max)]),
            ("f32", "f32", [.f32(bits: 0x8000_0000), .f32(bits: 0x7F80_0000), .f32(bits: 0x7FC0_0000)]),
            ("f64", "f64", [.f64(bits: 1 << 63), .f64(bits: 0x7FF8_0000_0000_0000)]), ("char", "i32", [.char(0), .char(0x10_FFFF)]),
            ("bool", "i32", [.bool(false), .bool(true)]),
        ]
        for (type, core, values) in types {
            let guest = try Guest(
                """
                (component (core module $M (func (export "f") (param \(core)) (result \(core)) (local.get 0)))
                  (core instance $m (instantiate $M))
                  (func (export "f") (param "a" \(type)) (result \(type)) (canon lift (core func $m "f"))))
                """)
            for value in values { #expect(text(try guest.call("f", [value])) == text(value)) }
        }
    }

    @Test func narrowIntegers_areCutFromCoreValues() throws {
        // The core function returns what does not fit; lifting takes the lower bits.
        for (type, expected) in [("u8", ComponentValue.u8(0x80)), ("s8", .s8(-128)), ("u16", .u16(0xFF80)), ("s16", .s16(-128))] {
            let guest = try Guest(
                """
                (component (core module $M (func (export "f") (result i32) (i32.const 0x7FFFFF80)))
                  (core instance $m (instantiate $M))
                  (func (export "f") (result \(type)) (canon lift (core func $m "f"))))
                """)
            #expect(text(try guest.call("f")) == text(expected))
        }
    }

    @Test func anyNaN_becomesTheCanonicalOne() throws {
        let guest = try Guest(
            """
            (component (core module $M (func (export "f") (result f64) (f64.const nan:0x4000000000001)))
              (core instance $m (instantiate $M))
              (func (export "f") (result f64) (canon lift (core func $m "f"))))
            """)
        #expect(text(try guest.call("f")) == text(.f64(bits: 0x7FF8_0000_0000_0000)))
    }
}
