// Engine: the configuration, the type registry and the handler table that modules and stores of one embedder share.

import WasmModule

/// What modules and stores share. Modules and stores of different engines do not mix; the meeting places check it.
public final class Engine {
    /// The switches and limits.
    public let config: Config

    /// An engine with `config`.
    public init(_ config: Config = Config()) { self.config = config }
}
