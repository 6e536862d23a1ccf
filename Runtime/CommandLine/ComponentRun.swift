// `martlet run` of a component: its export `wasi:cli/run`, under WASI 0.2. Same options, messages and exit codes as of a core module.
import ComponentRuntime
import Glibc
import WASIComponents
import WasmComponent
import WasmEngine
import WasmModule

extension ProgramRun {
    /// Runs the program, which is a component, to its exit code.
    func runComponent(_ owner: InputOwner) -> Int32 {
        let made: HostPlatformOptions.Surroundings
        do throws(HostPlatformOptions.DirectoryFailure) {
            made = try options.platform.makeSurroundings(program: program, arguments: arguments)
        } catch {
            complain("martlet: --dir \(error.path): \(error.reason == .notdir ? "not a directory" : "no such directory")")
            return ExitCode.loadError
        }
        if options.invoke != nil {
            complain("martlet: \(program): --invoke does not call components yet")
            return ExitCode.loadError
        }
        if let seconds = options.timeoutSeconds { Deadline.start(seconds: seconds, program: program) }
        let engine = Engine(config)
        guard let compiled = compile(owner, engine) else { return ExitCode.loadError }
        let world = CommandWorld(
            platform: made.platform, arguments: made.arguments, environment: made.environment, preopens: made.preopens)
        world.isTracing = options.platform.isTracing
        defer { world.closeAll() }
        let linker = ComponentLinker()
        world.define(in: linker)
        let core = Store(engine, limits: storeLimits())
        core.fuel = options.fuel ?? .max
        let store = ComponentStore(core)
        let instance: ComponentInstance
        do throws(InstantiationFailure) { instance = try linker.instantiate(store, compiled) } catch {
            if let trap = error.trap { return report(trap) }
            complain("martlet: \(program): \(rendered { error.renderMessage(into: &$0) })")
            return ExitCode.loadError
        }
        guard let function = runFunction(instance) else {
            complain("martlet: \(program): the component does not export `wasi:cli/run`, so it is not a program")
            return ExitCode.loadError
        }
        do throws(ComponentTrap) {
            if case .result(isOK: false, _)? = try store.call(function) { return 1 }
            return ExitCode.success
        } catch {
            return report(error)
        }
    }

    private func compile(_ owner: InputOwner, _ engine: Engine) -> CompiledComponent? {
        let component: Component
        do throws(ComponentError) { component = try Component.decode(owner.bytes, owner: owner) } catch {
            complain(error, owner.bytes, in: program)
            return nil
        }
        do throws(WasmError) { return try CompiledComponent(engine, component) } catch {
            complain(error, in: program)
            return nil
        }
    }

    /// `run` of the exported interface `wasi:cli/run`, of any version 0.2.
    private func runFunction(_ instance: ComponentInstance) -> ComponentFunction? {
        let prefix = Array("wasi:cli/run@0.2.".utf8)
        for name in instance.exports.names where name.bytes.starts(with: prefix) {
            return instance.exports.instance(name)?.function("run")
        }
        return nil
    }

    private func report(_ trap: ComponentTrap) -> Int32 {
        if let code = trap.exitCode { return exited(code) }
        let text = "martlet: \(program): trap: \(rendered { trap.renderMessage(into: &$0) })"
        complain(text + (trap.core.map { core in rendered { TrapBacktrace.append(core, to: &$0) } } ?? ""))
        return ExitCode.trap
    }
}
