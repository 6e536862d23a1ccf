// The boot order, and nothing else: the table of contents of the system. Boot/start.S comes here on the boot hart with a stack,
// cleared .bss, and translation and interrupts off.
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory

@main
enum Kernel {
    static func main() {
        let platform = Platform(deviceTreeAt: Firmware.deviceTreeAddress)
        platform.readArguments()
        platform.findPowerControl()
        platform.findClock()
        platform.startMemory()
        platform.startConsole()
        platform.startInterrupts(bootHart: Firmware.bootHart)
        platform.startDevices()
        platform.logSummary()

        SelfTest.runIfAsked(platform)
        SpecRun.runIfAsked(platform)
        InitialPrograms.run(platform)
    }
}
