// Cell: one cell of intermediate code, decoded: what it means, its operands, its result, and where the next one is.

import Containers
import WasmOperations

/// An operand of a cell.
struct CellOperand {
    var form = OperandForm.none
    /// The slot's byte offset in the frame, or the immediate.
    var value: Int64 = 0

    /// The slot it is read from; nil when it is elsewhere.
    @inline(__always) var slot: Int32? { form == .slot ? Int32(truncatingIfNeeded: value) : nil }
}

/// A decoded cell.
struct Cell {
    /// Its offset among the function's cells.
    let offset: Int
    let number: UInt16
    let meaning: OperationMeaning
    /// Bytes of the cell, a table branch's targets included.
    let byteCount: Int
    /// The slot that gets the result, when one does.
    private(set) var result: Int32 = 0
    private(set) var first = CellOperand()
    private(set) var second = CellOperand()
    private(set) var third = CellOperand()
    /// The field of its address.
    private(set) var addressField: Int32 = 0
    /// The first field behind the operands, unaligned: a branch's target is the next eight bytes.
    private(set) var rest = 0
    /// Its first byte.
    private let base: UnsafeRawPointer

    /// The cell at `offset` of the cells that begin at `cells`.
    init(_ cells: UnsafeRawPointer, _ offset: Int) {
        self.offset = offset
        base = cells + offset
        number = base.load(as: UInt16.self)
        meaning = operationMeaning(number)
        let shape = meaning.shape
        byteCount = Cell.byteCount(base, number, shape)
        var at = 8
        switch shape {
        case .value, .load, .copy, .copyDouble, .copySingle, .addBranch32, .addBranch64, .globalGet, .globalSetSum, .globalAdd,
            .vector, .vectorToScalar, .vectorLoad, .anyLoad:
            if meaning.storesResult { result = field(8) }
            at = shape == .globalSetSum || shape == .globalAdd ? 20 : 12
        case .globalSet, .giveBack, .giveBackDouble, .giveBackSingle: at = 12
        case .handler, .leaving, .copyRun, .copyVector, .constantVector, .clear, .clearMany, .checkFrame, .fuel, .nothing, .call, .jump:
            rest = 8
            return
        default: break
        }
        first = operand(0, &at)
        second = operand(1, &at)
        third = operand(2, &at)
        switch meaning.address {
        case .offset, .sum, .slotSum, .constant, .wide:
            addressField = field(at)
            at += 4
        default: break
        }
        rest = at
    }

    @inline(__always) private func operand(_ index: Int, _ at: inout Int) -> CellOperand {
        let form = meaning.operand(index)
        switch form {
        case .slot, .pair, .immediate:
            at += 4
            return CellOperand(form: form, value: Int64(field(at - 4)))
        case .wideImmediate:
            at = (at + 7) & ~7
            at += 8
            return CellOperand(form: form, value: base.load(fromByteOffset: at - 8, as: Int64.self))
        case .none, .accumulator: return CellOperand(form: form)
        }
    }

    private static func byteCount(_ base: UnsafeRawPointer, _ number: UInt16, _ shape: OperationShape) -> Int {
        let targets = shape == .tableBranch ? Int(base.load(fromByteOffset: 12, as: UInt32.self)) + 1 : 0
        return Operation(rawValue: number).cellByteCount + targets * 8
    }

    /// What kind of cell is at an offset, and where the next one is: without its operands.
    static func head(_ cells: UnsafeRawPointer, _ offset: Int) -> (shape: OperationShape, end: Int) {
        let number = cells.load(fromByteOffset: offset, as: UInt16.self)
        let shape = operationMeaning(number).shape
        return (shape, offset + byteCount(cells + offset, number, shape))
    }

    /// Where the next cell is.
    var end: Int { offset + byteCount }

    /// The 4-byte field so many bytes from the cell's start.
    @inline(__always) func field(_ at: Int) -> Int32 { base.load(fromByteOffset: at, as: Int32.self) }
    /// The 8-byte field so many bytes from the cell's start.
    @inline(__always) func field64(_ at: Int) -> Int64 { base.load(fromByteOffset: at, as: Int64.self) }

    /// Where a branch goes.
    var target: Int { Int(truncatingIfNeeded: field64((rest + 7) & ~7)) }

    /// How many targets a table branch has.
    var targetCount: Int { Int(UInt32(bitPattern: field(12))) + 1 }
    /// A table branch's target.
    func target(_ index: Int) -> Int { Int(truncatingIfNeeded: field64(16 + index * 8)) }

    /// Whether the integer accumulator may be among its operands.
    var readsInteger: Bool {
        switch meaning.shape {
        case .value, .load, .store, .branch, .branchUnless, .addBranch32, .addBranch64, .copy,
            .anyLoad, .anyStore:
            first.form == .accumulator || second.form == .accumulator || third.form == .accumulator
        case .copyRun, .copyDouble, .copySingle, .copyVector, .constantVector, .clear, .clearMany, .jump, .vector,
            .vectorToScalar, .vectorLoad, .vectorStore:
            false
        default: true
        }
    }

    /// Whether the cell behind it does not follow.
    var endsFlow: Bool { meaning.shape.endsFlow }
    /// Whether it leaves native code, which goes on at the cell behind it.
    var leavesAndReturns: Bool { meaning.shape.leavesAndReturns }
    /// Whether it branches to `target`.
    var branches: Bool { meaning.shape.branches }
}

extension OperationShape {
    /// Whether the cell behind one of these does not follow.
    var endsFlow: Bool {
        switch self {
        case .jump, .tableBranch, .giveBack, .giveBackDouble, .giveBackSingle, .leaving: true
        default: false
        }
    }

    /// Whether native code is left, and goes on at the cell behind.
    var leavesAndReturns: Bool {
        switch self {
        case .handler, .call, .callIndirect: true
        default: false
        }
    }

    /// Whether there is one target.
    var branches: Bool {
        switch self {
        case .branch, .branchUnless, .addBranch32, .addBranch64, .jump: true
        default: false
        }
    }
}
