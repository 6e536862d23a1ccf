// What WASI stands on in the kernel: clocks, random bytes, streams, waiting, for one process. Lies in the process's heap; everything it
// touches beyond is the kernel's and guarded by interrupts being off.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// The machine under one process's WASI.
final class KernelPlatform: Platform {
    private let process: Process.Pointer

    init(_ process: Process.Pointer) {
        self.process = process
        super.init()
    }

    override func time(of clock: WASI.Clock) -> UInt64? {
        switch clock {
        case .realtime: KernelTime.wallNanoseconds
        case .monotonic: KernelTime.nanoseconds
        case .processCPUTime, .threadCPUTime: processorTime
        }
    }

    private var processorTime: UInt64 {
        KernelView.enter {
            if Scheduler.isDeterministic { return process.pointee.fuelUsed &* VirtualClock.nanosecondsPerFuel }
            return withInterruptsDisabled { process.pointee.processorNanoseconds }
        }
    }

    override func resolution(of clock: WASI.Clock) -> UInt64? {
        if clock == .realtime, KernelTime.wallNanoseconds == nil { return nil }
        return max(1_000_000_000 / Clock.ticksPerSecond, 1)
    }

    override func fillRandom(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var rest = buffer
        while !rest.isEmpty {
            let piece = UnsafeMutableRawBufferPointer(rebasing: rest[..<min(rest.count, 4096)])
            GuestWindows.touch(piece.baseAddress, piece.count)
            Entropy.fill(piece)
            rest = UnsafeMutableRawBufferPointer(rebasing: rest[piece.count...])
        }
        return true
    }

    override func read(_ stream: StreamHandle, into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) -> StreamResult {
        guard stream.rawValue < 3 else { return .failed(.badf) }
        return KernelView.enter { read(Int(stream.rawValue), into: buffer, nonblocking: nonblocking) }
    }

    private func read(_ index: Int, into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) -> StreamResult {
        switch process.pointee.streams[index] {
        case .closed: return .failed(.badf)
        case .null: return .bytes(0)
        case .console(let endpoint): return endpoint.read(into: buffer, nonblocking: nonblocking)
        case .pipe(let pipe): return Pipe.read(pipe, into: buffer, nonblocking: nonblocking)
        case .input(let bytes, let offset):
            let count = min(buffer.count, bytes.count - offset)
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]))
            process.pointee.streams[index] = .input(bytes, offset: offset + count)
            return .bytes(count)
        case .output: return .failed(.badf)
        }
    }

    override func write(_ stream: StreamHandle, from buffer: UnsafeRawBufferPointer, nonblocking: Bool) -> StreamResult {
        write(stream, ByteVectors(buffer), nonblocking: nonblocking)
    }

    override func write(_ stream: StreamHandle, _ bytes: ByteVectors, nonblocking: Bool) -> StreamResult {
        guard stream.rawValue < 3 else { return .failed(.badf) }
        return KernelView.enter { write(Int(stream.rawValue), bytes, nonblocking: nonblocking) }
    }

    private func write(_ index: Int, _ bytes: ByteVectors, nonblocking: Bool) -> StreamResult {
        switch process.pointee.streams[index] {
        case .closed, .input: return .failed(.badf)
        case .null: return .bytes(bytes.byteCount)
        case .console(let endpoint): return endpoint.write(bytes, nonblocking: nonblocking)
        case .pipe(let pipe): return Pipe.write(pipe, bytes, nonblocking: nonblocking)
        case .output(let node, let offset):
            var rest = bytes
            var done = 0
            do throws(Errno) {
                while !rest.isEmpty {
                    let count = try SharedFileSystem.write(node, at: offset + UInt64(done), from: rest.first)
                    guard count > 0 else { break }
                    done += count
                    rest.removeFirst(count)
                }
            } catch { if done == 0 { return .failed(error) } }
            process.pointee.streams[index] = .output(node, offset: offset + UInt64(done))
            return .bytes(done)
        }
    }

    override func readiness(_ interest: StreamInterest) -> StreamReadiness {
        KernelView.enter { streamReadiness(interest) }
    }

    private func streamReadiness(_ interest: StreamInterest) -> StreamReadiness {
        guard interest.stream.rawValue < 3 else { return StreamReadiness(isReady: true, byteCount: 0, isHungUp: true) }
        switch process.pointee.streams[Int(interest.stream.rawValue)] {
        case .console(let endpoint): return endpoint.readiness(isWrite: interest.isWrite)
        case .pipe(let pipe): return Pipe.readiness(pipe, isWrite: interest.isWrite)
        case .input(let bytes, let offset):
            return StreamReadiness(isReady: true, byteCount: UInt64(bytes.count - offset), isHungUp: false)
        case .null, .output: return StreamReadiness(isReady: true, byteCount: interest.isWrite ? 65536 : 0, isHungUp: false)
        case .closed: return StreamReadiness(isReady: true, byteCount: 0, isHungUp: true)
        }
    }

    override func type(of stream: StreamHandle) -> FileType {
        guard stream.rawValue < 3 else { return .unknown }
        return KernelView.enter { streamType(stream) }
    }

    private func streamType(_ stream: StreamHandle) -> FileType {
        switch process.pointee.streams[Int(stream.rawValue)] {
        case .console: return process.pointee.request.pointee.terminals[Int(stream.rawValue)] ? .characterDevice : .unknown
        case .null: return .characterDevice
        case .input, .output: return .regularFile
        case .pipe, .closed: return .unknown
        }
    }

    override func close(_ stream: StreamHandle) {
        guard stream.rawValue < 3 else { return }
        KernelView.enter { ProcessTable.closeStream(process, Int(stream.rawValue)) }
    }

    override func wait(until deadline: UInt64?, for interests: UnsafeBufferPointer<StreamInterest>) -> Bool {
        KernelView.enter {
            withInterruptsDisabled {
                for interest in interests where streamReadiness(interest).isReady { return }
                if let deadline, deadline <= KernelTime.nanoseconds { return }
                _ = Scheduler.block(in: interests.isEmpty ? nil : StreamPolling.waiters, until: deadline)
            }
        }
        return true
    }

    override func yield() { Scheduler.yield() }

    override func trace(_ line: UnsafeRawBufferPointer) {
        Log.line(.error, "trace") { $0.decimal(unsigned: process.pointee.pid).text(" ").bytes(line) }
    }
}
