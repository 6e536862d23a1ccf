// The heap behind the symbols Swift and C code allocate with: `posix_memalign` serves from the current heap (the running thread's
// process's, else the kernel's), `free` gives back to whichever heap the block came from.
import CMachine
import KernelCore
import KernelMachine

/// The kernel's heap, and which heap is current.
public enum KernelHeap {
    nonisolated(unsafe) private static var storage = Heap(name: "kernel", isOfProcess: false, pageLimit: .max)
    nonisolated(unsafe) private static var currentHeap: Heap.Pointer?

    /// The kernel's own heap.
    public static var kernel: Heap.Pointer { withUnsafeMutablePointer(to: &storage) { $0 } }

    /// The heap allocations are served from now. The scheduler sets it when it switches threads.
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

    /// Makes a heap; nil when the kernel's heap has no room for its record. `isOfProcess`: it leaves the kernel's reserve alone.
    public static func makeHeap(name: StaticString, isOfProcess: Bool = true, pageLimit: Int) -> Heap.Pointer? {
        guard
            let memory = withInterruptsDisabled({
                Heap.tryAllocate(kernel, byteCount: MemoryLayout<Heap>.size, alignment: 16)
            })
        else { return nil }
        let heap = memory.bindMemory(to: Heap.self, capacity: 1)
        heap.initialize(to: Heap(name: name, isOfProcess: isOfProcess, pageLimit: pageLimit))
        return heap
    }

    /// Gives back everything a heap ever allocated, used or not, and the heap. Nothing may refer to its blocks afterwards.
    public static func destroy(_ heap: Heap.Pointer) {
        if currentHeap == heap { currentHeap = nil }
        // Chunk by chunk with interrupts on in between would let a block be freed meanwhile; a heap has some hundreds of chunks at most.
        withInterruptsDisabled {
            Heap.drop(heap)
            Heap.free(UnsafeMutableRawPointer(heap))
        }
    }

    /// Gives a heap's unused chunks back, so that free pages can be compared.
    public static func trim(_ heap: Heap.Pointer) { withInterruptsDisabled { Heap.trim(heap) } }

    /// Allocates from a named heap; nil when refused.
    public static func tryAllocate(from heap: Heap.Pointer, byteCount: Int, alignment: Int = 16) -> UnsafeMutableRawPointer? {
        withInterruptsDisabled { Heap.tryAllocate(heap, byteCount: byteCount, alignment: alignment) }
    }

    /// Frees a block of any heap.
    public static func free(_ block: UnsafeMutableRawPointer) { withInterruptsDisabled { Heap.free(block) } }
}

#if arch(riscv64)
    /// The C library's aligned allocation: 0, or 12 (ENOMEM) with the pointer null.
    @c(posix_memalign)
    public func posixMemalign(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ byteCount: Int) -> Int32 {
        let wereEnabled = Interrupts.disable()
        let block = Heap.tryAllocate(KernelHeap.current, byteCount: byteCount, alignment: alignment)
        Interrupts.restore(wereEnabled)
        result.pointee = block
        if block == nil {
            // Callers that asked politely see the error. Swift's own allocations trap on it, and the trap is then named for what it is.
            OutOfMemory.note(byteCount: byteCount)
            return 12
        }
        OutOfMemory.clear()
        return 0
    }

    /// The C library's free; Boot/memory.S defines the symbol, which Swift may not.
    @c(machine_heap_free)
    public func heapFree(_ block: UnsafeMutableRawPointer?) {
        guard let block else { return }
        let wereEnabled = Interrupts.disable()
        Heap.free(block)
        Interrupts.restore(wereEnabled)
    }
#endif
