// Definitions of a component in text: modules, instances, components, functions, imports and exports, with their inline forms.
// Spec: Explainer.md, "Component Definitions", "Instance Definitions", "Import and Export Definitions".
import WasmComponent
import WasmModule

extension ComponentAssembler {
    /// One definition.
    mutating func definition() throws(TextError) {
        if reader.current.kind == .annotation { return try reader.advance() }
        if try takeForm("core") {
            try coreDefinition()
        } else if try takeForm("component") {
            try component()
        } else if try takeForm("instance") {
            try instance()
        } else if try takeForm("alias") {
            _ = try aliasTarget(nil)
            try reader.close()
        } else if try takeForm("type") {
            try typeDefinition()
        } else if try takeForm("canon") {
            try canonicalDefinition()
        } else if try takeForm("func") {
            try function()
        } else if try takeForm("import") {
            try importDefinition()
        } else if try takeForm("export") {
            try exportDefinition()
        } else {
            try reader.open()
            throw reader.unexpected("a definition")
        }
    }

    // MARK: Names

    /// A name of an import or export with its attributes, as the binary has it.
    mutating func externName() throws(TextError) -> [UInt8] {
        let name = try countedName()
        var attributes: [UInt8] = []
        var count: UInt32 = 0
        var seen: UInt8 = 0
        while true {
            let kind: UInt8
            if isAtForm("implements") {
                kind = 0
            } else if isAtForm("versionsuffix") {
                kind = 1
            } else if isAtForm("external-id") {
                kind = 2
            } else {
                break
            }
            guard seen & 1 << kind == 0 else {
                try reader.advance()
                throw TextError(.syntax, at: reader.current, "unexpected token", expected: "each attribute once")
            }
            seen |= 1 << kind
            try reader.advance()
            try reader.advance()
            attributes.append(kind)
            attributes.append(contentsOf: try countedName())
            count += 1
            try reader.close()
        }
        guard count > 0 else { return [0x00] + name }
        var bytes = [0x02] + name
        bytes.appendUnsigned(count)
        bytes.append(contentsOf: attributes)
        return bytes
    }

    /// Whether `(export "…")` with nothing behind the name is next, or the same of `import`.
    private func isAtInline(_ word: StaticString) throws(TextError) -> Bool {
        guard isAtForm(word) else { return false }
        var probe = reader
        try probe.advance()
        try probe.advance()
        guard probe.current.kind == .string else { return false }
        try probe.advance()
        while probe.current.kind == .leftParenthesis,
            isWord(probe.ahead, "implements") || isWord(probe.ahead, "external-id") || isWord(probe.ahead, "versionsuffix")
        {
            try probe.advance()
            try probe.skipForm()
        }
        return probe.current.kind == .rightParenthesis
    }

    /// `(export "…")*` of a definition.
    mutating func inlineExports() throws(TextError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        while try isAtInline("export") {
            try reader.advance()
            try reader.advance()
            names.append(try externName())
            try reader.close()
        }
        return names
    }

    /// `(import "…")`, if it is next.
    mutating func inlineImport() throws(TextError) -> [UInt8]? {
        guard try isAtInline("import") else { return nil }
        try reader.advance()
        try reader.advance()
        let name = try externName()
        try reader.close()
        return name
    }

    /// Exports an item under its inline names. Each export is a new item.
    mutating func writeExports(_ names: [[UInt8]], _ sort: ComponentSort, _ index: UInt32) throws(TextError) {
        for name in names {
            var bytes = name
            bytes.append(contentsOf: sort.bytes)
            bytes.appendUnsigned(index)
            bytes.append(0)
            try write(.export, bytes)
            _ = next(sort)
        }
    }

    // MARK: Imports and exports

    /// `(import …)` behind its word, up to and with the parenthesis.
    mutating func importDefinition() throws(TextError) {
        let name = try externName()
        let (sort, type, identifier) = try externType()
        try write(.import, name + type)
        try define(sort, identifier)
        try reader.close()
    }

