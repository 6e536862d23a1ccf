// Addresses and page numbers as types of their own, so that a physical address is never used as a virtual one.
// RISC-V privileged specification 4.4 (Sv39).

/// The size of a base page in bytes.
public let pageByteCount = 4096
/// log2 of `pageByteCount`.
public let pageShift = 12

/// An address on the bus, as the device tree gives it.
public struct PhysicalAddress: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    @inlinable public static func + (left: Self, byteCount: UInt64) -> Self { Self(left.rawValue &+ byteCount) }
    /// The page the address lies in.
    @inlinable public var pageNumber: PageNumber { PageNumber(Int(truncatingIfNeeded: rawValue >> UInt64(pageShift))) }
    @inlinable public var isPageAligned: Bool { rawValue & UInt64(pageByteCount - 1) == 0 }
}

/// An address a load, a store or the program counter uses.
public struct VirtualAddress: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    @inlinable public static func + (left: Self, byteCount: UInt64) -> Self { Self(left.rawValue &+ byteCount) }
    @inlinable public var isPageAligned: Bool { rawValue & UInt64(pageByteCount - 1) == 0 }
    /// The index into the page table of a level (2 = root, 0 = last).
    @inlinable public func tableIndex(level: Int) -> Int {
        Int(truncatingIfNeeded: rawValue >> UInt64(pageShift + 9 * level)) & 511
    }
}

/// The number of a physical page: its address divided by the page size.
public struct PageNumber: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: Int
    @inlinable public init(rawValue: Int) { self.rawValue = rawValue }
    @inlinable public init(_ rawValue: Int) { self.rawValue = rawValue }
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    /// The address of the page's first byte.
    @inlinable public var address: PhysicalAddress { PhysicalAddress(UInt64(rawValue) << UInt64(pageShift)) }
}

/// A run of bytes of physical memory.
public struct PhysicalRange: Hashable, Sendable {
    public var start: PhysicalAddress
    public var byteCount: UInt64
    @inlinable public init(start: PhysicalAddress, byteCount: UInt64) {
        self.start = start
        self.byteCount = byteCount
    }
    /// The first address after the range.
    @inlinable public var end: PhysicalAddress { start + byteCount }
    @inlinable public var isEmpty: Bool { byteCount == 0 }
}
