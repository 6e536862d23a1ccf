// One file, directory, link or device of a `MemoryLayer`: a block of memory that begins with what all kinds have, and goes on with what
// its kind has (`FileContent`, `DirectoryContent`, a link's target). Owned by the layer, which alone allocates and frees it.
import Containers

/// The head of a node. Used through a pointer; the block goes on behind it.
struct MemoryNode {
    typealias Pointer = UnsafeMutablePointer<MemoryNode>

    let number: NodeNumber
    var accessTime: UInt64
    var modificationTime: UInt64
    var changeTime: UInt64
    /// The next of the layer's nodes with pages that nobody can reach.
    var nextGarbage: Pointer?
    /// The node of the lower file system that this one shows, as far as it has not changed.
    var lower: NodeNumber?
    let type: FileType
    /// What a character device is.
    var device: Device?
    /// Made here, and so charged to the budget; not taken over from below.
    let isOwn: Bool
    /// Listed by `MemoryLayer.garbage`.
    var isGarbage = false
    var linkCount: UInt32
    var openCount: UInt32 = 0

    init(_ number: NodeNumber, _ type: FileType, time: UInt64, lower: NodeNumber? = nil) {
        self.number = number
        self.type = type
        self.lower = lower
        isOwn = lower == nil
        linkCount = type == .directory ? 2 : 1
        accessTime = time
        modificationTime = time
        changeTime = time
    }

    /// Where the part begins that the node's kind decides.
    private static var headByteCount: Int { (MemoryLayout<MemoryNode>.size + 15) & ~15 }

    /// A node with room for its kind's content, which the caller initialises; nil when memory is refused.
    static func tryAllocate(_ head: MemoryNode, targetByteCount: Int, from allocator: Allocator) -> Pointer? {
        let contentByteCount =
            switch head.type {
            case .directory: MemoryLayout<DirectoryContent>.size
            case .regularFile: MemoryLayout<FileContent>.size
            case .symbolicLink: MemoryLayout<Int>.size + targetByteCount
            default: 0
            }
        guard let block = allocator.tryAllocate(byteCount: headByteCount + contentByteCount) else { return nil }
        let node = block.bindMemory(to: MemoryNode.self, capacity: 1)
        node.initialize(to: head)
        let content = block + headByteCount
        switch head.type {
        case .directory: content.bindMemory(to: DirectoryContent.self, capacity: 1).initialize(to: DirectoryContent())
        case .regularFile: content.bindMemory(to: FileContent.self, capacity: 1).initialize(to: FileContent())
        case .symbolicLink: content.storeBytes(of: targetByteCount, as: Int.self)
        default: break
        }
        return node
    }
}

extension UnsafeMutablePointer<MemoryNode> {
    private var content: UnsafeMutableRawPointer {
        // SAFETY: `tryAllocate` made the block with the head and the content of its type behind it.
        UnsafeMutableRawPointer(self) + (MemoryLayout<MemoryNode>.size + 15) & ~15
    }

    /// What a regular file has. The node must be one.
    var file: UnsafeMutablePointer<FileContent> { content.assumingMemoryBound(to: FileContent.self) }

    /// What a directory has. The node must be one.
    var directory: UnsafeMutablePointer<DirectoryContent> { content.assumingMemoryBound(to: DirectoryContent.self) }

    /// The bytes of a symbolic link. The node must be one.
    var target: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: content + MemoryLayout<Int>.size, count: content.load(as: Int.self))
    }

    /// Makes a link's target shorter.
    func setTargetByteCount(_ byteCount: Int) { content.storeBytes(of: byteCount, as: Int.self) }

    /// Neither a name nor an open file stands for the node.
    var isUnused: Bool { pointee.linkCount == 0 && pointee.openCount == 0 }
}
