// Functions on paths: POSIX's answers to what programs do with names.
import FileFixtures
import FileSystems
import Testing
import WASI
import WasmEngine

@Suite struct PathTests {
    @Test func open_createsAndRefuses() throws {
        let guest = TestGuest()
        #expect(guest.open("missing") == .failure(.noent))
        #expect(guest.open("missing/file", .create) == .failure(.noent))
        try guest.make("file", "text")
        #expect(guest.open("file", [.create, .exclusive]) == .failure(.exist))
        #expect(guest.open("file", .create).error == .success)
        #expect(try guest.content("file") == "text")
        #expect(guest.open("file", .truncate).error == .success)
        #expect(try guest.content("file") == "")
        #expect(guest.open("file", .directory) == .failure(.notdir))
        #expect(guest.open("file/x", .create) == .failure(.notdir))
        #expect(guest.open("dir", [.create, .directory]) == .failure(.inval))
        #expect(guest.open("new/", .create) == .failure(.isdir))
        #expect(guest.call(.pathOpen, 3, 2, 0, 0, 0, 0, 0, 0, 0) == .inval)
        #expect(guest.call(.pathOpen, 3, 0, 0, 0, 16, 0, 0, 0, 0) == .inval)
        #expect(guest.call(.pathOpen, 3, 0, 0, 0, 0, 0, 0, 32, 0) == .inval)
        #expect(guest.open("") == .failure(.noent))
    }

    @Test func open_ofADirectory() throws {
        let guest = TestGuest()
        #expect(guest.makeDirectory("dir") == .success)
        let fd = try guest.openDirectory("dir")
        #expect(try guest.status(fd).get().type == 3)
        #expect(guest.open("dir", rights: Rights.fdRead.rawValue).error == .success)
        #expect(guest.open("dir", rights: Rights.fdWrite.rawValue) == .failure(.isdir))
        #expect(guest.open("dir", .create, rights: 0) == .failure(.isdir))
        #expect(guest.open("dir", .truncate, rights: 0) == .failure(.isdir))
        #expect(guest.open(".", .directory, rights: 0).error == .success)
        #expect(guest.open("dir/..", .directory, rights: 0).error == .success)
        #expect(guest.open("dir//", rights: 0).error == .success)
    }

    @Test func interestingPaths() throws {
        let guest = TestGuest()
        #expect(guest.makeDirectory("dir") == .success)
        #expect(guest.makeDirectory("dir/nested") == .success)
        try guest.make("dir/nested/file", "x")
        #expect(guest.open("/dir/nested/file") == .failure(.perm))
        #expect(guest.open("dir/.//nested/../../dir/nested/../nested///./file").error == .success)
        #expect(guest.open("dir/nested/file\0") == .failure(.inval))
        #expect(guest.open("dir/nested/file/") == .failure(.notdir))
        #expect(guest.open("dir/nested/file///") == .failure(.notdir))
        #expect(guest.open("dir/nested/file/.") == .failure(.notdir))
        #expect(guest.open("dir/nested/../../../dir/nested/file") == .failure(.perm))
        #expect(guest.open(String(repeating: "a", count: 255), .create).error == .success)
        #expect(guest.open(String(repeating: "a", count: 256), .create) == .failure(.nametoolong))
        #expect(guest.open(String(repeating: "./", count: 2045) + "dir/x") == .failure(.noent))
        #expect(guest.open(String(repeating: "./", count: 2048) + "x") == .failure(.nametoolong))
        let (address, count) = guest.put([0x61, 0xff, 0x62])
        #expect(guest.call(.pathCreateDirectory, 3, address, count) == .ilseq)
        #expect(guest.makeDirectory("åäö-日本語-😀") == .success)
        #expect(try guest.names(".").contains("åäö-日本語-😀"))
    }

