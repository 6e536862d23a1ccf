// Kernel stacks of threads: 64 KiB in a region of their own, every one with as much unmapped address space below it, so that an overflow
// faults instead of reaching a neighbour.
import KernelCore
import KernelMachine

/// One thread's stack; freed with its owner, when the thread no longer runs on it.
public struct ThreadStack: ~Copyable {
    /// Bytes of stack.
    public static let byteCount = 65536
    private static let order = 4
    private static let stride: UInt64 = 131072
    /// Stacks that fit into the region of 1 GiB.
    private static let slotCount = 8192

    nonisolated(unsafe) private static var used = InlineArray<128, UInt64>(repeating: 0)

    private let slot: Int
    private let block: PageNumber

    /// Takes a stack; nil when there is no memory or no room for another. Its contents are zero.
    public init?(for purpose: FramePurpose = .kernel) {
        guard let block = PageFrames.tryAllocate(order: Self.order, for: purpose) else { return nil }
        guard let slot = Self.claim(block) else {
            PageFrames.free(block, order: Self.order)
            return nil
        }
        self.slot = slot
        self.block = block
    }

    deinit {
        let slot = slot
        withInterruptsDisabled {
            let table = Self.tableEntry(slot)
            for page in 0..<(1 << Self.order) {
                let address = Self.bottom(slot) + UInt64(page * pageByteCount)
                KernelMapping.entries(table.pointee.page)[VirtualAddress(address).tableIndex(level: 0)] = .empty
                Translation.fence(VirtualAddress(address))
            }
            Self.used[slot >> 6] &= ~(1 << UInt64(slot & 63))
            // 16 stacks share a last-level table; it goes with the last of them.
            if (Self.used[slot >> 6] >> UInt64(slot & 48)) & 0xFFFF == 0 {
                PageFrames.free(table.pointee.page)
                table.pointee = .empty
                Translation.fenceAll()
            }
        }
        PageFrames.free(block, order: Self.order)
    }

    /// The first address above the stack: the initial stack pointer.
    public var top: UInt64 { Self.bottom(slot) + UInt64(Self.byteCount) }
    /// The lowest address of the stack.
    public var bottom: UInt64 { Self.bottom(slot) }

    private static func bottom(_ slot: Int) -> UInt64 {
        KernelImage.threadStackRegion.lowerBound + UInt64(slot) * stride + stride - UInt64(byteCount)
    }

    private static func tableEntry(_ slot: Int) -> UnsafeMutablePointer<PageTableEntry> { KernelMapping.entry(bottom(slot), level: 1) }

    private static func claim(_ block: PageNumber) -> Int? {
        withInterruptsDisabled {
            for word in 0..<(slotCount / 64) where used[word] != .max {
                let slot = word * 64 + (~used[word]).trailingZeroBitCount
                let table = tableEntry(slot)
                if !table.pointee.isValid {
                    guard let page = PageFrames.tryAllocate() else { return nil }
                    table.pointee = PageTableEntry(table: page)
                }
                for page in 0..<(1 << order) {
                    let address = VirtualAddress(bottom(slot) + UInt64(page * pageByteCount))
                    KernelMapping.entries(table.pointee.page)[address.tableIndex(level: 0)] = PageTableEntry(
                        page: PageNumber(block.rawValue + page), permissions: .kernelViewData)
                }
                used[word] |= 1 << UInt64(slot & 63)
                Translation.fenceAll()
                return slot
            }
            return nil
        }
    }
}
