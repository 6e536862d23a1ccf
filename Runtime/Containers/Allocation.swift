// Allocation that can be refused: the C library's `posix_memalign`; on bare metal a function of the kernel's, which so tells plain data from
// the objects of Swift's runtime. Owns nothing. A failed Swift allocation traps; whatever a guest can make grow is therefore allocated
// through here.

#if $Embedded
    @_silgen_name("kernel_allocate")
    private func posix_memalign(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: UInt, _ byteCount: UInt) -> Int32
#else
    @_silgen_name("posix_memalign")
    private func posix_memalign(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: UInt, _ byteCount: UInt) -> Int32
#endif

/// Raw memory that may be refused.
public enum Allocation {
    /// Uninitialised memory, or nil when the heap refuses. `alignment` is a power of two. Zero bytes give a pointer that must not be
    /// read, but must be freed. The caller owns the memory and gives it back with `free`.
    public static func tryAllocate(byteCount: Int, alignment: Int = 16) -> UnsafeMutableRawPointer? {
        guard byteCount >= 0 else { return nil }
        var result: UnsafeMutableRawPointer?
        // posix_memalign wants at least a pointer's alignment.
        let status = posix_memalign(&result, UInt(max(alignment, 16)), UInt(max(byteCount, 1)))
        return status == 0 ? result : nil
    }

    /// Gives back what `tryAllocate` gave. Nil is allowed and does nothing.
    public static func free(_ pointer: UnsafeMutableRawPointer?) {
        // The Swift runtime's deallocation is `free`, on the host and on bare metal.
        pointer?.deallocate()
    }
}
