// Types of components in text: value types, function types, types of components and instances, core types.
// Spec: Explainer.md, "Type Definitions".
import WasmComponent
import WasmModule

extension ComponentAssembler {
    // MARK: Values

    private func primitive() -> PrimitiveType? {
        guard reader.current.kind == .keyword else { return nil }
        for byte in (0x64 as UInt8)...0x7f {
            if let type = PrimitiveType(rawValue: byte), isAt(type.name) { return type }
        }
        return nil
    }

    /// A value type as the binary has it in a type: a primitive's byte or an index. What is written in line becomes a type before.
    mutating func valueType() throws(TextError) -> [UInt8] {
        if let primitive = primitive() {
            try reader.advance()
            return [primitive.rawValue]
        }
        var bytes: [UInt8] = []
        bytes.appendSigned(Int64(try valueTypeIndex()))
        return bytes
    }

    private mutating func valueTypeIndex() throws(TextError) -> UInt32 {
        guard reader.current.kind == .leftParenthesis else {
            guard reader.isAtIndex else { throw reader.unexpected("a value type") }
            return try index(.type)
        }
        if isAtForm("type") { return try reference(.type) }
        let bytes = try nested { assembler throws(TextError) in try assembler.definedType() }
        return try writeType(bytes)
    }

    /// Writes a type and returns its index.
    mutating func writeType(_ bytes: [UInt8]) throws(TextError) -> UInt32 {
        try write(.type, bytes)
        return next(.type)
    }

    private var startsValueType: Bool {
        if primitive() != nil || reader.isAtIndex { return true }
        return reader.current.kind == .leftParenthesis && !isAtForm("error")
    }

    private mutating func optionalValueType(_ isThere: Bool) throws(TextError) -> [UInt8] {
        guard isThere else { return [0] }
        return [1] + (try valueType())
    }

    /// A defined type in parentheses.
    private mutating func definedType() throws(TextError) -> [UInt8] {
        var bytes: [UInt8] = []
        var items: [UInt8] = []
        var count: UInt32 = 0
        if try takeForm("record") {
            while try takeForm("field") {
                items.append(contentsOf: try countedName())
                items.append(contentsOf: try valueType())
                count += 1
                try reader.close()
            }
            bytes = counted(0x72, count, items)
        } else if try takeForm("variant") {
            while try takeForm("case") {
                _ = try identifier()
                items.append(contentsOf: try countedName())
                items.append(contentsOf: try optionalValueType(reader.current.kind != .rightParenthesis))
                items.append(0)
                count += 1
                try reader.close()
            }
            bytes = counted(0x71, count, items)
        } else if try takeForm("flags") {
            while reader.current.kind == .string { items.append(contentsOf: try countedName()); count += 1 }
            bytes = counted(0x6e, count, items)
        } else if try takeForm("enum") {
            while reader.current.kind == .string { items.append(contentsOf: try countedName()); count += 1 }
            bytes = counted(0x6d, count, items)
        } else if try takeForm("tuple") {
            while startsValueType { items.append(contentsOf: try valueType()); count += 1 }
            bytes = counted(0x6f, count, items)
        } else if try takeForm("list") {
            let element = try valueType()
            if reader.current.kind == .natural {
                bytes = [0x67] + element
                bytes.appendUnsigned(try natural())
            } else {
                bytes = [0x70] + element
            }
        } else if try takeForm("map") {
            bytes = [0x63] + (try valueType())
            bytes.append(contentsOf: try valueType())
        } else if try takeForm("option") {
            bytes = [0x6b] + (try valueType())
        } else if try takeForm("result") {
            bytes = [0x6a] + (try optionalValueType(startsValueType))
            if try takeForm("error") {
                bytes.append(contentsOf: try optionalValueType(true))
                try reader.close()
            } else {
                bytes.append(0)
            }
        } else if isAtForm("own") || isAtForm("borrow") {
            bytes = [isAtForm("own") ? 0x69 : 0x68]
            try reader.advance()
            try reader.advance()
            bytes.appendUnsigned(try reference(.type))
        } else if isAtForm("stream") || isAtForm("future") {
            bytes = [isAtForm("stream") ? 0x66 : 0x65]
            try reader.advance()
            try reader.advance()
            bytes.append(contentsOf: try optionalValueType(reader.current.kind != .rightParenthesis))
        } else {
            if reader.current.kind == .leftParenthesis { try reader.advance() }
            throw reader.unexpected("a type")
        }
        try reader.close()
        return bytes
    }

