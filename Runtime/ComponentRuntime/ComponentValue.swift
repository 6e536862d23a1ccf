// ComponentValue: a value at the embedder's edge, and how it is laid out on the host's side of a call.
// Spec: Explainer.md, "Type Definitions"; CanonicalABI.md, "Loading", "Storing".
import Containers
import WasmComponent
import WasmEngine

/// A handle that the host has to a guest's resource, or the representation of one of the host's own.
public struct ResourceHandle: Equatable, Sendable {
    let index: UInt32
}

/// A value of a component's function. Floats are given as their bits.
public indirect enum ComponentValue {
    case bool(Bool)
    case s8(Int8)
    case u8(UInt8)
    case s16(Int16)
    case u16(UInt16)
    case s32(Int32)
    case u32(UInt32)
    case s64(Int64)
    case u64(UInt64)
    case f32(bits: UInt32)
    case f64(bits: UInt64)
    /// A Unicode scalar value.
    case char(UInt32)
    /// UTF-8.
    case string([UInt8])
    case list([ComponentValue])
    /// A record's fields in order.
    case record([(name: Name, value: ComponentValue)])
    case tuple([ComponentValue])
    case variant(Name, ComponentValue?)
    case enumeration(Name)
    case option(ComponentValue?)
    case result(isOK: Bool, ComponentValue?)
    /// The labels that are set.
    case flags([Name])
    case resource(ResourceHandle)
}

/// Lays values out in the host's scratch memory, and reads them from there.
struct ValueLayouter {
    /// Most values that a result may consist of.
    static let limit = 1 << 22

    let component: Component
    let store: ComponentStore
    private var valuesLeft = ValueLayouter.limit

    init(_ component: Component, _ store: ComponentStore) {
        self.component = component
        self.store = store
    }

    static let mismatch = ComponentTrap("a value does not have the type that is asked for")

    private var side: Side { store.hostSide }

    private func measure(_ type: ComponentValueType) -> Measure {
        if let primitive = type.primitive { return Measure(primitive, is64: false) }
        return Measure(component.node(type.rawValue).layout32)
    }

    private func name(_ member: Int) -> Name { Name(component[component.members[member].name]) }

    // MARK: Writing

    func write(_ value: ComponentValue, _ type: ComponentValueType, at address: UInt64) throws(ComponentTrap) {
        guard let row = type.node else { return try write(value, type.primitive ?? .bool, at: address) }
        let node = component.node(row)
        let start = Int(node.start)
        switch (node.kind, value) {
        case (.primitive, _): if let element = node.element { try write(value, element, at: address) }
        case (.record, .record(let fields)):
            guard fields.count == Int(node.count) else { throw ValueLayouter.mismatch }
            for index in 0..<fields.count where fields[index].name != name(start + index) { throw ValueLayouter.mismatch }
            try write(fields.map { $0.value }, members: start, at: address)
        case (.tuple, .tuple(let values)):
            guard values.count == Int(node.count) else { throw ValueLayouter.mismatch }
            try write(values, members: start, at: address)
        case (.variant, .variant(let label, let payload)):
            try writeCase(try index(of: label, node), payload, node, at: address)
        case (.enumeration, .enumeration(let label)): try writeCase(try index(of: label, node), nil, node, at: address)
        case (.option, .option(let payload)): try writeCase(payload == nil ? 0 : 1, payload, node, at: address)
        case (.result, .result(let isOK, let payload)): try writeCase(isOK ? 0 : 1, payload, node, at: address)
        case (.flags, .flags(let labels)):
            var bits: UInt64 = 0
            for label in labels { bits |= 1 << UInt64(try index(of: label, node)) }
            try side.store(bits, address, node.layout32.byteCount)
        case (.list, .list(let values)):
            guard let element = node.element else { return }
            let measure = measure(element)
            guard let start = store.allocate(UInt64(values.count) * measure.byteCount, alignment: measure.alignment) else {
                throw ComponentTrap("out of memory for a value")
            }
            for index in 0..<values.count { try write(values[index], element, at: start + UInt64(index) * measure.byteCount) }
            try side.store(start, address, 4)
            try side.store(UInt64(values.count), address + 4, 4)
        case (.map, .list(let values)): try writeMap(values, node, at: address)
        case (.fixedList, .list(let values)):
            guard let element = node.element, values.count == Int(node.length) else { throw ValueLayouter.mismatch }
            for index in 0..<values.count {
                try write(values[index], element, at: address + UInt64(index) * measure(element).byteCount)
            }
        case (.own, .resource(let handle)), (.borrow, .resource(let handle)): try side.store(UInt64(handle.index), address, 4)
        default: throw ValueLayouter.mismatch
        }
    }

