// Value: a WebAssembly value at the edge of the engine (core specification, 4.2.1).

import WasmModule

/// A value. Floats are given as their bits, so that no NaN is lost on the way.
public enum Value {
    case i32(Int32)
    case i64(Int64)
    case f32(bits: UInt32)
    case f64(bits: UInt64)
    case v128(low: UInt64, high: UInt64)
    /// A function reference; nil is null.
    case function(Func?)
    /// An `externref` or another reference whose meaning is the host's; nil is null. The largest number, whose slot would be that of null,
    /// fits no type.
    case external(UInt64?)
    /// An exception reference; nil is null.
    case exception(ExceptionReference?)

    /// The 8-byte slots the value takes.
    public var slotCount: Int {
        if case .v128 = self { 2 } else { 1 }
    }
}

/// A caught exception, as a value. Owned by the store, which keeps those that the host has seen until it goes, or the host throws them.
public struct ExceptionReference: Equatable, @unchecked Sendable {
    let raw: UnsafeMutableRawPointer
}

extension Value {
    /// The first slot as the engine holds it.
    var lowSlot: UInt64 {
        switch self {
        case .i32(let value): UInt64(bitPattern: Int64(value))
        case .i64(let value): UInt64(bitPattern: value)
        case .f32(let bits): UInt64(bits)
        case .f64(let bits): bits
        case .v128(let low, _): low
        case .function(let function): function?.rawReference ?? 0
        case .external(let value): value.map { $0 &+ 1 } ?? 0
        case .exception(let exception): exception.map { UInt64(UInt(bitPattern: $0.raw)) } ?? 0
        }
    }

    /// The second slot of a v128.
    var highSlot: UInt64 {
        if case .v128(_, let high) = self { high } else { 0 }
    }

    /// The value of `type` in slots.
    static func read(_ slots: UnsafePointer<UInt64>, _ type: ValueType, store: Store) -> Value {
        let slot = slots[0]
        switch type {
        case .i32: return .i32(Int32(truncatingIfNeeded: slot))
        case .i64: return .i64(Int64(bitPattern: slot))
        case .f32: return .f32(bits: UInt32(truncatingIfNeeded: slot))
        case .f64: return .f64(bits: slot)
        case .v128: return .v128(low: slot, high: slots[1])
        default: break
        }
        switch type.heapType {
        case .extern, .noextern: return .external(slot == 0 ? nil : slot &- 1)
        case .exn, .noexn:
            guard let exception = UnsafeMutablePointer<ExceptionState>(bitPattern: UInt(slot)) else { return .exception(nil) }
            exception.pointee.isHeldByHost = true
            return .exception(ExceptionReference(raw: UnsafeMutableRawPointer(exception)))
        default:
            return .function(UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(slot)).map { Func(store: store, entry: $0) })
        }
    }

    /// Whether the value can be given where `type` is asked for.
    func fits(_ type: ValueType) -> Bool {
        switch self {
        case .i32: return type == .i32
        case .i64: return type == .i64
        case .f32: return type == .f32
        case .f64: return type == .f64
        case .v128: return type == .v128
        case .function(let value): return type.isReference && (value != nil || type.isNullable) && isFunctionType(type)
        case .external(let value):
            return type.isReference && value != .max && (value != nil || type.isNullable) && (type.heapType == .extern || value == nil)
        case .exception(let value): return type.isReference && (value != nil || type.isNullable) && (type.heapType == .exn || value == nil)
        }
    }

    private func isFunctionType(_ type: ValueType) -> Bool {
        type.heapType == .func || type.heapType == .nofunc || type.heapType.typeIndex != nil
    }
}
