// What a program's run took: instructions retired and time, from its first instruction to its end, on its standard error.
// For benchmarks: the only guest on the machine, since the counter is the hart's. Owns nothing.
import KernelCore
import KernelMachine

/// Taken when a run begins; reported when it ends.
struct RunStatistics {
    private let instructions = Clock.retiredInstructions
    private let ticks = Clock.ticks

    /// `martlet: NAME: statistics: N instructions, N ticks`.
    func report(_ process: Process.Pointer) {
        let instructions = Clock.retiredInstructions &- instructions
        let ticks = Clock.ticks &- ticks
        ProcessReport.plain { text in
            text.appendPrintable(process.pointee.name)
            text.append(": statistics: ")
            text.append(decimal: instructions)
            text.append(" instructions, ")
            text.append(decimal: ticks)
            text.append(" ticks")
        }
    }
}
