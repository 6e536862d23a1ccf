// Open files and the table that numbers them for one process. WASI has no `dup`, so a descriptor and its open file are one thing.
// Owns the slots; `WASIContext.release` gives back what a removed file holds.
import FileSystems

/// An open file, directory, device or stream with its rights, flags and position.
final class OpenFile {
    enum Kind {
        case directory(FileSystem, NodeNumber)
        case regular(FileSystem, NodeNumber)
        case device(FileSystem, NodeNumber, Device)
        case stream(StreamHandle)
    }

    let kind: Kind
    let type: FileType
    var baseRights: Rights
    var inheritingRights: Rights
    var flags: DescriptorFlags = []
    /// Where the next read or write of a regular file begins.
    var offset: UInt64 = 0
    /// The guest's name of a preopened directory.
    var preopenName: [UInt8]?

    init(_ kind: Kind, type: FileType, baseRights: Rights, inheritingRights: Rights) {
        self.kind = kind
        self.type = type
        self.baseRights = baseRights
        self.inheritingRights = inheritingRights
    }

    /// The file system and node, unless it is a stream.
    var location: (FileSystem, NodeNumber)? {
        switch kind {
        case .directory(let fileSystem, let node), .regular(let fileSystem, let node), .device(let fileSystem, let node, _):
            (fileSystem, node)
        case .stream:
            nil
        }
    }
}

/// The descriptors of one process: numbers to open files, lowest free number first.
struct DescriptorTable {
    /// The lowest number an open gives: 0 to 2 stay those of the standard streams, closed or not, since libraries write to them unasked.
    private static let firstNumber = 3

    private var slots: [OpenFile?] = []
    private(set) var openCount = 0
    let openLimit: Int

    init(openLimit: Int) { self.openLimit = openLimit }

    /// Numbers in use lie below this.
    var slotCount: Int { slots.count }

    /// The open file of a guest's descriptor; `badf` when there is none.
    func file(_ number: UInt32) throws(Errno) -> OpenFile {
        let index = Int(number)
        guard index < slots.count, let file = slots[index] else { throw .badf }
        return file
    }

    /// Kind, rights and position of a descriptor, copied: whoever wants no more need not hold the file, which would be counted. `badf`.
    @inline(__always)
    func state(_ number: UInt32) throws(Errno) -> (type: FileType, baseRights: Rights, offset: UInt64) {
        let index = Int(number)
        guard index < slots.count, let file = slots[index] else { throw .badf }
        return (file.type, file.baseRights, file.offset)
    }

    /// Gives the file the lowest free number from 3 on; `mfile` when too many are open.
    mutating func add(_ file: OpenFile) throws(Errno) -> UInt32 {
        guard openCount < openLimit else { throw .mfile }
        var number = DescriptorTable.firstNumber
        while number < slots.count, slots[number] != nil { number += 1 }
        place(file, at: number)
        return UInt32(truncatingIfNeeded: number)
    }

    /// Puts the file at a number that is free.
    mutating func place(_ file: OpenFile, at number: Int) {
        while slots.count <= number { slots.append(nil) }
        slots[number] = file
        openCount += 1
    }

    /// Takes the file out; nil when the number was free.
    mutating func remove(at number: Int) -> OpenFile? {
        guard number < slots.count, let file = slots[number] else { return nil }
        slots[number] = nil
        openCount -= 1
        return file
    }
}
