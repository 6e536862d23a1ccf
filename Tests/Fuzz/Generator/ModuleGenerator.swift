// Makes valid modules from a seed, whose behaviour is the same under every correct engine. Owns no state beyond one module's.
//
// What the specification leaves open is kept out of sight: after each operation that may make a NaN its payload is made canonical.
// Every function entry and loop head counts a global down and traps at zero, so each call ends.
import WasmModule

/// Numbers from a seed: the same everywhere. (SplitMix64.)
package struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    /// The numbers of a seed.
    package init(state: UInt64) { self.state = state }
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The rows of fixed type and without immediates, by result: the generator picks from the opcode table, so that it tries every row.
package struct OperationChoice {
    var byResult: [ValueType: [OpcodeRow]] = [:]
    var loads: [ValueType: [OpcodeRow]] = [:]
    var stores: [ValueType: [OpcodeRow]] = [:]

    /// What locals may hold.
    let localTypes: [ValueType]

    package init(hasVectors: Bool) {
        localTypes = hasVectors ? [.i32, .i64, .f32, .f64, .v128] : [.i32, .i64, .f32, .f64]
        var proposals: Set<Proposal> = [.core, .signExtension, .saturatingConversions]
        if hasVectors { proposals.insert(.simd) }
        for row in Opcode.allRows where proposals.contains(row.proposal) {
            switch row.shape {
            case .simple where row.resultCount == 1 && row.operandCount > 0 && (row.immediate == .none || row.immediate == .lane):
                byResult[row.result(0), default: []].append(row)
            case .load: loads[row.result(0), default: []].append(row)
            case .store: stores[row.operand(0), default: []].append(row)
            default: break
            }
        }
    }
}

/// What a generated module shows of itself.
package enum ModulePurpose {
    /// Its functions, and a checksum over its memories and second table.
    case compared
    /// Its globals, memories and tables too, for who looks at all of them; its checksum is over the second table only.
    case observed
    /// `run` besides, which calls every function three times and gives a hash of what they gave and of what they left behind.
    case program
}

