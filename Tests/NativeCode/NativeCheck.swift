// Runs guests as machine code on a simulated hart, and compares with threaded code.
//
//     native [TIER] wast [--verbose] [--exclude LIST] SCRIPT...   as `martlet wast`
//     native [TIER] modules SEED FIRST COUNT               generated modules both ways: results, traps and their offsets, fuel
//     native maps SEED FIRST COUNT                         the same, native frames becoming threaded ones after some instructions
//     native plant SEED FIRST COUNT                        functions of such modules with a harmful word each, until COUNT were refused
//     native large                                         what compiling counts for functions of 100,000 blocks
//     native count FILE...                                 instructions of WASI programs, beside dispatches and native figures
//     native write SEED INDEX FILE                         one of these modules
//
// TIER: nothing, every function native from the start; `--threshold N`, from its N-th entry or turn of a loop on; `--random SEED`, from a
// number between 1 and 20 on that is each function's own.
import Glibc
import ModuleGeneration
import WasmEngine
import WasmModule
import WasmScript

@main
struct NativeCheck {
    static func main() {
        var arguments = CommandLine.arguments
        while arguments.count > 2, arguments[1].hasPrefix("--"), let number = UInt64(arguments[2]) {
            switch arguments[1] {
            case "--threshold": threshold = UInt16(clamping: number)
            case "--random": (seed, threshold) = (number, 20)
            default: usage()
            }
            arguments.removeSubrange(1...2)
        }
        switch arguments.dropFirst().first {
        case "wast": exit(wast(Array(arguments.dropFirst(2))))
        case "modules" where arguments.count == 5:
            guard let seed = Int(arguments[2]), let first = Int(arguments[3]), let count = Int(arguments[4]) else { break }
            exit(modules(seed, first, count))
        case "maps" where arguments.count == 5:
            guard let seed = Int(arguments[2]), let first = Int(arguments[3]), let count = Int(arguments[4]) else { break }
            exit(modules(seed, first, count, becomesThreaded: true))
        case "count": exit(BenchmarkCount.run(Array(arguments.dropFirst(2))))
        case "large": exit(LargeFunction.checkAll())
        case "plant" where arguments.count == 5:
            guard let seed = Int(arguments[2]), let first = Int(arguments[3]), let count = Int(arguments[4]) else { break }
            exit(plant(seed, first, count))
        case "write" where arguments.count == 5:
            guard let seed = Int(arguments[2]), let index = Int(arguments[3]), let file = fopen(arguments[4], "wb") else { break }
            _ = module(seed, index).withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
            exit(fclose(file))
        default: break
        }
        usage()
    }

    private static func usage() -> Never {
        print(
            "usage: native [--threshold N | --random SEED] (wast [--verbose] [--exclude LIST] SCRIPT... | modules SEED FIRST COUNT) | native maps SEED FIRST COUNT | native plant SEED FIRST COUNT | native large"
        )
        exit(2)
    }

    nonisolated(unsafe) private static var threshold: UInt16 = 0
    nonisolated(unsafe) private static var seed: UInt64 = 0

    static func config(_ tier: Tier) -> Config {
        var config = Config()
        config.features = .all
        config.tier = tier == .native && threshold > 0 ? .auto : tier
        config.tierThreshold = threshold
        config.tierSeed = seed
        config.nativeCode = NativeRun.provider
        return config
    }

