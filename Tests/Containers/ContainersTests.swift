// The containers: contents survive growth, refusal is answered, elements are released once.

import Containers
import Testing

/// `#expect` copies what it looks at, and these containers cannot be copied.
private func check(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: sourceLocation)
}

private final class Counted {
    nonisolated(unsafe) static var alive = 0
    init() { Counted.alive += 1 }
    deinit { Counted.alive -= 1 }
}

@Suite struct ContainersTests {
    @Test func growableArray_keepsElementsWhileGrowing() {
        var array = GrowableArray<Int>()
        for number in 0..<10_000 { check(array.append(number)) }
        check(array.count == 10_000)
        for number in 0..<10_000 where array[number] != number { Issue.record("element \(number) changed") }
        array.truncate(to: 3)
        check(array.popLast() == 2)
        check(array.append(repeating: 7, count: 100))
        check(array.count == 102 && array[101] == 7 && array[1] == 1)
        array.removeAll()
        check(array.isEmpty && array.popLast() == nil)
    }

    @Test(arguments: 0..<50) func growableArray_sortsItsLast(_ seed: Int) {
        var array = GrowableArray<Int>()
        var state = seed &* 7919 &+ 1
        for _ in 0..<40 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            check(array.append((state >> 33) % 16))
            array.sortLast { $0 < $1 }
            for index in 1..<max(1, array.count) where array[index] < array[index - 1] { Issue.record("element \(index) is out of order") }
        }
        // Those that are there already come before an equal one: `isBefore` moves only what is strictly before.
        var pairs = GrowableArray<(Int, Int)>()
        for number in 0..<30 {
            check(pairs.append((number % 3, number)))
            pairs.sortLast { $0.0 < $1.0 }
        }
        for index in 1..<30 { check(pairs[index - 1].0 < pairs[index].0 || pairs[index - 1].1 < pairs[index].1) }
    }

    @Test func growableArray_refusesWhatCannotBe() {
        var array = GrowableArray<Int>()
        check(!array.reserve(Int.max))
        check(!array.append(repeating: 0, count: Int.max))
        check(!array.append(repeating: 0, count: -1))
        check(array.append(1) && array[0] == 1)
    }

    @Test func rigidArray_refusesBeyondItsCapacity() {
        guard var array = RigidArray<Int>(capacity: 2) else {
            Issue.record("refused")
            return
        }
        check(array.append(1) && array.append(2) && !array.append(3))
        check(array.isFull && array.count == 2 && array.popLast() == 2)
        for capacity in [Int.max, -1] where RigidArray<Int>(capacity: capacity) != nil { Issue.record("\(capacity) not refused") }
    }

    @Test func elements_areReleasedOnce() {
        do {
            var growable = GrowableArray<Counted>()
            for _ in 0..<100 { _ = growable.append(Counted()) }
            growable.truncate(to: 60)
            check(Counted.alive == 60)
            if var rigid = RigidArray<Counted>(capacity: 4) {
                _ = rigid.append(Counted())
                check(Counted.alive == 61)
                rigid.removeAll()
                check(Counted.alive == 60)
                _ = rigid.append(Counted())
            }
            check(Counted.alive == 60)
        }
        check(Counted.alive == 0)
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
            check(UInt(bitPattern: block) % UInt(alignment) == 0)
            block.initializeMemory(as: UInt8.self, repeating: UInt8(k % 256), count: byteCount)
            blocks.append((UInt(bitPattern: block), byteCount))
        }
        for (k, (address, byteCount)) in blocks.enumerated() where byteCount > 0 {
            let block = UnsafePointer<UInt8>(bitPattern: address)!
            check(block[0] == UInt8(k % 256) && block[byteCount - 1] == UInt8(k % 256))
        }
        check(arena.tryAllocate(byteCount: Int.max) == nil)
        check(arena.tryAllocate(byteCount: -1) == nil)
    }

    @Test func countBefore_findsEveryBoundary() {
        for count in [0, 1, 2, 3, 7, 8, 100] {
            for boundary in 0...count {
                var asked = 0
                let found = countBefore(count) {
                    asked += 1
                    return $0 < boundary
                }
                check(found == boundary && asked <= 7)
            }
        }
    }

    @Test func isUTF8_knowsTheBoundsOfEveryLength() {
        let wellFormed: [[UInt8]] = [
            [], [0x00], [0x7F], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF],
            [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0x41, 0xC3, 0xA9, 0x41],
        ]
        for bytes in wellFormed { check(bytes.withUnsafeBytes(isUTF8)) }
        let malformed: [[UInt8]] = [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x7F], [0xC2, 0xC0], [0xE0, 0x9F, 0xBF], [0xE0, 0xA0],
            [0xE1, 0x80, 0xC0],
            [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF1, 0x80, 0x80, 0x7F], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0xFF],
        ]
        for bytes in malformed { check(!bytes.withUnsafeBytes(isUTF8)) }
    }
}
