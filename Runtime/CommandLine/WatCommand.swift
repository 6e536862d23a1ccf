// `martlet wat`.

/// The command `wat`.
enum WatCommand {
    static func run(_ arguments: [String]) -> Int32 {
        complain("martlet wat: not there yet")
        return ExitCode.usage
    }
}
