// The kernel's symbol table as it lies in the image: lines of an address in hexadecimal, a blank and a name, sorted by address, ended by
// a zero byte or the end of the section. qemu/embed-symbols writes it. Text, because it is read only when something has gone wrong.

/// Finds the name of the function an address lies in.
public struct SymbolTable {
    private let bytes: UnsafeRawBufferPointer

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Whether the table was filled.
    public var isEmpty: Bool { bytes.isEmpty || bytes[0] == 0 }

    private struct Line {
        var address: UInt64
        var name: UnsafeRawBufferPointer
        /// Where the next one begins.
        var end: Int
    }

    /// The symbol with the highest address not above `address`, and the distance from it. Found by halves: a backtrace may be written with
    /// interrupts off, and the table is long.
    public func lookup(_ address: UInt64) -> (name: UnsafeRawBufferPointer, offset: UInt64)? {
        var best: (name: UnsafeRawBufferPointer, offset: UInt64)?
        // Lines that begin in low..<high are not looked at yet; none of them is before the best, none after `high` is wanted.
        var low = 0
        var high = bytes.count
        while low < high {
            let middle = low + (high - low) / 2
            var start = middle
            while bytes[middle] != 0, start > low, bytes[start - 1] != UInt8(ascii: "\n"), bytes[start - 1] != 0 { start -= 1 }
            if bytes[middle] == 0 {
                high = middle
            } else if start > low, bytes[start - 1] == 0 {
                high = start - 1
            } else if let line = line(at: start), line.address <= address {
                best = (line.name, address - line.address)
                low = line.end
            } else {
                high = start
            }
        }
        return best
    }

    private func line(at start: Int) -> Line? {
        var address: UInt64 = 0
        var index = start
        while index < bytes.count, let digit = hexadecimalDigit(bytes[index]) {
            address = address << 4 | digit
            index += 1
        }
        index += 1
        let name = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n"), bytes[index] != 0 { index += 1 }
        guard name <= index, index <= bytes.count else { return nil }
        return Line(address: address, name: UnsafeRawBufferPointer(rebasing: bytes[name..<index]), end: index + 1)
    }

    private func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
