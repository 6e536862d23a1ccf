// Tests that need the bare machine: `selftest=NAME` on the kernel's command line runs one instead of the programs. Tests/Machine boots them.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory

/// The kernel's self-tests by name.
enum SelfTest {
    static func runIfAsked(_ platform: Platform) {
        guard let name = platform.arguments.value(of: "selftest") else { return }
        Log.line(.error, "selftest") { $0.text("no self-test is named ").bytes(name) }
        Power.exit(code: 2)
    }
}
