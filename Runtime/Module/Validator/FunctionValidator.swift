// The specification's validation algorithm over one function body, instruction by instruction. Specification 3.4, appendix A.3.
// Owns the operand, control and local stacks, and reuses them from function to function.

import Containers

/// Validates function bodies one after the other. The caller reads instructions and hands them over in order:
///
///     var reader = try validator.begin(body: i)
///     while !validator.isFinished {
///         try reader.next(&instruction)
///         try validator.validate(&instruction)
///     }
///     try validator.end(reader)
///
/// An instruction is handed over as it is, so that it need not be copied; it is not changed. Before `validate` the stacks are as the instruction finds them, after it as it leaves them; a translator looks at either.
public struct FunctionValidator: ~Copyable {
    let module: ModuleImage
    var operands = GrowableArray<ValueType>()
    var frames = GrowableArray<ControlFrame>()
    var localTypes = GrowableArray<ValueType>()
    /// The innermost frame's height and reachability, kept here for the hot paths.
    var height = 0
    var isDead = false
    /// The block that the last `end` or `delegate` closed, as it was before.
    public internal(set) var closedFrame: ControlFrame
    /// Where the body says it ends, from the module's start.
    var bodyEnd = 0
    /// The locals before here are named by one byte and have a value at any time.
    var plainLocalCount = 0
    /// Whether a local of this function starts without a value. Only then the following two are kept.
    var tracksInitialization = false
    /// For each local, whether it has a value.
    var initialized = GrowableArray<Bool>()
    /// The locals that got a value, in order, so that a block's end can take them back.
    var initializations = GrowableArray<UInt32>()

    // What every instruction may look at. SAFETY: the image is immutable now and lives as long as this validator holds it.
    nonisolated(unsafe) let signatureWords: UnsafePointer<UInt64>
    nonisolated(unsafe) let plainWords: UnsafePointer<UInt64>
    nonisolated(unsafe) let functions: UnsafePointer<UInt32>
    nonisolated(unsafe) let globals: UnsafePointer<GlobalDefinition>
    nonisolated(unsafe) let tables: UnsafePointer<TableDefinition>
    nonisolated(unsafe) let memories: UnsafePointer<MemoryType>
    let functionCount: Int
    let globalCount: Int
    let tableCount: Int
    let memoryCount: Int
    /// The first memory is there and has 32-bit addresses: the common case of every access.
    let hasPlainMemory: Bool
    private let operandLimit: Int

    /// A validator for a module's functions. Allocates nothing yet.
    public init(_ module: ModuleImage) {
        self.module = module
        signatureWords = opcodeSignatureWords.withUnsafeBufferPointer { $0.baseAddress! }
        plainWords = opcodePlainWords.withUnsafeBufferPointer { $0.baseAddress! }
        functions = stable(module.functions)
        globals = stable(module.globals)
        tables = stable(module.tables)
        memories = stable(module.memories)
        functionCount = module.functions.count
        globalCount = module.globals.count
        tableCount = module.tables.count
        memoryCount = module.memories.count
        operandLimit = module.limits.functionOperands
        hasPlainMemory = module.memories.first.map { !$0.is64 } ?? false
        closedFrame = ControlFrame(
            kind: .function, isUnreachable: false, parameterCount: 0, resultCount: 0, height: 0, initializationHeight: 0,
            singleResult: .unknown, offset: 0, types: nil)
    }

