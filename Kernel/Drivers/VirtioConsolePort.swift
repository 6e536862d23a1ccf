// One port of a virtio console. Bytes to send are handed to the device where they lie in the ring, as one buffer at a time; received ones are
// copied out of page-sized buffers, of which the device has only as many as the ring could still take, so a slow program holds up its
// sender and nothing is lost.
import KernelCore
import KernelMachine
import KernelMemory

/// A stream to the other side.
public final class VirtioConsolePort: SerialDevice {
    static let receiveBufferCount = 16
    private static let ringByteCount = 65536

    /// The port's number.
    public let number: Int
    private let buffers: PageNumber

    // Interrupts off: boot, threads that read and write, and the device's interrupt.
    /// Whether the other side has the port.
    public internal(set) var isPresent = false
    /// Whether the other side says it is a console, and not a plain port.
    public internal(set) var isConsole = false
    /// Whether somebody is at the other end.
    public private(set) var isOpen = false

    private var receive: Virtqueue
    private var send: Virtqueue
    private var freeBuffers: UInt64
    private var bufferOfDescriptor = InlineArray<64, UInt8>(repeating: 0)
    private var offeredBufferCount = 0
    private var sendingByteCount = 0
    private var nameBytes = InlineArray<64, UInt8>(repeating: 0)
    private var nameByteCount = 0

    init?(number: Int, receive: Virtqueue, send: Virtqueue) {
        guard let buffers = PageFrames.tryAllocate(order: 4) else { return nil }
        self.number = number
        self.receive = receive
        self.send = send
        self.buffers = buffers
        freeBuffers = (1 << UInt64(min(receive.entryCount, Self.receiveBufferCount))) - 1
        super.init(name: "virtio port", receiveCapacity: Self.ringByteCount, transmitCapacity: Self.ringByteCount)
        // Until the other side says that it is open: one that has closed before we asked says nothing.
        isReceiveClosed = true
    }

    /// Whether the port's name is the given one.
    public func hasName(_ name: StaticString) -> Bool {
        guard nameByteCount == name.utf8CodeUnitCount else { return false }
        for index in 0..<nameByteCount where nameBytes[index] != name.utf8Start[index] { return false }
        return true
    }

    func setName(_ bytes: UnsafeRawBufferPointer) {
        nameByteCount = 0
        for byte in bytes where byte != 0 && nameByteCount < 64 {
            nameBytes[nameByteCount] = byte
            nameByteCount += 1
        }
    }

    func setOpen(_ isOpen: Bool) {
        self.isOpen = isOpen
        isReceiveClosed = !isOpen
        notifyReceive()
        notifyTransmit()
    }

    func startReceive() { offerBuffers() }

    override func startTransmit() {
        if sendingByteCount != 0 { completeTransmit() }
        sendMore()
    }

    override func poll() {
        let before = pending.count
        completeTransmit()
        sendMore()
        if before > 0, pending.isEmpty || (pending.count <= pending.capacity / 2 && before > pending.capacity / 2) { notifyTransmit() }
        var hasReceived = false
        while let (descriptor, byteCount) = receive.takeUsed() {
            let buffer = Int(bufferOfDescriptor[descriptor])
            let bytes = UnsafeRawBufferPointer(start: address(buffer), count: min(byteCount, pageByteCount))
            lostByteCount &+= bytes.count &- received.append(bytes)
            freeBuffers |= 1 << UInt64(buffer)
            offeredBufferCount -= 1
            hasReceived = true
        }
        if hasReceived {
            offerBuffers()
            notifyReceive()
        }
    }

    override func didRead() { offerBuffers() }

    override var isIdle: Bool { sendingByteCount == 0 }

    private func sendMore() {
        // QEMU takes what it is given within the notification, so that a whole ring leaves in one or two turns.
        while sendingByteCount == 0, !pending.isEmpty {
            let bytes = pending.contiguousBytes
            guard send.offer(bytes.baseAddress!, byteCount: bytes.count, isWrittenByDevice: false) != nil else { return }
            sendingByteCount = bytes.count
            send.notify()
            completeTransmit()
        }
    }

    private func completeTransmit() {
        guard sendingByteCount != 0, send.takeUsed() != nil else { return }
        pending.discard(sendingByteCount)
        sendingByteCount = 0
    }

    private func offerBuffers() {
        var hasOffered = false
        while freeBuffers != 0, received.freeByteCount >= (offeredBufferCount + 1) * pageByteCount {
            let buffer = freeBuffers.trailingZeroBitCount
            guard let descriptor = receive.offer(address(buffer), byteCount: pageByteCount, isWrittenByDevice: true) else { break }
            bufferOfDescriptor[descriptor] = UInt8(buffer)
            freeBuffers &= freeBuffers &- 1
            offeredBufferCount += 1
            hasOffered = true
        }
        if hasOffered { receive.notify() }
    }

    private func address(_ buffer: Int) -> UnsafeMutableRawPointer { buffers.pointer + buffer * pageByteCount }
}
