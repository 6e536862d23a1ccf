// The NS16550A serial port, polled at boot and by interrupts once the interrupt controller is up. The transmit interrupt empties a ring, so a
// slow reader outside stalls only those who fill it. National Semiconductor PC16550D data sheet, 8; device tree node `ns16550a`.
import KernelCore
import KernelMachine
import KernelMemory

/// The machine's serial port.
public final class Uart16550: SerialDevice {
    private enum Offset {
        static let data: UInt = 0
        static let interruptEnable: UInt = 1
        static let interruptIdentity: UInt = 2
        static let fifoControl: UInt = 2
        static let lineControl: UInt = 3
        static let modemControl: UInt = 4
        static let lineStatus: UInt = 5
    }
    private static let dataReady: UInt8 = 1 << 0
    private static let transmitHoldingEmpty: UInt8 = 1 << 5
    private static let receiveInterrupt: UInt8 = 1 << 0
    private static let transmitInterrupt: UInt8 = 1 << 1
    /// Received bytes one interrupt takes at most, four FIFOs full; while there are more, the device goes on interrupting.
    private static let receiveLimit = 64
    /// The port the log is written to: the one that was told to work by interrupts first.
    nonisolated(unsafe) private static var logPort: Uart16550?
    /// The transmit FIFO takes this many bytes once it has reported empty.
    private static let fifoDepth = 16

    private let registers: DeviceRegisters
    private var hasInterrupts = false
    private var interruptEnable: UInt8 = 0

    public init(_ address: PhysicalAddress) {
        registers = DeviceRegisters(address)
        super.init(name: "uart", receiveCapacity: 4096, transmitCapacity: 65536)
        // 8 data bits, no parity, one stop bit; FIFOs on and cleared; the firmware has set the baud rate.
        registers.store8(Offset.interruptEnable, 0)
        registers.store8(Offset.lineControl, 3)
        registers.store8(Offset.fifoControl, 0b111)
    }

    /// From now on received bytes raise interrupts, and pending bytes leave by them.
    public func startInterrupts() {
        withInterruptsDisabled {
            hasInterrupts = true
            if Self.logPort == nil {
                Self.logPort = self
                Log.freeByteCount = { Uart16550.logPort.map { $0.writableByteCount } ?? .max }
            }
            interruptEnable = Self.receiveInterrupt
            registers.store8(Offset.interruptEnable, interruptEnable)
            startTransmit()
        }
    }

    /// The device's interrupt.
    public func handleInterrupt() { poll() }

    override func startTransmit() {
        // At most one FIFO of bytes goes out at once, and only when the transmitter said it is empty: a writer never waits for the line.
        sendFifo()
        guard hasInterrupts else {
            while !pending.isEmpty { sendFifo() }
            return
        }
        setTransmitInterrupt(!pending.isEmpty)
    }

    override func poll() {
        var hasReceived = false
        for _ in 0..<Self.receiveLimit {
            guard registers.load8(Offset.lineStatus) & Self.dataReady != 0 else { break }
            let byte = registers.load8(Offset.data)
            if received.append(byte) { hasReceived = true } else { lostByteCount &+= 1 }
        }
        let before = pending.count
        sendFifo()
        if hasInterrupts { setTransmitInterrupt(!pending.isEmpty) }
        if hasReceived { notifyReceive() }
        // Waking a writer for every 16 bytes would cost more than it brings: at half empty, and when empty.
        if before > 0, pending.isEmpty || (pending.count <= pending.capacity / 2 && before > pending.capacity / 2) { notifyTransmit() }
    }

    override var isIdle: Bool { registers.load8(Offset.lineStatus) & Self.transmitHoldingEmpty != 0 }

    private func sendFifo() {
        guard !pending.isEmpty, registers.load8(Offset.lineStatus) & Self.transmitHoldingEmpty != 0 else { return }
        for _ in 0..<Self.fifoDepth {
            guard let byte = pending.popFirst() else { return }
            registers.store8(Offset.data, byte)
        }
    }

    private func setTransmitInterrupt(_ isOn: Bool) {
        let wanted = isOn ? Self.receiveInterrupt | Self.transmitInterrupt : Self.receiveInterrupt
        guard wanted != interruptEnable else { return }
        interruptEnable = wanted
        registers.store8(Offset.interruptEnable, wanted)
    }

    /// Sends bytes by polling, past the ring: for a panic's report.
    public static func sendPolled(_ address: PhysicalAddress, _ bytes: UnsafePointer<UInt8>, _ count: Int) {
        let registers = DeviceRegisters(address)
        for index in 0..<count {
            while registers.load8(Offset.lineStatus) & transmitHoldingEmpty == 0 {}
            registers.store8(Offset.data, bytes[index])
        }
    }
}
