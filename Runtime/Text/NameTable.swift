// Identifiers as dense numbers, and what each means in each index space. Owns both hash tables; a table never holds more entries than the
// text has identifiers. Spec: WebAssembly core, 6.3.5 (identifiers) and 6.6.1 (identifier contexts).

/// A name's number: equal for equal bytes, however they were spelled.
struct Symbol: Equatable {
    var rawValue: UInt32
}

/// Interns names. The bytes are kept once, in the order of first use.
struct NameTable {
    private var bytes: [UInt8] = []
    /// Where each symbol's bytes begin; one more than there are symbols.
    private var starts: [UInt32] = [0]
    private var slots: [UInt32] = []

    /// The symbol of a name.
    mutating func intern(_ name: UnsafeRawBufferPointer) -> Symbol {
        if (starts.count) * 2 > slots.count { grow() }
        var slot = Vocabulary.hash(name) & (slots.count - 1)
        while slots[slot] != 0 {
            if matches(slots[slot] - 1, name) { return Symbol(rawValue: slots[slot] - 1) }
            slot = (slot + 1) & (slots.count - 1)
        }
        let symbol = UInt32(starts.count - 1)
        bytes.append(contentsOf: name)
        starts.append(UInt32(truncatingIfNeeded: bytes.count))
        slots[slot] = symbol + 1
        return Symbol(rawValue: symbol)
    }

    /// Appends a symbol's bytes.
    func append(_ symbol: Symbol, to output: inout [UInt8]) {
        output.append(contentsOf: bytes[range(symbol.rawValue)])
    }

    /// Number of bytes of a symbol.
    func byteCount(_ symbol: Symbol) -> Int { range(symbol.rawValue).count }

    private func range(_ symbol: UInt32) -> Range<Int> { Int(starts[Int(symbol)])..<Int(starts[Int(symbol) + 1]) }

    private func matches(_ symbol: UInt32, _ name: UnsafeRawBufferPointer) -> Bool {
        let range = range(symbol)
        guard range.count == name.count else { return false }
        for index in 0..<name.count where bytes[range.lowerBound + index] != name[index] { return false }
        return true
    }

    private mutating func grow() {
        let capacity = max(32, slots.count * 2)
        slots = [UInt32](repeating: 0, count: capacity)
        bytes.withUnsafeBytes { all in
            for symbol in 0..<(starts.count - 1) {
                let name = UnsafeRawBufferPointer(rebasing: all[range(UInt32(symbol))])
                var slot = Vocabulary.hash(name) & (capacity - 1)
                while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
                slots[slot] = UInt32(symbol) + 1
            }
        }
    }
}

/// The index spaces names live in. Fields and locals have one space a type and a function.
enum NameSpace: Equatable {
    case type, function, table, memory, global, tag, element, data
    case label
    case field(type: UInt32)
    case local(function: UInt32)
    /// Of a component or a type in one: which scope, and which sort.
    case component(scope: UInt32, sort: UInt8)

    /// A number for the space, unlike any other's.
    var scope: UInt64 {
        switch self {
        case .type: return 0
        case .function: return 1
        case .table: return 2
        case .memory: return 3
        case .global: return 4
        case .tag: return 5
        case .element: return 6
        case .data: return 7
        case .label: return 8
        case .field(let type): return 1 << 33 | UInt64(type)
        case .local(let function): return 1 << 34 | UInt64(function)
        case .component(let scope, let sort): return 1 << 62 | UInt64(scope) << 8 | UInt64(sort)
        }
    }
}

/// From (space, symbol) to index: open addressing, never shrinks.
struct BindingTable {
    private struct Entry {
        var scope: UInt64
        var symbol: UInt32
        var value: UInt32
    }

    private var entries: [Entry] = []
    private var slots: [UInt32] = []

    /// The index bound to a symbol, nil when none is.
    func find(_ space: NameSpace, _ symbol: Symbol) -> UInt32? {
        guard let entry = entry(space.scope, symbol.rawValue) else { return nil }
        let value = entries[entry].value
        return value == .max ? nil : value
    }

    /// Binds a symbol; false when the space has it already.
    mutating func insert(_ space: NameSpace, _ symbol: Symbol, _ value: UInt32) -> Bool {
        if find(space, symbol) != nil { return false }
        set(space, symbol, value)
        return true
    }

    /// Binds a symbol anew, `UInt32.max` for no longer bound.
    mutating func set(_ space: NameSpace, _ symbol: Symbol, _ value: UInt32) {
        let scope = space.scope
        if let entry = entry(scope, symbol.rawValue) {
            entries[entry].value = value
            return
        }
        if (entries.count + 1) * 2 > slots.count { grow() }
        entries.append(Entry(scope: scope, symbol: symbol.rawValue, value: value))
        place(entries.count - 1)
    }

    private func entry(_ scope: UInt64, _ symbol: UInt32) -> Int? {
        guard !slots.isEmpty else { return nil }
        var slot = hash(scope, symbol)
        while slots[slot] != 0 {
            let number = Int(slots[slot] - 1)
            if entries[number].scope == scope, entries[number].symbol == symbol { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private mutating func place(_ number: Int) {
        var slot = hash(entries[number].scope, entries[number].symbol)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(number + 1)
    }

    private func hash(_ scope: UInt64, _ symbol: UInt32) -> Int {
        let mixed = (scope &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(symbol)) &* 0xd6e8_feb8_6659_fd93
        return Int(truncatingIfNeeded: mixed >> 32) & (slots.count - 1)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: max(64, slots.count * 2))
        for number in 0..<entries.count { place(number) }
    }
}
