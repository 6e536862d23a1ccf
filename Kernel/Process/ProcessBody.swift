// What a process's thread does: gets its image, makes its store and its WASI state, runs the program, says how it ended.
// Everything it allocates lies in the process's heap. It never returns: the end of the thread is the end of the process.
//
// It begins in the kernel view, where it takes what the kernel has for it: a copy of the program's description, and the image. Then it goes
// over to the guest view, from which the kernel's memory is out of sight.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI
import WasmEngine
import WasmModule
import WasmText

/// The life of a process, in its own thread.
enum ProcessBody {
    /// Where a new process's thread begins.
    static func enter(_ context: UnsafeMutableRawPointer) {
        let process = context.assumingMemoryBound(to: Process.self)
        OwnHeap.start(refusingRequest: TrialAccess.heapRefusalNumber)
        end(process, begin(process))
    }

    private static func end(_ process: Process.Pointer, _ reason: EndReason) -> Never {
        KernelView.stay()
        process.pointee.reason = reason
        Scheduler.endCurrent()
    }

    /// In the kernel view: gets the image.
    private static func begin(_ process: Process.Pointer) -> EndReason {
        let program = process.pointee.request.pointee.program.copied()
        let isMetered = Scheduler.isDeterministic || (program.limits.fuel ?? .max) != .max
        let contents: Unmanaged<ImageContents>
        do throws(ImageError) {
            contents = try ProcessImage.acquire(
                process, bytes: process.pointee.request.pointee.image, isMetered: isMetered,
                callDepth: Int(truncatingIfNeeded: min(program.limits.callDepth ?? UInt64(Config().maximumCallDepth), 1 << 24)))
        } catch {
            ProcessReport.image(process, error, source: process.pointee.request.pointee.image)
            return .failedToLoad
        }
        KernelView.leave()
        return run(process, program, contents.takeUnretainedValue(), isMetered: isMetered)
    }

    /// In the guest view: runs the program.
    private static func run(
        _ process: Process.Pointer, _ program: ManifestProgram, _ contents: ImageContents, isMetered: Bool
    ) -> EndReason {
        let platform = KernelPlatform(process)
        var limits = WASILimits()
        limits.openFileCount = Int(truncatingIfNeeded: min(program.limits.openFileCount ?? 256, 65536))
        var preopens: [Preopen] = []
        // One writable layer for all directories of the process, so that what it writes through one it finds through another.
        var privateLayer: MemoryLayer?
        for directory in program.directories {
            do throws(Errno) {
                let byteBudget = program.limits.fileByteCount ?? Files.defaultFileByteCount
                preopens.append(try preopen(directory, process, platform, byteBudget, &privateLayer))
            } catch {
                ProcessReport.line(process) {
                    $0.append("no such directory in the initrd: ")
                    $0.appendPrintable(directory.source)
                }
                return .failedToLoad
            }
        }
        let context: WASIContext
        do throws(Errno) {
            context = try WASIContext(
                platform: platform, arguments: [program.argument0] + program.arguments, environment: program.environment,
                preopens: preopens, limits: limits, standardStreams: streams(process))
        } catch {
            ProcessReport.line(process) { $0.append("out of memory for its directories") }
            return .failedToLoad
        }
        context.answersBadAddresses = program.answersBadAddresses
        let kept = Unmanaged.passRetained(context)
        KernelView.enter {
            withInterruptsDisabled {
                context.isTracing = process.pointee.isTraced
                process.pointee.context = kept
            }
        }

        let store = Store(contents.engine, limits: storeLimits(program))
        context.attach(to: store)
        let fuel = FuelMeter(process, store, isMetered: isMetered, limit: program.limits.fuel ?? .max)
        let instance: Instance
        do throws(InstantiationError) {
            let prepared = try contents.linker.instantiate(store, contents.module)
            if let start = try prepared.prepareStart(), let reason = runToEnd(start, process, fuel) { return reason }
            instance = prepared.instance
        } catch {
            return instantiationFailed(process, error, context)
        }
        if let reason = initialize(instance, process, fuel) { return reason }
        let name: [UInt8] = program.invoke ?? Array(ProcessReport.bytes("_start"))
        guard case .function(let function)? = instance.export(Name(bytes: name)) else {
            ProcessReport.line(process) {
                $0.append("no exported function: `")
                $0.appendPrintable(name)
                $0.append("`")
                appendExports(contents.module, &$0)
            }
            return .failedToLoad
        }
        var arguments: [Value] = []
        if program.invoke != nil {
            do throws(ArgumentFault) {
                arguments = try ValueText.values(program.arguments, of: function.type)
            } catch {
                ProcessReport.line(process) { line in line.append { error.render(program.arguments, into: &$0) } }
                return .failedToLoad
            }
        }
        guard let execution = function.prepare(arguments) else {
            guard function.type.parameters.count == arguments.count else {
                ProcessReport.line(process) { $0.append("the function wants arguments, which only --invoke gives") }
                return .failedToLoad
            }
            ProcessReport.line(process) { $0.append("out of memory for its stack") }
            return .outOfBudget(.memory)
        }
        if program.isProfiled, !ProcessProfile.start(process, store) {
            ProcessReport.line(process) { $0.append("no memory for a profile; it runs without one") }
        }
        defer { ProcessProfile.stop(process) }
        let statistics = program.showsStatistics ? RunStatistics(process) : nil
        defer { statistics?.report() }
        if let reason = runToEnd(execution, process, fuel) { return reason }
        if program.invoke != nil { printResults(execution.results, process) }
        fuel.settle()
        return .exited(code: 0)
    }

