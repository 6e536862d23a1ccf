// DispatchCounter: dynamic counts of operations, pairs and triples. A counting engine's handler table has one handler in every row,
// `op_counted`, which counts and goes on with the operation's own; the source of the handlers is the same. What belongs to the code is
// the engine's and made by translation (`CountedCodes`); the counts are a store's.

import Containers
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

/// The code of a counting engine's modules, and the handlers that its cells do not name.
final class CountedCodes {
    /// Code by address; ascending.
    private(set) var codes = GrowableArray<CountedCode>()
    let handlers: UnsafePointer<UInt>

    /// No code yet, of an engine with these handlers.
    init(_ handlers: UnsafePointer<UInt>) { self.handlers = handlers }

    deinit {
        for index in 0..<codes.count { Allocation.free(codes[index].numbers) }
    }

    /// Makes room for the numbers of a function's code; nil when memory is refused.
    func add(code start: UnsafeRawPointer, byteCount: Int) -> UnsafeMutablePointer<UInt16>? {
        let count = byteCount / 8 + 1
        guard codes.reserve(codes.count + 1), let raw = Allocation.tryAllocate(byteCount: count * 2) else { return nil }
        let numbers = raw.bindMemory(to: UInt16.self, capacity: count)
        numbers.initialize(repeating: 0, count: count)
        let address = UInt(bitPattern: start)
        codes.appendReserved(CountedCode(start: address, end: address + UInt(byteCount), numbers: numbers))
        codes.sortLast { $0.start < $1.start }
        return numbers
    }

    /// The code that contains `pc`, which one does: cells get the counting handler only together with their numbers.
    func code(containing pc: UInt) -> CountedCode {
        codes[countBefore(codes.count) { codes[$0].start <= pc } - 1]
    }
}

/// What the handler sees of a counter.
struct DispatchCounterState {
    /// The engine's, which the store keeps.
    let source: Unmanaged<CountedCodes>
    /// The code last looked at; empty at first.
    var recent: CountedCode
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
        if pc < recent.start || pc >= recent.end { recent = source._withUnsafeGuaranteedRef { $0.code(containing: pc) } }
        let number = Int(recent.numbers[Int(pc - recent.start) >> 3])
        total &+= 1
        counts[number] &+= 1
        // The first operation of all follows none, the second only one.
        if total > 1 { pairs[previous * Operation.count + number] &+= 1 }
        if total > 2 { countTriple(UInt64(beforePrevious) << 32 | UInt64(previous) << 16 | UInt64(number) | 1 << 63) }
        beforePrevious = previous
        previous = number
        return source._withUnsafeGuaranteedRef { $0.handlers[number] }
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
}

/// Counts of one store's guests.
public final class DispatchCounter {
    let state: UnsafeMutablePointer<DispatchCounterState>

    private let source: CountedCodes

    /// Counts of nothing yet; nil when memory is refused.
    init?(_ source: CountedCodes) {
        let squareCount = Operation.count * Operation.count
        let tripleWordCount = 2 * DispatchCounterState.tripleCapacity
        // One block: the state, then the counts.
        let wordCount = Operation.count + squareCount + tripleWordCount
        let headByteCount = (MemoryLayout<DispatchCounterState>.stride + 15) & ~15
        guard let raw = Allocation.tryAllocate(byteCount: headByteCount + wordCount * 8) else { return nil }
        let words = (raw + headByteCount).bindMemory(to: UInt64.self, capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
        self.source = source
        state = raw.bindMemory(to: DispatchCounterState.self, capacity: 1)
        state.initialize(
            to: DispatchCounterState(
                source: Unmanaged.passUnretained(source),
                recent: CountedCode(start: 0, end: 0, numbers: UnsafeMutablePointer(bitPattern: 2)!), counts: words,
                pairs: words + Operation.count, triples: words + Operation.count + squareCount))
    }

    deinit { Allocation.free(state) }

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
