// Linear memories on the host: each is a piece of address space, reserved once for all it may become, of which growing makes more accessible.
// So growing copies nothing, and what was never written takes no memory of the machine. Linux: mmap(2), mprotect(2).
// Owns each mapping until its memory is released.
import Glibc
import WasmEngine

/// The memory provider of `martlet`.
enum HostMemory {
    /// Address space before the memory's first byte, where the size of the mapping stands.
    private static let headByteCount = 1 << 16
    /// Most address space one memory reserves. It cannot grow beyond; no machine has so much memory.
    private static let largestByteCount = 1 << 40

    static var provider: MemoryProvider {
        MemoryProvider(
            context: nil, reserve: { _, byteCount, maximum in HostMemory.reserve(byteCount, maximum) },
            grow: { _, base, old, new in HostMemory.grow(base, old, new) }, release: { _, base, _ in HostMemory.release(base) },
            isGuarded: false)
    }

    /// The largest reservation there is room for, up to the maximum; nil when not even the first bytes find room.
    private static func reserve(_ byteCount: Int, _ maximumByteCount: Int) -> UnsafeMutableRawPointer? {
        guard byteCount <= largestByteCount else { return nil }
        var reserved = max(byteCount, min(maximumByteCount, largestByteCount))
        while true {
            let mapping = mmap(nil, headByteCount + reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            if let mapping, mapping != MAP_FAILED {
                guard mprotect(mapping, headByteCount + byteCount, PROT_READ | PROT_WRITE) == 0 else {
                    munmap(mapping, headByteCount + reserved)
                    return nil
                }
                mapping.storeBytes(of: reserved, as: Int.self)
                return mapping + headByteCount
            }
            // An address space with a limit (`ulimit -v`) has less.
            guard reserved > byteCount else { return nil }
            reserved = max(byteCount, reserved / 2 & ~(headByteCount - 1))
        }
    }

    private static func grow(_ base: UnsafeMutableRawPointer, _ oldByteCount: Int, _ newByteCount: Int) -> UnsafeMutableRawPointer? {
        let reserved = (base - headByteCount).load(as: Int.self)
        guard newByteCount <= reserved,
            mprotect(base + oldByteCount, newByteCount - oldByteCount, PROT_READ | PROT_WRITE) == 0
        else { return nil }
        return base
    }

    private static func release(_ base: UnsafeMutableRawPointer) {
        let mapping = base - headByteCount
        munmap(mapping, headByteCount + mapping.load(as: Int.self))
    }
}
