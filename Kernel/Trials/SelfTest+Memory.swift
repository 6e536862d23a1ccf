// Self-tests of pages, heaps, address spaces and the memory routines.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory

nonisolated(unsafe) private var testSpace: UnsafeMutablePointer<AddressSpace>?
nonisolated(unsafe) private var outOfBoundsCount: UInt64 = 0

extension SelfTest {
    /// Random blocks: distinct, zeroed, and all there again at the end. Exhaustion is an answer and not a failure.
    static func testPages() {
        var random = TestRandom(seed: 7)
        var blocks: [(page: PageNumber, order: Int)] = []
        for _ in 0..<5000 {
            if blocks.count < 200, random.below(5) < 3 {
                let order = random.below(6)
                guard let page = PageFrames.tryAllocate(order: order) else { continue }
                let words = page.pointer.assumingMemoryBound(to: UInt64.self)
                for word in stride(from: 0, to: 512 << order, by: 37) { check(words[word] == 0, "a zeroed page is not zero") }
                words[0] = UInt64(page.rawValue)
                words[(512 << order) - 1] = .max
                blocks.append((page, order))
            } else if !blocks.isEmpty {
                let block = blocks.remove(at: random.below(blocks.count))
                check(block.page.pointer.load(as: UInt64.self) == UInt64(block.page.rawValue), "a page was given out twice")
                PageFrames.free(block.page, order: block.order)
            }
        }
        for block in blocks { PageFrames.free(block.page, order: block.order) }
        var all: PageNumber?
        var count = 0
        while let page = PageFrames.tryAllocate(order: 8) {
            page.pointer.storeBytes(of: all, as: PageNumber?.self)
            all = page
            count += 1
        }
        check(count > 0, "no block of 1 MiB")
        check(PageFrames.tryAllocate(order: 8) == nil, "refused once, then served")
        while let page = all {
            all = page.pointer.load(as: PageNumber?.self)
            PageFrames.free(page, order: 8)
        }
    }

