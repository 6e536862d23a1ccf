// Fuel: charged block by block, resumable, exact whatever the portions.

import Testing
import WasmEngine
import WasmModule
import WasmText

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

    static let text = """
        (module (memory 1) (table funcref (elem $a $b)) (type $t (func (param i32) (result i32)))
          (func $a (type $t) (i32.mul (local.get 0) (i32.const 3)))
          (func $b (type $t) (i32.xor (local.get 0) (i32.const 85)))
          (func (export "work") (param $n i32) (result i32) (local $i i32) (local $x i32) (local $d f64)
            (loop $l
              (block $two (block $one (block $zero (br_table $zero $one $two (i32.rem_u (local.get $i) (i32.const 3))))
                (local.set $x (i32.add (local.get $x) (i32.const 7))) (br $two))
                (local.set $d (f64.add (local.get $d) (f64.const 0.5))))
              (i32.store (i32.mul (local.get $i) (i32.const 4)) (local.get $x))
              (local.set $x (call_indirect (type $t) (local.get $x) (i32.and (local.get $i) (i32.const 1))))
              (local.set $x (i32.add (local.get $x) (i32.load (i32.mul (local.get $i) (i32.const 4)))))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (i32.add (local.get $x) (i32.trunc_f64_s (local.get $d)))))
        """

    /// Whatever the size of the portions, the result and what was used are those of one run.
    @Test(arguments: [1, 2, 3, 7, 13, 64, 1000]) func fuel_inPortions_isUsedExactly(portion: Int64) throws {
        var settings = Config()
        settings.isFuelMetered = true
        let plain = try Guest(FuelTests.text)
        let expected = try plain.i32("work", 60)
        let whole = try Guest(FuelTests.text, settings)
        whole.store.fuel = 1 << 30
        #expect(try whole.i32("work", 60) == expected)
        let used = 1 << 30 - whole.store.fuel
        let guest = try Guest(FuelTests.text, settings)
        guest.store.fuel = 0
        let execution = try #require(try guest.function("work").prepare([.i32(60)]))
        var added: Int64 = 0
        while case .outOfFuel = execution.resume() {
            added += portion
            guest.store.fuel += portion
        }
        #expect(added - guest.store.fuel == used)
        guard case .i32(let value)? = execution.results.first else { Issue.record("no result"); return }
        #expect(value == expected)
    }

    @Test func fuelOfACall_thatRunsOut_isATrap() throws {
        var settings = Config()
        settings.isFuelMetered = true
        let guest = try Guest("(module (func (export \"f\") (loop (br 0))))", settings)
        guest.store.fuel = 1000
        #expect(guest.trap("f")?.code == .outOfFuel)
        #expect(guest.store.fuel >= 0)
    }

    static let startText = """
        (module (import "env" "note" (func $note)) (global $n (export "n") (mut i32) (i32.const 0))
          (func $s (loop $l
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (global.get $n) (i32.const 1000))))
            (call $note))
          (start $s))
        """

    /// An instance of `text` that has not started, metered; `note` is the host's.
    private func unstarted(_ text: String, _ note: @escaping HostFunction) throws -> (InstancePre, Store) {
        var settings = Config()
        settings.isFuelMetered = true
        let engine = Engine(settings)
        let store = Store(engine)
        let linker = Linker(engine)
        linker.defineFunction(module: "env", name: "note", type: FunctionType(), note)
        return (try linker.instantiate(store, try module(text, engine)), store)
    }

    private func count(_ instance: Instance) -> Int32? {
        guard case .global(let global)? = instance.export("n"), case .i32(let value) = global.value else { return nil }
        return value
    }

    @Test func startFunction_thatRunsOutOfFuel_isResumed() throws {
        var notes = 0
        let (prepared, store) = try unstarted(FuelTests.startText) { _, _ in
            notes += 1
            return .done
        }
        store.fuel = 0
        let start = try #require(try prepared.prepareStart())
        var slices = 0
        while case .outOfFuel = start.resume() {
            slices += 1
            store.fuel += 50
        }
        #expect(slices > 50)
        #expect(notes == 1)
        withExtendedLifetime(store) { #expect(count(prepared.instance) == 1000) }
        guard case .trapped = start.resume() else { Issue.record("it ran twice"); return }
        #expect(notes == 1)
    }

    @Test func startFunction_inOneGo_trapsWithoutFuel() throws {
        let (prepared, store) = try unstarted(FuelTests.startText) { _, _ in .done }
        store.fuel = 50
        do throws(InstantiationError) {
            _ = try prepared.start()
            Issue.record("started")
        } catch {
            guard case .trap(let trap) = error else { Issue.record("\(error)"); return }
            #expect(trap.code == .outOfFuel)
        }
    }

    @Test func startFunction_ofTheHost_runsWhenItIsPrepared() throws {
        var notes = 0
        let text = "(module (import \"env\" \"note\" (func $note)) (start $note))"
        let (prepared, store) = try unstarted(text) { _, _ in
            notes += 1
            return .done
        }
        #expect(try prepared.prepareStart() == nil)
        #expect(notes == 1)
        let (trapping, second) = try unstarted(text) { _, _ in .trap(.hostError) }
        #expect(throws: InstantiationError.self) { _ = try trapping.prepareStart() }
        let (none, third) = try unstarted("(module)") { _, _ in .done }
        #expect(try none.prepareStart() == nil)
        withExtendedLifetime([store, second, third]) {}
    }

    @Test func codeWithoutMetering_usesNoFuel() throws {
        let guest = try Guest(FuelTests.text)
        guest.store.fuel = 0
        #expect(try guest.i32("work", 10) != nil)
        #expect(guest.store.fuel == 0)
    }
}
