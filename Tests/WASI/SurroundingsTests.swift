// Arguments, environment, clocks, random bytes, polling, ending; and the trace.
import FileSystems
import Testing
import WASI
import WasmEngine

@Suite struct SurroundingsTests {
    @Test func argumentsAndEnvironment() {
        let guest = TestGuest(arguments: ["program", "", "två"], environment: ["A=1", "EMPTY="])
        #expect(guest.call(.argsSizesGet, 0, 4) == .success)
        #expect(guest.u32(0) == 3 && guest.u32(4) == 8 + 1 + 5)
        #expect(guest.call(.argsGet, 64, 128) == .success)
        #expect(guest.u32(64) == 128 && guest.u32(68) == 136 && guest.u32(72) == 137)
        #expect(guest.get(128, 14) == Array("program\0\0två\0".utf8))
        #expect(guest.call(.environSizesGet, 0, 4) == .success)
        #expect(guest.u32(0) == 2 && guest.u32(4) == 11)
        #expect(guest.call(.environGet, 64, 128) == .success)
        #expect(guest.get(128, 11) == Array("A=1\0EMPTY=\0".utf8))
        #expect(TestGuest(arguments: []).call(.argsGet, 0, 0) == .success)
    }

    @Test func clocks() {
        let guest = TestGuest()
        #expect(guest.call(.clockTimeGet, 0, 0, 0) == .success)
        #expect(guest.u64(0) == guest.platform.realtime)
        #expect(guest.call(.clockTimeGet, 1, 1000, 0) == .success)
        #expect(guest.u64(0) == guest.platform.monotonic)
        #expect(guest.call(.clockTimeGet, 2, 0, 0) == .success)
        #expect(guest.call(.clockTimeGet, 3, 0, 0) == .notsup, "the machine has no such clock")
        #expect(guest.call(.clockTimeGet, 4, 0, 0) == .inval)
        #expect(guest.call(.clockResGet, 0, 0) == .success)
        #expect(guest.u64(0) == 100)
        #expect(guest.call(.clockResGet, 3, 0) == .notsup)
        #expect(guest.call(.clockResGet, 0xffff_ffff, 0) == .inval)
    }

    @Test func randomBytes_fillAllOfABigBuffer() {
        let guest = TestGuest()
        let count = TestGuest.memoryByteCount - 4096
        #expect(guest.call(.randomGet, 4096, UInt64(count)) == .success)
        let bytes = guest.get(4096, count)
        for start in stride(from: 0, to: count - 64, by: 64 * 1024) {
            #expect(Set(bytes[start..<start + 64]).count > 16)
        }
        #expect(guest.call(.randomGet, 4097, UInt64(count)) == .fault)
        #expect(guest.call(.randomGet, 0, 0) == .success)
        guest.platform.hasRandom = false
        #expect(guest.call(.randomGet, 0, 8) == .nosys)
    }

