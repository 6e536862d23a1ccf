// The differences between a layer and what lies below it: what they are in single cases, and that carrying them out below gives what is
// above, after any operations.
import FileFixtures
import FileSystems
import Glibc
import Testing
import WASI

/// A copy of a tree, by path.
private typealias Copy = [String: String]

/// The tree of a file system: `d` for a directory, `l` and the target for a link, `f`, time and content for a file.
private func copy(of fileSystem: FileSystem, _ directory: NodeNumber? = nil, _ prefix: String = "") throws -> Copy {
    var result: Copy = [:]
    var cookie: UInt64 = 0
    let directory = directory ?? fileSystem.root
    while let entry = try fileSystem.entry(after: cookie, in: directory) {
        cookie = entry.cookie
        let path = prefix + String(decoding: entry.name, as: UTF8.self)
        result[path] = try describe(entry.node, of: fileSystem)
        if entry.type == .directory { result.merge(try copy(of: fileSystem, entry.node, path + "/")) { first, _ in first } }
    }
    return result
}

private func describe(_ node: NodeNumber, of fileSystem: FileSystem) throws -> String {
    let status = try fileSystem.status(of: node)
    var bytes = [UInt8](repeating: 0, count: Int(status.byteCount))
    switch status.type {
    case .directory: return "d"
    case .symbolicLink:
        _ = try bytes.withUnsafeMutableBytes { try fileSystem.readLink(node, into: $0) }
        return "l" + String(decoding: bytes, as: UTF8.self)
    default:
        let count = try bytes.withUnsafeMutableBytes { try fileSystem.read(node, at: 0, into: $0) }
        #expect(count == bytes.count)
        return "f\(status.modificationTime) " + String(decoding: bytes, as: UTF8.self)
    }
}