    @Test func directories_comeAndGo() throws {
        let guest = TestGuest()
        #expect(guest.makeDirectory("dir/") == .success)
        #expect(guest.makeDirectory("dir") == .exist)
        #expect(guest.makeDirectory("dir/") == .exist)
        #expect(guest.makeDirectory(".") == .exist)
        #expect(guest.makeDirectory("no/dir") == .noent)
        try guest.make("dir/file")
        #expect(guest.removeDirectory("dir") == .notempty)
        #expect(guest.unlink("dir") == .isdir)
        #expect(guest.unlink("dir/") == .isdir)
        #expect(guest.unlink(".") == .isdir)
        #expect(guest.unlink("dir/file/") == .notdir)
        #expect(guest.removeDirectory("dir/file") == .notdir)
        #expect(guest.removeDirectory("dir/file/") == .notdir)
        #expect(guest.unlink("dir/file") == .success)
        #expect(guest.unlink("dir/file") == .noent)
        #expect(guest.removeDirectory(".") == .inval)
        #expect(guest.removeDirectory("dir/..") == .notempty)
        #expect(try guest.status(".").get().linkCount == 3)
        #expect(guest.removeDirectory("dir/") == .success)
        #expect(guest.removeDirectory("dir") == .noent)
        #expect(try guest.status(".").get().linkCount == 2)
    }

    @Test func aRemovedDirectory_staysOpenButTakesNothing() throws {
        let guest = TestGuest()
        _ = guest.makeDirectory("above")
        _ = guest.makeDirectory("above/dir")
        let fd = try guest.openDirectory("above/dir")
        #expect(guest.removeDirectory("above/dir") == .success)
        #expect(guest.removeDirectory("above") == .success)
        #expect(guest.open("file", .create, at: fd) == .failure(.noent))
        #expect(guest.path(.pathCreateDirectory, "sub", at: fd) == .noent)
        #expect(try guest.readDirectory(fd).0.map(\.name) == [".", ".."])
        #expect(guest.close(fd) == .success)
        #expect(guest.makeDirectory("dir") == .success)
    }

    @Test func anUnlinkedFile_livesOnWhileItIsOpen() throws {
        let guest = TestGuest()
        let before = guest.layer.usedByteCount
        let fd = try guest.mustOpen("file", .create)
        _ = guest.write(fd, "still here")
        #expect(guest.unlink("file") == .success)
        #expect(guest.open("file") == .failure(.noent))
        try guest.make("file", "another")
        #expect(guest.read(fd, 100, at: 0) == .success(Array("still here".utf8)))
        #expect(try guest.status(fd).get().linkCount == 0)
        _ = guest.write(fd, "!")
        #expect(guest.close(fd) == .success)
        #expect(try guest.content("file") == "another")
        #expect(guest.unlink("file") == .success)
        #expect(guest.layer.usedByteCount == before, "everything is given back")
    }

    @Test func hardLinks() throws {
        let guest = TestGuest()
        _ = guest.makeDirectory("dir")
        try guest.make("file", "1")
        #expect(guest.link("file", "dir/link") == .success)
        #expect(try guest.status("file").get() == guest.status("dir/link").get())
        #expect(guest.link("file", "dir/link") == .exist)
        #expect(guest.link("file", "file") == .exist)
        #expect(guest.link("file", "dir") == .exist)
        #expect(guest.link("dir", "link") == .perm)
        #expect(guest.link("missing", "link") == .noent)
        #expect(guest.link("file", "link/") == .noent)
        #expect(guest.link("file/", "link") == .notdir)
        #expect(guest.link("file", "no/link") == .noent)
        #expect(guest.unlink("file") == .success)
        #expect(try guest.content("dir/link") == "1")
        #expect(try guest.status("dir/link").get().linkCount == 1)
        // Of links: the link itself, unless it is followed.
        #expect(guest.symlink("target", "dangling") == .success)
        #expect(guest.link("dangling", "second") == .success)
        #expect(guest.readlink("second") == .success("target"))
        #expect(guest.link("dangling", "third", follow: true) == .noent)
        #expect(guest.link("dir/link", "dangling") == .exist)
    }

