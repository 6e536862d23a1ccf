// The engine through its public API, on modules written as text: results, traps, limits, calls between instances and the host, fuel,
// exceptions. What has a `fused` argument runs with folding and fusion on and off and must not differ.

import Testing
import WasmEngine
import WasmModule
import WasmText

/// A module's bytes, kept alive by the box that the module owns.
private final class Bytes {
    let buffer: UnsafeMutableRawBufferPointer
    init(_ bytes: [UInt8]) {
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        buffer.copyBytes(from: bytes)
    }
    deinit { buffer.deallocate() }
}

private func config(fused: Bool = true) -> Config {
    var config = Config()
    config.isFusionEnabled = fused
    return config
}

private func module(_ text: String, _ engine: Engine) throws -> Module {
    let bytes = Bytes(try assemble(text))
    return try Module(engine, bytes: UnsafeRawBufferPointer(bytes.buffer), owner: bytes)
}

/// An instance without imports, in a store that the test keeps.
private struct Guest {
    let engine: Engine
    let store: Store
    let linker: Linker
    let instance: Instance

    init(_ text: String, _ config: Config = Config(), link: (Linker, Store) -> Void = { _, _ in }) throws {
        engine = Engine(config)
        store = Store(engine)
        store.fuel = 1 << 40
        linker = Linker(engine)
        link(linker, store)
        instance = try linker.instantiate(store, try module(text, engine)).start()
    }

    func function(_ name: String) throws -> Func {
        guard case .function(let function)? = instance.export(Name(name)) else {
            Issue.record("no function \(name)")
            throw Trap(code: .badArguments)
        }
        return function
    }

    func call(_ name: String, _ arguments: [Value] = []) throws -> [Value] { try function(name).call(arguments) }

    func i32(_ name: String, _ arguments: Int32...) throws -> Int32? {
        if case .i32(let value)? = try call(name, arguments.map { .i32($0) }).first { value } else { nil }
    }

    func trap(_ name: String, _ arguments: Int32...) -> Trap? {
        do { _ = try call(name, arguments.map { .i32($0) }) } catch { return error as? Trap }
        return nil
    }
}

@Suite struct ArithmeticTests {
    static let text = """
        (module
          (memory 1)
          (data (i32.const 8) "\\01\\02\\03\\04\\05\\06\\07\\08")
          (func (export "fib") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
              (then (local.get 0))
              (else (i32.add (call 0 (i32.sub (local.get 0) (i32.const 1))) (call 0 (i32.sub (local.get 0) (i32.const 2)))))))
          (func (export "loop") (param $n i32) (result i32) (local $i i32) (local $sum i32)
            (loop $l
              (local.set $sum (i32.add (local.get $sum) (i32.mul (local.get $i) (i32.const 3))))
              (br_if $l (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $sum))
          (func (export "down") (param $n i32) (result i32) (local $sum i32)
            (loop $l
              (local.set $sum (i32.add (local.get $sum) (local.get $n)))
              (br_if $l (local.tee $n (i32.add (local.get $n) (i32.const -1)))))
            (local.get $sum))
          (func (export "old") (param $i i32) (result i32)
            (local.get $i) (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.get $i) (i32.mul) )
          (func (export "sum") (param $a i32) (param $b i32) (result i32)
            (i32.add
              (i32.load (i32.add (local.get $a) (local.get $b)))
              (i32.add (i32.load8_u (i32.add (local.get $a) (i32.const 8))) (i32.load16_u offset=4 (i32.const 4)))))
          (func (export "store") (param $a i32) (param $v i32) (result i32)
            (i32.store (i32.add (local.get $a) (i32.const 16)) (local.get $v))
            (i32.store8 (i32.const 40) (local.get $v))
            (i32.add (i32.load offset=16 (local.get $a)) (i32.load8_s (i32.const 40))))
          (func (export "wrap") (param $a i32) (result i32) (i32.load (i32.add (local.get $a) (i32.const 16))))
          (func (export "swap") (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
          (func (export "polynomial") (param f64 f64 f64) (result f64)
            (f64.add (f64.mul (local.get 0) (local.get 1)) (local.get 2)))
          (func (export "choose") (param i32 i32 i32) (result i32)
            (select (local.get 1) (local.get 2) (i32.eqz (i32.lt_s (local.get 0) (i32.const 5)))))
          (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))
        """

