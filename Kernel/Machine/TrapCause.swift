// The causes of a trap and their names. RISC-V privileged specification 4.1.8, table of scause values.

/// What `scause` says.
public struct TrapCause: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable public var isInterrupt: Bool { rawValue >> 63 != 0 }
    /// The number without the interrupt bit.
    @inlinable public var code: Int { Int(truncatingIfNeeded: rawValue & 0xFFFF) }

    public static let instructionMisaligned = TrapCause(rawValue: 0)
    public static let instructionAccessFault = TrapCause(rawValue: 1)
    public static let illegalInstruction = TrapCause(rawValue: 2)
    public static let breakpoint = TrapCause(rawValue: 3)
    public static let loadMisaligned = TrapCause(rawValue: 4)
    public static let loadAccessFault = TrapCause(rawValue: 5)
    public static let storeMisaligned = TrapCause(rawValue: 6)
    public static let storeAccessFault = TrapCause(rawValue: 7)
    public static let instructionPageFault = TrapCause(rawValue: 12)
    public static let loadPageFault = TrapCause(rawValue: 13)
    public static let storePageFault = TrapCause(rawValue: 15)

    /// A load or store that translation refused.
    @inlinable public var isDataPageFault: Bool { self == .loadPageFault || self == .storePageFault }

    /// The name in the specification.
    public var name: StaticString {
        if isInterrupt {
            switch code {
            case 1: return "software interrupt"
            case 5: return "timer interrupt"
            case 9: return "external interrupt"
            default: return "unknown interrupt"
            }
        }
        switch code {
        case 0: return "instruction address misaligned"
        case 1: return "instruction access fault"
        case 2: return "illegal instruction"
        case 3: return "breakpoint"
        case 4: return "load address misaligned"
        case 5: return "load access fault"
        case 6: return "store address misaligned"
        case 7: return "store access fault"
        case 8, 9: return "environment call"
        case 12: return "instruction page fault"
        case 13: return "load page fault"
        case 15: return "store page fault"
        default: return "unknown exception"
        }
    }
}
