// Signature: what a function type comes to for one width of addresses, worked out once: sizes, core types, what goes through memory.
// Spec: CanonicalABI.md, "Flattening".
import WasmComponent
import WasmModule

/// Bytes, alignment and core values of a value.
struct Measure: BitwiseCopyable {
    var byteCount: UInt64
    var alignment: UInt64
    var slotCount: Int

    /// Of a primitive type.
    init(_ primitive: PrimitiveType, is64: Bool) {
        slotCount = 1
        switch primitive {
        case .bool, .s8, .u8: byteCount = 1
        case .s16, .u16: byteCount = 2
        case .s32, .u32, .char, .errorContext, .f32: byteCount = 4
        case .s64, .u64, .f64: byteCount = 8
        case .string:
            alignment = is64 ? 8 : 4
            byteCount = alignment * 2
            slotCount = 2
            return
        }
        alignment = byteCount
    }

    /// Of a type that is a row.
    init(_ layout: ValueLayout) {
        byteCount = layout.byteCount
        alignment = layout.alignment
        slotCount = Int(layout.flat.count)
    }
}

func aligned(_ value: UInt64, to alignment: UInt64) -> UInt64 { (value &+ alignment &- 1) & ~(alignment &- 1) }

/// A function type for one width of addresses.
struct Signature {
    /// Rows of the component's members.
    let parameterStart: Int
    let parameterCount: Int
    let result: ComponentValueType?
    /// The core types of all parameters, more than 16 when they go through memory.
    private(set) var parameters = FlatTypes()
    /// Size and alignment of all parameters as a tuple.
    private(set) var parameterByteCount: UInt64 = 0
    private(set) var parameterAlignment: UInt64 = 1
    private(set) var results = FlatTypes()
    private(set) var resultByteCount: UInt64 = 0
    private(set) var resultAlignment: UInt64 = 1
    let is64: Bool
    /// Whether the type has the effect `async`.
    let isAsync: Bool

    init(_ component: Component, _ type: UInt32, is64: Bool) {
        let node = component.node(type)
        parameterStart = Int(node.start)
        parameterCount = Int(node.count)
        result = node.element
        self.is64 = is64
        isAsync = node.flags.contains(.isAsync)
        for index in 0..<parameterCount {
            guard let type = component.members[parameterStart + index].type else { continue }
            let layout = component.layout(type, is64: is64)
            parameters.append(layout.flat)
            parameterByteCount = aligned(parameterByteCount, to: layout.alignment) &+ layout.byteCount
            parameterAlignment = max(parameterAlignment, layout.alignment)
        }
        parameterByteCount = aligned(parameterByteCount, to: parameterAlignment)
        if let result {
            let layout = component.layout(result, is64: is64)
            results = layout.flat
            resultByteCount = layout.byteCount
            resultAlignment = layout.alignment
        }
    }

    var address: ValueType { is64 ? .i64 : .i32 }
    /// Whether the parameters lie in memory.
    var isSpilled: Bool { parameters.isOverflowing }
    /// Whether the result lies in memory.
    var isResultSpilled: Bool { results.count > 1 }

    /// The core type of a lowered function.
    var loweredType: FunctionType {
        var types = isSpilled ? [address] : parameters.types
        if isResultSpilled { types.append(address) }
        return FunctionType(parameters: types, results: isResultSpilled ? [] : results.types)
    }
}
