// Module: a decoded and (when eager) translated module: shared, immutable, separate from its instances.

import WasmModule

/// An import or export of a module, for listing.
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
    public var displayName: Name = ""

    /// Decodes, validates and (when eager) translates `bytes`.
    public init(_ engine: Engine, bytes: UnsafeRawBufferPointer, owner: AnyObject? = nil) throws(WasmError) {
        self.engine = engine
        image = try ModuleImage.decode(bytes, features: engine.config.features, limits: engine.config.decodeLimits)
    }

    /// The imports in order.
    public var imports: [ModuleImport] { [] }
    /// The exports in order.
    public var exports: [ModuleExport] { [] }
}
