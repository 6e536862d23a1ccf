// References: indices and identifiers, with the sugar that aliases what an instance exports or what an outer scope defines.
// Spec: Explainer.md, "Index Spaces", "Alias Definitions".
import WasmComponent
import WasmModule

extension ComponentSort {
    /// The byte or bytes of the binary format.
    var bytes: [UInt8] {
        switch self {
        case .coreFunction: return [0, 0]
        case .coreTable: return [0, 1]
        case .coreMemory: return [0, 2]
        case .coreGlobal: return [0, 3]
        case .coreTag: return [0, 4]
        case .coreType: return [0, 0x10]
        case .coreModule: return [0, 0x11]
        case .coreInstance: return [0, 0x12]
        case .function: return [1]
        case .value: return [2]
        case .type: return [3]
        case .component: return [4]
        case .instance: return [5]
        }
    }

    /// Whether an outer alias may name it.
    var isOuterAliasable: Bool { self == .coreModule || self == .coreType || self == .component || self == .type }
}

extension ComponentAssembler {
    /// The sort that the current word names; in a core context without `core` before it.
    mutating func sort(isCore: Bool) throws(TextError) -> ComponentSort {
        let isCore = try take("core") || isCore
        let sort: ComponentSort
        if isAt("func") {
            sort = isCore ? .coreFunction : .function
        } else if isAt("type") {
            sort = isCore ? .coreType : .type
        } else if isAt("instance") {
            sort = isCore ? .coreInstance : .instance
        } else if isAt("module"), isCore {
            sort = .coreModule
        } else if isAt("table"), isCore {
            sort = .coreTable
        } else if isAt("memory"), isCore {
            sort = .coreMemory
        } else if isAt("global"), isCore {
            sort = .coreGlobal
        } else if isAt("tag"), isCore {
            sort = .coreTag
        } else if isAt("component"), !isCore {
            sort = .component
        } else if isAt("value"), !isCore {
            sort = .value
        } else {
            throw reader.unexpected("a sort")
        }
        try reader.advance()
        return sort
    }

    /// A number, or an identifier of this scope or an outer one.
    mutating func index(_ sort: ComponentSort) throws(TextError) -> UInt32 {
        guard reader.isAtIdentifier else { return try natural() }
        let token = reader.current
        let symbol = try symbol(token)
        try reader.advance()
        return try resolve(sort, symbol, token)
    }

    func find(_ sort: ComponentSort, _ symbol: Symbol, in scope: Int) -> UInt32? {
        bindings.find(.component(scope: scopes[scope].number, sort: sort.rawValue), symbol)
    }

    /// What an identifier means; what an outer scope defines is aliased.
    mutating func resolve(_ sort: ComponentSort, _ symbol: Symbol, _ token: Token) throws(TextError) -> UInt32 {
        let innermost = scopes.count - 1
        if let index = find(sort, symbol, in: innermost) { return index }
        var level = innermost - 1
        while level >= 0 {
            if let index = find(sort, symbol, in: level) {
                guard sort.isOuterAliasable else {
                    throw TextError(.unknownName, at: token, "outer item `%` is not a module, type, or component")
                }
                let alias = try outerAlias(sort, UInt32(innermost - level), index)
                bindings.set(.component(scope: scopes[innermost].number, sort: sort.rawValue), symbol, alias)
                return alias
            }
            level -= 1
        }
        throw TextError(.unknownName, at: token, "unknown identifier")
    }

    /// Writes an alias of an outer scope's item.
    mutating func outerAlias(_ sort: ComponentSort, _ count: UInt32, _ index: UInt32) throws(TextError) -> UInt32 {
        var bytes: [UInt8] = scopes[scopes.count - 1].kind == .moduleType ? [0x10, 0x01] : sort.bytes + [0x02]
        bytes.appendUnsigned(count)
        bytes.appendUnsigned(index)
        try write(.alias, bytes)
        return next(sort)
    }

    /// Writes an alias of an instance's export.
    mutating func exportAlias(_ sort: ComponentSort, of instance: UInt32, _ name: [UInt8], isCore: Bool) throws(TextError) -> UInt32 {
        var bytes = sort.bytes
        bytes.append(isCore ? 1 : 0)
        bytes.appendUnsigned(instance)
        bytes.append(contentsOf: name)
        try write(.alias, bytes)
        return next(sort)
    }

