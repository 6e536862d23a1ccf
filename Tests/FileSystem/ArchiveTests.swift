// Archives read and written, and the initrd's tree over one.
import FileFixtures
import FileSystems
import Testing

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

@Suite struct ArchiveWriterTests {
    @Test func whatIsWritten_isRead() throws {
        var writer = ArchiveWriter()
        var bytes: [UInt8] = []
        func append(_ name: [UInt8], _ content: [UInt8], mode: UInt32, time: UInt64) {
            let header = writer.header(nameByteCount: name.count, mode: mode, byteCount: UInt64(content.count), time: time)
            for index in 0..<110 { bytes.append(header[index]) }
            bytes += name + [UInt8](repeating: 0, count: ArchiveWriter.padding(afterName: name.count))
            bytes += content + [UInt8](repeating: 0, count: ArchiveWriter.padding(after: UInt64(content.count)))
        }
        for count in 0..<9 {
            let name = Array(String(repeating: "n", count: count + 1).utf8)
            append(name, (0..<count).map { UInt8($0) }, mode: 0o100600, time: UInt64(count) * 1_000_000_000 + 5)
        }
        append([0x66], [], mode: 0o100644, time: .max)
        append(Array("TRAILER!!!".utf8), [], mode: 0, time: 0)
        #expect(bytes.count % 4 == 0)
        try bytes.withUnsafeBytes { bytes in
            var archive = Archive(bytes)
            for count in 0..<9 {
                let entry = try #require(try archive.next())
                #expect(entry.name.count == count + 1 && entry.mode == 0o100600 && entry.modificationTime == UInt32(count))
                #expect(Array(entry.content) == (0..<count).map { UInt8($0) } && entry.inode == UInt32(count + 1))
            }
            #expect(try archive.next()?.modificationTime == .max)
            #expect(try archive.next() == nil)
        }
    }
}
