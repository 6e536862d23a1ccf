// The register that selects a page table, and the fences that make changes to one visible. RISC-V privileged specification 4.1.11 (satp),
// 4.2.1 (SFENCE.VMA). QEMU empties its whole TLB on a change of satp, so address space identifiers gain nothing there; they are used all
// the same where the hart has them, because other harts do gain.
import CMachine
import KernelCore

/// Address translation of the running hart.
public enum Translation {
    private static let modeSv39: UInt64 = 8 << 60

    /// Bits of address space identifier the hart has; found by `measureIdentifierBits`.
    nonisolated(unsafe) public private(set) static var identifierLimit = 0

    /// Uses a root table from now on.
    public static func activate(root: PageNumber, identifier: Int) {
        Stretch.countFence()
        machine_write_satp(modeSv39 | UInt64(identifier) << 44 | UInt64(root.rawValue))
    }

    /// Turns translation on for the first time and finds out how many address space identifiers there are.
    public static func start(root: PageNumber) {
        machine_fence_translations()
        machine_write_satp(modeSv39 | 0xFFFF << 44 | UInt64(root.rawValue))
        identifierLimit = Int((machine_read_satp() >> 44) & 0xFFFF)
        activate(root: root, identifier: 0)
        machine_fence_translations()
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
