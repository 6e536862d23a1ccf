// Calls: direct, through tables, tail calls, between instances, and of functions translated at their first call.

import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite struct CallTests {
    @Test func recursion_withoutEnd_overflowsAndElidesFrames() throws {
        let guest = try Guest("(module (func $f (export \"f\") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))")
        let trap = guest.trap("f", 1)
        #expect(trap?.code == .stackOverflow)
        #expect(trap?.backtrace.count == 50)
        #expect((trap?.elidedFrameCount ?? 0) > 1000)
    }

    @Test func callDepth_isBounded() throws {
        var settings = Config()
        settings.maximumCallDepth = 100
        let text = "(module (func $f (export \"f\") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))"
        let guest = try Guest(text, settings)
        #expect(guest.trap("f", 200)?.code == .stackOverflow)
        #expect(guest.trap("f", 20) == nil)
    }

    @Test(arguments: [true, false]) func tailCalls_runInOneFrame(fused: Bool) throws {
        let text = """
            (module
              (type $t (func (param i32 i32) (result i32)))
              (table funcref (elem $f $g))
              (func $f (export "f") (type $t)
                (if (result i32) (local.get 0)
                  (then (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 2)) (i32.const 1)))
                  (else (local.get 1))))
              (func $g (type $t)
                (if (result i32) (local.get 0)
                  (then (return_call $f (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))
                  (else (local.get 1)))))
            """
        let guest = try Guest(text, config(fused: fused))
        #expect(try guest.i32("f", 1_000_000, 0) == 1_000_000)
    }

    @Test(arguments: [TranslationMode.eager, .lazyTranslation, .lazy]) func functionsCalledBeforeTheirTranslation_run(mode: TranslationMode)
        throws
    {
        var settings = Config()
        settings.translation = mode
        let text =
            "(module (func (export \"a\") (param i32) (result i32) (call $b (local.get 0))) (func $b (param i32) (result i32) (i32.mul (local.get 0) (i32.const 7))))"
        let guest = try Guest(text, settings)
        #expect(try guest.i32("a", 6) == 42)
        #expect(try guest.i32("a", 7) == 49)
    }

    @Test func instances_callEachOtherAndTrapWithBothInTheBacktrace() throws {
        let engine = Engine()
        let store = Store(engine)
        let linker = Linker(engine)
        let a = try linker.instantiate(
            store, try module("(module (memory 1) (func (export \"f\") (param i32) (result i32) (i32.load (local.get 0))))", engine)
        ).start()
        linker.define("a", instance: a)
        let text =
            "(module (import \"a\" \"f\" (func $f (param i32) (result i32))) (memory 1) (data (i32.const 0) \"\\2a\") (func (export \"g\") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.load8_u (i32.const 0)))))"
        let b = try linker.instantiate(store, try module(text, engine)).start()
        guard case .function(let g)? = b.export("g") else { Issue.record("no g"); return }
        guard case .i32(42) = try g.call([.i32(0)])[0] else { Issue.record("wrong memory"); return }
        do {
            _ = try g.call([.i32(-1)])
            Issue.record("no trap")
        } catch {
            #expect(error.code == .memoryOutOfBounds)
            #expect(error.backtrace.count == 2)
        }
    }

    @Test func unknownAndWrongImports_areRefused() throws {
        let engine = Engine()
        let linker = Linker(engine)
        let needy = try module("(module (import \"env\" \"f\" (func)))", engine)
        do { _ = try linker.instantiate(Store(engine), needy); Issue.record("linked") } catch {
            guard case .link(let link) = error else { Issue.record("no link error"); return }
            #expect(link.kind == .unknownImport)
            #expect(link.name == "f")
        }
        linker.defineFunction(module: "env", name: "f", type: FunctionType(parameters: [.i32])) { _, _ in .done }
        do { _ = try linker.instantiate(Store(engine), needy); Issue.record("linked") } catch {
            guard case .link(let link) = error else { Issue.record("no link error"); return }
            #expect(link.kind == .incompatibleImportType)
        }
    }

    @Test func mutualRecursion_whenLazy_givesTheRightResult() throws {
        var settings = Config()
        settings.translation = .lazy
        let text = """
            (module
              (func $even (export "even") (param i32) (result i32)
                (if (result i32) (local.get 0) (then (call $odd (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))
              (func $odd (param i32) (result i32)
                (if (result i32) (local.get 0) (then (call $even (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0)))))
            """
        let guest = try Guest(text, settings)
        #expect(try guest.i32("even", 1001) == 0)
        #expect(try guest.i32("even", 1000) == 1)
        // A second instance of the module shares the code, and its stubs are patched already.
        let second = try guest.linker.instantiate(guest.store, guest.instance.module).start()
        guard case .function(let even)? = second.export("even"), case .i32(1) = try even.call([.i32(64)])[0] else {
            Issue.record("the second instance differs")
            return
        }
    }

    @Test func lazyFunctionThatIsNotValid_trapsWhereItIsCalled() throws {
        var settings = Config()
        settings.translation = .lazy
        let text = """
            (module (func $bad (result i32) (i64.const 1)) (func $good (export "good") (result i32) (i32.const 1))
              (func $caller (export "caller") (result i32) (call $bad)))
            """
        let guest = try Guest(text, settings)
        #expect(try guest.i32("good") == 1)
        let trap = guest.trap("caller")
        #expect(trap?.code == .invalidFunction)
        #expect(trap?.names == ["bad", "caller"])
        #expect(trap?.invalidity?.message.description.hasPrefix("type mismatch") == true)
        #expect(trap?.backtrace.first?.moduleOffset == trap?.invalidity?.offset)
        #expect(throws: WasmError.self) { _ = try Guest(text) }
        settings.translation = .lazyTranslation
        #expect(throws: WasmError.self) { _ = try Guest(text, settings) }
    }

    @Test func tailCalls_betweenInstances_runInOneFrame() throws {
        let engine = Engine()
        let store = Store(engine)
        let linker = Linker(engine)
        let table = try #require(
            store.makeTable(type: TableType(element: .funcref, limits: Limits(minimum: 2, maximum: 2)), initial: .function(nil)))
        linker.define("t", "t", .table(table))
        let text = """
            (module (type $f (func (param i32) (result i32))) (import "t" "t" (table 2 2 funcref))
              (func (export "f") (type $f)
                (if (result i32) (local.get 0)
                  (then (return_call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.and (local.get 0) (i32.const 1))))
                  (else (i32.const 77)))))
            """
        for index in 0..<2 {
            let instance = try linker.instantiate(store, try module(text, engine)).start()
            guard case .function(let function)? = instance.export("f") else { continue }
            #expect(table.set(index, .function(function)))
        }
        guard case .function(let first?)? = table.get(0), case .i32(77) = try first.call([.i32(1_000_000)])[0] else {
            Issue.record("no result")
            return
        }
    }
}
