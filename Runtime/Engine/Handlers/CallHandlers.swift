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
@c func op_cross(_ back: PC, _ frame: FP, _ header: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(acc))!
    guard let target = entry.pointee.instance else {
        header.storeBytes(of: back, as: PC.self)
        return op_host(back, frame, header, inst, acc, d, f)
    }
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

/// What a call through a table finds, or the trap's code.
@inline(__always) private func lookUp(
    _ inst: INST, _ table: UInt32, _ index: UInt64, _ type: UInt32
) -> (entry: UnsafeMutablePointer<FunctionEntry>?, trap: TrapCode) {
    let table = state(inst).pointee.tables[Int(table)]
    if index >= UInt64(truncatingIfNeeded: table.pointee.count) { return (nil, .undefinedElement) }
    let reference = table.pointee.elements[Int(truncatingIfNeeded: index)]
    guard let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(reference)) else { return (nil, .indirectCallToNull) }
    if entry.pointee.typeIdentifier != type, !isSubtype(inst, entry.pointee.typeIdentifier, of: type) { return (nil, .badSignature) }
    return (entry, .none)
}

/// Out of the way: types that are not equal but may be subtypes.
@inline(never) private func isSubtype(_ inst: INST, _ type: UInt32, of superType: UInt32) -> Bool {
    state(inst).pointee.owner._withUnsafeGuaranteedRef { $0.store.engine.types.isSubtype(type, of: superType) }
}

/// The index operand: 32-bit unless bit 31 of the table field says the table's indices have 64.
@inline(__always) private func indexOperand(_ value: UInt64, _ table: UInt32) -> UInt64 {
    table & 0x8000_0000 == 0 ? value & 0xFFFF_FFFF : value
}

@c func op_call_indirect_s(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let table = immediateU32(pc, 12)
    let found = lookUp(inst, table & 0x7FFF_FFFF, indexOperand(slotU64(pc, 8, fp), table), immediateU32(pc, 16))
    guard let entry = found.entry else { return trap(pc, fp, mem, inst, found.trap, d, f) }
    enter(entry, pc + 32, slotAddress(pc, 20, fp), slotAddress(pc, 28, fp), pc, fp, mem, inst, d, f)
}

@c func op_call_indirect_a(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let table = immediateU32(pc, 12)
    let found = lookUp(inst, table & 0x7FFF_FFFF, indexOperand(acc, table), immediateU32(pc, 16))
    guard let entry = found.entry else { return trap(pc, fp, mem, inst, found.trap, d, f) }
    enter(entry, pc + 32, slotAddress(pc, 20, fp), slotAddress(pc, 28, fp), pc, fp, mem, inst, d, f)
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
@c func op_cross_tail(_ back: PC, _ frame: FP, _ header: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
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
    let found = lookUp(inst, table & 0x7FFF_FFFF, indexOperand(slotU64(pc, 8, fp), table), immediateU32(pc, 16))
    guard let entry = found.entry else { return trap(pc, fp, mem, inst, found.trap, d, f) }
    enterTail(entry, pc, 20, fp, mem, inst, d, f)
}

@c func op_return_call_ref(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    guard let entry = UnsafeMutablePointer<FunctionEntry>(bitPattern: UInt(slotU64(pc, 8, fp))) else {
        return trap(pc, fp, mem, inst, .nullFunctionReference, d, f)
    }
    enterTail(entry, pc, 12, fp, mem, inst, d, f)
}

// MARK: Code that is not there yet

/// What a stub becomes: goes to the code. A direct call that came here is told the code's address, for the next time. The return
/// address tells whether it was one: the cell before it is a call, of this stub.
@c func op_goto_code(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let code = immediatePointer(pc, 8)
    let cell = slotAddress(pc, 16, fp).load(as: UnsafeMutableRawPointer.self) - 24
    if cell.load(as: UInt.self) == handlerAddress(op_call), cell.load(fromByteOffset: 8, as: PC.self) == pc {
        cell.storeBytes(of: code, toByteOffset: 8, as: PC.self)
    }
    dispatch(code, fp, mem, inst, acc, d, f)
}

/// The stub of an untranslated function: translates it, becomes a `goto_code`, and goes on.
@c func op_translate(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    if state(inst).pointee.translate(immediateU32(pc, 8)) == nil { return trap(pc, fp, mem, inst, .invalidFunction, d, f) }
    dispatch(pc, fp, mem, inst, acc, d, f)
}

/// A host function's code. Only reached when the outermost function is the host's; calls go through `op_cross`.
@c func op_call_host(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    trap(pc, fp, mem, inst, .hostError, d, f)
}
