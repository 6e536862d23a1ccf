// Every field of the binary format at its extremes: what no validator may accept is refused, and what is accepted can be translated.

import ModuleGeneration
import Testing
import WasmEngine
import WasmModule

@Suite struct ExtremeTests {
    /// Why the validator refuses a module; nil when it does not.
    private func refusal(_ bytes: UnsafeRawBufferPointer) -> WasmError? {
        do throws(WasmError) { try FunctionValidator.validateAll(try ModuleImage.decode(bytes)) } catch { return error }
        return nil
    }

    @Test func extremesOfEveryField_areRefusedOrTranslated() {
        let engine = Engine()
        var count = 0
        var accepted = 0
        ExtremeModules.forEach { module in
            count += 1
            module.bytes.withUnsafeBytes { bytes in
                let refusal = refusal(bytes)
                guard refusal == nil else { return }
                accepted += 1
                guard !module.isNeverValid else {
                    Issue.record("\(module.name) is accepted")
                    return
                }
                do throws(WasmError) { _ = try Module(engine, bytes: bytes) } catch {
                    Issue.record("\(module.name) is valid and not translated: \(error.message)")
                }
            }
        }
        #expect(count > 10_000)
        // Encodings that are longer than they need be are valid.
        #expect(accepted > count / 20)
    }
}
