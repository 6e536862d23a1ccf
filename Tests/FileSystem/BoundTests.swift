// How much one call does, whatever is in the tree: counted in blocks allocated and freed, with the limit that sections have.
import FileFixtures
import FileSystems
import Testing

@Suite struct BoundTests {
    private static let stepLimit = 64
    /// A step allocates or frees three blocks at most: a page or a node, an entry, a node of a table; and each call looks about a little.
    private static let blockLimit = 4 * stepLimit

    /// Repeats the call until it is done; every time it allocates and frees a bounded number of blocks. Returns how often it was called.
    @discardableResult
    private func inPieces(_ memory: CountingAllocator, _ work: () throws -> Bool) throws -> Int {
        var callCount = 0
        while true {
            callCount += 1
            let before = memory.requestCount + memory.freeCount
            var isDone = false
            do { isDone = try work() } catch Errno.inprogress {}
            #expect(memory.requestCount + memory.freeCount - before <= BoundTests.blockLimit)
            if isDone { return callCount }
        }
    }

    @Test func aLargeDirectoryBelow_isTakenOverInPieces() throws {
        var builder = ArchiveBuilder()
        for number in 0..<20_000 { builder.add("many/file\(number)") }
        let archive = TestArchive(builder.finish())
        let memory = CountingAllocator()
        let layer = try MemoryLayer(over: archive.tree(), byteBudget: 1 << 30, from: memory.allocator) { 5 }
        layer.stepLimit = BoundTests.stepLimit
        try withExtendedLifetime(archive) {
            let many = try layer.find("many")
            var node: NodeNumber?
            let calls = try inPieces(memory) {
                node = try layer.lookup(bytes("file19999"), in: many)
                return true
            }
            #expect(calls == 20_000 / 64 + 1 && node != nil)
            // What was half taken over is read in the same order as at once.
            #expect(try layer.entry(after: 0, in: many)?.node != nil)
            var count = 0
            var cookie: UInt64 = 0
            while let entry = try layer.entry(after: cookie, in: many) {
                cookie = entry.cookie
                count += 1
            }
            #expect(count == 20_000)
            for number in 0..<20_000 {
                try inPieces(memory) {
                    try layer.unlink(bytes("file\(number)"), in: many)
                    return true
                }
            }
            try layer.removeDirectory(bytes("many"), in: layer.root)
        }
    }

    @Test func aLargeFile_isAllocatedCutAndFreedInPieces() throws {
        let memory = CountingAllocator()
        let layer = try MemoryLayer(over: nil, byteBudget: 1 << 40, from: memory.allocator) { 5 }
        layer.stepLimit = BoundTests.stepLimit
        let baseline = memory.blockCount
        let node = try layer.createFile(bytes("file"), in: layer.root)
        let size: UInt64 = 20_000 * 4064
        var done: UInt64 = 0
        try inPieces(memory) {
            done += try layer.provide(node, at: done, byteCount: size - done)
            return done == size
        }
        #expect(try layer.status(of: node).byteCount == 0)
        try layer.extend(node, to: 0, byteCount: size)
        #expect(try layer.status(of: node).byteCount == size && layer.usedByteCount >= size)
        // Cutting is at once; the pages go by and by, and growing waits for them.
        let content = bytes("end")
        _ = try layer.write(node, at: size - 3, from: content)
        try inPieces(memory) {
            try layer.setByteCount(10, of: node)
            return true
        }
        #expect(try layer.status(of: node).byteCount == 10)
        let calls = try inPieces(memory) {
            try layer.setByteCount(size, of: node)
            return true
        }
        #expect(calls > 300)
        var last = [UInt8](repeating: 1, count: 3)
        #expect(try last.withUnsafeMutableBytes { try layer.read(node, at: size - 3, into: $0) } == 3 && last == [0, 0, 0])
        #expect(layer.usedByteCount < 10_000)
        done = 0
        try inPieces(memory) {
            done += try layer.provide(node, at: done, byteCount: size - done)
            return done == size
        }
        try inPieces(memory) {
            try layer.unlink(bytes("file"), in: layer.root)
            return true
        }
        try inPieces(memory) { layer.reclaim() }
        #expect(layer.usedByteCount == 0 && memory.blockCount == baseline)
    }

