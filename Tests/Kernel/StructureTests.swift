// The kernel's small pure structures: rings, size classes, symbols, memory maps, page table entries, virtqueue layout, random bytes.
import KernelCore
import Testing

struct ByteRingTests {
    @Test func randomOperations_agreeWithAnArray() {
        var random = Xorshift(state: 99)
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
        defer { storage.deallocate() }
        var ring = ByteRing(storage: storage)
        var model: [UInt8] = []
        for _ in 0..<20000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                let count = bytes.withUnsafeBytes { ring.append($0) }
                #expect(count == min(bytes.count, 64 - model.count))
                model += bytes.prefix(count)
            case 1:
                var out = [UInt8](repeating: 0, count: bytes.count)
                let count = out.withUnsafeMutableBytes { ring.read(into: $0) }
                #expect(Array(out.prefix(count)) == Array(model.prefix(bytes.count)))
                model.removeFirst(count)
            case 2:
                if ring.append(7) { model.append(7) } else { #expect(model.count == 64) }
            case 3:
                let oldest = ring.popFirst()
                #expect(oldest == (model.isEmpty ? nil : model.removeFirst()))
            default:
                let piece = Array(ring.contiguousBytes)
                #expect(piece == Array(model.prefix(piece.count)))
                #expect(piece.isEmpty == model.isEmpty)
                ring.discard(piece.count / 2)
                model.removeFirst(piece.count / 2)
            }
            #expect(ring.count == model.count)
            #expect(ring.freeByteCount == 64 - model.count)
        }
    }
}

struct SizeClassTests {
    @Test func everySize_getsTheSmallestClassThatHolds() {
        for byteCount in 0...SizeClass.maximumByteCount {
            let index = SizeClass.index(forByteCount: byteCount)
            #expect(SizeClass.byteCount(at: index) >= byteCount)
            if index > 0 { #expect(SizeClass.byteCount(at: index - 1) < byteCount) }
        }
        #expect(SizeClass.byteCount(at: SizeClass.count - 1) == SizeClass.maximumByteCount)
        for index in 0..<SizeClass.count { #expect(SizeClass.byteCount(at: index) % 16 == 0) }
    }

    @Test func powersOfTwo_areClasses() {
        var size = 16
        while size <= 2048 {
            #expect(SizeClass.byteCount(at: SizeClass.index(forByteCount: size)) == size)
            size *= 2
        }
    }
}

struct SymbolTableTests {
    private func lookup(_ table: String, _ address: UInt64) -> String? {
        Array(table.utf8).withUnsafeBytes { bytes in
            SymbolTable(bytes).lookup(address).map { "\(String(decoding: $0.name, as: UTF8.self))+\($0.offset)" }
        }
    }

    @Test func addresses_belongToTheSymbolBefore() {
        let table = "80200000 start\n80200010 static Timer.schedule(_:atTicks:)\n802000ff end\n\0garbage"
        #expect(lookup(table, 0x8020_0000) == "start+0")
        #expect(lookup(table, 0x8020_000F) == "start+15")
        #expect(lookup(table, 0x8020_0010) == "static Timer.schedule(_:atTicks:)+0")
        #expect(lookup(table, 0x8020_0100) == "end+1")
        #expect(lookup(table, 0x801F_FFFF) == nil)
    }

    @Test func everyAddress_belongsToTheSymbolBefore_whereverTheTableEnds() {
        var table = ""
        for index in 0..<300 { table += String(0x8020_0000 + index * index, radix: 16) + " f\(index)\n" }
        for end in ["", "\0", String(repeating: "\0", count: 100_000), "\0garbage\nmore"] {
            for index in 0..<300 {
                #expect(lookup(table + end, UInt64(0x8020_0000 + index * index)) == "f\(index)+0")
                #expect(lookup(table + end, UInt64(0x8020_0000 + index * index + 2 * index)) == "f\(index)+\(2 * index)")
            }
        }
    }

    @Test func emptyAndDamagedTables_giveNothing() {
        #expect(lookup("\0\0\0", 5) == nil)
        #expect(lookup("", 5) == nil)
        #expect(lookup("1", 5) == nil || lookup("1", 5) == "+4")
        #expect(lookup("zz\n", 5) != "crash")
    }
}

struct MemoryMapTests {
    private func free(_ map: MemoryMap) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        map.firstFreeRange { range in
            ranges.append(range.start.rawValue...range.end.rawValue)
            return false
        }
        return ranges
    }
    private func range(_ start: UInt64, _ end: UInt64) -> PhysicalRange {
        PhysicalRange(start: PhysicalAddress(start), byteCount: end - start)
    }

    @Test func reservations_areCutOutInWholePages() {
        var map = MemoryMap()
        _ = map.addMemory(range(0x8000_0000, 0x8800_0800))
        _ = map.reserve(range(0x8020_0100, 0x8030_0001))
        _ = map.reserve(range(0x8000_0000, 0x8004_0000))
        _ = map.reserve(range(0x87FF_F000, 0x9000_0000))
        #expect(free(map) == [0x8004_0000...0x8020_0000, 0x8030_1000...0x87FF_F000])
    }

    @Test func overlappingReservations_andSeveralRanges() {
        var map = MemoryMap()
        _ = map.addMemory(range(0x1000, 0x9000))
        _ = map.addMemory(range(0x10_0000, 0x20_0000))
        _ = map.reserve(range(0x3000, 0x6000))
        _ = map.reserve(range(0x2000, 0x4000))
        _ = map.reserve(range(0x0F_0000, 0x11_0000))
        #expect(free(map) == [0x1000...0x2000, 0x6000...0x9000, 0x11_0000...0x20_0000])
        #expect(map.bounds?.start == PhysicalAddress(0x1000))
        #expect(map.bounds?.end == PhysicalAddress(0x20_0000))
    }

    @Test func tooManyRanges_areRefused() {
        var map = MemoryMap()
        var results: [Bool] = []
        for index in 0..<MemoryMap.capacity { results.append(map.reserve(range(UInt64(index) << 13, UInt64(index) << 13 + 1))) }
        #expect(!results.contains(false))
        let another = map.reserve(range(0, 1))
        #expect(!another)
        let empty = map.reserve(range(5, 5))
        #expect(empty)
    }
}

struct PageTableEntryTests {
    @Test func entries_followTheSpecification() {
        let page = PageTableEntry(page: PageNumber(0x80200), permissions: .kernelText)
        // 4.4.1: PPN at bit 10; V R X G A D = 0b11101011.
        #expect(page.rawValue == 0x80200 << 10 | 0b1110_1011)
        #expect(page.isLeaf && !page.isTable)
        #expect(page.page == PageNumber(0x80200))
        let table = PageTableEntry(table: PageNumber(5))
        #expect(table.isTable && !table.isLeaf)
        #expect(!PageTableEntry.empty.isValid)
        #expect(!PagePermissions.kernelText.contains(.write))
        #expect(!PagePermissions.kernelViewData.contains(.execute))
        #expect(!PagePermissions.processData.contains(.global))
    }

