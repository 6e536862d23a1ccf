// Imports and exports, of components and in their types: names with attributes, types, and the rules that tie them.
// Spec: Binary.md, "Import and Export Definitions"; Explainer.md, the same chapter.
import Containers
import WasmModule

/// A name as it stands before an import or export, with its attributes.
struct AttributedName {
    var name: ExternName
    /// The interface that the thing says it implements.
    var implements: ByteRange?
}

extension ComponentDecoder {
    /// A name and its attributes.
    mutating func externName() throws(ComponentError) -> AttributedName {
        let byte = try reader.byte()
        guard byte < 3 else { throw reader.invalidByte(byte, "component name") }
        let range = try reader.name(limit: limits.core.nameByteCount)
        guard byte == 2 else { return AttributedName(name: try ExternName(range, in: reader.bytes)) }
        var implements: ByteRange?
        var suffix: ByteRange?
        var identifier: ByteRange?
        for _ in 0..<(try reader.u32()) {
            let at = reader.offset
            let kind = try reader.byte()
            guard kind < 3 else { throw reader.invalidByte(kind, "name option") }
            let value = try reader.name(limit: limits.core.nameByteCount)
            switch kind {
            case 0:
                guard implements == nil else { throw invalid(at, "duplicate 'implements' option in name") }
                implements = value
            case 1:
                guard suffix == nil else { throw invalid(at, "duplicate 'versionsuffix' option in name") }
                suffix = value
            default:
                guard identifier == nil else { throw invalid(at, "duplicate 'external-id' option in name") }
                identifier = value
            }
        }
        let name = try ExternName(range, in: reader.bytes)
        if let suffix { try checkSuffix(suffix, name) }
        return AttributedName(name: name, implements: implements)
    }

