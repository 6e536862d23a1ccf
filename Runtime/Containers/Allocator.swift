// Where a structure takes its memory from, as a value: for what must not depend on which heap happens to be the caller's, and for tests
// that refuse a request. Owns nothing; the context is whoever's made it and outlives every block.

/// A source of memory that may refuse. Blocks are aligned to 16 bytes.
public struct Allocator {
    /// Uninitialised memory of at least `byteCount` bytes, or nil.
    public typealias Allocate = @convention(c) (_ context: UnsafeMutableRawPointer?, _ byteCount: Int) -> UnsafeMutableRawPointer?
    /// Takes back a block of `Allocate`; it neither fails nor allocates.
    public typealias Free = @convention(c) (_ context: UnsafeMutableRawPointer?, _ block: UnsafeMutableRawPointer) -> Void

    private let context: UnsafeMutableRawPointer?
    private let allocateBlock: Allocate
    private let freeBlock: Free

    /// Memory from two functions that are handed `context`.
    public init(context: UnsafeMutableRawPointer?, allocate: @escaping Allocate, free: @escaping Free) {
        self.context = context
        allocateBlock = allocate
        freeBlock = free
    }

    /// The heap of whoever asks: `Allocation`.
    public static var standard: Allocator {
        Allocator(context: nil, allocate: { Allocation.tryAllocate(byteCount: $1) }, free: { Allocation.free($1) })
    }

    /// Uninitialised memory, or nil when it is refused. The caller gives it back with `free`.
    public func tryAllocate(byteCount: Int) -> UnsafeMutableRawPointer? { allocateBlock(context, byteCount) }

    /// Gives a block back.
    public func free(_ block: UnsafeMutableRawPointer) { freeBlock(context, block) }
}
