// Config: every switch and limit of an engine, fixed when the engine is made.

import WasmModule

/// When function bodies are validated and translated.
public enum TranslationMode: UInt8, Sendable {
    /// All bodies when the module is made: an error anywhere is reported before anything runs.
    case eager
    /// All bodies are validated when the module is made, so an error anywhere is reported before anything runs; each is translated at its
    /// first call.
    case lazyTranslation
    /// Each body is validated and translated at its first call. A body that is not valid traps there with `TrapCode.invalidFunction`.
    case lazy
}

/// Every switch and limit of an engine.
public struct Config {
    /// The proposals that are on.
    public var features: Features
    /// The implementation limits of the decoder.
    public var decodeLimits: DecodeLimits
    /// Bytes of value stack one execution may use. One slot is 8 bytes.
    public var stackByteCount: Int
    /// Most activations at a time; beyond it the guest traps with `stackOverflow`. A frame takes at least
    /// `Translator.smallestFrameByteCount` bytes, so the stack is cut to as many such frames: larger frames reach its end sooner. With 0
    /// every call of a guest's function traps before it begins.
    public var maximumCallDepth: Int
    /// Guest to host to guest nestings; beyond it `stackOverflow`.
    public var maximumHostNesting: Int
    /// Whether code is metered. Code translated without metering pays nothing for it.
    public var isFuelMetered: Bool
    /// When bodies are translated.
    public var translation: TranslationMode
    /// Runs the work it is handed, which reads or changes what the threads of a lazy module share: a translation, or a search for a function
    /// by its code. An embedder whose threads share modules takes its lock here, and the memory the module lives in. A translation may
    /// take seconds, so others may run meanwhile; the thread must not be ended in it.
    public var aroundLateTranslation: ((_ translate: () -> Void) -> Void)?
    /// Whether neighbouring operations are folded and fused. Off gives one operation an instruction, for tests.
    public var isFusionEnabled: Bool
    /// Where linear memories come from.
    public var memoryProvider: MemoryProvider
    /// Where value stacks come from.
    public var stackProvider: StackProvider
    /// Most frames a trap's backtrace holds; of more the middle is left out.
    public var backtraceFrameLimit: Int
    /// Most bytes of threaded code one module may translate to.
    public var codeByteLimit: Int
    /// How functions run.
    public var tier: Tier
    /// Where machine code lies; without it all functions run as threaded code, whatever `tier` says.
    public var nativeCode: NativeCodeProvider?
    /// With `Tier.auto`: how many entries of a function and turns of its loops make it hot, at least 1.
    public var tierThreshold: UInt16
    /// When it is not 0, each function is hot from another number on, between 1 and `tierThreshold`: for tests.
    public var tierSeed: UInt64
    /// Runs the work it is handed, which compiles one function and changes what the threads of a module share. An embedder whose threads share
    /// modules takes its lock here, and the memory that code may use. The thread must not be ended in it.
    public var aroundCompilation: ((_ compile: () -> Void) -> Void)?
    /// Whether the table of handlers counts dispatches, pairs and triples (for `--dispatch-counts`).
    public var countsDispatches: Bool

    /// The defaults: every proposal the engine has, eager translation, no fuel, memories from the heap.
    public init() {
        features = .all
        decodeLimits = DecodeLimits()
        stackByteCount = 1 << 20
        maximumCallDepth = 1 << 16
        maximumHostNesting = 64
        isFuelMetered = false
        translation = .eager
        isFusionEnabled = true
        memoryProvider = .heap
        stackProvider = .heap
        backtraceFrameLimit = 50
        codeByteLimit = 1 << 30
        tier = .threaded
        nativeCode = nil
        tierThreshold = 1000
        tierSeed = 0
        countsDispatches = false
    }

    /// A preset for modules nobody vouches for: tight limits of the decoder, of code, of stack and of nesting. What grows at run time is
    /// the store's to limit, and time that of fuel.
    public static var strict: Config {
        var config = Config()
        config.decodeLimits = .strict
        config.stackByteCount = 256 << 10
        config.maximumCallDepth = 1 << 12
        config.maximumHostNesting = 8
        config.codeByteLimit = 64 << 20
        return config
    }
}
