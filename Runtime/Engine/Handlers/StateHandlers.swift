// StateHandlers: operations on memories, tables and references that call out (core specification, 4.4.3, 4.4.6 and 4.4.7).
// A stack operation finds its operands in consecutive slots from its base and leaves its result in the first.

import WasmModule
import WasmOperations

/// The operand `index` slots above `base`, as an index or address of 32 or 64 bits.
@inline(__always) private func operand(_ base: FP, _ index: Int, is64: Bool) -> UInt64 {
    let value = (base + index &* 8).load(as: UInt64.self)
    return is64 ? value : value & 0xFFFF_FFFF
}

/// Whether `count` items from `start` lie within `size`, without forming the sum.
@inline(__always) private func fits(_ start: UInt64, _ count: UInt64, _ size: Int) -> Bool {
    let size = UInt64(truncatingIfNeeded: size)
    return count <= size && start <= size &- count
}

/// Goes on, or leaves with a trap when `code` is one.
@inline(__always) private func proceed(
    _ code: TrapCode, _ size: Int, _ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float
) {
    if code != .none { return trap(pc, fp, mem, inst, code, d, f) }
    next(pc, size, fp, mem, inst, acc, d, f)
}

// MARK: Memories

@c func op_memory_size(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let pages = UInt64(truncatingIfNeeded: memoryState(inst, immediateU32(pc, 12)).pointee.byteCount) >> 16
    setSlot(pc, 8, fp, pages)
    next(pc, 16, fp, mem, inst, pages, d, f)
}

@c func op_memory_grow(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    growMemory(inst, immediateU32(pc, 12), slotAddress(pc, 8, fp))
    next(pc, 16, fp, state(inst).pointee.memory.pointee.base, inst, acc, d, f)
}

@inline(never) private func growMemory(_ inst: INST, _ index: UInt32, _ base: FP) {
    let memory = memoryState(inst, index)
    let is64 = memory.pointee.type.is64
    let delta = operand(base, 0, is64: is64)
    let old = state(inst).pointee.owner._withUnsafeGuaranteedRef { $0.store.grow(memory, byPages: delta) }
    base.storeBytes(of: UInt64(bitPattern: old), as: UInt64.self)
}

@c func op_memory_fill(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    proceed(fill(inst, immediateU32(pc, 12), slotAddress(pc, 8, fp)), 16, pc, fp, mem, inst, acc, d, f)
}

@inline(never) private func fill(_ inst: INST, _ index: UInt32, _ base: FP) -> TrapCode {
    let memory = memoryState(inst, index)
    let is64 = memory.pointee.type.is64
    let start = operand(base, 0, is64: is64)
    let value = UInt8(truncatingIfNeeded: operand(base, 1, is64: true))
    let count = operand(base, 2, is64: is64)
    guard fits(start, count, memory.pointee.byteCount) else { return .memoryOutOfBounds }
    (memory.pointee.base + Int(start)).initializeMemory(as: UInt8.self, repeating: value, count: Int(count))
    return .none
}

@c func op_memory_copy(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    proceed(copy(inst, immediateU32(pc, 12), immediateU32(pc, 16), slotAddress(pc, 8, fp)), 24, pc, fp, mem, inst, acc, d, f)
}

@inline(never) private func copy(_ inst: INST, _ to: UInt32, _ from: UInt32, _ base: FP) -> TrapCode {
    let target = memoryState(inst, to)
    let source = memoryState(inst, from)
    let start = operand(base, 0, is64: target.pointee.type.is64)
    let origin = operand(base, 1, is64: source.pointee.type.is64)
    let count = operand(base, 2, is64: target.pointee.type.is64 && source.pointee.type.is64)
    guard fits(start, count, target.pointee.byteCount), fits(origin, count, source.pointee.byteCount) else { return .memoryOutOfBounds }
    (target.pointee.base + Int(start)).copyMemory(from: source.pointee.base + Int(origin), byteCount: Int(count))
    return .none
}

@c func op_memory_init(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    proceed(initialize(inst, immediateU32(pc, 12), immediateU32(pc, 16), slotAddress(pc, 8, fp)), 24, pc, fp, mem, inst, acc, d, f)
}

@inline(never) private func initialize(_ inst: INST, _ index: UInt32, _ segment: UInt32, _ base: FP) -> TrapCode {
    let memory = memoryState(inst, index)
    return initializeMemory(
        inst, memory, segment, operand(base, 0, is64: memory.pointee.type.is64), operand(base, 1, is64: false),
        operand(base, 2, is64: false))
}

/// `memory.init`; also what an active segment does at instantiation.
func initializeMemory(
    _ inst: INST, _ memory: UnsafeMutablePointer<MemoryState>, _ segment: UInt32, _ start: UInt64, _ origin: UInt64, _ count: UInt64
) -> TrapCode {
    let data = state(inst).pointee.dataSegments[Int(segment)]
    guard fits(start, count, memory.pointee.byteCount), fits(origin, count, data.count) else { return .memoryOutOfBounds }
    if count > 0, let bytes = data.bytes {
        (memory.pointee.base + Int(start)).copyMemory(from: bytes + Int(origin), byteCount: Int(count))
    }
    return .none
}

@c func op_data_drop(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    state(inst).pointee.dataSegments[Int(immediateU32(pc, 8))].count = 0
    next(pc, 16, fp, mem, inst, acc, d, f)
}

// MARK: Tables

@inline(__always) private func tableState(_ inst: INST, _ index: UInt32) -> UnsafeMutablePointer<TableState> {
    state(inst).pointee.tables[Int(index)]
}

