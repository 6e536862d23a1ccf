// Canonical functions: options, and the core types of lifted and lowered functions and of the built-ins.
// Spec: Binary.md, "Canonical Definitions"; CanonicalABI.md, "Canonical Definitions", "Flattening".
import Containers
import WasmModule

/// The options of a canonical function; functions by their core type's id.
struct CanonicalOptions {
    var encoding: StaticString?
    /// Whether addresses have 64 bits; nil without a memory.
    var is64: Bool?
    var realloc: UInt32?
    var postReturn: UInt32?
    var callback: UInt32?
    var isAsync = false

    var address: ValueType { is64 == true ? .i64 : .i32 }
}

extension ComponentDecoder {
    mutating func canonical() throws(ComponentError) {
        let at = reader.offset
        let byte = try reader.byte()
        guard let code = CanonicalCode(rawValue: byte) else {
            if byte >= 0x40, byte <= 0x42 { throw ComponentError(.unsupported, at: at, "shared-everything threads are not supported") }
            throw reader.invalidByte(byte, "canonical function")
        }
        var definition = Definition(kind: .canonical, sort: .coreFunction, offset: UInt32(at), first: UInt32(byte), second: UInt32(at))
        if code == .lift {
            definition.sort = .function
            return try addItem(try lift(at: at), .function, definition)
        }
        let (parameters, results) = try coreSignature(of: code, at: at)
        definition.operandCount = UInt32(reader.offset - at)
        try addItem(try table.coreFunction(parameters, results, at: at), .coreFunction, definition)
    }

    /// The core type of a canonical function other than `lift`, whose immediates it reads.
    private mutating func coreSignature(of code: CanonicalCode, at offset: Int) throws(ComponentError) -> ([ValueType], [ValueType]) {
        switch code.immediates {
        case .lower: return try lower(at: offset)
        case .resource: return try resourceBuiltin(code, at: offset)
        case .results: return try taskReturn(at: offset)
        case .context: return try context(code, at: offset)
        case .stream, .future:
            _ = try streamItem(code, at: offset)
            return code == .streamNew || code == .futureNew ? ([], [.i64]) : ([.i32], [])
        case .streamAsynchronous, .futureAsynchronous:
            _ = try streamItem(code, at: offset)
            _ = try reader.flag("async option")
            return ([.i32], [.i32])
        case .streamOptions, .futureOptions: return try copy(code, at: offset)
        case .options: return try errorContext(code, at: offset)
        case .cancellableMemory:
            _ = try cancellable()
            let is64 = try memoryItem(try reader.u32(), at: offset)
            return ([.i32, is64 ? .i64 : .i32], [.i32])
        case .asynchronous:
            _ = try reader.flag("async option")
            return ([.i32], [.i32])
        case .cancellable:
            _ = try cancellable()
            return code == .threadYield || code == .threadSuspend ? ([], [.i32]) : ([.i32], [.i32])
        case .indirect: return try newIndirect(at: offset)
        case .none, .lift: break
        }
        switch code {
        case .waitableSetNew, .threadIndex: return ([], [.i32])
        case .waitableJoin: return ([.i32, .i32], [])
        case .waitableSetDrop, .subtaskDrop, .errorContextDrop, .threadResumeLater: return ([.i32], [])
        default: return ([], [])
        }
    }

    private mutating func cancellable() throws(ComponentError) -> Bool {
        let at = reader.offset
        let byte = try reader.byte()
        guard byte < 2 else { throw ComponentError(.malformed, at: at, "invalid boolean value %", .byte(byte)) }
        return byte == 1
    }

    // MARK: Options

    private func memoryItem(_ index: UInt32, at offset: Int) throws(ComponentError) -> Bool {
        guard case .memory(let memory) = table.coreThings[Int(try item(.coreMemory, index, at: offset))] else { return false }
        return memory.is64
    }

