// The keyboard: a kernel thread that takes what is typed on a terminal and gives it to the monitor or, line by line, to the program in the
// foreground. Ctrl-C ends the foreground, ctrl-Z gives the keyboard back to the monitor.
import FileSystems
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory
import WASI

/// Who gets what is typed.
public enum ConsoleInput {
    // Set once, when the terminal is found.
    nonisolated(unsafe) private static var endpoint: ConsoleEndpoint?
    nonisolated(unsafe) private static var thread: Thread.Pointer?
    // Interrupts off: the keyboard's thread waits here, the device's interrupt wakes it.
    nonisolated(unsafe) private static let waiters: UnsafeMutablePointer<WaitQueue> = {
        let queue = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
        queue.initialize(to: WaitQueue())
        return queue
    }()

    // The hooks are set once, before the first key. The two flags are the monitor's thread's: the keyboard's looks again after every wake.
    /// Takes a byte typed while the monitor has the keyboard; nil when there is no monitor.
    nonisolated(unsafe) public static var monitor: ((UInt8) -> Void)?
    /// Called when ctrl-Z gives the keyboard back, or ctrl-C with nobody in the foreground.
    nonisolated(unsafe) public static var keyboardReturned: (() -> Void)?
    /// Processes ctrl-C ends. The monitor's thread sets them, the keyboard's reads them: interrupts off, so that nobody takes hold of a list
    /// that is just being given up.
    public static var foreground: [UInt64] {
        get { withInterruptsDisabled { foregroundProcesses } }
        set {
            var other = newValue
            withInterruptsDisabled { swap(&foregroundProcesses, &other) }
        }
    }
    nonisolated(unsafe) private static var foregroundProcesses: [UInt64] = []
    /// Whether the monitor reads now. What is typed while neither it nor a program reads stays in the device.
    nonisolated(unsafe) public static var isMonitorReading = false {
        didSet {
            // The end of input that was typed for a program is not the next one's.
            if isMonitorReading { endpoint?.isEndTyped = false }
            wake()
        }
    }
    /// Whether the monitor waits for programs, which have the keyboard meanwhile.
    nonisolated(unsafe) public static var isForegroundActive = false {
        didSet { wake() }
    }

    /// Starts the thread for a terminal.
    static func start(_ endpoint: ConsoleEndpoint) {
        guard thread == nil else { return }
        self.endpoint = endpoint
        _ = waiters
        guard let made = Thread.make(priority: .high, entry: { _ in ConsoleInput.pump() }, argument: nil) else {
            panic("no memory for the thread of the keyboard")
        }
        thread = made
        Scheduler.start(made)
    }

    /// Makes the queue.
    static func warmUp() { _ = waiters }

    /// Something was typed. From the device's interrupt.
    static func wake() { Scheduler.wakeAll(waiters) }

    /// Shows bytes on the terminal.
    public static func show(_ text: TextBuffer) {
        guard let endpoint, !text.bytes.isEmpty else { return }
        text.bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                done += endpoint.device.write(UnsafeRawBufferPointer(rebasing: bytes[done...]))
                if done < bytes.count { Scheduler.sleep(until: KernelTime.nanoseconds(after: 1_000_000)) }
            }
        }
    }

    private static var isAnybodyReading: Bool { monitor == nil || isMonitorReading || isForegroundActive }

    private static func pump() -> Never {
        var discipline = LineDiscipline()
        while true {
            var byte: UInt8 = 0
            withInterruptsDisabled {
                while true {
                    // What was typed ahead for a program that has not read it is the monitor's, an unfinished line too.
                    if isMonitorReading, endpoint!.lines.pointee.count > 0 {
                        _ = withUnsafeMutableBytes(of: &byte) { endpoint!.lines.pointee.read(into: $0) }
                        return
                    }
                    if isMonitorReading, let typed = discipline.takeUnfinishedByte() {
                        byte = typed
                        return
                    }
                    if isAnybodyReading, endpoint!.device.readableByteCount > 0 {
                        _ = withUnsafeMutableBytes(of: &byte) { endpoint!.device.read(into: $0) }
                        return
                    }
                    _ = Scheduler.block(in: waiters)
                }
            }
            if isMonitorReading, let monitor {
                monitor(byte)
                continue
            }
            var echo = TextBuffer()
            let event = discipline.feed(byte, ring: &endpoint!.lines.pointee, echo: &echo)
            show(echo)
            switch event {
            case .none: break
            case .input: endpoint!.wakeReaders()
            case .endOfInput:
                endpoint!.isEndTyped = true
                endpoint!.wakeReaders()
            case .interrupt:
                // The monitor that waits for programs which are not in the foreground is what ends then.
                let pids = foreground
                if pids.isEmpty { keyboardReturned?() }
                for pid in pids { ProcessTable.kill(pid, by: 1) }
            case .suspend: keyboardReturned?()
            }
        }
    }
}
