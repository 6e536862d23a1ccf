// SourceFinder: from offsets in the code section to files, lines, columns and inlined functions. It walks the sections where they lie, keeps
// no index, and gives up when its steps are used up. Owns two tables of fixed size and its probes.
import Containers
import WasmModule

/// A function at an address: the one whose code it is, or one that was inlined there.
public struct SourceFrame {
    /// The name as the linker knows it, else as the source has it; nil when there is none.
    public var name: UnsafeRawBufferPointer?
    /// The source file; nil when it is unknown.
    public var path: SourcePath?
    /// The line, from 1 on; 0 when it is unknown.
    public var line: UInt64
    /// The column, from 1 on; 0: the line as a whole.
    public var column: UInt64
}

/// Looks for the source of addresses, at most as many as it has room for.
public struct SourceFinder: ~Copyable {
    /// Most functions inlined into each other at one address; what is further inside is left out.
    static let inlineDepthLimit = 64
    /// Most entries that a name is looked for in: one that refers to another is an instance of it, or completes it.
    static let originLimit = 16
    /// Most steps, however large the sections are.
    private static let largestStepLimit = 1 << 28

    /// Most steps for so many addresses: an honest module's bytes are walked by the search in fewer steps than bytes, and a function's, which
    /// may be most of them, once more for each address.
    private static func stepLimit(_ sections: DebugSections, capacity: Int) -> Int {
        let count = max(1, min(capacity, 1000))
        return min(largestStepLimit, 65536 * (1 + count) + min(sections.walkedByteCount, largestStepLimit) * (4 + count))
    }

    private let sections: DebugSections
    private var abbreviations: AbbreviationTable
    private var chain: RigidArray<Int>
    private var probes: RigidArray<SourceProbe>
    private var budget: StepBudget
    /// Most steps that all look-ups together take, but for some tens at the end.
    public let stepLimit: Int

    /// A finder with room for `capacity` addresses. Nil when there is no debugging information or memory is refused. It takes 9 KiB and 64
    /// bytes an address.
    public init?(_ sections: DebugSections, capacity: Int) {
        guard !sections.isEmpty, let abbreviations = AbbreviationTable(),
            let chain = RigidArray<Int>(capacity: SourceFinder.inlineDepthLimit),
            let probes = RigidArray<SourceProbe>(capacity: capacity)
        else { return nil }
        self.sections = sections
        self.abbreviations = abbreviations
        self.chain = chain
        self.probes = probes
        stepLimit = SourceFinder.stepLimit(sections, capacity: capacity)
        budget = StepBudget(stepLimit)
    }

    /// How many steps were taken.
    public var stepCount: Int { stepLimit - budget.remaining }

    /// Adds an address, an offset in the code section's contents; answers its number, nil when there is no room.
    public mutating func add(_ address: UInt64) -> Int? {
        probes.append(SourceProbe(address: address)) ? probes.count - 1 : nil
    }

    private var list: ProbeList { ProbeList(base: probes.base, count: probes.count) }

    /// Looks for all addresses that were added. Each section's bytes are walked once; beside a step stands a comparison with each
    /// address.
    public mutating func locate() {
        var position = 0
        while position >= 0, position < sections.info.count, list.withoutUnit > 0, budget.take() {
            guard let unit = readUnit(&position), unit.hasCode else { continue }
            locate(in: unit)
        }
    }

    /// The unit at `position`, which becomes that of the next, with what its first entry says; nil when it is of no use.
    private mutating func readUnit(_ position: inout Int) -> DebugUnit? {
        guard var unit = DebugUnit(sections, at: &position), let (entry, _) = entry(at: unit.entries, unit) else { return nil }
        unit.take(entry, sections)
        return unit
    }

    /// An entry anywhere; nil when it is none.
    private mutating func entry(at offset: Int, _ unit: DebugUnit) -> (DebugEntry, Abbreviation)? {
        var reader = SectionReader(sections.info, at: offset, end: unit.end)
        let code = reader.uleb()
        budget.take(from: offset, reader)
        guard code != 0, !reader.isBroken, let abbreviation = AbbreviationTable.search(code, unit, sections, &budget) else { return nil }
        let entry = DebugEntry(&reader, abbreviation, unit, sections, &budget)
        return reader.isBroken ? nil : (entry, abbreviation)
    }

    /// Looks for what lies in a unit: functions, then lines.
    private mutating func locate(in unit: DebugUnit) {
        guard let (root, _) = entry(at: unit.entries, unit) else { return }
        let list = list
        if root.hasRanges {
            var isAny = false
            root.forEachRange(unit, sections, &budget) { low, high in
                if list.takeUnit(unit.start, low, high) { isAny = true }
                return true
            }
            guard isAny else { return }
        }
        abbreviations.load(unit, sections, &budget)
        var reader = SectionReader(sections.info, at: unit.entries, end: unit.end)
        while !reader.isAtEnd, budget.take() {
            let offset = reader.position
            let code = reader.uleb()
            if code == 0 { continue }
            guard let abbreviation = abbreviations.find(code, unit, sections, &budget) else { break }
            guard abbreviation.tag == EntryTag.subprogram else {
                DebugEntry.skip(&reader, abbreviation, unit, sections, &budget)
                continue
            }
            let function = DebugEntry(&reader, abbreviation, unit, sections, &budget)
            function.forEachRange(unit, sections, &budget) { low, high in
                list.takeFunction(offset, of: unit.start, low, high)
                return true
            }
            if root.hasRanges, list.withoutFunction(ofUnit: unit.start) == 0 { break }
        }
        LineProgram(unit, sections)?.run(sections, &budget, list)
    }

