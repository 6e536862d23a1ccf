// The virtio console: up to eight ports, each a stream of bytes with a name. Virtio specification 1.1, 5.3 (console device), 5.3.6.2
// (multiport device operation).
import KernelCore
import KernelMachine
import KernelMemory

/// One console device and its ports.
public final class VirtioConsole {
    /// The device's number in `VirtioTransport.deviceIdentifier`.
    public static let deviceIdentifier: UInt32 = 3
    /// Ports beyond this one are left alone.
    public static let maximumPortCount = 8

    private enum Event {
        static let deviceReady: UInt16 = 0
        static let portAdd: UInt16 = 1
        static let portRemove: UInt16 = 2
        static let portReady: UInt16 = 3
        static let consolePort: UInt16 = 4
        static let portOpen: UInt16 = 6
        static let portName: UInt16 = 7
    }
    private static let featureMultiport: UInt64 = 1 << 1
    private static let controlBufferByteCount = 128
    private static let controlBufferCount = 32
    /// Messages of the other side that one interrupt handles at most: as many as it can have sent before the buffers are offered again.
    private static let messagesPerInterrupt = 32
    /// Messages to the other side that may wait; a power of two. One of its messages asks for two of ours at most.
    private static let messageCapacity = 64
    /// How long boot waits for the other side to take what it is told, and to name its ports.
    private static let answerNanoseconds: UInt64 = 100_000_000

    private let transport: VirtioTransport
    private let hasControl: Bool
    private let controlBuffers: UnsafeMutableRawPointer
    private let controlMessage: UnsafeMutableRawPointer
    /// Continues an interrupt that had too much to do.
    private let followUp: UnsafeMutablePointer<Deadline>

    // Interrupts off: boot, and afterwards the device's interrupt.
    private var controlReceive: Virtqueue?
    private var controlSend: Virtqueue?
    private var controlBufferOfDescriptor = InlineArray<64, UInt8>(repeating: 0)
    /// Messages that wait for the one before them to be taken, from `firstMessage` on.
    private var messages = InlineArray<64, UInt64>(repeating: 0)
    private var firstMessage = 0
    private var messageCount = 0
    /// Whether messages of the other side are left for `followUp`.
    private var hasMore = false
    /// Whether the device has `controlMessage`.
    private var isSending = false
    /// Ports that exist on the other side, by number.
    public private(set) var ports: [VirtioConsolePort?] = []

    /// Brings a console device up; nil when it or memory refuses.
    public init?(_ transport: VirtioTransport) {
        self.transport = transport
        guard let features = transport.begin(wanted: Self.featureMultiport),
            let memory = PageFrames.tryAllocate(order: 1)
        else { return nil }
        hasControl = features & Self.featureMultiport != 0
        followUp = .allocate(capacity: 1)
        controlBuffers = memory.pointer
        controlMessage = memory.pointer + pageByteCount
        let portCount = hasControl ? min(Int(transport.configuration32(4)), Self.maximumPortCount) : 1
        for number in 0..<portCount {
            let first = number == 0 ? 0 : 2 + 2 * number
            guard let receive = transport.makeQueue(first, maximumEntryCount: VirtioConsolePort.receiveBufferCount),
                let send = transport.makeQueue(first + 1, maximumEntryCount: 2),
                let port = VirtioConsolePort(number: number, receive: receive, send: send)
            else { return nil }
            ports.append(port)
        }
        if hasControl {
            controlReceive = transport.makeQueue(2, maximumEntryCount: Self.controlBufferCount)
            controlSend = transport.makeQueue(3, maximumEntryCount: 4)
            guard controlReceive != nil, controlSend != nil else { return nil }
        }
        followUp.initialize(to: Deadline(action: { _ in VirtioDevices.console?.handleControl() }))
        transport.finish()
        start()
        // Boot has nothing else to do, and interrupts are on. QEMU answers within the notification.
        let deadline = Clock.nanoseconds &+ Self.answerNanoseconds
        while withInterruptsDisabled({ isSending || messageCount > 0 || hasMore }), Clock.nanoseconds < deadline {
            withInterruptsDisabled { handleControl() }
        }
    }