    @Test func garbage_isFreedBeforeAnythingIsRefused() throws {
        let memory = CountingAllocator()
        let layer = try MemoryLayer(over: nil, byteBudget: 2_000_000, from: memory.allocator) { 5 }
        layer.stepLimit = 4
        let first = try layer.createFile(bytes("first"), in: layer.root)
        var done: UInt64 = 0
        while done < 1_500_000 { done += try layer.provide(first, at: done, byteCount: 1_500_000 - done) }
        try layer.unlink(bytes("first"), in: layer.root)
        let second = try layer.createFile(bytes("second"), in: layer.root)
        done = 0
        try inPieces(memory) {
            done += try layer.provide(second, at: done, byteCount: 1_500_000 - done)
            return done == 1_500_000
        }
        #expect(throws: Errno.nospc) {
            try inPieces(memory) {
                done += try layer.provide(second, at: done, byteCount: 1_500_000)
                return false
            }
        }
    }

    @Test func aDeepTree_isGoneUpInPieces() throws {
        let memory = CountingAllocator()
        let layer = try MemoryLayer(over: nil, byteBudget: 1 << 30, from: memory.allocator) { 5 }
        layer.stepLimit = 4
        var directory = layer.root
        for _ in 0..<5000 {
            try layer.createDirectory(bytes("d"), in: directory)
            directory = try layer.lookup(bytes("d"), in: directory)
        }
        try layer.createDirectory(bytes("other"), in: layer.root)
        let calls = try inPieces(memory) {
            try layer.rename(bytes("other"), in: layer.root, to: bytes("moved"), in: directory)
            return true
        }
        #expect(calls == (5000 + 4 * 64) / (4 * 64))
        #expect(throws: Errno.inval) {
            while true {
                do { return try layer.rename(bytes("d"), in: layer.root, to: bytes("x"), in: directory) } catch Errno.inprogress {}
            }
        }
        // What changes meanwhile makes a walk begin anew.
        #expect(throws: Errno.inprogress) { try layer.rename(bytes("moved"), in: directory, to: bytes("y"), in: directory) }
        try layer.removeDirectory(bytes("moved"), in: directory)
        #expect(throws: Errno.noent) { try layer.rename(bytes("moved"), in: directory, to: bytes("y"), in: directory) }
    }

    @Test func namesOfOneHash_areStillFound() throws {
        // Equal hashes cost comparing, not searching: the tree is balanced by hash, length and bytes.
        let memory = CountingAllocator()
        let layer = try MemoryLayer(over: nil, byteBudget: 1 << 30, from: memory.allocator) { 5 }
        for number in 0..<3000 { _ = try layer.createFile(bytes("name\(number * 7919)"), in: layer.root) }
        for number in stride(from: 0, to: 3000, by: 2) { try layer.unlink(bytes("name\(number * 7919)"), in: layer.root) }
        for number in 0..<3000 {
            let found: NodeNumber? = try? layer.lookup(bytes("name\(number * 7919)"), in: layer.root)
            #expect((found != nil) == (number % 2 == 1))
        }
    }

    @Test func aLargeInitrd_takesLittleForEachFile() throws {
        var builder = ArchiveBuilder()
        let count = 60_000
        for number in 0..<count {
            builder.add("dir\(number % 100)/file\(number)", inode: UInt32(number / 2), linkCount: number % 4 < 2 ? 2 : 1)
        }
        let archive = TestArchive(builder.finish())
        let memory = CountingAllocator()
        let tree = try InitrdTree(archive: UnsafeRawBufferPointer(archive.bytes), from: memory.allocator)
        try withExtendedLifetime(archive) {
            #expect(memory.allocatedByteCount < 64 * count)
            #expect(memory.greatestByteCount <= 4096)
            for number in stride(from: 0, to: count, by: 997) { _ = try tree.find("dir\(number % 100)/file\(number)") }
        }
    }
}
