// The name section, collected while assembling. Owns the lists. Spec: WebAssembly core, appendix 7.4.1 (name section).

/// Collects which index has which name.
struct NameSectionBuilder {
    private struct Entry {
        var outer: UInt32
        var index: UInt32
        var symbol: Symbol
    }

    /// What has names of its own inside something else.
    enum Nested {
        case local, label, field
    }

    /// By subsection id: 1 functions, 2 locals, 3 labels, 4 types, 5 tables, 6 memories, 7 globals, 8 elements, 9 data, 10 fields, 11 tags.
    private var entries = [[Entry]](repeating: [], count: 12)

    /// Names an item of a module-wide space. Items come in the order of their indices.
    mutating func add(_ space: NameSpace, _ index: UInt32, _ symbol: Symbol) {
        entries[subsection(space)].append(Entry(outer: 0, index: index, symbol: symbol))
    }

    /// Names a local, label or field of the function or type `outer`.
    mutating func addNested(_ kind: Nested, _ outer: UInt32, _ index: UInt32, _ symbol: Symbol) {
        let subsection = kind == .local ? 2 : kind == .label ? 3 : 10
        entries[subsection].append(Entry(outer: outer, index: index, symbol: symbol))
    }

    private func subsection(_ space: NameSpace) -> Int {
        switch space {
        case .function: return 1
        case .type: return 4
        case .table: return 5
        case .memory: return 6
        case .global: return 7
        case .element: return 8
        case .data: return 9
        case .tag: return 11
        case .label: return 3
        case .local: return 2
        case .field: return 10
        // Names of a component's items are in no module's section.
        case .component: return 0
        }
    }

    /// The section's content; empty when nothing has a name.
    func content(moduleName: [UInt8]?, symbols: NameTable) -> [UInt8] {
        var output: [UInt8] = []
        if let moduleName {
            var payload: [UInt8] = []
            payload.appendCounted(moduleName)
            append(0, payload, to: &output)
        }
        for subsection in 1..<entries.count where !entries[subsection].isEmpty {
            let isNested = subsection == 2 || subsection == 3 || subsection == 10
            let list = entries[subsection]
            append(UInt8(subsection), isNested ? nestedPayload(list, symbols) : payload(list[...], symbols), to: &output)
        }
        return output
    }

    private func append(_ id: UInt8, _ payload: [UInt8], to output: inout [UInt8]) {
        output.append(id)
        output.appendCounted(payload)
    }

    private func payload(_ list: ArraySlice<Entry>, _ symbols: NameTable) -> [UInt8] {
        var output: [UInt8] = []
        output.appendUnsigned(UInt64(list.count))
        for entry in list {
            output.appendUnsigned(entry.index)
            output.appendUnsigned(UInt64(symbols.byteCount(entry.symbol)))
            symbols.append(entry.symbol, to: &output)
        }
        return output
    }

    private func nestedPayload(_ list: [Entry], _ symbols: NameTable) -> [UInt8] {
        var output: [UInt8] = []
        var groupCount: UInt32 = 0
        var start = 0
        while start < list.count {
            var end = start
            while end < list.count, list[end].outer == list[start].outer { end += 1 }
            output.appendUnsigned(list[start].outer)
            output.append(contentsOf: payload(list[start..<end], symbols))
            groupCount += 1
            start = end
        }
        var counted: [UInt8] = []
        counted.appendUnsigned(groupCount)
        return counted + output
    }
}
