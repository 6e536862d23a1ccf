// The boot order, and nothing else: the table of contents of the system. Boot/start.S comes here on the boot hart with a stack,
// cleared .bss, and translation and interrupts off. The tests' kernel has the same order (Kernel/Trials).
import KernelStartup

@main
enum Kernel {
    static func main() {
        let platform = Platform.start()
        platform.refuseUnknownArguments()
        InitialPrograms.run(platform)
    }
}
