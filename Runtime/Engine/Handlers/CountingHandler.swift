// CountingHandler: the one handler of a counting engine's table.

/// Counts the cell and goes on with the handler of its operation.
@c func op_counted(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let handler = countDispatch(pc, inst)
    unsafeBitCast(handler, to: Handler.self)(pc, fp, mem, inst, acc, d, f)
}

@inline(never) private func countDispatch(_ pc: PC, _ inst: INST) -> UInt {
    // SAFETY: cells have this handler only when the instance's engine counts.
    state(inst).pointee.counter!.pointee.record(UInt(bitPattern: pc))
}
