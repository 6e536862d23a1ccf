// The line number program of a unit (DWARF 5, 6.2): run once for all addresses that are looked for. A row holds from its address to the
// next row's; rows of code that the linker left out (address 0, or the two largest) hold nowhere.

/// A line of source.
struct LineRow {
    var address: UInt64 = 0
    /// The file's number in the unit's table.
    var file: UInt64 = 1
    /// 0: the compiler names no line.
    var line: UInt64 = 1
    /// 0: the line's start.
    var column: UInt64 = 0
}

/// A line number program's header.
struct LineProgram {
    let version: UInt16
    private let unit: DebugUnit
    private let minimumStep: UInt64
    private let lineBase: Int64
    private let lineRange: UInt8
    private let opcodeBase: UInt8
    /// Offsets in `.debug_line`: how many operands each standard opcode has, the tables of directories and files, the program, its end.
    private let operandCounts: Int
    let tables: Int
    private let program: Int
    private let end: Int

    /// The header of a unit's program; nil when there is none that can be run.
    init?(_ unit: DebugUnit, _ sections: DebugSections) {
        guard let offset = unit.lineProgram else { return nil }
        self.unit = unit
        var reader = SectionReader(sections.lines, at: offset)
        guard reader.unitLength() == unit.offsetByteCount else { return nil }
        end = reader.end
        version = reader.u16()
        guard version >= 2, version <= 5 else { return nil }
        if version == 5 {
            guard Int(reader.u8()) == unit.addressByteCount, reader.u8() == 0 else { return nil }
        }
        let headerByteCount = reader.unsigned(byteCount: unit.offsetByteCount)
        guard !reader.isBroken, headerByteCount <= UInt64(reader.remaining) else { return nil }
        program = reader.position &+ Int(headerByteCount)
        minimumStep = UInt64(reader.u8())
        // Operations per instruction matter to machines with long instruction words only.
        if version >= 4 { _ = reader.u8() }
        _ = reader.u8()
        lineBase = Int64(Int8(truncatingIfNeeded: Int(reader.u8())))
        lineRange = reader.u8()
        opcodeBase = reader.u8()
        operandCounts = reader.position
        guard opcodeBase > 0, lineRange > 0 else { return nil }
        reader.skip(UInt64(opcodeBase) - 1)
        tables = reader.position
        guard !reader.isBroken, tables <= program else { return nil }
    }

    /// A reader of the tables.
    func tableReader(_ sections: DebugSections) -> SectionReader { SectionReader(sections.lines, at: tables, end: program) }

    /// Runs the program, and gives each of the probes of the unit the row that holds at its address.
    func run(_ sections: DebugSections, _ budget: inout StepBudget, _ probes: ProbeList) {
        guard let wanted = probes.bounds(ofUnit: unit.start) else { return }
        var reader = SectionReader(sections.lines, at: program, end: end)
        var register = LineRow()
        /// The row that holds until the next; nil before a sequence's first, and in code that was left out.
        var current: LineRow?
        var isLeftOut = false
        var start = reader.position
        while !reader.isAtEnd, budget.take(from: start, reader) {
            start = reader.position
            let opcode = reader.u8()
            var emits = false
            var endsSequence = false
            if opcode >= opcodeBase {
                let adjusted = opcode &- opcodeBase
                register.address &+= minimumStep &* UInt64(adjusted / lineRange)
                register.line &+= UInt64(bitPattern: lineBase &+ Int64(adjusted % lineRange))
                emits = true
            } else {
                switch opcode {
                case 0:
                    let count = reader.uleb()
                    var operand = reader
                    operand.limit(to: count)
                    reader.skip(count)
                    guard !reader.isBroken else { return }
                    switch operand.u8() {
                    case 1:
                        emits = true
                        endsSequence = true
                    case 2:
                        register.address = operand.unsigned(byteCount: min(operand.remaining, 8))
                        let largest = unit.addressByteCount == 8 ? UInt64.max : UInt64(UInt32.max)
                        isLeftOut = register.address == 0 || register.address >= largest &- 1
                    default: break
                    }
                case 1: emits = true
                case 2: register.address &+= minimumStep &* reader.uleb()
                case 3: register.line &+= UInt64(bitPattern: reader.sleb())
                case 4: register.file = reader.uleb()
                case 5: register.column = reader.uleb()
                case 6, 7, 10, 11: break
                case 8: register.address &+= minimumStep &* UInt64((255 &- opcodeBase) / lineRange)
                case 9: register.address &+= UInt64(reader.u16())
                case 12: _ = reader.uleb()
                default:
                    var counts = SectionReader(sections.lines, at: operandCounts &+ Int(opcode) &- 1)
                    for _ in 0..<counts.u8() { _ = reader.uleb() }
                }
            }
            guard !reader.isBroken else { return }
            guard emits else { continue }
            if let row = current, register.address > row.address {
                if row.address <= wanted.high, register.address > wanted.low { probes.take(row, until: register.address, unit.start) }
            }
            current = isLeftOut ? nil : register
            if endsSequence {
                register = LineRow()
                current = nil
                isLeftOut = false
            }
        }
    }
}
