// Plain instructions: the opcode's bytes and its immediates, by the kind the opcode table gives.
// Spec: WebAssembly core, 6.6.4 to 6.6.11 (plain instructions), 5.4 for the binary forms.
import WasmModule

extension Assembler {
    /// Consumes an instruction's name and immediates and writes it.
    mutating func plainInstruction(_ opcode: Opcode) throws(TextError) {
        try reader.advance()
        switch opcode {
        case .select: return try select()
        case .refTest: return try referenceTest(opcode, nullable: .refTestNull)
        case .refCast: return try referenceTest(opcode, nullable: .refCastNull)
        default: break
        }
        appendOpcode(opcode)
        try immediates(opcode)
    }

    /// Appends an opcode's bytes.
    mutating func appendOpcode(_ opcode: Opcode) {
        let row = opcode.row
        if row.prefix == 0 {
            code.body.append(UInt8(truncatingIfNeeded: row.number))
        } else {
            code.body.append(row.prefix)
            code.body.appendUnsigned(UInt32(row.number))
        }
    }

    private mutating func immediates(_ opcode: Opcode) throws(TextError) {
        let kind = opcode.row.immediate
        switch kind {
        case .none: return
        case .block, .tryTable, .types: throw reader.unexpected("a plain instruction")
        case .label: code.body.appendUnsigned(try label())
        case .labels: try labels()
        case .function: code.body.appendUnsigned(try index(.function))
        case .type: code.body.appendUnsigned(try index(.type))
        case .typeTable: try indirectCall()
        case .table: code.body.appendUnsigned(try optionalIndex(.table))
        case .local: code.body.appendUnsigned(try localIndex())
        case .global: code.body.appendUnsigned(try index(.global))
        case .tag: code.body.appendUnsigned(try index(.tag))
        case .memory: code.body.appendUnsigned(try optionalIndex(.memory))
        case .memoryArgument: try memoryArgument(opcode)
        case .memoryArgumentLane: try memoryArgumentLane(opcode)
        case .memoryMemory: try indexPair(.memory)
        case .tableTable: try indexPair(.table)
        case .data:
            needsDataCount = true
            code.body.appendUnsigned(try index(.data))
        case .dataMemory: try segmentAndContainer(.data, .memory)
        case .element: code.body.appendUnsigned(try index(.element))
        case .elementTable: try segmentAndContainer(.element, .table)
        case .i32, .i64: try integerConstant(bitCount: kind == .i32 ? 32 : 64)
        case .f32, .f64: try floatConstant(isDouble: kind == .f64)
        case .v128: try vectorConstant()
        case .lane: code.body.append(try lane())
        case .shuffle: try shuffleLanes()
        case .heapType:
            let heap = try heapType()
            heap.append(to: &code.body)
        case .typeField: try structureField()
        case .typeCount:
            code.body.appendUnsigned(try index(.type))
            code.body.appendUnsigned(try natural32("a count"))
        case .typeData:
            needsDataCount = true
            code.body.appendUnsigned(try index(.type))
            code.body.appendUnsigned(try index(.data))
        case .typeElement:
            code.body.appendUnsigned(try index(.type))
            code.body.appendUnsigned(try index(.element))
        case .typeType:
            code.body.appendUnsigned(try index(.type))
            code.body.appendUnsigned(try index(.type))
        case .castBranch: try castBranch()
        }
    }

    /// An index that may be left out when it is 0.
    private mutating func optionalIndex(_ space: NameSpace) throws(TextError) -> UInt32 {
        reader.isAtIndex ? try index(space) : 0
    }

    /// A local of the current function; none exists in a constant expression.
    private mutating func localIndex() throws(TextError) -> UInt32 {
        try index(.local(function: code.function ?? .max))
    }

    /// Both indices or neither.
    private mutating func indexPair(_ space: NameSpace) throws(TextError) {
        guard reader.isAtIndex else {
            code.body.append(0)
            code.body.append(0)
            return
        }
        code.body.appendUnsigned(try index(space))
        code.body.appendUnsigned(try index(space))
    }

    /// `container? segment` in the text, segment then container in the binary.
    private mutating func segmentAndContainer(_ segment: NameSpace, _ container: NameSpace) throws(TextError) {
        if segment == .data { needsDataCount = true }
        let isAheadIndex = reader.ahead.kind == .natural || reader.ahead.kind == .identifier || reader.ahead.kind == .quotedIdentifier
        let containerIndex = reader.isAtIndex && isAheadIndex ? try index(container) : 0
        code.body.appendUnsigned(try index(segment))
        code.body.appendUnsigned(containerIndex)
    }

    /// `br_table`'s targets: all but the last, counted, then the last.
    private mutating func labels() throws(TextError) {
        var targets: [UInt8] = []
        var count: UInt32 = 0
        var last = try label()
        while reader.isAtIndex {
            targets.appendUnsigned(last)
            count += 1
            last = try label()
        }
        code.body.appendUnsigned(count)
        code.body.append(contentsOf: targets)
        code.body.appendUnsigned(last)
    }

    private mutating func indirectCall() throws(TextError) {
        let table = try optionalIndex(.table)
        code.body.appendUnsigned(try typeUse(bindingTo: nil, allowsNames: false))
        code.body.appendUnsigned(table)
    }

    /// `select`, plain or with its type.
    private mutating func select() throws(TextError) {
        guard reader.isAtForm(.result) else { return appendOpcode(.select) }
        var signature = Signature()
        try results(into: &signature)
        appendOpcode(.selectTyped)
        code.body.appendUnsigned(signature.resultCount)
        code.body.append(contentsOf: signature.results)
    }

    /// `ref.test` and `ref.cast`: the reference type chooses between two opcodes.
    private mutating func referenceTest(_ opcode: Opcode, nullable: Opcode) throws(TextError) {
        let (heap, isNullable) = try referenceTypeParts()
        appendOpcode(isNullable ? nullable : opcode)
        heap.append(to: &code.body)
    }

    /// A reference type as heap type and nullability.
    private mutating func referenceTypeParts() throws(TextError) -> (HeapTypeCode, Bool) {
        if try reader.takeForm(.ref) {
            let isNullable = try reader.take(.null)
            let heap = try heapType()
            try reader.close()
            return (heap, isNullable)
        }
        guard reader.current.kind == .keyword, let byte = AbstractHeapType.shorthand(reader.word) else {
            throw reader.unexpected("a reference type")
        }
        try reader.advance()
        return (HeapTypeCode(value: Int64(byte), isAbstract: true), true)
    }

    private mutating func castBranch() throws(TextError) {
        let target = try label()
        let (source, isSourceNullable) = try referenceTypeParts()
        let (destination, isDestinationNullable) = try referenceTypeParts()
        code.body.append((isSourceNullable ? 1 : 0) | (isDestinationNullable ? 2 : 0))
        code.body.appendUnsigned(target)
        source.append(to: &code.body)
        destination.append(to: &code.body)
    }

    private mutating func structureField() throws(TextError) {
        let type = try index(.type)
        code.body.appendUnsigned(type)
        code.body.appendUnsigned(try index(.field(type: type)))
    }
}