    @Test(arguments: [true, false]) func results_areThoseOfTheSpecification(fused: Bool) throws {
        let guest = try Guest(ArithmeticTests.text, config(fused: fused))
        #expect(try guest.i32("fib", 15) == 610)
        #expect(try guest.i32("loop", 10) == 135)
        #expect(try guest.i32("down", 10) == 55)
        #expect(try guest.i32("old", 6) == 42)
        #expect(try guest.i32("sum", 4, 4) == 0x0403_0201 + 5 + 0x0201)
        #expect(try guest.i32("store", 64, -3) == -6)
        #expect(try guest.i32("wrap", -8) == 0x0403_0201)
        #expect(try guest.i32("choose", 4, 10, 20) == 20)
        #expect(try guest.i32("choose", 5, 10, 20) == 10)
        #expect(try guest.i32("divide", -7, 2) == -3)
        let swapped = try guest.call("swap", [.i32(1), .i32(2)])
        guard case .i32(2) = swapped[0], case .i32(1) = swapped[1] else { Issue.record("not swapped"); return }
        let value = try guest.call("polynomial", [3.0, 5.0, 0.5].map { (number: Double) in .f64(bits: number.bitPattern) })
        guard case .f64(let bits) = value[0] else { Issue.record("no f64"); return }
        #expect(Double(bitPattern: bits) == 15.5)
    }

    @Test(arguments: [true, false]) func traps_haveTheirCodes(fused: Bool) throws {
        let guest = try Guest(ArithmeticTests.text, config(fused: fused))
        #expect(guest.trap("divide", 1, 0)?.code == .integerDivisionByZero)
        #expect(guest.trap("divide", .min, -1)?.code == .integerOverflow)
        let fault = guest.trap("wrap", 65_520)
        #expect(fault?.code == .memoryOutOfBounds)
        #expect(fault?.faultAddress == 65_536)
        #expect(fault?.backtrace.first?.functionIndex == 6)
    }
}