    private func counted(_ byte: UInt8, _ count: UInt32, _ items: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [byte]
        bytes.appendUnsigned(count)
        bytes.append(contentsOf: items)
        return bytes
    }

    // MARK: Functions

    /// `async? (param "n" t)* (result t)?`.
    mutating func functionType() throws(TextError) -> [UInt8] {
        var items: [UInt8] = []
        var count: UInt32 = 0
        let isAsync = try take("async")
        while try takeForm("param") {
            items.append(contentsOf: try countedName())
            items.append(contentsOf: try valueType())
            count += 1
            try reader.close()
        }
        var bytes = counted(isAsync ? 0x43 : 0x40, count, items)
        bytes.append(contentsOf: try resultList())
        return bytes
    }

    /// `(result t)?`.
    mutating func resultList() throws(TextError) -> [UInt8] {
        guard try takeForm("result") else { return [0x01, 0x00] }
        let bytes = [0x00] + (try valueType())
        try reader.close()
        return bytes
    }

    /// `(type x)`, if it is next.
    private mutating func typeUse(_ sort: ComponentSort) throws(TextError) -> UInt32? {
        guard isAtForm("type") else { return nil }
        // `(type $t …)` with more than an index is a declaration of an inline type.
        var probe = reader
        try probe.advance()
        try probe.advance()
        guard probe.isAtIndex, probe.ahead.kind == .rightParenthesis || probe.ahead.kind == .string else { return nil }
        try reader.advance()
        try reader.advance()
        let index = try projection(sort)
        try reader.close()
        return index
    }

    /// The index of a function's type: given, or written in line.
    mutating func functionTypeUse() throws(TextError) -> UInt32 {
        if let index = try typeUse(.type) { return index }
        return try writeType(try functionType())
    }

    // MARK: Types of components and instances

    /// Declarations up to a parenthesis, as the body of a component's or instance's type.
    mutating func declaredType(_ byte: UInt8, _ name: Symbol?) throws(TextError) -> [UInt8] {
        try nested { assembler throws(TextError) in
            assembler.push(.type, name)
            while assembler.reader.current.kind == .leftParenthesis { try assembler.declaration() }
            return [byte] + assembler.popType()
        }
    }

    private mutating func declaration() throws(TextError) {
        if isAtForm("core") {
            try reader.advance()
            try reader.advance()
            guard try take("type") else { throw reader.unexpected("`type`") }
            try coreTypeDefinition()
        } else if try takeForm("type") {
            try typeDefinition()
        } else if try takeForm("alias") {
            _ = try aliasTarget(nil)
            try reader.close()
        } else if try takeForm("import") {
            try importDefinition()
        } else if try takeForm("export") {
            let outerName = try namedIdentifier()
            let name = try externName()
            let (sort, type, innerName) = try externType()
            try write(.export, name + type)
            try define(sort, outerName ?? innerName)
            try reader.close()
        } else {
            try reader.open()
            throw reader.unexpected("a declaration")
        }
    }

    /// `(type …)` behind its word, up to and with the parenthesis.
    mutating func typeDefinition() throws(TextError) {
        let name = try namedIdentifier()
        let exports = try inlineExports()
        if try takeInlineAlias() {
            let (_, index, _) = try aliasTarget(.type)
            try reader.close()
            try bindAlias(name, .type, index)
            try writeExports(exports, .type, index)
            return try reader.close()
        }
        if let importName = try inlineImport() {
            let type = try typeBound()
            try write(.import, importName + type)
            let index = try define(.type, name)
            try writeExports(exports, .type, index)
            return try reader.close()
        }
        let bytes = try typeBody(name?.symbol)
        let index = try writeNamedType(bytes, name)
        try writeExports(exports, .type, index)
        try reader.close()
    }

