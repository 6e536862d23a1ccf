// Types of tables, memories and globals: address types, limits, page sizes, mutability.
// Spec: WebAssembly core, 6.5.8 (limits) to 6.5.11, and the custom page sizes and threads proposals for their forms.
import WasmModule

/// Whether a table or memory is addressed by 32 or by 64 bits.
enum AddressType {
    case i32, i64
}

/// Binary logarithm of a memory's page size, when the text gives one.
struct PageSizeExponent {
    var value: UInt64?
    var orDefault: UInt64 { value ?? 16 }
}

/// Limits as numbers.
struct LimitValues {
    var minimum: UInt64
    var maximum: UInt64?
    var isShared = false
    var pageSize = PageSizeExponent(value: nil)
}

extension Assembler {
    /// `i32`, `i64` or nothing.
    mutating func addressType() throws(TextError) -> AddressType {
        if try reader.take(.i64) { return .i64 }
        _ = try reader.take(.i32)
        return .i32
    }

    /// `min max? shared? (pagesize n)?`, encoded.
    mutating func limits(_ addressType: AddressType, isMemory: Bool = false) throws(TextError) -> [UInt8] {
        var values = LimitValues(minimum: try natural64("limits").value, maximum: nil)
        if reader.current.kind == .natural { values.maximum = try natural64("a maximum").value }
        if isMemory {
            if try reader.take(.shared) { values.isShared = true }
            values.pageSize = try pageSizeExponent()
        }
        var bytes: [UInt8] = []
        appendLimits(values, addressType, to: &bytes)
        return bytes
    }

    /// `(pagesize n)`, if it is there.
    mutating func pageSizeExponent() throws(TextError) -> PageSizeExponent {
        let token = reader.current
        guard try reader.takeForm(.pagesize) else { return PageSizeExponent(value: nil) }
        let size = try natural64("a page size").value
        guard size > 0, size & (size - 1) == 0 else { throw TextError(.outOfRange, at: token, "invalid custom page size") }
        try reader.close()
        return PageSizeExponent(value: UInt64(size.trailingZeroBitCount))
    }

    /// Appends the binary form of limits.
    func appendLimits(_ values: LimitValues, _ addressType: AddressType, to output: inout [UInt8]) {
        var flags: UInt8 = values.maximum == nil ? 0 : 1
        if values.isShared { flags |= 2 }
        if case .i64 = addressType { flags |= 4 }
        if values.pageSize.value != nil { flags |= 8 }
        output.append(flags)
        output.appendUnsigned(values.minimum)
        if let maximum = values.maximum { output.appendUnsigned(maximum) }
        if let exponent = values.pageSize.value { output.appendUnsigned(exponent) }
    }

    /// A table type in the binary's order: element type, then limits.
    mutating func tableType(into output: inout [UInt8]) throws(TextError) {
        let addressType = try addressType()
        let limits = try limits(addressType)
        guard try referenceType(into: &output) else { throw reader.unexpected("a reference type") }
        output.append(contentsOf: limits)
    }

    /// A memory type.
    mutating func memoryType(into output: inout [UInt8]) throws(TextError) {
        let addressType = try addressType()
        output.append(contentsOf: try limits(addressType, isMemory: true))
    }

    /// A global type in the binary's order: value type, then mutability.
    mutating func globalType(into output: inout [UInt8]) throws(TextError) {
        let isMutable = try reader.takeForm(.mut)
        try valueType(into: &output)
        if isMutable { try reader.close() }
        output.append(isMutable ? 1 : 0)
    }
}
