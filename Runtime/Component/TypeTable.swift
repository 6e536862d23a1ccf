// All types of a component and of what it nests, in flat tables. Owns them. Types refer only to earlier rows, so nothing is cyclic; what
// is needed of a type's parts (depth, flags, layout) is worked out when its row is added and never by walking down.
// Spec: Explainer.md, "Type Definitions".
import Containers
import WasmModule

/// The tables of types, names, resources and core module types.
struct TypeTable: ~Copyable {
    let input: UnsafeRawBufferPointer
    let limits: ComponentLimits
    var names: NameTree
    var nodes = GrowableArray<TypeNode>()
    var members = GrowableArray<TypeMember>()
    var externs = GrowableArray<ExternItem>()
    var shapes = GrowableArray<TypeShape>()
    var bound = GrowableArray<BoundResource>()
    var words = GrowableArray<UInt32>()
    var resources = GrowableArray<ResourceInfo>()
    /// Whether the scope with this number is still being read.
    var openScopes = GrowableArray<Bool>()
    /// The innermost scope's number.
    var scope: UInt32 = 0

    // Core types.
    let registry = TypeRegistry()
    var moduleTypes = GrowableArray<ModuleType>()
    var coreItems = GrowableArray<CoreItem>()
    var coreThings = GrowableArray<ExternalType>()

    // What a substitution or a walk has seen: the epoch in the upper half, a row in the lower.
    var nodeMemo = GrowableArray<UInt64>()
    var resourceMemo = GrowableArray<UInt64>()
    var epoch: UInt32 = 0
    var stepsLeft: Int

    init(_ input: UnsafeRawBufferPointer, _ limits: ComponentLimits) {
        self.input = input
        self.limits = limits
        names = NameTree(input)
        stepsLeft = limits.comparisonSteps
    }

    func outOfMemory(_ offset: Int = 0) -> ComponentError { ComponentError(.outOfMemory, at: offset, "out of memory") }

    /// Counts a step of a walk whose length types that share parts could make exponential.
    mutating func step(_ offset: Int) throws(ComponentError) {
        stepsLeft -= 1
        guard stepsLeft >= 0 else {
            throw ComponentError(
                .limit, at: offset, "types take too long to compare (the limit is % steps)", .number(UInt64(limits.comparisonSteps)))
        }
    }

    // MARK: Rows

    /// Adds a row whose flags and depth so far are those of its own; adds those of its parts.
    mutating func add(_ node: TypeNode, at offset: Int) throws(ComponentError) -> UInt32 {
        var node = node
        guard nodes.count < limits.types else {
            throw ComponentError(.limit, at: offset, "too many types (the limit is %)", .number(UInt64(limits.types)))
        }
        if node.kind.isDefined || node.kind == .function {
            if let element = node.element { inherit(element, &node) }
            if let second = node.second { inherit(second, &node) }
            for index in memberRange(node) { if let type = members[index].type { inherit(type, &node) } }
        }
        guard Int(node.depth) <= limits.typeDepth else {
            throw ComponentError(.limit, at: offset, "types are nested too deeply (the limit is %)", .number(UInt64(limits.typeDepth)))
        }
        if node.kind.isDefined {
            node.layout32 = layout(node, is64: false)
            node.layout64 = layout(node, is64: true)
            guard node.layout64.byteCount < 1 << 28 else {
                throw ComponentError(.invalid, at: offset, "type exceeds maximum byte size of %", .number(1 << 28 - 1))
            }
        }
        let number = UInt32(nodes.count)
        guard nodes.append(node), nodeMemo.append(0) else { throw outOfMemory(offset) }
        return number
    }

    private func inherit(_ type: ComponentValueType, _ node: inout TypeNode) {
        guard let part = type.node else {
            if type.primitive == .string { node.flags.insert(.hasPointer) }
            return
        }
        inherit(part, &node)
    }

