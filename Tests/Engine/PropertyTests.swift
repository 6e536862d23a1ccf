// Generated modules run alike whatever the configuration: folding and fusion on or off, lazy or eager, metered or not, and in both
// forms of the binary. The generator's modules always end, and hide no state: `checksum` hashes the memory.

import ModuleGeneration
import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite struct PropertyTests {
    static let choices = [OperationChoice(hasVectors: false), OperationChoice(hasVectors: true)]

    static func bytes(_ index: Int) -> [UInt8] {
        var generator = ModuleGenerator(seed: 77 &* 1_000_003 &+ UInt64(index), choice: choices[index & 1])
        return generator.generate()
    }

    /// Everything that can be seen of a module's calls.
    static func transcript(_ bytes: [UInt8], _ settings: Config) throws -> [String] {
        let held = Bytes(bytes)
        let engine = Engine(settings)
        let store = Store(engine)
        store.fuel = 1 << 40
        let module = try Module(engine, bytes: UnsafeRawBufferPointer(held.buffer), owner: held)
        let instance = try Linker(engine).instantiate(store, module).start()
        var lines: [String] = []
        var random = SeededNumbers(state: 5)
        for (name, value) in instance.exports {
            guard case .function(let function) = value else { continue }
            for _ in 0..<3 {
                let arguments = function.type.parameters.map { type -> Value in
                    let bits = random.next()
                    return switch type {
                    case .i32: .i32(Int32(truncatingIfNeeded: bits) >> Int32(bits >> 59))
                    case .i64: .i64(Int64(bitPattern: bits))
                    case .f32: .f32(bits: Float(Int32(truncatingIfNeeded: bits)).bitPattern)
                    default: .f64(bits: Double(Int64(bitPattern: bits)).bitPattern)
                    }
                }
                let line = String(decoding: name.bytes, as: UTF8.self)
                do throws(Trap) {
                    lines.append("\(line) \(try function.call(arguments).map(text))")
                } catch {
                    let places = error.backtrace.map { "\($0.functionIndex)@\($0.moduleOffset)" }
                    lines.append("\(line) trap \(error.code.message) \(places) \(error.elidedFrameCount > 0)")
                }
            }
        }
        return lines
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .i32(let number): "\(number)"
        case .i64(let number): "\(number)"
        case .f32(let bits): "f\(bits)"
        case .f64(let bits): "d\(bits)"
        case .v128(let low, let high): "v\(low),\(high)"
        default: "reference"
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<10) func configurations_doNotShow(tenth: Int) throws {
        var unfused = Config()
        unfused.isFusionEnabled = false
        var lazy = Config()
        lazy.translation = .lazy
        var metered = Config()
        metered.isFuelMetered = true
        var counted = Config()
        counted.countsDispatches = true
        for index in (tenth * 20)..<(tenth * 20 + 20) {
            let bytes = Self.bytes(index)
            let expected = try Self.transcript(bytes, Config())
            #expect(!expected.isEmpty)
            #expect(try Self.transcript(bytes, unfused) == expected, "unfused \(index)")
            #expect(try Self.transcript(bytes, lazy) == expected, "lazy \(index)")
            #expect(try Self.transcript(bytes, metered) == expected, "metered \(index)")
            if index % 10 == 0 { #expect(try Self.transcript(bytes, counted) == expected, "counted \(index)") }
        }
    }
}
