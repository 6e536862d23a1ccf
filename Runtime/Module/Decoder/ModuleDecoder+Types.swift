// The type section: recursion groups, sub types, composite types; and the types of external things. Specification 5.3, 5.5.4, 3.2.

import Containers

extension ModuleDecoder {
    mutating func typeSection() throws(WasmError) {
        let groupCount = try reader.count(limit: limits.types, "too many types")
        image.types.reserveCapacity(groupCount)
        image.recursionGroups.reserveCapacity(groupCount)
        for _ in 0..<groupCount {
            let at = reader.offset
            let first = image.types.count
            var count = 1
            if !reader.isAtEnd, reader.cursor.pointee == TypeCode.recursionGroup {
                reader.cursor += 1
                count = try reader.count(limit: limits.recursionGroupTypes, "too many types in a recursion group")
            }
            guard first + count <= limits.types else { throw WasmError(.limit, at: at, "too many types", .bound, UInt64(limits.types)) }
            for _ in 0..<count {
                let type = try subType(indexBound: first + count)
                image.types.append(type)
            }
            let group = RecursionGroup(first: UInt32(first), count: UInt32(count))
            image.recursionGroups.append(group)
            guard image.registry.register(image.types[first...], into: &image.canonicalIDs) else {
                throw WasmError(.limit, at: at, "too many types", .bound, UInt64(TypeRegistry.largestCapacity))
            }
            try checkSuperTypes(group, at: at)
        }
        try image.buildSignatures()
    }

    /// A sub type; `indexBound`: how many types it may refer to.
    mutating func subType(indexBound: Int) throws(WasmError) -> SubType {
        let at = reader.offset
        var code = try reader.typeCode()
        var isFinal = true
        var superType: UInt32?
        if code == TypeCode.subType || code == TypeCode.finalSubType {
            isFinal = code == TypeCode.finalSubType
            let count = try reader.length()
            guard count <= 1 else { throw WasmError(.invalid, at: at, "sub type has more than one super type") }
            if count == 1 {
                let superOffset = reader.offset
                let index = try reader.u32()
                // A super type must come before: hence no cycles.
                guard Int(index) < image.types.count else {
                    throw WasmError(.invalid, at: superOffset, "unknown type", .number, UInt64(index))
                }
                superType = index
            }
            code = try reader.typeCode()
        }
        return SubType(isFinal: isFinal, superType: superType, composite: try composite(code, at: at, indexBound: indexBound))
    }

    private mutating func composite(_ code: UInt8, at: Int, indexBound: Int) throws(WasmError) -> CompositeType {
        switch code {
        case TypeCode.function:
            let parameters = try types(limit: limits.functionParameters, "too many parameters", indexBound)
            let resultsOffset = reader.offset
            let results = try types(limit: limits.functionResults, "too many results", indexBound)
            if results.count > 1, !features.contains(.multiValue) {
                throw WasmError(.invalid, at: resultsOffset, "invalid result arity")
            }
            return .function(FunctionType(parameters: parameters, results: results))
        case TypeCode.structure:
            let count = try reader.count(limit: limits.structureFields, "too many fields")
            var fields: [FieldType] = []
            fields.reserveCapacity(count)
            for _ in 0..<count { fields.append(try field(indexBound)) }
            return .structure(fields)
        case TypeCode.array:
            return .array(try field(indexBound))
        default:
            throw WasmError(.malformed, at: at, "malformed definition type")
        }
    }

    private mutating func types(limit: Int, _ message: StaticString, _ indexBound: Int) throws(WasmError) -> [ValueType] {
        let count = try reader.count(limit: limit, message)
        var types: [ValueType] = []
        types.reserveCapacity(count)
        for _ in 0..<count {
            let at = reader.offset
            types.append(try checked(try reader.valueType(), at: at, indexBound: indexBound))
        }
        return types
    }

    private mutating func field(_ indexBound: Int) throws(WasmError) -> FieldType {
        let at = reader.offset
        let code = try reader.typeCode()
        let storage: ValueType
        switch code {
        case 0x78: storage = .i8
        case 0x77: storage = .i16
        default:
            if let type = TypeCode.valueType(code) {
                storage = type
            } else if let type = try reader.referenceType(after: code) {
                storage = try checked(type, at: at, indexBound: indexBound)
            } else {
                throw WasmError(.malformed, at: at, "malformed storage type")
            }
        }
        return FieldType(storage: storage, isMutable: try mutability())
    }

    private mutating func mutability() throws(WasmError) -> Bool {
        let at = reader.offset
        let byte = try reader.byte()
        guard byte < 2 else { throw WasmError(.malformed, at: at, "malformed mutability") }
        return byte == 1
    }

    /// The same type, once its index is known and its proposal is on.
    func checked(_ type: ValueType, at offset: Int, indexBound: Int? = nil) throws(WasmError) -> ValueType {
        if let refusal = image.refusal(of: type, at: offset, indexBound: indexBound ?? typeBound ?? image.types.count) { throw refusal }
        return type
    }

