// Execution: one call from the embedder into a guest, which may run out of fuel or wait for the host, and go on
// (core specification, 4.5.5 "Invocation").

import Containers
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
    /// A host function asked to wait; write its results into `hostSlots` and resume.
    case suspended
}

/// A call under way. It keeps its store.
public final class Execution {
    /// The store it runs in.
    public let store: Store
    let state: UnsafeMutablePointer<ExecutionState>
    private let function: FunctionType
    private let functionIndex: UInt32
    private enum Phase { case ready, parked, over }
    private var phase = Phase.ready

    /// A stack's last bytes are its red zone: frames up to this size need no check of their own.
    static let redZoneByteCount = 65536

    /// A call of `entry`, which is not a host function's, with `arguments` that fit its type. On `outer`'s stack when given.
    init?(
        _ store: Store, _ entry: UnsafeMutablePointer<FunctionEntry>, _ type: FunctionType, _ arguments: [Value],
        on outer: UnsafeMutablePointer<ExecutionState>?
    ) {
        guard let instance = entry.pointee.instance,
            let raw = Allocation.tryAllocate(byteCount: MemoryLayout<ExecutionState>.stride)
        else { return nil }
        let state = raw.bindMemory(to: ExecutionState.self, capacity: 1)
        let base: UnsafeMutableRawPointer
        let limit: UnsafeMutableRawPointer
        let ownsStack = outer == nil
        if let outer {
            base = outer.pointee.stackTop
            limit = outer.pointee.stackLimit
        } else {
            // Frames begin at or below the limit, so the limit is where the last may begin. Without any it lies before the base.
            let frameByteCount = Int(Translator.smallestFrameByteCount)
            let depth = max(0, min(store.engine.config.maximumCallDepth, Int.max / 64))
            let usable = max(0, min(store.engine.config.stackByteCount & ~15, depth &* frameByteCount))
            let provider = store.engine.config.stackProvider
            guard let stack = provider.reserve(provider.context, usable &- frameByteCount &+ Execution.redZoneByteCount) else {
                Allocation.free(raw)
                return nil
            }
            base = stack
            limit = stack + (usable - frameByteCount)
        }
        let frameSlots = max(HostFunctionRecord.slotCount(type.parameters), HostFunctionRecord.slotCount(type.results))
        state.initialize(
            to: ExecutionState(
                pc: UnsafeRawPointer(entry.pointee.code), frame: base, instance: instance, stackBase: base, stackLimit: limit,
                ownsStack: ownsStack, stackTop: base, restoreCell: store.engine.restoreCell, finishCell: store.engine.finishCell))
        self.store = store
        self.state = state
        function = type
        functionIndex = entry.pointee.index
        if !isBeyondLimit {
            let slots = base.assumingMemoryBound(to: UInt64.self)
            var slot = 0
            for argument in arguments {
                slots[slot] = argument.lowSlot
                if argument.slotCount == 2 { slots[slot + 1] = argument.highSlot }
                slot += argument.slotCount
            }
            slots[frameSlots] = UInt64(UInt(bitPattern: store.engine.finishCell))
        }
        store.executions.append(state)
    }

    deinit {
        store.executions.removeAll { $0 == state }
        Allocation.free(state.pointee.crossings)
        if state.pointee.ownsStack {
            let provider = store.engine.config.stackProvider
            provider.release(provider.context, state.pointee.stackBase, state.pointee.stackEnd - state.pointee.stackBase)
        }
        Allocation.free(state)
    }

    /// Whether not even the first frame may begin: then nothing was written, and nothing is to be walked.
    private var isBeyondLimit: Bool { UInt(bitPattern: state.pointee.stackBase) > UInt(bitPattern: state.pointee.stackLimit) }

