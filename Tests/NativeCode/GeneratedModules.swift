// Generated modules as threaded code and as machine code: what their calls give and what they leave behind must be the same.
import ModuleGeneration
import WasmEngine
import WasmModule

/// The comparison.
enum GeneratedModules {
    /// Runs modules both ways, with each amount of fuel; prints the first difference of each that differs.
    static func compare(_ seed: Int, _ first: Int, _ count: Int, becomesThreaded: Bool = false) -> Int32 {
        var failed = 0
        var trapCount = 0
        var callCount = 0
        for index in first..<first + count {
            let bytes = module(seed, index, .observed)
            // From each instruction on to stays that are seldom that long.
            if becomesThreaded { NativeRun.threadedAfter = [1, 2, 3, 5, 7, 11, 17, 29, 53, 101, 211, 401, 1009][index % 13] }
            for fuel in FuelAmount.allCases {
                let threaded = run(bytes, index, .threaded, fuel)
                let native = run(bytes, index, .native, fuel)
                callCount += threaded.count
                for line in threaded where line.contains("= trap") { trapCount += 1 }
                guard threaded != native else { continue }
                failed += 1
                for (left, right) in zip(threaded, native) where left != right {
                    print("module \(index)\(fuel == .unmetered ? "" : " fuel \(fuel)"): threaded \(left), native \(right)")
                    break
                }
            }
        }
        print(
            "\(callCount) calls, \(trapCount) of them trapped, \(NativeRun.retiredCount) instructions, "
                + "\(NativeRun.threadedCount) frames turned into threaded ones")
        if becomesThreaded, NativeRun.threadedCount < count { failed += 1 }
        failed += NativeRun.faultCount
        let runs = count * FuelAmount.allCases.count
        print("\(runs - min(failed, runs)) passed, \(failed) failed")
        return failed == 0 ? 0 : 1
    }

    private static let choice = OperationChoice(hasVectors: true)

    /// A module of a seed.
    static func module(_ seed: Int, _ index: Int, _ purpose: ModulePurpose) -> [UInt8] {
        var generator = ModuleGenerator(seed: UInt64(seed) &* 1_000_003 &+ UInt64(index), choice: choice, purpose: purpose)
        return generator.generate()
    }

    /// How much fuel a module has: enough, or too little for most calls.
    private enum FuelAmount: CaseIterable { case unmetered, ample, scarce }

    /// A line for each call.
    private static func run(_ bytes: [UInt8], _ index: Int, _ tier: Tier, _ fuel: FuelAmount) -> [String] {
        bytes.withUnsafeBytes { buffer in
            var config = NativeCheck.config(tier)
            config.isFuelMetered = fuel != .unmetered
            let engine = Engine(config)
            let store = Store(engine)
            if fuel != .unmetered { store.fuel = 3_000_000 }
            let instance: Instance
            do throws(WasmError) {
                let module = try Module(engine, bytes: buffer)
                if tier == .native, NativeRun.threadedAfter > 0 { NativeRun.map(module) }
                do throws(InstantiationError) {
                    instance = try Linker(engine).instantiate(store, module).start()
                } catch {
                    return ["not instantiated"]
                }
            } catch {
                return ["not valid"]
            }
            return withExtendedLifetime(store) { calls(instance, store, index, isScarce: fuel == .scarce) }
        }
    }

    /// Calls each function three times; after each call the state, and a new countdown by the function `checksum`.
    private static func calls(_ instance: Instance, _ store: Store, _ index: Int, isScarce: Bool) -> [String] {
        var lines: [String] = []
        var random = SeededNumbers(state: UInt64(index))
        let exports = instance.exports
        for (name, value) in exports {
            guard case .function(let function) = value else { continue }
            let name = String(decoding: name.bytes, as: UTF8.self)
            guard name != "checksum" else { continue }
            for round in 0..<3 {
                if isScarce { store.fuel = Int64(random.next() % (round == 0 ? 60 : 1500)) }
                let arguments = function.type.parameters.map { argument($0, round, &random) }
                var line = "\(name) \(arguments.map(text)) = \(call(function, arguments)) fuel \(store.fuel) state"
                for (_, value) in exports { line += state(value) }
                if case .function(let checksum)? = instance.export("checksum") { line += " checksum \(call(checksum, []))" }
                lines.append(line)
            }
        }
        return lines
    }

    /// A global's value, a hash of all bytes of a memory, which elements of a table are null.
    private static func state(_ value: Extern) -> String {
        switch value {
        case .global(let global): return " " + text(global.value)
        case .memory(let memory):
            let view = memory.view
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            var offset = 0
            while offset < view.byteCount {
                hash = (hash ^ view.base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01B3
                hash ^= hash >> 29
                offset += 8
            }
            return " \(view.byteCount):\(String(hash, radix: 16))"
        case .table(let table):
            return " " + (0..<table.count).map { element in if case .function(nil)? = table.get(element) { "0" } else { "1" } }.joined()
        default: return ""
        }
    }

    private static func call(_ function: Func, _ arguments: [Value]) -> String {
        do throws(Trap) {
            return try function.call(arguments).map(text).joined(separator: ",")
        } catch {
            let frames = error.backtrace.map { "\($0.functionIndex)@\($0.moduleOffset)" }.joined(separator: " ")
            return "trap \(error.code) \(error.fault.map { "\($0)" } ?? "") \(frames)"
        }
    }

    private static func argument(_ type: ValueType, _ round: Int, _ random: inout SeededNumbers) -> Value {
        let bits = random.next()
        let small = Int(bits % 41) - 20
        switch type {
        case .i32: return .i32(round == 0 ? 0 : round == 1 ? Int32(small) : Int32(truncatingIfNeeded: bits))
        case .i64: return .i64(round == 0 ? 0 : round == 1 ? Int64(small) : Int64(bitPattern: bits))
        case .f32: return .f32(bits: (round == 0 ? Float(0) : Float(small) * (round == 1 ? 1 : 1e9)).bitPattern)
        default: return .f64(bits: (round == 0 ? Double(0) : Double(small) * (round == 1 ? 0.5 : 1e18)).bitPattern)
        }
    }

    /// A value's bits. Which NaN an operation makes is the machine's choice; generated modules make it the canonical one.
    private static func text(_ value: Value) -> String {
        switch value {
        case .i32(let number): "i32:\(number)"
        case .i64(let number): "i64:\(number)"
        case .f32(let bits): "f32:\(bits)"
        case .f64(let bits): "f64:\(bits)"
        case .v128(let low, let high): "v128:\(low):\(high)"
        default: "other"
        }
    }
}
