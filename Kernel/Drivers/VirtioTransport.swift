// The memory-mapped virtio transport, both the modern one (version 2) and the legacy one (version 1) that QEMU's `virt` offers by default.
// Virtio specification 1.1, 3.1 (initialisation), 4.2.2 (registers), 4.2.4 (legacy interface).
import KernelCore
import KernelMachine
import KernelMemory

/// The registers of one virtio device.
public struct VirtioTransport {
    private enum Offset {
        static let magic: UInt = 0x000
        static let version: UInt = 0x004
        static let deviceIdentifier: UInt = 0x008
        static let deviceFeatures: UInt = 0x010
        static let deviceFeaturesSelect: UInt = 0x014
        static let driverFeatures: UInt = 0x020
        static let driverFeaturesSelect: UInt = 0x024
        static let legacyPageSize: UInt = 0x028
        static let queueSelect: UInt = 0x030
        static let queueSizeMaximum: UInt = 0x034
        static let queueSize: UInt = 0x038
        static let legacyQueueAlignment: UInt = 0x03c
        static let legacyQueuePage: UInt = 0x040
        static let queueReady: UInt = 0x044
        static let queueNotify: UInt = 0x050
        static let interruptStatus: UInt = 0x060
        static let interruptAcknowledge: UInt = 0x064
        static let status: UInt = 0x070
        static let queueDescriptors: UInt = 0x080
        static let queueAvailable: UInt = 0x090
        static let queueUsed: UInt = 0x0a0
        static let configuration: UInt = 0x100
    }
    private static let magic: UInt32 = 0x7472_6976
    private static let acknowledge: UInt32 = 1
    private static let driver: UInt32 = 2
    private static let driverReady: UInt32 = 4
    private static let featuresAgreed: UInt32 = 8
    private static let failed: UInt32 = 128
    /// Feature bit 32: the device follows version 1 of the specification.
    private static let featureVersion1: UInt64 = 1 << 32
    /// The used ring's alignment: small enough that a queue of 16 takes one page.
    private static let usedAlignment = 64

    private let registers: DeviceRegisters
    private let isLegacy: Bool
    /// What the device is: 3 console, 4 entropy source; 0 for an empty slot.
    public let deviceIdentifier: UInt32

    /// Looks at a slot; nil when no virtio device is there.
    public init?(_ address: PhysicalAddress) {
        registers = DeviceRegisters(address)
        guard registers.load32(Offset.magic) == Self.magic else { return nil }
        let version = registers.load32(Offset.version)
        guard version == 1 || version == 2 else { return nil }
        isLegacy = version == 1
        deviceIdentifier = registers.load32(Offset.deviceIdentifier)
        if deviceIdentifier == 0 { return nil }
    }

    /// Resets the device and agrees on features: those of `wanted` that it has. Nil when it refuses.
    func begin(wanted: UInt64) -> UInt64? {
        registers.store32(Offset.status, 0)
        registers.store32(Offset.status, Self.acknowledge)
        registers.store32(Offset.status, Self.acknowledge | Self.driver)
        registers.store32(Offset.deviceFeaturesSelect, 0)
        var offered = UInt64(registers.load32(Offset.deviceFeatures))
        registers.store32(Offset.deviceFeaturesSelect, 1)
        if !isLegacy { offered |= UInt64(registers.load32(Offset.deviceFeatures)) << 32 }
        let agreed = offered & (isLegacy ? wanted : wanted | Self.featureVersion1)
        registers.store32(Offset.driverFeaturesSelect, 0)
        registers.store32(Offset.driverFeatures, UInt32(truncatingIfNeeded: agreed))
        if isLegacy {
            registers.store32(Offset.legacyPageSize, UInt32(pageByteCount))
            return agreed
        }
        registers.store32(Offset.driverFeaturesSelect, 1)
        registers.store32(Offset.driverFeatures, UInt32(truncatingIfNeeded: agreed >> 32))
        let status = Self.acknowledge | Self.driver | Self.featuresAgreed
        registers.store32(Offset.status, status)
        guard agreed & Self.featureVersion1 != 0, registers.load32(Offset.status) & Self.featuresAgreed != 0 else {
            fail()
            return nil
        }
        return agreed
    }

    /// Sets a queue up, with at most so many entries; nil when the device has no such queue or there is no memory.
    func makeQueue(_ index: Int, maximumEntryCount: Int) -> Virtqueue? {
        registers.store32(Offset.queueSelect, UInt32(index))
        let limit = Int(registers.load32(Offset.queueSizeMaximum))
        guard limit > 0 else { return nil }
        var entryCount = 1
        while entryCount * 2 <= min(limit, maximumEntryCount) { entryCount *= 2 }
        let layout = VirtqueueLayout(entryCount: entryCount, usedAlignment: Self.usedAlignment)
        let pageCount = (layout.byteCount + pageByteCount - 1) / pageByteCount
        guard let page = PageFrames.tryAllocate(pageCount: pageCount) else { return nil }
        registers.store32(Offset.queueSize, UInt32(entryCount))
        let base = page.address.rawValue
        if isLegacy {
            registers.store32(Offset.legacyQueueAlignment, UInt32(Self.usedAlignment))
            registers.store32(Offset.legacyQueuePage, UInt32(page.rawValue))
        } else {
            store(Offset.queueDescriptors, base)
            store(Offset.queueAvailable, base + UInt64(layout.availableOffset))
            store(Offset.queueUsed, base + UInt64(layout.usedOffset))
            registers.store32(Offset.queueReady, 1)
        }
        return Virtqueue(transport: self, index: index, layout: layout, base: UInt(base))
    }

    /// The device may work from now on.
    func finish() {
        let status = Self.acknowledge | Self.driver | Self.driverReady | (isLegacy ? 0 : Self.featuresAgreed)
        registers.store32(Offset.status, status)
    }

    /// Gives the device up.
    func fail() { registers.store32(Offset.status, registers.load32(Offset.status) | Self.failed) }

    /// Tells the device that a queue has new entries.
    @inline(__always) func notify(queue: Int) {
        // The entries and the index are in memory before the device is told.
        Fence.full()
        registers.store32(Offset.queueNotify, UInt32(truncatingIfNeeded: queue))
    }

    /// Takes back the device's interrupt.
    func acknowledgeInterrupt() { registers.store32(Offset.interruptAcknowledge, registers.load32(Offset.interruptStatus)) }

    func configuration8(_ offset: UInt) -> UInt8 { registers.load8(Offset.configuration + offset) }
    func configuration32(_ offset: UInt) -> UInt32 { registers.load32(Offset.configuration + offset) }

    private func store(_ offset: UInt, _ value: UInt64) {
        registers.store32(offset, UInt32(truncatingIfNeeded: value))
        registers.store32(offset + 4, UInt32(truncatingIfNeeded: value >> 32))
    }
}
