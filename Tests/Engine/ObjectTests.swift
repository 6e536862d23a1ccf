// What a store holds, by its handles: memories, tables, globals, tags, functions; imports and exports listed without an instance.

import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite struct ObjectTests {
    @Test func memory_isReadWrittenAndGrown() throws {
        let store = Store(Engine())
        let memory = try #require(store.makeMemory(type: MemoryType(limits: Limits(minimum: 1, maximum: 2))))
        #expect(memory.view.byteCount == 65536)
        #expect(memory.view.store(UInt64.max, at: 65528))
        #expect(!memory.view.store(UInt64.max, at: 65529))
        #expect(memory.view.load(UInt64.self, at: 65528) == .max)
        #expect(memory.view.load(UInt8.self, at: .max) == nil)
        #expect(memory.view.bytes(at: 65536, count: 0) != nil)
        #expect(memory.view.bytes(at: 65537, count: 0) == nil)
        #expect(memory.view.bytes(at: 0, count: -1) == nil)
        #expect(memory.grow(byPages: 1) == 1)
        #expect(memory.grow(byPages: 1) == nil)
        #expect(memory.type.limits.minimum == 2)
        #expect(memory.view.load(UInt64.self, at: 65528) == .max)
    }

    @Test func table_isReadAndWrittenByType() throws {
        let store = Store(Engine())
        let type = TableType(element: .externref, limits: Limits(minimum: 2))
        let table = try #require(store.makeTable(type: type, initial: .external(7)))
        #expect(table.count == 2)
        guard case .external(7)? = table.get(1) else { Issue.record("not the initial value"); return }
        #expect(table.get(2) == nil)
        #expect(table.set(0, .external(nil)))
        #expect(!table.set(2, .external(nil)))
        #expect(!table.set(0, .i32(1)))
        #expect(table.type.limits.minimum == 2)
    }

    @Test func globals_keepTypeAndMutability() throws {
        let store = Store(Engine())
        let global = try #require(store.makeGlobal(type: GlobalType(value: .v128, isMutable: true), initial: .v128(low: 1, high: 2)))
        #expect(global.set(.v128(low: 3, high: 4)))
        guard case .v128(3, 4) = global.value else { Issue.record("not set"); return }
        #expect(!global.set(.i64(1)))
        let fixed = try #require(store.makeGlobal(type: GlobalType(value: .i32, isMutable: false), initial: .i32(1)))
        #expect(!fixed.set(.i32(2)))
        #expect(fixed.type.isMutable == false)
    }

    @Test func functions_areCalledByTypeOnly() throws {
        let guest = try Guest("(module (func (export \"f\") (param i32 f64) (result i64) (i64.extend_i32_s (local.get 0))))")
        let function = try guest.function("f")
        #expect(function.type == FunctionType(parameters: [.i32, .f64], results: [.i64]))
        #expect(trap(of: function, [.i32(1)])?.code == .badArguments)
        #expect(trap(of: function, [.i32(1), .f32(bits: 0)])?.code == .badArguments)
        #expect(function.prepare([]) == nil)
        guard case .i64(-1)? = try function.call([.i32(-1), .f64(bits: 0)]).first else { Issue.record("wrong"); return }
        #expect(function.rawReference != 0)
    }

    @Test func hostFunction_isCalledByTheEmbedderToo() throws {
        let store = Store(Engine())
        let type = FunctionType(parameters: [.i32], results: [.i32])
        let function = try #require(
            store.makeFunction(type: type) { caller, values in
                values[0] = caller.instance == nil ? values[0] &+ 1 : 0
                return .done
            })
        guard case .i32(-4)? = try function.call([.i32(-5)]).first else { Issue.record("wrong"); return }
        #expect(function.prepare([.i32(1)]) == nil)
    }

    @Test func instances_ofAStore_shareWhatTheyImport() throws {
        let engine = Engine()
        let store = Store(engine)
        let linker = Linker(engine)
        let memory = try #require(store.makeMemory(type: MemoryType(limits: Limits(minimum: 1))))
        let global = try #require(store.makeGlobal(type: GlobalType(value: .i32, isMutable: true), initial: .i32(5)))
        linker.define("s", "m", .memory(memory))
        linker.define("s", "g", .global(global))
        let text = """
            (module (import "s" "m" (memory 1)) (import "s" "g" (global $g (mut i32)))
              (func (export "f") (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (global.get $g)))
                (global.set $g (i32.add (global.get $g) (i32.const 1)))))
            """
        for _ in 0..<3 {
            let instance = try linker.instantiate(store, try module(text, engine)).start()
            guard case .function(let function)? = instance.export("f") else { continue }
            _ = try function.call()
        }
        #expect(memory.view.load(Int32.self, at: 0) == Int32(18))
        guard case .i32(8) = global.value else { Issue.record("global not shared"); return }
    }

    @Test func importsAndExports_areListedWithoutAnInstance() throws {
        let listed = try module(
            "(module (import \"a\" \"f\" (func (param i32))) (import \"a\" \"m\" (memory 1)) (global (export \"g\") i64 (i64.const 1)) (table (export \"t\") 1 funcref))",
            Engine())
        #expect(listed.imports.map(\.module) == ["a", "a"])
        #expect(listed.imports.map(\.name) == ["f", "m"])
        #expect(listed.exports.map(\.name) == ["g", "t"])
        guard case .global(let type) = listed.exports[0].type else { Issue.record("no global"); return }
        #expect(type.value == .i64)
        guard case .function = listed.imports[0].type, case .memory = listed.imports[1].type else { Issue.record("types"); return }
    }

    @Test func exports_keepTheirOrderAndKind() throws {
        let guest = try Guest(
            "(module (memory (export \"m\") 1) (tag (export \"e\")) (func (export \"f\")) (global (export \"g\") i32 (i32.const 3)))")
        #expect(guest.instance.exports.map(\.0) == ["m", "e", "f", "g"])
        #expect(guest.instance.export("nothing") == nil)
        #expect(guest.instance.mainMemory?.byteCount == 65536)
        for (_, value) in guest.instance.exports { #expect(value.store === guest.store) }
    }

    @Test func startFunction_thatTraps_isAnInstantiationError() throws {
        do {
            _ = try Guest("(module (func $s (unreachable)) (start $s))")
            Issue.record("started")
        } catch {
            guard case .trap(let trap)? = error as? InstantiationError else { Issue.record("\(error)"); return }
            #expect(trap.code == .unreachable)
        }
    }

    @Test func names_areComparedByteByByte() {
        #expect(Name("é") != Name("e\u{301}"))
        #expect(Name("a") == "a")
        #expect(Name(bytes: [0x61]).hashValue == Name("a").hashValue)
    }

    @Test func everyTrap_hasAText() {
        var texts: Set<String> = []
        var raw: UInt8 = 0
        while let code = TrapCode(rawValue: raw) {
            texts.insert("\(code.message)")
            raw += 1
        }
        #expect(texts.count == Int(raw))
        #expect(raw > 20)
    }

    /// A reference's slot is its number plus one, so that the largest number's would be null's.
    @Test func largestExternalReference_isNoValue() throws {
        let guest = try Guest(
            "(module (table (export \"t\") 1 externref) (func (export \"f\") (param externref) (result i32) (ref.is_null (local.get 0))))")
        func isNull(_ value: Value) throws -> Int32? {
            if case .i32(let result)? = try guest.call("f", [value]).first { result } else { nil }
        }
        #expect(try isNull(.external(nil)) == 1)
        #expect(try isNull(.external(0)) == 0)
        #expect(try isNull(.external(.max - 1)) == 0)
        #expect(trap(of: try guest.function("f"), [.external(.max)])?.code == .badArguments)
        guard case .table(let table)? = guest.instance.export("t") else { Issue.record("no table"); return }
        #expect(!table.set(0, .external(.max)))
        #expect(table.set(0, .external(.max - 1)))
    }
}
