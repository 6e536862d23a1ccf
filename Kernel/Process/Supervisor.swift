// The supervisor: carries the manifest out. A kernel thread that starts programs in their order, wires their pipes, gives back what ended
// processes held, restarts whom the manifest says, and leaves the machine with the right code and a table of who ended how.
import FileSystems
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory
import WASI

/// Carries the manifest out.
public enum Supervisor {
    /// A program of the manifest and what has become of it.
    struct Entry {
        var request: UnsafeMutablePointer<ProcessRequest>
        var pid: UInt64 = 0
        var hasStarted = false
        /// Ended for good.
        var isFinished = false
        var lastReason: EndReason?
        /// Its last end, for the table, and how many there were: a program may be started again for ever.
        var lastRecord: EndRecord?
        var endCount = 0
        var restartCount = 0
        /// When it is to be started again; 0: now.
        var startNanoseconds: UInt64 = 0
    }

    nonisolated(unsafe) private static var initrd = UnsafeRawBufferPointer(start: nil, count: 0)
    nonisolated(unsafe) static var console = ProgramConsole(input: nil, output: nil, error: nil, isTerminal: true)
    nonisolated(unsafe) static var endpoints: [ConsoleEndpoint?] = [nil, nil, nil]
    nonisolated(unsafe) static var entries: [Entry] = []
    nonisolated(unsafe) private static var exitCode: UInt32 = 0
    /// Called by the supervisor's thread when a shell is wanted; set by the console.
    nonisolated(unsafe) public static var startShell: (() -> Void)?
    /// Called after each end, for whoever waits.
    nonisolated(unsafe) public static var endNotice: ((EndRecord, UInt64) -> Void)?
    nonisolated(unsafe) static var hasShell = false
    nonisolated(unsafe) static var wantsShell = false
    /// The directories whose changes are sent away when the machine is left.
    nonisolated(unsafe) static var savedDirectories: [[UInt8]] = []
    /// The console's word: everybody ends, and then the machine with this code.
    nonisolated(unsafe) private static var finalCode: UInt32?

    /// Runs what the initrd says and leaves the machine. The boot thread calls it and becomes the idle thread.
    /// Words of the kernel's command line: `shell`, and for the tests `stretch` (Stretch.swift).
    @export(interface) @inline(never)
    public static func run(initrd: UnsafeRawBufferPointer, console: ProgramConsole, arguments: BootArguments) -> Never {
        self.initrd = initrd
        self.console = console
        wantsShell = arguments.contains("shell")
        if arguments.contains("stretch") { Stretch.start() }
        warmUp()
        Scheduler.startUp()
        guard let thread = Thread.make(priority: .high, entry: { _ in Supervisor.main() }, argument: nil) else {
            panic("no memory for the supervisor's thread")
        }
        Scheduler.start(thread)
        Scheduler.idleForever()
    }

    /// What every guest view may read: the initrd's tree, and the globals below that processes use.
    nonisolated(unsafe) private static var common: Heap.Pointer!

    /// Globals that are made when they are first used are used here first: a process would make them in its own heap, which goes.
    /// Tests/Machine compares this list with the symbols of the image.
    private static func warmUp() {
        guard let heap = KernelHeap.makeCommonHeap() else { panic("no memory for what processes share") }
        common = heap
        KernelHeap.with(common) { _ = FunctionRow.all.count }
        _ = ProcessTable.endWaiters
        _ = StreamPolling.waiters
        var hasher = Hasher()
        hasher.combine(1)
        _ = hasher.finalize()
        _ = ConsoleInput.foreground.count
        _ = entries.count
        _ = console.isTerminal
        _ = savedDirectories.count
        ProcessEvents.notifyFirst()
        ConsoleInput.warmUp()
    }

    private static func main() -> Never {
        makeEndpoints()
        do throws(ArchiveError) { try Files.start(initrd, in: common) } catch {
            ProcessReport.plain {
                $0.append("initrd: ")
                $0.append(error.message)
            }
            leave(code: 1)
        }
        Heap.freeze(common)
        let manifest = readManifest()
        apply(manifest)
        // What stays when everybody has gone is made before pages are counted.
        let sharesFiles = hasShell || !savedDirectories.isEmpty || manifest.programs.contains(where: { usesSharedLayer($0) })
        if sharesFiles, !Files.makeLayer() {
            ProcessReport.plain { $0.append("there is not enough memory for files that programs share") }
            leave(code: 1)
        }
        TrialAccess.run?(manifest)
        if manifest.programs.isEmpty && !hasShell {
            ProcessReport.plain { $0.append("the initrd has no program in its root") }
            leave(code: 1)
        }
        Files.trim()
        let freePages = PageFrames.balance
        makeEntries(manifest)
        if hasShell {
            if !console.isTerminal, let device = console.monitor { ConsoleInput.start(ConsoleEndpoint(device: device, isTerminal: true)) }
            startShell?()
        }
        while true {
            startDue()
            var hasReaped = false
            while let process = ProcessTable.takeEnded() {
                hasReaped = true
                reap(process)
            }
            if isDone { break }
            if hasReaped { continue }
            waitForEvent()
        }
        report()
        Files.trim()
        let difference = PageFrames.balance - freePages
        Log.line(.info, "balance") { $0.text("pages ").decimal(difference).text(" after the last process") }
        leave(code: finalCode ?? exitCode)
    }

