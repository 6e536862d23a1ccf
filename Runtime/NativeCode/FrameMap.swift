// FrameMap: where a frame of native code has what threaded code keeps in slots and accumulators, and how the one becomes the other.
//
// Mapped are the beginning of every cell's code - so calls, loop headers and charges of fuel - and every access that may fault. At each of them
// the cell has not begun, `a0` is the function's anchor, and what is no pin is in its slot. A frame that waits for a call's return needs no
// map: its pins are in their slots.

import Containers
import MachineCode
import WasmOperations

/// What is where at a place in code.
public struct FrameMap: BitwiseCopyable {
    /// Bytes from the function's first native instruction.
    public var codeOffset: UInt32
    /// The cell that threaded code goes on at.
    public var cellOffset: UInt32
    /// The pins whose slots are older than their registers.
    var pins: PinSet
    /// The registers of the accumulators.
    var integer: UInt8
    var double: UInt8
    var single: UInt8
    /// What fuel is left beside that in its register; -1 where none is charged.
    var reserve: Int32
}

/// The registers of a hart that runs native code, x0 to x31 and f0 to f31, as a trap or a simulator saved them.
public struct SavedRegisters {
    /// The integer registers.
    public var integers: UnsafePointer<UInt64>
    /// The bits of the float registers.
    public var floats: UnsafePointer<UInt64>

    /// Registers that lie in memory.
    public init(integers: UnsafePointer<UInt64>, floats: UnsafePointer<UInt64>) {
        self.integers = integers
        self.floats = floats
    }
}

/// What a handler is entered with, beside frame, memory and instance, which native code keeps where handlers do.
public struct ThreadedState: Equatable {
    /// The cell, as an offset.
    public var cellOffset: Int
    /// The cell's address.
    public var cell: UInt
    public var accumulator: UInt64
    public var double: UInt64
    public var single: UInt32
    /// The fuel left, where it is charged.
    public var fuel: Int64?
}

/// A slot whose value is in a register.
public struct MappedSlot: Equatable {
    /// Bytes from the frame.
    public var slot: Int32
    /// The register's number.
    public var register: UInt8
    public var isFloat: Bool
    /// Whether only its lower four bytes are the register's.
    public var isSingle: Bool
    /// Whether it may be a reference: nothing in the cells says that it is not.
    public var mayBeReference: Bool
}

extension Emitter {
    /// The map of a place in the code, made with `recordsMaps`; nil where there is none.
    public func map(at codeOffset: Int) -> FrameMap? {
        let count = countBefore(maps.count) { Int(maps[$0].codeOffset) <= codeOffset }
        // Of several at one place, between which nothing happens, the last.
        guard count > 0, Int(maps[count - 1].codeOffset) == codeOffset else { return nil }
        return maps[count - 1]
    }

    /// Calls `body` with each slot whose value is in a register at a mapped place.
    public func visitSlots(of map: FrameMap, _ body: (MappedSlot) -> Void) {
        var rest = map.pins
        while rest != 0 {
            let pin = pins.all[rest.trailingZeroBitCount]
            body(
                MappedSlot(
                    slot: pin.slot, register: pin.register, isFloat: pin.use != .integer, isSingle: pin.use == .single,
                    mayBeReference: pin.use == .integer))
            rest &= rest - 1
        }
    }

    /// Turns a native frame into its threaded form: stores pins in their slots and says where threaded code goes on. `frame` is what `a1` holds.
    /// Nil, and nothing done, where the code has no map.
    public func makeThreaded(
        at codeOffset: Int, _ registers: SavedRegisters, frame: UnsafeMutableRawPointer
    ) -> ThreadedState? {
        guard let map = map(at: codeOffset) else { return nil }
        visitSlots(of: map) { slot in
            let value = (slot.isFloat ? registers.floats : registers.integers)[Int(slot.register)]
            if slot.isSingle {
                frame.storeBytes(of: UInt32(truncatingIfNeeded: value), toByteOffset: Int(slot.slot), as: UInt32.self)
            } else {
                frame.storeBytes(of: value, toByteOffset: Int(slot.slot), as: UInt64.self)
            }
        }
        let anchorAddress = UInt(truncatingIfNeeded: registers.integers[Int(IntegerRegister.cell.number)])
        return ThreadedState(
            cellOffset: Int(map.cellOffset), cell: anchorAddress &+ UInt(bitPattern: Int(map.cellOffset) - anchor),
            accumulator: registers.integers[Int(map.integer)], double: registers.floats[Int(map.double)],
            single: UInt32(truncatingIfNeeded: registers.floats[Int(map.single)]),
            fuel: map.reserve < 0
                ? nil : Int64(bitPattern: registers.integers[Int(IntegerRegister.fuel.number)]) &+ Int64(map.reserve))
    }
}
