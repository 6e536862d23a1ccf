// HostCallHandler: the one door from guests to host functions (core specification, 4.4.10.2).

import WasmModule
import WasmOperations

/// Calls the host function whose entry is in `acc`. The parameters carry the cell to return to, the callee's frame and, in the place
/// of memory, the header's address. What is called directly neither counts references nor allocates on its way, which Tests/Codegen proves.
@inline(never) @c func op_host(_ back: PC, _ frame: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let host = HostFunctionState.of(UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(acc)).unsafelyUnwrapped)
    // The header, where a call writes the cell to return to.
    mem.storeBytes(of: back, as: PC.self)
    guard let direct = host.pointee.direct else { return op_host_closure(back, frame, mem, inst, acc, d, f) }
    let execution = state(inst).pointee.execution
    let memory = state(inst).pointee.hostMemory
    execution.pointee.note(back - 8, frame - Int(back.load(fromByteOffset: -4, as: Int32.self)), state(inst))
    execution.pointee.isInDirectCall = true
    let outcome = DirectOutcome(
        rawValue: direct(
            execution.pointee.hostData, host.pointee.number, memory.pointee.base, memory.pointee.byteCount,
            frame.assumingMemoryBound(to: UInt64.self)))
    // What was noted is where the guest stops, or goes on: taken from there, it need not be saved over the call.
    let noted = state(inst).pointee.execution
    noted.pointee.isInDirectCall = false
    if !outcome.isResult { return noted.pointee.end(outcome) }
    // The frame is the callee's, and it is done: without a result the slot is nobody's.
    frame.storeBytes(of: outcome.slot, as: UInt64.self)
    dispatch(
        noted.pointee.pc + 8, noted.pointee.frame, state(inst).pointee.memory.pointee.base, inst, outcome.slot, 0, 0)
}

extension ExecutionState {
    /// Ends the run as a host function that was called directly says, at the place that was noted.
    @inline(never) fileprivate mutating func end(_ outcome: DirectOutcome) {
        switch outcome.outcome {
        case .exit(let code):
            exit = .exited
            exitCode = code
        case .trap(let code):
            exit = .trapped
            trapCode = code
        case .done, .suspend, .throwException: break  // not what a direct outcome can be
        }
    }
}

/// Calls a host function that is a closure.
@inline(never) @c func op_host_closure(
    _ back: PC, _ frame: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float
) {
    if !invokeHost(back, frame, inst, UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(acc)).unsafelyUnwrapped) { return }
    let caller = frame - Int(back.load(fromByteOffset: -4, as: Int32.self))
    dispatch(
        back, caller, state(inst).pointee.memory.pointee.base, inst, frame.load(as: UInt64.self), frame.load(as: Double.self),
        frame.load(as: Float.self))
}

/// Calls the body; false when the run ends here, everything being written back.
@inline(never) private func invokeHost(_ back: PC, _ frame: FP, _ inst: INST, _ entry: UnsafeMutablePointer<FunctionEntry>) -> Bool {
    let execution = state(inst).pointee.execution
    let instance = state(inst).pointee.owner._withUnsafeGuaranteedRef { $0 }
    let store = instance.store
    let function = store.hostFunctions[Int(entry.pointee.index)]
    let slots = frame.assumingMemoryBound(to: UInt64.self)
    // The trap or exit of a host function is the call's: its cell ends at `back`.
    let callerFrame = frame - Int(back.load(fromByteOffset: -4, as: Int32.self))
    guard store.hostNesting < store.engine.config.maximumHostNesting else {
        execution.pointee.leave(.trapped, back - 8, callerFrame, state(inst))
        execution.pointee.trapCode = .stackOverflow
        return false
    }
    function.clean(slots)
    execution.pointee.stackTop = frame + function.frameByteCount
    execution.pointee.note(back - 8, callerFrame, state(inst))
    store.fuel = execution.pointee.fuel
    store.hostNesting += 1
    let outcome = function.body(Caller(store: store, instance: instance), slots)
    store.hostNesting -= 1
    execution.pointee.fuel = store.fuel
    state(inst).pointee.execution = execution
    state(inst).pointee.stackLimit = execution.pointee.stackLimit
    switch outcome {
    case .done:
        function.canonicalize(slots)
        return true
    case .trap(let code):
        execution.pointee.leave(.trapped, back - 8, callerFrame, state(inst))
        execution.pointee.trapCode = code
    case .exit(let code):
        execution.pointee.leave(.exited, back - 8, callerFrame, state(inst))
        execution.pointee.exitCode = code
    case .suspend:
        execution.pointee.leave(.suspended, back, frame, state(inst))
        execution.pointee.waitingHost = entry
    case .throwException(let reference):
        execution.pointee.leave(.thrown, back - 8, callerFrame, state(inst))
        let exception = reference.raw.assumingMemoryBound(to: ExceptionState.self)
        exception.pointee.isHeldByHost = false
        execution.pointee.exception = exception
    }
    return false
}

