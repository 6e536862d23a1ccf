// The module commands: text, binary and quoted modules, definitions and instances, registering; and the assertions about loading.
// Spec: the reference interpreter's script grammar.
import Containers
import WasmEngine
import WasmModule
import WasmText

/// Why a module did not come to life.
enum LoadFailure: Error {
    case text(TextError)
    case module(WasmError)
    case link(LinkError)
    case trap(Trap)
    case outOfMemory

    /// The words that are compared with the script's.
    var message: StaticString {
        switch self {
        case .text(let error): return error.message
        case .module(let error): return error.message
        case .link(let error): return error.message
        case .trap(let trap): return trap.code.message
        case .outOfMemory: return "out of memory"
        }
    }

    /// Whether decoding, not validation, refused.
    var isMalformed: Bool {
        switch self {
        case .text: return true
        case .module(let error): return error.phase == .malformed
        default: return false
        }
    }

    /// Whether validation refused. A limit of this implementation is a validation matter.
    var isInvalid: Bool {
        if case .module(let error) = self { return error.phase == .invalid || error.phase == .limit }
        return false
    }
}

/// A module as the script gives it, before it is assembled.
struct ModuleSource {
    var name: Name?
    var isDefinition = false
    /// The binary, when it could be made.
    var binary: [UInt8] = []
    var failure: TextError?
}

extension ScriptRunner {
    /// Reads a module form whose `(` is consumed and whose `module` is next; `start..<end` is the form's text. Leaves the reader behind it.
    func moduleSource(start: Int) throws(TextError) -> ModuleSource {
        var source = ModuleSource()
        try reader.advance()
        source.isDefinition = try reader.take(.definition)
        source.name = try identifier()
        if reader.isAt(.binary) || reader.isAt(.quote) {
            let isQuoted = reader.isAt(.quote)
            try reader.advance()
            var bytes: [UInt8] = []
            while reader.current.kind == .string {
                reader.lexer.appendString(reader.current, to: &bytes)
                try reader.advance()
            }
            try reader.close()
            if isQuoted { assembleText(bytes, into: &source) } else { source.binary = bytes }
            return source
        }
        try reader.skipForm()
        let text = UnsafeRawBufferPointer(rebasing: reader.text[start..<reader.previousEnd])
        do throws(TextError) {
            source.binary = try assemble(text: text, vocabulary: vocabulary)
        } catch {
            source.failure = error
        }
        return source
    }

    private func assembleText(_ bytes: [UInt8], into source: inout ModuleSource) {
        var failure: TextError?
        source.binary = bytes.withUnsafeBytes { text in
            do throws(TextError) {
                return try assemble(text: text, vocabulary: vocabulary)
            } catch {
                failure = error
                return []
            }
        }
        source.failure = failure
    }

    /// Decodes and validates.
    func compile(_ source: ModuleSource) throws(LoadFailure) -> Module {
        if let failure = source.failure { throw .text(failure) }
        let owner = ModuleBytes(source.binary)
        do throws(WasmError) {
            return try Module(engine, bytes: owner.bytes, owner: owner)
        } catch {
            throw .module(error)
        }
    }

    /// Links, instantiates and starts.
    func instantiate(_ module: Module, in surroundings: Surroundings) throws(LoadFailure) -> Instance {
        do throws(InstantiationError) {
            return try surroundings.linker.instantiate(surroundings.store, module).start()
        } catch {
            switch error {
            case .link(let link): throw .link(link)
            case .trap(let trap): throw .trap(trap)
            case .outOfMemory: throw .outOfMemory
            }
        }
    }

    /// An identifier of the script, if one is next.
    func identifier() throws(TextError) -> Name? {
        guard reader.isAtIdentifier else { return nil }
        let token = reader.current
        try reader.advance()
        if token.kind == .quotedIdentifier { return Name(bytes: reader.lexer.string(token)) }
        return Name(bytes: Array(reader.text[(token.start + 1)..<token.end]))
    }

    /// `(module …)`.
    func moduleCommand(_ line: Int, start: Int, end: Int) throws(TextError) {
        if reader.ahead.kind == .keyword, reader.aheadWord == Word(.instance) { return try instanceCommand(line) }
        current = nil
        currentSkipReason = nil
        isCurrentComponent = false
        let source = try moduleSource(start: start)
        load(source, line)
    }

    /// A script that is one module without parentheses around it.
    func loadInlineModule() {
        var source = ModuleSource()
        do throws(TextError) {
            source.binary = try assemble(text: reader.text, vocabulary: vocabulary)
        } catch {
            source.failure = error
        }
        load(source, 1)
    }

    private func load(_ source: ModuleSource, _ line: Int) {
        if let scriptSkipReason {
            // Even an excluded script's modules must be text, unless its whole folder is in a language of its own.
            if !isFolderExcluded, let failure = source.failure { return finish(line, .failed, message: "module: ", failure.message) }
            return finish(line, .skipped, detail: scriptSkipReason)
        }
        do throws(LoadFailure) {
            let module = try compile(source)
            lastDefinition = module
            if let name = source.name { definitions[name] = module }
            if !source.isDefinition {
                try makeCurrent(module, source.name)
            }
            finish(line, .passed)
        } catch {
            finish(line, .failed, detail: describe("module: ", error))
        }
    }

    /// Makes an instance, which is the current one then.
    private func makeCurrent(_ module: Module, _ name: Name?) throws(LoadFailure) {
        let next = nextSurroundings
        let instance = try instantiate(module, in: next)
        current = instance
        surroundings = next
        guard let name else { return }
        instances[name] = instance
        if !registersModules { namedSurroundings.append(next) }
    }

    /// `(module instance $instance? $module?)`.
    private func instanceCommand(_ line: Int) throws(TextError) {
        try reader.advance()
        try reader.advance()
        let name = try identifier()
        let definition = try identifier()
        try reader.close()
        if let scriptSkipReason { return finish(line, .skipped, detail: scriptSkipReason) }
        let module = definition == nil ? lastDefinition : definition.flatMap { definitions[$0] }
        guard let module else { return finish(line, .failed, message: "module instance: no such module") }
        do throws(LoadFailure) {
            try makeCurrent(module, name)
            currentSkipReason = nil
            finish(line, .passed)
        } catch {
            finish(line, .failed, detail: describe("module instance: ", error))
        }
    }

    /// `(register "name" $instance?)`.
    func registerCommand(_ line: Int) throws(TextError) {
        try reader.advance()
        let name = Name(bytes: try reader.name())
        let instanceName = try identifier()
        try reader.close()
        if skipReason(instanceName) != nil { return }
        guard let instance = instance(instanceName) else { return finish(line, .failed, message: "register: no such module") }
        surroundings.linker.define(name, instance: instance)
    }

    /// The instance of this name, or the last module's.
    func instance(_ name: Name?) -> Instance? {
        guard let name else { return current }
        return instances[name]
    }

    /// What went wrong, behind a label.
    func describe(_ label: StaticString, _ failure: LoadFailure) -> [UInt8] {
        var detail = [UInt8](label)
        detail.append(failure.message)
        switch failure {
        case .text(let error):
            detail.append(" at line ")
            detail.append(decimal: error.line)
            detail.append(", column ")
            detail.append(decimal: error.column)
            detail.append(" of the module")
        case .module(let error):
            detail.append(" at byte ")
            detail.append(decimal: error.offset)
        case .link(let error):
            detail.append(" ")
            detail.append(contentsOf: error.module.bytes)
            detail.append("::")
            detail.append(contentsOf: error.name.bytes)
        default: break
        }
        return detail
    }
}
