// 128-bit values: single lanes, what is asked of all of them, loads and stores.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// Emits what makes a vector of a lane, or sets one; false when the cell is none of these.
    mutating func emitLanes(_ cell: Cell) -> Bool {
        switch cell.meaning.micro {
        case .i8x16Splat: splat(cell, readHalf(cell.first, 0, .t0), 8)
        case .i16x8Splat: splat(cell, readHalf(cell.first, 0, .t0), 16)
        case .i32x4Splat, .f32x4Splat: splat(cell, readHalf(cell.first, 0, .t0), 32)
        case .i64x2Splat, .f64x2Splat: splat(cell, readHalf(cell.first, 0, .t0), 64)
        case .i8x16ReplaceLane: replaceLane(cell, cell.first, readHalf(cell.second, 0, .t1), 8)
        case .i16x8ReplaceLane: replaceLane(cell, cell.first, readHalf(cell.second, 0, .t1), 16)
        case .i32x4ReplaceLane, .f32x4ReplaceLane: replaceLane(cell, cell.first, readHalf(cell.second, 0, .t1), 32)
        case .i64x2ReplaceLane, .f64x2ReplaceLane: replaceLane(cell, cell.first, readHalf(cell.second, 0, .t1), 64)
        default: return false
        }
        return true
    }

    /// Writes a result of two halves, both made.
    private mutating func writePair(_ low: IntegerRegister, _ high: IntegerRegister, _ cell: Cell) {
        write(low, to: cell.result)
        write(high, to: cell.result + 8)
    }

    /// A number in each lane.
    private mutating func splat(_ cell: Cell, _ value: IntegerRegister, _ width: Int) {
        switch width {
        case 8:
            code.append(.andi, .t0, value, 255)
            code.loadImmediate(.t1, 0x0101_0101_0101_0101)
            code.append(.mul, .t0, .t0, .t1)
        case 16:
            code.append(.zextH, .t0, value)
            code.loadImmediate(.t1, 0x0001_0001_0001_0001)
            code.append(.mul, .t0, .t0, .t1)
        case 32:
            code.append(.slli, .t1, value, 32)
            code.append(.addUw, .t0, value, .t1)
        default: if value != .t0 { code.append(.addi, .t0, value, 0) }
        }
        writePair(.t0, .t0, cell)
    }

    /// Where a lane is: its half, as a distance of slots, and its lowest bit in it.
    private func place(_ cell: Cell, _ width: Int) -> (half: Int32, shift: Int) {
        let bit = Int(UInt32(bitPattern: cell.field(cell.rest))) &* width
        return (bit & 64 == 0 ? 0 : 8, bit & 63)
    }

    /// A vector with one lane, `value`, which is in `t1` or a pin, another.
    private mutating func replaceLane(_ cell: Cell, _ vector: CellOperand, _ value: IntegerRegister, _ width: Int) {
        let (half, shift) = place(cell, width)
        let lanes = width == 64 ? .zero : readHalf(vector, half, .t0)
        switch width {
        case 64: code.append(.addi, .t0, value, 0)
        case 32 where shift == 0:
            code.append(.srli, .t0, lanes, 32)
            code.append(.slli, .t0, .t0, 32)
            code.append(.addUw, .t0, value, .t0)
        case 32:
            code.append(.slli, .t1, value, 32)
            code.append(.addUw, .t0, lanes, .t1)
        default:
            code.append(.rori, .t0, lanes, shift)
            if width == 8 {
                code.append(.andi, .t0, .t0, -256)
                code.append(.andi, .t1, value, 255)
            } else {
                code.append(.srli, .t0, .t0, 16)
                code.append(.slli, .t0, .t0, 16)
                code.append(.zextH, .t1, value)
            }
            code.append(.or, .t0, .t0, .t1)
            code.append(.rori, .t0, .t0, (64 - shift) & 63)
        }
        let other = readHalf(vector, 8 - half, .t1)
        if other != .t1 { code.append(.addi, .t1, other, 0) }
        writePair(half == 0 ? .t0 : .t1, half == 0 ? .t1 : .t0, cell)
    }

    // MARK: What is asked

    /// Emits a cell that makes a number of a vector.
    mutating func emitVectorToScalar(_ cell: Cell) {
        protectPair(cell)
        switch cell.meaning.micro {
        case .i8x16ExtractLaneS: extractLane(cell, 8, isSigned: true)
        case .i8x16ExtractLaneU: extractLane(cell, 8, isSigned: false)
        case .i16x8ExtractLaneS: extractLane(cell, 16, isSigned: true)
        case .i16x8ExtractLaneU: extractLane(cell, 16, isSigned: false)
        case .i32x4ExtractLane, .f32x4ExtractLane: extractLane(cell, 32, isSigned: true)
        case .i64x2ExtractLane, .f64x2ExtractLane: extractLane(cell, 64, isSigned: true)
        default:
            bases.forgetAll()
            let low = readHalf(cell.first, 0, .t0)
            let high = readHalf(cell.first, 8, .t1)
            if !ask(cell.meaning.micro, low, high) { isRefused = true }
        }
        write(.t0, to: cell.result)
    }

    private mutating func extractLane(_ cell: Cell, _ width: Int, isSigned: Bool) {
        let (half, shift) = place(cell, width)
        let lanes = readHalf(cell.first, half, .t0)
        if width == 32, shift == 0 {
            code.append(.addiw, .t0, lanes, 0)
        } else if shift + width == 64 {
            code.append(isSigned ? .srai : .srli, .t0, lanes, shift)
        } else {
            code.append(.slli, .t0, lanes, 64 - width - shift)
            code.append(isSigned ? .srai : .srli, .t0, .t0, 64 - width)
        }
    }

    /// Leaves the answer about two halves in `t0`. `s10` and `s11` are bases no more.
    private mutating func ask(_ micro: MicroOperation, _ low: IntegerRegister, _ high: IntegerRegister) -> Bool {
        switch micro {
        case .v128AnyTrue:
            code.append(.or, .t0, low, high)
            code.append(.sltu, .t0, .zero, .t0)
        case .i8x16AllTrue:
            code.append(.orcB, .t0, low)
            code.append(.orcB, .t1, high)
            code.append(.and, .t0, .t0, .t1)
            code.append(.addi, .t0, .t0, 1)
            code.append(.sltu, .t0, .zero, .t0)
            code.append(.xori, .t0, .t0, 1)
        case .i64x2AllTrue:
            code.append(.minu, .t0, low, high)
            code.append(.sltu, .t0, .zero, .t0)
        case .i32x4AllTrue:
            code.append(.addUw, .s10, low, .zero)
            code.append(.srli, .s11, low, 32)
            code.append(.minu, .s10, .s10, .s11)
            code.append(.addUw, .s11, high, .zero)
            code.append(.minu, .s10, .s10, .s11)
            code.append(.srli, .s11, high, 32)
            code.append(.minu, .s10, .s10, .s11)
            code.append(.sltu, .t0, .zero, .s10)
        case .i8x16Bitmask:
            // A multiplication collects the upper bits of eight bytes in the uppermost byte.
            code.loadImmediate(.s10, Int64(bitPattern: 0x8080_8080_8080_8080))
            code.loadImmediate(.s11, 0x0002_0408_1020_4081)
            code.append(.and, .t0, low, .s10)
            code.append(.and, .t1, high, .s10)
            code.append(.mul, .t0, .t0, .s11)
            code.append(.mul, .t1, .t1, .s11)
            code.append(.srli, .t0, .t0, 56)
            code.append(.srli, .t1, .t1, 56)
            code.append(.slli, .t1, .t1, 8)
            code.append(.or, .t0, .t0, .t1)
        case .i32x4Bitmask:
            code.append(.srliw, .s10, low, 31)
            code.append(.srli, .s11, low, 63)
            code.append(.sh1add, .s10, .s11, .s10)
            code.append(.srliw, .s11, high, 31)
            code.append(.sh2add, .s10, .s11, .s10)
            code.append(.srli, .s11, high, 63)
            code.append(.sh3add, .t0, .s11, .s10)
        case .i64x2Bitmask:
            code.append(.srli, .s10, low, 63)
            code.append(.srli, .s11, high, 63)
            code.append(.sh1add, .t0, .s11, .s10)
        default: return false
        }
        return true
    }

    // MARK: Memory

    /// Emits a load of a vector or of a lane.
    mutating func emitVectorLoad(_ cell: Cell) {
        protectPair(cell)
        let micro = cell.meaning.micro
        let width = vectorWidth(micro)
        let place = vectorAddress(cell, width, isCompared: layout.isChecked)
        switch micro {
        case .v128Load:
            loadPart(cell, .ld, .t1, place)
            loadPart(cell, .ld, .t0, place, 8)
            writePair(.t1, .t0, cell)
        case .v128Load32x2S, .v128Load32x2U:
            let form: LoadForm = micro == .v128Load32x2S ? .lw : .lwu
            loadPart(cell, form, .t1, place)
            loadPart(cell, form, .t0, place, 4)
            writePair(.t1, .t0, cell)
        case .v128Load8Splat, .v128Load16Splat, .v128Load32Splat, .v128Load64Splat:
            loadPart(cell, loadForm(width), .t0, place)
            splat(cell, .t0, width * 8)
        case .v128Load32Zero, .v128Load64Zero:
            loadPart(cell, loadForm(width), .t0, place)
            writePair(.t0, .zero, cell)
        default:
            loadPart(cell, loadForm(width), .t1, place)
            replaceLane(cell, cell.second, .t1, width * 8)
        }
    }

    /// A load that may fault. Nothing is written before the last of a cell.
    private mutating func loadPart(
        _ cell: Cell, _ form: LoadForm, _ target: IntegerRegister, _ place: (base: IntegerRegister, offset: Int), _ distance: Int = 0
    ) {
        noteSite(cell)
        code.append(form, target, place.base, offset: place.offset + distance)
    }

    /// Emits a store of a vector or of a lane. Of a vector the first half is not to be stored when the second cannot be: the end is compared.
    mutating func emitVectorStore(_ cell: Cell) {
        let width = vectorWidth(cell.meaning.micro)
        let (base, offset) = vectorAddress(cell, width, isCompared: layout.isChecked || width == 16)
        if width == 16 {
            for half: Int32 in [0, 8] {
                let value = readHalf(cell.second, half, .t1)
                noteSite(cell)
                code.append(.sd, value, base, offset: offset + Int(half))
            }
            return
        }
        let (half, shift) = place(cell, width * 8)
        var value = readHalf(cell.second, half, .t1)
        if shift != 0 {
            code.append(.srli, .t1, value, shift)
            value = .t1
        }
        noteSite(cell)
        code.append(storeForm(width), value, base, offset: offset)
    }

    /// A register and an offset to which 8 can be added.
    private mutating func vectorAddress(_ cell: Cell, _ width: Int, isCompared: Bool) -> (base: IntegerRegister, offset: Int) {
        var (base, offset) = isCompared ? comparedAddress(cell, cell.first, width) : address(cell, cell.first)
        if !OperandKind.signed12.fits(offset + 8) {
            code.append(.addi, .t0, base, offset)
            (base, offset) = (.t0, 0)
        }
        return (base, offset)
    }

    private func vectorWidth(_ micro: MicroOperation) -> Int {
        switch micro {
        case .v128Load, .v128Store: 16
        case .v128Load8Splat, .v128Load8Lane, .v128Store8Lane: 1
        case .v128Load16Splat, .v128Load16Lane, .v128Store16Lane: 2
        case .v128Load32Splat, .v128Load32Lane, .v128Store32Lane, .v128Load32Zero: 4
        default: 8
        }
    }
}
