// `martlet run`: one program under WASI on the host, as `qemu/run` runs it in the kernel: same bytes, same exit code.
import Glibc
import WASI
import WasmEngine
import WasmModule

/// The command `run`.
enum RunCommand {
    static let usageLine = """
        usage: martlet run [--dir HOST[::GUEST]] [--env NAME=VALUE] [--argv0 NAME] [--trace] [--invoke NAME] [--fuel N]
                           [--max-memory BYTES] [--lazy] [--no-fusion] [--dispatch-counts] [--statistics] PROGRAM [ARGUMENT...]
        """

    static func run(_ arguments: [String]) -> Int32 {
        var options = RunOptions()
        switch options.parse(arguments) {
        case .complaint(let reason):
            complain("martlet run: \(reason)\n\(usageLine)")
            return ExitCode.usage
        case .ready(let program, let rest):
            return ProgramRun(options, program: program, arguments: rest).run()
        }
    }
}

/// What the command line of `run` says.
struct RunOptions {
    var platform = HostPlatformOptions()
    var invoke: String?
    var fuel: Int64?
    var maximumMemoryByteCount: Int?
    var isLazy = false
    var isFusing = true
    var countsDispatches = false
    var showsStatistics = false

    enum Parsed {
        case ready(program: String, arguments: [String])
        case complaint(String)
    }

    mutating func parse(_ arguments: [String]) -> Parsed {
        var position = 0
        while position < arguments.count, arguments[position].hasPrefix("-"), arguments[position] != "-" {
            let option = arguments[position]
            guard let taken = platform.parse(arguments, at: position) else { return .complaint("\(option) wants a value") }
            if taken > 0 {
                position += taken
                continue
            }
            position += 1
            switch option {
            case "--": return finish(arguments, position)
            case "--lazy": isLazy = true
            case "--no-fusion": isFusing = false
            case "--dispatch-counts": countsDispatches = true
            case "--statistics": showsStatistics = true
            case "--invoke", "--fuel", "--max-memory":
                guard position < arguments.count else { return .complaint("\(option) wants a value") }
                let value = arguments[position]
                position += 1
                if option == "--invoke" {
                    invoke = value
                } else if option == "--fuel" {
                    guard let number = Int64(value), number >= 0 else { return .complaint("--fuel wants a number, not `\(value)`") }
                    fuel = number
                } else {
                    guard let count = RunOptions.byteCount(value) else { return .complaint("--max-memory wants a size, not `\(value)`") }
                    maximumMemoryByteCount = count
                }
            default: return .complaint("what is `\(option)`?")
            }
        }
        return finish(arguments, position)
    }

    private func finish(_ arguments: [String], _ position: Int) -> Parsed {
        guard position < arguments.count else { return .complaint("no program") }
        return .ready(program: arguments[position], arguments: Array(arguments[(position + 1)...]))
    }

    /// `4096`, `64K`, `16M`, `1G`.
    private static func byteCount(_ text: String) -> Int? {
        let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        guard let last = text.last else { return nil }
        guard let unit = units[Character(last.uppercased())] else { return Int(text).flatMap { $0 >= 0 ? $0 : nil } }
        guard let number = Int(text.dropLast()), number >= 0 else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }
}

/// One run of one program.
struct ProgramRun {
    let options: RunOptions
    let program: String
    let arguments: [String]

    init(_ options: RunOptions, program: String, arguments: [String]) {
        self.options = options
        self.program = program
        self.arguments = arguments
    }

    private var config: Config {
        var config = Config()
        config.isFuelMetered = options.fuel != nil
        config.translation = options.isLazy ? .lazy : .eager
        config.isFusionEnabled = options.isFusing
        config.countsDispatches = options.countsDispatches
        return config
    }