    private mutating func options() throws(ComponentError) -> CanonicalOptions {
        var options = CanonicalOptions()
        for _ in 0..<(try reader.u32()) {
            let at = reader.offset
            let byte = try reader.byte()
            switch byte {
            case 0, 1, 2:
                let encoding: StaticString = byte == 0 ? "utf8" : byte == 1 ? "utf16" : "latin1-utf16"
                if let first = options.encoding {
                    throw invalid(at, "canonical encoding option `%` conflicts with option `%`", .word(first), .word(encoding))
                }
                options.encoding = encoding
            case 3:
                guard options.is64 == nil else { throw invalid(at, "canonical option `memory` is specified more than once") }
                options.is64 = try memoryItem(try reader.u32(), at: at)
            case 4:
                guard options.realloc == nil else { throw invalid(at, "canonical option `realloc` is specified more than once") }
                options.realloc = try item(.coreFunction, try reader.u32(), at: at)
            case 5:
                guard options.postReturn == nil else { throw invalid(at, "canonical option `post-return` is specified more than once") }
                options.postReturn = try item(.coreFunction, try reader.u32(), at: at)
            case 6:
                guard !options.isAsync else { throw invalid(at, "canonical option `async` is specified more than once") }
                options.isAsync = true
            case 7:
                guard options.callback == nil else { throw invalid(at, "canonical option `callback` is specified more than once") }
                options.callback = try item(.coreFunction, try reader.u32(), at: at)
            default: throw reader.invalidByte(byte, "canonical option")
            }
        }
        return options
    }

    /// The rules of options that hold for all canonical functions.
    private mutating func check(_ options: CanonicalOptions, isLift: Bool = false, at offset: Int) throws(ComponentError) {
        if let realloc = options.realloc {
            guard options.is64 != nil else {
                throw invalid(offset, "canonical option `realloc` requires `memory` to also be specified")
            }
            let address = options.address
            let wanted = try table.coreFunction([address, address, address, address], [address], at: offset)
            guard table.registry.isSubtype(realloc, of: wanted) else {
                throw invalid(offset, "canonical option `realloc` uses a core function with an incorrect signature")
            }
        }
        if options.postReturn != nil, !isLift { throw invalid(offset, "canonical option `post-return` cannot be specified for lowerings") }
        if options.postReturn != nil, options.isAsync {
            throw invalid(offset, "canonical option `post-return` cannot be specified for async functions")
        }
        if let callback = options.callback {
            guard isLift, options.isAsync else { throw invalid(offset, "canonical option `callback` requires an `async` lift") }
            let wanted = try table.coreFunction([.i32, .i32, .i32], [.i32], at: offset)
            guard table.registry.isSubtype(callback, of: wanted) else {
                throw invalid(offset, "canonical option `callback` uses a core function with an incorrect signature")
            }
        }
    }

    private func requireMemory(_ options: CanonicalOptions, at offset: Int) throws(ComponentError) {
        guard options.is64 != nil else { throw invalid(offset, "canonical option `memory` is required") }
    }

    private func requireRealloc(_ options: CanonicalOptions, at offset: Int) throws(ComponentError) {
        try requireMemory(options, at: offset)
        guard options.realloc != nil else { throw invalid(offset, "canonical option `realloc` is required") }
    }

    private func hasPointer(_ type: ComponentValueType) -> Bool {
        table.node(type)?.flags.contains(.hasPointer) ?? (type.primitive == .string)
    }

    private func flat(_ type: ComponentValueType, _ options: CanonicalOptions) -> FlatTypes {
        table.layout(type, is64: options.is64 == true).flat
    }

    /// The core types of a function's parameters, and whether one holds a list or a string.
    private func flatParameters(_ function: TypeNode, _ options: CanonicalOptions) -> (flat: FlatTypes, hasPointer: Bool) {
        var all = FlatTypes()
        var isPointing = false
        for index in table.memberRange(function) {
            guard let type = table.members[index].type else { continue }
            all.append(flat(type, options))
            isPointing = isPointing || hasPointer(type)
        }
        return (all, isPointing)
    }

    // MARK: lift and lower

    private mutating func zero(_ what: StaticString) throws(ComponentError) {
        let byte = try reader.byte()
        guard byte == 0 else { throw reader.invalidByte(byte, what) }
    }

