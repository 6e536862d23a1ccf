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
    /// An `externref` or another reference whose meaning is the host's; nil is null.
    case external(UInt64?)
    /// An exception reference; nil is null.
    case exception(ExceptionReference?)

    /// The 8-byte slots the value takes.
    public var slotCount: Int {
        if case .v128 = self { 2 } else { 1 }
    }
}

/// A caught exception, as a value. Owned by the store.
public struct ExceptionReference: Equatable, @unchecked Sendable {
    let raw: UnsafeMutableRawPointer
}
