// NativeTier: which functions run as machine code, and where an engine gets memory for it.

import Containers

/// How functions run.
public enum Tier: UInt8, Sendable {
    /// As threaded code.
    case threaded
    /// As machine code from the start, where an operation has a template.
    case native
}

/// Where machine code lies: C-convention functions and a context, so that a kernel can map it executable.
public struct NativeCodeProvider: @unchecked Sendable {
    /// Reserves memory for code, aligned to 4. Nil: refused.
    public typealias Reserve = @convention(c) (_ context: UnsafeMutableRawPointer?, _ byteCount: Int) -> UnsafeMutableRawPointer?
    /// Gives memory back, with the size it was reserved with.
    public typealias Release =
        @convention(c) (_ context: UnsafeMutableRawPointer?, _ base: UnsafeMutableRawPointer, _ byteCount: Int) -> Void
    /// Runs machine code on a machine that has other instructions, until it leaves its function. `registers` points to `NativeRegisters`.
    public typealias Run = @convention(c) (_ registers: UnsafeMutableRawPointer) -> Void
    /// Told of code that breaks a rule of `../NativeCode/Checker`, and is not used: the function, the byte of its code, the rule's
    /// `CodeFaultReason`.
    public typealias ReportFault =
        @convention(c) (_ context: UnsafeMutableRawPointer?, _ function: UInt32, _ codeOffset: Int, _ reason: UInt8) -> Void

    /// Handed to both functions.
    public var context: UnsafeMutableRawPointer?
    /// Reserves memory.
    public var reserve: Reserve
    /// Gives memory back.
    public var release: Release
    /// Runs code; only called where the processor cannot.
    public var run: Run
    /// When there is one, all code is checked before it is used.
    public var reportFault: ReportFault?

    /// A provider from its parts.
    public init(context: UnsafeMutableRawPointer?, reserve: @escaping Reserve, release: @escaping Release, run: @escaping Run) {
        self.context = context
        self.reserve = reserve
        self.release = release
        self.run = run
        reportFault = nil
    }
}

/// The registers with which native code is entered and left, for who runs it on another machine.
public struct NativeRegisters {
    /// The code of the function.
    public var code: UnsafeRawBufferPointer
    /// Where to begin; afterwards, the address outside of the code that was jumped to.
    public var programCounter: UInt
    /// a0 to a4.
    public var cell: UInt
    public var frame: UInt
    public var memory: UInt
    public var instance: UInt
    public var accumulator: UInt64
    /// fa0 and fa1, the latter's low 32 bits.
    public var double: UInt64
    public var single: UInt32
}