    private mutating func writeNamedType(_ bytes: [UInt8], _ name: (symbol: Symbol, token: Token)?) throws(TextError) -> UInt32 {
        try write(.type, bytes)
        return try define(.type, name)
    }

    /// Gives a name to what an alias defined.
    mutating func bindAlias(_ name: (symbol: Symbol, token: Token)?, _ sort: ComponentSort, _ index: UInt32) throws(TextError) {
        guard let name else { return }
        guard bindings.insert(.component(scope: scopes[scopes.count - 1].number, sort: sort.rawValue), name.symbol, index) else {
            throw TextError(.duplicateName, at: name.token, "duplicate identifier")
        }
    }

    private mutating func typeBody(_ name: Symbol?) throws(TextError) -> [UInt8] {
        if let primitive = primitive() {
            try reader.advance()
            return [primitive.rawValue]
        }
        if try takeForm("func") {
            let bytes = try functionType()
            try reader.close()
            return bytes
        }
        if isAtForm("component") || isAtForm("instance") {
            let byte: UInt8 = isAtForm("component") ? 0x41 : 0x42
            try reader.advance()
            try reader.advance()
            let bytes = try declaredType(byte, name)
            try reader.close()
            return bytes
        }
        if try takeForm("resource") { return try resource() }
        return try nested { assembler throws(TextError) in try assembler.definedType() }
    }

    private mutating func resource() throws(TextError) -> [UInt8] {
        guard try takeForm("rep") else { throw reader.unexpected("`(rep i32)`") }
        var bytes: [UInt8] = [0x3f]
        core.reader = reader
        try core.valueType(into: &bytes)
        reader = core.reader
        try reader.close()
        if try takeForm("dtor") {
            bytes.append(1)
            bytes.appendUnsigned(try reference(.coreFunction))
            try reader.close()
        } else {
            bytes.append(0)
        }
        try reader.close()
        return bytes
    }

    // MARK: Types of imports and exports

    /// `(eq x)` or `(sub resource)`, with the byte of a type before it.
    private mutating func typeBound() throws(TextError) -> [UInt8] {
        var bytes: [UInt8] = [0x03]
        if try takeForm("eq") {
            bytes.append(0)
            bytes.appendUnsigned(try reference(.type))
        } else if try takeForm("sub") {
            guard try take("resource") else { throw reader.unexpected("`resource`") }
            bytes.append(1)
        } else {
            throw reader.unexpected("`(eq …)` or `(sub resource)`")
        }
        try reader.close()
        return bytes
    }

    /// The type of an import or export in parentheses: its sort, its bytes, and the identifier in it.
    mutating func externType() throws(TextError) -> (sort: ComponentSort, bytes: [UInt8], name: (symbol: Symbol, token: Token)?) {
        try reader.open()
        let sort = try sort(isCore: false)
        let name = try namedIdentifier()
        let bytes = try externTypeBody(sort)
        try reader.close()
        return (sort, bytes, name)
    }

    /// What stands behind the sort and the identifier.
    mutating func externTypeBody(_ sort: ComponentSort) throws(TextError) -> [UInt8] {
        var bytes: [UInt8] = []
        switch sort {
        case .coreModule:
            bytes = [0x00, 0x11]
            if let index = try typeUse(.coreType) { bytes.appendUnsigned(index) } else { bytes.appendUnsigned(try moduleType(nil)) }
        case .function:
            bytes = [0x01]
            bytes.appendUnsigned(try functionTypeUse())
        case .type: bytes = try typeBound()
        case .component, .instance:
            bytes = [sort == .component ? 0x04 : 0x05]
            if let index = try typeUse(.type) {
                bytes.appendUnsigned(index)
            } else {
                bytes.appendUnsigned(try writeType(try declaredType(sort == .component ? 0x41 : 0x42, nil)))
            }
        default: throw reader.unexpected("something that can be imported or exported")
        }
        return bytes
    }

