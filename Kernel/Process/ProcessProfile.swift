// Profiles: where a program's time goes. While a profiled process lives, a timer takes a sample about every millisecond: the functions on
// the guest's stack, added to a tree in the process's heap. When the process has ended its tree is written as folded stacks, one a line
// (`program;outer;inner 42`), to the port `martlet.profile`, or else to the log.
import KernelCore
import KernelMachine
import KernelMemory
import WasmEngine
import WasmModule

/// What a profiled process has besides others; lies in its heap.
struct ProcessProfile: ~Copyable {
    /// Nanoseconds between samples: a prime number of microseconds, so as not to keep step with what programs do.
    static let intervalNanoseconds: UInt64 = 997_000
    /// Most functions of a stack; of a deeper one the innermost.
    private static let depthLimit = 128
    /// Most different stacks and beginnings of stacks.
    private static let nodeLimit = 1 << 14
    /// In the place of a function: time in a host function, in the engine outside of handlers, and callers left out.
    private static let host = UInt32.max
    private static let engine = UInt32.max - 1
    private static let deeper = UInt32.max - 2

    /// Where profiles go; nil: the log.
    nonisolated(unsafe) static var endpoint: ConsoleEndpoint?

    // Interrupts off.
    nonisolated(unsafe) private static var profiledCount = 0

    private var tree: ProfileTree
    /// The store, while it is there.
    private var store: Unmanaged<Store>?

    // MARK: Sampling

    /// Begins to sample the calling process; false when memory is refused.
    static func start(_ process: Process.Pointer, _ store: Store) -> Bool {
        KernelView.enter { startSampling(process, store) }
    }

    private static func startSampling(_ process: Process.Pointer, _ store: Store) -> Bool {
        guard let tree = ProfileTree(capacity: nodeLimit),
            let memory = KernelHeap.tryAllocate(from: OwnHeap.pointer, byteCount: MemoryLayout<ProcessProfile>.size)
        else { return false }
        let profile = memory.bindMemory(to: ProcessProfile.self, capacity: 1)
        profile.initialize(to: ProcessProfile(tree: tree, store: .passUnretained(store)))
        withInterruptsDisabled {
            process.pointee.profile = profile
            beginSampling()
        }
        return true
    }

    /// The process's store is about to go.
    static func stop(_ process: Process.Pointer) {
        KernelView.enter { withInterruptsDisabled { process.pointee.profile?.pointee.store = nil } }
    }

    /// Begins to count how much of the calling process's time is machine code's, until it ends.
    static func startCounting(_ process: Process.Pointer) {
        KernelView.enter {
            withInterruptsDisabled {
                guard !process.pointee.isCounted else { return }
                process.pointee.isCounted = true
                beginSampling()
            }
        }
    }

    private static func stopCounting(_ process: Process.Pointer) {
        guard process.pointee.isCounted else { return }
        process.pointee.isCounted = false
        endSampling()
    }

    /// One more wants samples. Interrupts are off.
    private static func beginSampling() {
        profiledCount += 1
        if profiledCount == 1 { arm() }
    }

    /// One wants no more samples. Interrupts are off.
    private static func endSampling() {
        profiledCount -= 1
        if profiledCount == 0 { Timer.cancel(Scheduler.hart.pointee.sampling) }
    }

    private static func arm() { Timer.schedule(Scheduler.hart.pointee.sampling, atNanoseconds: Clock.nanoseconds + intervalNanoseconds) }

    /// Takes a sample of what the timer's interrupt interrupted.
    static func sample() {
        guard profiledCount > 0 else { return }
        arm()
        guard let process = Scheduler.current.pointee.process else { return }
        let frame = Traps.interruptedFrame
        if process.pointee.isCounted {
            process.pointee.sampleCount += 1
            if GuestFaultSeam.isInCode(frame.pointee.programCounter) { process.pointee.nativeSampleCount += 1 }
        }
        guard let profile = process.pointee.profile, let store = profile.pointee.store else { return }
        var functions = InlineArray<128, UInt32>(repeating: 0)
        let programCounter = frame.pointee.programCounter
        // In machine code, too, the registers say which function runs: `a0` is the address of some cell of it.
        let isInHandler = GuestFaultSeam.isInHandler(programCounter) || GuestFaultSeam.isInCode(programCounter)
        let registers = HandlerRegisters(pc: UInt(frame.pointee.a0), frame: UInt(frame.pointee.a1), instance: UInt(frame.pointee.a3))
        let count = store._withUnsafeGuaranteedRef { store in
            withUnsafeMutableBytes(of: &functions) {
                store.sampleStack(isInHandler ? registers : nil, into: $0.assumingMemoryBound(to: UInt32.self))
            }
        }
        // An innermost entry for what is not the guest's own, and an outermost one for what did not fit.
        var frames = InlineArray<130, ProfileFrame>(repeating: ProfileFrame(image: 0, function: 0))
        var frameCount = 0
        func append(_ function: UInt32) {
            frames[frameCount].function = function
            frameCount += 1
        }
        if let count {
            if !isInHandler { append(host) }
            for index in 0..<count { append(functions[index]) }
            if count == depthLimit { append(deeper) }
        } else {
            append(engine)
        }
        withUnsafeBytes(of: &frames) {
            let all = $0.assumingMemoryBound(to: ProfileFrame.self)
            profile.pointee.tree.add(stack: UnsafeBufferPointer(rebasing: all[..<frameCount]))
        }
    }

    // MARK: Writing

    /// Writes the profile of a process that has ended, while its heap and its image are still there. A kernel thread calls it.
    static func finish(_ process: Process.Pointer) {
        withInterruptsDisabled { stopCounting(process) }
        guard let profile = process.pointee.profile else { return }
        withInterruptsDisabled {
            process.pointee.profile = nil
            endSampling()
        }
        let module = process.pointee.image?.pointee.module
        Scheduler.visit(process) {
            profile.pointee.tree.forEachStack { stack, count in
                var text = TextBuffer()
                text.appendPrintable(process.pointee.name)
                for frame in stack {
                    text.append(";")
                    append(frame.function, of: module, to: &text)
                }
                text.append(" ")
                text.append(decimal: count)
                write(&text)
            }
            if profile.pointee.tree.droppedCount > 0 {
                ProcessReport.line(process) {
                    $0.append(decimal: profile.pointee.tree.droppedCount)
                    $0.append(" samples of the profile found no room")
                }
            }
        }
    }

    /// A function's name, or `function 12`. What separates in a folded stack becomes `_`.
    private static func append(_ function: UInt32, of module: Module?, to text: inout TextBuffer) {
        switch function {
        case host: text.append("[host]")
        case engine: text.append("[engine]")
        case deeper: text.append("[callers left out]")
        default:
            guard let module, let name = module.functionName(function) else {
                text.append("function ")
                text.append(decimal: UInt64(function))
                return
            }
            for byte in name { text.append(byte: byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: ";") ? UInt8(ascii: "_") : byte) }
        }
    }

    private static func write(_ text: inout TextBuffer) {
        guard let endpoint else {
            text.bytes.withUnsafeBytes { bytes in Log.line(.error, "profile") { _ = $0.bytes(bytes) } }
            return
        }
        text.append("\n")
        text.bytes.withUnsafeBytes { _ = endpoint.write(from: $0, nonblocking: false) }
    }
}
