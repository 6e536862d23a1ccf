// What a program's run took, from the call of its start function to its end, on its standard error: seconds, processor time, linear memory,
// fuel where it is metered, machine code where there is some, and instructions where the machine counts them. All of it is the program's own, whoever runs beside it.
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// What is said of machine code.
private struct CodeFigures {
    let functionCount: Int
    let byteCount: Int
    let nanoseconds: UInt64
    let sampleCount: UInt64
    let nativeSampleCount: UInt64

    /// Nil when the process's image has none. In a kernel view.
    init?(_ process: Process.Pointer) {
        guard let code = process.pointee.code, code.pointee.functionCount > 0 else { return nil }
        functionCount = code.pointee.functionCount
        byteCount = code.pointee.pages.byteCount
        nanoseconds = code.pointee.nanoseconds
        sampleCount = process.pointee.sampleCount
        nativeSampleCount = process.pointee.nativeSampleCount
    }
}

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
        // Samples are instructions, too.
        if !InstructionCounter.isExact { ProcessProfile.startCounting(process) }
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

    /// `martlet: NAME: statistics: [N instructions, ]N s, N s of processor time, N of linear memory[, N of fuel][, N functions
    /// compiled to N in N s[, N % of the time in them]]`. The functions are the image's, whoever had them compiled.
    func report() {
        let code = KernelView.enter { withInterruptsDisabled { CodeFigures(process) } }
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
            guard let code else { return }
            text.append(", ")
            text.append(decimal: UInt64(code.functionCount))
            text.append(code.functionCount == 1 ? " function compiled to " : " functions compiled to ")
            text.append(byteCount: UInt64(code.byteCount))
            text.append(" in ")
            text.append(microsecondsOf: code.nanoseconds)
            text.append(" s")
            guard code.sampleCount > 0 else { return }
            text.append(", ")
            text.append(decimal: code.nativeSampleCount * 100 / code.sampleCount)
            text.append(" % of the time in them")
        }
    }
}
