// WASI through the engine: modules that import it, in both editions.
import FileSystems
import Testing
import WASI
import WasmEngine
import WasmModule
import WasmText

@Suite struct LinkingTests {
    /// Instantiates the module with its WASI and runs `_start`.
    private func run(_ text: String, _ platform: TestPlatform, arguments: [String] = ["program"], answersBadAddresses: Bool = false) throws
        -> RunResult
    {
        let bytes = try assemble(text)
        let context = try WASIContext(
            platform: platform, arguments: arguments.map { Array($0.utf8) }, environment: [], preopens: [])
        context.answersBadAddresses = answersBadAddresses
        return try bytes.withUnsafeBytes { buffer in
            let engine = Engine()
            let module = try Module(engine, bytes: buffer)
            let linker = Linker(engine)
            WASIContext.define(in: linker)
            let store = Store(engine)
            context.attach(to: store)
            let instance = try linker.instantiate(store, module).start()
            guard case .function(let start)? = instance.export("_start") else { return .trapped(Trap(code: .hostError)) }
            let execution = try #require(start.prepare([]))
            return withExtendedLifetime(context) { execution.resume() }
        }
    }

    @Test(arguments: ["wasi_snapshot_preview1", "wasi_unstable"])
    func aProgram_writesAndEnds(edition: String) throws {
        let platform = TestPlatform()
        let result = try run(
            """
            (module
              (import "\(edition)" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (import "\(edition)" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\\10\\00\\00\\00\\03\\00\\00\\00")
              (data (i32.const 16) "abc")
              (func (export "_start")
                (call $exit (i32.add (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.load (i32.const 8))))
                unreachable))
            """, platform)
        guard case .exited(let code) = result else {
            Issue.record("did not exit")
            return
        }
        #expect(code == 3)
        #expect(platform.output == Array("abc".utf8))
    }

    @Test func everyFunction_linksWithItsDeclaredType() throws {
        for preview in [Preview.preview1, .unstable] {
            var imports = ""
            for row in FunctionRow.all where preview == .preview1 || row.isInUnstable {
                let parameters = row.wideSlots.map { $0 ? "i64" : "i32" }.joined(separator: " ")
                let name = row.name.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
                let module = preview.moduleName.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
                let result = row.returnsErrno ? "(result i32)" : ""
                imports += "(import \"\(module)\" \"\(name)\" (func (param \(parameters)) \(result)))\n"
            }
            let result = try run("(module \(imports) (memory (export \"memory\") 1) (func (export \"_start\")))", TestPlatform())
            guard case .finished = result else {
                Issue.record("did not finish")
                continue
            }
        }
    }

    @Test func aWrongType_doesNotLink() throws {
        #expect(throws: InstantiationError.self) {
            _ = try run(
                """
                (module (import "wasi_snapshot_preview1" "fd_seek" (func (param i32 i32 i32 i32) (result i32)))
                  (func (export "_start")))
                """, TestPlatform())
        }
        #expect(throws: InstantiationError.self) {
            _ = try run(
                "(module (import \"wasi_unstable\" \"sock_accept\" (func (param i32 i32 i32) (result i32))) (func (export \"_start\")))",
                TestPlatform())
        }
    }

    @Test func aModuleWithoutMemory_trapsAtAddresses_orGetsFaults() throws {
        let text = """
            (module
              (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (func (export "_start") (call $exit (call $random (i32.const 0) (i32.const 1)))))
            """
        guard case .trapped(let trap) = try run(text, TestPlatform()), trap.code == .memoryOutOfBounds else {
            Issue.record("did not trap")
            return
        }
        guard case .exited(let code) = try run(text, TestPlatform(), answersBadAddresses: true) else {
            Issue.record("did not exit")
            return
        }
        #expect(code == Int32(Errno.fault.rawValue))
    }

    @Test func memoryThatGrew_isSeen() throws {
        let platform = TestPlatform()
        let result = try run(
            """
            (module
              (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1 4)
              (func (export "_start")
                (drop (memory.grow (i32.const 2)))
                (if (call $random (i32.const 65530) (i32.const 100000)) (then (call $exit (i32.const 1))))
                (if (i32.ne (call $random (i32.const 65530) (i32.const 200000)) (i32.const 21)) (then (call $exit (i32.const 2))))
                (call $exit (i32.const 0))))
            """, platform, answersBadAddresses: true)
        guard case .exited(let code) = result else {
            Issue.record("did not exit")
            return
        }
        #expect(code == 0)
    }
}
