// The time processes see: the machine's clock, or, in a deterministic run, a virtual one that advances with fuel and jumps when everybody
// sleeps. Owns the virtual clock's deadline queue. Guarded by interrupts being off.
import KernelCore
import KernelMachine

/// The clock and the deadlines of threads.
enum KernelTime {
    /// Nanoseconds on the monotonic clock.
    static var nanoseconds: UInt64 { Scheduler.isDeterministic ? VirtualClock.nanoseconds : Clock.nanoseconds }

    /// Nanoseconds since 1970; nil when the machine has no wall clock.
    static var wallNanoseconds: UInt64? {
        if Scheduler.isDeterministic { return sum(VirtualClock.epochNanoseconds, VirtualClock.nanoseconds) }
        return Clock.hasWallClock ? Clock.wallNanoseconds : nil
    }

    /// The time so much later; the end of time when it lies beyond.
    static func nanoseconds(after delay: UInt64) -> UInt64 { sum(nanoseconds, delay) }

    static func sum(_ time: UInt64, _ delay: UInt64) -> UInt64 {
        let (later, isOverflow) = time.addingReportingOverflow(delay)
        return isOverflow ? .max : later
    }

    static func schedule(_ deadline: UnsafeMutablePointer<Deadline>, atNanoseconds nanoseconds: UInt64) {
        if Scheduler.isDeterministic {
            VirtualClock.schedule(deadline, atNanoseconds: nanoseconds)
        } else {
            Timer.schedule(deadline, atNanoseconds: nanoseconds)
        }
    }

    static func cancel(_ deadline: UnsafeMutablePointer<Deadline>) {
        if Scheduler.isDeterministic { VirtualClock.cancel(deadline) } else { Timer.cancel(deadline) }
    }
}

/// The clock of a deterministic run.
enum VirtualClock {
    /// Where its wall clock begins: 2020-01-01.
    static let epochNanoseconds: UInt64 = 1_577_836_800_000_000_000
    /// Nanoseconds one unit of fuel takes.
    static let nanosecondsPerFuel: UInt64 = 10
    /// Fuel of one slice.
    static let sliceFuel: Int64 = 100_000

    /// Deadlines that one turn runs at most: interrupts are off meanwhile. The rest is due in the next one.
    private static let actionsPerTurn = 32

    // Interrupts off: the thread whose fuel lets time pass, and the idle thread.
    nonisolated(unsafe) private(set) static var nanoseconds: UInt64 = 0
    nonisolated(unsafe) private static var queue = DeadlineQueue()

    static func schedule(_ deadline: UnsafeMutablePointer<Deadline>, atNanoseconds nanoseconds: UInt64) {
        queue.remove(deadline)
        queue.insert(deadline, ticks: nanoseconds)
    }

    static func cancel(_ deadline: UnsafeMutablePointer<Deadline>) { queue.remove(deadline) }

    /// Lets time pass and runs what is due.
    static func advance(byFuel fuel: UInt64) {
        // At the end of time, to which a sleep may have led, it stands still.
        nanoseconds = KernelTime.sum(nanoseconds, fuel &* nanosecondsPerFuel)
        runDue()
    }

    /// Everybody sleeps: jumps to the first deadline; false when there is none.
    static func advanceToNextDeadline() -> Bool {
        guard let first = queue.first else { return false }
        nanoseconds = max(nanoseconds, first.pointee.ticks)
        runDue()
        return true
    }

    private static func runDue() {
        for _ in 0..<actionsPerTurn {
            guard let due = queue.popExpired(now: nanoseconds) else { return }
            due.pointee.action?(due.pointee.context)
        }
    }
}
