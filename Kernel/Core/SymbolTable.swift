// The kernel's symbol table as it lies in the image: lines of an address in hexadecimal, a blank and a name, sorted by address, ended by
// a zero byte or the end of the section. qemu/embed-symbols writes it. Text, because it is read only when something has gone wrong.

/// Finds the name of the function an address lies in.
public struct SymbolTable {
    private let bytes: UnsafeRawBufferPointer

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Whether the table was filled.
    public var isEmpty: Bool { bytes.isEmpty || bytes[0] == 0 }

    /// The symbol with the highest address not above `address`, and the distance from it.
    public func lookup(_ address: UInt64) -> (name: UnsafeRawBufferPointer, offset: UInt64)? {
        var best: (name: UnsafeRawBufferPointer, offset: UInt64)?
        var index = 0
        while index < bytes.count, bytes[index] != 0 {
            var value: UInt64 = 0
            while index < bytes.count, let digit = hexadecimalDigit(bytes[index]) {
                value = value << 4 | digit
                index += 1
            }
            index += 1
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n"), bytes[index] != 0 { index += 1 }
            guard start <= index, index <= bytes.count else { break }
            if value > address { break }
            best = (UnsafeRawBufferPointer(rebasing: bytes[start..<index]), address - value)
            index += 1
        }
        return best
    }

    private func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
