// `martlet objdump --ir`: the intermediate operations of a module's functions.

/// The listing of `--ir`.
enum OperationListing {
    static func run(_ path: String) -> Int32 {
        complain("martlet objdump: --ir is not there yet")
        return ExitCode.usage
    }
}
