// Threads as the machine sees them: a frame to suspend into and a stack. The scheduler above decides who runs; this switches.
// RISC-V privileged specification 4.1.1 (sstatus.SPP, SPIE, FS).
import CMachine

/// Making, leaving and resuming thread contexts.
public enum Context {
    private static let previousPrivilegeSupervisor: UInt64 = 1 << 8
    private static let previousInterruptEnable: UInt64 = 1 << 5
    private static let floatMask: UInt64 = 3 << 13
    private static let floatInitial: UInt64 = 1 << 13
    private static let floatClean: UInt64 = 2 << 13
    private static let floatDirty: UInt64 = 3 << 13

    /// Where the thread that runs on this hart is saved when another one takes its place.
    public static var current: TrapFramePointer { machine_hart().pointee.currentFrame }

    /// Makes a frame that, when first resumed, calls `entry(argument)` on a stack with interrupts on, in the view `translation` (a value of
    /// `satp`; nil: the running one). `entry` must not return.
    public static func prepare(
        _ frame: TrapFramePointer, stackTop: UInt64, translation: UInt64? = nil, entry: @convention(c) (UnsafeMutableRawPointer?) -> Void,
        argument: UnsafeMutableRawPointer?
    ) {
        UnsafeMutableRawPointer(frame).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<TrapFrame>.size)
        frame.pointee.sp = stackTop & ~15
        frame.pointee.s1 = UInt64(UInt(bitPattern: unsafeBitCast(entry, to: UnsafeRawPointer.self)))
        frame.pointee.a0 = UInt64(UInt(bitPattern: argument))
        frame.pointee.programCounter = UInt64(machine_thread_start_address())
        frame.pointee.status = previousPrivilegeSupervisor | previousInterruptEnable | floatInitial
        frame.pointee.translation = translation ?? machine_read_satp()
    }

    /// Copies what a trap saved, floating-point registers excepted.
    static func copyRegisters(from: TrapFramePointer, to: TrapFramePointer) {
        // SAFETY: the integer part of a frame is its first 36 words (Boot/layout.h), and two frames do not overlap.
        UnsafeMutableRawPointer(to).copyMemory(from: UnsafeRawPointer(from), byteCount: 36 * 8)
        to.pointee.translation = from.pointee.translation
    }

    /// Suspends the running thread into `from` and resumes `to`. Interrupts must be off and the code in a thread, not in a trap handler.
    /// Returns when someone resumes `from`.
    public static func switchThread(from: TrapFramePointer, to: TrapFramePointer) {
        let hart = machine_hart()
        if machine_read_sstatus() & floatMask == floatDirty {
            machine_float_save(from)
            hart.pointee.floatOwner = from
            // Clean: what the frame's status will say when it is saved.
            machine_clear_sstatus(floatMask)
            machine_set_sstatus(floatClean)
        }
        restoreFloat(to)
        hart.pointee.currentFrame = to
        Stretch.resume(to)
        machine_switch(from, to)
    }

    /// Resumes a frame and forgets the running context: for a thread that has ended. Interrupts must be off.
    public static func resume(_ frame: TrapFramePointer) -> Never {
        // What the ended thread left in the floating-point registers is nobody's.
        if machine_read_sstatus() & floatMask == floatDirty { machine_hart().pointee.floatOwner = nil }
        restoreFloat(frame)
        machine_hart().pointee.currentFrame = frame
        Stretch.resume(frame)
        machine_resume(frame)
    }

    /// Call before a frame's memory is given back or made another thread's.
    public static func forget(_ frame: TrapFramePointer) {
        if machine_hart().pointee.floatOwner == frame { machine_hart().pointee.floatOwner = nil }
    }

    /// A trap switches threads: floating-point registers are saved only when the interrupted thread has changed them, and loaded only when
    /// the resumed one has any and they are not still there.
    static func exchangeFloatState(from: TrapFramePointer, to: TrapFramePointer) {
        if from.pointee.status & floatMask == floatDirty {
            machine_float_save(from)
            machine_hart().pointee.floatOwner = from
            from.pointee.status = from.pointee.status & ~floatMask | floatClean
        }
        restoreFloat(to)
    }

    private static func restoreFloat(_ to: TrapFramePointer) {
        guard to.pointee.floatSaved != 0, machine_hart().pointee.floatOwner != to else { return }
        machine_float_restore(to)
        machine_hart().pointee.floatOwner = to
    }
}
