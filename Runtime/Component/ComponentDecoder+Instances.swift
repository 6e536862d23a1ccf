// Instances: instantiating modules and components with named arguments, and instances made of given things; aliases of exports.
// Spec: Binary.md, "Instance Definitions", "Alias Definitions"; Explainer.md, "Type Checking" (substitution).
import Containers
import WasmModule

extension ComponentDecoder {
    /// A sort with its byte or bytes.
    mutating func sort(_ what: StaticString) throws(ComponentError) -> ComponentSort {
        let byte = try reader.byte()
        switch byte {
        case 0: return try coreSort(what)
        case 1: return .function
        case 2: return .value
        case 3: return .type
        case 4: return .component
        case 5: return .instance
        default: throw reader.invalidByte(byte, what)
        }
    }

    mutating func coreSort(_ what: StaticString) throws(ComponentError) -> ComponentSort {
        let byte = try reader.byte()
        switch byte {
        case 0: return .coreFunction
        case 1: return .coreTable
        case 2: return .coreMemory
        case 3: return .coreGlobal
        case 4: return .coreTag
        case 0x10: return .coreType
        case 0x11: return .coreModule
        case 0x12: return .coreInstance
        default: throw reader.invalidByte(byte, what)
        }
    }

    private mutating func nameOperand(_ name: ByteRange) throws(ComponentError) {
        try addOperand(name.offset)
        try addOperand(name.count)
    }

    // MARK: Core instances

    mutating func coreInstance() throws(ComponentError) {
        let at = reader.offset
        var definition = Definition(kind: .coreInstantiate, sort: .coreInstance, offset: UInt32(at))
        definition.operandStart = UInt32(operands.count)
        let byte = try reader.byte()
        let type: UInt32
        switch byte {
        case 0:
            definition.first = try reader.u32()
            type = try instantiateModule(try item(.coreModule, definition.first, at: at), at: at)
        case 1:
            definition.kind = .coreBundle
            type = try coreBundle(at: at)
        default: throw reader.invalidByte(byte, "core instance")
        }
        definition.operandCount = UInt32(operands.count) - definition.operandStart
        try addItem(type, .coreInstance, definition)
    }

    private mutating func instantiateModule(_ module: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        let arguments = table.names.newOwner()
        for _ in 0..<(try reader.u32()) {
            let at = reader.offset
            let name = try reader.name(limit: limits.core.nameByteCount)
            let byte = try reader.byte()
            guard byte == 0x12 else { throw reader.invalidByte(byte, "instantiation arg kind") }
            let index = try reader.u32()
            let type = try item(.coreInstance, index, at: at)
            if try table.enter(arguments, name, type) != nil {
                throw invalid(at, "duplicate module instantiation argument named `%`", .name(name))
            }
            try nameOperand(name)
            try addOperand(index)
        }
        let type = table.moduleTypes[Int(module)]
        for index in type.importStart..<type.importStart + type.importCount {
            try table.step(offset)
            let item = table.coreItems[Int(index)]
            guard let instance = table.names.find(arguments, item.module) else {
                throw invalid(offset, "missing module instantiation argument named `%`", .name(item.module))
            }
            guard let given = table.coreExport(item.name, of: instance) else {
                throw invalid(
                    offset, "module instantiation argument `%` does not export an item named `%`", .name(item.module), .name(item.name))
            }
            do throws(ComponentError) { try table.requireCore(given, item.type, at: offset) } catch {
                throw error.during(
                    "type mismatch for export `%` of module instantiation argument `%`", .name(item.name), .name(item.module))
            }
        }
        var instance = type
        (instance.importStart, instance.importCount) = (0, 0)
        guard table.moduleTypes.append(instance) else { throw table.outOfMemory(offset) }
        return UInt32(table.moduleTypes.count - 1)
    }

    private mutating func coreBundle(at offset: Int) throws(ComponentError) -> UInt32 {
        var builder = table.newModuleType()
        for _ in 0..<(try reader.u32()) {
            let name = try reader.name(limit: limits.core.nameByteCount)
            let at = reader.offset
            let sort = try coreSort("core external kind")
            let index = try reader.u32()
            let type = try coreThing(sort, index, at: at)
            try table.addExport(CoreItem(module: ByteRange(offset: 0, count: 0), name: name, type: type), to: &builder)
            try nameOperand(name)
            try addOperand(UInt32(sort.rawValue))
            try addOperand(index)
        }
        return try table.finish(builder, at: offset)
    }

