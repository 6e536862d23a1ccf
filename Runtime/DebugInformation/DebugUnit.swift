// A unit of `.debug_info` (DWARF 5, 7.5.1): its header, and what its first entry says about all of it.

/// A bound on the work of a look-up. One step is an entry, an attribute, a range, a line number operation or a declaration, or 16 bytes of one
/// that is longer.
struct StepBudget {
    private(set) var remaining: Int

    init(_ count: Int) { remaining = count }

    /// Whether there is nothing left.
    var isSpent: Bool { remaining <= 0 }

    /// Takes steps; false when there were none left.
    @discardableResult @inline(__always) mutating func take(_ count: Int = 1) -> Bool {
        remaining &-= count
        return remaining > 0
    }

    /// Takes what reading from `start` to where the reader is comes to; false when there was less left.
    @discardableResult @inline(__always) mutating func take(from start: Int, _ reader: borrowing SectionReader) -> Bool {
        take(1 &+ max(reader.position &- start, 0) &>> 4)
    }
}

/// A unit: where it lies, how wide its numbers are, and the attributes that others are relative to.
struct DebugUnit {
    /// Offsets in `.debug_info` of its header, of its first entry, and of the first byte behind it.
    let start: Int
    private(set) var entries = 0
    let end: Int
    let version: UInt16
    let offsetByteCount: Int
    private(set) var addressByteCount = 4
    /// Offset of its declarations in `.debug_abbrev`.
    private(set) var abbreviations = 0
    /// Whether it can have code.
    private(set) var hasCode = true

    // From the first entry.
    var lowAddress: UInt64 = 0
    var stringOffsetsBase: UInt64 = 8
    var addressBase: UInt64 = 8
    var rangeListsBase: UInt64 = 12
    /// Offset in `.debug_line`; nil when it has no lines.
    var lineProgram: UInt64?
    var directory = AttributeValue()
    var name = AttributeValue()

    /// The header at `position`. Nil, and `position` at the next one when there is one, else -1, when it is of no use.
    init?(_ sections: DebugSections, at position: inout Int) {
        start = position
        var reader = SectionReader(sections.info, at: position)
        position = -1
        guard !reader.isBroken, reader.remaining > 0 else { return nil }
        offsetByteCount = reader.unitLength()
        guard !reader.isBroken else { return nil }
        end = reader.end
        position = end
        version = reader.u16()
        guard version >= 2, version <= 5 else { return nil }
        if version == 5 {
            let kind = reader.u8()
            addressByteCount = Int(reader.u8())
            abbreviations = Int(clamping: reader.unsigned(byteCount: offsetByteCount))
            switch kind {
            case 1, 3: break
            // Skeleton and split units have a number of 8 bytes, type units a signature and an offset.
            case 4, 5: reader.skip(8)
            case 2, 6:
                reader.skip(8 + UInt64(offsetByteCount))
                hasCode = false
            default: return nil
            }
            if offsetByteCount == 8 {
                stringOffsetsBase = 16
                addressBase = 16
                rangeListsBase = 20
            }
        } else {
            abbreviations = Int(clamping: reader.unsigned(byteCount: offsetByteCount))
            addressByteCount = Int(reader.u8())
        }
        guard !reader.isBroken, addressByteCount == 4 || addressByteCount == 8 else { return nil }
        entries = reader.position
    }

    /// Takes what the first entry says.
    mutating func take(_ entry: DebugEntry, _ sections: DebugSections) {
        if entry.stringOffsetsBase.kind != .none { stringOffsetsBase = entry.stringOffsetsBase.number }
        if entry.addressBase.kind != .none { addressBase = entry.addressBase.number }
        if entry.rangeListsBase.kind != .none { rangeListsBase = entry.rangeListsBase.number }
        if entry.lineProgram.kind == .sectionOffset || entry.lineProgram.kind == .constant { lineProgram = entry.lineProgram.number }
        directory = entry.directory
        name = entry.name
        lowAddress = address(entry.low, sections) ?? 0
    }

    /// The address that an attribute says.
    func address(_ value: AttributeValue, _ sections: DebugSections) -> UInt64? {
        switch value.kind {
        case .address: return value.number
        case .addressIndex: return address(atIndex: value.number, sections)
        default: return nil
        }
    }

    /// An address of `.debug_addr`.
    func address(atIndex index: UInt64, _ sections: DebugSections) -> UInt64? {
        guard let offset = DebugUnit.place(of: index, stride: addressByteCount, from: addressBase) else { return nil }
        var reader = SectionReader(sections.addresses, at: offset)
        let address = reader.unsigned(byteCount: addressByteCount)
        return reader.isBroken ? nil : address
    }

    /// The string that an attribute read from `section` says.
    func string(_ value: AttributeValue, _ sections: DebugSections, from section: DebugSection) -> UnsafeRawBufferPointer? {
        switch value.kind {
        case .string: return SectionReader.string(in: sections.strings, at: value.number)
        case .lineString: return SectionReader.string(in: sections.lineStrings, at: value.number)
        case .inlineString: return SectionReader.string(in: section, at: value.number)
        case .stringIndex:
            guard let place = DebugUnit.place(of: value.number, stride: offsetByteCount, from: stringOffsetsBase) else { return nil }
            var reader = SectionReader(sections.stringOffsets, at: place)
            let offset = reader.unsigned(byteCount: offsetByteCount)
            return reader.isBroken ? nil : SectionReader.string(in: sections.strings, at: offset)
        default: return nil
        }
    }

    /// The offset of an item of a table; nil when no section is as long.
    static func place(of index: UInt64, stride: Int, from base: UInt64) -> UInt64? {
        guard index < 1 << 32, base < 1 << 40 else { return nil }
        return base &+ index &* UInt64(stride)
    }
}
