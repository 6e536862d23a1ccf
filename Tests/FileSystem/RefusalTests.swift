// A layer whose memory is refused: every operation with every request refused once, and any operations with requests refused at random,
// beside a layer that is refused nothing.
import FileFixtures
import FileSystems
import Glibc
import Testing

/// The bytes of text, for as long as the process lives.
func bytes(_ text: String) -> UnsafeRawBufferPointer {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(text.utf8.count, 1), alignment: 1)
    copy.copyBytes(from: text.utf8)
    return UnsafeRawBufferPointer(rebasing: copy[..<text.utf8.count])
}

/// The tree of a file system in words: kinds, numbers of names and contents by path.
func snapshot(_ files: FileSystem, _ directory: NodeNumber? = nil, _ prefix: String = "") throws -> [String: String] {
    var result: [String: String] = [:]
    var cookie: UInt64 = 0
    let directory = directory ?? files.root
    while let entry = try files.entry(after: cookie, in: directory) {
        cookie = entry.cookie
        let path = prefix + String(decoding: entry.name, as: UTF8.self)
        let node = entry.node
        let status = try files.status(of: node)
        var content = [UInt8](repeating: 0, count: Int(min(status.byteCount, 1 << 20)))
        switch status.type {
        case .regularFile: _ = try content.withUnsafeMutableBytes { try files.read(node, at: 0, into: $0) }
        case .symbolicLink: _ = try content.withUnsafeMutableBytes { try files.readLink(node, into: $0) }
        default: break
        }
        result[path] = "\(status.type) \(status.linkCount) \(status.byteCount) \(content.hashValue)"
        if status.type == .directory {
            result.merge(try snapshot(files, node, path + "/")) { first, _ in first }
        }
    }
    return result
}

/// A layer over a small archive, and its memory.
final class Stage {
    let archive: TestArchive
    let memory = CountingAllocator()
    let layer: MemoryLayer

    init(byteBudget: UInt64 = 1 << 30, expands: Bool = true) throws {
        var builder = ArchiveBuilder()
        builder.add("below/file", content: String(repeating: "0123456789", count: 2000))
        builder.add("below/other", content: "other")
        builder.add("below/deep/er", content: "deeper")
        builder.add("link", mode: 0o120777, content: "below/file")
        builder.add("one", content: "", inode: 500, linkCount: 2)
        builder.add("two", content: "shared", inode: 500, linkCount: 2)
        archive = TestArchive(builder.finish())
        layer = try MemoryLayer(over: try archive.tree(), byteBudget: byteBudget, from: memory.allocator) { 5 }
        if expands { try layer.expandAll() }
    }

    /// Fills a file with bytes from its beginning.
    func write(_ path: String, _ count: Int, at offset: UInt64 = 0) throws {
        let content = [UInt8](repeating: 0x77, count: count)
        let written = try content.withUnsafeBytes { try layer.write(layer.find(path), at: offset, from: $0) }
        guard written == count else { throw Errno.nospc }
    }
}

@Suite struct RefusalTests {
    /// Runs `work` on fresh layers, with one request after the other refused: it throws `nospc` or `nomem` and changes nothing, or works.
    private func everyRequestRefused(
        _ name: String, expands: Bool = true, prepare: (Stage) throws -> Void = { _ in }, _ work: (Stage) throws -> Void
    ) throws {
        var request = 0
        while true {
            let stage = try Stage(expands: expands)
            try prepare(stage)
            let before = try expands ? snapshot(stage.layer) : [:]
            let used = stage.layer.usedByteCount
            let blockCount = stage.memory.blockCount
            stage.memory.refusedRequest = stage.memory.requestCount + request
            var error: Errno?
            do { try work(stage) } catch let thrown as Errno { error = thrown }
            let wasRefused = stage.memory.requestCount > stage.memory.refusedRequest!
            stage.memory.refusedRequest = nil
            if let error {
                #expect(wasRefused && (error == .nospc || error == .nomem), "\(name): \(error) at request \(request)")
                #expect(stage.layer.usedByteCount == used, "\(name), request \(request)")
                if expands {
                    #expect(try snapshot(stage.layer) == before, "\(name), request \(request)")
                    #expect(stage.memory.blockCount == blockCount, "\(name), request \(request)")
                }
                try work(stage)
            } else if !wasRefused {
                break
            }
            request += 1
        }
        #expect(request < 400, "\(name)")
    }

