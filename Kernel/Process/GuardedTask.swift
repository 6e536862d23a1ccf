// A piece of the kernel's own work that runs as a process does: in a thread with an address space, where memories are guarded.
// The official scripts need it: they must run on the handlers that programs run on.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI
import WasmEngine

/// The one task of a boot that runs no programs.
public enum GuardedTask {
    nonisolated(unsafe) private static var body: (Config) -> Int = { _ in 0 }
    nonisolated(unsafe) private static var failureCode = 0

    /// Runs `body` with the configuration of engines it may make and leaves the machine with the exit code that it returns; with `failureCode` when the
    /// task ends in another way. `body` captures nothing: it runs where the kernel's heap is out of sight. The boot thread calls it and
    /// becomes the idle thread.
    @export(interface) @inline(never)
    public static func run(failureCode: Int, _ body: @escaping (Config) -> Int) -> Never {
        self.body = body
        self.failureCode = failureCode
        guard
            let request = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: MemoryLayout<ProcessRequest>.size)?
                .bindMemory(to: ProcessRequest.self, capacity: 1)
        else { panic("no memory for the task") }
        let program = ManifestProgram(line: 0, name: [], path: [])
        request.initialize(
            to: ProcessRequest(
                program: program, image: UnsafeRawBufferPointer(start: nil, count: 0), streams: [.closed, .closed, .closed],
                terminals: [false, false, false], parent: 0))
        Scheduler.startUp()
        guard let watcher = Thread.make(priority: .high, entry: { _ in GuardedTask.watch() }, argument: nil),
            (try? ProcessTable.spawn(request, entry: { _ in GuardedTask.enter() })) != nil
        else { panic("no memory for the task") }
        Scheduler.start(watcher)
        Scheduler.idleForever()
    }

    private static func enter() {
        OwnHeap.start(refusingRequest: -1)
        var config = Config()
        config.memoryProvider = GuestWindows.provider
        if let code = CodeSpace.make() {
            Scheduler.current.pointee.process?.pointee.code = code
            CodeSpace.settle(&config, code)
            config.aroundCompilation = { work in KernelView.enter { CodeSpace.compile(code, work) } }
        }
        KernelView.leave()
        Power.exit(code: body(config))
    }

    /// Waits for the task to end without a word of its own: a fault has told what it was.
    private static func watch() {
        withInterruptsDisabled {
            while !ProcessTable.hasEnded { _ = Scheduler.block(in: ProcessTable.endWaiters) }
        }
        Power.exit(code: failureCode)
    }
}
