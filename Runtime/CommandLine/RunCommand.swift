// `martlet run`.

/// The command `run`.
enum RunCommand {
    static func run(_ arguments: [String]) -> Int32 {
        complain("martlet run: not there yet")
        return ExitCode.usage
    }
}
