// HandlerNumerics: from the faults of WasmNumerics, whose functions the generated handlers call, to traps.

import WasmNumerics

extension TrapCode {
    /// The trap of a partial operator that has no result.
    @inline(__always) init(_ fault: NumericFault) {
        switch fault {
        case .integerDivisionByZero: self = .integerDivisionByZero
        case .integerOverflow: self = .integerOverflow
        case .badConversionToInteger: self = .badConversionToInteger
        }
    }
}
