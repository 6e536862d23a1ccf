// A program's debugging information, written by hand: one unit, a function `outer` at 0x10..<0x50, in which `middle` is inlined at
// 0x20..<0x40, in which `inner` is inlined at 0x28..<0x30; and a function without lines at 0x60..<0x70.

import DebugInformation

/// Bytes of a debug section.
struct SectionBytes {
    var bytes: [UInt8] = []

    mutating func u8(_ value: Int) { bytes.append(UInt8(truncatingIfNeeded: value)) }
    mutating func u16(_ value: Int) { for shift in [0, 8] { u8(value >> shift) } }
    mutating func u32(_ value: Int) { for shift in [0, 8, 16, 24] { u8(value >> shift) } }
    mutating func u64(_ value: Int) {
        u32(value)
        u32(value >> 32)
    }
    mutating func offset(_ value: Int, _ width: Int) { width == 8 ? u64(value) : u32(value) }
    mutating func uleb(_ value: Int) {
        var rest = value
        while rest > 0x7f {
            u8(rest & 0x7f | 0x80)
            rest >>= 7
        }
        u8(rest)
    }
    mutating func sleb(_ value: Int) {
        var rest = value
        while rest > 63 || rest < -64 {
            u8(rest & 0x7f | 0x80)
            rest >>= 7
        }
        u8(rest & 0x7f)
    }
    mutating func string(_ text: String) {
        bytes += Array(text.utf8)
        u8(0)
    }
    /// Appends a unit: its length, then what `body` writes.
    mutating func unit(width: Int, _ body: (inout SectionBytes) -> Void) {
        var contents = SectionBytes()
        body(&contents)
        if width == 8 { u32(-1) }
        offset(contents.bytes.count, width)
        bytes += contents.bytes
    }
}

/// What a test may want otherwise.
struct TestProgram {
    var version = 5
    /// Bytes of an offset: 4, or 8 for 64-bit DWARF.
    var width = 4
    var addressWidth = 4
    /// Whether strings, addresses and ranges are reached through indices (version 5).
    var isIndexed = false
    /// Names of files and directories are strings in the line table.
    var lineRange = 14
    var minimumStep = 1
    var opcodeBase = 13
    /// What `middle` refers to as its origin; nil: the entry it should.
    var originOfMiddle: Int?

    private(set) var sections: [String: [UInt8]] = [:]

    static let names = ["middle", "inner", "_ZN5shape5outerEv"]

    init(_ change: (inout TestProgram) -> Void = { _ in }) {
        change(&self)
        writeStrings()
        writeAbbreviations()
        writeInfo()
        writeLines()
    }

    private mutating func writeStrings() {
        var strings = SectionBytes()
        strings.string("")
        var offsets: [Int] = []
        for name in TestProgram.names {
            offsets.append(strings.bytes.count)
            strings.string(name)
        }
        sections["str"] = strings.bytes
        guard isIndexed else { return }
        var table = SectionBytes()
        table.unit(width: width) { table in
            table.u16(5)
            table.u16(0)
            for offset in offsets { table.offset(offset, width) }
        }
        sections["str_offsets"] = table.bytes
        var addresses = SectionBytes()
        let addressWidth = addressWidth
        addresses.unit(width: width) { addresses in
            addresses.u16(5)
            addresses.u8(addressWidth)
            addresses.u8(0)
            for address in [0x10, 0x20, 0x28, 0x60] { addresses.offset(address, addressWidth) }
        }
        sections["addr"] = addresses.bytes
        var ranges = SectionBytes()
        ranges.unit(width: width) { ranges in
            ranges.u16(5)
            ranges.u8(addressWidth)
            ranges.u8(0)
            ranges.u32(1)
            // The one list begins behind its own offset.
            ranges.offset(width, width)
            ranges.u8(1)
            ranges.uleb(0)
            ranges.u8(4)
            ranges.uleb(0)
            ranges.uleb(0x40)
            ranges.u8(3)
            ranges.uleb(3)
            ranges.uleb(0x10)
            ranges.u8(0)
        }
        sections["rnglists"] = ranges.bytes
    }

    /// The form of a reference to `.debug_str`, of an address, of a size.
    private var stringForm: Int { isIndexed ? 0x25 : 0x0e }
    private var addressForm: Int { isIndexed ? 0x1b : 0x01 }

