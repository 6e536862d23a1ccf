// Counted instructions: whether the hart's `instret` counts them is tried before it is believed. QEMU answers with the host's ticks unless it
// counts (`-icount`), and then with nanoseconds, which are a power of two for each instruction. RISC-V unprivileged specification 8 (Zicntr).
import CMachine

/// Instructions that the hart has retired, where it can say.
public enum InstructionCounter {
    // Interrupts off.
    /// What the counter comes on by at one instruction; 0: it counts something else, or nobody has asked.
    nonisolated(unsafe) private static var stepsPerInstruction: UInt64 = 0
    nonisolated(unsafe) private static var isTried = false

    /// Most nanoseconds an instruction takes under `-icount` (`shift=10`).
    private static let largestStep: UInt64 = 1 << 10

    /// Whether `steps` are instructions.
    @inline(__always) public static var isExact: Bool { stepsPerInstruction != 0 }

    /// The counter; only differences mean something.
    @inline(__always) public static var steps: UInt64 { machine_read_instret() }

    /// Instructions in a difference of `steps`.
    public static func instructions(in steps: UInt64) -> UInt64 { isExact ? steps / stepsPerInstruction : 0 }

    /// Finds out, the first time it is called: loops of known lengths must differ by what their instructions come to, each time again.
    public static func start() {
        withInterruptsDisabled {
            if isTried { return }
            isTried = true
            let rounds: UInt64 = 1024
            var found: UInt64 = 0
            for _ in 0..<4 {
                let short = machine_count_loop(rounds)
                let long = machine_count_loop(3 * rounds)
                // Twice as many rounds more, of two instructions each.
                let difference = long &- short
                let step = difference / (4 * rounds)
                guard step > 0, step <= largestStep, step & (step - 1) == 0, difference == step * 4 * rounds, found == 0 || found == step
                else { return }
                found = step
            }
            stepsPerInstruction = found
        }
    }
}
