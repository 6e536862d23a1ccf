// The official scripts on the bare machine: `spec` on the kernel's command line runs every `.wast` file of the initrd through WasmScript
// instead of the programs, logs each failure and each script's totals, and ends with the totals of all. Tests/Script/spec-qemu boots it.
import FileSystems
import KernelCore
import KernelMachine
import KernelProcess
import KernelStartup
import WASI
import WasmEngine
import WasmScript

/// Runs scripts; the exit code is 0 when nothing failed.
enum SpecRun {
    /// The exit code when a command of a script failed, or the scripts cannot be read.
    static let failedCode = 1

    /// Where the task, which captures nothing, finds the scripts.
    nonisolated(unsafe) private static var initrd = UnsafeRawBufferPointer(start: nil, count: 0)

    static func runIfAsked(_ platform: borrowing KernelStartup.Platform) {
        guard platform.arguments.contains("spec") else { return }
        initrd = platform.initrd
        GuardedTask.run(failureCode: failedCode) { config in SpecRun.run(SpecRun.initrd, config) }
    }

    /// Runs every script with its memories guarded, as those of programs are; returns the exit code.
    private static func run(_ initrd: UnsafeRawBufferPointer, _ config: Config) -> Int {
        guard let exclusions = exclusions(initrd) else {
            say { $0.text("the exclusion list has a line without script, line and reason") }
            return failedCode
        }
        var total = ScriptTally()
        // The runner's report names the script that runs.
        var path: [UInt8] = []
        let runner = ScriptRunner(config, exclusions: exclusions) { report in
            guard report.outcome == .failed else { return }
            path.withUnsafeBytes { name in
                report.detail.withUnsafeBytes { detail in
                    say { $0.bytes(name).text(":").decimal(report.line).text(": failed: ").bytes(detail) }
                }
            }
        }
        var archive = Archive(initrd)
        do throws(ArchiveError) {
            while let entry = try archive.next() {
                guard isScript(entry.name) else { continue }
                path = [UInt8](entry.name)
                let tally = runner.run(script: entry.content, path: path)
                total += tally
                path.withUnsafeBytes { name in
                    tally.line.withUnsafeBytes { line in say { $0.bytes(name).text(": ").bytes(line) } }
                }
            }
        } catch {
            say { $0.text("the initrd cannot be read: ").text(error.message) }
            return failedCode
        }
        total.line.withUnsafeBytes { line in say { $0.text("total: ").bytes(line) } }
        return total.failed == 0 && total.passed > 0 ? 0 : failedCode
    }

    /// The list in the initrd's `exclusions.txt`; empty without one, nil when it is malformed.
    private static func exclusions(_ initrd: UnsafeRawBufferPointer) -> ExclusionList? {
        var archive = Archive(initrd)
        while let entry = try? archive.next() {
            if isEqual(entry.name, "exclusions.txt") { return ExclusionList(entry.content) }
        }
        return ExclusionList()
    }

    private static func isScript(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count > 5 && isEqual(UnsafeRawBufferPointer(rebasing: name[(name.count - 5)...]), ".wast")
    }

    private static func say(_ body: (LogWriter) -> Void) { Log.line(.error, "spec", body) }
}