    private mutating func lift(at offset: Int) throws(ComponentError) -> UInt32 {
        try zero("canonical function lift")
        let core = try item(.coreFunction, try reader.u32(), at: offset)
        let options = try options()
        let index = try reader.u32()
        let type = try item(.type, index, at: offset)
        let function = table.nodes[Int(type)]
        guard function.kind == .function else { throw invalid(offset, "type index % is not a function type", .number(UInt64(index))) }
        if options.isAsync, !function.flags.contains(.isAsync) {
            throw invalid(offset, "the `async` canonical option requires an async function type")
        }
        try check(options, isLift: true, at: offset)
        let (parameters, isPointing) = flatParameters(function, options)
        var wanted = parameters.types
        if isPointing { try requireRealloc(options, at: offset) }
        if parameters.isOverflowing {
            try requireRealloc(options, at: offset)
            wanted = [options.address]
        }
        let result = function.element.map { flat($0, options) } ?? FlatTypes()
        if let type = function.element, hasPointer(type) { try requireMemory(options, at: offset) }
        var results = result.types
        if options.isAsync {
            if result.isOverflowing { try requireMemory(options, at: offset) }
            results = options.callback != nil ? [.i32] : []
        } else if result.count > 1 {
            try requireMemory(options, at: offset)
            results = [options.address]
        }
        try requireSignature(core, wanted, results, at: offset)
        if let postReturn = options.postReturn {
            let wanted = try table.coreFunction(results, [], at: offset)
            guard table.registry.isSubtype(postReturn, of: wanted) else {
                throw invalid(offset, "canonical option `post-return` uses a core function with an incorrect signature")
            }
        }
        return type
    }

    private mutating func requireSignature(_ core: UInt32, _ parameters: [ValueType], _ results: [ValueType], at offset: Int)
        throws(ComponentError)
    {
        let wanted = try table.coreFunction(parameters, results, at: offset)
        if table.registry.isSubtype(core, of: wanted) { return }
        guard let given = table.registry.functionType(core) else { return }
        guard given.parameters == parameters else {
            throw invalid(
                offset, "lowered parameter types `%` do not match parameter types `%`", .types(PackedTypes(parameters)),
                .types(PackedTypes(given.parameters)))
        }
        throw invalid(
            offset, "lowered result types `%` do not match result types `%`", .types(PackedTypes(results)),
            .types(PackedTypes(given.results)))
    }

    private mutating func lower(at offset: Int) throws(ComponentError) -> ([ValueType], [ValueType]) {
        try zero("canonical function lower")
        let function = table.nodes[Int(try item(.function, try reader.u32(), at: offset))]
        let options = try options()
        if options.isAsync, !function.flags.contains(.isAsync) {
            throw invalid(offset, "the `async` canonical option requires an async function type")
        }
        try check(options, at: offset)
        let (parameters, isPointing) = flatParameters(function, options)
        let mostParameters = options.isAsync ? 4 : FlatTypes.most
        let mostResults = options.isAsync ? 0 : 1
        let result = function.element.map { flat($0, options) } ?? FlatTypes()
        if isPointing { try requireMemory(options, at: offset) }
        if let type = function.element, hasPointer(type) { try requireRealloc(options, at: offset) }
        var wanted = parameters.types
        if parameters.count > mostParameters {
            try requireMemory(options, at: offset)
            wanted = [options.address]
        }
        var results = result.types
        if result.count > mostResults {
            try requireMemory(options, at: offset)
            wanted.append(options.address)
            results = []
        }
        if options.isAsync { results = [.i32] }
        return (wanted, results)
    }

    // MARK: Built-ins

    private mutating func resourceBuiltin(_ code: CanonicalCode, at offset: Int) throws(ComponentError) -> ([ValueType], [ValueType]) {
        let number = try resourceItem(at: offset)
        let resource = table.resources[Int(table.nodes[Int(number)].start)]
        if code == .resourceDrop { return ([.i32], []) }
        guard resource.isLocal, resource.scope == scope.number else { throw invalid(offset, "type is not a local resource") }
        let representation = resource.is64 ? ValueType.i64 : .i32
        return code == .resourceNew ? ([representation], [.i32]) : ([.i32], [representation])
    }

