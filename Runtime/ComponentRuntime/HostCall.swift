// HostCall: what a host function sees of a call: its parameters and the room for its result, laid out in the host's scratch memory as the
// canonical ABI lays out a tuple of the parameters, and the result, in a memory of 32-bit addresses.
// Spec: CanonicalABI.md, "Loading", "Storing".
import Containers
import WasmComponent
import WasmEngine

/// A call of a host function.
public struct HostCall {
    /// The store of the call.
    public let store: ComponentStore
    let function: ComponentFunction
    /// Where the parameters are.
    public let arguments: UInt64
    /// Where the result is to be.
    public let results: UInt64

    /// Where in the result the payload of a `result`, an `option` or a variant is.
    public var payloadOffset: UInt64 { function.signature.resultAlignment }

    /// Whether the result is a `result` with an error.
    public var canFail: Bool {
        guard let row = function.signature.result?.node else { return false }
        let node = function.compiled.component.node(row)
        return node.kind == .result && node.second != nil
    }

    private func word(_ address: UInt64, _ count: Int) -> UInt64 {
        // The host's own offsets into a layout that the linker has compared; what lies outside is none of it.
        guard address <= UInt64(store.scratch.count), UInt64(count) <= UInt64(store.scratch.count) - address else { return 0 }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(store.scratch.base[Int(address) + index]) << UInt64(index * 8) }
        return value
    }

    /// A byte of a parameter, by its offset among them.
    public func u8(_ offset: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word(arguments + offset, 1)) }
    /// A 32-bit integer of a parameter, by its offset among them.
    public func u32(_ offset: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word(arguments + offset, 4)) }
    /// A 64-bit integer of a parameter, by its offset among them.
    public func u64(_ offset: UInt64) -> UInt64 { word(arguments + offset, 8) }
    /// A 32-bit integer anywhere on the host's side.
    public func load32(at address: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word(address, 4)) }

    /// The bytes of a string or a list, by its offset among the parameters. Valid until the host's side grows.
    public func bytes(_ offset: UInt64, elementByteCount: UInt64 = 1) -> UnsafeRawBufferPointer {
        let address = UInt64(u32(offset))
        let count = UInt64(u32(offset + 4)) * elementByteCount
        guard address <= UInt64(store.scratch.count), count <= UInt64(store.scratch.count) - address else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(start: store.scratch.base + Int(address), count: Int(count))
    }

    /// Writes the lower bytes of a value into the result, at an offset in it.
    public func put(_ value: UInt64, _ byteCount: Int, at offset: UInt64 = 0) { write(value, byteCount, at: results + offset) }

    /// Writes the lower bytes of a value anywhere on the host's side.
    public func write(_ value: UInt64, _ byteCount: Int, at address: UInt64) {
        guard address <= UInt64(store.scratch.count), UInt64(byteCount) <= UInt64(store.scratch.count) - address else { return }
        for index in 0..<byteCount {
            store.scratch.base[Int(address) + index] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
        }
    }

    /// Room for a list; it may move everything on the host's side.
    public func allocate(_ byteCount: Int, alignment: UInt64 = 1) throws(ComponentTrap) -> UInt64 {
        guard let address = store.allocate(UInt64(byteCount), alignment: alignment) else {
            throw ComponentTrap("out of memory for a result")
        }
        return address
    }

    /// Room on the host's side, to be written. Valid until the host's side grows.
    public func room(at address: UInt64, _ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        guard address <= UInt64(store.scratch.count), UInt64(byteCount) <= UInt64(store.scratch.count) - address else {
            return UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeMutableRawBufferPointer(start: store.scratch.base + Int(address), count: byteCount)
    }

    /// Puts a copy of bytes as a list or string into the result, at an offset in it.
    public func putBytes(_ bytes: UnsafeRawBufferPointer, at offset: UInt64 = 0) throws(ComponentTrap) {
        let address = try allocate(bytes.count)
        if bytes.count > 0 { room(at: address, bytes.count).copyMemory(from: bytes) }
        put(address, 4, at: offset)
        put(UInt64(bytes.count), 4, at: offset + 4)
    }
}
