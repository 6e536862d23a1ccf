// Changes one number of a module to an extreme of its width (`FieldWidth`), and the sizes of what is around it with it: a larger number
// takes more bytes, and a module whose sizes are wrong is refused before anybody looks at the number.

import ModuleGeneration
import WasmModule

enum FieldMutator {
    private static let widths: [FieldWidth] = [.byte, .u32, .index, .u64, .s32, .s33, .s64]

    /// Replaces a number: an immediate of an instruction, or what stands anywhere. What is no module gets any number replaced.
    static func mutate(_ bytes: inout [UInt8], _ random: inout SeededNumbers) {
        let field = (Bool.random(using: &random) ? immediate(bytes, &random) : nil) ?? number(bytes, 8..<bytes.count, &random)
        let width = widths.randomElement(using: &random)!
        guard let encoding = width.encodings(Int64(bytes[field.lowerBound] & 0x7F)).randomElement(using: &random) else { return }
        bytes = replacing(field, in: bytes, by: encoding.bytes)
    }

    /// The number that a random byte of a stretch belongs to, if all of the stretch before it were numbers.
    private static func number(_ bytes: [UInt8], _ stretch: Range<Int>, _ random: inout SeededNumbers) -> Range<Int> {
        let position = Int.random(in: stretch, using: &random)
        var start = position
        while start > stretch.lowerBound, bytes[start - 1] & 0x80 != 0 { start -= 1 }
        var end = position + 1
        while end < stretch.upperBound, bytes[end - 1] & 0x80 != 0 { end += 1 }
        return start..<end
    }

    /// A number among the immediates of a random instruction; nil when the module has none, or is none.
    private static func immediate(_ bytes: [UInt8], _ random: inout SeededNumbers) -> Range<Int>? {
        let stretches = bytes.withUnsafeBytes { buffer -> [Range<Int>] in
            var found: [Range<Int>] = []
            do throws(WasmError) {
                let image = try ModuleImage.decode(buffer)
                guard let body = image.bodies.indices.randomElement(using: &random) else { return [] }
                var validator = FunctionValidator(image)
                var reader = try validator.begin(body: body)
                var instruction = Instruction()
                while reader.offset < image.bodies[body].end {
                    let start = reader.offset
                    try reader.next(&instruction)
                    var opcode = ModuleEncoder()
                    opcode.opcode(instruction.opcode)
                    if reader.offset > start + opcode.bytes.count { found.append(start + opcode.bytes.count..<reader.offset) }
                }
            } catch { return found }
            return found
        }
        return stretches.randomElement(using: &random).map { number(bytes, $0, &random) }
    }

    // MARK: Sizes

    /// The module with other bytes in a stretch, the size of the section and of the body around it made right.
    static func replacing(_ stretch: Range<Int>, in bytes: [UInt8], by replacement: [UInt8]) -> [UInt8] {
        guard let section = sized(around: stretch, in: bytes, from: 8, to: bytes.count, headByteCount: 1) else {
            return Array(bytes[..<stretch.lowerBound]) + replacement + bytes[stretch.upperBound...]
        }
        var contents: [UInt8]
        var count = section.contents.lowerBound
        _ = leb(bytes, &count)
        if bytes[section.size.lowerBound - 1] == SectionID.code.rawValue,
            let body = sized(around: stretch, in: bytes, from: count, to: section.contents.upperBound, headByteCount: 0)
        {
            let code =
                bytes[body.contents.lowerBound..<stretch.lowerBound] + replacement
                + bytes[stretch.upperBound..<body.contents.upperBound]
            contents = bytes[section.contents.lowerBound..<body.size.lowerBound] + size(code.count) + code
            contents += bytes[body.contents.upperBound..<section.contents.upperBound]
        } else {
            contents = bytes[section.contents.lowerBound..<stretch.lowerBound] + replacement
            contents += bytes[stretch.upperBound..<section.contents.upperBound]
        }
        return bytes[..<section.size.lowerBound] + size(contents.count) + contents + bytes[section.contents.upperBound...]
    }

    private static func size(_ count: Int) -> [UInt8] {
        var encoder = ModuleEncoder()
        encoder.count(count)
        return encoder.bytes
    }

    /// Reads a number; 0 and the end where there is none.
    private static func leb(_ bytes: [UInt8], _ position: inout Int) -> Int {
        var value = 0
        var shift = 0
        while position < bytes.count, shift < 35 {
            value |= Int(bytes[position] & 0x7F) << shift
            shift += 7
            position += 1
            if bytes[position - 1] & 0x80 == 0 { return value }
        }
        return 0
    }

    /// Of the things with a size in front (and `headByteCount` bytes before it) the one whose contents hold `stretch`.
    private static func sized(
        around stretch: Range<Int>, in bytes: [UInt8], from start: Int, to end: Int, headByteCount: Int
    ) -> (size: Range<Int>, contents: Range<Int>)? {
        var position = start
        while position < end {
            let sizeStart = position + headByteCount
            var contentsStart = sizeStart
            let count = leb(bytes, &contentsStart)
            let contentsEnd = contentsStart + count
            guard contentsEnd <= end, contentsEnd > position else { return nil }
            if stretch.lowerBound >= contentsStart, stretch.upperBound <= contentsEnd {
                return (sizeStart..<contentsStart, contentsStart..<contentsEnd)
            }
            position = contentsEnd
        }
        return nil
    }
}
