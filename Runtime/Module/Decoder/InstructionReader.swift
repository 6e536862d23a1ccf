// A cursor over instructions. Specification 5.4.

/// Reads instructions one by one from a stretch of a module. Allocates nothing. Knows no types: what it gives is well-formed, not valid.
@frozen public struct InstructionReader {
    /// The module's first byte: offsets are counted from here.
    @usableFromInline let moduleStart: UnsafePointer<UInt8>
    /// The next byte.
    @usableFromInline var cursor: UnsafePointer<UInt8>
    /// The first byte after the stretch.
    @usableFromInline let end: UnsafePointer<UInt8>
    /// What is allowed.
    public let features: Features

    /// A reader for a stretch of a module: a constant expression, or a body's code after the locals.
    public init(_ module: ModuleImage, _ range: ByteRange) {
        let start = module.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
        moduleStart = start
        cursor = start + Int(range.offset)
        end = start + range.end
        features = module.features
    }

    /// Where the next instruction is, from the module's start.
    @inlinable public var offset: Int { cursor - moduleStart }

    /// Whether nothing is left.
    @inlinable public var isAtEnd: Bool { cursor == end }

    /// Reads the next instruction. Throws at the end of the stretch: look for `isAtEnd` first.
    public mutating func next(_ instruction: inout Instruction) throws(WasmError) {
        throw WasmError(.unsupported, at: offset, "the instruction reader is not there yet")
    }
}
