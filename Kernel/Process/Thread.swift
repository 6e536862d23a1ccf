// A kernel thread: a frame to suspend into, a guarded stack, and its places in the scheduler's queues. Owns the stack; the record and
// the nodes lie in one block of the kernel's heap.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory

/// What `Scheduler.hold` takes; in memory that does not move.
struct HoldLock {
    // Interrupts off.
    var isHeld = false
    /// Those who wait for it, or for whatever else the owner says.
    let waiters: UnsafeMutablePointer<WaitQueue>
}

/// A kernel thread. Used through a pointer; nothing about it is counted by reference, since a thread may be ended anywhere.
public struct Thread: ~Copyable {
    /// A thread's record.
    public typealias Pointer = UnsafeMutablePointer<Thread>

    /// What the scheduler knows of it.
    public enum State: UInt8 {
        case ready
        case running
        case blocked
        case ended
    }

    // Constant from the start on. What the pointers lead to: interrupts off, and the frame only the hart that runs the thread, in a switch.
    /// Where it suspends.
    let frame: TrapFramePointer
    /// Its place in the run queue.
    let scheduling: UnsafeMutablePointer<SchedulingNode>
    /// Its place in a wait queue.
    let wait: UnsafeMutablePointer<WaitNode>
    /// Its deadline while it waits with one.
    let deadline: UnsafeMutablePointer<Deadline>
    /// Nil for the boot thread, which has the boot stack, and for a process's, whose stack lies in its own addresses.
    private let stack: ThreadStack?

    // Constant from the start on, except in `Scheduler.visit`: the thread itself, interrupts off.
    /// The views it runs in, as values of `satp`: the same for a thread of the kernel's own.
    var kernelTranslation = KernelMapping.translation
    var guestTranslation = KernelMapping.translation

    /// The process whose work it does; nil for the kernel's own.
    var process: Process.Pointer?

    // Interrupts off: whoever wakes, ends or charges it comes here, and the thread itself.
    var state = State.ready
    /// Set when it is to end at the next possible moment.
    var pendingEnd: EndReason?
    /// Timer ticks it has run.
    var ranTicks: UInt64 = 0
    /// What the instruction counter came on by while it ran, since somebody asked whether it counts.
    var ranSteps: UInt64 = 0
    /// Whether the last wait ended by its deadline.
    var hasTimedOut = false
    /// The heap that is current when it runs again; meanwhile the hart has it (Boot/include/machine.h).
    var heap: Heap.Pointer

    // Changed only by the thread itself; traps on its hart look at them.
    /// Sections under way in which it is neither preempted nor ended.
    var sectionDepth = 0
    /// Long pieces of work under way in which it may be preempted but not ended.
    var holdDepth = 0
    /// Whether it may be ended where it is.
    var mayEnd: Bool { sectionDepth == 0 && holdDepth == 0 }

    private static let frameOffset = (MemoryLayout<Thread>.size + 15) & ~15
    private static let schedulingOffset = frameOffset + (MemoryLayout<TrapFrame>.size + 15) & ~15
    private static let waitOffset = schedulingOffset + (MemoryLayout<SchedulingNode>.size + 15) & ~15
    private static let deadlineOffset = waitOffset + (MemoryLayout<WaitNode>.size + 15) & ~15
    private static let blockByteCount = deadlineOffset + MemoryLayout<Deadline>.size

    private init(frame: TrapFramePointer, block: UnsafeMutableRawPointer, stack: consuming ThreadStack?, heap: Heap.Pointer) {
        self.frame = frame
        scheduling = (block + Thread.schedulingOffset).bindMemory(to: SchedulingNode.self, capacity: 1)
        wait = (block + Thread.waitOffset).bindMemory(to: WaitNode.self, capacity: 1)
        deadline = (block + Thread.deadlineOffset).bindMemory(to: Deadline.self, capacity: 1)
        self.stack = stack
        self.heap = heap
    }

