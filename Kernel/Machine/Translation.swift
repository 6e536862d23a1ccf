// The register that selects a page table, and the fences that make changes to one visible. RISC-V privileged specification 4.1.11 (satp),
// 4.2.1 (SFENCE.VMA). QEMU empties its whole TLB on a change of satp, so address space identifiers gain nothing there; they are used all
// the same where the hart has them, because other harts do gain.
import CMachine
import KernelCore

/// Address translation of the running hart.
public enum Translation {
    private static let modeSv39: UInt64 = 8 << 60
    private static let identifierShift: UInt64 = 44
    private static let identifierMask: UInt64 = 0xFFFF

    /// The largest address space identifier the hart has.
    nonisolated(unsafe) public private(set) static var identifierLimit = 0

    /// The value of `satp` that selects a root table.
    public static func value(root: PageNumber, identifier: Int) -> UInt64 {
        modeSv39 | UInt64(identifier) << identifierShift | UInt64(root.rawValue)
    }

    /// Translates by `value` from now on. Identifier 0 is shared by all spaces that got none of their own, so its translations are forgotten.
    @inline(__always) public static func write(_ value: UInt64) {
        Stretch.countFence()
        machine_write_satp(value)
        if (value >> identifierShift) & identifierMask == 0 { machine_fence_translations() }
    }

    /// Turns translation on for the first time and finds out how many address space identifiers there are.
    public static func start(root: PageNumber) {
        let value = value(root: root, identifier: 0)
        KernelView.select(kernel: value, guest: value)
        machine_fence_translations()
        machine_write_satp(value | identifierMask << identifierShift)
        identifierLimit = Int((machine_read_satp() >> identifierShift) & identifierMask)
        write(value)
    }

    /// Every change to any table is seen from now on.
    public static func fenceAll() {
        Stretch.countFence()
        machine_fence_translations()
    }
    /// A change to the mapping of one address.
    public static func fence(_ address: VirtualAddress) {
        Stretch.countFence()
        machine_fence_translation(address.rawValue)
    }
    /// Changes to the mappings of one address space identifier, global ones excepted.
    public static func fence(identifier: Int) {
        Stretch.countFence()
        machine_fence_address_space(UInt64(identifier))
    }
}
