// Loads and stores: what their addresses may be.

import Containers
import MachineCode
import WasmOperations

extension CodeChecker {
    /// Bytes of a guarded window: what lies above faults.
    private static let windowByteCount: Int64 = 1 << 33
    /// What a 32-bit number reaches.
    private static let smallEnd: Int64 = 1 << 32

    /// How many bytes a load or store touches.
    private func width(_ form: InstructionForm) -> Int64 {
        switch form {
        case .lb, .lbu, .sb: 1
        case .lh, .lhu, .sh: 2
        case .lw, .lwu, .sw, .flw, .fsw: 4
        default: 8
        }
    }

    /// Checks an access of the frame or of memory 0, which any load or store may be. False when its address is something else.
    private mutating func isGuests(_ form: InstructionForm, _ base: RegisterFact, _ distance: Int64) throws(CodeFaultReason) -> Bool {
        let width = width(form)
        switch base.kind {
        case .frame:
            guard path.frame == .own else { throw .frame }
            let offset = base.offset + distance
            guard offset >= 0, offset + width <= Int64(function.frameByteCount) else { throw .load }
            return true
        case .memory, .window:
            let offset = base.offset + distance
            // Below memory 2 KiB fault, which an instruction's own distance does not pass.
            let lowest = layout.isChecked || base.symbol == 0 ? 0 : min(distance, 0)
            guard offset >= lowest else { throw .memoryAccess }
            if layout.isChecked {
                guard offset + width <= (base.symbol == 0 ? path.memoryByteCount : base.limit) else { throw .memoryAccess }
                return true
            }
            guard offset + width + (base.symbol == 0 ? 0 : CodeChecker.smallEnd) <= CodeChecker.windowByteCount,
                site < description.faultSites.count
            else { throw .memoryAccess }
            let stated = description.faultSites[site]
            guard Int(stated.codeOffset) == index * 4, survey.isStart(Int64(stated.cellOffset)) else { throw .memoryAccess }
            site += 1
            return true
        case .compared:
            let offset = base.offset + distance
            guard offset >= 0, offset + width <= base.limit else { throw .memoryAccess }
            return true
        default: return false
        }
    }

    /// Checks a load into a float register, or the guest's part of another. The address as a fact when it is none of the guest's.
    mutating func access(
        _ form: InstructionForm, _ word: UInt32, register: Int?
    ) throws(CodeFaultReason) -> (base: RegisterFact, distance: Int64)? {
        path.isAtEntry = false
        let base = facts(of: OperandKind.integerRs1.value(in: word))
        let distance = Int64(OperandKind.signed12.value(in: word))
        if try isGuests(form, base, distance) { return nil }
        guard register != nil else { throw .load }
        return (base, distance)
    }

    // MARK: Loads

    mutating func load(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) {
        let target = OperandKind.integerRd.value(in: word)
        let base = facts(of: OperandKind.integerRs1.value(in: word))
        let distance = Int64(OperandKind.signed12.value(in: word))
        if target == .cellRegister, base.kind == .frame, path.frame == .own, form == .ld, survey.header == base.offset + distance {
            // The return address.
            path.isAtEntry = false
            return setCell(RegisterFact(kind: .returnCell))
        }
        if target == .fuelRegister, layout.isMetered {
            // Still the entry: the function's calls of itself may come behind it, with the fuel in its register.
            guard form == .ld, base.kind == .execution, distance == layout.executionFuel else { throw .charge }
            return try set(target, RegisterFact(kind: .fuel))
        }
        guard try access(form, word, register: target) != nil else {
            switch form {
            case .lbu, .lhu, .lwu: return try set(target, RegisterFact(kind: .small, symbol: newSymbol()))
            default: return try set(target, RegisterFact())
            }
        }
        guard var fact = loaded(form, base, distance) else { throw .load }
        if target == .cellRegister, fact.kind == .entryCode, path.entry.isOwn {
            // A callee through a table; its type is looked at where it is entered.
            fact = RegisterFact(kind: .callee, symbol: fact.symbol, offset: -1)
        }
        try set(target, fact)
    }

    /// What the engine's structures have at a place.
    private mutating func loaded(_ form: InstructionForm, _ base: RegisterFact, _ distance: Int64) -> RegisterFact? {
        guard form == .ld || form == .lw else { return nil }
        let isDouble = form == .ld
        switch base.kind {
        case .instance where isDouble: return instanceField(distance)
        case .execution where isDouble && distance == layout.executionFuel: return RegisterFact(kind: .fuel)
        case .memories where isDouble:
            let place = base.offset + distance
            guard place >= 0, place & 7 == 0, place >> 3 <= survey.lastMemory else { return nil }
            return RegisterFact(kind: .memoryState, memory: UInt32(truncatingIfNeeded: place >> 3))
        case .memoryState where isDouble && distance == layout.memoryByteCount:
            return RegisterFact(kind: .memoryByteCount, memory: base.memory)
        case .memoryState where isDouble && distance == layout.memoryBase: return RegisterFact(kind: .memoryBase, memory: base.memory)
        case .tables where isDouble:
            let place = base.offset + distance
            guard place >= 0, place & 7 == 0, place >> 3 <= survey.lastTable else { return nil }
            return RegisterFact(kind: .table, symbol: UInt32(truncatingIfNeeded: place >> 3))
        case .table where isDouble && distance == layout.tableCount: return RegisterFact(kind: .tableCount, symbol: base.symbol)
        case .table where isDouble && distance == layout.tableElements: return RegisterFact(kind: .tableElements, symbol: base.symbol)
        case .element where isDouble && distance == 0:
            let symbol = newSymbol()
            path.entry = EntryState(symbol: symbol, table: Int64(base.symbol))
            return RegisterFact(kind: .entry, symbol: symbol)
        case .entry where base.symbol == path.entry.symbol && path.entry.isThere: return entryField(isDouble, base.symbol, distance)
        case .globals where isDouble:
            let place = base.offset + distance
            guard place >= 0, place & 7 == 0, place <= survey.lastGlobal else { return nil }
            return RegisterFact(kind: .global)
        case .global where isDouble && (distance == 0 || distance == 8): return RegisterFact()
        case .handlers where isDouble:
            let place = base.offset + distance
            guard place >= 0, place & 7 == 0, place >> 3 < Int64(Operation.count) else { return nil }
            return RegisterFact(kind: .handler, offset: place >> 3)
        default: return cellField(isDouble, base, distance)
        }
    }

