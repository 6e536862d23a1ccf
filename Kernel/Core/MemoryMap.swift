// Which pages of physical memory are free at boot: RAM less everything that is in use. Fixed capacity, since there is no heap yet.

/// RAM ranges and reserved ranges, and what remains, in whole pages.
public struct MemoryMap {
    public static let capacity = 64
    private var memory = InlineArray<64, PhysicalRange>(repeating: PhysicalRange(start: PhysicalAddress(0), byteCount: 0))
    private var reserved = InlineArray<64, PhysicalRange>(repeating: PhysicalRange(start: PhysicalAddress(0), byteCount: 0))
    public private(set) var memoryCount = 0
    public private(set) var reservedCount = 0

    public init() {}

    /// Adds a range of RAM, shrunk to whole pages; false when there is no room for another.
    public mutating func addMemory(_ range: PhysicalRange) -> Bool {
        let mask = UInt64(pageByteCount - 1)
        let start = (range.start.rawValue + mask) & ~mask
        let end = range.end.rawValue & ~mask
        guard end > start else { return true }
        guard memoryCount < Self.capacity else { return false }
        memory[memoryCount] = PhysicalRange(start: PhysicalAddress(start), byteCount: end - start)
        memoryCount += 1
        return true
    }

    /// Adds a range in use, grown to whole pages; false when there is no room for another.
    public mutating func reserve(_ range: PhysicalRange) -> Bool {
        guard !range.isEmpty else { return true }
        guard reservedCount < Self.capacity else { return false }
        let mask = UInt64(pageByteCount - 1)
        let start = range.start.rawValue & ~mask
        let end = (range.end.rawValue + mask) & ~mask
        // Sorted by start.
        var index = reservedCount
        while index > 0, reserved[index - 1].start.rawValue > start {
            reserved[index] = reserved[index - 1]
            index -= 1
        }
        reserved[index] = PhysicalRange(start: PhysicalAddress(start), byteCount: end - start)
        reservedCount += 1
        return true
    }

    public func memoryRange(at index: Int) -> PhysicalRange { memory[index] }
    public func reservedRange(at index: Int) -> PhysicalRange { reserved[index] }

    /// The lowest address of RAM and the first after the highest.
    public var bounds: (start: PhysicalAddress, end: PhysicalAddress)? {
        guard memoryCount > 0 else { return nil }
        var start = memory[0].start
        var end = memory[0].end
        for index in 1..<max(memoryCount, 1) {
            start = min(start, memory[index].start)
            end = max(end, memory[index].end)
        }
        return (start, end)
    }

    /// Calls `body` for every free range, in the order of the RAM ranges and by address within one, until it returns true.
    @discardableResult
    public func firstFreeRange(where body: (PhysicalRange) -> Bool) -> PhysicalRange? {
        for index in 0..<memoryCount {
            var start = memory[index].start.rawValue
            let end = memory[index].end.rawValue
            for reservation in 0..<reservedCount {
                let taken = reserved[reservation]
                if taken.end.rawValue <= start { continue }
                if taken.start.rawValue >= end { break }
                if taken.start.rawValue > start {
                    let range = PhysicalRange(start: PhysicalAddress(start), byteCount: taken.start.rawValue - start)
                    if body(range) { return range }
                }
                start = max(start, taken.end.rawValue)
                if start >= end { break }
            }
            if start < end {
                let range = PhysicalRange(start: PhysicalAddress(start), byteCount: end - start)
                if body(range) { return range }
            }
        }
        return nil
    }
}
