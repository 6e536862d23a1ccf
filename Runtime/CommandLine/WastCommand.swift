// `martlet wast`.

/// The command `wast`.
enum WastCommand {
    static func run(_ arguments: [String]) -> Int32 {
        complain("martlet wast: not there yet")
        return ExitCode.usage
    }
}
