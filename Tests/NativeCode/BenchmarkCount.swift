// BenchmarkCount: what a WASI program takes as machine code, counted on the simulated hart, and as threaded code: dispatches. Memories are
// guarded, as they are in the kernel. What the host does is not counted.

import Glibc
import NativeCode
import WasmEngine
import WasmModule

/// Programs that print a line and end.
enum BenchmarkCount {
    /// Millions of instructions that the same C program takes, compiled for riscv64.
    private static let native: [String: Double] = [
        "fib": 90, "sieve": 50, "matmul": 26, "nbody": 51, "mandel": 25, "sha256": 166, "hashmap": 510, "callind": 172, "memcopy": 479,
    ]

    /// Counts each program; the geometric mean over those with a native figure but memcopy, whose C program copies by bytes.
    static func run(_ paths: [String]) -> Int32 {
        print(
            "program     dispatches   instructions      native      ratio     metered   to it   code/wasm   MB/s   (instructions in millions)"
        )
        var logarithms = 0.0
        var meteredLogarithms = 0.0
        var count = 0
        for path in paths {
            let name = String(path.split(separator: "/").last?.split(separator: ".").first ?? "")
            guard let bytes = NativeCheck.read(path) else { return 2 }
            let threaded = runProgram(bytes, .threaded)
            let charged = runProgram(bytes, .threaded, isMetered: true)
            var before = NativeRun.retiredCount
            let compiled = runProgram(bytes, .native)
            let instructions = Double(NativeRun.retiredCount - before) / 1e6
            before = NativeRun.retiredCount
            let metered = runProgram(bytes, .native, isMetered: true)
            let meteredInstructions = Double(NativeRun.retiredCount - before) / 1e6
            guard threaded.output == compiled.output, threaded.output == metered.output, charged.fuel == metered.fuel else {
                print(
                    "\(name): threaded '\(threaded.output)' \(charged.fuel), native '\(compiled.output)', '\(metered.output)' \(metered.fuel)"
                )
                return 1
            }
            if instructions > 0 { meteredLogarithms += log(meteredInstructions / instructions) }
            let emission = emission(bytes)
            var line = pad(name, 8) + pad(text(Double(threaded.dispatchCount) / 1e6), 14) + pad(text(instructions), 15)
            if let native = native[name] {
                line += pad(text(native), 12) + pad(text(instructions / native), 11)
                if name != "memcopy" {
                    logarithms += log(instructions / native)
                    count += 1
                }
            } else {
                line += pad("", 23)
            }
            line += pad(text(meteredInstructions), 12) + pad(text(meteredInstructions / instructions), 8)
            print(line + pad(text(emission.ratio), 12) + pad(text(emission.speed), 7))
        }
        if count > 0 { print("geometric mean " + text(exp(logarithms / Double(count)))) }
        print("of metered to not metered " + text(exp(meteredLogarithms / Double(max(paths.count, 1)))))
        return 0
    }

    private static func pad(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }

    private static func text(_ number: Double) -> String {
        // A program that needs another host does not run: there is its emission only.
        guard number.isFinite else { return "-" }
        let hundredths = Int((number * 100).rounded())
        return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
    }

    // MARK: Running

    nonisolated(unsafe) private static var output: [UInt8] = []

    /// The functions of WASI that the programs call, by number.
    private static let host: DirectHostFunction = { _, number, memory, byteCount, values in
        switch number {
        case 0:
            // fd_write
            var written: UInt32 = 0
            for index in 0..<Int(UInt32(truncatingIfNeeded: values[2])) {
                let place = Int(UInt32(truncatingIfNeeded: values[1])) + index * 8
                let start = Int(memory.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                let count = memory.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self)
                BenchmarkCount.output += UnsafeRawBufferPointer(start: memory + start, count: Int(count))
                written += count
            }
            memory.storeBytes(of: written, toByteOffset: Int(UInt32(truncatingIfNeeded: values[3])), as: UInt32.self)
            return DirectOutcome.result(0).rawValue
        case 1: return DirectOutcome.exit(Int32(truncatingIfNeeded: values[0])).rawValue
        case 2:
            // args_sizes_get: none
            memory.storeBytes(of: 0, toByteOffset: Int(UInt32(truncatingIfNeeded: values[0])), as: UInt32.self)
            memory.storeBytes(of: 0, toByteOffset: Int(UInt32(truncatingIfNeeded: values[1])), as: UInt32.self)
            return DirectOutcome.result(0).rawValue
        case 3: return DirectOutcome.result(0).rawValue
        default: return DirectOutcome.result(8).rawValue
        }
    }