    @Test func indices_areNineBitsALevel() {
        let address = VirtualAddress(0xFFFF_FFC0_4060_3004)
        #expect(address.tableIndex(level: 2) == 257)
        #expect(address.tableIndex(level: 1) == 3)
        #expect(address.tableIndex(level: 0) == 3)
        #expect(pageTableSpan(level: 1) == 2 << 20)
    }
}

struct VirtqueueLayoutTests {
    @Test func legacyLayout_isTheSpecifications() {
        // 2.6.2 of virtio 1.0: with 8 entries and 4096 alignment the used ring begins at 4096.
        let layout = VirtqueueLayout(entryCount: 8, usedAlignment: 4096)
        #expect(layout.availableOffset == 128)
        #expect(layout.usedOffset == 4096)
        #expect(layout.byteCount == 4096 + 6 + 64)
        #expect(layout.availableEntryOffset(9) == 128 + 4 + 2)
        #expect(layout.usedEntryOffset(17) == 4096 + 4 + 8)
    }
}

struct RandomGeneratorTests {
    @Test func block_isThatOfTheRFC() {
        // RFC 8439, 2.3.2: key 00..1f, counter 1, nonce 00 00 00 09 00 00 00 4a 00 00 00 00. The RFC's counter is 32 bits wide and its
        // nonce 96: as a 64-bit counter and nonce that is the counter with the first nonce word above it.
        var key = InlineArray<8, UInt32>(repeating: 0)
        for word in 0..<8 {
            let base = UInt32(word * 4)
            key[word] = base | (base + 1) << 8 | (base + 2) << 16 | (base + 3) << 24
        }
        let block = RandomGenerator.block(key: key, counter: 1 | 0x0900_0000 << 32, nonce: 0x4a00_0000)
        let expected: [UInt32] = [
            0xe4e7_f110, 0x1559_3bd1, 0x1fdd_0f50, 0xc471_20a3, 0xc7f4_d1c7, 0x0368_c033, 0x9aaa_2204, 0x4e6c_d4c3,
            0x4664_82d2, 0x09aa_9f07, 0x05d7_c214, 0xa202_8bd9, 0xd19c_12b5, 0xb94e_16de, 0xe883_d0cb, 0x4e3c_50a2,
        ]
        for word in 0..<16 { #expect(block[word] == expected[word]) }
    }

    @Test func output_dependsOnSeedAndNeverRepeats() {
        func bytes(_ seed: UInt64, _ count: Int) -> [UInt8] {
            var generator = RandomGenerator()
            generator.mix(seed)
            var out = [UInt8](repeating: 0, count: count)
            out.withUnsafeMutableBytes { generator.fill($0) }
            return out
        }
        #expect(bytes(1, 100) == bytes(1, 100))
        #expect(bytes(1, 100) != bytes(2, 100))
        var generator = RandomGenerator()
        var seen = Set<[UInt8]>()
        for _ in 0..<200 {
            var out = [UInt8](repeating: 0, count: 16)
            out.withUnsafeMutableBytes { generator.fill($0) }
            #expect(seen.insert(out).inserted)
        }
    }
}
