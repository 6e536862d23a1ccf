// `martlet wast`: runs test scripts and adds up their results by folder and file. Spec: the reference interpreter's scripts.
import Glibc
import WasmEngine
import WasmScript

/// The command `wast`.
enum WastCommand {
    static func run(_ arguments: [String]) -> Int32 {
        var scripts: [String] = []
        var isVerbose = false
        var isQuiet = false
        var exclusions = ExclusionList()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--verbose": isVerbose = true
            case "--quiet": isQuiet = true
            case "--exclude":
                guard let path = rest.popFirst() else { return usage("--exclude wants a file") }
                guard let list = readExclusions(path) else { return ExitCode.loadError }
                exclusions = list
            default:
                guard !argument.hasPrefix("-") else { return usage("what is `\(argument)`?") }
                scripts.append(argument)
            }
        }
        guard !scripts.isEmpty else { return usage("no script") }
        return run(scripts, exclusions, isVerbose: isVerbose, isQuiet: isQuiet)
    }

    private static func run(_ scripts: [String], _ exclusions: ExclusionList, isVerbose: Bool, isQuiet: Bool) -> Int32 {
        var config = Config()
        config.features = .all
        config.memoryProvider = HostMemory.provider
        var total = ScriptTally()
        var path = ""
        let runner = ScriptRunner(config, exclusions: exclusions) { report in
            guard report.outcome == .failed || isVerbose else { return }
            let word = report.outcome == .failed ? "failed" : report.outcome == .skipped ? "skipped" : "passed"
            show("\(path):\(report.line): \(word): \(String(decoding: report.detail, as: UTF8.self))\n")
        }
        var isUnreadable = false
        for script in scripts {
            path = script
            let text: UnsafeRawBufferPointer
            do throws(FileFailure) {
                text = try readFile(script)
            } catch {
                complain("martlet: \(script): \(error.reason)")
                isUnreadable = true
                continue
            }
            let tally = runner.run(script: text, path: Array(script.utf8))
            if !isQuiet { show("\(script): \(String(decoding: tally.line, as: UTF8.self))\n") }
            total += tally
        }
        show(String(decoding: total.line, as: UTF8.self) + "\n")
        return total.failed > 0 || isUnreadable ? ExitCode.loadError : ExitCode.success
    }

    private static func readExclusions(_ path: String) -> ExclusionList? {
        do throws(FileFailure) {
            let bytes = try readFile(path)
            if let list = ExclusionList(bytes) { return list }
            complain("martlet: \(path): a line has no script, line and reason")
        } catch {
            complain("martlet: \(path): \(error.reason)")
        }
        return nil
    }

    private static func usage(_ reason: String) -> Int32 {
        complain("martlet wast: \(reason)\nusage: martlet wast [--verbose] [--quiet] [--exclude LIST] SCRIPT...")
        return ExitCode.usage
    }
}
