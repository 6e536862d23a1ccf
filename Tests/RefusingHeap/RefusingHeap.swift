// A heap that refuses: Containers' allocator is `posix_memalign`; this program's own stands before the C library's, and can refuse the n-th
// request that a thread makes through it. What the Swift runtime allocates for itself goes another way and is never refused here.
import Glibc

/// Each thread's requests that are still granted, behind a pointer; nil: all.
private let grants: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
}()

@_cdecl("posix_memalign")
public func refusingAllocate(_ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: Int, _ byteCount: Int) -> Int32 {
    if let left = pthread_getspecific(grants)?.assumingMemoryBound(to: Int.self) {
        if left.pointee == 0 { return ENOMEM }
        left.pointee -= 1
    }
    guard let memory = aligned_alloc(alignment, byteCount) else { return ENOMEM }
    result.pointee = memory
    return 0
}

/// Refusals for the thread that asks for them.
public enum RefusingHeap {
    /// Runs `body`, whose requests are granted `count` times and then refused; its result, and whether a request was refused or the next
    /// one would be. -1 grants all.
    public static func granting<T>(_ count: Int, _ body: () throws -> T) rethrows -> (result: T, isUsedUp: Bool) {
        var left = count
        return try withUnsafeMutablePointer(to: &left) { left in
            pthread_setspecific(grants, left)
            defer { pthread_setspecific(grants, nil) }
            return (try body(), left.pointee == 0)
        }
    }
}
