// The radix table and the array in pieces: against a dictionary, with every request for memory refused once, and what they take.
import Containers
import Testing

/// Memory that counts what is out and refuses the request with a given number.
private final class Memory {
    var blockCount = 0
    var requestCount = 0
    var refusedRequest = -1
    /// It lives for ever, since it must outlive what is made with it.
    init() { _ = Unmanaged.passRetained(self) }
    var allocator: Allocator {
        Allocator(
            context: Unmanaged.passUnretained(self).toOpaque(),
            allocate: {
                let it = Unmanaged<Memory>.fromOpaque($0!).takeUnretainedValue()
                it.requestCount += 1
                guard it.requestCount != it.refusedRequest + 1 else { return nil }
                it.blockCount += 1
                return Allocation.tryAllocate(byteCount: $1)
            },
            free: {
                Unmanaged<Memory>.fromOpaque($0!).takeUnretainedValue().blockCount -= 1
                Allocation.free($1)
            })
    }
}

private func address(_ value: UInt64) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: UInt(value &* 16 | 1 << 60))! }

private func expect(_ condition: Bool, _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(condition, "\(comment)", sourceLocation: sourceLocation)
}

@Suite struct RadixTableTests {
    private let numbers: [UInt64] = [
        0, 1, 2, 63, 64, 65, 4095, 4096, 4097, 1 << 18, 1 << 24 - 1, 1 << 24, 1 << 32, 1 << 59, 1 << 60, .max - 64, .max - 1, .max,
    ]

    @Test func anyNumber_isKept_foundInOrder_andGivesItsMemoryBack() {
        let memory = Memory()
        var random = SystemRandomNumberGenerator()
        for round in 0..<300 {
            var table = RadixTable()
            var model: [UInt64: UInt64] = [:]
            for _ in 0..<(round % 60) {
                let number = Bool.random() ? numbers.randomElement()! : random.next() >> UInt64.random(in: 0..<64)
                if model[number] == nil {
                    expect(table.insert(address(number), at: number, from: memory.allocator))
                    model[number] = number
                } else if Bool.random() {
                    expect(table.remove(number, to: memory.allocator) == address(number))
                    model[number] = nil
                }
                let start = Bool.random() ? numbers.randomElement()! : random.next() >> UInt64.random(in: 0..<64)
                expect(table.first(from: start)?.number == model.keys.filter { $0 >= start }.min(), "from \(start)")
                expect(table[start] == model[start].map { address($0) })
                expect(Int(table.nodeCount) == memory.blockCount)
            }
            for number in model.keys.shuffled() { expect(table.remove(number, to: memory.allocator) == address(number)) }
            expect(table.isEmpty && memory.blockCount == 0 && table.remove(5, to: memory.allocator) == nil)
        }
    }

    @Test func aRefusedInsertion_changesNothing() {
        for first in numbers {
            for second in numbers where first != second {
                let memory = Memory()
                var table = RadixTable()
                expect(table.insert(address(first), at: first, from: memory.allocator))
                let before = memory.blockCount
                var request = 0
                while true {
                    memory.requestCount = 0
                    memory.refusedRequest = request
                    if table.insert(address(second), at: second, from: memory.allocator) { break }
                    expect(memory.blockCount == before && table[second] == nil && table[first] == address(first))
                    request += 1
                }
                expect(request <= 22 && table[first] == address(first) && table[second] == address(second))
                expect(table.remove(first, to: memory.allocator) != nil && table.remove(second, to: memory.allocator) != nil)
                expect(memory.blockCount == 0)
            }
        }
    }

    @Test func chunkedArray_keepsElements_andRefuses() {
        let memory = Memory()
        do {
            var array = ChunkedArray<UInt64>(from: memory.allocator)
            for number in 0..<100_000 { expect(array.append(UInt64(number))) }
            for number in 0..<100_000 where array[number] != UInt64(number) { Issue.record("element \(number)") }
            array[77_777] = 1
            expect(array[77_777] == 1 && array.count == 100_000)
            while array.count % 508 != 0 { expect(array.append(1)) }
            memory.refusedRequest = memory.requestCount
            let before = (array.count, memory.blockCount)
            expect(!array.append(5) && (array.count, memory.blockCount) == before)
            expect(array.append(5) && array[before.0] == 5)
        }
        expect(memory.blockCount == 0)
    }
}
