// A cursor over bytes with the binary format's integers, names and types. Specification 5.2, 5.3.

import Containers

/// Reads values from a stretch of a module; every read is checked against the stretch's end.
@usableFromInline struct ByteReader {
    /// The module's first byte.
    let start: UnsafePointer<UInt8>
    /// The next byte.
    var cursor: UnsafePointer<UInt8>
    /// The first byte after the stretch.
    var end: UnsafePointer<UInt8>

    init(_ bytes: UnsafeRawBufferPointer) {
        // SAFETY: an empty buffer may have no address; `cursor == end` then keeps it from being read.
        start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(bitPattern: 1)!
        cursor = start
        end = start + bytes.count
    }

    init(_ bytes: UnsafeRawBufferPointer, _ range: ByteRange) {
        self.init(bytes)
        cursor = start + Int(range.offset)
        end = start + range.end
    }

    var offset: Int {
        @inline(__always) get { cursor - start }
    }
    var remaining: Int {
        @inline(__always) get { end - cursor }
    }
    var isAtEnd: Bool {
        @inline(__always) get { cursor == end }
    }

    @inline(never) func unexpectedEnd() -> WasmError {
        WasmError(.malformed, at: offset, "unexpected end of section or function")
    }

    @inline(__always) mutating func byte() throws(WasmError) -> UInt8 {
        guard cursor != end else { throw unexpectedEnd() }
        let value = cursor.pointee
        cursor += 1
        return value
    }

    @inline(__always) mutating func u32() throws(WasmError) -> UInt32 {
        if cursor != end, cursor.pointee < 0x80 {
            let value = UInt32(cursor.pointee)
            cursor += 1
            return value
        }
        return UInt32(truncatingIfNeeded: try longUnsigned(bitCount: 32))
    }

    @inline(__always) mutating func u64() throws(WasmError) -> UInt64 {
        if cursor != end, cursor.pointee < 0x80 {
            let value = UInt64(cursor.pointee)
            cursor += 1
            return value
        }
        return try longUnsigned(bitCount: 64)
    }

    @inline(__always) mutating func s32() throws(WasmError) -> Int32 { Int32(truncatingIfNeeded: try signed(bitCount: 32)) }
    @inline(__always) mutating func s33() throws(WasmError) -> Int64 { try signed(bitCount: 33) }
    @inline(__always) mutating func s64() throws(WasmError) -> Int64 { try signed(bitCount: 64) }

    @inline(__always) private mutating func signed(bitCount: Int) throws(WasmError) -> Int64 {
        if cursor != end, cursor.pointee < 0x80 {
            let value = (Int64(cursor.pointee) &<< 57) &>> 57
            cursor += 1
            return value
        }
        return try longSigned(bitCount: bitCount)
    }

    /// LEB128 as the specification has it: at most `bitCount / 7` bytes rounded up, unused bits of the last one zero.
    @inline(never) private mutating func longUnsigned(bitCount: Int) throws(WasmError) -> UInt64 {
        var value: UInt64 = 0
        var shift = 0
        while true {
            let left = bitCount &- shift
            guard left > 0 else { throw WasmError(.malformed, at: offset, "integer representation too long") }
            let byte = try self.byte()
            guard left >= 7 || Int(byte & 0x7F) < 1 &<< left else { throw WasmError(.malformed, at: offset - 1, "integer too large") }
            value |= UInt64(byte & 0x7F) &<< UInt64(truncatingIfNeeded: shift)
            if byte < 0x80 { return value }
            shift &+= 7
        }
    }

    /// Signed LEB128: unused bits of the last byte equal the sign.
    @inline(never) private mutating func longSigned(bitCount: Int) throws(WasmError) -> Int64 {
        var value: Int64 = 0
        var shift = 0
        while true {
            let left = bitCount &- shift
            guard left > 0 else { throw WasmError(.malformed, at: offset, "integer representation too long") }
            let byte = try self.byte()
            if left < 7 {
                let mask = UInt8(truncatingIfNeeded: -1 << (left - 1)) & 0x7F
                guard (byte & mask) == 0 || (byte & mask) == mask else {
                    throw WasmError(.malformed, at: offset - 1, "integer too large")
                }
            }
            value |= Int64(byte & 0x7F) &<< Int64(truncatingIfNeeded: shift)
            shift &+= 7
            if byte < 0x80 {
                if byte & 0x40 != 0, shift < 64 { value |= -1 &<< Int64(truncatingIfNeeded: shift) }
                return value
            }
        }
    }

