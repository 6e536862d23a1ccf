// Component instances of a script, and the actions on them: each instance has a store of its own, since none imports from another.
// What asks for the asynchronous canonical ABI counts as skipped, and what follows on the same instance too.
// Spec: the component model's scripts.
import ComponentRuntime
import Containers
import WasmComponent
import WasmEngine
import WasmModule
import WasmText

/// A component instance of a script, or why there is none.
final class ScriptComponent {
    let store: ComponentStore
    let instance: ComponentInstance?
    /// Why what is asked of it is not run.
    var skipReason: [UInt8]?

    init(_ store: ComponentStore, _ instance: ComponentInstance?, _ skipReason: [UInt8]? = nil) {
        self.store = store
        self.instance = instance
        self.skipReason = skipReason
    }
}

/// What an action on a component came to.
enum ComponentActionResult {
    case value(ComponentValue?)
    case trap(ComponentTrap)
    case impossible(StaticString)
    case skipped([UInt8])
}

extension ScriptRunner {
    func forgetComponents() {
        componentDefinitions = [:]
        lastComponent = nil
        componentInstances = [:]
        currentComponent = nil
    }

    /// Takes up a component, and instantiates it unless it is only defined.
    func define(_ component: Component, _ name: Name?, isDefinition: Bool, _ line: Int) {
        if let scriptSkipReason { return finish(line, .skipped, detail: scriptSkipReason) }
        let compiled: CompiledComponent
        do throws(WasmError) { compiled = try CompiledComponent(engine, component) } catch {
            return finish(line, .failed, message: "component: ", error.message)
        }
        lastComponent = compiled
        if let name { componentDefinitions[name] = compiled }
        if isDefinition { finish(line, .passed) } else { instantiate(compiled, name, line) }
    }

    /// Makes an instance, which is the current one then.
    func instantiate(_ compiled: CompiledComponent, _ name: Name?, _ line: Int) {
        let store = ComponentStore(Store(engine))
        var made: ScriptComponent
        do throws(InstantiationFailure) {
            made = ScriptComponent(store, try ComponentLinker().instantiate(store, compiled))
            finish(line, .passed)
        } catch {
            var message: [UInt8] = []
            error.renderMessage(into: &message)
            made = ScriptComponent(store, nil, message)
            if error.kind == .unsupported {
                finish(line, .skipped, detail: message)
            } else {
                finish(line, .failed, detail: [UInt8]("component: " as StaticString) + message)
            }
        }
        currentComponent = made
        if let name { componentInstances[name] = made }
    }

    /// `invoke $instance? "name" value*`, whose `(` is consumed.
    private func componentAction() throws(TextError) -> ComponentActionResult {
        guard reader.isAt(.invoke) else { throw reader.unexpected("`invoke`") }
        try reader.advance()
        let instanceName = try identifier()
        let name = Name(bytes: try reader.name())
        let arguments = try componentValues()
        try reader.close()
        if let scriptSkipReason { return .skipped(scriptSkipReason) }
        guard let component = instanceName == nil ? currentComponent : instanceName.flatMap({ componentInstances[$0] }) else {
            return .impossible("no such component instance")
        }
        if let reason = component.skipReason { return .skipped(reason) }
        guard let function = component.instance?.exports.function(name) else { return .impossible("no such export") }
        do throws(ComponentTrap) { return .value(try component.store.call(function, arguments)) } catch {
            guard error.isUnsupported else { return .trap(error) }
            var reason: [UInt8] = []
            error.renderMessage(into: &reason)
            component.skipReason = reason
            return .skipped(reason)
        }
    }

    private func describe(_ label: StaticString, _ trap: ComponentTrap) -> [UInt8] {
        var detail = [UInt8](label)
        trap.renderMessage(into: &detail)
        return detail
    }

    /// An action on its own: it must not trap.
    func componentInvocation(_ line: Int) throws(TextError) {
        switch try componentAction() {
        case .value: finish(line, .passed)
        case .trap(let trap): finish(line, .failed, detail: describe("action trapped: ", trap))
        case .impossible(let reason): finish(line, .failed, message: "action: ", reason)
        case .skipped(let reason): finish(line, .skipped, detail: reason)
        }
    }

    /// `assert_return (action) value?`.
    func componentAssertReturn(_ line: Int) throws(TextError) {
        try reader.advance()
        try reader.open()
        let result = try componentAction()
        let expected = try componentValues()
        switch result {
        case .value(let value):
            if expected.count < 2, value == nil ? expected.isEmpty : expected.first.map({ value!.isSame(as: $0) }) ?? false {
                return finish(line, .passed)
            }
            var detail = [UInt8]("assert_return: expected ")
            for value in expected { value.describe(into: &detail) }
            detail.append(", got ")
            value?.describe(into: &detail)
            finish(line, .failed, detail: detail)
        case .trap(let trap): finish(line, .failed, detail: describe("assert_return: trapped: ", trap))
        case .impossible(let reason): finish(line, .failed, message: "assert_return: ", reason)
        case .skipped(let reason): finish(line, .skipped, detail: reason)
        }
    }

    /// `assert_trap (action) "message"` or `assert_trap (component …) "message"`.
    func componentAssertTrap(_ line: Int) throws(TextError) {
        try reader.advance()
        let start = reader.current.start
        try reader.open()
        if reader.isAt(.component) { return try componentLoadTrap(line, start: start) }
        let result = try componentAction()
        let expected = reader.lexer.string(try reader.string())
        switch result {
        case .value: finish(line, .failed, message: "assert_trap: returned")
        case .trap(let trap): compare(line, trap, expected)
        case .impossible(let reason): finish(line, .failed, message: "assert_trap: ", reason)
        case .skipped(let reason): finish(line, .skipped, detail: reason)
        }
    }

    private func componentLoadTrap(_ line: Int, start: Int) throws(TextError) {
        let verdict = try componentVerdict(start: start).verdict
        let expected = reader.lexer.string(try reader.string())
        if let scriptSkipReason { return finish(line, .skipped, detail: scriptSkipReason) }
        guard case .valid(let component) = verdict else {
            return finish(line, .failed, message: "assert_trap: the component is not valid")
        }
        let store = ComponentStore(Store(engine))
        do throws(WasmError) {
            let compiled = try CompiledComponent(engine, component)
            do throws(InstantiationFailure) {
                _ = try ComponentLinker().instantiate(store, compiled)
                finish(line, .failed, message: "assert_trap: the component was instantiated")
            } catch {
                if let trap = error.trap, !trap.isUnsupported { return compare(line, trap, expected) }
                var message: [UInt8] = []
                error.renderMessage(into: &message)
                finish(line, error.kind == .unsupported ? .skipped : .failed, detail: message)
            }
        } catch {
            finish(line, .failed, message: "assert_trap: ", error.message)
        }
    }

    private func compare(_ line: Int, _ trap: ComponentTrap, _ expected: [UInt8]) {
        let message = describe("", trap)
        if contains(message, expected) || contains(expected, message) { return finish(line, .passed) }
        var detail = [UInt8]("assert_trap: expected \"")
        detail.append(contentsOf: expected)
        detail.append("\", got ")
        finish(line, .failed, detail: detail + message)
    }
}
