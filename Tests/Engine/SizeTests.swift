// Sizes at the limits: the right result or the right error, in bounded time and memory.

import Testing
import WasmEngine
import WasmModule
import WasmText

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

    @Test func fiftyThousandLocals_areTheLimit() throws {
        let locals = String(repeating: " i64", count: 50_000)
        #expect(throws: WasmError.self) { _ = try Guest("(module (func (param i32) (local\(locals))))") }
    }

    @Test func deepRecursion_endsInAResultOrATrap() throws {
        let text = """
            (module (func $f (export "f") (param i32) (result i32)
              (if (result i32) (local.get 0) (then (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0)))))
            """
        var settings = Config()
        settings.maximumCallDepth = 1 << 20
        settings.stackByteCount = 64 << 20
        let guest = try Guest(text, settings)
        #expect(try guest.i32("f", 500_000) == 500_000)
        #expect(guest.trap("f", 10_000_000)?.code == .stackOverflow)
        #expect(try guest.i32("f", 500_000) == 500_000)
    }

    @Test(.timeLimit(.minutes(1))) func tenMillionFrames_overflowWithAShortBacktrace() throws {
        var settings = Config()
        settings.maximumCallDepth = 10_000_000
        settings.stackByteCount = 320_000_000
        let guest = try Guest("(module (func $f (export \"f\") (call $f)))", settings)
        let trap = guest.trap("f")
        #expect(trap?.code == .stackOverflow)
        #expect(trap?.backtrace.count == 50)
        #expect((trap?.elidedFrameCount ?? 0) > 9_000_000)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [TranslationMode.eager, .lazyTranslation, .lazy])
    func thirtyMegabyteModule_startsInBoundedMemory(mode: TranslationMode) throws {
        // Functions of 10 KB: each a sum of its parameter, 3 bytes a term and a constant.
        var body = ModuleEncoder()
        body.count(0)
        body.raw([0x20, 0x00])
        for term in 0..<1500 {
            body.raw([0x20, 0x00, 0x41])
            body.signed(Int64(term))
            body.raw([0x6C, 0x6A])
        }
        body.raw([0x0B])
        let bodyBytes = body.bytes
        let count = (30 << 20) / bodyBytes.count
        var encoder = ModuleEncoder.module()
        encoder.section(.type) {
            $0.count(1)
            $0.subType(SubType(composite: .function(FunctionType(parameters: [.i32], results: [.i32]))))
        }
        encoder.section(.function) {
            $0.count(count)
            for _ in 0..<count { $0.index(0) }
        }
        encoder.section(.export) {
            $0.count(1)
            $0.name("f")
            $0.byte(0)
            $0.index(UInt32(count - 1))
        }
        encoder.section(.code) {
            $0.count(count)
            for _ in 0..<count { $0.name(bytes: bodyBytes) }
        }
        let bytes = Bytes(encoder.bytes)
        var settings = Config()
        settings.translation = mode
        let engine = Engine(settings)
        let store = Store(engine)
        let module = try Module(engine, bytes: UnsafeRawBufferPointer(bytes.buffer), owner: bytes)
        let instance = try Linker(engine).instantiate(store, module).start()
        guard case .function(let function)? = instance.export("f"), case .i32(let value)? = try function.call([.i32(2)]).first else {
            Issue.record("no result")
            return
        }
        #expect(value == 2 + 2 * (0..<1500).reduce(0, +))
        // Threaded code is a few times its source; a module that waits for its calls has that of what was called.
        #expect(module.codeByteCount < (mode == .eager ? 200 << 20 : 200 << 10))
    }

    @Test(.timeLimit(.minutes(1))) func manyOperandsThatNameLocals_areTranslatedInBoundedTime() throws {
        // A deep operand stack, and below it one that names a local which changes again and again.
        let deep = String(repeating: "(i32.const 1)", count: 50_000)
        let sets = String(repeating: "(local.get 0) (local.set 1 (i32.const 5))", count: 20_000)
        let drops = String(repeating: "(drop)", count: 70_000)
        let guest = try Guest("(module (func (export \"f\") (param i32) (result i32) (local i32) \(deep) \(sets) \(drops) (local.get 1)))")
        #expect(try guest.i32("f", 1) == 5)
    }

    @Test(.timeLimit(.minutes(1))) func nestedTryTables_toEveryLabel_areTranslatedInBoundedTime() throws {
        let count = 20_000
        let open = String(repeating: "(block ", count: count)
        let tries = (0..<count).map { "(try_table (catch_all \($0)) (call 0))" }.joined(separator: " ")
        let close = String(repeating: ")", count: count)
        let guest = try Guest("(module (func) (func (export \"f\") (param i32) (result i32) \(open)\(tries)\(close) (local.get 0)))")
        #expect(try guest.i32("f", 3) == 3)
    }

    @Test func frameThatIsTooLarge_isRefused() throws {
        // A call of a function with a thousand results takes two bytes, and 16,000 bytes of frame.
        let types = String(repeating: " v128", count: 1000)
        let zeros = String(repeating: "(v128.const i64x2 0 0)", count: 1000)
        let calls = String(repeating: "(call $many)", count: 900)
        var settings = Config()
        settings.decodeLimits.functionOperands = .max
        let text = "(module (func $many (result\(types)) \(zeros)) (func (export \"f\") \(calls) (unreachable)))"
        #expect(throws: Never.self) { _ = try Guest(text, settings) }
        settings.decodeLimits.functionOperands = 100_000
        #expect(throws: WasmError.self) { _ = try Guest(text, settings) }
    }
}