/// One module in the making.
package struct ModuleGenerator {
    static let numberTypes: [ValueType] = [.i32, .i64, .f32, .f64]
    var localTypes: [ValueType] { choice.localTypes }
    let choice: OperationChoice
    var random: SeededNumbers

    var types: [FunctionType] = []
    var functions: [UInt32] = []
    var globals: [ValueType] = []
    /// The first has 32 bits of address; the others may have 64.
    var memories: [MemoryType] = []
    /// The first is for indirect calls and never changes; the second changes, and may have 64 bits of address.
    var tables: [TableType] = []
    /// What each tag carries: a value, or nothing.
    var tags: [ValueType?] = []

    // The function at hand.
    var code = ModuleEncoder()
    var locals: [ValueType] = []
    var scratch: [ValueType: UInt32] = [:]
    /// Locals of type `funcref` and `exnref`.
    var functionLocal: UInt32 = 0
    var exceptionLocal: UInt32 = 0
    var results: [ValueType] = []
    /// What a branch to each open label carries; the innermost last. Nil for a loop.
    var labels: [[ValueType]] = []
    var budget = 0

    let purpose: ModulePurpose

    package init(seed: UInt64, choice: OperationChoice, purpose: ModulePurpose = .compared) {
        random = SeededNumbers(state: seed)
        self.choice = choice
        self.purpose = purpose
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }

    /// The module's bytes. Exports `f0`, `f1`, ... and `checksum`, and what its purpose adds.
    package mutating func generate() -> [UInt8] {
        for _ in 0...below(4) {
            types.append(
                FunctionType(
                    parameters: (0..<below(4)).map { _ in pick(Self.numberTypes) },
                    results: (0..<(chance(85) ? 1 : below(3))).map { _ in pick(Self.numberTypes) }))
        }
        functions = (0...below(4)).map { _ in UInt32(below(types.count)) }
        // Global 0 is the countdown.
        globals = [.i32] + (0..<below(4)).map { _ in pick(localTypes) }
        memories = [MemoryType(limits: Limits(minimum: 1, maximum: 3))]
        for _ in 0..<below(3) { memories.append(MemoryType(limits: Limits(minimum: 1, maximum: 3), is64: chance(50))) }
        tables = [
            TableType(element: .funcref, limits: Limits(minimum: UInt64(functions.count + 2))),
            TableType(element: .funcref, limits: Limits(minimum: 8, maximum: 16), is64: chance(40)),
        ]
        tags = [nil] + (0..<below(4)).map { _ in pick(localTypes) }
        let checksumType = UInt32(types.count)
        var module = ModuleEncoder.module()
        module.section(.type) { section in
            section.count(types.count + 1 + tags.count)
            for type in types { section.subType(SubType(composite: .function(type))) }
            section.subType(SubType(composite: .function(FunctionType(results: [.i64]))))
            for tag in tags { section.subType(SubType(composite: .function(FunctionType(parameters: tag.map { [$0] } ?? [])))) }
        }
        module.section(.function) { section in
            section.count(functions.count + (purpose == .program ? 2 : 1))
            for type in functions { section.index(type) }
            section.index(checksumType)
            if purpose == .program { section.index(checksumType) }
        }
        module.section(.table) {
            $0.count(tables.count)
            for table in tables { $0.tableType(table) }
        }
        module.section(.memory) {
            $0.count(memories.count)
            for memory in memories { $0.memoryType(memory) }
        }
        module.section(.tag) {
            $0.count(tags.count)
            for tag in tags.indices { $0.tagType(TagType(typeIndex: checksumType + 1 + UInt32(tag))) }
        }
        let initial = globals.map { type in constant(type) }
        module.section(.global) { section in
            section.count(globals.count)
            for (position, type) in globals.enumerated() {
                section.globalType(GlobalType(value: type, isMutable: true))
                if position == 0 {
                    section.opcode(.i32Const)
                    section.signed(1000)
                } else {
                    section.raw(initial[position])
                }
                section.opcode(.end)
            }
        }
        module.section(.export) { exportAll(&$0) }
        module.section(.element) { section in
            section.count(2)
            section.count(0)
            section.opcode(.i32Const)
            section.signed(0)
            section.opcode(.end)
            section.count(functions.count)
            for index in functions.indices { section.index(UInt32(index)) }
            // A passive one for `table.init`.
            section.raw([1, 0])
            section.count(functions.count)
            for index in functions.indices.reversed() { section.index(UInt32(index)) }
        }
        module.section(.dataCount) { $0.count(2) }
        var bodies = functions.map { function(types[Int($0)]) }
        bodies.append(checksum())
        if purpose == .program { bodies.append(program()) }
        module.section(.code) { section in
            section.count(bodies.count)
            for body in bodies { section.name(bytes: body) }
        }
        let data = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
        module.section(.data) { section in
            section.count(2)
            section.count(0)
            section.opcode(.i32Const)
            section.signed(8)
            section.opcode(.end)
            section.name(bytes: data)
            // A passive one for `memory.init`.
            section.count(1)
            section.name(bytes: data.reversed())
        }
        return module.bytes
    }

    // MARK: Bodies

    private mutating func function(_ type: FunctionType) -> [UInt8] {
        code = ModuleEncoder()
        locals = type.parameters + (0..<below(5)).map { _ in pick(localTypes) }
        let declared = Array(locals[type.parameters.count...]) + localTypes + [.funcref, .exnref]
        functionLocal = UInt32(locals.count + localTypes.count)
        exceptionLocal = functionLocal + 1
        scratch = [:]
        for (position, local) in localTypes.enumerated() { scratch[local] = UInt32(locals.count + position) }
        results = type.results
        labels = [type.results]
        budget = 40 + below(200)
        countDown()
        for _ in 0...below(6) { statement(4) }
        for result in type.results { expression(result, 4) }
        var body = ModuleEncoder()
        body.count(declared.count)
        for local in declared {
            body.count(1)
            body.valueType(local)
        }
        body.raw(code.bytes)
        body.opcode(.end)
        return body.bytes
    }

    /// Loops over the first page of each memory that hash its words; then which elements of the second table are null.
    private func checksum() -> [UInt8] {
        var body = ModuleEncoder()
        body.raw([2, 1, 0x7F, 1, 0x7E])
        // The countdown starts anew.
        body.raw([0x41])
        body.signed(1000)
        body.raw([0x24, 0])
        for (index, memory) in memories.enumerated() where purpose != .observed {
            // hash = (hash + word[i]) * prime, i += 8
            body.raw([0x03, 0x40, 0x20, 1, 0x20, 0])
            if memory.is64 { body.opcode(.i64ExtendI32U) }
            body.opcode(.i64Load)
            body.memoryArgument(alignment: 3, offset: 0, memory: UInt32(index))
            body.raw([0x7C, 0x42])
            body.signed(0x0000_0100_0000_01B3)
            body.raw([0x7E, 0x21, 1, 0x20, 0, 0x41, 8, 0x6A, 0x22, 0, 0x41])
            body.signed(65536)
            body.raw([0x49, 0x0D, 0, 0x0B, 0x41, 0, 0x21, 0])
        }
        for element in 0..<UInt8(8) {
            // hash = hash * 31 + isNull(element)
            body.raw([0x20, 1, 0x42, 31, 0x7E, tables[1].is64 ? 0x42 : 0x41, element])
            body.opcode(.tableGet)
            body.index(1)
            body.opcode(.refIsNull)
            body.opcode(.i64ExtendI32U)
            body.raw([0x7C, 0x21, 1])
        }
        body.raw([0x20, 1, 0x0B])
        return body.bytes
    }

    /// Counts the countdown down; traps at zero.
    mutating func countDown() {
        code.raw([0x23, 0, 0x41, 1, 0x6B, 0x24, 0, 0x23, 0, 0x41, 0, 0x48, 0x04, 0x40, 0x00, 0x0B])
    }

    /// The bytes of a constant, often an interesting one.
    mutating func constant(_ type: ValueType) -> [UInt8] {
        var encoder = ModuleEncoder()
        let bits: UInt64 =
            switch below(4) {
            case 0: UInt64(below(16))
            case 1: UInt64(bitPattern: -Int64(below(16)))
            case 2:
                pick([0x7FFF_FFFF, 0x8000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0x3FF0_0000_3F80_0000, 0xFFF0_0000_7F80_0000])
            default: random.next()
            }
        switch type {
        case .i32:
            encoder.opcode(.i32Const)
            encoder.signed(Int64(Int32(truncatingIfNeeded: bits)))
        case .i64:
            encoder.opcode(.i64Const)
            encoder.signed(Int64(bitPattern: bits))
        case .f32:
            encoder.opcode(.f32Const)
            encoder.fixed32(chance(50) ? Float(Int8(truncatingIfNeeded: bits)).bitPattern : UInt32(truncatingIfNeeded: bits))
        case .f64:
            encoder.opcode(.f64Const)
            encoder.fixed64(chance(50) ? Double(Int8(truncatingIfNeeded: bits)).bitPattern : bits)
        default:
            encoder.opcode(.v128Const)
            encoder.fixed64(bits)
            encoder.fixed64(random.next())
        }
        return encoder.bytes
    }
}