    private func start() {
        withInterruptsDisabled {
            guard hasControl else {
                ports[0]?.isPresent = true
                ports[0]?.isConsole = true
                ports[0]?.setOpen(true)
                ports[0]?.startReceive()
                return
            }
            for number in 0..<min(Self.controlBufferCount, controlReceive!.entryCount) { offerControlBuffer(number) }
            controlReceive!.notify()
            sendControl(port: .max, event: Event.deviceReady, value: 1)
            handleControl()
        }
    }

    /// The port with a name, such as `martlet.stdout`.
    public func port(named name: StaticString) -> VirtioConsolePort? {
        for port in ports {
            if let port, port.isPresent, port.hasName(name) { return port }
        }
        return nil
    }

    /// The first port that the other side calls a console (`virtconsole`).
    public var consolePort: VirtioConsolePort? {
        for port in ports {
            if let port, port.isPresent, port.isConsole { return port }
        }
        return nil
    }

    /// The device's interrupt.
    public func handleInterrupt() {
        transport.acknowledgeInterrupt()
        // Data before control: a port's last bytes come before the message that it has closed.
        for port in ports {
            if let port, port.isPresent { port.poll() }
        }
        handleControl()
    }

    private func offerControlBuffer(_ number: Int) {
        guard
            let descriptor = controlReceive!.offer(
                controlBuffers + number * Self.controlBufferByteCount, byteCount: Self.controlBufferByteCount, isWrittenByDevice: true)
        else { return }
        controlBufferOfDescriptor[descriptor] = UInt8(number)
    }

    /// Handles messages while there is room for what they ask for. Those that are left are handled soon: at once when they were too many, by
    /// the interrupt that says that the device has taken a message when there is no room.
    private func handleControl() {
        guard hasControl else { return }
        sendMessages()
        hasMore = false
        var count = 0
        while messageCount <= Self.messageCapacity - 2 {
            guard count < Self.messagesPerInterrupt else {
                hasMore = true
                Timer.schedule(followUp, atTicks: Clock.ticks)
                return
            }
            guard let (descriptor, byteCount) = controlReceive!.takeUsed() else { return }
            count += 1
            let number = Int(controlBufferOfDescriptor[descriptor])
            let start = controlBuffers + number * Self.controlBufferByteCount
            let message = UnsafeRawBufferPointer(start: start, count: min(byteCount, Self.controlBufferByteCount))
            if message.count >= 8 { handle(message) }
            offerControlBuffer(number)
            controlReceive!.notify()
        }
    }

    private func handle(_ message: UnsafeRawBufferPointer) {
        let number = Int(message.loadUnaligned(as: UInt32.self))
        let event = message.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        let value = message.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
        guard number < ports.count, let port = ports[number] else {
            if event == Event.portAdd { sendControl(port: UInt32(number), event: Event.portReady, value: 0) }
            return
        }
        switch event {
        case Event.portAdd:
            port.isPresent = true
            sendControl(port: UInt32(number), event: Event.portReady, value: 1)
            sendControl(port: UInt32(number), event: Event.portOpen, value: 1)
            // Offered last: QEMU looks for input again when an open port gets buffers, and at no other time until more arrives.
            port.startReceive()
        case Event.portRemove:
            port.isPresent = false
            port.setOpen(false)
        case Event.consolePort: port.isConsole = true
        case Event.portOpen: port.setOpen(value != 0)
        case Event.portName: port.setName(UnsafeRawBufferPointer(rebasing: message[8...]))
        default: break
        }
    }

    private func sendControl(port: UInt32, event: UInt16, value: UInt16) {
        precondition(messageCount < Self.messageCapacity)
        let place = (firstMessage + messageCount) & (Self.messageCapacity - 1)
        messages[place] = UInt64(port) | UInt64(event) << 32 | UInt64(value) << 48
        messageCount += 1
        sendMessages()
    }

    /// Sends what waits, one message at a time, without waiting for the device: it interrupts when it has taken one. QEMU has taken it when
    /// the notification returns.
    private func sendMessages() {
        while true {
            if isSending {
                guard controlSend!.takeUsed() != nil else { return }
                isSending = false
            }
            guard messageCount > 0 else { return }
            controlMessage.storeBytes(of: messages[firstMessage], as: UInt64.self)
            guard controlSend!.offer(controlMessage, byteCount: 8, isWrittenByDevice: false) != nil else { return }
            firstMessage = (firstMessage + 1) & (Self.messageCapacity - 1)
            messageCount -= 1
            isSending = true
            controlSend!.notify()
        }
    }
}
