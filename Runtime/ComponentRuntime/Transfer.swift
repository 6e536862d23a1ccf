// Transfer: copies values of a type from one side of a call to the other, lifting and lowering in one pass without anything in between.
// Every length and address is checked before it is used; a type's depth, which the decoder bounds, bounds the recursion.
// Spec: CanonicalABI.md, "Loading", "Storing", "Flat Lifting", "Flat Lowering".
import Containers
import WasmComponent
import WasmEngine

/// A copy under way.
struct Transfer {
    /// Most bytes that all lists and strings of one call may have: what bounds lists that lie over each other.
    static let byteLimit: UInt64 = 1 << 32

    let nodes: UnsafePointer<TypeNode>
    let members: UnsafePointer<TypeMember>
    /// The instance in whose types the resources' numbers are.
    unowned(unsafe) let scope: ComponentInstance
    unowned(unsafe) let store: ComponentStore
    var source: Side
    var target: Side
    private var bytesLeft = Transfer.byteLimit

    init(_ function: ComponentFunction, from source: Side, to target: Side) {
        nodes = function.compiled.component.nodes
        members = function.compiled.component.members
        scope = function.scope
        store = function.scope.store
        self.source = source
        self.target = target
    }

    func measure(_ type: ComponentValueType, is64: Bool) -> Measure {
        if let primitive = type.primitive { return Measure(primitive, is64: is64) }
        let node = nodes + Int(type.rawValue)
        return Measure(is64 ? node.pointee.layout64 : node.pointee.layout32)
    }

    /// Takes bytes off what the call may copy.
    mutating func charge(_ byteCount: UInt64) throws(ComponentTrap) {
        guard byteCount <= bytesLeft else { throw ComponentTrap("a call may copy at most % bytes", Transfer.byteLimit) }
        bytesLeft -= byteCount
        // A unit of fuel for each word: what is copied for a guest is the guest's work.
        if store.store.engine.config.isFuelMetered { store.store.fuel -= Int64(byteCount >> 3) }
    }

    /// Calls the target's `realloc`.
    mutating func reallocate(_ old: UInt64, _ oldByteCount: UInt64, _ alignment: UInt64, _ newByteCount: UInt64)
        throws(ComponentTrap) -> UInt64
    {
        let address = try target.reallocate(old, oldByteCount, alignment, newByteCount)
        source.refresh()
        target.refresh()
        return address
    }

    // MARK: Core values and integers in memory

    /// An unsigned integer: the lower bytes of a core value, or bytes in memory.
    func load(_ place: Place, _ byteCount: UInt64) throws(ComponentTrap) -> UInt64 {
        guard let slots = place.slots else { return try source.load(place.address, byteCount) }
        return byteCount == 8 ? slots.pointee : slots.pointee & (1 << (byteCount * 8) - 1)
    }

    /// Stores a core value's bits, or their lower bytes in memory.
    func store(_ value: UInt64, _ place: Place, _ byteCount: UInt64) throws(ComponentTrap) {
        guard let slots = place.slots else { return try target.store(value, place.address, byteCount) }
        slots.pointee = value
    }

    // MARK: Values

    /// Copies the fields that a range of members is: a record's, or parameters.
    mutating func copy(members range: Range<Int>, from source: Place, to target: Place) throws(ComponentTrap) {
        var source = source
        var target = target
        for index in range {
            guard let type = members[index].type else { continue }
            let from = source.take(measure(type, is64: self.source.is64))
            let to = target.take(measure(type, is64: self.target.is64))
            try copy(type, from: from, to: to)
        }
    }

    /// Copies a value.
    mutating func copy(_ type: ComponentValueType, from source: Place, to target: Place) throws(ComponentTrap) {
        if let primitive = type.primitive { return try copy(primitive, from: source, to: target) }
        let node = nodes + Int(type.rawValue)
        switch node.pointee.kind {
        case .primitive: if let element = node.pointee.element { try copy(element, from: source, to: target) }
        case .record, .tuple:
            let start = Int(node.pointee.start)
            try copy(members: start..<start + Int(node.pointee.count), from: source, to: target)
        case .variant, .enumeration, .option, .result: try copyVariant(node, from: source, to: target)
        case .flags:
            let byteCount = node.pointee.layout32.byteCount
            let mask: UInt64 = node.pointee.count >= 32 ? 0xFFFF_FFFF : 1 << UInt64(node.pointee.count) - 1
            try store(try load(source, source.slots == nil ? byteCount : 4) & mask, target, byteCount)
        case .list, .map: try copyList(node, from: source, to: target)
        case .fixedList:
            guard let element = node.pointee.element else { return }
            try charge(node.pointee.layout64.byteCount)
            var from = source
            var to = target
            let sourceMeasure = measure(element, is64: self.source.is64)
            let targetMeasure = measure(element, is64: self.target.is64)
            for _ in 0..<node.pointee.length { try copy(element, from: from.take(sourceMeasure), to: to.take(targetMeasure)) }
        case .own, .borrow: try copyHandle(node, from: source, to: target)
        case .stream, .future: throw .unsupported("streams and futures are not supported")
        default: throw ComponentTrap("a type of this kind has no values")
        }
    }

