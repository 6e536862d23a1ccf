// What a generated module shows of itself beside its functions: its state, or one function that runs them all.
import WasmModule

extension ModuleGenerator {
    /// The export section.
    func exportAll(_ section: inout ModuleEncoder) {
        var exports = functions.indices.map { ("f\($0)", UInt8(0), $0) }
        exports.append(("checksum", 0, functions.count))
        switch purpose {
        case .compared: break
        case .observed:
            exports += tables.indices.map { ("t\($0)", 1, $0) }
            exports += memories.indices.map { ("m\($0)", 2, $0) }
            exports += globals.indices.map { ("g\($0)", 3, $0) }
        case .program: exports.append(("run", 0, functions.count + 1))
        }
        section.count(exports.count)
        for (name, kind, index) in exports {
            section.name(name)
            section.byte(kind)
            section.index(UInt32(index))
        }
    }

    /// Three turns over all functions, beginning with any of them, with constants for arguments; then the checksum and the globals. The
    /// countdown starts anew with each turn.
    mutating func program() -> [UInt8] {
        // Locals: the turn, the hash.
        var body = ModuleEncoder()
        body.raw([2, 1, 0x7F, 1, 0x7E])
        body.raw([0x03, 0x40, 0x41])
        body.signed(1000)
        body.raw([0x24, 0])
        let first = below(functions.count)
        for step in functions.indices {
            let function = (first + step) % functions.count
            let type = types[Int(functions[function])]
            for parameter in type.parameters { body.raw(constant(parameter)) }
            body.opcode(.call)
            body.index(UInt32(function))
            for result in type.results.reversed() { mix(result, into: &body) }
        }
        // turn += 1; again while it is below 3
        body.raw([0x20, 0, 0x41, 1, 0x6A, 0x22, 0, 0x41, 3, 0x49, 0x0D, 0, 0x0B])
        body.opcode(.call)
        body.index(UInt32(functions.count))
        mix(.i64, into: &body)
        for global in globals.indices.dropFirst() {
            for lane in 0..<(globals[global] == .v128 ? UInt8(2) : 1) {
                body.opcode(.globalGet)
                body.index(UInt32(global))
                if globals[global] == .v128 {
                    body.opcode(.i64x2ExtractLane)
                    body.byte(lane)
                }
                mix(globals[global], into: &body)
            }
        }
        body.raw([0x20, 1, 0x0B])
        return body.bytes
    }

    /// hash = (hash rotated by 7) + the bits of the value on the stack, which is none of 128 bits.
    private func mix(_ type: ValueType, into body: inout ModuleEncoder) {
        switch type {
        case .i32: body.opcode(.i64ExtendI32U)
        case .f32:
            body.opcode(.i32ReinterpretF32)
            body.opcode(.i64ExtendI32U)
        case .f64: body.opcode(.i64ReinterpretF64)
        default: break
        }
        body.raw([0x20, 1, 0x42, 7, 0x89, 0x7C, 0x21, 1])
    }
}
