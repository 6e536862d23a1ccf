// A cursor over instructions. Specification 5.4.

/// Reads instructions one by one from a stretch of a module. Allocates nothing. Knows no types: what it gives is well-formed, not valid.
public struct InstructionReader {
    var bytes: ByteReader
    /// What is allowed.
    public let features: Features
    /// The proposals whose instructions need no further look: bits of `features`, or none where floats are off.
    private let plainlyAllowed: UInt32
    /// What begins before here has three bytes behind its first, if the common case of an instruction is allowed at all.
    let plainEnd: UnsafePointer<UInt8>
    private let branchTargetLimit: Int
    /// Whether segments of data may be named: code needs the data count section for it, constant expressions do not.
    private let hasDataCount: Bool
    // The generated tables. SAFETY: literal arrays of integers are static data, never freed or moved.
    private nonisolated(unsafe) let numbers: UnsafePointer<UInt16>
    private nonisolated(unsafe) let signatures: UnsafePointer<UInt64>
    private nonisolated(unsafe) let identities: UnsafePointer<UInt64>

    /// A reader for a stretch of a module: a constant expression, or a body's code after the locals.
    public init(_ module: ModuleImage, _ range: ByteRange) {
        self.init(module, ByteReader(module.bytes, range))
    }

    init(_ module: ModuleImage, _ bytes: ByteReader, isConstant: Bool = false) {
        self.bytes = bytes
        features = module.features
        plainlyAllowed = features.contains(.floatingPoint) ? features.rawValue : 0
        let allowsPlain = features.contains(.floatingPoint) && features.contains(.signExtension)
        plainEnd = allowsPlain && bytes.remaining >= 4 ? bytes.end - 3 : bytes.start
        branchTargetLimit = module.limits.branchTableTargets
        hasDataCount = isConstant || module.dataCount != nil
        numbers = opcodeNumbers.withUnsafeBufferPointer { $0.baseAddress! }
        signatures = opcodeSignatureWords.withUnsafeBufferPointer { $0.baseAddress! }
        identities = opcodeIdentityWords.withUnsafeBufferPointer { $0.baseAddress! }
    }

    /// Where the next instruction is, from the module's start.
    public var offset: Int { bytes.offset }

    /// Whether nothing is left.
    public var isAtEnd: Bool { bytes.isAtEnd }

    /// Reads the next instruction. Throws at the end of the stretch: look for `isAtEnd` first.
    public mutating func next(_ instruction: inout Instruction) throws(WasmError) {
        let offset = bytes.offset
        instruction.offset = UInt32(truncatingIfNeeded: offset)
        let byte = try bytes.byte()
        var raw = numbers[Int(byte)]
        if raw == OpcodeMap.none { raw = try prefixed(byte, at: offset) }
        let opcode = OpcodeMap.opcode(raw)
        instruction.opcode = opcode
        let signature = signatures[Int(raw)]
        if plainlyAllowed &>> UInt32(truncatingIfNeeded: signature &>> 40) & 1 == 0, !isAllowed(raw) {
            throw InstructionReader.refusal(opcode, at: offset, features)
        }
        // SAFETY: the table holds raw values of `ImmediateKind`, which is dense from 0.
        switch unsafeBitCast(UInt8(truncatingIfNeeded: signature >> 32), to: ImmediateKind.self) {
        case .none:
            break
        case .local, .label, .function, .global, .type, .tag, .table, .element:
            instruction.index = try bytes.u32()
        case .i32:
            instruction.bits = UInt64(UInt32(bitPattern: try bytes.s32()))
        case .memoryArgument:
            try memoryArgument(&instruction)
        case .block:
            try blockType(&instruction)
        case .i64:
            instruction.bits = UInt64(bitPattern: try bytes.s64())
        case .f32:
            instruction.bits = UInt64(try bytes.fixed32())
        case .f64:
            instruction.bits = try bytes.fixed64()
        case .typeTable:
            instruction.index = try bytes.u32()
            let at = bytes.offset
            instruction.secondIndex = try bytes.u32()
            if !features.contains(.referenceTypes), bytes.offset != at + 1 || instruction.secondIndex != 0 { throw zeroExpected(at) }
        case .labels:
            try labels(&instruction)
        case .memory:
            instruction.index = try memoryIndex()
        case .memoryMemory:
            instruction.index = try memoryIndex()
            instruction.secondIndex = try memoryIndex()
        case .data:
            try requireDataCount(offset)
            instruction.index = try bytes.u32()
        case .dataMemory:
            try requireDataCount(offset)
            instruction.index = try bytes.u32()
            instruction.secondIndex = try memoryIndex()
        case .elementTable, .tableTable, .typeField, .typeCount, .typeElement, .typeType:
            instruction.index = try bytes.u32()
            instruction.secondIndex = try bytes.u32()
        case .typeData:
            try requireDataCount(offset)
            instruction.index = try bytes.u32()
            instruction.secondIndex = try bytes.u32()
        case .lane:
            instruction.lane = try bytes.byte()
        case .memoryArgumentLane:
            try memoryArgument(&instruction)
            instruction.lane = try bytes.byte()
        case .v128, .shuffle:
            instruction.bits = try bytes.fixed64()
            instruction.highBits = try bytes.fixed64()
        case .heapType:
            instruction.bits = UInt64(try bytes.heapType().rawValue)
        case .types:
            try selectTypes(&instruction)
        case .tryTable:
            try tryTable(&instruction)
        case .castBranch:
            try castBranch(&instruction)
        }
    }

