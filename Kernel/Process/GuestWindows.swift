// Linear memories of processes as guarded windows of their own address spaces: what the engine's memory provider asks for.
// Pages come on first touch; growing only moves the limit.
import KernelCore
import KernelMachine
import KernelMemory
import WASI
import WasmEngine

/// The memory provider of processes. It serves the process whose thread runs, so one engine serves many.
enum GuestWindows {
    static var provider: MemoryProvider {
        MemoryProvider(
            context: nil, reserve: { _, byteCount, _ in GuestWindows.reserve(byteCount) },
            grow: { _, base, oldByteCount, newByteCount in GuestWindows.grow(base, oldByteCount, newByteCount) },
            release: { _, base, byteCount in GuestWindows.release(base, byteCount) }, isGuarded: true)
    }

    /// Value stacks of processes: their pages come on touch, and a guard lies behind them.
    static var stackProvider: StackProvider {
        StackProvider(
            context: nil,
            reserve: { _, byteCount in
                KernelView.enter {
                    guard let process = Scheduler.current.pointee.process,
                        let base = process.pointee.space.reserveValueStack(byteCount: byteCount)
                    else { return nil }
                    return UnsafeMutableRawPointer(bitPattern: UInt(base))
                }
            },
            release: { _, base, _ in
                KernelView.enter {
                    Scheduler.current.pointee.process?.pointee.space.releaseValueStack(base: UInt64(UInt(bitPattern: base)))
                }
            })
    }

    private static func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer? { KernelView.enter { reserveWindow(byteCount) } }

    private static func grow(_ base: UnsafeMutableRawPointer, _ oldByteCount: Int, _ newByteCount: Int) -> UnsafeMutableRawPointer? {
        KernelView.enter { growWindow(base, oldByteCount, newByteCount) }
    }

    private static func release(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
        KernelView.enter { releaseWindow(base, byteCount) }
    }

    private static func reserveWindow(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let process = Scheduler.current.pointee.process, mayGrow(process, from: 0, to: byteCount) else { return nil }
        guard let base = withInterruptsDisabled({ process.pointee.space.reserveWindow() }) else { return nil }
        guard process.pointee.space.setByteCount(windowBase: base, UInt64(byteCount)) else {
            process.pointee.space.releaseWindow(base: base)
            return nil
        }
        charge(process, byteCount)
        return UnsafeMutableRawPointer(bitPattern: UInt(base))
    }

    private static func growWindow(_ base: UnsafeMutableRawPointer, _ oldByteCount: Int, _ newByteCount: Int) -> UnsafeMutableRawPointer? {
        guard let process = Scheduler.current.pointee.process, mayGrow(process, from: oldByteCount, to: newByteCount) else {
            return nil
        }
        guard process.pointee.space.setByteCount(windowBase: UInt64(UInt(bitPattern: base)), UInt64(newByteCount)) else { return nil }
        charge(process, newByteCount - oldByteCount)
        return base
    }

    private static func releaseWindow(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
        guard let process = Scheduler.current.pointee.process else { return }
        process.pointee.space.releaseWindow(base: UInt64(UInt(bitPattern: base)))
        process.pointee.memoryByteCount -= UInt64(byteCount)
    }

    private static func charge(_ process: Process.Pointer, _ byteCount: Int) {
        process.pointee.memoryByteCount += UInt64(byteCount)
        process.pointee.peakMemoryByteCount = max(process.pointee.peakMemoryByteCount, process.pointee.memoryByteCount)
    }

    /// Whether the process's limits and the machine's memory allow a memory to grow.
    private static func mayGrow(_ process: Process.Pointer, from oldByteCount: Int, to newByteCount: Int) -> Bool {
        guard newByteCount >= oldByteCount else { return false }
        let total = process.pointee.memoryByteCount + UInt64(newByteCount - oldByteCount)
        guard total <= process.pointee.memoryLimit else { return false }
        return process.pointee.space.mayGrow(from: UInt64(oldByteCount), to: UInt64(newByteCount))
    }

    /// Makes sure that the bytes a guest named are there before code runs that may not fault: a page of them each is read.
    static func touch(_ start: UnsafeRawPointer?, _ byteCount: Int) {
        guard let start, byteCount > 0 else { return }
        var sum: UInt8 = 0
        var offset = 0
        while offset < byteCount {
            sum = sum &+ start.load(fromByteOffset: offset, as: UInt8.self)
            offset += pageByteCount - (Int(bitPattern: start) + offset) % pageByteCount
        }
        touchSink = sum
    }

    /// The same for each piece of a write.
    static func touch(_ bytes: ByteVectors) {
        var rest = bytes
        while !rest.isEmpty {
            touch(rest.first.baseAddress, rest.first.count)
            rest.removeFirst(rest.first.count)
        }
    }

    nonisolated(unsafe) private static var touchSink: UInt8 = 0
}
