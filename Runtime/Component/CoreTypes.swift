// Types of core modules and of core instances: imports and exports by name, all types by their canonical ids in the component's registry.
// Spec: Explainer.md, "Type Definitions" (core:moduletype); WebAssembly core 3.3.9 (external subtyping).
import Containers
import WasmModule

/// An import or export of a core module.
struct CoreItem {
    /// Of imports; empty of exports.
    var module: ByteRange
    var name: ByteRange
    var type: ExternalType
}

/// A core module's type, or, with exports only, a core instance's.
struct ModuleType: BitwiseCopyable {
    var importStart: UInt32 = 0
    var importCount: UInt32 = 0
    var exportStart: UInt32 = 0
    var exportCount: UInt32 = 0
    /// Under which the names of imported modules are; their values are the owners of the names imported from each.
    var importModules: UInt32 = 0
    /// Under which the names of exports are, with positions as values.
    var exportNames: UInt32 = 0
}

/// The imports and exports of a module type as they come.
struct ModuleTypeBuilder: ~Copyable {
    var imports = GrowableArray<CoreItem>()
    var exports = GrowableArray<CoreItem>()
    var type = ModuleType()
}

extension TypeTable {
    mutating func newModuleType() -> ModuleTypeBuilder {
        var builder = ModuleTypeBuilder()
        builder.type.importModules = names.newOwner()
        builder.type.exportNames = names.newOwner()
        return builder
    }

    mutating func addImport(_ item: CoreItem, to builder: inout ModuleTypeBuilder) throws(ComponentError) {
        let fresh = names.newOwner()
        let owner = try enter(builder.type.importModules, item.module, fresh) ?? fresh
        if try enter(owner, item.name, UInt32(builder.imports.count)) != nil {
            throw ComponentError(.invalid, at: Int(item.name.offset), "duplicate import name `%:%`", .name(item.module), .name(item.name))
        }
        guard builder.imports.append(item) else { throw outOfMemory(Int(item.name.offset)) }
    }

    mutating func addExport(_ item: CoreItem, to builder: inout ModuleTypeBuilder) throws(ComponentError) {
        if try enter(builder.type.exportNames, item.name, UInt32(builder.exports.count)) != nil {
            throw ComponentError(.invalid, at: Int(item.name.offset), "export name `%` already defined", .name(item.name))
        }
        guard builder.exports.append(item) else { throw outOfMemory(Int(item.name.offset)) }
    }

    mutating func finish(_ builder: consuming ModuleTypeBuilder, at offset: Int) throws(ComponentError) -> UInt32 {
        var type = builder.type
        type.importStart = UInt32(coreItems.count)
        type.importCount = UInt32(builder.imports.count)
        for index in 0..<builder.imports.count { guard coreItems.append(builder.imports[index]) else { throw outOfMemory(offset) } }
        type.exportStart = UInt32(coreItems.count)
        type.exportCount = UInt32(builder.exports.count)
        for index in 0..<builder.exports.count { guard coreItems.append(builder.exports[index]) else { throw outOfMemory(offset) } }
        guard moduleTypes.append(type) else { throw outOfMemory(offset) }
        return UInt32(moduleTypes.count - 1)
    }

    /// The type of a core module that lies at `base` in the component.
    mutating func moduleType(of image: ModuleImage, at base: Int) throws(ComponentError) -> UInt32 {
        guard let ids = registry.register(image) else {
            throw ComponentError(.limit, at: base, "too many core types (the limit is %)", .number(UInt64(TypeRegistry.largestCapacity)))
        }
        func moved(_ range: ByteRange) -> ByteRange { ByteRange(offset: range.offset + UInt32(base), count: range.count) }
        var builder = newModuleType()
        for item in image.imports {
            try addImport(
                CoreItem(module: moved(item.module), name: moved(item.name), type: TypeRegistry.canonical(item.type, ids)), to: &builder)
        }
        for item in image.exports {
            let type = TypeRegistry.canonical(image.externalType(item.kind, item.index), ids)
            try addExport(CoreItem(module: ByteRange(offset: 0, count: 0), name: moved(item.name), type: type), to: &builder)
        }
        return try finish(builder, at: base)
    }

