// What the tests' kernel (Kernel/Trials) has of this room beyond what everybody may use: hooks, which are empty in the product's kernel, and
// a door to starting, ending and counting processes. Nothing in the product calls the door, so the link leaves it out.
import KernelCore
import KernelMachine
import KernelMemory
import WasmEngine

/// The tests' kernel's own way to processes. Kernel threads call it.
public enum TrialAccess {
    // MARK: Hooks, set before the supervisor starts

    /// Called by the supervisor's thread with the manifest, instead of starting its programs. It does not return.
    nonisolated(unsafe) public static var run: ((Manifest) -> Void)?
    /// Called for each image's linker: further host functions.
    nonisolated(unsafe) public static var define: ((Linker) -> Void)?
    /// The request to each new process's or image's heap that is refused; -1: none.
    nonisolated(unsafe) public static var heapRefusalNumber = -1
    /// The request that the heap of each image's machine code refuses; none while negative.
    nonisolated(unsafe) public static var codeRefusalNumber = -1

    /// Called with machine code that was checked, before it is put where it is run.
    nonisolated(unsafe) public static var beforePlacing: ((UnsafeMutableRawBufferPointer) -> Void)?

    /// Whether faults that end a process are not reported: a trial makes thousands on purpose.
    nonisolated(unsafe) public static var hidesFaults = false
    /// Called before a process's space or an image is destroyed, with its addresses, when nothing of the kernel's should lead there.
    nonisolated(unsafe) public static var beforeRelease: ((Range<UInt64>) -> Void)?

    // MARK: Programs

    /// What to run, again and again. It lives for ever.
    public struct Request {
        fileprivate let pointer: UnsafeMutablePointer<ProcessRequest>
        /// The program.
        public var program: ManifestProgram { pointer.pointee.program }
    }

    /// A request for a program of the manifest, silent unless `isShown`; nil when its image is not in the initrd.
    public static func makeRequest(_ program: ManifestProgram, isShown: Bool) -> Request? {
        guard let image = Files.bytes(program.path) else { return nil }
        var streams: [StreamTarget] = [.null, .null, .null]
        if isShown {
            for index in 1..<3 { if let endpoint = Supervisor.endpoints[index] { streams[index] = .console(endpoint) } }
        }
        ProcessReport.isSilent = !isShown
        let request = UnsafeMutablePointer<ProcessRequest>.allocate(capacity: 1)
        request.initialize(
            to: ProcessRequest(program: program, image: image, streams: streams, terminals: [false, false, false], parent: 0))
        return Request(pointer: request)
    }

    /// Starts a process; nil when that is refused.
    public static func spawn(_ request: Request) -> UInt64? {
        do throws(SpawnError) { return try ProcessTable.spawn(request.pointer).pointee.pid } catch { return nil }
    }

    /// Starts two with a pipe from the writer's standard output to the reader's input; the writer's number, nil when it was refused.
    public static func spawn(_ writer: Request, pipedTo reader: Request) -> UInt64? {
        guard let pipe = Pipe.make() else { return nil }
        // Both ends are held until both programs have theirs.
        Pipe.open(pipe, isWriter: true)
        Pipe.open(pipe, isWriter: false)
        writer.pointer.pointee.streams[1] = .pipe(pipe)
        reader.pointer.pointee.streams[0] = .pipe(pipe)
        let pid = spawn(writer)
        _ = spawn(reader)
        writer.pointer.pointee.streams[1] = .null
        reader.pointer.pointee.streams[0] = .null
        Pipe.close(pipe, isWriter: true)
        Pipe.close(pipe, isWriter: false)
        return pid
    }

    /// Gives back one process that has ended and says how it did; nil when none has.
    public static func reapOne() -> EndReason? {
        guard let process = ProcessTable.takeEnded() else { return nil }
        let reason = process.pointee.reason ?? .internalError
        ProcessTable.reap(process)
        return reason
    }

    /// Starts a process, and gives it back when it has ended; how it ended, nil when it was refused. No other process ends meanwhile.
    public static func runToEnd(_ request: Request) -> EndReason? {
        guard spawn(request) != nil else { return nil }
        while true {
            if let reason = reapOne() { return reason }
            waitForEnd(until: nil)
        }
    }

    /// Calls `body` with the address space of a process that lives; false when there is none of that number. Nobody else runs meanwhile.
    public static func withSpace(of pid: UInt64, _ body: (borrowing AddressSpace) -> Void) -> Bool {
        withInterruptsDisabled {
            guard let process = ProcessTable.find(pid) else { return false }
            body(process.pointee.space)
            return true
        }
    }

    /// What a process that does not run was doing.
    public enum Work {
        case runningMachineCode
        case compiling
        case other
    }

    /// What a process was doing when it was left; nil when there is none of that number.
    public static func work(of pid: UInt64) -> Work? {
        withInterruptsDisabled {
            guard let process = ProcessTable.find(pid), process.pointee.reason == nil, let thread = process.pointee.thread else {
                return nil
            }
            if AddressMap.code.contains(thread.pointee.frame.pointee.programCounter) { return .runningMachineCode }
            return thread.pointee.heap == process.pointee.code?.pointee.heap ? .compiling : .other
        }
    }

    /// Calls `body` with each page of machine code of a process's image: where it is run, and its frame. Nobody else runs meanwhile.
    public static func forEachCodePage(of pid: UInt64, _ body: (UInt64, PageNumber) -> Void) {
        withInterruptsDisabled { ProcessTable.find(pid)?.pointee.code?.pointee.pages.forEachPage(body) }
    }

    /// Sleeps.
    public static func sleep(nanoseconds: UInt64) { Scheduler.sleep(until: KernelTime.nanoseconds(after: nanoseconds)) }

    /// Whether an address is that of a field which may lead into a process or an image: in the record of a process (its WASI state, its profile,
    /// its space); of its thread the frame and the heap; in the record of an image (its contents), of its heap and its region.
    public static func isNamedField(_ address: UInt64) -> Bool {
        // The thread that gives back has been at work on the addresses; they may be in what it was saved with last.
        ProcessTable.isNamedField(address) || ProcessImage.isNamedField(address) || Thread.isNamedField(address, of: Scheduler.current)
    }

    /// Waits until a process has ended, or `deadline` on the clock of processes has come.
    public static func waitForEnd(until deadline: UInt64?) {
        withInterruptsDisabled {
            if !ProcessTable.hasEnded { _ = Scheduler.block(in: ProcessTable.endWaiters, until: deadline) }
        }
    }

    // MARK: Counting

    /// Has the heaps that stay give back what they keep for later.
    public static func trim() { Files.trim() }

    /// The heap of the shared files.
    public static var sharedFileHeap: Heap.Pointer { Files.heap }

    /// Leaves the machine.
    public static func leave(code: UInt32) -> Never { Supervisor.leave(code: code) }
}

/// Whether an address lies in a stretch of memory.
func contains(_ bytes: UnsafeRawBufferPointer, _ address: UInt64) -> Bool {
    let start = UInt64(UInt(bitPattern: bytes.baseAddress))
    return address >= start && address < start + UInt64(bytes.count)
}
