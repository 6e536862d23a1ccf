// The name section: names of a module's parts, for backtraces and the text format. Specification appendix A.4 (custom section "name"),
// and the extended-name-section proposal's further kinds. Owns an index; the names stay in the module's bytes.

/// What a name is of; the numbers are those of the subsections.
@frozen public enum NameKind: UInt8, Sendable, CaseIterable {
    case module, function, local, label, type, table, memory, global, element, data, field, tag

    /// Whether names are by two indices: a function and its local or label, a type and its field.
    var isIndirect: Bool { self == .local || self == .label || self == .field }
}

/// An index over the name section: each look-up is a binary search. What the section says wrong is left out; it never fails a module.
public final class NameSection: Sendable {
    /// A name of an index, or the names that belong to an outer index.
    private struct Entry {
        var index: UInt32
        var name: ByteRange
    }
    /// The entries of one outer index: a stretch of `entries`.
    private struct Group {
        var index: UInt32
        var entries: Range<UInt32>
    }

    /// The module's own name.
    public let module: ByteRange?
    /// By kind, sorted by index; for indirect kinds, group after group.
    private let entries: [[Entry]]
    /// By kind, sorted by outer index; indirect kinds only.
    private let groups: [[Group]]

    /// The names of a module, as its user's own: the image keeps no index. All absent when it has no name section.
    public init(_ image: ModuleImage) {
        var builder = Builder()
        if let section = NameSection.contents(of: image) { builder.read(section) }
        module = builder.module
        entries = builder.entries
        groups = builder.groups
    }

    /// The name of a function, type, table, memory, global, segment or tag; nil when it has none.
    public func name(_ kind: NameKind, _ index: UInt32) -> ByteRange? {
        kind.isIndirect ? nil : NameSection.find(index, in: entries[Int(kind.rawValue)], 0..<entries[Int(kind.rawValue)].count)
    }

    /// The name of a function's local or label, or of a type's field; nil when it has none.
    public func name(_ kind: NameKind, _ outer: UInt32, _ index: UInt32) -> ByteRange? {
        guard kind.isIndirect else { return nil }
        let groups = groups[Int(kind.rawValue)]
        let position = NameSection.position(of: outer, count: groups.count) { groups[$0].index }
        guard let position else { return nil }
        let range = groups[position].entries
        return NameSection.find(index, in: entries[Int(kind.rawValue)], Int(range.lowerBound)..<Int(range.upperBound))
    }

    /// How many names of a kind there are.
    public func count(_ kind: NameKind) -> Int {
        kind == .module ? (module == nil ? 0 : 1) : entries[Int(kind.rawValue)].count
    }

    private static func find(_ index: UInt32, in entries: [Entry], _ range: Range<Int>) -> ByteRange? {
        let position = position(of: index, count: range.count) { entries[range.lowerBound + $0].index }
        return position.map { entries[range.lowerBound + $0].name }
    }

    private static func position(of index: UInt32, count: Int, _ key: (Int) -> UInt32) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let found = key(middle)
            if found == index { return middle }
            if found < index { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Reads the section. Where it is wrong, reading a subsection stops; what came before stays.
    private struct Builder {
        var module: ByteRange?
        var entries: [[Entry]] = Array(repeating: [], count: NameKind.allCases.count)
        var groups: [[Group]] = Array(repeating: [], count: NameKind.allCases.count)

        mutating func read(_ section: ByteReader) {
            var reader = section
            while !reader.isAtEnd {
                guard let id = try? reader.byte(), let contents = try? reader.vector() else { return }
                guard let kind = NameKind(rawValue: id) else { continue }
                var inner = reader
                inner.cursor = reader.start + Int(contents.offset)
                inner.end = inner.cursor + Int(contents.count)
                if kind == .module {
                    module = try? inner.name(limit: Int.max)
                } else if kind.isIndirect {
                    try? indirect(&inner, kind)
                } else {
                    try? direct(&inner, kind)
                }
            }
        }

        /// Index-name pairs in rising order.
        mutating func direct(_ reader: inout ByteReader, _ kind: NameKind) throws(WasmError) {
            let count = try reader.length()
            var last: UInt32?
            for _ in 0..<count {
                let index = try reader.u32()
                let name = try reader.name(limit: Int.max)
                // Out of order: not to be found by searching, so not kept.
                if let last, index <= last { continue }
                last = index
                entries[Int(kind.rawValue)].append(Entry(index: index, name: name))
            }
        }

        mutating func indirect(_ reader: inout ByteReader, _ kind: NameKind) throws(WasmError) {
            let count = try reader.length()
            let row = Int(kind.rawValue)
            for _ in 0..<count {
                let index = try reader.u32()
                let start = UInt32(entries[row].count)
                let isInOrder = groups[row].last.map { $0.index < index } ?? true
                do throws(WasmError) {
                    try direct(&reader, kind)
                } catch {
                    if isInOrder { groups[row].append(Group(index: index, entries: start..<UInt32(entries[row].count))) }
                    throw error
                }
                if isInOrder { groups[row].append(Group(index: index, entries: start..<UInt32(entries[row].count))) }
            }
        }
    }
}
