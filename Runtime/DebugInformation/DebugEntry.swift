// An entry of `.debug_info` (DWARF 5, 2.1): the attributes that say where code comes from, as they lie there.

/// Kinds of entries that have code.
enum EntryTag {
    static let inlinedSubroutine: UInt16 = 0x1d
    static let subprogram: UInt16 = 0x2e
}

/// What is read of an entry. Values are as they lie there: what they point to is looked at by who asks.
struct DebugEntry {
    var name = AttributeValue()
    var linkageName = AttributeValue()
    /// The entry it is an instance of, or completes.
    var origin = AttributeValue()
    var low = AttributeValue()
    var high = AttributeValue()
    var ranges = AttributeValue()
    var callFile = AttributeValue()
    var callLine = AttributeValue()
    var callColumn = AttributeValue()
    // Of a unit's first entry.
    var lineProgram = AttributeValue()
    var directory = AttributeValue()
    var stringOffsetsBase = AttributeValue()
    var addressBase = AttributeValue()
    var rangeListsBase = AttributeValue()

    /// Reads the attributes of an entry whose code was read; the reader is behind them.
    init(
        _ reader: inout SectionReader, _ abbreviation: Abbreviation, _ unit: DebugUnit, _ sections: DebugSections,
        _ budget: inout StepBudget
    ) {
        var shape = SectionReader(sections.abbreviations, at: abbreviation.attributes)
        while true {
            let start = reader.position
            let shapeStart = shape.position
            let attribute = shape.uleb()
            let form = shape.uleb()
            let implicit = form == AttributeForm.implicitConstant ? shape.sleb() : 0
            guard !shape.isBroken, budget.take((shape.position &- shapeStart) &>> 4) else {
                reader.fail()
                return
            }
            if attribute == 0, form == 0 { return }
            let value = AttributeForm.read(form, &reader, unit, implicit: implicit)
            guard !reader.isBroken, budget.take(from: start, reader) else {
                reader.fail()
                return
            }
            switch attribute {
            case 0x03: name = value
            case 0x6e, 0x2007: linkageName = value
            case 0x31, 0x47: origin = value
            case 0x11: low = value
            case 0x12: high = value
            case 0x55: ranges = value
            case 0x57: callColumn = value
            case 0x58: callFile = value
            case 0x59: callLine = value
            case 0x10: lineProgram = value
            case 0x1b: directory = value
            case 0x72: stringOffsetsBase = value
            case 0x73, 0x2133: addressBase = value
            case 0x74: rangeListsBase = value
            default: break
            }
        }
    }

    /// Goes behind the attributes of an entry whose code was read.
    static func skip(
        _ reader: inout SectionReader, _ abbreviation: Abbreviation, _ unit: DebugUnit, _ sections: DebugSections,
        _ budget: inout StepBudget
    ) {
        if abbreviation.byteCount >= 0 { return reader.skip(UInt64(abbreviation.byteCount)) }
        var shape = SectionReader(sections.abbreviations, at: abbreviation.attributes)
        while true {
            let start = reader.position
            let shapeStart = shape.position
            let attribute = shape.uleb()
            let form = shape.uleb()
            if form == AttributeForm.implicitConstant { _ = shape.sleb() }
            guard !shape.isBroken, budget.take((shape.position &- shapeStart) &>> 4) else { return reader.fail() }
            if attribute == 0, form == 0 { return }
            let count = AttributeForm.fixedByteCount(form, unit)
            if count >= 0 { reader.skip(UInt64(count)) } else { _ = AttributeForm.read(form, &reader, unit, implicit: 0) }
            guard !reader.isBroken, budget.take(from: start, reader) else { return reader.fail() }
        }
    }

    /// Hands each stretch of addresses of the entry to `body`, until that answers false. A stretch that begins at 0 is code that the linker
    /// left out: no function of a module begins where the number of functions stands.
    func forEachRange(_ unit: DebugUnit, _ sections: DebugSections, _ budget: inout StepBudget, _ body: (UInt64, UInt64) -> Bool) {
        if ranges.kind != .none {
            return RangeList.forEach(ranges, unit, sections, &budget) { low, high in low == 0 || body(low, high) }
        }
        guard let first = unit.address(low, sections), first != 0 else { return }
        switch high.kind {
        case .constant: _ = body(first, first &+ high.number)
        case .address, .addressIndex:
            if let last = unit.address(high, sections) { _ = body(first, last) }
        // A size of 8 bytes is a constant before version 4 too.
        case .sectionOffset: _ = body(first, first &+ high.number)
        default: break
        }
    }

    /// Whether it says at all where its code lies.
    var hasRanges: Bool { ranges.kind != .none || low.kind != .none && high.kind != .none }
}