    private static func wakeByDeadline(_ context: UnsafeMutableRawPointer?) {
        let thread = context!.assumingMemoryBound(to: Thread.self)
        thread.pointee.hasTimedOut = true
        Scheduler.wake(thread)
    }

    private static func makeRecord(
        _ block: UnsafeMutableRawPointer, frame: TrapFramePointer, stack: consuming ThreadStack?, heap: Heap.Pointer,
        priority: SchedulingPriority
    ) -> Pointer {
        let thread = block.bindMemory(to: Thread.self, capacity: 1)
        thread.initialize(to: Thread(frame: frame, block: block, stack: stack, heap: heap))
        thread.pointee.scheduling.initialize(to: SchedulingNode(owner: block, priority: priority))
        thread.pointee.wait.initialize(to: WaitNode(owner: block))
        thread.pointee.deadline.initialize(to: Deadline(action: { Thread.wakeByDeadline($0) }, context: block))
        return thread
    }

    /// Makes a thread of the kernel's own that will call `entry(argument)`; nil when memory is refused. It does not run before
    /// `Scheduler.start`.
    static func make(
        priority: SchedulingPriority = .normal, entry: @convention(c) (UnsafeMutableRawPointer?) -> Void,
        argument: UnsafeMutableRawPointer?
    ) -> Pointer? {
        guard let stack = ThreadStack() else { return nil }
        guard let block = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: blockByteCount, alignment: 16) else { return nil }
        let frame = (block + frameOffset).bindMemory(to: TrapFrame.self, capacity: 1)
        Context.prepare(frame, stackTop: stack.top, translation: KernelMapping.translation, entry: entry, argument: argument)
        return makeRecord(block, frame: frame, stack: stack, heap: KernelHeap.kernel, priority: priority)
    }

    /// Makes the thread of a process, which begins in the process's kernel view on a stack of the process's own; nil when memory is refused.
    static func make(
        for process: Process.Pointer, priority: SchedulingPriority, entry: @convention(c) (UnsafeMutableRawPointer?) -> Void
    ) -> Pointer? {
        guard let block = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: blockByteCount, alignment: 16) else { return nil }
        let frame = (block + frameOffset).bindMemory(to: TrapFrame.self, capacity: 1)
        let kernelTranslation = process.pointee.space.kernelTranslation
        Context.prepare(
            frame, stackTop: OwnHeap.address, translation: kernelTranslation, entry: entry, argument: UnsafeMutableRawPointer(process))
        let thread = makeRecord(block, frame: frame, stack: nil, heap: OwnHeap.pointer, priority: priority)
        thread.pointee.process = process
        thread.pointee.kernelTranslation = kernelTranslation
        thread.pointee.guestTranslation = process.pointee.space.guestTranslation
        return thread
    }

    /// The thread that boots, which becomes the idle thread.
    static func adoptBootThread() -> Pointer {
        guard let block = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: blockByteCount, alignment: 16) else {
            panic("no memory for the record of the boot thread")
        }
        let thread = makeRecord(block, frame: Context.current, stack: nil, heap: KernelHeap.kernel, priority: .normal)
        thread.pointee.state = .running
        return thread
    }

    /// Whether an address is that of a field of a process's thread that may lead into the process's memory: its frame, and its heap.
    static func isNamedField(_ address: UInt64, of thread: Pointer) -> Bool {
        contains(UnsafeRawBufferPointer(start: thread.pointee.frame, count: MemoryLayout<TrapFrame>.size), address)
            || withUnsafeBytes(of: &thread.pointee.heap) { contains($0, address) }
    }

    /// Gives back the stack and the record of a thread that has ended and does not run.
    static func destroy(_ thread: Pointer) {
        withInterruptsDisabled {
            Context.forget(thread.pointee.frame)
            WaitQueue.remove(thread.pointee.wait)
            Timer.cancel(thread.pointee.deadline)
        }
        thread.deinitialize(count: 1)
        KernelHeap.free(UnsafeMutableRawPointer(thread))
    }
}
