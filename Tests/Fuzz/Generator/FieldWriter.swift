// Writes a module field by field, one of them at an extreme: the smallest and largest numbers of its width, and encodings as long as the
// format allows or longer. Sizes around the field are right, so that nothing but the field is at fault. Specification 5.2.2, 5.4, 5.5.

import WasmModule

/// How a number is written, and what it is.
public enum FieldWidth: Sendable {
    /// One byte: a flag, a kind, a lane.
    case byte
    /// Unsigned LEB128: a count, a size, an alignment.
    case u32
    /// The same, naming an item of an index space: no module has 2^32 - 1 of anything.
    case index
    case u64
    /// Signed LEB128; `s33` for types, whose negative numbers are codes.
    case s32, s33, s64
}

/// One way to write a field.
public struct FieldEncoding: Sendable {
    public let bytes: [UInt8]
    /// For messages.
    public let name: String
    /// Whether no module with it can be valid.
    public let isNeverValid: Bool
}

extension FieldWidth {
    private var bitCount: Int {
        switch self {
        case .byte: 8
        case .u32, .index, .s32: 32
        case .s33: 33
        case .u64, .s64: 64
        }
    }

    private var isSigned: Bool { self == .s32 || self == .s33 || self == .s64 }

    /// The extreme values, and the neighbours of `usual`.
    private func extremes(_ usual: Int64) -> [Int64] {
        var values: [Int64] = [0, 1, usual &- 1, usual &+ 1]
        let ones = bitCount == 64 ? -1 : Int64(1) << Int64(bitCount) - 1
        if isSigned {
            let largest = Int64(bitPattern: UInt64.max >> UInt64(65 - bitCount))
            values += [-1, -2, largest, largest - 1, -largest - 1, -largest]
        } else {
            values += [ones, ones &- 1, Int64(1) << Int64(bitCount - 1), Int64(1) << Int64(bitCount - 1) &- 1]
        }
        var seen: Set<Int64> = []
        return values.filter { (isSigned || bitCount == 64 || $0 >= 0) && seen.insert($0).inserted }
    }

    /// The number in `count` bytes of LEB128, or in as few as it needs.
    private func leb(_ value: Int64, byteCount: Int?) -> [UInt8] {
        var encoder = ModuleEncoder()
        if isSigned { encoder.signed(value) } else { encoder.unsigned(UInt64(bitPattern: value)) }
        var bytes = encoder.bytes
        guard let byteCount, byteCount > bytes.count else { return bytes }
        let filler: UInt8 = isSigned && value < 0 ? 0x7F : 0
        while bytes.count < byteCount {
            bytes[bytes.count - 1] |= 0x80
            bytes.append(filler)
        }
        return bytes
    }

    /// The field as it usually is.
    func usual(_ value: Int64) -> [UInt8] { self == .byte ? [UInt8(truncatingIfNeeded: value)] : leb(value, byteCount: nil) }

    /// The field in all the ways that are tried.
    public func encodings(_ usual: Int64) -> [FieldEncoding] {
        if self == .byte {
            return ([0, 1, 2, 0x3F, 0x40, 0x7E, 0x7F, 0x80, 0xFE, 0xFF] as [UInt8]).map {
                FieldEncoding(bytes: [$0], name: "byte \($0)", isNeverValid: false)
            }
        }
        let longest = (bitCount + 6) / 7
        var all: [FieldEncoding] = []
        for value in extremes(usual) + [usual] {
            let isBeyond = self == .index && value >= 0xFFFF_FFFE
            all.append(FieldEncoding(bytes: leb(value, byteCount: nil), name: "\(value)", isNeverValid: isBeyond))
            all.append(FieldEncoding(bytes: leb(value, byteCount: longest), name: "\(value) padded", isNeverValid: isBeyond))
            all.append(FieldEncoding(bytes: leb(value, byteCount: longest + 1), name: "\(value) too long", isNeverValid: true))
        }
        // A bit in the last byte that the width has no place for.
        var stray = leb(usual, byteCount: longest)
        stray[longest - 1] ^= 0x40
        all.append(FieldEncoding(bytes: stray, name: "stray bit", isNeverValid: true))
        return all
    }
}

/// Writes fields in order and counts them; the one numbered `target` is replaced.
struct FieldWriter {
    private(set) var bytes: [UInt8] = []
    /// Every field so far: its width and usual value.
    private(set) var fields: [(width: FieldWidth, usual: Int64)] = []
    private let target: Int
    private let replacement: [UInt8]

    /// A writer that replaces nothing.
    init() {
        target = -1
        replacement = []
    }

    init(replacing target: Int, by replacement: [UInt8]) {
        self.target = target
        self.replacement = replacement
    }

    mutating func raw(_ contents: [UInt8]) { bytes += contents }

    mutating func field(_ width: FieldWidth, _ usual: Int64) {
        bytes += fields.count == target ? replacement : width.usual(usual)
        fields.append((width, usual))
    }

    mutating func byte(_ value: UInt8) { field(.byte, Int64(value)) }
    mutating func count(_ value: Int) { field(.u32, Int64(value)) }
    mutating func index(_ value: Int) { field(.index, Int64(value)) }

    /// What `contents` writes, with its byte count, a field too, in front.
    mutating func sized(_ contents: (inout FieldWriter) -> Void) {
        let number = fields.count
        fields.append((.u32, 0))
        let start = bytes.count
        contents(&self)
        let byteCount = Int64(bytes.count - start)
        fields[number].usual = byteCount
        bytes.insert(contentsOf: number == target ? replacement : FieldWidth.u32.usual(byteCount), at: start)
    }

    mutating func section(_ id: SectionID, _ contents: (inout FieldWriter) -> Void) {
        bytes.append(id.rawValue)
        sized(contents)
    }

    mutating func name(_ text: String) {
        count(text.utf8.count)
        raw(Array(text.utf8))
    }

    mutating func opcode(_ opcode: Opcode) {
        var encoder = ModuleEncoder()
        encoder.opcode(opcode)
        raw(encoder.bytes)
    }
}
