// What a program's run took, from the call of its start function to its end, on its standard error: seconds, processor time, linear memory,
// fuel where it is metered, and instructions where the machine counts them. All of it is the program's own, whoever runs beside it.
import KernelCore
import KernelMachine
import WASI

/// Taken when a run begins; reported when it ends.
struct RunStatistics {
    private let process: Process.Pointer
    private let nanoseconds: UInt64
    private let processorNanoseconds: UInt64
    private let steps: UInt64

    /// Begins; the process's own thread calls it.
    init(_ process: Process.Pointer) {
        self.process = process
        KernelView.enter { InstructionCounter.start() }
        let platform = KernelPlatform(process)
        nanoseconds = platform.time(of: .monotonic) ?? 0
        processorNanoseconds = platform.time(of: .processCPUTime) ?? 0
        steps = RunStatistics.steps
    }

    /// What the instruction counter came on by for this thread.
    private static var steps: UInt64 {
        KernelView.enter {
            withInterruptsDisabled {
                Scheduler.charge()
                return Scheduler.current.pointee.ranSteps
            }
        }
    }

    /// `martlet: NAME: statistics: [N instructions, ]N s, N s of processor time, N of linear memory[, N of fuel]`.
    func report() {
        let steps = RunStatistics.steps &- steps
        let platform = KernelPlatform(process)
        let processorNanoseconds = (platform.time(of: .processCPUTime) ?? 0) &- processorNanoseconds
        let nanoseconds = (platform.time(of: .monotonic) ?? 0) &- nanoseconds
        ProcessReport.plain { text in
            text.appendPrintable(process.pointee.name)
            text.append(": statistics: ")
            if InstructionCounter.isExact {
                text.append(decimal: InstructionCounter.instructions(in: steps))
                text.append(" instructions, ")
            }
            text.append(microsecondsOf: nanoseconds)
            text.append(" s, ")
            text.append(microsecondsOf: processorNanoseconds)
            text.append(" s of processor time, ")
            text.append(byteCount: process.pointee.peakMemoryByteCount)
            text.append(" of linear memory")
            if process.pointee.fuelUsed > 0 {
                text.append(", ")
                text.append(decimal: process.pointee.fuelUsed)
                text.append(" of fuel")
            }
        }
    }
}
