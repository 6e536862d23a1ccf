// The virtio entropy source: asked for a seed at boot, and again whenever it has answered and somebody wants more. Virtio specification 1.1, 5.4.
import KernelCore
import KernelMachine
import KernelMemory

/// One entropy device.
public final class VirtioEntropy {
    /// The device's number in `VirtioTransport.deviceIdentifier`.
    public static let deviceIdentifier: UInt32 = 4
    private static let seedByteCount = 64

    private let transport: VirtioTransport
    private let buffer: PageNumber

    // Interrupts off: who asks, and the device's interrupt.
    private var queue: Virtqueue
    /// Bytes the device has delivered.
    public private(set) var deliveredByteCount = 0

    /// Brings an entropy device up and asks it for a seed, which its interrupt mixes in; nil when it or memory refuses.
    public init?(_ transport: VirtioTransport) {
        guard transport.begin(wanted: 0) != nil, let queue = transport.makeQueue(0, maximumEntryCount: 2),
            let buffer = PageFrames.tryAllocate()
        else { return nil }
        self.transport = transport
        self.queue = queue
        self.buffer = buffer
        transport.finish()
        request()
    }

    /// Asks for another seed.
    public func request() {
        withInterruptsDisabled {
            guard queue.isEmpty, queue.offer(buffer.pointer, byteCount: Self.seedByteCount, isWrittenByDevice: true) != nil else { return }
            queue.notify()
        }
    }

    /// The device's interrupt.
    public func handleInterrupt() {
        transport.acknowledgeInterrupt()
        takeSeed()
    }

    /// Waits for the seed that was asked for, but not longer than the given time; false when it did not come.
    public func waitForSeed(timeoutNanoseconds: UInt64) -> Bool {
        let deadline = Clock.nanoseconds &+ timeoutNanoseconds
        while deliveredByteCount == 0, Clock.nanoseconds < deadline { withInterruptsDisabled { takeSeed() } }
        return deliveredByteCount != 0
    }

    private func takeSeed() {
        while let (_, byteCount) = queue.takeUsed() {
            let count = min(byteCount, Self.seedByteCount)
            deliveredByteCount &+= count
            Entropy.mix(UnsafeRawBufferPointer(start: buffer.pointer, count: count), from: "virtio-rng")
        }
    }
}