    @Test func everyOperation_withEveryRequestRefused_changesNothing() throws {
        try everyRequestRefused("create file") { _ = try $0.layer.createFile(bytes("new"), in: $0.layer.find("below")) }
        try everyRequestRefused("create directory") { try $0.layer.createDirectory(bytes("new"), in: $0.layer.root) }
        try everyRequestRefused("create link") {
            try $0.layer.createLink(bytes("new"), target: bytes("below/deep"), in: $0.layer.root)
        }
        try everyRequestRefused("link") { try $0.layer.link($0.layer.find("one"), as: bytes("three"), in: $0.layer.find("below")) }
        try everyRequestRefused("rename") {
            try $0.layer.rename(bytes("below"), in: $0.layer.root, to: bytes("moved"), in: $0.layer.root)
        }
        try everyRequestRefused("rename over") {
            try $0.layer.rename(bytes("one"), in: $0.layer.root, to: bytes("other"), in: $0.layer.find("below"))
        }
        try everyRequestRefused("write into what lies below") { try $0.write("below/file", 10, at: 9000) }
        try everyRequestRefused("write far away") { try $0.write("one", 10, at: 1 << 60) }
        try everyRequestRefused("a second page") {
            try $0.write("below/file", 10, at: 1 << 40)
        } _: {
            try $0.write("below/file", 10, at: 0)
        }
        try everyRequestRefused("resize") { try $0.layer.setByteCount(100, of: $0.layer.find("below/file")) }
        try everyRequestRefused("allocate") { try $0.layer.allocate($0.layer.find("below/file"), at: 5000, byteCount: 100_000) }
        try everyRequestRefused("look", expands: false) { _ = try $0.layer.find("below/deep/er") }
        try everyRequestRefused("look at what has two names", expands: false) { _ = try $0.layer.find("two") }
    }

    @Test func whatRemoves_asksForNoMemory() throws {
        let stage = try Stage()
        let layer = stage.layer
        try layer.createDirectory(bytes("empty"), in: layer.root)
        let open = try layer.createFile(bytes("open"), in: layer.root)
        try stage.write("open", 100_000)
        try layer.opened(open)
        stage.memory.refusedRequest = stage.memory.requestCount
        stage.memory.refusesForEver = true
        let before = stage.memory.requestCount
        try layer.unlink(bytes("open"), in: layer.root)
        layer.closed(open)
        try layer.removeDirectory(bytes("empty"), in: layer.root)
        for name in ["file", "other"] { try layer.unlink(bytes(name), in: layer.find("below")) }
        try layer.rename(bytes("one"), in: layer.root, to: bytes("link"), in: layer.root)
        #expect(stage.memory.requestCount == before && layer.usedByteCount == 0)
        #expect(throws: Errno.stale) { _ = try layer.status(of: open) }
    }