    /// Starts on `module.bodies[body]`: reads its locals and gives the reader of its code.
    public mutating func begin(body: Int) throws(WasmError) -> InstructionReader {
        let range = module.bodies[body]
        let signature = module.signature(ofFunction: UInt32(module.importedFunctionCount + body))
        operands.removeAll()
        frames.removeAll()
        localTypes.removeAll()
        initialized.removeAll()
        initializations.removeAll()
        tracksInitialization = false
        for type in signature.parameters {
            guard localTypes.append(type) else { throw outOfMemory(Int(range.offset)) }
        }
        var reader = ByteReader(module.bytes, range)
        try declareLocals(&reader)
        try pushFrame(
            ControlFrame(
                kind: .function, isUnreachable: false, parameterCount: signature.parameterCount, resultCount: signature.resultCount,
                height: 0, initializationHeight: 0, singleResult: .unknown, offset: range.offset, types: signature.base))
        // As in the reference interpreter code is read up to its last `end`, and only then compared with the body's size.
        bodyEnd = range.end
        reader.end = reader.start + module.bytes.count
        return InstructionReader(module, reader)
    }

    private mutating func declareLocals(_ reader: inout ByteReader) throws(WasmError) {
        let limit = module.limits.functionLocals
        let parameterCount = localTypes.count
        let at = reader.offset
        // Runs, not locals: each takes two bytes at least.
        let runCount = try reader.length()
        var total: UInt64 = 0
        var isOverLimit = parameterCount > limit
        for _ in 0..<runCount {
            let runOffset = reader.offset
            let count = try reader.u32()
            let typeOffset = reader.offset
            let type = try reader.valueType()
            total += UInt64(count)
            guard total <= UInt64(UInt32.max) else { throw WasmError(.malformed, at: runOffset, "too many locals") }
            if let refusal = module.refusal(of: type, at: typeOffset, indexBound: module.types.count) { throw refusal }
            if UInt64(parameterCount) + total > UInt64(limit) { isOverLimit = true }
            if isOverLimit { continue }
            guard localTypes.append(repeating: type, count: Int(count)) else { throw outOfMemory(runOffset) }
            if !type.isDefaultable, count > 0 { tracksInitialization = true }
        }
        if isOverLimit { throw WasmError(.limit, at: at, "too many locals", .bound, UInt64(limit)) }
        plainLocalCount = tracksInitialization ? 0 : min(localTypes.count, 0x80)
        guard tracksInitialization else { return }
        for index in 0..<localTypes.count {
            guard initialized.append(index < parameterCount || localTypes.base[index].isDefaultable) else { throw outOfMemory(at) }
        }
    }

    /// Checks that the body ends where its last `end` is.
    public mutating func end(_ reader: InstructionReader) throws(WasmError) {
        guard reader.offset == bodyEnd else { throw WasmError(.malformed, at: reader.offset, "section size mismatch") }
    }

    // MARK: What a translator looks at

    /// Whether the function's last `end` has been validated.
    public var isFinished: Bool { frames.isEmpty }
    /// Whether the next instruction cannot be reached.
    public var isUnreachable: Bool { isDead }
    /// How many operands are on the stack.
    public var operandCount: Int { operands.count }
    /// An operand's type; 0 is the top. `.unknown` where the stack is polymorphic.
    public func operand(_ depth: Int) -> ValueType {
        let index = operands.count &- 1 &- depth
        return index >= height ? operands.base[index] : .unknown
    }
    /// How many blocks are open, the function included.
    public var frameCount: Int { frames.count }
    /// An open block; 0 is the innermost, `frameCount - 1` the function. `label` must be below `frameCount`.
    public func frame(_ label: Int) -> ControlFrame { frames[frames.count - 1 - label] }
    /// The locals' types, parameters first. Valid until the next `begin`.
    public var locals: UnsafeBufferPointer<ValueType> { UnsafeBufferPointer(start: localTypes.base, count: localTypes.count) }

    /// Validates every body of a module.
    @export(interface) @inline(never)
    public static func validateAll(_ module: ModuleImage) throws(WasmError) {
        var validator = FunctionValidator(module)
        var instruction = Instruction()
        for body in module.bodies.indices {
            var reader = try validator.begin(body: body)
            while !validator.isFinished {
                try validator.next(&reader, &instruction)
            }
            try validator.end(reader)
        }
    }

    // MARK: The operand stack

