// Which cell is emitted how; branches, calls, returns, fuel.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// Emits a cell of block `block`.
    mutating func emit(_ cell: Cell, _ block: Int) {
        switch cell.meaning.shape {
        case .value: if !emitInteger(cell), !emitFloat(cell) { isRefused = true }
        case .load, .store: emitAccess(cell)
        case .branch: emitBranch(cell, unless: false)
        case .branchUnless: emitBranch(cell, unless: true)
        case .addBranch32: emitAddBranch(cell, isWord: true)
        case .addBranch64: emitAddBranch(cell, isWord: false)
        case .jump: code.append(.jal, .zero, to: label(cell.target))
        case .tableBranch: emitTableBranch(cell)
        case .copy: copy(cell.first, to: cell.result)
        case .copyDouble: copyFloat(cell, double, isDouble: true)
        case .copySingle: copyFloat(cell, single, isDouble: false)
        case .copyRun: emitCopyRun(cell)
        case .copyVector: emitCopyVector(cell)
        case .constantVector: emitConstantVector(cell)
        case .globalGet: emitGlobalGet(cell)
        case .globalSet: emitGlobalSet(cell)
        case .globalSetSum: emitGlobalSetSum(cell)
        case .globalAdd: emitGlobalAdd(cell)
        case .clear: return emitClear(cell)
        case .clearMany: emitClearMany(cell)
        case .checkFrame: emitFrameCheck(cell)
        case .fuel: emitFuel(cell, block)
        case .nothing: break
        case .giveBack: emitGiveBack(cell)
        case .giveBackDouble: emitGiveBackFloat(cell, isDouble: true)
        case .giveBackSingle: emitGiveBackFloat(cell, isDouble: false)
        case .call: emitCall(cell, block)
        case .callIndirect: emitCallIndirect(cell, block)
        case .anyLoad, .anyStore: emitAnyAccess(cell)
        case .vector: emitVector(cell)
        case .vectorToScalar: emitVectorToScalar(cell)
        case .vectorLoad: emitVectorLoad(cell)
        case .vectorStore: emitVectorStore(cell)
        case .handler, .leaving: leave(cell, spilling: liveness.atEnd(function, graph, block) | readSet(cell))
        }
        live |= writtenSet(cell)
    }

    private func label(_ offset: Int) -> MachineCodeLabel {
        // The translator's branches lead to cells, and every cell that a branch leads to begins a block.
        labels[graph.block(at: offset).unsafelyUnwrapped]
    }

    private mutating func copyFloat(_ cell: Cell, _ register: FloatRegister, isDouble: Bool) {
        if let pin = pins.pin(ofSlot: cell.result), pin.use != .integer, pin.floatRegister == register { return }
        protect(slot: cell.result)
        write(isDouble ? double : single, isDouble: isDouble, to: cell.result)
    }

    // MARK: Branches

    private mutating func emitBranch(_ cell: Cell, unless: Bool) {
        let target = label(cell.target)
        let micro = cell.meaning.micro
        switch micro {
        case .intAnd:
            var value = read(cell.first, .t0)
            if cell.second.form != .none {
                if cell.second.form == .immediate, OperandKind.signed12.fits(Int(cell.second.value)) {
                    code.append(.andi, .t0, value, Int(cell.second.value))
                } else if cell.second.form == .immediate, cell.second.value.nonzeroBitCount == 1 {
                    code.append(.bexti, .t0, value, cell.second.value.trailingZeroBitCount)
                } else {
                    code.append(.and, .t0, value, read(cell.second, .t1))
                }
                value = .t0
            }
            code.append(unless ? .beq : .bne, value, .zero, to: target)
        case .f32Eq, .f32Ne, .f32Lt, .f32Gt, .f32Le, .f32Ge, .f64Eq, .f64Ne, .f64Lt, .f64Gt, .f64Le, .f64Ge:
            let isInverted = compareFloats(cell, .t0)
            code.append(unless != isInverted ? .beq : .bne, .t0, .zero, to: target)
        default:
            let left = read(cell.first, .t0)
            branch(micro, left, read(cell.second, .t1), unless: unless, to: target)
        }
    }

    private mutating func emitAddBranch(_ cell: Cell, isWord: Bool) {
        let left = read(cell.first, .t0)
        let target = target(cell)
        if cell.second.form == .immediate, OperandKind.signed12.fits(Int(cell.second.value)) {
            code.append(isWord ? .addiw : .addi, target, left, Int(cell.second.value))
        } else {
            code.append(isWord ? .addw : .add, target, left, read(cell.second, .t1))
        }
        finish(cell, target)
        branch(cell.meaning.micro, target, read(cell.third, .t1), unless: false, to: label(cell.target))
    }

    private mutating func emitTableBranch(_ cell: Cell) {
        let count = cell.targetCount
        let index = read(cell.first, .t0)
        code.append(.addUw, .t0, index, .zero)
        if count <= 5 {
            for number in 0..<(count - 1) {
                if number > 0 { code.loadImmediate(.t1, Int64(number)) }
                code.append(.beq, .t0, number == 0 ? .zero : .t1, to: label(cell.target(number)))
            }
            code.append(.jal, .zero, to: label(cell.target(count - 1)))
            return
        }
        code.loadImmediate(.t1, Int64(count - 1))
        code.append(.minu, .t0, .t0, .t1)
        let table = code.makeLabel()
        code.loadAddress(.t1, of: table)
        code.append(.sh2add, .t1, .t0, .t1)
        code.append(.jalr, .zero, .t1, offset: 0)
        code.bind(table)
        for number in 0..<count { code.append(.jal, .zero, to: label(cell.target(number))) }
    }

    // MARK: Frames

    private mutating func emitFrameCheck(_ cell: Cell) {
        code.append(.ld, .t1, .instance, offset: layout.stackLimit)
        code.addImmediate(.t0, .frame, Int(UInt32(bitPattern: cell.field(8))), scratch: .t2)
        code.append(.bltu, .t1, .t0, to: trapExit(cell))
    }

    // MARK: Returns

    private mutating func emitGiveBack(_ cell: Cell) {
        if cell.first.form == .none {
            spill(pins.set(from: 0, to: cell.field(8)))
        } else {
            let value = read(cell.first, .accumulator)
            if value != .accumulator { code.append(.addi, .accumulator, value, 0) }
            code.append(.sd, .accumulator, .frame, offset: 0)
        }
        goBack(cell.field(8))
    }

    private mutating func emitGiveBackFloat(_ cell: Cell, isDouble: Bool) {
        let place: FloatRegister = isDouble ? .double : .single
        let value = read(cell.first, isDouble: isDouble, place)
        if value != place { code.append(isDouble ? .fsgnjD : .fsgnjS, place, value, value) }
        code.append(isDouble ? .fsd : .fsw, place, .frame, offset: 0)
        goBack(cell.field(8))
    }

    /// Goes on at the caller's cell, with its frame.
    private mutating func goBack(_ header: Int32) {
        storeFuel()
        let (base, offset) = place(header)
        code.append(.ld, .cell, base, offset: offset)
        code.append(.lw, .t1, .cell, offset: -4)
        code.append(.ld, .t0, .cell, offset: 0)
        code.append(.sub, .frame, .frame, .t1)
        code.append(.jalr, .zero, .t0, offset: 0)
    }
}
