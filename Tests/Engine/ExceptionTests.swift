// Exceptions of both forms: who catches, what is passed on, and that nothing is kept that nobody holds.

import Testing
import WasmEngine
import WasmModule
import WasmText

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

    static let legacy = """
        (module
          (tag $e (param i32)) (tag $other)
          (func $throw (param i32) (throw $e (local.get 0)))
          (func (export "caught") (param i32) (result i32)
            (try (result i32) (do (call $throw (local.get 0)) (i32.const 0)) (catch $other (i32.const 1)) (catch $e)))
          (func (export "all") (param i32) (result i32)
            (try (result i32) (do (call $throw (local.get 0)) (i32.const 0)) (catch_all (i32.const 5))))
          (func (export "again") (param i32) (result i32)
            (try (result i32)
              (do (try (result i32) (do (call $throw (local.get 0)) (i32.const 0)) (catch_all (rethrow 0))))
              (catch $e (i32.const 1) (i32.add))))
          (func (export "delegated") (param i32) (result i32)
            (try (result i32)
              (do (try (result i32)
                (do (try (do (call $throw (local.get 0))) (delegate 1)) (i32.const 0))
                (catch_all (i32.const 13))))
              (catch $e)))
          (func (export "none") (param i32) (result i32)
            (try (result i32) (do (local.get 0)) (catch_all (i32.const 1)))))
        """

    @Test(arguments: [true, false]) func legacyExceptions_reachTheirHandlers(fused: Bool) throws {
        let guest = try Guest(ExceptionTests.legacy, config(fused: fused))
        #expect(try guest.i32("caught", 7) == 7)
        #expect(try guest.i32("all", 7) == 5)
        #expect(try guest.i32("again", 7) == 8)
        #expect(try guest.i32("delegated", 7) == 7)
        #expect(try guest.i32("none", 7) == 7)
    }

    static let churn = """
        (module
          (tag $e (param i32 i64)) (tag $nested (param exnref))
          (global $kept (mut exnref) (ref.null exn)) (table $t 4 exnref)
          (func $throw (param i32) (throw $e (local.get 0) (i64.const 5)))
          (func (export "loop") (param $n i32) (result i32) (local $s i32)
            (loop $l
              (block $h (result i32 i64) (try_table (catch $e $h) (call $throw (i32.const 1))) (unreachable))
              (drop)
              (local.set $s (i32.add (local.get $s)))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $s))
          (func $catch (param i32) (result exnref) 
            (block $h (result exnref) (try_table (catch_all_ref $h) (call $throw (local.get 0))) (unreachable)))
          (func $wrap (param exnref) (result exnref)
            (block $h (result exnref) (try_table (catch_all_ref $h) (throw $nested (local.get 0))) (unreachable)))
          (func (export "keep")
            (global.set $kept (call $catch (i32.const 100)))
            (table.set $t (i32.const 2) (call $wrap (call $catch (i32.const 200)))))
          (func $value (param exnref) (result i32)
            (block $h (result i32 i64) (try_table (catch $e $h) (throw_ref (local.get 0))) (unreachable))
            (drop))
          (func $unwrap (param exnref) (result exnref)
            (block $h (result exnref) (try_table (catch $nested $h) (throw_ref (local.get 0))) (unreachable)))
          (func (export "kept") (result i32)
            (i32.add (call $value (global.get $kept)) (call $value (call $unwrap (table.get $t (i32.const 2))))))
          (func (export "local") (param i32) (result i32) (local $mine exnref)
            (local.set $mine (call $catch (i32.const 300)))
            (drop (call 1 (local.get 0)))
            (call $value (local.get $mine))))
        """

    /// Ten million exceptions are thrown, and at no time are there more than a collection's worth.
    @Test(.timeLimit(.minutes(2))) func exceptions_thatNobodyHolds_areGivenBack() throws {
        let guest = try Guest(ExceptionTests.churn)
        for _ in 0..<100 {
            #expect(try guest.i32("loop", 100_000) == 100_000)
            #expect(guest.store.exceptionByteCount < 1 << 20)
        }
    }

    @Test func exceptions_thatAreHeld_stay() throws {
        let guest = try Guest(ExceptionTests.churn)
        _ = try guest.call("keep")
        #expect(try guest.i32("local", 100_000) == 300)
        #expect(try guest.i32("loop", 100_000) == 100_000)
        #expect(try guest.i32("kept") == 300)
    }

    @Test func exceptionOfTheHost_isCaughtByTheGuest() throws {
        let engine = Engine()
        let store = Store(engine)
        let linker = Linker(engine)
        let tag = try #require(store.makeTag(type: FunctionType(parameters: [.i32])))
        linker.define("h", "e", .tag(tag))
        linker.defineFunction(module: "h", name: "throw", type: FunctionType(parameters: [.i32])) { caller, values in
            guard let exception = caller.store.makeException(tag, slots: [values[0] &* 2]) else { return .trap(.outOfMemory) }
            return .throwException(exception)
        }
        let text = """
            (module (import "h" "e" (tag $e (param i32))) (import "h" "throw" (func $t (param i32)))
              (func (export "f") (param i32) (result i32)
                (block $h (result i32) (try_table (catch $e $h) (call $t (local.get 0))) (i32.const 0))))
            """
        let instance = try linker.instantiate(store, try module(text, engine)).start()
        guard case .function(let function)? = instance.export("f") else { Issue.record("no f"); return }
        for number in Int32(1)...20_000 {
            guard case .i32(number &* 2)? = try function.call([.i32(number)]).first else { Issue.record("not caught"); return }
        }
        #expect(store.exceptionByteCount < 1 << 20)
        #expect(store.makeException(tag, slots: []) == nil)
    }
}