    /// Names the first functions a module exports.
    private static func appendExports(_ module: Module, _ text: inout TextBuffer) {
        var count = 0
        for export in module.image.exports where export.kind == .function {
            count += 1
            if count > 8 { continue }
            text.append(count == 1 ? "; it exports " : ", ")
            text.appendPrintable(Array(module.image[export.name].prefix(64)))
        }
        if count == 0 { text.append("; it exports no function") }
        if count > 8 {
            text.append(" and ")
            text.append(decimal: UInt64(count - 8))
            text.append(" more")
        }
    }

    /// Runs `_initialize`, by which a reactor says that it must run before any other export; why the process ends with it, if it does.
    private static func initialize(_ instance: Instance, _ process: Process.Pointer, _ fuel: FuelMeter) -> EndReason? {
        guard case .function(let function)? = instance.export(Name(bytes: Array(ProcessReport.bytes("_initialize")))) else { return nil }
        guard function.type.parameters.isEmpty, function.type.results.isEmpty else {
            ProcessReport.line(process) { $0.append("`_initialize` must take no arguments and give no results") }
            return .failedToLoad
        }
        guard let execution = function.prepare([]) else {
            ProcessReport.line(process) { $0.append("out of memory for its stack") }
            return .outOfBudget(.memory)
        }
        return runToEnd(execution, process, fuel)
    }

    /// Runs a call, slice of fuel by slice; why the process ends with it, nil when the call has finished.
    private static func runToEnd(_ execution: Execution, _ process: Process.Pointer, _ fuel: FuelMeter) -> EndReason? {
        while true {
            switch execution.resume() {
            case .finished: return nil
            case .exited(let code):
                fuel.settle()
                return exited(process, UInt32(bitPattern: code))
            case .trapped(let trap):
                fuel.settle()
                return trapped(process, trap)
            case .outOfFuel:
                guard fuel.refill() else { return trapped(process, Trap(code: .outOfFuel)) }
            case .suspended:
                ProcessReport.line(process) { $0.append("a host function suspended, which nothing here resumes") }
                return .internalError
            }
        }
    }

    /// The end by `proc_exit`; a code that cannot leave the machine is said.
    private static func exited(_ process: Process.Pointer, _ code: UInt32) -> EndReason {
        if code > EndReason.largestExitCode {
            ProcessReport.line(process) {
                $0.append("exit code ")
                $0.append(decimal: UInt64(code))
                $0.append(" is larger than 255")
            }
        }
        return .exited(code: code)
    }

    /// The results of `--invoke`, one a line.
    private static func printResults(_ values: [Value], _ process: Process.Pointer) {
        var lines: [UInt8] = []
        for value in values {
            ValueText.append(value, to: &lines)
            lines.append(UInt8(ascii: "\n"))
        }
        let platform = KernelPlatform(process)
        lines.withUnsafeBytes { _ = platform.write(.standardOutput, from: $0, nonblocking: false) }
    }

