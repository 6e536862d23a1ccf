// Type definitions: of values, functions, resources, components and instances. Spec: Binary.md, "Type Definitions".
import Containers
import WasmModule

/// What labels are of, in the words of messages.
private enum LabelKind {
    case field, `case`, flag, tag, parameter

    var empty: StaticString {
        switch self {
        case .field: return "record field name cannot be empty"
        case .case: return "variant case name cannot be empty"
        case .flag: return "flag name cannot be empty"
        case .tag: return "enum tag name cannot be empty"
        case .parameter: return "function parameter name cannot be empty"
        }
    }
    var malformed: StaticString {
        switch self {
        case .field: return "record field name `%` is not in kebab case"
        case .case: return "variant case name `%` is not in kebab case"
        case .flag: return "flag name `%` is not in kebab case"
        case .tag: return "enum tag name `%` is not in kebab case"
        case .parameter: return "function parameter name `%` is not in kebab case"
        }
    }
    var duplicate: StaticString {
        switch self {
        case .field: return "record field name `%` conflicts with previous field name `%`"
        case .case: return "variant case name `%` conflicts with previous case name `%`"
        case .flag: return "flag name `%` conflicts with previous flag name `%`"
        case .tag: return "enum tag name `%` conflicts with previous tag name `%`"
        case .parameter: return "function parameter name `%` conflicts with previous parameter name `%`"
        }
    }
}

extension ComponentDecoder {
    mutating func typeDefinition() throws(ComponentError) {
        let at = reader.offset
        let definition = Definition(kind: .type, sort: .type, offset: UInt32(at))
        let byte = try reader.byte()
        let type: UInt32
        switch byte {
        case 0x40, 0x43: type = try function(isAsync: byte == 0x43, at: at)
        case 0x41: type = try declaredType(.componentType, at: at)
        case 0x42: type = try declaredType(.instanceType, at: at)
        case 0x3f: type = try resource(at: at)
        default: type = try defined(byte, at: at)
        }
        try addItem(type, .type, definition)
    }

    // MARK: Values

    /// A value type: a primitive one, or the index of a defined one.
    mutating func valueType() throws(ComponentError) -> ComponentValueType {
        let at = reader.offset
        let byte = try reader.peek()
        if byte & 0xc0 == 0x40 {
            reader.offset += 1
            guard let primitive = PrimitiveType(rawValue: byte) else { throw reader.invalidByte(byte, "component value type") }
            return ComponentValueType(primitive)
        }
        let index = try reader.typeIndex()
        let type = try item(.type, index, at: at)
        guard table.nodes[Int(type)].kind.isDefined else {
            throw invalid(at, "type index % is not a defined type", .number(UInt64(index)))
        }
        return ComponentValueType(node: type)
    }

    private mutating func optionalValueType(_ what: StaticString) throws(ComponentError) -> ComponentValueType? {
        try reader.flag(what) ? try valueType() : nil
    }

