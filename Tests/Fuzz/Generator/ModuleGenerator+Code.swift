// Expressions and statements of generated functions: typed, bounded by a budget, each leaving the stack as promised.
import WasmModule

extension ModuleGenerator {
    // MARK: Expressions

    /// Code that leaves one value of a type.
    mutating func expression(_ type: ValueType, _ depth: Int) {
        budget -= 1
        guard depth > 0, budget > 0 else { return leaf(type) }
        switch below(100) {
        case ..<14: leaf(type)
        case ..<60: operation(type, depth)
        case ..<70: load(type, depth)
        case ..<76: select(type, depth)
        case ..<83: blockExpression(type, depth)
        case ..<89: ifExpression(type, depth)
        case ..<94: call(type, depth)
        case ..<97: tee(type, depth)
        default:
            if type == .i32 { memoryExpression(depth) } else { shuffleOrLeaf(type, depth) }
        }
    }

    private mutating func leaf(_ type: ValueType) {
        let matching = locals.indices.filter { locals[$0] == type }
        if !matching.isEmpty, chance(55) {
            code.opcode(.localGet)
            code.index(UInt32(pick(matching)))
            return
        }
        let visible = globals.indices.dropFirst().filter { globals[$0] == type }
        if !visible.isEmpty, chance(40) {
            code.opcode(.globalGet)
            code.index(UInt32(pick(visible)))
            return
        }
        code.raw(constant(type))
    }

    private mutating func operation(_ type: ValueType, _ depth: Int) {
        let row = pick(choice.byResult[type]!)
        for index in 0..<row.operandCount { expression(row.operand(index), depth - 1) }
        code.opcode(row.opcode)
        if row.immediate == .lane { code.byte(UInt8(below(row.laneCount))) }
        canonicalize(row)
    }

    /// Makes the NaN that an operation may have made canonical: the specification leaves its payload open.
    private mutating func canonicalize(_ row: OpcodeRow) {
        let name = row.name
        let exact = ["abs", "neg", "copysign", "reinterpret", "splat", "lane", "bitselect", "pmin", "pmax"]
        if exact.contains(where: { name.contains($0) }) { return }
        let type = row.result(0)
        let (equal, nan): (Opcode, UInt64)
        switch type {
        case .f32: (equal, nan) = (.f32Eq, 0x7FC0_0000)
        case .f64: (equal, nan) = (.f64Eq, 0x7FF8_0000_0000_0000)
        case .v128 where name.hasPrefix("f32x4"): (equal, nan) = (.f32x4Eq, 0x7FC0_0000_7FC0_0000)
        case .v128 where name.hasPrefix("f64x2"): (equal, nan) = (.f64x2Eq, 0x7FF8_0000_0000_0000)
        default: return
        }
        let comparison = ["eq", "ne", "lt", "gt", "le", "ge"]
        if type == .v128, comparison.contains(where: { name.hasSuffix("." + $0) }) { return }
        let local = scratch[type]!
        // value, NaN, mask or condition: the value where it equals itself.
        code.opcode(.localTee)
        code.index(local)
        switch type {
        case .f32:
            code.opcode(.f32Const)
            code.fixed32(UInt32(nan))
        case .f64:
            code.opcode(.f64Const)
            code.fixed64(nan)
        default:
            code.opcode(.v128Const)
            code.fixed64(nan)
            code.fixed64(nan)
        }
        for _ in 0..<2 {
            code.opcode(.localGet)
            code.index(local)
        }
        code.opcode(equal)
        code.opcode(type == .v128 ? .v128Bitselect : .select)
    }

    /// An address, most of the time inside the first page.
    private mutating func address(_ depth: Int) {
        expression(.i32, depth - 1)
        guard chance(97) else { return }
        code.opcode(.i32Const)
        code.signed(0xFFF)
        code.opcode(.i32And)
    }