    private func instanceField(_ distance: Int64) -> RegisterFact? {
        switch Int(distance) {
        case layout.stackLimit: RegisterFact(kind: .stackLimit)
        case layout.execution: RegisterFact(kind: .execution)
        case layout.memory: RegisterFact(kind: .memoryState)
        case layout.memories: RegisterFact(kind: .memories)
        case layout.tables: RegisterFact(kind: .tables)
        case layout.firstElements: function.isFirstTableFixed ? RegisterFact(kind: .tableElements, symbol: 0) : nil
        case layout.firstCount: function.isFirstTableFixed ? RegisterFact(kind: .tableCount, symbol: 0) : nil
        case layout.globals: RegisterFact(kind: .globals)
        case layout.handlers: RegisterFact(kind: .handlers)
        default: nil
        }
    }

    private func entryField(_ isDouble: Bool, _ symbol: UInt32, _ distance: Int64) -> RegisterFact? {
        switch Int(distance) {
        case layout.entryType where !isDouble: RegisterFact(kind: .entryType, symbol: symbol)
        case layout.entryInstance where isDouble: RegisterFact(kind: .entryInstance, symbol: symbol)
        case layout.entryKey where isDouble: RegisterFact(kind: .entryKey, symbol: symbol)
        case layout.entryCode where isDouble: RegisterFact(kind: .entryCode, symbol: symbol)
        default: nil
        }
    }

    /// What cells have: the address of a callee, a frame's distance, a header to jump to.
    private func cellField(_ isDouble: Bool, _ base: RegisterFact, _ distance: Int64) -> RegisterFact? {
        switch base.kind {
        case .cell where isDouble:
            let place = base.offset + distance
            if survey.isStart(place) { return RegisterFact(kind: .header, symbol: cellChanges, offset: place) }
            guard let call = survey.call(endingAt: place + 16), call.table == nil else { return nil }
            return RegisterFact(kind: .callee, offset: place)
        case .callee where isDouble && distance == 0: return RegisterFact(kind: .header, symbol: cellChanges)
        case .returnCell where isDouble && distance == 0: return RegisterFact(kind: .header, symbol: cellChanges)
        case .returnCell where !isDouble && distance == -4: return RegisterFact(kind: .returnDistance, symbol: cellChanges)
        default: return nil
        }
    }

    // MARK: Stores

    mutating func store(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) {
        path.isAtEntry = false
        let base = facts(of: OperandKind.integerRs1.value(in: word))
        let value = facts(of: OperandKind.integerRs2.value(in: word))
        let distance = Int64(OperandKind.store12.value(in: word))
        if base.kind == .frame { return try storeInFrame(form, base.offset + distance, value) }
        guard value.isPlain else { throw .pointer }
        if try isGuests(form, base, distance) { return }
        switch base.kind {
        case .global where form == .sd && distance == 0: return
        case .execution where form == .sd && distance == layout.executionFuel:
            guard value.kind == .fuel else { throw .charge }
        default: throw .store
        }
    }

    mutating func storeFloat(_ form: InstructionForm, _ word: UInt32) throws(CodeFaultReason) {
        path.isAtEntry = false
        let base = facts(of: OperandKind.integerRs1.value(in: word))
        let distance = Int64(OperandKind.store12.value(in: word))
        if base.kind == .frame { return try storeInFrame(form, base.offset + distance, RegisterFact()) }
        guard try isGuests(form, base, distance) else { throw .store }
    }

    /// A slot may get any number, a callee's header the address of the cell behind its call; the function's own header nothing.
    private mutating func storeInFrame(_ form: InstructionForm, _ offset: Int64, _ value: RegisterFact) throws(CodeFaultReason) {
        guard path.frame == .own else { throw .frame }
        guard offset >= 0, offset + width(form) <= Int64(function.frameByteCount) else { throw .store }
        if let header = survey.header, offset < header + 8, offset + width(form) > header { throw .store }
        if value.kind == .cell {
            guard form == .sd, let call = survey.call(endingAt: value.offset), call.header == offset else { throw .pointer }
            path.call = call
            return
        }
        guard value.isPlain else { throw .pointer }
        // What was a return address may no longer be one.
        if let call = path.call, offset < call.header + 8, offset + width(form) > call.header { path.call = nil }
    }
}