    @Test func symbolicLinks() throws {
        let guest = TestGuest()
        _ = guest.makeDirectory("dir")
        try guest.make("dir/file", "content")
        #expect(guest.symlink("dir/file", "link") == .success)
        #expect(try guest.content("link") == "content")
        #expect(guest.open("link", follow: false) == .failure(.loop))
        #expect(guest.open("link", .directory, follow: false) == .failure(.notdir))
        #expect(guest.open("link", [.create, .exclusive]) == .failure(.exist))
        #expect(try guest.status("link").get().type == 7)
        #expect(try guest.status("link").get().size == 8)
        #expect(try guest.status("link", follow: true).get().type == 4)
        #expect(guest.readlink("link") == .success("dir/file"))
        #expect(guest.readlink("link", 3) == .success("dir"))
        #expect(guest.readlink("dir") == .failure(.inval))
        #expect(guest.readlink("missing") == .failure(.noent))
        // To a directory, in the middle and at the end.
        #expect(guest.symlink("dir", "d") == .success)
        #expect(try guest.content("d/file") == "content")
        #expect(guest.open("d", .directory, rights: 0).error == .success)
        #expect(guest.open("d/", rights: 0, follow: false).error == .success)
        #expect(guest.unlink("d/") == .notdir)
        #expect(guest.removeDirectory("d") == .notdir)
        #expect(guest.removeDirectory("d/") == .notdir)
        #expect(try guest.status("d/").get().type == 3)
        #expect(guest.symlink("../dir/./file", "dir/up") == .success)
        #expect(try guest.content("d/up") == "content")
        // Opening a dangling link to create makes its target.
        #expect(guest.symlink("dir/new", "dangling") == .success)
        #expect(guest.open("dangling") == .failure(.noent))
        #expect(guest.open("dangling", .create).error == .success)
        #expect(try guest.status("dir/new").get().type == 4)
        #expect(guest.unlink("dangling") == .success)
        // Names that are taken, or end in a slash.
        #expect(guest.symlink("x", "new/") == .noent)
        #expect(guest.symlink("x", "dir/") == .exist)
        #expect(guest.symlink("x", "dir") == .exist)
        #expect(guest.symlink("x", "dir/file") == .exist)
        #expect(guest.symlink("x", "dir/file/") == .notdir)
        #expect(guest.symlink("", "empty") == .noent)
        #expect(guest.symlink("/absolute", "absolute") == .perm)
    }

    @Test func rename_movesFilesAndDirectories() throws {
        let guest = TestGuest()
        _ = guest.makeDirectory("source")
        #expect(guest.rename("source/", "target") == .success)
        #expect(guest.rename("target", "source/") == .success)
        #expect(guest.rename("source/", "target/") == .success)
        #expect(guest.open("source") == .failure(.noent))
        _ = guest.makeDirectory("source")
        #expect(guest.rename("source", "target") == .success, "over an empty directory")
        _ = guest.makeDirectory("source")
        try guest.make("target/file", "old")
        #expect(guest.rename("source", "target") == .notempty)
        #expect(guest.rename("source", "target/file") == .notdir)
        #expect(guest.rename("source", "source/inside") == .inval)
        #expect(guest.rename("source", "source") == .success)
        #expect(guest.rename("target/file", "source") == .isdir)
        try guest.make("file", "new")
        #expect(guest.rename("file", "target/file") == .success, "over a file")
        #expect(try guest.content("target/file") == "new")
        #expect(guest.rename("file", "x") == .noent)
        #expect(guest.rename("target/file", "x/") == .notdir)
        #expect(guest.rename("target/file/", "x") == .notdir)
        #expect(guest.rename(".", "x") == .busy)
        #expect(guest.rename("target", "..") == .perm)
        _ = guest.link("target/file", "same")
        #expect(guest.rename("same", "target/file") == .success, "two names of one file stay")
        #expect(try guest.status("same").get().linkCount == 2)
        // `..` follows a directory that moved.
        _ = guest.makeDirectory("source/sub")
        #expect(guest.rename("source/sub", "target/sub") == .success)
        #expect(try guest.content("target/sub/../file") == "new")
        #expect(try guest.status("source").get().linkCount == 2 && guest.status("target").get().linkCount == 3)
    }

    @Test func rename_overAnOpenFile_leavesItReadable() throws {
        let guest = TestGuest()
        try guest.make("a", "old")
        try guest.make("b", "new")
        let fd = try guest.mustOpen("a")
        #expect(guest.rename("b", "a") == .success)
        #expect(guest.read(fd, 10) == .success(Array("old".utf8)))
        #expect(try guest.content("a") == "new")
    }

