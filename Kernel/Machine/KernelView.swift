// The two views of a process: the guest view, which its thread runs in, and the kernel view, which maps the kernel's memory besides.
// RISC-V privileged specification 4.1.11 (satp). Kernel/Memory/README.md says what each of them maps.
//
// The view is a part of the thread's context: a trap enters the kernel view by itself and leaves it with the thread, so code in either
// view may be interrupted, preempted and ended. Entering costs two writes of `satp`, each of which empties QEMU's TLB.
import CMachine

/// The kernel view of the running thread.
public enum KernelView {
    /// Whether the code runs in it. Threads of the kernel's own always do.
    @inline(__always) public static var isEntered: Bool { machine_read_satp() == machine_hart_kernelTranslation() }

    /// Runs `body` in the kernel view, and goes back to the view it was called in. What `body` returns must not lie in the kernel's heap.
    @inline(__always)
    public static func enter<Result: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        touchStack(byteCount: enterStackByteCount)
        let before = machine_read_satp()
        let kernel = machine_hart_kernelTranslation()
        if before != kernel { Translation.write(kernel) }
        defer { if before != kernel { Translation.write(before) } }
        return try body()
    }

    /// Enters it for good.
    public static func stay() {
        if !isEntered { Translation.write(machine_hart_kernelTranslation()) }
    }

    /// Leaves the kernel view for good: the thread goes on in its guest view.
    public static func leave() { Translation.write(machine_hart_guestTranslation()) }

    /// Stack that what runs in the kernel view may use where a missing page could not be refused: with interrupts off or in a section.
    private static let enterStackByteCount: UInt64 = 8192

    /// Has the next bytes of a process's stack come, while the process can still be ended for want of a page, and while nothing is under way
    /// that the fault would find half done.
    @inline(__always) public static func touchStack(byteCount: UInt64) {
        let stack = KernelImage.processStack
        var address = machine_read_stack_pointer()
        guard stack.contains(address) else { return }
        let end = max(address &- min(byteCount, address), stack.lowerBound)
        while address >= end &+ UInt64(KernelView.pageByteCount) {
            address &-= UInt64(KernelView.pageByteCount)
            _ = machine_load8(UInt(address))
        }
    }

    private static let pageByteCount = 4096

    /// Says which views the thread that runs next on this hart has. Interrupts are off.
    public static func select(kernel: UInt64, guest: UInt64) {
        machine_set_hart_kernelTranslation(kernel)
        machine_set_hart_guestTranslation(guest)
    }
}
