// Trap: why a guest stopped, and where (core specification, 4.2.2 "Results"; texts as in the reference interpreter).

import Containers
import WasmModule

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
//
// SAFETY: an error must be Sendable, and a module is not; a trap goes to whoever called, in the thread that its store belongs to.
public struct BacktraceFrame: @unchecked Sendable {
    /// The function's index in its module.
    public var functionIndex: UInt32
    /// Offset of the instruction from the start of the module's bytes, or -1 when not known.
    public var moduleOffset: Int
    /// The module, for names; nil for a host function.
    public var module: Module?
    /// Until then `moduleOffset` is an offset in the function's code.
    var isOffsetKnown = false

    /// The function's name in the name section; nil when it has none. Valid as long as the module. Found without memory of its own.
    public var functionName: UnsafeRawBufferPointer? { module?.functionName(functionIndex) }

    /// The module's name in the name section, else the one the embedder gave it; nil when it has none. Valid as long as the module.
    public var moduleName: UnsafeRawBufferPointer? {
        guard let module else { return nil }
        if let name = NameSection.moduleName(in: module.image) { return module.image[name] }
        // SAFETY: the module keeps its name, whose bytes lie in an array of their own.
        return module.displayName.bytes.withUnsafeBytes { $0.isEmpty ? nil : $0 }
    }

    /// Hands the line's text to `append`, piece by piece: ``function `name` (12) of `module`, offset 0x1f3``. What is not printable ASCII
    /// in a name is `?`, so that no name reaches a terminal as it is.
    public func write(_ append: (UInt8) -> Void) {
        func text(_ text: StaticString) { for index in 0..<text.utf8CodeUnitCount { append(text.utf8Start[index]) } }
        func quoted(_ name: UnsafeRawBufferPointer) {
            text("`")
            for byte in name.prefix(BacktraceFrame.nameByteLimit) { append(byte >= 0x20 && byte < 0x7F ? byte : UInt8(ascii: "?")) }
            if name.count > BacktraceFrame.nameByteLimit { text("...") }
            text("`")
        }
        func number(_ value: UInt64, radix: UInt64) {
            var divisor: UInt64 = 1
            while value / divisor >= radix { divisor *= radix }
            while divisor > 0 {
                let digit = UInt8(truncatingIfNeeded: value / divisor % radix)
                append(digit < 10 ? 48 + digit : 87 + digit)
                divisor /= radix
            }
        }
        text("function ")
        if let name = functionName {
            quoted(name)
            text(" (")
            number(UInt64(functionIndex), radix: 10)
            text(")")
        } else {
            number(UInt64(functionIndex), radix: 10)
        }
        if let name = moduleName {
            text(" of ")
            quoted(name)
        }
        if moduleOffset >= 0 {
            text(", offset 0x")
            number(UInt64(moduleOffset), radix: 16)
        }
    }

    /// Most bytes of a name that a line shows.
    static let nameByteLimit = 200
}

/// The place in a memory or table that a guest must not use.
public struct TrapFault: Sendable {
    /// The effective address in the memory, or the index in the table.
    public var place: UInt64
    /// Bytes of the memory, or elements of the table; nil when it is not known which it is.
    public var size: UInt64?
}

/// Why and where a guest stopped.
public struct Trap: Error {
    /// The reason.
    public var code: TrapCode
    /// The exit code when `code` is `.exit`.
    public var exitCode: Int32 = 0
    /// The address or index that was at fault, when it is known.
    public var fault: TrapFault?
    /// Why the innermost function is not valid, when `code` is `.invalidFunction`; nil when memory for it is refused.
    public var invalidity: WasmError?
    /// The frames, innermost first, at most `Config.backtraceFrameLimit`: when there are more, the first and the last half of that number.
    public var backtrace: [BacktraceFrame] = []
    /// How many frames the backtrace leaves out.
    public var elidedFrameCount: Int = 0
    /// How many frames of the backtrace are inside of those that are left out.
    public var elidedFramePosition: Int = 0
    /// The exception nobody caught, when `code` is `.uncaughtException`.
    public var exception: ExceptionReference?

    /// A trap with only a reason.
    public init(code: TrapCode) { self.code = code }

    /// The reason in words, with what is known besides: why a function is not valid, which address or index was at fault, and how large the
    /// memory or table is.
    public func renderMessage(into output: inout [UInt8]) {
        output.append(code.message)
        if let invalidity {
            output.append(": ")
            invalidity.renderMessage(into: &output)
        }
        guard let fault else { return }
        if code == .memoryOutOfBounds {
            output.append(" at address ")
            output.append(hexadecimal: fault.place)
            guard let size = fault.size else { return }
            output.append(" in linear memory of size ")
            output.append(hexadecimal: size)
        } else {
            output.append(" at index ")
            output.append(decimal: fault.place)
            guard let size = fault.size else { return }
            output.append(" in table of size ")
            output.append(decimal: size)
        }
    }
}
