// References, tables and exceptions in generated functions.
import WasmModule

extension ModuleGenerator {
    // MARK: References and tables

    /// Code that leaves one `funcref`.
    mutating func reference(_ depth: Int) {
        switch below(10) {
        case ..<3:
            code.opcode(.refFunc)
            code.index(UInt32(below(functions.count)))
        case ..<5:
            code.opcode(.refNull)
            code.heapType(.func)
        case ..<7:
            code.opcode(.localGet)
            code.index(functionLocal)
        case ..<9: element(below(2), depth)
        default:
            guard depth > 0 else { return reference(0) }
            reference(depth - 1)
            reference(depth - 1)
            expression(.i32, depth - 1)
            code.opcode(.selectTyped)
            code.resultType([.funcref])
        }
    }

    /// An index into a table, most of the time within it.
    private mutating func tableIndex(_ table: Int, _ depth: Int) {
        if table == 0 || chance(30) {
            number(is64: tables[table].is64, below(Int(tables[table].limits.minimum) + (chance(5) ? 9 : 0)))
        } else {
            index(is64: tables[table].is64, mask: chance(97) ? 7 : nil, depth)
        }
    }

    private mutating func element(_ table: Int, _ depth: Int) {
        tableIndex(table, depth)
        code.opcode(.tableGet)
        code.index(UInt32(table))
    }

    /// An integer that tells of references: whether one is null, a table's size, what growing gives.
    mutating func tableExpression(_ type: ValueType, _ depth: Int) {
        let is64 = type == .i64
        switch below(4) {
        case ..<2:
            reference(depth - 1)
            code.opcode(.refIsNull)
            if is64 { code.opcode(.i64ExtendI32U) }
            return
        case 2:
            code.opcode(.tableSize)
            code.index(1)
        default:
            reference(depth - 1)
            number(is64: tables[1].is64, below(3))
            code.opcode(.tableGrow)
            code.index(1)
        }
        if tables[1].is64, !is64 { code.opcode(.i32WrapI64) }
        if !tables[1].is64, is64 { code.opcode(.i64ExtendI32U) }
    }

    /// Changes the second table or the local that holds a reference, or tests one.
    mutating func referenceStatement(_ depth: Int) {
        let is64 = tables[1].is64
        switch below(10) {
        case ..<2:
            reference(depth - 1)
            code.opcode(.localSet)
            code.index(functionLocal)
        case ..<4:
            tableIndex(1, depth)
            reference(depth - 1)
            code.opcode(.tableSet)
            code.index(1)
        case 4:
            tableIndex(1, depth)
            reference(depth - 1)
            number(is64: is64, below(5))
            code.opcode(.tableFill)
            code.index(1)
        case 5:
            let source = below(2)
            tableIndex(1, depth)
            tableIndex(source, depth)
            number(is64: is64 && source == 1, below(5))
            code.opcode(.tableCopy)
            code.index(1)
            code.index(UInt32(source))
        case 6:
            tableIndex(1, depth)
            number(is64: false, below(3))
            number(is64: false, below(3))
            code.opcode(.tableInit)
            code.index(1)
            code.index(1)
        case 7:
            if chance(20) {
                code.opcode(.elemDrop)
                code.index(1)
            } else {
                // Traps where the reference is null.
                code.opcode(.refFunc)
                code.index(UInt32(below(functions.count)))
                code.opcode(.refAsNonNull)
                code.opcode(.drop)
            }
        case 8:
            code.opcode(.block)
            code.blockType(.empty)
            labels.append([])
            reference(depth - 1)
            code.opcode(.brOnNull)
            code.index(0)
            code.opcode(.localSet)
            code.index(functionLocal)
            statement(depth - 1)
            labels.removeLast()
            code.opcode(.end)
        default:
            code.opcode(.block)
            code.blockType(.value(.funcref))
            labels.append([.funcref])
            reference(depth - 1)
            code.opcode(.brOnNonNull)
            code.index(0)
            code.opcode(.refFunc)
            code.index(UInt32(below(functions.count)))
            labels.removeLast()
            code.opcode(.end)
            code.opcode(.localSet)
            code.index(functionLocal)
        }
    }

    // MARK: Exceptions

    /// A value that comes from a body or, thrown there or in what it calls, from a tag that carries such a value.
    mutating func tryExpression(_ type: ValueType, _ depth: Int) {
        let candidates = tags.indices.filter { tags[$0] == type }
        guard !candidates.isEmpty else { return expression(type, depth - 1) }
        code.opcode(.block)
        code.blockType(.value(type))
        labels.append([type])
        code.opcode(.tryTable)
        code.blockType(.value(type))
        // One clause: `catch`, label 0 around the block.
        code.raw([1, 0])
        code.index(UInt32(pick(candidates)))
        code.index(0)
        labels.append([type])
        for _ in 0...below(2) { statement(depth - 1) }
        expression(type, depth - 1)
        for _ in 0..<2 {
            labels.removeLast()
            code.opcode(.end)
        }
    }

    /// Throws under a condition, or catches what a body throws.
    mutating func exceptionStatement(_ depth: Int) {
        switch below(10) {
        case ..<4:
            let tag = below(tags.count)
            expression(.i32, depth - 1)
            code.opcode(.if)
            code.blockType(.empty)
            labels.append([])
            if let type = tags[tag] { expression(type, depth - 2) }
            code.opcode(.throw)
            code.index(UInt32(tag))
            labels.removeLast()
            code.opcode(.end)
        case ..<7:
            // `catch_all`, or only the tag that carries nothing.
            code.opcode(.block)
            code.blockType(.empty)
            labels.append([])
            code.opcode(.tryTable)
            code.blockType(.empty)
            code.raw(chance(60) ? [1, 2, 0] : [1, 0, 0, 0])
            labels.append([])
            for _ in 0...below(3) { statement(depth - 1) }
            for _ in 0..<2 {
                labels.removeLast()
                code.opcode(.end)
            }
        case ..<9:
            // Keeps the exception, or null where none was thrown.
            code.opcode(.block)
            code.blockType(.value(.exnref))
            labels.append([.exnref])
            code.opcode(.tryTable)
            code.blockType(.empty)
            code.raw(chance(60) ? [1, 3, 0] : [1, 1, 0, 0])
            labels.append([])
            for _ in 0...below(3) { statement(depth - 1) }
            labels.removeLast()
            code.opcode(.end)
            code.opcode(.refNull)
            code.heapType(.exn)
            labels.removeLast()
            code.opcode(.end)
            code.opcode(.localSet)
            code.index(exceptionLocal)
        default:
            expression(.i32, depth - 1)
            code.opcode(.if)
            code.blockType(.empty)
            expression(.exnref, 0)
            code.opcode(.throwRef)
            code.opcode(.end)
        }
    }
}