    private mutating func memoryArgument(_ row: OpcodeRow) {
        code.memoryArgument(alignment: UInt8(below(row.naturalAlignment + 1)), offset: UInt64(chance(98) ? below(64) : below(70_000)))
    }

    private mutating func load(_ type: ValueType, _ depth: Int) {
        let row = pick(choice.loads[type]!)
        address(depth)
        code.opcode(row.opcode)
        memoryArgument(row)
    }

    private mutating func select(_ type: ValueType, _ depth: Int) {
        expression(type, depth - 1)
        expression(type, depth - 1)
        expression(.i32, depth - 1)
        if chance(50) {
            code.opcode(.select)
        } else {
            code.opcode(.selectTyped)
            code.resultType([type])
        }
    }

    private mutating func blockExpression(_ type: ValueType, _ depth: Int) {
        let isLoop = chance(20)
        code.opcode(isLoop ? .loop : .block)
        code.blockType(.value(type))
        labels.append(isLoop ? [] : [type])
        if isLoop { countDown() }
        for _ in 0..<below(3) { statement(depth - 1) }
        expression(type, depth - 1)
        if !isLoop, chance(40) {
            // The value or, when the condition holds, the same value by a branch.
            expression(.i32, depth - 1)
            code.opcode(.brIf)
            code.index(0)
        }
        labels.removeLast()
        code.opcode(.end)
    }

    private mutating func ifExpression(_ type: ValueType, _ depth: Int) {
        expression(.i32, depth - 1)
        code.opcode(.if)
        code.blockType(.value(type))
        labels.append([type])
        if chance(30) { statement(depth - 1) }
        expression(type, depth - 1)
        code.opcode(.else)
        expression(type, depth - 1)
        labels.removeLast()
        code.opcode(.end)
    }

    /// A call of a function that gives the type; else an operation.
    private mutating func call(_ type: ValueType, _ depth: Int) {
        let candidates = functions.indices.filter { types[Int(functions[$0])].results == [type] }
        guard !candidates.isEmpty else { return operation(type, depth) }
        let function = pick(candidates)
        let typeIndex = functions[function]
        for parameter in types[Int(typeIndex)].parameters { expression(parameter, depth - 2) }
        if chance(50) {
            code.opcode(.call)
            code.index(UInt32(function))
            return
        }
        // Mostly the right function; now and then one of another type, an empty element, or none.
        if chance(85) { code.raw([0x41] + signedBytes(function)) } else { expression(.i32, 0) }
        code.opcode(.callIndirect)
        code.index(typeIndex)
        code.index(0)
    }

    private func signedBytes(_ value: Int) -> [UInt8] {
        var encoder = ModuleEncoder()
        encoder.signed(Int64(value))
        return encoder.bytes
    }

    private mutating func tee(_ type: ValueType, _ depth: Int) {
        expression(type, depth - 1)
        let matching = locals.indices.filter { locals[$0] == type }
        guard !matching.isEmpty else { return }
        code.opcode(.localTee)
        code.index(UInt32(pick(matching)))
    }

    private mutating func memoryExpression(_ depth: Int) {
        if chance(60) {
            code.opcode(.memorySize)
        } else {
            code.opcode(.i32Const)
            code.signed(Int64(below(3)))
            code.opcode(.memoryGrow)
        }
        code.index(0)
    }

    private mutating func shuffleOrLeaf(_ type: ValueType, _ depth: Int) {
        guard type == .v128 else { return leaf(type) }
        expression(.v128, depth - 1)
        expression(.v128, depth - 1)
        code.opcode(.i8x16Shuffle)
        for _ in 0..<16 { code.byte(UInt8(below(32))) }
    }

    // MARK: Statements

