// NativeTier: which functions run as machine code, and where an engine gets memory for it.

import Containers
import NativeCode

/// How functions run.
public enum Tier: UInt8, Sendable {
    /// As threaded code.
    case threaded
    /// As machine code from the start, where an operation has a template.
    case native
    /// As threaded code until they are hot (`Config.tierThreshold`), then as `native`.
    case auto
}

extension Config {
    /// Sets how many entries and turns make each function hot.
    func setThresholds(_ counters: UnsafeMutablePointer<UInt16>, count: Int) {
        guard tierSeed != 0 else { return counters.initialize(repeating: max(tierThreshold, 1), count: count) }
        for index in 0..<count { counters[index] = drawnThreshold(ofFunction: UInt32(truncatingIfNeeded: index)) }
    }

    /// A number between 1 and the threshold that the seed draws for a function.
    private func drawnThreshold(ofFunction function: UInt32) -> UInt16 {
        // One step of SplitMix64.
        var bits = tierSeed &+ (UInt64(function) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return 1 &+ UInt16(truncatingIfNeeded: (bits ^ bits >> 31) % UInt64(max(tierThreshold, 1)))
    }
}

/// Where machine code lies, and how it is run: C-convention functions and a context, so that a kernel can map it executable.
public struct NativeCodeProvider: @unchecked Sendable {
    /// Takes the code of a function, a `NativeFunction`: copies it to where it may be executed, aligned to 4, and keeps of the rest what it
    /// wants. Where it is now, ready to be run; nil: refused.
    public typealias Place = @convention(c) (_ context: UnsafeMutableRawPointer?, _ function: UnsafeRawPointer) -> UnsafeMutableRawPointer?
    /// Forgets code, with its size.
    public typealias Release =
        @convention(c) (_ context: UnsafeMutableRawPointer?, _ base: UnsafeMutableRawPointer, _ byteCount: Int) -> Void
    /// Runs handlers and machine code with `NativeRegisters`, to which it points. Where the processor has the instructions: calls what
    /// `programCounter` says, keeps what functions keep, and comes back when that returns. On another machine: runs the code of one function
    /// from `programCounter` until it leaves it, and writes the registers back.
    public typealias Run = @convention(c) (_ registers: UnsafeMutableRawPointer) -> Void
    /// Told of code that breaks a rule of `../NativeCode/Checker`, and is not used: the function, the byte of its code, the rule's
    /// `CodeFaultReason`.
    public typealias ReportFault =
        @convention(c) (_ context: UnsafeMutableRawPointer?, _ function: UInt32, _ codeOffset: Int, _ reason: UInt8) -> Void

    /// Calls `carryOut` with `work`, on a stack of the embedder's. Not calling it means that nothing is compiled now.
    public typealias CallOnStack = @convention(c) (_ context: UnsafeMutableRawPointer?, _ work: UnsafeMutableRawPointer) -> Void

    /// Handed to `place`, `release` and `callOnStack`.
    public var context: UnsafeMutableRawPointer?
    /// Takes code.
    public var place: Place
    /// Forgets code.
    public var release: Release
    /// Runs code.
    public var run: Run
    /// When there is one, all code is checked before it is used.
    public var reportFault: ReportFault?
    /// When there is none, functions are compiled on the stack of the thread they became hot in.
    public var callOnStack: CallOnStack?

    /// A provider from its parts.
    public init(context: UnsafeMutableRawPointer?, place: @escaping Place, release: @escaping Release, run: @escaping Run) {
        self.context = context
        self.place = place
        self.release = release
        self.run = run
        reportFault = nil
        callOnStack = nil
    }
}

/// A function's machine code on its way to where it runs. Borrowed.
public struct NativeFunction {
    /// The instructions. Nothing in them depends on where they lie.
    public var code: UnsafeRawBufferPointer
    /// The function's first cell.
    public var cells: UnsafeRawPointer
    /// The instructions that may fault, ascending, each with its cell as an offset from `cells`.
    public var faultSites: UnsafeBufferPointer<CodeSite>
}

/// The registers with which native code is entered and left.
public struct NativeRegisters {
    /// On another machine: the code of the function.
    public var code: UnsafeRawBufferPointer
    /// Where to begin; on another machine afterwards the address outside of the code that was jumped to.
    public var programCounter: UInt
    /// a0 to a4.
    public var cell: UInt
    public var frame: UInt
    public var memory: UInt
    public var instance: UInt
    /// s8: the state of the execution.
    public var execution: UInt
    public var accumulator: UInt64
    /// fa0 and fa1, the latter's low 32 bits.
    public var double: UInt64
    public var single: UInt32
}
