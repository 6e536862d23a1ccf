// NativeHandler: counts towards compilation; and the header of a cell that leads to machine code of another machine.

/// Counts an entry or a turn of a loop. No accumulator is live.
@c func op_tally(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    let counter = state(inst).pointee.counters + Int(immediateU32(pc, 8))
    let left = counter.pointee &- 1
    counter.pointee = left
    if left == 0 { return becomeHot(pc, fp, mem, inst, acc, d, f) }
    next(pc, 16, fp, mem, inst, acc, d, f)
}

/// What is left of counting where a function is not compiled.
@c func op_tally_over(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    next(pc, 16, fp, mem, inst, acc, d, f)
}

/// Has the function compiled and goes on with the same cell, whose header is now another unless memory was refused; then the counter begins
/// anew.
@inline(never) private func becomeHot(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    compileHot(inst, immediateU32(pc, 8))
    dispatch(pc, fp, mem, inst, acc, d, f)
}

@inline(never) private func compileHot(_ inst: INST, _ function: UInt32) {
    state(inst).pointee.owner._withUnsafeGuaranteedRef { $0.module.compile(function) }
}

#if !arch(riscv64)
    /// Runs machine code from a cell on until it leaves. The registers lie in the compiler: with their address taken here, the last act would
    /// be no jump, and a loop that leaves in each turn would fill the stack.
    @inline(never) @c func op_enter_native(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
        let left = runNative(pc, fp, mem, inst, acc, d, f)
        unsafeBitCast(left.pointee.programCounter, to: Handler.self)(
            PC(bitPattern: left.pointee.cell).unsafelyUnwrapped, FP(bitPattern: left.pointee.frame).unsafelyUnwrapped,
            MEM(bitPattern: left.pointee.memory).unsafelyUnwrapped, INST(bitPattern: left.pointee.instance).unsafelyUnwrapped,
            left.pointee.accumulator, Double(bitPattern: left.pointee.double), Float(bitPattern: left.pointee.single))
    }

    @inline(never) private func runNative(
        _ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float
    ) -> UnsafeMutablePointer<NativeRegisters> {
        state(inst).pointee.owner._withUnsafeGuaranteedRef { instance in
            // Only cells of compiled functions have this header.
            let compiler = instance.module.engine.compiler.unsafelyUnwrapped
            let function = instance.module.functionCode(containing: pc).unsafelyUnwrapped
            let (code, start) = instance.module.compiled.find(Int(function.functionIndex), cell: pc - function.start).unsafelyUnwrapped
            compiler.registers.pointee = NativeRegisters(
                code: code, programCounter: start, cell: UInt(bitPattern: pc), frame: UInt(bitPattern: fp), memory: UInt(bitPattern: mem),
                instance: UInt(bitPattern: inst), execution: UInt(bitPattern: state(inst).pointee.execution), accumulator: acc,
                double: d.bitPattern, single: f.bitPattern)
            compiler.provider.run(compiler.registers)
            return compiler.registers
        }
    }
#endif
