// CallHandlers: calls of every kind (core specification, 4.4.10). The callee's frame begins at the caller's staged arguments.
//
// A call writes one word: the address of the cell behind it, into the callee's header slot, whose place both sides know from the
// type (behind the larger of parameters and results). The last four bytes of every call's cell are the frame distance, so that a
// return, and a walk of the frames, finds the caller's frame without a saved pointer.
// What crosses instances pushes the caller's instance on the execution's list of crossings and returns through `restore_instance`.

import WasmModule
import WasmOperations

/// Whether a frame may begin at `frame`.
@inline(__always) private func isBeyond(_ frame: FP, _ inst: INST) -> Bool {
    UInt(bitPattern: frame) > UInt(bitPattern: state(inst).pointee.stackLimit)
}

@c func op_call(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let frame = slotAddress(pc, 20, fp)
    slotAddress(pc, 16, fp).storeBytes(of: pc + 24, as: PC.self)
    if isBeyond(frame, inst) { return trap(pc, fp, mem, inst, .stackOverflow, d, f) }
    dispatch(immediatePointer(pc, 8), frame, mem, inst, acc, d, f)
}

/// Enters `entry` from the call whose cell ends at `back`.
@inline(__always) private func enter(
    _ entry: UnsafeMutablePointer<FunctionEntry>, _ back: PC, _ header: FP, _ frame: FP, _ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST,
    _ d: Double, _ f: Float
) {
    if isBeyond(frame, inst) { return trap(pc, fp, mem, inst, .stackOverflow, d, f) }
    if entry.pointee.instance != state(inst) { return op_cross(back, frame, header, inst, UInt64(UInt(bitPattern: entry)), d, f) }
    header.storeBytes(of: back, as: PC.self)
    dispatch(UnsafeRawPointer(entry.pointee.code), frame, mem, inst, 0, d, f)
}

/// Enters the function entry in `acc`, of another instance or of the host. The parameters carry other things here: the cell to
/// return to, the callee's frame, the header's address.
@inline(never) @c func op_cross(_ back: PC, _ frame: FP, _ header: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(acc)).unsafelyUnwrapped
    if entry.pointee.instance != nil { return op_cross_instance(back, frame, header, inst, acc, d, f) }
    op_host(back, frame, header, inst, acc, d, f)
}

/// Enters the function entry in `acc`, of another instance; the parameters are those of `op_cross`.
@inline(never) @c func op_cross_instance(
    _ back: PC, _ frame: FP, _ header: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float
) {
    let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(acc)).unsafelyUnwrapped
    let target = entry.pointee.instance.unsafelyUnwrapped
    let execution = state(inst).pointee.execution
    guard execution.pointee.pushCrossing(state(inst), back) else {
        // The trap is the call's, whose cell ends at `back`.
        return op_trap(
            back - 8, frame - Int(back.load(fromByteOffset: -4, as: Int32.self)), state(inst).pointee.memory.pointee.base, inst,
            UInt64(TrapCode.stackOverflow.rawValue), d, f)
    }
    header.storeBytes(of: execution.pointee.restoreCell, as: PC.self)
    target.pointee.execution = execution
    target.pointee.stackLimit = state(inst).pointee.stackLimit
    dispatch(UnsafeRawPointer(entry.pointee.code), frame, target.pointee.memory.pointee.base, target, 0, d, f)
}

/// Returned to by the first function of another instance: takes the crossing back.
@c func op_restore_instance(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let execution = state(inst).pointee.execution
    let crossing = execution.pointee.popCrossing()
    let caller = crossing.instance
    caller.pointee.execution = execution
    caller.pointee.stackLimit = state(inst).pointee.stackLimit
    let frame = fp - Int(crossing.back.load(fromByteOffset: -4, as: Int32.self))
    dispatch(crossing.back, frame, caller.pointee.memory.pointee.base, caller, acc, d, f)
}

