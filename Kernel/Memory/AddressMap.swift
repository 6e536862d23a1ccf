// Who has which addresses: the one table of the virtual address space (RISC-V privileged specification 4.4, Sv39: 512 root entries of 1 GiB,
// the upper half from entry 256 on). Every process has the same layout; README.md says which view maps what.
import KernelCore

/// The layout of the virtual address space, in root entries and addresses.
public enum AddressMap {
    // Entries 0 to 63: RAM and devices at their physical addresses; in guest views only the kernel's image and the initrd.

    /// Stacks of the kernel's own threads; kernel views only.
    static let threadStackEntry = 64
    /// The machine code of a process's image; guest views only, so that no view has code that it may run and, at another address, write.
    static let codeEntry = 65
    /// Linear memories, 8 GiB and a guard each: 14 here, 28 in the upper half.
    static let lowWindowEntries = 66..<192
    /// Shared regions: images, shared files. A guest view maps those its process uses.
    static let sharedEntries = 192..<239
    /// What every guest view may read: the initrd's tree and the kernel's own tables.
    static let commonEntry = 239
    /// A process's own: stacks and heap.
    static let ownEntries = 240..<256
    static let highWindowEntries = 256..<508

    /// The first address of a root entry.
    static func address(ofEntry entry: Int) -> UInt64 {
        // Addresses of the upper half repeat bit 38.
        UInt64(entry) << 30 | (entry >= 256 ? 0xFFFF_FF80_0000_0000 : 0)
    }

    /// The first address of what is a process's own.
    public static let ownStart = UInt64(240) << 30
    public static let ownEnd = UInt64(256) << 30

    // The first 2 MiB, so that a small process needs one table of the last level:
    //
    //     0 KiB   guard
    //    64 KiB   stack of its thread in the kernel, on touch
    //   128 KiB   heap, chunks of one page
    //   832 KiB   guard
    //   896 KiB   first value stack, on touch
    //  1984 KiB   guard

    /// The stack a process's thread has in the kernel.
    public static let kernelStack = (ownStart + 0x10000)..<(ownStart + 0x20000)
    /// Where its heap begins, in chunks of one page.
    public static let smallHeap = (ownStart + 0x20000)..<(ownStart + 0xD0000)
    /// Value stacks: the n-th lies n * 2 MiB behind the first.
    static let firstValueStack = (ownStart + 0xE0000)..<(ownStart + 0x1F0000)
    static let valueStackStride: UInt64 = 0x200000
    static let valueStackCount = 64
    /// The machine code of its image, at the same addresses in every process. All tables below the root are the code's (`CodePages`), not the
    /// process's.
    public static let code = UInt64(codeEntry) << 30..<UInt64(codeEntry) << 30 + codeByteCount
    /// Bytes of machine code an image has at most.
    public static let codeByteCount: UInt64 = 64 << 20
    /// The rest of its heap, in chunks of 16 KiB and larger blocks.
    public static let largeHeap = (ownStart + 0x1000_0000)..<ownEnd
}
