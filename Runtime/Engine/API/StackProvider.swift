// StackProvider: where value stacks come from. The embedder says; the engine only asks.

import Containers

/// The source of value stacks: C-convention functions and a context, so that a kernel can supply windows whose pages come on touch. An
/// execution that the embedder begins has a stack of its own; calls back into guests go on on the stack of the one that runs.
public struct StackProvider: @unchecked Sendable {
    /// Reserves a stack of `byteCount` bytes, aligned to 16, which may hold anything. It is written from its base on, and never outside of
    /// it, so that what is not touched need not be there and what lies behind it may be a guard. Nil: refused.
    public typealias Reserve = @convention(c) (_ context: UnsafeMutableRawPointer?, _ byteCount: Int) -> UnsafeMutableRawPointer?
    /// Gives a stack back, with the size it was reserved with.
    public typealias Release =
        @convention(c) (_ context: UnsafeMutableRawPointer?, _ base: UnsafeMutableRawPointer, _ byteCount: Int) -> Void

    /// Handed to both functions.
    public var context: UnsafeMutableRawPointer?
    /// Reserves a stack.
    public var reserve: Reserve
    /// Gives a stack back.
    public var release: Release

    /// A provider from its parts.
    public init(context: UnsafeMutableRawPointer?, reserve: @escaping Reserve, release: @escaping Release) {
        self.context = context
        self.reserve = reserve
        self.release = release
    }

    /// Stacks from the heap.
    public static var heap: StackProvider {
        StackProvider(
            context: nil, reserve: { _, byteCount in Allocation.tryAllocate(byteCount: byteCount) },
            release: { _, base, _ in Allocation.free(base) })
    }
}
