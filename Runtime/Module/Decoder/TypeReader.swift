// Core types where no module's type section is: those of a component. Specification 5.3; the component model's Binary.md, "Type Definitions".

/// Reads core types at any place of `bytes`, by the rules of a module's type section. Indices are those of the caller's index space.
package struct TypeReader: ~Copyable {
    private var decoder: ModuleDecoder

    /// A reader of types in `bytes`, which must stay as they are as long as it lives.
    package init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject?, features: Features, limits: DecodeLimits) {
        decoder = ModuleDecoder(ModuleImage(bytes: bytes, owner: owner, features: features, limits: limits))
    }

    /// The recursion group between `start` and `end`, and where it ends. `typeCount` types come before it. Declared super types are
    /// refused as unknown: there are no sub types outside of modules.
    package mutating func recursionGroup(from start: Int, to end: Int, after typeCount: Int) throws(WasmError) -> (
        types: [SubType], end: Int
    ) {
        place(start, end, typeCount)
        var count = 1
        if !decoder.reader.isAtEnd, decoder.reader.cursor.pointee == TypeCode.recursionGroup {
            decoder.reader.cursor += 1
            count = try decoder.reader.count(limit: decoder.limits.recursionGroupTypes, "too many types in a recursion group")
        }
        var types: [SubType] = []
        for _ in 0..<count { types.append(try decoder.subType(indexBound: typeCount + count)) }
        return (types, decoder.reader.offset)
    }

    /// The type of an external thing between `start` and `end`, its kind first, and where it ends. A function's and a tag's type index is
    /// below `typeCount`; what it names is for the caller to see.
    package mutating func externalType(from start: Int, to end: Int, typeCount: Int) throws(WasmError) -> (type: ExternalType, end: Int) {
        place(start, end, typeCount)
        guard let kind = ExternalKind(rawValue: try decoder.reader.byte()) else {
            throw WasmError(.malformed, at: start, "malformed import kind")
        }
        let type: ExternalType
        switch kind {
        case .function: type = .function(typeIndex: try typeIndex(typeCount))
        case .table: type = .table(try decoder.tableType())
        case .memory: type = .memory(try decoder.memoryType())
        case .global: type = .global(try decoder.globalType())
        case .tag:
            let at = decoder.reader.offset
            guard try decoder.reader.byte() == 0 else { throw WasmError(.malformed, at: at, "malformed tag attribute") }
            type = .tag(TagType(typeIndex: try typeIndex(typeCount)))
        }
        return (type, decoder.reader.offset)
    }

    /// A value type between `start` and `end`, and where it ends.
    package mutating func valueType(from start: Int, to end: Int) throws(WasmError) -> (type: ValueType, end: Int) {
        place(start, end, 0)
        let type = try decoder.reader.valueType()
        return (type, decoder.reader.offset)
    }

    private mutating func typeIndex(_ typeCount: Int) throws(WasmError) -> UInt32 {
        let at = decoder.reader.offset
        let index = try decoder.reader.u32()
        guard Int(index) < typeCount else { throw WasmError(.invalid, at: at, "type index out of bounds") }
        return index
    }

    private mutating func place(_ start: Int, _ end: Int, _ typeCount: Int) {
        decoder.reader.cursor = decoder.reader.start + start
        decoder.reader.end = decoder.reader.start + end
        decoder.typeBound = typeCount
    }
}
