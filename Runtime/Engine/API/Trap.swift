// Trap: why a guest stopped, and where (core specification, 4.2.2 "Results"; texts as in the reference interpreter).

/// The reason of a trap, one byte.
public enum TrapCode: UInt8, Sendable {
    case none = 0
    case unreachable
    case memoryOutOfBounds
    case tableOutOfBounds
    case undefinedElement
    case indirectCallToNull
    case integerDivisionByZero
    case integerOverflow
    case badConversionToInteger
    case stackOverflow
    case badSignature
    case outOfFuel
    case growthOperationLimited
    case uncaughtException
    case nullReference
    case nullFunctionReference
    case nullExceptionReference
    case unalignedAtomic
    case hostError
    case outOfMemory
    case invalidFunction
    case suspendedInCall
    case exit
    case wrongStore
    case badArguments

    /// The text, as the reference interpreter words it where it has the trap.
    public var message: StaticString {
        switch self {
        case .none: "no trap"
        case .unreachable: "unreachable"
        case .memoryOutOfBounds: "out of bounds memory access"
        case .tableOutOfBounds: "out of bounds table access"
        case .undefinedElement: "undefined element"
        case .indirectCallToNull: "uninitialized element"
        case .integerDivisionByZero: "integer divide by zero"
        case .integerOverflow: "integer overflow"
        case .badConversionToInteger: "invalid conversion to integer"
        case .stackOverflow: "call stack exhausted"
        case .badSignature: "indirect call type mismatch"
        case .outOfFuel: "all fuel consumed"
        case .growthOperationLimited: "growth operation limited"
        case .uncaughtException: "unhandled exception"
        case .nullReference: "null reference"
        case .nullFunctionReference: "null function reference"
        case .nullExceptionReference: "null exception reference"
        case .unalignedAtomic: "unaligned atomic"
        case .hostError: "host function failed"
        case .outOfMemory: "out of memory"
        case .invalidFunction: "function is not valid"
        case .suspendedInCall: "host function suspended a call that cannot wait"
        case .exit: "exit"
        case .wrongStore: "value of another store"
        case .badArguments: "arguments do not match the function's type"
        }
    }
}

/// One line of a backtrace.
public struct BacktraceFrame {
    /// The function's index in its module.
    public var functionIndex: UInt32
    /// Offset of the instruction from the start of the module's bytes, or -1 when not known.
    public var moduleOffset: Int
    /// The module, for names; nil for a host function.
    public var module: Module?
}

/// Why and where a guest stopped.
public struct Trap: Error {
    /// The reason.
    public var code: TrapCode
    /// The exit code when `code` is `.exit`.
    public var exitCode: Int32 = 0
    /// For a memory fault: the effective address, when it is known.
    public var faultAddress: UInt64?
    /// The innermost frames, at most `Config.backtraceFrameLimit`.
    public var backtrace: [BacktraceFrame] = []
    /// How many further frames the backtrace leaves out.
    public var elidedFrameCount: Int = 0
    /// The exception nobody caught, when `code` is `.uncaughtException`.
    public var exception: ExceptionReference?

    /// A trap with only a reason.
    public init(code: TrapCode) { self.code = code }
}
