// Whole files in, whole texts out: the host's file system as the commands use it.
import Glibc

/// A file that could not be read or written: the system's words.
struct FileFailure: Error {
    let reason: String

    /// The last error of the system.
    static var last: FileFailure { FileFailure(reason: String(cString: strerror(errno))) }
}

/// Why standard output could not be written, the first time.
nonisolated(unsafe) private(set) var outputFailure: FileFailure?

/// Writes all bytes to a descriptor.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(FileFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw .last
        }
        rest = rest.dropFirst(count)
    }
}

/// Writes to standard output. What fails is said when the command ends (`Martlet.finish`).
func show(_ bytes: UnsafeRawBufferPointer) {
    do throws(FileFailure) { try writeAll(bytes, to: STDOUT_FILENO) } catch { outputFailure = outputFailure ?? error }
}

/// Text to standard output.
func show(_ text: String) {
    var text = text
    text.withUTF8 { show(UnsafeRawBufferPointer($0)) }
}

/// Writes to standard error; where that cannot be written there is nobody to tell.
func tell(_ bytes: UnsafeRawBufferPointer) {
    do throws(FileFailure) { try writeAll(bytes, to: STDERR_FILENO) } catch {}
}

/// Text to standard error.
func tell(_ text: String) {
    var text = text
    text.withUTF8 { tell(UnsafeRawBufferPointer($0)) }
}

/// One line on standard error.
func complain(_ line: String) { tell(line + "\n") }

/// No offset in a module is larger.
private let fileByteCountLimit = Int(UInt32.max)

/// The bytes of a file or of a pipe, read once and never freed: a command lives as long as its inputs.
func readFile(_ path: String) throws(FileFailure) -> UnsafeRawBufferPointer {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    var capacity = 1 << 16
    var status = stat()
    if fstat(descriptor, &status) == 0 {
        let type = status.st_mode & S_IFMT
        guard type != S_IFCHR, type != S_IFBLK else { throw FileFailure(reason: "not a file") }
        guard status.st_size <= fileByteCountLimit else { throw FileFailure(reason: "larger than 4 GiB") }
        if status.st_size > 0 { capacity = Int(status.st_size) + 1 }
    }
    var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    var count = 0
    while true {
        if count == buffer.count {
            guard count <= fileByteCountLimit else { throw FileFailure(reason: "larger than 4 GiB") }
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(buffer))
            buffer.deallocate()
            buffer = larger
        }
        let got = read(descriptor, buffer.baseAddress! + count, buffer.count - count)
        if got < 0 {
            if errno == EINTR { continue }
            throw .last
        }
        if got == 0 { break }
        count += got
    }
    return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
}

/// Text made by a function that appends bytes.
func rendered(_ append: (inout [UInt8]) -> Void) -> String {
    var bytes: [UInt8] = []
    append(&bytes)
    return String(decoding: bytes, as: UTF8.self)
}
