// Expressions and statements of generated functions: typed, bounded by a budget, each leaving the stack as promised.
import WasmModule

extension ModuleGenerator {
    // MARK: Expressions

    /// Code that leaves one value of a type.
    mutating func expression(_ type: ValueType, _ depth: Int) {
        budget -= 1
        if type == .exnref {
            code.opcode(.localGet)
            return code.index(exceptionLocal)
        }
        if type == .funcref { return reference(depth) }
        guard depth > 0, budget > 0 else { return leaf(type) }
        switch below(100) {
        case ..<14: leaf(type)
        case ..<60: operation(type, depth)
        case ..<70: load(type, depth)
        case ..<76: select(type, depth)
        case ..<83: blockExpression(type, depth)
        case ..<89: ifExpression(type, depth)
        case ..<93: call(type, depth)
        case ..<95: tee(type, depth)
        case ..<97: tryExpression(type, depth)
        case ..<98 where type == .i32 || type == .i64: tableExpression(type, depth)
        default:
            if type == .i32 || type == .i64 { memoryExpression(type, depth) } else { shuffleOrLeaf(type, depth) }
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

    /// An address of a memory, most of the time inside the first page.
    mutating func address(_ memory: Int, _ depth: Int) {
        index(is64: memories[memory].is64, mask: chance(97) ? 0xFFF : nil, depth)
    }

    /// An index of 32 or 64 bits, cut to a mask.
    mutating func index(is64: Bool, mask: Int64?, _ depth: Int) {
        expression(is64 ? .i64 : .i32, depth - 1)
        guard let mask else { return }
        code.opcode(is64 ? .i64Const : .i32Const)
        code.signed(mask)
        code.opcode(is64 ? .i64And : .i32And)
    }

    /// A constant of 32 or 64 bits.
    mutating func number(is64: Bool, _ value: Int) {
        code.opcode(is64 ? .i64Const : .i32Const)
        code.signed(Int64(value))
    }

    private mutating func memoryArgument(_ row: OpcodeRow, _ memory: Int) {
        let offset = chance(98) ? UInt64(below(64)) : memories[memory].is64 && chance(30) ? 1 << UInt64(below(64)) : UInt64(below(70_000))
        code.memoryArgument(alignment: UInt8(below(row.naturalAlignment + 1)), offset: offset, memory: UInt32(memory))
    }

    private mutating func load(_ type: ValueType, _ depth: Int) {
        let row = pick(choice.loads[type]!)
        let memory = below(memories.count)
        address(memory, depth)
        code.opcode(row.opcode)
        memoryArgument(row, memory)
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
        call(function, typeIndex, direct: .call, indirect: .callIndirect, byReference: .callRef)
    }

    /// One of the three ways to call a function whose arguments are on the stack.
    mutating func call(_ function: Int, _ typeIndex: UInt32, direct: Opcode, indirect: Opcode, byReference: Opcode) {
        switch below(10) {
        case ..<4:
            code.opcode(direct)
            code.index(UInt32(function))
        case ..<8:
            // Mostly the right function; now and then one of another type, an empty element, or none.
            let table = chance(80) ? 0 : 1
            if chance(85) { number(is64: tables[table].is64, function) } else { index(is64: tables[table].is64, mask: nil, 0) }
            code.opcode(indirect)
            code.index(typeIndex)
            code.index(UInt32(table))
        default:
            if chance(95) {
                code.opcode(.refFunc)
                code.index(UInt32(function))
            } else {
                code.opcode(.refNull)
                code.heapType(.index(typeIndex))
            }
            code.opcode(byReference)
            code.index(typeIndex)
        }
    }

    private mutating func tee(_ type: ValueType, _ depth: Int) {
        expression(type, depth - 1)
        let matching = locals.indices.filter { locals[$0] == type }
        guard !matching.isEmpty else { return }
        code.opcode(.localTee)
        code.index(UInt32(pick(matching)))
    }

    private mutating func memoryExpression(_ type: ValueType, _ depth: Int) {
        let candidates = memories.indices.filter { memories[$0].is64 == (type == .i64) }
        guard !candidates.isEmpty else { return leaf(type) }
        if chance(60) {
            code.opcode(.memorySize)
        } else {
            number(is64: type == .i64, below(3))
            code.opcode(.memoryGrow)
        }
        code.index(UInt32(pick(candidates)))
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
        case ..<24: setLocal(depth)
        case ..<30: setGlobal(depth)
        case ..<45: store(depth)
        case ..<53: blockStatement(depth)
        case ..<62: ifStatement(depth)
        case ..<69: loopStatement(depth)
        case ..<75: branch(depth)
        case ..<81: exceptionStatement(depth)
        case ..<88: referenceStatement(depth)
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
        let memory = below(memories.count)
        address(memory, depth)
        expression(type, depth - 1)
        code.opcode(row.opcode)
        memoryArgument(row, memory)
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
        labels.append([])
        for type in carried { expression(type, depth - 2) }
        code.opcode(.br)
        code.index(UInt32(label + 1))
        labels.removeLast()
        code.opcode(.end)
    }

    private mutating func branchTable(_ depth: Int) {
        let empty = labels.indices.filter { labels[$0].isEmpty }.map { labels.count - 1 - $0 }
        code.opcode(.block)
        code.blockType(.empty)
        labels.append([])
        expression(.i32, depth - 1)
        code.opcode(.brTable)
        let count = below(5)
        code.count(count)
        for _ in 0...count {
            // Out of the block, or to a label around it that carries nothing.
            code.index(empty.isEmpty || chance(40) ? 0 : UInt32(pick(empty) + 1))
        }
        labels.removeLast()
        code.opcode(.end)
    }

    private mutating func bulk(_ depth: Int) {
        let memory = below(memories.count)
        let is64 = memories[memory].is64
        switch below(8) {
        case ..<3:
            address(memory, depth)
            expression(.i32, depth - 1)
            number(is64: is64, below(300))
            code.opcode(.memoryFill)
            code.index(UInt32(memory))
        case ..<6:
            let source = below(memories.count)
            address(memory, depth)
            address(source, depth)
            number(is64: is64 && memories[source].is64, below(300))
            code.opcode(.memoryCopy)
            code.index(UInt32(memory))
            code.index(UInt32(source))
        case 6:
            address(memory, depth)
            number(is64: false, below(40))
            number(is64: false, below(40))
            code.opcode(.memoryInit)
            code.index(1)
            code.index(UInt32(memory))
        default:
            code.opcode(.dataDrop)
            code.index(1)
        }
    }

    private mutating func returnSomething(_ depth: Int) {
        expression(.i32, depth - 1)
        code.opcode(.if)
        code.blockType(.empty)
        labels.append([])
        let candidates = functions.indices.filter { types[Int(functions[$0])].results == results }
        if chance(50), !candidates.isEmpty {
            let function = pick(candidates)
            for parameter in types[Int(functions[function])].parameters { expression(parameter, depth - 2) }
            call(function, functions[function], direct: .returnCall, indirect: .returnCallIndirect, byReference: .returnCallRef)
        } else {
            for type in results { expression(type, depth - 2) }
            code.opcode(.return)
        }
        labels.removeLast()
        code.opcode(.end)
    }
}
