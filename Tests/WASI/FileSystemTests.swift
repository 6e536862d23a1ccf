// The file systems under WASI: the layer above the initrd's tree with its budget, devices, and reading directories while they change.
import FileFixtures
import FileSystems
import Testing
import WASI
import WasmEngine

@Suite struct MemoryLayerTests {
    private func layered() throws -> (TestGuest, TestArchive, InitrdTree) {
        var builder = ArchiveBuilder()
        builder.add("dir/file", content: String(repeating: "0123456789", count: 1000))
        builder.add("dir/other", content: "other")
        builder.add("link", mode: 0o120777, content: "dir/file")
        builder.add("one", content: "", inode: 500, linkCount: 2)
        builder.add("two", content: "shared", inode: 500, linkCount: 2)
        let archive = TestArchive(builder.finish())
        let tree = try archive.tree()
        return (TestGuest(lower: tree), archive, tree)
    }

    @Test func whatLiesBelow_showsThroughAndStaysAsItIs() throws {
        let (guest, archive, tree) = try layered()
        try withExtendedLifetime(archive) {
            #expect(try guest.names(".") == ["dir", "link", "one", "two"])
            #expect(try guest.content("link").count == 10000)
            #expect(guest.layer.usedByteCount == 0)
            let fd = try guest.mustOpen("dir/file")
            #expect(guest.write(fd, "XX", at: 5000) == .success(2))
            #expect(try guest.content("dir/file").dropFirst(4998).prefix(6) == "89XX23")
            // One page of it is the layer's own now.
            #expect(guest.layer.usedByteCount > 4000 && guest.layer.usedByteCount < 6000)
            #expect(try #require(tree.bytesInPlace(of: tree.find("dir/file")))[5000] == 0x30)
            #expect(guest.unlink("dir/other") == .success)
            #expect(guest.open("dir/other") == .failure(.noent))
            #expect(try guest.names("dir") == ["file"])
            try guest.make("dir/other", "mine")
            #expect(try guest.content("dir/other") == "mine")
            #expect(guest.rename("dir", "moved") == .success)
            #expect(try guest.content("moved/other") == "mine")
            #expect(guest.open("link") == .failure(.noent))
        }
    }

    @Test func truncatingWhatLiesBelow_copiesOnlyWhatStays() throws {
        let (guest, archive, _) = try layered()
        try withExtendedLifetime(archive) {
            let fd = try guest.mustOpen("dir/file", .truncate)
            #expect(guest.layer.usedByteCount == 0)
            #expect(try guest.status(fd).get().size == 0)
            _ = guest.call(.fdFilestatSetSize, UInt64(fd), 4)
            #expect(guest.read(fd, 10) == .success([0, 0, 0, 0]))
            let other = try guest.mustOpen("dir/other")
            #expect(guest.call(.fdFilestatSetSize, UInt64(other), 2) == .success)
            #expect(guest.call(.fdFilestatSetSize, UInt64(other), 4) == .success)
            #expect(guest.read(other, 10) == .success([0x6f, 0x74, 0, 0]))
        }
    }

    @Test func hardLinksBelow_stayOneFile() throws {
        let (guest, archive, _) = try layered()
        try withExtendedLifetime(archive) {
            let fd = try guest.mustOpen("one")
            _ = guest.write(fd, "SH")
            #expect(try guest.content("two") == "SHared")
            #expect(try guest.status("two").get().linkCount == 2)
            #expect(guest.unlink("one") == .success)
            #expect(try guest.status("two").get().linkCount == 1)
        }
    }