/// The changes of a layer as words, `-name`, `d name`, `f name` and `l name`, carried out on `below` with all the care of a strict disk.
private func changes(of layer: MemoryLayer, on below: inout Copy, _ comment: String = "") throws -> [String] {
    var words: [String] = []
    var changes = try LayerChanges(of: layer, below: layer.root)
    while let change = try changes.next() {
        let path = String(decoding: changes.path, as: UTF8.self)
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        #expect(parent.isEmpty || below[parent] == "d", "\(path) needs its directory \(comment)")
        let old = below[path]
        switch change.kind {
        case .removal:
            #expect(old != nil && !below.keys.contains { $0.hasPrefix(path + "/") }, "\(path) goes when it is empty \(comment)")
            below[path] = nil
            words.append("-\(path)")
        case .directory:
            #expect(old == nil, "\(path) is new \(comment)")
            below[path] = "d"
            words.append("d \(path)")
        case .file, .link:
            #expect(old != "d", "\(path) is no directory \(comment)")
            let new = try describe(try #require(change.node), of: layer)
            // A link that went and came again may be what it was; a file has another time then.
            #expect(new != old || change.kind == .link, "\(path) has changed \(comment)")
            below[path] = new
            words.append("\(change.kind == .file ? "f" : "l") \(path)")
        }
    }
    return words
}

@Suite struct LayerChangesTests {
    private func tree() throws -> (TestArchive, InitrdTree) {
        var builder = ArchiveBuilder()
        builder.add("a/file", content: "file")
        builder.add("a/b/deep", content: "deep")
        builder.add("a/b/c/deeper", content: "deeper")
        builder.add("link", mode: 0o120777, content: "a/file")
        builder.add("one", content: "", inode: 500, linkCount: 2)
        builder.add("two", content: "shared", inode: 500, linkCount: 2)
        let archive = TestArchive(builder.finish())
        return (archive, try archive.tree())
    }

    /// Expects the changes that `work` makes, in words; carried out on what lies below they give what is above.
    private func expect(_ words: [String], _ work: (TestGuest) throws -> Void) throws {
        let (archive, lower) = try tree()
        try withExtendedLifetime(archive) {
            let guest = TestGuest(lower: lower)
            try work(guest)
            var below = try copy(of: lower)
            let found = try changes(of: guest.layer, on: &below)
            #expect(found == words)
            #expect(try below == copy(of: guest.layer))
        }
    }

    @Test func whatWasOnlyRead_hasNotChanged() throws {
        try expect([]) { guest in
            _ = try guest.content("a/b/deep")
            _ = try guest.names("a/b")
        }
    }

    @Test func contentAndTime_areChanges() throws {
        try expect(["f a/b/deep"]) { try $0.make("a/b/deep", "other") }
        try expect(["f a/b/deep"]) { try $0.make("a/b/deep", "deep") }
        try expect(["f a/file"]) { try $0.layer.setTimes(of: $0.layer.find("a/file"), access: nil, modification: 5) }
        try expect([]) { try $0.layer.setTimes(of: $0.layer.find("a/file"), access: 5, modification: nil) }
        // Both names of a file.
        try expect(["f one", "f two"]) { try $0.make("one", "other") }
    }

    @Test func whatIsNew_comesWithItsDirectory() throws {
        try expect(["d new", "f new/file", "l new/link", "f new/second"]) { guest in
            #expect(guest.makeDirectory("new") == .success)
            try guest.make("new/file", "text")
            #expect(guest.symlink("../a", "new/link") == .success)
            #expect(guest.link("a/file", "new/second") == .success)
        }
    }

    @Test func whatIsGone_goesFromTheInside() throws {
        try expect(["-link", "-a/b/deep", "-a/b/c/deeper", "-a/b/c", "-a/b"]) { guest in
            #expect(guest.unlink("a/b/c/deeper") == .success)
            #expect(guest.removeDirectory("a/b/c") == .success)
            #expect(guest.unlink("a/b/deep") == .success)
            #expect(guest.removeDirectory("a/b") == .success)
            #expect(guest.unlink("link") == .success)
        }
    }

    @Test func aDirectoryThatMoved_isNewWithAllThatIsInIt() throws {
        try expect(["-a/b/deep", "-a/b/c/deeper", "-a/b/c", "-a/b", "d moved", "f moved/deep", "d moved/c", "f moved/c/deeper"]) {
            #expect($0.rename("a/b", "moved") == .success)
        }
        // There and back again is no change.
        try expect([]) { guest in
            #expect(guest.rename("a/b", "moved") == .success)
            #expect(guest.rename("moved", "a/b") == .success)
        }
    }

    @Test func whatTookAnothersPlace_replacesIt() throws {
        try expect(["-a/file", "d a/file"]) { guest in
            #expect(guest.unlink("a/file") == .success)
            #expect(guest.makeDirectory("a/file") == .success)
        }
        try expect(["f link"]) { guest in
            #expect(guest.unlink("link") == .success)
            try guest.make("link", "no link")
        }
        try expect(["-a/b/c/deeper", "-a/b/c", "f a/b/c"]) { guest in
            #expect(guest.unlink("a/b/c/deeper") == .success)
            #expect(guest.removeDirectory("a/b/c") == .success)
            try guest.make("a/b/c", "a file")
        }
        try expect(["-a/b/c/deeper", "-a/b/c", "d a/b/c"]) { guest in
            #expect(guest.unlink("a/b/c/deeper") == .success)
            #expect(guest.removeDirectory("a/b/c") == .success)
            #expect(guest.makeDirectory("a/b/c") == .success)
        }
    }

    @Test func aDirectoryBelow_hasItsOwnChangesOnly() throws {
        let (archive, lower) = try tree()
        try withExtendedLifetime(archive) {
            let guest = TestGuest(lower: lower)
            try guest.make("a/b/new", "")
            try guest.make("elsewhere", "")
            var changes = try LayerChanges(of: guest.layer, below: guest.layer.find("a/b"))
            #expect(try changes.next()?.kind == .file)
            #expect(String(decoding: changes.path, as: UTF8.self) == "new")
            #expect(try changes.next() == nil)
            #expect(throws: Errno.notdir) { _ = try LayerChanges(of: guest.layer, below: guest.layer.find("one")) }
        }
    }

    @Test func anyOperations_areRepeatedBelow() throws {
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 1...UInt64.max)
        var random = SeededGenerator(state: seed)
        var kinds: [Character: Int] = [:]
        for _ in 0..<300 {
            let (archive, lower) = try tree()
            try withExtendedLifetime(archive) {
                let guest = TestGuest(lower: lower)
                let names = ["a", "b", "c", "file", "one", "link"]
                func path() -> String {
                    (0..<Int.random(in: 1...3, using: &random)).map { _ in names.randomElement(using: &random)! }.joined(separator: "/")
                }
                // Many are refused; those that are not are what is told.
                for _ in 0..<Int.random(in: 1...40, using: &random) {
                    guest.platform.realtime += 1_000_000_000
                    switch Int.random(in: 0..<8, using: &random) {
                    case 0: _ = guest.makeDirectory(path())
                    case 1: _ = guest.removeDirectory(path())
                    case 2: _ = guest.unlink(path())
                    case 3, 4: _ = guest.rename(path(), path())
                    case 5: _ = guest.link(path(), path())
                    case 6: _ = guest.symlink(path(), path())
                    default: try? guest.make(path(), "\(random.next())")
                    }
                }
                var below = try copy(of: lower)
                for word in try changes(of: guest.layer, on: &below, "seed \(seed)") { kinds[word.first!, default: 0] += 1 }
                #expect(try below == copy(of: guest.layer), "seed \(seed)")
            }
        }
        for kind in "-dfl" { #expect(kinds[kind, default: 0] > 100, "seed \(seed)") }
    }
}