    /// Runs, or goes on after `.outOfFuel` or `.suspended`. After another result it is over and traps.
    @export(interface) @inline(never)
    public func resume() -> RunResult {
        switch phase {
        case .over: return .trapped(Trap(code: .hostError))
        case .ready:
            if isBeyondLimit { return refuseFirstFrame() }
        case .parked: break
        }
        phase = .parked
        let outer = store.running
        store.running = state
        state.pointee.fuel = store.fuel
        state.pointee.hostData = store.data
        defer {
            store.fuel = state.pointee.fuel
            store.running = outer
        }
        if let host = state.pointee.waitingHost { finishHostCall(host) }
        while true {
            let instance = state.pointee.instance
            instance.pointee.execution = state
            instance.pointee.stackLimit = state.pointee.stackLimit
            run(instance)
            switch state.pointee.exit {
            case .finished:
                phase = .over
                return .finished
            case .trapped: return end(state.pointee.trapCode)
            case .exited:
                phase = .over
                return .exited(state.pointee.exitCode)
            case .outOfFuel: return .outOfFuel
            case .suspended: return .suspended
            case .thrown:
                if store.unwind(state) { continue }
                return end(.uncaughtException)
            }
        }
    }

    /// Runs handlers and machine code until one leaves.
    @inline(__always) private func run(_ instance: UnsafeMutablePointer<InstanceState>) {
        let memory = instance.pointee.memory.pointee.base
        #if arch(riscv64)
            // Machine code does not keep what a function must keep.
            if let provider = store.engine.compiler?.provider {
                var registers = NativeRegisters(
                    code: UnsafeRawBufferPointer(start: nil, count: 0), programCounter: state.pointee.pc.load(as: UInt.self),
                    cell: UInt(bitPattern: state.pointee.pc), frame: UInt(bitPattern: state.pointee.frame),
                    memory: UInt(bitPattern: memory), instance: UInt(bitPattern: instance), execution: UInt(bitPattern: state),
                    accumulator: state.pointee.accumulator, double: state.pointee.double.bitPattern, single: state.pointee.single.bitPattern
                )
                return provider.run(&registers)
            }
        #endif
        dispatch(
            state.pointee.pc, state.pointee.frame, memory, instance, state.pointee.accumulator, state.pointee.double, state.pointee.single)
    }

    /// The trap of a call that could not begin: its backtrace is the function.
    private func refuseFirstFrame() -> RunResult {
        phase = .over
        state.pointee.exit = .trapped
        var trap = Trap(code: .stackOverflow)
        if store.engine.config.backtraceFrameLimit > 0 {
            let module = state.pointee.instance.pointee.owner._withUnsafeGuaranteedRef { $0.module }
            var frame = BacktraceFrame(functionIndex: functionIndex, moduleOffset: -1, module: module)
            frame.isOffsetKnown = true
            trap.backtrace.append(frame)
        } else {
            trap.elidedFrameCount = 1
        }
        return .trapped(trap)
    }

    private func end(_ code: TrapCode) -> RunResult {
        phase = .over
        var trap = Trap(code: code)
        if code == .uncaughtException, let exception = state.pointee.exception {
            exception.pointee.isHeldByHost = true
            trap.exception = ExceptionReference(raw: UnsafeMutableRawPointer(exception))
        }
        store.captureBacktrace(state, into: &trap)
        if state.pointee.hasFault { trap.fault = fault(trap) }
        return .trapped(trap)
    }

    /// The address or index at fault, and the size of the memory or table that it is outside of.
    private func fault(_ trap: Trap) -> TrapFault {
        guard trap.code == .memoryOutOfBounds else { return TrapFault(place: state.pointee.faultPlace, size: state.pointee.faultSize) }
        let instance = state.pointee.instance
        let index = instance.pointee.owner._withUnsafeGuaranteedRef { owner -> Int? in
            // With one memory there is no question which.
            let image = owner.module.image
            guard image.memories.count > 1 else { return 0 }
            guard let frame = trap.backtrace.first, frame.moduleOffset >= 0, frame.module === owner.module else { return nil }
            let rest = ByteRange(
                offset: UInt32(truncatingIfNeeded: frame.moduleOffset),
                count: UInt32(truncatingIfNeeded: max(image.codeSection.end - frame.moduleOffset, 0)))
            var reader = InstructionReader(image, rest)
            var instruction = Instruction()
            guard (try? reader.next(&instruction)) != nil, Int(instruction.index) < image.memories.count else { return nil }
            return Int(instruction.index)
        }
        return TrapFault(
            place: state.pointee.faultPlace,
            size: index.map { UInt64(truncatingIfNeeded: instance.pointee.memories[$0].pointee.byteCount) })
    }

