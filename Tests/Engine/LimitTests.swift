// Each switch and limit of `Config` and of stores, hit once.

import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite struct LimitTests {
    private func refusal(_ text: String, _ settings: Config) -> WasmError? {
        do { _ = try module(text, Engine(settings)) } catch { return error as? WasmError }
        return nil
    }

    private func settings(_ change: (inout Config) -> Void) -> Config {
        var settings = Config()
        change(&settings)
        return settings
    }

    /// A limit of the decoder, set to `limit`, and a module that exceeds it by one.
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let set: @Sendable (inout DecodeLimits) -> Void
        let text: String
        init(_ name: String, _ text: String, _ set: @escaping @Sendable (inout DecodeLimits) -> Void) {
            testDescription = name
            self.set = set
            self.text = text
        }
    }

    static let cases = [
        Case("moduleByteCount", "(module (func))") { $0.moduleByteCount = 10 },
        Case("types", "(module (type (func)) (type (func (param i32))))") { $0.types = 1 },
        Case("recursionGroupTypes", "(module (rec (type (func)) (type (func (param i32)))))") { $0.recursionGroupTypes = 1 },
        Case("functions", "(module (func) (func))") { $0.functions = 1 },
        Case("imports", "(module (import \"a\" \"b\" (func)) (import \"a\" \"c\" (func)))") { $0.imports = 1 },
        Case("exports", "(module (func (export \"a\") (export \"b\")))") { $0.exports = 1 },
        Case("globals", "(module (global i32 (i32.const 1)) (global i32 (i32.const 1)))") { $0.globals = 1 },
        Case("tags", "(module (tag) (tag))") { $0.tags = 1 },
        Case("tables", "(module (table 1 funcref) (table 1 funcref))") { $0.tables = 1 },
        Case("memories", "(module (memory 1) (memory 1))") { $0.memories = 1 },
        Case("elementSegments", "(module (elem func) (elem func))") { $0.elementSegments = 1 },
        Case("dataSegments", "(module (data) (data))") { $0.dataSegments = 1 },
        Case("functionBodyByteCount", "(module (func (nop) (nop) (nop)))") { $0.functionBodyByteCount = 4 },
        Case("functionLocals", "(module (func (param i32) (local i32)))") { $0.functionLocals = 1 },
        Case("functionParameters", "(module (func (param i32 i32)))") { $0.functionParameters = 1 },
        Case("functionResults", "(module (func (result i32 i32) (unreachable)))") { $0.functionResults = 1 },
        Case("branchTableTargets", "(module (func (br_table 0 0 (i32.const 0))))") { $0.branchTableTargets = 1 },
        Case("nestedBlocks", "(module (func (block (block))))") { $0.nestedBlocks = 1 },
        Case("functionOperands", "(module (func $f (result i32 i32) (unreachable)) (func (call $f) (call $f) (unreachable)))") {
            $0.functionOperands = 3
        },
        Case("nameByteCount", "(module (func (export \"ab\")))") { $0.nameByteCount = 1 },
    ]

    @Test(arguments: cases) func decodeLimit_whenExceeded_isALimitError(example: Case) {
        #expect(refusal(example.text, Config()) == nil)
        let error = refusal(example.text, settings { example.set(&$0.decodeLimits) })
        #expect(error?.phase == .limit)
    }

    @Test func tableElements_boundTheTableAndNotTheModule() throws {
        let small = settings { $0.decodeLimits.tableElements = 10 }
        let text = "(module (table 11 funcref))"
        #expect(refusal(text, small) == nil)
        #expect(throws: InstantiationError.self) { _ = try Guest(text, small) }
        let guest = try Guest(
            "(module (table $t 5 funcref) (func (export \"g\") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))",
            small)
        #expect(try guest.i32("g", 6) == -1)
        #expect(try guest.i32("g", 5) == 5)
    }

    @Test func codeByteLimit_boundsThreadedCode() {
        let text = "(module (func (param i32) (local.set 0 (i32.mul (local.get 0) (local.get 0)))))"
        #expect(refusal(text, settings { $0.codeByteLimit = 32 })?.phase == .limit)
        // One function's code is bounded while it is made: each branch here moves five hundred values.
        let types = String(repeating: " i64", count: 500)
        let zeros = String(repeating: "(i64.const 0)", count: 501)
        let branches = String(repeating: "(br_if 0 (local.get 0))", count: 2000)
        let large =
            "(module (func (param i32) (result\(types)) \(zeros) (drop) (block (param\(types)) (result\(types)) (i64.const 1) \(zeros) \(branches) (unreachable)) ))"
        #expect(refusal(large, settings { $0.codeByteLimit = 1 << 20 })?.phase == .limit)
    }

    @Test func stackByteCount_boundsFrames() throws {
        let text =
            "(module (func $f (export \"f\") (param i32) (local i64 i64 i64 i64 i64 i64 i64 i64) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))"
        let guest = try Guest(text, settings { $0.stackByteCount = 64 << 10 })
        #expect(guest.trap("f", 400) == nil)
        #expect(guest.trap("f", 4000)?.code == .stackOverflow)
    }

    @Test func features_thatAreOff_areRefused() {
        let examples: [(Features, String)] = [
            (.simd, "(module (func (param v128)))"), (.tailCalls, "(module (func (return_call 0)))"),
            (.exceptions, "(module (tag) (func (throw 0)))"), (.memory64, "(module (memory i64 1))"),
            (.multiMemory, "(module (memory 1) (memory 1))"), (.floatingPoint, "(module (func (param f32)))"),
            (.functionReferences, "(module (type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0))))"),
            (.extendedConstants, "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))"),
        ]
        for (feature, text) in examples {
            #expect(refusal(text, Config()) == nil)
            let error = refusal(
                text,
                settings {
                    $0.features = $0.features.subtracting(feature)
                    if feature == .exceptions { $0.features = $0.features.subtracting(.legacyExceptions) }
                })
            #expect(error != nil, "\(text)")
        }
    }

    @Test func strictPreset_refusesWhatStandardTakes() throws {
        #expect(refusal("(module (memory 1) (memory 1))", Config.strict)?.phase == .limit)
        let blocks = String(repeating: "(block ", count: 1500) + String(repeating: ")", count: 1500)
        #expect(refusal("(module (func \(blocks)))", Config.strict)?.phase == .limit)
        #expect(refusal("(module (func \(blocks)))", Config()) == nil)
        let guest = try Guest("(module (func $f (export \"f\") (call $f)) (func (export \"g\") (result i32) (i32.const 4)))", Config.strict)
        #expect(guest.trap("f")?.code == .stackOverflow)
        #expect(try guest.i32("g") == 4)
    }

    @Test func storeLimits_areAskedBeforeAnythingGrows() throws {
        let engine = Engine()
        var limits = StoreLimits()
        limits.memoryGrowing = { _, _, desired in desired <= 2 << 16 }
        limits.tableGrowing = { _, _, desired in desired <= 4 }
        let store = Store(engine, limits: limits)
        let linker = Linker(engine)
        let text = """
            (module (memory 1) (table 2 funcref)
              (func (export "m") (param i32) (result i32) (memory.grow (local.get 0)))
              (func (export "t") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))
            """
        let instance = try linker.instantiate(store, try module(text, engine)).start()
        func call(_ name: Name, _ number: Int32) throws -> Int32? {
            guard case .function(let function)? = instance.export(name), case .i32(let value)? = try function.call([.i32(number)]).first
            else { return nil }
            return value
        }
        #expect(try call("m", 2) == -1)
        #expect(try call("m", 1) == 1)
        #expect(try call("m", 1) == -1)
        #expect(try call("t", 3) == -1)
        #expect(try call("t", 2) == 2)
        do {
            _ = try linker.instantiate(store, try module("(module (memory 3))", engine))
            Issue.record("the store took a memory beyond its limit")
        } catch let error as InstantiationError {
            guard case .outOfMemory = error else { Issue.record("\(error)"); return }
        }
    }

    @Test func modulesAndStores_ofDifferentEngines_doNotMix() throws {
        let one = Engine()
        let other = Engine()
        let foreign = try module("(module)", other)
        func kind(_ body: () throws -> Void) -> LinkError.Kind? {
            do { try body() } catch {
                if case .link(let link)? = error as? InstantiationError { return link.kind }
            }
            return nil
        }
        #expect(kind { _ = try Linker(one).instantiate(Store(one), foreign) } == .otherEngine)
        #expect(kind { _ = try Linker(one).instantiate(Store(other), try module("(module)", one)) } == .otherEngine)
        let linker = Linker(one)
        let store = Store(one)
        let memory = try #require(store.makeMemory(type: MemoryType(limits: Limits(minimum: 1))))
        linker.define("m", "m", .memory(memory))
        let user = try module("(module (import \"m\" \"m\" (memory 1)))", one)
        #expect(kind { _ = try linker.instantiate(Store(one), user) } == .otherStore)
        #expect(kind { _ = try linker.instantiate(store, user) } == nil)
    }
}