    @Test func times_ofPaths() throws {
        let guest = TestGuest()
        try guest.make("file")
        _ = guest.symlink("file", "link")
        let (address, count) = guest.put("link")
        #expect(guest.call(.pathFilestatSetTimes, 3, 1, address, count, 1, 2, 5) == .success)
        #expect(try guest.status("file").get().modificationTime == 2)
        #expect(guest.call(.pathFilestatSetTimes, 3, 0, address, count, 3, 4, 5) == .success)
        #expect(try guest.status("link").get().modificationTime == 4)
        #expect(try guest.status("file").get().modificationTime == 2)
        #expect(guest.call(.pathFilestatSetTimes, 3, 0, address, count, 3, 4, 3) == .inval)
        guest.platform.realtime += 1000
        let fd = try guest.mustOpen("file")
        _ = guest.write(fd, "x")
        #expect(try guest.status("file").get().modificationTime == guest.platform.realtime)
    }

    /// A layer that cannot remember what is open.
    private final class Forgetful: FileSystem {
        let layer: MemoryLayer
        init(_ layer: MemoryLayer) { self.layer = layer }
        override var root: NodeNumber { layer.root }
        override func type(of node: NodeNumber) throws(Errno) -> FileType { try layer.type(of: node) }
        override func lookup(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
            try layer.lookup(name, in: directory)
        }
        override func opened(_ node: NodeNumber) throws(Errno) { if node != root { throw .nomem } }
        override func setByteCount(_ byteCount: UInt64, of node: NodeNumber) throws(Errno) {
            try layer.setByteCount(byteCount, of: node)
        }
        override func createFile(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) -> NodeNumber {
            try layer.createFile(name, in: directory)
        }
        override func unlink(_ name: UnsafeRawBufferPointer, in directory: NodeNumber) throws(Errno) {
            try layer.unlink(name, in: directory)
        }
    }

    @Test func aRefusedOpening_changesNothing() throws {
        let guest = TestGuest()
        try guest.make("there", "content")
        let second = TestGuest(
            platform: guest.platform, layerOf: guest, preopen: try Preopen(guestPath: "/", fileSystem: Forgetful(guest.layer)))
        #expect(second.open("there", .truncate).error == .nomem)
        #expect(second.open("new", .create).error == .nomem)
        #expect(try guest.status("there").get().size == 7)
        #expect(guest.status("new").error == .noent)
        #expect(second.context.openFileCount == 4)
    }

    @Test func crossingFileSystems_isXdev() throws {
        let platform = TestPlatform()
        let other = try MemoryLayer(over: nil, byteBudget: 1 << 20, deviceNumber: 9) { 0 }
        let first = try MemoryLayer(over: nil, byteBudget: 1 << 20) { 0 }
        let context = try WASIContext(
            platform: platform, arguments: [], environment: [],
            preopens: [try Preopen(guestPath: "/a", fileSystem: first), try Preopen(guestPath: "/b", fileSystem: other)])
        let base = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 16)
        defer { base.deallocate() }
        let memory = GuestMemory(base: base, byteCount: 4096)
        (base + 1000).storeBytes(of: 0x61, as: UInt8.self)
        (base + 1001).storeBytes(of: 0x62, as: UInt8.self)
        func call(_ function: WASIFunction, _ arguments: [UInt64]) -> CallOutcome {
            var values = arguments
            return values.withUnsafeMutableBufferPointer {
                context.call(function, preview: .preview1, memory: memory, values: $0.baseAddress!)
            }
        }
        #expect(call(.pathOpen, [3, 0, 1000, 1, 1, 0, 0, 0, 0]) == .returned(.success))
        #expect(call(.pathRename, [3, 1000, 1, 4, 1001, 1]) == .returned(.xdev))
        #expect(call(.pathLink, [3, 0, 1000, 1, 4, 1001, 1]) == .returned(.xdev))
    }
}

