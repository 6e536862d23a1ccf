// Self-tests of the clock, the serial port, the virtio console and the random source. The other half is in Tests/Machine: it sends and compares.
import CMachine
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory
import KernelStartup

nonisolated(unsafe) private var wakeCount = 0

extension SelfTest {
    static func testClock() {
        check(Clock.hasWallClock, "no wall clock")
        var last = Clock.nanoseconds
        for _ in 0..<10000 {
            let now = Clock.nanoseconds
            check(now >= last, "the clock runs backwards")
            last = now
        }
        check(Clock.ticks(fromNanoseconds: Clock.nanoseconds(fromTicks: 123_456_789)) == 123_456_789, "ticks and nanoseconds disagree")
        say { $0.text("wall clock ").decimal(unsigned: Clock.wallNanoseconds / 1_000_000_000) }
    }

    /// Echoes what comes in, by interrupts, until a `!`, and says how much it was.
    static func echoUart() {
        guard let uart = Platform.serialPort else { return check(false, "no serial port") }
        uart.receiveNotification = { _ in wakeCount += 1 }
        say { $0.text("echo ready") }
        let total = echo(uart) { $0 == UInt8(ascii: "!") }
        check(wakeCount > 0, "the serial port never interrupted")
        check(uart.lostByteCount == 0, "bytes were lost")
        say { $0.text("echoed ").decimal(total).text(" bytes") }
    }

    /// Reads standard input's port to its end, and says how much it was and its checksum.
    static func readVirtio() {
        guard let port = VirtioDevices.console?.port(named: "martlet.stdin") else { return check(false, "no port martlet.stdin") }
        port.receiveNotification = { _ in wakeCount += 1 }
        var checksum = Checksum()
        var total = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = port.read(into: buffer)
            if count == 0 {
                _ = Interrupts.disable()
                if port.readableByteCount == 0 {
                    if port.isReceiveClosed {
                        Interrupts.enable()
                        break
                    }
                    Interrupts.waitAndTake()
                }
                Interrupts.enable()
                continue
            }
            checksum.add(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
            total += count
        }
        check(port.lostByteCount == 0, "bytes were lost")
        say { $0.text("read ").decimal(total).text(" bytes, checksum ").hexadecimal(checksum.value) }
    }

    /// Writes `bytes=N` bytes of a known pattern to the serial port and says how long it took.
    static func testOutputUart(_ platform: Platform) {
        guard let uart = Platform.serialPort else { return check(false, "no serial port") }
        output(platform, to: uart)
    }

    /// The same to standard output's port.
    static func testOutputVirtio(_ platform: Platform) {
        guard let console = VirtioDevices.console, let port = console.port(named: "martlet.stdout") ?? console.consolePort else {
            return check(false, "no virtio console port")
        }
        output(platform, to: port)
    }

    static func testEntropy() {
        guard let entropy = VirtioDevices.entropy else { return check(false, "no virtio-rng") }
        check(entropy.waitForSeed(timeoutNanoseconds: 1_000_000_000), "virtio-rng does not answer")
        var first = InlineArray<4, UInt64>(repeating: 0)
        var second = InlineArray<4, UInt64>(repeating: 0)
        withUnsafeMutableBytes(of: &first) { Entropy.fill($0) }
        withUnsafeMutableBytes(of: &second) { Entropy.fill($0) }
        check(first[0] != second[0] && first[1] != second[1], "random bytes repeat")
        say { $0.text("random from ").text(Entropy.source).text(": ").hexadecimal(first[0]) }
    }

    private static func output(_ platform: Platform, to device: SerialDevice) {
        let total = platform.arguments.integer("bytes") ?? 65536
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
        defer { buffer.deallocate() }
        var checksum = Checksum()
        var random = TestRandom(seed: 5)
        let start = Clock.nanoseconds
        var done = 0
        device.transmitNotification = { _ in wakeCount += 1 }
        // The pattern is made once; a later piece differs by its first 8 bytes.
        for index in 0..<(65536 / 8) {
            buffer.storeBytes(of: random.next() | 0x0101_0101_0101_0101, toByteOffset: index * 8, as: UInt64.self)
        }
        while done < total {
            let count = min(65536, total - done)
            buffer.storeBytes(of: UInt64(done) | 0x0101_0101_0101_0101, as: UInt64.self)
            var rest = UnsafeRawBufferPointer(rebasing: buffer[0..<count])
            checksum.add(rest)
            while !rest.isEmpty {
                let sent = device.write(rest)
                rest = UnsafeRawBufferPointer(rebasing: rest[sent...])
                if sent == 0 {
                    _ = Interrupts.disable()
                    if device.writableByteCount == 0 { Interrupts.waitAndTake() }
                    Interrupts.enable()
                }
            }
            done += count
        }
        device.drain()
        let elapsed = max(1, Clock.nanoseconds - start)
        say {
            $0.text("\nwrote ").decimal(total).text(" bytes in ").decimal(unsigned: elapsed / 1000).text(" microseconds, checksum ")
                .hexadecimal(checksum.value)
        }
    }

    private static func echo(_ device: SerialDevice, until isLast: (UInt8) -> Bool) -> Int {
        var total = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = device.read(into: buffer)
            if count == 0 {
                _ = Interrupts.disable()
                if device.readableByteCount == 0 { Interrupts.waitAndTake() }
                Interrupts.enable()
                continue
            }
            total += count
            device.writeAll(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
            if isLast(buffer[count - 1]) { return total }
        }
    }
}

/// FNV-1a over 64 bits.
struct Checksum {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var sum = value
        for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
        value = sum
    }
}