    /// What stands behind a sort: an index, or an instance and the names of exports to follow from it.
    mutating func projection(_ sort: ComponentSort) throws(TextError) -> UInt32 {
        guard reader.ahead.kind == .string else { return try index(sort) }
        let isCore: Bool
        switch sort {
        case .coreFunction, .coreTable, .coreMemory, .coreGlobal, .coreTag: isCore = true
        default: isCore = false
        }
        var instance = try index(isCore ? .coreInstance : .instance)
        while true {
            let name = try countedName()
            guard reader.current.kind == .string else { return try exportAlias(sort, of: instance, name, isCore: isCore) }
            instance = try exportAlias(.instance, of: instance, name, isCore: false)
        }
    }

    /// `idx`, or `(sort idx name*)` of one sort; in a core context without `core`.
    mutating func reference(_ sort: ComponentSort, isCore: Bool = false) throws(TextError) -> UInt32 {
        guard reader.current.kind == .leftParenthesis else { return try projection(sort) }
        try reader.advance()
        let token = reader.current
        guard try self.sort(isCore: isCore) == sort else {
            throw TextError(.syntax, at: token, "unexpected token", expected: "another sort")
        }
        let index = try projection(sort)
        try reader.close()
        return index
    }

    /// `(sort idx name*)` of any sort.
    mutating func externReference(isCore: Bool = false) throws(TextError) -> (sort: ComponentSort, index: UInt32) {
        try reader.open()
        let sort = try sort(isCore: isCore)
        let index = try projection(sort)
        try reader.close()
        return (sort, index)
    }

    // MARK: Aliases

    /// Consumes `(alias` when it says what a definition is. An alias that is a definition by itself has a form with its sort at the end.
    mutating func takeInlineAlias() throws(TextError) -> Bool {
        guard isAtForm("alias") else { return false }
        var probe = reader
        try probe.advance()
        while probe.current.kind != .leftParenthesis, probe.current.kind != .rightParenthesis, probe.current.kind != .end {
            try probe.advance()
        }
        guard probe.current.kind == .rightParenthesis else { return false }
        return try takeForm("alias")
    }

    /// An alias's target and, when `sort` is nil, the form that gives sort and name. Returns what was defined.
    mutating func aliasTarget(_ given: ComponentSort?) throws(TextError) -> (sort: ComponentSort, index: UInt32, isNamed: Bool) {
        let isModuleType = scopes[scopes.count - 1].kind == .moduleType
        if try take("outer") {
            let token = reader.current
            let level = try outerLevel()
            let target = scopes.count - 1 - Int(level)
            let item = reader.current
            // The sort comes last; an identifier is looked up when it is known.
            var symbol: Symbol?
            var index: UInt32 = 0
            if reader.isAtIdentifier {
                symbol = try self.symbol(item)
                try reader.advance()
            } else {
                index = try natural()
            }
            let (sort, name) = try aliasResult(given, isCore: isModuleType)
            guard sort.isOuterAliasable else {
                throw TextError(.syntax, at: token, "unexpected token", expected: "`core module`, `core type`, `component` or `type`")
            }
            if let symbol {
                guard target >= 0, let found = find(sort, symbol, in: target) else {
                    throw TextError(.unknownName, at: item, "unknown identifier")
                }
                index = found
            }
            let result = try outerAlias(sort, level, index)
            try bind(name, sort, result)
            return (sort, result, true)
        }
        let isCore = try take("core")
        guard try take("export") else { throw reader.unexpected("`export`, `core export` or `outer`") }
        let instance = try index(isCore ? .coreInstance : .instance)
        let text = try countedName()
        let (sort, name) = try aliasResult(given, isCore: false)
        let result = try exportAlias(sort, of: instance, text, isCore: isCore)
        try bind(name, sort, result)
        return (sort, result, true)
    }

    private mutating func bind(_ name: (symbol: Symbol, token: Token)?, _ sort: ComponentSort, _ index: UInt32) throws(TextError) {
        guard let name else { return }
        guard bindings.insert(.component(scope: scopes[scopes.count - 1].number, sort: sort.rawValue), name.symbol, index) else {
            throw TextError(.duplicateName, at: name.token, "duplicate identifier")
        }
    }

    private mutating func aliasResult(
        _ given: ComponentSort?, isCore: Bool
    ) throws(TextError) -> (ComponentSort, (symbol: Symbol, token: Token)?) {
        if let given { return (given, nil) }
        try reader.open()
        let sort = try sort(isCore: isCore)
        let name = try namedIdentifier()
        try reader.close()
        return (sort, name)
    }

    /// How many scopes outside: a number or a scope's name.
    private mutating func outerLevel() throws(TextError) -> UInt32 {
        guard reader.isAtIdentifier else { return try natural() }
        let token = reader.current
        let symbol = try symbol(token)
        try reader.advance()
        for (distance, scope) in scopes.reversed().enumerated() where scope.name == symbol { return UInt32(distance) }
        throw TextError(.unknownName, at: token, "unknown identifier")
    }
}