    /// Whether an instruction's proposal is on, and floating point where it has to do with that.
    @inline(never) private func isAllowed(_ raw: UInt16) -> Bool {
        let proposal = UInt32(truncatingIfNeeded: signatures[Int(raw)] >> 40) & 0xFF
        let floats = identities[Int(raw)] >> 56 & 1
        return features.rawValue >> proposal & 1 != 0 && (floats == 0 || features.contains(.floatingPoint))
    }

    /// The number of an instruction behind a prefix byte.
    @inline(never) private mutating func prefixed(_ prefix: UInt8, at offset: Int) throws(WasmError) -> UInt16 {
        guard prefix >= 0xFB, prefix <= 0xFD else { throw InstructionReader.illegal(prefix, at: offset) }
        let raw = OpcodeMap.number(prefix: prefix, number: try bytes.u32())
        guard raw != OpcodeMap.none else { throw InstructionReader.illegal(prefix, at: offset) }
        return raw
    }

    @inline(never) private static func illegal(_ byte: UInt8, at offset: Int) -> WasmError {
        WasmError(.malformed, at: offset, "illegal opcode", .byte, UInt64(byte))
    }

    /// The error of an instruction whose proposal is off.
    @inline(never) private static func refusal(_ opcode: Opcode, at offset: Int, _ features: Features) -> WasmError {
        let row = opcode.row
        let message: StaticString
        if features.contains(row.proposal) {
            message = "floating point is not enabled"
        } else {
            switch row.proposal {
            case .garbageCollection: message = "garbage collection is not enabled"
            case .simd: message = "SIMD is not enabled"
            case .relaxedSIMD: message = "relaxed SIMD is not enabled"
            case .exceptions: message = "exception handling is not enabled"
            case .legacyExceptions: message = "the older exception handling is not enabled"
            case .tailCalls: message = "tail calls are not enabled"
            case .functionReferences: message = "typed function references are not enabled"
            case .referenceTypes: message = "reference types are not enabled"
            case .bulkMemory: message = "bulk memory operations are not enabled"
            case .signExtension: message = "sign extension is not enabled"
            case .saturatingConversions: message = "saturating conversions are not enabled"
            case .core: message = "WebAssembly is not enabled"
            }
        }
        return WasmError(.unsupported, at: offset, message, .opcode, UInt64(opcode.rawValue))
    }

    @inline(never) private func zeroExpected(_ offset: Int) -> WasmError { WasmError(.malformed, at: offset, "zero byte expected") }

    @inline(__always) private func requireDataCount(_ offset: Int) throws(WasmError) {
        guard hasDataCount else { throw WasmError(.malformed, at: offset, "data count section required") }
    }

    /// A memory's index; a zero byte before there were several memories.
    @inline(__always) private mutating func memoryIndex() throws(WasmError) -> UInt32 {
        let at = bytes.offset
        let index = try bytes.u32()
        if !features.contains(.multiMemory), index != 0 || bytes.offset != at + 1 { throw zeroExpected(at) }
        return index
    }

