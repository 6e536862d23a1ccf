// RegisterFact: what the checker knows of a register between two labels.

/// What a register holds.
enum RegisterKind: UInt8 {
    /// Any bits: a guest's.
    case unknown
    /// The number `offset`.
    case number
    /// A number of 32 bits without a sign, `symbol`, plus `offset`. `limit` bytes from the symbol's value on are known to be in memory
    /// number `memory`.
    case small
    /// Any number, `symbol`, plus `offset`; `limit` and `memory` as for `small`.
    case wide
    /// Any number up to `offset`.
    case bounded
    /// The frame plus `offset`.
    case frame
    /// The base of memory 0.
    case memory
    /// The base plus the number `symbol` of 32 bits, or none where `symbol` is 0, plus `offset`. `limit` as for `small`.
    case window
    /// The instance's state.
    case instance
    case stackLimit
    case execution
    /// Fuel: what its register had at the last label, or what was left, plus `offset`.
    case fuel
    /// The array of memories plus `offset`; memory number `memory`, its size, its base.
    case memories
    case memoryState
    case memoryByteCount
    case memoryBase
    /// A memory's base plus the number `symbol` plus `offset`, of which `limit` bytes from the number on are in that memory.
    case compared
    /// The arrays of tables, globals and handlers, plus `offset`.
    case tables
    case globals
    case handlers
    /// Table number `symbol`, its count, its elements, a number below its count, the address of an element.
    case table
    case tableCount
    case tableElements
    case tableIndex
    case element
    /// What element `symbol` refers to, and what that has.
    case entry
    case entryType
    case entryInstance
    case entryCode
    /// The sum of its instance's address and its type's number, plus `offset`.
    case entryKey
    /// A global.
    case global
    /// The handler of operation `offset`.
    case handler
    /// The function's cell at `offset`.
    case cell
    /// Another function's first cell: of the call whose field is at `offset`, or where that is -1 of element `symbol`.
    case callee
    /// The cell that the function returns to.
    case returnCell
    /// The frame's distance from its caller's, and a cell's header, as `a0` was when it had changed `symbol` times.
    case returnDistance
    case header
    /// The code's address plus `offset`; the same plus 4 times a number up to `limit`.
    case code
    case codeEntry
}

/// What is known of a register.
struct RegisterFact {
    var kind = RegisterKind.unknown
    var symbol: UInt32 = 0
    var offset: Int64 = 0
    var limit: Int64 = 0
    var memory: UInt32 = 0

    static func number(_ value: Int64) -> RegisterFact { RegisterFact(kind: .number, offset: value) }

    /// Whether it is no address, so that it may be stored anywhere and computed with.
    var isPlain: Bool {
        switch kind {
        case .unknown, .number, .small, .wide, .bounded, .tableIndex, .fuel, .tableCount, .memoryByteCount, .entryType, .returnDistance:
            true
        default: false
        }
    }

    /// What is known of it plus a constant; nil when nothing is.
    func plus(_ amount: Int64) -> RegisterFact? {
        if amount == 0 { return self }
        switch kind {
        case .number:
            var sum = self
            sum.offset &+= amount
            return sum
        case .small, .wide, .frame, .window, .fuel, .tables, .globals, .handlers, .cell, .code, .entryKey:
            // No offset that matters is larger, and none overflows.
            guard amount.magnitude <= 1 << 34, offset.magnitude <= 1 << 36 else { return nil }
            var sum = self
            sum.offset += amount
            return sum
        case .memory: return amount >= 0 && amount < 1 << 33 ? RegisterFact(kind: .window, offset: amount) : nil
        default: return nil
        }
    }
}
