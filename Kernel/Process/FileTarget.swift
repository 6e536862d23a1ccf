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
    let layer = Files.layer
    let result: Result<(NodeNumber, UInt64), Errno> = KernelHeap.with(Files.heap) {
        directoryPath.withUnsafeBytes { directoryBytes in
            name.withUnsafeBytes { nameBytes in
                do throws(Errno) {
                    let directory = try layer.find(path: directoryBytes)
                    var node: NodeNumber
                    do throws(Errno) { node = try layer.lookup(nameBytes, in: directory) } catch {
                        node = try layer.createFile(nameBytes, in: directory)
                    }
                    if !appends { try layer.setByteCount(0, of: node) }
                    return .success((node, try layer.status(of: node).byteCount))
                } catch { return .failure(error) }
            }
        }
    }
    switch result {
    case .success(let (node, byteCount)): return .output(node, offset: byteCount)
    case .failure: throw .cannotCreate
    }
}
