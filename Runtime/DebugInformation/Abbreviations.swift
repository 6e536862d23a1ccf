// The shapes of entries: abbreviation declarations (DWARF 5, 7.5.3), read where they lie, with a table of fixed size for the codes that
// compilers give out, 1 to 1024; others are looked for.
import Containers

/// The shape of an entry.
struct Abbreviation {
    /// Offset of the first pair of attribute and form in `.debug_abbrev`.
    var attributes: Int
    var tag: UInt16
    var hasChildren: Bool
    /// Bytes of an entry's attributes when all its forms have a fixed size; -1 otherwise.
    var byteCount: Int
}

/// The declarations of the unit at hand.
struct AbbreviationTable: ~Copyable {
    /// Codes that have a place in the table.
    static let capacity = 1024

    private struct Row {
        /// 0: not declared.
        var attributes: UInt32
        var tag: UInt16
        /// Bit 15: has children. The others: bytes of the attributes, 0x7fff when they vary.
        var shape: UInt16
    }

    private var rows: RigidArray<Row>
    /// Where the table's declarations begin in `.debug_abbrev`; -1 when it is empty.
    private var start = -1
    private var offsetByteCount = 0
    private var addressByteCount = 0

    /// An empty table; nil when memory is refused. It takes 8 KiB.
    init?() {
        guard let rows = RigidArray(repeating: Row(attributes: 0, tag: 0, shape: 0), count: AbbreviationTable.capacity + 1) else {
            return nil
        }
        self.rows = rows
    }

    /// Reads the declarations of a unit, unless they are those it has.
    mutating func load(_ unit: DebugUnit, _ sections: DebugSections, _ budget: inout StepBudget) {
        guard start != unit.abbreviations || offsetByteCount != unit.offsetByteCount || addressByteCount != unit.addressByteCount else {
            return
        }
        start = unit.abbreviations
        offsetByteCount = unit.offsetByteCount
        addressByteCount = unit.addressByteCount
        for index in 0..<rows.count { rows.base[index].attributes = 0 }
        budget.take(rows.count / 16)
        var reader = SectionReader(sections.abbreviations, at: start)
        while let (code, abbreviation) = AbbreviationTable.next(&reader, unit, &budget) {
            guard code <= UInt64(AbbreviationTable.capacity), rows.base[Int(code)].attributes == 0 else { continue }
            let isFixed = abbreviation.byteCount >= 0 && abbreviation.byteCount < 0x7fff
            rows.base[Int(code)] = Row(
                attributes: UInt32(truncatingIfNeeded: abbreviation.attributes), tag: abbreviation.tag,
                shape: (abbreviation.hasChildren ? 0x8000 : 0) | (isFixed ? UInt16(abbreviation.byteCount) : 0x7fff))
        }
        // Declarations that were not read are those of nobody.
        if budget.isSpent { start = -1 }
    }

    /// A code's declaration in the unit whose declarations were loaded last; nil when there is none.
    @inline(__always) func find(_ code: UInt64, _ unit: DebugUnit, _ sections: DebugSections, _ budget: inout StepBudget) -> Abbreviation? {
        guard code <= UInt64(AbbreviationTable.capacity) else { return AbbreviationTable.search(code, unit, sections, &budget) }
        let row = rows.base[Int(code)]
        guard row.attributes != 0 else { return nil }
        let count = row.shape & 0x7fff
        return Abbreviation(
            attributes: Int(row.attributes), tag: row.tag, hasChildren: row.shape & 0x8000 != 0,
            byteCount: count == 0x7fff ? -1 : Int(count))
    }

    /// A code's declaration, looked for from the first on.
    static func search(_ code: UInt64, _ unit: DebugUnit, _ sections: DebugSections, _ budget: inout StepBudget) -> Abbreviation? {
        var reader = SectionReader(sections.abbreviations, at: unit.abbreviations)
        while let (found, abbreviation) = next(&reader, unit, &budget) {
            if found == code { return abbreviation }
        }
        return nil
    }

    /// The next declaration; nil at the end of the unit's.
    private static func next(
        _ reader: inout SectionReader, _ unit: DebugUnit, _ budget: inout StepBudget
    ) -> (code: UInt64, abbreviation: Abbreviation)? {
        let start = reader.position
        let code = reader.uleb()
        guard code != 0, !reader.isBroken, budget.take(from: start, reader) else { return nil }
        let tag = reader.uleb()
        let hasChildren = reader.u8() != 0
        var abbreviation = Abbreviation(
            attributes: reader.position, tag: UInt16(clamping: tag), hasChildren: hasChildren, byteCount: 0)
        while true {
            let start = reader.position
            let attribute = reader.uleb()
            let form = reader.uleb()
            if form == AttributeForm.implicitConstant { _ = reader.sleb() }
            guard !reader.isBroken, budget.take(from: start, reader) else { return nil }
            if attribute == 0, form == 0 { return (code, abbreviation) }
            let count = AttributeForm.fixedByteCount(form, unit)
            abbreviation.byteCount = count < 0 || abbreviation.byteCount < 0 ? -1 : abbreviation.byteCount &+ count
        }
    }
}
