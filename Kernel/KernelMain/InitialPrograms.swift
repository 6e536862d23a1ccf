// What runs after boot. Until processes exist: says what the initrd is and stops.
import KernelCore
import KernelMachine
import KernelMemory

/// The programs of the initrd.
enum InitialPrograms {
    static func run(_ platform: Platform) -> Never {
        guard !platform.initrd.isEmpty else {
            Log.error("boot", "there is no initrd: nothing to run")
            Power.exit(code: ExitCode.cannotLoad)
        }
        Log.line(.error, "boot") { $0.text("programs cannot be run yet; the initrd has ").decimal(platform.initrd.count).text(" bytes") }
        Power.exit(code: ExitCode.cannotLoad)
    }
}