@c func op_table_get(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let table = tableState(inst, immediateU32(pc, 12))
    let base = slotAddress(pc, 8, fp)
    let index = operand(base, 0, is64: table.pointee.type.is64)
    if index >= UInt64(truncatingIfNeeded: table.pointee.count) {
        return tableTrap(pc, fp, mem, inst, .tableOutOfBounds, index, table, d, f)
    }
    base.storeBytes(of: table.pointee.elements[Int(truncatingIfNeeded: index)], as: UInt64.self)
    next(pc, 16, fp, mem, inst, acc, d, f)
}

@c func op_table_set(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let table = tableState(inst, immediateU32(pc, 12))
    let base = slotAddress(pc, 8, fp)
    let index = operand(base, 0, is64: table.pointee.type.is64)
    if index >= UInt64(truncatingIfNeeded: table.pointee.count) {
        return tableTrap(pc, fp, mem, inst, .tableOutOfBounds, index, table, d, f)
    }
    table.pointee.elements[Int(truncatingIfNeeded: index)] = (base + 8).load(as: UInt64.self)
    next(pc, 16, fp, mem, inst, acc, d, f)
}

@c func op_table_size(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    setSlot(pc, 8, fp, UInt64(truncatingIfNeeded: tableState(inst, immediateU32(pc, 12)).pointee.count))
    next(pc, 16, fp, mem, inst, acc, d, f)
}

@c func op_table_grow(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    growTable(inst, immediateU32(pc, 12), slotAddress(pc, 8, fp))
    next(pc, 16, fp, mem, inst, acc, d, f)
}

@inline(never) private func growTable(_ inst: INST, _ index: UInt32, _ base: FP) {
    let table = tableState(inst, index)
    let value = operand(base, 0, is64: true)
    let delta = operand(base, 1, is64: table.pointee.type.is64)
    let old = state(inst).pointee.owner._withUnsafeGuaranteedRef { $0.store.grow(table, by: delta, filling: value) }
    base.storeBytes(of: UInt64(bitPattern: old), as: UInt64.self)
}

@c func op_table_fill(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    proceed(fillTable(inst, immediateU32(pc, 12), slotAddress(pc, 8, fp)), 16, pc, fp, mem, inst, acc, d, f)
}

@inline(never) private func fillTable(_ inst: INST, _ index: UInt32, _ base: FP) -> TrapCode {
    let table = tableState(inst, index)
    let is64 = table.pointee.type.is64
    let start = operand(base, 0, is64: is64)
    let value = operand(base, 1, is64: true)
    let count = operand(base, 2, is64: is64)
    guard fits(start, count, table.pointee.count) else { return .tableOutOfBounds }
    (table.pointee.elements + Int(start)).update(repeating: value, count: Int(count))
    return .none
}

@c func op_table_copy(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    proceed(copyTable(inst, immediateU32(pc, 12), immediateU32(pc, 16), slotAddress(pc, 8, fp)), 24, pc, fp, mem, inst, acc, d, f)
}

@inline(never) private func copyTable(_ inst: INST, _ to: UInt32, _ from: UInt32, _ base: FP) -> TrapCode {
    let target = tableState(inst, to)
    let source = tableState(inst, from)
    let start = operand(base, 0, is64: target.pointee.type.is64)
    let origin = operand(base, 1, is64: source.pointee.type.is64)
    let count = operand(base, 2, is64: target.pointee.type.is64 && source.pointee.type.is64)
    guard fits(start, count, target.pointee.count), fits(origin, count, source.pointee.count) else { return .tableOutOfBounds }
    (target.pointee.elements + Int(start)).update(from: source.pointee.elements + Int(origin), count: Int(count))
    return .none
}

@c func op_table_init(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    proceed(tableInit(inst, immediateU32(pc, 12), immediateU32(pc, 16), slotAddress(pc, 8, fp)), 24, pc, fp, mem, inst, acc, d, f)
}

@inline(never) private func tableInit(_ inst: INST, _ index: UInt32, _ segment: UInt32, _ base: FP) -> TrapCode {
    let table = tableState(inst, index)
    return initializeTable(
        inst, table, segment, operand(base, 0, is64: table.pointee.type.is64), operand(base, 1, is64: false), operand(base, 2, is64: false))
}

/// `table.init`; also what an active segment does at instantiation.
func initializeTable(
    _ inst: INST, _ table: UnsafeMutablePointer<TableState>, _ segment: UInt32, _ start: UInt64, _ origin: UInt64, _ count: UInt64
) -> TrapCode {
    let elements = state(inst).pointee.elementSegments[Int(segment)]
    guard fits(start, count, table.pointee.count), fits(origin, count, elements.count) else { return .tableOutOfBounds }
    if count > 0, let items = elements.elements {
        (table.pointee.elements + Int(start)).update(from: items + Int(origin), count: Int(count))
    }
    return .none
}

@c func op_elem_drop(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    state(inst).pointee.elementSegments[Int(immediateU32(pc, 8))].count = 0
    next(pc, 16, fp, mem, inst, acc, d, f)
}

// MARK: References

@c func op_ref_func(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    setSlot(pc, 8, fp, UInt64(UInt(bitPattern: state(inst).pointee.functions[Int(immediateU32(pc, 12))])))
    next(pc, 16, fp, mem, inst, acc, d, f)
}

@c func op_ref_as_non_null(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    if slotU64(pc, 8, fp) == 0 { return trap(pc, fp, mem, inst, .nullReference, d, f) }
    next(pc, 16, fp, mem, inst, acc, d, f)
}