@Suite struct CallTests {
    @Test func recursion_withoutEnd_overflowsAndElidesFrames() throws {
        let guest = try Guest("(module (func $f (export \"f\") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))")
        let trap = guest.trap("f", 1)
        #expect(trap?.code == .stackOverflow)
        #expect(trap?.backtrace.count == 32)
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

    @Test(arguments: [TranslationMode.eager, .lazy]) func functionsCalledBeforeTheirTranslation_run(mode: TranslationMode) throws {
        var settings = Config()
        settings.translation = mode
        let text =
            "(module (func (export \"a\") (param i32) (result i32) (call $b (local.get 0))) (func $b (param i32) (result i32) (i32.mul (local.get 0) (i32.const 7))))"
        let guest = try Guest(text, settings)
        #expect(try guest.i32("a", 6) == 42)
        #expect(try guest.i32("a", 7) == 49)
    }

    @Test func hostFunctions_getAndGiveCanonicalValues() throws {
        let text = """
            (module (import "h" "f" (func $f (param i32 i64) (result i32)))
              (func (export "g") (param i32) (result i32) (i32.lt_s (call $f (local.get 0) (i64.const -1)) (i32.const 0))))
            """
        var seen: [UInt64] = []
        let guest = try Guest(text) { linker, _ in
            linker.defineFunction(module: "h", name: "f", type: FunctionType(parameters: [.i32, .i64], results: [.i32])) { _, values in
                seen = [values[0], values[1]]
                values[0] = 0xFFFF_FFFF
                return .done
            }
        }
        #expect(try guest.i32("g", -2) == 1)
        #expect(seen == [0xFFFF_FFFE, .max])
    }

    @Test func hostExit_endsTheGuest() throws {
        let guest = try Guest("(module (import \"h\" \"exit\" (func $e)) (func (export \"f\") (call $e) (unreachable)))") { linker, _ in
            linker.defineFunction(module: "h", name: "exit", type: FunctionType()) { _, _ in .exit(7) }
        }
        let trap = guest.trap("f")
        #expect(trap?.code == .exit)
        #expect(trap?.exitCode == 7)
    }

    @Test func suspendedHostCall_resumesWithItsResult() throws {
        let text =
            "(module (import \"h\" \"wait\" (func $w (param i32) (result i32))) (func (export \"f\") (param i32) (result i32) (i32.add (call $w (local.get 0)) (local.get 0))))"
        let guest = try Guest(text) { linker, _ in
            linker.defineFunction(module: "h", name: "wait", type: FunctionType(parameters: [.i32], results: [.i32])) { _, _ in .suspend }
        }
        let execution = try #require(try guest.function("f").prepare([.i32(5)]))
        guard case .suspended = execution.resume() else { Issue.record("did not suspend"); return }
        let slots = try #require(execution.hostSlots)
        #expect(slots[0] == 5)
        slots[0] = 100
        guard case .finished = execution.resume(), case .i32(105) = execution.results[0] else { Issue.record("did not finish"); return }
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
}

@Suite struct FuelTests {
    @Test func fuel_whenExhausted_parksAndResumesExactly() throws {
        var settings = Config()
        settings.isFuelMetered = true
        let whole = try Guest(ArithmeticTests.text, settings)
        whole.store.fuel = 1_000_000
        let expected = try whole.i32("fib", 12)
        let used = 1_000_000 - whole.store.fuel
        #expect(used > 1000)
        let guest = try Guest(ArithmeticTests.text, settings)
        guest.store.fuel = 0
        let execution = try #require(try guest.function("fib").prepare([.i32(12)]))
        var added: Int64 = 0
        var rounds = 0
        while true {
            let result = execution.resume()
            if case .finished = result { break }
            guard case .outOfFuel = result else { Issue.record("unexpected end"); return }
            rounds += 1
            added += 17
            guest.store.fuel += 17
        }
        #expect(rounds > 10)
        #expect(added - guest.store.fuel == used)
        guard case .i32(let value) = execution.results[0] else { Issue.record("no result"); return }
        #expect(value == expected)
    }
}

@Suite struct ExceptionTests {
    @Test(arguments: [true, false]) func exceptions_reachTheirHandlers(fused: Bool) throws {
        let text = """
            (module
              (tag $e (param i32))
              (func $throw (param i32) (throw $e (local.get 0)))
              (func (export "new") (param i32) (result i32)
                (block $h (result i32)
                  (try_table (catch $e $h) (call $throw (i32.add (local.get 0) (i32.const 1))))
                  (i32.const 0)))
              (func (export "uncaught") (param i32) (call $throw (local.get 0)))
              (func (export "again") (result i32)
                (block $outer (result i32)
                  (try_table (catch $e $outer)
                    (block $inner (result i32 exnref)
                      (try_table (catch_ref $e $inner) (call $throw (i32.const 9)))
                      (unreachable))
                    (throw_ref))
                  (unreachable))))
            """
        let guest = try Guest(text, config(fused: fused))
        #expect(try guest.i32("new", 41) == 42)
        #expect(try guest.i32("again") == 9)
        #expect(guest.trap("uncaught", 1)?.code == .uncaughtException)
    }
}

@Suite struct SizeTests {
    @Test func fiftyThousandLocals_areCleared() throws {
        let locals = String(repeating: " i64", count: 49_999)
        let guest = try Guest(
            "(module (func (export \"f\") (param i32) (result i32) (local\(locals)) (local.set 49999 (i64.const 7)) (i32.wrap_i64 (i64.add (local.get 49999) (local.get 49998)))))"
        )
        #expect(try guest.i32("f", 0) == 7)
    }

    @Test func hundredThousandLabels_areOneBranch() throws {
        let labels = String(repeating: " 0", count: 99_999)
        let guest = try Guest(
            "(module (func (export \"f\") (param i32) (result i32) (block (block (br_table\(labels) 1 (local.get 0))) (return (i32.const 1))) (i32.const 2)))"
        )
        #expect(try guest.i32("f", 5) == 1)
        #expect(try guest.i32("f", 99_998) == 1)
        #expect(try guest.i32("f", 99_999) == 2)
        #expect(try guest.i32("f", -1) == 2)
    }

    @Test func tenThousandBlocks_nest() throws {
        let open = String(repeating: "(block ", count: 10_000)
        let close = String(repeating: ")", count: 10_000)
        let guest = try Guest("(module (func (export \"f\") (param i32) (result i32) \(open)(br 9999)\(close) (local.get 0)))")
        #expect(try guest.i32("f", 3) == 3)
    }

    @Test func memoryGrow_beyondMaximum_returnsMinusOne() throws {
        let guest = try Guest(
            "(module (memory 1 2) (func (export \"g\") (param i32) (result i32) (memory.grow (local.get 0))) (func (export \"s\") (result i32) (memory.size)))"
        )
        #expect(try guest.i32("g", 2) == -1)
        #expect(try guest.i32("g", 1) == 1)
        #expect(try guest.i32("s") == 2)
    }
}
