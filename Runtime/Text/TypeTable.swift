// The types the assembler knows: parameters and results of function types as encoded bytes, found again by content for the abbreviation
// that leaves the type out. Owns the pool of encoded bytes. Spec: WebAssembly core, 6.5.3 (function types) and 6.6.2 (type uses).

/// Encoded parameters and results.
struct Signature {
    var parameters: [UInt8] = []
    var parameterCount: UInt32 = 0
    var results: [UInt8] = []
    var resultCount: UInt32 = 0

    var isEmpty: Bool { parameterCount == 0 && resultCount == 0 }

    mutating func removeAll() {
        parameters.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
        parameterCount = 0
        resultCount = 0
    }
}

/// Function types by index and by content.
struct TypeTable {
    private struct Row {
        var isFunction: Bool
        var start: Int
        var parameterEnd: Int
        var end: Int
        var parameterCount: UInt32
        var resultCount: UInt32
    }

    private var rows: [Row] = []
    private var pool: [UInt8] = []
    private var slots: [UInt32] = []
    private var listedCount = 0

    var count: UInt32 { UInt32(rows.count) }

    /// Adds a structure or array type: an index that no signature is found under.
    mutating func appendAggregate() {
        rows.append(Row(isFunction: false, start: 0, parameterEnd: 0, end: 0, parameterCount: 0, resultCount: 0))
    }

    /// Adds a function type. `isPlain`: final, without super types and alone in its group, so that an inline signature may mean it.
    mutating func append(_ signature: Signature, isPlain: Bool) {
        let start = pool.count
        pool.append(contentsOf: signature.parameters)
        let parameterEnd = pool.count
        pool.append(contentsOf: signature.results)
        rows.append(
            Row(
                isFunction: true, start: start, parameterEnd: parameterEnd, end: pool.count, parameterCount: signature.parameterCount,
                resultCount: signature.resultCount))
        if isPlain, find(signature) == nil { list(rows.count - 1) }
    }

    /// Lets an inline signature mean a type added before, the only one of its group.
    mutating func listAsPlain(_ index: UInt32, _ signature: Signature) {
        if find(signature) == nil { list(Int(index)) }
    }

    /// The first plain function type with this signature.
    func find(_ signature: Signature) -> UInt32? {
        guard !slots.isEmpty else { return nil }
        var slot = hash(signature) & (slots.count - 1)
        while slots[slot] != 0 {
            if matches(slots[slot] - 1, signature) { return slots[slot] - 1 }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Whether the type with this index is a function type with this signature.
    func matches(_ index: UInt32, _ signature: Signature) -> Bool {
        let row = rows[Int(index)]
        guard row.isFunction, row.parameterCount == signature.parameterCount, row.resultCount == signature.resultCount else { return false }
        return equal(row.start, row.parameterEnd, signature.parameters) && equal(row.parameterEnd, row.end, signature.results)
    }

    /// How many parameters the type with this index has; 0 when it is none or no function type.
    func parameterCount(_ index: UInt32) -> UInt32 { index < count ? rows[Int(index)].parameterCount : 0 }

    private func equal(_ start: Int, _ end: Int, _ bytes: [UInt8]) -> Bool {
        guard end - start == bytes.count else { return false }
        for index in 0..<bytes.count where pool[start + index] != bytes[index] { return false }
        return true
    }

    private func hash(_ signature: Signature) -> Int {
        let first = signature.parameters.withUnsafeBytes { Vocabulary.hash($0) }
        let second = signature.results.withUnsafeBytes { Vocabulary.hash($0) }
        return (first &* 31 &+ second) & 0x7fff_ffff
    }

    private mutating func list(_ row: Int) {
        if (listedCount + 1) * 2 > slots.count { grow() }
        listedCount += 1
        place(row)
    }

    private mutating func place(_ row: Int) {
        var signature = Signature()
        signature.parameters = Array(pool[rows[row].start..<rows[row].parameterEnd])
        signature.results = Array(pool[rows[row].parameterEnd..<rows[row].end])
        var slot = hash(signature) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(row + 1)
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt32](repeating: 0, count: max(32, old.count * 2))
        for slot in old where slot != 0 { place(Int(slot - 1)) }
    }
}