    mutating func fixed32() throws(WasmError) -> UInt32 {
        guard remaining >= 4 else { throw unexpectedEnd() }
        let value = UnsafeRawPointer(cursor).loadUnaligned(as: UInt32.self)
        cursor += 4
        return UInt32(littleEndian: value)
    }

    mutating func fixed64() throws(WasmError) -> UInt64 {
        guard remaining >= 8 else { throw unexpectedEnd() }
        let value = UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self)
        cursor += 8
        return UInt64(littleEndian: value)
    }

    /// A count that must not exceed what is left, counted with the count itself as the reference interpreter does: so a length that is
    /// a little too large is refused where its bytes are missed.
    mutating func length() throws(WasmError) -> Int {
        let at = offset
        let bound = remaining
        let count = Int(try u32())
        guard count <= bound else { throw WasmError(.malformed, at: at, "length out of bounds") }
        return count
    }

    /// A count of things of at least one byte each, which therefore cannot exceed what is left; nor may it exceed a limit.
    mutating func count(limit: Int, _ message: StaticString) throws(WasmError) -> Int {
        let at = offset
        let count = try length()
        guard count <= limit else { throw WasmError(.limit, at: at, message, .bound, UInt64(limit)) }
        return count
    }

    /// A stretch of bytes with its length in front.
    mutating func vector() throws(WasmError) -> ByteRange {
        let count = try length()
        guard count <= remaining else { throw unexpectedEnd() }
        let range = ByteRange(offset: UInt32(truncatingIfNeeded: offset), count: UInt32(truncatingIfNeeded: count))
        cursor += count
        return range
    }

    /// A name: UTF-8 with its length in front.
    mutating func name(limit: Int) throws(WasmError) -> ByteRange {
        let at = offset
        let range = try vector()
        guard isUTF8(UnsafeRawBufferPointer(start: start + Int(range.offset), count: Int(range.count))) else {
            throw WasmError(.malformed, at: Int(range.offset), "malformed UTF-8 encoding")
        }
        guard Int(range.count) <= limit else { throw WasmError(.limit, at: at, "name too long", .bound, UInt64(limit)) }
        return range
    }

    /// A heap type: a one-byte negative number for an abstract one, else a type index.
    @inline(never) mutating func heapType() throws(WasmError) -> HeapType {
        let at = offset
        guard cursor != end else { throw unexpectedEnd() }
        if cursor.pointee & 0xC0 == 0x40 {
            guard let type = TypeCode.heapType(cursor.pointee) else { throw WasmError(.malformed, at: at, "malformed heap type") }
            cursor += 1
            return type
        }
        let index = try s33()
        guard index >= 0 else { throw WasmError(.malformed, at: at, "malformed heap type") }
        guard index < 1 << 24 else { throw WasmError(.invalid, at: at, "unknown type", .number, UInt64(index)) }
        return .index(UInt32(truncatingIfNeeded: index))
    }

    /// The reference type that a byte already read begins; nil when it begins none.
    mutating func referenceType(after code: UInt8) throws(WasmError) -> ValueType? {
        if code == TypeCode.nullableReference || code == TypeCode.reference {
            return ValueType(nullable: code == TypeCode.nullableReference, try heapType())
        }
        guard let heapType = TypeCode.heapType(code) else { return nil }
        return ValueType(nullable: true, heapType)
    }

    /// The byte that begins a type: a negative LEB128 number of one byte.
    mutating func typeCode() throws(WasmError) -> UInt8 {
        let code = try byte()
        guard code < 0x80 else { throw WasmError(.malformed, at: offset - 1, "integer representation too long") }
        return code
    }

    /// A value type.
    mutating func valueType() throws(WasmError) -> ValueType {
        let at = offset
        let code = try typeCode()
        if let type = TypeCode.valueType(code) { return type }
        if let type = try referenceType(after: code) { return type }
        throw WasmError(.malformed, at: at, "malformed value type")
    }

    /// A reference type.
    mutating func referenceType() throws(WasmError) -> ValueType {
        let at = offset
        if let type = try referenceType(after: try typeCode()) { return type }
        throw WasmError(.malformed, at: at, "malformed reference type")
    }
}
