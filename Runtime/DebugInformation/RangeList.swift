// Lists of address ranges: `.debug_ranges` up to version 4 (DWARF 4, 2.17.3), `.debug_rnglists` from 5 on (DWARF 5, 2.17.3).

enum RangeList {
    /// Hands each range of a list to `body`, first address and the one behind the last, until that answers false.
    static func forEach(
        _ list: AttributeValue, _ unit: DebugUnit, _ sections: DebugSections, _ budget: inout StepBudget, _ body: (UInt64, UInt64) -> Bool
    ) {
        guard unit.version >= 5 else {
            if list.kind == .sectionOffset || list.kind == .constant { old(list.number, unit, sections, &budget, body) }
            return
        }
        var offset = list.number
        if list.kind == .rangeListIndex {
            guard let place = DebugUnit.place(of: offset, stride: unit.offsetByteCount, from: unit.rangeListsBase) else { return }
            var reader = SectionReader(sections.rangeLists, at: place)
            offset = unit.rangeListsBase &+ reader.unsigned(byteCount: unit.offsetByteCount)
            if reader.isBroken { return }
        } else if list.kind != .sectionOffset {
            return
        }
        new(offset, unit, sections, &budget, body)
    }

    private static func old(
        _ offset: UInt64, _ unit: DebugUnit, _ sections: DebugSections, _ budget: inout StepBudget, _ body: (UInt64, UInt64) -> Bool
    ) {
        var reader = SectionReader(sections.ranges, at: offset)
        let largest = unit.addressByteCount == 8 ? UInt64.max : UInt64(UInt32.max)
        var base = unit.lowAddress
        while budget.take() {
            let low = reader.unsigned(byteCount: unit.addressByteCount)
            let high = reader.unsigned(byteCount: unit.addressByteCount)
            if reader.isBroken || low == 0 && high == 0 { return }
            if low == largest {
                base = high
                // One less than the largest marks what the linker left out.
            } else if low != largest &- 1, !body(base &+ low, base &+ high) {
                return
            }
        }
    }

    private static func new(
        _ offset: UInt64, _ unit: DebugUnit, _ sections: DebugSections, _ budget: inout StepBudget, _ body: (UInt64, UInt64) -> Bool
    ) {
        var reader = SectionReader(sections.rangeLists, at: offset)
        var base = unit.lowAddress
        var start = reader.position
        while budget.take(from: start, reader) {
            start = reader.position
            let kind = reader.u8()
            var low: UInt64 = 0
            var high: UInt64 = 0
            var isRange = true
            switch kind {
            case 0: return
            case 1:
                base = unit.address(atIndex: reader.uleb(), sections) ?? 0
                isRange = false
            case 2:
                low = unit.address(atIndex: reader.uleb(), sections) ?? 0
                high = unit.address(atIndex: reader.uleb(), sections) ?? 0
            case 3:
                low = unit.address(atIndex: reader.uleb(), sections) ?? 0
                high = low &+ reader.uleb()
            case 4:
                low = base &+ reader.uleb()
                high = base &+ reader.uleb()
            case 5:
                base = reader.unsigned(byteCount: unit.addressByteCount)
                isRange = false
            case 6:
                low = reader.unsigned(byteCount: unit.addressByteCount)
                high = reader.unsigned(byteCount: unit.addressByteCount)
            case 7:
                low = reader.unsigned(byteCount: unit.addressByteCount)
                high = low &+ reader.uleb()
            default: return
            }
            if reader.isBroken { return }
            if isRange, !body(low, high) { return }
        }
    }
}
