// What the supervisor does before the first program starts: the console's endpoints, the manifest, a request for each program with its
// streams wired.
import FileSystems
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory
import WASI

extension Supervisor {
    static func makeEndpoints() {
        // Devices that are one device have one endpoint.
        let devices = [console.input, console.output, console.error]
        for index in 0..<3 {
            guard let device = devices[index] else { continue }
            if console.hasMarks, index > 0 {
                let mark = UInt8(index)
                endpoints[index] =
                    index == 1
                    ? ConsoleEndpoint(device: device, isTerminal: console.isTerminal, mark: mark)
                    : ConsoleEndpoint(beside: endpoints[1]!, mark: mark)
                continue
            }
            for other in 0..<index where devices[other] === device { endpoints[index] = endpoints[other] }
            if endpoints[index] == nil { endpoints[index] = ConsoleEndpoint(device: device, isTerminal: console.isTerminal) }
        }
        ProcessReport.endpoint = endpoints[2]
        if let device = console.profile { ProcessProfile.endpoint = ConsoleEndpoint(device: device, isTerminal: false) }
        if let device = console.files { SavedFiles.endpoint = ConsoleEndpoint(device: device, isTerminal: false) }
        if console.isTerminal, let input = endpoints[0] { ConsoleInput.start(input) }
    }

    /// The manifest, or what stands for one; leaves with a line when it cannot be used. It takes at most half of what memory is free: no array
    /// of it can be refused then, since nobody else runs yet.
    static func readManifest() -> Manifest {
        var room = max(0, PageFrames.freePageCount - PageFrames.reservedPageCount) * Int(pageByteCount) / 2
        var manifest = Manifest()
        if let bytes = Files.bytes(Array(ProcessReport.bytes("manifest"))) {
            do throws(ManifestError) { manifest = try ManifestParser.parse(bytes, memoryByteCount: room) } catch {
                ProcessReport.plain { error.render(into: &$0) }
                leave(code: 1)
            }
        }
        // A shell on its own starts nothing: who wants programs beside it says so in the manifest.
        if wantsShell || manifest.startsShell || !manifest.programs.isEmpty { return manifest }
        do throws(Errno) {
            try Files.forEachEntry([]) { name, type, _ in
                guard type == .regularFile, hasSuffix(name, ".wasm") || hasSuffix(name, ".wat") else { return }
                room -= ManifestLimits.bytesBesideProgram + 4 * name.count
                guard manifest.programs.count < ManifestLimits.programCount, room >= 0 else {
                    ProcessReport.plain {
                        $0.append("too many programs in the root of the initrd; write a manifest that says which to start")
                    }
                    leave(code: 1)
                }
                manifest.programs.append(ManifestProgram(line: 0, name: name, path: name))
            }
        } catch {}
        return manifest
    }

    private static func hasSuffix(_ name: [UInt8], _ suffix: StaticString) -> Bool {
        let count = suffix.utf8CodeUnitCount
        guard name.count > count else { return false }
        for index in 0..<count where name[name.count - count + index] != suffix.utf8Start[index] { return false }
        return true
    }

    static func apply(_ manifest: Manifest) {
        if let level = LogLevel(rawValue: min(Int(manifest.logLevel.rawValue), 3)), level.rawValue > Log.level.rawValue {
            Log.level = level
        }
        Scheduler.sliceNanoseconds = manifest.sliceNanoseconds
        hasShell = startShell != nil && (manifest.startsShell || wantsShell)
        if let tier = manifest.tier { TierSettings.current.take(tier) }
        if let seed = manifest.deterministicSeed {
            Scheduler.makeDeterministic()
            Entropy.makeDeterministic(seed: seed)
        }
        let saved = manifest.savedDirectories
        if let directory = saved.first, SavedFiles.endpoint == nil {
            ProcessReport.plain {
                $0.append("the machine has no port martlet.files, where this directory is to be saved (qemu/run --save-to FOLDER): ")
                $0.appendPrintable(directory)
            }
            leave(code: 1)
        }
        savedDirectories = saved
    }

    static func usesSharedLayer(_ program: ManifestProgram) -> Bool {
        for directory in program.directories where directory.mode.isShared { return true }
        for index in 1..<3 { if case .file? = program.streams[index] { return true } }
        return false
    }

    static func makeEntries(_ manifest: Manifest) {
        var pipes = [Pipe.Pointer?](repeating: nil, count: manifest.pipeCount)
        entries.reserveCapacity(manifest.programs.count)
        for index in 0..<manifest.programs.count {
            let program = manifest.programs[index]
            guard let image = Files.bytes(program.path) else {
                ProcessReport.plain {
                    $0.appendPrintable(program.name)
                    $0.append(": not found in the initrd: ")
                    $0.appendPrintable(program.path)
                }
                leave(code: 1)
            }
            var streams: [StreamTarget] = []
            for stream in 0..<3 {
                let wanted = program.streams[stream] ?? (stream == 0 && (index > 0 || hasShell) ? .null : .console)
                streams.append(target(wanted, stream, program, &pipes))
            }
            let request = UnsafeMutablePointer<ProcessRequest>.allocate(capacity: 1)
            request.initialize(
                to: ProcessRequest(
                    program: program, image: image, streams: streams,
                    terminals: program.terminals ?? [console.isTerminal, console.isTerminal, console.isTerminal], parent: 0))
            entries.append(Entry(request: request))
        }
    }

    static func target(
        _ wanted: ManifestStream, _ index: Int, _ program: ManifestProgram, _ pipes: inout [Pipe.Pointer?]
    ) -> StreamTarget {
        switch wanted {
        case .console:
            if let endpoint = endpoints[index] { return .console(endpoint) }
            return .null
        case .null: return .null
        case .pipe:
            let number = program.pipeNumbers[index]
            if pipes[number] == nil { pipes[number] = Pipe.make() }
            guard let pipe = pipes[number] else {
                ProcessReport.plain { $0.append("no memory for a pipe") }
                leave(code: 1)
            }
            // The supervisor holds the end as long as the program may still start: nobody sees an end of file too early.
            Pipe.open(pipe, isWriter: index != 0)
            return .pipe(pipe)
        case .file(let path):
            do throws(FileTargetError) { return try fileTarget(path, isOutput: index != 0, appends: false) } catch {
                ProcessReport.plain {
                    $0.appendPrintable(program.name)
                    $0.append(": ")
                    $0.append(error.message)
                    $0.append(": ")
                    $0.appendPrintable(path)
                }
                leave(code: 1)
            }
        }
    }
}
