// Modules that mean harm: counts that nothing follows, nesting without end, numbers written too long, garbage. Each is refused, with words.

import Testing
import WasmModule

@Suite struct HostileTests {
    private func refusal(_ bytes: [UInt8], _ limits: DecodeLimits = .standard) -> WasmError? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes)
        do throws(WasmError) {
            try FunctionValidator.validateAll(try ModuleImage.decode(UnsafeRawBufferPointer(buffer), limits: limits))
        } catch { return error }
        return nil
    }

    private static let countedSections: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13]

    @Test(arguments: countedSections) func countThatNothingFollows_isMalformed(section: UInt8) {
        let bytes: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, section, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
        #expect(refusal(bytes)?.phase == .malformed)
    }

    @Test(arguments: countedSections) func longCount_inALongSection_isRefused(section: UInt8) {
        // The section has 40,000 bytes of 0xFF behind a count of 40,000.
        var encoder = ModuleEncoder.module()
        encoder.byte(section)
        encoder.count(40_003)
        encoder.count(40_000)
        encoder.raw([UInt8](repeating: 0xFF, count: 40_000))
        #expect(refusal(encoder.bytes) != nil)
    }

    @Test func localsByTheBillion_areALimitError() {
        var code = ModuleEncoder()
        code.opcode(.nop)
        let bytes = function(locals: [(4_000_000_000, .i32)], code.bytes)
        #expect(refusal(bytes)?.phase == .limit)
        #expect(refusal(function(locals: [(4_000_000_000, .i32), (4_000_000_000, .i32)], code.bytes))?.phase == .malformed)
    }

    @Test func millionBlocks_neitherRecurseNorCrash() {
        var open: [UInt8] = []
        for _ in 0..<900_000 { open += [0x02, 0x40] }
        open += [UInt8](repeating: 0x0B, count: 900_000)
        #expect(refusal(function(open)) == nil)
        var unclosed: [UInt8] = []
        for _ in 0..<900_000 { unclosed += [0x02, 0x40] }
        #expect(refusal(function(unclosed))?.phase == .malformed)
        var limits = DecodeLimits.standard
        limits.nestedBlocks = 1000
        #expect(refusal(function(open), limits)?.phase == .limit)
    }

    @Test func longConstantExpression_doesNotRecurse() {
        let bytes = module { encoder in
            encoder.section(.global) { section in
                section.count(1)
                section.raw([0x7F, 0x00])
                for _ in 0..<300_000 { section.raw([0x41, 0x01]) }
                section.raw([UInt8](repeating: 0x6A, count: 299_999))
                section.raw([0x0B])
            }
        }
        #expect(refusal(bytes) == nil)
    }

    @Test func subtypesNestedTooDeeply_areALimitError() {
        func chain(_ depth: Int) -> [UInt8] {
            module { encoder in
                encoder.section(.type) { section in
                    section.count(depth + 1)
                    section.subType(SubType(isFinal: false, composite: .function(FunctionType())))
                    for index in 0..<depth {
                        section.subType(SubType(isFinal: false, superType: UInt32(index), composite: .function(FunctionType())))
                    }
                }
            }
        }
        #expect(refusal(chain(60)) == nil)
        #expect(refusal(chain(70))?.phase == .limit)
    }

    @Test func integersWrittenTooLong_areMalformed() {
        let header: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
        for tail: [UInt8] in [
            [1, 6, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], [3, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0x80],
            [1, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
        ] { #expect(refusal(header + tail)?.phase == .malformed) }
        // i32.const with six bytes, i64.const with eleven.
        #expect(refusal(function([0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1A]))?.phase == .malformed)
        #expect(refusal(function([0x42] + [UInt8](repeating: 0x80, count: 10) + [0x00, 0x1A]))?.phase == .malformed)
    }

    @Test func resultsThatMultiply_areALimitError() {
        // Five bytes of code for each thousand operands.
        let results = [ValueType](repeating: .i64, count: 1000)
        let bytes = module { encoder in
            encoder.section(.type) {
                $0.count(2)
                $0.subType(SubType(composite: .function(FunctionType(results: results))))
                $0.subType(SubType(composite: .function(FunctionType())))
            }
            encoder.section(.function) {
                $0.count(2)
                $0.index(0)
                $0.index(1)
            }
            encoder.section(.code) { section in
                section.count(2)
                section.sized { $0.raw([0x00, 0x00, 0x0B]) }
                section.sized { body in
                    body.raw([0x00, 0x00])
                    for _ in 0..<100_000 { body.raw([0x10, 0x00]) }
                    body.raw([0x00, 0x0B])
                }
            }
        }
        let error = refusal(bytes)
        #expect(error?.phase == .limit)
    }

    @Test(arguments: 0..<50) func garbage_isRefused(seed: Int) {
        var random = SeededNumbers(state: UInt64(seed))
        var bytes: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
        bytes.append(UInt8.random(in: 1...13, using: &random))
        for _ in 0..<Int.random(in: 1...400, using: &random) { bytes.append(UInt8.random(in: 0...255, using: &random)) }
        #expect(refusal(bytes) != nil)
    }
}