    static func leave(code: UInt32) -> Never {
        SavedFiles.send(savedDirectories)
        Power.exit(code: Int(code))
    }

    /// Ends the machine on the console's word: at once, or, where files are saved, when everybody has ended who might write them.
    public static func powerOff(code: UInt32) -> Never {
        if savedDirectories.isEmpty { leave(code: code) }
        finalCode = code
        for status in ProcessTable.list() { _ = ProcessTable.kill(status.pid, by: 1) }
        Scheduler.wakeAll(ProcessTable.endWaiters)
        while true { ProcessEvents.wait { false } }
    }

    // MARK: Running

    private static func startDue() {
        guard finalCode == nil else { return }
        for index in 0..<entries.count where !entries[index].hasStarted && !entries[index].isFinished {
            let entry = entries[index]
            guard entry.startNanoseconds <= KernelTime.nanoseconds, mayStart(index) else { continue }
            guard !entry.isFinished else { continue }
            do throws(SpawnError) {
                let process = try ProcessTable.spawn(entry.request)
                entries[index].hasStarted = true
                entries[index].pid = process.pointee.pid
            } catch {
                ProcessReport.plain {
                    $0.appendPrintable(entry.request.pointee.program.name)
                    $0.append(": ")
                    $0.append(error.message)
                }
                finish(index, .failedToLoad)
            }
        }
    }

    /// Whether those it waits for have ended well; when one of them failed it never starts.
    private static func mayStart(_ index: Int) -> Bool {
        for other in entries[index].request.pointee.program.predecessors {
            guard entries[other].isFinished else { return false }
            if entries[other].lastReason?.isSuccess != true {
                ProcessReport.plain {
                    $0.appendPrintable(entries[index].request.pointee.program.name)
                    $0.append(": not started, since it comes after a program that failed: ")
                    $0.appendPrintable(entries[other].request.pointee.program.name)
                }
                finish(index, .failedToLoad)
                return false
            }
        }
        return true
    }

    private static func finish(_ index: Int, _ reason: EndReason) {
        entries[index].isFinished = true
        entries[index].lastReason = reason
        if exitCode == 0 { exitCode = reason.exitCode }
        for stream in 0..<3 {
            if case .pipe(let pipe) = entries[index].request.pointee.streams[stream] { Pipe.close(pipe, isWriter: stream != 0) }
        }
    }

    private static func reap(_ process: Process.Pointer) {
        let record = Process.endRecord(process)
        if !process.pointee.isReported, needsReport(record.reason) {
            ProcessReport.line(process) { record.reason.render(into: &$0) }
        }
        let pid = process.pointee.pid
        ProcessProfile.finish(process)
        ProcessTable.reap(process)
        endNotice?(record, pid)
        ProcessEvents.notify()
        for index in 0..<entries.count where entries[index].hasStarted && entries[index].pid == pid {
            entries[index].lastRecord = record
            entries[index].endCount += 1
            ended(index, record)
        }
    }

    private static func needsReport(_ reason: EndReason) -> Bool {
        switch reason {
        case .exited, .failedToLoad: false
        default: true
        }
    }

    private static func ended(_ index: Int, _ record: EndRecord) {
        let policy = entries[index].request.pointee.program.restart
        let isAgain = policy == .always || policy == .onFailure && !record.reason.isSuccess
        guard isAgain else {
            finish(index, record.reason)
            return
        }
        // A failure that comes at once comes again: wait 0.1 s, twice as long each time, at most 10 s; a run of 10 s forgives.
        if record.runNanoseconds > 10_000_000_000 { entries[index].restartCount = 0 }
        let shift = UInt64(min(entries[index].restartCount, 7))
        entries[index].restartCount += 1
        entries[index].hasStarted = false
        entries[index].startNanoseconds = KernelTime.nanoseconds(after: min(100_000_000 << shift, 10_000_000_000))
    }

    private static var isDone: Bool {
        if finalCode != nil { return ProcessTable.count == 0 }
        if hasShell { return false }
        for entry in entries where !entry.isFinished { return false }
        return ProcessTable.count == 0
    }

    private static func waitForEvent() {
        var deadline: UInt64?
        for entry in entries where !entry.hasStarted && !entry.isFinished && entry.startNanoseconds > 0 {
            deadline = min(deadline ?? .max, entry.startNanoseconds)
        }
        withInterruptsDisabled {
            // The console's word may have come since it was asked whether all is done.
            if ProcessTable.hasEnded || isDone { return }
            _ = Scheduler.block(in: ProcessTable.endWaiters, until: deadline)
        }
    }

    private static func report() {
        if entries.reduce(0, { $0 + $1.endCount }) > 1 {
            let level: LogLevel = console.isTerminal ? .info : .warning
            var heading = TextBuffer()
            EndTable.renderHeading(into: &heading)
            Log.line(level, "ended") { writer in heading.bytes.withUnsafeBytes { _ = writer.bytes($0) } }
            for entry in entries {
                guard let record = entry.lastRecord else { continue }
                var text = TextBuffer()
                EndTable.render(record, times: entry.endCount, into: &text)
                Log.line(level, "ended") { writer in text.bytes.withUnsafeBytes { _ = writer.bytes($0) } }
            }
        }
        for entry in entries {
            entry.request.deinitialize(count: 1)
            entry.request.deallocate()
        }
        entries = []
    }
}
