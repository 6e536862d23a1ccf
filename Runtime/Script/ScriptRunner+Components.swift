// The component commands: definitions and instances, and the assertions that one is malformed or invalid.
// Spec: the component model's scripts (`test/README.md` there), whose messages are compared as its runners do: the script's words must
// stand somewhere in ours.
import ComponentRuntime
import Containers
import WasmComponent
import WasmEngine
import WasmModule
import WasmText

/// What decoding and validating a component came to.
enum ComponentVerdict {
    case valid(Component)
    case malformed([UInt8])
    case invalid([UInt8])
    /// Not supported, or out of memory.
    case refused([UInt8])
}

extension ScriptRunner {
    /// Whether the command at the reader's place is about a component, as far as it is one of those that name none by their word.
    func isComponentCommand() throws(TextError) -> Bool {
        var probe = reader
        if !probe.isAt(.invoke), !probe.isAt(.get), !probe.isAt(.register) {
            try probe.advance()
            guard probe.current.kind == .leftParenthesis else { return false }
            try probe.advance()
            if probe.isAt(.component) { return true }
            guard probe.isAt(.invoke) || probe.isAt(.get) else { return false }
        }
        let isRegister = probe.isAt(.register)
        try probe.advance()
        if isRegister { try probe.advance() }
        guard probe.isAtIdentifier else { return isCurrentComponent }
        return componentNames[Name(bytes: Array(reader.text[(probe.current.start + 1)..<probe.current.end]))] != nil
    }

    /// A command about a component whose first word is next; `start` is where its form begins.
    func componentCommand(_ line: Int, start: Int) throws(TextError) {
        let word = reader.word
        switch word {
        case Word(.component):
            isCurrentComponent = true
            if reader.aheadWord == Word(.instance), reader.ahead.kind == .keyword { return try componentInstance(line) }
            let read = try componentVerdict(start: start)
            switch read.verdict {
            case .valid(let component): define(component, read.name, isDefinition: read.isDefinition, line)
            case .malformed(let message), .invalid(let message), .refused(let message):
                finish(line, .failed, detail: [UInt8]("component: " as StaticString) + message)
            }
        case Word(.assertInvalid), Word(.assertMalformed): try componentAssertion(line, isMalformed: word == Word(.assertMalformed))
        case Word(.invoke): try componentInvocation(line)
        case Word(.assertReturn): try componentAssertReturn(line)
        case Word(.assertTrap): try componentAssertTrap(line)
        default: finish(line, .skipped, message: "components have no such command")
        }
    }

    private func componentInstance(_ line: Int) throws(TextError) {
        try reader.advance()
        try reader.advance()
        let name = try identifier()
        let definition = try identifier()
        try reader.close()
        if let name { componentNames[name] = true }
        guard let compiled = definition == nil ? lastComponent : definition.flatMap({ componentDefinitions[$0] }) else {
            return finish(line, .failed, message: "component instance: no such component")
        }
        instantiate(compiled, name, line)
    }

    private func componentAssertion(_ line: Int, isMalformed: Bool) throws(TextError) {
        try reader.advance()
        let start = reader.current.start
        try reader.open()
        let verdict = try componentVerdict(start: start).verdict
        let expected = reader.lexer.string(try reader.string())
        if let scriptSkipReason { return finish(line, .skipped, detail: scriptSkipReason) }
        var detail = [UInt8](isMalformed ? "assert_malformed" : "assert_invalid")
        switch verdict {
        case .malformed(let message) where isMalformed && contains(message, expected): return finish(line, .passed)
        case .invalid(let message) where !isMalformed && contains(message, expected): return finish(line, .passed)
        case .valid: detail.append(": the component was accepted")
        case .malformed(let message), .invalid(let message), .refused(let message):
            detail.append(": expected \"")
            detail.append(contentsOf: expected)
            detail.append("\", got ")
            detail.append(contentsOf: message)
        }
        finish(line, .failed, detail: detail)
    }

    /// Whether a part stands somewhere in a text.
    func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard !part.isEmpty else { return true }
        var start = 0
        while start + part.count <= text.count {
            var length = 0
            while length < part.count, text[start + length] == part[length] { length += 1 }
            if length == part.count { return true }
            start += 1
        }
        return false
    }

    /// Reads a component's form, whose `component` is next, and decodes and validates it. Leaves the reader behind it.
    func componentVerdict(start: Int) throws(TextError) -> (verdict: ComponentVerdict, name: Name?, isDefinition: Bool) {
        try reader.advance()
        let isDefinition = try reader.take(.definition)
        let name = try identifier()
        if let name { componentNames[name] = true }
        if reader.isAt(.binary) || reader.isAt(.quote) {
            let isQuoted = reader.isAt(.quote)
            try reader.advance()
            var bytes: [UInt8] = []
            while reader.current.kind == .string {
                reader.lexer.appendString(reader.current, to: &bytes)
                // Quoted pieces are words apart.
                if isQuoted { bytes.append(0x20) }
                try reader.advance()
            }
            try reader.close()
            guard isQuoted else { return (verdict(bytes), name, isDefinition) }
            return (bytes.withUnsafeBytes { verdict(text: $0, isWrapped: false) }, name, isDefinition)
        }
        try reader.skipForm()
        let text = UnsafeRawBufferPointer(rebasing: reader.text[start..<reader.previousEnd])
        return (verdict(text: text, isWrapped: true), name, isDefinition)
    }

    private func verdict(text: UnsafeRawBufferPointer, isWrapped: Bool) -> ComponentVerdict {
        do throws(TextError) {
            return verdict(try assembleComponent(text: text, isWrapped: isWrapped, vocabulary: vocabulary))
        } catch {
            var message: [UInt8] = []
            error.renderMessage(text: text, into: &message)
            return .malformed(message)
        }
    }

    private func verdict(_ binary: [UInt8]) -> ComponentVerdict {
        let owner = ModuleBytes(binary)
        do throws(ComponentError) {
            let component = try Component.decode(owner.bytes, owner: owner, features: config.features)
            try component.validateBodies()
            return .valid(component)
        } catch {
            var message: [UInt8] = []
            error.renderMessage(owner.bytes, into: &message)
            switch error.phase {
            case .malformed: return .malformed(message)
            case .invalid, .limit: return .invalid(message)
            default: return .refused(message)
            }
        }
    }
}
