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

/// The bytes at the sixteen places of the frame that the fields from `offset` on name.
@inline(__always) func gatherBytes(_ pc: PC, _ offset: Int, _ fp: FP) -> V128 {
    V128(low: gatherWord(pc, offset, fp), high: gatherWord(pc, offset + 32, fp))
}

@inline(__always) private func gatherWord(_ pc: PC, _ offset: Int, _ fp: FP) -> UInt64 {
    @inline(__always) func byte(_ index: Int) -> UInt64 {
        UInt64(slotAddress(pc, offset + index * 4, fp).load(as: UInt8.self)) &<< UInt64(index &* 8)
    }
    let low = byte(0) | byte(1) | byte(2) | byte(3)
    return low | byte(4) | byte(5) | byte(6) | byte(7)
}

/// The bytes of `table` at the sixteen indices in `indices`; 0 where an index is 16 or more. What lies up to 255 bytes behind a slot is
/// the frame's or the red zone's and can be read; a mask over eight lanes at a time takes it out again.
@inline(__always) func lookUpBytes(_ table: UnsafeMutableRawPointer, _ indices: UnsafeMutableRawPointer) -> V128 {
    V128(low: lookUpWord(table, indices), high: lookUpWord(table, indices + 8))
}

@inline(__always) private func lookUpWord(_ table: UnsafeMutableRawPointer, _ indices: UnsafeMutableRawPointer) -> UInt64 {
    @inline(__always) func byte(_ index: Int) -> UInt64 {
        let place = Int(indices.load(fromByteOffset: index, as: UInt8.self))
        return UInt64(table.load(fromByteOffset: place, as: UInt8.self)) &<< UInt64(index &* 8)
    }
    let low = byte(0) | byte(1) | byte(2) | byte(3)
    let bytes = low | byte(4) | byte(5) | byte(6) | byte(7)
    // The upper halves of the indices, in the lower halves of the lanes: adding 15 carries out of those that are not 0.
    let upper = (indices.load(as: UInt64.self) &>> 4) & 0x0F0F_0F0F_0F0F_0F0F
    let isBeyond = ((upper &+ 0x0F0F_0F0F_0F0F_0F0F) &>> 4) & 0x0101_0101_0101_0101
    return bytes & ~(isBeyond &* 255)
}

/// Sixteen bytes of memory.
@inline(__always) func loadVector(_ address: MEM) -> V128 {
    V128(low: address.loadUnaligned(as: UInt64.self), high: address.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
}

/// Writes sixteen bytes of memory, which must be known to be there: it takes two stores.
@inline(__always) func storeVector(_ address: MEM, _ value: V128) {
    address.storeBytes(of: value.low, as: UInt64.self)
    address.storeBytes(of: value.high, toByteOffset: 8, as: UInt64.self)
}
