// An allocator that refuses: what the tests of refused memory share. The runtime's allocator is `posix_memalign`; this program's own
// stands before the C library's. What the Swift runtime allocates for itself goes another way and is never refused here.
import Glibc

/// The thread whose requests are counted; 0: none.
public nonisolated(unsafe) var refusedThread: pthread_t = 0
/// How many requests of that thread are still granted; -1: all.
public nonisolated(unsafe) var grantsLeft = -1

@_cdecl("posix_memalign")
public func refusingAllocate(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ byteCount: Int) -> Int32 {
    if refusedThread != 0, pthread_equal(refusedThread, pthread_self()) != 0 {
        if grantsLeft == 0 { return ENOMEM }
        grantsLeft -= 1
    }
    guard let memory = aligned_alloc(alignment, byteCount) else { return ENOMEM }
    result.pointee = memory
    return 0
}

/// Held while requests are counted: suites run beside each other, and there is one counter.
private nonisolated(unsafe) var lock = pthread_mutex_t()

/// Refuses this thread's request number `number` and all after it, until `endRefusing`.
public func beginRefusing(from number: Int) {
    pthread_mutex_lock(&lock)
    refusedThread = pthread_self()
    grantsLeft = number
}

/// Grants everything again.
public func endRefusing() {
    refusedThread = 0
    grantsLeft = -1
    pthread_mutex_unlock(&lock)
}

/// Runs `body` with this thread's request number `number` and all after it refused.
public func refusing<T>(from number: Int, _ body: () -> T) -> T {
    beginRefusing(from: number)
    defer { endRefusing() }
    return body()
}
