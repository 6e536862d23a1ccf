// ControlHandlers: table branches, function entry, fuel, and the ways out (core specification, 4.4.8 and 4.4.10).

import WasmOperations

// MARK: The ways out. Each writes the state back and returns to whoever began the run.

/// Leaves with the trap whose code is in `acc`. Out of line, as all ways out are: what may call needs a frame, on every path.
@inline(never) @c func op_trap(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    state(inst).pointee.execution.pointee.leave(.trapped, pc, fp, state(inst))
    state(inst).pointee.execution.pointee.trapCode = TrapCode(rawValue: UInt8(truncatingIfNeeded: acc)) ?? .hostError
}

/// Leaves with a memory fault at the address in `acc`.
@c func op_memory_trap(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    state(inst).pointee.execution.pointee.leave(.trapped, pc, fp, state(inst))
    state(inst).pointee.execution.pointee.trapCode = .memoryOutOfBounds
    state(inst).pointee.execution.pointee.faultPlace = acc
    state(inst).pointee.execution.pointee.hasFault = true
}

@c func op_unreachable(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    trap(pc, fp, mem, inst, .unreachable, d, f)
}

@c func op_finish(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    state(inst).pointee.execution.pointee.leave(.finished, pc, fp, state(inst))
}

@c func op_fuel(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let left = state(inst).pointee.execution.pointee.fuel &- Int64(immediateU32(pc, 8))
    if left < 0 { return outOfFuel(pc, fp, mem, inst, acc, d, f) }
    state(inst).pointee.execution.pointee.fuel = left
    next(pc, 16, fp, mem, inst, acc, d, f)
}

/// Parks at the charging cell, which is executed again when the execution goes on; the accumulators may be live.
@inline(never) private func outOfFuel(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    state(inst).pointee.execution.pointee.leave(.outOfFuel, pc, fp, state(inst))
    state(inst).pointee.execution.pointee.accumulator = acc
    state(inst).pointee.execution.pointee.double = d
    state(inst).pointee.execution.pointee.single = f
}

// MARK: Table branches

@c func op_br_table_s(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let last = immediateU32(pc, 12)
    let index = slotU32(pc, 8, fp)
    let target = Int(index < last ? index : last)
    dispatch((pc + 16 + target &* 8).load(as: PC.self), fp, mem, inst, acc, d, f)
}

@c func op_br_table_a(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let last = immediateU32(pc, 12)
    let index = UInt32(truncatingIfNeeded: acc)
    let target = Int(index < last ? index : last)
    dispatch((pc + 16 + target &* 8).load(as: PC.self), fp, mem, inst, acc, d, f)
}

// MARK: Entry and return

/// Clears locals. A frame of at most a red zone's size was checked by the call.
@c func op_enter(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    var slot = slotAddress(pc, 8, fp)
    let end = slot + Int(immediateU32(pc, 12)) &* 8
    while slot != end {
        slot.storeBytes(of: 0, as: UInt64.self)
        slot += 8
    }
    next(pc, 16, fp, mem, inst, acc, d, f)
}

/// Checks that a frame larger than the red zone fits.
@c func op_enter_large(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    if UInt(bitPattern: fp) &+ UInt(immediateU32(pc, 8)) > UInt(bitPattern: state(inst).pointee.stackLimit) {
        return trap(pc, fp, mem, inst, .stackOverflow, d, f)
    }
    next(pc, 16, fp, mem, inst, acc, d, f)
}

/// Goes back to the caller: the return address is in the header, the frame distance just before it.
@inline(__always) private func leaveFrame(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let back = slotAddress(pc, 8, fp).load(as: PC.self)
    let frame = fp - Int(back.load(fromByteOffset: -4, as: Int32.self))
    dispatch(back, frame, mem, inst, acc, d, f)
}

@c func op_return(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    leaveFrame(pc, fp, mem, inst, acc, d, f)
}
@c func op_return_s(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let value = slotU64(pc, 12, fp)
    fp.storeBytes(of: value, as: UInt64.self)
    leaveFrame(pc, fp, mem, inst, value, d, f)
}
@c func op_return_a(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    fp.storeBytes(of: acc, as: UInt64.self)
    leaveFrame(pc, fp, mem, inst, acc, d, f)
}
@c func op_return_i(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let value = UInt64(bitPattern: Int64(immediateI32(pc, 12)))
    fp.storeBytes(of: value, as: UInt64.self)
    leaveFrame(pc, fp, mem, inst, value, d, f)
}
@c func op_return_d(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    fp.storeBytes(of: d, as: Double.self)
    leaveFrame(pc, fp, mem, inst, acc, d, f)
}
@c func op_return_f(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    fp.storeBytes(of: f, as: Float.self)
    leaveFrame(pc, fp, mem, inst, acc, d, f)
}
@c func op_return_ds(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let value = slotF64(pc, 12, fp)
    fp.storeBytes(of: value, as: Double.self)
    leaveFrame(pc, fp, mem, inst, acc, value, f)
}
@c func op_return_fs(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let value = slotF32(pc, 12, fp)
    fp.storeBytes(of: value, as: Float.self)
    leaveFrame(pc, fp, mem, inst, acc, d, value)
}