    private mutating func defined(_ byte: UInt8, at offset: Int) throws(ComponentError) -> UInt32 {
        var node = TypeNode(kind: .primitive)
        if let primitive = PrimitiveType(rawValue: byte) {
            node.element = ComponentValueType(primitive)
            return try table.add(node, at: offset)
        }
        node.start = UInt32(table.members.count)
        switch byte {
        case 0x72:
            node.kind = .record
            node.count = try labels(.field, at: offset, "record type must have at least one field") { decoder throws(ComponentError) in
                try decoder.valueType()
            }
        case 0x71:
            node.kind = .variant
            node.count = try labels(.case, at: offset, "variant type must have at least one case") { decoder throws(ComponentError) in
                let type = try decoder.optionalValueType("optional component value type")
                let zero = try decoder.reader.byte()
                guard zero == 0 else { throw decoder.reader.invalidByte(zero, "zero byte required") }
                return type
            }
        case 0x6e:
            node.kind = .flags
            node.count = try labels(.flag, at: offset, "flags must have at least one entry") { _ throws(ComponentError) in nil }
            guard node.count <= 32 else { throw invalid(offset, "cannot have more than 32 flags") }
        case 0x6d:
            node.kind = .enumeration
            node.count = try labels(.tag, at: offset, "enum type must have at least one variant") { _ throws(ComponentError) in nil }
        case 0x6f:
            node.kind = .tuple
            node.count = try reader.u32()
            guard node.count > 0 else { throw invalid(offset, "tuple type must have at least one type") }
            for _ in 0..<node.count {
                try table.addMember(TypeMember(name: ByteRange(offset: 0, count: 0), type: try valueType()), at: offset)
            }
        case 0x70, 0x67:
            node.kind = byte == 0x70 ? .list : .fixedList
            node.element = try valueType()
            if byte == 0x70 { node.flags = .hasPointer } else { node.length = try reader.u32() }
            if byte == 0x67, node.length == 0 { throw invalid(offset, "fixed-length lists must have more than zero elements") }
        case 0x63:
            node.kind = .map
            node.flags = .hasPointer
            let key = try valueType()
            try requireKey(key, at: offset)
            node.element = key
            node.second = try valueType()
        case 0x6b:
            node.kind = .option
            node.element = try valueType()
        case 0x6a:
            node.kind = .result
            node.element = try optionalValueType("optional component value type")
            node.second = try optionalValueType("optional component value type")
        case 0x69, 0x68:
            node.kind = byte == 0x69 ? .own : .borrow
            if byte == 0x68 { node.flags = .hasBorrow }
            node.element = ComponentValueType(node: try resourceItem(at: offset))
        case 0x66, 0x65:
            node.kind = byte == 0x66 ? .stream : .future
            node.element = try optionalValueType("optional component value type")
            try requireElement(node, at: offset)
        default: throw reader.invalidByte(byte, "component defined type")
        }
        let result = try table.add(node, at: offset)
        // A stream is a handle, whatever passes through it.
        if node.kind == .stream || node.kind == .future { table.nodes[Int(result)].flags.remove(.hasPointer) }
        return result
    }

    /// The row of a resource type by its index.
    mutating func resourceItem(at offset: Int) throws(ComponentError) -> UInt32 {
        let index = try reader.u32()
        let type = try item(.type, index, at: offset)
        guard table.nodes[Int(type)].kind == .resource else {
            throw invalid(offset, "type index % is not a resource type", .number(UInt64(index)))
        }
        return type
    }

    private func requireKey(_ key: ComponentValueType, at offset: Int) throws(ComponentError) {
        var type = key
        if let node = table.node(key), node.kind == .primitive, let element = node.element { type = element }
        switch type.primitive {
        case nil, .f32, .f64, .errorContext: throw invalid(offset, "map keys must be integers, `bool`, `char` or `string`")
        default: break
        }
    }

    private func requireElement(_ node: TypeNode, at offset: Int) throws(ComponentError) {
        guard let element = node.element else { return }
        let part = table.node(element)
        if let part, part.flags.contains(.hasBorrow) {
            throw invalid(
                offset, node.kind == .stream ? "`stream` cannot contain a `borrow` type" : "`future` cannot contain a `borrow` type")
        }
        let primitive = part?.kind == .primitive ? part?.element?.primitive : element.primitive
        if node.kind == .stream, primitive == .char { throw invalid(offset, "`stream<char>` is not valid at this time") }
    }

