// One direction of a stream to the outside: a serial device with the threads that wait for it. Standard input, output and error have one
// each; on a bare UART they share the device. Guarded by interrupts being off. The endpoints are made at boot and live for ever.
import FileSystems
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory
import WASI

/// A stream to the outside.
final class ConsoleEndpoint {
    let device: SerialDevice
    /// Whether `\n` is written as `\r\n`, and input comes in lines from the terminal.
    var isTerminal: Bool
    private let readWaiters: UnsafeMutablePointer<WaitQueue>
    private let writeWaiters: UnsafeMutablePointer<WaitQueue>
    /// Where finished lines of a terminal are.
    let lines: UnsafeMutablePointer<ByteRing>
    /// Ctrl-D was typed and nobody has read it yet.
    var isEndTyped = false

    init(device: SerialDevice, isTerminal: Bool) {
        self.device = device
        self.isTerminal = isTerminal
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

    func write(from buffer: UnsafeRawBufferPointer, nonblocking: Bool) -> StreamResult {
        GuestWindows.touch(buffer.baseAddress, buffer.count)
        var done = 0
        while done < buffer.count {
            var end = buffer.count
            if isTerminal {
                end = done
                while end < buffer.count, buffer[end] != 0x0A { end += 1 }
            }
            let count = withInterruptsDisabled { writePiece(buffer, done, end) }
            done += count
            if count == 0 {
                if nonblocking { return done > 0 ? .bytes(done) : .failed(.again) }
                if Scheduler.isDeterministic {
                    device.drain()
                } else {
                    withInterruptsDisabled {
                        if device.writableByteCount < 2 { _ = Scheduler.block(in: writeWaiters) }
                    }
                }
            }
        }
        return .bytes(done)
    }

    /// Writes the bytes up to `end`, and the end of line there if it fits too, in one piece, so that lines of several programs stay whole.
    private func writePiece(_ buffer: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int {
        var count = 0
        if end > start {
            count = device.write(UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            if count < end - start { return count }
        }
        guard end < buffer.count, device.writableByteCount >= 2 else { return count }
        var ending: InlineArray<2, UInt8> = [0x0D, 0x0A]
        _ = withUnsafeBytes(of: &ending) { device.write($0) }
        return count + 1
    }

    func readiness(isWrite: Bool) -> StreamReadiness {
        withInterruptsDisabled {
            if isWrite {
                let room = device.writableByteCount
                return StreamReadiness(isReady: room >= 2, byteCount: UInt64(room), isHungUp: false)
            }
            let count = isTerminal ? lines.pointee.count : device.readableByteCount
            let isEnded = isTerminal ? isEndTyped : device.isReceiveClosed
            return StreamReadiness(isReady: count > 0 || isEnded, byteCount: UInt64(count), isHungUp: isEnded && count == 0)
        }
    }
}
