// The devices of the programs' standard streams, as whoever boots finds them.
import KernelDrivers

/// The devices programs' standard streams lead to.
public struct ProgramConsole {
    /// Standard input, output, error; on a bare UART all the same device.
    public var input: SerialDevice?
    public var output: SerialDevice?
    public var error: SerialDevice?
    /// Whether output and error are one device, on which marks say whose bytes come: 1 output, 2 error.
    public var hasMarks = false
    /// Whether they are a terminal shared with the log (a bare UART), not ports of their own.
    public var isTerminal: Bool
    /// Where the monitor is when the streams are ports: the UART.
    public var monitor: SerialDevice?
    /// Where profiles go; nil: to the log.
    public var profile: SerialDevice?
    /// Where the files of saved directories go when the machine is left.
    public var files: SerialDevice?

    /// Streams from their devices.
    public init(input: SerialDevice?, output: SerialDevice?, error: SerialDevice?, isTerminal: Bool, monitor: SerialDevice? = nil) {
        self.monitor = monitor
        self.input = input
        self.output = output
        self.error = error
        self.isTerminal = isTerminal
    }
}
