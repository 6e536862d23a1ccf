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

    private let transport: VirtioTransport
    private let hasControl: Bool
    private var controlReceive: Virtqueue?
    private var controlSend: Virtqueue?
    private let controlBuffers: UnsafeMutableRawPointer
    private let controlMessage: UnsafeMutableRawPointer
    private var controlBufferOfDescriptor = InlineArray<64, UInt8>(repeating: 0)
    /// Ports that exist on the other side, by number.
    public private(set) var ports: [VirtioConsolePort?] = []

    /// Brings a console device up; nil when it or memory refuses.
    public init?(_ transport: VirtioTransport) {
        self.transport = transport
        guard let features = transport.begin(wanted: Self.featureMultiport),
            let memory = PageFrames.tryAllocate(order: 1)
        else { return nil }
        hasControl = features & Self.featureMultiport != 0
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
        transport.finish()
        start()
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

    private func handleControl() {
        guard hasControl else { return }
        while let (descriptor, byteCount) = controlReceive!.takeUsed() {
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
        // One message at a time, waited for: they are few, and QEMU answers within the notification.
        controlMessage.storeBytes(of: port, as: UInt32.self)
        controlMessage.storeBytes(of: event, toByteOffset: 4, as: UInt16.self)
        controlMessage.storeBytes(of: value, toByteOffset: 6, as: UInt16.self)
        guard controlSend!.offer(controlMessage, byteCount: 8, isWrittenByDevice: false) != nil else { return }
        controlSend!.notify()
        let deadline = Clock.ticks + Clock.ticks(fromNanoseconds: 100_000_000)
        while controlSend!.takeUsed() == nil, Clock.ticks < deadline {}
    }
}
