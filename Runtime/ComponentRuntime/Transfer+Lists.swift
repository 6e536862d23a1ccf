// Lists and maps between two sides. Spec: CanonicalABI.md, `load_list`, `store_list`.
import Containers
import WasmComponent
import WasmEngine

extension Transfer {
    /// Most bytes of one list or string.
    static let listByteLimit: UInt64 = 1 << 28 - 1

    /// The address and length that a list or a string is.
    func loadPair(_ place: Place) throws(ComponentTrap) -> (address: UInt64, count: UInt64) {
        let byteCount: UInt64 = source.is64 ? 8 : 4
        if let slots = place.slots { return (try load(place, byteCount), try load(Place(slots: slots + 1), byteCount)) }
        return (try source.load(place.address, byteCount), try source.load(place.address &+ byteCount, byteCount))
    }

    /// Stores an address and a length.
    func storePair(_ address: UInt64, _ count: UInt64, _ place: Place) throws(ComponentTrap) {
        let byteCount: UInt64 = target.is64 ? 8 : 4
        if let slots = place.slots {
            slots[0] = address
            slots[1] = count
            return
        }
        try target.store(address, place.address, byteCount)
        try target.store(count, place.address &+ byteCount, byteCount)
    }

    /// The trap for what lies outside of a side's memory: wasmtime's words differ between host and guest.
    func outOfBounds(isString: Bool) -> ComponentTrap {
        if target.isHost {
            return ComponentTrap(
                isString ? "string pointer/length out of bounds of memory" : "list pointer/length out of bounds of memory")
        }
        return ComponentTrap(isString ? "wasm trap: string content out-of-bounds" : "wasm trap: list content out-of-bounds")
    }

    /// The trap for an address that is not a multiple of its alignment.
    func misaligned() -> ComponentTrap {
        ComponentTrap(target.isHost ? "list pointer is not aligned" : "wasm trap: unaligned pointer")
    }

    /// Requires that what `realloc` returned is aligned and in memory.
    func checkAllocation(_ address: UInt64, _ byteCount: UInt64, _ alignment: UInt64, isString: Bool) throws(ComponentTrap) {
        guard address & (alignment &- 1) == 0 else {
            throw ComponentTrap(source.isHost ? "realloc return: result not aligned" : "wasm trap: unaligned pointer")
        }
        guard target.contains(address, byteCount) else {
            if source.isHost { throw ComponentTrap("realloc return: beyond end of memory") }
            throw ComponentTrap(isString ? "wasm trap: string content out-of-bounds" : "wasm trap: list content out-of-bounds")
        }
    }

    mutating func copyList(_ node: UnsafePointer<TypeNode>, from place: Place, to result: Place) throws(ComponentTrap) {
        guard let element = node.pointee.element else { return }
        let second = node.pointee.kind == .map ? node.pointee.second : nil
        let from = elementMeasure(element, second, is64: source.is64)
        let to = elementMeasure(element, second, is64: target.is64)
        let (address, count) = try loadPair(place)
        let (byteCount, isOverflowing) = count.multipliedReportingOverflow(by: from.byteCount)
        guard !isOverflowing, byteCount <= Transfer.listByteLimit else { throw outOfBounds(isString: false) }
        guard address & (from.alignment &- 1) == 0 else { throw misaligned() }
        guard source.contains(address, byteCount) else { throw outOfBounds(isString: false) }
        // A count below 2^28 times a size below 2^28.
        let targetByteCount = count &* to.byteCount
        guard targetByteCount <= UInt64(UInt32.max) else { throw outOfBounds(isString: false) }
        try charge(max(byteCount, targetByteCount))
        let copy = try reallocate(0, 0, to.alignment, targetByteCount)
        try checkAllocation(copy, targetByteCount, to.alignment, isString: false)
        if second == nil, Transfer.isPlain(element) {
            let bytes = try source.bytes(address, byteCount)
            // The two may overlap when both sides have one memory.
            if byteCount > 0 { try target.bytes(copy, byteCount).copyMemory(from: UnsafeRawBufferPointer(bytes)) }
        } else {
            var sourceAddress = address
            var targetAddress = copy
            for _ in 0..<count {
                var first = Place.memory(sourceAddress)
                var last = Place.memory(targetAddress)
                try self.copy(
                    element, from: first.take(measure(element, is64: source.is64)), to: last.take(measure(element, is64: target.is64)))
                if let second {
                    try self.copy(
                        second, from: first.take(measure(second, is64: source.is64)), to: last.take(measure(second, is64: target.is64)))
                }
                sourceAddress &+= from.byteCount
                targetAddress &+= to.byteCount
            }
        }
        try storePair(copy, count, result)
    }

    /// An element's measure; of a map, that of a key and a value.
    private func elementMeasure(_ element: ComponentValueType, _ second: ComponentValueType?, is64: Bool) -> Measure {
        var result = measure(element, is64: is64)
        guard let second else { return result }
        let value = measure(second, is64: is64)
        result.alignment = max(result.alignment, value.alignment)
        result.byteCount = aligned(aligned(result.byteCount, to: value.alignment) &+ value.byteCount, to: result.alignment)
        return result
    }

    /// Whether every pattern of bits is a value, so that elements are copied together.
    private static func isPlain(_ type: ComponentValueType) -> Bool {
        switch type.primitive {
        case .s8, .u8, .s16, .u16, .s32, .u32, .s64, .u64: return true
        default: return false
        }
    }
}
