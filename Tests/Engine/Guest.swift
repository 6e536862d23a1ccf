// What the engine's tests share: modules written as text, and instances of them in stores that the test keeps. What has a `fused`
// argument runs with folding and fusion on and off and must not differ.

import Testing
import WasmEngine
import WasmModule
import WasmText

/// A module's bytes, kept alive by the box that the module owns.
final class Bytes {
    let buffer: UnsafeMutableRawBufferPointer
    init(_ bytes: [UInt8]) {
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        buffer.copyBytes(from: bytes)
    }
    deinit { buffer.deallocate() }
}

func config(fused: Bool = true) -> Config {
    var config = Config()
    config.isFusionEnabled = fused
    return config
}

func module(_ text: String, _ engine: Engine) throws -> Module {
    let bytes = Bytes(try assemble(text))
    return try Module(engine, bytes: UnsafeRawBufferPointer(bytes.buffer), owner: bytes)
}

/// An instance without imports, in a store that the test keeps.
struct Guest {
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

/// The trap of a call that must trap.
func trap(of function: Func, _ arguments: [Value] = []) -> Trap? {
    do throws(Trap) { _ = try function.call(arguments) } catch { return error }
    return nil
}

extension Trap {
    /// The names of the backtrace's functions, the innermost first.
    var names: [String] { backtrace.map { $0.functionName.map { String(decoding: $0, as: UTF8.self) } ?? "-" } }
}