    private mutating func taskReturn(at offset: Int) throws(ComponentError) -> ([ValueType], [ValueType]) {
        let result = try resultList()
        if let result, table.node(result)?.flags.contains(.hasBorrow) == true {
            throw invalid(offset, "function result cannot contain a `borrow` type")
        }
        let options = try options()
        guard options.realloc == nil, options.postReturn == nil, options.callback == nil, !options.isAsync else {
            throw invalid(offset, "`task.return` may only have the options `memory` and `string-encoding`")
        }
        guard let result else { return ([], []) }
        if hasPointer(result) { try requireMemory(options, at: offset) }
        let flat = flat(result, options)
        guard flat.isOverflowing else { return (flat.types, []) }
        try requireMemory(options, at: offset)
        return ([options.address], [])
    }

    private mutating func context(_ code: CanonicalCode, at offset: Int) throws(ComponentError) -> ([ValueType], [ValueType]) {
        let type = try coreValueType()
        let index = try reader.u32()
        guard type == .i32 || type == .i64 else { throw invalid(offset, "context slots can only hold `i32` or `i64`") }
        guard index < 2 else { throw invalid(offset, "context slot % is out of bounds", .number(UInt64(index))) }
        if let other = scope.contextType, other != type { throw invalid(offset, "all context slots of a component must have one type") }
        scopes[scopes.count - 1].contextType = type
        return code == .contextGet ? ([], [type]) : ([type], [])
    }

    /// The stream or future type that a built-in is of.
    private mutating func streamItem(_ code: CanonicalCode, at offset: Int) throws(ComponentError) -> TypeNode {
        let index = try reader.u32()
        let node = table.nodes[Int(try item(.type, index, at: offset))]
        let isStream: Bool
        switch code.immediates {
        case .stream, .streamOptions, .streamAsynchronous: isStream = true
        default: isStream = false
        }
        guard node.kind == (isStream ? .stream : .future) else {
            throw invalid(
                offset, isStream ? "type index % is not a stream type" : "type index % is not a future type", .number(UInt64(index)))
        }
        return node
    }

    /// `stream.read` and the like.
    private mutating func copy(_ code: CanonicalCode, at offset: Int) throws(ComponentError) -> ([ValueType], [ValueType]) {
        let node = try streamItem(code, at: offset)
        let options = try options()
        try check(options, at: offset)
        if let element = node.element {
            try requireMemory(options, at: offset)
            if code == .streamRead || code == .futureRead, hasPointer(element) { try requireRealloc(options, at: offset) }
        }
        let address = options.address
        return node.kind == .stream ? ([.i32, address, address], [address]) : ([.i32, address], [.i32])
    }

    private mutating func errorContext(_ code: CanonicalCode, at offset: Int) throws(ComponentError) -> ([ValueType], [ValueType]) {
        let options = try options()
        guard !options.isAsync else { throw invalid(offset, "`async` is not allowed on `error-context` functions") }
        try check(options, at: offset)
        try requireMemory(options, at: offset)
        if code == .errorContextNew { return ([options.address, options.address], [.i32]) }
        try requireRealloc(options, at: offset)
        return ([.i32, options.address], [])
    }

    private mutating func newIndirect(at offset: Int) throws(ComponentError) -> ([ValueType], [ValueType]) {
        let type = try item(.coreType, try reader.u32(), at: offset)
        let tableIndex = try reader.u32()
        guard type & CoreTypeItem.moduleBit == 0, let function = table.registry.functionType(type), function.results.isEmpty,
            function.parameters == [.i32] || function.parameters == [.i64]
        else { throw invalid(offset, "start function must take a single `i32` or `i64` argument and return nothing") }
        guard case .table(let entries) = table.coreThings[Int(try item(.coreTable, tableIndex, at: offset))], entries.element == .funcref
        else {
            throw invalid(offset, "a thread's table must hold `funcref`")
        }
        return ([entries.addressType, function.parameters[0]], [.i32])
    }
}