    /// Writes a record's fields, or parameters.
    func write(_ values: [ComponentValue], members start: Int, at address: UInt64) throws(ComponentTrap) {
        var place = Place.memory(address)
        for index in 0..<values.count {
            guard let type = component.members[start + index].type else { continue }
            try write(values[index], type, at: place.take(measure(type)).address)
        }
    }

    private func writeMap(_ values: [ComponentValue], _ node: TypeNode, at address: UInt64) throws(ComponentTrap) {
        guard let key = node.element, let second = node.second else { return }
        let (stride, alignment) = pairMeasure(key, second)
        guard let start = store.allocate(UInt64(values.count) * stride, alignment: alignment) else {
            throw ComponentTrap("out of memory for a value")
        }
        for index in 0..<values.count {
            guard case .tuple(let pair) = values[index], pair.count == 2 else { throw ValueLayouter.mismatch }
            var place = Place.memory(start + UInt64(index) * stride)
            try write(pair[0], key, at: place.take(measure(key)).address)
            try write(pair[1], second, at: place.take(measure(second)).address)
        }
        try side.store(start, address, 4)
        try side.store(UInt64(values.count), address + 4, 4)
    }

    private func pairMeasure(_ key: ComponentValueType, _ second: ComponentValueType) -> (UInt64, UInt64) {
        let alignment = max(measure(key).alignment, measure(second).alignment)
        var place = Place.memory(0)
        _ = place.take(measure(key))
        _ = place.take(measure(second))
        return (aligned(place.address, to: alignment), alignment)
    }

    private func index(of label: Name, _ node: TypeNode) throws(ComponentTrap) -> Int {
        for index in 0..<Int(node.count) where name(Int(node.start) + index) == label { return index }
        throw ValueLayouter.mismatch
    }

    private func payload(_ node: TypeNode, _ chosen: Int) -> ComponentValueType? {
        switch node.kind {
        case .option: return chosen == 0 ? nil : node.element
        case .result: return chosen == 0 ? node.element : node.second
        default: return component.members[Int(node.start) + chosen].type
        }
    }

    private func discriminantByteCount(_ node: TypeNode) -> UInt64 {
        let count = node.kind == .option || node.kind == .result ? 2 : node.count
        return count <= 1 << 8 ? 1 : count <= 1 << 16 ? 2 : 4
    }

    private func writeCase(_ chosen: Int, _ value: ComponentValue?, _ node: TypeNode, at address: UInt64) throws(ComponentTrap) {
        try side.store(UInt64(chosen), address, discriminantByteCount(node))
        let type = payload(node, chosen)
        guard (type == nil) == (value == nil) else { throw ValueLayouter.mismatch }
        if let type, let value { try write(value, type, at: address + node.layout32.alignment) }
    }

