// The table of processes: spawn, kill, end, and giving back what an ended process held. Guarded by interrupts being off.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// Why a process cannot be started at all.
public enum SpawnError: Error {
    /// Memory for its heap, address space, stack or record was refused.
    case outOfMemory

    /// In words.
    public var message: StaticString { "out of memory" }
}

/// All processes.
public enum ProcessTable {
    nonisolated(unsafe) private static var first: Process.Pointer?
    nonisolated(unsafe) private static var firstEnded: Process.Pointer?
    /// 0 is the kernel, 1 the console.
    nonisolated(unsafe) private static var nextPid: UInt64 = 2
    /// Processes there are, those not yet given back included.
    nonisolated(unsafe) public private(set) static var count = 0
    /// Those who wait for a process to end.
    nonisolated(unsafe) static let endWaiters: UnsafeMutablePointer<WaitQueue> = {
        let queue = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
        queue.initialize(to: WaitQueue())
        return queue
    }()

    /// Pages for a thread, its stack and its tables: with fewer a process need not begin.
    private static let smallestPageCount = 32

    /// Whether there is memory for another process, beside the kernel's reserve.
    static var hasRoom: Bool { PageFrames.freePageCount >= PageFrames.reservedPageCount + smallestPageCount }

    /// Starts a process. `request` and what it refers to must live until the process has been given back. On refusal nothing is left.
    /// `ownedBy`: a heap that goes with the process. `entry`: what its thread does with the process; it does not return.
    static func spawn(
        _ request: UnsafeMutablePointer<ProcessRequest>, ownedBy requestHeap: Heap.Pointer? = nil,
        entry: @convention(c) (UnsafeMutableRawPointer?) -> Void = { ProcessBody.enter($0!) }
    ) throws(SpawnError) -> Process.Pointer {
        let limits = request.pointee.program.limits
        guard hasRoom else { throw .outOfMemory }
        let available = PageFrames.freePageCount - PageFrames.reservedPageCount
        let pageLimit = pages(limits.pageByteCount) ?? available
        guard
            let wallMemory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: MemoryLayout<Deadline>.size)
        else { throw .outOfMemory }
        guard let memory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: MemoryLayout<Process>.size, alignment: 16) else {
            KernelHeap.free(wallMemory)
            throw .outOfMemory
        }
        guard let space = AddressSpace(pageLimit: pageLimit) else {
            KernelHeap.free(memory)
            KernelHeap.free(wallMemory)
            throw .outOfMemory
        }
        let process = memory.bindMemory(to: Process.self, capacity: 1)
        let wall = wallMemory.bindMemory(to: Deadline.self, capacity: 1)
        wall.initialize(to: Deadline(action: { ProcessTable.wallTimeOver($0) }, context: memory))
        let pid = nextPid
        nextPid += 1
        process.initialize(
            to: Process(
                pid: pid, request: request, space: space, wallDeadline: wall, memoryLimit: limits.memoryByteCount ?? .max,
                processorTickLimit: ticks(limits.processorNanoseconds)))
        guard let thread = Thread.make(for: process, priority: request.pointee.program.priority, entry: entry) else {
            dropRecord(process)
            throw .outOfMemory
        }
        process.pointee.thread = thread
        process.pointee.requestHeap = requestHeap
        for index in 0..<3 {
            process.pointee.streams[index] = request.pointee.streams[index]
            if case .pipe(let pipe) = request.pointee.streams[index] { Pipe.open(pipe, isWriter: index != 0) }
        }
        withInterruptsDisabled {
            process.pointee.next = first
            first = process
            count += 1
            if let wallNanoseconds = limits.wallNanoseconds, wallNanoseconds != .max {
                KernelTime.schedule(wall, atNanoseconds: KernelTime.nanoseconds(after: wallNanoseconds))
            }
            // With interrupts still off: a deadline that has come already must find the thread where it can be withdrawn from.
            Scheduler.start(thread)
        }
        return process
    }

    private static func pages(_ byteCount: UInt64?) -> Int? {
        guard let byteCount, byteCount != .max else { return nil }
        return Int(truncatingIfNeeded: min(byteCount / UInt64(pageByteCount), UInt64(Int32.max)))
    }

    private static func ticks(_ nanoseconds: UInt64?) -> UInt64 {
        guard let nanoseconds, nanoseconds != .max else { return .max }
        return max(Clock.ticks(fromNanoseconds: nanoseconds), 1)
    }

    private static func wallTimeOver(_ context: UnsafeMutableRawPointer?) {
        end(context!.assumingMemoryBound(to: Process.self), .outOfBudget(.wallTime))
    }

    /// The process with this number; nil when there is none or it has ended.
    static func find(_ pid: UInt64) -> Process.Pointer? {
        withInterruptsDisabled {
            var candidate = first
            while let process = candidate {
                if process.pointee.pid == pid { return process.pointee.reason == nil ? process : nil }
                candidate = process.pointee.next
            }
            return nil
        }
    }

    /// Whether there is a process with this number, those that have ended and were not given back included.
    public static func exists(_ pid: UInt64) -> Bool {
        withInterruptsDisabled {
            var candidate = first
            while let process = candidate {
                if process.pointee.pid == pid { return true }
                candidate = process.pointee.next
            }
            return false
        }
    }

    /// Ends the process with this number, wherever it is; false when there is none.
    @discardableResult
    public static func kill(_ pid: UInt64, by killer: UInt64) -> Bool {
        withInterruptsDisabled {
            guard let process = find(pid) else { return false }
            end(process, .killed(by: killer))
            return true
        }
    }

    /// Ends a process for a reason. May be called from interrupt handlers. A process in a section or a hold ends when it leaves it.
    static func end(_ process: Process.Pointer, _ reason: EndReason) {
        withInterruptsDisabled {
            guard process.pointee.reason == nil, let thread = process.pointee.thread else { return }
            if thread == Scheduler.current || !thread.pointee.mayEnd {
                if thread.pointee.pendingEnd == nil { thread.pointee.pendingEnd = reason }
                Traps.requestSchedule()
                return
            }
            process.pointee.reason = reason
            Scheduler.withdraw(thread)
            ended(process)
        }
    }

    /// The process's thread will not run again: hands it to the reaper. Interrupts are off.
    static func ended(_ process: Process.Pointer) {
        guard !process.pointee.isReaped else { return }
        process.pointee.isReaped = true
        process.pointee.endNanoseconds = KernelTime.nanoseconds
        KernelTime.cancel(process.pointee.wallDeadline)
        process.pointee.nextEnded = firstEnded
        firstEnded = process
        Scheduler.wakeAll(endWaiters)
    }

    /// Takes a process that has ended and is to be given back with `reap`.
    static func takeEnded() -> Process.Pointer? {
        withInterruptsDisabled {
            // The oldest is the last of the list.
            var previous: Process.Pointer?
            var last = firstEnded
            while let next = last?.pointee.nextEnded {
                previous = last
                last = next
            }
            if let previous { previous.pointee.nextEnded = nil } else { firstEnded = nil }
            return last
        }
    }

    /// Calls `body` with every process, those that have ended and were not given back included. Interrupts are off.
    static func forEach(_ body: (Process.Pointer) -> Void) {
        var candidate = first
        while let process = candidate {
            candidate = process.pointee.next
            body(process)
        }
    }

    /// Whether somebody has ended and was not taken yet.
    static var hasEnded: Bool { firstEnded != nil }

    /// Gives back everything an ended process held. A kernel thread calls it.
    static func reap(_ process: Process.Pointer) {
        for index in 0..<3 { closeStream(process, index) }
        SharedOpenNode.closeAll(of: process)
        if let image = process.pointee.image { ProcessImage.release(image, by: process) }
        withInterruptsDisabled {
            var link = first
            if link == process {
                first = process.pointee.next
            } else {
                while let candidate = link, candidate.pointee.next != process { link = candidate.pointee.next }
                link?.pointee.next = process.pointee.next
            }
            count -= 1
        }
        Thread.destroy(process.pointee.thread)
        process.pointee.thread = nil
        process.pointee.context = nil
        if let beforeRelease = TrialAccess.beforeRelease {
            leaving = process
            beforeRelease(AddressMap.ownStart..<AddressMap.ownEnd)
            leaving = nil
        }
        process.pointee.space.releaseAll()
        if let requestHeap = process.pointee.requestHeap { KernelHeap.destroy(requestHeap) }
        dropRecord(process)
    }

    /// Gives back a record, the address space with it.
    private static func dropRecord(_ process: Process.Pointer) {
        let wall = process.pointee.wallDeadline
        process.deinitialize(count: 1)
        KernelHeap.free(UnsafeMutableRawPointer(wall))
        KernelHeap.free(UnsafeMutableRawPointer(process))
    }

    /// Whether an address is that of a field that may lead into the memory of the process it belongs to.
    static func isNamedField(_ address: UInt64) -> Bool {
        if let leaving, isNamedField(address, of: leaving) { return true }
        var candidate = first
        while let process = candidate {
            if isNamedField(address, of: process) { return true }
            candidate = process.pointee.next
        }
        return false
    }

    private static func isNamedField(_ address: UInt64, of process: Process.Pointer) -> Bool {
        // The whole record: what lies between its fields holds whatever was there before.
        if contains(UnsafeRawBufferPointer(start: process, count: MemoryLayout<Process>.size), address) { return true }
        guard let thread = process.pointee.thread else { return false }
        return Thread.isNamedField(address, of: thread)
    }

    /// The process that is being given back, for the trials' oracle.
    nonisolated(unsafe) private static var leaving: Process.Pointer?

    /// Closes a standard stream on the kernel's side.
    static func closeStream(_ process: Process.Pointer, _ index: Int) {
        withInterruptsDisabled {
            if case .pipe(let pipe) = process.pointee.streams[index] { Pipe.close(pipe, isWriter: index != 0) }
            process.pointee.streams[index] = .closed
        }
    }

    /// What can be said of a process while it lives.
    public struct Status {
        public let pid: UInt64
        public let name: [UInt8]
        public let state: StaticString
        public let processorNanoseconds: UInt64
        public let pageCount: Int
        /// Bytes of its image's machine code.
        public let codeByteCount: Int
        public let callCount: UInt64
        public let fuelUsed: UInt64
        public let runNanoseconds: UInt64
    }

    /// All processes that live, the oldest first.
    public static func list() -> [Status] {
        var pids: [UInt64] = []
        withInterruptsDisabled {
            forEach { process in
                if process.pointee.reason == nil { pids.append(process.pointee.pid) }
            }
        }
        var result: [Status] = []
        for pid in pids.reversed() {
            withInterruptsDisabled {
                guard let process = find(pid) else { return }
                let thread: Thread.Pointer = process.pointee.thread
                let state: StaticString =
                    switch thread.pointee.state {
                    case .ready: "ready"
                    case .running: "running"
                    case .blocked: "waiting"
                    case .ended: "ended"
                    }
                result.append(
                    Status(
                        pid: pid, name: process.pointee.nameCopy, state: state, processorNanoseconds: process.pointee.processorNanoseconds,
                        pageCount: process.pointee.space.pageCount + process.pointee.space.imagePageCount,
                        codeByteCount: process.pointee.code?.pointee.pages.byteCount ?? 0, callCount: Process.callCount(process),
                        fuelUsed: process.pointee.fuelUsed,
                        runNanoseconds: KernelTime.nanoseconds - process.pointee.startNanoseconds))
            }
        }
        return result
    }

    /// Turns the trace of a process's WASI calls on or off; false when there is no such process.
    public static func setTrace(_ pid: UInt64, _ isOn: Bool) -> Bool {
        withInterruptsDisabled {
            guard let process = find(pid) else { return false }
            process.pointee.isTraced = isOn
            if let context = process.pointee.context {
                Scheduler.visit(process) { context._withUnsafeGuaranteedRef { $0.isTracing = isOn } }
            }
            return true
        }
    }
}
