// Module: a decoded and (when eager) translated module: shared, immutable, separate from its instances.

import Containers
import WasmModule

/// An import of a module, for listing.
public struct ModuleImport {
    public let module: Name
    public let name: Name
    public let type: ExternalType
}

/// An export of a module, for listing.
public struct ModuleExport {
    public let name: Name
    public let type: ExternalType
}

/// A decoded module. Its bytes are kept by reference: `owner`, or the caller, keeps them alive and unchanged.
public final class Module {
    /// The engine it was made with.
    public let engine: Engine
    /// What the decoder found.
    public let image: ModuleImage
    /// A name for messages and backtraces; empty when the embedder gave none.
    public let displayName: Name

    /// The engine's numbers of the module's types.
    let typeIdentifiers: [UInt32]

    // What late translation changes, inside `Config.aroundLateTranslation`; nothing does once all functions are translated.

    var arena = Arena()
    /// Where each function is entered; nil for imported and untranslated ones.
    let entries: UnsafeMutablePointer<UnsafeRawPointer?>
    /// When lazy: a cell for each function that translates it.
    var stubs: UnsafeMutableRawPointer?
    /// All code, by address.
    var codes = GrowableArray<FunctionCode>()
    /// Whether a thread is searching or changing `codes`.
    var isTableInUse = false
    /// Calls whose callee has no code yet.
    var waitingCalls = WaitingCalls()
    /// The machine code, when functions run as such.
    var compiled = CompiledFunctions(firstFunction: 0)
    /// Bytes of threaded code.
    public internal(set) var codeByteCount = 0

    /// Decodes, validates and (when eager) translates `bytes`. A frozen engine makes no modules.
    public init(
        _ engine: Engine, bytes: UnsafeRawBufferPointer, owner: AnyObject? = nil, displayName: Name = ""
    ) throws(WasmError) {
        guard !engine.isFrozen else { throw WasmError(.unsupported, at: 0, "a frozen engine takes no modules") }
        guard engine.isWhole else { throw Module.outOfMemory }
        self.engine = engine
        self.displayName = displayName
        image = try ModuleImage.decode(bytes, owner: owner, features: engine.config.features, limits: engine.config.decodeLimits)
        guard let identifiers = engine.types.register(image) else {
            throw WasmError(.limit, at: 0, "too many types in the engine's modules")
        }
        typeIdentifiers = identifiers
        guard let raw = Allocation.tryAllocate(byteCount: max(image.functions.count, 1) * 8) else { throw Module.outOfMemory }
        entries = raw.bindMemory(to: UnsafeRawPointer?.self, capacity: image.functions.count)
        entries.initialize(repeating: nil, count: image.functions.count)
        compiled = CompiledFunctions(firstFunction: image.importedFunctionCount)
        switch engine.config.translation {
        case .eager: try translateAll()
        case .lazyTranslation:
            try FunctionValidator.validateAll(image)
            try makeStubs()
        case .lazy: try makeStubs()
        }
        if engine.config.tier == .native, engine.compiler != nil, stubs == nil { compileAll() }
    }

    deinit {
        if let compiler = engine.compiler {
            engine.aroundCompilation {
                compiled.release(compiler.provider)
                compiled = CompiledFunctions(firstFunction: 0)
            }
        }
        Allocation.free(entries)
    }

    /// A function's name in the name section; nil when it has none. Valid as long as the module. Found without memory of its own.
    public func functionName(_ index: UInt32) -> UnsafeRawBufferPointer? {
        NameSection.functionName(index, in: image).map { image[$0] }
    }

    /// The imports in order.
    public var imports: [ModuleImport] {
        image.imports.map { ModuleImport(module: Name(image[$0.module]), name: Name(image[$0.name]), type: $0.type) }
    }
    /// The exports in order.
    public var exports: [ModuleExport] {
        image.exports.map { ModuleExport(name: Name(image[$0.name]), type: image.externalType($0.kind, $0.index)) }
    }
}
