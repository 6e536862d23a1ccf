// `martlet run`: one program under WASI on the host, as `qemu/run` runs it in the kernel: same bytes, same exit code.
import DebugInformation
import Glibc
import WASI
import WasmComponent
import WasmEngine
import WasmModule

/// The command `run`.
enum RunCommand {
    static let usage = """
        usage: martlet run [OPTION...] PROGRAM [ARGUMENT...]      PROGRAM is a .wasm or .wat file, or - for standard input
          --dir HOST[::GUEST]   give the program this directory (what it writes stays in memory), as GUEST; may be repeated
          --env NAME[=VALUE]    set an environment variable (without a value: as it is here); may be repeated
          --env-all             give the program all of this environment; what --env says comes before it
          --argv0 NAME          the program's name for itself (default: the last part of PROGRAM)
          --invoke EXPORT       call this export with the ARGUMENTs as its parameters, and print its results
          --fuel N              trap after N units of work
          --max-memory SIZE     bound the program's linear memories; SIZE is bytes, or such as 64K, 64M, 64MiB, 1G
          --timeout TIME        end the program after this time (seconds, or such as 500ms, 2s, 1m), with exit code 124
          --bad-addresses HOW   what a WASI call with an address outside of memory comes to: trap (as in wasmtime) or error
          --trace               WASI calls on stderr
          --statistics          times of translation and run, memory, and fuel when metered, on stderr
          --lazy                validate and translate functions at their first call
          --no-fusion           one operation for each instruction
          --dispatch-counts     operations, pairs and triples executed, on stderr
        Exit code: the program's; 134 a trap, 1 a program that cannot be loaded, 124 out of time, 2 a wrong command line.
        """

