// A split virtqueue: buffers offered to a device, one descriptor each, and taken back when used. Virtio specification 1.1, 2.6.
// Guarded by interrupts being off.
import KernelCore
import KernelMachine

/// One queue of a device. Its memory lives as long as the kernel.
struct Virtqueue {
    private static let flagDeviceWrites: UInt16 = 2

    private let transport: VirtioTransport
    private let index: Int
    private let layout: VirtqueueLayout
    private let base: UInt
    /// Descriptors nobody uses, as a bit each; a queue has at most 64 entries.
    private var freeDescriptors: UInt64
    private var availableIndex: UInt16 = 0
    private var usedIndex: UInt16 = 0

    static let maximumEntryCount = 64

    init(transport: VirtioTransport, index: Int, layout: VirtqueueLayout, base: UInt) {
        precondition(layout.entryCount <= Self.maximumEntryCount)
        self.transport = transport
        self.index = index
        self.layout = layout
        self.base = base
        freeDescriptors = layout.entryCount == 64 ? .max : (1 << UInt64(layout.entryCount)) - 1
    }

    var entryCount: Int { layout.entryCount }

    /// Offers a buffer; the descriptor's number, or nil when all are in use. Call `notify` afterwards.
    mutating func offer(_ buffer: UnsafeRawPointer, byteCount: Int, isWrittenByDevice: Bool) -> Int? {
        guard freeDescriptors != 0 else { return nil }
        let descriptor = freeDescriptors.trailingZeroBitCount
        freeDescriptors &= freeDescriptors &- 1
        let entry = base + UInt(layout.descriptorOffset(descriptor))
        // SAFETY: kernel memory is mapped at its physical address.
        SharedMemory.store64(entry, UInt64(UInt(bitPattern: buffer)))
        SharedMemory.store32(entry + 8, UInt32(truncatingIfNeeded: byteCount))
        SharedMemory.store16(entry + 12, isWrittenByDevice ? Self.flagDeviceWrites : 0)
        SharedMemory.store16(entry + 14, 0)
        SharedMemory.store16(base + UInt(layout.availableEntryOffset(Int(availableIndex))), UInt16(truncatingIfNeeded: descriptor))
        // The descriptor and the ring's entry are there before the index says so.
        Fence.writes()
        availableIndex &+= 1
        SharedMemory.store16(base + UInt(layout.availableIndexOffset), availableIndex)
        return descriptor
    }

    /// Tells the device to look.
    func notify() { transport.notify(queue: index) }

    /// Takes back one used buffer: its descriptor and the bytes the device wrote.
    mutating func takeUsed() -> (descriptor: Int, byteCount: Int)? {
        guard SharedMemory.load16(base + UInt(layout.usedIndexOffset)) != usedIndex else { return nil }
        // The entry is read only after the index that covers it.
        Fence.reads()
        let entry = base + UInt(layout.usedEntryOffset(Int(usedIndex)))
        let descriptor = Int(SharedMemory.load32(entry))
        let byteCount = Int(SharedMemory.load32(entry + 4))
        usedIndex &+= 1
        guard descriptor < layout.entryCount, freeDescriptors & (1 << UInt64(descriptor)) == 0 else {
            panic("a virtio device gave back a descriptor it did not have")
        }
        freeDescriptors |= 1 << UInt64(descriptor)
        return (descriptor, byteCount)
    }

    /// Whether the device holds no buffer.
    var isEmpty: Bool { freeDescriptors.nonzeroBitCount == layout.entryCount }
}
