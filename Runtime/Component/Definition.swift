// The definitions of a component in order: what instantiating it will do, one row each. Spec: Explainer.md, "Component Definitions".
import WasmModule

/// What a definition does. Each adds one item to the index space of its sort, but for `start` and `export` of what has none.
public enum DefinitionKind: UInt8, Sendable, BitwiseCopyable {
    /// A nested core module: `first` is its position among the component's modules.
    case coreModule
    /// Instantiates core module `first`; the operands are an argument's name (offset and length) and a core instance each.
    case coreInstantiate
    /// A core instance of given things; the operands are name (offset and length), sort and index each.
    case coreBundle
    case coreType
    /// A nested component: `first` is its position among all components.
    case component
    /// Instantiates component `first`; the operands are an argument's name (offset and length), sort and index each.
    case instantiate
    /// An instance of given things; the operands are name (offset and length), sort and index each.
    case bundle
    /// The export `name` of instance `first`.
    case exportAlias
    /// The export `name` of core instance `first`.
    case coreExportAlias
    /// Item `second` of the scope `first` scopes outside.
    case outerAlias
    case type
    /// A canonical function: `first` is its code, `second` its position in the input.
    case canonical
    case `import`
    /// Item `first` of its sort under a name.
    case export
}

/// One definition.
public struct Definition: Sendable, BitwiseCopyable {
    public var kind: DefinitionKind
    /// The sort of the item that it adds.
    public var sort: ComponentSort
    /// Where it is, in bytes from the component's start.
    public var offset: UInt32
    /// The name it imports, exports or takes by.
    public var name = ByteRange(offset: 0, count: 0)
    public var first: UInt32 = 0
    public var second: UInt32 = 0
    /// Its operands among the component's words.
    public var operandStart: UInt32 = 0
    public var operandCount: UInt32 = 0
    /// The row of the added item's type: a core function's id, a core module's or instance's module type, else a type.
    public var type: UInt32 = 0
}

/// A component of the tree that a file is.
public struct ComponentPart: Sendable, BitwiseCopyable {
    /// Its bytes, the preamble among them.
    public var range: ByteRange
    /// How many components are around it.
    public var depth: UInt32
    /// Its definitions among all.
    public var definitionStart: UInt32
    public var definitionCount: UInt32
    /// The row of its type.
    public var type: UInt32
}

/// A nested core module.
public struct NestedModule {
    /// Its bytes.
    public let range: ByteRange
    /// What they say; offsets are from the module's start.
    public let image: ModuleImage
}
