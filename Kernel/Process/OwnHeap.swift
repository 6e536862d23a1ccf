// The heap of the running process, at the same address in every process: the record lies above the thread's stack, the blocks in the process's
// own addresses. Its pages are the process's, counted and limited with all others (AddressSpace). Only the process's own thread uses it.
import KernelCore
import KernelMachine
import KernelMemory

/// The running process's heap.
enum OwnHeap {
    /// Bytes kept for the record above the stack.
    private static let recordByteCount: UInt64 = 1024
    /// Where the record lies; the stack begins below it.
    static let address = AddressMap.kernelStack.upperBound - recordByteCount

    /// The record. Not to be looked at outside of the process's views.
    static var pointer: Heap.Pointer {
        // SAFETY: the stack's page is there from the first touch on, and the address is not zero.
        Heap.Pointer(bitPattern: UInt(address)).unsafelyUnwrapped
    }

    /// Stack that a process's thread has from the start, so that what it does in the kernel view at first finds its pages there.
    private static let firstStackByteCount: UInt64 = 12288

    /// Makes it: the first thing a process's thread does, in the kernel view.
    static func start(refusingRequest refusalNumber: Int) {
        KernelView.touchStack(byteCount: firstStackByteCount)
        precondition(MemoryLayout<Heap>.size <= Int(recordByteCount))
        pointer.initialize(to: Heap(name: "process", source: .own, pageLimit: .max))
        pointer.pointee.refusalCountdown = refusalNumber
    }

    /// Lets heaps take pages for whoever runs.
    static func register() {
        OwnHeapPages.take = { pageCount, isSmall in
            KernelView.enter {
                Scheduler.current.pointee.process?.pointee.space.takeHeapPages(pageCount: pageCount, isSmall: isSmall) ?? 0
            }
        }
        OwnHeapPages.give = { base, pageCount in
            KernelView.enter { Scheduler.current.pointee.process?.pointee.space.giveHeapPages(base, pageCount: pageCount) }
        }
    }
}
