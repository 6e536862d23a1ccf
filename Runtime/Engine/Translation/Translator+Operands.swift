// The translator's operands and accumulators: what each place holds, and bringing values to their home slots.

import Containers
import WasmModule
import WasmOperations

extension Translator {
    // MARK: Accumulators

    /// A label: nothing is known of the accumulators, and the cell before it is settled.
    mutating func forgetAccumulators() {
        integer = .empty
        double = .empty
        single = .empty
        recent.forget()
    }

    /// The last cell is settled.
    @inline(__always) mutating func barrier() { recent.settle() }

    @inline(__always) mutating func accumulator(_ valueClass: ValueClass) -> AccumulatorState {
        switch valueClass {
        case .integer: integer
        case .double: double
        case .single: single
        case .vector: .empty
        }
    }

    @inline(__always) mutating func setAccumulator(_ valueClass: ValueClass, _ state: AccumulatorState) {
        switch valueClass {
        case .integer: integer = state
        case .double: double = state
        case .single: single = state
        case .vector: break
        }
    }

    /// Tells the producer of the operand that is only in the accumulator to write the home slot too.
    @inline(__always) mutating func spill(_ valueClass: ValueClass) {
        if accumulator(valueClass).operand >= 0 { spillOperand(valueClass) }
    }

    @inline(never) private mutating func spillOperand(_ valueClass: ValueClass) {
        var state = accumulator(valueClass)
        let home = operands.base[state.operand].home
        storeResult(of: state.producer, in: home)
        operands.base[state.operand].place = .home
        state.operand = -1
        state.slot = home
        setAccumulator(valueClass, state)
    }

    /// Has the cell at `cell`, whose result is only in an accumulator, write it to a slot too.
    @inline(__always) mutating func storeResult(of cell: Int, in slot: Int32) {
        code.setOperation(code.operation(at: cell).storing, at: cell)
        code.setField(slot, at: cell + CellLayout.headerByteCount)
    }

    /// The cell at `cell` and what follows it were never emitted, and the integer accumulator still holds what it held before.
    mutating func undo(to cell: Int) {
        code.truncate(to: cell)
        integer = AccumulatorState(slot: recent.slotBefore, operand: -1, producer: -1)
    }

    mutating func spillAll() {
        spill(.integer)
        spill(.double)
        spill(.single)
    }

    /// A slot is written by something else: no accumulator holds its value any more.
    mutating func forgetSlot(_ slot: Int32) {
        if integer.slot == slot { integer.slot = AccumulatorState.none }
        if double.slot == slot { double.slot = AccumulatorState.none }
        if single.slot == slot { single.slot = AccumulatorState.none }
    }

    // MARK: Operands

    /// Pushes an operand that is no local. There is room: see `operandRoom`.
    @inline(__always) mutating func push(_ place: Operand.Place, _ valueClass: ValueClass, _ payload: UInt64 = 0) {
        let home = nextHome
        operands.appendReserved(Operand(place: place, valueClass: valueClass, home: home, payload: payload))
        nextHome = home &+ valueClass.byteCount
        use(slot: home)
    }

    /// Pushes a local.
    @inline(__always) mutating func pushLocal(_ local: LocalPlace) {
        localOperands.appendReserved(operands.count)
        push(.local, local.valueClass, UInt64(bitPattern: Int64(local.slot)))
    }

    /// Pushes operands that are in their home slots, as many as a block or function has; none where memory is refused.
    mutating func pushHome(_ count: Int, _ type: (Int) -> ValueType) {
        guard operands.reserve(operands.count &+ count &+ Translator.operandRoom) else {
            isRefused = true
            return
        }
        for index in 0..<count { push(.home, ValueClass(type(index))) }
    }

    /// So many operands can be pushed by an instruction without asking for room; what may push more asks (`pushHome`).
    static let operandRoom = 4
    /// Before more operands than these name locals they are all brought home; it bounds the search for them.
    static let mostLocalOperands = 64

    /// The slot at `slot`, of 16 bytes at most, is in use.
    @inline(__always) mutating func use(slot: Int32) {
        if slot &+ 16 > frameByteCount { frameByteCount = slot &+ 16 }
    }

    /// Takes the top operand. One that is only in the accumulator must be used by the very next cell.
    @inline(__always) mutating func pop() -> Operand {
        let index = operands.count &- 1
        let operand = operands.base[index]
        operands.truncate(to: index)
        nextHome = operand.home
        switch operand.place {
        case .local: if localOperands.count > 0 { localOperands.truncate(to: localOperands.count &- 1) }
        case .accumulator: releaseAccumulator(operand.valueClass)
        case .home, .constant: break
        }
        return operand
    }

    @inline(__always) private mutating func releaseAccumulator(_ valueClass: ValueClass) {
        switch valueClass {
        case .integer: integer.operand = -1
        case .double: double.operand = -1
        case .single: single.operand = -1
        case .vector: break
        }
    }

    /// Pushes the result of the cell at `cell`, which is in the accumulator only.
    mutating func pushResult(_ valueClass: ValueClass, of cell: Int) {
        push(.accumulator, valueClass)
        setAccumulator(valueClass, AccumulatorState(slot: AccumulatorState.none, operand: operands.count - 1, producer: cell))
        recent.note(cell)
        if !isFusing { settleResult(valueClass) }
    }

    /// Has the result that was just pushed stored.
    @inline(never) private mutating func settleResult(_ valueClass: ValueClass) {
        spill(valueClass)
        setAccumulator(valueClass, .empty)
        barrier()
    }

    /// Makes room in an accumulator for a new result.
    @inline(__always) mutating func claim(_ valueClass: ValueClass) {
        if accumulator(valueClass).operand >= 0 { spill(valueClass) }
        setAccumulator(valueClass, .empty)
    }

    /// Brings the operand at `index` to its home slot.
    @inline(__always) mutating func materialize(_ index: Int) {
        if operands.base[index].place != .home { moveHome(index) }
    }

    @inline(never) private mutating func moveHome(_ index: Int) {
        let operand = operands.base[index]
        switch operand.place {
        case .home: return
        case .accumulator: spill(operand.valueClass)
        case .constant:
            emitConstant(operand, to: operand.home)
            operands.base[index].place = .home
        case .local:
            emitCopy(operand, to: operand.home)
            leaveLocal(index)
        }
    }

    /// The operand at `index` no longer names a local: it is in its home slot. There are few that do.
    mutating func leaveLocal(_ index: Int) {
        operands.base[index].place = .home
        var position = localOperands.count - 1
        while position >= 0, localOperands.base[position] != index { position -= 1 }
        guard position >= 0 else { return }
        while position + 1 < localOperands.count {
            localOperands.base[position] = localOperands.base[position + 1]
            position += 1
        }
        localOperands.truncate(to: position)
    }

    /// Brings the top `count` operands home.
    mutating func materializeTop(_ count: Int) {
        var index = operands.count - count
        while index < operands.count {
            materialize(index)
            index += 1
        }
    }

    /// Before a block: no operand names a local or is only in an accumulator, since code inside may change both.
    mutating func settleOperands() {
        spillAll()
        while localOperands.count > 0 { materialize(localOperands.base[0]) }
    }
}
