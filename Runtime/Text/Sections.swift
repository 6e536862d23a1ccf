// The binary sections as they are filled, and the few encodings they are made of. Owns the section buffers.
// Spec: WebAssembly core, 5.2 (values) and 5.5 (modules).

/// The sections of the binary format in the order they are written.
enum SectionKind: Int, CaseIterable {
    case type, `import`, function, table, memory, tag, global, export, start, element, dataCount, code, data

    /// The section's id byte.
    var id: UInt8 {
        switch self {
        case .type: return 1
        case .import: return 2
        case .function: return 3
        case .table: return 4
        case .memory: return 5
        case .tag: return 13
        case .global: return 6
        case .export: return 7
        case .start: return 8
        case .element: return 9
        case .dataCount: return 12
        case .code: return 10
        case .data: return 11
        }
    }
}

/// A section's items so far.
struct SectionBuffer {
    var bytes: [UInt8] = []
    var itemCount: UInt32 = 0
}

/// A custom section and where it stands: before (even) or after (odd) a section, in the order of the text.
struct CustomSection {
    var name: [UInt8]
    var content: [UInt8]
    /// Twice the `SectionKind`, plus one for after; -1 for before all, `Int.max` for after all.
    var place: Int
}

/// One buffer a section.
struct SectionBuffers {
    private var buffers = [SectionBuffer](repeating: SectionBuffer(), count: SectionKind.allCases.count)
    var customs: [CustomSection] = []

    subscript(kind: SectionKind) -> SectionBuffer {
        @inline(__always) _read { yield buffers[kind.rawValue] }
        @inline(__always) _modify { yield &buffers[kind.rawValue] }
    }
}

extension [UInt8] {
    /// Appends an unsigned number in LEB128.
    @inline(__always)
    mutating func appendUnsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends an unsigned number in LEB128.
    @inline(__always)
    mutating func appendUnsigned(_ value: UInt32) { appendUnsigned(UInt64(value)) }

    /// Appends a signed number in LEB128.
    mutating func appendSigned(_ value: Int64) {
        var rest = value
        while true {
            let byte = UInt8(truncatingIfNeeded: rest) & 0x7f
            rest >>= 7
            if (rest == 0 && byte & 0x40 == 0) || (rest == -1 && byte & 0x40 != 0) {
                append(byte)
                return
            }
            append(byte | 0x80)
        }
    }

    /// Appends the low `byteCount` bytes of a number, the lowest first.
    mutating func appendLittleEndian(_ value: UInt64, _ byteCount: Int) {
        for index in 0..<byteCount { append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }

    /// Appends bytes with their count before them.
    mutating func appendCounted(_ bytes: [UInt8]) {
        appendUnsigned(UInt64(bytes.count))
        append(contentsOf: bytes)
    }
}

extension Assembler {
    /// The whole binary.
    mutating func moduleBytes() -> [UInt8] {
        finishStart()
        finishDataCount()
        finishBranchHints()
        var output: [UInt8] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
        appendCustoms(at: -1, to: &output)
        for kind in SectionKind.allCases {
            appendCustoms(at: kind.rawValue * 2, to: &output)
            if sections[kind].itemCount > 0 { appendSection(kind, to: &output) }
            appendCustoms(at: kind.rawValue * 2 + 1, to: &output)
        }
        appendCustoms(at: .max, to: &output)
        let nameContent = names.content(moduleName: moduleName, symbols: symbols)
        if !nameContent.isEmpty {
            append(CustomSection(name: Array("name".utf8), content: nameContent, place: 0), to: &output)
        }
        return output
    }

    private func appendSection(_ kind: SectionKind, to output: inout [UInt8]) {
        output.append(kind.id)
        let isVector = kind != .start && kind != .dataCount
        var head: [UInt8] = []
        if isVector { head.appendUnsigned(sections[kind].itemCount) }
        output.appendUnsigned(UInt64(head.count + sections[kind].bytes.count))
        output.append(contentsOf: head)
        output.append(contentsOf: sections[kind].bytes)
    }

    private func appendCustoms(at place: Int, to output: inout [UInt8]) {
        for custom in sections.customs where custom.place == place { append(custom, to: &output) }
    }

    private func append(_ custom: CustomSection, to output: inout [UInt8]) {
        var name: [UInt8] = []
        name.appendCounted(custom.name)
        output.append(0)
        output.appendUnsigned(UInt64(name.count + custom.content.count))
        output.append(contentsOf: name)
        output.append(contentsOf: custom.content)
    }

    /// `start`'s section holds an index alone, `dataCount`'s a count alone: they are marked present by an item count of one.
    private mutating func finishStart() {
        if hasStart { sections[.start].itemCount = 1 }
    }

    private mutating func finishDataCount() {
        guard needsDataCount else { return }
        sections[.dataCount].itemCount = 1
        sections[.dataCount].bytes.appendUnsigned(sections[.data].itemCount)
    }
}
