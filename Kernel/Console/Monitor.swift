// The console monitor: a prompt on the terminal from which programs are started, watched and ended. Lines are edited in the keyboard's
// thread, commands run in a thread of the monitor's own, so ctrl-C and ctrl-Z work while a command runs. It uses only what the process
// room publishes, like any other client.
import KernelCore
import KernelMachine
import KernelMemory
import KernelProcess

/// The monitor.
public enum Monitor {
    nonisolated(unsafe) private static var editor = LineEditor()
    nonisolated(unsafe) private static var typed: [UInt8]?
    nonisolated(unsafe) private static var isEndTyped = false
    nonisolated(unsafe) private static var hasKeyboardReturned = false
    /// Processes started with `&`, whose ends are told before the next prompt. The supervisor's thread adds, the monitor's takes: interrupts
    /// off.
    nonisolated(unsafe) private static var notices: [EndRecord] = []
    /// Ends that came when there were as many notices as are kept: a program may be restarted for days while nobody reads.
    nonisolated(unsafe) private static var untoldCount = 0
    private static let noticeLimit = 100
    nonisolated(unsafe) private static var waitedFor: [UInt64] = []
    /// CPU time of each process at the last `top`, and when that was.
    nonisolated(unsafe) private static var lastTimes: [(pid: UInt64, nanoseconds: UInt64)] = []
    nonisolated(unsafe) private static var lastTop: UInt64 = 0

    /// Has the supervisor start the monitor when a shell is wanted.
    public static func register() {
        Supervisor.startShell = {
            ConsoleInput.monitor = { take($0) }
            ConsoleInput.keyboardReturned = {
                hasKeyboardReturned = true
                ProcessEvents.notify()
            }
            Supervisor.endNotice = { record, _ in
                withInterruptsDisabled {
                    if notices.count < noticeLimit { notices.append(record) } else { untoldCount += 1 }
                }
            }
            ProcessEvents.startThread { _ in Monitor.main() }
        }
    }

    /// A byte from the keyboard, in the keyboard's thread.
    private static func take(_ byte: UInt8) {
        var output = TextBuffer()
        let event = editor.feed(byte, output: &output) { completion, isFirst in complete(&completion, isFirst) }
        ConsoleInput.show(output)
        switch event {
        case .none: return
        case .line(let line):
            ConsoleInput.isMonitorReading = false
            typed = line
        case .interrupt: typed = []
        case .endOfInput: isEndTyped = true
        }
        ProcessEvents.notify()
    }