    /// Hands the functions at an address to `body`, the innermost first; answers whether there is any. After `locate`.
    public mutating func forEachFrame(_ number: Int, _ body: (SourceFrame) -> Void) -> Bool {
        guard number >= 0, number < probes.count else { return false }
        let probe = probes.base[number]
        var position = probe.unit
        guard position >= 0, let unit = readUnit(&position) else { return false }
        let program = LineProgram(unit, sections)
        var frame = SourceFrame(line: 0, column: 0)
        if let row = probe.row {
            frame.path = program?.path(row.file, unit, sections, &budget)
            frame.line = row.line & 0xffff_ffff
            frame.column = row.line == 0 ? 0 : row.column
        }
        guard probe.function >= 0 else {
            guard probe.row != nil else { return false }
            body(frame)
            return true
        }
        findInlined(probe, unit)
        while let offset = chain.popLast() {
            guard let (call, _) = entry(at: offset, unit) else { break }
            frame.name = name(call, unit)
            body(frame)
            frame = SourceFrame(line: 0, column: 0)
            if call.callFile.isNumber { frame.path = program?.path(call.callFile.number, unit, sections, &budget) }
            if call.callLine.isNumber { frame.line = call.callLine.number & 0xffff_ffff }
            if call.callColumn.isNumber, frame.line != 0 { frame.column = call.callColumn.number }
        }
        if let (function, _) = entry(at: probe.function, unit) { frame.name = name(function, unit) }
        body(frame)
        return true
    }

    /// Fills `chain` with the functions inlined at an address, the outermost first.
    private mutating func findInlined(_ probe: SourceProbe, _ unit: DebugUnit) {
        chain.removeAll()
        abbreviations.load(unit, sections, &budget)
        var reader = SectionReader(sections.info, at: probe.function, end: unit.end)
        /// Entries that the one at hand lies in, from the function on.
        var depth = 0
        /// The depth of the innermost function found, and of what is left out at present.
        var foundDepth = 0
        var skippedDepth = Int.max
        while !reader.isAtEnd, budget.take() {
            let offset = reader.position
            let code = reader.uleb()
            if code == 0 {
                depth -= 1
                if depth <= foundDepth { return }
                if depth <= skippedDepth { skippedDepth = .max }
                continue
            }
            guard let abbreviation = abbreviations.find(code, unit, sections, &budget) else { return }
            if abbreviation.tag == EntryTag.inlinedSubroutine, depth > 0, skippedDepth == .max {
                let call = DebugEntry(&reader, abbreviation, unit, sections, &budget)
                var isHere = false
                call.forEachRange(unit, sections, &budget) { low, high in
                    isHere = low <= probe.address && probe.address < high
                    return !isHere
                }
                if isHere {
                    guard chain.append(offset), abbreviation.hasChildren else { return }
                    foundDepth = depth
                } else if abbreviation.hasChildren {
                    skippedDepth = depth
                }
            } else {
                DebugEntry.skip(&reader, abbreviation, unit, sections, &budget)
                if abbreviation.tag == EntryTag.subprogram, depth > 0, abbreviation.hasChildren, skippedDepth == .max {
                    skippedDepth = depth
                }
            }
            if abbreviation.hasChildren { depth += 1 } else if depth == 0 { return }
        }
    }

    /// The name of a function: its own, else that of what it is an instance of.
    private mutating func name(_ entry: DebugEntry, _ unit: DebugUnit) -> UnsafeRawBufferPointer? {
        var entry = entry
        var unit = unit
        for _ in 0..<SourceFinder.originLimit {
            if let name = unit.string(entry.linkageName, sections, from: sections.info) { return name }
            if let name = unit.string(entry.name, sections, from: sections.info) { return name }
            guard entry.origin.kind == .reference else { return nil }
            let offset = Int(clamping: entry.origin.number)
            if offset < unit.entries || offset >= unit.end {
                guard let other = findUnit(containing: offset) else { return nil }
                unit = other
            }
            guard let (next, _) = self.entry(at: offset, unit) else { return nil }
            entry = next
        }
        return nil
    }

    /// The unit in which an entry lies.
    private mutating func findUnit(containing offset: Int) -> DebugUnit? {
        var position = 0
        while position >= 0, position < sections.info.count, budget.take() {
            var next = position
            guard let unit = DebugUnit(sections, at: &next), offset < unit.end else {
                position = next
                continue
            }
            guard offset >= unit.entries else { return nil }
            return readUnit(&position)
        }
        return nil
    }
}