    static func run(_ arguments: [String]) -> Int32 {
        var options = RunOptions()
        switch options.parse(arguments) {
        case .help:
            show(usage + "\n")
            return ExitCode.success
        case .complaint(let reason):
            complain("martlet run: \(reason); `martlet run --help` prints the options")
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
    var timeoutSeconds: Double?

    enum Parsed {
        case ready(program: String, arguments: [String])
        case help
        case complaint(String)
    }

    private static let valued = HostPlatformOptions.valued.union(["--invoke", "--fuel", "--max-memory", "--timeout"])

    private static let flags = [
        "--trace", "--env-all", "--lazy", "--no-fusion", "--dispatch-counts", "--statistics", "--help",
    ]

    mutating func parse(_ arguments: [String]) -> Parsed {
        var position = 0
        while position < arguments.count, arguments[position].hasPrefix("-"), arguments[position] != "-" {
            let option = arguments[position]
            position += 1
            if option == "--" { break }
            if option == "--help" || option == "-h" { return .help }
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if RunOptions.valued.contains(name) {
                var value = parts.count == 2 ? String(parts[1]) : nil
                if value == nil, position < arguments.count {
                    value = arguments[position]
                    position += 1
                }
                guard let value else { return .complaint("\(name) wants a value") }
                if let reason = take(name, value) { return .complaint(reason) }
            } else {
                guard setFlag(option) else {
                    if parts.count == 2, setFlag(name) { return .complaint("\(name) takes no value") }
                    return .complaint("unknown option \(option)" + Suggestion.text(for: name, among: RunOptions.valued + RunOptions.flags))
                }
            }
        }
        return finish(arguments, position)
    }

    private mutating func setFlag(_ name: String) -> Bool {
        switch name {
        case "--trace": platform.isTracing = true
        case "--env-all": platform.hasWholeEnvironment = true
        case "--lazy": isLazy = true
        case "--no-fusion": isFusing = false
        case "--dispatch-counts": countsDispatches = true
        case "--statistics": showsStatistics = true
        default: return false
        }
        return true
    }

    /// Takes an option with its value; a complaint when the value makes no sense.
    private mutating func take(_ name: String, _ value: String) -> String? {
        switch name {
        case "--invoke": invoke = value
        case "--fuel":
            guard let number = Int64(value), number >= 0 else { return "--fuel wants a number, not `\(value)`" }
            fuel = number
        case "--max-memory":
            guard let count = Amount.byteCount(value) else { return "--max-memory wants a size, not `\(value)`" }
            maximumMemoryByteCount = count
        case "--timeout":
            guard let seconds = Amount.seconds(value) else { return "--timeout wants a time such as 0.5, 500ms or 1m, not `\(value)`" }
            timeoutSeconds = seconds
        default: return platform.take(name, value)
        }
        return nil
    }

    private func finish(_ arguments: [String], _ position: Int) -> Parsed {
        guard position < arguments.count else { return .complaint("no program") }
        return .ready(program: arguments[position], arguments: Array(arguments[(position + 1)...]))
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

    var config: Config {
        var config = Config()
        config.isFuelMetered = options.fuel != nil
        config.translation = options.isLazy ? .lazy : .eager
        config.isFusionEnabled = options.isFusing
        config.countsDispatches = options.countsDispatches
        config.memoryProvider = HostMemory.provider
        return config
    }

    func run() -> Int32 {
        guard let bytes = WatCommand.assembleFile(program) else { return ExitCode.loadError }
        let owner = InputOwner(bytes)
        if Component.isComponent(owner.bytes) { return runComponent(owner) }
        let context: WASIContext
        do throws(HostPlatformOptions.DirectoryFailure) {
            context = try options.platform.makeContext(program: program, arguments: options.invoke == nil ? arguments : [])
        } catch {
            complain("martlet: --dir \(error.path): \(error.reason == .notdir ? "not a directory" : "no such directory")")
            return ExitCode.loadError
        }
        if let seconds = options.timeoutSeconds { Deadline.start(seconds: seconds, program: program) }
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
        return code
    }

    private func run(_ module: Module, _ engine: Engine, _ context: WASIContext) -> Int32 {
        let linker = Linker(engine)
        WASIContext.define(in: linker)
        let store = Store(engine, limits: storeLimits())
        context.attach(to: store)
        store.fuel = options.fuel ?? .max
        defer {
            context.closeAll()
            if options.countsDispatches { DispatchReport.write(store) }
            if options.showsStatistics {
                let fuel = options.fuel.map { "; fuel: \($0 - max(store.fuel, 0))" } ?? ""
                complain("linear memory: \(store.memoryByteCount) bytes\(fuel)")
            }
        }
        let instance: Instance
        do throws(InstantiationError) {
            instance = try linker.instantiate(store, module).start()
        } catch {
            return report(error)
        }
        // A reactor says by this export what must run before any other.
        if case .function(let initialize)? = instance.export(Name("_initialize")) {
            guard initialize.type.parameters.isEmpty, initialize.type.results.isEmpty else {
                complain("martlet: \(program): `_initialize` must take no arguments and give no results")
                return ExitCode.loadError
            }
            if let code = runToEnd(initialize, [], { _ in }) { return code }
        }
        let name = options.invoke ?? "_start"
        guard case .function(let function)? = instance.export(Name(name)) else {
            complain("martlet: \(program): no exported function: `\(name)`" + exportHint(module, name))
            return ExitCode.loadError
        }
        var values: [Value] = []
        if options.invoke != nil {
            let texts = arguments.map { Array($0.utf8) }
            do throws(ArgumentFault) {
                values = try ValueText.values(texts, of: function.type)
            } catch {
                complain("martlet: \(program): \(rendered { error.render(texts, into: &$0) })")
                return ExitCode.loadError
            }
        }
        let code = runToEnd(function, values) { results in
            if options.invoke == nil { return }
            for value in results { show(rendered { ValueText.append(value, to: &$0) } + "\n") }
        }
        return code ?? ExitCode.success
    }

    /// Calls a function and hands its results to `body`; the exit code of the run when it ends with this call.
    private func runToEnd(_ function: Func, _ values: [Value], _ body: ([Value]) -> Void) -> Int32? {
        guard let execution = function.prepare(values) else {
            let isCallable = function.type.parameters.count == values.count
            complain(
                "martlet: \(program): \(isCallable ? "out of memory for its stack" : "the function wants arguments, which only --invoke gives")"
            )
            return ExitCode.loadError
        }
        switch execution.resume() {
        case .finished:
            body(execution.results)
            return nil
        case .exited(let code): return exited(code)
        case .trapped(let trap): return report(trap)
        case .outOfFuel: return report(Trap(code: .outOfFuel))
        case .suspended:
            complain("martlet: \(program): a host function suspended, which nothing here resumes")
            return ExitCode.loadError
        }
    }

    func storeLimits() -> StoreLimits {
        var limits = StoreLimits()
        guard let maximum = options.maximumMemoryByteCount else { return limits }
        // Any number is a valid limit, zero, which is a null pointer, too.
        limits.context = UnsafeMutableRawPointer(bitPattern: maximum)
        limits.memoryGrowing = { context, _, desired in desired <= Int(bitPattern: context) }
        return limits
    }

    /// What the module exports instead of a function of this name.
    private func exportHint(_ module: Module, _ name: String) -> String {
        var names: [String] = []
        for export in module.image.exports where export.kind == .function {
            names.append(String(decoding: module.image[export.name], as: UTF8.self))
        }
        if names.isEmpty { return "; it exports no function" }
        let near = Suggestion.text(for: name, among: names)
        if !near.isEmpty { return near }
        let rest = names.count > 8 ? " and \(names.count - 8) more" : ""
        return "; it exports " + names.prefix(8).joined(separator: ", ") + rest
    }

    /// The end by `proc_exit`; a code that no process can end with is said.
    func exited(_ code: Int32) -> Int32 {
        guard code < 0 || code > 255 else { return code }
        complain("martlet: \(program): exit code \(UInt32(bitPattern: code)) is larger than 255")
        return ExitCode.loadError
    }

    private func report(_ error: InstantiationError) -> Int32 {
        switch error {
        case .link(let link):
            let place = "`\(String(decoding: link.module.bytes, as: UTF8.self))::\(String(decoding: link.name.bytes, as: UTF8.self))`"
            let name = String(decoding: link.name.bytes, as: UTF8.self)
            let known = FunctionRow.all.map { String(decoding: $0.name.bytes, as: UTF8.self) }
            let isOurs = link.module == Name(Preview.preview1.moduleName.bytes) || link.module == Name(Preview.unstable.moduleName.bytes)
            let near = isOurs ? Suggestion.text(for: name, among: known) : ""
            complain("martlet: \(program): \(link.message): \(place)" + (link.kind == .unknownImport ? " has not been defined" + near : ""))
            return ExitCode.loadError
        case .outOfMemory:
            complain("martlet: \(program): out of memory for its memories and tables")
            return ExitCode.loadError
        case .trap(let trap): return report(trap)
        }
    }

    func report(_ trap: Trap) -> Int32 {
        if trap.code == .exit { return exited(trap.exitCode) }
        let text = "martlet: \(program): trap: \(rendered { trap.renderMessage(into: &$0) })"
        complain(text + rendered { TrapBacktrace.append(trap, to: &$0) })
        return ExitCode.trap
    }

    /// Monotonic time in nanoseconds.
    private func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
