// CodeFault: why emitted words may not run.

/// A place in code and the rule that it breaks.
public struct CodeFault: Equatable, Sendable {
    /// Bytes from the function's first instruction; the code's size where the fault is one of the whole.
    public var codeOffset: Int
    /// The rule.
    public var reason: CodeFaultReason

    init(_ codeOffset: Int, _ reason: CodeFaultReason) {
        self.codeOffset = codeOffset
        self.reason = reason
    }
}

/// The rules that code can break; README.md of this folder has each in a sentence.
public enum CodeFaultReason: UInt8, Error, Sendable, CaseIterable {
    /// The heap refused what the check needs: nothing is known.
    case memory
    /// The cells, entries or places that may fault are not what a function has.
    case description
    /// No instruction that native code uses.
    case instruction
    /// A register that is not native code's, read or written.
    case register
    /// A register of the engine's is read for something else than an address, or an address is stored.
    case pointer
    /// A load through a register that holds no address known here, or beyond what it points to.
    case load
    /// A store, likewise.
    case store
    /// An access of the guest's memory that may be beyond its window, was not compared, or is not listed as one that may fault.
    case memoryAccess
    /// A branch or jump that leaves the function.
    case target
    /// A jump through a register in none of the known forms.
    case indirectJump
    /// `a0` is not the function's anchor where other code may come to or go from.
    case anchor
    /// The frame's register changes in none of the known forms, or code goes on as if it had not.
    case frame
    /// A loop or the code behind it is reached without a charge of fuel.
    case charge
    /// The last instruction may go on behind the code.
    case end
}

extension CodeFaultReason {
    /// The rule in words, for a report.
    public var text: StaticString {
        switch self {
        case .memory: "no memory to check it"
        case .description: "described wrongly"
        case .instruction: "an instruction that is not allowed"
        case .register: "a register that is not its own"
        case .pointer: "an address used as a number"
        case .load: "a load from an unknown address"
        case .store: "a store to an unknown address"
        case .memoryAccess: "an unchecked access of memory"
        case .target: "a branch out of the function"
        case .indirectJump: "a jump to an unknown address"
        case .anchor: "an unknown cell register"
        case .frame: "an unknown frame register"
        case .charge: "a loop without a charge"
        case .end: "no end"
        }
    }
}