    /// Takes over what holds of a part.
    func inherit(_ part: UInt32, _ node: inout TypeNode) {
        var flags = nodes[Int(part)].flags
        flags.remove(.isAsync)
        node.flags.formUnion(flags)
        node.depth = max(node.depth, nodes[Int(part)].depth + 1)
    }

    func memberRange(_ node: TypeNode) -> Range<Int> {
        switch node.kind {
        case .record, .variant, .tuple, .flags, .enumeration, .function: return Int(node.start)..<Int(node.start + node.count)
        default: return 0..<0
        }
    }

    /// The same type under another number: what an import or export introduces.
    mutating func copy(_ number: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        guard nodes.count < limits.types else {
            throw ComponentError(.limit, at: offset, "too many types (the limit is %)", .number(UInt64(limits.types)))
        }
        var node = nodes[Int(number)]
        node.namedScope = 0
        node.name = nil
        let result = UInt32(nodes.count)
        guard nodes.append(node), nodeMemo.append(0) else { throw outOfMemory(offset) }
        return result
    }

    /// A new resource type of the innermost scope.
    mutating func newResource(isImported: Bool, isLocal: Bool = false, is64: Bool = false, at offset: Int) throws(ComponentError) -> UInt32
    {
        let number = UInt32(resources.count)
        guard resources.count < limits.types,
            resources.append(ResourceInfo(scope: scope, isImported: isImported, isLocal: isLocal, is64: is64)), resourceMemo.append(0)
        else { throw outOfMemory(offset) }
        return number
    }

    /// A row for a resource type.
    mutating func resourceNode(_ resource: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        var node = TypeNode(kind: .resource)
        node.start = resource
        node.flags = .hasResource
        return try add(node, at: offset)
    }

    mutating func addMember(_ member: TypeMember, at offset: Int) throws(ComponentError) {
        guard members.append(member) else { throw outOfMemory(offset) }
    }

    /// Enters a name; the value of the one that is there already.
    mutating func enter(_ owner: UInt32, _ name: ByteRange, isFolded: Bool = false, _ value: UInt32) throws(ComponentError) -> UInt32? {
        guard names.count < limits.names else {
            throw ComponentError(.limit, at: Int(name.offset), "too many names (the limit is %)", .number(UInt64(limits.names)))
        }
        switch names.insert(owner, name, isFolded: isFolded, value) {
        case .added: return nil
        case .found(let value): return value
        case .refused: throw outOfMemory(Int(name.offset))
        }
    }

    /// The export with this name of an instance's type.
    func export(_ name: ByteRange, of instance: UInt32) -> Entity? {
        let shape = shapes[Int(nodes[Int(instance)].start)]
        guard let position = names.find(shape.exportNames, name) else { return nil }
        return externs[Int(shape.exportStart + position)].entity
    }

    func node(_ type: ComponentValueType) -> TypeNode? { type.node.map { nodes[Int($0)] } }

    // MARK: Layout

    /// How a value type lies in memory and what core values it becomes.
    func layout(_ type: ComponentValueType, is64: Bool) -> ValueLayout {
        if let node = node(type) { return is64 ? node.layout64 : node.layout32 }
        let address = is64 ? ValueType.i64 : ValueType.i32
        switch type.primitive ?? .bool {
        case .bool, .s8, .u8: return ValueLayout(byteCount: 1, alignment: 1, flat: FlatTypes(.i32))
        case .s16, .u16: return ValueLayout(byteCount: 2, alignment: 2, flat: FlatTypes(.i32))
        case .s32, .u32, .char, .errorContext: return ValueLayout(byteCount: 4, alignment: 4, flat: FlatTypes(.i32))
        case .s64, .u64: return ValueLayout(byteCount: 8, alignment: 8, flat: FlatTypes(.i64))
        case .f32: return ValueLayout(byteCount: 4, alignment: 4, flat: FlatTypes(.f32))
        case .f64: return ValueLayout(byteCount: 8, alignment: 8, flat: FlatTypes(.f64))
        case .string: return pointerPair(address)
        }
    }

