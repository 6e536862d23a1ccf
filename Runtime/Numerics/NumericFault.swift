// The three ways a numeric instruction can fail.
// WebAssembly core specification, 4.3 Numerics: the partial operators.

/// Why a partial numeric instruction has no result; the engine turns it into the trap of the same name.
@frozen
public enum NumericFault: UInt8, Error {
    /// `div` or `rem` with a zero divisor.
    case integerDivisionByZero
    /// A quotient or a converted number which the result type cannot hold.
    case integerOverflow
    /// A NaN given to a trapping float-to-integer conversion.
    case badConversionToInteger
}
