// The two views of a process: the guest view, which its thread runs in, and the kernel view, which maps the kernel's memory besides.
// RISC-V privileged specification 4.1.11 (satp). Kernel/Memory/README.md says what each of them maps.
//
// The view is a part of the thread's context: a trap enters the kernel view by itself and leaves it with the thread, so code in either
// view may be interrupted, preempted and ended. Entering costs two writes of `satp`, each of which empties QEMU's TLB.
import CMachine

/// The kernel view of the running thread.
public enum KernelView {
    /// Whether the code runs in it. Threads of the kernel's own always do.
    @inline(__always) public static var isEntered: Bool { machine_read_satp() == machine_hart().pointee.kernelTranslation }

    /// Runs `body` in the kernel view, and goes back to the view it was called in. What `body` returns must not lie in the kernel's heap.
    @inline(__always)
    public static func enter<Result: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let before = machine_read_satp()
        let kernel = machine_hart().pointee.kernelTranslation
        if before != kernel { Translation.write(kernel) }
        defer { if before != kernel { Translation.write(before) } }
        return try body()
    }

    /// Enters it for good.
    public static func stay() {
        if !isEntered { Translation.write(machine_hart().pointee.kernelTranslation) }
    }

    /// Leaves the kernel view for good: the thread goes on in its guest view.
    public static func leave() { Translation.write(machine_hart().pointee.guestTranslation) }

    /// Says which views the thread that runs next on this hart has. Interrupts are off.
    public static func select(kernel: UInt64, guest: UInt64) {
        machine_hart().pointee.kernelTranslation = kernel
        machine_hart().pointee.guestTranslation = guest
    }
}
