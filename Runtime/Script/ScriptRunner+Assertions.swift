// The assertions: actions and what they must give, and modules and how they must fail.
// Spec: the reference interpreter's script grammar.
import Containers
import WasmEngine
import WasmModule
import WasmText

/// What an action came to.
enum ActionResult {
    case values([Value])
    case trap(Trap)
    /// The action itself makes no sense: no such export, arguments that do not fit.
    case impossible(StaticString)
    case skipped([UInt8])
}

extension ScriptRunner {
    /// `invoke $instance? "name" value*` or `get $instance? "name"`, whose `(` is consumed.
    func action() throws(TextError) -> ActionResult {
        let isInvoke = reader.isAt(.invoke)
        guard isInvoke || reader.isAt(.get) else { throw reader.unexpected("`invoke` or `get`") }
        try reader.advance()
        let instanceName = try identifier()
        let name = Name(bytes: try reader.name())
        var arguments: [Value] = []
        while reader.current.kind == .leftParenthesis { arguments.append(try constant()) }
        try reader.close()
        if let reason = skipReason(instanceName) { return .skipped(reason) }
        guard let instance = instance(instanceName) else { return .impossible("no such module") }
        guard let export = instance.export(name) else { return .impossible("no such export") }
        switch export {
        case .function(let function) where isInvoke:
            do throws(Trap) {
                return .values(try function.call(arguments))
            } catch {
                return .trap(error)
            }
        case .global(let global) where !isInvoke: return .values([global.value])
        default: return .impossible("the export is of another kind")
        }
    }

    /// An action on its own: it must not trap.
    func actionCommand(_ line: Int) throws(TextError) {
        switch try action() {
        case .values: finish(line, .passed)
        case .trap(let trap): finish(line, .failed, message: "action trapped: ", trap.code.message)
        case .impossible(let reason): finish(line, .failed, message: "action: ", reason)
        case .skipped(let reason): finish(line, .skipped, detail: reason)
        }
    }

    /// `assert_return (action) pattern*`.
    func assertReturn(_ line: Int) throws(TextError) {
        try reader.advance()
        try reader.open()
        let result = try action()
        var patterns: [ResultPattern] = []
        while reader.current.kind == .leftParenthesis { patterns.append(try pattern()) }
        switch result {
        case .values(let values):
            var matches = values.count == patterns.count
            if matches {
                for index in 0..<values.count where !patterns[index].matches(values[index]) { matches = false }
            }
            if matches { return finish(line, .passed) }
            var detail = [UInt8]("assert_return: expected")
            for pattern in patterns { pattern.describe(into: &detail) }
            detail.append(", got")
            for value in values { value.describe(into: &detail) }
            finish(line, .failed, detail: detail)
        case .trap(let trap): finish(line, .failed, message: "assert_return: trapped: ", trap.code.message)
        case .impossible(let reason): finish(line, .failed, message: "assert_return: ", reason)
        case .skipped(let reason): finish(line, .skipped, detail: reason)
        }
    }

    /// `assert_trap (action) "message"` or `assert_trap (module …) "message"`.
    func assertTrap(_ line: Int) throws(TextError) {
        try reader.advance()
        let start = reader.current.start
        try reader.open()
        guard reader.isAt(.module) else { return try expectTrap(line, "assert_trap") }
        let failure = try loadFailure(start: start, instantiates: true)
        let expected = reader.lexer.string(try reader.string())
        if let scriptSkipReason { return finish(line, .skipped, detail: scriptSkipReason) }
        if case .trap = failure, let failure { return compare(line, "assert_trap", failure, expected) }
        finish(line, .failed, detail: unexpectedLoad("assert_trap", failure))
    }

    /// `assert_exhaustion (action) "message"`.
    func assertExhaustion(_ line: Int) throws(TextError) {
        try reader.advance()
        try reader.open()
        try expectTrap(line, "assert_exhaustion")
    }