    /// The type of a core function, table, memory, global or tag.
    func coreThing(_ sort: ComponentSort, _ index: UInt32, at offset: Int) throws(ComponentError) -> ExternalType {
        switch sort {
        case .coreFunction: return .function(typeIndex: try item(sort, index, at: offset))
        case .coreTable, .coreMemory, .coreGlobal, .coreTag: return table.coreThings[Int(try item(sort, index, at: offset))]
        default:
            throw ComponentError(.malformed, at: offset, "a core instance cannot export a %", .word(sort.name))
        }
    }

    // MARK: Instances

    mutating func instance() throws(ComponentError) {
        let at = reader.offset
        var definition = Definition(kind: .instantiate, sort: .instance, offset: UInt32(at))
        definition.operandStart = UInt32(operands.count)
        let byte = try reader.byte()
        let type: UInt32
        switch byte {
        case 0:
            definition.first = try reader.u32()
            type = try instantiateComponent(try item(.component, definition.first, at: at), at: at)
        case 1:
            definition.kind = .bundle
            type = try bundle(at: at)
        default: throw reader.invalidByte(byte, "instance")
        }
        definition.operandCount = UInt32(operands.count) - definition.operandStart
        try addItem(type, .instance, definition)
    }

    /// The thing that a sort and an index name.
    mutating func entity(_ sort: ComponentSort, _ index: UInt32, at offset: Int) throws(ComponentError) -> Entity {
        switch sort {
        case .coreModule, .function, .type, .component, .instance: return Entity(sort: sort, index: try item(sort, index, at: offset))
        case .value: throw ComponentError(.unsupported, at: offset, "component values are not supported")
        default: throw invalid(offset, "a % cannot be passed between components", .word(sort.name))
        }
    }

    private mutating func instantiateComponent(_ component: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        let names = table.names.newOwner()
        var arguments = GrowableArray<ExternItem>()
        for _ in 0..<(try reader.u32()) {
            let at = reader.offset
            let name = try reader.name(limit: limits.core.nameByteCount)
            let sort = try sort("component external kind")
            let index = try reader.u32()
            let entity = try entity(sort, index, at: at)
            if try table.enter(names, name, UInt32(arguments.count)) != nil {
                throw invalid(at, "instantiation argument `%` conflicts with previous argument `%`", .name(name), .name(name))
            }
            guard arguments.append(ExternItem(name: name, entity: entity)) else { throw table.outOfMemory(at) }
            try nameOperand(name)
            try addOperand(UInt32(sort.rawValue))
            try addOperand(index)
        }
        let shape = table.shapes[Int(table.nodes[Int(component)].start)]
        table.newEpoch()
        for index in shape.importedStart..<shape.importedStart + shape.importedCount {
            let item = table.bound[Int(index)]
            let first = table.externs[Int(shape.importStart + table.words[Int(item.pathStart)])]
            let given = table.names.find(names, first.name).map { arguments[Int($0)].entity }
            try table.bind(item, first, to: given, at: offset)
        }
        for index in shape.importStart..<shape.importStart + shape.importCount {
            try table.step(offset)
            let item = table.externs[Int(index)]
            guard let position = table.names.find(names, item.name) else {
                throw invalid(offset, "missing import named `%`", .name(item.name))
            }
            do throws(ComponentError) { try table.require(arguments[Int(position)].entity, item.entity, at: offset) } catch {
                throw error.during("type mismatch for import `%`", .name(item.name))
            }
        }
        return try instanceType(shape, arguments, names, at: offset)
    }

    /// The type of what instantiating gives: the exports with the arguments in the place of imported types and with resources of its own.
    private mutating func instanceType(
        _ shape: TypeShape, _ arguments: borrowing GrowableArray<ExternItem>, _ names: UInt32, at offset: Int
    ) throws(ComponentError) -> UInt32 {
        // Checking has mapped the resources of nested components too, so the arguments' are found anew.
        table.newEpoch()
        for index in shape.importedStart..<shape.importedStart + shape.importedCount {
            let item = table.bound[Int(index)]
            let first = table.externs[Int(shape.importStart + table.words[Int(item.pathStart)])]
            try table.bind(item, first, to: table.names.find(names, first.name).map { arguments[Int($0)].entity }, at: offset)
        }
        for index in shape.importStart..<shape.importStart + shape.importCount {
            let item = table.externs[Int(index)]
            guard let position = table.names.find(names, item.name) else { continue }
            try mapTypes(item.entity, to: arguments[Int(position)].entity, at: offset)
        }
        for index in shape.definedStart..<shape.definedStart + shape.definedCount {
            let resource = table.bound[Int(index)].resource
            table.map(resource: resource, to: try table.newResource(isImported: false, at: offset))
        }
        var instance = TypeShape()
        instance.exportNames = shape.exportNames
        instance.exportCount = shape.exportCount
        (instance.exportStart, _) = try table.substitutedExterns(shape.exportStart, shape.exportCount, at: offset)
        return try addInstance(instance, at: offset)
    }

