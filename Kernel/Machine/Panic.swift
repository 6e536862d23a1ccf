// The end of the kernel: the report of a panic, and leaving the machine with a code.
import CMachine
import KernelCore

/// The codes QEMU exits with that are the kernel's own. A program's own code is passed through.
public enum ExitCode {
    /// A module that cannot be loaded, or no program at all.
    public static let cannotLoad = 1
    /// A kernel panic.
    public static let panic = 101
    /// A program that trapped.
    public static let trap = 134
}

/// Stopping the machine.
public enum Power {
    /// The test finisher's register; zero when the device tree has none.
    nonisolated(unsafe) public static var finisherAddress: UInt = 0
    /// Called before an orderly exit: waits until consoles have sent what was written.
    nonisolated(unsafe) public static var drainHook: (@convention(c) () -> Void)?

    /// Leaves QEMU with a code, which is clamped to 0...255 (QEMU keeps only the low byte, and 256 would read as success).
    public static func exit(code: Int) -> Never {
        KernelView.stay()
        Stretch.report()
        drainHook?()
        stop(code: code)
    }

    /// Leaves without waiting for anything.
    public static func stop(code: Int) -> Never {
        _ = Interrupts.disable()
        let clamped = UInt32(min(max(code, 0), 255))
        if finisherAddress != 0 {
            // SiFive test device: 0x5555 passes, 0x3333 fails with the code in the upper half.
            // It may not be mapped yet when boot itself fails; then the firmware is next.
            finisherValue = clamped == 0 ? 0x5555 : clamped << 16 | 0x3333
            var hasFaulted: UInt64 = 0
            _ = machine_probe(
                { address in
                    machine_store32(UInt(address), finisherValue)
                    return 0
                }, UInt64(finisherAddress), &hasFaulted)
        }
        Firmware.shutDown(isFailure: clamped != 0)
        while true { machine_wait_for_interrupt() }
    }

    /// Restarts the machine; returns if it cannot.
    public static func restart() {
        drainHook?()
        if finisherAddress != 0 { machine_store32(finisherAddress, 0x7777) }
    }
}

nonisolated(unsafe) private var finisherValue: UInt32 = 0

/// Ends the kernel: what only a bug can cause. Prints the text and a backtrace and exits with the panic code.
public func panic(_ text: StaticString) -> Never {
    let writer = beginPanic()
    writer.text("\nkernel panic: ").text(text).text("\n")
    Backtrace.write(programCounter: nil, framePointer: machine_read_frame_pointer(), to: writer)
    endPanic(writer)
}

/// Ends the kernel because of a trap nobody took: cause, place, registers, backtrace.
func panicOnTrap(_ frame: TrapFramePointer, _ text: StaticString) -> Never {
    let writer = beginPanic()
    writer.text("\nkernel panic: ").text(text)
    if OutOfMemory.isPending { writer.text(" (an allocation of ").decimal(OutOfMemory.refusedByteCount).text(" bytes was refused)") }
    writer.text("\n")
    TrapReport.write(frame, to: writer)
    endPanic(writer)
}

private func beginPanic() -> LogWriter {
    _ = Interrupts.disable()
    KernelView.stay()
    let hart = machine_hart()
    hart.pointee.panicDepth += 1
    // A panic in the report of a panic: say nothing more.
    if hart.pointee.panicDepth > 1 { Power.stop(code: ExitCode.panic) }
    hart.pointee.probeRecovery = 0
    // The byte by which qemu/run knows a panic (qemu/machine.py): programs' bytes do not come here, and their names are printable.
    return LogWriter(sink: Log.emergencySink).text("\u{2}")
}

private func endPanic(_ writer: LogWriter) -> Never {
    writer.text("exit code ").decimal(ExitCode.panic).text("\n")
    Power.stop(code: ExitCode.panic)
}

/// Prints a trap frame for people.
public enum TrapReport {
    public static func write(_ frame: TrapFramePointer, to writer: LogWriter) {
        let cause = TrapCause(rawValue: frame.pointee.cause)
        writer.text("  cause  ").hexadecimal(frame.pointee.cause).text(" ").text(cause.name).text("\n")
        writer.text("  sepc   ").hexadecimal(frame.pointee.programCounter).text(" ")
        Backtrace.writeSymbol(frame.pointee.programCounter, to: writer)
        writer.text("\n  stval  ").hexadecimal(frame.pointee.value)
        writer.text("\n  status ").hexadecimal(frame.pointee.status).text("\n")
        writeRegisters(frame, to: writer)
        writer.text("backtrace:\n")
        Backtrace.write(
            programCounter: frame.pointee.programCounter, framePointer: frame.pointee.s0, returnAddress: frame.pointee.ra, to: writer)
    }

    private static func writeRegisters(_ frame: TrapFramePointer, to writer: LogWriter) {
        let names: StaticString = "?  ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10s11t3 t4 t5 t6 "
        // SAFETY: the registers x1 to x31 lie after the first word, each 8 bytes; Boot/frames.c asserts it.
        let registers = UnsafeRawPointer(frame).assumingMemoryBound(to: UInt64.self)
        for index in 1..<32 {
            writer.text("  ").bytes(UnsafeRawBufferPointer(start: names.utf8Start + index * 3, count: 3)).text(" ")
            writer.hexadecimal(registers[index], isPadded: true)
            if index % 4 == 0 || index == 31 { writer.text("\n") }
        }
    }
}
