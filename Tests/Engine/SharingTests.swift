// Engines that are frozen and shared: what links, runs and is translated late changes nothing that other threads look at.

import Glibc
import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite struct SharingTests {
    static let text = """
        (module (import "env" "add" (func $add (param i32 i32) (result i32)))
          (type $t (func (param i32) (result i32)))
          (table funcref (elem $double $odd))
          (func $double (type $t) (call $add (local.get 0) (local.get 0)))
          (func $odd (type $t)
            (if (result i32) (local.get 0) (then (call $even (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0))))
          (func $even (type $t)
            (if (result i32) (local.get 0) (then (return_call $odd (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 1))))
          (func (export "f") (type $t)
            (call $add (call_indirect (type $t) (local.get 0) (i32.const 0)) (call_indirect (type $t) (local.get 0) (i32.const 1))))
          (func $trap (export "trap") (type $t) (i32.load8_u (call $double (i32.const -1))) )
          (memory 1))
        """
    /// The same imports, of types that nothing else has.
    static let wrongTexts = [
        "(module (import \"env\" \"add\" (func (param i64 i32 f32) (result f64))))",
        "(module (import \"env\" \"add\" (func (param i32 i32) (result i32 i32))))",
        "(module (import \"env\" \"other\" (func)))",
    ]

    /// An engine with everything that stores share, made and frozen.
    ///
    /// SAFETY: that threads may share it is what is tested.
    struct Image: @unchecked Sendable {
        let engine: Engine
        let linker: Linker
        let good: Module
        let wrong: [Module]

        init(_ mode: TranslationMode) throws {
            var settings = Config()
            settings.translation = mode
            let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
            pthread_mutex_init(mutex, nil)
            settings.aroundLateTranslation = { work in
                pthread_mutex_lock(mutex)
                work()
                pthread_mutex_unlock(mutex)
            }
            engine = Engine(settings)
            linker = Linker(engine)
            linker.defineFunction(
                module: "env", name: "add", type: FunctionType(parameters: [.i32, .i32], results: [.i32])
            ) { _, values in
                values[0] = UInt64(UInt32(truncatingIfNeeded: values[0] &+ values[1]))
                return .done
            }
            // Neither type is any module's.
            linker.defineFunction(module: "env", name: "other", type: FunctionType(parameters: [.v128, .f64, .i64])) { _, _ in .done }
            let engine = engine
            good = try module(SharingTests.text, engine)
            wrong = try SharingTests.wrongTexts.map { try module($0, engine) }
            engine.freeze()
        }

        /// One store's life; nil when all was as it must be.
        func round(_ number: Int32) -> String? {
            for module in wrong {
                do throws(InstantiationError) {
                    _ = try linker.instantiate(Store(engine), module)
                    return "a wrong type was linked"
                } catch {
                    guard case .link(let link) = error, link.kind == .incompatibleImportType else { return "\(error)" }
                }
            }
            do {
                let store = Store(engine)
                let instance = try linker.instantiate(store, good).start()
                guard case .function(let f)? = instance.export("f"), case .function(let trapping)? = instance.export("trap") else {
                    return "no exports"
                }
                guard case .i32(let value)? = try f.call([.i32(number)]).first else { return "no result" }
                if value != 2 * number + (number & 1) { return "\(number) gave \(value)" }
                let trap = trap(of: trapping, [.i32(0)])
                if trap?.code != .memoryOutOfBounds || trap?.names != ["trap"] { return "\(trap as Any)" }
            } catch { return "\(error)" }
            return nil
        }
    }

    @Test(arguments: [TranslationMode.eager, .lazyTranslation, .lazy]) func linksOfWrongTypes_leaveTheRegistryAsItIs(mode: TranslationMode)
        throws
    {
        let image = try Image(mode)
        let count = image.engine.types.count
        for number in 0..<20 { #expect(image.round(Int32(number)) == nil) }
        #expect(image.engine.types.count == count)
        // A type that the registry knows is found, whoever asks.
        let store = Store(image.engine)
        let known = FunctionType(parameters: [.i32], results: [.i32])
        #expect(store.makeFunction(type: known) { _, _ in .done } != nil)
        #expect(image.engine.types.register(known) < image.engine.types.count)
        #expect(image.engine.types.count == count)
    }

    @Test(arguments: [TranslationMode.eager, .lazyTranslation, .lazy]) func storesInThreads_shareAFrozenEngine(mode: TranslationMode)
        async throws
    {
        for _ in 0..<5 {
            let image = try Image(mode)
            let count = image.engine.types.count
            let failures = await withTaskGroup(of: String?.self) { group in
                for thread in 0..<4 {
                    group.addTask {
                        for number in 0..<100 {
                            if let failure = image.round(Int32(number * 4 + thread)) { return failure }
                        }
                        return nil
                    }
                }
                return await group.reduce(into: [String]()) { if let failure = $1 { $0.append(failure) } }
            }
            #expect(failures == [])
            #expect(image.engine.types.count == count)
        }
    }

    @Test func frozenEngine_takesNoModules() throws {
        let image = try Image(.eager)
        #expect(throws: WasmError.self) { _ = try module(SharingTests.text, image.engine) }
    }

    @Test func engineThatIsNotFrozen_takesTypesFromHosts() throws {
        let engine = Engine()
        let count = engine.types.count
        _ = Store(engine).makeFunction(type: FunctionType(parameters: [.v128])) { _, _ in .done }
        #expect(engine.types.count == count + 1)
    }

    /// Direct calls are told their callee's code when it is translated, whatever their number: none goes through the stub later.
    @Test func callsOfLazyFunctions_passTheStubOnce() throws {
        var settings = Config()
        settings.translation = .lazy
        settings.countsDispatches = true
        let text = """
            (module
              (func $a (param i32) (result i32) (i32.add (call $b (local.get 0)) (call $b (i32.const 1))))
              (func $c (param i32) (result i32) (return_call $b (local.get 0)))
              (func (export "f") (param i32) (result i32) (local $sum i32)
                (loop $l
                  (local.set $sum (i32.add (local.get $sum) (i32.add (call $a (local.get 0)) (call $c (local.get 0)))))
                  (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get $sum))
              (func $b (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))
            """
        let guest = try Guest(text, settings)
        #expect(try guest.i32("f", 100) == 2 * 3 * 5050 + 300)
        let counter = try #require(guest.store.dispatchCounter)
        let stubs = counter.operations.filter { "\($0.operations[0].name)" == "goto_code" }.map(\.count)
        // Once each for f, a, b and c; c's call of b came before or after b's translation.
        #expect(stubs.reduce(0, +) <= 4)
    }
}
