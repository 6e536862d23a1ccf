// A pipe: a ring of bytes between processes, with waiting on both sides. It goes when its last end is closed.
// POSIX.1, "pipe": a write with no reader left is EPIPE, a read with no writer left is the end of the file.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI

/// A pipe.
struct Pipe {
    typealias Pointer = UnsafeMutablePointer<Pipe>
    static let byteCount = 65536

    // Constant. What they lead to, interrupts off.
    private let storage: UnsafeMutableRawPointer
    private let readWaiters: UnsafeMutablePointer<WaitQueue>
    private let writeWaiters: UnsafeMutablePointer<WaitQueue>

    // Interrupts off.
    private var ring: ByteRing
    private var readerCount = 0
    private var writerCount = 0

    private init(storage: UnsafeMutableRawPointer, queues: UnsafeMutablePointer<WaitQueue>) {
        self.storage = storage
        ring = ByteRing(storage: UnsafeMutableRawBufferPointer(start: storage, count: Pipe.byteCount))
        readWaiters = queues
        writeWaiters = queues + 1
    }

    /// Makes a pipe with no ends yet; nil when memory is refused.
    static func make() -> Pointer? {
        let recordByteCount = (MemoryLayout<Pipe>.size + 15) & ~15
        guard
            let record = KernelHeap.tryAllocate(
                from: KernelHeap.kernel, byteCount: recordByteCount + 2 * MemoryLayout<WaitQueue>.stride)
        else { return nil }
        guard let storage = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: byteCount) else {
            KernelHeap.free(record)
            return nil
        }
        let queues = (record + recordByteCount).bindMemory(to: WaitQueue.self, capacity: 2)
        queues.initialize(repeating: WaitQueue(), count: 2)
        let pipe = record.bindMemory(to: Pipe.self, capacity: 1)
        pipe.initialize(to: Pipe(storage: storage, queues: queues))
        return pipe
    }

    /// Adds an end.
    static func open(_ pipe: Pointer, isWriter: Bool) {
        withInterruptsDisabled {
            if isWriter { pipe.pointee.writerCount += 1 } else { pipe.pointee.readerCount += 1 }
        }
    }

    /// Takes an end away; the other side sees it. The last one takes the pipe with it.
    static func close(_ pipe: Pointer, isWriter: Bool) {
        withInterruptsDisabled {
            if isWriter { pipe.pointee.writerCount -= 1 } else { pipe.pointee.readerCount -= 1 }
            Scheduler.wakeAll(pipe.pointee.readWaiters)
            Scheduler.wakeAll(pipe.pointee.writeWaiters)
            StreamPolling.wake()
            if pipe.pointee.writerCount == 0 && pipe.pointee.readerCount == 0 {
                KernelHeap.free(pipe.pointee.storage)
                KernelHeap.free(UnsafeMutableRawPointer(pipe))
            }
        }
    }

    /// Reads what there is, waiting for the first byte unless `nonblocking`; 0 at the end.
    static func read(_ pipe: Pointer, into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) -> StreamResult {
        guard buffer.count > 0 else { return .bytes(0) }
        GuestWindows.touch(buffer.baseAddress, buffer.count)
        return withInterruptsDisabled {
            while true {
                let count = pipe.pointee.ring.read(into: buffer)
                if count > 0 {
                    Scheduler.wakeAll(pipe.pointee.writeWaiters)
                    StreamPolling.wake()
                    return .bytes(count)
                }
                if pipe.pointee.writerCount == 0 { return .bytes(0) }
                if nonblocking { return .failed(.again) }
                _ = Scheduler.block(in: pipe.pointee.readWaiters)
            }
        }
    }

    /// Writes everything, waiting for room, unless `nonblocking`. What is at most `Platform.atomicByteCount` long goes in as a whole.
    static func write(_ pipe: Pointer, _ bytes: ByteVectors, nonblocking: Bool) -> StreamResult {
        GuestWindows.touch(bytes)
        let wantedByteCount = bytes.byteCount <= Platform.atomicByteCount ? bytes.byteCount : 1
        return withInterruptsDisabled {
            var rest = bytes
            var done = 0
            while true {
                if pipe.pointee.readerCount == 0 { return .failed(.pipe) }
                if rest.isEmpty { return .bytes(done) }
                if pipe.pointee.ring.freeByteCount >= wantedByteCount {
                    while !rest.isEmpty {
                        let count = pipe.pointee.ring.append(rest.first)
                        guard count > 0 else { break }
                        done += count
                        rest.removeFirst(count)
                    }
                    Scheduler.wakeAll(pipe.pointee.readWaiters)
                    StreamPolling.wake()
                }
                if rest.isEmpty { return .bytes(done) }
                if nonblocking { return done > 0 ? .bytes(done) : .failed(.again) }
                _ = Scheduler.block(in: pipe.pointee.writeWaiters)
            }
        }
    }

    /// What can be done without waiting.
    static func readiness(_ pipe: Pointer, isWrite: Bool) -> StreamReadiness {
        withInterruptsDisabled {
            if isWrite {
                let isHungUp = pipe.pointee.readerCount == 0
                let room = pipe.pointee.ring.freeByteCount
                // Ready is room for what must go in as a whole: who was told so need not be refused.
                let isReady = isHungUp || room >= Platform.atomicByteCount
                return StreamReadiness(isReady: isReady, byteCount: UInt64(room), isHungUp: isHungUp)
            }
            let isHungUp = pipe.pointee.writerCount == 0
            let count = pipe.pointee.ring.count
            return StreamReadiness(isReady: isHungUp || count > 0, byteCount: UInt64(count), isHungUp: isHungUp && count == 0)
        }
    }
}

/// Those who wait for one of several streams: every change wakes them, and they look again.
enum StreamPolling {
    // Constant once it is made, at boot. What it leads to, interrupts off.
    nonisolated(unsafe) static let waiters: UnsafeMutablePointer<WaitQueue> = {
        let queue = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
        queue.initialize(to: WaitQueue())
        return queue
    }()

    static func wake() { Scheduler.wakeAll(waiters) }
}
