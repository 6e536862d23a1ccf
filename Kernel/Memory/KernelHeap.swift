// The heap behind the symbols Swift and C code allocate with: `posix_memalign` (objects of Swift) and `kernel_allocate` (everything else)
// serve from the running thread's current heap (a process's own, else the kernel's), `free` gives back to whichever heap the block came from.
import CMachine
import KernelCore
import KernelMachine

/// The kernel's heap, and which heap is current.
public enum KernelHeap {
    // Interrupts off, as for every heap out of frames.
    nonisolated(unsafe) private static var storage = Heap(name: "kernel", source: .frames(.kernel), pageLimit: .max)

    /// The running thread's heap, in the hart's structure, which guest views map; nil: the kernel's.
    private static var currentHeap: Heap.Pointer? {
        @inline(__always) get { machine_hart_currentHeap()?.assumingMemoryBound(to: Heap.self) }
        @inline(__always) set { machine_set_hart_currentHeap(newValue.map { UnsafeMutableRawPointer($0) }) }
    }

    /// The kernel's own heap.
    public static var kernel: Heap.Pointer { withUnsafeMutablePointer(to: &storage) { $0 } }

    /// The heap allocations are served from now. A part of the thread's context: the scheduler keeps it with the thread.
    public static var current: Heap.Pointer {
        get { currentHeap ?? kernel }
        set { currentHeap = newValue }
    }

    /// Runs `body` with another heap current, such as the kernel's for what must outlive the process.
    public static func with<Result: ~Copyable, Failure: Error>(
        _ heap: Heap.Pointer, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = currentHeap
        currentHeap = heap
        defer { currentHeap = before }
        return try body()
    }

    /// Makes a heap; nil when the kernel's heap has no room for its record.
    public static func makeHeap(name: StaticString, source: HeapSource, pageLimit: Int) -> Heap.Pointer? {
        guard let memory = Heap.tryAllocate(kernel, byteCount: MemoryLayout<Heap>.size, alignment: 16) else { return nil }
        let heap = memory.bindMemory(to: Heap.self, capacity: 1)
        heap.initialize(to: Heap(name: name, source: source, pageLimit: pageLimit))
        return heap
    }

    /// Gives back everything a heap ever allocated, used or not, and the heap. Nothing may refer to its blocks afterwards. The heap is out
    /// of frames; the pages of a region go with the region (`destroyRegionHeap`).
    public static func destroy(_ heap: Heap.Pointer) {
        if currentHeap == heap { currentHeap = nil }
        while withInterruptsDisabled({ Heap.dropOne(heap) }) {}
        Heap.free(UnsafeMutableRawPointer(heap))
    }

    /// Where the region lies in the record of a heap with addresses of its own: behind the heap.
    private static var regionOffset: Int { (MemoryLayout<Heap>.size + 15) & ~15 }
    /// Bytes of that record.
    public static var regionHeapByteCount: Int { regionOffset + MemoryLayout<SharedRegion>.size }

    /// Makes a heap with addresses of its own for at least `byteCount` bytes; nil when memory or addresses are refused.
    public static func makeRegionHeap(
        name: StaticString, byteCount: UInt64, isGuestReadable: Bool, for purpose: FramePurpose, pageLimit: Int
    ) -> Heap.Pointer? {
        guard let memory = Heap.tryAllocate(kernel, byteCount: regionHeapByteCount, alignment: 16) else { return nil }
        guard let made = SharedRegion(byteCount: byteCount, isGuestReadable: isGuestReadable, for: purpose) else {
            Heap.free(memory)
            return nil
        }
        return place(name, made, memory, pageLimit)
    }

    /// Makes the heap of what every guest view may read.
    public static func makeCommonHeap() -> Heap.Pointer? {
        guard let memory = Heap.tryAllocate(kernel, byteCount: regionHeapByteCount, alignment: 16) else { return nil }
        return place("common", SharedRegion.common(), memory, .max)
    }

    private static func place(
        _ name: StaticString, _ made: consuming SharedRegion, _ memory: UnsafeMutableRawPointer, _ pageLimit: Int
    ) -> Heap.Pointer {
        let region = (memory + regionOffset).bindMemory(to: SharedRegion.self, capacity: 1)
        region.initialize(to: made)
        let heap = memory.bindMemory(to: Heap.self, capacity: 1)
        heap.initialize(to: Heap(name: name, source: .region(region), pageLimit: pageLimit))
        return heap
    }

    /// The region of a heap with addresses of its own; nil for one out of frames.
    public static func region(of heap: Heap.Pointer) -> UnsafeMutablePointer<SharedRegion>? {
        if case .region(let region) = heap.pointee.source { return region }
        return nil
    }

    /// Gives back a heap with addresses of its own, and the addresses. Others run in between.
    public static func destroyRegionHeap(_ heap: Heap.Pointer) {
        guard let region = region(of: heap) else { return }
        if currentHeap == heap { currentHeap = nil }
        region.pointee.release()
        region.deinitialize(count: 1)
        Heap.free(UnsafeMutableRawPointer(heap))
    }

    /// Gives a heap's unused chunks back, so that free pages can be compared.
    public static func trim(_ heap: Heap.Pointer) { withInterruptsDisabled { Heap.trim(heap) } }

    /// Allocates from a named heap; nil when refused.
    public static func tryAllocate(from heap: Heap.Pointer, byteCount: Int, alignment: Int = 16) -> UnsafeMutableRawPointer? {
        Heap.tryAllocate(heap, byteCount: byteCount, alignment: alignment)
    }

    /// Frees a block of any heap.
    public static func free(_ block: UnsafeMutableRawPointer) { Heap.free(block) }
}

#if arch(riscv64)
    private func allocate(_ alignment: Int, _ byteCount: Int, isObject: Bool) -> UnsafeMutableRawPointer? {
        let block = Heap.tryAllocate(KernelHeap.current, byteCount: byteCount, alignment: alignment, isObject: isObject)
        // Callers that asked politely see the error. Swift's own allocations trap on it, and the trap is then named for what it is.
        if block == nil { OutOfMemory.note(byteCount: byteCount) } else { OutOfMemory.clear() }
        return block
    }

    /// The C library's aligned allocation, which Swift's runtime uses for objects: 0, or 12 (ENOMEM) with the pointer null.
    @c(posix_memalign)
    public func posixMemalign(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ byteCount: Int) -> Int32 {
        result.pointee = allocate(alignment, byteCount, isObject: true)
        return result.pointee == nil ? 12 : 0
    }

    /// The same for plain data (Runtime/Containers/Allocation.swift).
    @c(kernel_allocate)
    public func kernelAllocate(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ byteCount: Int) -> Int32 {
        result.pointee = allocate(alignment, byteCount, isObject: false)
        return result.pointee == nil ? 12 : 0
    }

    /// The C library's free; Boot/memory.S defines the symbol, which Swift may not.
    @c(machine_heap_free)
    public func heapFree(_ block: UnsafeMutableRawPointer?) {
        if let block { Heap.free(block) }
    }
#endif
