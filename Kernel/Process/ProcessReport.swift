// The one line a failure has on the program's standard error: `martlet: NAME: REASON`, in the words users know.
// The line is built in the process's heap and written to the console's error stream, whatever the program's own leads to.
import FileSystems
import KernelCore
import KernelMachine
import WASI
import WasmEngine
import WasmModule
import WasmText

/// Reports about processes.
enum ProcessReport {
    /// Where reports go; nil: the log.
    nonisolated(unsafe) static var endpoint: ConsoleEndpoint?

    /// Whether nothing is written: trials end thousands of processes.
    nonisolated(unsafe) static var isSilent = false

    /// The bytes of a literal.
    static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// A line about a process.
    static func line(_ process: Process.Pointer, _ body: (inout TextBuffer) -> Void) {
        KernelView.enter {
            var text = TextBuffer()
            text.append("martlet: ")
            text.appendPrintable(process.pointee.name)
            text.append(": ")
            body(&text)
            process.pointee.isReported = true
            write(text)
        }
    }

    /// A line of the kernel's own.
    static func plain(_ body: (inout TextBuffer) -> Void) {
        KernelView.enter {
            var text = TextBuffer()
            text.append("martlet: ")
            body(&text)
            write(text)
        }
    }

    private static func write(_ line: TextBuffer) {
        if isSilent { return }
        var text = line
        text.append("\n")
        text.bytes.withUnsafeBytes { write($0) }
    }

    /// Whole lines, as they are. In the kernel view.
    static func write(_ lines: UnsafeRawBufferPointer) {
        if isSilent { return }
        if let endpoint {
            _ = endpoint.write(from: lines, nonblocking: false)
        } else if let start = lines.baseAddress {
            Log.sink(start.assumingMemoryBound(to: UInt8.self), lines.count)
        }
    }

    /// Why an image, made from `source`, cannot be loaded.
    static func image(_ process: Process.Pointer, _ error: ImageError, source: UnsafeRawBufferPointer) {
        line(process) { text in
            switch error {
            case .outOfMemory: text.append("out of memory")
            case .module(let error):
                text.append("offset ")
                text.append(hexadecimal: UInt64(error.offset))
                text.append(": ")
                text.append { error.renderMessage(into: &$0) }
            case .text(let error):
                text.append(decimal: error.line)
                text.append(":")
                text.append(decimal: error.column)
                text.append(": ")
                text.append { error.renderReason(text: source, into: &$0) }
            }
        }
    }

    /// Why it cannot be linked.
    static func link(_ process: Process.Pointer, _ error: LinkError) {
        line(process) { text in
            text.append(error.message)
            text.append(": `")
            text.appendPrintable(error.module.bytes)
            text.append("::")
            text.appendPrintable(error.name.bytes)
            text.append(error.kind == .unknownImport ? "` has not been defined" : "`")
        }
    }

    /// Why a trap happened, and where.
    static func trap(_ process: Process.Pointer, _ trap: Trap) {
        line(process) { text in
            text.append("trap: ")
            text.append { trap.renderMessage(into: &$0) }
        }
        TrapBacktrace.write(trap)
    }
}
