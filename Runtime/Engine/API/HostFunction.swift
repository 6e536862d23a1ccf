// HostFunction: what an embedder gives a guest to call: a closure, or through the lower door a C function without anything around it.

/// What a host function answers.
public enum HostOutcome {
    /// The results are in the slots.
    case done
    /// The guest traps.
    case trap(TrapCode)
    /// The guest ends with an exit code (`proc_exit`).
    case exit(Int32)
    /// The run ends with `.suspended`; the embedder resumes it with the results.
    case suspend
    /// The guest sees a thrown exception.
    case throwException(ExceptionReference)
}

/// A host function. `values` holds the parameters on entry and the results on return, one 8-byte slot each (v128 takes two).
/// i32 and f32 are in the low 32 bits: upper bits are zero on entry, ignored on return. A function reference is a
/// `Func.rawReference` (0 is null); an `externref` is the host's number plus one (0 is null).
public typealias HostFunction = (_ caller: Caller, _ values: UnsafeMutablePointer<UInt64>) -> HostOutcome

/// A host function that guests enter directly: nothing on the way there and back counts references or allocates. It must not call
/// guests. `data` is the store's as of when the run was resumed, `number` what the function was made with, `memory` and `byteCount`
/// the calling instance's memory as `Caller.guestMemory` has it (no bytes when there is none). `values` are the parameters' slots as a
/// `HostFunction` has them, but bare: the upper half of a 32-bit one is undefined. Returns a `DirectOutcome`'s raw value: its type has
/// one i32 result or none.
public typealias DirectHostFunction =
    @convention(c) (
        _ data: UnsafeMutableRawPointer?, _ number: UInt, _ memory: UnsafeMutableRawPointer, _ byteCount: Int,
        _ values: UnsafeMutablePointer<UInt64>
    ) -> UInt64

/// What a `DirectHostFunction` answers, in one word: C functions return no Swift enumerations.
public struct DirectOutcome: RawRepresentable, Equatable, Sendable {
    /// The kind in the upper half (0 result, 1 trap, 2 exit), the result or code in the lower.
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The guest goes on, with this result if the type has one.
    public static func result(_ value: UInt32) -> DirectOutcome { DirectOutcome(rawValue: UInt64(value)) }
    /// The guest traps.
    public static func trap(_ code: TrapCode) -> DirectOutcome { DirectOutcome(rawValue: 1 << 32 | UInt64(code.rawValue)) }
    /// The guest ends with an exit code.
    public static func exit(_ code: Int32) -> DirectOutcome { DirectOutcome(rawValue: 2 << 32 | UInt64(UInt32(bitPattern: code))) }

    /// Why the guest traps; nil when it does not.
    public var trapCode: TrapCode? {
        rawValue >> 32 == 1 ? TrapCode(rawValue: UInt8(truncatingIfNeeded: rawValue)) ?? .hostError : nil
    }

    /// Whether the guest goes on.
    @inline(__always) var isResult: Bool { rawValue >> 32 == 0 }
    /// The result as slots hold it.
    @inline(__always) var slot: UInt64 { word(Int32(truncatingIfNeeded: rawValue)) }

    /// The same for whoever called through the upper door. What is none is a trap.
    var outcome: HostOutcome {
        let code = UInt32(truncatingIfNeeded: rawValue)
        switch rawValue >> 32 {
        case 0: return .done
        case 2: return .exit(Int32(bitPattern: code))
        default: return .trap(TrapCode(rawValue: UInt8(truncatingIfNeeded: code)) ?? .hostError)
        }
    }
}

/// Who called a host function.
public struct Caller {
    /// The store of the call.
    public let store: Store
    /// The calling instance; nil when the embedder calls the host function directly.
    public let instance: Instance?

    /// The calling instance's memory named `memory`, else its first; nil when it has none.
    public var guestMemory: GuestMemory? {
        guard let instance else { return nil }
        return instance.mainMemory
    }

    /// An export of the calling instance.
    public func export(_ name: Name) -> Extern? { instance?.export(name) }
}
