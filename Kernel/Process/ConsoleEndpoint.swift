// One direction of a stream to the outside: a serial device with the threads that wait for it. Standard input, output and error have one
// each; on a bare UART they share it. Output and error may share a device that says whose bytes come (qemu/README.md): then what goes to
// both arrives in the order in which it was written. The endpoints are made at boot and live for ever.
import FileSystems
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory
import WASI

/// A stream to the outside.
final class ConsoleEndpoint {
    // Constant. What they lead to, interrupts off.
    let device: SerialDevice
    private let readWaiters: UnsafeMutablePointer<WaitQueue>
    private let writeWaiters: UnsafeMutablePointer<WaitQueue>
    /// Where finished lines of a terminal are.
    let lines: UnsafeMutablePointer<ByteRing>
    /// What stands before each piece of bytes beside its length, when the device carries two streams; nil: nothing stands there.
    private let mark: UInt8?

    /// Bytes before a piece: three of its length, little-endian, and the mark.
    private static let headByteCount = 4
    /// The longest piece those can name.
    private static let pieceByteLimit = 1 << 24 - 1

    // Set at boot, before programs run.
    /// Whether `\n` is written as `\r\n`, and input comes in lines from the terminal.
    var isTerminal: Bool

    // Interrupts off.
    /// Ctrl-D was typed and nobody has read it yet.
    var isEndTyped = false

    /// An endpoint of its own, whose pieces have `mark` before them when there is one.
    init(device: SerialDevice, isTerminal: Bool, mark: UInt8? = nil) {
        self.device = device
        self.isTerminal = isTerminal
        self.mark = mark
        readWaiters = .allocate(capacity: 1)
        readWaiters.initialize(to: WaitQueue())
        writeWaiters = .allocate(capacity: 1)
        writeWaiters.initialize(to: WaitQueue())
        lines = .allocate(capacity: 1)
        lines.initialize(to: ByteRing(storage: .allocate(byteCount: 8192, alignment: 16)))
        device.notificationContext = Unmanaged.passUnretained(self).toOpaque()
        device.receiveNotification = { ConsoleEndpoint.at($0).received() }
        device.transmitNotification = { ConsoleEndpoint.at($0).transmitted() }
    }

    /// An endpoint that writes to the same device as `other`, with a mark of its own. Only `other` reads.
    init(beside other: ConsoleEndpoint, mark: UInt8) {
        device = other.device
        isTerminal = other.isTerminal
        self.mark = mark
        readWaiters = other.readWaiters
        writeWaiters = other.writeWaiters
        lines = other.lines
    }

    private static func at(_ context: UnsafeMutableRawPointer?) -> ConsoleEndpoint {
        Unmanaged<ConsoleEndpoint>.fromOpaque(context!).takeUnretainedValue()
    }

    private func received() {
        if isTerminal { ConsoleInput.wake() } else { wakeReaders() }
    }

    private func transmitted() {
        Scheduler.wakeAll(writeWaiters)
        StreamPolling.wake()
    }

    /// Input has come, or its end.
    func wakeReaders() {
        Scheduler.wakeAll(readWaiters)
        StreamPolling.wake()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) -> StreamResult {
        guard buffer.count > 0 else { return .bytes(0) }
        GuestWindows.touch(buffer.baseAddress, buffer.count)
        return withInterruptsDisabled {
            while true {
                let count = isTerminal ? lines.pointee.read(into: buffer) : device.read(into: buffer)
                if count > 0 { return .bytes(count) }
                if isTerminal ? isEndTyped : device.isReceiveClosed {
                    isEndTyped = false
                    return .bytes(0)
                }
                if nonblocking { return .failed(.again) }
                _ = Scheduler.block(in: readWaiters)
            }
        }
    }