    @Test func theBudget_isNospcAndGivenBack() throws {
        let guest = TestGuest(byteBudget: 40_000)
        let fd = try guest.mustOpen("file", .create)
        let block = [UInt8](repeating: 7, count: 30_000)
        #expect(guest.write(fd, block) == .success(30_000))
        // What fits is written, page by page; then nothing.
        let partial = try guest.write(fd, block).get()
        #expect(partial > 0 && partial < 10_000)
        #expect(guest.write(fd, block) == .failure(.nospc))
        #expect(guest.layer.usedByteCount <= 40_000)
        #expect(try guest.status(fd).get().size == UInt64(30_000 + partial))
        #expect(guest.call(.fdAllocate, UInt64(fd), 0, 1 << 20) == .nospc)
        // Rewriting needs no room.
        #expect(guest.write(fd, block, at: 0) == .success(30_000))
        var names = 0
        while guest.makeDirectory("d\(names)") == .success { names += 1 }
        var links = 0
        while guest.link("file", "l\(links)") == .success { links += 1 }
        #expect(guest.makeDirectory("more") == .nospc)
        #expect(guest.symlink("x", "more") == .nospc)
        #expect(guest.link("file", "more") == .nospc)
        #expect(guest.open("more", .create) == .failure(.nospc))
        #expect(guest.unlink("file") == .success)
        #expect(guest.close(fd) == .success)
        for number in 0..<names { #expect(guest.removeDirectory("d\(number)") == .success) }
        for number in 0..<links { #expect(guest.unlink("l\(number)") == .success) }
        #expect(guest.layer.usedByteCount == 0)
        #expect(guest.makeDirectory("more") == .success)
    }

    @Test func aChangeOfWhatLiesBelow_takesAPage_notTheFile() throws {
        var builder = ArchiveBuilder()
        builder.add("big", content: String(repeating: "x", count: 100_000))
        let archive = TestArchive(builder.finish())
        let guest = TestGuest(lower: try archive.tree(), byteBudget: 12_000)
        try withExtendedLifetime(archive) {
            let fd = try guest.mustOpen("big")
            #expect(guest.write(fd, "y", at: 50_000) == .success(1))
            #expect(guest.write(fd, "y", at: 8000) == .success(1))
            let used = guest.layer.usedByteCount
            #expect(guest.write(fd, "y", at: 70_000) == .failure(.nospc))
            #expect(guest.layer.usedByteCount == used)
            var content = [UInt8](repeating: 0x78, count: 100_000)
            content[50_000] = 0x79
            content[8000] = 0x79
            #expect(try Array(guest.content("big").utf8) == content)
            #expect(guest.unlink("big") == .success)
            #expect(guest.close(fd) == .success)
            #expect(guest.layer.usedByteCount == 0)
        }
    }

    @Test func devices() throws {
        let guest = TestGuest()
        try guest.layer.addDevices()
        #expect(try guest.names("dev") == ["console", "null", "random", "urandom", "zero"])
        let null = try guest.mustOpen("dev/null")
        #expect(guest.write(null, "gone") == .success(4))
        #expect(guest.read(null, 10) == .success([]))
        #expect(guest.seek(null, 0, 0) == .failure(.spipe))
        #expect(try guest.status(null).get().type == FileType.characterDevice.rawValue)
        let zero = try guest.mustOpen("dev/zero")
        #expect(guest.read(zero, 3, 2) == .success([0, 0, 0, 0, 0]))
        let random = try guest.mustOpen("dev/urandom")
        #expect(try guest.read(random, 64).get() != guest.read(random, 64).get())
        let console = try guest.mustOpen("dev/console")
        guest.platform.input = [1, 2]
        #expect(guest.read(console, 5) == .success([1, 2]))
        #expect(guest.write(console, "c") == .success(1))
        #expect(guest.platform.output == [0x63])
        #expect(guest.open("dev/null", .directory) == .failure(.notdir))
        #expect(guest.open("dev/null", [.create, .truncate]).error == .success, "as `> /dev/null` does")
        #expect(guest.unlink("dev/zero") == .success)
        #expect(guest.read(zero, 1) == .success([0]))
    }

    @Test func readingADirectory_startsWithDots_andCutsTheLastEntry() throws {
        let guest = TestGuest()
        try guest.make("file")
        let inode = try guest.status("file").get().inode
        let (entries, isEnd) = try guest.readDirectory(3)
        #expect(isEnd && entries.map(\.name) == [".", "..", "file"])
        #expect(entries[0].inode == entries[1].inode && entries[2].inode == inode && entries[2].type == 4)
        // Resuming after every entry gives the rest.
        for number in 0..<entries.count {
            #expect(try guest.readDirectory(3, cookie: entries[number].next).0 == Array(entries[(number + 1)...]))
        }
        // A buffer of any size is filled to the brim or ends the directory.
        for byteCount in 0..<90 {
            let (some, isEnd) = try guest.readDirectory(3, byteCount: byteCount)
            #expect(some == Array(entries.prefix(some.count)))
            #expect(isEnd == (byteCount > 25 + 26 + 28))
        }
        #expect(try guest.readDirectory(3, cookie: 1 << 60).0.isEmpty)
    }

    @Test func cookies_stayValidWhileEntriesComeAndGo() throws {
        let guest = TestGuest()
        _ = guest.makeDirectory("dir")
        for number in 0..<200 { try guest.make("dir/old\(number)") }
        let fd = try guest.openDirectory("dir")
        var seen: [String] = []
        var cookie: UInt64 = 0
        var round = 0
        while true {
            let (entries, isEnd) = try guest.readDirectory(fd, cookie: cookie, byteCount: 400)
            seen += entries.map(\.name)
            if isEnd { break }
            cookie = entries.last!.next
            // Remove what was seen (the entry the cookie came from included) and add new names.
            for entry in entries where entry.name.hasPrefix("old") && round % 2 == 0 {
                #expect(guest.unlink("dir/" + entry.name) == .success)
            }
            try guest.make("dir/new\(round)")
            round += 1
        }
        let old = seen.filter { $0.hasPrefix("old") }
        #expect(old.count == 200 && Set(old).count == 200, "every entry that was always there is seen once")
        #expect(Set(seen).count == seen.count, "nothing is seen twice")
    }

    @Test func rm_rf_whileReading() throws {
        let guest = TestGuest()
        _ = guest.makeDirectory("dir")
        for number in 0..<500 { try guest.make("dir/f\(number)") }
        let fd = try guest.openDirectory("dir")
        var cookie: UInt64 = 0
        while true {
            let (entries, isEnd) = try guest.readDirectory(fd, cookie: cookie, byteCount: 256)
            for entry in entries where entry.name != "." && entry.name != ".." {
                #expect(guest.unlink("dir/" + entry.name) == .success)
            }
            if isEnd { break }
            cookie = entries.last!.next
        }
        #expect(guest.removeDirectory("dir") == .success)
    }
}
