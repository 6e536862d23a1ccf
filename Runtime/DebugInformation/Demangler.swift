// Demangler: readable names from those that linkers see, in memory of fixed size. What is not understood as a whole is shown as it is.
// Nesting is bounded (`depthLimit`), and so are output (`byteLimit`) and steps (`stepLimit`), since short names can stand for endless ones.
import Containers

/// Turns mangled names into those of the source: Rust (legacy and v0), C++ (Itanium) and Swift.
public struct Demangler: ~Copyable {
    /// Most bytes of a readable name; of longer ones the beginning is shown, and three dots.
    public static let byteLimit = 1024
    /// Most calls within each other while a name is read or written. On riscv64 one takes at most 420 bytes of stack, so all 27 KiB of the 64
    /// that a process has in the kernel.
    static let depthLimit = 64
    /// Most steps for one name.
    static let stepLimit = 20_000
    /// Longest mangled name that is looked into.
    static let inputLimit = 4096

    private var output: NameSink
    private var nodes: NameNodes

    /// A demangler; nil when memory is refused. It takes 12 KiB.
    public init?() {
        guard let output = NameSink(), let nodes = NameNodes() else { return nil }
        self.output = output
        self.nodes = nodes
    }

    /// Hands the readable form of a name to `append`, in printable ASCII; false, and nothing handed over, when the name is not mangled or not
    /// understood.
    public mutating func write(_ name: UnsafeRawBufferPointer, _ append: (UInt8) -> Void) -> Bool {
        output.removeAll()
        nodes.removeAll()
        guard name.count > 2, name.count <= Demangler.inputLimit, demangle(name), output.count > 0 else { return false }
        output.write(append)
        return true
    }

    private mutating func demangle(_ name: UnsafeRawBufferPointer) -> Bool {
        let input = NameBytes(name)
        if input.starts(with: "_R") { return RustSymbol.demangle(input, &output) }
        if input.starts(with: "_ZN"), LegacyRustSymbol.demangle(input, &output) { return true }
        output.removeAll()
        if input.starts(with: "_Z") { return CxxSymbol.demangle(input, &nodes, &output) }
        if input.starts(with: "$s") || input.starts(with: "$S") || input.starts(with: "$e") {
            return SwiftSymbol.demangle(input, from: 2, &nodes, &output)
        }
        if input.starts(with: "_$s") || input.starts(with: "_$S") { return SwiftSymbol.demangle(input, from: 3, &nodes, &output) }
        return false
    }
}

/// The bytes of a mangled name. A read beyond the end gives 0, which no name contains.
struct NameBytes {
    let base: UnsafePointer<UInt8>
    let count: Int

    init(_ name: UnsafeRawBufferPointer) {
        // SAFETY: nothing is read when there are no bytes.
        base = name.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(bitPattern: 1)!
        count = name.count
    }

    subscript(index: Int) -> UInt8 {
        @inline(__always) get { index >= 0 && index < count ? base[index] : 0 }
    }

    func starts(with text: StaticString, at start: Int = 0) -> Bool {
        guard text.utf8CodeUnitCount <= count - start else { return false }
        for index in 0..<text.utf8CodeUnitCount where base[start + index] != text.utf8Start[index] { return false }
        return true
    }

    /// Whether the bytes `start..<start + length` are a text.
    func isEqual(_ text: StaticString, _ start: Int, _ length: Int) -> Bool {
        length == text.utf8CodeUnitCount && start >= 0 && start + length <= count && starts(with: text, at: start)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7a }
    static func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5a }
}

/// Where readable names are put together.
struct NameSink: ~Copyable {
    private var bytes: RigidArray<UInt8>
    /// Whether something did not fit any more.
    private(set) var isOverfull = false
    /// While above zero, nothing is put in.
    var silence = 0

    /// Nil when memory is refused.
    init?() {
        guard let bytes = RigidArray<UInt8>(capacity: Demangler.byteLimit) else { return nil }
        self.bytes = bytes
    }

    var count: Int { bytes.count }
    /// The last byte; 0 when there is none.
    var last: UInt8 { bytes.count > 0 ? bytes.base[bytes.count - 1] : 0 }

    mutating func removeAll() {
        bytes.removeAll()
        isOverfull = false
        silence = 0
    }

    mutating func put(_ byte: UInt8) {
        guard silence == 0 else { return }
        if !bytes.append(LineText.printable(byte)) { isOverfull = true }
    }

    mutating func put(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { put(text.utf8Start[index]) }
    }

    mutating func put(_ input: NameBytes, _ start: Int, _ count: Int) {
        for index in 0..<max(count, 0) { put(input[start + index]) }
    }

    mutating func put(decimal value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            put(UInt8(truncatingIfNeeded: 48 + value / divisor % 10))
            divisor /= 10
        }
    }

    /// Drops what was put in after the first `count` bytes.
    mutating func truncate(to count: Int) { if count < bytes.count { bytes.truncate(to: count) } }

    func write(_ append: (UInt8) -> Void) {
        for index in 0..<bytes.count { append(bytes.base[index]) }
        if isOverfull { LineText.write("...", append) }
    }
}