    // MARK: Core types

    /// `(core type …)` behind its words, up to and with the parenthesis.
    mutating func coreTypeDefinition() throws(TextError) {
        let name = try namedIdentifier()
        if try takeInlineAlias() {
            let (_, index, _) = try aliasTarget(.coreType)
            try reader.close()
            try bindAlias(name, .coreType, index)
            return try reader.close()
        }
        if try takeForm("module") {
            let bytes = try moduleTypeBody(name?.symbol)
            try reader.close()
            try write(.coreType, bytes)
        } else {
            try write(.coreType, try coreType())
        }
        try define(.coreType, name)
        try reader.close()
    }

    /// A core type in parentheses.
    private mutating func coreType() throws(TextError) -> [UInt8] {
        core.reader = reader
        core.sections[.type].bytes = []
        try core.subType(0, isAlone: false)
        reader = core.reader
        var bytes = core.sections[.type].bytes
        // An open sub type's byte would begin a module type here.
        if bytes.first == 0x50 { bytes.insert(0, at: 0) }
        return bytes
    }

    /// Writes a module type and returns its index.
    private mutating func moduleType(_ name: Symbol?) throws(TextError) -> UInt32 {
        let bytes = try moduleTypeBody(name)
        try write(.coreType, bytes)
        return next(.coreType)
    }

    private mutating func moduleTypeBody(_ name: Symbol?) throws(TextError) -> [UInt8] {
        try nested { assembler throws(TextError) in
            assembler.push(.moduleType, name)
            while assembler.reader.current.kind == .leftParenthesis { try assembler.moduleDeclaration() }
            return [0x50] + assembler.popType()
        }
    }

    private mutating func moduleDeclaration() throws(TextError) {
        if try takeForm("type") {
            let name = try namedIdentifier()
            if try takeForm("module") { throw reader.unexpected("a core type that is no module type") }
            try write(.coreType, try coreType())
            try define(.coreType, name)
        } else if try takeForm("alias") {
            _ = try aliasTarget(nil)
        } else if try takeForm("import") {
            let names = try countedName() + countedName()
            try write(.import, names + (try coreExternType()))
        } else if try takeForm("export") {
            let name = try countedName()
            try write(.export, name + (try coreExternType()))
        } else {
            try reader.open()
            throw reader.unexpected("a declaration of a module type")
        }
        try reader.close()
    }

    /// `(func …)`, `(table …)` and so on, of a module's import or export.
    private mutating func coreExternType() throws(TextError) -> [UInt8] {
        try reader.open()
        let sort = try sort(isCore: true)
        _ = try identifier()
        var bytes: [UInt8] = []
        switch sort {
        case .coreFunction, .coreTag:
            bytes = sort == .coreFunction ? [0x00] : [0x04, 0x00]
            bytes.appendUnsigned(try coreFunctionType())
        default:
            bytes = [sort.bytes[1]]
            core.reader = reader
            switch sort {
            case .coreTable: try core.tableType(into: &bytes)
            case .coreMemory: try core.memoryType(into: &bytes)
            case .coreGlobal: try core.globalType(into: &bytes)
            default: throw reader.unexpected("`func`, `table`, `memory`, `global` or `tag`")
            }
            reader = core.reader
        }
        try reader.close()
        return bytes
    }

    private mutating func coreFunctionType() throws(TextError) -> UInt32 {
        if let index = try typeUse(.coreType) { return index }
        core.reader = reader
        var signature = Signature()
        try core.parameters(into: &signature, bindingTo: nil)
        try core.results(into: &signature)
        reader = core.reader
        var bytes: [UInt8] = [0x60]
        bytes.appendUnsigned(signature.parameterCount)
        bytes.append(contentsOf: signature.parameters)
        bytes.appendUnsigned(signature.resultCount)
        bytes.append(contentsOf: signature.results)
        try write(.coreType, bytes)
        return next(.coreType)
    }
}
