// Writes the binary format: LEB128, names, types, sections. Specification 5.

/// Bytes being written. Sections and other things with a size in front are written with `sized`.
public struct ModuleEncoder: Sendable {
    /// What has been written.
    public var bytes: [UInt8] = []

    /// An encoder without bytes.
    public init() {}

    /// An encoder that has written the magic number and version 1.
    public static func module() -> ModuleEncoder {
        var encoder = ModuleEncoder()
        encoder.bytes = [0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00]
        return encoder
    }

    /// A byte.
    public mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// Bytes as they are.
    public mutating func raw<S: Sequence>(_ sequence: S) where S.Element == UInt8 { bytes.append(contentsOf: sequence) }

    /// An unsigned LEB128, shortest form.
    public mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// An unsigned LEB128 index or count, shortest form.
    public mutating func index(_ value: UInt32) { unsigned(UInt64(value)) }

    /// A count.
    public mutating func count(_ value: Int) { unsigned(UInt64(value)) }

    /// A signed LEB128, shortest form.
    public mutating func signed(_ value: Int64) {
        var rest = value
        while rest < -64 || rest > 63 {
            bytes.append(UInt8(truncatingIfNeeded: rest) & 0x7F | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest) & 0x7F)
    }

    /// Little-endian bytes.
    public mutating func fixed32(_ value: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// Little-endian bytes.
    public mutating func fixed64(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// A name: byte count, then bytes.
    public mutating func name(_ text: String) {
        name(bytes: Array(text.utf8))
    }

    /// A name, or any vector of bytes.
    public mutating func name(bytes contents: [UInt8]) {
        count(contents.count)
        bytes.append(contentsOf: contents)
    }

    /// An instruction's bytes, without immediates.
    public mutating func opcode(_ opcode: Opcode) {
        let row = opcode.row
        if row.prefix == 0 {
            byte(UInt8(truncatingIfNeeded: row.number))
        } else {
            byte(row.prefix)
            unsigned(UInt64(row.number))
        }
    }

    /// A heap type.
    public mutating func heapType(_ type: HeapType) {
        if let index = type.typeIndex {
            signed(Int64(index))
        } else {
            byte(TypeCode.code(of: type))
        }
    }

    /// A value or storage type; nullable abstract references in their short form.
    public mutating func valueType(_ type: ValueType) {
        if type.isReference {
            if type.isNullable, type.typeIndex == nil {
                byte(TypeCode.code(of: type.heapType))
            } else {
                byte(type.isNullable ? TypeCode.nullableReference : TypeCode.reference)
                heapType(type.heapType)
            }
        } else {
            byte(TypeCode.code(of: type))
        }
    }

    /// A block type.
    public mutating func blockType(_ type: BlockType) {
        if let value = type.valueType {
            valueType(value)
        } else if let index = type.typeIndex {
            signed(Int64(index))
        } else {
            byte(TypeCode.emptyBlock)
        }
    }

    /// Parameters or results: count, then types.
    public mutating func resultType(_ types: [ValueType]) {
        count(types.count)
        for type in types { valueType(type) }
    }

    /// A composite type.
    public mutating func compositeType(_ type: CompositeType) {
        switch type {
        case .function(let function):
            byte(TypeCode.function)
            resultType(function.parameters)
            resultType(function.results)
        case .structure(let fields):
            byte(TypeCode.structure)
            count(fields.count)
            for field in fields { fieldType(field) }
        case .array(let field):
            byte(TypeCode.array)
            fieldType(field)
        }
    }

    /// A sub type; a final one without super type in its short form.
    public mutating func subType(_ type: SubType) {
        if !type.isFinal || type.superType != nil {
            byte(type.isFinal ? TypeCode.finalSubType : TypeCode.subType)
            if let superType = type.superType {
                count(1)
                index(superType)
            } else {
                count(0)
            }
        }
        compositeType(type.composite)
    }

    /// A field's type.
    public mutating func fieldType(_ type: FieldType) {
        valueType(type.storage)
        byte(type.isMutable ? 1 : 0)
    }

    /// Limits with their flags byte.
    public mutating func limits(_ limits: Limits, is64: Bool) {
        byte((limits.maximum != nil ? 1 : 0) | (is64 ? 4 : 0))
        unsigned(limits.minimum)
        if let maximum = limits.maximum { unsigned(maximum) }
    }

    /// A memory's type.
    public mutating func memoryType(_ type: MemoryType) { limits(type.limits, is64: type.is64) }

    /// A table's type.
    public mutating func tableType(_ type: TableType) {
        valueType(type.element)
        limits(type.limits, is64: type.is64)
    }

    /// A global's type.
    public mutating func globalType(_ type: GlobalType) {
        valueType(type.value)
        byte(type.isMutable ? 1 : 0)
    }

    /// A tag's type.
    public mutating func tagType(_ type: TagType) {
        byte(0)
        index(type.typeIndex)
    }

    /// The type of an import, with its kind in front.
    public mutating func externalType(_ type: ExternalType) {
        byte(type.kind.rawValue)
        switch type {
        case .function(let typeIndex): index(typeIndex)
        case .table(let table): tableType(table)
        case .memory(let memory): memoryType(memory)
        case .global(let global): globalType(global)
        case .tag(let tag): tagType(tag)
        }
    }

    /// A memory argument: the memory's index goes into the flags when it is not 0.
    public mutating func memoryArgument(alignment: UInt8, offset: UInt64, memory: UInt32 = 0) {
        unsigned(UInt64(alignment) | (memory != 0 ? 0x40 : 0))
        if memory != 0 { index(memory) }
        unsigned(offset)
    }

    /// Whatever `contents` writes, with its byte count in front.
    public mutating func sized(_ contents: (inout ModuleEncoder) -> Void) {
        var inner = ModuleEncoder()
        contents(&inner)
        name(bytes: inner.bytes)
    }

    /// A section.
    public mutating func section(_ id: SectionID, _ contents: (inout ModuleEncoder) -> Void) {
        byte(id.rawValue)
        sized(contents)
    }

    /// A custom section.
    public mutating func customSection(_ sectionName: String, _ contents: (inout ModuleEncoder) -> Void) {
        section(.custom) { (inner: inout ModuleEncoder) in
            inner.name(sectionName)
            contents(&inner)
        }
    }
}
