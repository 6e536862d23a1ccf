// Whole files in, whole texts out: the host's file system as the commands use it.
import Glibc

/// Writes all of `text` to a descriptor.
func writeAll(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
}

/// Writes all bytes to a descriptor; stops at the first error that is not an interruption.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
            if errno == EINTR { continue }
            return
        }
        rest = rest.dropFirst(count)
    }
}

/// One line on standard error.
func complain(_ line: String) { writeAll(line + "\n", to: STDERR_FILENO) }

/// A file that could not be read: the system's words.
struct FileFailure: Error { let reason: String }

/// No offset in a module is larger.
private let fileByteCountLimit = Int(UInt32.max)

/// The bytes of a file or of a pipe, read once and never freed: a command lives as long as its inputs.
func readFile(_ path: String) throws(FileFailure) -> UnsafeRawBufferPointer {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(reason: String(cString: strerror(errno))) }
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
            throw FileFailure(reason: String(cString: strerror(errno)))
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
