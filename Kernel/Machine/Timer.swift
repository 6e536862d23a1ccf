// The one-shot timer: the earliest queued deadline is in the hardware, nothing ticks when nothing is due. With Sstc the compare register is
// the hart's own; without it the firmware sets it. RISC-V "stimecmp" extension 1.0, SBI specification 6.
import CMachine
import KernelCore

/// The hart's deadline queue. Each hart has its own, and a deadline is scheduled and cancelled on the hart it is queued on.
public enum Timer {
    /// Deadlines one interrupt runs at most, each some thousand instructions; for the rest the interrupt comes again at once, and in
    /// between others may run.
    private static let actionsPerInterrupt = 32

    /// The queue, in the hart's structure. Interrupts are off.
    private static var queue: UnsafeMutablePointer<DeadlineQueue> { machine_deadline_queue().assumingMemoryBound(to: DeadlineQueue.self) }

    /// Timer interrupts the hart has taken since boot.
    public static var interruptCount: Int { Int(truncatingIfNeeded: machine_hart().pointee.timerInterruptCount) }

    // Never changes after `start`.
    nonisolated(unsafe) private static var hasCompareRegister = false
    /// Whether the hart's own compare register is used (Sstc), and not the firmware.
    public static var usesCompareRegister: Bool { hasCompareRegister }

    /// Starts the timer. `claimsSstc`: the device tree says that the hart has the compare register; it is tried before it is believed,
    /// since the firmware may not have enabled it.
    public static func start(claimsSstc: Bool) {
        precondition(MemoryLayout<DeadlineQueue>.size <= MemoryLayout.size(ofValue: machine_hart().pointee.deadlineQueue))
        withInterruptsDisabled { queue.initialize(to: DeadlineQueue()) }
        if claimsSstc {
            var hasFaulted: UInt64 = 0
            _ = machine_probe(
                { value in
                    machine_write_stimecmp(value)
                    return 0
                }, .max, &hasFaulted)
            hasCompareRegister = hasFaulted == 0
        }
        program()
        Interrupts.unmask(.timer)
    }

    /// Queues a deadline for a tick; its action runs in the timer's interrupt, at once if the tick has passed. One that is queued is moved.
    public static func schedule(_ deadline: UnsafeMutablePointer<Deadline>, atTicks ticks: UInt64) {
        withInterruptsDisabled {
            let queue = queue
            queue.pointee.remove(deadline)
            queue.pointee.insert(deadline, ticks: ticks)
            if queue.pointee.first == deadline { program() }
        }
    }

    /// Queues a deadline for a time on the monotonic clock.
    public static func schedule(_ deadline: UnsafeMutablePointer<Deadline>, atNanoseconds nanoseconds: UInt64) {
        schedule(deadline, atTicks: Clock.ticks(fromNanoseconds: nanoseconds))
    }

    /// Takes a deadline out of the queue if it is there. Afterwards its action does not run.
    public static func cancel(_ deadline: UnsafeMutablePointer<Deadline>) {
        withInterruptsDisabled {
            let queue = queue
            let wasFirst = queue.pointee.first == deadline
            queue.pointee.remove(deadline)
            if wasFirst { program() }
        }
    }

    /// The earliest queued deadline in ticks.
    public static var nextDeadlineTicks: UInt64? { withInterruptsDisabled { queue.pointee.first?.pointee.ticks } }

    /// Puts the earliest deadline into the hardware; "never" when there is none.
    private static func program() {
        let ticks = queue.pointee.first?.pointee.ticks ?? .max
        if hasCompareRegister { machine_write_stimecmp(ticks) } else { Firmware.setTimer(ticks: ticks) }
    }

    /// The timer interrupt: runs what is due when it begins. What falls due meanwhile, an action's own next deadline among it, is the next
    /// interrupt's, which comes at once.
    static func handleInterrupt() {
        machine_hart().pointee.timerInterruptCount &+= 1
        let queue = queue
        let now = Clock.ticks
        for _ in 0..<actionsPerInterrupt {
            guard let due = queue.pointee.popExpired(now: now) else { break }
            due.pointee.action?(due.pointee.context)
        }
        program()
    }
}
