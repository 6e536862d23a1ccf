// The component decoder: sections in the order they come, each definition validated when it is read. Lives only inside `Component.decode`.
// Spec: Binary.md, "Component Definitions". Nested components are read in place, from an explicit stack of scopes.
import Containers
import WasmModule

/// Reads and validates a component and everything in it.
struct ComponentDecoder: ~Copyable {
    let owner: AnyObject?
    let features: Features
    let limits: ComponentLimits
    var reader: ComponentReader
    var table: TypeTable
    var coreReader: TypeReader
    var spaces = IndexSpaces()
    var scopes = GrowableArray<Scope>()
    private var scopeCount: UInt32 = 0
    // Stacks on which each open scope has its part at the end.
    var imports = GrowableArray<ExternItem>()
    var exports = GrowableArray<ExternItem>()
    var naming = GrowableArray<NamingRecord>()
    private var pending = GrowableArray<Definition>()
    // What is left when all is read.
    var definitions = GrowableArray<Definition>()
    var operands = GrowableArray<UInt32>()
    var modules = GrowableArray<NestedModule>()
    var parts = GrowableArray<ComponentPart>()

    init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject?, features: Features, limits: ComponentLimits) {
        self.owner = owner
        self.features = features
        self.limits = limits
        reader = ComponentReader(bytes)
        table = TypeTable(bytes, limits)
        coreReader = TypeReader(bytes, owner: owner, features: features, limits: limits.core)
    }

    func invalid(_ at: Int, _ message: StaticString, _ first: ErrorArgument = .none, _ second: ErrorArgument = .none) -> ComponentError {
        ComponentError(.invalid, at: at, message, first, second)
    }

    var scope: Scope { scopes[scopes.count - 1] }

    /// The whole component.
    mutating func decode() throws(ComponentError) {
        guard reader.bytes.count <= limits.core.moduleByteCount else {
            throw ComponentError(.limit, at: 0, "component too large (the limit is % bytes)", .number(UInt64(limits.core.moduleByteCount)))
        }
        // A number that no scope has: types named nowhere carry it.
        guard table.openScopes.append(false) else { throw table.outOfMemory() }
        try openComponent(end: reader.end)
        while true {
            if reader.offset < scope.end {
                try section()
            } else {
                let part = try closeComponent()
                if scopes.isEmpty { return }
                try addItem(
                    parts[Int(part)].type, .component,
                    Definition(kind: .component, sort: .component, offset: parts[Int(part)].range.offset, first: part))
            }
        }
    }

    /// Hands over what was read.
    consuming func release() -> DecodedTables {
        DecodedTables(table: table, definitions: definitions, operands: operands, modules: modules, components: parts)
    }

    // MARK: Scopes

    /// Begins a scope; its items, imports and exports go on top of those of the scope around it.
    mutating func open(_ kind: Scope.Kind, start: Int, end: Int) throws(ComponentError) {
        guard scopes.count < limits.nesting else {
            throw ComponentError(
                .limit, at: start, "components and types are nested too deeply (the limit is %)", .number(UInt64(limits.nesting)))
        }
        scopeCount += 1
        let scope = Scope(
            kind: kind, number: scopeCount, bases: spaces.counts, start: start, end: end, outerEnd: reader.end, importStart: imports.count,
            exportStart: exports.count, definitionStart: pending.count, namingStart: naming.count, names: ScopeNames(&table.names))
        guard scopes.append(scope), table.openScopes.append(true) else { throw table.outOfMemory(start) }
        table.scope = scopeCount
        reader.end = end
    }

    /// Ends the innermost scope and makes its type.
    mutating func close(at offset: Int) throws(ComponentError) -> UInt32 {
        let scope = self.scope
        var shape = TypeShape()
        shape.importNames = scope.names.imports
        shape.exportNames = scope.names.exports
        (shape.importStart, shape.importCount) = try Self.settle(&imports, from: scope.importStart, into: &table, at: offset)
        (shape.exportStart, shape.exportCount) = try Self.settle(&exports, from: scope.exportStart, into: &table, at: offset)
        (shape.importedStart, shape.importedCount) = try table.bindResources(
            shape.importStart, shape.importCount, areImported: true, at: offset)
        (shape.definedStart, shape.definedCount) = try table.bindResources(
            shape.exportStart, shape.exportCount, areImported: false, at: offset)
        var node = TypeNode(kind: scope.kind == .instanceType ? .instance : .component)
        for index in shape.importStart..<shape.importStart + shape.importCount { inherit(Int(index), &node) }
        for index in shape.exportStart..<shape.exportStart + shape.exportCount { inherit(Int(index), &node) }
        if node.flags.contains(.hasResource) {
            table.newEpoch()
            if try table.mentions(.local, shape.importStart, shape.importCount, at: offset) {
                throw invalid(offset, "local resource type found in imports")
            }
            table.newEpoch()
            let inImports = try table.mentions(.outer, shape.importStart, shape.importCount, at: offset)
            let inExports = try table.mentions(.outer, shape.exportStart, shape.exportCount, at: offset)
            if !inImports, !inExports { node.flags.remove(.hasResource) }
        }
        let result = try table.addShape(shape, node, at: offset)
        while naming.count > scope.namingStart, let record = naming.popLast() {
            table.nodes[Int(record.node)].namedScope = record.scope
            table.nodes[Int(record.node)].isNamedByImport = record.isByImport
        }
        spaces.truncate(to: scope.bases)
        table.openScopes[Int(scope.number)] = false
        reader.end = scope.outerEnd
        _ = scopes.popLast()
        table.scope = scopes.isEmpty ? 0 : self.scope.number
        return result
    }

    private func inherit(_ index: Int, _ node: inout TypeNode) {
        if let number = table.typeNumber(table.externs[index].entity) { table.inherit(number, &node) }
    }

    /// Moves a scope's externs from their stack to the table.
    private static func settle(
        _ items: inout GrowableArray<ExternItem>, from start: Int, into table: inout TypeTable, at offset: Int
    ) throws(ComponentError) -> (UInt32, UInt32) {
        let first = table.externs.count
        for index in start..<items.count { guard table.externs.append(items[index]) else { throw table.outOfMemory(offset) } }
        let count = items.count - start
        items.truncate(to: start)
        return (UInt32(first), UInt32(count))
    }

    /// Begins a component at the reader's place.
    private mutating func openComponent(end: Int) throws(ComponentError) {
        let start = reader.offset
        try open(.component, start: start, end: end)
        let isNested = scopes.count > 1
        var preamble: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 8) { preamble |= UInt64(try reader.byte()) << UInt64(shift) }
        guard UInt32(truncatingIfNeeded: preamble) == 0x6d73_6100 else {
            throw ComponentError(.malformed, at: start, "magic header not detected")
        }
        guard preamble >> 48 == 1 else {
            throw ComponentError(
                .malformed, at: start + 4, isNested ? "expected a version header for a component" : "unknown binary version")
        }
        guard preamble >> 32 & 0xffff == 0x0d else { throw ComponentError(.malformed, at: start + 4, "unknown binary version") }
    }

    private mutating func closeComponent() throws(ComponentError) -> UInt32 {
        let scope = self.scope
        let type = try close(at: reader.offset)
        let first = definitions.count
        for index in scope.definitionStart..<pending.count {
            guard definitions.append(pending[index]) else { throw table.outOfMemory(scope.start) }
        }
        let count = pending.count - scope.definitionStart
        pending.truncate(to: scope.definitionStart)
        let part = ComponentPart(
            range: ByteRange(offset: UInt32(scope.start), count: UInt32(scope.end - scope.start)), depth: UInt32(scopes.count),
            definitionStart: UInt32(first), definitionCount: UInt32(count), type: type)
        guard parts.append(part) else { throw table.outOfMemory(scope.start) }
        return UInt32(parts.count - 1)
    }

    // MARK: Items

    /// How many items of a sort the innermost scope has.
    func itemCount(_ sort: ComponentSort) -> Int { spaces.count(sort) - scope.bases[Int(sort.rawValue)] }

    /// What an item of the innermost scope is.
    func item(_ sort: ComponentSort, _ index: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        guard Int(index) < itemCount(sort) else {
            switch sort {
            case .coreModule: throw invalid(offset, "unknown module %: module index out of bounds", .number(UInt64(index)))
            case .component: throw invalid(offset, "unknown component %: component index out of bounds", .number(UInt64(index)))
            case .instance: throw invalid(offset, "unknown instance %: instance index out of bounds", .number(UInt64(index)))
            case .coreInstance: throw invalid(offset, "unknown core instance %: core instance index out of bounds", .number(UInt64(index)))
            case .function: throw invalid(offset, "unknown function %: function index out of bounds", .number(UInt64(index)))
            case .coreFunction: throw invalid(offset, "unknown core function %: function index out of bounds", .number(UInt64(index)))
            case .coreTable: throw invalid(offset, "unknown table %: table index out of bounds", .number(UInt64(index)))
            case .coreMemory: throw invalid(offset, "unknown memory %: memory index out of bounds", .number(UInt64(index)))
            case .coreGlobal: throw invalid(offset, "unknown global %: global index out of bounds", .number(UInt64(index)))
            case .coreTag: throw invalid(offset, "unknown tag %: tag index out of bounds", .number(UInt64(index)))
            case .type: throw invalid(offset, "unknown type %: type index out of bounds", .number(UInt64(index)))
            case .coreType: throw invalid(offset, "unknown core type %: type index out of bounds", .number(UInt64(index)))
            case .value: throw invalid(offset, "unknown value %: value index out of bounds", .number(UInt64(index)))
            }
        }
        return spaces.value(sort, scope.bases[Int(sort.rawValue)] + Int(index))
    }

    /// Adds an item to its index space.
    mutating func push(_ value: UInt32, _ sort: ComponentSort, at offset: Int) throws(ComponentError) {
        guard itemCount(sort) < limits.items else {
            throw ComponentError(.limit, at: offset, "too many items (the limit is %)", .number(UInt64(limits.items)))
        }
        guard spaces.append(value, sort) else { throw table.outOfMemory(offset) }
    }

    /// Adds an item and the definition that makes it.
    mutating func addItem(_ value: UInt32, _ sort: ComponentSort, _ definition: Definition) throws(ComponentError) {
        try push(value, sort, at: Int(definition.offset))
        var definition = definition
        definition.type = value
        try add(definition)
    }

    mutating func add(_ definition: Definition) throws(ComponentError) {
        guard scope.kind == .component else { return }
        guard pending.append(definition) else { throw table.outOfMemory(Int(definition.offset)) }
    }

    mutating func addOperand(_ word: UInt32) throws(ComponentError) {
        guard operands.append(word) else { throw table.outOfMemory(reader.offset) }
    }

    // MARK: Sections

    private mutating func section() throws(ComponentError) {
        let at = reader.offset
        let id = try reader.byte()
        guard id <= 12 else { throw ComponentError(.malformed, at: at, "malformed section id: %", .number(UInt64(id))) }
        let byteCount = Int(try reader.u32())
        guard byteCount <= reader.remaining else { throw reader.unexpectedEnd() }
        let end = reader.offset + byteCount
        if id == 4 {
            reader.end = end
            let outerEnd = scope.end
            try openComponent(end: end)
            scopes[scopes.count - 1].outerEnd = outerEnd
            return
        }
        reader.end = end
        switch id {
        case 0:
            _ = try reader.name(limit: limits.core.nameByteCount)
            reader.offset = end
        case 1: try coreModule()
        case 9, 12: throw ComponentError(.unsupported, at: at, "component values are not supported")
        default:
            for _ in 0..<(try reader.u32()) {
                switch id {
                case 2: try coreInstance()
                case 3: try coreTypeDefinition()
                case 5: try instance()
                case 6: try alias()
                case 7: try typeDefinition()
                case 8: try canonical()
                case 10: try importDefinition()
                default: try exportDefinition()
                }
            }
        }
        guard reader.offset == end else {
            throw ComponentError(.malformed, at: reader.offset, "section size mismatch: unexpected content in the section")
        }
        reader.end = scope.end
    }

    private mutating func coreModule() throws(ComponentError) {
        let start = reader.offset
        let bytes = UnsafeRawBufferPointer(rebasing: reader.bytes[start..<reader.end])
        if bytes.count >= 8, bytes[0] == 0, bytes[1] == 0x61, bytes[2] == 0x73, bytes[3] == 0x6d, bytes[6] != 0 {
            throw ComponentError(.malformed, at: start + 4, "expected a version header for a module")
        }
        let image: ModuleImage
        do throws(WasmError) {
            image = try ModuleImage.decode(bytes, owner: owner, features: features, limits: limits.core)
        } catch { throw ComponentError(error, from: start) }
        let type = try table.moduleType(of: image, at: start)
        let range = ByteRange(offset: UInt32(start), count: UInt32(bytes.count))
        guard modules.append(NestedModule(range: range, image: image)) else { throw table.outOfMemory(start) }
        reader.offset = reader.end
        try addItem(
            type, .coreModule, Definition(kind: .coreModule, sort: .coreModule, offset: UInt32(start), first: UInt32(modules.count - 1)))
    }
}
