// The kernel's log: whole lines to whatever console there is. Quiet by default (only warnings), since programs may share the UART.

/// How much a line matters; `log=` on the kernel's command line chooses what is shown.
public enum LogLevel: Int, Sendable {
    case error = 0
    case warning = 1
    case info = 2
    case debug = 3
}

/// Writes bytes somewhere, all of them, before it returns.
public typealias LogSink = @convention(c) (UnsafePointer<UInt8>, Int) -> Void

/// The kernel's log.
public enum Log {
    nonisolated(unsafe) public static var level = LogLevel.warning
    /// Where lines go. Set at boot, first to the firmware's console.
    nonisolated(unsafe) public static var sink: LogSink = firmwareSink
    /// Bytes the sink takes without waiting; nil while it waits for each. Set when the serial port works by interrupts.
    nonisolated(unsafe) public static var freeByteCount: (@convention(c) () -> Int)?
    /// Lets others run while the sink is full; false where the code may not wait. Set when there are threads.
    nonisolated(unsafe) public static var pause: (@convention(c) () -> Bool)?
    /// A line is not begun before the sink has room for as much, so that nobody waits for it with interrupts off.
    private static let lineByteCount = 4096
    /// Where a panic writes: polled, without locks, without interrupts.
    nonisolated(unsafe) public static var emergencySink: LogSink = firmwareSink

    @inline(__always) public static func isShown(_ level: LogLevel) -> Bool { level.rawValue <= self.level.rawValue }

    /// Writes one line, `[seconds] subject: ` before it, if the level is shown. Interrupts are off meanwhile, so lines stay whole.
    public static func line(_ level: LogLevel, _ subject: StaticString, _ body: (LogWriter) -> Void) {
        guard isShown(level) else { return }
        KernelView.enter {
            while let freeByteCount, let pause, freeByteCount() < lineByteCount, pause() {}
            withInterruptsDisabled {
                let writer = LogWriter(sink: sink)
                writer.text("[").seconds(Clock.nanoseconds).text("] ").text(subject).text(": ")
                body(writer)
                writer.text("\n")
            }
        }
    }

    public static func info(_ subject: StaticString, _ text: StaticString) { line(.info, subject) { $0.text(text) } }
    public static func warning(_ subject: StaticString, _ text: StaticString) { line(.warning, subject) { $0.text(text) } }
    public static func error(_ subject: StaticString, _ text: StaticString) { line(.error, subject) { $0.text(text) } }
}

private func firmwareSink(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    for index in 0..<count { Firmware.print(bytes[index]) }
}

/// Formats text into a sink without allocating.
public struct LogWriter {
    let sink: LogSink

    public init(sink: LogSink) { self.sink = sink }

    @discardableResult public func text(_ text: StaticString) -> Self {
        sink(text.utf8Start, text.utf8CodeUnitCount)
        return self
    }

    @discardableResult public func bytes(_ bytes: UnsafeRawBufferPointer) -> Self {
        if let base = bytes.baseAddress { sink(base.assumingMemoryBound(to: UInt8.self), bytes.count) }
        return self
    }

    @discardableResult public func decimal(_ number: Int) -> Self {
        if number < 0 { text("-") }
        return decimal(unsigned: UInt64(number.magnitude))
    }

    @discardableResult public func decimal(unsigned number: UInt64, minimumDigitCount: Int = 1) -> Self {
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var rest = number
        var start = 20
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest != 0
        start = min(start, 20 - minimumDigitCount)
        withUnsafeBytes(of: &digits) { _ = bytes(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        return self
    }

    /// A number as 16 hexadecimal digits after `0x`, or without leading zeros.
    @discardableResult public func hexadecimal(_ number: UInt64, isPadded: Bool = false) -> Self {
        var digits = InlineArray<18, UInt8>(repeating: UInt8(ascii: "0"))
        digits[1] = UInt8(ascii: "x")
        let digitCount = isPadded ? 16 : max(1, (64 - number.leadingZeroBitCount + 3) / 4)
        for position in 0..<digitCount {
            let digit = UInt8(truncatingIfNeeded: (number >> UInt64(4 * (digitCount - 1 - position))) & 15)
            digits[2 + position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
        withUnsafeBytes(of: &digits) { _ = bytes(UnsafeRawBufferPointer(rebasing: $0[0..<(2 + digitCount)])) }
        return self
    }

    /// Nanoseconds as seconds with six decimals.
    @discardableResult public func seconds(_ nanoseconds: UInt64) -> Self {
        decimal(unsigned: nanoseconds / 1_000_000_000).text(".")
            .decimal(unsigned: nanoseconds % 1_000_000_000 / 1000, minimumDigitCount: 6)
    }
}