    /// Adds an instance's type, whose resources are bound outside of it.
    private mutating func addInstance(_ shape: TypeShape, at offset: Int) throws(ComponentError) -> UInt32 {
        var node = TypeNode(kind: .instance)
        for index in shape.exportStart..<shape.exportStart + shape.exportCount {
            try table.step(offset)
            if let number = table.typeNumber(table.externs[Int(index)].entity) { table.inherit(number, &node) }
        }
        return try table.addShape(shape, node, at: offset)
    }

    /// Lets the types that an import introduces stand for those of its argument.
    private mutating func mapTypes(_ expected: Entity, to actual: Entity, at offset: Int) throws(ComponentError) {
        try table.step(offset)
        guard expected.sort == actual.sort else { return }
        if expected.sort == .type { return table.map(node: expected.index, to: actual.index) }
        guard expected.sort == .instance else { return }
        table.map(node: expected.index, to: actual.index)
        let shape = table.shapes[Int(table.nodes[Int(expected.index)].start)]
        for index in shape.exportStart..<shape.exportStart + shape.exportCount {
            let item = table.externs[Int(index)]
            if let given = table.export(item.name, of: actual.index) { try mapTypes(item.entity, to: given, at: offset) }
        }
    }

    private mutating func bundle(at offset: Int) throws(ComponentError) -> UInt32 {
        var shape = TypeShape()
        shape.exportNames = table.names.newOwner()
        let folded = table.names.newOwner()
        var items = GrowableArray<ExternItem>()
        for _ in 0..<(try reader.u32()) {
            let name = try externName()
            let at = reader.offset
            let sort = try sort("component external kind")
            let index = try reader.u32()
            let entity = try entity(sort, index, at: at)
            try checkAttributes(name, entity, at: at)
            if let previous = try table.enter(folded, name.name.unique, isFolded: true, UInt32(items.count)) {
                throw invalid(
                    at, "export name `%` conflicts with previous name `%`", .name(name.name.whole), .name(items[Int(previous)].name))
            }
            _ = try table.enter(shape.exportNames, name.name.whole, UInt32(items.count))
            // Resources have no names in a bundle, so nothing can be a method of one.
            try checkAnnotation(name.name, entity, resources: table.names.newOwner(), scope: 0, at: at)
            guard items.append(ExternItem(name: name.name.whole, entity: entity)) else { throw table.outOfMemory(at) }
            try nameOperand(name.name.whole)
            try addOperand(UInt32(sort.rawValue))
            try addOperand(index)
        }
        shape.exportStart = UInt32(table.externs.count)
        shape.exportCount = UInt32(items.count)
        for index in 0..<items.count {
            // Types keep their rows: exporting the bundle names them all, which those that mention each other need.
            guard table.externs.append(items[index]) else { throw table.outOfMemory(offset) }
        }
        return try addInstance(shape, at: offset)
    }

    // MARK: Aliases

    mutating func alias() throws(ComponentError) {
        let at = reader.offset
        let sort = try sort("component outer alias kind")
        let target = try reader.byte()
        switch target {
        case 0: try exportAlias(sort, at: at)
        case 1: try coreExportAlias(sort, at: at)
        case 2:
            let kindByte = reader.bytes[reader.offset - 2]
            switch sort {
            case .coreModule, .coreType, .type, .component: break
            default:
                throw ComponentError(
                    .malformed, at: at, "invalid leading byte (%) for component outer alias kind", .byte(kindByte))
            }
            try outerAlias(sort, at: at)
        default: throw reader.invalidByte(target, "alias")
        }
    }

    private func requireTypeAlias(_ isAllowed: Bool, at offset: Int) throws(ComponentError) {
        guard scope.kind == .component || isAllowed else {
            throw invalid(offset, "aliases in a type may only refer to types or instances")
        }
    }

