// `martlet objdump`.

/// The command `objdump`.
enum ObjdumpCommand {
    static func run(_ arguments: [String]) -> Int32 {
        complain("martlet objdump: not there yet")
        return ExitCode.usage
    }
}
