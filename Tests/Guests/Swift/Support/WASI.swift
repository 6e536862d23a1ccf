// The WASI functions the Swift guests use, declared as the imports they are (wasi_snapshot_preview1), and small wrappers around them.
// Pointers are 32 bits wide here; results are the errno, 0 for success.

@_extern(wasm, module: "wasi_snapshot_preview1", name: "fd_write") @_extern(c)
func fd_write(_ descriptor: Int32, _ vectors: UnsafeRawPointer, _ count: Int32, _ written: UnsafeMutableRawPointer) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "fd_read") @_extern(c)
func fd_read(_ descriptor: Int32, _ vectors: UnsafeRawPointer, _ count: Int32, _ read: UnsafeMutableRawPointer) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "fd_close") @_extern(c)
func fd_close(_ descriptor: Int32) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "path_open") @_extern(c)
func path_open(
    _ directory: Int32, _ lookup: Int32, _ path: UnsafeRawPointer, _ pathLength: Int32, _ openFlags: Int32, _ rights: Int64,
    _ inheriting: Int64, _ fileFlags: Int32, _ opened: UnsafeMutableRawPointer
) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "args_sizes_get") @_extern(c)
func args_sizes_get(_ count: UnsafeMutableRawPointer, _ byteCount: UnsafeMutableRawPointer) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "args_get") @_extern(c)
func args_get(_ pointers: UnsafeMutableRawPointer, _ bytes: UnsafeMutableRawPointer) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "environ_sizes_get") @_extern(c)
func environ_sizes_get(_ count: UnsafeMutableRawPointer, _ byteCount: UnsafeMutableRawPointer) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "environ_get") @_extern(c)
func environ_get(_ pointers: UnsafeMutableRawPointer, _ bytes: UnsafeMutableRawPointer) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "clock_time_get") @_extern(c)
func clock_time_get(_ clock: Int32, _ precision: Int64, _ time: UnsafeMutableRawPointer) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "random_get") @_extern(c)
func random_get(_ bytes: UnsafeMutableRawPointer, _ count: Int32) -> Int32
@_extern(wasm, module: "wasi_snapshot_preview1", name: "proc_exit") @_extern(c)
func proc_exit(_ code: Int32)

/// Ends the program with an exit code.
func leave(_ code: Int32) -> Never {
    proc_exit(code)
    fatalError()
}

/// The seed of Swift's hashing comes from the machine's random numbers.
@_cdecl("arc4random_buf")
public func fillRandomly(_ bytes: UnsafeMutableRawPointer, _ byteCount: Int) {
    if random_get(bytes, Int32(byteCount)) != 0 { leave(70) }
}

/// The process as the program sees it.
enum Process {
    static var arguments: [String] { strings(sizes: { args_sizes_get($0, $1) }, contents: { args_get($0, $1) }) }
    static var environment: [String] { strings(sizes: { environ_sizes_get($0, $1) }, contents: { environ_get($0, $1) }) }

    /// Nanoseconds of the monotonic clock.
    static var monotonicNanoseconds: UInt64 {
        var time: UInt64 = 0
        return clock_time_get(1, 1, &time) == 0 ? time : 0
    }

    private static func strings(
        sizes: (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int32,
        contents: (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int32
    ) -> [String] {
        var count: UInt32 = 0
        var byteCount: UInt32 = 0
        guard sizes(&count, &byteCount) == 0, count > 0 else { return [] }
        let pointers = UnsafeMutablePointer<UnsafePointer<CChar>>.allocate(capacity: Int(count))
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(byteCount))
        defer {
            pointers.deallocate()
            bytes.deallocate()
        }
        guard contents(pointers, bytes) == 0 else { return [] }
        return (0..<Int(count)).map { String(cString: pointers[$0]) }
    }
}

/// One `iovec`.
struct Vector {
    var base: UInt32
    var count: UInt32
}

/// Writes bytes to a descriptor until all are written; false when it refuses.
@discardableResult
func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
        var done = 0
        while done < buffer.count {
            var vector = Vector(base: UInt32(UInt(bitPattern: buffer.baseAddress!)) + UInt32(done), count: UInt32(buffer.count - done))
            var written: UInt32 = 0
            if fd_write(descriptor, &vector, 1, &written) != 0 { return false }
            done += Int(written)
        }
        return true
    }
}

/// Writes text to standard error.
func complain(_ text: String) {
    write(Array(text.utf8), to: 2)
}

/// Everything a descriptor still has to give, or the errno.
func readAll(from descriptor: Int32) -> (bytes: [UInt8], error: Int32) {
    var all: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16384)
    while true {
        var count: UInt32 = 0
        let error = block.withUnsafeMutableBytes { buffer in
            var vector = Vector(base: UInt32(UInt(bitPattern: buffer.baseAddress!)), count: UInt32(buffer.count))
            return fd_read(descriptor, &vector, 1, &count)
        }
        if error != 0 { return (all, error) }
        if count == 0 { return (all, 0) }
        all.append(contentsOf: block[0..<Int(count)])
    }
}

/// Opens a file below the first preopened directory (descriptor 3) for reading; a negative errno when it cannot be.
func openForReading(_ path: String) -> Int32 {
    let bytes = Array(path.utf8)
    var descriptor: Int32 = -1
    // fd_read and fd_seek
    let error = path_open(3, 1, bytes, Int32(bytes.count), 0, 0x6, 0, 0, &descriptor)
    return error == 0 ? descriptor : -error
}
