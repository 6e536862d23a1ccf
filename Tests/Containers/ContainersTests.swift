// The containers: contents survive growth, refusal is answered, elements are released once.

import Containers
import Testing

private final class Counted {
    nonisolated(unsafe) static var alive = 0
    init() { Counted.alive += 1 }
    deinit { Counted.alive -= 1 }
}

@Suite struct ContainersTests {
    @Test func growableArray_keepsElementsWhileGrowing() {
        var array = GrowableArray<Int>()
        for number in 0..<10_000 { #expect(array.append(number)) }
        #expect(array.count == 10_000)
        for number in 0..<10_000 where array[number] != number { Issue.record("element \(number) changed") }
        array.truncate(to: 3)
        #expect(array.popLast() == 2)
        #expect(array.append(repeating: 7, count: 100))
        #expect(array.count == 102 && array[101] == 7 && array[1] == 1)
        array.removeAll()
        #expect(array.isEmpty && array.popLast() == nil)
    }

    @Test func growableArray_refusesWhatCannotBe() {
        var array = GrowableArray<Int>()
        #expect(!array.reserve(Int.max))
        #expect(!array.append(repeating: 0, count: Int.max))
        #expect(!array.append(repeating: 0, count: -1))
        #expect(array.append(1) && array[0] == 1)
    }

    @Test func rigidArray_refusesBeyondItsCapacity() {
        guard var array = RigidArray<Int>(capacity: 2) else {
            Issue.record("refused")
            return
        }
        #expect(array.append(1) && array.append(2) && !array.append(3))
        #expect(array.isFull && array.count == 2 && array.popLast() == 2)
        for capacity in [Int.max, -1] where RigidArray<Int>(capacity: capacity) != nil { Issue.record("\(capacity) not refused") }
    }

    @Test func elements_areReleasedOnce() {
        do {
            var growable = GrowableArray<Counted>()
            for _ in 0..<100 { _ = growable.append(Counted()) }
            growable.truncate(to: 60)
            #expect(Counted.alive == 60)
            if var rigid = RigidArray<Counted>(capacity: 4) {
                _ = rigid.append(Counted())
                #expect(Counted.alive == 61)
                rigid.removeAll()
                #expect(Counted.alive == 60)
                _ = rigid.append(Counted())
            }
            #expect(Counted.alive == 60)
        }
        #expect(Counted.alive == 0)
    }

    @Test func arena_givesAlignedDisjointMemory() {
        var arena = Arena()
        var blocks: [(UInt, Int)] = []
        for k in 0..<500 {
            let byteCount = k * 37 % 5000
            let alignment = 1 << (k % 8)
            guard let block = arena.tryAllocate(byteCount: byteCount, alignment: alignment) else {
                Issue.record("refused")
                return
            }
            #expect(UInt(bitPattern: block) % UInt(alignment) == 0)
            block.initializeMemory(as: UInt8.self, repeating: UInt8(k % 256), count: byteCount)
            blocks.append((UInt(bitPattern: block), byteCount))
        }
        for (k, (address, byteCount)) in blocks.enumerated() where byteCount > 0 {
            let block = UnsafePointer<UInt8>(bitPattern: address)!
            #expect(block[0] == UInt8(k % 256) && block[byteCount - 1] == UInt8(k % 256))
        }
        #expect(arena.tryAllocate(byteCount: Int.max) == nil)
        #expect(arena.tryAllocate(byteCount: -1) == nil)
    }
}
