// VectorOperands: 128-bit operands in slots, cells and memory, for the generated handlers of vector operations.

import WasmNumerics

/// The vector in two neighbouring slots.
@inline(__always) func slotVector(_ pc: PC, _ offset: Int, _ fp: FP) -> V128 {
    let slot = slotAddress(pc, offset, fp)
    return V128(low: slot.load(as: UInt64.self), high: slot.load(fromByteOffset: 8, as: UInt64.self))
}

/// Writes two neighbouring slots.
@inline(__always) func setSlotVector(_ pc: PC, _ offset: Int, _ fp: FP, _ value: V128) {
    let slot = slotAddress(pc, offset, fp)
    slot.storeBytes(of: value.low, as: UInt64.self)
    slot.storeBytes(of: value.high, toByteOffset: 8, as: UInt64.self)
}

/// The vector in two 8-byte fields.
@inline(__always) func immediateVector(_ pc: PC, _ offset: Int) -> V128 {
    V128(low: immediateU64(pc, offset), high: immediateU64(pc, offset + 8))
}

/// Sixteen bytes of memory.
@inline(__always) func loadVector(_ address: MEM) -> V128 {
    V128(low: address.loadUnaligned(as: UInt64.self), high: address.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
}

/// Writes sixteen bytes of memory: the upper half first, whose fault, at a memory's end, leaves the lower one as it was.
@inline(__always) func storeVector(_ address: MEM, _ value: V128) {
    address.storeBytes(of: value.high, toByteOffset: 8, as: UInt64.self)
    address.storeBytes(of: value.low, as: UInt64.self)
}
