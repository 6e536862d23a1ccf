// What every stream of bytes to the outside has in common: a ring of received bytes, a ring of bytes to send, and a call when either
// changes. The UART and each virtio-console port are one. Guarded by interrupts being off.
import Containers
import KernelCore
import KernelMachine
import KernelMemory

/// Called from an interrupt when a device has received something or has room again: wakes threads, must not block.
public typealias SerialNotification = @convention(c) (UnsafeMutableRawPointer?) -> Void

/// A bidirectional stream of bytes.
public class SerialDevice {
    /// For the log.
    public let name: StaticString
    // Interrupts off: threads and the device's interrupt come here.
    var received: ByteRing
    var pending: ByteRing
    /// Bytes lost: received ones that nobody read in time, and ones of the log that the other side did not take in time.
    public internal(set) var lostByteCount = 0
    /// Set when the other side has closed: what was received before can still be read.
    public internal(set) var isReceiveClosed = false

    /// Called when bytes arrive, or the other side closes.
    public var receiveNotification: SerialNotification?
    /// Called when a full transmit ring has room again, and when it has become empty.
    public var transmitNotification: SerialNotification?
    /// Handed to both.
    public var notificationContext: UnsafeMutableRawPointer?

    init(name: StaticString, receiveCapacity: Int, transmitCapacity: Int) {
        self.name = name
        received = ByteRing(storage: Self.storage(receiveCapacity))
        pending = ByteRing(storage: Self.storage(transmitCapacity))
    }

    private static func storage(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        guard let memory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: byteCount) else {
            panic("no memory for a serial device's buffers")
        }
        return UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    }

    /// Takes received bytes without waiting; 0 when there are none.
    public final func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        withInterruptsDisabled {
            let count = received.read(into: buffer)
            if count > 0 { didRead() }
            return count
        }
    }

    /// Bytes that can be read without waiting.
    public final var readableByteCount: Int { withInterruptsDisabled { received.count } }

    /// Accepts bytes to send without waiting and says how many fitted; wait for `transmitNotification` to go on after a short count.
    public final func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        withInterruptsDisabled {
            let count = pending.append(bytes)
            startTransmit()
            return count
        }
    }

    /// Accepts bytes as `write` does and leaves sending them to a `transmit` that follows.
    public final func append(_ bytes: UnsafeRawBufferPointer) -> Int { withInterruptsDisabled { pending.append(bytes) } }

    /// Begins to send what was accepted.
    public final func transmit() { withInterruptsDisabled { startTransmit() } }

    /// Bytes that can be written without waiting.
    public final var writableByteCount: Int { withInterruptsDisabled { pending.freeByteCount } }

    /// Bytes accepted and not yet handed to the device.
    public final var unsentByteCount: Int { withInterruptsDisabled { pending.count } }

    /// Sends everything that was accepted, by polling: at the end of the machine, before threads exist, or in a deterministic run. Between
    /// two looks interrupts are what they were.
    public final func drain() {
        while withInterruptsDisabled({
            let isDone = pending.isEmpty && isIdle
            if !isDone { poll() }
            return !isDone
        }) {}
    }

    /// Looks that a writer with interrupts off takes while the other side takes nothing.
    private static let patience = 1000

    /// Sends all of the bytes, polling while the ring is full. For the kernel's log, which waits for room before a line where it may wait
    /// (`Log.line`). Where it may not, such as in a trap, it is patient for a while only, once there are others that could run: what the
    /// other side does not take then is lost, and counted.
    public final func writeAll(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        var looks = 0
        while !rest.isEmpty {
            let count = write(rest)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            looks = count > 0 ? 0 : looks + 1
            if looks > Self.patience, Log.pause != nil, !Interrupts.areEnabled {
                lostByteCount &+= rest.count
                return
            }
            if !rest.isEmpty { withInterruptsDisabled { poll() } }
        }
    }

    // What a device supplies; interrupts are off in all of them.

    /// Begins to send what is pending, if it is not being sent.
    func startTransmit() {}
    /// Lets the device make progress without its interrupt.
    func poll() {}
    /// Whether everything handed to the device is out.
    var isIdle: Bool { true }
    /// There is room for more received bytes.
    func didRead() {}

    final func notifyReceive() { receiveNotification?(notificationContext) }
    final func notifyTransmit() { transmitNotification?(notificationContext) }
}