    private mutating func writeAbbreviations() {
        var bytes = SectionBytes()
        func declaration(_ code: Int, _ tag: Int, _ hasChildren: Bool, _ attributes: [(Int, Int)]) {
            bytes.uleb(code)
            bytes.uleb(tag)
            bytes.u8(hasChildren ? 1 : 0)
            for (attribute, form) in attributes {
                bytes.uleb(attribute)
                bytes.uleb(form)
            }
            bytes.u16(0)
        }
        let bounds = [(0x11, addressForm), (0x12, 0x06)]
        var unit = [(0x03, 0x08), (0x1b, 0x08), (0x10, version < 4 ? (width == 8 ? 0x07 : 0x06) : 0x17)]
        unit += isIndexed ? [(0x72, 0x17), (0x73, 0x17), (0x74, 0x17), (0x55, 0x23)] : bounds
        declaration(1, 0x11, true, unit)
        declaration(2, 0x2e, false, [(0x03, stringForm)])
        declaration(3, 0x2e, true, [(0x6e, stringForm)] + bounds)
        declaration(4, 0x1d, true, [(0x31, 0x13)] + bounds + [(0x58, 0x0b), (0x59, 0x06), (0x57, 0x0b)])
        declaration(5, 0x0b, true, bounds)
        declaration(6, 0x2e, false, [(0x47, 0x15)] + bounds)
        declaration(7, 0x34, false, [(0x02, 0x18), (0x49, 0x13)])
        bytes.u8(0)
        sections["abbrev"] = bytes.bytes
    }

    private mutating func writeInfo() {
        var bytes = SectionBytes()
        let program = self
        let headerByteCount = program.width == 8 ? 12 : 4
        bytes.unit(width: width) { bytes in
            bytes.u16(program.version)
            if program.version == 5 {
                bytes.u8(1)
                bytes.u8(program.addressWidth)
                bytes.offset(0, program.width)
            } else {
                bytes.offset(0, program.width)
                bytes.u8(program.addressWidth)
            }
            func here() -> Int { bytes.bytes.count + headerByteCount }
            func string(_ index: Int) {
                guard !program.isIndexed else { return bytes.u8(index) }
                var offset = 1
                for name in TestProgram.names.prefix(index) { offset += name.utf8.count + 1 }
                bytes.offset(offset, program.width)
            }
            func bounds(_ index: Int, _ address: Int, _ size: Int) {
                if program.isIndexed { bytes.uleb(index) } else { bytes.offset(address, program.addressWidth) }
                bytes.u32(size)
            }
            bytes.u8(1)
            bytes.string("test.c")
            bytes.string("/home/test")
            bytes.offset(0, program.width)
            if program.isIndexed {
                bytes.offset(program.width == 8 ? 16 : 8, program.width)
                bytes.offset(program.width == 8 ? 16 : 8, program.width)
                bytes.offset(program.width == 8 ? 20 : 12, program.width)
                bytes.uleb(0)
            } else {
                bounds(0, 0x10, 0x60)
            }
            let middle = here()
            bytes.u8(2)
            string(0)
            let inner = here()
            bytes.u8(2)
            string(1)
            bytes.u8(3)
            string(2)
            bounds(0, 0x10, 0x40)
            // A variable, which is skipped.
            bytes.u8(7)
            bytes.uleb(2)
            bytes.u16(0x1234)
            bytes.u32(middle)
            bytes.u8(5)
            bounds(0, 0x10, 0x40)
            bytes.u8(4)
            bytes.u32(program.originOfMiddle ?? middle)
            bounds(1, 0x20, 0x20)
            bytes.u8(1)
            bytes.u32(30)
            bytes.u8(3)
            bytes.u8(4)
            bytes.u32(inner)
            bounds(2, 0x28, 0x08)
            bytes.u8(2)
            bytes.u32(20)
            bytes.u8(4)
            for _ in 0..<4 { bytes.u8(0) }
            // Without lines, and its name through another entry.
            bytes.u8(6)
            bytes.uleb(inner)
            bounds(3, 0x60, 0x10)
            bytes.u8(0)
        }
        sections["info"] = bytes.bytes
    }