    func run() -> Int32 {
        guard let bytes = WatCommand.assembleFile(program) else { return ExitCode.loadError }
        let owner = InputOwner(bytes)
        let context: WASIContext
        do throws(HostPlatformOptions.DirectoryFailure) {
            context = try options.platform.makeContext(program: program, arguments: options.invoke == nil ? arguments : [])
        } catch {
            complain("martlet: \(error.path): not a directory that can be granted")
            return ExitCode.loadError
        }
        let engine = Engine(config)
        let started = now()
        let module: Module
        do throws(WasmError) {
            module = try Module(engine, bytes: owner.bytes, owner: owner)
        } catch {
            complain(error, in: program)
            return ExitCode.loadError
        }
        let translated = now()
        let code = run(module, engine, context)
        if options.showsStatistics {
            let translation = (translated - started) / 1000
            let running = (now() - translated) / 1000
            complain("translation: \(translation) us for \(module.image.codeSection.count) bytes of code; run: \(running) us")
        }
        if options.countsDispatches { DispatchReport.write(engine) }
        return code
    }

    private func run(_ module: Module, _ engine: Engine, _ context: WASIContext) -> Int32 {
        let linker = Linker(engine)
        WASIContext.define(in: linker)
        let store = Store(engine, limits: storeLimits())
        context.attach(to: store)
        store.fuel = options.fuel ?? .max
        defer { context.closeAll() }
        let instance: Instance
        do throws(InstantiationError) {
            instance = try linker.instantiate(store, module).start()
        } catch {
            return report(error)
        }
        let name = options.invoke ?? "_start"
        guard case .function(let function)? = instance.export(Name(name)) else {
            complain("martlet: \(program): no exported function: `\(name)`")
            return ExitCode.loadError
        }
        var values: [Value] = []
        if options.invoke != nil {
            guard let type = function.type as FunctionType? else { return ExitCode.loadError }
            switch ValueText.values(arguments, of: type) {
            case .values(let parsed): values = parsed
            case .complaint(let reason):
                complain("martlet: \(program): \(reason)")
                return ExitCode.usage
            }
        }
        guard let execution = function.prepare(values) else {
            complain("martlet: \(program): `\(name)` cannot be called without arguments, or memory for its stack is refused")
            return ExitCode.loadError
        }
        switch execution.resume() {
        case .finished:
            if options.invoke != nil {
                writeAll(execution.results.map { ValueText.text($0) + "\n" }.joined(), to: STDOUT_FILENO)
            }
            return ExitCode.success
        case .exited(let code): return code & 255 == 0 && code != 0 ? 255 : code & 255
        case .trapped(let trap): return report(trap)
        case .outOfFuel: return report(Trap(code: .outOfFuel))
        case .suspended:
            complain("martlet: \(program): a host function suspended, which nothing here resumes")
            return ExitCode.loadError
        }
    }

    private func storeLimits() -> StoreLimits {
        var limits = StoreLimits()
        guard let maximum = options.maximumMemoryByteCount else { return limits }
        limits.context = UnsafeMutableRawPointer(bitPattern: maximum + 1)
        limits.memoryGrowing = { context, _, desired in desired < Int(bitPattern: context) }
        return limits
    }

    private func report(_ error: InstantiationError) -> Int32 {
        switch error {
        case .link(let link):
            let place = "`\(String(decoding: link.module.bytes, as: UTF8.self))::\(String(decoding: link.name.bytes, as: UTF8.self))`"
            complain("martlet: \(program): \(link.message): \(place)" + (link.kind == .unknownImport ? " has not been defined" : ""))
            return ExitCode.loadError
        case .outOfMemory:
            complain("martlet: \(program): out of memory for its memories and tables")
            return ExitCode.loadError
        case .trap(let trap): return report(trap)
        }
    }

    private func report(_ trap: Trap) -> Int32 {
        if trap.code == .exit { return trap.exitCode & 255 }
        var text = "martlet: \(program): trap: \(trap.code.message)"
        if let address = trap.faultAddress { text += " at address \(hexadecimal(address))" }
        for (number, frame) in trap.backtrace.enumerated() {
            text += "\n  \(number): "
            frame.write { text.unicodeScalars.append(Unicode.Scalar($0)) }
        }
        if trap.elidedFrameCount > 0 { text += "\n  and \(trap.elidedFrameCount) frames more" }
        complain(text)
        return ExitCode.trap
    }

    /// Monotonic time in nanoseconds.
    private func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