    private mutating func exportAlias(_ sort: ComponentSort, at offset: Int) throws(ComponentError) {
        try requireTypeAlias(sort == .type || sort == .instance, at: offset)
        var definition = Definition(kind: .exportAlias, sort: sort, offset: UInt32(offset))
        definition.first = try reader.u32()
        definition.name = try reader.name(limit: limits.core.nameByteCount)
        let instance = try item(.instance, definition.first, at: offset)
        guard let entity = table.export(definition.name, of: instance) else {
            throw invalid(offset, "instance % has no export named `%`", .number(UInt64(definition.first)), .name(definition.name))
        }
        guard entity.sort == sort else {
            throw invalid(offset, "export `%` is not a %", .name(definition.name), .word(sort.name))
        }
        try addItem(entity.index, sort, definition)
    }

    private mutating func coreExportAlias(_ sort: ComponentSort, at offset: Int) throws(ComponentError) {
        try requireTypeAlias(false, at: offset)
        var definition = Definition(kind: .coreExportAlias, sort: sort, offset: UInt32(offset))
        definition.first = try reader.u32()
        definition.name = try reader.name(limit: limits.core.nameByteCount)
        let instance = try item(.coreInstance, definition.first, at: offset)
        guard let type = table.coreExport(definition.name, of: instance) else {
            throw invalid(offset, "core instance % has no export named `%`", .number(UInt64(definition.first)), .name(definition.name))
        }
        let isSame: Bool
        let value: UInt32
        if case .function(let id) = type {
            isSame = sort == .coreFunction
            value = id
        } else {
            value = UInt32(table.coreThings.count)
            guard table.coreThings.append(type) else { throw table.outOfMemory(offset) }
            switch type {
            case .table: isSame = sort == .coreTable
            case .memory: isSame = sort == .coreMemory
            case .global: isSame = sort == .coreGlobal
            default: isSame = sort == .coreTag
            }
        }
        guard isSame else { throw notThat(definition, sort, at: offset) }
        try addItem(value, sort, definition)
    }

    private func notThat(_ definition: Definition, _ sort: ComponentSort, at offset: Int) -> ComponentError {
        let message: StaticString
        switch sort {
        case .coreFunction: message = "export `%` for core instance % is not a function"
        case .coreTable: message = "export `%` for core instance % is not a table"
        case .coreMemory: message = "export `%` for core instance % is not a memory"
        case .coreGlobal: message = "export `%` for core instance % is not a global"
        case .coreTag: message = "export `%` for core instance % is not a tag"
        default: message = "export `%` for core instance % cannot be of this sort"
        }
        return invalid(offset, message, .name(definition.name), .number(UInt64(definition.first)))
    }

    mutating func outerAlias(_ sort: ComponentSort, at offset: Int) throws(ComponentError) {
        try requireTypeAlias(sort == .type || sort == .coreType, at: offset)
        var definition = Definition(kind: .outerAlias, sort: sort, offset: UInt32(offset))
        definition.first = try reader.u32()
        definition.second = try reader.u32()
        let value = try outerItem(sort, definition.first, definition.second, at: offset)
        try addItem(value, sort, definition)
    }

    /// The item of a scope further out.
    func outerItem(_ sort: ComponentSort, _ count: UInt32, _ index: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        guard Int(count) < scopes.count else { throw invalid(offset, "invalid outer alias count of %", .number(UInt64(count))) }
        let target = scopes.count - 1 - Int(count)
        let space = Int(sort.rawValue)
        let base = scopes[target].bases[space]
        let end = count == 0 ? spaces.count(sort) : scopes[target + 1].bases[space]
        guard Int(index) < end - base else {
            // Only these sorts can be aliased from outside.
            let message: StaticString
            switch sort {
            case .coreModule: message = "unknown module %: module index out of bounds"
            case .component: message = "unknown component %: component index out of bounds"
            default: message = "unknown type %: type index out of bounds"
            }
            throw invalid(offset, message, .number(UInt64(index)))
        }
        let value = spaces.value(sort, base + Int(index))
        guard sort == .type, count > 0, table.nodes[Int(value)].flags.contains(.hasResource) else { return value }
        for level in target + 1..<scopes.count where scopes[level].kind == .component {
            throw invalid(offset, "cannot alias outer type which transitively refers to resources not defined in the current component")
        }
        return value
    }
}
