// The files of the machine: the initrd in place, and the one writable layer above it that processes share. Owns both, for ever, each in a
// heap of its own: what they take is refused when that is full, and never the kernel's.
import Containers
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// The trees processes are granted directories of.
enum Files {
    // Set at boot by the supervisor, constant from then on.
    nonisolated(unsafe) private static var tree: InitrdTree!
    /// The heap of the initrd's tables, which are only read once they are made.
    nonisolated(unsafe) private(set) static var initrdHeap: Heap.Pointer = KernelHeap.kernel

    // Set by a kernel thread before the first process sees it, constant from then on. The layer itself is guarded by `Scheduler.section`.
    nonisolated(unsafe) private static var sharedLayer: Unmanaged<MemoryLayer>?
    /// The heap of the shared layer.
    nonisolated(unsafe) private(set) static var heap: Heap.Pointer = KernelHeap.kernel

    /// Bytes of files a process may write when nothing is said.
    static let defaultFileByteCount: UInt64 = 64 << 20
    /// Steps of the shared layer in one section (`MemoryLayer.stepLimit`): each is at most some 4,000 instructions, a page of a file made and
    /// cleared, so a section stays below 300,000.
    private static let stepsPerSection = 64
    /// An initrd with no more files is taken over into the shared layer at once, about 1 MiB; of a larger one each directory at the first look.
    private static let earlyExpansionLimit = 4096

    /// The initrd's files, read-only.
    static var initrd: InitrdTree { tree }

    /// Takes the initrd. Its tree lies in `heap`, which every guest view reads.
    static func start(_ archive: UnsafeRawBufferPointer, in heap: Heap.Pointer) throws(ArchiveError) {
        initrdHeap = heap
        tree = try KernelHeap.with(initrdHeap) { () throws(ArchiveError) -> InitrdTree in
            try InitrdTree(archive: archive, from: allocator(of: initrdHeap))
        }
    }

    /// Memory of a heap, whichever is current.
    private static func allocator(of heap: Heap.Pointer) -> Allocator {
        Allocator(
            context: UnsafeMutableRawPointer(heap),
            allocate: { KernelHeap.tryAllocate(from: $0!.assumingMemoryBound(to: Heap.self), byteCount: $1) },
            free: { KernelHeap.free($1) })
    }

    // MARK: The shared layer

    /// Makes the shared layer if it is not there yet; false when there is no memory for it. A kernel thread calls it, before processes see it.
    static func makeLayer() -> Bool {
        guard sharedLayer == nil else { return true }
        let byteCount = UInt64(PageFrames.totalPageCount) * UInt64(pageByteCount)
        guard
            let own = KernelHeap.makeRegionHeap(
                name: "shared files", byteCount: byteCount, isGuestReadable: false, for: .process,
                pageLimit: PageFrames.freePageCount / 2)
        else { return false }
        let byteBudget = UInt64(PageFrames.freePageCount / 4) * UInt64(pageByteCount)
        do throws(Errno) {
            let made = try KernelHeap.with(own) { () throws(Errno) -> MemoryLayer in
                try MemoryLayer(over: tree, byteBudget: byteBudget, deviceNumber: 2, from: allocator(of: own)) {
                    KernelTime.wallNanoseconds ?? 0
                }
            }
            // Looking at files then takes no memory. What cannot be taken over now is when it is looked at.
            if tree.nodeCount <= earlyExpansionLimit { try? made.expandAll() }
            made.stepLimit = stepsPerSection
            heap = own
            sharedLayer = Unmanaged.passRetained(made)
            return true
        } catch {
            KernelHeap.destroyRegionHeap(own)
            return false
        }
    }

    /// The shared layer as processes know it: a pointer, whose object is touched in sections only. `makeLayer` came before.
    static var layerReference: Unmanaged<MemoryLayer> { sharedLayer! }