    private func expectTrap(_ line: Int, _ assertion: StaticString) throws(TextError) {
        let result = try action()
        let expected = reader.lexer.string(try reader.string())
        switch result {
        case .values: finish(line, .failed, message: assertion, ": returned")
        case .trap(let trap): compare(line, assertion, .trap(trap), expected)
        case .impossible(let reason): finish(line, .failed, message: "assert_trap: ", reason)
        case .skipped(let reason): finish(line, .skipped, detail: reason)
        }
    }

    /// `assert_exception (action)`.
    func assertException(_ line: Int) throws(TextError) {
        try reader.advance()
        try reader.open()
        switch try action() {
        case .values: finish(line, .failed, message: "assert_exception: returned")
        case .trap(let trap) where trap.code == .uncaughtException: finish(line, .passed)
        case .trap(let trap): finish(line, .failed, message: "assert_exception: trapped: ", trap.code.message)
        case .impossible(let reason): finish(line, .failed, message: "assert_exception: ", reason)
        case .skipped(let reason): finish(line, .skipped, detail: reason)
        }
    }

    /// `assert_invalid (module …) "message"`. In the custom form an annotation may also be refused when the text is read.
    func assertInvalid(_ line: Int, isCustom: Bool) throws(TextError) {
        let (failure, expected) = try loadAssertion(instantiates: false)
        if let scriptSkipReason { return finish(line, .skipped, detail: scriptSkipReason) }
        if let failure, failure.isInvalid || (isCustom && failure.isMalformed) {
            return compare(line, "assert_invalid", failure, expected)
        }
        finish(line, .failed, detail: unexpectedLoad("assert_invalid", failure))
    }

    /// `assert_malformed (module …) "message"`.
    func assertMalformed(_ line: Int, isCustom: Bool) throws(TextError) {
        let (failure, expected) = try loadAssertion(instantiates: false)
        if let scriptSkipReason { return finish(line, .skipped, detail: scriptSkipReason) }
        if let failure, failure.isMalformed { return compare(line, "assert_malformed", failure, expected) }
        finish(line, .failed, detail: unexpectedLoad("assert_malformed", failure))
    }

    /// `assert_unlinkable (module …) "message"`.
    func assertUnlinkable(_ line: Int) throws(TextError) {
        let (failure, expected) = try loadAssertion(instantiates: true)
        if let scriptSkipReason { return finish(line, .skipped, detail: scriptSkipReason) }
        if let failure, case .link = failure { return compare(line, "assert_unlinkable", failure, expected) }
        finish(line, .failed, detail: unexpectedLoad("assert_unlinkable", failure))
    }

    /// Consumes the assertion's word, module and message.
    private func loadAssertion(instantiates: Bool) throws(TextError) -> (LoadFailure?, [UInt8]) {
        try reader.advance()
        let start = reader.current.start
        try reader.open()
        guard reader.isAt(.module) else { throw reader.unexpected("`module`") }
        let failure = try loadFailure(start: start, instantiates: instantiates)
        return (failure, reader.lexer.string(try reader.string()))
    }

    /// How the module fails; nil when it does not. Does not become the current module.
    private func loadFailure(start: Int, instantiates: Bool) throws(TextError) -> LoadFailure? {
        let source = try moduleSource(start: start)
        if scriptSkipReason != nil { return nil }
        do throws(LoadFailure) {
            let module = try compile(source)
            if instantiates { _ = try instantiate(module, in: nextSurroundings) }
            return nil
        } catch {
            return error
        }
    }

    private func compare(_ line: Int, _ assertion: StaticString, _ failure: LoadFailure, _ expected: [UInt8]) {
        if messagesMatch([UInt8](failure.message), expected) { return finish(line, .passed) }
        var detail = [UInt8](assertion)
        detail.append(": expected \"")
        detail.append(contentsOf: expected)
        detail.append("\", got ")
        finish(line, .failed, detail: detail + describe("", failure))
    }

    private func unexpectedLoad(_ assertion: StaticString, _ failure: LoadFailure?) -> [UInt8] {
        var detail = [UInt8](assertion)
        guard let failure else {
            detail.append(": the module was accepted")
            return detail
        }
        detail.append(": failed in another way: ")
        return detail + describe("", failure)
    }
}