    private func write(_ value: ComponentValue, _ type: PrimitiveType, at address: UInt64) throws(ComponentTrap) {
        switch (type, value) {
        case (.bool, .bool(let value)): try side.store(value ? 1 : 0, address, 1)
        case (.s8, .s8(let value)): try side.store(UInt64(UInt8(bitPattern: value)), address, 1)
        case (.u8, .u8(let value)): try side.store(UInt64(value), address, 1)
        case (.s16, .s16(let value)): try side.store(UInt64(UInt16(bitPattern: value)), address, 2)
        case (.u16, .u16(let value)): try side.store(UInt64(value), address, 2)
        case (.s32, .s32(let value)): try side.store(UInt64(UInt32(bitPattern: value)), address, 4)
        case (.u32, .u32(let value)), (.char, .char(let value)): try side.store(UInt64(value), address, 4)
        case (.s64, .s64(let value)): try side.store(UInt64(bitPattern: value), address, 8)
        case (.u64, .u64(let value)): try side.store(value, address, 8)
        case (.f32, .f32(let bits)): try side.store(UInt64(bits), address, 4)
        case (.f64, .f64(let bits)): try side.store(bits, address, 8)
        case (.string, .string(let bytes)):
            guard let start = store.allocate(UInt64(bytes.count), alignment: 1) else { throw ComponentTrap("out of memory for a value") }
            let room = try side.bytes(start, UInt64(bytes.count))
            for index in 0..<bytes.count { room[index] = bytes[index] }
            try side.store(start, address, 4)
            try side.store(UInt64(bytes.count), address + 4, 4)
        default: throw ValueLayouter.mismatch
        }
    }

    // MARK: Reading

    mutating func read(_ type: ComponentValueType, at address: UInt64) throws(ComponentTrap) -> ComponentValue {
        valuesLeft -= 1
        guard valuesLeft >= 0 else { throw ComponentTrap("a result has more than % values", UInt64(ValueLayouter.limit)) }
        guard let row = type.node else { return try read(type.primitive ?? .bool, at: address) }
        let node = component.node(row)
        let start = Int(node.start)
        switch node.kind {
        case .primitive:
            guard let element = node.element else { throw ValueLayouter.mismatch }
            return try read(element, at: address)
        case .record:
            let values = try read(members: start..<start + Int(node.count), at: address)
            var fields: [(name: Name, value: ComponentValue)] = []
            for index in 0..<values.count { fields.append((name(start + index), values[index])) }
            return .record(fields)
        case .tuple: return .tuple(try read(members: start..<start + Int(node.count), at: address))
        case .variant, .enumeration, .option, .result: return try readCase(node, at: address)
        case .flags:
            let bits = try side.load(address, node.layout32.byteCount)
            var labels: [Name] = []
            for index in 0..<Int(node.count) where bits >> UInt64(index) & 1 != 0 { labels.append(name(start + index)) }
            return .flags(labels)
        case .list, .map: return try readList(node, at: address)
        case .fixedList:
            guard let element = node.element else { throw ValueLayouter.mismatch }
            var values: [ComponentValue] = []
            for index in 0..<UInt64(node.length) { values.append(try read(element, at: address + index * measure(element).byteCount)) }
            return .list(values)
        case .own, .borrow:
            return .resource(ResourceHandle(index: UInt32(truncatingIfNeeded: try side.load(address, 4))))
        default: throw ValueLayouter.mismatch
        }
    }

    private mutating func read(members range: Range<Int>, at address: UInt64) throws(ComponentTrap) -> [ComponentValue] {
        var place = Place.memory(address)
        var values: [ComponentValue] = []
        for index in range {
            guard let type = component.members[index].type else { continue }
            values.append(try read(type, at: place.take(measure(type)).address))
        }
        return values
    }

    private mutating func readCase(_ node: TypeNode, at address: UInt64) throws(ComponentTrap) -> ComponentValue {
        let chosen = Int(try side.load(address, discriminantByteCount(node)))
        guard chosen < (node.kind == .option || node.kind == .result ? 2 : Int(node.count)) else { throw ValueLayouter.mismatch }
        var value: ComponentValue?
        if let type = payload(node, chosen) { value = try read(type, at: address + node.layout32.alignment) }
        switch node.kind {
        case .option: return .option(value)
        case .result: return .result(isOK: chosen == 0, value)
        case .enumeration: return .enumeration(name(Int(node.start) + chosen))
        default: return .variant(name(Int(node.start) + chosen), value)
        }
    }

