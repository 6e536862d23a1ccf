// Self-tests of the timer, of switching threads, and of preemption with floating-point state.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory

nonisolated(unsafe) private var order: [Int] = []
// What preempted threads share lies in place: an array's reference count is not theirs to change.
nonisolated(unsafe) private var frames: InlineArray<4, TrapFramePointer?> = [nil, nil, nil, nil]
nonisolated(unsafe) private var turns = 0
nonisolated(unsafe) private var sums: InlineArray<3, Double> = [0, 0, 0]
nonisolated(unsafe) private var switchCount: UInt64 = 0
nonisolated(unsafe) private var slice: UnsafeMutablePointer<Deadline>?
nonisolated(unsafe) private var finishedCount = 0

extension SelfTest {
    /// Deadlines fire in their order, not before their time, and a cancelled one never.
    static func testTimer() {
        let deadlines = UnsafeMutablePointer<Deadline>.allocate(capacity: 8)
        order.reserveCapacity(16)
        let delays: [UInt64] = [30, 10, 50, 20, 40, 5, 60, 1]
        _ = Interrupts.disable()
        let start = Clock.nanoseconds
        for index in 0..<8 {
            (deadlines + index).initialize(
                to: Deadline(action: { order.append(Int(bitPattern: $0)) }, context: UnsafeMutableRawPointer(bitPattern: index + 1)))
            Timer.schedule(deadlines + index, atNanoseconds: start + delays[index] * 1_000_000)
        }
        Timer.cancel(deadlines + 3)
        let interrupts = Timer.interruptCount
        while order.count < 7 { Interrupts.waitAndTake() }
        Interrupts.enable()
        let elapsed = Clock.nanoseconds - start
        check(order == [8, 6, 2, 1, 5, 3, 7], "deadlines fired in another order")
        check(elapsed >= 60_000_000, "a deadline fired early")
        check(Timer.interruptCount - interrupts <= 10, "the timer interrupts when nothing is due")
        check(Timer.nextDeadlineTicks == nil, "a deadline is left")
        // One in the past fires at once.
        Timer.schedule(deadlines, atTicks: 0)
        let limit = Clock.nanoseconds + 100_000_000
        while order.count < 8 && Clock.nanoseconds < limit { machine_pause() }
        check(order.count == 8, "a deadline in the past did not fire")
        order = []
        deadlines.deallocate()
    }

    /// Three threads hand over to each other in turn; locals and floating-point values stay theirs.
    static func testThreads() {
        runThreads { context in
            let index = Int(bitPattern: context)
            var value = Double(index)
            for _ in 0..<100 {
                value = value * 1.5 - Double(turns % 7)
                sums[index - 1] += value
                turns += 1
                _ = Interrupts.disable()
                Context.switchThread(from: frames[index]!, to: SelfTest.next(after: index))
                Interrupts.enable()
            }
            SelfTest.finish()
        }
        check(turns == 300, "a thread ran too rarely")
    }

    /// Three threads that never give up the hart are preempted by the timer, at least a hundred times, in the middle of floating-point work.
    static func testPreemption() {
        let deadline = UnsafeMutablePointer<Deadline>.allocate(capacity: 1)
        deadline.initialize(to: Deadline(action: { _ in Traps.requestSchedule() }))
        slice = deadline
        Traps.scheduleHook = { frame in
            Timer.schedule(slice!, atNanoseconds: Clock.nanoseconds + 200_000)
            // Not the frame the trap saved into, which is the hart's.
            let index = SelfTest.index(of: Context.current)
            if index == 0 { return frame }
            switchCount += 1
            return SelfTest.next(after: index)
        }
        Timer.schedule(deadline, atNanoseconds: Clock.nanoseconds + 200_000)
        runThreads { context in
            let index = Int(bitPattern: context)
            let start = Clock.nanoseconds
            while Clock.nanoseconds - start < 100_000_000 || SelfTest.current(&switchCount) < 100 {
                var value = Double(index)
                for _ in 0..<1000 { value = value * 1.0000001 + 0.5 }
                if sums[index - 1] != 0, sums[index - 1] != value { SelfTest.check(false, "a preempted thread's arithmetic changed") }
                sums[index - 1] = value
            }
            SelfTest.finish()
        }
        Traps.scheduleHook = nil
        Timer.cancel(deadline)
        deadline.deallocate()
    }

