// What the tests of file systems and of WASI share: archives, random numbers with a seed, and an allocator that counts and refuses.
import Containers
import FileSystems

/// A small generator with a seed (xorshift64*).
public struct SeededGenerator: RandomNumberGenerator {
    public var state: UInt64
    public init(state: UInt64) { self.state = state }
    public mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 2_685_821_657_736_338_717
    }
}

/// Builds a cpio archive in the newc format.
public struct ArchiveBuilder {
    public var bytes: [UInt8] = []
    var inode: UInt32 = 1

    public init() {}

    public mutating func add(
        _ name: String, mode: UInt32 = 0o100644, content: String = "", inode: UInt32? = nil, linkCount: UInt32 = 1, time: UInt32 = 1000
    ) {
        self.inode += 1
        let nameBytes = Array(name.utf8) + [0]
        let content = Array(content.utf8)
        let fields: [UInt32] = [
            inode ?? self.inode, mode, 0, 0, linkCount, time, UInt32(content.count), 0, 0, 0, 0, UInt32(nameBytes.count), 0,
        ]
        bytes += Array("070701".utf8)
        for field in fields {
            let text = String(field, radix: 16)
            bytes += Array((String(repeating: "0", count: 8 - text.count) + text).utf8)
        }
        bytes += nameBytes
        while bytes.count % 4 != 0 { bytes.append(0) }
        bytes += content
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
    public mutating func finish() -> [UInt8] {
        add("TRAILER!!!", mode: 0)
        return bytes
    }
}

/// Keeps an archive's bytes in place for as long as the test runs.
public final class TestArchive {
    public let bytes: UnsafeMutableRawBufferPointer
    public init(_ content: [UInt8]) {
        bytes = .allocate(byteCount: max(content.count, 1), alignment: 16)
        bytes.copyBytes(from: content)
    }
    deinit { bytes.deallocate() }
    public func tree() throws(ArchiveError) -> InitrdTree { try InitrdTree(archive: UnsafeRawBufferPointer(bytes)) }
}

/// Memory that counts what is out, and refuses a request when it is told to.
public final class CountingAllocator {
    /// Blocks that were allocated and not freed.
    public private(set) var blockCount = 0
    /// Requests so far.
    public private(set) var requestCount = 0
    /// Blocks that were freed so far.
    public private(set) var freeCount = 0
    /// Bytes asked for so far, and the most of them at once.
    public private(set) var allocatedByteCount = 0
    public private(set) var greatestByteCount = 0
    /// The request that is refused, from 0; later ones are too when `refusesForEver`.
    public var refusedRequest: Int?
    public var refusesForEver = false

    /// It lives for ever, since it must outlive what is made with it.
    public init() { _ = Unmanaged.passRetained(self) }

    /// What a layer is given.
    public var allocator: Allocator {
        Allocator(
            context: Unmanaged.passUnretained(self).toOpaque(),
            allocate: { Unmanaged<CountingAllocator>.fromOpaque($0!).takeUnretainedValue().allocate($1) },
            free: { Unmanaged<CountingAllocator>.fromOpaque($0!).takeUnretainedValue().free($1) })
    }

    private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let number = requestCount
        requestCount += 1
        if let refusedRequest, number == refusedRequest || (refusesForEver && number > refusedRequest) { return nil }
        guard let block = Allocation.tryAllocate(byteCount: byteCount) else { return nil }
        // What was there before must not matter.
        block.initializeMemory(as: UInt8.self, repeating: 0xA5, count: byteCount)
        blockCount += 1
        allocatedByteCount += byteCount
        greatestByteCount = max(greatestByteCount, byteCount)
        return block
    }

    private func free(_ block: UnsafeMutableRawPointer) {
        blockCount -= 1
        freeCount += 1
        Allocation.free(block)
    }
}