    private func pointerPair(_ address: ValueType) -> ValueLayout {
        var flat = FlatTypes(address)
        flat.append(address)
        return address == .i64 ? ValueLayout(byteCount: 16, alignment: 8, flat: flat) : ValueLayout(byteCount: 8, alignment: 4, flat: flat)
    }

    private func layout(_ node: TypeNode, is64: Bool) -> ValueLayout {
        switch node.kind {
        case .primitive: return node.element.map { layout($0, is64: is64) } ?? ValueLayout(byteCount: 1, alignment: 1, flat: FlatTypes())
        case .record, .tuple: return recordLayout(node, is64)
        case .variant, .enumeration:
            var variant = VariantLayout(caseCount: UInt64(node.count))
            for index in memberRange(node) { variant.add(members[index].type.map { layout($0, is64: is64) }) }
            return variant.layout
        case .option:
            var variant = VariantLayout(caseCount: 2)
            variant.add(node.element.map { layout($0, is64: is64) })
            return variant.layout
        case .result:
            var variant = VariantLayout(caseCount: 2)
            variant.add(node.element.map { layout($0, is64: is64) })
            variant.add(node.second.map { layout($0, is64: is64) })
            return variant.layout
        case .flags:
            let byteCount: UInt64 = node.count <= 8 ? 1 : node.count <= 16 ? 2 : 4
            return ValueLayout(byteCount: byteCount, alignment: byteCount, flat: FlatTypes(.i32))
        case .list, .map: return pointerPair(is64 ? .i64 : .i32)
        case .fixedList:
            guard let element = node.element else { return pointerPair(.i32) }
            let part = layout(element, is64: is64)
            var flat = FlatTypes()
            for _ in 0..<min(Int(node.length), FlatTypes.most + 1) { flat.append(part.flat) }
            // A length has 32 bits and a part is below 2^28.
            return ValueLayout(byteCount: part.byteCount &* UInt64(node.length), alignment: part.alignment, flat: flat)
        default: return ValueLayout(byteCount: 4, alignment: 4, flat: FlatTypes(.i32))
        }
    }

    private func recordLayout(_ node: TypeNode, _ is64: Bool) -> ValueLayout {
        var result = ValueLayout(byteCount: 0, alignment: 1, flat: FlatTypes())
        for index in memberRange(node) {
            guard let type = members[index].type else { continue }
            let part = layout(type, is64: is64)
            result.byteCount = aligned(result.byteCount, part.alignment) &+ part.byteCount
            result.alignment = max(result.alignment, part.alignment)
            result.flat.append(part.flat)
        }
        result.byteCount = aligned(result.byteCount, result.alignment)
        return result
    }
}

func aligned(_ value: UInt64, _ alignment: UInt64) -> UInt64 { (value &+ alignment &- 1) & ~(alignment &- 1) }

/// The layout of a variant as its cases come.
private struct VariantLayout {
    private let discriminant: UInt64
    private var payload: UInt64 = 0
    private var payloadAlignment: UInt64 = 1
    private var flat = FlatTypes()

    init(caseCount: UInt64) { discriminant = caseCount <= 1 << 8 ? 1 : caseCount <= 1 << 16 ? 2 : 4 }

    mutating func add(_ part: ValueLayout?) {
        guard let part else { return }
        payload = max(payload, part.byteCount)
        payloadAlignment = max(payloadAlignment, part.alignment)
        flat.join(part.flat)
    }

    var layout: ValueLayout {
        let alignment = max(discriminant, payloadAlignment)
        var all = FlatTypes(.i32)
        all.append(flat)
        return ValueLayout(
            byteCount: aligned(aligned(discriminant, payloadAlignment) &+ payload, alignment), alignment: alignment, flat: all)
    }
}
