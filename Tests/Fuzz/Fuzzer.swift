// The fuzzers' Swift half. It makes modules, runs them with our engine and writes down what happened; `compare.py` has wasmtime judge.
//
//     fuzz run SEED FIRST COUNT FOLDER      modules FIRST..<FIRST+COUNT into FOLDER/N.wasm; one line a call on standard output
//     fuzz mutate SEED COUNT FILE           changed modules and our verdict on each into FILE
//     fuzz extremes FILE                    the same of modules that have one field at an extreme
//     fuzz large BYTES FILE                 one valid module of about that many bytes of code
//     fuzz debug …                          changed debugging information and names: DebugFuzzer.swift
//     fuzz text …, giant …, modules …       the text format: TextFuzzer.swift, GiantTexts.swift, ScriptModules.swift
import Glibc
import ModuleGeneration
import WasmEngine
import WasmModule

@main
struct Fuzzer {
    static func main() {
        let arguments = CommandLine.arguments
        switch arguments.dropFirst().first {
        case "modules" where arguments.count > 3: return modules(arguments[3...], folder: arguments[2])
        case "giant" where arguments.count == 3:
            guard let index = Int(arguments[2]) else { return print(GiantText.all.count) }
            exit(GiantText.run(index) ? 0 : 1)
        case "debug" where arguments.count > 4:
            guard let seed = Int(arguments[2]), let count = Int(arguments[3]) else { break }
            exit(DebugFuzzer.run(seed: seed, count: count, files: arguments[4...]) == 0 ? 0 : 1)
        case "text" where arguments.count > 5:
            guard let seed = Int(arguments[2]), let count = Int(arguments[3]) else { break }
            exit(TextFuzzer.run(seed: seed, count: count, folder: arguments[4], files: arguments[5...]) == 0 ? 0 : 1)
        case "extremes" where arguments.count == 3: return extremes(file: arguments[2])
        default: break
        }
        let numbers = arguments.dropFirst(2).compactMap { Int($0) }
        switch (arguments.dropFirst().first, numbers.count) {
        case ("run", 3): for index in numbers[1]..<numbers[1] + numbers[2] { runOne(seed: numbers[0], index, folder: arguments[5]) }
        case ("mutate", 2): mutate(seed: numbers[0], count: numbers[1], file: arguments[4])
        case ("large", 1): write(large(byteCount: numbers[0]), to: arguments[3])
        default:
            print("usage: fuzz run SEED FIRST COUNT FOLDER | mutate SEED COUNT FILE | extremes FILE | large BYTES FILE")
            print("       fuzz debug SEED COUNT FILE...")
            print("       fuzz text SEED COUNT FOLDER FILE... | giant INDEX | modules FOLDER SCRIPT...")
            exit(2)
        }
    }

    /// Every instruction of fixed type that gives the same result everywhere.
    static let choice = OperationChoice(hasVectors: true)

    static func module(seed: Int, _ index: Int) -> [UInt8] {
        var generator = ModuleGenerator(seed: UInt64(seed) &* 1_000_003 &+ UInt64(index), choice: choice)
        return generator.generate()
    }

