// The host program `martlet`: the engine and WASI of the kernel as one command. This file is its table of contents: which command there
// is, and which file runs it. Owns the process's arguments and exit code.
import Containers
import Glibc

/// How `martlet` ends. A trap ends it with 134, as the kernel does; `proc_exit(n)` with n.
enum ExitCode {
    static let success: Int32 = 0
    /// The input could not be read, decoded, validated or linked.
    static let loadError: Int32 = 1
    /// The command line makes no sense.
    static let usage: Int32 = 2
    /// `--timeout` has passed.
    static let outOfTime: Int32 = 124
    /// The guest trapped.
    static let trap: Int32 = 134
}

/// One command of `martlet`.
struct Command {
    let name: String
    let synopsis: String
    let run: (_ arguments: [String]) -> Int32
}

@main
struct Martlet {
    /// Every command, in the order in which the help shows them.
    static var commands: [Command] {
        [
            Command(
                name: "run", synopsis: "run [OPTION...] PROGRAM [ARGUMENT...]   run a program under WASI",
                run: RunCommand.run),
            Command(
                name: "validate", synopsis: "validate FILE...                        check modules",
                run: ValidateCommand.run),
            Command(
                name: "objdump", synopsis: "objdump [--ir] FILE                     sections, imports, exports, code",
                run: ObjdumpCommand.run),
            Command(
                name: "wat", synopsis: "wat [--print] FILE [-o OUTPUT]          assemble text; --print: module to text",
                run: WatCommand.run),
            Command(
                name: "wast", synopsis: "wast [--verbose] FILE...                run test scripts",
                run: WastCommand.run),
        ]
    }

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let name = arguments.first else { finish(help(code: ExitCode.usage)) }
        if name == "help" || name == "--help" || name == "-h" { finish(help(code: ExitCode.success)) }
        if name == "--version" || name == "version" {
            show("martlet \(Version.commit)\n")
            finish(ExitCode.success)
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            complain(
                "martlet: unknown command `\(name)`\(Suggestion.text(for: name, among: commands.map(\.name))); `martlet help` lists them")
            finish(ExitCode.usage)
        }
        if arguments.count == 2, name != "run", arguments[1] == "--help" || arguments[1] == "-h" {
            show("usage: martlet \(command.synopsis)\n")
            finish(ExitCode.success)
        }
        finish(command.run(Array(arguments.dropFirst())))
    }

    static func help(code: Int32) -> Int32 {
        var text = "usage: martlet COMMAND ...\n"
        for command in commands { text += "  martlet \(command.synopsis)\n" }
        text += "  martlet --version                               what this is, and of which commit\n"
        text += "Exit code: 0, or what the program passed to proc_exit; 1 a file that cannot be loaded; 2 usage; 134 a trap.\n"
        if code == ExitCode.success { show(text) } else { tell(text) }
        return code
    }

    static func finish(_ code: Int32) -> Never {
        fflush(nil)
        if let failure = outputFailure {
            complain("martlet: standard output: \(failure.reason)")
            exit(code == ExitCode.success ? ExitCode.loadError : code)
        }
        exit(code)
    }
}
