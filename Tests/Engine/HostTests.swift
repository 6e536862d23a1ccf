// Host functions: values in their canonical form, exits, traps, suspension, calls back into the guest, exceptions on their way through.

import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite struct HostTests {
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

    @Test func suspendedCalls_oneAfterTheOther_keepTheGuestsState() throws {
        let text = """
            (module (import "h" "wait" (func $w (param i32) (result i32)))
              (func $step (param i32) (result i32) (i32.mul (call $w (local.get 0)) (i32.const 10)))
              (func (export "f") (param $n i32) (result i32) (local $s i32)
                (loop $l
                  (local.set $s (i32.add (local.get $s) (call $step (local.get $n))))
                  (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $s)))
            """
        let guest = try Guest(text) { linker, _ in
            linker.defineFunction(module: "h", name: "wait", type: FunctionType(parameters: [.i32], results: [.i32])) { _, _ in .suspend }
        }
        let execution = try #require(try guest.function("f").prepare([.i32(5)]))
        var waits = 0
        while case .suspended = execution.resume() {
            let slots = try #require(execution.hostSlots)
            waits += 1
            slots[0] = slots[0] &+ 100
        }
        #expect(waits == 5)
        guard case .i32(5150)? = execution.results.first else { Issue.record("wrong sum"); return }
        // Once over it does not begin again.
        guard case .trapped = execution.resume() else { Issue.record("ran twice"); return }
        #expect(execution.hostSlots == nil)
    }

    @Test func suspension_inACallThatCannotWait_traps() throws {
        let guest = try Guest("(module (import \"h\" \"w\" (func $w)) (func (export \"f\") (call $w)))") { linker, _ in
            linker.defineFunction(module: "h", name: "w", type: FunctionType()) { _, _ in .suspend }
        }
        #expect(guest.trap("f")?.code == .suspendedInCall)
    }

    @Test func hostTrap_isTheCallersTrap() throws {
        let guest = try Guest("(module (import \"h\" \"t\" (func $t)) (func $outer (export \"f\") (call $t)))") { linker, _ in
            linker.defineFunction(module: "h", name: "t", type: FunctionType()) { _, _ in .trap(.hostError) }
        }
        let trap = guest.trap("f")
        #expect(trap?.code == .hostError)
        #expect(trap?.names == ["outer"])
    }

    /// Host functions that call `name` of the calling instance again, and throw on what comes out of it.
    private static func reentrant(_ text: String, _ settings: Config = Config()) throws -> Guest {
        try Guest(text, settings) { linker, _ in
            let type = FunctionType(parameters: [.i32], results: [.i32])
            linker.defineFunction(module: "h", name: "again", type: type) { caller, values in
                guard case .function(let function)? = caller.export("again") else { return .trap(.hostError) }
                do throws(Trap) {
                    let results = try function.call([.i32(Int32(truncatingIfNeeded: values[0]))])
                    guard case .i32(let value)? = results.first else { return .trap(.hostError) }
                    values[0] = UInt64(UInt32(bitPattern: value))
                    return .done
                } catch {
                    if let exception = error.exception { return .throwException(exception) }
                    return .trap(error.code)
                }
            }
        }
    }

    @Test func exceptions_passThroughHostFunctions() throws {
        let guest = try Self.reentrant(
            """
            (module (import "h" "again" (func $h (param i32) (result i32))) (tag $e (param i32))
              (func $again (export "again") (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (throw $e (i32.const 41))))
                (i32.add (call $h (i32.sub (local.get 0) (i32.const 1))) (i32.const 1000)))
              (func (export "f") (param i32) (result i32)
                (block $h (result i32) (try_table (catch $e $h) (drop (call $again (local.get 0)))) (i32.const -1))))
            """)
        #expect(try guest.i32("f", 5) == 41)
        let trap = guest.trap("again", 5)
        #expect(trap?.code == .uncaughtException)
        #expect(trap?.exception != nil)
        // Those that the host has passed on do not stay either.
        for _ in 0..<20_000 where try guest.i32("f", 3) != 41 { Issue.record("not caught") }
        #expect(guest.store.exceptionByteCount < 1 << 20)
    }

    @Test func nesting_beyondItsLimit_isAStackOverflow() throws {
        var settings = Config()
        settings.maximumHostNesting = 8
        let guest = try Self.reentrant(
            """
            (module (import "h" "again" (func $h (param i32) (result i32)))
              (func (export "again") (param i32) (result i32)
                (if (result i32) (local.get 0) (then (call $h (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 9)))))
            """, settings)
        #expect(try guest.i32("again", 8) == 9)
        #expect(guest.trap("again", 9)?.code == .stackOverflow)
        #expect(try guest.i32("again", 8) == 9)
    }

    @Test func caller_seesTheCallingInstancesMemory() throws {
        let guest = try Guest(
            "(module (import \"h\" \"f\" (func $f)) (memory (export \"memory\") 1) (func (export \"f\") (call $f)) (func (export \"r\") (result i32) (i32.load (i32.const 65532))))"
        ) { linker, _ in
            linker.defineFunction(module: "h", name: "f", type: FunctionType()) { caller, _ in
                guard let memory = caller.guestMemory, memory.store(UInt32(7), at: 65532), !memory.store(UInt32(7), at: 65533) else {
                    return .trap(.hostError)
                }
                return caller.instance == nil ? .trap(.hostError) : .done
            }
        }
        #expect(guest.trap("f") == nil)
        #expect(try guest.i32("r") == 7)
    }

    // MARK: Functions that are called directly

    /// Gives its number, the store's data, the first byte of the memory it was given and its pages, 8 bits each; traps for the
    /// parameter 1, exits for 2.
    private static let observe: DirectHostFunction = { data, number, memory, byteCount, values in
        switch UInt32(truncatingIfNeeded: values[0]) {
        case 1: return DirectOutcome.trap(.hostError).rawValue
        case 2: return DirectOutcome.exit(-7).rawValue
        default: break
        }
        let first = byteCount > 0 ? memory.load(as: UInt8.self) : 255
        let owner = data?.load(as: UInt8.self) ?? 9
        return DirectOutcome.result(UInt32(number) << 24 | UInt32(owner) << 16 | UInt32(first) << 8 | UInt32(byteCount >> 16)).rawValue
    }
    private static let observed = FunctionType(parameters: [.i32], results: [.i32])
    private static let observation = "(import \"h\" \"observe\" (func $o (param i32) (result i32)))"

    @Test func directFunctions_seeTheirNumberAndTheStoresData() throws {
        let guest = try Guest("(module \(Self.observation) (func (export \"f\") (result i32) (call $o (i32.const 0))))") { linker, _ in
            linker.defineFunction(module: "h", name: "observe", type: Self.observed, number: 5, direct: Self.observe)
        }
        #expect(try guest.i32("f") == 5 << 24 | 9 << 16 | 255 << 8)
        var data: UInt8 = 3
        let seen = withUnsafeMutableBytes(of: &data) {
            guest.store.data = $0.baseAddress
            return try? guest.i32("f")
        }
        #expect(seen == 5 << 24 | 3 << 16 | 255 << 8)
        guest.store.data = nil
    }

    /// Memories of a module, and the first byte and the pages that a call sees: of the one exported as `memory`, wherever it stands; a
    /// function of that name is none; else of the first.
    private static let memories: [(String, Int32)] = [
        ("(memory $a 1) (memory $b (export \"memory\") 2) (data (memory $b) (i32.const 0) \"b\")", 0x6202),
        ("(memory $a 1) (memory $b 2) (data (memory $a) (i32.const 0) \"a\") (func (export \"memory\"))", 0x6101),
        ("(memory $a 3) (data (memory $a) (i32.const 0) \"a\") (export \"memories\" (memory $a))", 0x6103),
        ("(memory $a 1) (memory $b 4) (data (memory $b) (i32.const 0) \"b\") (export \"memory\" (memory $b))", 0x6204),
        ("", 0xFF00),
    ]

    @Test(arguments: memories)
    func directFunctions_seeTheCallersMemory(memories: String, expected: Int32) throws {
        let guest = try Guest(
            """
            (module \(Self.observation) \(memories)
              (func (export "f") (result i32) (call $o (i32.const 0)))
              (func (export "t") (result i32) (return_call $o (i32.const 0))))
            """
        ) { linker, _ in
            linker.defineFunction(module: "h", name: "observe", type: Self.observed, number: 0, direct: Self.observe)
        }
        #expect(try guest.i32("f") == 9 << 16 | expected)
        #expect(try guest.i32("t") == 9 << 16 | expected)
    }

    @Test func directFunctions_ofSeveralInstances_seeEachItsOwnMemory_alsoGrown() throws {
        let engine = Engine(Config())
        let store = Store(engine)
        store.fuel = 1 << 40
        let linker = Linker(engine)
        linker.defineFunction(module: "h", name: "observe", type: Self.observed, number: 0, direct: Self.observe)
        let first = try linker.instantiate(
            store,
            module(
                """
                (module \(Self.observation) (memory (export "memory") 1 9) (data (i32.const 0) "1")
                  (func (export "see") (result i32) (call $o (i32.const 0)))
                  (func (export "grow") (drop (memory.grow (i32.const 2)))))
                """, engine)
        ).start()
        linker.define("first", instance: first)
        // One with a memory of its own that calls the first one; and one whose memory is the first one's.
        let second = try linker.instantiate(
            store,
            module(
                """
                (module \(Self.observation) (import "first" "see" (func $see (result i32))) (memory (export "memory") 2) (data (i32.const 0) "2")
                  (func (export "f") (result i32 i32 i32) (call $o (i32.const 0)) (call $see) (call $o (i32.const 0))))
                """, engine)
        ).start()
        let third = try linker.instantiate(
            store,
            module(
                """
                (module \(Self.observation) (import "first" "memory" (memory 1)) (import "first" "grow" (func $grow)) (memory 5)
                  (func (export "f") (result i32 i32) (call $o (i32.const 0)) (call $grow) (call $o (i32.const 0))))
                """, engine)
        ).start()
        func results(_ instance: Instance) throws -> [Int32] {
            guard case .function(let function)? = instance.export("f") else { return [] }
            return try function.call([]).map { if case .i32(let value) = $0 { value & 0xFFFF } else { -1 } }
        }
        #expect(try results(second) == [0x32 << 8 | 2, 0x31 << 8 | 1, 0x32 << 8 | 2])
        #expect(try results(third) == [0x31 << 8 | 1, 0x31 << 8 | 3])
        #expect(try results(second) == [0x32 << 8 | 2, 0x31 << 8 | 3, 0x32 << 8 | 2])
    }

    @Test func directFunctions_trapAndExitAsTheirCall() throws {
        let guest = try Guest(
            "(module \(Self.observation) (func $outer (export \"f\") (param i32) (drop (call $o (local.get 0))) (unreachable)))"
        ) { linker, _ in
            linker.defineFunction(module: "h", name: "observe", type: Self.observed, number: 0, direct: Self.observe)
        }
        let trap = guest.trap("f", 1)
        #expect(trap?.code == .hostError)
        #expect(trap?.names == ["outer"])
        let exit = guest.trap("f", 2)
        #expect(exit?.code == .exit)
        #expect(exit?.exitCode == -7)
    }

    @Test func directFunctions_canBeCalledByTheEmbedder() throws {
        let store = Store(Engine(Config()))
        let function = try #require(store.makeFunction(type: Self.observed, number: 4, direct: Self.observe))
        guard case .i32(let value)? = try function.call([.i32(0)]).first else { Issue.record("no result"); return }
        #expect(value == 4 << 24 | 9 << 16 | 255 << 8)
        #expect(trap(of: function, [.i32(1)])?.code == .hostError)
    }
}