    private static let window = 8 << 30 + 65536
    private static let guarded = MemoryProvider(
        context: nil,
        reserve: { _, byteCount, _ in
            let base = mmap(nil, BenchmarkCount.window, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
            guard let base, base != MAP_FAILED, mprotect(base, byteCount, PROT_READ | PROT_WRITE) == 0 else { return nil }
            return base
        }, grow: { _, base, _, byteCount in mprotect(base, byteCount, PROT_READ | PROT_WRITE) == 0 ? base : nil },
        release: { _, base, _ in munmap(base, BenchmarkCount.window) }, isGuarded: true)

    private static func runProgram(
        _ bytes: UnsafeRawBufferPointer, _ tier: Tier, isMetered: Bool = false
    ) -> (output: String, dispatchCount: UInt64, fuel: Int64) {
        output = []
        var config = NativeCheck.config(tier)
        config.isFuelMetered = isMetered
        config.memoryProvider = guarded
        config.countsDispatches = tier == .threaded
        let engine = Engine(config)
        let store = Store(engine)
        if isMetered { store.fuel = 1 << 40 }
        let linker = Linker(engine)
        let i32 = ValueType.i32
        let functions: [(Name, UInt, FunctionType)] = [
            ("fd_write", 0, FunctionType(parameters: [i32, i32, i32, i32], results: [i32])),
            ("proc_exit", 1, FunctionType(parameters: [i32], results: [])),
            ("args_sizes_get", 2, FunctionType(parameters: [i32, i32], results: [i32])),
            ("args_get", 3, FunctionType(parameters: [i32, i32], results: [i32])),
            ("fd_close", 3, FunctionType(parameters: [i32], results: [i32])),
            ("fd_fdstat_get", 4, FunctionType(parameters: [i32, i32], results: [i32])),
            ("fd_seek", 4, FunctionType(parameters: [i32, .i64, i32, i32], results: [i32])),
        ]
        for (name, number, type) in functions {
            linker.defineFunction(module: "wasi_snapshot_preview1", name: name, type: type, number: number, direct: host)
        }
        var line = ""
        do throws(WasmError) {
            let module = try Module(engine, bytes: bytes)
            do throws(InstantiationError) {
                let instance = try linker.instantiate(store, module).start()
                guard case .function(let start)? = instance.export("_start") else { return ("no _start", 0, 0) }
                do throws(Trap) { _ = try start.call() } catch { if error.code != .exit { line = "trap \(error.code) " } }
            } catch { line = "not instantiated " }
        } catch { line = "not valid " }
        return (line + String(decoding: output, as: UTF8.self), store.dispatchCounter?.total ?? 0, store.fuel)
    }

    // MARK: Emission

    /// Bytes of code a byte of function bodies, and millions of bytes of bodies compiled in a second, translation not counted.
    private static func emission(_ bytes: UnsafeRawBufferPointer) -> (ratio: Double, speed: Double) {
        guard let module = try? Module(Engine(NativeCheck.config(.threaded)), bytes: bytes) else { return (0, 0) }
        var bodyByteCount = 0
        var codeByteCount = 0
        let clock = ContinuousClock()
        var time = Duration.zero
        for function in module.definedFunctions {
            _ = module.compile(function: function, isGuarded: true, recordsCells: false) { emitter, _ in
                bodyByteCount += module.bodyByteCount(ofFunction: function)
                var emitter = consume emitter
                codeByteCount += emitter.code.byteCount
                var best = Duration.seconds(1000)
                for _ in 0..<5 { best = min(best, clock.measure { _ = emitter.compile(emitter.function) }) }
                time += best
            }
        }
        let seconds = Double(time.components.attoseconds) / 1e18 + Double(time.components.seconds)
        return (Double(codeByteCount) / Double(bodyByteCount), Double(bodyByteCount) / 1e6 / seconds)
    }
}
