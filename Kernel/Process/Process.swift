// A process: a program with an address space, a heap, a thread, streams and limits of its own. The record lies in the kernel's heap and
// is used through a pointer: its thread may be ended anywhere, so nothing here is counted by reference from that thread.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// Where a standard stream of a process leads.
enum StreamTarget {
    /// Nowhere: the descriptor is not there.
    case closed
    /// Reads as empty, swallows what is written.
    case null
    case console(ConsoleEndpoint)
    case pipe(Pipe.Pointer)
    /// Bytes of the initrd, read from `offset`.
    case input(UnsafeRawBufferPointer, offset: Int)
    /// A file of the shared layer, written at `offset`.
    case output(NodeNumber, offset: UInt64)
}

/// What to run. Its arrays must live until the process has ended: the process's thread reads them.
public struct ProcessRequest {
    /// The program and everything the manifest can say about one.
    public var program: ManifestProgram
    /// The image's bytes, which stay where they are.
    var image: UnsafeRawBufferPointer
    var streams: [StreamTarget]
    /// Which of the standard streams are terminals.
    var terminals: [Bool]
    /// Who asked: 0 the kernel, 1 the console.
    var parent: UInt64
}

/// A process.
public struct Process: ~Copyable {
    /// A process's record.
    public typealias Pointer = UnsafeMutablePointer<Process>

    // Constant from the start on.
    /// Its number, never used again.
    public let pid: UInt64
    /// The request, in memory of whoever asked (the manifest, or the console's launch).
    let request: UnsafeMutablePointer<ProcessRequest>
    /// The heap the request lies in, when it goes with the process.
    var requestHeap: Heap.Pointer?
    var thread: Thread.Pointer!
    /// Bytes of linear memory it may have.
    let memoryLimit: UInt64
    let processorTickLimit: UInt64
    let startNanoseconds: UInt64
    /// Its deadline in wall time. What it points at: interrupts off.
    let wallDeadline: UnsafeMutablePointer<Deadline>

    /// Its memory: linear memories, stacks, heap. Guarded as its own fields say (AddressSpace).
    var space: AddressSpace

    // Interrupts off: its thread, traps on its hart, the console and the reaper come here. Its thread gives the reason as
    // its last act, with interrupts on.
    /// How it ended; nil while it lives.
    public internal(set) var reason: EndReason?
    var endNanoseconds: UInt64 = 0
    /// What its image is shared through; nil before it has one.
    var image: ProcessImage.Pointer?
    /// The machine code of its image, or of the task it runs; nil before there can be any.
    var code: CodeSpace.Pointer?
    /// Its samples, in its heap, when it is profiled.
    var profile: UnsafeMutablePointer<ProcessProfile>?
    /// How often the sampling timer found it at work, and how often of these in machine code; counted while statistics are wanted.
    var isCounted = false
    var sampleCount: UInt64 = 0
    var nativeSampleCount: UInt64 = 0
    /// Whether its WASI calls are logged, once it has its state.
    var isTraced: Bool
    /// Whether it is in the list of those to be given back.
    var isReaped = false
    /// Links of the table.
    var next: Pointer?
    var nextEnded: Pointer?

    // Its thread's; before that runs, whoever spawns it, and when it has ended the reaper.
    /// The three standard streams.
    var streams: InlineArray<3, StreamTarget>
    /// Whether the line about its failure was written.
    var isReported = false

    // Changed by its thread alone; others only look, with interrupts off or when it has ended.
    /// Bytes of all its linear memories.
    var memoryByteCount: UInt64 = 0
    var peakMemoryByteCount: UInt64 = 0
    /// Its WASI state, in its heap; nil before it has one.
    var context: Unmanaged<WASIContext>?
    /// Fuel it has used.
    var fuelUsed: UInt64 = 0

    // A section: its thread, and when it has ended the reaper.
    /// Files of shared layers it holds open, to be closed when it ends.
    var openShared: UnsafeMutablePointer<SharedOpenNode>?

    init(
        pid: UInt64, request: UnsafeMutablePointer<ProcessRequest>, space: consuming AddressSpace,
        wallDeadline: UnsafeMutablePointer<Deadline>, memoryLimit: UInt64, processorTickLimit: UInt64
    ) {
        self.pid = pid
        self.request = request
        self.space = space
        self.wallDeadline = wallDeadline
        self.memoryLimit = memoryLimit
        self.processorTickLimit = processorTickLimit
        isTraced = request.pointee.program.isTraced
        startNanoseconds = KernelTime.nanoseconds
        streams = [.closed, .closed, .closed]
    }

    /// The label.
    var name: [UInt8] { request.pointee.program.name }

    /// The label in the caller's heap: the request's may go with the process.
    var nameCopy: [UInt8] { name.withUnsafeBytes { Array($0) } }

    /// Timer ticks of CPU time left; the largest number when there is no limit.
    var remainingProcessorTicks: UInt64 {
        guard processorTickLimit != .max else { return .max }
        let ran = thread.pointee.ranTicks
        return ran >= processorTickLimit ? 0 : processorTickLimit - ran
    }

    /// Nanoseconds of CPU time so far.
    public var processorNanoseconds: UInt64 {
        guard thread != nil else { return 0 }
        var ticks = thread.pointee.ranTicks
        if Scheduler.current == thread { ticks &+= Clock.ticks &- Scheduler.hart.pointee.chargedTicks }
        return Clock.nanoseconds(fromTicks: ticks)
    }

    /// WASI calls so far. A thread of the kernel's own calls it, with interrupts off or when the process has ended.
    static func callCount(_ process: Pointer) -> UInt64 {
        guard let context = process.pointee.context else { return 0 }
        return Scheduler.visit(process) { context._withUnsafeGuaranteedRef { $0.counters.callCount } }
    }

    /// Its line in the end table; call it when it has ended and its memory is still there.
    static func endRecord(_ process: Pointer) -> EndRecord {
        let calls = callCount(process)
        return EndRecord(
            pid: process.pointee.pid, name: process.pointee.nameCopy, reason: process.pointee.reason ?? .internalError,
            runNanoseconds: process.pointee.endNanoseconds - process.pointee.startNanoseconds,
            processorNanoseconds: process.pointee.processorNanoseconds,
            peakMemoryByteCount: UInt64(process.pointee.space.peakPageCount + process.pointee.space.imagePageCount) * UInt64(pageByteCount),
            callCount: calls,
            fuelUsed: process.pointee.fuelUsed > 0 ? process.pointee.fuelUsed : nil)
    }
}
