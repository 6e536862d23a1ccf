// Starting programs on the console's word: a pipeline becomes processes, each with a request in a heap that goes with it.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// Why a pipeline cannot be started.
public struct LaunchError: Error {
    public let message: StaticString
    public let word: [UInt8]
}

/// Starts pipelines.
public enum Launcher {
    /// Starts all programs of a pipeline; their numbers, first to last. When one cannot be started none is left running.
    public static func launch(_ pipeline: MonitorPipeline) throws(LaunchError) -> [UInt64] {
        var images: [UnsafeRawBufferPointer] = []
        for program in pipeline.programs {
            guard let image = find(program.words[0]) else { throw LaunchError(message: "no such program", word: program.words[0]) }
            images.append(image)
        }
        var input: StreamTarget = .null
        if let path = pipeline.inputPath {
            input = try file(path, isOutput: false, appends: false)
        } else if !pipeline.isBackground, let endpoint = Supervisor.endpoints[0] {
            input = .console(endpoint)
        }
        var pids: [UInt64] = []
        var previous: Pipe.Pointer?
        defer { if let previous { Pipe.close(previous, isWriter: false) } }
        for index in 0..<pipeline.programs.count {
            var streams: [StreamTarget] = [input, consoleTarget(1), consoleTarget(2)]
            if let previous { streams[0] = .pipe(previous) }
            var nextPipe: Pipe.Pointer?
            if index + 1 < pipeline.programs.count {
                guard let pipe = Pipe.make() else {
                    killAll(pids)
                    throw LaunchError(message: "no memory for a pipe", word: [])
                }
                // The launcher holds both ends until the programs have theirs.
                Pipe.open(pipe, isWriter: false)
                Pipe.open(pipe, isWriter: true)
                streams[1] = .pipe(pipe)
                nextPipe = pipe
            } else if let path = pipeline.outputPath {
                do throws(LaunchError) { streams[1] = try file(path, isOutput: true, appends: pipeline.appends) } catch {
                    killAll(pids)
                    throw error
                }
            }
            let pid = spawn(pipeline.programs[index], images[index], streams)
            if let used = previous { Pipe.close(used, isWriter: false) }
            previous = nextPipe
            if let nextPipe { Pipe.close(nextPipe, isWriter: true) }
            guard let pid else {
                killAll(pids)
                throw LaunchError(message: "out of memory", word: [])
            }
            pids.append(pid)
        }
        return pids
    }

    private static func killAll(_ pids: [UInt64]) {
        for pid in pids { ProcessTable.kill(pid, by: 1) }
    }

    private static func consoleTarget(_ index: Int) -> StreamTarget {
        if let endpoint = Supervisor.endpoints[index] { return .console(endpoint) }
        return .null
    }

    private static func file(_ path: [UInt8], isOutput: Bool, appends: Bool) throws(LaunchError) -> StreamTarget {
        do throws(FileTargetError) { return try fileTarget(path, isOutput: isOutput, appends: appends) } catch {
            throw LaunchError(message: error.message, word: path)
        }
    }

    /// The image a word names: as it is, or with the ending left out, in the root or under `programs`.
    private static func find(_ name: [UInt8]) -> UnsafeRawBufferPointer? {
        let places: [StaticString] = ["", "programs/"]
        let endings: [StaticString] = ["", ".wasm", ".wat"]
        for place in places {
            for ending in endings {
                var text = TextBuffer()
                text.append(place)
                text.append(name)
                text.append(ending)
                if let bytes = Files.bytes(text.bytes) { return bytes }
            }
        }
        return nil
    }

    private static func spawn(_ program: MonitorProgram, _ image: UnsafeRawBufferPointer, _ streams: [StreamTarget]) -> UInt64? {
        // The kernel's own, from its reserve if need be: Swift's arrays cannot say that they were refused.
        guard ProcessTable.hasRoom, let heap = KernelHeap.makeHeap(name: "launch", source: .frames(.kernel), pageLimit: 256)
        else { return nil }
        guard let memory = KernelHeap.tryAllocate(from: heap, byteCount: MemoryLayout<ProcessRequest>.size) else {
            KernelHeap.destroy(heap)
            return nil
        }
        let request = memory.bindMemory(to: ProcessRequest.self, capacity: 1)
        KernelHeap.with(heap) {
            // Copies, not references: all of it lies in the launch's heap.
            var words: [[UInt8]] = []
            for word in program.words { words.append(word.withUnsafeBytes { Array($0) }) }
            let name = words.removeFirst()
            var described = ManifestProgram(line: 0, name: name, path: name)
            described.arguments = words
            described.directories = [
                ManifestDirectory(source: [UInt8(ascii: ".")], guest: [UInt8(ascii: "/")], mode: .sharedLayer)
            ]
            var targets: [StreamTarget] = []
            for stream in streams { targets.append(stream) }
            request.initialize(
                to: ProcessRequest(program: described, image: image, streams: targets, terminals: [true, true, true], parent: 1))
        }
        // The shared layer is made here and not by the process.
        guard Files.makeLayer() else {
            KernelHeap.destroy(heap)
            return nil
        }
        do throws(SpawnError) {
            let process = try ProcessTable.spawn(request, ownedBy: heap)
            return process.pointee.pid
        } catch {
            KernelHeap.destroy(heap)
            return nil
        }
    }

    /// Offers the names that can be run, one by one.
    public static func offerNames(_ completion: inout Completion) {
        let directories: [StaticString] = ["", "programs"]
        for directory in directories {
            do throws(Errno) {
                try Files.forEachEntry(Array(ProcessReport.bytes(directory))) { name, type, _ in
                    if type == .regularFile { completion.offer(name) }
                }
            } catch {}
        }
    }

    /// Calls `body` with the names, kinds and sizes of a directory's entries; false when there is none.
    public static func forEachFile(_ path: [UInt8], _ body: ([UInt8], Bool, UInt64) -> Void) -> Bool {
        do throws(Errno) {
            try Files.forEachEntry(path) { name, type, byteCount in body(name, type == .directory, byteCount) }
            return true
        } catch { return false }
    }

    /// Calls `body` with a file's bytes, piece by piece; false when there is no such file.
    public static func read(_ path: [UInt8], _ body: (UnsafeRawBufferPointer) -> Void) -> Bool { Files.read(path, body) }
}

/// Waiting for the ends of processes and the keyboard, for kernel threads.
public enum ProcessEvents {
    nonisolated(unsafe) private static let waiters: UnsafeMutablePointer<WaitQueue> = {
        let queue = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
        queue.initialize(to: WaitQueue())
        return queue
    }()

    /// Makes the queue.
    static func notifyFirst() { _ = waiters }

    /// Something has happened: those who wait look again.
    public static func notify() { Scheduler.wakeAll(waiters) }

    /// Waits until `condition` holds; it is asked after every event, with interrupts off.
    public static func wait(until condition: () -> Bool) {
        withInterruptsDisabled {
            while !condition() { _ = Scheduler.block(in: waiters) }
        }
    }

    /// Starts a kernel thread.
    public static func startThread(_ entry: @convention(c) (UnsafeMutableRawPointer?) -> Void) {
        guard let thread = Thread.make(priority: .high, entry: entry, argument: nil) else {
            panic("no memory for the console's thread")
        }
        Scheduler.start(thread)
    }

    /// Nanoseconds on the clock processes see.
    public static var nanoseconds: UInt64 { KernelTime.nanoseconds }
}
