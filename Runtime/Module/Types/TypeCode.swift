// The bytes of the binary format for types and sections. Specification 5.3, 5.5.2.

/// The sections, by id. The order they must come in is `order`.
@frozen public enum SectionID: UInt8, Sendable {
    case custom, type, `import`, function, table, memory, global, export, start, element, code, data, dataCount, tag

    /// The place in a module; each section must have a greater one than the section before it.
    public var order: Int {
        switch self {
        case .custom: return 0
        case .type: return 1
        case .import: return 2
        case .function: return 3
        case .table: return 4
        case .memory: return 5
        case .tag: return 6
        case .global: return 7
        case .export: return 8
        case .start: return 9
        case .element: return 10
        case .dataCount: return 11
        case .code: return 12
        case .data: return 13
        }
    }
}

/// Bytes that stand for types.
enum TypeCode {
    static let function: UInt8 = 0x60
    static let structure: UInt8 = 0x5F
    static let array: UInt8 = 0x5E
    static let subType: UInt8 = 0x50
    static let finalSubType: UInt8 = 0x4F
    static let recursionGroup: UInt8 = 0x4E
    static let nullableReference: UInt8 = 0x63
    static let reference: UInt8 = 0x64
    static let emptyBlock: UInt8 = 0x40

    /// The byte of a number, vector or packed type.
    static func code(of type: ValueType) -> UInt8 {
        switch type {
        case .i32: return 0x7F
        case .i64: return 0x7E
        case .f32: return 0x7D
        case .f64: return 0x7C
        case .v128: return 0x7B
        case .i8: return 0x78
        default: return 0x77
        }
    }

    /// The type of such a byte; nil for others.
    static func valueType(_ code: UInt8) -> ValueType? {
        switch code {
        case 0x7F: return .i32
        case 0x7E: return .i64
        case 0x7D: return .f32
        case 0x7C: return .f64
        case 0x7B: return .v128
        default: return nil
        }
    }

    /// The byte of an abstract heap type.
    static func code(of type: HeapType) -> UInt8 {
        switch type {
        case .nofunc: return 0x73
        case .noextern: return 0x72
        case .none: return 0x71
        case .func: return 0x70
        case .extern: return 0x6F
        case .any: return 0x6E
        case .eq: return 0x6D
        case .i31: return 0x6C
        case .struct: return 0x6B
        case .array: return 0x6A
        case .exn: return 0x69
        default: return 0x74
        }
    }

    /// The abstract heap type of a byte; nil for others.
    static func heapType(_ code: UInt8) -> HeapType? {
        switch code {
        case 0x74: return .noexn
        case 0x73: return .nofunc
        case 0x72: return .noextern
        case 0x71: return HeapType.none
        case 0x70: return .func
        case 0x6F: return .extern
        case 0x6E: return .any
        case 0x6D: return .eq
        case 0x6C: return .i31
        case 0x6B: return .struct
        case 0x6A: return .array
        case 0x69: return .exn
        default: return nil
        }
    }
}
