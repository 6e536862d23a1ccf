// The windows of a process's address space: where its linear memories are, how large they are, and how many pages they may yet take.
// A window is 8 GiB of addresses plus a guard, so a 32-bit base plus a 32-bit offset plus the width of an access never leaves it.
import KernelCore
import KernelMachine

/// One process's windows, by index.
struct MemoryWindows {
    /// Bytes a memory has at most: an access near one inside it does not wrap around.
    static let mostByteCount = AddressSpace.windowByteCount / 2 - 65536
    /// Bytes below a window that belong to it: machine code may have the address of an access in them, and nothing is there.
    static let byteCountBelow: UInt64 = 2048
    /// Root entries a window takes: the 8 GiB and one of guard.
    private static let stride = 9
    /// 14 below the hole of Sv39, 28 above it.
    static let count = 42
    private static let lowCount = 14

    private struct Window {
        var isReserved = false
        /// The memory's size in bytes, rounded up to a page.
        var byteCount: UInt64 = 0
        /// Pages that its memory may yet take, tables included: each on its first touch.
        var owedPageCount = 0
    }

    private var windows = InlineArray<42, Window>(repeating: Window())
    /// Pages that the memories were promised and do not have yet.
    private(set) var owedPageCount = 0

    // MARK: Addresses

    /// Where a window begins.
    static func base(_ index: Int) -> UInt64 { AddressMap.address(ofEntry: rootEntries(index).lowerBound) }

    /// The entries of the root tables that translate it, guard included.
    static func rootEntries(_ index: Int) -> Range<Int> {
        let first =
            index < lowCount
            ? AddressMap.lowWindowEntries.lowerBound + index * stride
            : AddressMap.highWindowEntries.lowerBound + (index - lowCount) * stride
        return first..<(first + stride)
    }

    /// The reserved window an address lies in, guard included; nil when in none.
    func index(containing address: UInt64) -> Int? {
        let upper = address >> 38
        guard upper == 0 || upper == 0x3FF_FFFF else { return nil }
        let entry = VirtualAddress(address).tableIndex(level: 2)
        let index: Int
        if AddressMap.lowWindowEntries.contains(entry) {
            index = (entry - AddressMap.lowWindowEntries.lowerBound) / Self.stride
        } else if AddressMap.highWindowEntries.contains(entry) {
            index = Self.lowCount + (entry - AddressMap.highWindowEntries.lowerBound) / Self.stride
        } else {
            return nil
        }
        return windows[index].isReserved ? index : nil
    }

    /// The reserved window that begins not far above an address.
    func index(above address: UInt64) -> Int? {
        guard let index = index(containing: address &+ Self.byteCountBelow), Self.base(index) > address else { return nil }
        return index
    }

    /// The reserved window that begins at an address.
    func index(base: UInt64) -> Int? {
        guard let index = index(containing: base), Self.base(index) == base else { return nil }
        return index
    }

    func byteCount(_ index: Int) -> UInt64 { windows[index].byteCount }

    // MARK: Changes

    /// Reserves a window; its base, or nil when all are taken.
    mutating func reserve() -> UInt64? {
        for index in 0..<Self.count where !windows[index].isReserved {
            windows[index] = Window(isReserved: true)
            return Self.base(index)
        }
        return nil
    }

    /// Lets a memory have so many bytes, or leaves it as it is when it has more.
    mutating func grow(_ index: Int, to byteCount: UInt64) {
        let old = windows[index].byteCount
        let new = (byteCount + UInt64(pageByteCount - 1)) & ~UInt64(pageByteCount - 1)
        guard new > old else { return }
        windows[index].byteCount = new
        pay(index, Self.pageCount(ofMemory: old) - Self.pageCount(ofMemory: new))
    }

    /// Takes pages that a memory got off what it is owed.
    mutating func pay(_ index: Int, _ pages: Int) {
        windows[index].owedPageCount -= pages
        owedPageCount -= pages
    }

    mutating func release(_ index: Int) {
        owedPageCount -= windows[index].owedPageCount
        windows[index] = Window()
    }

    /// Pages a memory of so many bytes has when all of it was touched, the tables that translate it included.
    static func pageCount(ofMemory byteCount: UInt64) -> Int {
        func pieces(_ shift: UInt64) -> Int { Int((byteCount + (1 << shift) - 1) >> shift) }
        return pieces(UInt64(pageShift)) + pieces(21) + pieces(30)
    }
}