    static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "wb") else {
            perror(path)
            exit(1)
        }
        _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
        fclose(file)
    }

    // MARK: Running

    static func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }

    static func text(_ value: Value) -> String {
        switch value {
        case .i32(let number): "i32:" + hexadecimal(UInt64(UInt32(bitPattern: number)))
        case .i64(let number): "i64:" + hexadecimal(UInt64(bitPattern: number))
        case .f32(let bits): "f32:" + hexadecimal(UInt64(bits))
        case .f64(let bits): "f64:" + hexadecimal(bits)
        default: "other"
        }
    }

    static func argument(_ type: ValueType, _ round: Int, _ random: inout SeededNumbers) -> Value {
        let bits = random.next()
        let small = Int(bits % 41) - 20
        switch type {
        case .i32: return .i32(round == 0 ? 0 : round == 1 ? Int32(small) : Int32(truncatingIfNeeded: bits))
        case .i64: return .i64(round == 0 ? 0 : round == 1 ? Int64(small) : Int64(bitPattern: bits))
        // Finite: a NaN's payload does not survive the other engine's door.
        case .f32: return .f32(bits: (round == 0 ? Float(0) : Float(small) * (round == 1 ? 1 : 1e9)).bitPattern)
        default: return .f64(bits: (round == 0 ? Double(0) : Double(small) * (round == 1 ? 0.5 : 1e18)).bitPattern)
        }
    }

    /// Calls each function three times, and the checksum after each call.
    static func runOne(seed: Int, _ index: Int, folder: String) {
        let bytes = module(seed: seed, index)
        write(bytes, to: "\(folder)/\(index).wasm")
        bytes.withUnsafeBytes { buffer in
            let engine = Engine()
            let store = Store(engine)
            let instance: Instance
            do throws(WasmError) {
                let module = try Module(engine, bytes: buffer)
                do throws(InstantiationError) {
                    instance = try Linker(engine).instantiate(store, module).start()
                } catch {
                    print("\(index) refused instantiation")
                    return
                }
            } catch {
                var message: [UInt8] = []
                error.render(into: &message)
                print("\(index) refused \(String(decoding: message, as: UTF8.self))")
                return
            }
            withExtendedLifetime(store) { call(instance, index) }
        }
        fflush(nil)
    }

    static func call(_ instance: Instance, _ index: Int) {
        var random = SeededNumbers(state: UInt64(index))
        for (name, value) in instance.exports {
            guard case .function(let function) = value else { continue }
            let name = String(decoding: name.bytes, as: UTF8.self)
            guard name != "checksum" else { continue }
            for round in 0..<3 {
                report(instance, index, name, function, function.type.parameters.map { argument($0, round, &random) })
                if case .function(let checksum)? = instance.export("checksum") { report(instance, index, "checksum", checksum, []) }
            }
        }
    }

    static func report(_ instance: Instance, _ index: Int, _ name: String, _ function: Func, _ arguments: [Value]) {
        let call = "\(index) \(name) \(arguments.map(text).joined(separator: ",")) ="
        do throws(Trap) {
            print(call, try function.call(arguments).map(text).joined(separator: ","))
        } catch {
            print(call, "trap", error.code.message)
        }
    }

    // MARK: Changing

    /// What both engines are asked to judge by.
    static let features: Features = Features.all.subtracting(.legacyExceptions)

    /// Adds a module: its length, the verdict ("v" valid, "i" refused, "s" not to be compared, "t" valid but not translated), its bytes.
    static func judge(_ bytes: [UInt8], _ output: inout [UInt8]) {
        output += (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
        output.append(verdict(bytes))
        output += bytes
    }

    /// Writes every field at each extreme, judged.
    static func extremes(file: String) {
        var output: [UInt8] = []
        ExtremeModules.forEach { judge($0.bytes, &output) }
        write(output, to: file)
    }

    /// Writes changed modules, judged.
    static func mutate(seed: Int, count: Int, file: String) {
        var random = SeededNumbers(state: UInt64(seed))
        var output: [UInt8] = []
        for index in 0..<count {
            var bytes = module(seed: seed, index / 8)
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let position = Int.random(in: 8..<bytes.count, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0: bytes.remove(at: position)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
                case 2: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 3: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 4: bytes[position] = bytes[Int.random(in: 8..<bytes.count, using: &random)]
                case 5: bytes.swapAt(position, Int.random(in: 8..<bytes.count, using: &random))
                default: FieldMutator.mutate(&bytes, &random)
                }
            }
            judge(bytes, &output)
        }
        write(output, to: file)
    }

    static func verdict(_ bytes: [UInt8]) -> UInt8 {
        bytes.withUnsafeBytes { buffer -> UInt8 in
            do throws(WasmError) {
                let image = try ModuleImage.decode(buffer, features: features)
                try FunctionValidator.validateAll(image)
            } catch {
                return error.phase == .limit || error.phase == .unsupported ? UInt8(ascii: "s") : UInt8(ascii: "i")
            }
            do throws(WasmError) {
                _ = try Module(Engine(), bytes: buffer)
                return UInt8(ascii: "v")
            } catch {
                return UInt8(ascii: error.phase == .limit ? "s" : "t")
            }
        }
    }

    // MARK: Large modules

    /// One module whose functions are generated ones, over and over.
    static func large(byteCount: Int) -> [UInt8] {
        var generator = ModuleGenerator(seed: 7, choice: choice)
        let one = generator.generate()
        return one.withUnsafeBytes { buffer -> [UInt8] in
            guard let image = try? ModuleImage.decode(buffer) else { return [] }
            let repetitions = byteCount / max(1, Int(image.codeSection.count)) + 1
            var encoder = ModuleEncoder.module()
            var position = 8
            while position < one.count {
                let start = position
                let id = SectionID(rawValue: one[position])
                position += 1
                var length = 0
                var shift = 0
                repeat {
                    length |= Int(one[position] & 0x7F) << shift
                    shift += 7
                    position += 1
                } while one[position - 1] & 0x80 != 0
                position += length
                switch id {
                case .function:
                    encoder.section(.function) { section in
                        section.count(image.functions.count * repetitions)
                        for _ in 0..<repetitions { for type in image.functions { section.index(type) } }
                    }
                case .code:
                    encoder.section(.code) { section in
                        section.count(image.bodies.count * repetitions)
                        for _ in 0..<repetitions { for body in image.bodies { section.name(bytes: Array(image[body])) } }
                    }
                default: encoder.raw(one[start..<position])
                }
            }
            return encoder.bytes
        }
    }
}
