// The backtrace of a trap: what the engine knows of its frames, written with source lines.
import DebugInformation
import WasmEngine
import WasmModule

/// Backtraces on the host.
enum TrapBacktrace {
    /// Appends the lines of a trap's frames, each with a line feed before it.
    static func append(_ trap: Trap, to text: inout [UInt8]) {
        guard let module = trap.backtrace.first?.module else { return }
        var writer = BacktraceWriter(module.image, frameCount: trap.backtrace.count)
        for frame in trap.backtrace { writer.add(moduleOffset: frame.module === module ? frame.moduleOffset : -1) }
        writer.locate()
        for (position, frame) in trap.backtrace.enumerated() {
            let isBehindGap = trap.elidedFrameCount > 0 && position >= trap.elidedFramePosition
            if isBehindGap, position == trap.elidedFramePosition {
                BacktraceWriter.write(leftOut: trap.elidedFrameCount) { text.append($0) }
            }
            writer.write(
                number: isBehindGap ? position + trap.elidedFrameCount : position, position: position, functionIndex: frame.functionIndex,
                functionName: frame.functionName, moduleName: frame.moduleName, moduleOffset: frame.moduleOffset
            ) { text.append($0) }
        }
    }
}
