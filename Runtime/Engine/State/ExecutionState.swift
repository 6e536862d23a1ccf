// ExecutionState: a running or parked execution as the handlers see it. Owned by its `Execution`.

import Containers
import WasmOperations

/// How the handlers left.
enum ExitReason: UInt8 { case finished, trapped, exited, outOfFuel, suspended, thrown }

/// A call from one instance into another that has not returned: who called, and where it goes on.
struct Crossing {
    var instance: UnsafeMutablePointer<InstanceState>
    var back: UnsafeRawPointer
}

/// A running or parked execution: what the handlers write back on the way out, and what calls between instances need.
package struct ExecutionState {
    /// Where to go on, or where it stopped.
    var pc: UnsafeRawPointer
    var frame: UnsafeMutableRawPointer
    var instance: UnsafeMutablePointer<InstanceState>
    /// The accumulators of an execution parked for fuel.
    var accumulator: UInt64 = 0
    var double: Double = 0
    var single: Float = 0
    /// How it left.
    var exit: ExitReason = .finished
    var trapCode: TrapCode = .none
    /// Whether the trap's handler said which address, or which index of a table, was at fault.
    var hasFault = false
    /// The address or index, and for an index the table's size.
    var faultPlace: UInt64 = 0
    var faultSize: UInt64 = 0
    var exitCode: Int32 = 0
    /// The thrown exception that nobody caught.
    var exception: UnsafeMutablePointer<ExceptionState>?
    /// Fuel left.
    var fuel: Int64 = 0
    /// The value stack; the red zone begins at the limit.
    var stackBase: UnsafeMutableRawPointer
    var stackLimit: UnsafeMutableRawPointer
    /// The end of the red zone.
    var stackEnd: UnsafeMutableRawPointer { stackLimit + Execution.redZoneByteCount }
    /// Whether the stack is its own, not a part of an outer execution's.
    var ownsStack: Bool
    /// While a host function runs: the first byte of the stack it may use for calls back into guests.
    var stackTop: UnsafeMutableRawPointer
    /// The embedder's data of the store, for host functions that are called directly.
    var hostData: UnsafeMutableRawPointer?
    /// A host function that is called directly has not returned.
    var isInDirectCall = false
    /// Calls between instances that have not returned.
    var crossings: UnsafeMutablePointer<Crossing>?
    var crossingCount = 0
    var crossingCapacity = 0
    /// The cells `restore_instance` and `finish`, of the engine.
    var restoreCell: UnsafeRawPointer
    var finishCell: UnsafeRawPointer
    /// The host function that waits, while suspended.
    var waitingHost: UnsafeMutablePointer<FunctionEntry>?

    /// Most calls between instances at a time.
    static let crossingLimit = 1 << 16

    /// Writes the machine state back.
    @inline(__always) mutating func leave(
        _ reason: ExitReason, _ pc: UnsafeRawPointer, _ frame: UnsafeMutableRawPointer, _ instance: UnsafeMutablePointer<InstanceState>
    ) {
        exit = reason
        note(pc, frame, instance)
    }

    /// Writes down where the guest is: on the way out, and for samples while a host function runs.
    @inline(__always) mutating func note(
        _ pc: UnsafeRawPointer, _ frame: UnsafeMutableRawPointer, _ instance: UnsafeMutablePointer<InstanceState>
    ) {
        self.pc = pc
        self.frame = frame
        self.instance = instance
    }

    /// Notes a call between instances; false when there are too many or memory is refused.
    mutating func pushCrossing(_ instance: UnsafeMutablePointer<InstanceState>, _ back: UnsafeRawPointer) -> Bool {
        if crossingCount == crossingCapacity {
            let capacity = crossingCapacity == 0 ? 64 : crossingCapacity &* 2
            guard capacity <= ExecutionState.crossingLimit,
                let raw = Allocation.tryAllocate(byteCount: capacity &* MemoryLayout<Crossing>.stride)
            else { return false }
            let grown = raw.bindMemory(to: Crossing.self, capacity: capacity)
            if let crossings {
                grown.update(from: crossings, count: crossingCount)
                Allocation.free(crossings)
            }
            crossings = grown
            crossingCapacity = capacity
        }
        crossings![crossingCount] = Crossing(instance: instance, back: back)
        crossingCount &+= 1
        return true
    }

    /// Takes the last crossing back. `restore_instance` runs only where one was pushed.
    @inline(__always) mutating func popCrossing() -> Crossing {
        crossingCount &-= 1
        return crossings.unsafelyUnwrapped[crossingCount]
    }
}

/// A thrown exception. Owned by the store; references to it are its address.
package struct ExceptionState {
    var tag: UnsafeMutablePointer<TagState>
    /// The next of the store's exceptions.
    var next: UnsafeMutablePointer<ExceptionState>?
    /// While exceptions are collected: reached, and the next one whose values are still to be looked at.
    var isMarked = false
    var pending: UnsafeMutablePointer<ExceptionState>?
    /// Whether the embedder has a reference to it, which nothing here can see.
    var isHeldByHost = false
    var slotCount: Int

    /// Bytes of an exception with its slots.
    static func byteCount(slots: Int) -> Int { MemoryLayout<ExceptionState>.stride + slots * 8 }

    /// The arguments' slots, which lie behind it.
    @inline(__always) static func slots(_ exception: UnsafeMutablePointer<ExceptionState>) -> UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer(exception + 1).assumingMemoryBound(to: UInt64.self)
    }
}