    @Test func ending() {
        let guest = TestGuest()
        #expect(guest.outcome(.procExit, [300]) == .exit(300))
        #expect(guest.context.exitCode == 300)
        for (signal, code): (UInt64, UInt32) in [(1, 129), (6, 134), (9, 137), (11, 139), (15, 143), (30, 159)] {
            #expect(TestGuest().outcome(.procRaise, [signal]) == .exit(code))
        }
        for signal: UInt64 in [0, 16, 17, 22, 27] { #expect(TestGuest().call(.procRaise, signal) == .success) }
        for signal: UInt64 in [18, 19, 20, 21] { #expect(TestGuest().call(.procRaise, signal) == .notsup) }
        #expect(TestGuest().call(.procRaise, 31) == .inval)
        #expect(guest.context.counters.callCount == 1)
    }

    @Test func schedYield_yields() {
        let guest = TestGuest()
        #expect(guest.call(.schedYield) == .success)
        #expect(guest.platform.yieldCount == 1)
    }

    @Test func aProcessThatIsEndedWhileItWaits_doesNotGoOn() {
        let guest = TestGuest()
        guest.platform.endsWhileWaiting = true
        let vector = guest.room(8)
        guest.set(UInt32(4096), vector)
        guest.set(UInt32(8), vector + 4)
        #expect(guest.outcome(.fdRead, [0, vector, 1, 0]) == .ended)
    }

    @Test func closeAll_closesStreamsAndFiles() throws {
        let guest = TestGuest()
        let fd = try guest.mustOpen("file", .create)
        _ = guest.write(fd, "x")
        _ = guest.unlink("file")
        #expect(guest.layer.usedByteCount > 0)
        guest.context.closeAll()
        #expect(guest.platform.closedStreams == [0, 1, 2])
        #expect(guest.layer.usedByteCount == 0 && guest.context.openFileCount == 0)
    }

    // MARK: poll_oneoff

    private struct Subscription {
        var userdata: UInt64
        var clock: (id: UInt32, timeout: UInt64, flags: UInt16)?
        var descriptor: (fd: UInt32, isWrite: Bool)?
    }
    private struct Event: Equatable {
        var userdata: UInt64, error: UInt16, type: UInt8, byteCount: UInt64, flags: UInt16
    }
    private func poll(_ guest: TestGuest, _ subscriptions: [Subscription]) -> Result<[Event], Errno> {
        let isNew = guest.preview == .preview1
        let size = isNew ? 48 : 56
        let input = guest.room(size * max(subscriptions.count, 1))
        for (index, it) in subscriptions.enumerated() {
            let base = input + UInt64(index * size)
            guest.set(it.userdata, base)
            if let clock = it.clock {
                guest.set(UInt8(0), base + 8)
                let body = base + (isNew ? 16 : 24)
                guest.set(clock.id, body)
                guest.set(clock.timeout, body + 8)
                guest.set(UInt64(1), body + 16)
                guest.set(clock.flags, body + 24)
            } else if let descriptor = it.descriptor {
                guest.set(UInt8(descriptor.isWrite ? 2 : 1), base + 8)
                guest.set(descriptor.fd, base + 16)
            }
        }
        let output = guest.room(32 * max(subscriptions.count, 1))
        let error = guest.call(.pollOneoff, input, output, UInt64(subscriptions.count), 0)
        guard error == .success else { return .failure(error) }
        return .success(
            (0..<UInt64(guest.u32(0))).map {
                let base = output + $0 * 32
                return Event(
                    userdata: guest.u64(base), error: guest.u16(base + 8), type: guest.u8(base + 10), byteCount: guest.u64(base + 16),
                    flags: guest.u16(base + 24))
            })
    }

    @Test func poll_sleepsForTheShortestTime_inBothPreviews() {
        for preview in [Preview.preview1, .unstable] {
            let guest = TestGuest()
            guest.preview = preview
            let start = guest.platform.monotonic
            let events = poll(
                guest,
                [
                    Subscription(userdata: 1, clock: (1, 3_000_000, 0)), Subscription(userdata: 2, clock: (0, 1_000_000, 0)),
                    Subscription(userdata: 3, clock: (1, start + 2_000_000, 1)),
                ])
            #expect(events == .success([Event(userdata: 2, error: 0, type: 0, byteCount: 0, flags: 0)]))
            #expect(guest.platform.monotonic - start >= 1_000_000 && guest.platform.monotonic - start < 2_000_000)
            #expect(guest.platform.waitCount > 1, "early wake-ups do not end the wait")
        }
    }

    @Test func poll_ofAbsoluteTimes() {
        let guest = TestGuest()
        let start = guest.platform.realtime
        #expect(poll(guest, [Subscription(userdata: 9, clock: (0, start + 5000, 1))]).map(\.count) == .success(1))
        #expect(guest.platform.realtime >= start + 5000)
        let waits = guest.platform.waitCount
        #expect(poll(guest, [Subscription(userdata: 9, clock: (0, 17, 1))]).map(\.count) == .success(1), "long past")
        #expect(poll(guest, [Subscription(userdata: 9, clock: (1, 0, 0))]).map(\.count) == .success(1))
        #expect(guest.platform.waitCount == waits)
    }

    @Test func poll_ofDescriptors() throws {
        let guest = TestGuest()
        let fd = try guest.mustOpen("file", .create)
        _ = guest.write(fd, "12345")
        _ = guest.seek(fd, 2, 0)
        guest.platform.input = [1, 2, 3]
        let result = poll(
            guest,
            [
                Subscription(userdata: 1, descriptor: (0, false)), Subscription(userdata: 2, descriptor: (1, true)),
                Subscription(userdata: 3, descriptor: (fd, false)), Subscription(userdata: 4, descriptor: (77, true)),
                Subscription(userdata: 5, descriptor: (1, false)), Subscription(userdata: 6, clock: (1, 1_000_000_000, 0)),
                Subscription(userdata: 7, descriptor: (3, false)),
            ])
        let events = try result.get()
        #expect(
            events == [
                Event(userdata: 1, error: 0, type: 1, byteCount: 3, flags: 0),
                Event(userdata: 2, error: 0, type: 2, byteCount: 1, flags: 0),
                Event(userdata: 3, error: 0, type: 1, byteCount: 3, flags: 0),
                Event(userdata: 4, error: Errno.badf.rawValue, type: 2, byteCount: 0, flags: 0),
                Event(userdata: 5, error: Errno.notcapable.rawValue, type: 1, byteCount: 0, flags: 0),
                Event(userdata: 7, error: Errno.notcapable.rawValue, type: 1, byteCount: 0, flags: 0),
            ])
        #expect(guest.platform.waitCount == 0)
        // Nothing to read: the time runs out.
        guest.platform.input = []
        let timedOut = poll(
            guest, [Subscription(userdata: 1, descriptor: (0, false)), Subscription(userdata: 6, clock: (1, 1_000_000, 0))])
        #expect(try timedOut.get().map(\.userdata) == [6])
        // The other end is gone.
        guest.platform.inputIsOpen = false
        let ended = poll(guest, [Subscription(userdata: 1, descriptor: (0, false))])
        #expect(try ended.get() == [Event(userdata: 1, error: 0, type: 1, byteCount: 0, flags: 1)])
    }

    @Test func poll_refusesWhatMakesNoSense() {
        let guest = TestGuest()
        #expect(poll(guest, []) == .failure(.inval))
        #expect(guest.call(.pollOneoff, 0, 0, 0xffff_ffff, 0) == .inval)
        #expect(poll(guest, [Subscription(userdata: 1, clock: (9, 0, 0))]).map { $0[0].error } == .success(Errno.inval.rawValue))
        #expect(poll(guest, [Subscription(userdata: 1, clock: (2, 0, 0))]).map { $0[0].error } == .success(Errno.notsup.rawValue))
        #expect(poll(guest, [Subscription(userdata: 1, clock: (1, 0, 2))]).map { $0[0].error } == .success(Errno.inval.rawValue))
        let input = guest.room(48)
        guest.set(UInt8(3), input + 8)
        #expect(guest.call(.pollOneoff, input, 0, 1, 0) == .inval)
    }

    // MARK: Trace

    @Test func theTrace_namesArgumentsAndResults() throws {
        let guest = TestGuest()
        guest.context.isTracing = true
        let fd = try guest.mustOpen("fi\"le\n", .create, rights: 64)
        _ = guest.write(fd, "hello")
        _ = guest.seek(fd, -1, 0)
        _ = guest.outcome(.procExit, [3])
        _ = guest.call(.fdWrite, 99, 0xffff_fff0, 1, 0)
        let lines = guest.platform.traceLines
        #expect(
            lines[0] == "path_open(fd=3, dirflags=0x1, path=\"fi\\\"le\\x0a\", oflags=0x1, fs_rights_base=0x40, fs_rights_inheriting=0x0, "
                + "fdflags=0x0) = 0 (success) fd=4 <0.000000>")
        #expect(lines[1] == "fd_write(fd=4, iovs=[1 vector, 5 bytes]) = 0 (success) size=5 <0.000000>")
        #expect(lines[2] == "fd_seek(fd=4, offset=-1, whence=set) = 76 (notcapable) <0.000000>")
        #expect(lines[3] == "proc_exit(rval=3) exits with 3 <0.000000>")
        #expect(lines[4] == "fd_write(fd=99, iovs=fault) exits with 3 <0.000000>")
    }

    @Test func everyFunction_canBeTracedWithAnyArguments() {
        let guest = TestGuest()
        guest.context.isTracing = true
        guest.platform.inputIsOpen = false
        let values: [UInt64] = [0, 1, 3, 4, 0xffff_ffff, UInt64.max, 4096, UInt64(TestGuest.memoryByteCount) - 1]
        var random = SystemRandomNumberGenerator()
        for function in WASIFunction.allCases where function != .procExit && function != .procRaise {
            for preview in [Preview.preview1, .unstable] {
                guest.preview = preview
                for _ in 0..<200 {
                    let arguments = function.row.wideSlots.map { _ in values.randomElement(using: &random)! }
                    _ = guest.outcome(function, arguments.isEmpty ? [0] : arguments)
                }
            }
        }
        #expect(guest.platform.traceLines.count == 44 * 2 * 200)
    }
}