    /// The shared layer, for when no process runs any more; nil when there never was one.
    static var layerAtEnd: MemoryLayer? {
        let layer = sharedLayer?.takeUnretainedValue()
        layer?.stepLimit = .max
        return layer
    }

    /// Runs `body` with the shared layer in a section, so that nobody is preempted or ended inside; in as many sections as it takes.
    static func shared<Result>(_ body: (MemoryLayer) throws(Errno) -> Result) throws(Errno) -> Result {
        let reference = layerReference
        while true {
            do throws(Errno) {
                return try Scheduler.section { () throws(Errno) -> Result in try body(reference.takeUnretainedValue()) }
            } catch { guard error == .inprogress else { throw error } }
        }
    }

    /// Frees what nobody can reach any more in the shared layer, a section for each piece.
    static func reclaim() {
        guard let reference = sharedLayer else { return }
        while !Scheduler.section({ reference.takeUnretainedValue().reclaim() }) {}
    }

    /// Has the heaps that stay give back the chunks they keep for later.
    static func trim() {
        KernelHeap.trim(KernelHeap.kernel)
        if heap != KernelHeap.kernel { KernelHeap.trim(heap) }
    }

    // MARK: Looking, for kernel threads

    /// The bytes of a regular file of the initrd; nil when there is none of that path.
    static func bytes(_ path: [UInt8]) -> UnsafeRawBufferPointer? {
        do throws(Errno) { return tree.bytesInPlace(of: try tree.find(path)) } catch { return nil }
    }

    /// Runs `body` with the tree that has what programs wrote, if there is one: the shared layer, in sections.
    private static func looking<Result>(_ body: (FileSystem) throws(Errno) -> Result) throws(Errno) -> Result {
        guard sharedLayer != nil else { return try body(tree) }
        return try shared { (layer) throws(Errno) -> Result in try body(layer) }
    }

    /// Calls `body` with a file's bytes, piece by piece; false when there is no such file.
    static func read(_ path: [UInt8], _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        guard let memory = Allocation.tryAllocate(byteCount: 4096) else { return false }
        defer { Allocation.free(memory) }
        let buffer = UnsafeMutableRawBufferPointer(start: memory, count: 4096)
        do throws(Errno) {
            let node = try looking { (files) throws(Errno) -> NodeNumber in try files.find(path) }
            var offset: UInt64 = 0
            while true {
                let count = try looking { (files) throws(Errno) -> Int in try files.read(node, at: offset, into: buffer) }
                if count == 0 { return true }
                body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += UInt64(count)
            }
        } catch { return false }
    }

    /// Calls `body` with every name of a directory of the initrd or, when it exists, the shared layer.
    static func forEachEntry(_ path: [UInt8], _ body: ([UInt8], FileType, UInt64) -> Void) throws(Errno) {
        let directory = try looking { (files) throws(Errno) -> NodeNumber in try files.find(path) }
        guard let memory = Allocation.tryAllocate(byteCount: nameByteLimit) else { throw .nomem }
        defer { Allocation.free(memory) }
        let name = UnsafeMutableRawBufferPointer(start: memory, count: nameByteLimit)
        var cookie: UInt64 = 0
        while true {
            let found = try looking { (files) throws(Errno) -> (cookie: UInt64, nameByteCount: Int, status: FileStatus)? in
                guard let entry = try files.entry(after: cookie, in: directory) else { return nil }
                let status = try files.status(of: entry.node)
                // The name stays only as long as the section.
                let count = min(entry.name.count, name.count)
                name.copyMemory(from: UnsafeRawBufferPointer(rebasing: entry.name[..<count]))
                return (entry.cookie, count, status)
            }
            guard let found else { return }
            body(Array(name[..<found.nameByteCount]), found.status.type, found.status.byteCount)
            cookie = found.cookie
        }
    }

    /// The longest name in a directory.
    static let nameByteLimit = PathScratch.nameByteLimit
}
