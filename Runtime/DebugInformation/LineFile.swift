// Files of a line number program (DWARF 5, 6.2.4; DWARF 4, 6.2.4): tables walked where they lie, each time a name is asked for.

/// Where a source file is, in the pieces that are put together when it is written: each is relative to the one before it.
public struct SourcePath {
    /// Where the compiler ran; nil when unknown.
    var compilation: UnsafeRawBufferPointer?
    /// The file's directory; nil when it is that in which the compiler ran.
    var directory: UnsafeRawBufferPointer?
    var name: UnsafeRawBufferPointer

    /// Hands the path's bytes to `append`.
    public func write(_ append: (UInt8) -> Void) {
        var last: UInt8 = 0
        func put(_ piece: UnsafeRawBufferPointer?) {
            guard let piece, piece.count > 0 else { return }
            if last != 0, last != UInt8(ascii: "/") { append(UInt8(ascii: "/")) }
            for byte in piece { append(byte) }
            last = piece[piece.count - 1]
        }
        if !SourcePath.isRooted(name) {
            let isDirectoryRooted = directory.map(SourcePath.isRooted) ?? false
            if !isDirectoryRooted { put(compilation) }
            put(directory)
        }
        put(name)
    }

    private static func isRooted(_ path: UnsafeRawBufferPointer) -> Bool {
        if path.count > 0, path[0] == UInt8(ascii: "/") { return true }
        return path.count > 2 && path[1] == UInt8(ascii: ":") && path[2] == UInt8(ascii: "\\")
    }
}

extension LineProgram {
    /// The path of a file by its number; nil when the table has none.
    func path(_ file: UInt64, _ unit: DebugUnit, _ sections: DebugSections, _ budget: inout StepBudget) -> SourcePath? {
        let compilation = unit.string(unit.directory, sections, from: sections.info)
        if version < 5 {
            // Number 0 is the unit's own source.
            guard file > 0 else {
                return unit.string(unit.name, sections, from: sections.info).map { SourcePath(compilation: compilation, name: $0) }
            }
            return oldPath(file, compilation, sections, &budget)
        }
        var reader = tableReader(sections)
        let directories = EntryTable(&reader, sections, &budget)
        let first = reader
        directories.skip(&reader, unit, &budget)
        let files = EntryTable(&reader, sections, &budget)
        guard let found = files.find(file, &reader, unit, &budget), let name = unit.string(found.path, sections, from: sections.lines)
        else {
            return nil
        }
        var path = SourcePath(compilation: compilation, name: name)
        // Number 0 is where the compiler ran.
        guard found.directory > 0 else { return path }
        reader = first
        if let directory = directories.find(found.directory, &reader, unit, &budget) {
            path.directory = unit.string(directory.path, sections, from: sections.lines)
        }
        return path
    }

    /// Up to version 4: strings one after another, numbered from 1 on.
    private func oldPath(
        _ file: UInt64, _ compilation: UnsafeRawBufferPointer?, _ sections: DebugSections, _ budget: inout StepBudget
    ) -> SourcePath? {
        var reader = tableReader(sections)
        while LineProgram.hasString(&reader, &budget) { LineProgram.skipString(&reader, &budget) }
        var number: UInt64 = 1
        while LineProgram.hasString(&reader, &budget) {
            let start = reader.position
            let name = reader.string()
            let directory = reader.uleb()
            _ = reader.uleb()
            _ = reader.uleb()
            guard !reader.isBroken, budget.take(from: start, reader) else { return nil }
            if number == file {
                var path = SourcePath(compilation: compilation, name: name)
                if directory > 0 {
                    var reader = tableReader(sections)
                    var number: UInt64 = 1
                    while number < directory, LineProgram.hasString(&reader, &budget) {
                        LineProgram.skipString(&reader, &budget)
                        number &+= 1
                    }
                    if LineProgram.hasString(&reader, &budget) { path.directory = reader.string() }
                }
                return path
            }
            number &+= 1
        }
        return nil
    }

    private static func skipString(_ reader: inout SectionReader, _ budget: inout StepBudget) {
        let start = reader.position
        reader.skipString()
        budget.take(from: start, reader)
    }

    /// Whether a string follows; behind the last of a table is a zero, which is taken.
    private static func hasString(_ reader: inout SectionReader, _ budget: inout StepBudget) -> Bool {
        guard !reader.isAtEnd, budget.take() else { return false }
        var probe = reader
        if probe.u8() != 0 { return true }
        reader = probe
        return false
    }
}

/// A table of version 5: descriptions of the entries' parts, then the entries.
private struct EntryTable {
    private let section: DebugSection
    private let formats: Int
    private let formatCount: Int
    private let count: UInt64

    /// Reads what precedes the entries; the reader is at the first.
    init(_ reader: inout SectionReader, _ sections: DebugSections, _ budget: inout StepBudget) {
        section = sections.lines
        formatCount = Int(reader.u8())
        formats = reader.position
        for _ in 0..<formatCount {
            _ = reader.uleb()
            _ = reader.uleb()
        }
        let declared = reader.uleb()
        budget.take(from: formats, reader)
        // Entries without parts take no room: as many as the file likes to say.
        count = formatCount == 0 ? 0 : declared
    }

    private func entry(
        _ reader: inout SectionReader, _ unit: DebugUnit, _ budget: inout StepBudget
    ) -> (path: AttributeValue, directory: UInt64) {
        var format = SectionReader(section, at: formats)
        var path = AttributeValue()
        var directory: UInt64 = 0
        for _ in 0..<formatCount {
            let start = reader.position
            let formatStart = format.position
            let content = format.uleb()
            let value = AttributeForm.read(format.uleb(), &reader, unit, implicit: 0)
            budget.take((format.position &- formatStart) &>> 4)
            guard budget.take(from: start, reader), !reader.isBroken else {
                reader.fail()
                break
            }
            if content == 1 { path = value }
            if content == 2, value.kind == .constant { directory = value.number }
        }
        return (path, directory)
    }

    /// Goes behind the entries.
    func skip(_ reader: inout SectionReader, _ unit: DebugUnit, _ budget: inout StepBudget) {
        var index: UInt64 = 0
        while index < count, !reader.isBroken, budget.take() {
            _ = entry(&reader, unit, &budget)
            index &+= 1
        }
    }

    /// An entry by its number, from 0 on; the reader is at the first.
    func find(
        _ number: UInt64, _ reader: inout SectionReader, _ unit: DebugUnit, _ budget: inout StepBudget
    ) -> (path: AttributeValue, directory: UInt64)? {
        guard number < count else { return nil }
        var index: UInt64 = 0
        while !reader.isBroken, budget.take() {
            let found = entry(&reader, unit, &budget)
            if reader.isBroken { return nil }
            if index == number { return found }
            index &+= 1
        }
        return nil
    }
}
