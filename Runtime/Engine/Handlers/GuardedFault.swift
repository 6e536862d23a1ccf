// GuardedFault: the way out of a handler whose access left a guarded memory, for the embedder whose page fault handler found it so.

/// The seam between guarded memories and page faults. An embedder that guards memories resumes the faulting handler at `exitAddress`
/// with the handler's first four parameters, the stack pointer and the return address as they were, and the effective address as the
/// fifth parameter; the run then ends with the trap `memoryOutOfBounds`.
public enum GuardedFault {
    /// The address of the exit.
    public static var exitAddress: UInt { handlerAddress(op_memory_trap) }

    /// Notes the fuel that was left where machine code faulted, in the execution whose state is at an address: what its registers said.
    public static func note(fuel: Int64, ofExecution address: UInt) {
        // SAFETY: machine code keeps the address that `Execution.run` gave.
        UnsafeMutablePointer<ExecutionState>(bitPattern: address)?.pointee.fuel = fuel
    }
}