    /// Writes everything, waiting for room, unless `nonblocking`. What is at most `Platform.atomicByteCount` long goes out as a whole, and
    /// of what is longer each line that fits, so that those of several programs stay whole.
    func write(_ bytes: ByteVectors, nonblocking: Bool) -> StreamResult {
        GuestWindows.touch(bytes)
        let least = mark == nil ? 1 : 1 + ConsoleEndpoint.headByteCount
        let wantedByteCount = bytes.byteCount <= Platform.atomicByteCount ? sentByteCount(bytes) : least
        var rest = bytes
        var done = 0
        while true {
            let count = withInterruptsDisabled { device.writableByteCount >= wantedByteCount ? append(&rest) : 0 }
            done += count
            if rest.isEmpty { return .bytes(done) }
            if count > 0 { continue }
            if nonblocking { return done > 0 ? .bytes(done) : .failed(.again) }
            if Scheduler.isDeterministic {
                device.drain()
            } else {
                withInterruptsDisabled {
                    if device.writableByteCount < max(wantedByteCount, 2) { _ = Scheduler.block(in: writeWaiters) }
                }
            }
        }
    }

    /// The same for one buffer.
    func write(from buffer: UnsafeRawBufferPointer, nonblocking: Bool) -> StreamResult {
        write(ByteVectors(buffer), nonblocking: nonblocking)
    }

    /// How many bytes go out for these: on a terminal the end of a line is two, and pieces may have heads.
    private func sentByteCount(_ bytes: ByteVectors) -> Int {
        var count = bytes.byteCount
        guard isTerminal || mark != nil else { return count }
        var rest = bytes
        while !rest.isEmpty {
            if mark != nil {
                count += ConsoleEndpoint.headByteCount
                rest.removeFirst(rest.first.count)
                continue
            }
            for byte in rest.first where byte == 0x0A { count += 1 }
            rest.removeFirst(rest.first.count)
        }
        return count
    }

    /// Moves what fits to the device's ring, on a terminal line by line and not much more than `Platform.atomicByteCount` bytes, and says
    /// how many bytes it took. Interrupts are off.
    private func append(_ rest: inout ByteVectors) -> Int {
        defer { device.transmit() }
        if let mark { return append(&rest, mark) }
        var done = 0
        while !rest.isEmpty, !isTerminal || done < Platform.atomicByteCount {
            let piece = rest.first
            var end = min(piece.count, device.writableByteCount)
            if isTerminal, let line = piece[..<end].firstIndex(of: 0x0A) { end = line }
            done += device.append(UnsafeRawBufferPointer(rebasing: piece[..<end]))
            rest.removeFirst(end)
            if end == piece.count { continue }
            // Either the ring is full, or here ends a line.
            guard isTerminal, piece[end] == 0x0A, device.writableByteCount >= 2 else { break }
            var ending: InlineArray<2, UInt8> = [0x0D, 0x0A]
            _ = withUnsafeBytes(of: &ending) { device.append($0) }
            done += 1
            rest.removeFirst(1)
        }
        return done
    }

    /// The same with a head before each piece. A piece that does not fit is cut, and the rest of it comes as another.
    private func append(_ rest: inout ByteVectors, _ mark: UInt8) -> Int {
        var done = 0
        while !rest.isEmpty {
            let room = min(device.writableByteCount - ConsoleEndpoint.headByteCount, ConsoleEndpoint.pieceByteLimit)
            let piece = UnsafeRawBufferPointer(rebasing: rest.first.prefix(max(room, 0)))
            guard !piece.isEmpty else { break }
            var head = UInt32(piece.count) | UInt32(mark) << 24
            _ = withUnsafeBytes(of: &head) { device.append($0) }
            done += device.append(piece)
            rest.removeFirst(piece.count)
        }
        return done
    }

    func readiness(isWrite: Bool) -> StreamReadiness {
        withInterruptsDisabled {
            if isWrite {
                let room = device.writableByteCount
                // Ready is room for what must go out as a whole, each byte of it an end of line or in as many pieces as there may be: who
                // was told so need not be refused.
                return StreamReadiness(isReady: room >= 2 * Platform.atomicByteCount, byteCount: UInt64(room), isHungUp: false)
            }
            let count = isTerminal ? lines.pointee.count : device.readableByteCount
            let isEnded = isTerminal ? isEndTyped : device.isReceiveClosed
            return StreamReadiness(isReady: count > 0 || isEnded, byteCount: UInt64(count), isHungUp: isEnded && count == 0)
        }
    }
}
