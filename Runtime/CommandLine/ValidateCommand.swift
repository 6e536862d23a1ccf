// `martlet validate`.

/// The command `validate`.
enum ValidateCommand {
    static func run(_ arguments: [String]) -> Int32 {
        complain("martlet validate: not there yet")
        return ExitCode.usage
    }
}