@c func op_call_import(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let entry = state(inst).pointee.functions[Int(immediateU32(pc, 8))]
    enter(entry, pc + 24, slotAddress(pc, 12, fp), slotAddress(pc, 20, fp), pc, fp, mem, inst, d, f)
}

/// Calls the element `index` of a table when its type is exactly the wanted one. Its cell: index, table, type, then as any call.
@inline(__always) private func callIndirect(
    _ index: UInt64, _ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ d: Double, _ f: Float
) {
    let table = immediateU32(pc, 12)
    let element = lookUp(inst, table, index)
    if element == 0 { return op_no_element(pc, fp, mem, inst, indexOperand(index, table), d, f) }
    let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(element)).unsafelyUnwrapped
    if entry.pointee.typeIdentifier != immediateU32(pc, 16) { return op_call_subtype(pc, fp, mem, inst, element, d, f) }
    enter(entry, pc + 32, slotAddress(pc, 20, fp), slotAddress(pc, 28, fp), pc, fp, mem, inst, d, f)
}

/// The reference in a table, 0 when there is none.
@inline(__always) private func lookUp(_ inst: INST, _ field: UInt32, _ index: UInt64) -> UInt64 {
    let table = state(inst).pointee.tables[Int(field & 0x7FFF_FFFF)]
    let index = indexOperand(index, field)
    return index < UInt64(truncatingIfNeeded: table.pointee.count) ? table.pointee.elements[Int(truncatingIfNeeded: index)] : 0
}

/// The index operand: 32-bit unless bit 31 of the table field says the table's indices have 64.
@inline(__always) private func indexOperand(_ value: UInt64, _ table: UInt32) -> UInt64 {
    table & 0x8000_0000 == 0 ? value & 0xFFFF_FFFF : value
}

/// A call through a table that found nothing at the index in `acc`: traps.
@inline(never) @c func op_no_element(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let table = state(inst).pointee.tables[Int(immediateU32(pc, 12) & 0x7FFF_FFFF)]
    let isInside = acc < UInt64(truncatingIfNeeded: table.pointee.count)
    tableTrap(pc, fp, mem, inst, isInside ? .indirectCallToNull : .undefinedElement, acc, table, d, f)
}

/// A call through a table of the function entry in `acc`, whose type is not the wanted one but may be a subtype of it.
@inline(never) @c func op_call_subtype(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(acc)).unsafelyUnwrapped
    if !isSubtype(inst, entry.pointee.typeIdentifier, of: immediateU32(pc, 16)) { return trap(pc, fp, mem, inst, .badSignature, d, f) }
    enter(entry, pc + 32, slotAddress(pc, 20, fp), slotAddress(pc, 28, fp), pc, fp, mem, inst, d, f)
}

@inline(never) private func isSubtype(_ inst: INST, _ type: UInt32, of superType: UInt32) -> Bool {
    state(inst).pointee.owner._withUnsafeGuaranteedRef { $0.store.engine.types.isSubtype(type, of: superType) }
}

@c func op_call_indirect_s(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    callIndirect(slotU64(pc, 8, fp), pc, fp, mem, inst, d, f)
}

@c func op_call_indirect_a(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    callIndirect(acc, pc, fp, mem, inst, d, f)
}

@c func op_call_ref(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    guard let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(slotU64(pc, 8, fp))) else {
        return trap(pc, fp, mem, inst, .nullFunctionReference, d, f)
    }
    enter(entry, pc + 24, slotAddress(pc, 12, fp), slotAddress(pc, 20, fp), pc, fp, mem, inst, d, f)
}

// MARK: Tail calls: the arguments replace the frame's, the return address moves to the callee's header.