    private mutating func readList(_ node: TypeNode, at address: UInt64) throws(ComponentTrap) -> ComponentValue {
        guard let element = node.element else { throw ValueLayouter.mismatch }
        let start = try side.load(address, 4)
        let count = try side.load(address + 4, 4)
        guard count <= UInt64(max(valuesLeft, 0)) else {
            throw ComponentTrap("a result has more than % values", UInt64(ValueLayouter.limit))
        }
        var values: [ComponentValue] = []
        if node.kind == .map, let second = node.second {
            let (stride, _) = pairMeasure(element, second)
            for index in 0..<count {
                var place = Place.memory(start + index * stride)
                let key = try read(element, at: place.take(measure(element)).address)
                values.append(.tuple([key, try read(second, at: place.take(measure(second)).address)]))
            }
            return .list(values)
        }
        let stride = measure(element).byteCount
        for index in 0..<count { values.append(try read(element, at: start + index * stride)) }
        return .list(values)
    }

    private func read(_ type: PrimitiveType, at address: UInt64) throws(ComponentTrap) -> ComponentValue {
        func load(_ count: UInt64) throws(ComponentTrap) -> UInt64 { try side.load(address, count) }
        switch type {
        case .bool: return .bool(try load(1) != 0)
        case .s8: return .s8(Int8(truncatingIfNeeded: try load(1)))
        case .u8: return .u8(UInt8(truncatingIfNeeded: try load(1)))
        case .s16: return .s16(Int16(truncatingIfNeeded: try load(2)))
        case .u16: return .u16(UInt16(truncatingIfNeeded: try load(2)))
        case .s32: return .s32(Int32(truncatingIfNeeded: try load(4)))
        case .u32: return .u32(UInt32(truncatingIfNeeded: try load(4)))
        case .s64: return .s64(Int64(bitPattern: try load(8)))
        case .u64: return .u64(try load(8))
        case .f32: return .f32(bits: UInt32(truncatingIfNeeded: try load(4)))
        case .f64: return .f64(bits: try load(8))
        case .char: return .char(UInt32(truncatingIfNeeded: try load(4)))
        case .string:
            let bytes = try side.bytes(try load(4), try side.load(address + 4, 4))
            return .string(Array(bytes))
        case .errorContext: throw ValueLayouter.mismatch
        }
    }
}

extension ComponentFunction {
    /// How many parameters it takes.
    public var parameterCount: Int { signature.parameterCount }
}

extension ComponentStore {
    /// Calls a function of one of this store's instances from the embedder. A trap leaves the instance closed. A method of the store, since
    /// instances and functions do not keep it.
    @export(interface) @inline(never)
    public func call(_ function: ComponentFunction, _ arguments: [ComponentValue] = []) throws(ComponentTrap) -> ComponentValue? {
        let mark = (scratch: scratch.count, tasks: tasks.count, lenders: lenders.count)
        defer {
            scratch.truncate(to: mark.scratch)
            tasks.truncate(to: min(mark.tasks, tasks.count))
            lenders.truncate(to: min(mark.lenders, lenders.count))
        }
        guard function.scope.store === self else { throw ComponentTrap("a function of another store") }
        let component = function.compiled.component
        let host = Signature(component, function.type, is64: false)
        guard arguments.count == host.parameterCount else { throw ValueLayouter.mismatch }
        guard let parameters = allocate(host.parameterByteCount, alignment: max(host.parameterAlignment, 8)),
            let results = allocate(host.resultByteCount, alignment: max(host.resultAlignment, 8))
        else { throw ComponentTrap("out of memory for a call") }
        var layouter = ValueLayouter(component, self)
        try layouter.write(arguments, members: host.parameterStart, at: parameters)
        try function.perform(.embedder, hostSide, .memory(parameters), .memory(results))
        guard let type = host.result else { return nil }
        return try layouter.read(type, at: results)
    }
}
