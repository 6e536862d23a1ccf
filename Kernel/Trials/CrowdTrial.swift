// `trial=crowd`: so many processes of the first program of the manifest, which sleep, and what each of them takes: its tables, its stacks, its
// heap by the sizes of blocks, its linear memory, and the kernel's heap.
import KernelCore
import KernelMachine
import KernelMemory
import KernelProcess

/// Many processes at a time.
enum CrowdTrial {
    /// They take their memory when they run, so they are started a few at a time.
    private static let batchCount = 16
    private static let batchNanoseconds: UInt64 = 20_000_000
    private static let settlingNanoseconds: UInt64 = 2_000_000_000
    private static let pageKibibytes = pageByteCount / 1024

    /// Starts them and prints what one takes; why that failed, nil when it did not.
    static func run(_ request: TrialAccess.Request, _ count: Int) -> StaticString? {
        // One alone first: its image is made.
        guard let first = TrialAccess.spawn(request) else { return "a spawn was refused" }
        TrialAccess.sleep(nanoseconds: 500_000_000)
        let pagesBefore = PageFrames.freePageCount
        var started = 1
        while started < count {
            guard TrialAccess.spawn(request) != nil else { return "a spawn was refused" }
            started += 1
            if started % batchCount == 0 { TrialAccess.sleep(nanoseconds: batchNanoseconds) }
        }
        TrialAccess.sleep(nanoseconds: settlingNanoseconds)
        if TrialAccess.reapOne() != nil { return "one of the crowd has ended" }
        if ProcessTable.count != count { return "not all of the crowd live" }
        let bytesEach = (pagesBefore - PageFrames.freePageCount) * pageByteCount / max(count - 1, 1)
        var census = SpaceCensus()
        guard TrialAccess.withSpace(of: first, { census = $0.census }) else { return "the first has ended" }
        tell(count, kibibytesEach: (bytesEach + 1023) / 1024, census)
        return nil
    }

    private static func tell(_ count: Int, kibibytesEach: Int, _ census: SpaceCensus) {
        let memory = census.memoryPageCount * pageKibibytes
        Log.line(.error, "trial") {
            $0.text("crowd: ").decimal(count).text(" processes live, each takes ").decimal(kibibytesEach).text(" KiB: ")
                .decimal(kibibytesEach - memory).text(" KiB beside its memory of ").decimal(memory).text(" KiB; pages of tables ")
                .decimal(census.tablePageCount).text(", kernel stack ").decimal(census.kernelStackPageCount).text(", value stack ")
                .decimal(census.valueStackPageCount).text(", heap ").decimal(census.heapPageCount).text("; ")
                .decimal(Int(KernelMapping.guestWritableByteCount / 1024)).text(" KiB of the kernel's own are shown to guests")
        }
        for index in 0..<min(census.chunkCount, census.chunks.count) {
            let chunk = census.chunks[index]
            Log.line(.error, "crowd") {
                $0.text("a chunk of ").decimal(chunk.pageCount).text(" pages, blocks of ").decimal(chunk.blockByteCount)
                    .text(chunk.isOfObjects ? " bytes, objects: " : " bytes: ").decimal(chunk.usedCount).text(" of ").decimal(
                        chunk.capacity
                    )
                    .text(" in use")
            }
        }
    }
}
