// A cursor over a component's bytes: integers and names. Owns nothing. Specification: Binary.md of the component model, which takes its
// integers and names from core WebAssembly 5.2.
import Containers
import WasmModule

/// Reads values from a stretch of a component; every read is checked against the stretch's end.
package struct ComponentReader {
    package let bytes: UnsafeRawBufferPointer
    /// The next byte, from the component's start.
    package var offset = 0
    /// The first byte after the stretch.
    package var end: Int

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        end = bytes.count
    }

    var remaining: Int { end - offset }

    func unexpectedEnd() -> ComponentError { ComponentError(.malformed, at: offset, "unexpected end-of-file") }

    package mutating func byte() throws(ComponentError) -> UInt8 {
        guard offset < end else { throw unexpectedEnd() }
        defer { offset += 1 }
        return bytes[offset]
    }

    package func peek() throws(ComponentError) -> UInt8 {
        guard offset < end else { throw unexpectedEnd() }
        return bytes[offset]
    }

    /// The error for a byte just read that begins nothing.
    func invalidByte(_ byte: UInt8, _ what: StaticString) -> ComponentError {
        ComponentError(.malformed, at: offset - 1, "invalid leading byte (%) for %", .byte(byte), .word(what))
    }

    /// A byte that must be 0 or 1.
    package mutating func flag(_ what: StaticString) throws(ComponentError) -> Bool {
        let byte = try byte()
        guard byte < 2 else { throw invalidByte(byte, what) }
        return byte == 1
    }

    package mutating func u32() throws(ComponentError) -> UInt32 {
        var value: UInt32 = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            let byte = try byte()
            if shift == 28, byte > 0x0f {
                throw ComponentError(
                    .malformed, at: offset - 1, byte & 0x80 != 0 ? "integer representation too long" : "integer too large")
            }
            value |= UInt32(byte & 0x7f) << UInt32(shift)
            if byte < 0x80 { return value }
        }
        throw ComponentError(.malformed, at: offset - 1, "integer representation too long")
    }

    /// A type index where a negative number would be a type: a signed number of 33 bits.
    package mutating func typeIndex() throws(ComponentError) -> UInt32 {
        let start = offset
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            let byte = try byte()
            if shift == 28, byte > 0x0f {
                throw ComponentError(
                    .malformed, at: offset - 1, byte & 0x80 != 0 ? "integer representation too long" : "integer too large")
            }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            guard byte < 0x80 else { continue }
            guard byte & 0x40 == 0 || shift == 28 else { throw ComponentError(.malformed, at: start, "malformed type index") }
            return UInt32(truncatingIfNeeded: value)
        }
        throw ComponentError(.malformed, at: offset - 1, "integer representation too long")
    }

    /// A stretch of bytes with its length in front.
    package mutating func vector() throws(ComponentError) -> ByteRange {
        let count = Int(try u32())
        guard count <= remaining else { throw unexpectedEnd() }
        defer { offset += count }
        return ByteRange(offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: count))
    }

    /// A name: UTF-8 with its length in front.
    package mutating func name(limit: Int) throws(ComponentError) -> ByteRange {
        let at = offset
        let range = try vector()
        guard isUTF8(self[range]) else { throw ComponentError(.malformed, at: Int(range.offset), "malformed UTF-8 encoding") }
        guard Int(range.count) <= limit else {
            throw ComponentError(.limit, at: at, "name too long (the limit is %)", .number(UInt64(limit)))
        }
        return range
    }

    package subscript(range: ByteRange) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[Int(range.offset)..<range.end]) }
}
