// ExceptionHandlers: throwing (core specification, 4.4.8 `throw`, `throw_ref`). Finding the handler is the runtime's part: the
// machine leaves with `.thrown`, the frames are walked, and the run goes on at the handler.

import WasmOperations

@c func op_throw(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let exception = makeException(inst, immediateU32(pc, 12), slotAddress(pc, 8, fp))
    if exception == 0 { return trap(pc, fp, mem, inst, .outOfMemory, d, f) }
    leaveThrowing(exception, pc, fp, inst)
}

@inline(never) private func makeException(_ inst: INST, _ tag: UInt32, _ base: FP) -> UInt64 {
    let tagState = state(inst).pointee.tags[Int(tag)]
    return state(inst).pointee.owner._withUnsafeGuaranteedRef { instance in
        UInt64(UInt(bitPattern: instance.store.throwException(tagState, base)))
    }
}

@inline(__always) private func leaveThrowing(_ exception: UInt64, _ pc: PC, _ fp: FP, _ inst: INST) {
    state(inst).pointee.execution.pointee.leave(.thrown, pc, fp, state(inst))
    state(inst).pointee.execution.pointee.exception = UnsafeMutablePointer<ExceptionState>(bitPattern: UInt(exception))
}

@c func op_throw_ref(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let exception = slotU64(pc, 8, fp)
    if exception == 0 { return trap(pc, fp, mem, inst, .nullExceptionReference, d, f) }
    leaveThrowing(exception, pc, fp, inst)
}
