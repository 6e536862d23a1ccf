// The terminal's line discipline for programs that read the console: lines are edited and echoed before a program sees them, ctrl-D
// ends the input, ctrl-C asks for the end of the program (POSIX.1, "General Terminal Interface", canonical mode).
// Owns the line being typed; finished bytes go to a ring of the caller's.

/// Turns typed bytes into lines.
public struct LineDiscipline {
    /// What a byte asks for.
    public enum Event: Sendable {
        case none
        /// The ring got bytes.
        case input
        /// End of input, once: the next read sees zero bytes.
        case endOfInput
        /// Ctrl-C.
        case interrupt
        /// Ctrl-Z, or ctrl-]: back to the monitor.
        case suspend
    }

    /// Exact: every byte goes through, none is echoed. For input that is piped.
    public var isRaw = false
    private var line: [UInt8] = []

    /// A line that is not echoed any longer than this rings the bell.
    public static let lineLimit = 4095

    /// With an empty line, in canonical mode.
    public init() {}

    /// Takes a typed byte; `echo` gets what the terminal shows.
    public mutating func feed(_ byte: UInt8, ring: inout ByteRing, echo: inout TextBuffer) -> Event {
        if isRaw { return ring.append(byte) ? .input : .none }
        switch byte {
        case 0x0D, 0x0A:
            echo.append("\r\n")
            line.append(0x0A)
            return flush(&ring)
        case 0x04:
            if line.isEmpty { return .endOfInput }
            return flush(&ring)
        case 0x03:
            echo.append("^C\r\n")
            line = []
            return .interrupt
        case 0x1A, 0x1D:
            line = []
            return .suspend
        case 0x7F, 0x08:
            guard !line.isEmpty else { return .none }
            // A character of several bytes goes as one.
            while let last = line.popLast(), last & 0xC0 == 0x80 {}
            echo.append("\u{8} \u{8}")
        case 0x15:
            var index = 0
            for byte in line where byte & 0xC0 != 0x80 { index += 1 }
            while index > 0 {
                echo.append("\u{8} \u{8}")
                index -= 1
            }
            line = []
        default:
            guard line.count < LineDiscipline.lineLimit else {
                echo.append(byte: 7)
                return .none
            }
            line.append(byte)
            if byte >= 0x20 || byte == 0x09 {
                echo.append(byte: byte)
            } else {
                echo.append(byte: UInt8(ascii: "^"))
                echo.append(byte: byte + 64)
            }
        }
        return .none
    }

    /// Takes the first byte of an unfinished line, for who reads next; nil without one.
    public mutating func takeUnfinishedByte() -> UInt8? { line.isEmpty ? nil : line.removeFirst() }

    private mutating func flush(_ ring: inout ByteRing) -> Event {
        for byte in line where !ring.append(byte) { break }
        line = []
        return .input
    }
}
