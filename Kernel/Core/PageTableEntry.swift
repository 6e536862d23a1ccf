// One Sv39 page table entry. RISC-V privileged specification 4.4.1.

/// The permission and state bits of a page table entry.
public struct PagePermissions: OptionSet, Sendable {
    public let rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static let valid = Self(rawValue: 1 << 0)
    public static let read = Self(rawValue: 1 << 1)
    public static let write = Self(rawValue: 1 << 2)
    public static let execute = Self(rawValue: 1 << 3)
    public static let user = Self(rawValue: 1 << 4)
    /// The mapping exists in every address space.
    public static let global = Self(rawValue: 1 << 5)
    public static let accessed = Self(rawValue: 1 << 6)
    public static let dirty = Self(rawValue: 1 << 7)
    /// Free for software: the page begins a block of 16 frames that was allocated, and is freed, as one.
    public static let blockHead = Self(rawValue: 1 << 8)
    /// Free for software: the page lies inside such a block.
    public static let blockBody = Self(rawValue: 1 << 9)

    /// Accessed and dirty are set in advance: the kernel does not use them, and a hart may fault where they are clear (Svade).
    public static let kernelText: Self = [.valid, .read, .execute, .global, .accessed, .dirty]
    public static let kernelConstants: Self = [.valid, .read, .global, .accessed, .dirty]
    /// Not global, since guest views map it otherwise or not at all.
    public static let kernelViewData: Self = [.valid, .read, .write, .accessed, .dirty]
    public static let guestConstants: Self = [.valid, .read, .accessed, .dirty]
    public static let guestCode: Self = [.valid, .execute, .accessed, .dirty]
    public static let processData: Self = [.valid, .read, .write, .accessed, .dirty]
}

/// One entry of a page table: nothing, a pointer to the next table, or a mapping.
public struct PageTableEntry: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let empty = PageTableEntry(rawValue: 0)

    /// A mapping of a page (level 0), a 2 MiB page (level 1) or a 1 GiB page (level 2).
    @inlinable public init(page: PageNumber, permissions: PagePermissions) {
        rawValue = UInt64(page.rawValue) << 10 | permissions.rawValue | PagePermissions.valid.rawValue
    }
    /// A pointer to the table of the next level.
    @inlinable public init(table: PageNumber) {
        rawValue = UInt64(table.rawValue) << 10 | PagePermissions.valid.rawValue
    }
    @inlinable public var permissions: PagePermissions { PagePermissions(rawValue: rawValue & 0x3FF) }
    @inlinable public var page: PageNumber { PageNumber(Int(truncatingIfNeeded: (rawValue >> 10) & 0xFFF_FFFF_FFFF)) }
    @inlinable public var isValid: Bool { rawValue & 1 != 0 }
    /// Valid and with a permission: a mapping, not a pointer to a table.
    @inlinable public var isLeaf: Bool { isValid && rawValue & 0b1110 != 0 }
    @inlinable public var isTable: Bool { isValid && rawValue & 0b1110 == 0 }
}

/// Entries in one table.
public let pageTableEntryCount = 512

/// The bytes one entry of a level maps: 4 KiB, 2 MiB, 1 GiB.
@inlinable public func pageTableSpan(level: Int) -> UInt64 { UInt64(1) << UInt64(pageShift + 9 * level) }
