// How a process ended, told apart, and the table of who ended how. Pure: no process is looked at, only what is handed in.

/// A budget that can end a process.
public enum Budget: UInt8, Sendable {
    case memory
    case heap
    case stack
    case fuel
    case processorTime
    case wallTime

    /// As manifests and reports name it.
    public var name: StaticString {
        switch self {
        case .memory: "memory"
        case .heap: "kernel memory"
        case .stack: "memory for its stack"
        case .fuel: "fuel"
        case .processorTime: "CPU time"
        case .wallTime: "wall time"
        }
    }
}

/// How a process ended.
public enum EndReason: Equatable, Sendable {
    /// By `proc_exit` or by returning from `_start`.
    case exited(code: UInt32)
    /// By a trap; the text is the trap's.
    case trapped(message: StaticString)
    /// By somebody: pid 0 is the kernel, 1 the console.
    case killed(by: UInt64)
    /// A budget was used up.
    case outOfBudget(Budget)
    /// The program could not be loaded; the reason was reported.
    case failedToLoad
    /// A defect of ours, in this process's thread only.
    case internalError

    /// The largest code a process of the host can end with.
    public static let largestExitCode: UInt32 = 255

    /// What the machine's exit code is when this was the only or the first failed process.
    public var exitCode: UInt32 {
        switch self {
        case .exited(let code): code <= EndReason.largestExitCode ? code : 1
        case .trapped: 134
        case .killed: 137
        case .outOfBudget(let budget): budget == .wallTime ? 124 : budget == .fuel ? 134 : 137
        case .failedToLoad: 1
        case .internalError: 70
        }
    }

    /// Whether restart policies and the exit code take it for a success.
    public var isSuccess: Bool { self == .exited(code: 0) }

    /// In words.
    public func render(into text: inout TextBuffer) {
        switch self {
        case .exited(let code):
            text.append("exited ")
            text.append(decimal: UInt64(code))
        case .trapped(let message):
            text.append("trapped: ")
            text.append(message)
        case .killed(let pid):
            text.append("killed by ")
            if pid == 0 {
                text.append("the kernel")
            } else if pid == 1 {
                text.append("the console")
            } else {
                text.append("process ")
                text.append(decimal: pid)
            }
        case .outOfBudget(let budget):
            text.append("killed: out of ")
            text.append(budget.name)
        case .failedToLoad: text.append("failed to load")
        case .internalError: text.append("internal error")
        }
    }

    /// Compares case and payload.
    public static func == (left: EndReason, right: EndReason) -> Bool {
        switch (left, right) {
        case (.exited(let a), .exited(let b)): a == b
        case (.trapped(let a), .trapped(let b)): a.utf8Start == b.utf8Start
        case (.killed(let a), .killed(let b)): a == b
        case (.outOfBudget(let a), .outOfBudget(let b)): a == b
        case (.failedToLoad, .failedToLoad), (.internalError, .internalError): true
        default: false
        }
    }
}

/// One line of the end table.
public struct EndRecord {
    public var pid: UInt64
    public var name: [UInt8]
    public var reason: EndReason
    public var runNanoseconds: UInt64
    public var processorNanoseconds: UInt64
    public var peakMemoryByteCount: UInt64
    public var callCount: UInt64
    /// Nil when fuel is not metered.
    public var fuelUsed: UInt64?

    /// A line from its parts.
    public init(
        pid: UInt64, name: [UInt8], reason: EndReason, runNanoseconds: UInt64, processorNanoseconds: UInt64,
        peakMemoryByteCount: UInt64, callCount: UInt64, fuelUsed: UInt64?
    ) {
        self.pid = pid
        self.name = name
        self.reason = reason
        self.runNanoseconds = runNanoseconds
        self.processorNanoseconds = processorNanoseconds
        self.peakMemoryByteCount = peakMemoryByteCount
        self.callCount = callCount
        self.fuelUsed = fuelUsed
    }
}

/// The table of who ended how.
public enum EndTable {
    /// The heading, without an end of line.
    public static func renderHeading(into text: inout TextBuffer) {
        text.append("   PID      RUN      CPU   MEMORY     CALLS       FUEL  NAME                 END")
    }

    /// One line, without its end; `times`: how often the program ended, the last time so.
    public static func render(_ record: EndRecord, times: Int = 1, into text: inout TextBuffer) {
        func column(_ width: Int, _ fill: (inout TextBuffer) -> Void) {
            var part = TextBuffer()
            fill(&part)
            text.append(rightAligned: part, width: width)
        }
        column(6) { $0.append(decimal: record.pid) }
        column(9) { $0.append(secondsOf: record.runNanoseconds) }
        column(9) { $0.append(secondsOf: record.processorNanoseconds) }
        column(9) { $0.append(byteCount: record.peakMemoryByteCount) }
        column(10) { $0.append(decimal: record.callCount) }
        column(11) { part in
            if let fuel = record.fuelUsed { part.append(decimal: fuel) } else { part.append("-") }
        }
        text.append("  ")
        let start = text.bytes.count
        text.appendPrintable(record.name)
        text.pad(from: start, to: 20)
        text.append(" ")
        record.reason.render(into: &text)
        if times > 1 {
            text.append(", the last of ")
            text.append(decimal: UInt64(times))
            text.append(" times")
        }
    }
}
