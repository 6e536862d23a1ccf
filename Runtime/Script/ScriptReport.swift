// What a script's run tells its caller: one report a command, and the totals. Owns nothing.
import Containers
import WasmText

/// How a command of a script ended.
public enum ScriptOutcome: UInt8, Sendable {
    case passed
    case failed
    case skipped
}

/// One command of a script and how it ended.
public struct ScriptReport {
    /// How it ended.
    public var outcome: ScriptOutcome
    /// The line the command begins on.
    public var line: Int
    /// What was asserted and what came, or why it was skipped; one line, empty when passed.
    public var detail: [UInt8]
}

/// How many commands passed, failed and were skipped.
public struct ScriptTally: Sendable {
    public var passed = 0
    public var failed = 0
    public var skipped = 0

    /// All zero.
    public init() {}

    /// Counts one more.
    public mutating func count(_ outcome: ScriptOutcome) {
        switch outcome {
        case .passed: passed += 1
        case .failed: failed += 1
        case .skipped: skipped += 1
        }
    }

    /// Adds another tally.
    public static func += (left: inout ScriptTally, right: ScriptTally) {
        left.passed += right.passed
        left.failed += right.failed
        left.skipped += right.skipped
    }

    /// `N passed, N failed, N skipped`, as bytes.
    public var line: [UInt8] {
        var output: [UInt8] = []
        output.append(decimal: passed)
        output.append(" passed, ")
        output.append(decimal: failed)
        output.append(" failed, ")
        output.append(decimal: skipped)
        output.append(" skipped")
        return output
    }
}
