// The files of the machine: the initrd in place, and the one writable layer above it that processes share. Owns both, for ever.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// The trees processes are granted directories of.
enum Files {
    nonisolated(unsafe) private static var tree: InitrdTree!
    nonisolated(unsafe) private static var sharedLayer: MemoryLayer?
    /// The heap of the shared layer.
    nonisolated(unsafe) private(set) static var heap: Heap.Pointer = KernelHeap.kernel
    /// Bytes of files a process may write when nothing is said.
    static let defaultFileByteCount: UInt64 = 64 << 20

    /// The initrd's files, read-only.
    static var initrd: InitrdTree { tree }

    /// Takes the initrd. Its tree lies in `heap`, which every guest view reads.
    static func start(_ archive: UnsafeRawBufferPointer, in heap: Heap.Pointer) throws(ArchiveError) {
        tree = try KernelHeap.with(heap) { () throws(ArchiveError) in try InitrdTree(archive: archive) }
    }

    /// The shared layer, made when it is first wanted. A kernel thread makes it, before processes see it.
    static var layer: MemoryLayer {
        if let sharedLayer { return sharedLayer }
        // Not a process's: a Swift array that is refused in a section would be a panic. What it may take is asked for before (SharedFileSystem).
        let byteCount = UInt64(PageFrames.totalPageCount) * UInt64(pageByteCount)
        if let own = KernelHeap.makeRegionHeap(
            name: "shared files", byteCount: byteCount, isGuestReadable: false, isForProcesses: false, pageLimit: .max)
        {
            heap = own
        }
        let made = KernelHeap.with(heap) {
            let made = MemoryLayer(
                over: tree, byteBudget: UInt64(PageFrames.freePageCount / 4) * UInt64(pageByteCount), deviceNumber: 2
            ) { KernelTime.wallNanoseconds ?? 0 }
            // The tree below is in memory and whole, so nothing can go wrong but memory, which boot has.
            do throws(Errno) { try made.expandAll() } catch {}
            return made
        }
        sharedLayer = made
        return made
    }

    /// Has the heaps that stay give back the chunks they keep for later.
    static func trim() {
        KernelHeap.trim(KernelHeap.kernel)
        if heap != KernelHeap.kernel { KernelHeap.trim(heap) }
    }

    /// The bytes of a regular file of the initrd; nil when there is none of that path.
    static func bytes(_ path: [UInt8]) -> UnsafeRawBufferPointer? {
        do throws(Errno) { return tree.bytesInPlace(of: try tree.find(path)) } catch { return nil }
    }

    /// Calls `body` with a file's bytes, piece by piece; false when there is no such file.
    static func read(_ path: [UInt8], _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        let fileSystem: FileSystem = sharedLayer ?? tree
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        do throws(Errno) {
            let node = try fileSystem.find(path)
            var offset: UInt64 = 0
            while true {
                let count = try fileSystem.read(node, at: offset, into: buffer)
                if count == 0 { return true }
                body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += UInt64(count)
            }
        } catch { return false }
    }

    /// Calls `body` with every name of a directory of the initrd or, when it exists, the shared layer.
    static func forEachEntry(_ path: [UInt8], _ body: ([UInt8], FileType, UInt64) -> Void) throws(Errno) {
        let fileSystem: FileSystem = sharedLayer ?? tree
        let directory = try fileSystem.find(path)
        var cookie: UInt64 = 0
        while let entry = try fileSystem.entry(after: cookie, in: directory) {
            let status = try fileSystem.status(of: entry.node)
            body(Array(entry.name), entry.type, status.byteCount)
            cookie = entry.cookie
        }
    }
}
