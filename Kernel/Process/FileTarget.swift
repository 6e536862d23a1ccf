// Files as standard streams: input from the initrd or the shared layer, output to the shared layer. A kernel thread makes them.
import FileSystems
import KernelMemory
import WASI

/// Why a file cannot be a standard stream.
enum FileTargetError: Error {
    case notFound
    case notInPlace
    case cannotCreate

    var message: StaticString {
        switch self {
        case .notFound: "no such file in the initrd"
        case .notInPlace: "a file that was written cannot be standard input"
        case .cannotCreate: "the file cannot be created"
        }
    }
}

/// The stream target of a file.
func fileTarget(_ path: [UInt8], isOutput: Bool, appends: Bool) throws(FileTargetError) -> StreamTarget {
    guard isOutput else {
        guard let bytes = Files.bytes(path) else { throw .notFound }
        return .input(bytes, offset: 0)
    }
    guard ProcessTable.hasRoom else { throw .cannotCreate }
    var split = path.count
    while split > 0 && path[split - 1] != UInt8(ascii: "/") { split -= 1 }
    let directoryPath = Array(path[..<split])
    let name = Array(path[split...])
    do throws(Errno) {
        // Repeated when it takes several sections; the second time the file is there.
        let (node, byteCount) = try Files.shared { (layer) throws(Errno) -> (NodeNumber, UInt64) in
            let directory = try layer.find(directoryPath)
            let nameBytes = name.span.bytes
            let node = try nameBytes.withUnsafeBytes { (bytes) throws(Errno) -> NodeNumber in
                do throws(Errno) { return try layer.lookup(bytes, in: directory) } catch {
                    guard error == .noent else { throw error }
                    return try layer.createFile(bytes, in: directory)
                }
            }
            if !appends { try layer.setByteCount(0, of: node) }
            return (node, try layer.status(of: node).byteCount)
        }
        return .output(node, offset: byteCount)
    } catch { throw .cannotCreate }
}
