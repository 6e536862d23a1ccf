// Path resolution: a guest's path, relative to an open directory, to a directory, a name in it and what is there (WASI "path
// resolution"; POSIX 4.16). Nothing leads out of the open directory: no `..`, no absolute path, no link. Owns the text buffers.
import Containers

/// What happens to a symbolic link at the end of a path.
package enum FinalLink {
    /// It is followed.
    case follow
    /// It is the result, unless a trailing slash asks for what it leads to.
    case keep
    /// It is the result in any case: the name itself is about to be changed.
    case keepAlways
}

/// Where a path leads. `name` lies in the scratch buffer the path was resolved in.
package struct ResolvedPath {
    package let fileSystem: FileSystem
    /// The directory that holds, or would hold, the name.
    package let directory: NodeNumber
    /// The last component; empty when the path ends in `.` or `..` or is the directory itself.
    package let name: UnsafeRawBufferPointer
    /// What is there, or nil.
    package let node: NodeNumber?
    package let type: FileType
    /// The path ended with a slash.
    package let hasTrailingSlash: Bool
    /// The nameless path ended in `..`.
    package let endsInParent: Bool
}

/// The buffers of a path being resolved: its text, and the directories above.
@frozen public struct PathScratch: ~Copyable {
    private var text: UnsafeMutableRawPointer?
    private let byteLimit: Int
    private var above = GrowableArray<NodeNumber>()

    /// The longest component, as NAME_MAX.
    package static let nameByteLimit = 255
    /// Links followed in one path, as in Linux.
    package static let linkLimit = 40

    package init(byteLimit: Int) { self.byteLimit = byteLimit }

    deinit {
        if let text { Allocation.free(text) }
    }

    /// The directories' `directory` and the guest's `path`; the text of a path may hold anything.
    package mutating func resolve(
        _ path: UnsafeRawBufferPointer, in fileSystem: FileSystem, from start: NodeNumber, finalLink: FinalLink
    ) throws(Errno) -> ResolvedPath {
        guard path.count <= byteLimit else { throw .nametoolong }
        try PathScratch.check(path)
        // The text stands at the end of the buffer, so that a link's target can be put in front of what is left of it.
        let capacity = 2 * byteLimit
        if text == nil { text = Allocation.tryAllocate(byteCount: capacity, alignment: 16) }
        guard let text else { throw .nomem }
        var position = capacity - path.count
        (text + position).copyMemory(from: path.baseAddress!, byteCount: path.count)
        let bytes = UnsafeMutableRawBufferPointer(start: text, count: capacity)

        above.removeAll()
        var current = start
        var linkCount = 0
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        guard bytes[position] != slash else { throw .perm }
        while true {
            while position < capacity, bytes[position] == slash { position += 1 }
            let first = position
            while position < capacity, bytes[position] != slash { position += 1 }
            let name = UnsafeRawBufferPointer(rebasing: bytes[first..<position])
            var rest = position
            while rest < capacity, bytes[rest] == slash { rest += 1 }
            let isLast = rest == capacity
            let hasTrailingSlash = isLast && position < capacity

            let isDot = name.count == 1 && name[0] == dot
            let isDotDot = name.count == 2 && name[0] == dot && name[1] == dot
            if isDotDot {
                guard let directory = above.popLast() else { throw .perm }
                current = directory
            }
            if isDot || isDotDot || name.count == 0 {
                guard isLast else { continue }
                return ResolvedPath(
                    fileSystem: fileSystem, directory: current, name: UnsafeRawBufferPointer(start: nil, count: 0), node: current,
                    type: .directory, hasTrailingSlash: true, endsInParent: isDotDot)
            }
            guard name.count <= PathScratch.nameByteLimit else { throw .nametoolong }
            let node: NodeNumber
            do throws(Errno) {
                node = try fileSystem.lookup(name, in: current)
            } catch {
                guard error == .noent, isLast else { throw error }
                return ResolvedPath(
                    fileSystem: fileSystem, directory: current, name: name, node: nil, type: .unknown,
                    hasTrailingSlash: hasTrailingSlash, endsInParent: false)
            }
            let type = try fileSystem.type(of: node)
            let isFollowed =
                switch finalLink {
                case .follow: true
                case .keep: !isLast || hasTrailingSlash
                case .keepAlways: !isLast
                }
            if type == .symbolicLink && isFollowed {
                linkCount += 1
                guard linkCount <= PathScratch.linkLimit else { throw .loop }
                // What is left of the path begins with its slash, or is empty; the target goes in front of it.
                let length = try fileSystem.readLink(node, into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
                guard length > 0 else { throw .noent }
                guard length <= position else { throw .nametoolong }
                position -= length
                let room = UnsafeMutableRawBufferPointer(rebasing: bytes[position..<position + length])
                let copied = try fileSystem.readLink(node, into: room)
                guard copied == length else { throw .io }
                guard bytes[position] != slash else { throw .perm }
                continue
            }
            if isLast {
                return ResolvedPath(
                    fileSystem: fileSystem, directory: current, name: name, node: node, type: type,
                    hasTrailingSlash: hasTrailingSlash, endsInParent: false)
            }
            guard type == .directory else { throw .notdir }
            guard above.append(current) else { throw .nomem }
            current = node
        }
    }

    /// `noent` for an empty path, `inval` for a zero byte, `ilseq` for what is not UTF-8.
    private static func check(_ path: UnsafeRawBufferPointer) throws(Errno) {
        guard path.count > 0 else { throw .noent }
        for byte in path where byte == 0 { throw .inval }
        guard isUTF8(path) else { throw .ilseq }
    }
}
