// OperandStack: the operands of the function being translated, as places rather than values. `local.get` and constants emit nothing:
// they push an entry that names the local or the number, and the instruction that uses it reads it from there.

import WasmModule
import WasmOperations

/// The accumulator a value of a type can be in.
enum ValueClass: UInt8 {
    /// i32, i64, references.
    case integer = 1
    case double = 2
    case single = 3
    case vector = 4

    init(_ type: ValueType) {
        switch type {
        case .f64: self = .double
        case .f32: self = .single
        case .v128: self = .vector
        default: self = .integer
        }
    }

    /// The class of an accumulator's values; a vector's for none.
    @inline(__always) init(_ kind: AccumulatorKind) {
        switch kind {
        case .integer: self = .integer
        case .double: self = .double
        case .single: self = .single
        case .none: self = .vector
        }
    }

    /// Bytes of its slots.
    @inline(__always) var byteCount: Int32 { self == .vector ? 16 : 8 }
}

/// An operand: where its value is.
struct Operand {
    enum Place: UInt8 {
        /// `payload` is the value.
        case constant
        /// In the local whose slot offset is `payload`.
        case local
        /// In its home slot.
        case home
        /// In its class's accumulator only; the producing cell can still be told to write the home slot.
        case accumulator
    }
    var place: Place
    var valueClass: ValueClass
    /// The slot that belongs to its height, as a byte offset in the frame.
    var home: Int32
    var payload: UInt64 = 0

    /// The slot a value in a slot is in.
    @inline(__always) var slot: Int32 { place == .local ? Int32(truncatingIfNeeded: payload) : home }
    /// Whether it is in a slot.
    @inline(__always) var isInSlot: Bool { place == .home || place == .local }
    /// A constant that a 32-bit field can hold, sign-extended.
    @inline(__always) var short: Int32? { Int32(exactly: Int64(bitPattern: payload)) }
}

/// Where a local is.
struct LocalPlace {
    let slot: Int32
    let valueClass: ValueClass
}

/// What is known of one accumulator.
struct AccumulatorState {
    /// The slot whose value it also holds, or `none`.
    var slot: Int32
    /// The index of the operand that is nowhere else, or -1.
    var operand: Int
    /// The cell that produced that operand.
    var producer: Int

    static let none = Int32.min
    static let empty = AccumulatorState(slot: none, operand: -1, producer: -1)
}