    @inline(__always) private mutating func memoryArgument(_ instruction: inout Instruction) throws(WasmError) {
        let at = bytes.offset
        let flags = try bytes.u32()
        if flags < 0x40 {
            instruction.alignment = UInt8(truncatingIfNeeded: flags)
            instruction.index = 0
        } else {
            guard flags < 0x80, features.contains(.multiMemory) else { throw WasmError(.malformed, at: at, "malformed memop flags") }
            instruction.alignment = UInt8(truncatingIfNeeded: flags & 0x3F)
            instruction.index = try bytes.u32()
        }
        // Wide enough for a 64-bit memory; the validator refuses what a 32-bit one cannot address.
        instruction.bits = try bytes.u64()
    }

    @inline(__always) private mutating func blockType(_ instruction: inout Instruction) throws(WasmError) {
        guard !bytes.isAtEnd else { throw bytes.unexpectedEnd() }
        if bytes.cursor.pointee == TypeCode.emptyBlock {
            bytes.cursor += 1
            instruction.bits = 0
            return
        }
        try longBlockType(&instruction)
    }

    @inline(never) private mutating func longBlockType(_ instruction: inout Instruction) throws(WasmError) {
        let at = bytes.offset
        // A one-byte negative number begins a value type, anything else is a type index.
        if bytes.cursor.pointee & 0xC0 == 0x40 {
            instruction.bits = BlockType.value(try bytes.valueType()).rawValue
            return
        }
        let index = try bytes.s33()
        guard index >= 0 else { throw WasmError(.malformed, at: at, "malformed block type") }
        instruction.bits = BlockType.index(UInt32(truncatingIfNeeded: index)).rawValue
    }

    private mutating func labels(_ instruction: inout Instruction) throws(WasmError) {
        let at = bytes.offset
        let count = try bytes.length()
        guard count < branchTargetLimit else {
            throw WasmError(.limit, at: at, "too many br_table targets", .bound, UInt64(branchTargetLimit))
        }
        instruction.index = UInt32(truncatingIfNeeded: count)
        instruction.highBits = UInt64(UInt(bitPattern: bytes.cursor))
        for _ in 0...count { _ = try bytes.u32() }
    }

    private mutating func selectTypes(_ instruction: inout Instruction) throws(WasmError) {
        let count = try bytes.length()
        instruction.index = UInt32(truncatingIfNeeded: count)
        instruction.bits = 0
        for _ in 0..<count { instruction.bits = UInt64(try bytes.valueType().rawValue) }
    }

    private mutating func tryTable(_ instruction: inout Instruction) throws(WasmError) {
        try blockType(&instruction)
        let count = try bytes.length()
        instruction.secondIndex = UInt32(truncatingIfNeeded: count)
        instruction.highBits = UInt64(UInt(bitPattern: bytes.cursor))
        for _ in 0..<count {
            let at = bytes.offset
            let kind = try bytes.byte()
            guard kind < 4 else { throw WasmError(.malformed, at: at, "malformed catch clause") }
            if kind < 2 { _ = try bytes.u32() }
            _ = try bytes.u32()
        }
    }

    private mutating func castBranch(_ instruction: inout Instruction) throws(WasmError) {
        let at = bytes.offset
        let flags = try bytes.byte()
        guard flags < 4 else { throw WasmError(.malformed, at: at, "malformed br_on_cast flags") }
        instruction.index = try bytes.u32()
        instruction.bits = UInt64(ValueType(nullable: flags & 1 != 0, try bytes.heapType()).rawValue)
        instruction.highBits = UInt64(ValueType(nullable: flags & 2 != 0, try bytes.heapType()).rawValue)
    }
}

extension ModuleImage {
    /// All types of a typed `select` of this module. A valid one has one, which `selectType` gives.
    public func selectTypes(_ instruction: Instruction) -> [ValueType] {
        var reader = ByteReader(bytes, ByteRange(offset: instruction.offset, count: UInt32(bytes.count) - instruction.offset))
        var types: [ValueType] = []
        do throws(WasmError) {
            _ = try reader.byte()
            for _ in 0..<(try reader.length()) { types.append(try reader.valueType()) }
        } catch {
            // The instruction was read from these bytes before.
            return types
        }
        return types
    }
}
