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
            for other in 0..<index where devices[other] === device { endpoints[index] = endpoints[other] }
            if endpoints[index] == nil { endpoints[index] = ConsoleEndpoint(device: device, isTerminal: console.isTerminal) }
        }
        ProcessReport.endpoint = endpoints[2]
        if let device = console.profile { ProcessProfile.endpoint = ConsoleEndpoint(device: device, isTerminal: false) }
        if let device = console.files { SavedFiles.endpoint = ConsoleEndpoint(device: device, isTerminal: false) }
        if console.isTerminal, let input = endpoints[0] { ConsoleInput.start(input) }
    }

    static func readManifest() -> Manifest {
        if let bytes = Files.bytes(Array(ProcessReport.bytes("manifest"))) {
            do throws(ManifestError) { return try ManifestParser.parse(bytes) } catch {
                ProcessReport.plain { error.render(into: &$0) }
                leave(code: 1)
            }
        }
        var manifest = Manifest()
        // A shell on its own starts nothing: who wants programs beside it writes a manifest.
        if wantsShell { return manifest }
        do throws(Errno) {
            try Files.forEachEntry([]) { name, type, _ in
                guard type == .regularFile, hasSuffix(name, ".wasm") || hasSuffix(name, ".wat") else { return }
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
        if let seed = manifest.deterministicSeed {
            Scheduler.isDeterministic = true
            Entropy.makeDeterministic(seed: seed)
        }
        let saved = manifest.savedDirectories
        if let directory = saved.first, SavedFiles.endpoint == nil {
            ProcessReport.plain {
                $0.append("the machine has no port martlet.files, where this directory is to be saved: ")
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
        var pipes: [(name: [UInt8], pipe: Pipe.Pointer)] = []
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
        _ wanted: ManifestStream, _ index: Int, _ program: ManifestProgram, _ pipes: inout [(name: [UInt8], pipe: Pipe.Pointer)]
    ) -> StreamTarget {
        switch wanted {
        case .console:
            if let endpoint = endpoints[index] { return .console(endpoint) }
            return .null
        case .null: return .null
        case .pipe(let name):
            var pipe: Pipe.Pointer?
            for known in pipes where known.name == name { pipe = known.pipe }
            if pipe == nil, let made = Pipe.make() {
                pipe = made
                pipes.append((name: name, pipe: made))
            }
            guard let pipe else {
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