    static func read(_ path: String) -> UnsafeRawBufferPointer? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let count = ftell(file)
        fseek(file, 0, SEEK_SET)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 16)
        guard fread(buffer.baseAddress, 1, count, file) == count else { return nil }
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
    }

    // MARK: Scripts

    static func wast(_ arguments: [String]) -> Int32 {
        var scripts: [String] = []
        var isVerbose = false
        var exclusions = ExclusionList()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--verbose" {
                isVerbose = true
            } else if argument == "--exclude" {
                guard let path = rest.popFirst(), let bytes = read(path), let list = ExclusionList(bytes) else { return 2 }
                exclusions = list
            } else {
                scripts.append(argument)
            }
        }
        var path = ""
        var total = ScriptTally()
        let runner = ScriptRunner(config(.native), exclusions: exclusions) { report in
            guard report.outcome == .failed || isVerbose else { return }
            print("\(path):\(report.line): \(report.outcome): \(String(decoding: report.detail, as: UTF8.self))")
        }
        for script in scripts {
            path = script
            guard let text = read(script) else { return 2 }
            let tally = runner.run(script: text, path: Array(script.utf8))
            print("\(script): \(String(decoding: tally.line, as: UTF8.self))")
            total += tally
        }
        print(String(decoding: total.line, as: UTF8.self))
        return total.failed > 0 || NativeRun.faultCount > 0 ? 1 : 0
    }

    // MARK: Harmful words

    static func plant(_ seed: Int, _ first: Int, _ count: Int) -> Int32 {
        var planted = PlantedWords()
        var random = SeededNumbers(state: UInt64(seed))
        var index = first
        while planted.functionCount < count, planted.refusedSoundCount + planted.acceptedCount < 20 {
            module(seed, index).withUnsafeBytes { buffer in
                var config = config(.threaded)
                config.isFuelMetered = index % 3 == 0
                guard let module = try? Module(Engine(config), bytes: buffer) else { return }
                for function in module.definedFunctions {
                    _ = module.compile(function: function, isGuarded: index & 1 == 0, recordsCells: false) { emitter, _ in
                        planted.plant(emitter, &random)
                    }
                }
            }
            index += 1
        }
        let failed = planted.acceptedCount + planted.refusedSoundCount
        print("\(planted.functionCount - planted.acceptedCount) passed, \(failed) failed")
        return failed == 0 ? 0 : 1
    }

    // MARK: Generated modules

    static func modules(_ seed: Int, _ first: Int, _ count: Int, becomesThreaded: Bool = false) -> Int32 {
        var failed = 0
        for index in first..<first + count {
            let bytes = module(seed, index)
            // From each instruction on to stays that are seldom that long.
            if becomesThreaded { NativeRun.threadedAfter = [1, 2, 3, 5, 7, 11, 17, 29, 53, 101, 211, 401, 1009][index % 13] }
            for fuel in FuelAmount.allCases {
                let threaded = run(bytes, index, .threaded, fuel)
                let native = run(bytes, index, .native, fuel)
                guard threaded != native else { continue }
                failed += 1
                for (left, right) in zip(threaded, native) where left != right {
                    print("module \(index)\(fuel == .unmetered ? "" : " fuel \(fuel)"): threaded \(left), native \(right)")
                    break
                }
            }
        }
        print("\(NativeRun.retiredCount) instructions, \(NativeRun.threadedCount) frames turned into threaded ones")
        if becomesThreaded, NativeRun.threadedCount < count { failed += 1 }
        failed += NativeRun.faultCount
        let runs = count * FuelAmount.allCases.count
        print("\(runs - min(failed, runs)) passed, \(failed) failed")
        return failed == 0 ? 0 : 1
    }

    static func module(_ seed: Int, _ index: Int) -> [UInt8] {
        var generator = ModuleGenerator(
            seed: UInt64(seed) &* 1_000_003 &+ UInt64(index), choice: OperationChoice(hasVectors: true))
        return generator.generate()
    }

    /// How much fuel a generated module has: enough, or too little for most calls.
    enum FuelAmount: CaseIterable { case unmetered, ample, scarce }

    static func run(_ bytes: [UInt8], _ index: Int, _ tier: Tier, _ fuel: FuelAmount) -> [String] {
        bytes.withUnsafeBytes { buffer in
            var config = config(tier)
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

    static func calls(_ instance: Instance, _ store: Store, _ index: Int, isScarce: Bool) -> [String] {
        var lines: [String] = []
        var random = SeededNumbers(state: UInt64(index))
        for (name, value) in instance.exports {
            guard case .function(let function) = value else { continue }
            let name = String(decoding: name.bytes, as: UTF8.self)
            guard name != "checksum" else { continue }
            for round in 0..<3 {
                if isScarce { store.fuel = Int64(random.next() % (round == 0 ? 60 : 1500)) }
                let arguments = function.type.parameters.map { argument($0, round, &random) }
                lines.append("\(name) \(arguments.map(text)) = \(call(function, arguments)) fuel \(store.fuel)")
                if case .function(let checksum)? = instance.export("checksum") { lines.append("checksum = \(call(checksum, []))") }
            }
        }
        return lines
    }

    static func call(_ function: Func, _ arguments: [Value]) -> String {
        do throws(Trap) {
            return try function.call(arguments).map(text).joined(separator: ",")
        } catch {
            let frames = error.backtrace.map { "\($0.functionIndex)@\($0.moduleOffset)" }.joined(separator: " ")
            return "trap \(error.code) \(error.fault.map { "\($0)" } ?? "") \(frames)"
        }
    }

    static func argument(_ type: ValueType, _ round: Int, _ random: inout SeededNumbers) -> Value {
        let bits = random.next()
        let small = Int(bits % 41) - 20
        switch type {
        case .i32: return .i32(round == 0 ? 0 : round == 1 ? Int32(small) : Int32(truncatingIfNeeded: bits))
        case .i64: return .i64(round == 0 ? 0 : round == 1 ? Int64(small) : Int64(bitPattern: bits))
        case .f32: return .f32(bits: (round == 0 ? Float(0) : Float(small) * (round == 1 ? 1 : 1e9)).bitPattern)
        default: return .f64(bits: (round == 0 ? Double(0) : Double(small) * (round == 1 ? 0.5 : 1e18)).bitPattern)
        }
    }

    /// A value's bits. Which NaN an operation makes is the machine's choice.
    static func text(_ value: Value) -> String {
        switch value {
        case .i32(let number): "i32:\(number)"
        case .i64(let number): "i64:\(number)"
        case .f32(let bits): Float(bitPattern: bits).isNaN ? "nan" : "f32:\(bits)"
        case .f64(let bits): Double(bitPattern: bits).isNaN ? "nan" : "f64:\(bits)"
        default: "other"
        }
    }
}