    private mutating func exportDefinition() throws(TextError) {
        let identifier = try namedIdentifier()
        var bytes = try externName()
        let (sort, index) = try externReference()
        bytes.append(contentsOf: sort.bytes)
        bytes.appendUnsigned(index)
        if reader.current.kind == .leftParenthesis {
            bytes.append(1)
            bytes.append(contentsOf: try externType().bytes)
        } else {
            bytes.append(0)
        }
        try write(.export, bytes)
        try define(sort, identifier)
        try reader.close()
    }

    // MARK: Core definitions

    private mutating func coreDefinition() throws(TextError) {
        if try take("module") { return try coreModule() }
        if try take("instance") { return try coreInstance() }
        if try take("type") { return try coreTypeDefinition() }
        let sort = try sort(isCore: true)
        let name = try namedIdentifier()
        if try takeInlineAlias() {
            let (_, index, _) = try aliasTarget(sort)
            try reader.close()
            try bindAlias(name, sort, index)
        } else if sort == .coreFunction, try takeForm("canon") {
            try write(.canonical, try canonicalBody())
            try reader.close()
            try define(.coreFunction, name)
        } else {
            throw reader.unexpected("`(alias …)` or `(canon …)`")
        }
        try reader.close()
    }

    private mutating func coreModule() throws(TextError) {
        let name = try bareIdentifier()
        core.reader = reader
        let annotated = try core.nameAnnotation()
        reader = core.reader
        let exports = try inlineExports()
        var index: UInt32
        if try takeInlineAlias() {
            (_, index, _) = try aliasTarget(.coreModule)
            try reader.close()
            try bindAlias(name, .coreModule, index)
        } else if let importName = try inlineImport() {
            try write(.import, importName + (try externTypeBody(.coreModule)))
            index = try define(.coreModule, name)
        } else {
            var module = Assembler(text: reader.text, vocabulary: vocabulary)
            var identifier = annotated
            if let name, annotated == nil {
                var bytes: [UInt8] = []
                symbols.append(name.symbol, to: &bytes)
                identifier = bytes
            }
            let (binary, end) = try module.assembleFields(at: reader.current.start, name: identifier)
            try reader.start(at: end)
            try write(.coreModule, binary)
            index = try define(.coreModule, name)
        }
        try writeExports(exports, .coreModule, index)
        try reader.close()
    }

    private mutating func coreInstance() throws(TextError) {
        let name = try namedIdentifier()
        if try takeForm("instantiate") {
            var bytes: [UInt8] = [0x00]
            bytes.appendUnsigned(try reference(.coreModule, isCore: true))
            var arguments: [UInt8] = []
            var count: UInt32 = 0
            while try takeForm("with") {
                arguments.append(contentsOf: try countedName())
                arguments.append(0x12)
                guard try takeForm("instance") else { throw reader.unexpected("`(instance …)`") }
                if reader.isAtIndex {
                    arguments.appendUnsigned(try index(.coreInstance))
                } else {
                    try write(.coreInstance, try coreBundle())
                    arguments.appendUnsigned(next(.coreInstance))
                }
                try reader.close()
                try reader.close()
                count += 1
            }
            try reader.close()
            bytes.appendUnsigned(count)
            bytes.append(contentsOf: arguments)
            try write(.coreInstance, bytes)
        } else {
            try write(.coreInstance, try coreBundle())
        }
        try define(.coreInstance, name)
        try reader.close()
    }

    /// `(export "n" (sort idx))*`.
    private mutating func coreBundle() throws(TextError) -> [UInt8] {
        var items: [UInt8] = []
        var count: UInt32 = 0
        while try takeForm("export") {
            items.append(contentsOf: try countedName())
            let (sort, index) = try externReference(isCore: true)
            guard sort.bytes.count == 2 else { throw reader.unexpected("a core sort") }
            items.append(sort.bytes[1])
            items.appendUnsigned(index)
            count += 1
            try reader.close()
        }
        var bytes: [UInt8] = [0x01]
        bytes.appendUnsigned(count)
        bytes.append(contentsOf: items)
        return bytes
    }

