// The options of `martlet run` that concern WASI, and the process they make: `--dir HOST[::GUEST]`, `--env NAME[=VALUE]`,
// `--argv0 NAME`, `--bad-addresses HOW`, `--trace`. Owns nothing.
import FileSystems
import Glibc
import WASI

/// What the command line says about the program's surroundings.
struct HostPlatformOptions {
    /// Host directory, name in the guest.
    var directories: [(host: String, guest: String)] = []
    var environment: [String] = []
    var argumentZero: String?
    var isTracing = false
    var answersBadAddresses = false
    var hasWholeEnvironment = false

    static let valued: Set<String> = ["--dir", "--env", "--argv0", "--bad-addresses"]

    /// Takes one of the options of `valued`; a complaint when the value makes no sense.
    mutating func take(_ name: String, _ value: String) -> String? {
        switch name {
        case "--dir": directories.append(HostPlatformOptions.split(value) ?? (value, value))
        case "--env":
            guard !value.isEmpty, !value.hasPrefix("=") else { return "--env wants NAME=VALUE, not `\(value)`" }
            if value.contains("=") {
                environment.append(value)
            } else if let own = getenv(value) {
                environment.append(value + "=" + String(cString: own))
            }
        case "--bad-addresses":
            guard value == "trap" || value == "error" else { return "--bad-addresses wants trap or error, not `\(value)`" }
            answersBadAddresses = value == "error"
        default: argumentZero = value
        }
        return nil
    }

    /// `HOST::GUEST` in its two parts; nil without `::`.
    private static func split(_ text: String) -> (host: String, guest: String)? {
        let bytes = Array(text.utf8)
        var position = 0
        while position + 1 < bytes.count {
            if bytes[position] == 0x3a && bytes[position + 1] == 0x3a {
                return (String(decoding: bytes[..<position], as: UTF8.self), String(decoding: bytes[(position + 2)...], as: UTF8.self))
            }
            position += 1
        }
        return nil
    }

    /// A directory that cannot be granted.
    struct DirectoryFailure: Error {
        let path: String
        let reason: Errno
    }

    /// Bytes a program may write below each of its directories; they stay in memory.
    static let byteBudget: UInt64 = 1 << 30

    /// What a process gets: its machine, arguments, variables and directories.
    struct Surroundings {
        let platform: HostPlatform
        let arguments: [[UInt8]]
        let environment: [[UInt8]]
        let preopens: [Preopen]
    }

    /// The process: what the guest writes stays in memory above the host's directories.
    func makeContext(program: String, arguments: [String]) throws(DirectoryFailure) -> WASIContext {
        let made = try makeSurroundings(program: program, arguments: arguments)
        do throws(Errno) {
            let context = try WASIContext(
                platform: made.platform, arguments: made.arguments, environment: made.environment, preopens: made.preopens)
            context.isTracing = isTracing
            context.answersBadAddresses = answersBadAddresses
            return context
        } catch {
            throw DirectoryFailure(path: directories.map(\.host).joined(separator: ", "), reason: error)
        }
    }

    /// What a process gets, with its own name before the arguments.
    func makeSurroundings(program: String, arguments: [String]) throws(DirectoryFailure) -> Surroundings {
        let platform = HostPlatform()
        var preopens: [Preopen] = []
        for (number, directory) in directories.enumerated() {
            do throws(Errno) {
                let layer = try MemoryLayer(
                    over: HostDirectory(directory.host), byteBudget: HostPlatformOptions.byteBudget, deviceNumber: UInt64(number + 1)
                ) { platform.time(of: .realtime) ?? 0 }
                preopens.append(Preopen(guestPath: Array(directory.guest.utf8), fileSystem: layer, node: layer.root))
            } catch {
                throw DirectoryFailure(path: directory.host, reason: error)
            }
        }
        var variables = environment
        if hasWholeEnvironment {
            // A name that was given by itself is given once, as it was.
            let given = Set(environment.map { $0.prefix { $0 != "=" } })
            var next = environ
            while let entry = next.pointee {
                let text = String(cString: entry)
                if !text.hasPrefix("="), !given.contains(text.prefix { $0 != "=" }) { variables.append(text) }
                next += 1
            }
        }
        let name = argumentZero ?? program.split(separator: "/").last.map(String.init) ?? program
        return Surroundings(
            platform: platform, arguments: ([name] + arguments).map { Array($0.utf8) }, environment: variables.map { Array($0.utf8) },
            preopens: preopens)
    }
}
