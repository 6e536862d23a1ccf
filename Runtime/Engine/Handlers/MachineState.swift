// MachineState: what travels in a handler's parameters, and the few functions every handler is made of.
//
// A handler is a C function entered and left by a jump: `next` is its last act, nothing is live after it, and it never takes the
// address of a local. Release builds only: an unoptimised build would call instead of jump.

import WasmOperations

/// The cell being executed.
typealias PC = UnsafeRawPointer
/// The frame: slots of 8 bytes.
typealias FP = UnsafeMutableRawPointer
/// The base of memory 0 of the running instance.
typealias MEM = UnsafeMutableRawPointer
/// The running instance.
typealias INST = UnsafeMutableRawPointer

/// The running instance's state: C functions cannot name the type.
@inline(__always) func state(_ inst: INST) -> UnsafeMutablePointer<InstanceState> { inst.assumingMemoryBound(to: InstanceState.self) }
/// A handler. `acc` holds an integer (i32 sign-extended), `d` and `f` a double and a single.
typealias Handler = @convention(c) (PC, FP, MEM, INST, UInt64, Double, Float) -> Void

@inline(__always) func handlerAddress(_ handler: Handler) -> UInt { unsafeBitCast(handler, to: UInt.self) }

/// Goes on with the cell at `pc`.
@inline(__always) func dispatch(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    unsafeBitCast(pc.load(as: UInt.self), to: Handler.self)(pc, fp, mem, inst, acc, d, f)
}

/// Goes on with the cell `size` bytes further.
@inline(__always) func next(_ pc: PC, _ size: Int, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    dispatch(pc + size, fp, mem, inst, acc, d, f)
}

/// Goes on with the cell whose address the field at `offset` holds.
@inline(__always) func jump(_ pc: PC, _ offset: Int, _ fp: FP, _ mem: MEM, _ inst: INST, _ acc: UInt64, _ d: Double, _ f: Float) {
    dispatch(pc.load(fromByteOffset: offset, as: PC.self), fp, mem, inst, acc, d, f)
}

/// Leaves with a trap.
@inline(__always) func trap(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ code: TrapCode, _ d: Double, _ f: Float) {
    op_trap(pc, fp, mem, inst, UInt64(code.rawValue), d, f)
}

/// Leaves with `memoryOutOfBounds` at an effective address.
@inline(__always) func memoryTrap(_ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ address: UInt64, _ d: Double, _ f: Float) {
    op_memory_trap(pc, fp, mem, inst, address, d, f)
}

/// Leaves with a trap at an index of a table.
@inline(__always) func tableTrap(
    _ pc: PC, _ fp: FP, _ mem: MEM, _ inst: INST, _ code: TrapCode, _ index: UInt64, _ table: UnsafeMutablePointer<TableState>, _ d: Double,
    _ f: Float
) {
    state(inst).pointee.execution.pointee.faultPlace = index
    state(inst).pointee.execution.pointee.faultSize = UInt64(truncatingIfNeeded: table.pointee.count)
    state(inst).pointee.execution.pointee.hasFault = true
    op_trap(pc, fp, mem, inst, UInt64(code.rawValue), d, f)
}

// MARK: Operands

@inline(__always) func slotAddress(_ pc: PC, _ offset: Int, _ fp: FP) -> UnsafeMutableRawPointer {
    fp + Int(pc.load(fromByteOffset: offset, as: Int32.self))
}
@inline(__always) func slotI32(_ pc: PC, _ offset: Int, _ fp: FP) -> Int32 { slotAddress(pc, offset, fp).load(as: Int32.self) }
@inline(__always) func slotU32(_ pc: PC, _ offset: Int, _ fp: FP) -> UInt32 { slotAddress(pc, offset, fp).load(as: UInt32.self) }
@inline(__always) func slotI64(_ pc: PC, _ offset: Int, _ fp: FP) -> Int64 { slotAddress(pc, offset, fp).load(as: Int64.self) }
@inline(__always) func slotU64(_ pc: PC, _ offset: Int, _ fp: FP) -> UInt64 { slotAddress(pc, offset, fp).load(as: UInt64.self) }
@inline(__always) func slotF32(_ pc: PC, _ offset: Int, _ fp: FP) -> Float { slotAddress(pc, offset, fp).load(as: Float.self) }
@inline(__always) func slotF64(_ pc: PC, _ offset: Int, _ fp: FP) -> Double { slotAddress(pc, offset, fp).load(as: Double.self) }

@inline(__always) func immediateI32(_ pc: PC, _ offset: Int) -> Int32 { pc.load(fromByteOffset: offset, as: Int32.self) }
@inline(__always) func immediateU32(_ pc: PC, _ offset: Int) -> UInt32 { pc.load(fromByteOffset: offset, as: UInt32.self) }
@inline(__always) func immediateU64(_ pc: PC, _ offset: Int) -> UInt64 { pc.load(fromByteOffset: offset, as: UInt64.self) }
@inline(__always) func immediateF32(_ pc: PC, _ offset: Int) -> Float { pc.load(fromByteOffset: offset, as: Float.self) }
@inline(__always) func immediateF64(_ pc: PC, _ offset: Int) -> Double { pc.load(fromByteOffset: offset, as: Double.self) }
@inline(__always) func immediatePointer(_ pc: PC, _ offset: Int) -> PC { pc.load(fromByteOffset: offset, as: PC.self) }

@inline(__always) func setSlot(_ pc: PC, _ offset: Int, _ fp: FP, _ value: UInt64) {
    slotAddress(pc, offset, fp).storeBytes(of: value, as: UInt64.self)
}
@inline(__always) func setSlot(_ pc: PC, _ offset: Int, _ fp: FP, _ value: Double) {
    slotAddress(pc, offset, fp).storeBytes(of: value, as: Double.self)
}
@inline(__always) func setSlot(_ pc: PC, _ offset: Int, _ fp: FP, _ value: Float) {
    slotAddress(pc, offset, fp).storeBytes(of: value, as: Float.self)
}

/// An i32 as accumulators and slots hold it.
@inline(__always) func word(_ value: Int32) -> UInt64 { UInt64(bitPattern: Int64(value)) }
@inline(__always) func word(_ value: UInt32) -> UInt64 { word(Int32(bitPattern: value)) }
/// A truth value.
@inline(__always) func bit(_ value: Bool) -> UInt64 { value ? 1 : 0 }

// MARK: State of the instance

@inline(__always) func memoryByteCount(_ inst: INST) -> UInt64 { UInt64(truncatingIfNeeded: state(inst).pointee.memory.pointee.byteCount) }
@inline(__always) func memoryState(_ inst: INST, _ index: UInt32) -> UnsafeMutablePointer<MemoryState> {
    state(inst).pointee.memories[Int(index)]
}
@inline(__always) func outOfBounds(_ memory: UnsafeMutablePointer<MemoryState>, _ address: UInt64, _ width: UInt64) -> Bool {
    let size = UInt64(truncatingIfNeeded: memory.pointee.byteCount)
    return size < width || address > size &- width
}
/// The global whose index times 8 is `scaledIndex`.
@inline(__always) func globalState(_ inst: INST, _ scaledIndex: UInt32) -> UnsafeMutablePointer<GlobalState> {
    (UnsafeRawPointer(state(inst).pointee.globals) + Int(scaledIndex)).load(as: UnsafeMutablePointer<GlobalState>.self)
}