    /// Random blocks of a heap of its own; contents stay, alignment holds, the limit refuses, and dropping the heap gives everything back.
    static func testHeap() {
        guard let heap = KernelHeap.makeHeap(name: "test", source: .frames(.process), pageLimit: 2000) else {
            return check(false, "no heap")
        }
        var random = TestRandom(seed: 11)
        var blocks: [(UnsafeMutableRawPointer, Int)] = []
        for turn in 0..<20000 {
            if random.below(2) == 0 || blocks.isEmpty {
                let byteCount = 1 + (random.below(20) == 0 ? random.below(100_000) : random.below(3000))
                let alignment = 16 << random.below(9)
                guard let block = KernelHeap.tryAllocate(from: heap, byteCount: byteCount, alignment: alignment) else { continue }
                check(UInt(bitPattern: block) % UInt(alignment) == 0, "a block is not aligned")
                block.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: byteCount), count: byteCount)
                blocks.append((block, byteCount))
            } else {
                let (block, byteCount) = blocks.remove(at: random.below(blocks.count))
                let bytes = block.assumingMemoryBound(to: UInt8.self)
                check(bytes[0] == UInt8(truncatingIfNeeded: byteCount), "a block's first byte changed")
                check(bytes[byteCount - 1] == UInt8(truncatingIfNeeded: byteCount), "a block's last byte changed")
                KernelHeap.free(block)
            }
            if turn % 1000 == 0 { check(heap.pointee.blockCount == blocks.count, "the heap counts other blocks than there are") }
        }
        check(heap.pointee.pageCount <= 2000, "the heap exceeds its limit")
        check(KernelHeap.tryAllocate(from: heap, byteCount: 2000 * 4096) == nil, "the limit does not refuse")
        check(heap.pointee.refusalCount > 0, "the refusal was not counted")
        // Half of the blocks are still in use.
        KernelHeap.destroy(heap)
    }

    /// A window fills on touch, faults beyond its size, is not seen from another space, and gives its pages back.
    static func testAddressSpace() {
        let storage = UnsafeMutablePointer<AddressSpace>.allocate(capacity: 2)
        guard let first = AddressSpace(pageLimit: 3000), let second = AddressSpace(pageLimit: 40) else {
            return check(false, "no address space")
        }
        storage.initialize(to: first)
        (storage + 1).initialize(to: second)
        let handler: Traps.ExceptionHandler = { frame in
            guard let space = testSpace else { return false }
            switch space.pointee.resolveFault(at: frame.pointee.value) {
            case .filled: return true
            case .outOfBounds, .outOfMemory, .outOfStack:
                outOfBoundsCount += 1
                // The accesses below are 4-byte or compressed loads and stores through volatile helpers: step over the instruction.
                let low = machine_load16(UInt(frame.pointee.programCounter))
                frame.pointee.programCounter += low & 3 == 3 ? 4 : 2
                return true
            case .foreign: return false
            }
        }
        Traps.setHandler(.loadPageFault, handler)
        Traps.setHandler(.storePageFault, handler)

        testSpace = storage
        activate(storage)
        guard let base = storage.pointee.reserveWindow() else { return check(false, "no window") }
        check(storage.pointee.setByteCount(windowBase: base, 200 * 65536), "a size was refused")
        for page in 0..<40 { machine_store64(UInt(base) + UInt(page) * 65536 + 8, UInt64(page) + 1) }
        for page in 0..<40 { check(machine_load64(UInt(base) + UInt(page) * 65536 + 8) == UInt64(page) + 1, "a window forgot a value") }
        check(machine_load64(UInt(base) + 41 * 65536) == 0, "a fresh page is not zero")
        check(current(&outOfBoundsCount) == 0, "an access inside faulted")
        _ = machine_load64(UInt(base) + 200 * 65536)
        check(current(&outOfBoundsCount) == 1, "an access just beyond the size did not fault")
        _ = machine_load8(UInt(base) + UInt(AddressSpace.windowByteCount) + 15)
        check(current(&outOfBoundsCount) == 2, "an access in the guard did not fault")

        // The other space has a window at the same place with contents of its own, and a budget that a fill runs into.
        testSpace = storage + 1
        activate(storage + 1)
        guard let otherBase = storage[1].reserveWindow() else { return check(false, "no window") }
        check(otherBase == base, "the first windows of two spaces differ")
        check(storage[1].setByteCount(windowBase: otherBase, 100 * 65536), "a size was refused")
        check(machine_load64(UInt(base) + 8) == 0, "a space sees another one's memory")
        outOfBoundsCount = 0
        for page in 0..<100 { machine_store64(UInt(base) + UInt(page) * 65536, 1) }
        check(current(&outOfBoundsCount) > 0, "the page limit does not refuse")
        check(storage[1].pageCount <= 40, "the page limit was exceeded")

        // All windows of a space, upper half included, work and come back.
        testSpace = storage
        activate(storage)
        check(machine_load64(UInt(base) + 8) == 1, "a switch lost memory")
        outOfBoundsCount = 0
        while let window = storage.pointee.reserveWindow() {
            check(storage.pointee.setByteCount(windowBase: window, 65536), "a size was refused")
            machine_store64(UInt(window), window)
            check(machine_load64(UInt(window)) == window, "a window forgot a value")
        }
        check(current(&outOfBoundsCount) == 0, "a window faulted")
        storage.pointee.releaseWindow(base: base)
        check(storage.pointee.window(containing: base) == nil, "a released window is still there")
        KernelView.select(kernel: KernelMapping.translation, guest: KernelMapping.translation)
        KernelView.stay()
        testSpace = nil
        Traps.setHandler(.loadPageFault, nil)
        Traps.setHandler(.storePageFault, nil)
        storage.deinitialize(count: 2)
        storage.deallocate()
    }

    private static func activate(_ space: UnsafeMutablePointer<AddressSpace>) {
        KernelView.select(kernel: space.pointee.kernelTranslation, guest: space.pointee.guestTranslation)
        KernelView.stay()
    }

    /// The routines of Boot/memory.S against the obvious ones, for every small size, alignment and overlap.
    static func testMemoryRoutines() {
        let size = 512
        let left = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        let right = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer {
            left.deallocate()
            right.deallocate()
        }
        func value(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: index &* 167 &+ 13) }
        func fill() { for index in 0..<size { machine_store8(UInt(bitPattern: left) + UInt(index), value(index)) } }
        func at(_ index: Int) -> UInt8 { machine_load8(UInt(bitPattern: left) + UInt(index)) }
        for count in 0...200 {
            for source in [64, 65, 71, 100] as [Int] {
                for distance in [-64, -33, -16, -8, -3, -1, 0, 1, 3, 8, 16, 33, 64] as [Int] {
                    fill()
                    let destination = source + distance
                    // Overlapping: the compiler calls memmove.
                    (left + destination).copyMemory(from: left + source, byteCount: count)
                    for index in 0..<size {
                        let isInside = index >= destination && index < destination + count
                        if at(index) != value(isInside ? index - distance : index) {
                            say {
                                $0.decimal(count).text(" bytes from ").decimal(source).text(" to ").decimal(destination).text(" at ")
                                    .decimal(index)
                            }
                            check(false, "memmove is wrong")
                        }
                    }
                }
            }
            fill()
            (left + 67).initializeMemory(as: UInt8.self, repeating: 0xA5, count: count)
            for index in 0..<size where at(index) != (index >= 67 && index < 67 + count ? 0xA5 : value(index)) {
                check(false, "memset is wrong")
            }
            fill()
            right.copyMemory(from: left, byteCount: size)
            for position in [0, 1, 7, 8, 9, count - 1] as [Int] where position >= 0 && position < count {
                check(compare(left, right, count) == 0, "memcmp finds a difference in equal bytes")
                let byte = right.load(fromByteOffset: position, as: UInt8.self)
                right.storeBytes(of: byte ^ 0x80, toByteOffset: position, as: UInt8.self)
                check((compare(left, right, count) < 0) == (byte < byte ^ 0x80), "memcmp orders wrongly")
                check(compare(left, right, position) == 0, "memcmp looks too far")
                right.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
            }
        }
    }

    private static func compare(_ left: UnsafeMutableRawPointer, _ right: UnsafeMutableRawPointer, _ count: Int) -> Int {
        Int(machine_compare_memory(left, right, count))
    }
}