    private static func complete(_ completion: inout Completion, _ isFirst: Bool) {
        let names = completion.word
        if let slash = names.lastIndex(of: UInt8(ascii: "/")) {
            // Behind a slash: what lies in that directory.
            let directory = Array(names[...slash])
            _ = Launcher.forEachFile(directory) { name, isDirectory, _ in
                completion.offer(directory + name + (isDirectory ? [UInt8(ascii: "/")] : []))
            }
            return
        }
        if isFirst {
            for name in MonitorCommand.names {
                completion.offer(Array(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)))
            }
        }
        Launcher.offerNames(&completion)
        guard !isFirst else { return }
        _ = Launcher.forEachFile([]) { name, isDirectory, _ in if isDirectory { completion.offer(name + [UInt8(ascii: "/")]) } }
    }

    private static func main() -> Never {
        say { $0.append("Martlet: `help` lists the commands, `exit` or ctrl-D leaves\n") }
        while true {
            tellEnds()
            say { $0.append("> ") }
            ConsoleInput.foreground = []
            ConsoleInput.isMonitorReading = true
            while true {
                ProcessEvents.wait { typed != nil || isEndTyped || !notices.isEmpty }
                if typed != nil || isEndTyped { break }
                // Somebody ended while the prompt stood: say so and show the line again.
                ConsoleInput.isMonitorReading = false
                say { $0.append("\r\u{1B}[K") }
                tellEnds()
                var text = TextBuffer()
                editor.redraw(prompt: "> ", output: &text)
                ConsoleInput.show(text)
                ConsoleInput.isMonitorReading = true
            }
            ConsoleInput.isMonitorReading = false
            if isEndTyped {
                say { $0.append("exit\n") }
                Supervisor.powerOff(code: 0)
            }
            let line = typed ?? []
            typed = nil
            do throws(MonitorError) {
                carryOut(try MonitorCommand.parse(line))
            } catch {
                say {
                    $0.append("column ")
                    $0.append(decimal: error.column)
                    $0.append(": ")
                    $0.append(error.message)
                    $0.append("\n")
                }
            }
        }
    }

    /// Shows text, line ends as the terminal wants them.
    private static func say(_ body: (inout TextBuffer) -> Void) {
        var text = TextBuffer()
        body(&text)
        var shown = TextBuffer()
        for byte in text.bytes {
            if byte == 0x0A { shown.append(byte: 0x0D) }
            shown.append(byte: byte)
        }
        ConsoleInput.show(shown)
    }

    private static func tellEnds() {
        while let record = withInterruptsDisabled({ notices.isEmpty ? nil : notices.removeFirst() }) {
            // Whoever ran in the foreground and did well is not worth a line.
            if waitedFor.contains(record.pid), record.reason.isSuccess { continue }
            say {
                $0.append("[")
                $0.append(decimal: record.pid)
                $0.append("] ")
                $0.appendPrintable(record.name)
                $0.append(": ")
                record.reason.render(into: &$0)
                $0.append("\n")
            }
        }
        if untoldCount > 0 {
            say {
                $0.append("... and ")
                $0.append(decimal: untoldCount)
                $0.append(" more have ended\n")
            }
            untoldCount = 0
        }
        waitedFor = []
    }

    private static func carryOut(_ command: MonitorCommand) {
        switch command {
        case .empty: break
        case .run(let pipeline): run(pipeline)
        case .processes: processes(withShares: false)
        case .top: processes(withShares: true)
        case .kill(let pid): if !ProcessTable.kill(pid, by: 1) { noProcess(pid) }
        case .wait(let pid):
            if let pid { waitFor([pid]) } else { waitFor(ProcessTable.list().map { $0.pid }) }
        case .foreground(let pid):
            if isAlive(pid) {
                ConsoleInput.foreground = [pid]
                waitFor([pid])
            } else {
                noProcess(pid)
            }
        case .list(let path): list(path ?? [])
        case .concatenate(let paths): concatenate(paths)
        case .memory: memory()
        case .trace(let isOn, let pid): if !ProcessTable.setTrace(pid, isOn) { noProcess(pid) }
        case .echo(let words):
            say { text in
                for (index, word) in words.enumerated() {
                    if index > 0 { text.append(" ") }
                    text.appendPrintable(word)
                }
                text.append("\n")
            }
        case .clear: say { $0.append("\u{1B}[H\u{1B}[2J") }
        case .history:
            for line in editor.history {
                say {
                    $0.appendPrintable(line)
                    $0.append("\n")
                }
            }
        case .time(let pipeline):
            let start = ProcessEvents.nanoseconds
            run(pipeline)
            let nanoseconds = ProcessEvents.nanoseconds - start
            say {
                $0.append(microsecondsOf: nanoseconds)
                $0.append(" s\n")
            }
        case .help: say { $0.append(MonitorCommand.helpText) }
        case .poweroff(let code): Supervisor.powerOff(code: UInt32(truncatingIfNeeded: min(code, 255)))
        }
    }

    private static func noProcess(_ pid: UInt64) {
        say {
            $0.append("no process ")
            $0.append(decimal: pid)
            $0.append("\n")
        }
    }

    private static func isAlive(_ pid: UInt64) -> Bool {
        for status in ProcessTable.list() where status.pid == pid { return true }
        return false
    }

    private static func run(_ pipeline: MonitorPipeline) {
        do throws(LaunchError) {
            let pids = try Launcher.launch(pipeline)
            if pipeline.isBackground {
                say {
                    for pid in pids {
                        $0.append("[")
                        $0.append(decimal: pid)
                        $0.append("]\n")
                    }
                }
            } else {
                ConsoleInput.foreground = pids
                waitFor(pids)
            }
        } catch {
            say {
                $0.append(error.message)
                if !error.word.isEmpty {
                    $0.append(": ")
                    $0.appendPrintable(error.word)
                }
                $0.append("\n")
            }
        }
    }

    /// Waits for the ends of processes, or for ctrl-Z.
    private static func waitFor(_ pids: [UInt64]) {
        hasKeyboardReturned = false
        waitedFor = pids
        ConsoleInput.isForegroundActive = true
        ProcessEvents.wait {
            if hasKeyboardReturned { return true }
            for pid in pids where ProcessTable.exists(pid) { return false }
            return true
        }
        ConsoleInput.isForegroundActive = false
    }

    private static func processes(withShares: Bool) {
        let now = ProcessEvents.nanoseconds
        let elapsed = max(now - lastTop, 1)
        say { text in
            text.append("   PID  STATE       CPU  SHARE   MEMORY     CODE     CALLS       FUEL  NAME\n")
            for status in ProcessTable.list() {
                var part = TextBuffer()
                part.append(decimal: status.pid)
                text.append(rightAligned: part, width: 6)
                text.append("  ")
                let start = text.bytes.count
                text.append(status.state)
                text.pad(from: start, to: 7)
                part = TextBuffer()
                part.append(secondsOf: status.processorNanoseconds)
                text.append(rightAligned: part, width: 8)
                part = TextBuffer()
                if withShares {
                    var before: UInt64 = 0
                    for last in lastTimes where last.pid == status.pid { before = last.nanoseconds }
                    let period = min(elapsed, max(status.runNanoseconds, 1))
                    part.append(decimal: (status.processorNanoseconds - before) * 100 / period)
                    part.append("%")
                } else {
                    part.append(decimal: status.processorNanoseconds * 100 / max(status.runNanoseconds, 1))
                    part.append("%")
                }
                text.append(rightAligned: part, width: 7)
                part = TextBuffer()
                part.append(byteCount: UInt64(status.pageCount * pageByteCount))
                text.append(rightAligned: part, width: 9)
                part = TextBuffer()
                part.append(byteCount: UInt64(status.codeByteCount))
                text.append(rightAligned: part, width: 9)
                part = TextBuffer()
                part.append(decimal: status.callCount)
                text.append(rightAligned: part, width: 10)
                part = TextBuffer()
                part.append(decimal: status.fuelUsed)
                text.append(rightAligned: part, width: 11)
                text.append("  ")
                text.appendPrintable(status.name)
                text.append("\n")
            }
        }
        if withShares {
            lastTop = now
            lastTimes = []
            for status in ProcessTable.list() { lastTimes.append((pid: status.pid, nanoseconds: status.processorNanoseconds)) }
        }
    }

    private static func list(_ path: [UInt8]) {
        let isThere = Launcher.forEachFile(path) { name, isDirectory, byteCount in
            say { text in
                var part = TextBuffer()
                if isDirectory { part.append("-") } else { part.append(decimal: byteCount) }
                text.append(rightAligned: part, width: 12)
                text.append("  ")
                text.appendPrintable(name)
                if isDirectory { text.append("/") }
                text.append("\n")
            }
        }
        if !isThere {
            say {
                $0.append("no such directory: ")
                $0.appendPrintable(path)
                $0.append("\n")
            }
        }
    }

    private static func concatenate(_ paths: [[UInt8]]) {
        for path in paths {
            let isThere = Launcher.read(path) { bytes in say { $0.append(bytes) } }
            if !isThere {
                say {
                    $0.append("no such file: ")
                    $0.appendPrintable(path)
                    $0.append("\n")
                }
            }
        }
    }

    private static func memory() {
        let heap = KernelHeap.kernel
        say {
            $0.append("pages: ")
            $0.append(byteCount: UInt64(PageFrames.freePageCount * pageByteCount))
            $0.append(" free of ")
            $0.append(byteCount: UInt64(PageFrames.totalPageCount * pageByteCount))
            $0.append("\nfor machine code: ")
            $0.append(byteCount: UInt64(PageFrames.freeCodePageCount * pageByteCount))
            $0.append(" free of ")
            $0.append(byteCount: UInt64(PageFrames.codePageCount * pageByteCount))
            $0.append("\nkernel heap: ")
            $0.append(byteCount: UInt64(heap.pointee.usedByteCount))
            $0.append(" used, ")
            $0.append(byteCount: UInt64(heap.pointee.peakUsedByteCount))
            $0.append(" at most, ")
            $0.append(decimal: heap.pointee.blockCount)
            $0.append(" blocks\nprocesses: ")
            $0.append(decimal: ProcessTable.count)
            $0.append(", switches: ")
            $0.append(decimal: Scheduler.switchCount)
            $0.append("\n")
        }
    }
}