/// Moves `byteCount` bytes of arguments from `source` to the frame's start and gives the frame's return address.
@inline(__always) private func stageTail(_ pc: PC, _ offset: Int, _ fp: FP) -> PC {
    let back = slotAddress(pc, offset, fp).load(as: PC.self)
    var source = slotAddress(pc, offset + 4, fp)
    let end = source + Int(immediateU32(pc, offset + 8))
    var target = fp
    while source != end {
        target.storeBytes(of: source.load(as: UInt64.self), as: UInt64.self)
        source += 8
        target += 8
    }
    slotAddress(pc, offset + 12, fp).storeBytes(of: back, as: PC.self)
    return back
}

@c func op_return_call(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    _ = stageTail(pc, 16, fp)
    dispatch(immediatePointer(pc, 8), fp, mem, inst, acc, d, f)
}

@inline(__always) private func enterTail(
    _ entry: UnsafeMutablePointer<FunctionEntry>, _ pc: PC, _ offset: Int, _ fp: FP, _ mem: MEM, _ inst: INST, _ d: Double, _ f: Float
) {
    let back = stageTail(pc, offset, fp)
    if entry.pointee.instance == state(inst) { return dispatch(UnsafeRawPointer(entry.pointee.code), fp, mem, inst, 0, d, f) }
    op_cross_tail(back, fp, slotAddress(pc, offset + 12, fp), inst, UInt64(UInt(bitPattern: entry)), d, f)
}

/// As `op_cross` for a tail call: when the frame itself was entered from another instance, its crossing serves the callee too.
@inline(never) @c func op_cross_tail(_ back: PC, _ frame: FP, _ header: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let execution = state(inst).pointee.execution
    let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(acc))!
    guard let target = entry.pointee.instance, back == execution.pointee.restoreCell else {
        return op_cross(back, frame, header, inst, acc, d, f)
    }
    target.pointee.execution = execution
    target.pointee.stackLimit = state(inst).pointee.stackLimit
    dispatch(UnsafeRawPointer(entry.pointee.code), frame, target.pointee.memory.pointee.base, target, 0, d, f)
}

@c func op_return_call_import(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    enterTail(state(inst).pointee.functions[Int(immediateU32(pc, 8))], pc, 12, fp, mem, inst, d, f)
}

@c func op_return_call_indirect(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let table = immediateU32(pc, 12)
    let index = slotU64(pc, 8, fp)
    let element = lookUp(inst, table, index)
    if element == 0 { return op_no_element(pc, fp, mem, inst, indexOperand(index, table), d, f) }
    let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(element)).unsafelyUnwrapped
    if entry.pointee.typeIdentifier != immediateU32(pc, 16) { return op_return_call_subtype(pc, fp, mem, inst, element, d, f) }
    enterTail(entry, pc, 20, fp, mem, inst, d, f)
}

/// As `op_call_subtype` for a tail call.
@inline(never) @c func op_return_call_subtype(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(acc)).unsafelyUnwrapped
    if !isSubtype(inst, entry.pointee.typeIdentifier, of: immediateU32(pc, 16)) { return trap(pc, fp, mem, inst, .badSignature, d, f) }
    enterTail(entry, pc, 20, fp, mem, inst, d, f)
}

@c func op_return_call_ref(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    guard let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(slotU64(pc, 8, fp))) else {
        return trap(pc, fp, mem, inst, .nullFunctionReference, d, f)
    }
    enterTail(entry, pc, 12, fp, mem, inst, d, f)
}

// MARK: Code that is not there yet

/// What a stub becomes: goes to the code. Direct calls were told the code's address; tables still lead here.
@c func op_goto_code(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    dispatch(immediatePointer(pc, 8), fp, mem, inst, acc, d, f)
}

/// The stub of an untranslated function: translates it, becomes a `goto_code`, and goes on.
@c func op_translate(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let refusal = state(inst).pointee.translate(immediateU32(pc, 20))
    if refusal != .none { return trap(pc, fp, mem, inst, refusal, d, f) }
    dispatch(pc, fp, mem, inst, acc, d, f)
}

/// A host function's code. Only reached when the outermost function is the host's; calls go through `op_cross`.
@c func op_call_host(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    trap(pc, fp, mem, inst, .hostError, d, f)
}
