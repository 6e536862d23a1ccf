// The backtrace of a process's trap: the engine's frames, with source lines where the module has debugging information. It is made in the
// guest view, in the process's heap, so that it costs the process's time and memory and no one else's; only the lines go to the kernel.
import Containers
import DebugInformation
import KernelMachine
import WASI
import WasmEngine
import WasmModule

/// Backtraces in the kernel.
enum TrapBacktrace {
    /// Writes the frames of a trap, lines that begin with spaces.
    static func write(_ trap: Trap) {
        guard !ProcessReport.isSilent, let module = trap.backtrace.first?.module, var lines = LineBuffer() else { return }
        var writer = BacktraceWriter(module.image, frameCount: trap.backtrace.count)
        for frame in trap.backtrace { writer.add(moduleOffset: frame.module === module ? frame.moduleOffset : -1) }
        writer.locate()
        var position = 0
        while position < trap.backtrace.count {
            let frame = trap.backtrace[position]
            let isBehindGap = trap.elidedFrameCount > 0 && position >= trap.elidedFramePosition
            if isBehindGap, position == trap.elidedFramePosition {
                BacktraceWriter.write(leftOut: trap.elidedFrameCount) { lines.append($0) }
            }
            writer.write(
                number: isBehindGap ? position + trap.elidedFrameCount : position, position: position, functionIndex: frame.functionIndex,
                functionName: frame.functionName, moduleName: frame.moduleName, moduleOffset: frame.moduleOffset
            ) { lines.append($0) }
            position += 1
        }
        lines.finish()
    }
}

/// Lines on their way to the console, written together as long as they fit into one write that arrives whole.
private struct LineBuffer: ~Copyable {
    private var bytes: RigidArray<UInt8>
    /// Bytes up to the last line feed, which ends the last whole line.
    private var wholeCount = 0
    private var isFirst = true

    /// Nil when memory is refused.
    init?() {
        guard let bytes = RigidArray<UInt8>(capacity: Platform.atomicByteCount) else { return nil }
        self.bytes = bytes
    }

    /// Adds a byte; the first is a line feed, which belongs to the line before.
    mutating func append(_ byte: UInt8) {
        if isFirst {
            isFirst = false
            return
        }
        if bytes.isFull { writeWholeLines() }
        _ = bytes.append(byte)
        if byte == UInt8(ascii: "\n") { wholeCount = bytes.count }
    }

    /// Ends the last line and writes all.
    mutating func finish() {
        append(UInt8(ascii: "\n"))
        writeWholeLines()
    }

    /// Writes the whole lines; a line that alone fills the buffer is written as far as it is.
    private mutating func writeWholeLines() {
        let count = wholeCount > 0 ? wholeCount : bytes.count
        let start = UnsafeRawPointer(bytes.base)
        KernelView.enter { ProcessReport.write(UnsafeRawBufferPointer(start: start, count: count)) }
        let rest = bytes.count - count
        bytes.base.update(from: bytes.base + count, count: rest)
        bytes.truncate(to: rest)
        wholeCount = 0
    }
}
