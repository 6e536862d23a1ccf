// Memory that is refused at any moment: the error says so, a trap's report does without, and nothing is used that was not given.

import DebugInformation
import Glibc
import RefusingHeap
import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite(.serialized) struct RefusalTests {
    static let text = """
        (module (memory 1 4) (table $t 4 funcref) (elem (table $t) (i32.const 0) func $a $b) (tag $e (param i64))
          (type $f (func (param i32) (result i32)))
          (func $a (type $f) (i32.mul (local.get 0) (i32.const 3)))
          (func $b (type $f)
            (block $two (block $one (block $zero (br_table $zero $one $two (local.get 0))) (return (i32.const 1))) (return (i32.const 2)))
            (i32.const 3))
          (func $c (type $f)
            (block $h (result i64) (try_table (catch $e $h) (throw $e (i64.const 9))) (unreachable))
            (i32.wrap_i64))
          (func (export "run") (type $f)
            (drop (memory.grow (i32.const 1)))
            (drop (table.grow $t (ref.null func) (i32.const 100)))
            (i32.add (call $c (local.get 0)) (call_indirect $t (type $f) (local.get 0) (i32.const 1))))
          (func $trap (export "trap") (type $f) (i32.load offset=4000000 (call $a (local.get 0)))))
        """

    /// Decodes, translates, calls, traps and walks the frames with the n-th request refused; whether all went through.
    private func round(_ bytes: Bytes, _ mode: TranslationMode, isCounting: Bool = false, refusing number: Int) throws -> Bool {
        var settings = Config()
        settings.translation = mode
        settings.countsDispatches = isCounting
        let (isWhole, isUsedUp) = try RefusingHeap.granting(number) { try round(bytes, settings) }
        return isWhole && !isUsedUp
    }

    private func round(_ bytes: Bytes, _ settings: Config) throws -> Bool {
        let engine = Engine(settings)
        let store = Store(engine)
        let linker = Linker(engine)
        let module: Module
        do throws(WasmError) {
            module = try Module(engine, bytes: UnsafeRawBufferPointer(bytes.buffer), owner: bytes)
        } catch {
            #expect(error.phase == .outOfMemory)
            return false
        }
        let instance: Instance
        do throws(InstantiationError) {
            instance = try linker.instantiate(store, module).start()
        } catch {
            guard case .outOfMemory = error else { Issue.record("\(error)"); return false }
            return false
        }
        guard case .function(let run)? = instance.export("run"), case .function(let trapping)? = instance.export("trap") else {
            Issue.record("no exports")
            return false
        }
        var isWhole = true
        do throws(Trap) {
            guard case .i32(let value)? = try run.call([.i32(1)]).first else { return false }
            #expect(value == 9 + 2)
        } catch {
            #expect(error.code == .outOfMemory)
            isWhole = false
        }
        let trap = trap(of: trapping, [.i32(1)])
        if trap?.code == .memoryOutOfBounds {
            // Without memory the report has the index and the name, and no offset.
            #expect(trap?.names == ["trap"])
            if trap?.backtrace.first?.moduleOffset == -1 { isWhole = false }
        } else {
            #expect(trap?.code == .outOfMemory)
            isWhole = false
        }
        return isWhole
    }

    @Test(arguments: [TranslationMode.eager, .lazyTranslation, .lazy]) func anyRefusal_isAnErrorOrATrap(mode: TranslationMode) throws {
        let bytes = Bytes(try assemble(RefusalTests.text))
        #expect(try round(bytes, mode, refusing: -1))
        var refused = 0
        while refused < 2000, try !round(bytes, mode, refusing: refused) { refused += 1 }
        // It takes some dozens of requests, each of which was refused once.
        #expect(refused > 20)
        #expect(refused < 2000)
    }

    @Test func anyRefusal_ofACountingEngine_isAnErrorOrATrap() throws {
        let bytes = Bytes(try assemble(RefusalTests.text))
        var refused = 0
        while refused < 2000, try !round(bytes, .lazy, isCounting: true, refusing: refused) { refused += 1 }
        #expect(refused > 20)
        #expect(refused < 2000)
    }

    /// What compiling takes may be refused: the function stays threaded, and the module is made all the same.
    @Test func anyRefusal_whileCompiling_isNoError() throws {
        let bytes = Bytes(try assemble(RefusalTests.text))
        var settings = Config()
        settings.tier = .native
        settings.nativeCode = NativeCodeProvider(
            context: nil, place: { _, function in malloc(function.assumingMemoryBound(to: NativeFunction.self).pointee.code.count) },
            release: { _, base, _ in free(base) }, run: { _ in fatalError("nothing is called here") })
        var refused = 0
        while refused < 2000 {
            let (isMade, isUsedUp) = RefusingHeap.granting(refused) {
                let engine = Engine(settings)
                do throws(WasmError) {
                    return try Module(engine, bytes: UnsafeRawBufferPointer(bytes.buffer), owner: bytes).codeByteCount > 0
                } catch {
                    #expect(error.phase == .outOfMemory)
                    return false
                }
            }
            if !isUsedUp {
                #expect(isMade)
                break
            }
            refused += 1
        }
        #expect(refused > 40)
        #expect(refused < 2000)
    }

    /// What a backtrace takes for source lines and readable names may be refused; its frames are written all the same.
    @Test func anyRefusal_ofABacktrace_leavesTheFrames() throws {
        // A unit of version 4 with a first entry that has no attributes: searched, and nothing found in it.
        let text = """
            (module (@custom ".debug_info" "\\08\\00\\00\\00\\04\\00\\00\\00\\00\\00\\04\\01") (@custom ".debug_abbrev" "\\01\\11\\00\\00\\00\\00")
              (func (nop)))
            """
        let bytes = Bytes(try assemble(text))
        let image = try ModuleImage.decode(UnsafeRawBufferPointer(bytes.buffer), owner: bytes)
        let place = Int(image.codeSection.offset) + 3
        var refused = 0
        while refused < 100 {
            var writer = BacktraceWriter(image, frameCount: 1)
            let (_, isUsedUp) = RefusingHeap.granting(refused) {
                writer = BacktraceWriter(image, frameCount: 1)
                writer.add(moduleOffset: place)
                writer.locate()
            }
            let isWhole = !isUsedUp
            var line: [UInt8] = []
            var name = "_ZN1a1bEv"
            name.withUTF8 {
                writer.write(
                    number: 0, position: 0, functionIndex: 0, functionName: UnsafeRawBufferPointer($0), moduleName: nil, moduleOffset: place
                ) { line.append($0) }
            }
            let written = String(decoding: line, as: UTF8.self)
            #expect(written.hasPrefix("\n    0:     0x"))
            #expect(written.hasSuffix(" - a::b()") || !isWhole && written.hasSuffix(" - _ZN1a1bEv"))
            if isWhole { break }
            refused += 1
        }
        #expect(refused > 5)
        #expect(refused < 100)
    }

    @Test func largeFunction_whoseCodeIsRefused_isAnError() throws {
        let labels = String(repeating: " 0 1", count: 5000)
        let locals = String(repeating: " i64", count: 3000)
        let text = "(module (func (param i32) (local\(locals)) (block (br_table\(labels) 0 (local.get 0)))))"
        let bytes = Bytes(try assemble(text))
        var refused = 0
        while refused < 2000 {
            let engine = Engine()
            let isWhole = RefusingHeap.granting(refused) {
                do throws(WasmError) {
                    _ = try Module(engine, bytes: UnsafeRawBufferPointer(bytes.buffer), owner: bytes)
                    return true
                } catch {
                    #expect(error.phase == .outOfMemory)
                    return false
                }
            }
            if isWhole.result { break }
            refused += 1
        }
        #expect(refused > 5)
        #expect(refused < 2000)
    }
}