    private mutating func writeLines() {
        var bytes = SectionBytes()
        let program = self
        bytes.unit(width: width) { bytes in
            bytes.u16(program.version)
            if program.version == 5 {
                bytes.u8(program.addressWidth)
                bytes.u8(0)
            }
            var header = SectionBytes()
            header.u8(program.minimumStep)
            if program.version >= 4 { header.u8(1) }
            header.u8(1)
            header.u8(-5)
            header.u8(program.lineRange)
            header.u8(program.opcodeBase)
            for count in [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1] { header.u8(count) }
            if program.version == 5 {
                header.u8(1)
                header.uleb(1)
                header.uleb(0x08)
                header.uleb(2)
                header.string("/home/test")
                header.string("include")
                header.u8(2)
                header.uleb(1)
                header.uleb(0x08)
                header.uleb(2)
                header.uleb(0x0b)
                header.uleb(3)
                for (name, directory) in [("test.c", 0), ("test.c", 0), ("inner.h", 1)] {
                    header.string(name)
                    header.u8(directory)
                }
            } else {
                header.string("include")
                header.u8(0)
                for (name, directory) in [("test.c", 0), ("inner.h", 1)] {
                    header.string(name)
                    for value in [directory, 0, 0] { header.uleb(value) }
                }
                header.u8(0)
            }
            bytes.offset(header.bytes.count, program.width)
            bytes.bytes += header.bytes
            func setAddress(_ address: Int) {
                bytes.u8(0)
                bytes.uleb(program.addressWidth + 1)
                bytes.u8(2)
                bytes.offset(address, program.addressWidth)
            }
            func row(file: Int, line: Int, column: Int) {
                bytes.u8(4)
                bytes.uleb(file)
                bytes.u8(3)
                bytes.sleb(line)
                bytes.u8(5)
                bytes.uleb(column)
                bytes.u8(1)
            }
            // Code that the linker left out, over the same addresses.
            setAddress(0)
            row(file: 1, line: 98, column: 1)
            bytes.u8(2)
            bytes.uleb(0x80)
            for value in [0, 1, 1] { bytes.u8(value) }
            setAddress(0x10)
            row(file: 1, line: 9, column: 2)
            setAddress(0x20)
            row(file: 1, line: 9, column: 5)
            bytes.u8(2)
            bytes.uleb(8 / max(program.minimumStep, 1))
            row(file: 2, line: -15, column: 7)
            // 8 bytes and 5 lines on in one operation.
            bytes.u8(8 * 14 + 10 + 13)
            bytes.u8(9)
            bytes.u16(0x20)
            for value in [0, 1, 1] { bytes.u8(value) }
        }
        sections["line"] = bytes.bytes
    }

    // MARK: Looking up

    /// What is found at an address, a line a function: `name path:line:column`; and the steps it took, of how many.
    static func look(_ sections: [String: [UInt8]], _ addresses: [UInt64]) -> (lines: [[String]], steps: Int, limit: Int)? {
        // A copy that ends where memory ends for us: reads beyond are found by sanitizers and, mostly, by crashes.
        var copies: [String: UnsafeMutableRawBufferPointer] = [:]
        for (name, bytes) in sections {
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            copy.copyBytes(from: bytes)
            copies[name] = copy
        }
        defer { for copy in copies.values { copy.deallocate() } }
        let all = DebugSections { name in UnsafeRawBufferPointer(copies["\(name)"] ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)) }
        guard var finder = SourceFinder(all, capacity: addresses.count) else { return nil }
        for address in addresses { _ = finder.add(address) }
        finder.locate()
        var lines: [[String]] = []
        for number in addresses.indices {
            var found: [String] = []
            _ = finder.forEachFrame(number) { frame in
                var path: [UInt8] = []
                frame.path?.write { path.append($0) }
                let name = frame.name.map { String(decoding: $0, as: UTF8.self) } ?? "?"
                found.append("\(name) \(String(decoding: path, as: UTF8.self)):\(frame.line):\(frame.column)")
            }
            lines.append(found)
        }
        return (lines, finder.stepCount, finder.stepLimit)
    }

    func look(_ address: UInt64) -> [String]? { TestProgram.look(sections, [address])?.lines[0] }
}