    /// Code that leaves the stack as it was.
    mutating func statement(_ depth: Int) {
        budget -= 1
        guard depth > 0, budget > 0 else { return code.opcode(.nop) }
        switch below(100) {
        case ..<28: setLocal(depth)
        case ..<36: setGlobal(depth)
        case ..<52: store(depth)
        case ..<62: blockStatement(depth)
        case ..<72: ifStatement(depth)
        case ..<80: loopStatement(depth)
        case ..<88: branch(depth)
        case ..<92: branchTable(depth)
        case ..<95: bulk(depth)
        case ..<97: returnSomething(depth)
        default:
            expression(pick(localTypes), depth - 1)
            code.opcode(.drop)
        }
    }

    private mutating func setLocal(_ depth: Int) {
        guard !locals.isEmpty else { return code.opcode(.nop) }
        let index = below(locals.count)
        expression(locals[index], depth - 1)
        code.opcode(.localSet)
        code.index(UInt32(index))
    }

    private mutating func setGlobal(_ depth: Int) {
        guard globals.count > 1 else { return code.opcode(.nop) }
        let index = 1 + below(globals.count - 1)
        expression(globals[index], depth - 1)
        code.opcode(.globalSet)
        code.index(UInt32(index))
    }

    private mutating func store(_ depth: Int) {
        let type = pick(localTypes)
        let row = pick(choice.stores[type]!)
        address(depth)
        expression(type, depth - 1)
        code.opcode(row.opcode)
        memoryArgument(row)
    }

    private mutating func blockStatement(_ depth: Int) {
        code.opcode(.block)
        code.blockType(.empty)
        labels.append([])
        for _ in 0...below(3) { statement(depth - 1) }
        labels.removeLast()
        code.opcode(.end)
    }

    private mutating func ifStatement(_ depth: Int) {
        expression(.i32, depth - 1)
        code.opcode(.if)
        code.blockType(.empty)
        labels.append([])
        statement(depth - 1)
        if chance(50) {
            code.opcode(.else)
            statement(depth - 1)
        }
        labels.removeLast()
        code.opcode(.end)
    }

    private mutating func loopStatement(_ depth: Int) {
        code.opcode(.loop)
        code.blockType(.empty)
        labels.append([])
        countDown()
        for _ in 0...below(2) { statement(depth - 1) }
        expression(.i32, depth - 1)
        code.opcode(.brIf)
        code.index(0)
        labels.removeLast()
        code.opcode(.end)
    }

    /// A conditional branch, or an unconditional one inside an `if`, so that what follows stays reachable.
    private mutating func branch(_ depth: Int) {
        let label = below(labels.count)
        let carried = labels[labels.count - 1 - label]
        expression(.i32, depth - 1)
        code.opcode(.if)
        code.blockType(.empty)
        for type in carried { expression(type, depth - 2) }
        code.opcode(.br)
        code.index(UInt32(label + 1))
        code.opcode(.end)
    }

    private mutating func branchTable(_ depth: Int) {
        let empty = labels.indices.filter { labels[$0].isEmpty }.map { labels.count - 1 - $0 }
        code.opcode(.block)
        code.blockType(.empty)
        expression(.i32, depth - 1)
        code.opcode(.brTable)
        let count = below(5)
        code.count(count)
        for _ in 0...count {
            // Out of the block, or to a label around it that carries nothing.
            code.index(empty.isEmpty || chance(40) ? 0 : UInt32(pick(empty) + 1))
        }
        code.opcode(.end)
    }

    private mutating func bulk(_ depth: Int) {
        let opcode: Opcode = chance(50) ? .memoryFill : .memoryCopy
        address(depth)
        if opcode == .memoryFill { expression(.i32, depth - 1) } else { address(depth) }
        code.opcode(.i32Const)
        code.signed(Int64(below(300)))
        code.opcode(opcode)
        code.index(0)
        if opcode == .memoryCopy { code.index(0) }
    }

    private mutating func returnSomething(_ depth: Int) {
        expression(.i32, depth - 1)
        code.opcode(.if)
        code.blockType(.empty)
        for type in results { expression(type, depth - 2) }
        code.opcode(.return)
        code.opcode(.end)
    }
}
