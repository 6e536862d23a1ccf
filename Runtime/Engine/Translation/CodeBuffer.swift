// CodeBuffer: the intermediate code of one function while it is translated. Headers hold operation numbers, targets hold offsets.

import Containers
import WasmOperations

/// A growing stretch of cells. Reused from function to function.
struct CodeBuffer: ~Copyable {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int
    /// Whether the heap refused, or the code became larger than `byteLimit`; it is then not to be used. It stays so until `prepare`.
    private(set) var isExhausted = false
    /// Whether it was the limit.
    private(set) var isOverLimit = false
    /// Most bytes it may hold.
    private let byteLimit: Int

    /// The largest cell but for the targets of a table branch.
    static let largestCellByteCount = 96

    init(byteLimit: Int) {
        self.byteLimit = max(byteLimit, CodeBuffer.smallestByteCount)
        capacity = 0
        base = UnsafeMutableRawPointer(bitPattern: 16)!
    }

    deinit { if capacity > 0 { Allocation.free(base) } }

    /// Empties the buffer and sees to it that there is one; false when the heap refuses.
    mutating func prepare() -> Bool {
        count = 0
        isExhausted = false
        isOverLimit = false
        if capacity == 0 { grow(CodeBuffer.smallestByteCount) }
        return !isExhausted
    }
    private static let smallestByteCount = 4096

    mutating func truncate(to count: Int) { self.count = count }

    /// Makes room for `byteCount` bytes more. When there is none `isExhausted` is set and the buffer begins again, so that the writer of
    /// a cell need not look; whoever asks for more than the largest cell must.
    @inline(__always) mutating func reserve(_ byteCount: Int) {
        if count &+ byteCount > capacity { grow(byteCount) }
    }

    /// Whether there is room for a cell.
    @inline(__always) var hasRoom: Bool { count &+ CodeBuffer.largestCellByteCount <= capacity }

    @inline(never) private mutating func grow(_ byteCount: Int) {
        let wanted = max(count &+ byteCount, capacity &* 2, CodeBuffer.smallestByteCount)
        isOverLimit = count &+ byteCount > byteLimit
        guard !isOverLimit, let grown = Allocation.tryAllocate(byteCount: wanted) else {
            isExhausted = true
            count = 0
            return
        }
        if capacity > 0 {
            grown.copyMemory(from: base, byteCount: count)
            Allocation.free(base)
        }
        base = grown
        capacity = wanted
    }

    /// Begins a cell: the operation's number.
    @inline(__always) mutating func begin(_ operation: Operation) -> Int {
        reserve(CodeBuffer.largestCellByteCount)
        let start = count
        base.storeBytes(of: UInt64(operation.rawValue), toByteOffset: count, as: UInt64.self)
        count &+= 8
        return start
    }

    /// Adds a 4-byte field.
    @inline(__always) mutating func add(_ value: Int32) {
        base.storeBytes(of: value, toByteOffset: count, as: Int32.self)
        count &+= 4
    }

    /// Adds an 8-byte field where alignment wants it, and gives its offset.
    @inline(__always) @discardableResult mutating func add64(_ value: UInt64) -> Int {
        align()
        base.storeBytes(of: value, toByteOffset: count, as: UInt64.self)
        count &+= 8
        return count &- 8
    }

    /// Pads to 8 bytes.
    @inline(__always) mutating func align() {
        if count & 4 != 0 { add(0) }
    }

    @inline(__always) func operation(at offset: Int) -> Operation {
        Operation(rawValue: UInt16(truncatingIfNeeded: base.load(fromByteOffset: offset, as: UInt64.self)))
    }
    @inline(__always) func setOperation(_ operation: Operation, at offset: Int) {
        base.storeBytes(of: UInt64(operation.rawValue), toByteOffset: offset, as: UInt64.self)
    }
    @inline(__always) func field(_ offset: Int) -> Int32 { base.load(fromByteOffset: offset, as: Int32.self) }
    @inline(__always) func setField(_ value: Int32, at offset: Int) { base.storeBytes(of: value, toByteOffset: offset, as: Int32.self) }
    @inline(__always) func field64(_ offset: Int) -> UInt64 { base.load(fromByteOffset: offset, as: UInt64.self) }
    @inline(__always) func setField64(_ value: UInt64, at offset: Int) { base.storeBytes(of: value, toByteOffset: offset, as: UInt64.self) }

    /// Opens a gap of `byteCount` bytes at `offset`.
    mutating func insertGap(_ byteCount: Int, at offset: Int) {
        reserve(byteCount)
        guard !isExhausted else { return }
        (base + offset + byteCount).copyMemory(from: base + offset, byteCount: count &- offset)
        count &+= byteCount
    }
}

/// How large cells are.
struct CellSizes {
    /// SAFETY: static data.
    private nonisolated(unsafe) let digits = Operation.cellSizeDigits()

    /// Bytes of the cell of operation `number` at `cell`: table branches are followed by their targets.
    @inline(__always) func byteCount(_ number: Int, _ cell: UnsafeRawPointer) -> Int {
        if number == Int(Operation.brTableS.rawValue) || number == Int(Operation.brTableA.rawValue) {
            return 16 + (Int(cell.load(fromByteOffset: 12, as: UInt32.self)) + 1) * 8
        }
        return Int(digits[number] &- UInt8(ascii: "0")) &* 8
    }
}
