// MemoryProvider: where linear memories come from. The embedder says; the engine only asks.

import Containers

/// The source of linear memories: C-convention functions and a context, so that a kernel can supply windows of an address space.
public struct MemoryProvider: @unchecked Sendable {
    /// Reserves room for a memory that may grow to `maximumByteCount`; `byteCount` zeroed bytes are accessible at once. Nil: refused.
    public typealias Reserve =
        @convention(c) (
            _ context: UnsafeMutableRawPointer?, _ byteCount: Int, _ maximumByteCount: Int
        ) -> UnsafeMutableRawPointer?
    /// Grows `base` from `oldByteCount` to `newByteCount`, the new bytes zero. The same base when guarded. Nil: refused, nothing changed.
    public typealias Grow =
        @convention(c) (
            _ context: UnsafeMutableRawPointer?, _ base: UnsafeMutableRawPointer, _ oldByteCount: Int, _ newByteCount: Int
        ) -> UnsafeMutableRawPointer?
    /// Gives a memory back.
    public typealias Release =
        @convention(c) (_ context: UnsafeMutableRawPointer?, _ base: UnsafeMutableRawPointer, _ byteCount: Int) -> Void

    /// Handed to each function.
    public var context: UnsafeMutableRawPointer?
    /// Reserves a memory.
    public var reserve: Reserve
    /// Grows a memory.
    public var grow: Grow
    /// Gives a memory back.
    public var release: Release
    /// Whether an access up to 8 GiB + 16 bytes beyond the base, and beyond the size, faults, so that handlers of 32-bit memories check nothing.
    /// One up to 2 KiB below the base then faults too, and a memory has at most 4 GiB - 64 KiB.
    public var isGuarded: Bool

    /// A provider from its parts.
    public init(
        context: UnsafeMutableRawPointer?, reserve: @escaping Reserve, grow: @escaping Grow, release: @escaping Release,
        isGuarded: Bool
    ) {
        self.context = context
        self.reserve = reserve
        self.grow = grow
        self.release = release
        self.isGuarded = isGuarded
    }

    /// Memories from the heap, moved when they grow, with every access checked.
    public static var heap: MemoryProvider {
        MemoryProvider(
            context: nil, reserve: heapReserve, grow: heapGrow, release: heapRelease, isGuarded: false)
    }
}

/// A heap memory has at least one allocated byte, so that its base is never nil.
private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    Allocation.tryAllocate(byteCount: byteCount == 0 ? 16 : byteCount, alignment: 16)
}

private let heapReserve: MemoryProvider.Reserve = { _, byteCount, _ in
    guard let base = allocate(byteCount) else { return nil }
    base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return base
}

private let heapGrow: MemoryProvider.Grow = { _, base, oldByteCount, newByteCount in
    guard let grown = allocate(newByteCount) else { return nil }
    grown.copyMemory(from: base, byteCount: oldByteCount)
    (grown + oldByteCount).initializeMemory(as: UInt8.self, repeating: 0, count: newByteCount - oldByteCount)
    Allocation.free(base)
    return grown
}

private let heapRelease: MemoryProvider.Release = { _, base, _ in Allocation.free(base) }
