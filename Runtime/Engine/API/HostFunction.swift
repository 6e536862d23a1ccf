// HostFunction: what an embedder gives a guest to call.

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
