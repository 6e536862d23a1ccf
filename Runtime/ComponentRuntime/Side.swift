// Side: one end of a call: a component instance's memory, encoding and `realloc`, or the host's scratch memory, which is laid out alike.
// Addresses are the guest's claims; only `load`, `store` and `check` turn them into bytes, after a bounds check.
// Spec: CanonicalABI.md, "Lifting and Lowering Context".
import Containers
import WasmComponent
import WasmEngine
import WasmModule

/// The canonical options of one end. A class that functions own, so that a side costs no counting of what it leads to.
final class AdapterOptions {
    let memory: Memory?
    let is64: Bool
    let encoding: StringEncoding
    let realloc: Func?

    init(memory: Memory? = nil, encoding: StringEncoding = .utf8, realloc: Func? = nil) {
        self.memory = memory
        is64 = memory.map { $0.type.is64 } ?? false
        self.encoding = encoding
        self.realloc = realloc
    }
}

/// Where a value is: in core values, or in memory.
struct Place {
    /// The first of its core values; nil when it is in memory.
    var slots: UnsafeMutablePointer<UInt64>?
    var address: UInt64 = 0

    static func memory(_ address: UInt64) -> Place { Place(slots: nil, address: address) }

    /// The place of the next part of a record, and behind it.
    mutating func take(_ measure: Measure) -> Place {
        if let slots {
            self.slots = slots + measure.slotCount
            return Place(slots: slots)
        }
        address = aligned(address, to: measure.alignment)
        defer { address &+= measure.byteCount }
        return Place(slots: nil, address: address)
    }
}

/// One end of a call.
struct Side {
    unowned(unsafe) let instance: ComponentInstance
    /// The function's that the call is of.
    unowned(unsafe) let options: AdapterOptions
    let isHost: Bool
    let is64: Bool
    let encoding: StringEncoding
    private var base: UnsafeMutableRawPointer
    private(set) var byteCount: Int

    init(_ instance: ComponentInstance, _ options: AdapterOptions) {
        self.instance = instance
        self.options = options
        isHost = instance.compiled == nil
        is64 = options.is64
        encoding = options.encoding
        // SAFETY: no byte of it is used while the count is zero.
        base = UnsafeMutableRawPointer(bitPattern: 16)!
        byteCount = 0
        refresh()
    }

    /// Takes the memory's place and size anew: after anything that can grow it.
    mutating func refresh() {
        if isHost {
            base = UnsafeMutableRawPointer(instance.store.scratch.base)
            byteCount = instance.store.scratch.count
        } else if let memory = options.memory {
            let view = memory.view
            base = view.base
            byteCount = view.byteCount
        }
    }

    /// Whether `count` bytes at an address are in memory.
    func contains(_ address: UInt64, _ count: UInt64) -> Bool {
        count <= UInt64(byteCount) && address <= UInt64(byteCount) &- count
    }

    /// Bytes in memory.
    func bytes(_ address: UInt64, _ count: UInt64) throws(ComponentTrap) -> UnsafeMutableRawBufferPointer {
        guard contains(address, count) else { throw ComponentTrap("address % is out of bounds of memory", address) }
        return UnsafeMutableRawBufferPointer(start: base + Int(truncatingIfNeeded: address), count: Int(truncatingIfNeeded: count))
    }

    /// An unsigned integer of 1, 2, 4 or 8 bytes.
    func load(_ address: UInt64, _ count: UInt64) throws(ComponentTrap) -> UInt64 {
        let bytes = UnsafeRawBufferPointer(try bytes(address, count))
        switch count {
        case 1: return UInt64(bytes[0])
        case 2: return UInt64(UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
        case 4: return UInt64(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
        default: return UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        }
    }

    /// Stores the lower 1, 2, 4 or 8 bytes of an integer.
    func store(_ value: UInt64, _ address: UInt64, _ count: UInt64) throws(ComponentTrap) {
        let bytes = try bytes(address, count)
        switch count {
        case 1: bytes[0] = UInt8(truncatingIfNeeded: value)
        case 2: bytes.storeBytes(of: UInt16(truncatingIfNeeded: value).littleEndian, as: UInt16.self)
        case 4: bytes.storeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian, as: UInt32.self)
        default: bytes.storeBytes(of: value.littleEndian, as: UInt64.self)
        }
    }

    /// Calls `realloc`; both sides must be refreshed after it.
    func reallocate(_ old: UInt64, _ oldByteCount: UInt64, _ alignment: UInt64, _ newByteCount: UInt64) throws(ComponentTrap) -> UInt64 {
        let store = instance.store
        if isHost { return try reallocateScratch(old, oldByteCount, alignment, newByteCount) }
        guard let function = options.realloc else { throw ComponentTrap("canonical option `realloc` is required") }
        func word(_ value: UInt64) -> Value { is64 ? .i64(Int64(bitPattern: value)) : .i32(Int32(truncatingIfNeeded: value)) }
        instance.mayLeave = false
        let results = try store.call(function, [word(old), word(oldByteCount), word(alignment), word(newByteCount)])
        instance.mayLeave = true
        switch results.first {
        case .i32(let value): return UInt64(UInt32(bitPattern: value))
        case .i64(let value): return UInt64(bitPattern: value)
        default: throw ComponentTrap("canonical option `realloc` returned nothing")
        }
    }

    private func reallocateScratch(_ old: UInt64, _ oldByteCount: UInt64, _ alignment: UInt64, _ newByteCount: UInt64)
        throws(ComponentTrap) -> UInt64
    {
        if oldByteCount > 0, newByteCount <= oldByteCount { return old }
        guard let address = instance.store.allocate(newByteCount, alignment: alignment) else {
            throw ComponentTrap("values of more than % bytes are too large for the host", UInt64(instance.store.hostByteLimit))
        }
        let scratch = UnsafeMutableRawPointer(instance.store.scratch.base)
        if oldByteCount > 0 { (scratch + Int(address)).copyMemory(from: scratch + Int(old), byteCount: Int(oldByteCount)) }
        return address
    }
}
