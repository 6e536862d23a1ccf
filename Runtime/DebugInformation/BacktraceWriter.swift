// BacktraceWriter: a backtrace as people read it, laid out as wasmtime does: number, offset in the module, function; below it the source line
// and the functions that were inlined there. Host and kernel write the same bytes.
import Containers
import WasmModule

/// Writes the frames of a trap. What memory is refused for is left out: source lines, or readable names; never a frame.
public struct BacktraceWriter: ~Copyable {
    /// Most lines for functions that were inlined, in all frames together.
    static let inlinedLimit = 500
    /// Most bytes of a path.
    static let pathByteLimit = 1024

    private var finder: SourceFinder?
    private var demangler: Demangler?
    private let image: ModuleImage
    private var inlinedCount = 0

    /// A writer for `count` frames of a module.
    public init(_ image: ModuleImage, frameCount count: Int) {
        self.image = image
        finder = SourceFinder(DebugSections(image), capacity: count)
        demangler = Demangler()
    }

    /// Adds the next frame, before any is written: an offset in the module, or -1 when it is not known or the frame is another module's.
    public mutating func add(moduleOffset: Int) {
        let start = Int(image.codeSection.offset)
        let isInside = moduleOffset >= start && moduleOffset < image.codeSection.end
        _ = finder?.add(isInside ? UInt64(moduleOffset - start) : UInt64.max)
    }

    /// Looks for the source of all frames. It may take long where there is much debugging information: see `SourceFinder.locate`.
    public mutating func locate() { finder?.locate() }

    /// Hands the lines of a frame to `append`, each with a line feed before it. `number` is its place in the backtrace, `position` how many
    /// frames were added before it.
    public mutating func write(
        number: Int, position: Int, functionIndex: UInt32, functionName: UnsafeRawBufferPointer?, moduleName: UnsafeRawBufferPointer?,
        moduleOffset: Int, _ append: (UInt8) -> Void
    ) {
        // However long the number is, the line is indented, which tells it from a report's first.
        LineText.write("\n  ", append)
        LineText.write(UInt64(number), width: 3, append)
        LineText.write(": ", append)
        if moduleOffset >= 0 {
            LineText.write(hexadecimal: UInt64(moduleOffset), width: 8, append)
        } else {
            LineText.write("       ?", append)
        }
        LineText.write(" - ", append)
        let rest = BacktraceWriter.inlinedLimit - inlinedCount
        var written = 0
        // Moved out and back, since the finder is busy while its frames are written.
        var demangler = demangler.take()
        _ = finder?.forEachFrame(position) { frame in
            guard written <= max(rest, 0) else { return }
            if written > 0 { LineText.write("\n                - ", append) }
            written += 1
            if let name = frame.name {
                BacktraceWriter.write(name, &demangler, append)
            } else if written == 1 {
                BacktraceWriter.writeFunction(functionIndex, functionName, moduleName, &demangler, append)
            } else {
                LineText.write("<inlined function>", append)
            }
            BacktraceWriter.writePlace(frame, append)
        }
        if written == 0 { BacktraceWriter.writeFunction(functionIndex, functionName, moduleName, &demangler, append) }
        self.demangler = demangler.take()
        inlinedCount += max(written - 1, 0)
    }

    private static func write(_ name: UnsafeRawBufferPointer, _ demangler: inout Demangler?, _ append: (UInt8) -> Void) {
        if demangler?.write(name, append) == true { return }
        LineText.write(printable: name, limit: Demangler.byteLimit, append)
    }

    /// `module!function`.
    private static func writeFunction(
        _ index: UInt32, _ function: UnsafeRawBufferPointer?, _ module: UnsafeRawBufferPointer?, _ demangler: inout Demangler?,
        _ append: (UInt8) -> Void
    ) {
        if let module, module.count > 0 {
            LineText.write(printable: module, limit: pathByteLimit, append)
            append(UInt8(ascii: "!"))
        }
        if let function {
            write(function, &demangler, append)
        } else {
            LineText.write("<wasm function ", append)
            LineText.write(UInt64(index), width: 1, append)
            LineText.write(">", append)
        }
    }

    private static func writePlace(_ frame: SourceFrame, _ append: (UInt8) -> Void) {
        guard let path = frame.path else { return }
        LineText.write("\n                    at ", append)
        var count = 0
        path.write { byte in
            count += 1
            if count <= pathByteLimit { append(LineText.printable(byte)) }
        }
        guard frame.line > 0 else { return }
        LineText.write(":", append)
        LineText.write(frame.line, width: 1, append)
        LineText.write(":", append)
        LineText.write(frame.column, width: 1, append)
    }

    /// Hands the line about frames that are left out to `append`, with a line feed before it.
    public static func write(leftOut count: Int, _ append: (UInt8) -> Void) {
        LineText.write("\n       ... ", append)
        LineText.write(UInt64(max(count, 0)), width: 1, append)
        LineText.write(count == 1 ? " frame left out" : " frames left out", append)
    }
}

/// Pieces of lines, byte by byte.
enum LineText {
    static func write(_ text: StaticString, _ append: (UInt8) -> Void) {
        for index in 0..<text.utf8CodeUnitCount { append(text.utf8Start[index]) }
    }

    /// What is not printable ASCII is `?`, so that no name reaches a terminal as it is.
    static func printable(_ byte: UInt8) -> UInt8 { byte >= 0x20 && byte < 0x7F ? byte : UInt8(ascii: "?") }

    static func write(printable text: UnsafeRawBufferPointer, limit: Int, _ append: (UInt8) -> Void) {
        for byte in text.prefix(limit) { append(printable(byte)) }
        if text.count > limit { write("...", append) }
    }

    /// A decimal number, right-aligned.
    static func write(_ value: UInt64, width: Int, _ append: (UInt8) -> Void) { number(value, radix: 10, "", width, append) }

    /// `0x` and the digits, right-aligned.
    static func write(hexadecimal value: UInt64, width: Int, _ append: (UInt8) -> Void) { number(value, radix: 16, "0x", width, append) }

    private static func number(_ value: UInt64, radix: UInt64, _ prefix: StaticString, _ width: Int, _ append: (UInt8) -> Void) {
        var divisor: UInt64 = 1
        var count = prefix.utf8CodeUnitCount + 1
        while value / divisor >= radix {
            divisor *= radix
            count += 1
        }
        for _ in 0..<max(width - count, 0) { append(UInt8(ascii: " ")) }
        write(prefix, append)
        while divisor > 0 {
            let digit = UInt8(truncatingIfNeeded: value / divisor % radix)
            append(digit < 10 ? 48 + digit : 87 + digit)
            divisor /= radix
        }
    }
}
