// Traps by table: what the vector in Boot/trap.S calls. Interrupts go to their one handler; an exception goes to the handler registered
// for its cause, then to the failure hook (which may end just the thread), and if nobody takes it, it is a kernel panic.
// RISC-V privileged specification 4.1.8 (scause), 4.2 (traps). Handlers run on the hart's trap stack with interrupts off; they must
// neither block nor fault.
import CMachine

/// A thread's frame in memory.
public typealias TrapFramePointer = UnsafeMutablePointer<TrapFrame>

/// The trap table.
public enum Traps {
    /// Handles an exception; true when the thread may go on (from `programCounter`, which the handler may have changed).
    public typealias ExceptionHandler = @convention(c) (TrapFramePointer) -> Bool
    /// Handles an interrupt.
    public typealias InterruptHandler = @convention(c) (TrapFramePointer) -> Void
    /// Chooses what to resume instead of the frame given.
    public typealias ScheduleHook = @convention(c) (TrapFramePointer) -> TrapFramePointer

    private static let causeCount = 16
    // Set at boot, and by self-tests and trials before others run; traps of every hart read them. What belongs to one hart is in its `Hart`.
    nonisolated(unsafe) private static var exceptionHandlers = InlineArray<16, ExceptionHandler?>(repeating: nil)
    nonisolated(unsafe) private static var externalHandler: InterruptHandler?
    nonisolated(unsafe) private static var softwareHandler: InterruptHandler?

    /// Called at the end of a trap out of a thread when `requestSchedule` was called since; returns the frame to resume.
    nonisolated(unsafe) public static var scheduleHook: ScheduleHook?

    /// Called for an exception nobody handled, before a panic: ends the thread and returns another one's frame, or nil for a panic.
    nonisolated(unsafe) public static var failureHook: (@convention(c) (TrapFramePointer) -> TrapFramePointer?)?

    /// Registers the handler of an exception.
    public static func setHandler(_ cause: TrapCause, _ handler: ExceptionHandler?) {
        precondition(!cause.isInterrupt && cause.code < causeCount)
        exceptionHandlers[cause.code] = handler
    }

    /// Registers the handler of device interrupts (the interrupt controller's driver).
    public static func setExternalHandler(_ handler: @escaping InterruptHandler) { externalHandler = handler }
    public static func setSoftwareHandler(_ handler: @escaping InterruptHandler) { softwareHandler = handler }

    /// Asks for `scheduleHook` at the end of the hart's current (or next) trap. An interrupt handler that woke a thread, or a slice's end, calls
    /// it; interrupts are off.
    public static func requestSchedule() { machine_hart().pointee.needsSchedule = 1 }

    /// Whether the code runs in a trap handler (and so on the hart's trap stack).
    public static var isInHandler: Bool { machine_hart().pointee.trapDepth != 0 }

    /// The frame of the thread that the running handler interrupted.
    public static var interruptedFrame: TrapFramePointer { machine_running_frame() }

    fileprivate static func dispatch(_ frame: TrapFramePointer) -> TrapFramePointer {
        let hart = machine_hart()
        hart.pointee.trapDepth &+= 1
        let cause = TrapCause(rawValue: frame.pointee.cause)
        if hart.pointee.probeRecovery != 0, !cause.isInterrupt {
            frame.pointee.programCounter = hart.pointee.probeRecovery
            hart.pointee.trapDepth &-= 1
            return frame
        }
        if hart.pointee.trapDepth > 1 { panicOnTrap(frame, "a trap inside a trap handler") }
        Stretch.beginTrap(frame)

        var resumed = frame
        if cause.isInterrupt {
            handleInterrupt(cause, frame)
        } else if cause.code < causeCount, let handler = exceptionHandlers[cause.code], handler(frame) {
            // Handled.
        } else if let next = failureHook?(frame) {
            resumed = next
        } else {
            panicOnTrap(frame, failureText(frame))
        }
        if hart.pointee.needsSchedule != 0, let scheduleHook {
            hart.pointee.needsSchedule = 0
            resumed = scheduleHook(resumed)
        }
        if resumed != frame {
            let saved = hart.pointee.currentFrame
            Context.copyRegisters(from: frame, to: saved)
            Context.exchangeFloatState(from: saved, to: resumed)
            hart.pointee.currentFrame = resumed
        }
        hart.pointee.trapDepth &-= 1
        Stretch.resume(resumed)
        return resumed
    }

    private static func handleInterrupt(_ cause: TrapCause, _ frame: TrapFramePointer) {
        switch cause.code {
        case 5: Timer.handleInterrupt()
        case 9:
            if let externalHandler { externalHandler(frame) } else { Interrupts.mask(.external) }
        case 1:
            Interrupts.acknowledgeSoftware()
            softwareHandler?(frame)
        default: panicOnTrap(frame, "an interrupt of unknown cause")
        }
    }

    /// What an exception nobody handled most likely was.
    public static func failureText(_ frame: TrapFramePointer) -> StaticString {
        let cause = TrapCause(rawValue: frame.pointee.cause)
        let address = frame.pointee.value
        if OutOfMemory.isPending { return "out of memory in the kernel heap" }
        if cause == .illegalInstruction { return "Swift runtime failure (overflow, bounds, nil or precondition) or an illegal instruction" }
        if cause == .instructionPageFault { return address < 4096 ? "call of a null function" : "execution of data" }
        if cause.isDataPageFault {
            if address < 4096 { return "null access" }
            if KernelImage.contains(textAddress: address) { return "write to kernel text" }
            if KernelImage.isStackGuard(address) { return "kernel stack overflow" }
            return "access to unmapped memory"
        }
        return "unexpected exception"
    }
}

/// The vector's entry; returns the frame to resume.
@c(machine_trap)
public func machineTrap(_ frame: TrapFramePointer) -> TrapFramePointer { Traps.dispatch(frame) }

/// A refused allocation on its way to a failure: Swift's own allocations cannot report one and trap instead. The heap notes the refusal, and
/// the next allocation that is granted forgets it; a trap soon after it is named for what it is.
public enum OutOfMemory {
    /// Bytes last refused; zero when none was since the flag was cleared.
    public static var refusedByteCount: Int { Int(truncatingIfNeeded: machine_hart_refusedByteCount()) }

    /// Notes the refusal and its time: an old one is not the reason of a new trap.
    public static func note(byteCount: Int) {
        machine_set_hart_refusedByteCount(UInt64(truncatingIfNeeded: byteCount))
        machine_set_hart_refusedTicks(Clock.ticks)
    }
    public static func clear() { machine_set_hart_refusedByteCount(0) }
    /// The last allocation was refused, less than a second ago: a busy host may take that long from the refusal to the trap.
    public static var isPending: Bool { refusedByteCount != 0 && Clock.ticks &- machine_hart_refusedTicks() < Clock.ticksPerSecond }
}
