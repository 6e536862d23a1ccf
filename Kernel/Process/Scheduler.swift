// The scheduler of a hart: who runs next, switching, blocking, waking, slices, and the idle loop. Owns the run queue and the slice's
// deadline. Interrupts are off in all of it. A slice's timer is armed only when somebody else wants the hart, or a budget may run out:
// nothing ticks when nothing is due.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory

/// What one hart schedules. Only the hart itself touches it, through `tp`; the groups say what keeps its own traps and threads apart. Which
/// thread runs is in the hart's structure itself (Boot/include/machine.h).
struct HartScheduler: ~Copyable {
    // Never changes after `startUp`.
    let idle: Thread.Pointer
    let slice: UnsafeMutablePointer<Deadline>
    let moreWakes: UnsafeMutablePointer<Deadline>
    /// When the next sample of a profiled program is due.
    let sampling: UnsafeMutablePointer<Deadline>
    /// Those of whom more are to be woken, when `moreWakes` is due. What it points at: interrupts off.
    let pendingWakes: UnsafeMutablePointer<PendingWakes>

    // Changed in a switch only, with interrupts off; for reports it is read at any time.
    var switchCount: UInt64 = 0

    // Interrupts off on this hart: threads, traps and the timer's actions come here.
    var queue = RunQueue()
    /// When the running thread was charged last.
    var chargedTicks: UInt64
    /// The instruction counter at that time, where it counts.
    var chargedSteps: UInt64 = 0

    // Set with interrupts off or in traps, read by the running thread at the end of a section; a stale answer costs one yield.
    /// Whether the running thread is to make way.
    var isSliceOver = false

    init(
        idle: Thread.Pointer, slice: UnsafeMutablePointer<Deadline>, moreWakes: UnsafeMutablePointer<Deadline>,
        sampling: UnsafeMutablePointer<Deadline>, pendingWakes: UnsafeMutablePointer<PendingWakes>
    ) {
        self.idle = idle
        self.slice = slice
        self.moreWakes = moreWakes
        self.sampling = sampling
        self.pendingWakes = pendingWakes
        chargedTicks = Clock.ticks
    }
}

/// Scheduling on this hart.
public enum Scheduler {
    // Set before programs run.
    /// The length of a slice.
    nonisolated(unsafe) public static var sliceNanoseconds: UInt64 = 10_000_000
    /// A waking thread may be this much behind those that ran all the time.
    private static let wakeCreditNanoseconds: UInt64 = 20_000_000
    /// Threads woken at once with interrupts off, about 500 instructions each; the rest follow in interrupts of their own.
    private static let wakePieceCount = 64
    /// Slices by fuel instead of time, and a virtual clock.
    nonisolated(unsafe) public private(set) static var isDeterministic = false

    /// From now on slices are of fuel. A slice of time that has begun would still end, sooner or later as the host is busy or not.
    static func makeDeterministic() {
        withInterruptsDisabled {
            isDeterministic = true
            Timer.cancel(hart.pointee.slice)
            hart.pointee.isSliceOver = false
        }
    }

    /// What this hart schedules. With interrupts on, the thread may come to another hart before it has looked.
    static var hart: UnsafeMutablePointer<HartScheduler> { machine_hart().pointee.scheduler!.assumingMemoryBound(to: HartScheduler.self) }

    /// The running thread.
    static var current: Thread.Pointer { machine_hart_runningThread()!.assumingMemoryBound(to: Thread.self) }

    /// Context switches since boot.
    public static var switchCount: UInt64 { hart.pointee.switchCount }