/// A host function of a store. A class, so that a call holds one reference and not those of each part.
final class HostFunctionRecord {
    let type: FunctionType
    let body: HostFunction
    /// Bytes of its parameters, or results when they take more, and of the header.
    let frameByteCount: Int
    /// Which slots hold parameters of 32 bits, and which i32 results; nil when there are more slots than bits.
    private let shortParameters: UInt64?
    private let wordResults: UInt64?

    init(type: FunctionType, body: @escaping HostFunction) {
        self.type = type
        self.body = body
        frameByteCount = (max(HostFunctionRecord.slotCount(type.parameters), HostFunctionRecord.slotCount(type.results)) + 1) * 8
        shortParameters = HostFunctionRecord.slots(of: type.parameters) { $0 == .i32 || $0 == .f32 }
        wordResults = HostFunctionRecord.slots(of: type.results) { $0 == .i32 }
    }

    private static func slots(of types: [ValueType], where isWanted: (ValueType) -> Bool) -> UInt64? {
        guard slotCount(types) <= UInt64.bitWidth else { return nil }
        var slots: UInt64 = 0
        var slot = 0
        for type in types {
            if isWanted(type) { slots |= 1 << UInt64(slot) }
            slot += type.slotCount
        }
        return slots
    }

    /// Clears the upper halves of 32-bit parameters.
    @inline(__always) func clean(_ slots: UnsafeMutablePointer<UInt64>) {
        guard var waiting = shortParameters else { return HostFunctionRecord.clean(slots, type.parameters) }
        while waiting != 0 {
            slots[waiting.trailingZeroBitCount] &= 0xFFFF_FFFF
            waiting &= waiting &- 1
        }
    }

    /// Sign-extends i32 results.
    @inline(__always) func canonicalize(_ slots: UnsafeMutablePointer<UInt64>) {
        guard var waiting = wordResults else { return HostFunctionRecord.canonicalize(slots, type.results) }
        while waiting != 0 {
            let slot = waiting.trailingZeroBitCount
            slots[slot] = word(Int32(truncatingIfNeeded: slots[slot]))
            waiting &= waiting &- 1
        }
    }

    static func slotCount(_ types: [ValueType]) -> Int {
        var count = 0
        for type in types { count += type.slotCount }
        return count
    }

    /// Clears the upper halves of 32-bit values.
    static func clean(_ slots: UnsafeMutablePointer<UInt64>, _ types: [ValueType]) {
        var slot = 0
        for type in types {
            if type == .i32 || type == .f32 { slots[slot] &= 0xFFFF_FFFF }
            slot += type.slotCount
        }
    }

    /// Sign-extends i32 values.
    static func canonicalize(_ slots: UnsafeMutablePointer<UInt64>, _ types: [ValueType]) {
        var slot = 0
        for type in types {
            if type == .i32 { slots[slot] = word(Int32(truncatingIfNeeded: slots[slot])) }
            slot += type.slotCount
        }
    }
}