@Suite struct EscapeTests {
    /// A guest that is granted only `/jail` of a tree with a secret beside it.
    func jailed(_ links: [(String, String)]) throws -> (TestGuest, TestArchive) {
        var builder = ArchiveBuilder()
        builder.add("secret", content: "secret")
        builder.add("jail", mode: 0o40755)
        builder.add("jail/dir/file", content: "inside")
        for (name, target) in links { builder.add("jail/" + name, mode: 0o120777, content: target) }
        let archive = TestArchive(builder.finish())
        let guest = TestGuest(lower: try archive.tree())
        let jail = try guest.layer.find("jail")
        let file = Preopen(guestPath: Array("/".utf8), fileSystem: guest.layer, node: jail)
        let inner = TestGuest(platform: guest.platform, layerOf: guest, preopen: file)
        return (inner, archive)
    }

    @Test func nothingLeadsOut() throws {
        let (guest, archive) = try jailed([
            ("up", ".."), ("upfile", "../secret"), ("abs", "/secret"), ("absroot", "/"), ("deep", "dir/../../secret"),
            ("chain1", "chain2"), ("chain2", "dir/../up"), ("loop", "loop"), ("a", "b"), ("b", "a"), ("dir/back", ".."), ("dot", "."),
        ])
        withExtendedLifetime(archive) {
            let bad = [
                "..", "../secret", "../jail/dir/file", "dir/../../secret", "./../secret", "dir/../..", "up", "up/secret", "upfile", "abs",
                "absroot", "absroot/secret", "deep", "chain1", "chain1/secret", "/secret", "//", "dir/back/../secret",
                "dir/back/up/secret", "dot/dot/../secret",
            ]
            for path in bad {
                #expect(guest.open(path, rights: 0) == .failure(.perm), "\(path)")
                #expect(guest.status(path, follow: true) == .failure(.perm), "\(path)")
                #expect(guest.makeDirectory(path + "/made") == .perm, "\(path)")
                #expect(guest.unlink(path + "/secret") == .perm, "\(path)")
                #expect(guest.symlink("x", path + "/made") == .perm, "\(path)")
                #expect(guest.rename("dir/file", path + "/taken") == .perm, "\(path)")
                #expect(guest.rename(path + "/secret", "taken") == .perm, "\(path)")
                #expect(guest.link(path + "/secret", "taken") == .perm, "\(path)")
            }
            for path in ["loop", "a", "loop/x", "b/x"] { #expect(guest.open(path, rights: 0) == .failure(.loop), "\(path)") }
            // The same links inside are fine.
            #expect(guest.open("dir/back/dir/file").error == .success)
            #expect(guest.open("dot/dot/./dir/back/dot/dir/file").error == .success)
            #expect(guest.readlink("upfile") == .success("../secret"))
        }
    }

    @Test func aLinkMadeInside_cannotLeadOutEither() throws {
        let (guest, archive) = try jailed([])
        try withExtendedLifetime(archive) {
            #expect(guest.symlink("../secret", "dir/one") == .success)
            #expect(guest.open("dir/one") == .failure(.noent), "one level up is still inside")
            #expect(guest.symlink("../../secret", "dir/two") == .success)
            #expect(guest.open("dir/two") == .failure(.perm))
            // A descriptor of a directory further in bounds what is reached from it.
            let dir = try guest.openDirectory("dir")
            #expect(guest.open("../dir/file", at: dir) == .failure(.perm))
            #expect(guest.open("one", at: dir) == .failure(.perm))
            #expect(guest.open("file", at: dir).error == .success)
        }
    }

    @Test func longChains_endInLoop() throws {
        let guest = TestGuest()
        try guest.make("file", "x")
        #expect(guest.symlink("file", "l0") == .success)
        for number in 1...45 { #expect(guest.symlink("l\(number - 1)", "l\(number)") == .success) }
        #expect(guest.open("l39").error == .success)
        #expect(guest.open("l40") == .failure(.loop))
        // A link that makes its own path longer and longer.
        #expect(guest.symlink("grow/" + String(repeating: "x", count: 200), "grow") == .success)
        #expect(guest.open("grow/y") == .failure(.loop))
        #expect(guest.symlink("huge/" + String(repeating: "./", count: 2000), "huge") == .success)
        #expect(guest.open("huge/y") == .failure(.nametoolong))
    }
}
