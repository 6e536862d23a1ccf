// Faults at addresses that are mapped by now: a hart may remember an entry as invalid (RISC-V privileged specification 4.2.1), so whoever
// makes one valid need not fence, and the fault that may follow is answered here.
import KernelCore
import KernelMachine

/// Faults that a fence answers.
public enum SpuriousFaults {
    /// Whether the faulting access is allowed by the tables of its view; the hart forgets what it knew of the address then.
    public static func resolve(at address: UInt64, translation: UInt64, for permission: PagePermissions) -> Bool {
        guard PageTables.isMapped(translation, address, for: permission) else { return false }
        Translation.fence(VirtualAddress(address))
        return true
    }
}