    @Test func aLayer_givesBackAllItsMemory() throws {
        let memory: CountingAllocator
        do {
            let stage = try Stage()
            memory = stage.memory
            try stage.write("below/file", 50_000)
            try stage.layer.createDirectory(bytes("new"), in: stage.layer.root)
            _ = try stage.layer.createFile(bytes("file"), in: stage.layer.find("new"))
            try stage.layer.createLink(bytes("link"), target: bytes("x"), in: stage.layer.find("new"))
        }
        #expect(memory.blockCount == 0)
        #expect(throws: Errno.nomem) {
            memory.refusedRequest = memory.requestCount
            _ = try MemoryLayer(over: nil, byteBudget: 5, from: memory.allocator) { 5 }
        }
        #expect(memory.blockCount == 0)
    }

    @Test func anyOperations_refusedAtRandom_agreeWithALayerThatIsNot() throws {
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 1...UInt64.max)
        var random = SeededGenerator(state: seed)
        var refusals = 0
        for round in 0..<40 {
            let stage = try Stage()
            let other = try Stage()
            let baseline = stage.memory.blockCount
            // Every other layer works in the smallest pieces.
            if round % 2 == 1 { stage.layer.stepLimit = 1 }
            let names = ["a", "b", "below", "file", "one", "deep"]
            for step in 0..<400 {
                var parent: NodeNumber { stage.layer.root }
                let place = ["", "a", "below", "below/deep", "a/b"].randomElement(using: &random)!
                let second = ["", "a", "below", "below/deep", "a/b"].randomElement(using: &random)!
                let name = bytes(names.randomElement(using: &random)!)
                let newName = bytes(names.randomElement(using: &random)!)
                let kind = Int.random(in: 0..<10, using: &random)
                let offset = UInt64(Int.random(in: 0..<40_000, using: &random))
                let count = Int.random(in: 1..<20_000, using: &random)
                var written = count
                /// One of the operations; a short write is repeated as long on the other layer.
                func work(_ layer: MemoryLayer) throws(Errno) {
                    let directory = try layer.find(place)
                    switch kind {
                    case 0: _ = try layer.createFile(name, in: directory)
                    case 1: try layer.createDirectory(name, in: directory)
                    case 2: try layer.createLink(name, target: newName, in: directory)
                    case 3: try layer.link(try layer.lookup(newName, in: try layer.find(second)), as: name, in: directory)
                    case 4: try layer.unlink(name, in: directory)
                    case 5: try layer.removeDirectory(name, in: directory)
                    case 6: try layer.rename(name, in: directory, to: newName, in: try layer.find(second))
                    case 7: try layer.setByteCount(offset, of: try layer.lookup(name, in: directory))
                    default:
                        let content = UnsafeMutableRawBufferPointer.allocate(byteCount: written, alignment: 1)
                        defer { content.deallocate() }
                        content.initializeMemory(as: UInt8.self, repeating: UInt8(step & 127))
                        written = try layer.write(
                            try layer.lookup(name, in: directory), at: offset, from: UnsafeRawBufferPointer(content))
                    }
                }
                func outcome(_ layer: MemoryLayer) -> Errno {
                    while true {
                        do throws(Errno) {
                            try work(layer)
                            return .success
                        } catch { guard error == .inprogress else { return error } }
                    }
                }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    stage.memory.refusedRequest = stage.memory.requestCount + Int.random(in: 0..<6, using: &random)
                }
                let result = outcome(stage.layer)
                stage.memory.refusedRequest = nil
                if result == .nospc || result == .nomem {
                    refusals += 1
                    continue
                }
                #expect(outcome(other.layer) == result, "seed \(seed) round \(round) step \(step)")
            }
            while !stage.layer.reclaim() {}
            #expect(try snapshot(stage.layer) == snapshot(other.layer), "seed \(seed) round \(round)")
            // Removing everything gives back everything that was made.
            stage.layer.stepLimit = .max
            func clear(_ directory: NodeNumber) throws {
                while let entry = try stage.layer.entry(after: 0, in: directory) {
                    if entry.type == .directory {
                        try clear(entry.node)
                        try stage.layer.removeDirectory(entry.name, in: directory)
                    } else {
                        try stage.layer.unlink(entry.name, in: directory)
                    }
                }
            }
            try clear(stage.layer.root)
            #expect(stage.layer.usedByteCount == 0 && stage.memory.blockCount <= baseline, "seed \(seed) round \(round)")
        }
        #expect(refusals > 100, "seed \(seed)")
    }

    @Test func building_withEveryRequestRefused_givesEverythingBack() throws {
        var builder = ArchiveBuilder()
        for number in 0..<400 { builder.add("d\(number % 5)/f\(number)", content: "x", inode: 500 + UInt32(number / 2), linkCount: 2) }
        let archive = TestArchive(builder.finish())
        var request = 0
        while true {
            let memory = CountingAllocator()
            memory.refusedRequest = request
            do throws(ArchiveError) {
                let tree = try InitrdTree(archive: UnsafeRawBufferPointer(archive.bytes), from: memory.allocator)
                #expect(tree.nodeCount == 206)
                break
            } catch { #expect(error.kind == .noMemory) }
            #expect(memory.blockCount == 0)
            request += 1
        }
        #expect(request > 5)
    }
}
