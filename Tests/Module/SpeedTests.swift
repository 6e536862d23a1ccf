// How fast decoding and validating are, on a large module made of real code many times over.

import Foundation
import Testing
import WasmModule

/// A module with the function bodies of `bytes` repeated until its code section has about `codeByteCount` bytes.
func enlarged(_ bytes: [UInt8], codeByteCount: Int) throws -> [UInt8] {
    try bytes.withUnsafeBytes { buffer in
        let image = try ModuleImage.decode(buffer)
        let repetitions = max(1, codeByteCount / max(1, Int(image.codeSection.count)))
        var encoder = ModuleEncoder.module()
        // Every section before the code as it is, except the function section.
        var position = 8
        func leb(_ at: inout Int) -> Int {
            var value = 0
            var shift = 0
            while true {
                let byte = Int(bytes[at])
                at += 1
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { return value }
            }
        }
        while position < bytes.count {
            let start = position
            let id = bytes[position]
            position += 1
            let end = leb(&position) + position
            position = end
            let defined = image.functions[image.importedFunctionCount...]
            switch SectionID(rawValue: id) {
            case .function:
                encoder.section(.function) { section in
                    section.count(defined.count * repetitions)
                    for _ in 0..<repetitions { for type in defined { section.index(type) } }
                }
            case .code:
                encoder.section(.code) { section in
                    section.count(image.bodies.count * repetitions)
                    for _ in 0..<repetitions { for body in image.bodies { section.name(bytes: Array(image[body])) } }
                }
            case .custom: break
            default: encoder.raw(bytes[start..<end])
            }
        }
        return encoder.bytes
    }
}

@Suite struct SpeedTests {
    private static let benchmark = sharedFolder + "/bench/callind.wasm"

    @Test(.enabled(if: FileManager.default.fileExists(atPath: benchmark), "no benchmark programs (set MARTLET_SHARED)"))
    func thirtyMegabyteModule_validatesQuickly() throws {
        let bytes = try enlarged([UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.benchmark))), codeByteCount: 30 << 20)
        try bytes.withUnsafeBytes { buffer in
            let clock = ContinuousClock()
            var image: ModuleImage?
            let decodeTime = try clock.measure { image = try ModuleImage.decode(buffer) }
            let validateTime = try clock.measure { try FunctionValidator.validateAll(image!) }
            let megabytes = Double(image!.codeSection.count) / 1e6
            print("speed: decode \(decodeTime), validate \(validateTime) for \(megabytes) MB of code")
            // Far below what is measured (see the README), so that a busy machine does not fail it.
            #expect(validateTime < .seconds(megabytes / 15))
        }
    }
}