    private mutating func copy(_ primitive: PrimitiveType, from source: Place, to target: Place) throws(ComponentTrap) {
        switch primitive {
        case .bool: try store(try load(source, source.slots == nil ? 1 : 4) != 0 ? 1 : 0, target, 1)
        case .u8: try store(try load(source, 1), target, 1)
        case .u16: try store(try load(source, 2), target, 2)
        case .u32: try store(try load(source, 4), target, 4)
        case .u64, .s64: try store(try load(source, 8), target, 8)
        case .s8: try store(signed(Int64(Int8(truncatingIfNeeded: try load(source, 1)))), target, 1)
        case .s16: try store(signed(Int64(Int16(truncatingIfNeeded: try load(source, 2)))), target, 2)
        case .s32: try store(try load(source, 4), target, 4)
        case .f32: try store(Transfer.canonical32(try load(source, 4)), target, 4)
        case .f64: try store(Transfer.canonical64(try load(source, 8)), target, 8)
        case .char: try store(try Transfer.checkedCharacter(try load(source, 4)), target, 4)
        case .string: try copyString(from: source, to: target)
        case .errorContext: throw .unsupported("`error-context` is not supported")
        }
    }

    private func signed(_ value: Int64) -> UInt64 { UInt64(UInt32(truncatingIfNeeded: value)) }

    /// The bits of an `f32`, any NaN as the canonical one.
    static func canonical32(_ bits: UInt64) -> UInt64 { bits & 0x7FFF_FFFF > 0x7F80_0000 ? 0x7FC0_0000 : bits }
    /// The bits of an `f64`, any NaN as the canonical one.
    static func canonical64(_ bits: UInt64) -> UInt64 {
        bits & 0x7FFF_FFFF_FFFF_FFFF > 0x7FF0_0000_0000_0000 ? 0x7FF8_0000_0000_0000 : bits
    }

    static func checkedCharacter(_ value: UInt64) throws(ComponentTrap) -> UInt64 {
        guard value < 0x11_0000, value < 0xD800 || value > 0xDFFF else { throw ComponentTrap("invalid `char` bit pattern: %", value) }
        return value
    }

    // MARK: Variants

    private mutating func copyVariant(_ node: UnsafePointer<TypeNode>, from source: Place, to target: Place) throws(ComponentTrap) {
        let caseCount = Transfer.caseCount(node)
        let byteCount: UInt64 = caseCount <= 1 << 8 ? 1 : caseCount <= 1 << 16 ? 2 : 4
        let chosen = try load(source, source.slots == nil ? byteCount : 4)
        guard chosen < caseCount else { throw ComponentTrap("invalid variant discriminant: %", chosen) }
        try store(chosen, target, byteCount)
        guard let payload = payload(node, chosen) else { return }
        // The payload follows the discriminant at the alignment of the whole: the larger one of the two.
        var from = source
        var to = target
        if let slots = source.slots { from.slots = slots + 1 } else { from.address &+= alignment(node, self.source.is64) }
        if let slots = target.slots { to.slots = slots + 1 } else { to.address &+= alignment(node, self.target.is64) }
        try copy(payload, from: from, to: to)
    }

    private func alignment(_ node: UnsafePointer<TypeNode>, _ is64: Bool) -> UInt64 {
        is64 ? node.pointee.layout64.alignment : node.pointee.layout32.alignment
    }

    static func caseCount(_ node: UnsafePointer<TypeNode>) -> UInt64 {
        switch node.pointee.kind {
        case .option, .result: return 2
        default: return UInt64(node.pointee.count)
        }
    }

    /// The type of a case's payload.
    func payload(_ node: UnsafePointer<TypeNode>, _ chosen: UInt64) -> ComponentValueType? {
        switch node.pointee.kind {
        case .option: return chosen == 0 ? nil : node.pointee.element
        case .result: return chosen == 0 ? node.pointee.element : node.pointee.second
        default: return members[Int(node.pointee.start) + Int(chosen)].type
        }
    }
}
