// FunctionCode: a translated function: where its cells are, and what walkers of frames need to know of it.

/// A stretch of code whose exceptions go somewhere. Offsets are in bytes from the function's first cell.
package struct ExceptionHandler: BitwiseCopyable {
    package enum Kind: UInt8, BitwiseCopyable { case `catch`, delegate }
    var start: UInt32
    var end: UInt32
    /// Nesting depth of the block it belongs to; `delegate` goes on with handlers up to `delegateDepth`.
    var depth: UInt32
    var kind: Kind
    var delegateDepth: UInt32 = 0
    var hasTag = false
    var tag: UInt32 = 0
    var pushesReference = false
    /// Where execution goes on. While that is not known: the next handler with the same target, or -1.
    var target: UInt32 = 0
    /// The first slot of the exception's values, behind which the reference goes.
    var slot: Int32 = 0
    /// A slot that also keeps the exception, for `rethrow`; -1 when none.
    var keepSlot: Int32 = -1
}

/// A translated function. Owned by its module's arena.
package struct FunctionCode: BitwiseCopyable {
    var start: UnsafeRawPointer
    var byteCount: Int
    var functionIndex: UInt32
    /// Offset of the return address in the frame.
    var headerOffset: Int32
    var handlers: UnsafeMutablePointer<ExceptionHandler>?
    var handlerCount: UInt32
}