    /// Labels, each with what `type` reads behind it; how many there are.
    private mutating func labels(
        _ kind: LabelKind, at offset: Int, _ empty: StaticString?,
        _ type: (inout ComponentDecoder) throws(ComponentError) -> ComponentValueType?
    ) throws(ComponentError) -> UInt32 {
        let count = try reader.u32()
        if count == 0, let empty { throw invalid(offset, empty) }
        let start = table.members.count
        let owner = table.names.newOwner()
        for index in 0..<count {
            let at = reader.offset
            let name = try reader.name(limit: limits.core.nameByteCount)
            guard name.count > 0 else { throw invalid(at, kind.empty) }
            guard ExternName.isLabel(name, in: reader.bytes) else { throw invalid(at, kind.malformed, .name(name)) }
            if let previous = try table.enter(owner, name, isFolded: true, index) {
                throw invalid(at, kind.duplicate, .name(name), .name(table.members[start + Int(previous)].name))
            }
            try table.addMember(TypeMember(name: name, type: try type(&self)), at: at)
        }
        return count
    }

    // MARK: Functions and resources

    private mutating func function(isAsync: Bool, at offset: Int) throws(ComponentError) -> UInt32 {
        var node = TypeNode(kind: .function)
        if isAsync { node.flags = .isAsync }
        node.start = UInt32(table.members.count)
        node.count = try labels(.parameter, at: offset, nil) { decoder throws(ComponentError) in try decoder.valueType() }
        node.element = try resultList()
        if let result = node.element, let part = table.node(result), part.flags.contains(.hasBorrow) {
            throw invalid(offset, "function result cannot contain a `borrow` type")
        }
        return try table.add(node, at: offset)
    }

    /// One result or none.
    mutating func resultList() throws(ComponentError) -> ComponentValueType? {
        let byte = try reader.byte()
        switch byte {
        case 0: return try valueType()
        case 1:
            let count = try reader.byte()
            guard count == 0 else { throw reader.invalidByte(count, "number of results") }
            return nil
        default: throw reader.invalidByte(byte, "component function results")
        }
    }

    private mutating func resource(at offset: Int) throws(ComponentError) -> UInt32 {
        guard scope.kind == .component else { throw invalid(offset, "resources can only be defined within a concrete component") }
        let representation = try coreValueType()
        guard representation == .i32 || representation == .i64 else {
            throw invalid(offset, "resources can only be represented by `i32` or `i64`")
        }
        if try reader.flag("optional destructor") {
            let index = try reader.u32()
            let given = try item(.coreFunction, index, at: offset)
            let wanted = try table.coreFunction([representation], [], at: offset)
            guard table.registry.isSubtype(given, of: wanted) else {
                throw invalid(offset, "core function % has wrong signature for a destructor", .number(UInt64(index)))
            }
        }
        let resource = try table.newResource(isImported: false, isLocal: true, is64: representation == .i64, at: offset)
        return try table.resourceNode(resource, at: offset)
    }

    mutating func coreValueType() throws(ComponentError) -> ValueType {
        do throws(WasmError) {
            let (type, end) = try coreReader.valueType(from: reader.offset, to: reader.end)
            reader.offset = end
            return type
        } catch { throw ComponentError(error) }
    }

    // MARK: Types of components and instances

    private mutating func declaredType(_ kind: Scope.Kind, at offset: Int) throws(ComponentError) -> UInt32 {
        let count = try reader.u32()
        try open(kind, start: offset, end: reader.end)
        for _ in 0..<count {
            let at = reader.offset
            let byte = try reader.byte()
            switch byte {
            case 0: try coreTypeDefinition()
            case 1: try typeDefinition()
            case 2: try alias()
            case 3 where kind == .componentType: try importDefinition()
            case 4: try exportDeclaration(at: at)
            default: throw reader.invalidByte(byte, "component or instance type declaration")
            }
        }
        return try close(at: offset)
    }

    private mutating func exportDeclaration(at offset: Int) throws(ComponentError) {
        let name = try externName()
        var entity = try externType(isImport: false)
        if entity.sort == .instance { entity.index = try table.opened(entity.index, isImported: false, at: offset) }
        try add(name, entity, isImport: false, at: offset)
        try push(entity.index, entity.sort, at: offset)
    }
}
