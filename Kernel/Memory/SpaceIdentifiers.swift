// Address space identifiers (RISC-V privileged specification 4.1.11, "ASID"): a pair for each space, one for its guest view and the next one
// for its kernel view. Guarded by interrupts being off.
import KernelMachine

/// The pairs that are in use.
enum SpaceIdentifiers {
    private static let wordCount = 32
    /// A bit a pair; pair n is the identifiers 2n and 2n + 1. Pair 0 is the kernel's and that of all who got none of their own.
    nonisolated(unsafe) private static var used = InlineArray<32, UInt64>(repeating: 0)

    /// The first identifier of a pair nobody has; 0 when the hart has no more (correct, only slower on a switch).
    static func claim() -> Int {
        withInterruptsDisabled {
            used[0] |= 1
            for word in 0..<wordCount where used[word] != .max {
                let pair = word * 64 + (~used[word]).trailingZeroBitCount
                guard pair * 2 + 1 <= Translation.identifierLimit else { return 0 }
                used[word] |= 1 << UInt64(pair & 63)
                return pair * 2
            }
            return 0
        }
    }

    /// Gives a pair back; the translations made under it must have been forgotten.
    static func release(_ identifier: Int) {
        guard identifier != 0 else { return }
        withInterruptsDisabled { used[identifier >> 7] &= ~(1 << UInt64((identifier >> 1) & 63)) }
    }
}