    @inline(__always) mutating func push(_ type: ValueType, _ offset: UInt32) throws(WasmError) {
        guard operands.append(type) else { throw outOfMemory(Int(offset)) }
    }

    /// Takes an operand of a type, or of one of its sub types.
    @inline(__always) mutating func pop(_ expected: ValueType, _ offset: UInt32) throws(WasmError) {
        let top = operands.count &- 1
        if top >= height, operands.base[top] == expected {
            operands.truncate(to: top)
            return
        }
        try popUnequal(expected, offset)
    }

    @inline(never) private mutating func popUnequal(_ expected: ValueType, _ offset: UInt32) throws(WasmError) {
        let top = operands.count - 1
        if top < height {
            if isDead { return }
            throw mismatch(expected, nil, offset)
        }
        let actual = operands.base[top]
        guard module.isSubtype(actual, of: expected) else { throw mismatch(expected, actual, offset) }
        operands.truncate(to: top)
    }

    /// Takes an operand of any type; `.unknown` from a polymorphic stack.
    @inline(__always) mutating func popAny(_ offset: UInt32) throws(WasmError) -> ValueType {
        let top = operands.count &- 1
        if top >= height {
            let type = operands.base[top]
            operands.truncate(to: top)
            return type
        }
        if isDead { return .unknown }
        throw mismatch(.unknown, nil, offset)
    }

    /// Takes a reference; `.unknown` from a polymorphic stack.
    mutating func popReference(_ offset: UInt32) throws(WasmError) -> ValueType {
        let type = try popAny(offset)
        guard type.isReference || type == .unknown else { throw mismatch(.anyref, type, offset) }
        return type
    }

    @inline(__always) mutating func pop(_ types: UnsafeBufferPointer<ValueType>, _ offset: UInt32) throws(WasmError) {
        var index = types.count
        while index > 0 {
            index &-= 1
            try pop(types[index], offset)
        }
    }

    /// Whether `count` operands more are within the limit. Asked where several come at once: only there can a few bytes of code make
    /// the stack grow by much.
    @inline(__always) mutating func expect(_ count: Int, _ offset: UInt32) throws(WasmError) {
        if count > 1, operands.count &+ count > operandLimit { throw tooManyOperands(offset) }
    }

    @inline(__always) mutating func push(_ types: UnsafeBufferPointer<ValueType>, _ offset: UInt32) throws(WasmError) {
        try expect(types.count, offset)
        for type in types { try push(type, offset) }
    }

    @inline(never) private mutating func tooManyOperands(_ offset: UInt32) -> WasmError {
        WasmError(.limit, at: Int(offset), "too many operands", .bound, UInt64(operandLimit))
    }

    // MARK: Errors

    @inline(never) mutating func outOfMemory(_ offset: Int) -> WasmError { WasmError(.outOfMemory, at: offset, "out of memory") }

    @inline(never) mutating func invalid(_ message: StaticString, _ offset: UInt32) -> WasmError {
        WasmError(.invalid, at: Int(offset), message)
    }

    @inline(never) mutating func unknown(_ message: StaticString, _ index: UInt32, _ offset: UInt32) -> WasmError {
        WasmError(.invalid, at: Int(offset), message, .number, UInt64(index))
    }

    /// A mismatch; nil is a stack that is too short.
    @inline(never) mutating func mismatch(_ expected: ValueType, _ actual: ValueType?, _ offset: UInt32) -> WasmError {
        WasmError(
            .invalid, at: Int(offset), "type mismatch", .types, UInt64(expected.rawValue), actual.map { UInt64($0.rawValue) } ?? UInt64.max)
    }
}

/// The address of an array's elements. SAFETY: stays valid while the array lives and is not changed; both hold for a decoded image.
private func stable<Element>(_ array: [Element]) -> UnsafePointer<Element> {
    array.withUnsafeBufferPointer { $0.baseAddress } ?? UnsafePointer(bitPattern: MemoryLayout<Element>.alignment)!
}