    /// Takes the results that the embedder has written for the waiting host function.
    private func finishHostCall(_ host: UnsafeMutablePointer<FunctionEntry>) {
        let slots = state.pointee.frame.assumingMemoryBound(to: UInt64.self)
        HostFunctionRecord.canonicalize(slots, store.hostFunctions[Int(host.pointee.index)].type.results)
        state.pointee.waitingHost = nil
        state.pointee.accumulator = slots[0]
        state.pointee.double = Double(bitPattern: slots[0])
        state.pointee.single = Float(bitPattern: UInt32(truncatingIfNeeded: slots[0]))
        // The frame was the host function's; the caller's lies below it.
        state.pointee.frame -= Int(state.pointee.pc.load(fromByteOffset: -4, as: Int32.self))
    }

    /// After `.suspended`: the slots of the waiting host function, parameters until written over, results when resumed.
    public var hostSlots: UnsafeMutablePointer<UInt64>? {
        state.pointee.waitingHost == nil ? nil : state.pointee.frame.assumingMemoryBound(to: UInt64.self)
    }

    /// After `.finished`: the results.
    public var results: [Value] {
        guard phase == .over, state.pointee.exit == .finished else { return [] }
        var values: [Value] = []
        var slot = 0
        let slots = state.pointee.stackBase.assumingMemoryBound(to: UInt64.self)
        for type in function.results {
            values.append(Value.read(UnsafePointer(slots + slot), type, store: store))
            slot += type.slotCount
        }
        return values
    }
}

extension Func {
    /// A call with `arguments`, not yet begun. Nil when the arguments do not fit the type, the function is the host's, or memory is refused.
    public func prepare(_ arguments: [Value] = []) -> Execution? {
        let type = type
        guard fits(arguments, type) else { return nil }
        return Execution(store, entry, type, arguments, on: nil)
    }

    private func fits(_ arguments: [Value], _ type: FunctionType) -> Bool {
        guard arguments.count == type.parameters.count else { return false }
        for index in arguments.indices where !arguments[index].fits(type.parameters[index]) { return false }
        return true
    }

    /// Calls and waits for the end. Running out of fuel, suspending and exiting come back as traps with these codes.
    public func call(_ arguments: [Value] = []) throws(Trap) -> [Value] {
        let type = type
        guard fits(arguments, type) else { throw Trap(code: .badArguments) }
        guard entry.pointee.instance != nil else { return try callHost(arguments, type) }
        // Inside a host function the call goes on on the running execution's stack.
        guard let execution = Execution(store, entry, type, arguments, on: store.hostNesting > 0 ? store.running : nil) else {
            throw Trap(code: .outOfMemory)
        }
        switch execution.resume() {
        case .finished: return execution.results
        case .trapped(let trap): throw trap
        case .exited(let code):
            var trap = Trap(code: .exit)
            trap.exitCode = code
            throw trap
        case .outOfFuel: throw Trap(code: .outOfFuel)
        case .suspended: throw Trap(code: .suspendedInCall)
        }
    }

    private func callHost(_ arguments: [Value], _ type: FunctionType) throws(Trap) -> [Value] {
        let record = store.hostFunctions[Int(entry.pointee.index)]
        guard let raw = Allocation.tryAllocate(byteCount: record.frameByteCount) else { throw Trap(code: .outOfMemory) }
        defer { Allocation.free(raw) }
        let slots = raw.bindMemory(to: UInt64.self, capacity: record.frameByteCount / 8)
        var slot = 0
        for argument in arguments {
            slots[slot] = argument.lowSlot
            if argument.slotCount == 2 { slots[slot + 1] = argument.highSlot }
            slot += argument.slotCount
        }
        HostFunctionRecord.clean(slots, type.parameters)
        switch record.body(Caller(store: store, instance: nil), slots) {
        case .done: break
        case .trap(let code): throw Trap(code: code)
        case .exit(let code):
            var trap = Trap(code: .exit)
            trap.exitCode = code
            throw trap
        case .suspend: throw Trap(code: .suspendedInCall)
        case .throwException(let exception):
            var trap = Trap(code: .uncaughtException)
            trap.exception = exception
            throw trap
        }
        HostFunctionRecord.canonicalize(slots, type.results)
        var results: [Value] = []
        slot = 0
        for type in type.results {
            results.append(Value.read(UnsafePointer(slots + slot), type, store: store))
            slot += type.slotCount
        }
        return results
    }
}
