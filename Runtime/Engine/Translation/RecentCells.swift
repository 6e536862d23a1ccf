// RecentCells: what the translator knows of the cells it has just emitted, and may still change or take back: the memory of the peephole.

import WasmOperations

/// The last cells, while nothing jumps between them and what comes next.
struct RecentCells {
    /// No cell.
    static let none = -1

    /// The last cell when nothing jumps behind it and it may be changed, else `none`.
    private(set) var last = RecentCells.none
    /// What the integer accumulator was known to hold before `last`, if that makes an integer of two operands.
    private(set) var slotBefore = AccumulatorState.none
    /// The cell whose result `last` compares as its left operand, and what the integer accumulator was known to hold before that.
    private(set) var compared = RecentCells.none
    private var slotBeforeCompared = AccumulatorState.none
    /// The last cell that stored a sum in a local, and where it ends; the one that `last` followed.
    private var sum = RecentCells.none
    private var sumEnd = RecentCells.none
    private(set) var sumBefore = RecentCells.none
    /// The last cell that read a global, and where it ends.
    private var globalRead = RecentCells.none
    private var globalReadEnd = RecentCells.none

    /// A label: whatever was emitted stays as it is.
    @inline(__always) mutating func forget() {
        last = RecentCells.none
        sumEnd = RecentCells.none
        globalReadEnd = RecentCells.none
    }

    /// The last cell stays as it is.
    @inline(__always) mutating func settle() { last = RecentCells.none }

    /// The cell at `cell` is the last one.
    @inline(__always) mutating func note(_ cell: Int) { last = cell }

    /// A cell that makes an integer of two operands is about to be emitted at `end`. `isLeft` says whether its left operand is what the
    /// last cell made, `slot` what the accumulator is known to hold.
    @inline(__always) mutating func beginBinary(at end: Int, slot: Int32, isLeft: Bool) {
        slotBeforeCompared = slotBefore
        slotBefore = slot
        compared = isLeft ? last : RecentCells.none
        sumBefore = sumEnd == end ? sum : RecentCells.none
    }

    /// The cell at `cell`, which ends at `end`, stored a sum in a local.
    @inline(__always) mutating func noteSum(_ cell: Int, end: Int) {
        sum = cell
        sumEnd = end
    }

    /// The cell at `cell`, which ends at `end`, read a global.
    @inline(__always) mutating func noteGlobalRead(_ cell: Int, end: Int) {
        globalRead = cell
        globalReadEnd = end
    }

    /// The cell right before `end` if it stored a sum in a local.
    @inline(__always) func sum(endingAt end: Int) -> Int? { sumEnd == end && sumEnd >= 0 ? sum : nil }

    /// The cell right before `end` if it read a global.
    @inline(__always) func globalRead(endingAt end: Int) -> Int? { globalReadEnd == end ? globalRead : nil }

    /// The comparison was taken back: what it compared is the last cell.
    mutating func stepToCompared() { slotBefore = slotBeforeCompared }
}

/// A cell with a result field and operands, decoded.
struct DecodedCell {
    let start: Int
    let operation: Operation
    let meaning: OperationMeaning
    /// The fields: what the result field holds, and the operands in order; those in the accumulator have none.
    let result: Int32
    let left: Int32
    let right: Int32

    @inline(__always) init(_ code: borrowing CodeBuffer, _ start: Int) {
        self.start = start
        operation = code.operation(at: start)
        meaning = operationMeaning(operation.rawValue)
        result = code.field(start + CellLayout.headerByteCount)
        let first = code.field(start + CellLayout.secondFieldOffset)
        let isHeld = meaning.operand(0) == .accumulator
        left = first
        right = isHeld ? first : code.field(start + CellLayout.secondFieldOffset + 4)
    }

    /// Whether it makes `micro` of its operands and stores it in no slot.
    @inline(__always) func makes(_ micro: MicroOperation) -> Bool {
        meaning.micro == micro && meaning.shape == .value && !meaning.storesResult
    }

    /// Where its two operands are; nil for forms that only operations have whose operands cannot be exchanged.
    var form: BinaryPlaces? {
        let isHeld = meaning.operand(0) == .accumulator
        switch (meaning.operand(0), meaning.operand(1)) {
        case (.slot, .slot), (.accumulator, .slot): return isHeld ? .heldSlot : .slotSlot
        case (.slot, .immediate), (.accumulator, .immediate), (.slot, .wideImmediate), (.accumulator, .wideImmediate):
            return isHeld ? .heldImmediate : .slotImmediate
        default: return nil
        }
    }

    /// The 64-bit field of its right operand, behind the others.
    @inline(__always) func wide(_ code: borrowing CodeBuffer) -> UInt64 { code.field64(start + CellLayout.secondFieldOffset + 4) }
}
