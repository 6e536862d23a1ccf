// Core types of components: function types (with the other types of WebAssembly 3.0) and module types.
// Spec: Binary.md, "Type Definitions" (core:type); WebAssembly core 5.3.
import Containers
import WasmModule

/// What a core type's index names: a type's canonical id, or a module type.
enum CoreTypeItem {
    static let moduleBit: UInt32 = 1 << 31
}

extension ComponentDecoder {
    /// The module type that a core type's index names.
    func coreModuleType(_ index: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        let value = try item(.coreType, index, at: offset)
        guard value & CoreTypeItem.moduleBit != 0 else {
            throw invalid(offset, "core type index % is not a module type", .number(UInt64(index)))
        }
        return value & ~CoreTypeItem.moduleBit
    }

    mutating func coreTypeDefinition() throws(ComponentError) {
        let at = reader.offset
        let definition = Definition(kind: .coreType, sort: .coreType, offset: UInt32(at))
        if try reader.peek() == 0x50 {
            reader.offset += 1
            return try addItem(try moduleTypeBody(at: at) | CoreTypeItem.moduleBit, .coreType, definition)
        }
        let base = scope.bases[Int(ComponentSort.coreType.rawValue)]
        let (first, count) = try recursionGroup(after: spaces.items(.coreType, from: base), at: at)
        for index in 0..<count { try addItem(first + index, .coreType, definition) }
    }

    /// Reads a recursion group and registers it; `earlier` are the items before it.
    private mutating func recursionGroup(after earlier: UnsafeBufferPointer<UInt32>, at offset: Int) throws(ComponentError) -> (
        first: UInt32, count: UInt32
    ) {
        // An open sub type is marked here, since its own byte begins a module type.
        if try reader.peek() == 0 {
            reader.offset += 1
            guard try reader.peek() == 0x50 else {
                reader.offset += 1
                throw reader.invalidByte(reader.bytes[reader.offset - 1], "non-final sub type")
            }
        }
        let types: [SubType]
        do throws(WasmError) {
            (types, reader.offset) = try coreReader.recursionGroup(from: reader.offset, to: reader.end, after: earlier.count)
        } catch { throw ComponentError(error) }
        for type in types { try requireNoModuleTypes(type, earlier, at: offset) }
        guard let first = table.registry.register(types[...], after: earlier) else {
            throw ComponentError(.limit, at: offset, "too many core types (the limit is %)", .number(UInt64(TypeRegistry.largestCapacity)))
        }
        return (first, UInt32(types.count))
    }

    private func requireNoModuleTypes(_ type: SubType, _ earlier: UnsafeBufferPointer<UInt32>, at offset: Int) throws(ComponentError) {
        func check(_ value: ValueType) throws(ComponentError) {
            guard let index = value.typeIndex, Int(index) < earlier.count, earlier[Int(index)] & CoreTypeItem.moduleBit != 0 else { return }
            throw invalid(offset, "core type index % is a module type", .number(UInt64(index)))
        }
        switch type.composite {
        case .function(let function):
            for value in function.parameters { try check(value) }
            for value in function.results { try check(value) }
        case .structure(let fields): for field in fields { try check(field.storage) }
        case .array(let field): try check(field.storage)
        }
    }

    /// The declarations of a module type, which has an index space of types of its own.
    private mutating func moduleTypeBody(at offset: Int) throws(ComponentError) -> UInt32 {
        var builder = table.newModuleType()
        var types = GrowableArray<UInt32>()
        for _ in 0..<(try reader.u32()) {
            let at = reader.offset
            let byte = try reader.byte()
            switch byte {
            case 0:
                let module = try reader.name(limit: limits.core.nameByteCount)
                let name = try reader.name(limit: limits.core.nameByteCount)
                try table.addImport(CoreItem(module: module, name: name, type: try coreExternType(types)), to: &builder)
            case 1:
                if try reader.peek() == 0x50 { throw invalid(at + 1, "invalid leading byte (0x50) for a type in a module type") }
                let earlier = UnsafeBufferPointer(start: UnsafePointer(types.base), count: types.count)
                let (first, count) = try recursionGroup(after: earlier, at: at)
                for index in 0..<count { guard types.append(first + index) else { throw table.outOfMemory(at) } }
            case 2:
                let value = try moduleAlias(types, at: at)
                guard types.append(value) else { throw table.outOfMemory(at) }
            case 3:
                let name = try reader.name(limit: limits.core.nameByteCount)
                let item = CoreItem(module: ByteRange(offset: 0, count: 0), name: name, type: try coreExternType(types))
                try table.addExport(item, to: &builder)
            default: throw reader.invalidByte(byte, "type definition")
            }
            guard types.count <= limits.items else {
                throw ComponentError(.limit, at: at, "too many items (the limit is %)", .number(UInt64(limits.items)))
            }
        }
        return try table.finish(builder, at: offset)
    }

    private mutating func moduleAlias(_ types: borrowing GrowableArray<UInt32>, at offset: Int) throws(ComponentError) -> UInt32 {
        let sort = try reader.byte()
        guard sort == 0x10 else { throw reader.invalidByte(sort, "outer alias kind") }
        let target = try reader.byte()
        guard target == 1 else { throw reader.invalidByte(target, "outer alias target") }
        let count = try reader.u32()
        let index = try reader.u32()
        if count == 0 {
            guard Int(index) < types.count else {
                throw invalid(offset, "unknown type %: type index out of bounds", .number(UInt64(index)))
            }
            return types[Int(index)]
        }
        guard Int(count) <= scopes.count else { throw invalid(offset, "invalid outer alias count of %", .number(UInt64(count))) }
        let value = try outerItem(.coreType, count - 1, index, at: offset)
        guard value & CoreTypeItem.moduleBit == 0 else {
            throw invalid(offset, "a module type cannot alias module type %", .number(UInt64(index)))
        }
        return value
    }

    private mutating func coreExternType(_ types: borrowing GrowableArray<UInt32>) throws(ComponentError) -> ExternalType {
        let at = reader.offset
        let type: ExternalType
        do throws(WasmError) {
            (type, reader.offset) = try coreReader.externalType(from: at, to: reader.end, typeCount: types.count)
        } catch { throw ComponentError(error) }
        switch type {
        case .function(let index): return .function(typeIndex: try functionType(types[Int(index)], index, at: at))
        case .tag(let tag):
            let id = try functionType(types[Int(tag.typeIndex)], tag.typeIndex, at: at)
            if let function = table.registry.functionType(id), !function.results.isEmpty {
                throw invalid(at, "non-empty tag result type")
            }
            return .tag(TagType(typeIndex: id))
        case .table(var value):
            value.element = canonical(value.element, types)
            return .table(value)
        case .global(var value):
            value.value = canonical(value.value, types)
            return .global(value)
        case .memory: return type
        }
    }

    private func functionType(_ id: UInt32, _ index: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        guard table.registry.functionType(id) != nil else {
            throw invalid(offset, "type index % is not a function type", .number(UInt64(index)))
        }
        return id
    }

    private func canonical(_ type: ValueType, _ types: borrowing GrowableArray<UInt32>) -> ValueType {
        guard let index = type.typeIndex else { return type }
        return ValueType(nullable: type.isNullable, .index(types[Int(index)]))
    }
}
