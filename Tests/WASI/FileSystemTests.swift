// The file systems under WASI: archives and the initrd's tree, the layer above it with its budget, devices, and reading directories
// while they change.
import FileSystems
import Testing
import WASI
import WasmEngine

@Suite struct ArchiveTests {
    private func failure(_ bytes: [UInt8]) -> ArchiveError? {
        let archive = TestArchive(bytes)
        do throws(ArchiveError) {
            _ = try InitrdTree(archive: UnsafeRawBufferPointer(rebasing: archive.bytes[..<bytes.count]))
            return nil
        } catch { return error }
    }

    private func good() -> [UInt8] {
        var builder = ArchiveBuilder()
        builder.add("hello.txt", content: "hello")
        return builder.finish()
    }

    @Test func anAbsentArchive_saysSo() { #expect(failure([])?.kind == .absent) }

    @Test func everyTruncation_isAnErrorAndNeverATrap() {
        let bytes = good()
        #expect(failure(bytes) == nil)
        // The trailer's own padding may be missing.
        for count in 0..<(bytes.count - 3) {
            let error = failure(Array(bytes[..<count]))
            #expect(error != nil, "\(count)")
        }
        #expect(failure(Array(bytes[..<112]))?.kind == .truncated)
        #expect(failure(Array(bytes[..<120]))?.kind == .truncated || failure(Array(bytes[..<120]))?.kind == .badName)
    }

    @Test func malformedHeaders_haveAReason() {
        var bytes = good()
        bytes[3] = 0x31
        #expect(failure(bytes)?.kind == .badMagic)
        bytes = good()
        bytes[20] = 0x7a
        #expect(failure(bytes)?.kind == .badNumber)
        #expect(failure(bytes)?.offset == 20)
        // A size and a name size as large as they get.
        for field in [6, 11] {
            bytes = good()
            for index in 0..<8 { bytes[6 + field * 8 + index] = 0x66 }
            #expect(failure(bytes)?.kind == .truncated)
        }
        bytes = good()
        for index in 0..<8 { bytes[6 + 11 * 8 + index] = 0x30 }
        #expect(failure(bytes)?.kind == .badName)
        var builder = ArchiveBuilder()
        builder.add("a/../../b")
        #expect(failure(builder.finish())?.kind == .badName)
        builder = ArchiveBuilder()
        builder.add("file")
        #expect(failure(builder.bytes)?.kind == .noTrailer)
        builder = ArchiveBuilder()
        builder.add("file")
        builder.add("file/below")
        #expect(failure(builder.finish())?.kind == .badName)
    }

    @Test func everyByteChanged_isAnErrorOrATree() {
        let bytes = good()
        for position in 0..<bytes.count {
            for value: UInt8 in [0, 0x20, 0x30, 0x39, 0x61, 0x66, 0xff] {
                var changed = bytes
                changed[position] = value
                _ = failure(changed)
            }
        }
    }

    @Test func theTree_hasWhatTheArchiveHas() throws {
        var builder = ArchiveBuilder()
        builder.add(".", mode: 0o40755, time: 7)
        builder.add("./bin", mode: 0o40755, time: 8)
        builder.add("./bin/program", content: "wasm", time: 9)
        builder.add("deep/er/file", content: "implied")
        builder.add("link", mode: 0o120777, content: "bin/program")
        builder.add("one", content: "", inode: 500, linkCount: 2)
        builder.add("two", content: "shared", inode: 500, linkCount: 2)
        builder.add("bin/program", content: "newer")
        builder.add("tty", mode: 0o20600)
        // A name that is not UTF-8, which nobody could open.
        builder.add("bad?", content: "text")
        builder.bytes[builder.bytes.lastIndex(of: UInt8(ascii: "?"))!] = 0xFF
        let archive = TestArchive(builder.finish())
        let tree = try archive.tree()
        try withExtendedLifetime(archive) {
            #expect(try tree.status(of: tree.root).modificationTime == 7_000_000_000)
            #expect(try String(decoding: #require(tree.bytesInPlace(of: tree.find("/bin/program"))), as: UTF8.self) == "newer")
            #expect(try tree.type(of: tree.find("deep/er")) == .directory)
            #expect(try tree.find("one") == tree.find("two"))
            #expect(try tree.status(of: tree.find("one")).linkCount == 2)
            #expect(try tree.status(of: tree.find("one")).byteCount == 6)
            #expect(throws: Errno.noent) { _ = try tree.find("tty") }
            #expect(throws: Errno.notdir) { _ = try tree.find("one/x") }
            var names: [String] = []
            var cookie: UInt64 = 0
            while let entry = try tree.entry(after: cookie, in: tree.root) {
                names.append(String(decoding: entry.name, as: UTF8.self))
                #expect(entry.cookie > cookie)
                cookie = entry.cookie
            }
            #expect(names == ["bin", "deep", "link", "one", "two"])
            #expect(throws: Errno.rofs) { try tree.setByteCount(0, of: tree.find("one")) }
        }
    }

    @Test func manyFiles_areFound() throws {
        var builder = ArchiveBuilder()
        for number in 0..<5000 { builder.add("dir\(number % 7)/file\(number)", content: "\(number)") }
        let archive = TestArchive(builder.finish())
        let tree = try archive.tree()
        try withExtendedLifetime(archive) {
            for number in stride(from: 0, to: 5000, by: 37) {
                let node = try tree.find("dir\(number % 7)/file\(number)")
                #expect(try String(decoding: #require(tree.bytesInPlace(of: node)), as: UTF8.self) == "\(number)")
            }
        }
    }
}

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
            #expect(guest.layer.usedByteCount >= 10000)
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

    @Test func copyingUpBeyondTheBudget_leavesTheFileAsItWas() throws {
        var builder = ArchiveBuilder()
        builder.add("big", content: String(repeating: "x", count: 100_000))
        let archive = TestArchive(builder.finish())
        let guest = TestGuest(lower: try archive.tree(), byteBudget: 50_000)
        try withExtendedLifetime(archive) {
            let fd = try guest.mustOpen("big")
            #expect(guest.write(fd, "y") == .failure(.nospc))
            #expect(guest.layer.usedByteCount == 0)
            #expect(try guest.content("big").count == 100_000)
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