    /// Makes the boot thread the idle thread of this hart.
    static func startUp() {
        let boot = Thread.adoptBootThread()
        guard
            let memory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: MemoryLayout<HartScheduler>.size),
            let deadlineMemory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: 3 * MemoryLayout<Deadline>.stride),
            let wakesMemory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: MemoryLayout<PendingWakes>.size)
        else { panic("no memory for the scheduler") }
        let slice = deadlineMemory.bindMemory(to: Deadline.self, capacity: 3)
        slice.initialize(to: Deadline(action: { _ in Scheduler.sliceEnded() }, context: nil))
        let moreWakes = slice + 1
        moreWakes.initialize(to: Deadline(action: { _ in Scheduler.wakeMore() }, context: nil))
        let sampling = slice + 2
        sampling.initialize(to: Deadline(action: { _ in ProcessProfile.sample() }, context: nil))
        let pendingWakes = wakesMemory.bindMemory(to: PendingWakes.self, capacity: 1)
        pendingWakes.initialize(to: PendingWakes())
        let state = memory.bindMemory(to: HartScheduler.self, capacity: 1)
        state.initialize(
            to: HartScheduler(idle: boot, slice: slice, moreWakes: moreWakes, sampling: sampling, pendingWakes: pendingWakes))
        machine_set_hart_runningThread(boot)
        machine_hart().pointee.scheduler = UnsafeMutableRawPointer(state)
        Traps.scheduleHook = { Scheduler.scheduleInTrap($0) }
        Traps.failureHook = { ProcessFaults.fail($0) }
        Log.pause = { Scheduler.pauseForLog() }
        ProcessFaults.register()
        OwnHeap.register()
    }

    /// Runs threads for ever; called by the boot thread.
    static func idleForever() -> Never {
        _ = Interrupts.disable()
        while true {
            if hart.pointee.queue.first != nil {
                switchAway()
            } else if isDeterministic, VirtualClock.advanceToNextDeadline() {
                continue
            } else {
                Interrupts.waitAndTake()
            }
        }
    }

    // MARK: Threads

    /// Lets a new thread run.
    static func start(_ thread: Thread.Pointer) {
        withInterruptsDisabled {
            charge()
            thread.pointee.state = .ready
            hart.pointee.queue.insertNew(thread.pointee.scheduling)
            armSlice()
        }
    }

    /// Makes a blocked thread runnable. May be called from interrupt handlers.
    static func wake(_ thread: Thread.Pointer) {
        withInterruptsDisabled {
            guard thread.pointee.state == .blocked else { return }
            WaitQueue.remove(thread.pointee.wait)
            KernelTime.cancel(thread.pointee.deadline)
            charge()
            thread.pointee.state = .ready
            hart.pointee.queue.insertWoken(
                thread.pointee.scheduling, creditNanoseconds: isDeterministic ? 0 : wakeCreditNanoseconds)
            if !isDeterministic, current == hart.pointee.idle || hart.pointee.queue.shouldPreempt {
                hart.pointee.isSliceOver = true
                Traps.requestSchedule()
            }
            armSlice()
        }
    }

    /// Wakes all that wait in `queue` now: the first of them at once, the rest soon, piece by piece.
    static func wakeAll(_ queue: UnsafeMutablePointer<WaitQueue>) {
        withInterruptsDisabled {
            // In a deterministic run nothing is left to the moment an interrupt comes.
            var left = isDeterministic ? Int.max : wakePieceCount
            while left > 0, let node = WaitQueue.takeFirst(queue) {
                wake(node.pointee.owner!.assumingMemoryBound(to: Thread.self))
                left -= 1
            }
            if queue.pointee.isEmpty { return }
            let state = hart
            PendingWakes.add(queue, to: state.pointee.pendingWakes)
            if !state.pointee.moreWakes.pointee.isQueued { Timer.schedule(state.pointee.moreWakes, atTicks: Clock.ticks) }
        }
    }

    /// Wakes the next piece of those of whom there were too many, in the timer's interrupt.
    private static func wakeMore() {
        let state = hart
        for _ in 0..<wakePieceCount {
            guard let node = PendingWakes.takeFirst(state.pointee.pendingWakes) else { return }
            wake(node.pointee.owner!.assumingMemoryBound(to: Thread.self))
        }
        Timer.schedule(state.pointee.moreWakes, atTicks: Clock.ticks)
    }

    /// Blocks the running thread in `queue` (nil: only the deadline wakes it) until somebody wakes it or the clock reaches `deadline`.
    /// Called with interrupts off, after the caller has seen that it must wait; they are off on return. True when woken, false when the
    /// time is over.
    static func block(in queue: UnsafeMutablePointer<WaitQueue>?, until deadline: UInt64? = nil) -> Bool {
        let thread = current
        precondition(thread.pointee.sectionDepth == 0)
        thread.pointee.hasTimedOut = false
        if let queue { WaitQueue.enqueue(thread.pointee.wait, in: queue) }
        if let deadline { KernelTime.schedule(thread.pointee.deadline, atNanoseconds: deadline) }
        thread.pointee.state = .blocked
        switchAway()
        return !thread.pointee.hasTimedOut
    }

    /// Sleeps until the clock reaches `deadline`.
    static func sleep(until deadline: UInt64) {
        KernelView.enter {
            withInterruptsDisabled {
                if KernelTime.nanoseconds < deadline { _ = block(in: nil, until: deadline) }
            }
        }
    }

    /// Lets time pass while the log's port is full; false where nobody may wait.
    private static func pauseForLog() -> Bool {
        guard Interrupts.areEnabled, !Traps.isInHandler, current.pointee.sectionDepth == 0, current != hart.pointee.idle else {
            return false
        }
        // In a deterministic run the port's interrupt empties it meanwhile, and nobody else runs.
        if !isDeterministic { sleep(until: KernelTime.nanoseconds(after: 1_000_000)) }
        return true
    }

    /// Lets others run now.
    public static func yield() {
        KernelView.enter {
            withInterruptsDisabled {
                guard current.pointee.sectionDepth == 0, hart.pointee.queue.first != nil else { return }
                charge()
                current.pointee.state = .ready
                hart.pointee.queue.putBack(current.pointee.scheduling)
                switchAway()
            }
        }
    }

    /// Lets a thread that was just woken run at once if it is its turn.
    static func yieldIfDue() {
        if hart.pointee.isSliceOver && !isDeterministic { yield() }
    }

    /// Runs `body` in the kernel view without being preempted or ended in it: for what processes share. It must be short and must not block.
    static func section<Result: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        try KernelView.enter { () throws(Failure) -> Result in
            let thread = current
            thread.pointee.sectionDepth += 1
            if thread.pointee.sectionDepth == 1 { Stretch.beginSection() }
            defer {
                thread.pointee.sectionDepth -= 1
                if thread.pointee.sectionDepth == 0 {
                    Stretch.endSection()
                    if thread.pointee.pendingEnd != nil, thread.pointee.mayEnd { endCurrent() }
                    if hart.pointee.isSliceOver { yieldIfDue() }
                }
            }
            return try body()
        }
    }

    /// Stack that late translation may use.
    static let holdStackByteCount: UInt64 = 32768

    /// Runs `body` to its end before the thread may be ended, though others may run meanwhile: for long work on what processes share,
    /// one at a time by `lock`. A thread that waits for the lock may be ended.
    static func hold(
        _ lock: UnsafeMutablePointer<HoldLock>, stackByteCount: UInt64 = holdStackByteCount, _ body: () -> Void
    ) {
        // In a hold a missing page of the stack could not be refused either.
        KernelView.touchStack(byteCount: stackByteCount)
        KernelView.enter {
            let thread = current
            withInterruptsDisabled {
                while lock.pointee.isHeld { _ = block(in: lock.pointee.waiters) }
                lock.pointee.isHeld = true
                thread.pointee.holdDepth += 1
            }
            body()
            withInterruptsDisabled {
                lock.pointee.isHeld = false
                wakeAll(lock.pointee.waiters)
                thread.pointee.holdDepth -= 1
            }
            if thread.pointee.pendingEnd != nil, thread.pointee.mayEnd { endCurrent() }
        }
    }

    /// Runs `body` in another process's kernel view: for a thread of the kernel's own that looks at what lies in the process's memory. The
    /// process must not be given back meanwhile: interrupts are off, or the caller is who gives back.
    static func visit<Result: ~Copyable>(_ process: Process.Pointer, _ body: () -> Result) -> Result {
        let thread = current
        precondition(thread.pointee.process == nil)
        let translation = process.pointee.space.kernelTranslation
        func select(_ translation: UInt64) {
            withInterruptsDisabled {
                thread.pointee.kernelTranslation = translation
                thread.pointee.guestTranslation = translation
                KernelView.select(kernel: translation, guest: translation)
                KernelView.leave()
            }
        }
        select(translation)
        defer { select(KernelMapping.translation) }
        return body()
    }

    /// Ends the running thread, in the kernel view; the reaper gives back what it held.
    static func endCurrent() -> Never {
        _ = Interrupts.disable()
        let thread = current
        charge()
        thread.pointee.state = .ended
        if let process = thread.pointee.process {
            if process.pointee.reason == nil { process.pointee.reason = thread.pointee.pendingEnd ?? .internalError }
            ProcessTable.ended(process)
        }
        Context.resume(enter(takeNext()))
    }

    /// Takes a thread that does not run out of every queue, for good.
    static func withdraw(_ thread: Thread.Pointer) {
        withInterruptsDisabled {
            hart.pointee.queue.remove(thread.pointee.scheduling)
            WaitQueue.remove(thread.pointee.wait)
            KernelTime.cancel(thread.pointee.deadline)
            thread.pointee.state = .ended
        }
    }

    // MARK: Switching

    private static func owner(_ node: UnsafeMutablePointer<SchedulingNode>) -> Thread.Pointer {
        node.pointee.owner!.assumingMemoryBound(to: Thread.self)
    }

    private static func takeNext() -> Thread.Pointer {
        guard let node = hart.pointee.queue.takeFirst() else { return hart.pointee.idle }
        return owner(node)
    }

    /// Charges the running thread up to now, and lets the queue's time go on with it.
    static func charge() {
        let now = Clock.ticks
        let ran = now &- hart.pointee.chargedTicks
        hart.pointee.chargedTicks = now
        let thread = current
        thread.pointee.ranTicks &+= ran
        if InstructionCounter.isExact {
            let steps = InstructionCounter.steps
            thread.pointee.ranSteps &+= steps &- hart.pointee.chargedSteps
            hart.pointee.chargedSteps = steps
        }
        if !isDeterministic { hart.pointee.queue.charge(nanoseconds: Clock.nanoseconds(fromTicks: ran)) }
    }

    /// Leaves the running thread, whose state and queue are set, for the next one; returns when it runs again.
    private static func switchAway() {
        let from = current
        charge()
        if from == hart.pointee.idle { from.pointee.state = .ready }
        let next = takeNext()
        if next == from {
            from.pointee.state = .running
            return
        }
        let frame = enter(next)
        Context.switchThread(from: from.pointee.frame, to: frame)
        if from.pointee.pendingEnd != nil, from.pointee.mayEnd { endCurrent() }
    }

    /// Makes `next` the running thread, all but its registers.
    private static func enter(_ next: Thread.Pointer) -> TrapFramePointer {
        let state = hart
        current.pointee.heap = KernelHeap.current
        machine_set_hart_runningThread(next)
        state.pointee.switchCount &+= 1
        state.pointee.isSliceOver = false
        state.pointee.chargedTicks = Clock.ticks
        if InstructionCounter.isExact { state.pointee.chargedSteps = InstructionCounter.steps }
        next.pointee.state = .running
        KernelHeap.current = next.pointee.heap
        KernelView.select(kernel: next.pointee.kernelTranslation, guest: next.pointee.guestTranslation)
        state.pointee.slice.pointee.isQueued ? Timer.cancel(state.pointee.slice) : ()
        armSlice()
        return next.pointee.frame
    }

    /// Arms the slice's timer when somebody waits for the hart or the running process has a limit of CPU time. One that is armed for later
    /// comes forward: a limit is far away, and then somebody comes who waits.
    private static func armSlice() {
        let state = hart
        let thread = current
        guard !isDeterministic, thread != state.pointee.idle else { return }
        var ticks = state.pointee.queue.first != nil ? Clock.ticks(fromNanoseconds: sliceNanoseconds) : UInt64.max
        // One that is to end already, as soon as it may, has no time to be measured: its timer would fire again at once.
        if let process = thread.pointee.process, thread.pointee.pendingEnd == nil {
            ticks = min(ticks, process.pointee.remainingProcessorTicks)
        }
        if ticks == .max { return }
        let (sum, isOverflow) = Clock.ticks.addingReportingOverflow(ticks)
        let due = isOverflow ? .max : sum
        if state.pointee.slice.pointee.isQueued, state.pointee.slice.pointee.ticks <= due { return }
        Timer.schedule(state.pointee.slice, atTicks: due)
    }

    /// The slice's timer, in its interrupt.
    private static func sliceEnded() {
        charge()
        hart.pointee.isSliceOver = hart.pointee.queue.first != nil
        let thread = current
        if let process = thread.pointee.process, process.pointee.remainingProcessorTicks == 0, thread.pointee.pendingEnd == nil {
            thread.pointee.pendingEnd = .outOfBudget(.processorTime)
        }
        Traps.requestSchedule()
    }

    /// The end of a trap after somebody asked for scheduling.
    private static func scheduleInTrap(_ frame: TrapFramePointer) -> TrapFramePointer {
        let thread = current
        guard thread.pointee.sectionDepth == 0 else { return frame }
        if let reason = thread.pointee.pendingEnd, let process = thread.pointee.process, thread.pointee.mayEnd {
            return leaveEnded(thread, process, reason)
        }
        if thread == hart.pointee.idle {
            guard hart.pointee.queue.first != nil else { return frame }
            thread.pointee.state = .ready
            return enter(takeNext())
        }
        guard hart.pointee.isSliceOver, hart.pointee.queue.first != nil else {
            armSlice()
            return frame
        }
        charge()
        thread.pointee.state = .ready
        hart.pointee.queue.putBack(thread.pointee.scheduling)
        return enter(takeNext())
    }

    /// In a trap: ends the running thread and gives the frame of the next.
    static func leaveEnded(_ thread: Thread.Pointer, _ process: Process.Pointer, _ reason: EndReason) -> TrapFramePointer {
        charge()
        if process.pointee.reason == nil { process.pointee.reason = reason }
        thread.pointee.pendingEnd = nil
        thread.pointee.state = .ended
        ProcessTable.ended(process)
        return enter(takeNext())
    }
}
