// Functions on descriptors: what they do, and every error they name.
import FileSystems
import Testing
import WASI

@Suite struct DescriptorTests {
    @Test func writeThenReadBack_throughSeveralVectors() throws {
        let guest = TestGuest()
        let fd = try guest.mustOpen("file", .create)
        #expect(try guest.write(fd, Array("hello".utf8), [], Array(" world".utf8)).get() == 11)
        #expect(try guest.seek(fd, 0, 0).get() == 0)
        #expect(try guest.read(fd, 3, 0, 4, 100).get() == Array("hello world".utf8))
        #expect(try guest.read(fd, 10).get() == [])
        #expect(guest.context.counters.bytesWritten == 11)
        #expect(guest.context.counters.bytesRead == 11)
    }

    @Test func descriptors_areTheLowestFreeNumbers() throws {
        let guest = TestGuest()
        let first = try guest.mustOpen("a", .create)
        let second = try guest.mustOpen("b", .create)
        #expect(first == 4 && second == 5)
        #expect(guest.close(first) == .success)
        #expect(guest.close(first) == .badf)
        #expect(try guest.mustOpen("b") == first)
    }

    @Test func standardStreams_thatWereClosed_areNeverHandedOut() throws {
        let guest = TestGuest()
        for number: UInt32 in 0...2 { #expect(guest.close(number) == .success) }
        let first = try guest.mustOpen("a", .create)
        let second = try guest.mustOpen("b", .create)
        #expect(first == 4 && second == 5)
        // Renumbering onto a closed one stays refused, and away from an open one stays possible.
        #expect(guest.call(.fdRenumber, UInt64(first), 1) == .badf)
        #expect(guest.close(guest.root) == .success)
        #expect(guest.context.openFileCount == 2)
    }

    @Test func standardStream_thatWasRenumbered_isNotHandedOut() throws {
        let guest = TestGuest()
        let kept = try guest.mustOpen("kept", .create)
        #expect(guest.call(.fdRenumber, 1, UInt64(kept)) == .success)
        let file = try guest.mustOpen("file", .create)
        #expect(file == kept + 1)
        #expect(guest.write(1, "log") == .failure(.badf))
        #expect(try guest.status(file).get().size == 0)
    }

    @Test func anAddressOutsideOfMemory_traps_unlessItIsToBeAnswered() {
        let guest = TestGuest()
        let end = UInt64(TestGuest.memoryByteCount)
        for isAnswered in [false, true] {
            guest.context.answersBadAddresses = isAnswered
            let expected: CallOutcome = isAnswered ? .returned(.fault) : .trap(.memoryOutOfBounds)
            // A result, a list, a buffer in the list, a buffer: the last byte outside, and far outside.
            #expect(guest.outcome(.clockTimeGet, [1, 0, end - 7]) == expected)
            #expect(guest.outcome(.fdWrite, [1, end - 7, 1, 16]) == expected)
            guest.set(UInt32(end - 1), 64)
            guest.set(UInt32(2), 68)
            #expect(guest.outcome(.fdWrite, [1, 64, 1, 16]) == expected)
            #expect(guest.outcome(.randomGet, [0xffff_ffff, 1]) == expected)
            // Nothing is nowhere outside, and other errors stay errors.
            #expect(guest.outcome(.randomGet, [end + 1, 0]) == .returned(.success))
            #expect(guest.outcome(.randomGet, [0xffff_ffff, 0]) == .returned(.success))
            #expect(guest.outcome(.fdWrite, [77, 64, 1, 16]) == .returned(.badf))
        }
        #expect(guest.platform.output.isEmpty)
    }

    @Test func everyFunctionOnAClosedDescriptor_isBadf() {
        let guest = TestGuest()
        let fd: UInt64 = 77
        let (path, length) = guest.put("x")
        #expect(guest.call(.fdAdvise, fd, 0, 0, 0) == .badf)
        #expect(guest.call(.fdAllocate, fd, 0, 1) == .badf)
        #expect(guest.call(.fdClose, fd) == .badf)
        #expect(guest.call(.fdDatasync, fd) == .badf)
        #expect(guest.call(.fdFdstatGet, fd, 0) == .badf)
        #expect(guest.call(.fdFdstatSetFlags, fd, 0) == .badf)
        #expect(guest.call(.fdFdstatSetRights, fd, 0, 0) == .badf)
        #expect(guest.call(.fdFilestatGet, fd, 0) == .badf)
        #expect(guest.call(.fdFilestatSetSize, fd, 0) == .badf)
        #expect(guest.call(.fdFilestatSetTimes, fd, 0, 0, 0) == .badf)
        #expect(guest.call(.fdPread, fd, 0, 0, 0, 0) == .badf)
        #expect(guest.call(.fdPrestatGet, fd, 0) == .badf)
        #expect(guest.call(.fdPrestatDirName, fd, 0, 0) == .badf)
        #expect(guest.call(.fdPwrite, fd, 0, 0, 0, 0) == .badf)
        #expect(guest.call(.fdRead, fd, 0, 0, 0) == .badf)
        #expect(guest.call(.fdReaddir, fd, 0, 0, 0, 0) == .badf)
        #expect(guest.call(.fdRenumber, fd, 3) == .badf)
        #expect(guest.call(.fdSeek, fd, 0, 0, 0) == .badf)
        #expect(guest.call(.fdSync, fd) == .badf)
        #expect(guest.call(.fdTell, fd, 0) == .badf)
        #expect(guest.call(.fdWrite, fd, 0, 0, 0) == .badf)
        #expect(guest.call(.pathCreateDirectory, fd, path, length) == .badf)
        #expect(guest.call(.pathFilestatGet, fd, 0, path, length, 0) == .badf)
        #expect(guest.call(.pathFilestatSetTimes, fd, 0, path, length, 0, 0, 0) == .badf)
        #expect(guest.call(.pathLink, fd, 0, path, length, fd, path, length) == .badf)
        #expect(guest.call(.pathOpen, fd, 0, path, length, 0, 0, 0, 0, 0) == .badf)
        #expect(guest.call(.pathReadlink, fd, path, length, 0, 0, 0) == .badf)
        #expect(guest.call(.pathRemoveDirectory, fd, path, length) == .badf)
        #expect(guest.call(.pathRename, fd, path, length, fd, path, length) == .badf)
        #expect(guest.call(.pathSymlink, path, length, fd, path, length) == .badf)
        #expect(guest.call(.pathUnlinkFile, fd, path, length) == .badf)
        #expect(guest.call(.sockAccept, fd, 0, 0) == .badf)
        #expect(guest.call(.sockRecv, fd, 0, 0, 0, 0, 0) == .badf)
        #expect(guest.call(.sockSend, fd, 0, 0, 0, 0) == .badf)
        #expect(guest.call(.sockShutdown, fd, 1) == .badf)
        #expect(guest.context.counters.failedCallCount == guest.context.counters.callCount)
    }

    @Test func sockets_areNotThere() throws {
        let guest = TestGuest()
        let fd = UInt64(try guest.mustOpen("file", .create))
        for fd in [0, 3, fd] {
            #expect(guest.call(.sockAccept, fd, 0, 0) == .notsock)
            #expect(guest.call(.sockRecv, fd, 0, 0, 0, 0, 0) == .notsock)
            #expect(guest.call(.sockSend, fd, 0, 0, 0, 0) == .notsock)
            #expect(guest.call(.sockShutdown, fd, 1) == .notsock)
        }
    }

    @Test func everyPointer_isChecked() throws {
        let guest = TestGuest()
        let fd = UInt64(try guest.mustOpen("file", .create))
        let end = UInt64(TestGuest.memoryByteCount)
        let out: [UInt64] = [end, end - 3, 0xffff_ffff, 0xffff_fffc]
        let (path, length) = guest.put("file")
        let vector = guest.room(8)
        for bad in out {
            #expect(guest.call(.argsGet, bad, 0) == .fault)
            #expect(guest.call(.argsGet, 0, bad) == .fault)
            #expect(guest.call(.argsSizesGet, bad, 0) == .fault)
            #expect(guest.call(.argsSizesGet, 0, bad) == .fault)
            #expect(guest.call(.environSizesGet, bad, 0) == .fault)
            #expect(guest.call(.clockTimeGet, 0, 0, bad) == .fault)
            #expect(guest.call(.clockResGet, 0, bad) == .fault)
            #expect(guest.call(.fdFdstatGet, fd, bad) == .fault)
            #expect(guest.call(.fdFilestatGet, fd, bad) == .fault)
            #expect(guest.call(.fdPrestatGet, 3, bad) == .fault)
            #expect(guest.call(.fdPrestatDirName, 3, bad, 4) == .fault)
            #expect(guest.call(.fdRead, fd, bad, 1, 0) == .fault)
            #expect(guest.call(.fdWrite, fd, bad, 1, 0) == .fault)
            #expect(guest.call(.fdRead, fd, 0, 0, bad) == .fault)
            #expect(guest.call(.fdWrite, fd, 0, 0, bad) == .fault)
            #expect(guest.call(.fdPread, fd, 0, 0, 0, bad) == .fault)
            #expect(guest.call(.fdPwrite, fd, 0, 0, 0, bad) == .fault)
            #expect(guest.call(.fdSeek, fd, 0, 0, bad) == .fault)
            #expect(guest.call(.fdTell, fd, bad) == .fault)
            #expect(guest.call(.fdReaddir, 3, bad, 100, 0, 0) == .fault)
            #expect(guest.call(.fdReaddir, 3, 0, 100, 0, bad) == .fault)
            #expect(guest.call(.pathOpen, 3, 0, bad, 4, 0, 0, 0, 0, 0) == .fault)
            #expect(guest.call(.pathOpen, 3, 0, path, length, 0, 0, 0, 0, bad) == .fault)
            #expect(guest.call(.pathFilestatGet, 3, 0, path, length, bad) == .fault)
            #expect(guest.call(.pathCreateDirectory, 3, bad, 4) == .fault)
            #expect(guest.call(.pathReadlink, 3, bad, 4, 0, 4, 0) == .fault)
            #expect(guest.call(.pathSymlink, bad, 4, 3, path, length) == .fault)
            #expect(guest.call(.pathLink, 3, 0, path, length, 3, bad, 4) == .fault)
            #expect(guest.call(.pathRename, 3, path, length, 3, bad, 4) == .fault)
            #expect(guest.call(.pollOneoff, bad, 0, 1, 0) == .fault)
            #expect(guest.call(.pollOneoff, 0, bad, 1, 0) == .fault)
            #expect(guest.call(.randomGet, bad, 8) == .fault)
            // A vector that points outside, and one whose end overflows.
            guest.set(UInt32(truncatingIfNeeded: bad), vector)
            guest.set(UInt32(0xffff_ffff), vector + 4)
            #expect(guest.call(.fdRead, fd, vector, 1, 0) == .fault)
            #expect(guest.call(.fdWrite, fd, vector, 1, 0) == .fault)
        }
        #expect(guest.context.openFileCount == 5, "a failed open leaves nothing behind")
        #expect(try guest.status("file").get().size == 0, "a write that cannot report its count writes nothing")
    }

    @Test func vectorsThatOverlap_areFilledInOrder() throws {
        let guest = TestGuest()
        let fd = try guest.mustOpen("file", .create)
        _ = guest.write(fd, "abcdef")
        _ = guest.seek(fd, 0, 0)
        let target = guest.room(16)
        let vectors = guest.room(16)
        guest.set(UInt32(target), vectors)
        guest.set(UInt32(4), vectors + 4)
        guest.set(UInt32(target + 2), vectors + 8)
        guest.set(UInt32(2), vectors + 12)
        #expect(guest.call(.fdRead, UInt64(fd), vectors, 2, 0) == .success)
        #expect(guest.get(target, 4) == Array("abef".utf8))
        // Reading over the vectors themselves stays inside the guest.
        _ = guest.seek(fd, 0, 0)
        guest.set(UInt32(vectors), vectors)
        guest.set(UInt32(6), vectors + 4)
        #expect(guest.call(.fdRead, UInt64(fd), vectors, 2, 0) == .success)
    }

    @Test func tooManyVectors_orTooManyBytes_isInval() throws {
        let guest = TestGuest()
        let fd = UInt64(try guest.mustOpen("file", .create))
        #expect(guest.call(.fdWrite, fd, 4096, 1025, 0) == .inval)
        #expect(guest.call(.fdWrite, fd, 4096, 0xffff_ffff, 0) == .inval)
    }

    @Test func seek_movesAndRefusesWhatIsBeforeTheBeginning() throws {
        let guest = TestGuest()
        let fd = try guest.mustOpen("file", .create)
        _ = guest.write(fd, "0123456789")
        #expect(guest.seek(fd, -3, 2) == .success(7))
        #expect(try guest.read(fd, 10).get() == Array("789".utf8))
        #expect(guest.seek(fd, -4, 1) == .success(6))
        #expect(guest.seek(fd, -7, 1) == .failure(.inval))
        #expect(guest.seek(fd, 0, 3) == .failure(.inval))
        #expect(guest.seek(fd, Int64.max, 1) == .failure(.overflow))
        #expect(guest.seek(fd, 20, 0) == .success(20))
        #expect(guest.write(fd, "x") == .success(1))
        #expect(try guest.status(fd).get().size == 21)
        #expect(try guest.read(fd, 12, at: 9).get() == Array("9".utf8) + [UInt8](repeating: 0, count: 10) + [120])
        #expect(guest.call(.fdTell, UInt64(fd), 0) == .success)
        #expect(guest.u64(0) == 21)
    }

    @Test func preview0_numbersWhenceOtherwise() throws {
        let guest = TestGuest()
        guest.preview = .unstable
        let fd = try guest.mustOpen("file", .create)
        _ = guest.write(fd, "0123456789")
        #expect(guest.seek(fd, 2, 2) == .success(2))
        #expect(guest.seek(fd, 3, 0) == .success(5))
        #expect(guest.seek(fd, -1, 1) == .success(9))
    }

    @Test func filestat_isLaidOutForEachPreview() throws {
        let guest = TestGuest()
        try guest.make("file", "abc")
        _ = guest.link("file", "other")
        for preview in [Preview.preview1, .unstable] {
            guest.preview = preview
            let status = try guest.status("file").get()
            #expect(status.size == 3 && status.linkCount == 2 && status.type == FileType.regularFile.rawValue)
            #expect(status.modificationTime == guest.platform.realtime && status.inode > 1)
        }
        // Preview 0's filestat is 8 bytes shorter: what follows stays untouched.
        guest.set(UInt64(0x1122_3344_5566_7788), 56)
        guest.preview = .unstable
        _ = guest.status("file")
        #expect(guest.u64(56) == 0x1122_3344_5566_7788)
    }

    @Test func append_writesAtTheEnd_pwriteWhereItIsTold() throws {
        let guest = TestGuest()
        let fd = try guest.mustOpen("file", .create, flags: .append)
        _ = guest.write(fd, "aa")
        _ = guest.seek(fd, 0, 0)
        _ = guest.write(fd, "bb")
        #expect(guest.seek(fd, 0, 1) == .success(4))
        #expect(guest.write(fd, "c", at: 0) == .success(1))
        #expect(guest.seek(fd, 0, 1) == .success(4))
        #expect(try guest.content("file") == "cabb")
        #expect(guest.call(.fdFdstatSetFlags, UInt64(fd), 0) == .success)
        _ = guest.seek(fd, 0, 0)
        _ = guest.write(fd, "dd")
        #expect(try guest.content("file") == "ddbb")
        #expect(guest.call(.fdFdstatSetFlags, UInt64(fd), 0x20) == .inval)
    }

    @Test func fdstat_tellsTypeFlagsAndRights() throws {
        let guest = TestGuest()
        let fd = try guest.mustOpen(
            "file", .create, rights: Rights([.fdRead, .fdReaddir]).rawValue, inheriting: 6, flags: [.sync, .append])
        #expect(guest.call(.fdFdstatGet, UInt64(fd), 0) == .success)
        #expect(guest.u8(0) == 4 && guest.u16(2) == 0x11)
        #expect(guest.u64(8) == Rights.fdRead.rawValue, "reading a directory is no right on a file")
        #expect(guest.u64(16) == 6)
        #expect(guest.call(.fdFdstatGet, 3, 0) == .success)
        #expect(guest.u8(0) == 3 && guest.u64(8) & Rights.fdSeek.rawValue == 0)
    }

    @Test func rights_areNeededAndCanOnlyBeGivenUp() throws {
        let guest = TestGuest()
        let rights = Rights([.fdRead, .fdWrite, .fdSeek, .fdTell])
        let fd = UInt64(try guest.mustOpen("file", .create, rights: rights.rawValue))
        #expect(guest.call(.fdFilestatGet, fd, 0) == .notcapable)
        #expect(guest.call(.fdFilestatSetSize, fd, 0) == .notcapable)
        #expect(guest.call(.fdFilestatSetTimes, fd, 0, 0, 0) == .notcapable)
        #expect(guest.call(.fdAllocate, fd, 0, 1) == .notcapable)
        #expect(guest.call(.fdAdvise, fd, 0, 1, 0) == .notcapable)
        #expect(guest.call(.fdSync, fd) == .notcapable)
        #expect(guest.call(.fdDatasync, fd) == .notcapable)
        #expect(guest.call(.fdFdstatSetFlags, fd, 0) == .notcapable)
        #expect(guest.call(.fdFdstatSetRights, fd, rights.union(.fdSync).rawValue, 0) == .notcapable)
        #expect(guest.call(.fdFdstatSetRights, fd, Rights.fdSeek.rawValue, 0) == .success)
        #expect(guest.read(UInt32(fd), 1) == .failure(.notcapable))
        #expect(guest.write(UInt32(fd), "x") == .failure(.notcapable))
        #expect(guest.call(.fdFdstatSetRights, fd, rights.rawValue, 0) == .notcapable)
        #expect(guest.seek(UInt32(fd), 0, 0) == .success(0))
        // Where one is can be told, but not where the end is.
        #expect(guest.call(.fdFdstatSetRights, fd, 0, 0) == .success)
        #expect(guest.seek(UInt32(fd), 0, 1) == .failure(.notcapable))
        #expect(guest.call(.fdTell, fd, 0) == .notcapable)
    }

    @Test func rights_areInherited() throws {
        let guest = TestGuest()
        #expect(guest.makeDirectory("dir") == .success)
        let inheriting = Rights([.fdRead, .fdSeek])
        let dir = try guest.open(
            "dir", .directory, rights: Rights([.pathOpen, .pathCreateFile]).rawValue, inheriting: inheriting.rawValue
        ).get()
        #expect(guest.open("f", .create, rights: Rights.fdWrite.rawValue, at: dir) == .failure(.notcapable))
        #expect(guest.open("f", .create, rights: Rights.fdRead.rawValue, inheriting: 64, at: dir) == .failure(.notcapable))
        #expect(guest.open("f", .create, rights: Rights.fdRead.rawValue, at: dir).error == .success)
        #expect(guest.open("f", .truncate, rights: 0, at: dir) == .failure(.notcapable))
        #expect(guest.path(.pathUnlinkFile, "f", at: dir) == .notcapable)
        #expect(guest.path(.pathCreateDirectory, "d", at: dir) == .notcapable)
        #expect(guest.path(.pathRemoveDirectory, "d", at: dir) == .notcapable)
        #expect(guest.status("f", at: dir) == .failure(.notcapable))
        #expect(throws: Errno.notcapable) { _ = try guest.readDirectory(dir) }
    }

    @Test func directories_areNotFiles() throws {
        let guest = TestGuest()
        #expect(guest.read(3, 8) == .failure(.isdir))
        #expect(guest.read(3, 8, at: 0) == .failure(.isdir))
        #expect(guest.write(3, "x") == .failure(.isdir))
        #expect(guest.write(3, "x", at: 0) == .failure(.isdir))
        #expect(guest.seek(3, 0, 1) == .failure(.isdir))
        #expect(guest.call(.fdTell, 3, 0) == .isdir)
        #expect(guest.call(.fdAllocate, 3, 0, 1) == .isdir)
        #expect(guest.call(.fdFilestatSetSize, 3, 0) == .inval)
        let file = try guest.mustOpen("file", .create)
        #expect(throws: Errno.notdir) { _ = try guest.readDirectory(file) }
        #expect(guest.open("x", at: file) == .failure(.notdir))
    }

    @Test func streams_haveNoPosition() {
        let guest = TestGuest()
        #expect(guest.seek(1, 0, 1) == .failure(.spipe))
        #expect(guest.call(.fdTell, 1, 0) == .spipe)
        #expect(guest.write(1, "x", at: 0) == .failure(.spipe))
        #expect(guest.read(0, 1, at: 0) == .failure(.spipe))
        #expect(guest.call(.fdAdvise, 1, 0, 0, 0) == .spipe)
        #expect(guest.call(.fdAllocate, 1, 0, 1) == .spipe)
        #expect(guest.call(.fdFilestatSetSize, 1, 0) == .inval)
        #expect(guest.call(.fdSync, 1) == .inval)
        #expect(guest.read(1, 1) == .failure(.notcapable))
        #expect(guest.write(0, "x") == .failure(.notcapable))
    }

    @Test func streams_moveBytes() {
        let guest = TestGuest()
        guest.platform.input = Array("line\n".utf8)
        #expect(guest.read(0, 2, 100) == .success(Array("line\n".utf8)))
        #expect(guest.read(0, 10) == .failure(.again), "the platform says that there is nothing")
        guest.platform.inputIsOpen = false
        #expect(guest.read(0, 10) == .success([]))
        #expect(guest.write(1, Array("a".utf8), Array("b".utf8)) == .success(2))
        #expect(guest.write(2, "err") == .success(3))
        #expect(guest.platform.output == Array("ab".utf8) && guest.platform.errors == Array("err".utf8))
        // Not blocking: as much as there is room for.
        #expect(guest.call(.fdFdstatSetFlags, 1, 4) == .success)
        guest.platform.outputRoom = 2
        #expect(guest.write(1, "12345") == .success(2))
        guest.platform.outputRoom = 0
        #expect(guest.write(1, "12345") == .failure(.again))
    }

    @Test func aWriteOfSeveralVectors_isOneRequest() {
        let guest = TestGuest()
        #expect(guest.write(1, Array("ab".utf8), [], Array("c".utf8), [], Array("def".utf8)) == .success(6))
        #expect(guest.platform.output == Array("abcdef".utf8))
        #expect(guest.platform.requests == [[2, 1, 3]])
        #expect(guest.write(1, [], []) == .success(0))
        #expect(guest.platform.requests.count == 1, "nothing is no request")
        // A piece that the platform takes only a part of is the last.
        #expect(guest.call(.fdFdstatSetFlags, 1, 4) == .success)
        guest.platform.outputRoom = 2
        #expect(guest.write(1, Array("12".utf8), Array("345".utf8), Array("6".utf8)) == .success(4))
        #expect(guest.platform.output == Array("abcdef1234".utf8))
    }

    @Test func isatty_canTellATerminal() {
        let platform = TestPlatform()
        platform.terminal = true
        for (guest, type) in [(TestGuest(platform: platform), FileType.characterDevice), (TestGuest(), .unknown)] {
            #expect(guest.call(.fdFdstatGet, 0, 0) == .success)
            #expect(guest.u8(0) == type.rawValue)
            #expect(guest.u64(8) & Rights([.fdSeek, .fdTell]).rawValue == 0)
            #expect(guest.call(.fdFilestatGet, 0, 0) == .success)
            #expect(guest.u8(16) == type.rawValue)
        }
    }

    @Test func renumber_movesOverWhateverIsThere() throws {
        let guest = TestGuest()
        let from = try guest.mustOpen("from", .create)
        let to = try guest.mustOpen("to", .create)
        _ = guest.write(from, "12")
        #expect(guest.call(.fdRenumber, UInt64(from), UInt64(to)) == .success)
        #expect(guest.close(from) == .badf)
        #expect(try guest.status(to).get().size == 2)
        #expect(guest.call(.fdRenumber, UInt64(to), UInt64(to)) == .success)
        #expect(guest.call(.fdRenumber, UInt64(to), 100) == .badf, "there is nothing to replace")
        #expect(guest.call(.fdRenumber, UInt64(to), 0xffff_ffff) == .badf)
        #expect(guest.call(.fdRenumber, 99, UInt64(to)) == .badf)
        let other = try guest.mustOpen("other", .create)
        #expect(guest.call(.fdRenumber, 1, UInt64(other)) == .success)
        #expect(guest.write(other, "out") == .success(3))
        #expect(guest.call(.fdRenumber, UInt64(to), UInt64(other)) == .success)
        #expect(guest.platform.closedStreams == [1])
        #expect(try guest.status(other).get().size == 2)
    }

    @Test func tooManyOpenFiles_isMfile_andCreatesNothing() throws {
        var limits = WASILimits()
        limits.openFileCount = 6
        let guest = TestGuest(limits: limits)
        _ = try guest.mustOpen("a", .create)
        let last = try guest.mustOpen("b", .create)
        #expect(guest.open("c", .create) == .failure(.mfile))
        #expect(guest.status("c") == .failure(.noent))
        _ = guest.write(last, "123")
        #expect(guest.open("b", .truncate) == .failure(.mfile))
        #expect(try guest.status("b").get().size == 3)
        #expect(guest.close(last) == .success)
        #expect(guest.open("c", .create).error == .success)
    }

    @Test func sizesAndAllocation() throws {
        let guest = TestGuest()
        let fd = UInt64(try guest.mustOpen("file", .create))
        _ = guest.write(UInt32(fd), "abcdef")
        #expect(guest.call(.fdFilestatSetSize, fd, 3) == .success)
        #expect(guest.call(.fdFilestatSetSize, fd, 5) == .success)
        #expect(guest.read(UInt32(fd), 10, at: 0) == .success([97, 98, 99, 0, 0]))
        #expect(guest.call(.fdFilestatSetSize, fd, UInt64.max) == .inval)
        #expect(guest.call(.fdAllocate, fd, 2, 2) == .success)
        #expect(try guest.status(UInt32(fd)).get().size == 5)
        #expect(guest.call(.fdAllocate, fd, 4, 100) == .success)
        #expect(try guest.status(UInt32(fd)).get().size == 104)
        #expect(guest.call(.fdAllocate, fd, 4, 0) == .inval)
        #expect(guest.call(.fdAllocate, fd, UInt64.max, 2) == .fbig)
        #expect(guest.call(.fdAllocate, fd, 0, 1 << 40) == .nospc)
        #expect(guest.write(UInt32(fd), "x", at: UInt64(Int64.max)) == .failure(.fbig))
        // A hole costs nothing.
        #expect(guest.call(.fdFilestatSetSize, fd, 1 << 40) == .success)
        #expect(guest.layer.usedByteCount < 20_000)
        #expect(guest.call(.fdAdvise, fd, 0, 100, 3) == .success)
        #expect(guest.call(.fdAdvise, fd, 0, 100, 6) == .inval)
        #expect(guest.call(.fdAdvise, fd, UInt64.max, 100, 0) == .inval)
        #expect(guest.call(.fdSync, fd) == .success && guest.call(.fdDatasync, fd) == .success)
    }

    @Test func times_areSet() throws {
        let guest = TestGuest()
        let fd = UInt64(try guest.mustOpen("file", .create))
        #expect(guest.call(.fdFilestatSetTimes, fd, 11, 22, 0b0101) == .success)
        var status = try guest.status("file").get()
        #expect(status.accessTime == 11 && status.modificationTime == 22)
        guest.platform.realtime += 5
        #expect(guest.call(.fdFilestatSetTimes, fd, 33, 44, 0b1000) == .success)
        status = try guest.status("file").get()
        #expect(status.accessTime == 11 && status.modificationTime == guest.platform.realtime)
        #expect(guest.call(.fdFilestatSetTimes, fd, 0, 0, 0b0011) == .inval)
        #expect(guest.call(.fdFilestatSetTimes, fd, 0, 0, 0b1100) == .inval)
        #expect(guest.call(.fdFilestatSetTimes, fd, 0, 0, 0b10000) == .inval)
        #expect(guest.call(.fdFilestatSetTimes, 1, 0, 0, 1) == .notsup)
    }

    @Test func prestat_namesThePreopens() {
        let guest = TestGuest(preopens: ["/", "data"])
        #expect(guest.call(.fdPrestatGet, 4, 0) == .success)
        #expect(guest.u8(0) == 0 && guest.u32(4) == 4)
        #expect(guest.call(.fdPrestatDirName, 4, 64, 3) == .nametoolong)
        #expect(guest.call(.fdPrestatDirName, 4, 64, 10) == .success)
        #expect(guest.get(64, 4) == Array("data".utf8))
        #expect(guest.call(.fdPrestatGet, 5, 0) == .badf)
        #expect(guest.call(.fdPrestatGet, 1, 0) == .badf)
        #expect(guest.close(4) == .success)
        #expect(guest.call(.fdPrestatGet, 4, 0) == .badf)
        #expect(guest.open("x", at: 4) == .failure(.badf))
    }
}