    /// A thread that ends with dirty floating-point registers leaves nothing in the thread that runs next, whose values were the last saved.
    static func testFloatOwner() {
        runThreads { context in
            let index = Int(bitPattern: context)
            var value = 1.5 + Double(index)
            let expected = value + 100
            for turn in 0..<100 {
                value += 1
                // The first thread hands over once, so that its registers are saved; the others end without ever being suspended.
                if index == 1, turn == 50 {
                    _ = Interrupts.disable()
                    Context.switchThread(from: frames[1]!, to: frames[2]!)
                    Interrupts.enable()
                }
                Interrupts.enable()
            }
            SelfTest.check(value == expected, "a floating-point register changed while its thread was suspended")
            _ = Interrupts.disable()
            finishedCount += 1
            let next = index == 2 ? frames[3]! : finishedCount == 3 ? frames[0]! : frames[1]!
            Context.resume(next)
        }
        check(finishedCount == 3, "a thread did not end")
    }

    /// What a hart keeps for itself is found through `tp`: under another hart's structure nothing of this one's is seen or changed.
    static func testHart() {
        let other = UnsafeMutablePointer<Hart>.allocate(capacity: 1)
        // As the boot code leaves it.
        UnsafeMutableRawPointer(other).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Hart>.size)
        let deadlines = UnsafeMutablePointer<Deadline>.allocate(capacity: 2)
        deadlines.initialize(repeating: Deadline(), count: 2)
        // So late that nothing but the queue knows of it.
        let never = UInt64.max - 1
        let heap = KernelHeap.makeHeap(name: "another", source: .frames(.kernel), pageLimit: 16)!
        let wereEnabled = Interrupts.disable()
        let mine = machine_hart()
        KernelHeap.current = heap
        Traps.requestSchedule()
        Timer.schedule(deadlines, atTicks: never)
        OutOfMemory.note(byteCount: 1)
        machine_become_hart(other)
        let seenHeap = KernelHeap.current
        let seenDeadline = Timer.nextDeadlineTicks
        let seenRefusal = OutOfMemory.refusedByteCount
        let seenSchedule = machine_hart().pointee.needsSchedule
        let seenInterrupts = Timer.interruptCount
        Timer.schedule(deadlines + 1, atTicks: never - 1)
        let ownDeadline = Timer.nextDeadlineTicks
        Timer.cancel(deadlines + 1)
        OutOfMemory.clear()
        machine_become_hart(mine)
        let keptHeap = KernelHeap.current
        let keptDeadline = Timer.nextDeadlineTicks
        let keptRefusal = OutOfMemory.refusedByteCount
        let keptSchedule = mine.pointee.needsSchedule
        KernelHeap.current = KernelHeap.kernel
        Timer.cancel(deadlines)
        mine.pointee.needsSchedule = 0
        OutOfMemory.clear()
        Interrupts.restore(wereEnabled)
        check(seenHeap == KernelHeap.kernel && keptHeap == heap, "the current heap is not the hart's own")
        check(seenDeadline == nil && ownDeadline == never - 1 && keptDeadline == never, "the deadlines are not the hart's own")
        check(seenRefusal == 0 && keptRefusal == 1, "the last refusal is not the hart's own")
        check(seenSchedule == 0 && keptSchedule == 1, "the request to schedule is not the hart's own")
        check(seenInterrupts == 0, "the count of timer interrupts is not the hart's own")
        KernelHeap.destroy(heap)
        deadlines.deallocate()
        other.deallocate()
    }

    /// Ends a test thread: the last one returns to the boot thread.
    private static func finish() {
        _ = Interrupts.disable()
        finishedCount += 1
        let mine = Context.current
        // A finished thread only passes its turn on.
        while finishedCount < 3 { Context.switchThread(from: mine, to: next(after: index(of: mine))) }
        Context.resume(frames[0]!)
    }

    /// Which thread a frame belongs to: 1, 2 or 3; 0 for the boot thread.
    private static func index(of frame: TrapFramePointer) -> Int {
        for index in 1...3 where frames[index] == frame { return index }
        return 0
    }

    /// The thread whose turn is next.
    private static func next(after index: Int) -> TrapFramePointer { frames[index % 3 + 1]! }

    private static func runThreads(_ body: @convention(c) (UnsafeMutableRawPointer?) -> Void) {
        let memory = UnsafeMutablePointer<TrapFrame>.allocate(capacity: 3)
        guard let one = ThreadStack(), let two = ThreadStack(), let three = ThreadStack() else { return check(false, "no stacks") }
        frames = [Context.current, memory, memory + 1, memory + 2]
        for (index, top) in [one.top, two.top, three.top].enumerated() {
            Context.prepare(memory + index, stackTop: top, entry: body, argument: UnsafeMutableRawPointer(bitPattern: index + 1))
        }
        let pi = 3.25 + Double(turns)
        _ = Interrupts.disable()
        Context.switchThread(from: frames[0]!, to: memory)
        Interrupts.enable()
        check(pi == 3.25, "the boot thread's floating-point register changed")
        for index in frames.indices { Context.forget(frames[index]!) }
        memory.deallocate()
    }
}