    private func checkSuffix(_ suffix: ByteRange, _ name: ExternName) throws(ComponentError) {
        let scanner = NameScanner(reader.bytes, name.whole)
        guard name.form == .interface, let at = scanner.first(0x40, in: name.whole), scanner.isCanonicalVersion(name.whole.dropping(at + 1))
        else {
            throw invalid(Int(suffix.offset), "`versionsuffix` requires a canonical version in name `%`", .name(name.whole))
        }
        for index in Int(suffix.offset)..<suffix.end {
            let byte = reader.bytes[index]
            let isAllowed =
                (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte == 0x2b
                || byte == 0x2d
                || byte == 0x2e
            guard isAllowed else { throw invalid(Int(suffix.offset), "`%` is not a valid version suffix", .name(suffix)) }
        }
    }

    /// What `implements` asks of the thing and of its name.
    func checkAttributes(_ name: AttributedName, _ entity: Entity, at offset: Int) throws(ComponentError) {
        guard let implements = name.implements else { return }
        guard entity.sort == .instance else { throw invalid(offset, "only instances can have an `implements`") }
        guard name.name.form == .plain else {
            throw invalid(offset, "name `%` is not valid with `implements`", .name(name.name.whole))
        }
        let form: ExternName.Form
        do throws(ComponentError) { form = try ExternName(implements, in: reader.bytes).form } catch {
            throw invalid(offset, "`implements` value `%` is not a valid name", .name(implements))
        }
        guard form == .interface else { throw invalid(offset, "`implements` value `%` must be an interface", .name(implements)) }
    }

    // MARK: Types of imports and exports

    /// The type of an import or of an ascribed export; types get a row of their own.
    mutating func externType(isImport: Bool) throws(ComponentError) -> Entity {
        let at = reader.offset
        let byte = try reader.byte()
        switch byte {
        case 0:
            let second = try reader.byte()
            guard second == 0x11 else { throw reader.invalidByte(second, "component external kind") }
            return Entity(sort: .coreModule, index: try coreModuleType(try reader.u32(), at: at))
        case 1: return Entity(sort: .function, index: try typeItem(.function, "type index % is not a function type", at: at))
        case 2: throw ComponentError(.unsupported, at: at, "component values are not supported")
        case 3:
            let bound = try reader.byte()
            switch bound {
            case 0:
                let index = try reader.u32()
                let type = try item(.type, index, at: at)
                let copy = try table.copy(type, at: at)
                table.nodes[Int(copy)].flags.insert(.hasImport)
                return Entity(sort: .type, index: copy)
            case 1:
                let resource = try table.newResource(isImported: isImport, at: at)
                let node = try table.resourceNode(resource, at: at)
                table.nodes[Int(node)].flags.insert(.hasImport)
                return Entity(sort: .type, index: node)
            default: throw reader.invalidByte(bound, "type bound")
            }
        case 4: return Entity(sort: .component, index: try typeItem(.component, "type index % is not a component type", at: at))
        case 5: return Entity(sort: .instance, index: try typeItem(.instance, "type index % is not an instance type", at: at))
        default: throw reader.invalidByte(byte, "component external kind")
        }
    }

    private mutating func typeItem(_ kind: TypeKind, _ message: StaticString, at offset: Int) throws(ComponentError) -> UInt32 {
        let index = try reader.u32()
        let type = try item(.type, index, at: offset)
        guard table.nodes[Int(type)].kind == kind else { throw invalid(offset, message, .number(UInt64(index))) }
        return type
    }

    // MARK: Definitions

    mutating func importDefinition() throws(ComponentError) {
        let at = reader.offset
        let name = try externName()
        var entity = try externType(isImport: true)
        if entity.sort == .instance {
            let opened = try table.opened(entity.index, isImported: true, at: at)
            // Its exports are replaced by the argument's.
            if opened == entity.index { entity.index = try table.copy(entity.index, at: at) } else { entity.index = opened }
            table.nodes[Int(entity.index)].flags.insert(.hasImport)
        }
        try add(name, entity, isImport: true, at: at)
        try addItem(
            entity.index, entity.sort, Definition(kind: .import, sort: entity.sort, offset: UInt32(at), name: name.name.whole))
    }

    mutating func exportDefinition() throws(ComponentError) {
        let at = reader.offset
        let name = try externName()
        let sort = try sort("component external kind")
        let index = try reader.u32()
        var entity = try entity(sort, index, at: at)
        if try reader.flag("optional component export type") {
            let resourceCount = table.resources.count
            let ascribed = try externType(isImport: false)
            entity = try ascribe(ascribed, to: entity, isNewResource: table.resources.count > resourceCount, at: at)
        } else if entity.sort == .type {
            entity.index = try table.copy(entity.index, at: at)
        }
        try add(name, entity, isImport: false, at: at)
        try addItem(
            entity.index, entity.sort,
            Definition(kind: .export, sort: entity.sort, offset: UInt32(at), name: name.name.whole, first: index))
    }

    /// The thing under a type that is given with its export.
    private mutating func ascribe(_ type: Entity, to entity: Entity, isNewResource: Bool, at offset: Int) throws(ComponentError) -> Entity {
        table.newEpoch()
        // Any resource type satisfies the bound `sub resource`.
        if isNewResource, entity.sort == .type, table.nodes[Int(entity.index)].kind == .resource {
            table.map(resource: table.nodes[Int(type.index)].start, to: table.nodes[Int(entity.index)].start)
        }
        do throws(ComponentError) { try table.require(entity, type, at: offset) } catch {
            throw error.during("ascribed type of export is not compatible with item's type")
        }
        guard type.sort == .instance else { return type }
        return Entity(sort: .instance, index: try table.opened(type.index, isImported: false, at: offset))
    }

    // MARK: Rules

    /// Adds an import or export to the innermost scope after checking its name and the names of what it mentions.
    mutating func add(_ name: AttributedName, _ entity: Entity, isImport: Bool, at offset: Int) throws(ComponentError) {
        let scope = self.scope
        let position = UInt32(isImport ? imports.count - scope.importStart : exports.count - scope.exportStart)
        try checkAttributes(name, entity, at: offset)
        let folded = isImport ? scope.names.importsFolded : scope.names.exportsFolded
        if let previous = try table.enter(folded, name.name.unique, isFolded: true, position) {
            let other = isImport ? imports[scope.importStart + Int(previous)].name : exports[scope.exportStart + Int(previous)].name
            throw invalid(
                offset, isImport ? "import name `%` conflicts with previous name `%`" : "export name `%` conflicts with previous name `%`",
                .name(name.name.whole), .name(other))
        }
        _ = try table.enter(isImport ? scope.names.imports : scope.names.exports, name.name.whole, position)
        let resources = isImport ? scope.names.importedResources : scope.names.exportedResources
        if entity.sort == .type, name.name.form == .plain, table.nodes[Int(entity.index)].kind == .resource {
            table.nodes[Int(entity.index)].name = name.name.whole
            _ = try table.enter(resources, name.name.whole, entity.index)
        }
        try checkAnnotation(name.name, entity, resources: resources, scope: scope.number, at: offset)
        if scope.kind == .instanceType {
            // An instance type's types are checked where the type is used, but are named in it all the same.
        } else if !(try table.nameTypes(of: entity, byImport: isImport, &naming, at: offset)) {
            throw invalid(
                offset, isImport ? "% not valid to be used as import" : "% not valid to be used as export", .word(entity.sort.name))
        }
        let item = ExternItem(name: name.name.whole, entity: entity)
        guard isImport ? imports.append(item) : exports.append(item) else { throw table.outOfMemory(offset) }
    }

    /// The rules of `[constructor]`, `[method]` and `[static]`.
    func checkAnnotation(_ name: ExternName, _ entity: Entity, resources: UInt32, scope: UInt32, at offset: Int) throws(ComponentError) {
        switch name.form {
        case .plain, .interface: return
        default: break
        }
        guard entity.sort == .function else { throw invalid(offset, "item `%` is not a func", .name(name.whole)) }
        let function = table.nodes[Int(entity.index)]
        switch name.form {
        case .constructor:
            guard let result = function.element else { throw invalid(offset, "function should return one value") }
            var node = table.node(result)
            if node?.kind == .result { node = node?.element.flatMap { table.node($0) } }
            guard let node, node.kind == .own, let resource = node.element?.node else {
                throw invalid(offset, "function should return `(own $T)` or `(result (own $T))`")
            }
            try checkResource(resource, name, resources, at: offset)
        case .method:
            guard function.count > 0 else { throw invalid(offset, "function should have at least one argument") }
            let first = table.members[Int(function.start)]
            let bytes = reader[first.name]
            guard bytes.count == 4, bytes[0] == 0x73, bytes[1] == 0x65, bytes[2] == 0x6c, bytes[3] == 0x66 else {
                throw invalid(offset, "function should have a first argument called `self`, found `%`", .name(first.name))
            }
            guard let node = first.type.flatMap({ table.node($0) }), node.kind == .borrow, let resource = node.element?.node else {
                throw invalid(offset, "function should take a first argument of `(borrow $T)`")
            }
            try checkResource(resource, name, resources, at: offset)
        default:
            guard table.names.find(resources, name.resource) != nil else {
                throw invalid(offset, "static resource name is not known in this context")
            }
        }
    }

    /// Requires that a resource, by its row, is the one that an annotation names.
    private func checkResource(_ number: UInt32, _ name: ExternName, _ resources: UInt32, at offset: Int) throws(ComponentError) {
        let node = table.nodes[Int(number)]
        guard let own = node.name, table.names.find(resources, own) == number else {
            throw invalid(offset, "resource used in function does not have a name in this context")
        }
        guard table.areEqual(own, name.resource) else {
            throw invalid(offset, "function does not match expected resource name `%`", .name(own))
        }
    }
}
