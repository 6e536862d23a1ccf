// RegisterUse: what native code uses each register for. The first five integer and the first two float parameters are the handlers' own, so
// that native code and handlers enter each other by a jump.
//
// Left alone: `ra` (the run's return address), `sp`, `gp`, `tp`, `s0` (the frame pointer that backtraces of the kernel follow).

import Containers
import MachineCode

extension IntegerRegister {
    /// The address of the function's anchor cell; where native code and handlers meet, that of the cell at hand.
    static var cell: IntegerRegister { .a0 }
    /// The frame.
    static var frame: IntegerRegister { .a1 }
    /// The base of memory 0.
    static var memory: IntegerRegister { .a2 }
    /// The instance's state.
    static var instance: IntegerRegister { .a3 }
    /// The integer accumulator.
    static var accumulator: IntegerRegister { .a4 }
    /// The execution's state, where fuel is charged: whoever enters handlers and native code puts it there, and handlers keep it.
    static var execution: IntegerRegister { .s8 }
    /// The fuel left, less the reserve, where fuel is charged.
    static var fuel: IntegerRegister { .s9 }
}

extension FloatRegister {
    /// The double accumulator.
    static var double: FloatRegister { .fa0 }
    /// The single accumulator.
    static var single: FloatRegister { .fa1 }
}

/// The registers that pins get, in this order. The rest is for bases of addresses (`s10`, `s11`) and for the operation at hand (`t0` to `t2`,
/// `ft0` to `ft3`).
enum PinRegisters {
    private static let integers: [UInt8] = [15, 16, 17, 28, 29, 30, 31, 9, 18, 19, 20, 21, 22, 23, 24, 25]
    private static let meteredIntegers: [UInt8] = [15, 16, 17, 28, 29, 30, 31, 9, 18, 19, 20, 21, 22, 23]

    static func integers(isMetered: Bool) -> [UInt8] { isMetered ? meteredIntegers : integers }

    static let floats: [UInt8] = [
        4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
    ]
}
