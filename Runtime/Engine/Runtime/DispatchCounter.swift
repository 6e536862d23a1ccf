// DispatchCounter: dynamic counts of operations, pairs and triples. A counting engine's handler table has one handler in every row,
// `op_counted`, which counts and goes on with the operation's own; the source of the handlers is the same. Owns its tables.

import WasmOperations

/// The code of one function and the numbers of its operations, one for each 8 bytes.
struct CountedCode {
    var start: UInt
    var end: UInt
    var numbers: UnsafeMutablePointer<UInt16>
}

/// One operation, pair or triple and how often it was dispatched.
public struct DispatchCount {
    /// One, two or three operations, in the order of their execution.
    public let operations: [Operation]
    /// How often.
    public let count: UInt64
}

/// What the handler sees of a counter.
struct DispatchCounterState {
    /// Code by address; ascending.
    var codes: UnsafeMutablePointer<CountedCode>
    var codeCount = 0
    var codeCapacity: Int
    /// The code last looked at.
    var recent = 0
    var handlers: UnsafeMutablePointer<UInt>
    var total: UInt64 = 0
    /// The last two operations.
    var previous = 0
    var beforePrevious = 0
    var counts: UnsafeMutablePointer<UInt64>
    var pairs: UnsafeMutablePointer<UInt64>
    /// An open hash table: keys (0: free) and counts in turn.
    var triples: UnsafeMutablePointer<UInt64>
    /// Triples that found the table full.
    var lostTriples: UInt64 = 0

    static var tripleCapacity: Int { 1 << 20 }

    /// Counts the cell at `pc` and gives its handler's address.
    mutating func record(_ pc: UInt) -> UInt {
        if pc < codes[recent].start || pc >= codes[recent].end { recent = find(pc) }
        let number = Int(codes[recent].numbers[Int(pc - codes[recent].start) >> 3])
        total &+= 1
        counts[number] &+= 1
        // The first operation of all follows none, the second only one.
        if total > 1 { pairs[previous * Operation.count + number] &+= 1 }
        if total > 2 { countTriple(UInt64(beforePrevious) << 32 | UInt64(previous) << 16 | UInt64(number) | 1 << 63) }
        beforePrevious = previous
        previous = number
        return handlers[number]
    }

    private mutating func countTriple(_ key: UInt64) {
        var index = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 44)
        for _ in 0..<64 {
            if triples[2 * index] == key || triples[2 * index] == 0 {
                triples[2 * index] = key
                triples[2 * index + 1] &+= 1
                return
            }
            index = (index + 1) & (DispatchCounterState.tripleCapacity - 1)
        }
        lostTriples &+= 1
    }

    /// The code that contains `pc`, which one does: cells get the counting handler only together with their numbers.
    private func find(_ pc: UInt) -> Int {
        var low = 0
        var high = codeCount
        while low < high {
            let middle = (low + high) / 2
            if codes[middle].start <= pc { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}

/// Counts of one engine's guests.
public final class DispatchCounter {
    let state: UnsafeMutablePointer<DispatchCounterState>

    init(isGuarded: Bool) {
        let handlers = UnsafeMutablePointer<UInt>.allocate(capacity: Operation.count)
        for number in 0..<Operation.count { handlers[number] = handlerAddress(of: number, isGuarded: isGuarded) }
        func zeros(_ count: Int) -> UnsafeMutablePointer<UInt64> {
            let pointer = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
            pointer.initialize(repeating: 0, count: count)
            return pointer
        }
        state = UnsafeMutablePointer<DispatchCounterState>.allocate(capacity: 1)
        state.initialize(
            to: DispatchCounterState(
                codes: UnsafeMutablePointer<CountedCode>.allocate(capacity: 64), codeCapacity: 64, handlers: handlers,
                counts: zeros(Operation.count), pairs: zeros(Operation.count * Operation.count),
                triples: zeros(2 * DispatchCounterState.tripleCapacity)))
    }

    deinit {
        for index in 0..<state.pointee.codeCount { state.pointee.codes[index].numbers.deallocate() }
        state.pointee.codes.deallocate()
        state.pointee.handlers.deallocate()
        state.pointee.counts.deallocate()
        state.pointee.pairs.deallocate()
        state.pointee.triples.deallocate()
        state.deallocate()
    }

    /// Makes room for the numbers of a function's code.
    func add(code start: UnsafeRawPointer, byteCount: Int) -> UnsafeMutablePointer<UInt16> {
        let numbers = UnsafeMutablePointer<UInt16>.allocate(capacity: byteCount / 8 + 1)
        numbers.initialize(repeating: UInt16.max, count: byteCount / 8 + 1)
        if state.pointee.codeCount == state.pointee.codeCapacity {
            let larger = UnsafeMutablePointer<CountedCode>.allocate(capacity: 2 * state.pointee.codeCapacity)
            larger.moveInitialize(from: state.pointee.codes, count: state.pointee.codeCount)
            state.pointee.codes.deallocate()
            state.pointee.codes = larger
            state.pointee.codeCapacity *= 2
        }
        let address = UInt(bitPattern: start)
        var index = state.pointee.codeCount
        while index > 0, state.pointee.codes[index - 1].start > address {
            state.pointee.codes[index] = state.pointee.codes[index - 1]
            index -= 1
        }
        state.pointee.codes[index] = CountedCode(start: address, end: address + UInt(byteCount), numbers: numbers)
        state.pointee.codeCount += 1
        return numbers
    }

    /// All dispatches.
    public var total: UInt64 { state.pointee.total }

    /// Operations that were dispatched, the most frequent first.
    public var operations: [DispatchCount] {
        ordered((0..<Operation.count).map { ([$0], state.pointee.counts[$0]) })
    }

    /// Operations and their successors.
    public var pairs: [DispatchCount] {
        var found: [([Int], UInt64)] = []
        for index in 0..<(Operation.count * Operation.count) where state.pointee.pairs[index] != 0 {
            found.append(([index / Operation.count, index % Operation.count], state.pointee.pairs[index]))
        }
        return ordered(found)
    }

    /// Three operations in a row; those that found the table full are not among them.
    public var triples: [DispatchCount] {
        var found: [([Int], UInt64)] = []
        for index in 0..<DispatchCounterState.tripleCapacity where state.pointee.triples[2 * index] != 0 {
            let key = state.pointee.triples[2 * index]
            let numbers = [Int(key >> 32 & 0xFFFF), Int(key >> 16 & 0xFFFF), Int(key & 0xFFFF)]
            found.append((numbers, state.pointee.triples[2 * index + 1]))
        }
        return ordered(found)
    }

    private func ordered(_ found: [([Int], UInt64)]) -> [DispatchCount] {
        found.filter { $0.1 != 0 }.sorted { $0.1 > $1.1 }.map { entry in
            DispatchCount(operations: entry.0.map { Operation(rawValue: UInt16($0)) }, count: entry.1)
        }
    }
}