    /// The export with this name of a core instance or module.
    func coreExport(_ name: ByteRange, of type: UInt32) -> ExternalType? {
        let type = moduleTypes[Int(type)]
        guard let position = names.find(type.exportNames, name) else { return nil }
        return coreItems[Int(type.exportStart + position)].type
    }

    private func coreImport(_ item: CoreItem, of type: ModuleType) -> ExternalType? {
        guard let owner = names.find(type.importModules, item.module), let position = names.find(owner, item.name) else { return nil }
        return coreItems[Int(type.importStart + position)].type
    }

    /// Requires that a module can stand where another is wanted: it imports no more and exports no less.
    mutating func requireModule(_ actual: UInt32, _ expected: UInt32, at offset: Int) throws(ComponentError) {
        if actual == expected { return }
        let given = moduleTypes[Int(actual)]
        let wanted = moduleTypes[Int(expected)]
        for index in given.importStart..<given.importStart + given.importCount {
            try step(offset)
            let item = coreItems[Int(index)]
            guard let type = coreImport(item, of: wanted) else {
                throw ComponentError(.invalid, at: offset, "missing expected import `%::%`", .name(item.module), .name(item.name))
            }
            do throws(ComponentError) { try requireCore(type, item.type, at: offset) } catch {
                throw error.during("type mismatch in import `%::%`", .name(item.module), .name(item.name))
            }
        }
        for index in wanted.exportStart..<wanted.exportStart + wanted.exportCount {
            try step(offset)
            let item = coreItems[Int(index)]
            guard let type = coreExport(item.name, of: actual) else {
                throw ComponentError(.invalid, at: offset, "missing expected export `%`", .name(item.name))
            }
            do throws(ComponentError) { try requireCore(type, item.type, at: offset) } catch {
                throw error.during("type mismatch in export `%`", .name(item.name))
            }
        }
    }

    /// Requires that a core thing can stand where another is wanted.
    func requireCore(_ actual: ExternalType, _ expected: ExternalType, at offset: Int) throws(ComponentError) {
        if registry.accepts(expected, actual) { return }
        switch (expected, actual) {
        case (.function(let wanted), .function(let given)):
            throw ComponentError(
                .invalid, at: offset, "type mismatch, expected: %, found: %", signatureArgument(wanted), signatureArgument(given))
        case (.table(let wanted), .table(let given)):
            guard wanted.element == given.element else {
                throw ComponentError(
                    .invalid, at: offset, "expected table element type %, found %", .valueType(wanted.element), .valueType(given.element))
            }
            throw ComponentError(
                .invalid, at: offset, wanted.is64 == given.is64 ? "mismatch in table limits" : "mismatch in index type of tables")
        case (.memory(let wanted), .memory(let given)):
            throw ComponentError(
                .invalid, at: offset, wanted.is64 == given.is64 ? "mismatch in memory limits" : "mismatch in index type of memories")
        case (.global(let wanted), .global(let given)):
            guard wanted.isMutable == given.isMutable else {
                throw ComponentError(.invalid, at: offset, "global types differ in mutability")
            }
            throw ComponentError(.invalid, at: offset, "expected global type %, found %", .valueType(wanted.value), .valueType(given.value))
        case (.tag, .tag): throw ComponentError(.invalid, at: offset, "mismatch in tag types")
        default:
            throw ComponentError(
                .invalid, at: offset, "expected %, found %", .word(coreName(expected.kind)), .word(coreName(actual.kind)))
        }
    }

    func coreName(_ kind: ExternalKind) -> StaticString {
        switch kind {
        case .function: return "func"
        case .table: return "table"
        case .memory: return "memory"
        case .global: return "global"
        case .tag: return "tag"
        }
    }

    private func signatureArgument(_ id: UInt32) -> ErrorArgument {
        guard let type = registry.functionType(id) else { return .none }
        return .signature(PackedTypes(type.parameters), PackedTypes(type.results))
    }

    /// The canonical id of a core function type.
    func coreFunction(_ parameters: [ValueType], _ results: [ValueType], at offset: Int) throws(ComponentError) -> UInt32 {
        let id = registry.register(FunctionType(parameters: parameters, results: results))
        guard id != TypeRegistry.unregistered else {
            throw ComponentError(.limit, at: offset, "too many core types (the limit is %)", .number(UInt64(TypeRegistry.largestCapacity)))
        }
        return id
    }
}
