// CellSurvey: what the checker must know of a function's cells: where they begin, where its return address is, which globals and tables it
// names, whether it is charged. One pass over them, of its own: the emitter's view of cells is not used.

import Containers
import WasmOperations

/// What a function's cells say.
struct CellSurvey: ~Copyable {
    /// Where the frame has the return address: what the function's returns name. Nil when it has none.
    private(set) var header: Int64?
    /// Whether blocks are charged.
    private(set) var isMetered = false
    /// The largest place of a global among the instance's, in bytes; -1 without any.
    private(set) var lastGlobal: Int64 = -1
    /// The largest index of a table; -1 without any.
    private(set) var lastTable: Int64 = -1
    /// The largest index of a memory that any memory's loads and stores name; 0 without any.
    private(set) var lastMemory: Int64 = 0
    /// One bit for eight bytes: whether a cell begins there.
    private var starts = GrowableArray<UInt64>()
    private(set) var byteCount = 0
    private var cells: UnsafeRawPointer?

    /// Reads the cells; a reason where they are not a function's.
    mutating func read(_ function: IntermediateFunction) -> CodeFaultReason? {
        header = nil
        isMetered = false
        lastGlobal = -1
        lastTable = -1
        lastMemory = 0
        starts.removeAll()
        byteCount = function.byteCount
        cells = function.cells
        guard byteCount >= 0, byteCount < 1 << 32, function.entryOffset >= 0, function.entryOffset & 7 == 0 else { return .description }
        guard starts.append(repeating: 0, count: byteCount / 512 + 1) else { return .memory }
        var offset = function.entryOffset
        while offset < byteCount {
            let number = self.number(at: offset)
            guard Int(number) < Operation.count, offset + 8 <= byteCount else { return .description }
            var size = Operation(rawValue: number).cellByteCount
            let shape = operationMeaning(number).shape
            guard size >= 8, offset + size <= byteCount else { return .description }
            if shape == .tableBranch { size += (Int(UInt32(bitPattern: field(offset + 12))) + 1) * 8 }
            guard offset + size <= byteCount else { return .description }
            starts[offset / 512] |= 1 << UInt64(offset / 8 & 63)
            guard note(shape, offset) else { return .description }
            offset += size
        }
        return nil
    }

    /// Notes what a cell names; false when that is impossible.
    private mutating func note(_ shape: OperationShape, _ offset: Int) -> Bool {
        switch shape {
        case .giveBack, .giveBackDouble, .giveBackSingle:
            let place = Int64(field(offset + 8))
            guard place >= 0, header == nil || header == place else { return false }
            header = place
        case .fuel: isMetered = true
        case .anyLoad, .anyStore: lastMemory = max(lastMemory, Int64(UInt32(bitPattern: field(offset + 16))))
        case .vector where operationMeaning(number(at: offset)).micro == .globalGetV128: noteGlobal(offset + 12)
        case .globalGet: noteGlobal(offset + 12)
        case .globalSet: noteGlobal(offset + 8)
        case .globalSetSum, .globalAdd: noteGlobal(offset + 16)
        case .callIndirect: lastTable = max(lastTable, Int64(field(offset + 12) & 0x7FFF_FFFF))
        default: break
        }
        return true
    }

    private mutating func noteGlobal(_ offset: Int) { lastGlobal = max(lastGlobal, Int64(field(offset))) }

    // MARK: Looking up

    /// Whether a cell begins at an offset.
    func isStart(_ offset: Int64) -> Bool {
        guard offset >= 0, offset < Int64(byteCount), offset & 7 == 0 else { return false }
        return starts[Int(offset) / 512] >> UInt64(Int(offset) / 8 & 63) & 1 != 0
    }

    /// The number of the operation of the cell at an offset where one begins.
    func number(at offset: Int) -> UInt16 { cells.unsafelyUnwrapped.load(fromByteOffset: offset, as: UInt16.self) }
    /// The 4-byte field at an offset within a cell.
    func field(_ offset: Int) -> Int32 { cells.unsafelyUnwrapped.load(fromByteOffset: offset, as: Int32.self) }

    /// The call whose cell ends at an offset; nil when none does.
    func call(endingAt end: Int64) -> SurveyedCall? {
        if isStart(end - 24), operationMeaning(number(at: Int(end - 24))).shape == .call {
            let cell = Int(end - 24)
            return SurveyedCall(
                cell: cell, header: Int64(field(cell + 16)), distance: Int64(field(cell + 20)), table: nil,
                number: cells.unsafelyUnwrapped.load(fromByteOffset: cell + 8, as: Int64.self))
        }
        guard isStart(end - 32), operationMeaning(number(at: Int(end - 32))).shape == .callIndirect else { return nil }
        let cell = Int(end - 32)
        return SurveyedCall(
            cell: cell, header: Int64(field(cell + 20)), distance: Int64(field(cell + 28)), table: Int64(field(cell + 12) & 0x7FFF_FFFF),
            number: Int64(field(cell + 16)))
    }
}

/// A call as its cell has it.
struct SurveyedCall {
    var cell: Int
    /// Where the callee's return address goes, and where its frame begins, in the caller's.
    var header: Int64
    var distance: Int64
    /// The table of a call through one.
    var table: Int64?
    /// The callee's index, or the type of a call through a table.
    var number: Int64
}