    /// Every declared super type is open and structurally above. Specification 3.2.9.
    private func checkSuperTypes(_ group: RecursionGroup, at offset: Int) throws(WasmError) {
        for index in group.first..<group.first + group.count {
            let type = image.types[Int(index)]
            guard let superIndex = type.superType else {
                image.subtypeDepths.append(0)
                continue
            }
            let superType = image.types[Int(superIndex)]
            guard !superType.isFinal, isComposite(type.composite, below: superType.composite) else {
                throw WasmError(.invalid, at: offset, "sub type", .subType, UInt64(index), UInt64(superIndex))
            }
            let depth = image.subtypeDepths[Int(superIndex)] + 1
            guard Int(depth) <= limits.subtypeDepth else {
                throw WasmError(.limit, at: offset, "sub types nested too deeply", .bound, UInt64(limits.subtypeDepth))
            }
            image.subtypeDepths.append(depth)
        }
    }

    private func isComposite(_ type: CompositeType, below other: CompositeType) -> Bool {
        switch (type, other) {
        case (.function(let low), .function(let high)):
            guard low.parameters.count == high.parameters.count, low.results.count == high.results.count else { return false }
            return zip(high.parameters, low.parameters).allSatisfy { image.isSubtype($0, of: $1) }
                && zip(low.results, high.results).allSatisfy { image.isSubtype($0, of: $1) }
        case (.structure(let low), .structure(let high)):
            return low.count >= high.count && zip(low, high).allSatisfy { isField($0, below: $1) }
        case (.array(let low), .array(let high)): return isField(low, below: high)
        default: return false
        }
    }

    private func isField(_ field: FieldType, below other: FieldType) -> Bool {
        guard field.isMutable == other.isMutable else { return false }
        guard image.isSubtype(field.storage, of: other.storage) else { return false }
        return !field.isMutable || image.isSubtype(other.storage, of: field.storage)
    }

    // MARK: Types of external things

    mutating func limitsAndAddress(isMemory: Bool = false) throws(WasmError) -> (limits: Limits, is64: Bool) {
        let at = reader.offset
        let flags = try reader.byte()
        // The bit of the threads proposal.
        if isMemory, flags & ~5 == 2 { throw WasmError(.unsupported, at: at, "threads: shared memory is not supported") }
        guard flags & ~5 == 0 else { throw WasmError(.malformed, at: at, "malformed limits flags") }
        let is64 = flags & 4 != 0
        if is64, !features.contains(.memory64) { throw WasmError(.unsupported, at: at, "64-bit memories are not enabled") }
        let minimum = try reader.u64()
        var maximum: UInt64?
        if flags & 1 != 0 { maximum = try reader.u64() }
        return (Limits(minimum: minimum, maximum: maximum), is64)
    }

    mutating func tableType() throws(WasmError) -> TableType {
        let at = reader.offset
        let element = try checked(try reader.referenceType(), at: at)
        let (limits, is64) = try limitsAndAddress()
        let bound: UInt64 = is64 ? UInt64.max : UInt64(UInt32.max)
        guard limits.minimum <= bound, limits.maximum ?? 0 <= bound else {
            throw WasmError(.invalid, at: at, "table size must be at most 2^32-1")
        }
        try checkOrder(limits, at: at)
        return TableType(element: element, limits: limits, is64: is64)
    }

    mutating func memoryType() throws(WasmError) -> MemoryType {
        let at = reader.offset
        let (limits, is64) = try limitsAndAddress(isMemory: true)
        let bound: UInt64 = is64 ? 1 << 48 : 1 << 16
        guard limits.minimum <= bound, limits.maximum ?? 0 <= bound else {
            throw is64
                ? WasmError(.invalid, at: at, "memory size must be at most 2^48 pages")
                : WasmError(.invalid, at: at, "memory size must be at most 65536 pages (4GiB)")
        }
        try checkOrder(limits, at: at)
        return MemoryType(limits: limits, is64: is64)
    }

    private func checkOrder(_ limits: Limits, at offset: Int) throws(WasmError) {
        if let maximum = limits.maximum, limits.minimum > maximum {
            throw WasmError(.invalid, at: offset, "size minimum must not be greater than maximum")
        }
    }

    mutating func globalType() throws(WasmError) -> GlobalType {
        let at = reader.offset
        let value = try checked(try reader.valueType(), at: at)
        return GlobalType(value: value, isMutable: try mutability())
    }

    mutating func tagType() throws(WasmError) -> TagType {
        let at = reader.offset
        guard try reader.byte() == 0 else { throw WasmError(.malformed, at: at, "malformed tag attribute") }
        let index = try functionTypeIndex()
        if let signature = image.signature(ofType: index), signature.resultCount != 0 {
            throw WasmError(.invalid, at: at, "non-empty tag result type")
        }
        return TagType(typeIndex: index)
    }
}