    private static func trapped(_ process: Process.Pointer, _ trap: Trap) -> EndReason {
        if trap.code == .exit { return exited(process, UInt32(bitPattern: trap.exitCode)) }
        ProcessReport.trap(process, trap)
        return .trapped(message: trap.code.message)
    }

    private static func instantiationFailed(_ process: Process.Pointer, _ error: InstantiationError, _ context: WASIContext) -> EndReason {
        switch error {
        case .link(let link):
            ProcessReport.link(process, link)
            return .failedToLoad
        case .outOfMemory:
            ProcessReport.line(process) { $0.append("out of memory for its memories and tables") }
            return .failedToLoad
        case .trap(let trap): return trapped(process, trap)
        }
    }

    private static func streams(_ process: Process.Pointer) -> [StreamHandle?] {
        var result: [StreamHandle?] = []
        for index in 0..<3 {
            let isClosed = KernelView.enter {
                if case .closed = process.pointee.streams[index] { return true }
                return false
            }
            result.append(isClosed ? nil : StreamHandle(UInt32(index)))
        }
        return result
    }

    private static func preopen(
        _ directory: ManifestDirectory, _ process: Process.Pointer, _ platform: KernelPlatform, _ byteBudget: UInt64,
        _ privateLayer: inout MemoryLayer?
    ) throws(Errno) -> Preopen {
        let fileSystem: FileSystem
        switch directory.mode {
        case .readOnly: fileSystem = Files.initrd
        case .privateLayer:
            if let privateLayer {
                fileSystem = privateLayer
            } else {
                let layer = try MemoryLayer(over: Files.initrd, byteBudget: byteBudget) { platform.time(of: .realtime) ?? 0 }
                try layer.addDevices()
                privateLayer = layer
                fileSystem = layer
            }
        case .sharedLayer, .savedLayer: fileSystem = SharedFileSystem(process)
        }
        let node = try fileSystem.find(directory.source)
        guard try fileSystem.type(of: node) == .directory else { throw .notdir }
        return Preopen(guestPath: directory.guest, fileSystem: fileSystem, node: node)
    }

    /// The limits of the program's store. Those of memories are asked where memories come from (GuestWindows).
    private static func storeLimits(_ program: ManifestProgram) -> StoreLimits {
        var limits = StoreLimits()
        // The number itself, so that growing a table need not look into the kernel's memory. Zero, which is a null pointer, is valid too.
        limits.context = UnsafeMutableRawPointer(bitPattern: Int(clamping: program.limits.tableElementCount ?? 10_000_000))
        limits.tableGrowing = { context, _, desired in desired <= Int(bitPattern: context) }
        return limits
    }
}

/// Gives a metered program its fuel in slices and counts what it has used.
final class FuelMeter {
    private let process: Process.Pointer
    private let store: Store
    private let isMetered: Bool
    private var rest: UInt64
    private var given: Int64 = 0

    init(_ process: Process.Pointer, _ store: Store, isMetered: Bool, limit: UInt64) {
        self.process = process
        self.store = store
        self.isMetered = isMetered
        rest = limit
        give()
    }

    private func give() {
        guard isMetered else { return }
        let slice = Scheduler.isDeterministic ? VirtualClock.sliceFuel : Int64.max >> 1
        given = rest > UInt64(slice) ? slice : Int64(rest)
        if rest != .max { rest -= UInt64(given) }
        store.fuel = given
    }

    /// The slice is used up: the next one, after others have had their turn; false when there is no more.
    func refill() -> Bool {
        settle()
        guard rest > 0 else { return false }
        if Scheduler.isDeterministic { Scheduler.yield() }
        give()
        return true
    }

    /// Counts what was used of the slice.
    func settle() {
        guard isMetered else { return }
        let used = UInt64(max(given - max(store.fuel, 0), 0))
        given = max(store.fuel, 0)
        KernelView.enter {
            process.pointee.fuelUsed &+= used
            if Scheduler.isDeterministic { withInterruptsDisabled { VirtualClock.advance(byFuel: used) } }
        }
    }
}
