// Execution: one call from the embedder into a guest, which may run out of fuel or wait for the host, and go on.

import WasmModule

/// How a run ended.
public enum RunResult {
    /// The results are there.
    case finished
    /// The guest trapped; the execution is over.
    case trapped(Trap)
    /// The guest ended with an exit code; the execution is over.
    case exited(Int32)
    /// Fuel ran out; add fuel to the store and resume.
    case outOfFuel
    /// A host function asked to wait; write its results into `hostResults` and resume.
    case suspended
}

/// A call under way.
public final class Execution {
    /// The store it runs in.
    public let store: Store

    init(store: Store) { self.store = store }

    /// Runs, or goes on after `.outOfFuel` or `.suspended`.
    public func resume() -> RunResult { .trapped(Trap(code: .hostError)) }

    /// After `.suspended`: the slots of the waiting host function, parameters until written over, results when resumed.
    public var hostResults: UnsafeMutablePointer<UInt64>? { nil }

    /// After `.finished`: the results.
    public var results: [Value] { [] }
}

extension Func {
    /// A call with `arguments`, not yet begun. Nil when the arguments do not fit the type or memory for its stack is refused.
    public func prepare(_ arguments: [Value]) -> Execution? { nil }

    /// Calls and waits for the end. Running out of fuel, suspending and exiting come back as traps with these codes.
    public func call(_ arguments: [Value] = []) throws(Trap) -> [Value] {
        throw Trap(code: .hostError)
    }

    /// The type.
    public var type: FunctionType? { nil }
}