    // MARK: Components and instances

    private mutating func component() throws(TextError) {
        let name = try namedIdentifier()
        let exports = try inlineExports()
        let index: UInt32
        if try takeInlineAlias() {
            (_, index, _) = try aliasTarget(.component)
            try reader.close()
            try bindAlias(name, .component, index)
        } else if let importName = try inlineImport() {
            try write(.import, importName + (try externTypeBody(.component)))
            index = try define(.component, name)
        } else {
            let bytes = try nested { assembler throws(TextError) in
                assembler.push(.component, name?.symbol)
                while assembler.reader.current.kind == .leftParenthesis || assembler.reader.current.kind == .annotation {
                    try assembler.definition()
                }
                return assembler.popComponent()
            }
            try write(.component, bytes)
            index = try define(.component, name)
        }
        try writeExports(exports, .component, index)
        try reader.close()
    }

    private mutating func instance() throws(TextError) {
        let name = try namedIdentifier()
        let exports = try inlineExports()
        let index: UInt32
        if try takeInlineAlias() {
            (_, index, _) = try aliasTarget(.instance)
            try reader.close()
            try bindAlias(name, .instance, index)
        } else if let importName = try inlineImport() {
            try write(.import, importName + (try externTypeBody(.instance)))
            index = try define(.instance, name)
        } else if try takeForm("instantiate") {
            var bytes: [UInt8] = [0x00]
            bytes.appendUnsigned(try reference(.component))
            var arguments: [UInt8] = []
            var count: UInt32 = 0
            while try takeForm("with") {
                arguments.append(contentsOf: try countedName())
                try argument(into: &arguments)
                try reader.close()
                count += 1
            }
            try reader.close()
            bytes.appendUnsigned(count)
            bytes.append(contentsOf: arguments)
            try write(.instance, bytes)
            index = try define(.instance, name)
        } else {
            try write(.instance, try bundle())
            index = try define(.instance, name)
        }
        try writeExports(exports, .instance, index)
        try reader.close()
    }

    /// What an argument is: a reference, or an instance made of given things.
    private mutating func argument(into bytes: inout [UInt8]) throws(TextError) {
        if isAtForm("instance") {
            var probe = reader
            try probe.advance()
            try probe.advance()
            if !probe.isAtIndex {
                reader = probe
                try write(.instance, try bundle())
                bytes.append(contentsOf: ComponentSort.instance.bytes)
                bytes.appendUnsigned(next(.instance))
                return try reader.close()
            }
        }
        let (sort, index) = try externReference()
        bytes.append(contentsOf: sort.bytes)
        bytes.appendUnsigned(index)
    }

    /// `(export "n" (sort idx name*))*`.
    private mutating func bundle() throws(TextError) -> [UInt8] {
        var items: [UInt8] = []
        var count: UInt32 = 0
        while try takeForm("export") {
            items.append(contentsOf: try externName())
            let (sort, index) = try externReference()
            items.append(contentsOf: sort.bytes)
            items.appendUnsigned(index)
            count += 1
            try reader.close()
        }
        var bytes: [UInt8] = [0x01]
        bytes.appendUnsigned(count)
        bytes.append(contentsOf: items)
        return bytes
    }

    // MARK: Functions

    private mutating func function() throws(TextError) {
        let name = try namedIdentifier()
        let exports = try inlineExports()
        let index: UInt32
        if try takeInlineAlias() {
            (_, index, _) = try aliasTarget(.function)
            try reader.close()
            try bindAlias(name, .function, index)
        } else if let importName = try inlineImport() {
            try write(.import, importName + (try externTypeBody(.function)))
            index = try define(.function, name)
        } else {
            let type = try functionTypeUse()
            guard try takeForm("canon"), try take("lift") else { throw reader.unexpected("`(canon lift …)`") }
            var bytes = try liftBody()
            bytes.appendUnsigned(type)
            try write(.canonical, bytes)
            try reader.close()
            index = try define(.function, name)
        }
        try writeExports(exports, .function, index)
        try reader.close()
    }
}
