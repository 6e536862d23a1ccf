// Runs guests as machine code on a simulated hart, and compares with threaded code.
//
//     native [TIER] wast [--verbose] [--exclude LIST] SCRIPT...   as `martlet wast`
//     native [TIER] modules SEED FIRST COUNT               generated modules both ways: results, traps and their offsets, fuel
//     native maps SEED FIRST COUNT                         the same, native frames becoming threaded ones after some instructions
//     native plant SEED FIRST COUNT                        functions of such modules with a harmful word each, until COUNT were refused
//     native large                                         what compiling counts for functions of 100,000 blocks
//     native count FILE...                                 instructions of WASI programs, beside dispatches and native figures
//     native write SEED INDEX FILE                         one of these modules
//     native programs SEED FIRST COUNT FOLDER              such modules with an export `run`, for Tests/Machine
//
// TIER: nothing, every function native from the start; `--threshold N`, from its N-th entry or turn of a loop on; `--random SEED`, from a
// number between 1 and 20 on that is each function's own. `--plant N` before it: one instruction in N of all code that is placed is another
// one, so that `wast`, `modules` and `maps` must fail.
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
            case "--plant": NativeRun.plantedPlace = Int(clamping: number)
            default: usage()
            }
            arguments.removeSubrange(1...2)
        }
        switch arguments.dropFirst().first {
        case "wast": exit(wast(Array(arguments.dropFirst(2))))
        case "modules" where arguments.count == 5:
            guard let seed = Int(arguments[2]), let first = Int(arguments[3]), let count = Int(arguments[4]) else { break }
            exit(GeneratedModules.compare(seed, first, count))
        case "maps" where arguments.count == 5:
            guard let seed = Int(arguments[2]), let first = Int(arguments[3]), let count = Int(arguments[4]) else { break }
            exit(GeneratedModules.compare(seed, first, count, becomesThreaded: true))
        case "programs" where arguments.count == 6:
            guard let seed = Int(arguments[2]), let first = Int(arguments[3]), let count = Int(arguments[4]) else { break }
            let paths = (first..<first + count).map { (arguments[5] + "/\($0).wasm", GeneratedModules.module(seed, $0, .program)) }
            exit(paths.allSatisfy { write($1, to: $0) } ? 0 : 1)
        case "count": exit(BenchmarkCount.run(Array(arguments.dropFirst(2))))
        case "large": exit(LargeFunction.checkAll())
        case "plant" where arguments.count == 5:
            guard let seed = Int(arguments[2]), let first = Int(arguments[3]), let count = Int(arguments[4]) else { break }
            exit(plant(seed, first, count))
        case "write" where arguments.count == 5:
            guard let seed = Int(arguments[2]), let index = Int(arguments[3]) else { break }
            exit(write(GeneratedModules.module(seed, index, .observed), to: arguments[4]) ? 0 : 1)
        default: break
        }
        usage()
    }

    private static func usage() -> Never {
        print(
            "usage: native [--threshold N | --random SEED] (wast [--verbose] [--exclude LIST] SCRIPT... | modules SEED FIRST COUNT) | native maps SEED FIRST COUNT | native plant SEED FIRST COUNT | native large | native programs SEED FIRST COUNT FOLDER"
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

    static func write(_ bytes: [UInt8], to path: String) -> Bool {
        guard let file = fopen(path, "wb") else { return false }
        let count = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        return fclose(file) == 0 && count == bytes.count
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
            GeneratedModules.module(seed, index, .compared).withUnsafeBytes { buffer in
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
}
