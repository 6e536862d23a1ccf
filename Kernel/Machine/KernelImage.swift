// The places of the kernel's own image in memory, as linker.ld laid it out.
import CMachine
import KernelCore

/// The kernel image.
public enum KernelImage {
    public static var start: PhysicalAddress { PhysicalAddress(UInt64(machine_image_start())) }
    public static var end: PhysicalAddress { PhysicalAddress(UInt64(machine_image_end())) }
    /// Code: read and execute.
    public static var textRange: Range<UInt64> { UInt64(machine_text_start())..<UInt64(machine_text_end()) }
    /// Constants: read.
    public static var constantsRange: Range<UInt64> { UInt64(machine_rodata_start())..<UInt64(machine_rodata_end()) }
    /// Variables and stacks: read and write.
    public static var dataRange: Range<UInt64> { UInt64(machine_data_start())..<UInt64(machine_image_end()) }

    /// The pages that stay unmapped below the boot hart's stacks.
    public static var stackGuards: InlineArray<3, UInt64> {
        [UInt64(machine_boot_stack_guard()), UInt64(machine_trap_stack_guard()), UInt64(machine_emergency_stack_guard())]
    }

    public static func contains(textAddress address: UInt64) -> Bool { textRange.contains(address) }

    /// Threads' stacks lie in a region of their own, registered by the memory layer: an unmapped address in it is a guard page.
    nonisolated(unsafe) public static var threadStackRegion: Range<UInt64> = 0..<0

    /// The stack of every process's thread, registered by the memory layer; its guard lies below it.
    nonisolated(unsafe) public static var processStack: Range<UInt64> = 0..<0

    /// Whether an address lies in a guard page under a stack.
    public static func isStackGuard(_ address: UInt64) -> Bool {
        let guards = stackGuards
        if address < processStack.lowerBound, address >= processStack.lowerBound &- (processStack.upperBound - processStack.lowerBound) {
            return true
        }
        for index in 0..<3 where address >= guards[index] && address < guards[index] + UInt64(pageByteCount) { return true }
        return threadStackRegion.contains(address)
    }

    /// The symbol table, empty in an image it was not embedded in.
    public static var symbols: SymbolTable {
        let start = machine_symbols_start()
        return SymbolTable(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: start), count: Int(machine_symbols_end() - start)))
    }
}
