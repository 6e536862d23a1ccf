// The canonical functions: one row each, with the byte that begins it and its name in text. Spec: Binary.md, "Canonical Definitions".

/// A canonical function, by its byte.
public enum CanonicalCode: UInt8, Sendable {
    case lift = 0x00
    case lower = 0x01
    case resourceNew = 0x02
    case resourceDrop = 0x03
    case resourceRep = 0x04
    case taskCancel = 0x05
    case subtaskCancel = 0x06
    case taskReturn = 0x09
    case contextGet = 0x0a
    case contextSet = 0x0b
    case threadYield = 0x0c
    case subtaskDrop = 0x0d
    case streamNew = 0x0e
    case streamRead = 0x0f
    case streamWrite = 0x10
    case streamCancelRead = 0x11
    case streamCancelWrite = 0x12
    case streamDropReadable = 0x13
    case streamDropWritable = 0x14
    case futureNew = 0x15
    case futureRead = 0x16
    case futureWrite = 0x17
    case futureCancelRead = 0x18
    case futureCancelWrite = 0x19
    case futureDropReadable = 0x1a
    case futureDropWritable = 0x1b
    case errorContextNew = 0x1c
    case errorContextDebugMessage = 0x1d
    case errorContextDrop = 0x1e
    case waitableSetNew = 0x1f
    case waitableSetWait = 0x20
    case waitableSetPoll = 0x21
    case waitableSetDrop = 0x22
    case waitableJoin = 0x23
    case backpressureInc = 0x24
    case backpressureDec = 0x25
    case threadIndex = 0x26
    case threadNewIndirect = 0x27
    case threadResumeLater = 0x28
    case threadSuspend = 0x29
    case threadSuspendThenResume = 0x2a
    case threadYieldThenResume = 0x2b
    case threadSuspendThenPromote = 0x2c
    case threadYieldThenPromote = 0x2d

    /// What follows the byte.
    public enum Immediates: Sendable {
        case none, resource, stream, future, asynchronous, cancellable
        /// A stream or future type, and whether it is asynchronous.
        case streamAsynchronous, futureAsynchronous
        /// A stream or future type, and options.
        case streamOptions, futureOptions
        case options
        /// Whether it is cancellable, and a memory.
        case cancellableMemory
        case context
        case results
        /// A function type and a table.
        case indirect
        case lift, lower
    }

    /// The text format's name.
    public var name: StaticString {
        switch self {
        case .lift: return "lift"
        case .lower: return "lower"
        case .resourceNew: return "resource.new"
        case .resourceDrop: return "resource.drop"
        case .resourceRep: return "resource.rep"
        case .taskCancel: return "task.cancel"
        case .subtaskCancel: return "subtask.cancel"
        case .taskReturn: return "task.return"
        case .contextGet: return "context.get"
        case .contextSet: return "context.set"
        case .threadYield: return "thread.yield"
        case .subtaskDrop: return "subtask.drop"
        case .streamNew: return "stream.new"
        case .streamRead: return "stream.read"
        case .streamWrite: return "stream.write"
        case .streamCancelRead: return "stream.cancel-read"
        case .streamCancelWrite: return "stream.cancel-write"
        case .streamDropReadable: return "stream.drop-readable"
        case .streamDropWritable: return "stream.drop-writable"
        case .futureNew: return "future.new"
        case .futureRead: return "future.read"
        case .futureWrite: return "future.write"
        case .futureCancelRead: return "future.cancel-read"
        case .futureCancelWrite: return "future.cancel-write"
        case .futureDropReadable: return "future.drop-readable"
        case .futureDropWritable: return "future.drop-writable"
        case .errorContextNew: return "error-context.new"
        case .errorContextDebugMessage: return "error-context.debug-message"
        case .errorContextDrop: return "error-context.drop"
        case .waitableSetNew: return "waitable-set.new"
        case .waitableSetWait: return "waitable-set.wait"
        case .waitableSetPoll: return "waitable-set.poll"
        case .waitableSetDrop: return "waitable-set.drop"
        case .waitableJoin: return "waitable.join"
        case .backpressureInc: return "backpressure.inc"
        case .backpressureDec: return "backpressure.dec"
        case .threadIndex: return "thread.index"
        case .threadNewIndirect: return "thread.new-indirect"
        case .threadResumeLater: return "thread.resume-later"
        case .threadSuspend: return "thread.suspend"
        case .threadSuspendThenResume: return "thread.suspend-then-resume"
        case .threadYieldThenResume: return "thread.yield-then-resume"
        case .threadSuspendThenPromote: return "thread.suspend-then-promote"
        case .threadYieldThenPromote: return "thread.yield-then-promote"
        }
    }

    /// What follows the byte.
    public var immediates: Immediates {
        switch self {
        case .lift: return .lift
        case .lower: return .lower
        case .resourceNew, .resourceDrop, .resourceRep: return .resource
        case .taskReturn: return .results
        case .contextGet, .contextSet: return .context
        case .subtaskCancel: return .asynchronous
        case .streamNew, .streamDropReadable, .streamDropWritable: return .stream
        case .futureNew, .futureDropReadable, .futureDropWritable: return .future
        case .streamRead, .streamWrite: return .streamOptions
        case .futureRead, .futureWrite: return .futureOptions
        case .streamCancelRead, .streamCancelWrite: return .streamAsynchronous
        case .futureCancelRead, .futureCancelWrite: return .futureAsynchronous
        case .errorContextNew, .errorContextDebugMessage: return .options
        case .waitableSetWait, .waitableSetPoll: return .cancellableMemory
        case .threadYield, .threadSuspend, .threadSuspendThenResume, .threadYieldThenResume, .threadSuspendThenPromote,
            .threadYieldThenPromote:
            return .cancellable
        case .threadNewIndirect: return .indirect
        default: return .none
        }
    }

    /// Whether it belongs to the asynchronous part, which can be decoded and not run.
    public var isAsynchronous: Bool {
        switch self {
        case .lift, .lower, .resourceNew, .resourceDrop, .resourceRep: return false
        default: return true
        }
    }
}
